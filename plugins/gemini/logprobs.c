/* SPDX-License-Identifier: MIT */
/*
 * logprobs - logprobsResult and the tape's form of it.
 *
 *     {"chosenCandidates":[{"token":"Hi","tokenId":1,"logProbability":-0.1}],
 *      "topCandidates":[{"candidates":[{"token":"Hi","logProbability":-0.1}]}]}
 *
 *     {"content":[{"token":"Hi","logprob":-0.1,"bytes":[72,105],
 *                  "top_logprobs":[{"token":"Hi","logprob":-0.1,"bytes":[72,105]}]}]}
 *
 * Numbers keep their digits.  A log probability of nought (certain) is left out by the service.
 */
#include "answer.h"

/* ---- reading ------------------------------------------------------------------------------- */

static void token_add(struct builder *b, struct cp_str candidate)
{
    struct cp_str token = gemini_member_text(b->call, candidate, "token");
    struct cp_str p = gemini_member(candidate, "logProbability");

    builder_comma(b);
    builder_add(b, S("{\"token\":"));
    builder_quote(b, token.p == NULL ? S("") : token);
    builder_add(b, S(",\"logprob\":"));
    builder_add(b, J->kind(p) == '0' ? p : S("0"));
    builder_add(b, S(",\"bytes\":["));
    for (size_t i = 0; i < token.n; i++)
        builder_add(b, gemini_text_format(b->call, "%s%u", i > 0 ? "," : "",
                                          (unsigned)(unsigned char)token.p[i]));
    builder_add(b, S("]"));
}

static void top_add(struct builder *b, struct cp_str top)
{
    struct cp_str list = gemini_member(top, "candidates"), one;
    size_t at = 0;

    builder_add(b, S(",\"top_logprobs\":["));
    while (J->kind(list) == '[' && J->each(list, &at, NULL, &one)) {
        token_add(b, one);
        builder_add(b, S("}"));
    }
    builder_add(b, S("]}"));
}

void gemini_rx_logprobs(struct rx *rx, struct rx_choice *c, struct cp_str result)
{
    struct cp_str chosen = gemini_member(result, "chosenCandidates"), one, top = NOTHING;
    struct cp_str tops = gemini_member(result, "topCandidates");
    struct builder b = { .call = rx->call };
    size_t at = 0, top_at = 0;

    if (J->kind(chosen) != '[')
        return;
    if (c->current != CP_TEXT) { /* of a call, or of thoughts: no block could have them */
        H->note(rx->call, CP_DROPPED, S("candidates[].logprobsResult"), "not of a text");
        return;
    }
    builder_add(&b, S("{\"content\":["));
    while (J->each(chosen, &at, NULL, &one)) {
        if (J->kind(tops) != '[' || !J->each(tops, &top_at, NULL, &top))
            top = NOTHING;
        token_add(&b, one);
        top_add(&b, top);
    }
    builder_add(&b, S("]}"));
    gemini_rx_emit(rx, &(struct cp_item){ CP_ITEM(CITE), .index = c->index, .choice = c->number,
                                          .name = S("logprobs"), .id = S(GEMINI_MAKER),
                                          .meta = J->compact(rx->call, result),
                                          .text = builder_text(&b) });
}

/* ---- writing ------------------------------------------------------------------------------- */

static void raw_key(struct cp_out *out, const char *key, struct cp_str json)
{
    (void)J->key(out, key); /* an out remembers its failure; so everywhere here */
    (void)J->raw(out, json);
}

static void candidate_write(struct cp_out *out, struct cp_str one)
{
    struct cp_str token = J->get(one, "token"), p = J->get(one, "logprob");

    (void)J->open(out, '{');
    raw_key(out, "token", J->kind(token) == '"' ? token : S("\"\""));
    raw_key(out, "logProbability", J->kind(p) == '0' ? p : S("0"));
    (void)J->close(out);
}

static void top_write(struct cp_out *out, struct cp_str one)
{
    struct cp_str list = J->get(one, "top_logprobs"), top;
    size_t at = 0;

    (void)J->open(out, '{');
    (void)J->key(out, "candidates");
    (void)J->open(out, '[');
    while (J->kind(list) == '[' && J->each(list, &at, NULL, &top))
        candidate_write(out, top);
    (void)J->close(out);
    (void)J->close(out);
}

/* One of the two lists, of one CITE. */
static void list_write(struct cp_call *call, struct cp_out *out, const struct cp_item *cite,
                       int is_top)
{
    int is_own = gemini_text_is(cite->id, GEMINI_MAKER) && cite->meta.n > 0;
    struct cp_str list =
        is_own ? gemini_member(cite->meta, is_top ? "topCandidates" : "chosenCandidates")
               : J->get(cite->text, "content");
    struct cp_str one;
    size_t at = 0;

    while (J->kind(list) == '[' && J->each(list, &at, NULL, &one)) {
        if (is_own)
            (void)J->raw(out, J->compact(call, one));
        else if (is_top)
            top_write(out, one);
        else
            candidate_write(out, one);
    }
}

void gemini_logprobs_encode(struct cp_call *call, struct cp_out *out,
                            const struct cp_item *const *cites, size_t n)
{
    static const char *const keys[] = { "chosenCandidates", "topCandidates" };

    if (n == 1 && gemini_text_is(cites[0]->id, GEMINI_MAKER) && cites[0]->meta.n > 0) {
        (void)J->raw(out, J->compact(call, cites[0]->meta));
        return;
    }
    (void)J->open(out, '{');
    for (int is_top = 0; is_top <= 1; is_top++) {
        (void)J->key(out, keys[is_top]);
        (void)J->open(out, '[');
        for (size_t i = 0; i < n; i++)
            list_write(call, out, cites[i], is_top);
        (void)J->close(out);
    }
    (void)J->close(out);
}
