/* SPDX-License-Identifier: MIT */
/*
 * page - the front page, read once at start, and shown with the address that its reader came by.
 */
#ifndef ADMIN_PAGE_H
#define ADMIN_PAGE_H

#include <claude-proxy/plugin.h>

struct buf;
struct page;

/* NULL if the folder has no index.html. */
struct page *page_load(const char *www_dir);
void page_free(struct page *);
/* The page with url ("http://127.0.0.1:3000") in the place of each {url}. */
void page_write(const struct page *, struct cp_str url, struct buf *out);
/* Content-Security-Policy that lets its own style through, by its hash, and nothing else. */
struct cp_str page_policy(const struct page *);

#endif
