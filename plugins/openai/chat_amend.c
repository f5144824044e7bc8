/* SPDX-License-Identifier: MIT */
/*
 * chat_amend - usage put right in an answer that passes through untouched otherwise.
 *
 * A whole answer must have it.  In a stream it is in the chunk whose usage is an object, and only a
 * client that asked for it gets that one: none is made up here.  Members that this dialect does not
 * define (a price, a server's own counters) stay.
 */
#include "chat.h"

static int is_whole(struct cp_str body)
{
    struct cp_str choices = J->get(body, "choices"), one;
    size_t at = 0;

    return J->kind(choices) == '[' && J->each(choices, &at, NULL, &one) &&
           J->kind(J->get(one, "message")) == '{';
}

static struct cp_str between(const char *from, const char *to)
{
    return (struct cp_str){ from, (size_t)(to - from) };
}

/* Members of old but these. */
static void others_write(struct cp_out *out, struct cp_str old, const char *const *but,
                         size_t but_n)
{
    struct cp_str key, v;
    size_t at = 0;

    while (J->kind(old) == '{' && J->each(old, &at, &key, &v)) {
        size_t i = 0;
        while (i < but_n && !J->is(key, but[i]))
            i++;
        if (i < but_n)
            continue;
        (void)H->write(out, S(",")); /* an out remembers its failure; so everywhere here */
        (void)H->write(out, between(key.p - 1, v.p + v.n));
    }
}

static void number_key(struct cp_out *out, const char *key, int64_t n)
{
    (void)J->key(out, key);
    (void)J->number(out, n);
}

static void details_write(struct cp_out *out, const char *name, const char *key, int64_t n,
                          struct cp_str old)
{
    struct cp_str details = J->get(old, name);

    if (n == 0 && J->kind(details) != '{')
        return;
    (void)J->key(out, name);
    (void)J->open(out, '{');
    number_key(out, key, n);
    others_write(out, details, &key, 1);
    (void)J->close(out);
}

static int64_t some(int64_t n)
{
    return n < 0 ? 0 : n;
}

static void usage_write(struct cp_out *out, const struct meters *m, struct cp_str old)
{
    static const char *const ours[] = { "prompt_tokens", "completion_tokens", "total_tokens",
                                        "prompt_tokens_details", "completion_tokens_details" };
    int64_t read = some(m->n[CP_CACHE_READ]), thought = some(m->n[CP_REASONING_TOKENS]);
    int64_t written = some(m->n[CP_CACHE_WRITE_5M]) + some(m->n[CP_CACHE_WRITE_1H]);
    int64_t prompt = some(m->n[CP_INPUT]) + some(m->n[CP_INPUT_TOOLS]) + read + written;
    int64_t shown = some(m->n[CP_OUTPUT]) + thought;

    (void)J->open(out, '{');
    number_key(out, "prompt_tokens", prompt);
    number_key(out, "completion_tokens", shown);
    number_key(out, "total_tokens", prompt + shown);
    details_write(out, "prompt_tokens_details", "cached_tokens", read, old);
    details_write(out, "completion_tokens_details", "reasoning_tokens", thought, old);
    others_write(out, old, ours, sizeof(ours) / sizeof(ours[0]));
    (void)J->close(out);
}

int chat_amend(void *instance, struct cp_call *call, struct cp_str body,
               const struct cp_tape *usage, struct cp_out *out)
{
    struct cp_str old = J->kind(body) == '{' ? J->get(body, "usage") : (struct cp_str){ 0 };
    const struct cp_item *it;
    struct meters m;

    (void)instance; /* no option is about this */
    if (J->kind(old) != '{' && !(J->kind(body) == '{' && is_whole(body)))
        return H->write(out, body);
    chat_meters_clear(&m);
    chat_meters_read(old, &m);
    for (size_t i = 0; (it = H->item(usage, i)) != NULL; i++)
        if (it->kind == CP_USAGE)
            chat_meters_take(&m, it);
    const char *end = body.p + body.n - 1;
    while (*end != '}') /* white space behind a body */
        end--;
    (void)H->write(out, between(body.p, old.p != NULL ? old.p : end));
    if (old.p == NULL)
        (void)H->write(out, S(",\"usage\":")); /* it has choices */
    usage_write(out, &m, old);
    return H->write(out, between(old.p != NULL ? old.p + old.n : end, body.p + body.n));
}
