/* SPDX-License-Identifier: MIT */
/*
 * plugin - the module: one store, no dialect.
 */
#include <claude-proxy/plugin.h>
#include <claude-proxy/store.h>

static int sqlite_load(const struct cp_host *host)
{
    return host ? CP_OK : CP_E_BUG;
}

CP_PLUGIN = {
    CP_PLUGIN_HEAD,   .name = "sqlite", .version = "1",
    .license = "MIT", .contact = "",    .load = sqlite_load,
};
