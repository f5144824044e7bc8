/* SPDX-License-Identifier: MIT */
/*
 * tools_encode - tools and tool_choice of a request.
 */
#include "claude.h"

#include <string.h>

/* ---- tools the service runs ------------------------------------------------------------ */

/* Types of this service end in a date. */
static int is_own_type(struct cp_str type)
{
    size_t i = type.n;

    while (i && type.p[i - 1] >= '0' && type.p[i - 1] <= '9')
        i--;
    return (type.n - i == 8 && i && type.p[i - 1] == '_') || claude_is(type, "mcp_toolset");
}

/* Spelled by this dialect, so it is sent as it is. */
static int is_own(const struct cp_item *tool)
{
    return tool->text.n && is_own_type(tool->id);
}

static const struct {
    const char *words[4]; /* what others call it */
    const char *type, *name;
} hosted[] = {
    { { "web_search", "googleSearch", "google_search", "web_search_preview" },
      "web_search_20250305",
      "web_search" },
    { { "web_fetch", "urlContext", "url_context", NULL }, "web_fetch_20250910", "web_fetch" },
    { { "code_interpreter", "codeExecution", "code_execution", NULL },
      "code_execution_20250825",
      "code_execution" },
};

static int hosted_of(struct cp_str word)
{
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 4 && hosted[i].words[k]; k++)
            if (claude_begins(word, hosted[i].words[k]))
                return i;
    return -1;
}

/* What another maker's tool says and this one has not. */
static void losses_note(struct writing *w, struct cp_str tool, int is_search)
{
    static const char *const said[] = { "type", "name", "user_location", "filters" };
    struct cp_str key, v, inner;
    size_t n = is_search ? 4 : 2, known;

    for (size_t at = 0; json->kind(tool) == '{' && json->each(tool, &at, &key, &v);) {
        for (known = 0; known < n && !json->is(key, said[known]); known++)
            ;
        size_t first = 0;
        int is_empty = json->kind(v) == '{' && !json->each(v, &first, NULL, &inner);
        if (known < n || is_empty || json->kind(v) == 'n' ||
            json->is(json->get(v, "type"), "auto"))
            continue;
        if (json->is(key, "googleSearch") || json->is(key, "google_search"))
            losses_note(w, v, is_search);
        else
            host->note_item(w->call, CP_DROPPED,
                            &(struct cp_item){ CP_ITEM(PARAM), .text = v,
                                               .name = json->text(w->call, key) },
                            "this service's tool has no such setting");
    }
}

/* One list of the two is all that the service takes. */
static void domains_write(struct writing *w, struct cp_str filters)
{
    struct cp_str allowed = json->get(filters, "allowed_domains");
    struct cp_str blocked = json->get(filters, "blocked_domains");

    if (json->kind(allowed) == '[')
        claude_put_raw(w->out, "allowed_domains", allowed);
    else if (json->kind(blocked) == '[')
        claude_put_raw(w->out, "blocked_domains", blocked);
    if (json->kind(allowed) == '[' && json->kind(blocked) == '[')
        host->note_item(
            w->call, CP_DROPPED,
            &(struct cp_item){ CP_ITEM(PARAM), .text = blocked, .name = S("blocked_domains") },
            "not beside allowed_domains");
}

/* Here the place stands beside its type; chat has it in a member of its own. */
static void location_write(struct writing *w, struct cp_str place)
{
    static const char *const said[] = { "city", "region", "country", "timezone" };
    struct cp_str inner = json->get(place, "approximate");

    if (!json->is(json->get(place, "type"), "approximate"))
        return;
    inner = json->kind(inner) == '{' ? inner : place;
    json->key(w->out, "user_location");
    json->open(w->out, '{');
    claude_put_text(w->out, "type", S("approximate"));
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
        if (json->kind(json->get(inner, said[i])) == '"')
            claude_put_raw(w->out, said[i], json->get(inner, said[i]));
    json->close(w->out);
}

static void hosted_write(struct writing *w, const struct node *t)
{
    const struct cp_item *it = t->head;
    int i = hosted_of(it->id.n ? it->id : it->name);

    json->open(w->out, '{');
    claude_put_text(w->out, "type", (struct cp_str){ hosted[i].type, strlen(hosted[i].type) });
    claude_put_text(w->out, "name", (struct cp_str){ hosted[i].name, strlen(hosted[i].name) });
    if (i == 0) {
        domains_write(w, json->get(it->text, "filters"));
        location_write(w, json->get(it->text, "user_location"));
    }
    losses_note(w, it->text, i == 0);
    claude_mark_write(w->out, t);
    json->close(w->out);
    host->note_item(w->call, CP_MAPPED, it, "a hosted tool by this service's name");
}

/* ---- tools the client runs --------------------------------------------------------------- */

/* A tool of free text takes one string; what its grammar says goes into the description. */
static void custom_write(struct writing *w, const struct cp_item *it)
{
    struct cp_str grammar = json->text(w->call, json->get(it->text, "definition"));
    struct cp_str prose = it->meta;

    if (grammar.n)
        prose = claude_format(w->call, "%.*s\n\nThe input follows this grammar:\n%.*s",
                              (int)prose.n, prose.n ? prose.p : "", (int)grammar.n, grammar.p);
    if (prose.n)
        claude_put_text(w->out, "description", prose);
    claude_put_raw(w->out, "input_schema",
                   S("{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\"}},"
                     "\"required\":[\"input\"]}"));
    host->note_item(w->call, CP_MAPPED, it, "a tool of free text takes an object here");
}

static void function_write(struct writing *w, const struct node *t)
{
    const struct cp_item *it = t->head;
    struct cp_str schema = claude_props_schema(w, t);

    if (it->meta.p)
        claude_put_text(w->out, "description", it->meta);
    json->key(w->out, "input_schema");
    if (it->num == 1)
        claude_schema_strict(w->call, w->out,
                             json->get(schema, "type").p ? schema : S(CLAUDE_NO_SCHEMA), it);
    else
        claude_schema_tool(w->call, w->out, schema, it);
    if (it->num >= 0)
        claude_put_raw(w->out, "strict", it->num ? S("true") : S("false"));
}

static void tool_write(struct writing *w, const struct node *t)
{
    const struct cp_item *it = t->head;

    if (it->kind == CP_NATIVE || (it->sub >= CP_TOOL_CLIENT && is_own(it))) {
        json->raw(w->out, it->text);
        return;
    }
    if (claude_mcp_is(it)) {
        claude_mcp_tool_write(w, t);
        return;
    }
    if (it->sub >= CP_TOOL_CLIENT) {
        hosted_write(w, t);
        return;
    }
    json->open(w->out, '{');
    if (claude_is(it->id, "custom") && it->sub == CP_TOOL_FUNCTION)
        claude_put_text(w->out, "type", it->id);
    claude_put_text(w->out, "name", t->name);
    if (it->sub == CP_TOOL_CUSTOM) {
        claude_custom_note(w->call, t->name);
        custom_write(w, it);
    }
    if (it->sub == CP_TOOL_FUNCTION)
        function_write(w, t);
    claude_natives_write(w, &t->natives);
    claude_mark_write(w->out, t);
    json->close(w->out);
}

/* ---- which of them ------------------------------------------------------------------------- */

static uint32_t choice_sub(const struct writing *w)
{
    const struct ref *c = w->tree->choices.first;

    return c ? c->it->sub : 0;
}

/* ---- a set of names ------------------------------------------------------------------------- */

struct names {
    struct cp_str *slots;
    size_t mask;
};

static int names_init(struct writing *w, struct names *set, size_t n)
{
    size_t slots = 8;

    while (slots < n * 2)
        slots *= 2;
    set->mask = slots - 1;
    set->slots = host->alloc(w->call, slots * sizeof(*set->slots));
    return set->slots != NULL;
}

/* Where it is, or where it would be. */
static struct cp_str *names_find(const struct writing *w, const struct names *set,
                                 struct cp_str name)
{
    size_t i = claude_hash(w->call, name) & set->mask;

    while (set->slots[i].p && !claude_equal(set->slots[i], name))
        i = (i + 1) & set->mask;
    return &set->slots[i];
}

static size_t count_refs(const struct ref *r)
{
    size_t n = 0;

    for (; r; r = r->next)
        n++;
    return n;
}

static void drop_disallowed(struct writing *w)
{
    struct names allowed;
    uint32_t sub = choice_sub(w);

    if ((sub != CP_AMONG_AUTO && sub != CP_AMONG_ANY) ||
        !names_init(w, &allowed, count_refs(w->tree->choices.first)))
        return;
    for (const struct ref *c = w->tree->choices.first; c; c = c->next)
        if (c->it->name.n)
            *names_find(w, &allowed, c->it->name) = c->it->name;
    for (struct node *t = w->tree->tools.first; t; t = t->next)
        if (t->kind == CP_TOOL && !names_find(w, &allowed, t->head->name)->p)
            t->is_dropped = 1;
}

/* Of tools with one name the last is meant; the service refuses two. */
static void drop_twins(struct writing *w)
{
    struct names seen;
    size_t n = 0;

    for (struct node *t = w->tree->tools.first; t; t = t->next)
        n++;
    struct node **all = host->alloc(w->call, (n + 1) * sizeof(*all));
    if (!all || !names_init(w, &seen, n))
        return;
    n = 0;
    for (struct node *t = w->tree->tools.first; t; t = t->next)
        all[n++] = t;
    while (n--) {
        struct node *t = all[n];
        if (t->kind != CP_TOOL || !t->name.n || t->is_dropped || claude_mcp_is(t->head))
            continue;
        struct cp_str *slot = names_find(w, &seen, t->name);
        t->is_dropped = slot->p != NULL;
        *slot = t->name;
    }
}

/* A tool that must be called, and cannot be. */
static int is_forced(struct writing *w, const struct node *t)
{
    const struct cp_item *it = w->tree->choices.first ? w->tree->choices.first->it : NULL;

    return it && it->sub == CP_NAMED && t->kind == CP_TOOL && !t->is_dropped &&
           claude_equal(it->name, t->head->name);
}

static int is_known(const struct node *t)
{
    const struct cp_item *it = t->head;

    return it->kind == CP_NATIVE || it->sub <= CP_TOOL_CUSTOM || is_own(it) ||
           claude_mcp_is(it) || hosted_of(it->id.n ? it->id : it->name) >= 0;
}

int claude_tools_plan(struct writing *w)
{
    struct node **link = &w->tree->tools.first;
    int rc = CP_OK;

    for (struct node *t = *link; t; t = t->next)
        if (t->kind == CP_TOOL && t->sub <= CP_TOOL_CUSTOM)
            t->name = claude_tool_name(w->call, NOTHING, t->head->name);
    drop_disallowed(w);
    drop_twins(w);
    w->tree->tools.last = NULL;
    while (*link) {
        struct node *t = *link;
        if (t->is_dropped || !is_known(t)) {
            if (is_forced(w, t))
                rc = host->fail_item(w->call, CP_E_UNSUPPORTED, w->tree->choices.first->it,
                                     "the tool it forces cannot be sent to this service");
            claude_note_node(w->call, CP_DROPPED, t,
                             t->is_dropped ? "not allowed, or a later tool has its name"
                                           : "this service has no such tool");
            *link = t->next;
            continue;
        }
        w->tree->tools.last = t;
        link = &t->next;
    }
    return rc;
}

/* A format said as a tool: for models that have no output_config.format. */
static void forced_write(struct writing *w)
{
    struct cp_str format = claude_param(w->tree, "format");

    json->open(w->out, '{');
    claude_put_text(w->out, "name", w->forced_tool);
    claude_put_text(w->out, "description", S("Give your whole answer by calling this tool."));
    json->key(w->out, "input_schema");
    claude_schema_tool(w->call, w->out, json->get(format, "schema"),
                       claude_param_item(w, "format"));
    json->close(w->out);
}

static const char *choice_word(uint32_t sub)
{
    switch (sub) {
    case CP_NONE:
        return "none";
    case CP_ANY:
    case CP_AMONG_ANY:
        return "any";
    case CP_NAMED:
        return "tool";
    default:
        return "auto";
    }
}

static void choice_write(struct writing *w)
{
    char parallel = json->kind(claude_param(w->tree, "parallel_tools"));
    uint32_t sub = w->forced_tool.n ? CP_NAMED : choice_sub(w);

    if (sub == CP_NONE && parallel != 0)
        claude_param_note(w, CP_MAPPED, "parallel_tools", "there is nothing to call");
    if (!sub && parallel != 'f')
        return;
    const char *word = choice_word(sub);
    json->key(w->out, "tool_choice");
    json->open(w->out, '{');
    claude_put_text(w->out, "type", (struct cp_str){ word, strlen(word) });
    if (w->forced_tool.n)
        claude_put_text(w->out, "name", w->forced_tool);
    else if (sub == CP_NAMED)
        claude_put_text(w->out, "name",
                        claude_tool_name(w->call, NOTHING, w->tree->choices.first->it->name));
    if (sub != CP_NONE && (parallel == 'f' || parallel == 't'))
        claude_put_raw(w->out, "disable_parallel_tool_use",
                       parallel == 'f' ? S("true") : S("false"));
    for (const struct ref *n = w->tree->natives.first; n; n = n->next)
        if (claude_begins(n->it->name, "tool_choice."))
            claude_put_raw(w->out, claude_cstr(w->call, claude_native_key(n->it)), n->it->text);
    json->close(w->out);
}

/* Of what was said about tools, when none is left. */
static void nothing_note(struct writing *w)
{
    static const char why[] = "there is nothing to call";

    if (claude_param_item(w, "parallel_tools"))
        claude_param_note(w, CP_MAPPED, "parallel_tools", why);
    for (const struct ref *c = w->tree->choices.first; c; c = c->next)
        host->note_item(w->call,
                        c->it->sub == CP_ANY || c->it->sub == CP_AMONG_ANY ? CP_DROPPED
                                                                           : CP_MAPPED,
                        c->it, why);
}

void claude_tools_write(struct writing *w)
{
    if (!w->tree->tools.first && !w->forced_tool.n) {
        nothing_note(w);
        return;
    }
    json->key(w->out, "tools");
    json->open(w->out, '[');
    for (const struct node *t = w->tree->tools.first; t; t = t->next)
        tool_write(w, t);
    if (w->forced_tool.n)
        forced_write(w);
    json->close(w->out);
    choice_write(w);
    claude_mcp_servers_write(w);
}
