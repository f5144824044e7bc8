/* SPDX-License-Identifier: MIT */
/*
 * fuzz_door - a path and a list of who forwarded: a door or none, parameters inside the path, an address that is one.
 *
 * The first line is the path, the second X-Forwarded-For.
 */
#include "admin/api_private.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/origin.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void door(struct arena *a, struct cp_str path)
{
    static const char *const methods[] = {
        "GET", "HEAD", "POST", "PATCH", "DELETE", "PUT", "X"
    };

    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        struct door d = door_find(a, str_of(methods[i]), path);
        struct cp_str param[API_PARAMS] = { { 0 } };
        if (d.route && d.allow.p)
            abort();
        if (!d.route)
            continue;
        door_params(a, d.route, path, param);
        if (str_find(str_of(d.route->pattern), STR("{")) >= 0 && !param[0].n)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct cp_str nets[] = { STR("10.0.0.0/8"), STR("2001:db8::/32") };
    struct cp_str rest = str_n((const char *)data, size), path = STR_NONE, list = STR_NONE;
    struct conf c = { .trusted_proxies = nets, .trusted_proxies_n = 2 };
    struct arena *a = arena_new(4096, 0);
    struct origin o = { .is_tls = false };

    (void)str_split(&rest, '\n', &path);
    (void)str_split(&rest, '\n', &list);
    door(a, path.p ? path : STR(""));
    origin_read(&c, STR("10.1.1.1"), list, rest, &o);
    if (!o.peer[0] || str_chr(str_of(o.peer), ',') >= 0)
        abort();
    arena_free(a);
    return 0;
}
