/* SPDX-License-Identifier: MIT */
/*
 * count - countTokens: the request that is counted, and the number.
 *
 * The body is {"contents":..}, or the request it is to count as {"generateContentRequest":{..}}.
 * The second is what goes upstream, so that instructions and tools are counted, too.
 */
#include "request.h"

int gemini_count_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct cp_str whole = gemini_member(body, "generateContentRequest");

    return gemini_request_decode(call, J->kind(whole) == '{' ? whole : body, tape);
}

static void meter(struct reading *r, uint32_t sub, int64_t n)
{
    reading_emit(r, &(struct cp_item){ CP_ITEM(USAGE), .sub = sub, .num = n < 0 ? 0 : n });
}

int gemini_tokens_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct reading r = { .call = call, .tape = tape, .content = -1, .part = -1 };
    struct cp_str total = gemini_member(body, "totalTokens");
    int64_t cached = gemini_int(gemini_member(body, "cachedContentTokenCount"), 0);
    int64_t n = gemini_int(total, 0); /* a zero is left out */

    if (J->kind(body) != '{')
        return H->fail(call, CP_E_SYNTAX, "body: expected a JSON object");
    if (total.p != NULL && gemini_int(total, -1) < 0)
        return H->fail(call, CP_E_SYNTAX, "totalTokens: expected a number of tokens");
    cached = cached < 0 || cached > n ? 0 : cached;
    meter(&r, CP_INPUT, n - cached);
    if (cached > 0)
        meter(&r, CP_CACHE_READ, cached);
    reading_emit(&r, &(struct cp_item){ CP_ITEM(END) });
    return reading_done(&r);
}

int gemini_tokens_encode(const struct cp_tape *tape, struct cp_out *out)
{
    const struct cp_item *it;
    int64_t n = 0, cached = 0;

    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if (it->kind != CP_USAGE || it->sub == CP_OUTPUT || it->sub == CP_REASONING_TOKENS ||
            it->sub == CP_SEARCHES)
            continue;
        n += it->num;
        cached += it->sub == CP_CACHE_READ ? it->num : 0;
    }
    (void)J->open(out, '{');
    (void)J->key(out, "totalTokens");
    (void)J->number(out, n);
    if (cached > 0) {
        (void)J->key(out, "cachedContentTokenCount");
        (void)J->number(out, cached);
    }
    return J->close(out);
}
