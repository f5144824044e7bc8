/* SPDX-License-Identifier: MIT */
/*
 * bad_store - a plugin with one store that is well, for bad ones to differ from in one point; as bad.h.
 *
 *     PLUGIN    members of struct cp_plugin     STORE   members of struct cp_store
 *     FIND      statements of find(), before its good ones
 *
 * It keeps one record and one thing in memory, which is all that a preflight asks for.
 */
#ifndef TESTS_ABI_BAD_STORE_H
#define TESTS_ABI_BAD_STORE_H

#include <claude-proxy/store.h>

#ifndef FIND
#define FIND
#endif
#ifndef STORE
#define STORE .reserved = 0
#endif
#ifndef PLUGIN
#define PLUGIN .reserved = 0
#endif

static struct cp_record kept;
static struct cp_thing thing;
static int records, things;

static int store_open(const struct cp_conf *c, const char *dir, int how, void **store)
{
    return CP_OK;
}

static void store_close(void *store)
{
}

static int append(void *store, const struct cp_record *r, uint32_t n, uint32_t size)
{
    kept = *r;
    records = 1;
    return CP_OK;
}

static int find(void *store, const struct cp_filter *f, struct cp_str after, uint32_t n,
                int (*row)(void *, const struct cp_record *), void *ctx)
{
    FIND if (records) row(ctx, &kept);
    return CP_OK;
}

static int sum(void *store, const struct cp_filter *f, uint32_t by, int64_t step_ms,
               int (*row)(void *, const struct cp_sum *), void *ctx)
{
    struct cp_sum s = { .size = sizeof(s), .requests = records };
    s.tokens[CP_OUTPUT] = kept.tokens[CP_OUTPUT];
    row(ctx, &s);
    return CP_OK;
}

static int trim(void *store, int64_t before_ms, int64_t most_bytes, uint32_t most_rows)
{
    records = 0;
    return CP_OK;
}

static int measure(void *store, int64_t *n, int64_t *bytes)
{
    *n = records;
    *bytes = 0;
    return CP_OK;
}

static int put(void *store, const struct cp_thing *t, uint32_t n, uint32_t size)
{
    thing = *t;
    things = t->bytes.p != NULL;
    return CP_OK;
}

static int each(void *store, struct cp_str bucket, int64_t wall_ms,
                int (*row)(void *, const struct cp_thing *), void *ctx)
{
    if (things)
        row(ctx, &thing);
    return CP_OK;
}

static int prune(void *store, struct cp_str bucket, int64_t wall_ms, int64_t most_bytes,
                 uint32_t most_rows)
{
    return CP_OK;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static const struct cp_store bad = { .size = sizeof(struct cp_store),
                                     .name = "bad",
                                     .open = store_open,
                                     .close = store_close,
                                     .append = append,
                                     .find = find,
                                     .sum = sum,
                                     .trim = trim,
                                     .measure = measure,
                                     .put = put,
                                     .each = each,
                                     .prune = prune,
                                     STORE };
static const struct cp_store *const stores[] = { &bad, &bad };

CP_PLUGIN = { CP_PLUGIN_HEAD,   .stores = stores, .stores_n = 1, .name = "bad",
              .version = "1.0", .license = "MIT", PLUGIN };
#pragma GCC diagnostic pop

#endif
