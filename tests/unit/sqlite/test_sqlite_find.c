/* SPDX-License-Identifier: MIT */
/*
 * test_sqlite_find - filters of every kind together, page by page, against a walk through all records.
 */
#include "case.h"

enum { RECORDS = 1500, TURNS = 400 };

static struct cp_record all[RECORDS];
static struct cp_try tries[RECORDS][2];
static char names[RECORDS][16];
static uint64_t seed = 88172645463325252u;

static uint64_t roll(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

static const char *const families[] = { "messages", "messages", "messages", "chat" };
static const char *const clients[] = { "team", "laptop", "rare" };
static const char *const models[] = { "big", "small" };
static const char *const channels[] = { "alpha", "beta", "gamma" };

/* Nine hours with a gap; the kinds of ends that there are. */
static void make(int i)
{
    static const struct {
        const char *end;
        int status;
    } ends[] = { { "--", 200 }, { "--", 200 }, { "--", 200 }, { "CL", 200 },
                 { "SH", 502 }, { "CQ", 499 }, { "--", 404 }, { "UD", 200 } };
    size_t end = roll(sizeof(ends) / sizeof(*ends));

    snprintf(names[i], sizeof(names[i]), "r%06d", i);
    all[i] = (struct cp_record){ .size = sizeof(all[i]),
                                 .id = str_of(names[i]),
                                 .wall_ms = start_ms + i * 20000 + (i > 700 ? 3 * HOUR : 0),
                                 .family = str_of(families[roll(4)]),
                                 .client = str_of(clients[i % 97 ? roll(2) : 2]),
                                 .model = str_of(models[roll(2)]),
                                 .channel = str_of(channels[roll(3)]),
                                 .key = STR("k1"),
                                 .session = roll(50) ? STR_NONE : STR("deadbeef"),
                                 .end = str_of(ends[end].end),
                                 .status = ends[end].status,
                                 .try_size = sizeof(struct cp_try),
                                 .total_us = 1,
                                 .cost_micro = -1 };
    tries[i][0] = (struct cp_try){ .channel = str_of(channels[roll(3)]),
                                   .key = STR("k2"),
                                   .outcome = roll(2) ? STR("given_up") : STR("rate_limit") };
    tries[i][1] =
        (struct cp_try){ .channel = all[i].channel, .key = all[i].key, .outcome = STR("ok") };
    all[i].tries = tries[i];
    all[i].tries_n = 2;
}

static struct cp_filter ask(void)
{
    static const int statuses[][2] = { { 0, 0 },     { 400, 499 }, { 500, 599 }, { 400, 0 },
                                       { 200, 299 }, { 499, 499 }, { 418, 418 } };
    size_t status = roll(3) ? 0 : roll(7);
    struct cp_filter f = { .size = sizeof(f),
                           .outcome = roll(3) ? CP_ANY_OUTCOME : (uint32_t)roll(4),
                           .status_least = statuses[status][0],
                           .status_most = statuses[status][1] };

    if (!roll(3))
        f.family = str_of(families[2 + roll(2)]);
    if (!roll(4))
        f.client = str_of(clients[roll(3)]);
    if (!roll(4))
        f.model = str_of(models[roll(2)]);
    if (!roll(3))
        f.channel = str_of(channels[roll(3)]);
    if (!roll(5))
        f.key = roll(2) ? STR("k1") : STR("k2");
    if (!roll(8))
        f.session = STR("deadbeef");
    if (!roll(4))
        f.end = roll(2) ? STR("CL") : STR("--");
    if (!roll(3))
        f.from_ms = all[roll(RECORDS)].wall_ms;
    if (!roll(3))
        f.until_ms = all[roll(RECORDS)].wall_ms;
    return f;
}

static bool is_asked(struct cp_str wanted, struct cp_str is)
{
    return !wanted.p || str_eq(wanted, is);
}

static bool is_tried(const struct cp_filter *f, const struct cp_record *r)
{
    for (uint32_t i = 0; i < 2; i++)
        if (is_asked(f->channel, r->tries[i].channel) && is_asked(f->key, r->tries[i].key))
            return true;
    return false;
}

static uint32_t outcome_of(const struct cp_record *r)
{
    if (r->status == 499)
        return CP_CANCELLED_ONLY;
    return r->status < 400 && r->end.p[0] != 'U' ? CP_SERVED_ONLY : CP_FAILED_ONLY;
}

static bool fits(const struct cp_filter *f, const struct cp_record *r)
{
    return is_asked(f->family, r->family) && is_asked(f->client, r->client) &&
           is_asked(f->model, r->model) && is_asked(f->session, r->session) &&
           is_asked(f->end, r->end) && is_tried(f, r) &&
           (!f->outcome || f->outcome == outcome_of(r)) && r->status >= f->status_least &&
           (!f->status_most || r->status <= f->status_most) && r->wall_ms >= f->from_ms &&
           (!f->until_ms || r->wall_ms < f->until_ms);
}

struct reading {
    int at, n; /* at: of the next one that fits, from the newest on */
    const struct cp_filter *filter;
    char last[64];
};

static int read_row(void *ctx, const struct cp_record *r)
{
    struct reading *reading = ctx;

    while (reading->at >= 0 && !fits(reading->filter, &all[reading->at]))
        reading->at--;
    if (CHECK(reading->at >= 0))
        CHECK(str_eq(r->id, all[reading->at].id));
    reading->at--;
    reading->n++;
    keep(reading->last, r->id);
    return 0;
}

TEST(pages_of_any_filter_are_what_a_walk_finds)
{
    struct err err = { 0 };

    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    for (int i = 0; i < RECORDS; i++)
        make(i);
    for (int i = 0; i < RECORDS; i += 500)
        CHECK_EQ(vault_append(v, all + i, 500, &err), 0);
    for (int turn = 0; turn < TURNS; turn++) {
        struct cp_filter f = ask();
        struct reading reading = { .at = RECORDS - 1, .filter = &f };
        uint32_t page = 1 + (uint32_t)roll(80);
        do {
            struct cp_str after = reading.last[0] ? str_of(reading.last) : STR_NONE;
            reading.n = 0;
            if (!CHECK_EQ(vault_find(v, &f, after, page, read_row, &reading, &err), 0))
                printf("#     %s\n", err.what);
        } while (reading.n == (int)page);
        while (reading.at >= 0 && !fits(&f, &all[reading.at]))
            reading.at--;
        CHECK_EQ(reading.at, -1); /* nothing was left out */
    }
    vault_close(v);
    dir_drop();
}
