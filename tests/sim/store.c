/* SPDX-License-Identifier: MIT */
/*
 * store - answers of the Responses dialect that are kept, so that a client can come back to them.
 *
 * A ring under one lock. Each entry has the whole chain of items that led to it, so that finding
 * one needs no walk; what is too long for a test is not kept. An item's id ends in its answer's
 * serial and two digits, which is how items are found.
 */
#include "store.h"
#include "scan.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { ENTRIES = 512, LONGEST = 1 << 20, SERIAL = 16 };

static struct entry {
    char id[40];
    struct text whole, input, chain;
} entries[ENTRIES];
static size_t next_entry;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct entry *find(struct slice id)
{
    for (size_t i = 0; id.n && i < ENTRIES; i++)
        if (slice_is(id, entries[i].id))
            return &entries[i];
    return NULL;
}

static void add_inside(struct text *out, struct slice list)
{
    struct slice inside = { list.at + 1, list.n - 2 };

    inside = slice_trim(inside);
    if (!inside.n)
        return;
    text_str(out, out->n ? "," : "");
    text_add(out, inside.at, inside.n);
}

void store_put(struct slice id, struct slice previous, struct slice input, struct slice output,
               struct slice whole)
{
    struct entry *e, *before;
    struct text chain = { 0 }, own = { 0 };

    if (id.n >= sizeof e->id || whole.n + input.n > LONGEST)
        return;
    if (scan_is_string(input))
        text_form(&own, "[{'type':'message','role':'user','content':%S}]", &input);
    else if (input.n)
        text_add(&own, input.at, input.n);
    else
        text_str(&own, "[]");
    pthread_mutex_lock(&lock);
    before = find(previous);
    if (before && before->chain.n < LONGEST)
        text_add(&chain, before->chain.at, before->chain.n);
    add_inside(&chain, (struct slice){ own.at, own.n });
    if (output.n) {
        text_str(&chain, chain.n ? "," : "");
        text_add(&chain, output.at, output.n);
    }
    e = &entries[next_entry++ % ENTRIES];
    text_free(&e->whole);
    text_free(&e->input);
    text_free(&e->chain);
    *e = (struct entry){ .input = own, .chain = chain };
    snprintf(e->id, sizeof e->id, "%.*s", (int)id.n, id.at);
    text_add(&e->whole, whole.at, whole.n);
    pthread_mutex_unlock(&lock);
}

bool store_find(struct slice id, struct text *whole, struct text *chain)
{
    struct entry *e;

    pthread_mutex_lock(&lock);
    e = find(id);
    if (e && whole)
        text_add(whole, e->whole.at, e->whole.n);
    if (e && chain)
        text_add(chain, e->chain.at, e->chain.n);
    pthread_mutex_unlock(&lock);
    return e != NULL;
}

bool store_items(struct slice id, struct text *own_input)
{
    struct entry *e;

    pthread_mutex_lock(&lock);
    e = find(id);
    if (e)
        text_add(own_input, e->input.at, e->input.n);
    pthread_mutex_unlock(&lock);
    return e != NULL;
}

bool store_remove(struct slice id)
{
    struct entry *e;

    pthread_mutex_lock(&lock);
    e = find(id);
    if (e)
        e->id[0] = 0;
    pthread_mutex_unlock(&lock);
    return e != NULL;
}

bool store_has_item(struct slice raw_id)
{
    const char *score = raw_id.n ? memchr(raw_id.at, '_', raw_id.n) : NULL;
    char id[40];

    if (!score || raw_id.at + raw_id.n - score < SERIAL + 2)
        return false;
    snprintf(id, sizeof id, "resp_%.*s", SERIAL, score + 1);
    return store_find(slice_of(id), NULL, NULL);
}
