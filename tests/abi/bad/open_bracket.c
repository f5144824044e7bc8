/* SPDX-License-Identifier: MIT */
/*
 * open_bracket - writes half a JSON value
 */
#define ENCODE                                                                                 \
    const struct cp_json *json = host->service("json", 1);                                     \
    json->open(out, '{');
#include "bad.h"
