/* SPDX-License-Identifier: MIT */
/*
 * responses_envelope - the response object: what was answered, and what was asked.
 *
 * This dialect tells a client its own request again, with the defaults filled in.  The request is
 * at hand as the client sent it; nothing of it is interpreted here.
 */
#include "responses_answer.h"

enum { ID_LEAST = 12 };

/* Members in the order in which OpenAI writes them.  Before the output: */
enum {
    ECHO_BACKGROUND,
    ECHO_CONVERSATION,
    ECHO_INSTRUCTIONS,
    ECHO_MAX_OUTPUT,
    ECHO_MAX_TOOL_CALLS,
    ECHO_MODERATION,
    ECHO_PARALLEL, /* behind it: */
    ECHO_PREVIOUS,
    ECHO_PROMPT,
    ECHO_CACHE_KEY,
    ECHO_CACHE_RETENTION,
    ECHO_REASONING,
    ECHO_SAFETY,
    ECHO_TIER,
    ECHO_STORE,
    ECHO_TEMPERATURE,
    ECHO_TEXT,
    ECHO_CHOICE,
    ECHO_TOOLS,
    ECHO_TOP_LOGPROBS,
    ECHO_TOP_P,
    ECHO_TRUNCATION, /* behind usage: */
    ECHO_USER,
    ECHO_METADATA
};

static const struct {
    struct cp_str name;
    const char *kinds;    /* what the value may begin with */
    struct cp_str preset; /* where the client said nothing; p NULL: then it is left out */
} echoed[ECHO_N] = {
    [ECHO_BACKGROUND] = { NAME("background"), "tf", NAME("false") },
    [ECHO_CONVERSATION] = { NAME("conversation"), "{", { NULL, 0 } },
    [ECHO_INSTRUCTIONS] = { NAME("instructions"), "\"[", NAME("null") },
    [ECHO_MAX_OUTPUT] = { NAME("max_output_tokens"), "0", NAME("null") },
    [ECHO_MAX_TOOL_CALLS] = { NAME("max_tool_calls"), "0", NAME("null") },
    [ECHO_MODERATION] = { NAME("moderation"), "{", { NULL, 0 } },
    [ECHO_PARALLEL] = { NAME("parallel_tool_calls"), "tf", NAME("true") },
    [ECHO_PREVIOUS] = { NAME("previous_response_id"), "\"", NAME("null") },
    [ECHO_PROMPT] = { NAME("prompt"), "{", { NULL, 0 } },
    [ECHO_CACHE_KEY] = { NAME("prompt_cache_key"), "\"", NAME("null") },
    [ECHO_CACHE_RETENTION] = { NAME("prompt_cache_retention"), "\"", { NULL, 0 } },
    [ECHO_REASONING] = { NAME("reasoning"), "{", NAME("{\"effort\":null,\"summary\":null}") },
    [ECHO_SAFETY] = { NAME("safety_identifier"), "\"", NAME("null") },
    [ECHO_TIER] = { NAME("service_tier"), "\"", NAME("\"default\"") },
    [ECHO_STORE] = { NAME("store"), "tf", NAME("true") },
    [ECHO_TEMPERATURE] = { NAME("temperature"), "0", NAME("1.0") },
    [ECHO_TEXT] = { NAME("text"), "{",
                    NAME("{\"format\":{\"type\":\"text\"},\"verbosity\":\"medium\"}") },
    [ECHO_CHOICE] = { NAME("tool_choice"), "\"{", NAME("\"auto\"") },
    [ECHO_TOOLS] = { NAME("tools"), "[", NAME("[]") },
    [ECHO_TOP_LOGPROBS] = { NAME("top_logprobs"), "0", NAME("0") },
    [ECHO_TOP_P] = { NAME("top_p"), "0", NAME("1.0") },
    [ECHO_TRUNCATION] = { NAME("truncation"), "\"", NAME("\"disabled\"") },
    [ECHO_USER] = { NAME("user"), "\"", NAME("null") },
    [ECHO_METADATA] = { NAME("metadata"), "{", NAME("{}") },
};

/* ---- reading ------------------------------------------------------------------------------ */

/*
 * Clients come back to an answer by its id, so it must be unique.  Some local servers count with three
 * digits (Ollama: "chatcmpl-" and a random number below 999, as of 2026-08): those get the name of
 * this exchange as well.
 */
static struct cp_str id_of(struct cp_call *call, struct cp_str id)
{
    static const struct cp_str prefixes[] = { NAME("chatcmpl-"), NAME("msg_") };
    struct cp_str parts[4] = { S("resp_"), id, NONE, NONE };

    if (openai_text_begins(id, "resp_"))
        parts[1] = (struct cp_str){ id.p + 5, id.n - 5 };
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (openai_text_begins(parts[1], prefixes[i].p))
            parts[1] =
                (struct cp_str){ parts[1].p + prefixes[i].n, parts[1].n - prefixes[i].n };
    if (parts[1].n == 0) {
        parts[1] = call->trace;
    } else if (parts[1].n < ID_LEAST && call->trace.n > 0) {
        parts[2] = S("_");
        parts[3] = call->trace;
    }
    return openai_text_join(call, parts, 4);
}

static int is_of_kind(struct cp_str v, const char *kinds)
{
    char kind = J->kind(v);

    for (; kind != 0 && *kinds != '\0'; kinds++)
        if (*kinds == kind)
            return 1;
    return 0;
}

static void echo_read(struct cp_call *call, struct envelope *e)
{
    struct cp_str names[ECHO_N], tier;

    for (size_t i = 0; i < ECHO_N; i++)
        names[i] = echoed[i].name;
    (void)openai_json_pick(call->request, names, ECHO_N,
                           e->echo); /* others are not told again */
    for (size_t i = 0; i < ECHO_N; i++)
        e->echo[i] = is_of_kind(e->echo[i], echoed[i].kinds) ? J->compact(call, e->echo[i])
                                                             : echoed[i].preset;
    tier = e->echo[ECHO_TIER];
    if (J->is(tier, "auto"))
        e->echo[ECHO_TIER] = echoed[ECHO_TIER].preset;
    for (size_t i = 0; i < ECHO_N; i++) /* a compacted one is lent */
        e->echo[i] = openai_text_copy(call, e->echo[i]);
}

void responses_envelope_read(struct cp_call *call, const struct cp_item *start,
                             struct envelope *e)
{
    e->id = id_of(call, start->id);
    e->model = openai_text_copy(call, chat_response_model(call, start->name));
    e->created_s = start->num > 0 ? start->num : H->now_ms() / 1000;
    echo_read(call, e);
    e->is_kept = J->kind(call->request) == '{' && openai_text_is(e->echo[ECHO_STORE], "true");
}

/* ---- writing ------------------------------------------------------------------------------- */

static void text_write(struct rj *j, struct cp_str text)
{
    struct cp_str key, v;
    size_t at = 0;

    if (J->kind(J->get(text, "format")) == '{') {
        rj_raw(j, text);
        return;
    }
    rj_open(j, '{');
    rj_key_raw(j, "format", S("{\"type\":\"text\"}"));
    while (J->each(text, &at, &key, &v))
        if (J->is(key, "verbosity"))
            rj_key_raw(j, "verbosity", v);
    rj_close(j, '}');
}

static void echo_write(struct rj *j, const struct envelope *e, int from, int to)
{
    for (int i = from; i <= to; i++) {
        if (e->echo[i].p == NULL)
            continue;
        rj_key(j, echoed[i].name.p);
        if (i == ECHO_TEXT)
            text_write(j, e->echo[i]);
        else
            rj_raw(j, i == ECHO_TIER && e->tier.n > 0 ? e->tier : e->echo[i]);
    }
}

static void status_write(struct rj *j, const struct outcome *o)
{
    rj_key_text(j, "status", o == NULL ? S("in_progress") : o->status);
    rj_key(j, "error");
    if (o != NULL && o->code.n > 0) {
        rj_open(j, '{');
        rj_key_text(j, "code", o->code);
        rj_key_text(j, "message", o->message);
        rj_close(j, '}');
    } else {
        rj_raw(j, S("null"));
    }
    rj_key(j, "incomplete_details");
    if (o != NULL && o->reason.n > 0) {
        rj_open(j, '{');
        rj_key_text(j, "reason", o->reason);
        rj_close(j, '}');
    } else {
        rj_raw(j, S("null"));
    }
}

static int is_over(const struct outcome *o)
{
    return o != NULL && !openai_text_is(o->status, "queued") &&
           !openai_text_is(o->status, "in_progress");
}

static void output_write(struct rj *j, const struct out_item *item)
{
    rj_key(j, "output");
    rj_open(j, '[');
    for (; item != NULL; item = item->next)
        if (item->is_done)
            responses_item_write(j, item, OUT_DONE);
    rj_close(j, ']');
}

static int is_counted(const struct meters *m)
{
    for (int i = 0; i < METERS_N; i++)
        if (m->n[i] >= 0)
            return 1;
    return 0;
}

void responses_envelope_write(struct rj *j, const struct envelope *e, const struct outcome *o,
                              const struct out_item *first, const struct meters *usage)
{
    rj_open(j, '{');
    rj_key_text(j, "id", e->id);
    rj_key_raw(j, "object", S("\"response\""));
    rj_key_number(j, "created_at", e->created_s);
    rj_key(j, "completed_at");
    if (o != NULL && openai_text_is(o->status, "completed"))
        rj_number(j, e->completed_s);
    else
        rj_raw(j, S("null"));
    status_write(j, o);
    echo_write(j, e, ECHO_BACKGROUND, ECHO_MODERATION);
    rj_key_text(j, "model", e->model);
    output_write(j, first);
    echo_write(j, e, ECHO_PARALLEL, ECHO_TRUNCATION);
    rj_key(j, "usage");
    if (is_over(o) && (o->code.n == 0 || is_counted(usage)))
        responses_usage_write(j, usage);
    else
        rj_raw(j, S("null"));
    echo_write(j, e, ECHO_USER, ECHO_METADATA);
    rj_close(j, '}');
}
