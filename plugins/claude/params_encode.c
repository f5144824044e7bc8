/* SPDX-License-Identifier: MIT */
/*
 * params_encode - sampling, limits, thinking and output of a request, as its model takes them.
 *
 * Planned before anything is written, because they depend on each other: thinking excludes
 * sampling, a forced tool and a prefill; its budget depends on max_tokens.
 */
#include "claude.h"

#include <stdlib.h>
#include <string.h>

static const char *const dropped = "this model refuses it";

static struct cp_str param(const struct writing *w, const char *name)
{
    return claude_param_said(w, name);
}

const struct cp_item *claude_param_item(const struct writing *w, const char *name)
{
    const struct cp_item *found = NULL;

    for (const struct ref *p = w->tree->params.first; p; p = p->next)
        if (claude_is(p->it->name, name))
            found = p->it;
    return found;
}

/* What became of a parameter, by the name its client has for it. */
void claude_param_note(struct writing *w, int deed, const char *name, const char *why)
{
    const struct cp_item *found = claude_param_item(w, name);

    if (found)
        host->note_item(w->call, deed, found, why);
    else
        claude_note(w->call, deed, name, why);
}

/* Thinking is said in one of several words. */
static void note_thinking(struct writing *w, int deed, const char *why)
{
    static const char *const names[] = { "effort", "thinking_budget", "thinking_mode" };
    int i = 0;

    while (i < 2 && !param(w, names[i]).p)
        i++;
    claude_param_note(w, deed, names[i], why);
}

/* A JSON number as a double, only to compare it; the text is what is sent. */
static double value_of(struct cp_str v)
{
    char z[32];
    size_t n = v.n < sizeof(z) - 1 ? v.n : sizeof(z) - 1;

    memcpy(z, v.n ? v.p : "", n);
    z[n] = '\0';
    return strtod(z, NULL);
}

/* ---- limits --------------------------------------------------------------------------- */

static void plan_max_tokens(struct writing *w)
{
    int64_t said = claude_int(param(w, "max_output"), -1);
    int64_t most = w->caps->max_tokens, cap = w->conf->max_tokens_cap;

    if (w->is_count) {
        w->max_tokens = -1;
        return;
    }
    w->max_tokens = said >= 0 ? said : w->conf->max_tokens_default;
    if (most && w->max_tokens > most) {
        w->max_tokens = most;
        if (said >= 0)
            claude_param_note(w, CP_APPROXIMATED, "max_output", "above this model's limit");
    }
    if (cap && w->max_tokens > cap) {
        w->max_tokens = cap;
        if (said >= 0)
            claude_param_note(w, CP_APPROXIMATED, "max_output", "above this channel's cap");
    }
}

/* ---- thinking --------------------------------------------------------------------------- */

/* source: budgets that converters agree on for each word, read 2026-08-22 */
static const struct {
    const char *word;
    int64_t budget;
    uint32_t effort;
} efforts[] = {
    { "minimal", 512, EFFORT_LOW },    { "low", 1024, EFFORT_LOW },
    { "medium", 8192, EFFORT_MEDIUM }, { "high", 24576, EFFORT_HIGH },
    { "xhigh", 32768, EFFORT_XHIGH },  { "max", 128000, EFFORT_MAX },
};
enum { EFFORTS_N = sizeof(efforts) / sizeof(efforts[0]) };

static int effort_of_budget(int64_t budget)
{
    int i = 0;

    while (i < 4 && budget > efforts[i].budget) /* max is only ever said by name */
        i++;
    return i;
}

/* The nearest level the model has that is not above; NULL: it has none. */
static const char *effort_word(const struct claude_caps *caps, int i)
{
    static const char *const words[] = { "low", "medium", "high", "xhigh", "max" };

    for (uint32_t bit = i < 0 ? 0 : efforts[i].effort; bit; bit >>= 1) {
        if (!(caps->efforts & bit))
            continue;
        int k = 0;
        while (1u << k != bit)
            k++;
        return words[k];
    }
    return NULL;
}

static int effort_said(const struct writing *w)
{
    struct cp_str v = param(w, "effort");

    for (int i = 0; i < EFFORTS_N; i++)
        if (json->is(v, efforts[i].word))
            return i;
    return -1;
}

static int is_thinking_off(const struct writing *w)
{
    return json->is(param(w, "thinking_mode"), "off") || json->is(param(w, "effort"), "none") ||
           claude_int(param(w, "thinking_budget"), -1) == 0;
}

static void plan_budget(struct writing *w, int effort)
{
    int64_t said = claude_int(param(w, "thinking_budget"), -1);
    int is_exact = json->is(param(w, "thinking_mode"), "enabled") && said > 0;
    int64_t budget = said > 0 ? said : efforts[effort < 0 ? 3 : effort].budget;

    w->thinking.how = THINK_BUDGET;
    if (!is_exact && budget < 1024 && said > 0)
        budget = 1024;
    /* a budget that nobody spelled out leaves a quarter of the output for the answer */
    if (w->max_tokens >= 0 && (!is_exact || budget >= w->max_tokens) &&
        budget > w->max_tokens / 4 * 3)
        budget = w->max_tokens / 4 * 3;
    w->thinking.budget = budget;
    if (budget < 1024) {
        w->thinking.how = THINK_UNSAID;
        note_thinking(w, CP_DROPPED, "no room for it in max_tokens");
    } else if (!is_exact || budget != said) {
        note_thinking(w, CP_APPROXIMATED, "an effort became a budget");
    }
}

static void plan_adaptive(struct writing *w, int effort)
{
    int64_t budget = claude_int(param(w, "thinking_budget"), -1);

    w->thinking.how = THINK_ADAPTIVE;
    if (effort < 0 && budget > 0) {
        effort = effort_of_budget(budget);
        note_thinking(w, CP_APPROXIMATED, "a budget became an effort");
    }
    w->thinking.effort = effort_word(w->caps, effort);
}

static void plan_display(struct writing *w)
{
    struct cp_str show = param(w, "thinking_show");

    if (json->is(show, "none"))
        w->thinking.display = "omitted";
    else if (json->kind(show) == '"' && w->thinking.how == THINK_ADAPTIVE)
        w->thinking.display = "summarized"; /* models with budgets show it anyway */
}

/* Who speaks this dialect says effort without thinking and means the answer's, no thought. */
static int is_effort_alone(const struct writing *w)
{
    return w->is_from_claude && !param(w, "thinking_mode").p;
}

static void plan_thinking(struct writing *w)
{
    int effort = effort_said(w), way = w->conf->thinking;
    int is_said = effort >= 0 || param(w, "thinking_mode").p || param(w, "thinking_budget").p ||
                  json->is(param(w, "effort"), "auto");
    int is_adaptive =
        way == THINK_ADAPTIVE || (way == WAY_AUTO && (w->caps->can & CAN_ADAPTIVE));
    /* where both are possible, what was said decides */
    if (way == WAY_AUTO && (w->caps->can & CAN_BUDGET) &&
        json->is(param(w, "thinking_mode"), "enabled"))
        is_adaptive = 0;

    if (is_thinking_off(w)) {
        w->thinking.how = THINK_OFF;
        w->thinking.effort = effort_word(w->caps, effort);
    } else if (is_effort_alone(w)) {
        w->thinking.effort = effort_word(w->caps, effort);
    } else if (is_said && is_adaptive) {
        plan_adaptive(w, effort);
    } else if (is_said && (way == THINK_BUDGET || (w->caps->can & CAN_BUDGET))) {
        plan_budget(w, effort);
        if (w->is_from_claude)
            w->thinking.effort = effort_word(w->caps, effort);
    } else if (is_said) {
        note_thinking(w, CP_DROPPED, "this model does not think");
    }
    if (w->thinking.how == THINK_BUDGET || w->thinking.how == THINK_ADAPTIVE)
        plan_display(w);
}

static int is_tool_forced(const struct writing *w)
{
    const struct ref *c = w->tree->choices.first;

    return w->tree->tools.first && ((c && (c->it->sub == CP_ANY || c->it->sub == CP_NAMED ||
                                           c->it->sub == CP_AMONG_ANY)));
}

/* In a tool loop the service wants the thought that led to the call; one of another maker
 * cannot be sent, so then there must be no thinking at all. */
static int is_thought_missing(const struct writing *w)
{
    const struct node *turn = NULL, *last = w->tree->messages.last;

    if (!last || !last->child || last->child->kind != CP_TOOL_RESULT)
        return 0;
    for (const struct node *m = w->tree->messages.first; m; m = m->next)
        if (m->sub == CP_ASSISTANT)
            turn = m;
    return turn && turn->child && turn->child->kind != CP_REASONING;
}

static void restrain_thinking(struct writing *w)
{
    const char *why = NULL;
    int is_on = w->thinking.how == THINK_BUDGET || w->thinking.how == THINK_ADAPTIVE;

    if (!is_on)
        return;
    if (is_tool_forced(w) || w->forced_tool.n)
        why = "the service refuses it with a forced tool";
    else if (w->has_prefill)
        why = "the service refuses it with a prefill";
    else if (w->thinking.how == THINK_BUDGET && is_thought_missing(w))
        why = "a call in progress has no thought of this maker";
    if (!why)
        return;
    w->thinking.how = THINK_OFF;
    w->thinking.display = NULL;
    note_thinking(w, CP_DROPPED, why);
}

/* ---- output ------------------------------------------------------------------------------ */

static void plan_format(struct writing *w)
{
    struct cp_str format = param(w, "format"), type = json->get(format, "type");

    if (json->is(type, "json")) {
        w->hint = S("Reply with one JSON object and nothing else.");
        claude_param_note(w, CP_APPROXIMATED, "format", "asked for in the system prompt");
    } else if (json->is(type, "enum")) {
        struct cp_str list = json->get(json->get(format, "schema"), "enum");
        w->hint = claude_format(w->call,
                                "Reply with exactly one of these values and nothing else: %.*s",
                                (int)list.n, list.p ? list.p : "");
        claude_param_note(w, CP_APPROXIMATED, "format", "asked for in the system prompt");
    } else if (json->is(type, "json_schema") && !(w->caps->can & CAN_FORMAT)) {
        w->forced_tool = host->rename(w->call, S(CLAUDE_FORCED_TOOL), 128, 0);
        claude_param_note(w, CP_APPROXIMATED, "format", "said as a tool that must be called");
    }
}

int claude_params_plan(struct writing *w)
{
    if (claude_int(param(w, "n"), 1) > 1)
        return host->fail_item(w->call, CP_E_UNSUPPORTED, claude_param_item(w, "n"),
                               "this service gives one answer");
    plan_max_tokens(w);
    plan_format(w);
    plan_thinking(w);
    restrain_thinking(w);
    return CP_OK;
}

/* ---- writing -------------------------------------------------------------------------------- */

static const struct cp_item *top_native(const struct writing *w, const char *path)
{
    for (const struct ref *n = w->tree->natives.first; n; n = n->next)
        if (claude_is(n->it->name, path))
            return n->it;
    return NULL;
}

/* Members of "thinking." and the like, from inside that object. */
static void natives_in(struct writing *w, const char *prefix)
{
    for (const struct ref *n = w->tree->natives.first; n; n = n->next)
        if (claude_begins(n->it->name, prefix))
            claude_put_raw(w->out, claude_cstr(w->call, claude_native_key(n->it)), n->it->text);
}

static int has_natives_in(const struct writing *w, const char *prefix)
{
    for (const struct ref *n = w->tree->natives.first; n; n = n->next)
        if (claude_begins(n->it->name, prefix))
            return 1;
    return 0;
}

static void thinking_write(struct writing *w)
{
    const struct thinking *t = &w->thinking;
    static const char *const types[] = { "", "enabled", "adaptive", "disabled" };

    if (t->how == THINK_UNSAID)
        return;
    json->key(w->out, "thinking");
    json->open(w->out, '{');
    claude_put_text(w->out, "type", (struct cp_str){ types[t->how], strlen(types[t->how]) });
    if (t->how == THINK_BUDGET)
        claude_put_int(w->out, "budget_tokens", t->budget);
    if (t->display)
        claude_put_text(w->out, "display", (struct cp_str){ t->display, strlen(t->display) });
    natives_in(w, "thinking.");
    json->close(w->out);
}

static void format_write(struct writing *w, struct cp_str format)
{
    struct cp_str schema = json->get(format, "schema");

    json->key(w->out, "format");
    json->open(w->out, '{');
    claude_put_text(w->out, "type", S("json_schema"));
    json->key(w->out, "schema");
    claude_schema_strict(w->call, w->out, schema, claude_param_item(w, "format"));
    json->close(w->out);
}

static void output_write(struct writing *w)
{
    struct cp_str format = param(w, "format");
    const char *effort = w->thinking.effort;
    int has_format = json->is(json->get(format, "type"), "json_schema") && !w->forced_tool.n;

    if (!effort && !has_format && !has_natives_in(w, "output_config."))
        return;
    json->key(w->out, "output_config");
    json->open(w->out, '{');
    if (effort)
        claude_put_text(w->out, "effort", (struct cp_str){ effort, strlen(effort) });
    if (has_format)
        format_write(w, format);
    natives_in(w, "output_config.");
    json->close(w->out);
}

static int may_sample(const struct writing *w)
{
    int way = w->conf->sampling;

    return way == SAMPLING_KEEP || (way == WAY_AUTO && (w->caps->can & CAN_SAMPLE));
}

static void drop_param(struct writing *w, const char *name, const char *why)
{
    claude_param_note(w, CP_DROPPED, name, why);
}

static int temperature_write(struct writing *w, int is_thinking)
{
    struct cp_str v = param(w, "temperature");
    double t = value_of(v);

    if (json->kind(v) != '0')
        return 0;
    if (t != 1.0 && (!may_sample(w) || is_thinking)) {
        drop_param(w, "temperature", is_thinking ? "not with thinking" : dropped);
        return 0;
    }
    if (t > 1.0) {
        claude_param_note(w, CP_APPROXIMATED, "temperature", "1 is the most");
        v = S("1");
    }
    claude_put_raw(w->out, "temperature", v);
    return 1;
}

static void sampling_write(struct writing *w)
{
    int is_thinking = w->thinking.how == THINK_BUDGET || w->thinking.how == THINK_ADAPTIVE;
    struct cp_str top_p = param(w, "top_p"), top_k = param(w, "top_k");
    int has_temperature = temperature_write(w, is_thinking);
    double p = value_of(top_p);

    if (json->kind(top_p) == '0') {
        if ((!may_sample(w) && p < 0.99) || (is_thinking && p < 0.95))
            drop_param(w, "top_p", is_thinking ? "not with thinking" : dropped);
        else if (has_temperature && !(w->caps->can & CAN_TEMP_WITH_TOP_P) &&
                 w->conf->sampling != SAMPLING_KEEP)
            drop_param(w, "top_p", "not together with temperature");
        else
            claude_put_raw(w->out, "top_p", top_p);
    }
    if (json->kind(top_k) == '0') {
        if (!may_sample(w) || is_thinking)
            drop_param(w, "top_k", is_thinking ? "not with thinking" : dropped);
        else
            claude_put_raw(w->out, "top_k", top_k);
    }
}

static void stop_write(struct writing *w)
{
    struct cp_str stop = param(w, "stop"), v;
    int is_open = 0;

    if (json->kind(stop) != '[')
        return;
    for (size_t at = 0; json->each(stop, &at, NULL, &v);) {
        struct cp_str text = json->text(w->call, v);
        if (claude_is_blank(text)) {
            drop_param(w, "stop", "white space alone is refused");
            continue;
        }
        if (!is_open) {
            json->key(w->out, "stop_sequences");
            json->open(w->out, '[');
        }
        is_open = 1;
        json->raw(w->out, v);
    }
    if (is_open)
        json->close(w->out);
}

/* Ids above 256 characters are refused; a digest is as stable. */
static void metadata_write(struct writing *w)
{
    struct cp_str v = param(w, "safety_id");

    if (json->kind(v) != '"')
        v = param(w, "user");
    else if (param(w, "user").p)
        drop_param(w, "user", "another identifier says who it is");
    if (json->kind(v) != '"' && !has_natives_in(w, "metadata."))
        return;
    json->key(w->out, "metadata");
    json->open(w->out, '{');
    if (json->kind(v) == '"') {
        struct cp_str user = json->text(w->call, v);
        if (user.n > 256)
            user = host->digest(w->call, user);
        claude_put_text(w->out, "user_id", user);
    }
    natives_in(w, "metadata.");
    json->close(w->out);
}

static int has_fast_beta(const struct writing *w)
{
    return claude_has(host->get_header(w->call, CP_REQUEST, "anthropic-beta"), "fast-mode") ||
           claude_has(w->conf->beta, "fast-mode");
}

static void tier_write(struct writing *w)
{
    struct cp_str tier = param(w, "tier");

    if (json->kind(tier) != '"')
        return;
    if (json->is(tier, "fast") && !has_fast_beta(w) && top_native(w, "service_tier")) {
        claude_param_note(w, CP_APPROXIMATED, "tier", "the request lacks the beta for it");
        return;
    }
    if (json->is(tier, "default"))
        claude_put_text(w->out, "service_tier", S("standard_only"));
    else if (json->is(tier, "fast") && has_fast_beta(w))
        claude_put_text(w->out, "speed", S("fast"));
    else {
        claude_put_text(w->out, "service_tier", S("auto"));
        if (!json->is(tier, "auto"))
            claude_param_note(w, CP_APPROXIMATED, "tier", "this service chooses by itself");
    }
}

static void cache_write(struct writing *w)
{
    struct cp_str ttl = param(w, "cache_retention");

    if (json->kind(param(w, "cache_auto")) != 't')
        return;
    json->key(w->out, "cache_control");
    json->open(w->out, '{');
    claude_put_text(w->out, "type", S("ephemeral"));
    if (json->is(ttl, "5m") || json->is(ttl, "1h"))
        claude_put_raw(w->out, "ttl", ttl);
    json->close(w->out);
}

void claude_params_write(struct writing *w)
{
    if (w->max_tokens >= 0)
        claude_put_int(w->out, "max_tokens", w->max_tokens);
    if (!w->is_count) {
        sampling_write(w);
        stop_write(w);
        metadata_write(w);
        tier_write(w);
        if (w->call->stream)
            claude_put_raw(w->out, "stream", S("true"));
    }
    if (!top_native(w, "thinking"))
        thinking_write(w);
    output_write(w);
    cache_write(w);
    for (const struct ref *n = w->tree->natives.first; n; n = n->next)
        if (claude_native_key(n->it).n == n->it->name.n && !claude_is(n->it->name, "system"))
            claude_put_raw(w->out, claude_cstr(w->call, n->it->name), n->it->text);
    claude_params_note(w);
}
