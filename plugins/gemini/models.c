/* SPDX-License-Identifier: MIT */
/*
 * models - the list of models, and one of them, both ways.
 *
 * The service calls a model by its place in a collection, "models/gemini-2.5-flash"; everybody else
 * by the name alone.
 */
#include "request.h"

static struct cp_str id_of(struct cp_str name)
{
    if (gemini_text_begins(name, "models/"))
        return (struct cp_str){ name.p + 7, name.n - 7 };
    return name;
}

static void model_decode(struct reading *r, struct cp_str model)
{
    struct cp_str id = id_of(gemini_member_text(r->call, model, "name"));

    if (id.n > 0)
        reading_emit(
            r, &(struct cp_item){ CP_ITEM(MODEL), .name = S("google"), .id = id,
                                  .text = gemini_member_text(r->call, model, "displayName") });
}

int gemini_models_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct reading r = { .call = call, .tape = tape, .content = -1, .part = -1 };
    struct cp_str list = gemini_member(body, "models"), model;
    size_t at = 0;

    if (J->kind(body) != '{')
        return H->fail(call, CP_E_SYNTAX, "body: expected a JSON object");
    if (call->op == CP_GET_MODEL) {
        model_decode(&r, body);
    } else if (list.p != NULL && J->kind(list) != '[') {
        return H->fail(call, CP_E_SYNTAX, "models: expected an array");
    } else { /* an empty list is left out */
        while (r.rc == CP_OK && J->kind(list) == '[' && J->each(list, &at, NULL, &model))
            model_decode(&r, model);
    }
    reading_emit(&r, &(struct cp_item){ CP_ITEM(END) });
    return reading_done(&r);
}

static void model_encode(struct cp_call *call, struct cp_out *out, const struct cp_item *it)
{
    struct cp_str name[2] = { S("models/"), it->id };

    (void)J->open(out, '{'); /* an out remembers its failure; so everywhere here */
    (void)J->key(out, "name");
    (void)J->string(out, gemini_text_join(call, name, 2));
    (void)J->key(out, "baseModelId");
    (void)J->string(out, it->id.p == NULL ? S("") : it->id);
    (void)J->key(out, "displayName");
    (void)J->string(out, it->text.n > 0 ? it->text : it->id);
    (void)J->key(out, "supportedGenerationMethods");
    (void)J->raw(out, S("[\"generateContent\",\"streamGenerateContent\",\"countTokens\"]"));
    (void)J->close(out);
}

int gemini_models_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    const struct cp_item *it;

    if (call->op == CP_LIST_MODELS) {
        (void)J->open(out, '{');
        (void)J->key(out, "models");
        (void)J->open(out, '[');
    }
    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if (it->kind != CP_MODEL)
            continue;
        model_encode(call, out, it);
        if (call->op != CP_LIST_MODELS)
            return CP_OK;
    }
    if (call->op != CP_LIST_MODELS)
        return H->fail(call, CP_E_UNSUPPORTED, "no such model");
    (void)J->close(out);
    return J->close(out);
}
