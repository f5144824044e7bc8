/* SPDX-License-Identifier: MIT */
/*
 * request_decode - the body of generateContent and countTokens becomes a tape.
 *
 * The model stands in the path and streaming in the method's name, so the body has neither.
 * Names may be camelCase or snake_case, and null is the same as not said: that is how the JSON
 * of Protocol Buffers is read.  What no item speaks of is kept as CP_NATIVE under its camelCase
 * path.  Only what makes a request meaningless is refused; the service is the judge of the rest.
 */
#include "request.h"

#include <string.h>

/* ---- instructions ----------------------------------------------------------------------------- */

static void system_text(struct reading *r, struct cp_str text)
{
    if (text.n > 0)
        reading_emit(r,
                     &(struct cp_item){ CP_ITEM(SYSTEM), .sub = CP_BY_SYSTEM, .text = text });
}

static void system_part(struct reading *r, struct cp_str part, int i)
{
    struct cp_str text = gemini_member(part, "text");

    if (J->kind(part) == '"')
        system_text(r, J->text(r->call, part));
    else if (J->kind(text) == '"')
        system_text(r, J->text(r->call, text));
    else if (J->kind(part) == '{')
        reading_native(r, gemini_text_format(r->call, "systemInstruction.parts[%d]", i), part);
    else
        (void)reading_refuse(r, gemini_text_format(r->call, "systemInstruction.parts[%d]", i),
                             "expected an object");
}

/* A Content; people also send a string, its parts, or one part. */
static void system_decode(struct reading *r, struct cp_str v)
{
    struct cp_str parts = J->kind(v) == '{' ? gemini_member(v, "parts") : v, part;
    size_t at = 0;

    if (J->kind(v) == '"') {
        system_text(r, J->text(r->call, v));
    } else if (J->kind(parts) == '[') {
        for (int i = 0; r->rc == CP_OK && J->each(parts, &at, NULL, &part); i++)
            system_part(r, part, i);
    } else if (J->kind(parts) == '{') {
        system_part(r, parts, 0);
    } else if (J->kind(v) == '{') {
        if (J->kind(gemini_member(v, "text")) == '"')
            system_part(r, v, 0);
    } else {
        (void)reading_refuse(r, S("systemInstruction"), "expected an object with parts");
    }
}

/* ---- the small ones ----------------------------------------------------------------------------- */

static void tier_decode(struct reading *r, struct cp_str v)
{
    /* source: ServiceTier of the Gemini API reference, as of 2026-08 */
    if (J->is(v, "flex") || J->is(v, "SERVICE_TIER_FLEX"))
        reading_param(r, r->key, "tier", S("\"flex\""));
    else if (J->is(v, "priority") || J->is(v, "SERVICE_TIER_PRIORITY"))
        reading_param(r, r->key, "tier", S("\"priority\""));
    else if (J->is(v, "standard") || J->is(v, "SERVICE_TIER_STANDARD"))
        reading_param(r, r->key, "tier", S("\"default\""));
    else
        reading_native(r, S("serviceTier"), v);
}

static void skip_decode(struct reading *r, struct cp_str v)
{
    (void)r; /* the path has said it */
    (void)v;
}

static const struct {
    const char *name;
    void (*decode)(struct reading *, struct cp_str);
} members[] = {
    { "contents", skip_decode }, /* last: the tape wants its head first */
    { "model", skip_decode },
    { "systemInstruction", system_decode },
    { "tools", gemini_tools_decode },
    { "toolConfig", gemini_choice_decode },
    { "generationConfig", gemini_config_decode },
    { "serviceTier", tier_decode },
};

static void member_decode(struct reading *r, struct cp_str key, struct cp_str v)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (!gemini_key_is(key, members[i].name))
            continue;
        r->key = key;
        if (J->kind(v) != 'n')
            members[i].decode(r, v);
        return;
    }
    reading_member(r, NOTHING, key, v);
}

/* ---- the whole ------------------------------------------------------------------------------------ */

/*
 * The path gives the model, but a name may come with the collection it is in: of
 * "publishers/google/models/x" and "models/x" the gateway's own list knows x.
 */
static struct cp_str model_of(struct cp_str path)
{
    static const char collection[] = "models/";
    size_t n = sizeof(collection) - 1;

    for (size_t i = path.n; i >= n; i--)
        if (memcmp(path.p + i - n, collection, n) == 0 && (i == n || path.p[i - n - 1] == '/'))
            return (struct cp_str){ path.p + i, path.n - i };
    return S("");
}

static void body_decode(struct reading *r, struct cp_str body)
{
    struct cp_str contents = gemini_member(body, "contents"), key, v;
    size_t at = 0;

    if (r->rc == CP_OK && contents.p == NULL)
        (void)reading_refuse(r, S("contents"), "missing");
    while (r->rc == CP_OK && J->each(body, &at, &key, &v))
        member_decode(r, key, v);
    if (r->rc == CP_OK)
        gemini_contents_decode(r, contents);
}

int gemini_request_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct reading r = { .call = call, .tape = tape, .content = -1, .part = -1 };
    int has_body = call->op == CP_CHAT || call->op == CP_COUNT_TOKENS;

    if (has_body && J->kind(body) != '{')
        return H->fail(call, CP_E_SYNTAX, "body: expected a JSON object");
    reading_emit(&r, &(struct cp_item){ CP_ITEM(START), .name = model_of(call->client_model),
                                        .num = call->op == CP_CHAT && call->stream != 0 });
    if (has_body && r.rc == CP_OK)
        body_decode(&r, body);
    reading_emit(&r, &(struct cp_item){ CP_ITEM(END) });
    return reading_done(&r);
}
