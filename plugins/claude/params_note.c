/* SPDX-License-Identifier: MIT */
/*
 * params_note - what became of parameters that this service has no member for.
 *
 * Written after all others.  What changes nothing (a switch that is off, a name nobody reads) is
 * no loss, and is told as said in other words.
 */
#include "claude.h"

struct cp_str claude_param_said(const struct writing *w, const char *name)
{
    struct cp_str v = claude_param(w->tree, name);

    return json->kind(v) == 'n' ? NOTHING : v;
}

/* A decoder may put a value where nobody said one: such has no place. */
static int is_said_by_client(const struct writing *w, const char *name)
{
    const struct cp_item *it = claude_param_item(w, name);

    return it && it->id.n > 0;
}

static const struct {
    const char *name, *why;
    int deed;
} unknown[] = {
    { "min_p", "not a parameter of this service", CP_DROPPED },
    { "seed", "not a parameter of this service", CP_DROPPED },
    { "presence_penalty", "not a parameter of this service", CP_DROPPED },
    { "frequency_penalty", "not a parameter of this service", CP_DROPPED },
    { "logit_bias", "not a parameter of this service", CP_DROPPED },
    { "logprobs", "the service tells none", CP_DROPPED },
    { "top_logprobs", "the service tells none", CP_DROPPED },
    { "verbosity", "not a parameter of this service", CP_DROPPED },
    { "metadata", "the service keeps no metadata", CP_DROPPED },
    { "store", "the service keeps no answers", CP_DROPPED },
    { "cache_key", "what is cached is marked, and found by itself", CP_MAPPED },
};

static void cache_note(struct writing *w)
{
    struct cp_str ttl = claude_param_said(w, "cache_retention");
    int is_long = json->is(ttl, "24h") && w->conf->cache_marks != MARKS_OFF;

    if (!ttl.p || json->is(ttl, "5m") || json->is(ttl, "1h"))
        return;
    if (is_long)
        claude_param_note(w, CP_APPROXIMATED, "cache_retention", "an hour is the longest");
    else
        claude_param_note(w, CP_MAPPED, "cache_retention", "the service's own time");
}

/* Nobody reads the name; a schema binds here in any case. */
static void format_note(struct writing *w)
{
    struct cp_str format = claude_param_said(w, "format");
    struct cp_str strict = json->get(format, "strict");
    int is_less = json->get(format, "description").p || json->kind(strict) == 'f';

    if (!json->is(json->get(format, "type"), "json_schema") || w->forced_tool.n)
        return;
    if (is_less)
        claude_param_note(w, CP_APPROXIMATED, "format",
                          "the schema alone is said, and it binds");
    else if (json->get(format, "name").p || strict.p)
        claude_param_note(w, CP_MAPPED, "format", "a schema needs no name here, and it binds");
}

static void show_note(struct writing *w)
{
    struct cp_str show = claude_param_said(w, "thinking_show");
    int is_on = w->thinking.how == THINK_BUDGET || w->thinking.how == THINK_ADAPTIVE;

    if (!is_said_by_client(w, "thinking_show"))
        return;
    if (!is_on)
        claude_param_note(w, CP_MAPPED, "thinking_show", "there is no thought to show");
    else if (!w->thinking.display || !json->is(show, "none"))
        claude_param_note(w, CP_MAPPED, "thinking_show",
                          "thoughts are shown as the model tells them");
}

void claude_params_note(struct writing *w)
{
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        struct cp_str v = claude_param_said(w, unknown[i].name);
        if (v.p && is_said_by_client(w, unknown[i].name))
            claude_param_note(w, json->kind(v) == 'f' ? CP_MAPPED : unknown[i].deed,
                              unknown[i].name, unknown[i].why);
    }
    cache_note(w);
    format_note(w);
    show_note(w);
}
