/* SPDX-License-Identifier: MIT */
/*
 * models - GET /api/tags: what the server has on its disk.
 */
#include "ollama.h"

static void model_decode(struct cp_call *call, struct cp_str model, struct cp_tape *tape)
{
    struct cp_item it = { CP_ITEM(MODEL) };

    if (J->kind(model) != '{')
        return;
    it.id = json_text(call, model, "model");
    if (it.id.n == 0)
        it.id = json_text(call, model, "name");
    it.name = json_text(call, J->get(model, "details"), "family");
    if (it.name.n == 0)
        it.name = NOTHING;
    it.num = stamp_read(json_text(call, model, "modified_at"));
    if (it.id.n > 0)
        (void)H->emit(tape, &it); /* a tape remembers its failure */
}

int models_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct cp_str list = J->kind(body) == '{' ? J->get(body, "models") : NOTHING, model;
    struct cp_str why = error_text(call, body);
    size_t at = 0;
    int rc;

    if (why.p != NULL)
        return error_emit(tape, why);
    if (J->kind(list) != '[' && J->kind(list) != 'n') /* a server without models says null */
        return H->fail(call, CP_E_SYNTAX, "models: expected an array");
    while (J->kind(list) == '[' && J->each(list, &at, NULL, &model))
        model_decode(call, model, tape);
    rc = H->emit(tape, &(struct cp_item){ CP_ITEM(END) });
    return rc == CP_ENOUGH ? CP_OK : rc;
}

/* Clients read every member of these without asking whether it is there. */
static void model_encode(struct cp_call *call, const struct cp_item *it, struct cp_out *out)
{
    (void)J->open(out, '{');
    put_text(out, "name", it->id);
    put_text(out, "model", it->id);
    put_text(out, "modified_at", stamp_write(call, it->num * 1000));
    put_number(out, "size", 0);
    put_text(out, "digest", H->digest(call, it->id));
    (void)J->key(out, "details");
    (void)J->open(out, '{');
    put_text(out, "format", S(""));
    put_text(out, "family", it->name);
    put_raw(out, "families", S("null"));
    put_text(out, "parameter_size", S(""));
    put_text(out, "quantization_level", S(""));
    (void)J->close(out);
    (void)J->close(out);
}

int models_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    const struct cp_item *it;

    (void)J->open(out, '{');
    (void)J->key(out, "models");
    (void)J->open(out, '[');
    for (uint32_t i = 0; (it = H->item(tape, i)) != NULL; i++)
        if (it->kind == CP_MODEL)
            model_encode(call, it, out);
    (void)J->close(out);
    return J->close(out);
}
