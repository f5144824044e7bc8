/* SPDX-License-Identifier: MIT */
/*
 * check - what a snapshot must keep as a whole: trust, and values that depend on each other.
 *
 * The key pays for every token, so an open door with a weak key is refused at the start rather
 * than warned of: nobody reads the warnings of a program that works.
 */
#include "conf/check.h"

#include "base/secret.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"

enum { CHECK_KEY_BYTES = 16 };

static bool check_is_local(const struct conf *c)
{
    for (size_t i = 0; i < c->listeners_n; i++)
        if (!listener_is_loopback(c->listeners[i].address))
            return false;
    return true;
}

static void check_key(const struct secret *key, const char *what, bool is_local,
                      struct conf_report *report)
{
    struct cp_str clear = secret_show(key);
    const char *hint = is_local ? "" : "; it must be better to listen beyond loopback";
    if (str_is(clear, "your-proxy-access-key"))
        conf_complain(report, !is_local, STR("access_key"),
                      "the %s is the well-known default%s", what, hint);
    else if (clear.n < CHECK_KEY_BYTES)
        conf_complain(report, !is_local, STR("access_key"),
                      "the %s is shorter than %d characters%s", what, CHECK_KEY_BYTES, hint);
}

static void check_trust(const struct conf *c, struct conf_report *report)
{
    bool is_local = check_is_local(c);
    if (c->access_key)
        check_key(c->access_key, "access key", is_local, report);
    else if (!is_local)
        conf_complain(report, true, STR("access_key"),
                      "listening beyond loopback needs an access_key of %d characters or more",
                      CHECK_KEY_BYTES);
    for (size_t i = 0; i < c->client_keys_n; i++)
        if (c->client_keys[i].is_enabled)
            check_key(c->client_keys[i].secret, "client key", is_local, report);
}

static void check_cors(const struct conf *c, struct conf_report *report)
{
    struct cp_str o = c->cors_origin;
    bool is_url = str_begins(o, "https://") || str_begins(o, "http://");
    size_t scheme = str_begins(o, "https://") ? 8 : 7;
    if (str_is(o, "*"))
        return;
    if (!is_url || o.n == scheme || str_chr(str_from(o, scheme), '/') >= 0)
        conf_complain(
            report, true, STR("cors.origin"),
            "must be * or an origin such as https://chat.example.org, without a path");
}

void check_conf(const struct conf *c, struct conf_report *report)
{
    check_trust(c, report);
    check_cors(c, report);
    if (c->stream_low >= c->stream_high)
        conf_complain(report, true, STR("limits.stream_low"),
                      "must be less than limits.stream_high");
    if (!str_is_token(c->mode) || c->mode.n > 32)
        conf_complain(report, true, STR("mode"), "must be one short word");
}
