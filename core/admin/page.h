/* SPDX-License-Identifier: MIT */
/*
 * page - the front page, read once at start.
 */
#ifndef ADMIN_PAGE_H
#define ADMIN_PAGE_H

#include <claude-proxy/plugin.h>

struct page {
    char *text; /* heap */
    size_t n;
    char etag[40];
};

/* NULL if the folder has no index.html. */
struct page *page_load(const char *www_dir);
void page_free(struct page *);

#endif
