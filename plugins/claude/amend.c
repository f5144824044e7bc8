/* SPDX-License-Identifier: MIT */
/*
 * amend - usage put right in an answer that passes through, every other byte as it was.
 *
 *     {"type":"message_start","message":{ .. "usage":{..} }}     what is known when it begins
 *     {"type":"message_delta", .. "usage":{..}}                  what is known at the end
 *     {"type":"message", .. "usage":{..}}                        a whole answer
 *
 * All three must have it; where it is missing it is added.  Members of usage that are no counters of
 * ours (iterations, the tier, a gateway's own price) stay.
 */
#include "claude.h"

/* The object that usage is a member of; absent: this body has no place for it. */
static struct cp_str holder_of(struct cp_str body)
{
    struct cp_str type = json->get(body, "type");

    if (json->is(type, "message_start")) {
        struct cp_str message = json->get(body, "message");
        return json->kind(message) == '{' ? message : NOTHING;
    }
    return json->is(type, "message_delta") || json->is(type, "message") ? body : NOTHING;
}

static int is_counter(struct cp_str key)
{
    static const char *const keys[] = { "input_tokens", "output_tokens",
                                        "cache_creation_input_tokens",
                                        "cache_read_input_tokens" };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (json->is(key, keys[i]))
            return 1;
    return 0;
}

static struct cp_str between(const char *from, const char *to)
{
    return (struct cp_str){ from, (size_t)(to - from) };
}

static int64_t sum(const struct claude_usage *u, int a, int b)
{
    return (u->n[a] > 0 ? u->n[a] : 0) + (u->n[b] > 0 ? u->n[b] : 0);
}

static int is_known(const struct claude_usage *u, int a, int b)
{
    return u->n[a] >= 0 || u->n[b] >= 0;
}

static void counters_write(struct cp_out *out, const struct claude_usage *u, struct cp_str old)
{
    int64_t written = sum(u, CP_CACHE_WRITE_5M, CP_CACHE_WRITE_1H);
    struct cp_str key, v;
    size_t at = 0;

    json->open(out, '{');
    if (is_known(u, CP_INPUT, CP_INPUT_TOOLS))
        claude_put_int(out, "input_tokens", sum(u, CP_INPUT, CP_INPUT_TOOLS));
    if (written || json->get(old, "cache_creation_input_tokens").p)
        claude_put_int(out, "cache_creation_input_tokens", written);
    if (u->n[CP_CACHE_READ] > 0 || json->get(old, "cache_read_input_tokens").p)
        claude_put_int(out, "cache_read_input_tokens",
                       u->n[CP_CACHE_READ] > 0 ? u->n[CP_CACHE_READ] : 0);
    claude_put_int(out, "output_tokens", sum(u, CP_OUTPUT, CP_REASONING_TOKENS));
    while (json->kind(old) == '{' && json->each(old, &at, &key, &v)) {
        if (is_counter(key))
            continue;
        host->write(out, S(","));
        host->write(out, between(key.p - 1, v.p + v.n));
    }
    json->close(out);
}

static int has_members(struct cp_str object)
{
    struct cp_str v;
    size_t at = 0;

    return json->each(object, &at, NULL, &v);
}

int claude_amend(void *instance, struct cp_call *call, struct cp_str body,
                 const struct cp_tape *usage, struct cp_out *out)
{
    struct cp_str holder = json->kind(body) == '{' ? holder_of(body) : NOTHING;
    struct cp_str old = json->get(holder, "usage");
    struct claude_usage u;
    const struct cp_item *it;

    if (!holder.p)
        return host->write(out, body);
    claude_usage_init(&u);
    claude_usage_read(&u, old);
    for (size_t i = 0; (it = host->item(usage, i)); i++)
        if (it->kind == CP_USAGE)
            claude_usage_add(&u, it);
    const char *end = holder.p + holder.n - 1;
    while (*end != '}') /* white space behind a body */
        end--;
    host->write(out, between(body.p, old.p ? old.p : end));
    if (!old.p)
        host->write(out, has_members(holder) ? S(",\"usage\":") : S("\"usage\":"));
    counters_write(out, &u, old);
    return host->write(out, between(old.p ? old.p + old.n : end, body.p + body.n));
}
