/* SPDX-License-Identifier: MIT */
/*
 * bad_session - has a typing error in the list of where its clients name a conversation
 */
#define ADAPTER .session = sources, .session_n = 2
static const char *const sources[] = { "header:x-session-id", "body:metadata..user_id" };
#include "bad.h"
