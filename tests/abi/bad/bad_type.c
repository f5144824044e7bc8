/* SPDX-License-Identifier: MIT */
/*
 * bad_type - calls its bodies by no media type
 */
#define ADAPTER .body_type = "text/plain\r\nX-More: 1"
#include "bad.h"
