/* SPDX-License-Identifier: MIT */
/*
 * host_out - what a plugin writes: bytes as they are, or frames.
 *
 * A frame opened with out_frame_open() is written in place: the data goes to the buf straight from
 * the JSON writer, and only a line break in it (which JSON has none of, unless a slice brought
 * white space) costs a second look when the frame closes.
 *
 * A frame is an SSE event, or, where the client's door says so, an element of one JSON array (then the
 * bracket and the commas are written with the elements, and the last bracket by out_end()), a line, or
 * its data and nothing else.
 *
 * source: WHATWG HTML 9.2, event streams: CR, LF and CRLF end a line; data lines join with LF.
 */
#include "plugin/host.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>

void out_init(struct cp_out *o, struct buf *buf)
{
    memset(o, 0, sizeof(*o));
    o->buf = buf;
    json_writer_init(&o->json, buf);
}

static int out_code(const struct cp_out *o)
{
    return buf_failed(o->buf) ? E_LIMIT : E_BUG;
}

void out_framing(struct cp_out *o, uint32_t framing)
{
    o->crlf = framing == CP_SSE_CRLF;
    o->is_array = framing == CP_ARRAY;
    o->is_raw = framing == CP_RAW;
    o->is_lines = framing == CP_LINES || o->is_raw;
}

void out_renew(struct cp_out *o)
{
    json_writer_init(&o->json, o->buf);
    o->in_frame = o->failed = o->is_ended = false;
}

void out_end(struct cp_out *o)
{
    if (o->is_array && !o->is_ended)
        buf_add_z(o->buf, o->frames ? "]" : "[]");
    o->is_ended = true;
}

int out_done(const struct cp_out *o)
{
    if (o->failed || buf_failed(o->buf))
        return out_code(o);
    if (o->in_frame || o->json.depth || o->json.in_quote || o->json.after_key || o->json.failed)
        return E_BUG;
    return 0;
}

int out_wrote(struct cp_out *o, int rc)
{
    if (rc == 0 && !o->failed)
        return 0;
    o->failed = true;
    return out_code(o);
}

static int out_bug(struct cp_out *o)
{
    o->failed = true;
    return E_BUG;
}

int out_write(struct cp_out *o, struct cp_str s)
{
    if (o->failed)
        return out_code(o);
    if (!host_is_text(s))
        return out_bug(o);
    /* after bytes of its own a plugin may begin another value */
    if (o->json.depth == 0 && o->json.any)
        json_writer_init(&o->json, o->buf);
    return out_wrote(o, buf_add_str(o->buf, s));
}

static const char *out_eol(const struct cp_out *o)
{
    return o->crlf ? "\r\n" : "\n";
}

static bool has_break(struct cp_str s)
{
    return s.n && (memchr(s.p, '\n', s.n) || memchr(s.p, '\r', s.n));
}

static void out_event_line(struct cp_out *o, struct cp_str event)
{
    if (o->is_array)
        buf_add_z(o->buf, o->frames ? ",\r\n" : "[");
    if (event.n == 0 || o->is_array || o->is_lines)
        return;
    buf_add_z(o->buf, "event: ");
    buf_add_str(o->buf, event);
    buf_add_z(o->buf, out_eol(o));
}

/* The part before the next line break; *rest is what is behind it. */
static struct cp_str line_next(struct cp_str *rest)
{
    size_t n = 0;
    while (n < rest->n && rest->p[n] != '\n' && rest->p[n] != '\r')
        n++;
    struct cp_str line = str_cut(*rest, n);
    size_t end = n + 1 < rest->n && rest->p[n] == '\r' && rest->p[n + 1] == '\n' ? 2 : 1;
    *rest = n < rest->n ? str_from(*rest, n + end) : STR_NONE;
    return line;
}

static void out_data_lines(struct cp_out *o, struct cp_str data)
{
    do {
        struct cp_str line = line_next(&data);
        buf_add_z(o->buf, "data: ");
        buf_add_str(o->buf, line);
        buf_add_z(o->buf, out_eol(o));
    } while (data.p);
}

/* A line cannot hold a break.  JSON has none but between its tokens, where a blank says the same. */
static void out_mend_line(struct cp_out *o, size_t from)
{
    for (size_t i = from; i < o->buf->n; i++)
        if (o->buf->p[i] == '\n' || o->buf->p[i] == '\r')
            o->buf->p[i] = ' ';
}

static void out_line(struct cp_out *o, struct cp_str data)
{
    size_t from = o->buf->n;

    buf_add_str(o->buf, data);
    out_mend_line(o, from);
    buf_add_c(o->buf, '\n');
}

/* What was written in place between frame_open() and frame_close(). */
static void out_close_line(struct cp_out *o)
{
    if (o->is_raw)
        return;
    out_mend_line(o, o->frame_at);
    buf_add_c(o->buf, '\n');
}

int out_frame(struct cp_out *o, struct cp_str event, struct cp_str data)
{
    if (o->failed)
        return out_code(o);
    if (o->in_frame || !host_is_text(event) || !host_is_text(data) || has_break(event))
        return out_bug(o);
    out_event_line(o, event);
    if (o->is_array || o->is_raw) {
        buf_add_str(o->buf, data);
    } else if (o->is_lines) {
        out_line(o, data);
    } else {
        out_data_lines(o, data);
        buf_add_z(o->buf, out_eol(o));
    }
    o->frames++;
    return out_wrote(o, buf_failed(o->buf) ? E_LIMIT : 0);
}

int out_frame_open(struct cp_out *o, const char *event)
{
    struct cp_str name = str_of(event);
    if (o->failed)
        return out_code(o);
    if (o->in_frame || o->json.depth || has_break(name))
        return out_bug(o);
    json_writer_init(&o->json, o->buf);
    out_event_line(o, name);
    if (!o->is_array && !o->is_lines)
        buf_add_z(o->buf, "data: ");
    o->frame_at = o->buf->n;
    o->in_frame = true;
    return out_wrote(o, buf_failed(o->buf) ? E_LIMIT : 0);
}

/* The data had line breaks: write it again, a field for each line. */
static void out_split_frame(struct cp_out *o)
{
    size_t n = o->buf->n - o->frame_at;
    char *data = mem_dup(o->buf->p + o->frame_at, n);
    o->buf->n = o->frame_at - strlen("data: ");
    out_data_lines(o, str_n(data, n));
    free(data);
}

int out_frame_close(struct cp_out *o)
{
    if (o->failed)
        return out_code(o);
    if (!o->in_frame || o->json.depth || o->json.in_quote || o->json.after_key)
        return out_bug(o);
    o->in_frame = false;
    if (!buf_failed(o->buf) && o->is_lines) {
        out_close_line(o);
    } else if (!buf_failed(o->buf) && !o->is_array) {
        if (has_break(str_n(o->buf->p + o->frame_at, o->buf->n - o->frame_at)))
            out_split_frame(o);
        else
            buf_add_z(o->buf, out_eol(o));
        buf_add_z(o->buf, out_eol(o));
    }
    o->frames++;
    return out_wrote(o, buf_failed(o->buf) ? E_LIMIT : 0);
}

int out_set_status(struct cp_out *o, int status)
{
    if (status < 200 || status > 599)
        return out_bug(o);
    o->status = status;
    return 0;
}
