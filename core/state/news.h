/* SPDX-License-Identifier: MIT */
/*
 * news - what has happened lately, numbered: a ring that many read at their own pace.
 *
 * Whoever makes something known adds one line of JSON; whoever follows asks for what came after the number he has seen last.
 * Who is too slow, or comes back too late, is told that some are missing, and reads the whole state anew.  Adding never
 * waits for readers.  Any thread; a short lock.
 */
#ifndef STATE_NEWS_H
#define STATE_NEWS_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct arena;
struct news;

struct news_item {
    uint64_t number; /* from 1 on, without gaps */
    struct cp_str
        kind; /* "request", "channel", "key", "config", "plugin", "log", "stats": a topic */
    struct cp_str json; /* one line */
    struct news_item *next;
};

struct news *news_new(size_t most_items, size_t most_bytes);
void news_free(struct news *);
/* Does nothing, cheaply, while nobody follows its kind and is_kept is false. */
void news_add(struct news *, const char *kind, struct cp_str json, bool is_kept);
/* Is it worth spelling an item of this kind?  An atomic read. */
bool news_is_followed(const struct news *, const char *kind);
/* kinds: "request|channel", absent: all.  Who follows says so, and says when he no longer does, with the same kinds. */
void news_follow(struct news *, struct cp_str kinds);
void news_leave(struct news *, struct cp_str kinds);
uint64_t news_last(const struct news *);
/* Numbers go on behind those of another process: whoever has seen one of its last comes back, and is told that he misses some. */
void news_follow_on(struct news *, uint64_t last_of_other);
/*
 * Copies of what came after a number, at most n, in order, in the arena; NULL: nothing.
 *
 * is_missing  set if items between after and the first one here are gone
 */
struct news_item *news_since(struct news *, uint64_t after, struct cp_str kinds, uint32_t n,
                             struct arena *, bool *is_missing);

#endif
