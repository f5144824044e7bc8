/* SPDX-License-Identifier: MIT */
/*
 * panel - the files of the web panel, served out of memory.
 *
 * Nearly every client takes gzip, so that is all that is kept; who does not is given what comes out of it again.
 */
#include "admin/panel.h"

#include "admin/panel_private.h"
#include "admin/shield.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"
#include "loop/inflate.h"
#include "loop/server.h"

#include <stdlib.h>

enum { HEADERS = SHIELD_HEADERS + 6 };

struct headers {
    struct reply_header h[HEADERS];
    size_t n;
};

struct panel *panel_ref(struct panel *p)
{
    if (p)
        atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
    return p;
}

void panel_unref(struct panel *p)
{
    if (!p || atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < p->files_n; i++) {
        free(p->files[i].name);
        free(p->files[i].bytes);
    }
    free(p->files);
    map_free(p->by_name);
    free(p);
}

const char *panel_version(const struct panel *p)
{
    return p->version;
}

bool panel_is_path(struct cp_str path)
{
    return str_is(path, "/") || str_is(path, "/index.html") || str_is(path, "/panel") ||
           str_begins(path, "/panel/");
}

/* ---- what a request says ---- */

/* "q=0.5": more than nothing?  source: RFC 9110 12.4.2: "0" and up to three zeros behind the point are nothing */
static bool is_wanted(struct cp_str parameters)
{
    struct cp_str one;

    while (str_split(&parameters, ';', &one)) {
        one = str_trim(one);
        if (!str_begins_nocase(one, "q="))
            continue;
        for (size_t i = 2; i < one.n; i++)
            if (one.p[i] >= '1' && one.p[i] <= '9')
                return true;
        return false;
    }
    return true;
}

bool panel_takes_gzip(struct cp_str accept_encoding)
{
    bool is_any = false;
    struct cp_str one, coding;

    while (str_split(&accept_encoding, ',', &one)) {
        if (!str_split(&one, ';', &coding))
            continue;
        coding = str_trim(coding);
        if (str_is_nocase(coding, "gzip") || str_is_nocase(coding, "x-gzip"))
            return is_wanted(one); /* by its name, whatever "*" says */
        if (str_is(coding, "*"))
            is_any = is_wanted(one);
    }
    return is_any;
}

/* source: RFC 9110 13.1.2: a list, or "*"; compared weakly */
static bool is_known(struct cp_str if_none_match, struct cp_str tag)
{
    struct cp_str one;

    while (str_split(&if_none_match, ',', &one)) {
        one = str_trim(one);
        if (str_begins(one, "W/"))
            one = str_from(one, 2);
        if (str_is(one, "*") || str_eq(one, tag))
            return true;
    }
    return false;
}

/* ---- answers ---- */

static void headers_add(struct headers *h, const char *name, struct cp_str value)
{
    h->h[h->n++] = (struct reply_header){ name, value };
}

static void answer_short(struct request *r, int status, const char *name, struct cp_str value,
                         struct cp_str text)
{
    struct headers h;

    h.n = shield_put(h.h, r);
    headers_add(&h, "Content-Type", STR("text/plain; charset=utf-8"));
    headers_add(&h, "Cache-Control", STR("no-store"));
    if (name)
        headers_add(&h, name, value);
    (void)request_reply(r, status, h.h, h.n, text, 0); /* gone is fine */
}

void panel_unpack(const struct panel_file *f, struct buf *out)
{
    struct inflate *z = NULL;

    if (!f->is_packed) {
        buf_add(out, f->bytes, f->n);
        return;
    }
    if (inflate_open(&z, STR("gzip")) || inflate_feed(z, str_n(f->bytes, f->n), out) ||
        inflate_end(z))
        abort(); /* we have packed it ourselves */
    inflate_close(z);
}

static void answer_plain(struct request *r, const struct headers *h, const struct panel_file *f)
{
    struct buf out;
    size_t n;

    buf_init(&out, f->plain_n);
    panel_unpack(f, &out);
    char *p = buf_give(&out, &n);
    (void)request_reply(r, 200, h->h, h->n, str_n(p, n), REPLY_TAKE); /* gone is fine */
}

/* A packed body has a tag of its own: it is another representation (RFC 9110 8.8.3.3). */
static void answer_file(struct request *r, const struct panel_file *f, struct cp_str caching)
{
    bool is_packed = f->is_packed && panel_takes_gzip(request_header(r, "accept-encoding"));
    struct cp_str tag =
        arena_printf(request_arena(r), "\"%s%s\"", f->tag, is_packed ? "-gzip" : "");
    struct headers h;

    h.n = shield_put(h.h, r);
    headers_add(&h, "Cache-Control", caching);
    headers_add(&h, "ETag", tag);
    headers_add(&h, "Vary", STR("Accept-Encoding"));
    if (is_known(request_header(r, "if-none-match"), tag)) {
        (void)request_reply(r, 304, h.h, h.n, STR_NONE, 0); /* gone is fine */
        return;
    }
    headers_add(&h, "Content-Type", str_of(f->type));
    if (is_packed)
        headers_add(&h, "Content-Encoding", STR("gzip"));
    if (f->is_packed && !is_packed)
        answer_plain(r, &h, f);
    else
        (void)request_reply(r, 200, h.h, h.n, str_n(f->bytes, f->n), 0);
}

/* path: behind "/panel/".  NULL: of another version, or not there. */
static const struct panel_file *find_file(const struct panel *p, struct cp_str path)
{
    struct cp_str version;

    return str_split(&path, '/', &version) && str_is(version, p->version) && path.n
               ? map_get(p->by_name, path)
               : NULL;
}

void panel_answer(const struct panel *p, struct request *r)
{
    struct cp_str path = request_path(r), method = request_method(r);
    const struct panel_file *f;

    if (!str_is(method, "GET") && !str_is(method, "HEAD"))
        answer_short(r, 405, "Allow", STR("GET, HEAD"), STR("use GET\n"));
    else if (str_is(path, "/") || str_is(path, "/index.html"))
        answer_file(r, p->page, STR("no-cache"));
    else if (str_is(path, "/panel")) /* relative: a proxy may have another path for us */
        answer_short(r, 302, "Location", STR("./"), STR("the panel is one step up\n"));
    else if (str_is(path, "/panel/"))
        answer_short(r, 302, "Location", STR("../"), STR("the panel is one step up\n"));
    else if ((f = find_file(p, str_from(path, sizeof("/panel/") - 1))))
        answer_file(r, f, STR("public, max-age=31536000, immutable"));
    else
        answer_short(r, 404, NULL, STR_NONE,
                     STR("the panel has no such file, or not in this version: load it anew\n"));
}
