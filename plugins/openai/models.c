/* SPDX-License-Identifier: MIT */
/*
 * models - GET /models and /models/{model}, read and written.
 *
 * Servers answer {"object":"list","data":[..]}, some a bare array; an entry has at least an id.
 */
#include "chat.h"

static void model_decode(struct chat_in *d, struct cp_str model)
{
    struct cp_item it = { CP_ITEM(MODEL) };
    struct cp_str created;

    if (J->kind(model) != '{')
        return;
    it.id = openai_json_string(d->call, model, "id");
    if (it.id.n == 0)
        it.id = openai_json_string(d->call, model, "name");
    it.name = openai_json_string(d->call, model, "owned_by");
    it.text = openai_json_string(d->call, model, "display_name");
    created = J->get(model, "created");
    if (J->kind(created) == '0' && (J->integer(created, &it.num) != CP_OK || it.num < 0))
        it.num = 0;
    if (it.id.n > 0)
        chat_in_emit(d, &it);
}

int openai_models_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct chat_in d = { .call = call, .tape = tape, .body = body };
    struct cp_str list = body, model;
    struct trouble t;
    size_t at = 0;

    if (J->kind(body) == '{') {
        list = J->get(body, "data");
        if (J->kind(list) != '[')
            list = J->get(body, "models");
    }
    if (J->kind(list) == '[') {
        while (chat_in_going(&d) && J->each(list, &at, NULL, &model))
            model_decode(&d, model);
    } else if (J->kind(body) == '{' && J->kind(J->get(body, "id")) == '"') {
        model_decode(&d, body);
    } else if (J->kind(body) == '{' && !openai_json_null(J->get(body, "error"))) {
        (void)openai_trouble_read(call, body, &t); /* that there is an error is known */
        openai_trouble_emit(&d, &t);
        return chat_in_done(&d);
    } else {
        return H->fail(call, CP_E_SYNTAX, "data: expected an array of models");
    }
    chat_in_emit(&d, &(struct cp_item){ CP_ITEM(END) });
    return chat_in_done(&d);
}

static void model_encode(struct cp_out *out, const struct cp_item *it)
{
    (void)J->open(out, '{'); /* an out remembers its failure; so everywhere here */
    (void)J->key(out, "id");
    (void)J->string(out, it->id.p == NULL ? S("") : it->id);
    (void)J->key(out, "object");
    (void)J->raw(out, S("\"model\""));
    (void)J->key(out, "created");
    (void)J->number(out, it->num > 0 ? it->num : 0);
    (void)J->key(out, "owned_by");
    (void)J->string(out, it->name.n > 0 ? it->name : S("system"));
    if (it->text.n > 0) {
        (void)J->key(out, "display_name");
        (void)J->string(out, it->text);
    }
    (void)J->close(out);
}

int openai_models_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    const struct cp_item *it;

    if (call->op == CP_LIST_MODELS) {
        (void)J->open(out, '{');
        (void)J->key(out, "object");
        (void)J->raw(out, S("\"list\""));
        (void)J->key(out, "data");
        (void)J->open(out, '[');
    }
    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if (it->kind != CP_MODEL)
            continue;
        model_encode(out, it);
        if (call->op != CP_LIST_MODELS)
            return CP_OK;
    }
    if (call->op != CP_LIST_MODELS)
        return H->fail(call, CP_E_UNSUPPORTED, "no such model");
    (void)J->close(out);
    return J->close(out);
}
