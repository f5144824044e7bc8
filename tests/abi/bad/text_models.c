/* SPDX-License-Identifier: MIT */
/*
 * text_models - opens a door for the list of models, and has bodies that are no JSON
 */
#define ADAPTER                                                                                \
    .body_type = "text/plain", .endpoints = &door, .endpoints_n = 1,                           \
    .endpoint_size = sizeof(door)
#include <claude-proxy/plugin.h>
static const struct cp_endpoint door = { .op = CP_LIST_MODELS,
                                         .method = "GET",
                                         .path = "/bad/models" };
#include "bad.h"
