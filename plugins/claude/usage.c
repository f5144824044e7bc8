/* SPDX-License-Identifier: MIT */
/*
 * usage - token counters between this dialect's sums and the tape's disjoint meters.
 *
 * The service counts what it read from and wrote to its cache apart from input_tokens, but
 * thinking inside output_tokens.  A later usage object of a stream replaces, member by member,
 * what an earlier one said; null or absent says nothing.
 * source: Messages API reference, "usage", read 2026-08-22
 */
#include "claude.h"

void claude_usage_init(struct claude_usage *u)
{
    for (int i = 0; i < CLAUDE_METERS; i++)
        u->n[i] = -1;
}

static int64_t count(struct cp_str v)
{
    int64_t n = claude_int(v, -1);

    return n < 0 ? -1 : n;
}

static void replace(int64_t *meter, int64_t n)
{
    if (n >= 0)
        *meter = n;
}

static void writes_read(struct claude_usage *u, const struct members *usage)
{
    int64_t all = count(claude_get(usage, "cache_creation_input_tokens"));
    struct cp_str split = claude_get(usage, "cache_creation");
    int64_t short_lived = count(json->get(split, "ephemeral_5m_input_tokens"));
    int64_t long_lived = count(json->get(split, "ephemeral_1h_input_tokens"));

    if (short_lived >= 0 || long_lived >= 0) {
        u->n[CP_CACHE_WRITE_1H] = long_lived < 0 ? 0 : long_lived;
        u->n[CP_CACHE_WRITE_5M] = short_lived < 0 ? 0 : short_lived;
    }
    if (all < 0)
        return;
    int64_t rest = all - (u->n[CP_CACHE_WRITE_1H] < 0 ? 0 : u->n[CP_CACHE_WRITE_1H]);
    u->n[CP_CACHE_WRITE_5M] = rest < 0 ? 0 : rest;
}

void claude_usage_read(struct claude_usage *u, struct cp_str usage)
{
    struct members m;

    if (json->kind(usage) != '{')
        return;
    claude_members(&m, usage);
    int64_t output = count(claude_get(&m, "output_tokens"));
    int64_t thought =
        count(json->get(claude_get(&m, "output_tokens_details"), "thinking_tokens"));
    replace(&u->n[CP_INPUT], count(claude_get(&m, "input_tokens")));
    replace(&u->n[CP_CACHE_READ], count(claude_get(&m, "cache_read_input_tokens")));
    writes_read(u, &m);
    replace(&u->n[CP_REASONING_TOKENS], thought);
    if (output >= 0) {
        int64_t hidden = u->n[CP_REASONING_TOKENS] < 0 ? 0 : u->n[CP_REASONING_TOKENS];
        u->n[CP_OUTPUT] = output > hidden ? output - hidden : 0;
    }
    int64_t searches =
        count(json->get(claude_get(&m, "server_tool_use"), "web_search_requests"));
    if (searches > 0)
        u->n[CP_SEARCHES] = searches;
}

void claude_usage_emit(struct reading *r, const struct claude_usage *u)
{
    for (uint32_t i = CP_INPUT; i < CLAUDE_METERS; i++)
        if (u->n[i] >= 0)
            claude_emit(r, &(struct cp_item){ CP_ITEM(USAGE), .sub = i, .num = u->n[i] });
}

void claude_usage_add(struct claude_usage *u, const struct cp_item *it)
{
    if (it->sub < CLAUDE_METERS)
        u->n[it->sub] = it->num;
}

static int64_t known(const struct claude_usage *u, int meter)
{
    return u->n[meter] > 0 ? u->n[meter] : 0;
}

static void details_write(struct cp_out *out, const struct claude_usage *u)
{
    if (known(u, CP_CACHE_WRITE_5M) || known(u, CP_CACHE_WRITE_1H)) {
        json->key(out, "cache_creation");
        json->open(out, '{');
        claude_put_int(out, "ephemeral_5m_input_tokens", known(u, CP_CACHE_WRITE_5M));
        claude_put_int(out, "ephemeral_1h_input_tokens", known(u, CP_CACHE_WRITE_1H));
        json->close(out);
    }
    if (known(u, CP_REASONING_TOKENS)) {
        json->key(out, "output_tokens_details");
        json->open(out, '{');
        claude_put_int(out, "thinking_tokens", known(u, CP_REASONING_TOKENS));
        json->close(out);
    }
    if (known(u, CP_SEARCHES)) {
        json->key(out, "server_tool_use");
        json->open(out, '{');
        claude_put_int(out, "web_search_requests", known(u, CP_SEARCHES));
        json->close(out);
    }
}

void claude_usage_write(struct cp_out *out, const struct claude_usage *u, int is_brief)
{
    int64_t written = known(u, CP_CACHE_WRITE_5M) + known(u, CP_CACHE_WRITE_1H);

    claude_put_int(out, "input_tokens", known(u, CP_INPUT) + known(u, CP_INPUT_TOOLS));
    if (!is_brief || written || known(u, CP_CACHE_READ)) {
        claude_put_int(out, "cache_creation_input_tokens", written);
        claude_put_int(out, "cache_read_input_tokens", known(u, CP_CACHE_READ));
    }
    claude_put_int(out, "output_tokens", known(u, CP_OUTPUT) + known(u, CP_REASONING_TOKENS));
    if (!is_brief)
        details_write(out, u);
}
