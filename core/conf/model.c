/* SPDX-License-Identifier: MIT */
/*
 * model - which models a channel serves, and what its upstream calls them.
 *
 * A rule's name is looked for inside the model that was asked for, never the other way round: a
 * rule for "gpt-5.1-codex" says nothing about "gpt-5".  A longer name is the more particular one
 * and wins, however the rules are ordered; the order decides between equals only.
 */
#include "base/arena.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"

/* One '*' or none in pattern: true if it fits; *middle is what '*' took. */
static bool model_fits(struct cp_str pattern, struct cp_str model, struct cp_str *middle)
{
    ptrdiff_t star = str_chr(pattern, '*');
    if (star < 0)
        return str_eq(pattern, model);
    struct cp_str head = str_cut(pattern, (size_t)star);
    struct cp_str tail = str_from(pattern, (size_t)star + 1);
    if (model.n < head.n + tail.n || !str_eq(str_cut(model, head.n), head) ||
        !str_eq(str_from(model, model.n - tail.n), tail))
        return false;
    *middle = str_n(model.p + head.n, model.n - head.n - tail.n);
    return true;
}

/* 0: does not apply; more is better.  The three ranks are kept apart by more than a name's length. */
static size_t model_rank(const struct conf_model *rule, struct cp_str model)
{
    enum { LONGEST = 1 << 20 };
    struct cp_str middle;
    if (rule->match == CONF_WILDCARD)
        return model_fits(rule->from, model, &middle) ? LONGEST + rule->from.n : 0;
    if (str_eq(rule->from, model))
        return (size_t)3 * LONGEST;
    if (rule->match == CONF_CONTAINS && rule->from.n && str_find(model, rule->from) >= 0)
        return rule->from.n;
    return 0;
}

struct cp_str conf_map_model(const struct conf_channel *channel, struct cp_str model,
                             struct arena *arena)
{
    const struct conf_model *best = NULL;
    size_t best_rank = 0;
    for (size_t i = 0; i < channel->models_n; i++) {
        size_t rank = model_rank(&channel->models[i], model);
        if (rank > best_rank) {
            best = &channel->models[i];
            best_rank = rank;
        }
    }
    if (!best)
        return model;
    ptrdiff_t star = best->match == CONF_WILDCARD ? str_chr(best->to, '*') : -1;
    if (star < 0)
        return best->to;
    struct cp_str middle = STR("");
    (void)model_fits(best->from, model, &middle); /* it did, or it would have no rank */
    return arena_printf(arena, "%.*s%.*s%.*s", (int)star, best->to.p, STR_FMT(middle),
                        STR_FMT(str_from(best->to, (size_t)star + 1)));
}

/* Any number of '*'; when a tail does not fit, only the last '*' takes one byte more. */
bool model_is_like(struct cp_str pattern, struct cp_str model)
{
    size_t p = 0, m = 0, star = SIZE_MAX, taken = 0;
    while (m < model.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            taken = m;
        } else if (p < pattern.n && pattern.p[p] == model.p[m]) {
            p++;
            m++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            m = ++taken;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

bool conf_serves_model(const struct conf_channel *channel, struct cp_str model)
{
    for (size_t i = 0; i < channel->only_n; i++)
        if (model_is_like(channel->only[i], model))
            return true;
    return channel->only_n == 0;
}

bool conf_serves_family(const struct conf_channel *channel, struct cp_str family)
{
    for (size_t i = 0; i < channel->families_n; i++)
        if (str_eq(channel->families[i], family))
            return true;
    return channel->families_n == 0;
}
