/* SPDX-License-Identifier: MIT */
/*
 * listener - where clients connect: addresses, ports, certificates.
 *
 * Only numeric addresses: what a name means may change between two starts, and whether a listener
 * is loopback decides what else must be set.
 */
#include "base/arena.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/table.h"

#include <arpa/inet.h>

static bool is_ipv6(struct cp_str address)
{
    struct in6_addr a;
    return inet_pton(AF_INET6, address.p, &a) == 1;
}

bool listener_is_loopback(struct cp_str address)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, address.p, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, address.p, &v6) != 1)
        return false;
    return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

bool listener_is_all_loopback(const struct conf *c)
{
    for (size_t i = 0; i < c->listeners_n; i++)
        if (!listener_is_loopback(c->listeners[i].address))
            return false;
    return true;
}

static bool listener_set_address(struct build *b, struct cp_str where, struct cp_str address,
                                 struct conf_listener *l)
{
    struct in_addr v4;
    l->address =
        arena_copy(b->conf->arena, str_is(address, "localhost") ? STR("127.0.0.1") : address);
    if (inet_pton(AF_INET, l->address.p, &v4) == 1 || is_ipv6(l->address))
        return true;
    conf_complain(b->report, true, where,
                  "listen needs a numeric address, such as 127.0.0.1, 0.0.0.0 or [::]");
    return false;
}

static bool listener_set_port(struct build *b, struct cp_str where, struct cp_str text,
                              struct conf_listener *l)
{
    int64_t port;
    if (str_int(text, &port) || port < 0 || port > 65535) {
        conf_complain(b->report, true, where, "listen needs a port from 0 to 65535");
        return false;
    }
    l->port = (uint16_t)port;
    return true;
}

/* "ADDRESS:PORT", "[V6]:PORT", "ADDRESS", "PORT" */
static bool listener_read_text(struct build *b, struct cp_str where, struct cp_str text,
                               struct conf_listener *l)
{
    struct cp_str address = str_trim(text), port = STR_NONE;
    int64_t number;
    if (str_begins(address, "[")) {
        ptrdiff_t end = str_chr(address, ']');
        struct cp_str rest = end < 0 ? STR("?") : str_from(address, (size_t)end + 1);
        address = end < 0 ? address : str_n(address.p + 1, (size_t)end - 1);
        port = rest.n ? str_from(rest, 1) : STR_NONE;
        if (rest.n && rest.p[0] != ':')
            address = STR("?");
    } else if (!str_int(address, &number)) {
        return listener_set_port(b, where, address, l);
    } else {
        ptrdiff_t colon = str_chr(address, ':');
        bool has_port = colon >= 0 && str_chr(str_from(address, (size_t)colon + 1), ':') < 0;
        port = has_port ? str_from(address, (size_t)colon + 1) : STR_NONE;
        address = has_port ? str_cut(address, (size_t)colon) : address;
    }
    if (!listener_set_address(b, where, address, l))
        return false;
    return !port.p || listener_set_port(b, where, port, l);
}

static bool listener_read_group(struct build *b, const struct node *n, struct conf_listener *l)
{
    uint32_t before = b->report->errors;
    table_apply("listen.", l, n, b->conf->arena, b->report);
    if (before != b->report->errors)
        return false;
    if (!l->cert_file.p != !l->key_file.p) {
        conf_complain(b->report, true, n->where, "tls_cert and tls_key belong together");
        return false;
    }
    return listener_set_address(b, n->where, l->address.p ? l->address : STR("?"), l);
}

static bool listener_is_known(const struct conf *c, const struct conf_listener *l)
{
    for (size_t i = 0; i < c->listeners_n; i++)
        if (l->port && c->listeners[i].port == l->port &&
            str_eq(c->listeners[i].address, l->address))
            return true;
    return false;
}

static void listener_add(struct build *b, const struct node *n, struct cp_str text,
                         struct conf_listener *list)
{
    struct conf_listener l = { 0 };
    table_preset("listen.", &l);
    bool is_good;
    if (n->kind == NODE_GROUP) {
        is_good = listener_read_group(b, n, &l);
    } else if (n->kind == NODE_STRING || n->kind == NODE_TEXT) {
        is_good = listener_read_text(b, n->where, text, &l);
    } else {
        conf_complain(b->report, true, n->where,
                      "listen takes \"ADDRESS:PORT\" or groups with address and port");
        return;
    }
    if (is_good && listener_is_known(b->conf, &l))
        conf_complain(b->report, true, n->where, "listen names this address and port twice");
    else if (is_good)
        list[b->conf->listeners_n++] = l;
}

static void listener_apply_port(struct build *b, const struct node *port, bool has_listen,
                                struct conf_listener *list)
{
    if (port->kind != NODE_INT && port->kind != NODE_TEXT)
        conf_complain(b->report, true, port->where, "port must be an integer");
    else if (has_listen && port->kind != NODE_TEXT)
        conf_complain(b->report, true, port->where, "port and listen exclude each other");
    else if (b->conf->listeners_n == 1)
        (void)listener_set_port(b, port->where, port->text, &list[0]); /* has complained */
    else
        conf_complain(b->report, false, port->where,
                      "ignored: listen names more than one address");
}

void listener_read_all(struct build *b, const struct node *root)
{
    const struct node *listen = node_get(root, "listen"), *port = node_get(root, "port");
    struct node preset = { .kind = NODE_TEXT,
                           .text = str_of(table_find(STR("listen"))->preset),
                           .where = STR("built in") };
    const struct node *n = listen ? listen : &preset;
    size_t most = 1 + member_count(n);
    for (size_t i = 0; i < n->text.n; i++)
        most += n->text.p[i] == ',';
    struct conf_listener *list = arena_need(b->conf->arena, most * sizeof(*list));
    b->conf->listeners = list;

    uint32_t before = b->report->errors;
    struct cp_str rest = n->text, part;
    if (n->kind == NODE_LIST)
        NODE_EACH(item, n)
    listener_add(b, item, item->text, list);
    else if (n->kind == NODE_GROUP) listener_add(b, n, STR_NONE, list);
    else while (str_split(&rest, ',', &part)) listener_add(b, n, part, list);
    if (!b->conf->listeners_n && before == b->report->errors)
        conf_complain(b->report, true, n->where, "listen names no address");
    if (port && b->conf->listeners_n)
        listener_apply_port(b, port, listen != NULL, list);
}
