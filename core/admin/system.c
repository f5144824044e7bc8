/* SPDX-License-Identifier: MIT */
/*
 * system - how the gateway is, and its table of doors: /api/status, /api/openapi.json.
 */
#include "admin/api.h"
#include "admin/document.h"
#include "admin/status.h"

const struct api_route system_routes[] = {
    { "GET", "/api/status", status_show, 0, API_HERE, 0,
      "The gateway on one screen: listeners, channels, traffic, warnings, what to do next" },
    { "GET", "/api/openapi.json", document_show, 0, API_HERE, 0,
      "This API as an OpenAPI document" },
    { 0 },
};
