/* SPDX-License-Identifier: MIT */
/*
 * params_encode - parameters of a request: options, format, think, and what this API has no word for.
 */
#include "ollama.h"

/* Members of options; source: api/types.go, struct Options. */
static const struct {
    const char *name, *wire;
} options[] = {
    { "max_output", "num_predict" },
    { "temperature", "temperature" },
    { "top_p", "top_p" },
    { "top_k", "top_k" },
    { "min_p", "min_p" },
    { "seed", "seed" },
    { "presence_penalty", "presence_penalty" },
    { "frequency_penalty", "frequency_penalty" },
    { "stop", "stop" },
};

/* What there is no word for.  Where nothing changes for the client it is no loss. */
static const struct {
    const char *name, *harmless,
        *why; /* harmless: the value that asks for what happens anyway */
} missing[] = {
    { "n", "1", "one answer for each request" },
    { "logit_bias", "{}", "no such option" },
    { "parallel_tools", "true", "the model calls as many tools as it likes" },
    { "verbosity", "\"medium\"", "no such option" },
    { "tier", "\"auto\"", "one tier only" },
};

/* Said to services for their own sake: here nobody keeps it, and nothing is lost. */
static const struct {
    const char *name, *why;
} idle[] = {
    { "user", "the server keeps no users" },
    { "safety_id", "the server keeps no users" },
    { "metadata", "the server keeps no answers" },
    { "store", "answers are kept by the gateway, or not" },
    { "cache_key", "the server caches by itself" },
    { "cache_retention", "the server caches by itself" },
    { "cache_auto", "the server caches by itself" },
    { "thinking_show", "thoughts are shown as the model tells them" },
};

static void note_param(const struct request *r, int deed, const char *name, const char *why)
{
    const struct cp_item *it = param_item(r->tape, name);

    if (it != NULL && it->id.n > 0) /* else nobody wished it */
        H->note_item(r->call, deed, it, why);
}

/* What the channel says, too. */
static int is_overruled(const struct request *r, struct cp_str key)
{
    return (text_is(key, "num_ctx") && r->conf->num_ctx > 0) ||
           (text_is(key, "keep_alive") && r->conf->keep_alive.n > 0) ||
           (text_is(key, "truncate") && r->conf->truncate.n > 0);
}

/* Members that our own clients say and nobody else knows. */
static void natives_encode(const struct request *r, const char *prefix)
{
    const struct cp_item *it;
    size_t n = text_of(prefix).n;

    for (uint32_t i = 0; (it = H->item(r->tape, i)) != NULL && it->kind != CP_MESSAGE; i++) {
        struct cp_str key = it->name;
        if (it->kind != CP_NATIVE || !text_is(it->id, DIALECT) || !text_begins(key, prefix) ||
            (n == 0 && text_begins(key, "options.")))
            continue;
        key = (struct cp_str){ key.p + n, key.n - n };
        if (!is_overruled(r, key))
            put_raw(r->out, text_z(r->call, key), it->text);
    }
}

static void options_encode(const struct request *r)
{
    struct cp_str v;

    (void)J->key(r->out, "options");
    (void)J->open(r->out, '{');
    for (size_t i = 0; i < COUNT(options); i++) {
        v = param_of(r->tape, options[i].name);
        if (v.p != NULL)
            put_raw(r->out, options[i].wire, v);
    }
    natives_encode(r, "options.");
    if (r->conf->num_ctx > 0)
        put_number(r->out, "num_ctx", r->conf->num_ctx);
    (void)J->close(r->out);
}

static int has_options(const struct request *r)
{
    const struct cp_item *it;
    int n = r->conf->num_ctx > 0;

    for (size_t i = 0; i < COUNT(options); i++)
        n += param_item(r->tape, options[i].name) != NULL;
    for (uint32_t i = 0; (it = H->item(r->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        n += it->kind == CP_NATIVE && text_begins(it->name, "options.");
    return n;
}

static void format_encode(const struct request *r)
{
    struct cp_str format = param_of(r->tape, "format"), type = J->get(format, "type");
    struct cp_str schema = J->get(format, "schema");

    if (format.p == NULL)
        return;
    if (J->is(type, "text")) {
        note_param(r, CP_MAPPED, "format", "text is what the model answers with unasked");
    } else if (J->kind(schema) == '{') {
        put_raw(r->out, "format", schema);
        if (J->is(type, "enum"))
            note_param(r, CP_APPROXIMATED, "format", "the value comes as a JSON string");
        else if (!json_is_null(J->get(format, "description")))
            note_param(r, CP_APPROXIMATED, "format", "a schema has no name and no description");
    } else {
        put_raw(r->out, "format", S("\"json\""));
    }
}

/* ---- thinking: a switch, or one of three words; source: docs.ollama.com/capabilities/thinking, 2026-11 ---- */

static const struct {
    const char *effort, *level; /* level NULL: none */
} efforts[] = {
    { "none", NULL },   { "minimal", "low" }, { "low", "low" },  { "medium", "medium" },
    { "high", "high" }, { "xhigh", "high" },  { "max", "high" },
};

static void effort_encode(const struct request *r, struct cp_str effort)
{
    for (size_t i = 0; i < COUNT(efforts); i++) {
        if (!J->is(effort, efforts[i].effort))
            continue;
        if (efforts[i].level == NULL)
            put_raw(r->out, "think", S("false"));
        else
            put_text(r->out, "think", text_of(efforts[i].level));
        if (efforts[i].level != NULL && !J->is(effort, efforts[i].level))
            note_param(r, CP_APPROXIMATED, "effort", "the nearest of low, medium and high");
        return;
    }
    note_param(r, CP_MAPPED, "effort", "left to the model"); /* "auto" */
}

static void think_encode(const struct request *r)
{
    struct cp_str mode = param_of(r->tape, "thinking_mode");
    struct cp_str effort = param_of(r->tape, "effort");
    struct cp_str budget = param_of(r->tape, "thinking_budget");
    int64_t tokens = -1;

    if (budget.p != NULL && J->integer(budget, &tokens) != CP_OK)
        tokens = -1;
    if (J->is(mode, "off") || (budget.p != NULL && tokens == 0)) {
        put_raw(r->out, "think", S("false"));
        note_param(r, CP_MAPPED, "effort", "thinking is off");
    } else if (effort.p != NULL) {
        effort_encode(r, effort);
    } else if (J->is(mode, "enabled") || tokens > 0) {
        put_raw(r->out, "think", S("true"));
    }
    if (tokens > 0)
        note_param(r, CP_APPROXIMATED, "thinking_budget", "a switch: thoughts have no budget");
}

static void losses_note(const struct request *r)
{
    for (size_t i = 0; i < COUNT(missing); i++) {
        struct cp_str v = param_of(r->tape, missing[i].name);
        note_param(r, text_is(v, missing[i].harmless) ? CP_MAPPED : CP_DROPPED, missing[i].name,
                   missing[i].why);
    }
    for (size_t i = 0; i < COUNT(idle); i++)
        note_param(r, CP_MAPPED, idle[i].name, idle[i].why);
    note_param(r, CP_DROPPED, "previous", "nobody here knows that answer");
}

void params_encode(struct request *r)
{
    struct cp_str logprobs = param_of(r->tape, "logprobs");
    struct cp_str top = param_of(r->tape, "top_logprobs");

    format_encode(r);
    think_encode(r);
    if (has_options(r))
        options_encode(r);
    if (logprobs.p != NULL)
        put_raw(r->out, "logprobs", logprobs);
    if (top.p != NULL)
        put_raw(r->out, "top_logprobs", top);
    natives_encode(r, "");
    if (r->conf->keep_alive.n > 0)
        put_text(r->out, "keep_alive", r->conf->keep_alive);
    if (r->conf->truncate.n > 0)
        put_raw(r->out, "truncate", text_is(r->conf->truncate, "yes") ? S("true") : S("false"));
    losses_note(r);
}
