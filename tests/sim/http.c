/* SPDX-License-Identifier: MIT */
/*
 * http - reads the head of an HTTP/1.1 request and the chunks of its body.
 *
 * Strict where a gateway could be wrong: a bare LF, a missing colon, a blank before the colon or
 * two different lengths are refused, so that what the simulator accepts, real servers accept.
 */
#include "http.h"

#include <string.h>

static bool is_token(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if (c <= 0x20 || c >= 0x7F || strchr("()<>@,;:\\\"/[]?={}", c))
            return false;
    }
    return s.n > 0;
}

static bool read_request_line(struct head *head, struct slice line)
{
    const char *a = memchr(line.at, ' ', line.n), *end = line.at + line.n, *b, *q;

    b = a ? memchr(a + 1, ' ', (size_t)(end - a - 1)) : NULL;
    if (!b || b == a + 1 || end - b != 9 || memcmp(b + 1, "HTTP/1.", 7) != 0)
        return false;
    head->is_http10 = b[8] == '0';
    head->method = (struct slice){ line.at, (size_t)(a - line.at) };
    head->target = (struct slice){ a + 1, (size_t)(b - a - 1) };
    head->path = head->target;
    q = memchr(a + 1, '?', head->target.n);
    if (q) {
        head->path.n = (size_t)(q - a - 1);
        head->query = (struct slice){ q + 1, (size_t)(b - q - 1) };
    }
    return is_token(head->method);
}

static bool note_length(struct head *head, struct slice value)
{
    int64_t n = slice_number(value, -1);

    if (n < 0 || (head->length >= 0 && head->length != n))
        return false;
    head->length = n;
    return true;
}

static bool note_header(struct head *head, struct slice name, struct slice value)
{
    switch (name.n) {
    case 6:
        if (slice_is_nocase(name, "expect"))
            head->wants_continue = slice_is_nocase(value, "100-continue");
        break;
    case 10:
        if (slice_is_nocase(name, "connection"))
            head->is_close = slice_is_nocase(value, "close");
        break;
    case 14:
        if (slice_is_nocase(name, "content-length"))
            return note_length(head, value);
        break;
    case 15:
        if (slice_is_nocase(name, "accept-encoding"))
            head->is_gzip_ok = slice_has(value, slice_of("gzip"));
        break;
    case 17:
        if (slice_is_nocase(name, "transfer-encoding")) {
            head->is_chunked = slice_is_nocase(value, "chunked");
            return head->is_chunked;
        }
        break;
    }
    return true;
}

static bool read_header_line(struct head *head, struct slice line)
{
    const char *colon = memchr(line.at, ':', line.n);
    struct slice name, value;

    if (!colon || head->headers_n == HTTP_HEADERS_MAX)
        return false;
    name = (struct slice){ line.at, (size_t)(colon - line.at) };
    value = (struct slice){ colon + 1, line.n - name.n - 1 };
    while (value.n && (value.at[0] == ' ' || value.at[0] == '\t')) {
        value.at++;
        value.n--;
    }
    while (value.n && (value.at[value.n - 1] == ' ' || value.at[value.n - 1] == '\t'))
        value.n--;
    if (!is_token(name) || memchr(value.at, '\r', value.n) || memchr(value.at, 0, value.n))
        return false;
    head->header[head->headers_n++] = (struct header){ name, value };
    return note_header(head, name, value);
}

int64_t http_head(struct head *head, const char *p, size_t n)
{
    const char *end = n ? memmem(p, n, "\r\n\r\n", 4) : NULL, *line = p;
    bool is_first = true;

    if (!end)
        return n > HTTP_HEAD_MAX ? -1 : 0;
    memset(head, 0, offsetof(struct head, header));
    head->headers_n = 0;
    head->length = -1;
    head->is_chunked = head->is_http10 = head->is_close = false;
    head->wants_continue = head->is_gzip_ok = false;
    while (line < end + 2) {
        const char *lf = memchr(line, '\n', (size_t)(end + 2 - line));
        if (!lf || lf == line || lf[-1] != '\r')
            return -1;
        struct slice s = { line, (size_t)(lf - 1 - line) };
        if (is_first ? !read_request_line(head, s) : !read_header_line(head, s))
            return -1;
        is_first = false;
        line = lf + 1;
    }
    if (head->is_chunked && head->length >= 0)
        return -1;
    return end + 4 - p;
}

struct slice http_header(const struct head *head, const char *name)
{
    for (int i = 0; i < head->headers_n; i++)
        if (slice_is_nocase(head->header[i].name, name))
            return head->header[i].value;
    return (struct slice){ 0 };
}

enum { CHUNK_SIZE, CHUNK_DATA, CHUNK_CRLF, CHUNK_TRAILER };

static int64_t chunk_size(const char *p, size_t n)
{
    int64_t v = 0;
    size_t i;

    for (i = 0; i < n && p[i] != ';'; i++) {
        char c = p[i];
        int d = c >= '0' && c <= '9'                 ? c - '0'
                : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                     : -1;
        if (d < 0 || v >> 40)
            return -1;
        v = v << 4 | d;
    }
    return i ? v : -1;
}

/* One line of framing: a size, the end of a chunk's data, or a trailer. */
static int chunk_line(struct chunks *c, const char *p, size_t n)
{
    if (!n || p[n - 1] != '\r')
        return -1;
    n--;
    if (c->state == CHUNK_CRLF) {
        c->state = CHUNK_SIZE;
        return n ? -1 : 0;
    }
    if (c->state == CHUNK_TRAILER)
        return n == 0;
    c->left = chunk_size(p, n);
    c->state = c->left ? CHUNK_DATA : CHUNK_TRAILER;
    return c->left < 0 ? -1 : 0;
}

int http_chunks(struct chunks *c, const char *p, size_t n, size_t *used, struct text *out)
{
    size_t i = 0;
    int rc = 0;

    while (rc == 0 && i < n) {
        if (c->state == CHUNK_DATA) {
            size_t take = n - i < (size_t)c->left ? n - i : (size_t)c->left;
            text_add(out, p + i, take);
            i += take;
            c->left -= (int64_t)take;
            if (!c->left)
                c->state = CHUNK_CRLF;
            continue;
        }
        const char *lf = memchr(p + i, '\n', n - i);
        if (!lf)
            break;
        rc = chunk_line(c, p + i, (size_t)(lf - p) - i);
        i = (size_t)(lf - p) + 1;
    }
    *used = i;
    return rc;
}

const char *http_reason(int64_t status)
{
    static const struct {
        int64_t status;
        const char *words;
    } known[] = {
        { 200, "OK" },
        { 204, "No Content" },
        { 301, "Moved Permanently" },
        { 302, "Found" },
        { 304, "Not Modified" },
        { 307, "Temporary Redirect" },
        { 308, "Permanent Redirect" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 402, "Payment Required" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 408, "Request Timeout" },
        { 409, "Conflict" },
        { 413, "Content Too Large" },
        { 422, "Unprocessable Content" },
        { 429, "Too Many Requests" },
        { 500, "Internal Server Error" },
        { 502, "Bad Gateway" },
        { 503, "Service Unavailable" },
        { 504, "Gateway Timeout" },
        { 529, "Overloaded" },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].status == status)
            return known[i].words;
    return "Simulated";
}
