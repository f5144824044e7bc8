/* SPDX-License-Identifier: MIT */
/*
 * models - the model list in the form of whoever asks.
 */
#include "reply.h"

#include <string.h>

static void put_model(struct text *out, enum dialect dialect, struct slice m)
{
    if (dialect == CLAUDE)
        text_form(
            out,
            "{'type':'model','id':%Q,'display_name':%Q,'created_at':'2026-01-01T00:00:00Z'}",
            &m, &m);
    else if (dialect == GEMINI)
        text_form(
            out,
            "{'name':'models/%S','version':'001','displayName':%Q,'inputTokenLimit':1048576,"
            "'outputTokenLimit':65536,'supportedGenerationMethods':['generateContent',"
            "'countTokens']}",
            &m, &m);
    else
        text_form(out, "{'id':%Q,'object':'model','created':1767225600,'owned_by':'sim'}", &m);
}

static struct slice take_name(struct slice *list)
{
    const char *comma = list->n ? memchr(list->at, ',', list->n) : NULL;
    struct slice name = { list->at, comma ? (size_t)(comma - list->at) : list->n };

    list->at += name.n + (comma != NULL);
    list->n -= name.n + (comma != NULL);
    return name;
}

void models_write(struct text *out, const struct ask *ask, struct slice models)
{
    struct slice rest = models.n ? models : slice_of("sim-small,sim-large"), first = { 0 },
                 last = first;

    if (ask->op == OP_MODEL) {
        put_model(out, ask->dialect, ask->model);
        return;
    }
    text_form(out, ask->dialect == GEMINI   ? "{'models':["
                   : ask->dialect == CLAUDE ? "{'data':["
                                            : "{'object':'list','data':[");
    while (rest.n) {
        last = take_name(&rest);
        if (first.n)
            text_str(out, ",");
        else
            first = last;
        put_model(out, ask->dialect, last);
    }
    text_str(out, "]");
    if (ask->dialect == CLAUDE)
        text_form(out, ",'has_more':false,'first_id':%Q,'last_id':%Q", &first, &last);
    text_str(out, "}");
}
