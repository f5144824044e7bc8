/* SPDX-License-Identifier: MIT */
/*
 * page - the front page, read once at start.
 */
#include "admin/page.h"

#include "base/hash.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAGE_BYTES = 256 * 1024 };

struct page *page_load(const char *www_dir)
{
    char file[4096], hex[65];

    if ((size_t)snprintf(file, sizeof(file), "%s/index.html", www_dir) >= sizeof(file))
        return NULL;
    FILE *f = fopen(file, "re");
    if (!f)
        return NULL;
    struct page *p = calloc(1, sizeof(*p));
    if (!p || !(p->text = malloc(PAGE_BYTES)))
        abort();
    p->n = fread(p->text, 1, PAGE_BYTES, f);
    (void)fclose(f); /* only read */
    hash_sha256(str_n(p->text, p->n), hex);
    snprintf(p->etag, sizeof(p->etag), "\"%.32s\"", hex);
    return p;
}

void page_free(struct page *p)
{
    if (!p)
        return;
    free(p->text);
    free(p);
}
