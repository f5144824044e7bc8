/* SPDX-License-Identifier: MIT */
/*
 * request_encode - a tape as the body of generateContent or countTokens.
 *
 * The order of members never depends on the client's dialect, so that the same conversation
 * gives the same bytes every time: prompt caches work on prefixes.  The conversation comes
 * first, because only when it is written is it known whether there is one: instructions alone
 * are said as a user's turn.
 */
#include "request.h"

/* ---- instructions -------------------------------------------------------------------------------------- */

static const struct cp_item *system_at(const struct writing *w, uint32_t *i)
{
    const struct cp_item *it;

    for (; (it = H->item(w->tape, *i)) != NULL && it->kind != CP_MESSAGE; ++*i)
        if ((it->kind == CP_SYSTEM && it->text.n > 0) ||
            writing_is_native(it, "systemInstruction.parts["))
            return it;
    return NULL;
}

void gemini_instructions_as_user(struct writing *w)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = system_at(w, &i)) != NULL; i++)
        if (it->kind == CP_SYSTEM) {
            gemini_part_text(w, CP_USER, it->text);
            w->has_moved = 1;
        }
    if (!w->has_moved)
        (void)writing_fail(w, "there is nothing to say: no message, no instructions", NOTHING);
}

static void system_part(struct writing *w, const struct cp_item *it)
{
    if (it->kind == CP_NATIVE) {
        (void)J->raw(w->out, it->text);
        return;
    }
    (void)J->open(w->out, '{');
    writing_key_text(w, "text", it->text);
    (void)J->close(w->out);
}

void gemini_instructions_encode(struct writing *w)
{
    const struct cp_item *it;
    uint32_t i = 0;

    if (w->has_moved || (system_at(w, &i) == NULL && w->hint.p == NULL))
        return;
    (void)J->key(w->out, "systemInstruction");
    (void)J->open(w->out, '{');
    (void)J->key(w->out, "parts");
    (void)J->open(w->out, '[');
    for (i = 0; (it = system_at(w, &i)) != NULL; i++)
        system_part(w, it);
    if (w->hint.p != NULL) {
        (void)J->open(w->out, '{');
        writing_key_text(w, "text", w->hint);
        (void)J->close(w->out);
    }
    (void)J->close(w->out);
    (void)J->close(w->out);
}

/* ---- what else there is ----------------------------------------------------------------------------------- */

static void safety_encode(struct writing *w)
{
    /* source: HarmCategory of the Gemini API reference, as of 2026-08 */
    static const char *const categories[] = { "HARM_CATEGORY_HARASSMENT",
                                              "HARM_CATEGORY_HATE_SPEECH",
                                              "HARM_CATEGORY_SEXUALLY_EXPLICIT",
                                              "HARM_CATEGORY_DANGEROUS_CONTENT" };
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(w->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (writing_is_native(it, "safetySettings"))
            return;
    if (w->conf->safety.n == 0)
        return;
    (void)J->key(w->out, "safetySettings");
    (void)J->open(w->out, '[');
    for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++) {
        (void)J->open(w->out, '{');
        writing_key_text(w, "category", gemini_text_format(w->call, "%s", categories[i]));
        writing_key_text(w, "threshold", w->conf->safety);
        (void)J->close(w->out);
    }
    (void)J->close(w->out);
}

static int is_placed(const struct cp_item *it)
{
    static const char *const holders[] = { "generationConfig.", "toolConfig.", "tools[",
                                           "systemInstruction.parts[" };

    for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++)
        if (writing_is_native(it, holders[i]))
            return 1;
    return 0;
}

static void natives_encode(struct writing *w)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(w->tape, i)) != NULL && it->kind != CP_MESSAGE; i++) {
        struct cp_str key = writing_native_key(w, it, "");
        if (it->kind == CP_CACHE_MARK)
            writing_note(w, CP_MAPPED, it, "what is cached is the service's own choice");
        else if (it->kind != CP_NATIVE)
            continue;
        else if (key.p != NULL)
            writing_key_raw(w, key.p, it->text);
        else if (!is_placed(it))
            writing_note(w, CP_DROPPED, it, "means something in its own dialect only");
    }
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static struct cp_str model_of(const struct cp_call *call, const struct cp_tape *tape)
{
    const struct cp_item *it = H->item(tape, 0);

    if (call->model.n > 0)
        return call->model;
    return it != NULL && it->kind == CP_START && it->name.p != NULL ? it->name : S("");
}

static struct writing writing_begin(const struct gemini_conf *conf, struct cp_call *call,
                                    const struct cp_tape *tape, struct cp_out *out)
{
    struct writing w = { .call = call, .tape = tape, .out = out, .conf = conf };

    w.caps = gemini_caps_of(model_of(call, tape));
    w.is_own_client = gemini_text_is(call->client_dialect, GEMINI_MAKER);
    w.sends_ids = (w.caps.flags & CAP_IDS) != 0;
    w.is_openapi = conf->schema == WORD_AUTO ? (w.caps.flags & CAP_JSON_SCHEMA) == 0
                                             : conf->schema == SCHEMA_OPENAPI;
    return w;
}

static void body_encode(struct writing *w)
{
    gemini_tools_plan(w);
    gemini_format_plan(w);
    (void)J->key(w->out, "contents");
    if (w->rc == CP_OK)
        gemini_contents_encode(w);
    if (w->rc != CP_OK)
        return;
    gemini_instructions_encode(w);
    gemini_tools_encode(w);
    gemini_choice_encode(w);
    safety_encode(w);
    gemini_params_encode(w);
    gemini_tier_encode(w);
    natives_encode(w);
}

int gemini_request_encode(const struct gemini_conf *conf, struct cp_call *call,
                          const struct cp_tape *tape, struct cp_out *out)
{
    struct writing w = writing_begin(conf, call, tape, out);
    int rc;

    (void)J->open(out, '{');
    body_encode(&w);
    if (w.rc != CP_OK)
        return w.rc;
    rc = J->close(out);
    return rc;
}

/* The whole request, so that instructions and tools are counted, too; it must name its model. */
int gemini_count_encode(const struct gemini_conf *conf, struct cp_call *call,
                        const struct cp_tape *tape, struct cp_out *out)
{
    struct writing w = writing_begin(conf, call, tape, out);
    struct cp_str model[2] = { S("models/"), gemini_bare_model(model_of(call, tape)) };

    (void)J->open(out, '{');
    (void)J->key(out, "generateContentRequest");
    (void)J->open(out, '{');
    writing_key_text(&w, "model", gemini_text_join(call, model, 2));
    body_encode(&w);
    if (w.rc != CP_OK)
        return w.rc;
    (void)J->close(out);
    return J->close(out);
}
