/* SPDX-License-Identifier: MIT */
/*
 * sse - bytes to frames, any cut; and whether bytes end between frames.
 *
 * Most reads hold one or a few whole events of one data line each.  For those nothing is copied: a data line stays
 * where it lies (`pending`) until either the blank line gives it away or the bytes are about to go.  Only then, and
 * for a second data line, it moves into `data`.  Unfinished lines move into `line`.
 *
 * Line ends are found with memchr: one pass for LF, and one for CR over bytes that mostly have none.
 */
#include "loop/sse.h"

#include "base/err.h"
#include "base/str.h"

/* Buffers that grew beyond this for one event are given back: a stream may idle for minutes after a big one. */
enum { KEEP_BYTES = 16 * 1024 };

static const char bom_bytes[3] = "\xef\xbb\xbf";
enum { BOM_PAST = 4 };

void sse_init(struct sse *s, size_t line_max, size_t event_max)
{
    memset(s, 0, sizeof *s);
    s->line_max = line_max;
    s->event_max = event_max;
    buf_init(&s->line, line_max);
    buf_init(&s->data, event_max + 1); /* each line is kept with its LF, also the last */
    buf_init(&s->loose, event_max);
}

void sse_fini(struct sse *s)
{
    buf_fini(&s->line);
    buf_fini(&s->data);
    buf_fini(&s->loose);
}

static void trim(struct buf *b)
{
    size_t ceiling = b->ceiling;
    if (b->cap <= KEEP_BYTES) {
        buf_clear(b);
        return;
    }
    buf_fini(b);
    buf_init(b, ceiling);
}

/* ---- events ---- */

/* Moves the newest data line to the earlier ones. */
static int settle(struct sse *s)
{
    struct cp_str v = s->pending;
    if (!v.p)
        return 0;
    s->pending = STR_NONE;
    buf_add_str(&s->data, v);
    return buf_add_c(&s->data, '\n');
}

static int dispatch(struct sse *s, sse_frame_fn *fn, void *ctx)
{
    struct cp_frame f = { STR_NONE, s->pending };
    int rc = 0;
    s->in_block = false;
    if (s->has_data) {
        if (s->event_n)
            f.event = str_n(s->event, s->event_n);
        if (s->data.n) {
            rc = settle(s);
            f.data = str_n(s->data.p, s->data.n - 1); /* less the last LF */
        }
        s->frames++;
        rc = rc ? rc : fn(ctx, &f);
    }
    s->has_data = false;
    s->event_n = 0;
    s->pending = STR_NONE;
    if (s->data.cap)
        trim(&s->data);
    return rc;
}

/* ---- lines ---- */

static int add_data(struct sse *s, struct cp_str v)
{
    int rc = settle(s);
    if (rc || s->data.n > s->event_max || v.n > s->event_max - s->data.n)
        return E_LIMIT;
    s->pending = v;
    s->has_data = true;
    return 0;
}

static void set_event(struct sse *s, struct cp_str v)
{
    v = str_cut(v, sizeof s->event);
    memcpy(s->event, v.p, v.n);
    s->event_n = v.n;
}

static int add_loose(struct sse *s, struct cp_str line, void *ctx)
{
    s->in_loose = true;
    buf_add_str(&s->loose, line);
    int rc = buf_add_c(&s->loose, '\n');
    return rc || !s->loose_fn ? rc : s->loose_fn(ctx, line);
}

/* If line is the field, its value in *v. */
static bool is_field(struct cp_str line, const char *name, size_t name_n, struct cp_str *v)
{
    if (line.n < name_n || memcmp(line.p, name, name_n) != 0)
        return false;
    if (line.n > name_n && line.p[name_n] != ':')
        return false;
    *v = line.n > name_n ? str_from(line, name_n + 1) : str_n(line.p + line.n, 0);
    if (v->n && v->p[0] == ' ')
        *v = str_from(*v, 1);
    return true;
}

static int take_line(struct sse *s, struct cp_str line, sse_frame_fn *fn, void *ctx)
{
    struct cp_str v;
    if (!line.n && !s->in_loose)
        return dispatch(s, fn, ctx);
    if (is_field(line, "data", 4, &v)) {
        s->in_loose = false;
        s->in_block = true;
        return add_data(s, v);
    }
    if (is_field(line, "event", 5, &v)) {
        s->in_loose = false;
        s->in_block = true;
        set_event(s, v);
        return 0;
    }
    if (s->in_loose || line.p[0] == '{' || line.p[0] == '[')
        return add_loose(s, line, ctx);
    if (line.p[0] == ':')
        s->comments++;
    else
        s->in_block = true; /* id, retry, and fields nobody knows */
    return 0;
}

/* ---- bytes ---- */

/* Eats the byte order mark, which may come in pieces.  What only began like one is given to the first line. */
static int skip_bom(struct sse *s, struct cp_str *in)
{
    while (s->bom < sizeof bom_bytes && in->n && in->p[0] == bom_bytes[s->bom]) {
        *in = str_from(*in, 1);
        s->bom++;
    }
    int rc = 0;
    if (s->bom == sizeof bom_bytes)
        s->taken += sizeof bom_bytes;
    else if (s->bom && in->n)
        rc = buf_add(&s->line, bom_bytes, s->bom);
    if (s->bom == sizeof bom_bytes || in->n)
        s->bom = BOM_PAST;
    return rc;
}

/* Where the first line of in ends, or NULL.  *cr is the first CR at or after in.p, or the end. */
static const char *line_end(struct cp_str in, const char **cr)
{
    const char *end = in.p + in.n;
    if (*cr < in.p) {
        *cr = memchr(in.p, '\r', in.n);
        *cr = *cr ? *cr : end;
    }
    const char *lf = memchr(in.p, '\n', (size_t)(*cr - in.p));
    return lf ? lf : (*cr < end ? *cr : NULL);
}

static int end_line(struct sse *s, struct cp_str line, sse_frame_fn *fn, void *ctx)
{
    if (!s->line.n)
        return line.n > s->line_max ? E_LIMIT : take_line(s, line, fn, ctx);
    int rc = buf_add_str(&s->line, line);
    if (rc)
        return rc;
    /* The line's bytes stay where they are until the feed's end: a pending slice may point at them. */
    line = buf_str(&s->line);
    s->line.n = 0;
    return take_line(s, line, fn, ctx);
}

static int feed_lines(struct sse *s, struct cp_str *in, sse_frame_fn *fn, void *ctx)
{
    const char *cr = NULL;
    while (in->n) {
        if (s->after_cr && in->p[0] == '\n') {
            *in = str_from(*in, 1);
            s->taken++;
            s->torn_n += s->torn_n > 0;
        }
        s->after_cr = false;
        const char *end = in->n ? line_end(*in, &cr) : NULL;
        if (!end)
            return 0;
        struct cp_str line = str_n(in->p, (size_t)(end - in->p));
        s->after_cr = *end == '\r';
        *in = str_from(*in, line.n + 1);
        s->taken += s->line.n + line.n + 1;
        int rc = end_line(s, line, fn, ctx);
        if (rc)
            return rc;
        s->torn_n = s->in_block || s->in_loose ? s->torn_n + line.n + 1 : 0;
    }
    return 0;
}

int sse_feed(struct sse *s, struct cp_str bytes, sse_frame_fn *fn, void *ctx)
{
    int rc = s->bom < BOM_PAST ? skip_bom(s, &bytes) : 0;
    if (!rc)
        rc = feed_lines(s, &bytes, fn, ctx);
    if (rc) {
        s->pending = STR_NONE;
        return rc;
    }
    rc = settle(s);
    if (!rc && bytes.n)
        rc = buf_add_str(&s->line, bytes);
    s->torn_n += bytes.n;
    if (!s->line.n && s->line.cap > KEEP_BYTES)
        trim(&s->line);
    return rc;
}

int sse_end(struct sse *s, sse_frame_fn *fn, void *ctx)
{
    int rc = 0;
    if (s->bom && s->bom < sizeof bom_bytes)
        rc = buf_add(&s->line, bom_bytes, s->bom);
    s->bom = BOM_PAST;
    if (!rc && s->line.n)
        rc = end_line(s, str_n("", 0), fn, ctx);
    if (!rc && s->has_data)
        rc = dispatch(s, fn, ctx);
    s->pending = STR_NONE;
    return rc;
}

size_t sse_torn(const struct sse *s)
{
    return s->torn_n;
}

bool sse_at_boundary(const struct sse *s)
{
    return !s->line.n && !s->in_block && !s->in_loose;
}

struct cp_str sse_loose(const struct sse *s)
{
    return buf_str(&s->loose);
}

void sse_loose_done(struct sse *s)
{
    trim(&s->loose);
    s->in_loose = false;
    s->torn_n = s->line.n;
}
