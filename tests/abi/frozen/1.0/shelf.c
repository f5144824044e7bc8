/* SPDX-License-Identifier: MIT */
/*
 * shelf - the example as it was when ABI 1.0 was frozen; never change it.
 *
 * Written for people who want to keep the gateway's history somewhere else: copy it, rename it, put your database in the
 * place of the lists.  In the configuration:
 *
 *     history = { store = "shelf"; };
 *
 * A store is opened once for writing and once for reading, and the two may be used at the same moment by two threads.  A
 * database sorts that out by itself; here it is one lock around two lists, newest first.
 */
#include <claude-proxy/store.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct cp_host *host;

static int load(const struct cp_host *h)
{
    host = h;
    return CP_OK;
}

/* ---- what is kept -------------------------------------------------------- */

struct book { /* one record with its texts behind it */
    struct book *next;
    struct cp_record record;
};
struct box { /* one thing with its texts behind it */
    struct box *next;
    struct cp_thing thing;
};
static struct book *books; /* newest first */
static struct box *boxes;
static int64_t books_n, bytes_n;
static char lock;

static void lock_take(void)
{
    while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE))
        continue;
}

static void lock_give(void)
{
    __atomic_clear(&lock, __ATOMIC_RELEASE);
}

static int same(struct cp_str a, struct cp_str b)
{
    return a.n == b.n && (!a.n || memcmp(a.p, b.p, a.n) == 0);
}

/* Moves a text to *room: what a callback or a caller lends must be copied. */
static void text_keep(struct cp_str *s, char **room)
{
    if (!s->p)
        return;
    if (s->n)
        memcpy(*room, s->p, s->n);
    s->p = *room;
    *room += s->n;
}

/* The texts of a record stand in a row but for the last; tries and the trace are left out here. */
static struct cp_str *texts_of(struct cp_record *r, size_t i)
{
    struct cp_str *all[] = { &r->id,    &r->client,   &r->family,  &r->op,  &r->dialect,
                             &r->model, &r->model_up, &r->channel, &r->key, &r->session,
                             &r->peer,  &r->agent,    &r->end,     &r->why };
    return i < sizeof(all) / sizeof(all[0]) ? all[i] : NULL;
}

static struct book *book_new(const struct cp_record *given, uint32_t size)
{
    struct cp_record r = { .size = 0 };
    size_t bytes = sizeof(struct book);
    struct cp_str *s;

    /* the gateway's struct may be longer or shorter than the one we know */
    memcpy(&r, given, size < sizeof(r) ? size : sizeof(r));
    r.tries = NULL;
    r.tries_n = 0;
    r.trace = (struct cp_str){ NULL, 0 };
    for (size_t i = 0; (s = texts_of(&r, i)); i++)
        bytes += s->n;
    struct book *b = calloc(1, bytes);
    if (!b)
        return NULL;
    char *room = (char *)(b + 1);
    b->record = r;
    b->record.size = sizeof(r);
    for (size_t i = 0; (s = texts_of(&b->record, i)); i++)
        text_keep(s, &room);
    bytes_n += (int64_t)bytes;
    books_n++;
    return b;
}

/* ---- opening ------------------------------------------------------------- */

struct shelf {
    int64_t most; /* records */
};

static int shelf_open(const struct cp_conf *conf, const char *dir, int how, void **store)
{
    struct shelf *s = calloc(1, sizeof(*s));
    if (!s)
        return host->fail(NULL, CP_E_NOMEM, "no memory");
    s->most = host->conf_int(conf, "records");
    *store = s;
    return CP_OK;
}

static void shelf_close(void *store)
{
    free(store);
}

/* ---- history ------------------------------------------------------------- */

static int outcome_of(const struct cp_record *r)
{
    char who = r->end.n ? r->end.p[0] : '-';
    if (who == 'C' && r->status == 499)
        return CP_CANCELLED_ONLY;
    return r->status < 400 && (who == '-' || who == 'C') ? CP_SERVED_ONLY : CP_FAILED_ONLY;
}

static int wants(struct cp_str wanted, struct cp_str is)
{
    return !wanted.p || same(wanted, is);
}

static int fits(const struct cp_filter *f, const struct cp_record *r)
{
    return (!f->outcome || (int)f->outcome == outcome_of(r)) &&
           (f->from_ms <= 0 || r->wall_ms >= f->from_ms) &&
           (f->until_ms <= 0 || r->wall_ms < f->until_ms) && wants(f->client, r->client) &&
           wants(f->family, r->family) && wants(f->model, r->model) &&
           wants(f->channel, r->channel) && wants(f->key, r->key) &&
           wants(f->session, r->session) && wants(f->id, r->id) && wants(f->end, r->end) &&
           (f->status_least <= 0 || r->status >= f->status_least) &&
           (f->status_most <= 0 || r->status <= f->status_most);
}

static int is_there(const struct cp_record *r)
{
    for (const struct book *b = books; b; b = b->next)
        if (b->record.wall_ms == r->wall_ms && same(b->record.id, r->id))
            return 1;
    return 0;
}

/* Old ones may come late (an import): the list stays in the order of time. */
static void book_shelve(struct book *b)
{
    struct book **at = &books;
    while (*at && (*at)->record.wall_ms > b->record.wall_ms)
        at = &(*at)->next;
    b->next = *at;
    *at = b;
}

static int append(void *store, const struct cp_record *r, uint32_t n, uint32_t size)
{
    int rc = CP_OK;

    lock_take();
    for (uint32_t i = 0; !rc && i < n; i++) {
        const struct cp_record *one = (const void *)((const char *)r + (size_t)i * size);
        struct book *b = is_there(one) ? NULL : book_new(one, size);
        if (b)
            book_shelve(b);
        else if (!is_there(one))
            rc = host->fail(NULL, CP_E_NOMEM, "no memory");
    }
    lock_give();
    return rc;
}

static int find(void *store, const struct cp_filter *f, struct cp_str after, uint32_t n,
                int (*row)(void *, const struct cp_record *), void *ctx)
{
    int is_past = !after.p;

    lock_take();
    for (const struct book *b = books; b && n; b = b->next) {
        if (is_past && fits(f, &b->record)) {
            n--;
            if (row(ctx, &b->record))
                break;
        }
        is_past |= same(after, b->record.id);
    }
    lock_give();
    return CP_OK;
}

static struct cp_str group_of(const struct cp_record *r, uint32_t by)
{
    switch (by) {
    case CP_BY_FAMILY:
        return r->family;
    case CP_BY_CHANNEL:
        return r->channel;
    case CP_BY_MODEL_NAME:
        return r->model;
    case CP_BY_CLIENT_KEY:
        return r->client;
    case CP_BY_END:
        return r->end;
    default:
        return (struct cp_str){ NULL, 0 };
    }
}

static void sum_add(struct cp_sum *s, const struct cp_record *r)
{
    int outcome = outcome_of(r);
    s->requests++;
    s->served += outcome == CP_SERVED_ONLY;
    s->failed += outcome == CP_FAILED_ONLY;
    s->cancelled += outcome == CP_CANCELLED_ONLY;
    for (int i = 1; i < 9; i++)
        s->tokens[i] += r->tokens[i] > 0 ? r->tokens[i] : 0;
    s->cost_micro += r->cost_micro > 0 ? r->cost_micro : 0;
    s->unpriced += r->cost_micro < 0;
    s->total_us += r->total_us > 0 ? r->total_us : 0;
    s->content_us += r->content_us > 0 ? r->content_us : 0;
    s->content_n += r->content_us >= 0;
    s->attempts += r->attempts;
    s->dropped += r->dropped;
}

/* A walk for each group and step that has not been told yet: short to read, and slow, as an example may be. */
static int is_same_sum(const struct cp_record *a, const struct cp_record *b, uint32_t by,
                       int64_t step_ms)
{
    return same(group_of(a, by), group_of(b, by)) &&
           (!step_ms || a->wall_ms / step_ms == b->wall_ms / step_ms);
}

static int sum(void *store, const struct cp_filter *f, uint32_t by, int64_t step_ms,
               int (*row)(void *, const struct cp_sum *), void *ctx)
{
    int is_enough = 0;

    lock_take();
    for (const struct book *b = books; b && !is_enough; b = b->next) {
        struct cp_sum s = { .size = sizeof(s), .group = group_of(&b->record, by) };
        const struct book *c = books;
        while (c != b &&
               !(fits(f, &c->record) && is_same_sum(&c->record, &b->record, by, step_ms)))
            c = c->next;
        if (c != b || !fits(f, &b->record))
            continue;
        s.from_ms = step_ms ? b->record.wall_ms / step_ms * step_ms : 0;
        for (; c; c = c->next)
            if (fits(f, &c->record) && is_same_sum(&c->record, &b->record, by, step_ms))
                sum_add(&s, &c->record);
        is_enough = row(ctx, &s);
    }
    lock_give();
    return CP_OK;
}

static int trim(void *store, int64_t before_ms, int64_t most_bytes, uint32_t most_rows)
{
    const struct shelf *s = store;
    uint32_t gone = 0;

    lock_take();
    while (books && gone < most_rows) {
        struct book **last = &books;
        while ((*last)->next)
            last = &(*last)->next;
        if ((*last)->record.wall_ms >= before_ms && books_n <= s->most &&
            (!most_bytes || bytes_n <= most_bytes))
            break;
        bytes_n -= bytes_n / books_n--;
        free(*last);
        *last = NULL;
        gone++;
    }
    lock_give();
    return gone == most_rows;
}

static int measure(void *store, int64_t *records, int64_t *bytes)
{
    lock_take();
    *records = books_n;
    *bytes = bytes_n;
    lock_give();
    return CP_OK;
}

/* ---- things -------------------------------------------------------------- */

static struct box *box_new(const struct cp_thing *t)
{
    struct box *b =
        calloc(1, sizeof(*b) + t->bucket.n + t->owner.n + t->id.n + t->under.n + t->bytes.n);
    if (!b)
        return NULL;
    char *room = (char *)(b + 1);
    b->thing = *t;
    b->thing.size = sizeof(b->thing);
    text_keep(&b->thing.bucket, &room);
    text_keep(&b->thing.owner, &room);
    text_keep(&b->thing.id, &room);
    text_keep(&b->thing.under, &room);
    text_keep(&b->thing.bytes, &room);
    return b;
}

/* What is there by that id; with_under: and what hangs on it. */
static void boxes_drop(const struct cp_thing *t, int with_under)
{
    for (struct box **at = &boxes; *at;) {
        struct box *b = *at;
        int is_it = same(b->thing.id, t->id) || (with_under && same(b->thing.under, t->id));
        if (is_it && same(b->thing.bucket, t->bucket) && same(b->thing.owner, t->owner)) {
            *at = b->next;
            free(b);
        } else {
            at = &b->next;
        }
    }
}

static int put(void *store, const struct cp_thing *t, uint32_t n, uint32_t size)
{
    int rc = CP_OK;

    lock_take();
    for (uint32_t i = 0; !rc && i < n; i++) {
        struct cp_thing one = { .size = 0 };
        memcpy(&one, (const char *)t + (size_t)i * size,
               size < sizeof(one) ? size : sizeof(one));
        struct box *b = one.bytes.p ? box_new(&one) : NULL;
        if (one.bytes.p && !b)
            rc = host->fail(NULL, CP_E_NOMEM, "no memory");
        boxes_drop(&one, !one.bytes.p);
        if (b) {
            b->next = boxes;
            boxes = b;
        }
    }
    lock_give();
    return rc;
}

static int each(void *store, struct cp_str bucket, int64_t wall_ms,
                int (*row)(void *, const struct cp_thing *), void *ctx)
{
    lock_take();
    for (const struct box *b = boxes; b; b = b->next) {
        int has_ended = b->thing.until_ms && b->thing.until_ms <= wall_ms;
        if (same(b->thing.bucket, bucket) && !has_ended && row(ctx, &b->thing))
            break;
    }
    lock_give();
    return CP_OK;
}

static int prune(void *store, struct cp_str bucket, int64_t wall_ms, int64_t most_bytes,
                 uint32_t most_rows)
{
    int64_t bytes = 0;
    uint32_t gone = 0;

    lock_take();
    for (struct box **at = &boxes; *at && gone < most_rows;) {
        struct box *b = *at;
        int is_ours = same(b->thing.bucket, bucket);
        bytes += is_ours ? (int64_t)b->thing.bytes.n : 0;
        if ((b->thing.until_ms && b->thing.until_ms <= wall_ms) ||
            (is_ours && most_bytes && bytes > most_bytes)) {
            *at = b->next;
            free(b);
            gone++;
        } else {
            at = &b->next;
        }
    }
    lock_give();
    return gone == most_rows;
}

/* ---- what the host reads before it calls anything ------------------------- */

static void unload(void)
{
    struct book *book;
    struct box *box;
    while ((book = books)) {
        books = book->next;
        free(book);
    }
    while ((box = boxes)) {
        boxes = box->next;
        free(box);
    }
}

static const struct cp_option options[] = {
    { .type = CP_T_INT, .name = "records", .preset = "10000", .help = "How many are kept" },
};
static const struct cp_store shelf = {
    .size = sizeof(struct cp_store),
    .name = "shelf",
    .title = "This process's memory",
    .options = options,
    .options_n = 1,
    .option_size = sizeof(options[0]),
    .open = shelf_open,
    .close = shelf_close,
    .append = append,
    .find = find,
    .sum = sum,
    .trim = trim,
    .measure = measure,
    .put = put,
    .each = each,
    .prune = prune,
};
static const struct cp_store *const stores[] = { &shelf };

CP_PLUGIN = {
    CP_PLUGIN_HEAD, .name = "shelf",  .version = "1.0", .license = "MIT",
    .load = load,   .unload = unload, .stores = stores, .stores_n = 1,
};
