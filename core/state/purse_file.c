/* SPDX-License-Identifier: MIT */
/*
 * purse_file - what client keys have spent, as text of libconfig.
 *
 * Sums are strings: they may be larger than what people's other tools think an integer of libconfig is.
 */
#include "state/purse_file.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/moment.h"
#include "conf/node.h"
#include "conf/read.h"
#include "state/purse.h"

#include <stdio.h>

enum { ARENA_BYTES = 64 * 1024, ID_MOST = 64 };

static const char *const periods[] = { "ever", "day", "month" };
enum { PERIODS = sizeof(periods) / sizeof(*periods) };

struct entry {
    struct cp_str key;
    enum purse_period period;
    int64_t from_ms;
    struct purse_sum spent;
};

/* ---- writing ---- */

static bool is_id(struct cp_str id)
{
    for (size_t i = 0; i < id.n; i++)
        if (!(id.p[i] >= 'a' && id.p[i] <= 'z') && !(id.p[i] >= '0' && id.p[i] <= '9') &&
            id.p[i] != '-' && id.p[i] != '_')
            return false;
    return id.n > 0 && id.n <= ID_MOST;
}

static void add_entry(void *ctx, struct cp_str key, enum purse_period period, int64_t from_ms,
                      const struct purse_sum *spent)
{
    struct buf *out = ctx;
    char when[32];

    if (!is_id(key))
        return;
    clock_rfc3339(from_ms * 1000, when);
    buf_printf(out, "%s\n  { key = \"%.*s\"; period = \"%s\"; from = \"%.19sZ\";",
               out->p[out->n - 1] == '(' ? "" : ",", STR_FMT(key), periods[period], when);
    buf_printf(out, " tokens = \"%lld\"; micro = \"%lld\"; }", (long long)spent->tokens,
               (long long)spent->micro);
}

void purse_file_write(struct purse_table *t, struct buf *out)
{
    buf_add_z(out,
              "# What client keys have spent, in tokens and in millionths of the currency.\n"
              "# Written by claude-proxy while it runs; read at its start.\n"
              "version = 1;\nspent = (");
    purse_each(t, clock_wall_ms(), add_entry, out);
    buf_add_z(out, "\n);\n");
}

/* ---- reading ---- */

static bool take_number(const struct node *n, const char *name, int64_t *value)
{
    return !str_int(node_text(n, name), value) && *value >= 0;
}

static int take_entry(const struct node *n, struct entry *e, struct err *err)
{
    if (n->kind != NODE_GROUP)
        return node_fault(n, err, "must be a group");
    struct cp_str period = node_text(n, "period");
    uint32_t p = 0;
    while (p < PERIODS && !str_is(period, periods[p]))
        p++;
    e->key = node_text(n, "key");
    e->period = (enum purse_period)p;
    if (p == PERIODS || !is_id(e->key))
        return node_fault(n, err, "has no key or no period");
    if (moment_parse(node_text(n, "from"), &e->from_ms))
        return node_fault(n, err, "has no time from which it counts");
    if (!take_number(n, "tokens", &e->spent.tokens) ||
        !take_number(n, "micro", &e->spent.micro))
        return node_fault(n, err, "has no tokens or no micro");
    return 0;
}

static int take_all(struct purse_table *t, const struct node *root, struct arena *arena,
                    const char *path, struct err *err)
{
    const struct node *list = node_get(root, "spent");
    int64_t wall_ms = clock_wall_ms();
    size_t n = 0, i = 0;
    int rc = 0;

    if (!list || list->kind != NODE_LIST)
        return err_set(err, E_CONFIG, path, "has no list of what was spent");
    NODE_EACH(at, list)
    n++;
    struct entry *all = arena_need(arena, (n + 1) * sizeof(*all));
    NODE_EACH(at, list)
    if (!rc)
        rc = take_entry(at, &all[i++], err);
    for (i = 0; !rc && i < n; i++)
        purse_restore(t, all[i].key, all[i].period, all[i].from_ms, &all[i].spent, wall_ms);
    return rc;
}

int purse_file_load(struct purse_table *t, const char *path, struct err *err)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);
    struct node *root;
    int rc = read_own(arena, path, &root, err);

    if (!rc)
        rc = take_all(t, root, arena, path, err);
    else if (rc == E_ABSENT)
        rc = 0;

    arena_free(arena);
    return rc;
}
