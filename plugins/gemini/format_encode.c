/* SPDX-License-Identifier: MIT */
/*
 * format_encode - the form of the answer: a MIME type and a schema.
 *
 * Models before Gemini 3 refuse function tools together with a JSON type; then the instructions
 * ask for the same in words.
 */
#include "request.h"

static struct cp_str format_type(struct writing *w)
{
    struct cp_str format = writing_param(w, "format");

    return J->kind(format) == '{' ? J->get(format, "type") : NOTHING;
}

static struct cp_str schema_of(struct writing *w)
{
    struct cp_str schema = J->get(writing_param(w, "format"), "schema");

    return J->kind(schema) == '{' ? schema : NOTHING;
}

void gemini_format_plan(struct writing *w)
{
    struct cp_str type = format_type(w), schema;
    struct cp_str parts[2] = { S("Reply with one JSON value that matches this JSON Schema, and "
                                 "nothing else:\n"),
                               { NULL, 0 } };

    if (type.p == NULL || J->is(type, "text") || !w->has_functions || w->is_own_client ||
        (w->caps.flags & CAP_TOOLS_FORMAT) != 0)
        return;
    schema = schema_of(w);
    parts[1] = schema;
    w->hint = schema.p == NULL ? S("Reply with one JSON object and nothing else.")
                               : gemini_text_join(w->call, parts, 2);
    writing_note(w, CP_APPROXIMATED, writing_param_item(w, "format"),
                 "the model takes no form of answer beside functions: asked for in words");
}

static void schema_encode(struct writing *w, const struct cp_item *it)
{
    struct cp_str schema = schema_of(w);
    const char *lost = NULL;

    if (schema.p == NULL)
        return;
    if (!w->is_openapi) {
        gemini_config_key(w, "responseJsonSchema");
        (void)J->raw(w->out, gemini_schema_plain(w->call, schema));
        return;
    }
    schema = gemini_schema_clean(w->call, schema, NOTHING, &lost);
    if (lost != NULL)
        writing_note(w, CP_APPROXIMATED, it, lost);
    if (schema.p == NULL)
        return;
    gemini_config_key(w, "responseSchema");
    (void)J->raw(w->out, schema);
}

/* The service has a place for the schema only. */
static void remarks_note(struct writing *w, const struct cp_item *it)
{
    static const char *const members[] = { "name", "description", "strict" };

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (!gemini_is_null(J->get(it->text, members[i]))) {
            writing_note(w, CP_MAPPED, it, "a form of answer is its schema: it has no name");
            return;
        }
}

static int has_own_type(const struct writing *w)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(w->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (writing_is_native(it, "generationConfig.responseMimeType"))
            return 1;
    return 0;
}

void gemini_format_encode(struct writing *w)
{
    const struct cp_item *it = writing_param_item(w, "format");
    struct cp_str type = format_type(w);

    if (type.p == NULL || w->hint.p != NULL)
        return;
    if (J->is(type, "text")) {
        if (w->is_own_client) {
            gemini_config_key(w, "responseMimeType");
            (void)J->raw(w->out, S("\"text/plain\""));
        } else {
            writing_note(w, CP_MAPPED, it, "text is what the service answers with anyway");
        }
        return;
    }
    if (has_own_type(w)) { /* a type nobody knows: it is written as it came */
        schema_encode(w, it);
        return;
    }
    gemini_config_key(w, "responseMimeType");
    (void)J->raw(w->out,
                 J->is(type, "enum") ? S("\"text/x.enum\"") : S("\"application/json\""));
    schema_encode(w, it);
    remarks_note(w, it);
}
