/* SPDX-License-Identifier: MIT */
/*
 * shrink - a broken history made as short as it can be while the same is broken.
 *
 * Leaves out halves, quarters, and so on down to single events, as long as anything can be left out.
 * source: Zeller, Hildebrandt: Simplifying and isolating failure-inducing input, 2002, doi:10.1109/32.988498
 */
#include "shrink.h"

#include <stdio.h>
#include <stdlib.h>

static void switch_off(struct script *s, uint32_t from, uint32_t to, bool is_off)
{
    for (uint32_t i = from; i < to; i++)
        s->events[i].is_off = is_off;
}

static bool is_still_broken(struct play *p, enum invariant wanted)
{
    struct counts unseen = { 0 }, *counts = p->counts;

    p->counts = &unseen;
    bool is_broken = !play_run(p) && p->broken == wanted;
    p->counts = counts;
    return is_broken;
}

static bool try_without(struct play *p, struct script *s, uint32_t from, uint32_t to)
{
    static struct script kept;
    bool is_any = false;

    for (uint32_t i = from; i < to; i++)
        is_any |= !s->events[i].is_off;
    if (!is_any)
        return false;
    kept = *s;
    switch_off(s, from, to, true);
    if (is_still_broken(p, p->broken))
        return true;
    *s = kept;
    return false;
}

void shrink(struct play *p, struct script *s)
{
    enum invariant wanted = p->broken;
    bool is_shorter = true;

    while (is_shorter) {
        is_shorter = false;
        for (uint32_t step = s->n; step; step /= 2)
            for (uint32_t at = 0; at < s->n; at += step) {
                p->broken = wanted;
                is_shorter |= try_without(p, s, at, at + step < s->n ? at + step : s->n);
            }
    }
}

void shrink_print(const struct script *s)
{
    const char *comma = "";

    for (uint32_t i = 0; i < s->n; i++)
        if (!s->events[i].is_off) {
            printf("%s%u", comma, i);
            comma = ",";
        }
    printf("%s\n", *comma ? "" : "none");
}

bool shrink_keep(struct script *s, const char *list)
{
    switch_off(s, 0, s->n, true);
    while (*list >= '0' && *list <= '9') {
        char *end;
        unsigned long at = strtoul(list, &end, 10);
        if (at < s->n)
            s->events[at].is_off = false;
        list = *end == ',' ? end + 1 : end;
    }
    return !*list;
}
