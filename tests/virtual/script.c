/* SPDX-License-Identifier: MIT */
/*
 * script - how often what happens, and after what time.
 *
 * Each script leans another way: one is nearly all requests, another nearly all trouble, a third has days between its
 * events; half of them begin with upstreams that are ill.  An even mixture would visit the middle of the state space a million times and its corners never.
 */
#include "script.h"

#include "dice.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static const char *const names[EVENT_KINDS] = { "pass",    "request", "begin", "settle",
                                                "content", "cancel",  "hedge", "count",
                                                "world",   "reload",  "reset", "promote",
                                                "restart", "forget" };

/* The lean of a script: weights of the kinds. */
static const uint8_t leans[][EVENT_KINDS] = {
    { 4, 30, 6, 6, 3, 2, 1, 2, 8, 1, 1, 1, 1, 1 },   /* what a day is like */
    { 6, 40, 0, 0, 0, 0, 0, 1, 10, 0, 0, 0, 0, 0 },  /* one request after the other */
    { 3, 6, 20, 20, 10, 5, 4, 2, 8, 1, 1, 1, 1, 0 }, /* many at once */
    { 4, 14, 6, 6, 3, 2, 1, 1, 10, 6, 2, 4, 4, 1 },  /* an administrator at work */
    { 6, 20, 3, 3, 1, 1, 0, 0, 24, 0, 0, 0, 1, 0 },  /* a bad day at the upstreams */
    { 2, 30, 10, 10, 5, 3, 2, 3, 3, 0, 0, 1, 0, 1 }, /* long conversations */
};

/* Times: from nothing at all to days. */
static const int64_t paces[][3] = {
    /* most between two events; most of a pass; and of one pass in eight */
    { 0, 30 * SECOND, 20 * MINUTE },
    { 2 * SECOND, 2 * MINUTE, 2 * HOUR },
    { 30 * SECOND, 20 * MINUTE, DAY },
    { 10 * MINUTE, 2 * HOUR, 3 * (int64_t)DAY },
};

static uint32_t kind_of(const uint8_t *weights, struct dice *d)
{
    uint32_t sum = 0, kind = 0;

    for (uint32_t i = 0; i < EVENT_KINDS; i++)
        sum += weights[i];
    uint32_t at = dice_of(d, sum);
    while (at >= weights[kind])
        at -= weights[kind++];
    return kind;
}

static int64_t wait_of(const int64_t *pace, uint32_t kind, struct dice *d)
{
    int64_t most = kind != EVENT_PASS ? pace[0] : dice_is(d, 8) ? pace[2] : pace[1];

    if (kind != EVENT_PASS && dice_is(d, 2))
        return 0;
    return most ? dice_between(d, 0, most) : 0;
}

void script_write(struct script *s, uint32_t n, uint64_t seed)
{
    struct dice d = dice_new(seed, 1);
    const uint8_t *weights = leans[dice_of(&d, sizeof(leans) / sizeof(*leans))];
    const int64_t *pace = paces[dice_of(&d, sizeof(paces) / sizeof(*paces))];

    uint32_t ills = dice_is(&d, 2) ? dice_of(&d, 5) : 0;

    s->n = n;
    for (uint32_t i = 0; i < n; i++) {
        struct event *e = &s->events[i];
        e->is_off = false;
        e->kind = i < ills ? EVENT_WORLD : kind_of(weights, &d);
        e->wait_ms = wait_of(pace, e->kind, &d);
        e->seed = dice_bits(&d);
    }
}

const char *script_name(uint32_t kind)
{
    return kind < EVENT_KINDS ? names[kind] : "?";
}
