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
#include "conf/node.h"
#include "conf/url.h"

#include <arpa/inet.h>

enum { CHECK_KEY_BYTES = 16 };

struct check {
    const struct conf *conf;
    const struct node *root;
    struct conf_report *report;
};

/* Where the option was given, or its name: a default that another option made wrong. */
static struct cp_str check_where(const struct check *k, const char *option)
{
    const struct node *n = node_at(k->root, str_of(option));
    return n ? n->where : str_of(option);
}

static void check_key(const struct check *k, const struct secret *key, const char *option,
                      bool is_local)
{
    struct cp_str clear = secret_show(key);
    const char *hint = is_local ? "" : ", which is refused beyond loopback";
    if (str_is(clear, "your-proxy-access-key"))
        conf_complain(k->report, !is_local, check_where(k, option),
                      "this key is the well-known default%s", hint);
    else if (clear.n < CHECK_KEY_BYTES)
        conf_complain(k->report, !is_local, check_where(k, option),
                      "a key is shorter than %d characters%s", CHECK_KEY_BYTES, hint);
}

static void check_trust(const struct check *k)
{
    const struct conf *c = k->conf;
    bool is_local = listener_is_all_loopback(c);
    bool is_file = node_get(k->root, "access_key_file");
    if (c->access_key)
        check_key(k, c->access_key, is_file ? "access_key_file" : "access_key", is_local);
    else if (!is_local)
        conf_complain(k->report, true, check_where(k, "listen"),
                      "listening beyond loopback needs an access_key of %d characters or more",
                      CHECK_KEY_BYTES);
    for (size_t i = 0; i < c->clients_n; i++)
        if (c->clients[i].is_enabled && c->clients[i].secret)
            check_key(k, c->clients[i].secret, "client_keys", is_local);
}

static void check_admin(const struct check *k)
{
    const struct conf *c = k->conf;
    if (c->admin_key)
        check_key(k, c->admin_key, "admin_key", listener_is_all_loopback(c));
    if (c->admin_key && c->access_key && secret_is(c->admin_key, secret_show(c->access_key)))
        conf_complain(k->report, false, check_where(k, "admin_key"),
                      "the admin key is the access key, too: whoever may ask may administer");
    if (c->admin_password.n && !str_begins(c->admin_password, "$"))
        conf_complain(k->report, true, check_where(k, "admin_password"),
                      "this is no hash of a password as of crypt(5): `mkpasswd -m yescrypt` or "
                      "`claude-proxyctl passwd` makes one");
}

/* "10.0.0.0/8", "::1" */
static bool check_is_network(struct cp_str text)
{
    struct cp_str address;
    struct in6_addr in;
    char z[INET6_ADDRSTRLEN];
    int64_t bits = 0;
    bool has_bits = str_chr(text, '/') >= 0;
    (void)str_split(&text, '/', &address);
    if (!address.n || address.n >= sizeof(z) || (has_bits && str_int(text, &bits)))
        return false;
    memcpy(z, address.p, address.n);
    z[address.n] = '\0';
    bool is_v4 = inet_pton(AF_INET, z, &in) == 1;
    return (is_v4 || inet_pton(AF_INET6, z, &in) == 1) && bits >= 0 &&
           bits <= (is_v4 ? 32 : 128);
}

static bool check_is_host(struct cp_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool is_alnum =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_alnum && c != '-' && c != '.' && c != '_')
            return false;
    }
    return text.n > 0 && text.n <= 253;
}

static void check_names(const struct check *k)
{
    const struct conf *c = k->conf;
    for (size_t i = 0; i < c->trusted_proxies_n; i++)
        if (!check_is_network(c->trusted_proxies[i]))
            conf_complain(k->report, true, check_where(k, "trusted_proxies"),
                          "\"%.*s\" is no address such as \"10.0.0.1\" or \"10.0.0.0/8\"",
                          STR_FMT(c->trusted_proxies[i]));
    for (size_t i = 0; i < c->hosts_n; i++)
        if (!str_is(c->hosts[i], "*") && !check_is_host(c->hosts[i]))
            conf_complain(
                k->report, true, check_where(k, "hosts"),
                "\"%.*s\" is no name of a host such as \"proxy.example.org\", without "
                "a scheme or port",
                STR_FMT(c->hosts[i]));
}

static void check_cors(const struct check *k)
{
    struct cp_str o = k->conf->cors_origin;
    bool is_url = str_begins(o, "https://") || str_begins(o, "http://");
    size_t scheme = str_begins(o, "https://") ? 8 : 7;
    if (str_is(o, "*"))
        return;
    if (!is_url || o.n == scheme || str_chr(str_from(o, scheme), '/') >= 0)
        conf_complain(k->report, true, check_where(k, "cors.origin"),
                      "cors.origin must be * or like https://chat.example.org, without a path");
}

static bool is_any(struct cp_str address)
{
    return str_is(address, "0.0.0.0") || str_is(address, "::");
}

/* By its spelling: what a name means is found out by who comes back (flow/hops.c). */
static bool leads_here(const struct conf_url *url, const struct conf_listener *l)
{
    bool is_same_host = str_eq(url_host(url), l->address);

    if (!l->port || url_port(url) != l->port || url_is_clear(url) == !!l->cert_file.p)
        return false;
    return is_same_host ||
           (url_is_loopback(url) && (is_any(l->address) || listener_is_loopback(l->address)));
}

static void check_loops(const struct check *k)
{
    const struct conf *c = k->conf;

    for (size_t i = 0; i < c->channels_n; i++)
        for (size_t u = 0; u < c->channels[i].urls_n; u++)
            for (size_t l = 0; l < c->listeners_n; l++)
                if (leads_here(&c->channels[i].urls[u], &c->listeners[l]))
                    conf_complain(k->report, true, c->channels[i].where,
                                  "base_url leads back to this gateway's own listen address");
}

void check_conf(const struct conf *c, const struct node *root, struct conf_report *report)
{
    struct check k = { c, root, report };
    check_trust(&k);
    check_admin(&k);
    check_names(&k);
    check_cors(&k);
    check_loops(&k);
    if (c->stream_low >= c->stream_high)
        conf_complain(report, true,
                      check_where(&k, node_at(root, STR("limits.stream_low"))
                                          ? "limits.stream_low"
                                          : "limits.stream_high"),
                      "limits.stream_low must be less than limits.stream_high");
    if (!str_is_token(c->mode) || c->mode.n > 32)
        conf_complain(report, true, check_where(&k, "mode"), "mode must be one short word");
}
