/* SPDX-License-Identifier: MIT */
/*
 * responses_amend - usage put right in an answer that passes through untouched otherwise.
 *
 * Usage belongs into a response that is over: the body of a whole answer, or the member response of
 * a stream's last event.  Members of a usage object that this dialect does not define (a price, an
 * upstream's own counters) stay.
 */
#include "responses_answer.h"

static int is_over(struct cp_str response)
{
    static const char *const words[] = { "completed", "incomplete", "failed", "cancelled" };
    struct cp_str status = J->get(response, "status");

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (J->is(status, words[i]))
            return 1;
    return 0;
}

/* The response object in a body or in an event's data; absent: it has none. */
static struct cp_str response_of(struct cp_str body)
{
    struct cp_str response;

    if (J->kind(body) != '{')
        return NONE;
    response = J->get(body, "response");
    if (J->kind(response) == '{')
        return response;
    return J->is(J->get(body, "object"), "response") ? body : NONE;
}

static int is_ours(struct cp_str key)
{
    static const char *const keys[] = { "input_tokens", "input_tokens_details", "output_tokens",
                                        "output_tokens_details", "total_tokens" };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (J->is(key, keys[i]))
            return 1;
    return 0;
}

/* The new numbers, and what else the old object had. */
static struct cp_str usage_write(struct cp_call *call, const struct meters *m,
                                 struct cp_str old)
{
    struct rj j = { NULL, NULL, 0, 0 };
    struct cp_str key, v, text;
    size_t at = 0;

    responses_usage_write(&j, m);
    j.p = H->alloc(call, j.n);
    j.n = 0;
    j.needs_comma = 0;
    if (j.p == NULL)
        return NONE;
    responses_usage_write(&j, m);
    text = (struct cp_str){ j.p, j.n };
    while (J->kind(old) == '{' && J->each(old, &at, &key, &v)) {
        struct cp_str more[6] = { { text.p, text.n - 1 }, S(",\""), key, S("\":"), v, S("}") };
        if (!is_ours(key))
            text = openai_text_join(call, more, 6);
    }
    return text;
}

static int has_members(struct cp_str object)
{
    struct cp_str v;
    size_t at = 0;

    return J->each(object, &at, NULL, &v);
}

int responses_amend(void *instance, struct cp_call *call, struct cp_str body,
                    const struct cp_tape *usage, struct cp_out *out)
{
    struct cp_str response = response_of(body), old, text;
    const struct cp_item *it;
    struct meters m;
    size_t from, to;

    (void)instance; /* no option is about this */
    chat_meters_clear(&m);
    if (response.p != NULL)
        responses_usage_read(J->get(response, "usage"), &m);
    for (size_t i = 0; (it = H->item(usage, i)) != NULL; i++)
        if (it->kind == CP_USAGE)
            chat_meters_take(&m, it);
    old = response.p == NULL ? NONE : J->get(response, "usage");
    if (response.p == NULL || (!is_over(response) && J->kind(old) != '{'))
        return H->write(out, body);
    text = usage_write(call, &m, old);
    if (text.p == NULL)
        return CP_E_LIMIT;
    from = old.p != NULL ? (size_t)(old.p - body.p)
                         : (size_t)(response.p - body.p) + response.n - 1;
    to = old.p != NULL ? from + old.n : from;
    (void)H->write(out, (struct cp_str){ body.p, from }); /* an out remembers its failure */
    if (old.p == NULL)
        (void)H->write(out, has_members(response) ? S(",\"usage\":") : S("\"usage\":"));
    (void)H->write(out, text);
    return H->write(out, (struct cp_str){ body.p + to, body.n - to });
}
