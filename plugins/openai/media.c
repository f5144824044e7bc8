/* SPDX-License-Identifier: MIT */
/*
 * media - data URLs taken apart and put together, MIME types recognised.
 *
 * Base64 is passed on as it came: nobody here looks inside, except at the first characters when
 * a data URL forgot to say what it holds.
 */
#include "openai.h"

#include <string.h>

struct cp_str openai_media_sniff(struct cp_str base64)
{
    /* The base64 of the magic bytes. */
    static const struct {
        const char *begins, *mime;
    } magic[] = {
        { "iVBORw0", "image/png" }, { "/9j/", "image/jpeg" },        { "R0lGOD", "image/gif" },
        { "Qk", "image/bmp" },      { "JVBERi", "application/pdf" }, { "SUQz", "audio/mp3" },
        { "T2dnUw", "audio/ogg" },  { "ZkxhQw", "audio/flac" },
    };

    /* RIFF: "WEBP" or "WAVE" stands at byte 8; bytes 9 to 11 are characters 12 to 15. */
    if (openai_text_begins(base64, "UklGR") && base64.n > 16)
        return memcmp(base64.p + 12, "QVZF", 4) == 0 ? S("audio/wav") : S("image/webp");
    for (size_t i = 0; i < sizeof(magic) / sizeof(magic[0]); i++)
        if (openai_text_begins(base64, magic[i].begins))
            return (struct cp_str){ magic[i].mime, strlen(magic[i].mime) };
    return (struct cp_str){ NULL, 0 };
}

uint32_t openai_media_class(struct cp_str mime)
{
    if (openai_text_begins(mime, "image/"))
        return CP_IMAGE;
    if (openai_text_begins(mime, "audio/"))
        return CP_AUDIO;
    if (openai_text_begins(mime, "video/"))
        return CP_VIDEO;
    if (openai_text_begins(mime, "text/") || openai_text_is(mime, "application/pdf"))
        return CP_DOCUMENT;
    return CP_FILE;
}

struct cp_str openai_media_data_url(struct cp_call *call, struct cp_str mime,
                                    struct cp_str base64)
{
    struct cp_str parts[4] = { S("data:"), mime, S(";base64,"), base64 };

    if (mime.n == 0)
        parts[1] = openai_media_sniff(base64);
    if (parts[1].n == 0)
        parts[1] = S("application/octet-stream");
    return openai_text_join(call, parts, 4);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static struct cp_str percent_decode(struct cp_call *call, struct cp_str s)
{
    char *p = H->alloc(call, s.n + 1);
    size_t n = 0;

    if (p == NULL)
        return s;
    for (size_t i = 0; i < s.n; i++) {
        int hi = s.p[i] == '%' && i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
        int lo = hi >= 0 ? hex_digit(s.p[i + 2]) : -1;
        if (lo >= 0)
            i += 2;
        p[n++] = lo >= 0 ? (char)(hi * 16 + lo) : s.p[i];
    }
    return (struct cp_str){ p, n };
}

static struct cp_str base64_encode(struct cp_call *call, struct cp_str s)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *p = H->alloc(call, (s.n + 2) / 3 * 4 + 1);
    size_t n = 0;

    if (p == NULL)
        return s;
    for (size_t i = 0; i < s.n; i += 3) {
        size_t left = s.n - i;
        uint32_t v = (uint32_t)(unsigned char)s.p[i] << 16;
        if (left > 1)
            v |= (uint32_t)(unsigned char)s.p[i + 1] << 8;
        if (left > 2)
            v |= (unsigned char)s.p[i + 2];
        p[n++] = digits[v >> 18];
        p[n++] = digits[v >> 12 & 63];
        p[n++] = left > 1 ? digits[v >> 6 & 63] : '=';
        p[n++] = left > 2 ? digits[v & 63] : '=';
    }
    return (struct cp_str){ p, n };
}

/* Only what comes before ';', in lower case; image/jpg is what people write for image/jpeg. */
static struct cp_str clean_mime(struct cp_call *call, struct cp_str head)
{
    const char *semicolon = head.n > 0 ? memchr(head.p, ';', head.n) : NULL;
    char *p;

    if (semicolon != NULL)
        head.n = (size_t)(semicolon - head.p);
    head = openai_text_trim(head);
    p = H->alloc(call, head.n + 1);
    if (p == NULL)
        return head;
    for (size_t i = 0; i < head.n; i++)
        p[i] = head.p[i] >= 'A' && head.p[i] <= 'Z' ? (char)(head.p[i] + 32) : head.p[i];
    head.p = p;
    return openai_text_is(head, "image/jpg") ? S("image/jpeg") : head;
}

static int is_utf8_text(struct cp_str mime)
{
    return mime.n == 0 || openai_text_begins(mime, "text/");
}

int openai_media_from_url(struct cp_call *call, struct cp_str url, struct media *m)
{
    const char *comma;
    struct cp_str head;

    memset(m, 0, sizeof(*m));
    if (url.n < 5 || openai_text_find((struct cp_str){ url.p, 5 }, "data:") == 0)
        return 0;
    comma = memchr(url.p, ',', url.n);
    if (comma == NULL)
        return 0;
    head = (struct cp_str){ url.p + 5, (size_t)(comma - url.p) - 5 };
    m->data = (struct cp_str){ comma + 1, url.n - (size_t)(comma - url.p) - 1 };
    m->mime = clean_mime(call, head);
    if (openai_text_find(head, ";base64") == head.n && head.n > 0) {
        if (m->mime.n == 0)
            m->mime = openai_media_sniff(m->data);
        if (m->mime.n == 0)
            m->mime = S("image/png");
        return 1;
    }
    m->data = percent_decode(call, m->data);
    m->is_text = is_utf8_text(m->mime);
    if (m->is_text && m->mime.n == 0)
        m->mime = S("text/plain");
    if (!m->is_text)
        m->data = base64_encode(call, m->data);
    return 1;
}
