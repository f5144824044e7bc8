/* SPDX-License-Identifier: MIT */
/*
 * media - MIME types told, guessed and cleaned; text out of base64 and into it.
 *
 * This dialect says of every piece of media which type it has, and nothing else: no class, no
 * name.  Where a type is missing it is guessed from the first bytes or from the address.
 */
#include "request.h"

#include <string.h>

uint32_t gemini_media_class(struct cp_str mime)
{
    if (gemini_text_begins(mime, "image/"))
        return CP_IMAGE;
    if (gemini_text_begins(mime, "audio/"))
        return CP_AUDIO;
    if (gemini_text_begins(mime, "video/"))
        return CP_VIDEO;
    if (gemini_text_begins(mime, "text/") || gemini_text_begins(mime, "application/pdf"))
        return CP_DOCUMENT;
    return CP_FILE;
}

struct cp_str gemini_media_sniff(struct cp_str base64)
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
    if (gemini_text_begins(base64, "UklGR") && base64.n > 16)
        return memcmp(base64.p + 12, "QVZF", 4) == 0 ? S("audio/wav") : S("image/webp");
    for (size_t i = 0; i < sizeof(magic) / sizeof(magic[0]); i++)
        if (gemini_text_begins(base64, magic[i].begins))
            return (struct cp_str){ magic[i].mime, strlen(magic[i].mime) };
    return NOTHING;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static int ends_with(struct cp_str s, const char *end)
{
    size_t n = strlen(end);

    if (s.n < n)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (lower(s.p[s.n - n + i]) != end[i])
            return 0;
    return 1;
}

struct cp_str gemini_media_of_url(struct cp_str url)
{
    static const struct {
        const char *end, *mime;
    } ends[] = {
        { ".png", "image/png" },       { ".jpg", "image/jpeg" },
        { ".jpeg", "image/jpeg" },     { ".gif", "image/gif" },
        { ".webp", "image/webp" },     { ".heic", "image/heic" },
        { ".heif", "image/heif" },     { ".bmp", "image/bmp" },
        { ".pdf", "application/pdf" }, { ".txt", "text/plain" },
        { ".md", "text/markdown" },    { ".html", "text/html" },
        { ".csv", "text/csv" },        { ".json", "application/json" },
        { ".mp3", "audio/mp3" },       { ".wav", "audio/wav" },
        { ".ogg", "audio/ogg" },       { ".flac", "audio/flac" },
        { ".aac", "audio/aac" },       { ".m4a", "audio/m4a" },
        { ".mp4", "video/mp4" },       { ".mov", "video/quicktime" },
        { ".webm", "video/webm" },     { ".mpeg", "video/mpeg" },
        { ".mpg", "video/mpeg" },      { ".avi", "video/x-msvideo" },
    };

    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] == '?' || url.p[i] == '#')
            url.n = i;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (ends_with(url, ends[i].end))
            return (struct cp_str){ ends[i].mime, strlen(ends[i].mime) };
    return NOTHING;
}

static int is_image(struct cp_str mime)
{
    static const char begins[] = "image/";

    for (size_t i = 0; i < sizeof(begins) - 1; i++)
        if (i >= mime.n || lower(mime.p[i]) != begins[i])
            return 0;
    return 1;
}

struct cp_str gemini_media_clean(struct cp_call *call, struct cp_str mime)
{
    char *p;

    if (mime.n == 0 || !is_image(mime))
        return mime;
    p = H->alloc(call, mime.n);
    if (p == NULL)
        return mime;
    for (size_t i = 0; i < mime.n; i++) {
        if (mime.p[i] == ';') { /* parameters may mind their case */
            memcpy(p + i, mime.p + i, mime.n - i);
            break;
        }
        p[i] = lower(mime.p[i]);
    }
    mime.p = p;
    return gemini_text_is(mime, "image/jpg") ? S("image/jpeg") : mime;
}

int gemini_media_is_stored(struct cp_str uri)
{
    return gemini_text_begins(uri, "https://generativelanguage.googleapis.com/") ||
           gemini_text_begins(uri, "files/") || gemini_text_begins(uri, "gs://");
}

/* ---- text in base64 ------------------------------------------------------------------------- */

/* Bytes of the character that begins here; 0: none does. source: RFC 3629, section 4 */
static size_t utf8_length(const unsigned char *s, size_t n)
{
    size_t length = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;

    if (length == 0 || length > n || s[0] > 0xF4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
        (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return length;
}

static int is_utf8(struct cp_str s)
{
    for (size_t i = 0, n; i < s.n; i += n) {
        n = utf8_length((const unsigned char *)s.p + i, s.n - i);
        if (n == 0 || s.p[i] == '\0')
            return 0;
    }
    return 1;
}

struct cp_str gemini_media_text(struct cp_call *call, struct cp_str base64)
{
    struct cp_str text = gemini_base64_read(call, base64);

    return text.p != NULL && is_utf8(text) ? text : NOTHING;
}
