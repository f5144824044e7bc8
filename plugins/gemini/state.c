/* SPDX-License-Identifier: MIT */
/*
 * state - thought signatures of ours and of others, and ids that are made here.
 *
 * Whose a signature is stands in itself: what the host wrapped unwraps, everything else is the
 * service's own.  Its clients may have it re-spelled by a base64 library between two turns (the
 * other alphabet, no padding), so a wrapped word is looked for after decoding, too.
 */
#include "gemini.h"

#include <string.h>

/* ---- signatures ---------------------------------------------------------------------------- */

void gemini_state_read(struct cp_call *call, struct cp_str signature, int is_thought,
                       struct cp_item *state)
{
    struct cp_str word = signature;

    /* "gw1." in base64 */
    if (gemini_text_begins(signature, "Z3cxL"))
        word = gemini_base64_read(call, signature);
    if (word.p != NULL && H->unwrap(call, word, state))
        return;
    state->text = signature;
    state->name = is_thought ? S("signature") : S("thought_signature");
    state->id = S(GEMINI_MAKER);
}

/*
 * Words that stand where there is no signature; Gemini CLI puts them before every model, and so do
 * answers written here.  To keep them would look as if the thoughts had come back.
 * source: Google's page on thought signatures, as of 2026-08; Gemini CLI 0.61, read 2026-11-22
 */
int gemini_is_stand_in(struct cp_str signature)
{
    return gemini_text_is(signature, "skip_thought_signature_validator") ||
           gemini_text_is(signature, "context_engineering_is_the_way_to_go");
}

struct cp_str gemini_state_spell(struct cp_call *call, const struct cp_item *state)
{
    struct cp_str word;

    if (gemini_text_is(state->id, GEMINI_MAKER))
        return state->text;
    word = H->wrap(call, state);
    return word.p == NULL ? word : gemini_base64_of(call, word);
}

/* ---- ids and words -------------------------------------------------------------------------- */

struct cp_str gemini_id_of(struct cp_call *call, struct cp_str seed)
{
    struct cp_str parts[2] = { S("call_"), H->digest(call, seed) };

    parts[1].n = parts[1].n > 24 ? 24 : parts[1].n;
    return gemini_text_join(call, parts, 2);
}

struct cp_str gemini_hosted_word(struct cp_str type)
{
    /* source: ToolType and Tool of the Gemini API reference, as of 2026-08 */
    static const struct {
        const char *theirs, *ours;
    } words[] = {
        { "GOOGLE_SEARCH_WEB", "web_search" },
        { "GOOGLE_SEARCH_IMAGE", "web_search" },
        { "googleSearch", "web_search" },
        { "google_search", "web_search" },
        { "googleSearchRetrieval", "web_search" },
        { "URL_CONTEXT", "web_fetch" },
        { "urlContext", "web_fetch" },
        { "url_context", "web_fetch" },
        { "codeExecution", "code_execution" },
        { "FILE_SEARCH", "file_search" },
        { "fileSearch", "file_search" },
        { "computerUse", "computer_use" },
        { "GOOGLE_MAPS", "google_maps" },
        { "googleMaps", "google_maps" },
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (gemini_text_is(type, words[i].theirs))
            return (struct cp_str){ words[i].ours, strlen(words[i].ours) };
    return type;
}
