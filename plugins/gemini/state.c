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

#define ABSENT ((struct cp_str){ NULL, 0 })

/* ---- base64 -------------------------------------------------------------------------------- */

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

static struct cp_str base64_decode(struct cp_call *call, struct cp_str s)
{
    char *p = H->alloc(call, s.n / 4 * 3 + 4);
    uint32_t bits = 0, have = 0;
    size_t n = 0;

    if (p == NULL)
        return ABSENT;
    for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
        int value = value_of(s.p[i]);
        if (value < 0)
            return ABSENT;
        bits = (bits << 6 | (uint32_t)value) & 0xFFFF;
        have += 6;
        if (have >= 8) {
            have -= 8;
            p[n++] = (char)(bits >> have & 0xFF);
        }
    }
    return (struct cp_str){ p, n };
}

static struct cp_str base64_encode(struct cp_call *call, struct cp_str s)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *p = H->alloc(call, (s.n + 2) / 3 * 4 + 1);
    size_t n = 0;

    if (p == NULL)
        return ABSENT;
    for (size_t i = 0; i < s.n; i += 3) {
        size_t left = s.n - i;
        uint32_t v = (uint32_t)(unsigned char)s.p[i] << 16;
        if (left > 1)
            v |= (uint32_t)(unsigned char)s.p[i + 1] << 8;
        if (left > 2)
            v |= (unsigned char)s.p[i + 2];
        p[n++] = digits[v >> 18];
        p[n++] = digits[v >> 12 & 63];
        p[n++] = left > 1 ? digits[v >> 6 & 63] : '=';
        p[n++] = left > 2 ? digits[v & 63] : '=';
    }
    return (struct cp_str){ p, n };
}

/* ---- signatures ---------------------------------------------------------------------------- */

void gemini_state_read(struct cp_call *call, struct cp_str signature, int is_thought,
                       struct cp_item *state)
{
    struct cp_str word = signature;

    /* "gw1." in base64 */
    if (gemini_text_begins(signature, "Z3cxL"))
        word = base64_decode(call, signature);
    if (word.p != NULL && H->unwrap(call, word, state))
        return;
    state->text = signature;
    state->name = is_thought ? S("signature") : S("thought_signature");
    state->id = S(GEMINI_MAKER);
}

struct cp_str gemini_state_spell(struct cp_call *call, const struct cp_item *state)
{
    struct cp_str word;

    if (gemini_text_is(state->id, GEMINI_MAKER))
        return state->text;
    word = H->wrap(call, state);
    return word.p == NULL ? word : base64_encode(call, word);
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
