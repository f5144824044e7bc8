/* SPDX-License-Identifier: MIT */
/*
 * virtual - the scheduler over random histories with a clock of its own: a day takes a microsecond.
 *
 *     virtual.t [--seed N] [--histories N] [--history N] [--verbose] [--break INVARIANT] [--keep 3,7,12]
 *
 * Without --history: many short histories, some long ones, and the proof that each check can fail.  README.md tells more.
 */
#include "play.h"
#include "shrink.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PER_WORLD = 50,    /* histories on one configuration */
    LONG_ONE_IN = 250, /* long ones beside the short */
    LONG_EVENTS = 400,
    BREAK_MOST = 200000, /* histories in which a fault put in on purpose must be seen */
};

struct options {
    uint64_t seed, histories;
    int64_t history; /* -1: all */
    bool is_verbose;
    uint32_t mutation;
    const char *keep;
};

/* Histories of one kind, one after the other. */
struct run {
    uint64_t seed;
    uint32_t mutation;
    bool is_long;
    struct stage stage;
    uint64_t world; /* whose stage it is, + 1; 0: none yet */
    struct script script;
    struct counts counts;
    struct play play;
};

static void run_prepare(struct run *r, uint64_t n)
{
    uint64_t world = n / PER_WORLD;

    if (r->world != world + 1) {
        if (r->world)
            stage_close(&r->stage);
        stage_open(&r->stage, !r->is_long && world % 8, r->seed ^ world << 20);
        r->world = world + 1;
    }
    struct dice d = dice_new(r->seed, n << 8);
    uint32_t events = r->is_long ? LONG_EVENTS : 8 + dice_of(&d, 17);
    script_write(&r->script, events, dice_bits(&d));
    r->play.stage = &r->stage;
    r->play.script = &r->script;
    r->play.counts = &r->counts;
    r->play.mutation = r->mutation;
}

static void run_close(struct run *r)
{
    if (r->world)
        stage_close(&r->stage);
    r->world = 0;
}

/* What is broken, told so that it can be played again. */
static void tell_broken(struct run *r, uint64_t n)
{
    struct play *p = &r->play;

    printf("# history %llu: %s: %s\n", (unsigned long long)n, play_invariant_name(p->broken),
           p->why);
    shrink(p, &r->script);
    printf("# virtual.t --seed %llu --history %llu%s --verbose --keep ",
           (unsigned long long)r->seed, (unsigned long long)n, r->is_long ? " --long" : "");
    shrink_print(&r->script);
    p->is_told = true;
    play_run(p);
    p->is_told = false;
    printf("# event %u: %s: %s\n", p->broken_at, play_invariant_name(p->broken), p->why);
}

static bool run_many(struct run *r, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        run_prepare(r, i);
        if (play_run(&r->play))
            continue;
        tell_broken(r, i);
        return false;
    }
    return true;
}

/* ---- what is printed ---- */

static void print_counts(const struct counts *c)
{
    printf("# %llu histories, %llu events, %llu requests (%llu served), %llu choices, "
           "%llu settled, %llu restarts, %llu reloads\n# chosen by:",
           (unsigned long long)c->histories, (unsigned long long)c->events,
           (unsigned long long)c->requests, (unsigned long long)c->served,
           (unsigned long long)c->picks, (unsigned long long)c->settled,
           (unsigned long long)c->restarts, (unsigned long long)c->reloads);
    for (uint32_t i = 0; i < TRACE_WHYS; i++)
        if (c->by_why[i])
            printf(" %s %llu,", trace_why_name(i), (unsigned long long)c->by_why[i]);
    printf(" wait %llu, exhausted %llu, nobody %llu\n", (unsigned long long)c->waits,
           (unsigned long long)c->exhausted, (unsigned long long)c->nobody);
}

static bool test_runs(const struct options *o, uint32_t at, bool is_long)
{
    static struct run r;
    uint64_t n = is_long ? o->histories / LONG_ONE_IN : o->histories;

    memset(&r, 0, sizeof(r));
    r.seed = o->seed;
    r.mutation = o->mutation;
    r.is_long = is_long;
    bool is_good = run_many(&r, n);
    printf("%sok %u - %llu %s histories, seed %llu\n", is_good ? "" : "not ", at,
           (unsigned long long)n, is_long ? "long" : "short", (unsigned long long)o->seed);
    print_counts(&r.counts);
    run_close(&r);
    return is_good;
}

/* A check that cannot fail checks nothing. */
static bool test_broken(const struct options *o, uint32_t at, uint32_t invariant)
{
    static struct run r;
    uint64_t i = 0;
    bool is_seen = false;

    memset(&r, 0, sizeof(r));
    r.seed = o->seed;
    r.mutation = invariant;
    for (; i < BREAK_MOST && !is_seen; i++) {
        run_prepare(&r, i);
        is_seen = !play_run(&r.play) && r.play.broken == invariant;
    }
    printf("%sok %u - %s: broken on purpose, seen after %llu histories\n",
           is_seen ? "" : "not ", at, play_invariant_name(invariant), (unsigned long long)i);
    run_close(&r);
    return is_seen;
}

static int test_all(const struct options *o)
{
    bool is_good = true;

    printf("1..%u\n", 1 + INVARIANTS);
    is_good &= test_runs(o, 1, false);
    is_good &= test_runs(o, 2, true);
    for (uint32_t i = 1; i < INVARIANTS; i++)
        is_good &= test_broken(o, i + 2, i);
    return !is_good;
}

/* ---- one history ---- */

static int play_one(const struct options *o, bool is_long)
{
    static struct run r;

    r.seed = o->seed;
    r.mutation = o->mutation;
    r.is_long = is_long;
    run_prepare(&r, (uint64_t)o->history);
    if (o->keep && !shrink_keep(&r.script, o->keep))
        return 2;
    r.play.is_told = o->is_verbose;
    bool is_good = play_run(&r.play);
    if (!is_good)
        printf("# event %u: %s: %s\n", r.play.broken_at, play_invariant_name(r.play.broken),
               r.play.why);
    printf("1..1\n%sok 1 - history %lld\n", is_good ? "" : "not ", (long long)o->history);
    run_close(&r);
    return !is_good;
}

static uint32_t invariant_of(const char *name)
{
    for (uint32_t i = 1; i < INVARIANTS; i++)
        if (!strcmp(name, play_invariant_name(i)))
            return i;
    fprintf(stderr, "virtual: there is no invariant %s\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    static const struct option known[] = { { "seed", required_argument, NULL, 's' },
                                           { "histories", required_argument, NULL, 'n' },
                                           { "history", required_argument, NULL, 'h' },
                                           { "verbose", no_argument, NULL, 'v' },
                                           { "long", no_argument, NULL, 'l' },
                                           { "break", required_argument, NULL, 'b' },
                                           { "keep", required_argument, NULL, 'k' },
                                           { NULL, 0, NULL, 0 } };
    struct options o = { .seed = 1, .histories = 1000000, .history = -1 };
    bool is_long = false;

    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) >= 0;) {
        if (c == 's')
            o.seed = strtoull(optarg, NULL, 10);
        else if (c == 'n')
            o.histories = strtoull(optarg, NULL, 10);
        else if (c == 'h')
            o.history = strtoll(optarg, NULL, 10);
        else if (c == 'v')
            o.is_verbose = true;
        else if (c == 'l')
            is_long = true;
        else if (c == 'b')
            o.mutation = invariant_of(optarg);
        else if (c == 'k')
            o.keep = optarg;
        else
            return 2;
    }
    return o.history >= 0 ? play_one(&o, is_long) : test_all(&o);
}
