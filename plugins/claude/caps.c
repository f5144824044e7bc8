/* SPDX-License-Identifier: MIT */
/*
 * caps - what which Claude model takes: one table, the only place that knows models.
 *
 * Sources: Anthropic's model overview, "effort", "adaptive thinking", "structured outputs" and
 * migration pages, and the notes in the types of @anthropic-ai/sdk (bfa9197), read 2026-08-22.
 * A new model needs a line only if it differs from the newest: an unknown name is treated so.
 */
#include "claude.h"

#include <string.h>

#define LOW_TO_HIGH (EFFORT_LOW | EFFORT_MEDIUM | EFFORT_HIGH)
#define ALL_EFFORTS (LOW_TO_HIGH | EFFORT_XHIGH | EFFORT_MAX)
#define OLD         (CAN_PREFILL | CAN_SAMPLE | CAN_TEMP_WITH_TOP_P)
#define GEN_45      (CAN_BUDGET | CAN_PREFILL | CAN_SAMPLE | CAN_FORMAT)
#define GEN_46      (CAN_BUDGET | CAN_ADAPTIVE | CAN_SAMPLE | CAN_FORMAT)
#define NEWEST      (CAN_ADAPTIVE | CAN_SYSTEM_INSIDE | CAN_FORMAT)

/* The first name that fits counts, so the longer one stands before the shorter. */
static const struct claude_caps table[] = {
    { "opus-4-8", 128000, NEWEST, ALL_EFFORTS },
    { "opus-4-7", 128000, CAN_ADAPTIVE | CAN_FORMAT, ALL_EFFORTS },
    { "opus-4-6", 128000, GEN_46, LOW_TO_HIGH | EFFORT_MAX },
    { "sonnet-4-6", 64000, GEN_46, LOW_TO_HIGH },
    { "opus-4-5", 64000, GEN_45, LOW_TO_HIGH },
    { "sonnet-4-5", 64000, GEN_45, 0 },
    { "haiku-4-5", 64000, GEN_45, 0 },
    { "opus-4-1", 32000, OLD | CAN_BUDGET, 0 },
    { "opus-4-0", 32000, OLD | CAN_BUDGET, 0 },
    { "opus-4", 32000, OLD | CAN_BUDGET, 0 },
    { "sonnet-4-0", 64000, OLD | CAN_BUDGET, 0 },
    { "sonnet-4", 64000, OLD | CAN_BUDGET, 0 },
    { "3-7", 64000, OLD | CAN_BUDGET, 0 },
    { "3-5", 8192, OLD, 0 },
    { "3", 4096, OLD, 0 },
    { "2-1", 4096, OLD, 0 },
    { "2-0", 4096, OLD, 0 },
    { "2", 4096, OLD, 0 },
    { "instant", 4096, OLD, 0 },
    { "opus-5", 128000, NEWEST, ALL_EFFORTS },
    { "sonnet-5", 128000, NEWEST, ALL_EFFORTS },
    { "fable-5", 128000, NEWEST, ALL_EFFORTS },
    { "mythos-5", 128000, NEWEST, ALL_EFFORTS },
};
static const struct claude_caps newest = { "", 0, NEWEST, ALL_EFFORTS };
/* Not a Claude at all behind this dialect: the newest without what only Anthropic refuses
 * (sampling) or only Anthropic understands (role system inside messages). */
static const struct claude_caps other = {
    "", 0, CAN_ADAPTIVE | CAN_SAMPLE | CAN_TEMP_WITH_TOP_P | CAN_FORMAT, ALL_EFFORTS
};

/* The character at i; some sellers write claude-opus-4.6. */
static char at(struct cp_str s, size_t i)
{
    if (i >= s.n)
        return '\0';
    return s.p[i] == '.' ? '-' : s.p[i];
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int fits(struct cp_str rest, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < n; i++)
        if (at(rest, i) != name[i])
            return 0;
    if (is_digit(at(rest, n)))
        return 0;
    /* opus-4 is not opus-4-9, but is opus-4-20250514 */
    return !(at(rest, n) == '-' && is_digit(at(rest, n + 1)) && !is_digit(at(rest, n + 2)));
}

const struct claude_caps *claude_caps_of(struct cp_str model)
{
    static const char brand[] = "claude-";
    size_t n = sizeof(brand) - 1, i = 0;

    while (i + n <= model.n && memcmp(model.p + i, brand, n) != 0)
        i++;
    if (i + n > model.n)
        return &other;
    struct cp_str rest = { model.p + i + n, model.n - i - n };
    for (size_t k = 0; k < sizeof(table) / sizeof(table[0]); k++)
        if (fits(rest, table[k].name))
            return &table[k];
    return &newest;
}
