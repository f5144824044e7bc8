/* SPDX-License-Identifier: MIT */
/*
 * responses_params_encode - parameters of a request, as far as this dialect, the model and the
 * backend take them.
 *
 * What is left out is noted.  What this dialect has no word for but the gateway can do itself
 * (stop sequences) the gateway is asked to do.
 */
#include "responses.h"

#include <string.h>

enum { OUTPUT_LEAST = 16 }; /* source: OpenAI's 400 to less, as of 2026-08 */

enum { FIXED = 1 }; /* refused by models with CAP_FIXED */

static const struct {
    const char *name, *wire;
    unsigned rule;
} params[] = {
    { "temperature", "temperature", FIXED },
    { "top_p", "top_p", FIXED },
    { "top_logprobs", "top_logprobs", FIXED },
    { "metadata", "metadata", 0 },
    { "tier", "service_tier", 0 },
    { "previous", "previous_response_id", 0 },
};

/* No word for these here. */
static const char *const lost[] = {
    "top_k", "min_p", "seed", "presence_penalty", "frequency_penalty", "logit_bias"
};

/* source: what ChatGPT's backend answers 400 to, as gateways have found out, as of 2026-08 */
static const char *const codex_refuses[] = {
    "max_output_tokens", "temperature",          "top_p",
    "top_logprobs",      "truncation",           "user",
    "safety_identifier", "prompt_cache_options", "prompt_cache_retention",
    "metadata",          "context_management",   "background",
    "conversation",      "previous_response_id", "max_tool_calls",
};

static const struct cp_item *param_item(const struct responses_out *e, const char *name)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (it->kind == CP_PARAM && openai_text_is(it->name, name) &&
            !openai_json_null(it->text))
            return it;
    return NULL;
}

static void note(struct responses_out *e, int deed, const char *param, const char *why)
{
    const struct cp_item *it = param_item(e, param);

    if (it != NULL)
        H->note_item(e->c.call, deed, it, why);
}

int responses_may(struct responses_out *e, const char *member)
{
    for (size_t i = 0; e->is_codex && i < sizeof(codex_refuses) / sizeof(codex_refuses[0]);
         i++) {
        if (strcmp(codex_refuses[i], member) != 0)
            continue;
        chat_out_note(&e->c, CP_DROPPED, member, "ChatGPT's backend refuses it");
        return 0;
    }
    return chat_out_may(&e->c, member);
}

static int is_effort_none(const struct responses_out *e)
{
    struct cp_str effort = chat_out_param(&e->c, "effort");

    return (effort.p == NULL && chat_out_param(&e->c, "thinking_budget").p == NULL) ||
           J->is(effort, "none");
}

static int is_fixed(const struct responses_out *e, struct cp_str v)
{
    unsigned flags = e->c.caps.flags;

    if ((flags & CAP_FIXED) == 0 || openai_text_is(v, "1") || openai_text_is(v, "1.0"))
        return 0;
    return (flags & CAP_NONE_SAMPLES) == 0 || !is_effort_none(e);
}

static void plain_encode(struct responses_out *e)
{
    for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
        struct cp_str v = chat_out_param(&e->c, params[i].name);
        if (v.p == NULL || !responses_may(e, params[i].wire))
            continue;
        if ((params[i].rule & FIXED) != 0 && is_fixed(e, v))
            note(e, CP_DROPPED, params[i].name, "the model takes no sampling parameters");
        else if (e->is_codex && openai_text_is(S("service_tier"), params[i].wire) &&
                 !J->is(v, "priority"))
            note(e, CP_DROPPED, params[i].name, "ChatGPT's backend knows priority only");
        else
            chat_out_key_raw(&e->c, params[i].wire, v);
    }
    for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++)
        if (chat_out_param(&e->c, lost[i]).p != NULL)
            note(e, CP_DROPPED, lost[i], "not a parameter of this dialect");
}

static void limit_encode(struct responses_out *e)
{
    struct cp_str v = chat_out_param(&e->c, "max_output");
    int64_t n = 0;

    if (v.p == NULL || !responses_may(e, "max_output_tokens"))
        return;
    if (J->integer(v, &n) != CP_OK) {
        chat_out_key_raw(&e->c, "max_output_tokens", v);
        return;
    }
    if (n < OUTPUT_LEAST) {
        note(e, CP_APPROXIMATED, "max_output", "the service takes no less than 16");
        n = OUTPUT_LEAST;
    } else if (e->conf->max_cap > 0 && n > e->conf->max_cap) {
        note(e, CP_APPROXIMATED, "max_output", "over the channel's max_tokens_cap");
        n = e->conf->max_cap;
    }
    (void)J->key(e->c.out,
                 "max_output_tokens"); /* an out remembers its failure; so everywhere */
    (void)J->number(e->c.out, n);
}

/* There is one answer here, and nothing that ends it early but its length. */
static void choices_check(struct responses_out *e)
{
    struct cp_str n = chat_out_param(&e->c, "n"), one;
    struct cp_str stop = chat_out_param(&e->c, "stop");
    size_t at = 0;
    int64_t count = 1;

    if (n.p != NULL && (J->integer(n, &count) != CP_OK || count > 1) && e->c.rc == CP_OK)
        e->c.rc = H->fail_item(e->c.call, CP_E_UNSUPPORTED, param_item(e, "n"),
                               "this upstream gives one answer only");
    if (J->kind(stop) != '[' || !J->each(stop, &at, NULL, &one))
        return;
    if (H->emulate(e->c.call, "stop"))
        note(e, CP_MAPPED, "stop", "the gateway cuts the answer");
    else
        note(e, CP_DROPPED, "stop", "not a parameter of this dialect");
}

/* ---- reasoning and text ------------------------------------------------------------------ */

/* Members of ours below a path that ends in a dot. */
static void below_encode(struct responses_out *e, const char *path)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL; i++) {
        struct cp_str key;
        if (it->kind != CP_NATIVE || !openai_text_begins(it->name, path))
            continue;
        key = responses_native_key(e->c.call, it);
        if (key.p != NULL)
            chat_out_key_raw(&e->c, key.p, it->text);
    }
}

static int has_below(const struct responses_out *e, const char *path)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL; i++)
        if (it->kind == CP_NATIVE && openai_text_is(it->id, OPENAI_RESPONSES) &&
            openai_text_begins(it->name, path))
            return 1;
    return 0;
}

static struct cp_str summary_of(const struct responses_out *e)
{
    struct cp_str show = chat_out_param(&e->c, "thinking_show");

    if (show.p == NULL || J->is(show, "none"))
        return (struct cp_str){ NULL, 0 };
    return J->is(show, "raw") ? S("\"auto\"") : show;
}

static void reasoning_encode(struct responses_out *e)
{
    int reasons = (e->c.caps.flags & CAP_REASONS) != 0 || (e->c.caps.flags & CAP_OPENAI) == 0;
    struct cp_str word = { NULL, 0 }, summary = { NULL, 0 };

    if (!responses_may(e, "reasoning"))
        return;
    word = chat_effort_word(&e->c);
    if (reasons || e->is_own)
        summary = summary_of(e);
    if (summary.p == NULL)
        note(e, reasons ? CP_MAPPED : CP_DROPPED, "thinking_show",
             reasons ? "nothing is shown unasked" : "the model does not reason");
    if (word.p == NULL && summary.p == NULL && !has_below(e, "reasoning."))
        return;
    (void)J->key(e->c.out, "reasoning");
    (void)J->open(e->c.out, '{');
    if (word.p != NULL)
        chat_out_key_text(&e->c, "effort", word);
    if (summary.p != NULL)
        chat_out_key_raw(&e->c, "summary", summary);
    below_encode(e, "reasoning.");
    (void)J->close(e->c.out);
}

static void schema_encode(struct responses_out *e, struct cp_str format)
{
    struct cp_str name = J->get(format, "name"), strict = J->get(format, "strict");
    struct cp_str description = J->get(format, "description"),
                  schema = J->get(format, "schema");

    (void)J->open(e->c.out, '{');
    chat_out_key_raw(&e->c, "type", S("\"json_schema\""));
    chat_out_key_raw(&e->c, "name", J->kind(name) == '"' ? name : S("\"output\""));
    if (J->kind(description) == '"')
        chat_out_key_raw(&e->c, "description", description);
    if (J->kind(strict) == 't' && !chat_schema_is_strict(schema, 0))
        note(e, CP_APPROXIMATED, "format", "the service takes no such schema as a strict one");
    chat_out_key_raw(&e->c, "strict",
                     J->kind(strict) != 'f' && chat_schema_is_strict(schema, 0) ? S("true")
                                                                                : S("false"));
    chat_out_key_raw(&e->c, "schema",
                     openai_json_null(schema) ? S("{\"type\":\"object\"}") : schema);
    (void)J->close(e->c.out);
}

/* The value of text.format; absent: it is not said, or said by schema_encode(). */
static struct cp_str format_word(struct responses_out *e, struct cp_str format, int *is_schema)
{
    struct cp_str type, none = { NULL, 0 };

    *is_schema = 0;
    if (J->kind(format) != '{')
        return none;
    type = J->get(format, "type");
    if (J->is(type, "json"))
        return S("{\"type\":\"json_object\"}");
    if (J->is(type, "text"))
        return format;
    if (J->is(type, "json_schema") && e->is_own)
        return format;
    *is_schema = J->is(type, "json_schema");
    int is_choice =
        J->is(type, "enum") && J->kind(J->get(J->get(format, "schema"), "enum")) == '[';
    if (!*is_schema && (e->is_own || !is_choice)) /* a choice is asked for in words */
        note(e, CP_DROPPED, "format", "this dialect has no such format");
    return none;
}

static void text_encode(struct responses_out *e)
{
    struct cp_str verbosity = chat_out_param(&e->c, "verbosity"), format;
    int is_schema;

    if (!responses_may(e, "text"))
        return;
    format = format_word(e, chat_out_param(&e->c, "format"), &is_schema);
    if (verbosity.p != NULL && !e->is_own && (e->c.caps.flags & CAP_CUSTOM) == 0) {
        note(e, CP_DROPPED, "verbosity", "not known to work with the model");
        verbosity.p = NULL;
    }
    if (format.p == NULL && !is_schema && verbosity.p == NULL && !has_below(e, "text."))
        return;
    (void)J->key(e->c.out, "text");
    (void)J->open(e->c.out, '{');
    if (format.p != NULL || is_schema)
        (void)J->key(e->c.out, "format");
    if (is_schema)
        schema_encode(e, chat_out_param(&e->c, "format"));
    else if (format.p != NULL)
        (void)J->raw(e->c.out, format);
    if (verbosity.p != NULL)
        chat_out_key_raw(&e->c, "verbosity", verbosity);
    below_encode(e, "text.");
    (void)J->close(e->c.out);
}

/* ---- keeping, caching, who asks ---------------------------------------------------------- */

static void store_encode(struct responses_out *e)
{
    struct cp_str store = chat_out_param(&e->c, "store");
    int is_stored = !e->is_codex && J->kind(store) == 't';

    if (responses_may(e, "store"))
        chat_out_key_raw(&e->c, "store", is_stored ? S("true") : S("false"));
}

/* Clients of other dialects are shown what a search found. */
static int wants_sources(const struct responses_out *e)
{
    const struct cp_item *it;

    for (size_t i = 0; !e->is_own && !e->is_codex && (it = H->item(e->c.tape, i)) != NULL; i++)
        if (it->kind == CP_TOOL && responses_is_search(it))
            return 1;
    return 0;
}

/* Who keeps nothing must be given the reasoning sealed, or the next turn would lack it.
 * Models that do not reason answer 400 to the wish. */
static void include_encode(struct responses_out *e)
{
    int reasons = (e->c.caps.flags & CAP_REASONS) != 0 || (e->c.caps.flags & CAP_OPENAI) == 0;
    int has_logprobs =
        J->kind(chat_out_param(&e->c, "logprobs")) == 't' && !is_fixed(e, S("0"));
    int has_sources = wants_sources(e);
    const struct cp_item *it;

    if (!has_logprobs)
        note(e, CP_DROPPED, "logprobs",
             J->kind(chat_out_param(&e->c, "logprobs")) == 't'
                 ? "the model tells none"
                 : "none is what the service tells unasked");
    if ((!reasons && !has_logprobs && !has_sources && !has_below(e, "include[")) ||
        !responses_may(e, "include"))
        return;
    (void)J->key(e->c.out, "include");
    (void)J->open(e->c.out, '[');
    if (reasons)
        (void)J->raw(e->c.out, S("\"reasoning.encrypted_content\""));
    if (has_logprobs)
        (void)J->raw(e->c.out, S("\"message.output_text.logprobs\""));
    if (has_sources)
        (void)J->raw(e->c.out, S("\"web_search_call.action.sources\""));
    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL; i++)
        if (it->kind == CP_NATIVE && openai_text_is(it->id, OPENAI_RESPONSES) &&
            openai_text_begins(it->name, "include["))
            (void)J->raw(e->c.out, it->text);
    (void)J->close(e->c.out);
}

static void who_encode(struct responses_out *e)
{
    struct cp_str user = chat_out_param(&e->c, "user"),
                  safety = chat_out_param(&e->c, "safety_id");
    struct cp_str id = J->kind(safety) == '"' ? safety : user, key;

    key = chat_out_param(&e->c, "cache_key");
    id = J->kind(id) == '"' ? J->text(e->c.call, id) : (struct cp_str){ NULL, 0 };
    if (!e->is_own && user.p != NULL && safety.p != NULL)
        note(e, CP_DROPPED, "user", "safety_identifier says who it is");
    if (e->is_own && user.p != NULL && responses_may(e, "user"))
        chat_out_key_raw(&e->c, "user", user);
    if (e->is_own && safety.p != NULL && responses_may(e, "safety_identifier"))
        chat_out_key_raw(&e->c, "safety_identifier", safety);
    if (!e->is_own && id.n > 0 && responses_may(e, "safety_identifier")) {
        if (id.n > 64) /* the longest the server takes; it asks for a hash anyway */
            note(e, CP_MAPPED, J->kind(safety) == '"' ? "safety_id" : "user",
                 "longer than 64 bytes: hashed");
        chat_out_key_text(&e->c, "safety_identifier",
                          id.n > 64 ? H->digest(e->c.call, id) : id);
    }
    if (key.p == NULL) {
        struct cp_str session = chat_session_of(&e->c, id);
        key = session.n > 0 ? openai_text_quote(e->c.call, session) : key;
    }
    if (key.p != NULL && responses_may(e, "prompt_cache_key"))
        chat_out_key_raw(&e->c, "prompt_cache_key", key);
}

static void retention_encode(struct responses_out *e)
{
    struct cp_str v = chat_out_param(&e->c, "cache_retention");

    if (v.p == NULL || !responses_may(e, "prompt_cache_retention"))
        return;
    if (J->is(v, "24h") || J->is(v, "in_memory") || e->is_own)
        chat_out_key_raw(&e->c, "prompt_cache_retention", v);
    else
        note(e, CP_APPROXIMATED, "cache_retention", "the service decides");
}

/* What a later one of the same name says is not said. */
static void twins_note(struct responses_out *e)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL && it->kind != CP_MESSAGE; i++) {
        struct cp_str name =
            it->kind == CP_PARAM ? openai_text_copy(e->c.call, it->name) : S("");
        if (name.n > 0 && !openai_json_null(it->text) && param_item(e, name.p) != it)
            H->note_item(e->c.call, CP_DROPPED, it, "said twice");
    }
    note(e, CP_MAPPED, "include_usage", "the service tells it always");
    note(e, CP_MAPPED, "cache_auto", "the service caches by itself");
}

void responses_params_encode(struct responses_out *e)
{
    struct cp_str previous = chat_out_param(&e->c, "previous");
    int is_chat = e->c.call->op == CP_CHAT;

    twins_note(e);
    reasoning_encode(e);
    text_encode(e);
    if (is_chat) {
        limit_encode(e);
        plain_encode(e);
        choices_check(e);
        store_encode(e);
        include_encode(e);
    } else if (previous.p != NULL && responses_may(e, "previous_response_id")) {
        chat_out_key_raw(&e->c, "previous_response_id", previous);
    }
    if (e->c.call->op == CP_COUNT_TOKENS)
        return;
    who_encode(e);
    retention_encode(e);
}
