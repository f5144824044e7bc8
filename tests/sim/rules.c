/* SPDX-License-Identifier: MIT */
/*
 * rules - what the real services refuse, so that a wrong translation shows as their 400.
 *
 * Only what was seen to be refused is refused, in the services' own words as far as they are known:
 * members they do not have, turns in the wrong order, calls without results, state of other makers,
 * names and numbers out of range. The word `strict` switches it on; without it a request only has
 * to be JSON, as stories about transport want it.
 */
#include "rules.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool rules_refuse(struct rules *r, const char *param, const char *why, ...)
{
    va_list args;

    if (r->is_refused)
        return false;
    r->is_refused = true;
    va_start(args, why);
    vsnprintf(r->why, sizeof r->why, why, args);
    va_end(args);
    snprintf(r->param, sizeof r->param, "%s", param ? param : "");
    return false;
}

static bool is_among(struct slice name, const char *names)
{
    const char *p = names;
    size_t n = name.n - 2;

    while ((p = strstr(p, " "))) {
        p++;
        if (strncmp(p, name.at + 1, n) == 0 && (p[n] == ' ' || !p[n]))
            return true;
    }
    return false;
}

struct slice rules_unknown(struct slice object, const char *names)
{
    struct scan walk = scan_open(object);
    struct slice name, value;

    while (scan_next(&walk, &name, &value))
        if (!is_among(name, names))
            return name;
    return (struct slice){ 0 };
}

bool rules_is_name(struct slice raw, size_t longest, const char *more)
{
    if (!scan_is_string(raw) || raw.n == 2 || raw.n - 2 > longest)
        return false;
    for (size_t i = 1; i < raw.n - 1; i++)
        if (!isalnum((unsigned char)raw.at[i]) && !strchr(more, raw.at[i]))
            return false;
    return true;
}

bool rules_is_null(struct slice v)
{
    return !v.n || slice_is(v, "null");
}

bool rules_is_blank(struct slice raw)
{
    struct text t = { 0 };
    struct slice s;
    bool is_blank;

    scan_text(raw, &t);
    s = slice_trim((struct slice){ t.at, t.n });
    is_blank = s.n == 0;
    text_free(&t);
    return is_blank;
}

bool rules_number_in(struct slice v, double least, double most)
{
    char copy[64];
    char *end;
    double d;

    if (rules_is_null(v))
        return true;
    if (v.n >= sizeof copy)
        return false;
    memcpy(copy, v.at, v.n);
    copy[v.n] = 0;
    d = strtod(copy, &end);
    return !*end && d >= least && d <= most;
}

size_t rules_count(struct slice list)
{
    struct scan walk = scan_open(list);
    struct slice item;
    size_t n = 0;

    while (scan_next(&walk, NULL, &item))
        n++;
    return n;
}

static bool is_same(struct slice a, struct slice b)
{
    return a.n == b.n && memcmp(a.at, b.at, a.n) == 0;
}

bool rules_has_name(struct slice tools, struct slice raw_name)
{
    static const char *const inside[] = { "function", "custom", "functionDeclarations",
                                          "tools" };
    struct scan walk = scan_open(tools);
    struct slice tool;

    while (scan_next(&walk, NULL, &tool)) {
        struct slice name = scan_member(tool, "name");
        if (name.n && is_same(name, raw_name))
            return true;
        for (size_t i = 0; i < 4; i++) {
            struct slice in = scan_member(tool, inside[i]);
            if (!in.n || (in.at[0] != '{' && in.at[0] != '['))
                continue;
            if (in.at[0] == '{' ? is_same(scan_member(in, "name"), raw_name)
                                : rules_has_name(in, raw_name))
                return true;
        }
    }
    return false;
}

void waiting_clear(struct waiting *w)
{
    w->n = 0;
}

void waiting_add(struct waiting *w, struct slice id)
{
    if (w->n == RULES_IDS_MAX)
        return;
    w->id[w->n] = id;
    w->is_answered[w->n++] = false;
}

bool waiting_answer(struct waiting *w, struct slice id)
{
    for (size_t i = 0; i < w->n; i++) {
        if (!is_same(w->id[i], id) || w->is_answered[i])
            continue;
        w->is_answered[i] = true;
        return true;
    }
    return false;
}

bool waiting_has(const struct waiting *w, struct slice id)
{
    for (size_t i = 0; i < w->n; i++)
        if (is_same(w->id[i], id))
            return true;
    return false;
}

struct slice waiting_first(const struct waiting *w)
{
    for (size_t i = 0; i < w->n; i++)
        if (!w->is_answered[i])
            return w->id[i];
    return (struct slice){ 0 };
}

bool rules_check(struct rules *r, const struct ask *ask)
{
    static void (*const of[DIALECTS_N])(struct rules *) = { rules_claude, rules_chat,
                                                            rules_responses, rules_gemini };

    *r = (struct rules){ .ask = ask };
    if (ask->op == OP_GENERATE || ask->op == OP_COUNT || ask->op == OP_COMPACT)
        of[ask->dialect](r);
    return !r->is_refused;
}
