/* SPDX-License-Identifier: MIT */
/*
 * snap - what captures see of an exchange: heads and bodies at both sides, streams as they pass.
 *
 * Values of headers that are credentials never leave the exchange.  Other secrets are hidden by who writes the file, piece by
 * piece; so no piece ends in the middle of a word: its beginning is carried over to the next one, and a body that is cut
 * loses its last, half word.
 */
#include "flow/snap.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hide.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/adapt.h"
#include "flow/exchange.h"
#include "flow/flow.h"
#include "flow/setup.h"
#include "loop/server.h"
#include "plugin/host.h"
#include "state/capture.h"

/* No secret that is sent in a header is longer than CARRY_BYTES. */
enum { CARRY_BYTES = 1024, HEADERS_BYTES = 128 << 10, PIECE_BYTES = 256 << 10 };

/* One direction of a body. */
struct snap_side {
    int64_t bytes; /* that passed */
    size_t told;
    char carry[CARRY_BYTES];
    size_t carry_n;
};

struct snap {
    struct capture_who who;
    struct snap_side up, down; /* from the upstream; to the client */
};

static struct capture_hall *snap_hall(const struct exchange *x)
{
    return x->flow->captures;
}

static struct capture_piece snap_piece(const struct exchange *x, enum capture_what what)
{
    return (struct capture_piece){ .what = what,
                                   .who = x->snap->who,
                                   .wall_us = clock_wall_us(),
                                   .request = x->id,
                                   .attempt = x->attempts,
                                   .status = -1,
                                   .body_bytes = -1 };
}

static void snap_where(const struct exchange *x, struct capture_piece *p)
{
    const struct conf_channel *c = x->attempt.channel ? x->attempt.channel->conf : NULL;

    if (!c)
        return;
    p->channel = c->id;
    p->key = x->attempt.key < c->keys_n ? str_of(c->keys[x->attempt.key].id) : STR_NONE;
}

/* ---- where a piece may end ---- */

static bool is_of_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr("-_.~+/=:%", c)) || (unsigned char)c >= 0x80;
}

/* So much of text can be told: no word is cut but one that is too long, and no secret. */
static size_t snap_whole(struct cp_str text)
{
    size_t end = text.n, at = 0, secret;

    while (end && text.n - end < CARRY_BYTES && is_of_word(text.p[end - 1]))
        end--;
    while ((secret = hide_find(text, &at)) && at < end) {
        if (at + secret > end)
            end = at + secret;
        at += secret;
    }
    return end;
}

/* ---- bodies ---- */

static void snap_body(const struct exchange *x, struct capture_piece *p, struct cp_str body)
{
    const struct capture_who *who = &x->snap->who;
    struct cp_str some = str_cut(body, who->has_bodies ? who->body_bytes : 0);

    p->body_bytes = (int64_t)body.n;
    p->body = some.n < body.n ? str_cut(some, snap_whole(some)) : some;
}

static void side_tell(const struct exchange *x, struct snap_side *s, enum capture_what what,
                      struct cp_str text)
{
    struct capture_piece p = snap_piece(x, what);
    size_t most = x->snap->who.body_bytes;

    if (what == CAPTURE_UPSTREAM_DATA)
        snap_where(x, &p);
    p.body = str_cut(text, s->told < most ? most - s->told : 0);
    s->told += text.n;
    if (p.body.n < text.n)
        p.body = str_cut(p.body, snap_whole(p.body));
    if (!p.body.n)
        return;
    p.body_bytes = (int64_t)text.n;
    capture_add(snap_hall(x), &p);
}

/* Some bytes, of which those that may be told are, with those before. */
static void side_pass(const struct exchange *x, struct snap_side *s, enum capture_what what,
                      struct cp_str bytes)
{
    struct buf all;

    s->bytes += (int64_t)bytes.n;
    if (!x->snap->who.has_bodies || s->told >= x->snap->who.body_bytes)
        return;
    if (bytes.n > PIECE_BYTES) {
        side_pass(x, s, what, str_cut(bytes, PIECE_BYTES));
        s->bytes -= (int64_t)(bytes.n - PIECE_BYTES);
        side_pass(x, s, what, str_from(bytes, PIECE_BYTES));
        return;
    }
    buf_init(&all, CARRY_BYTES + bytes.n);
    buf_add(&all, s->carry, s->carry_n);
    buf_add_str(&all, bytes);
    size_t whole = snap_whole(buf_str(&all));
    struct cp_str rest = str_from(buf_str(&all), whole);
    s->carry_n = rest.n;
    if (rest.n)
        memcpy(s->carry, rest.p, rest.n);
    if (whole)
        side_tell(x, s, what, str_cut(buf_str(&all), whole));
    buf_fini(&all);
}

static void side_end(const struct exchange *x, struct snap_side *s, enum capture_what what)
{
    if (s->carry_n)
        side_tell(x, s, what, str_n(s->carry, s->carry_n));
    s->carry_n = 0;
}

/* ---- heads ---- */

static void headers_add(struct buf *out, struct cp_str name, struct cp_str value)
{
    bool is_hidden = head_is_credential(name) || str_is_nocase(name, "x-proxy-key") ||
                     str_is_nocase(name, "x-csrf-token");

    buf_add_str(out, name);
    buf_add_z(out, ": ");
    buf_add_str(out, is_hidden ? STR("***") : value);
    buf_add_c(out, '\n');
}

static void snap_client_request(const struct exchange *x)
{
    struct capture_piece p = snap_piece(x, CAPTURE_CLIENT_REQUEST);
    struct cp_str name, value, query = request_query(x->request);
    struct buf headers;

    buf_init(&headers, HEADERS_BYTES);
    for (size_t i = 0; i < request_headers(x->request); i++) {
        request_header_at(x->request, i, &name, &value);
        headers_add(&headers, name, value);
    }
    p.attempt = 0;
    p.line =
        arena_printf(x->arena, "%.*s %.*s%s%.*s", STR_FMT(request_method(x->request)),
                     STR_FMT(request_path(x->request)), query.n ? "?" : "", STR_FMT(query));
    p.headers = buf_str(&headers);
    snap_body(x, &p, request_body(x->request));
    capture_add(snap_hall(x), &p);
    buf_fini(&headers);
}

/* True if this request is wanted; found out once, and again as long as it is not. */
static bool snap_look(struct exchange *x)
{
    struct capture_who who;
    const struct setup_channel *c = x->attempt.channel;

    if (x->snap)
        return true;
    if (!capture_is_on(snap_hall(x)) || !x->request)
        return false;
    capture_match(snap_hall(x), c ? c->conf->id : STR_NONE, x->client_key_id, &who);
    if (!who.places)
        return false;
    x->snap = arena_need(x->arena, sizeof(*x->snap));
    x->snap->who = who;
    snap_client_request(x);
    return true;
}

struct snap *snap_twin(struct exchange *twin, const struct snap *s)
{
    struct snap *own = s ? arena_need(twin->arena, sizeof(*own)) : NULL;

    if (own)
        own->who = s->who;
    return own;
}

/* ---- the upstream's side ---- */

static struct cp_str upstream_body(struct exchange *x, const struct outgoing *o)
{
    size_t n = 0;

    if (o->spec.body_n <= 1)
        return o->spec.body_n ? o->spec.body[0] : STR("");
    char *copy = adapt_copy(x, o, &n);
    return str_n(copy, n);
}

void snap_upstream(struct exchange *x)
{
    const struct outgoing *o = x->attempt.outgoing;
    struct buf headers;

    if (!snap_look(x))
        return;
    struct capture_piece p = snap_piece(x, CAPTURE_UPSTREAM_REQUEST);
    buf_init(&headers, HEADERS_BYTES);
    for (size_t i = 0; i < o->spec.headers_n; i++)
        headers_add(&headers, o->spec.headers[i].name, o->spec.headers[i].value);
    snap_where(x, &p);
    p.line = arena_printf(x->arena, "%s %s", o->spec.method, o->spec.url);
    p.headers = buf_str(&headers);
    snap_body(x, &p, upstream_body(x, o));
    x->snap->up = (struct snap_side){ 0 };
    capture_add(snap_hall(x), &p);
    buf_fini(&headers);
}

void snap_upstream_head(struct exchange *x)
{
    const struct transfer *t = x->attempt.transfer;
    struct cp_str name, value;
    struct buf headers;

    if (!x->snap || !t)
        return;
    struct capture_piece p = snap_piece(x, CAPTURE_UPSTREAM_HEAD);
    buf_init(&headers, HEADERS_BYTES);
    for (size_t i = 0; i < transfer_headers(t); i++) {
        transfer_header_at(t, i, &name, &value);
        headers_add(&headers, name, value);
    }
    snap_where(x, &p);
    p.status = x->attempt.status;
    p.headers = buf_str(&headers);
    capture_add(snap_hall(x), &p);
    buf_fini(&headers);
}

void snap_upstream_data(struct exchange *x, struct cp_str bytes)
{
    if (x->snap)
        side_pass(x, &x->snap->up, CAPTURE_UPSTREAM_DATA, bytes);
}

void snap_upstream_end(struct exchange *x)
{
    if (!x->snap)
        return;
    side_end(x, &x->snap->up, CAPTURE_UPSTREAM_DATA);
    struct capture_piece p = snap_piece(x, CAPTURE_UPSTREAM_END);
    snap_where(x, &p);
    p.line = x->attempt.end.net ? str_of(x->attempt.end.why) : STR_NONE;
    p.body_bytes = x->snap->up.bytes;
    capture_add(snap_hall(x), &p);
}

/* ---- the client's side ---- */

void snap_client_head(struct exchange *x, int status, const struct reply_header *h, size_t n,
                      struct cp_str body, bool is_whole)
{
    struct buf headers;

    if (!snap_look(x))
        return;
    struct capture_piece p = snap_piece(x, CAPTURE_CLIENT_HEAD);
    buf_init(&headers, HEADERS_BYTES);
    for (size_t i = 0; i < n; i++)
        headers_add(&headers, str_of(h[i].name), h[i].value);
    p.status = status;
    p.headers = buf_str(&headers);
    if (is_whole) {
        snap_body(x, &p, body);
        x->snap->down.bytes = (int64_t)body.n;
    }
    capture_add(snap_hall(x), &p);
    buf_fini(&headers);
}

void snap_client_data(struct exchange *x, struct cp_str bytes)
{
    if (x->snap)
        side_pass(x, &x->snap->down, CAPTURE_CLIENT_DATA, bytes);
}

void snap_over(struct exchange *x)
{
    char end[2] = { x->end.who, x->end.when };

    if (!x->snap)
        return;
    side_end(x, &x->snap->down, CAPTURE_CLIENT_DATA);
    struct capture_piece p = snap_piece(x, CAPTURE_END);
    p.status = x->status;
    p.line = str_n(end, 2);
    p.body_bytes = x->snap->down.bytes;
    capture_add(snap_hall(x), &p);
}
