/* SPDX-License-Identifier: MIT */
/*
 * page - the front page, read once at start, and shown with the address that its reader came by.
 */
#include "admin/page.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAGE_BYTES = 256 * 1024, DIGEST_CHARS = 44 };

struct page {
    char *text; /* heap */
    size_t n;
    char policy[512];
};

/* source: RFC 4648 4; CSP 3, 2.3.1: hashes are in base64 */
static void digest_base64(struct cp_str text, char out[DIGEST_CHARS + 1])
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t d[33] = { 0 };
    size_t n = 0;

    hash_sha256_raw(text, d);
    for (size_t i = 0; i < 33; i += 3) {
        unsigned three = (unsigned)d[i] << 16 | (unsigned)d[i + 1] << 8 | d[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            out[n++] = digits[three >> shift & 63];
    }
    out[DIGEST_CHARS - 1] = '=';
    out[DIGEST_CHARS] = 0;
}

static void page_allow_style(struct page *p)
{
    struct cp_str text = str_n(p->text, p->n);
    ptrdiff_t from = str_find(text, STR("<style>")), to = str_find(text, STR("</style>"));
    char digest[DIGEST_CHARS + 1] = "";

    if (from >= 0 && to > from)
        digest_base64(str_cut(str_from(text, (size_t)from + 7), (size_t)(to - from) - 7),
                      digest);
    snprintf(p->policy, sizeof(p->policy),
             "default-src 'none'; script-src 'self'; style-src 'self'%s%s%s; "
             "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; "
             "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
             digest[0] ? " 'sha256-" : "", digest, digest[0] ? "'" : "");
}

struct page *page_load(const char *www_dir)
{
    char file[4096];

    if ((size_t)snprintf(file, sizeof(file), "%s/index.html", www_dir) >= sizeof(file))
        return NULL;
    FILE *f = fopen(file, "re");
    if (!f)
        return NULL;
    struct page *p = mem_new(1, sizeof(*p));
    p->text = mem_new(1, PAGE_BYTES);
    p->n = fread(p->text, 1, PAGE_BYTES, f);
    (void)fclose(f); /* only read */
    page_allow_style(p);
    return p;
}

void page_free(struct page *p)
{
    if (!p)
        return;
    free(p->text);
    free(p);
}

void page_write(const struct page *p, struct cp_str url, struct buf *out)
{
    struct cp_str rest = str_n(p->text, p->n);
    ptrdiff_t at;

    while ((at = str_find(rest, STR("{url}"))) >= 0) {
        buf_add_str(out, str_cut(rest, (size_t)at));
        buf_add_str(out, url);
        rest = str_from(rest, (size_t)at + 5);
    }
    buf_add_str(out, rest);
}

struct cp_str page_policy(const struct page *p)
{
    return str_of(p->policy);
}
