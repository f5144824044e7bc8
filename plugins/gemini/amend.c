/* SPDX-License-Identifier: MIT */
/*
 * amend - usage put into an answer that passes through, every other byte as it was.
 *
 *     before usageMetadata | its counts new, its other members as they were | after it
 *
 * An answer that lacks usageMetadata gets one at its end, if it is one that usage belongs in: a whole
 * answer, or the chunk in which a candidate ends.  A stream that comes as one array is amended in its
 * last element.
 */
#include "answer.h"

struct piece { /* of the body */
    struct cp_str before, usage, after;
    int has_usage, has_members;
};

static struct cp_str between(const char *from, const char *to)
{
    return (struct cp_str){ from, (size_t)(to - from) };
}

static int is_ending(struct cp_str answer)
{
    struct cp_str candidates = gemini_member(answer, "candidates"), one;
    size_t at = 0;

    while (J->kind(candidates) == '[' && J->each(candidates, &at, NULL, &one))
        if (gemini_member(one, "finishReason").p != NULL)
            return 1;
    return gemini_member(gemini_member(answer, "promptFeedback"), "blockReason").p != NULL;
}

/* The object that usage belongs in: the body, or the last element of it. */
static struct cp_str answer_of(struct cp_str body)
{
    struct cp_str one, last = NOTHING;
    size_t at = 0;

    while (J->kind(body) == '[' && J->each(body, &at, NULL, &one))
        if (J->kind(one) == '{')
            last = one;
    return J->kind(body) == '{' ? body : last;
}

static void counts_write(struct cp_out *out, const struct meters *m, struct cp_str old)
{
    struct cp_str key, v;
    size_t at = 0;

    (void)J->open(out, '{'); /* an out remembers its failure; so everywhere here */
    gemini_meters_write(out, m);
    while (J->kind(old) == '{' && J->each(old, &at, &key, &v)) {
        if (gemini_meters_has_key(key))
            continue;
        (void)H->write(out, S(","));
        (void)H->write(out, between(key.p - 1, v.p + v.n));
    }
}

/* Where it stands; a body without any has it before its last bracket. */
static struct piece piece_of(struct cp_str body, struct cp_str answer)
{
    struct piece p = { .usage = NOTHING };
    const char *end = body.p + body.n, *at = answer.p + answer.n - 1;
    struct cp_str key, v;
    size_t step = 0;

    while (*at != '}') /* white space behind a body */
        at--;
    while (J->each(answer, &step, &key, &v)) {
        p.has_members = 1;
        if (gemini_key_is(key, "usageMetadata"))
            p.usage = v;
    }
    p.has_usage = p.usage.p != NULL;
    p.before = between(body.p, p.has_usage ? p.usage.p : at);
    p.after = between(p.has_usage ? p.usage.p + p.usage.n : at, end);
    return p;
}

static int usage_of(const struct cp_tape *tape, struct meters *m)
{
    const struct cp_item *it;
    int n = 0;

    gemini_meters_clear(m);
    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if (it->kind != CP_USAGE)
            continue;
        gemini_meters_take(m, it);
        n++;
    }
    return n;
}

int gemini_amend(void *instance, struct cp_call *call, struct cp_str body,
                 const struct cp_tape *usage, struct cp_out *out)
{
    struct cp_str answer = J->check(call, body) == CP_OK ? answer_of(body) : NOTHING;
    struct meters m;
    struct piece p;

    (void)instance; /* options are about requests */
    if (answer.p == NULL || usage_of(usage, &m) == 0)
        return H->write(out, body);
    p = piece_of(body, answer);
    if (!p.has_usage && call->stream && !is_ending(answer))
        return H->write(out, body);
    (void)H->write(out, p.before);
    if (!p.has_usage)
        (void)H->write(out, p.has_members ? S(",\"usageMetadata\":") : S("\"usageMetadata\":"));
    counts_write(out, &m, p.usage);
    (void)J->close(out);
    return H->write(out, p.after);
}
