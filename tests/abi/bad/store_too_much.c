/* SPDX-License-Identifier: MIT */
/*
 * store_too_much - it was asked for ten
 */
#define FIND                                                                                   \
    for (int i = 0; i < 20; i++)                                                               \
        if (row(ctx, &kept))                                                                   \
            return CP_OK;
#include "bad_store.h"
