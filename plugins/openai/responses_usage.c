/* SPDX-License-Identifier: MIT */
/*
 * responses_usage - token counts of this dialect: chat's sums under other names.
 *
 * input_tokens includes what came from a cache and what was written to one, output_tokens
 * includes reasoning.  Codex and OpenAI's SDKs insist on both details objects and on whole numbers
 * in them, so all are always written.  source: openai-node 7.57 types, Codex 0.169's reader
 */
#include "responses_answer.h"

static int64_t minus(int64_t a, int64_t b)
{
    b = b < 0 ? 0 : b;
    return a > b ? a - b : 0;
}

void responses_usage_read(struct cp_str usage, struct meters *m)
{
    int64_t input = openai_count(usage, "input_tokens"),
            output = openai_count(usage, "output_tokens");
    struct cp_str in = J->kind(usage) == '{' ? J->get(usage, "input_tokens_details") : usage;
    struct cp_str out = J->kind(usage) == '{' ? J->get(usage, "output_tokens_details") : usage;
    int64_t read = openai_count(in, "cached_tokens"),
            written = openai_count(in, "cache_write_tokens");
    int64_t thought = openai_count(out, "reasoning_tokens");

    if (input >= 0)
        m->n[CP_INPUT] = minus(input, openai_count_known(read) + openai_count_known(written));
    if (read >= 0)
        m->n[CP_CACHE_READ] = read;
    if (written >= 0)
        m->n[CP_CACHE_WRITE_5M] = written;
    if (output >= 0)
        m->n[CP_OUTPUT] = minus(output, thought);
    if (thought >= 0)
        m->n[CP_REASONING_TOKENS] = output >= 0 && thought > output ? output : thought;
}

void responses_usage_write(struct rj *j, const struct meters *m)
{
    int64_t read = openai_count_known(m->n[CP_CACHE_READ]),
            thought = openai_count_known(m->n[CP_REASONING_TOKENS]);
    int64_t written = openai_count_known(m->n[CP_CACHE_WRITE_5M]) +
                      openai_count_known(m->n[CP_CACHE_WRITE_1H]);
    int64_t input = openai_count_known(m->n[CP_INPUT]) +
                    openai_count_known(m->n[CP_INPUT_TOOLS]) + read + written;
    int64_t output = openai_count_known(m->n[CP_OUTPUT]) + thought;

    rj_open(j, '{');
    rj_key_number(j, "input_tokens", input);
    rj_key(j, "input_tokens_details");
    rj_open(j, '{');
    rj_key_number(j, "cached_tokens", read);
    rj_key_number(j, "cache_write_tokens", written);
    rj_close(j, '}');
    rj_key_number(j, "output_tokens", output);
    rj_key(j, "output_tokens_details");
    rj_open(j, '{');
    rj_key_number(j, "reasoning_tokens", thought);
    rj_close(j, '}');
    rj_key_number(j, "total_tokens", input + output);
    rj_close(j, '}');
}
