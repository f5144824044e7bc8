/* SPDX-License-Identifier: MIT */
/*
 * usage - usageMetadata: this dialect's overlapping counts to disjoint meters and back.
 *
 *     promptTokenCount         all of the prompt, the cached part too, hosted tools' part not
 *     candidatesTokenCount     what is shown; thoughts are beside it
 *     totalTokenCount          the sum
 *
 * A count of nought is left out by the service.  Some servers of this dialect count thoughts
 * inside candidatesTokenCount: the sum tells them apart.
 *
 * source: Gemini API reference, UsageMetadata, as of 2026-08
 */
#include "answer.h"

static const char *const keys[] = { "promptTokenCount",     "cachedContentTokenCount",
                                    "candidatesTokenCount", "toolUsePromptTokenCount",
                                    "thoughtsTokenCount",   "totalTokenCount" };
enum { PROMPT, CACHED, SHOWN, TOOLS, THOUGHTS, TOTAL, COUNTS_N };

int gemini_meters_has_key(struct cp_str key)
{
    for (size_t i = 0; i < COUNTS_N; i++)
        if (gemini_key_is(key, keys[i]))
            return 1;
    return 0;
}

void gemini_meters_clear(struct meters *m)
{
    for (int i = 0; i < METERS_N; i++)
        m->n[i] = -1;
}

/* -1: it does not say; broken numbers are nought. */
static int64_t count_of(struct cp_str usage, int which)
{
    struct cp_str v = gemini_member(usage, keys[which]);
    int64_t n;

    if (v.p == NULL)
        return -1;
    n = gemini_int(v, 0);
    return n < 0 || n > INT64_MAX / 16 ? 0 : n;
}

static int64_t zero_if_unknown(int64_t n)
{
    return n < 0 ? 0 : n;
}

static int64_t minus(int64_t a, int64_t b)
{
    return a > b ? a - b : 0;
}

static void output_read(const int64_t *n, struct meters *m)
{
    int64_t prompt = zero_if_unknown(n[PROMPT]) + zero_if_unknown(n[TOOLS]);
    int64_t shown = n[SHOWN], thoughts = zero_if_unknown(n[THOUGHTS]);

    if (shown < 0 && n[TOTAL] > prompt + thoughts)
        shown = n[TOTAL] - prompt - thoughts;
    else if (shown > 0 && thoughts > 0 && n[TOTAL] == prompt + shown)
        shown = minus(shown, thoughts);
    if (shown >= 0)
        m->n[CP_OUTPUT] = shown;
    if (n[THOUGHTS] >= 0)
        m->n[CP_REASONING_TOKENS] = thoughts;
}

void gemini_meters_read(struct cp_str usage, struct meters *m)
{
    int64_t n[COUNTS_N];

    for (int i = 0; i < COUNTS_N; i++)
        n[i] = count_of(usage, i);
    if (n[PROMPT] >= 0)
        m->n[CP_INPUT] = minus(n[PROMPT], zero_if_unknown(n[CACHED]));
    if (n[CACHED] >= 0)
        m->n[CP_CACHE_READ] = n[CACHED];
    if (n[TOOLS] >= 0)
        m->n[CP_INPUT_TOOLS] = n[TOOLS];
    output_read(n, m);
}

void gemini_meters_take(struct meters *m, const struct cp_item *usage)
{
    if (usage->sub < METERS_N && usage->num >= 0 && usage->num < INT64_MAX / 16)
        m->n[usage->sub] = usage->num;
}

int gemini_meters_known(const struct meters *m)
{
    for (int i = CP_INPUT; i <= CP_REASONING_TOKENS; i++)
        if (m->n[i] >= 0)
            return 1;
    return 0;
}

static void number_key(struct cp_out *out, const char *key, int64_t n)
{
    (void)J->key(out, key); /* an out remembers its failure */
    (void)J->number(out, n);
}

static void number_if(struct cp_out *out, int which, int64_t n)
{
    if (n > 0)
        number_key(out, keys[which], n);
}

void gemini_meters_write(struct cp_out *out, const struct meters *m)
{
    int64_t read = zero_if_unknown(m->n[CP_CACHE_READ]);
    int64_t prompt = zero_if_unknown(m->n[CP_INPUT]) + read +
                     zero_if_unknown(m->n[CP_CACHE_WRITE_5M]) +
                     zero_if_unknown(m->n[CP_CACHE_WRITE_1H]);
    int64_t tools = zero_if_unknown(m->n[CP_INPUT_TOOLS]);
    int64_t shown = zero_if_unknown(m->n[CP_OUTPUT]);
    int64_t thoughts = zero_if_unknown(m->n[CP_REASONING_TOKENS]);

    number_if(out, PROMPT, prompt);
    number_if(out, CACHED, read);
    number_if(out, SHOWN, shown);
    number_if(out, TOOLS, tools);
    number_if(out, THOUGHTS, thoughts);
    number_key(out, keys[TOTAL], prompt + tools + shown + thoughts);
}
