/* SPDX-License-Identifier: MIT */
/*
 * headers - which headers go to an upstream.
 *
 * Same dialect: the client's own, because upstreams know their clients by them, minus what belongs to this
 * connection, what would name the client's network, and every credential.  Another dialect: only what the adapter
 * says.  The channel's own list has the last word, but for what its upstream does not know.
 */
#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/adapt.h"
#include "flow/hops.h"
#include "flow/learn.h"
#include "flow/setup.h"
#include "loop/server.h"
#include "plugin/media.h"

static const char *const never_passed[] = {
    /* this connection's: RFC 9110 7.6.1 */
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    /* made anew */
    "host",
    "content-length",
    "content-type",
    "content-encoding",
    "accept-encoding",
    "expect",
    "x-request-id",
    /* credentials */
    "authorization",
    "x-api-key",
    "x-goog-api-key",
    "api-key",
    "cookie",
    "x-proxy-key",
    /* the way here */
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-real-ip",
    "cf-connecting-ip",
    "true-client-ip",
    "origin",
    "referer",
};

/* A trace goes on through a translation, too, unchanged: the gateway has no span of its own in it.
 * source: W3C Trace Context, 2021-11-23; tracestate has at least 512 bytes */
static const char *const traced[] = { "traceparent", "tracestate" };
enum { TRACED = 2, TRACED_BYTES = 2048 };

enum { OWN_HEADERS = 5 + TRACED }; /* most that adapt_headers() itself adds */

struct header_list {
    struct transfer_header *at;
    size_t n, room;
};

static bool headers_are_same(struct cp_str a, struct cp_str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if ((a.p[i] | 0x20) != (b.p[i] | 0x20))
            return false;
    return true;
}

static void headers_drop(struct header_list *l, struct cp_str name)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++)
        if (!headers_are_same(l->at[i].name, name))
            l->at[kept++] = l->at[i];
    l->n = kept;
}

static void headers_add(struct header_list *l, struct cp_str name, struct cp_str value)
{
    if (l->n < l->room)
        l->at[l->n++] = (struct transfer_header){ name, value };
}

static void headers_set(struct header_list *l, struct cp_str name, struct cp_str value)
{
    headers_drop(l, name);
    headers_add(l, name, value);
}

static bool headers_is_listed(struct cp_str name, struct cp_str connection)
{
    struct cp_str part;

    while (str_split(&connection, ',', &part))
        if (headers_are_same(str_trim(part), name))
            return true;
    return false;
}

static bool headers_may_pass(struct cp_str name, struct cp_str connection)
{
    for (size_t i = 0; i < sizeof(never_passed) / sizeof(*never_passed); i++)
        if (str_is_nocase(name, never_passed[i]))
            return false;
    return !headers_is_listed(name, connection);
}

static void headers_of_client(struct exchange *x, struct header_list *l)
{
    struct cp_str connection = request_header(x->request, "connection"), name, value;

    for (size_t i = 0; i < request_headers(x->request); i++) {
        request_header_at(x->request, i, &name, &value);
        if (headers_may_pass(name, connection))
            headers_add(l, name, value);
    }
}

static void headers_of_trace(struct exchange *x, struct header_list *l)
{
    for (size_t i = 0; i < TRACED; i++) {
        struct cp_str value = request_header(x->request, traced[i]);
        if (value.n && value.n <= TRACED_BYTES && str_is_field_value(value))
            headers_add(l, str_of(traced[i]), value);
    }
}

static void headers_key(struct exchange *x, const struct cp_head *head, struct header_list *l)
{
    for (uint32_t i = 0; i < head->key_places_n; i++) {
        struct cp_str value;
        if (head->key_place[i].where != CP_IN_HEADER || !head->key.p)
            continue;
        value = arena_printf(x->arena, "%.*s%.*s", STR_FMT(head->key_place[i].prefix),
                             STR_FMT(head->key));
        headers_set(l, head->key_place[i].name, value);
    }
}

static void headers_of_channel(const struct conf_channel *c, struct header_list *l)
{
    for (size_t i = 0; i < c->headers_n; i++) {
        if (c->headers[i].value.p)
            headers_set(l, c->headers[i].name, c->headers[i].value);
        else
            headers_drop(l, c->headers[i].name);
    }
}

/* Words that this upstream has refused, whoever says them: with them it answers nobody. */
static void headers_learned(struct exchange *x, struct header_list *l)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++) {
        struct transfer_header h = l->at[i];
        struct cp_str value = learn_header(x, h.name, h.value);
        if (value.p || !h.value.p)
            l->at[kept++] = (struct transfer_header){ h.name, value };
    }
    l->n = kept;
}

/* Room for all there can be: a list that is too short would lose the key, and the key would be blamed. */
static struct header_list headers_begin(struct exchange *x, const struct cp_head *head)
{
    size_t room = OWN_HEADERS + head->headers_n + head->key_places_n +
                  x->attempt.channel->conf->headers_n;

    if (x->attempt.is_pass)
        room += request_headers(x->request);
    return (struct header_list){ arena_need(x->arena, room * sizeof(struct transfer_header)), 0,
                                 room };
}

void adapt_headers(struct exchange *x, const struct cp_head *head, struct outgoing *o)
{
    const struct cp_adapter *up = &x->attempt.channel->adapter->hooks;
    struct header_list l = headers_begin(x, head);

    if (x->attempt.is_pass) {
        headers_of_client(x, &l);
    } else {
        headers_add(&l, STR("User-Agent"), STR("claude-proxy/" VERSION_TEXT));
        headers_add(&l, STR("Accept"), media_accept(up, x->attempt.is_stream));
        headers_of_trace(x, &l);
    }
    headers_set(&l, STR("Accept-Encoding"), STR("identity"));
    if (str_is(str_of(x->endpoint->method), "POST"))
        headers_set(&l, STR("Content-Type"), str_of(media_of_body(up)));
    for (uint32_t i = 0; i < head->headers_n; i++)
        headers_set(&l, head->headers[i].name, head->headers[i].value);
    if (x->attempt.channel->conf->allow_private)
        headers_set(&l, STR(HOPS_HEADER), hops_next(x));
    headers_key(x, head, &l);
    headers_of_channel(x->attempt.channel->conf, &l);
    headers_learned(x, &l);
    o->spec.headers = l.at;
    o->spec.headers_n = l.n;
}
