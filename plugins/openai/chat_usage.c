/* SPDX-License-Identifier: MIT */
/*
 * chat_usage - token counts: this dialect's nested sums to disjoint meters and back.
 *
 * prompt_tokens includes what came from a cache and what was written to one;
 * completion_tokens includes reasoning.  Two families of servers do it otherwise and are told
 * by total_tokens: xAI counts reasoning beside completion_tokens, Google's compatible door
 * does and does not say so. source: the usage objects in both providers' references, read
 * as of 2026-08
 */
#include "chat.h"

void chat_meters_clear(struct meters *m)
{
    for (int i = 0; i < METERS_N; i++)
        m->n[i] = -1;
}

int64_t openai_count(struct cp_str object, const char *key)
{
    int64_t n = -1;
    struct cp_str v;

    if (J->kind(object) != '{')
        return -1;
    v = J->get(object, key);
    if (J->kind(v) != '0' || J->integer(v, &n) != CP_OK)
        return -1;
    return n < 0 || n > INT64_MAX / 8 ? 0 : n;
}

static int64_t first_known(int64_t a, int64_t b, int64_t c)
{
    return a >= 0 ? a : b >= 0 ? b : c;
}

static int64_t minus(int64_t a, int64_t b)
{
    b = b < 0 ? 0 : b;
    return a < 0 ? a : a > b ? a - b : 0;
}

int64_t openai_count_known(int64_t n)
{
    return n < 0 ? 0 : n;
}

static void output_read(struct cp_str usage, struct meters *m, int64_t prompt)
{
    int64_t shown = openai_count(usage, "completion_tokens");
    int64_t thought =
        openai_count(J->get(usage, "completion_tokens_details"), "reasoning_tokens");
    int64_t total = openai_count(usage, "total_tokens");
    int64_t beside = minus(total, openai_count_known(prompt) + openai_count_known(shown));

    if (shown < 0)
        return;
    if (thought < 0 && prompt >= 0 && beside > 0)
        thought = beside; /* counted in the total only */
    else if (thought != beside || thought <= 0 || prompt < 0)
        shown = minus(shown, thought); /* the rule: counted in both */
    m->n[CP_OUTPUT] = shown;
    m->n[CP_REASONING_TOKENS] = thought;
}

void chat_meters_read(struct cp_str usage, struct meters *m)
{
    struct cp_str details = J->get(usage, "prompt_tokens_details");
    int64_t prompt = openai_count(usage, "prompt_tokens");
    /* Beside OpenAI's own: DeepSeek's and Moonshot's spellings. */
    int64_t read = first_known(openai_count(details, "cached_tokens"),
                               openai_count(usage, "prompt_cache_hit_tokens"),
                               openai_count(usage, "cached_tokens"));
    int64_t written = openai_count(details, "cache_write_tokens");

    if (prompt >= 0)
        m->n[CP_INPUT] = minus(prompt, openai_count_known(read) + openai_count_known(written));
    if (read >= 0)
        m->n[CP_CACHE_READ] = read;
    if (written >= 0)
        m->n[CP_CACHE_WRITE_5M] = written;
    output_read(usage, m, prompt);
    if (openai_count(usage, "num_search_queries") >= 0) /* Perplexity */
        m->n[CP_SEARCHES] = openai_count(usage, "num_search_queries");
}

void chat_meters_emit(struct chat_in *d, const struct meters *m, struct meters *seen)
{
    for (uint32_t i = 1; i < METERS_N; i++) {
        if (m->n[i] < 0 || (seen != NULL && seen->n[i] == m->n[i]))
            continue;
        chat_in_emit(d, &(struct cp_item){ CP_ITEM(USAGE), .sub = i, .num = m->n[i] });
    }
    if (seen != NULL)
        *seen = *m;
}

void chat_meters_take(struct meters *m, const struct cp_item *usage)
{
    if (usage->sub < METERS_N && usage->num >= 0 && usage->num < INT64_MAX / 8)
        m->n[usage->sub] = usage->num;
}

static void number_key(struct cp_out *out, const char *key, int64_t n)
{
    (void)J->key(out, key); /* an out remembers its failure */
    (void)J->number(out, n);
}

void chat_meters_write(struct cp_out *out, const struct meters *m)
{
    int64_t read = openai_count_known(m->n[CP_CACHE_READ]);
    int64_t written = openai_count_known(m->n[CP_CACHE_WRITE_5M]) +
                      openai_count_known(m->n[CP_CACHE_WRITE_1H]);
    int64_t prompt = openai_count_known(m->n[CP_INPUT]) +
                     openai_count_known(m->n[CP_INPUT_TOOLS]) + read + written;
    int64_t thought = openai_count_known(m->n[CP_REASONING_TOKENS]);
    int64_t shown = openai_count_known(m->n[CP_OUTPUT]) + thought;

    (void)J->open(out, '{'); /* an out remembers its failure; so below */
    number_key(out, "prompt_tokens", prompt);
    number_key(out, "completion_tokens", shown);
    number_key(out, "total_tokens", prompt + shown);
    (void)J->key(out, "prompt_tokens_details");
    (void)J->open(out, '{');
    number_key(out, "cached_tokens", read);
    number_key(out, "cache_write_tokens", written);
    (void)J->close(out);
    (void)J->key(out, "completion_tokens_details");
    (void)J->open(out, '{');
    number_key(out, "reasoning_tokens", thought);
    (void)J->close(out);
    (void)J->close(out);
}
