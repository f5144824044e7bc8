/* SPDX-License-Identifier: MIT */
/*
 * params_decode - generationConfig: every member to its parameter.
 *
 * 64-bit numbers may come as strings.  A schema may be JSON Schema or Google's own form, and
 * becomes JSON Schema; which of the two it was does not matter to anybody.
 */
#include "request.h"

#include <string.h>

enum { NUMBER = 1, INTEGER = 2, BOOLEAN = 3, STRINGS = 4 };

static const struct {
    const char *wire, *name;
    int type;
} plain[] = {
    { "temperature", "temperature", NUMBER },
    { "topP", "top_p", NUMBER },
    { "topK", "top_k", INTEGER },
    { "candidateCount", "n", INTEGER },
    { "maxOutputTokens", "max_output", INTEGER },
    { "seed", "seed", INTEGER },
    { "presencePenalty", "presence_penalty", NUMBER },
    { "frequencyPenalty", "frequency_penalty", NUMBER },
    { "responseLogprobs", "logprobs", BOOLEAN },
    { "logprobs", "top_logprobs", INTEGER },
    { "stopSequences", "stop", STRINGS },
};
enum { PLAIN_N = sizeof(plain) / sizeof(plain[0]) };

/* The number in a string, as Protocol Buffers spells 64 bits. */
static struct cp_str bare_number(struct reading *r, struct cp_str v)
{
    struct cp_str inner = { v.p + 1, v.n - 2 };

    if (J->kind(v) != '"' || v.n <= 2 || J->kind(inner) != '0')
        return v;
    return J->check(r->call, inner) == CP_OK ? inner : v;
}

static int is_strings(struct cp_str v)
{
    struct cp_str one;
    size_t at = 0;

    while (J->kind(v) == '[' && J->each(v, &at, NULL, &one))
        if (J->kind(one) != '"')
            return 0;
    return J->kind(v) == '[';
}

static void plain_decode(struct reading *r, struct cp_str path, size_t i, struct cp_str v)
{
    struct cp_str parts[3] = { S("["), v, S("]") };
    char kind = J->kind(v);
    int64_t whole;

    if (plain[i].type == STRINGS) {
        if (kind == '"')
            v = gemini_text_join(r->call, parts, 3);
        if (!is_strings(v))
            (void)reading_refuse(r, path, "expected an array of strings");
    } else if (plain[i].type == BOOLEAN) {
        if (kind != 't' && kind != 'f')
            (void)reading_refuse(r, path, "expected a boolean");
    } else {
        v = bare_number(r, v);
        if (J->kind(v) != '0')
            (void)reading_refuse(r, path, "expected a number");
        else if (plain[i].type == INTEGER && J->integer(v, &whole) != CP_OK)
            (void)reading_refuse(r, path, "expected a whole number");
    }
    if (r->rc == CP_OK)
        reading_param(r, path, plain[i].name, v);
}

/* ---- thinking ----------------------------------------------------------------------------------- */

static void level_decode(struct reading *r, struct cp_str path, struct cp_str v)
{
    /* source: ThinkingLevel of the Gemini API reference, as of 2026-08 */
    static const char *const levels[][3] = { { "MINIMAL", "minimal", "\"minimal\"" },
                                             { "LOW", "low", "\"low\"" },
                                             { "MEDIUM", "medium", "\"medium\"" },
                                             { "HIGH", "high", "\"high\"" } };

    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        if (J->is(v, levels[i][0]) || J->is(v, levels[i][1])) {
            reading_param(r, path, "effort",
                          (struct cp_str){ levels[i][2], strlen(levels[i][2]) });
            return;
        }
    reading_native(r, S("generationConfig.thinkingConfig.thinkingLevel"), v);
}

static void thinking_member(struct reading *r, struct cp_str path, struct cp_str key,
                            struct cp_str v)
{
    struct cp_str number = bare_number(r, v);
    char kind = J->kind(v);

    path = reading_below(r, path, key);
    if (gemini_key_is(key, "includeThoughts") && (kind == 't' || kind == 'f'))
        reading_param(r, path, "thinking_show", kind == 't' ? S("\"auto\"") : S("\"none\""));
    else if (gemini_key_is(key, "thinkingBudget") && J->kind(number) == '0')
        reading_param(r, path, "thinking_budget", number);
    else if (gemini_key_is(key, "thinkingLevel") && kind == '"')
        level_decode(r, path, v);
    else
        reading_member(r, S("generationConfig.thinkingConfig"), key, v);
}

static void thinking_decode(struct reading *r, struct cp_str path, struct cp_str config)
{
    struct cp_str key, v;
    size_t at = 0;

    if (J->kind(config) != '{') {
        (void)reading_refuse(r, path, "expected an object");
        return;
    }
    while (r->rc == CP_OK && J->each(config, &at, &key, &v))
        if (J->kind(v) != 'n')
            thinking_member(r, path, key, v);
}

/* ---- the form of the answer ------------------------------------------------------------------------ */

/* The schema as JSON Schema; *path is where it stood. */
static struct cp_str schema_of(struct reading *r, struct cp_str config, struct cp_str *path)
{
    /* source: GenerationConfig; the one with the line is an older SDK's spelling, as of 2026-08 */
    static const char *const names[] = { "responseJsonSchema", "_responseJsonSchema",
                                         "responseSchema" };
    struct cp_str key, v;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        for (size_t at = 0; J->each(config, &at, &key, &v);) {
            if (!gemini_key_is(key, names[i]) || J->kind(v) == 'n')
                continue;
            *path = reading_below(r, r->key, key);
            return i == 2 ? gemini_schema_read(r->call, v) : v;
        }
    return NOTHING;
}

static void schema_decode(struct reading *r, struct cp_str type, struct cp_str schema,
                          struct cp_str path)
{
    struct cp_str parts[5] = { S("{\"type\":\""), type, S("\",\"schema\":"), schema, S("}") };

    reading_param(r, path, "format", gemini_text_join(r->call, parts, 5));
}

/* What mime says of an answer without a schema. */
static void mime_decode(struct reading *r, struct cp_str path, struct cp_str mime)
{
    if (J->is(mime, "text/plain"))
        reading_param(r, path, "format", S("{\"type\":\"text\"}"));
    else if (J->is(mime, "application/json"))
        reading_param(r, path, "format", S("{\"type\":\"json\"}"));
    else
        reading_native(r, S("generationConfig.responseMimeType"), mime);
}

static void format_decode(struct reading *r, struct cp_str config)
{
    struct cp_str path = NOTHING, schema = schema_of(r, config, &path), mime = NOTHING, key, v;
    struct cp_str mime_key = S("responseMimeType");
    int is_enum;

    for (size_t at = 0; J->each(config, &at, &key, &v);)
        if (gemini_key_is(key, "responseMimeType") && J->kind(v) != 'n') {
            mime_key = key;
            mime = v;
        }
    is_enum = J->is(mime, "text/x.enum");
    if (schema.p != NULL && mime.p != NULL && !is_enum && !J->is(mime, "application/json"))
        reading_native(r, S("generationConfig.responseMimeType"), mime);
    if (schema.p != NULL && mime.p != NULL)
        H->note(r->call, CP_MAPPED, reading_below(r, r->key, mime_key),
                "the schema says which form it is");
    if (schema.p != NULL)
        schema_decode(r, is_enum ? S("enum") : S("json_schema"), schema, path);
    else if (mime.p != NULL)
        mime_decode(r, reading_below(r, r->key, mime_key), mime);
}

static int is_of_format(struct cp_str key)
{
    static const char *const names[] = { "responseMimeType", "responseSchema",
                                         "responseJsonSchema", "_responseJsonSchema" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (gemini_key_is(key, names[i]))
            return 1;
    return 0;
}

static void config_member(struct reading *r, struct cp_str key, struct cp_str v)
{
    if (J->kind(v) == 'n' || is_of_format(key))
        return;
    for (size_t i = 0; i < PLAIN_N; i++)
        if (gemini_key_is(key, plain[i].wire)) {
            plain_decode(r, reading_below(r, r->key, key), i, v);
            return;
        }
    if (gemini_key_is(key, "thinkingConfig"))
        thinking_decode(r, reading_below(r, r->key, key), v);
    else
        reading_member(r, S("generationConfig"), key, v);
}

void gemini_config_decode(struct reading *r, struct cp_str config)
{
    struct cp_str key, v;
    size_t at = 0;

    if (J->kind(config) != '{') {
        (void)reading_refuse(r, S("generationConfig"), "expected an object");
        return;
    }
    while (r->rc == CP_OK && J->each(config, &at, &key, &v))
        config_member(r, key, v);
    if (r->rc == CP_OK)
        format_decode(r, config);
}
