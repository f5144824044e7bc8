/* SPDX-License-Identifier: MIT */
/*
 * props - names of a tool's properties that this service refuses: other than ^[a-zA-Z0-9_.-]{1,64}$.
 *
 * Tools of real programs have them: $filter, "first name", very long ones.  Each gets a legal name
 * in the schema and in the arguments of the calls that went before, and its own name back in the
 * answer.  Nothing but these names changes: the rest of the text is copied as it is.
 *
 * An answer finds the names, and which tools have such, in the host's table of renamed tools,
 * under names with blanks that no tool can have.  The names that are legal already are claimed
 * there first, so that no other becomes the same.
 *
 * source: the service's 400 "Property keys should match pattern", as of 2026-08
 */
#include "claude.h"

#include <string.h>

enum { LONGEST = 64, MARK_LONGEST = 1024, DEEPEST = 64 };
static const char property[] = "property: ", spelled_property[] = "property__";
static const char tool_mark[] = "properties of: ", spelled_tool[] = "properties_of__";
enum { PROPERTY_BYTES = sizeof(property) - 1 };

static int is_legal(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-' || c == '.'))
            return 0;
    }
    return s.n <= LONGEST;
}

/* ---- a text and what is to stand in it instead -------------------------------------------- */

struct edit {
    struct cp_str old, now; /* old: where it stands */
};
struct edits {
    struct cp_call *call;
    struct cp_str (*name_for)(struct edits *, struct cp_str name); /* p NULL: it stays */
    const struct claude_props *props;
    struct edit *list;
    size_t n, room;
};

static struct cp_str unescape(struct cp_call *call, struct cp_str spelled)
{
    if (!spelled.n || !memchr(spelled.p, '\\', spelled.n))
        return spelled;
    return json->text(call, (struct cp_str){ spelled.p - 1, spelled.n + 2 });
}

/* spelled: as it stands between its quotes. */
static void edit(struct edits *e, struct cp_str spelled)
{
    struct cp_str now = e->name_for(e, unescape(e->call, spelled));

    if (!now.p)
        return;
    if (e->n == e->room) {
        size_t room = e->room ? e->room * 2 : 16;
        struct edit *list = host->alloc(e->call, room * sizeof(*list));
        if (!list)
            return;
        for (size_t i = 0; i < e->n; i++)
            list[i] = e->list[i];
        e->list = list;
        e->room = room;
    }
    e->list[e->n++] = (struct edit){ spelled, claude_escape(e->call, now) };
}

static struct cp_str edited(struct edits *e, struct cp_str text)
{
    size_t room = text.n, n = 0;
    const char *from = text.p;

    for (size_t i = 0; i < e->n; i++)
        room += e->list[i].now.n;
    char *p = e->n ? host->alloc(e->call, room) : NULL;
    if (!p)
        return text;
    for (size_t i = 0; i <= e->n; i++) {
        const char *to = i < e->n ? e->list[i].old.p : text.p + text.n;
        memcpy(p + n, from, (size_t)(to - from));
        n += (size_t)(to - from);
        if (i == e->n)
            break;
        memcpy(p + n, e->list[i].now.p, e->list[i].now.n);
        n += e->list[i].now.n;
        from = to + e->list[i].old.n;
    }
    return (struct cp_str){ p, n };
}

/* ---- where names stand in a schema --------------------------------------------------------- */

static void schema_walk(struct edits *e, struct cp_str schema, int depth);

static int is_among(struct cp_str key, const char *const *words)
{
    for (; *words; words++)
        if (json->is(key, *words))
            return 1;
    return 0;
}

/* ["a","b"], or names with such lists or with schemas behind them. */
static void names_walk(struct edits *e, struct cp_str v, int depth)
{
    struct cp_str key, one;
    int is_object = json->kind(v) == '{';

    if (!is_object && json->kind(v) != '[')
        return;
    for (size_t at = 0; json->each(v, &at, &key, &one);) {
        if (is_object)
            edit(e, key);
        if (!is_object && json->kind(one) == '"')
            edit(e, (struct cp_str){ one.p + 1, one.n - 2 });
        else if (is_object && json->kind(one) == '[')
            names_walk(e, one, DEEPEST);
        else if (is_object)
            schema_walk(e, one, depth + 1);
    }
}

static void children_walk(struct edits *e, struct cp_str v, int depth)
{
    struct cp_str one;

    for (size_t at = 0; json->each(v, &at, NULL, &one);)
        schema_walk(e, one, depth + 1);
}

/* "#/properties/a b/items": names of properties stand in the way to what is referred to.  Those
 * that are escaped there stay. */
static void ref_walk(struct edits *e, struct cp_str ref)
{
    struct cp_str s = { ref.p + 1, ref.n - 2 };
    int is_name = 0;

    if (!claude_begins(s, "#/") || memchr(s.p, '\\', s.n))
        return;
    for (size_t i = 2, n; i < s.n; i = n + 1) {
        for (n = i; n < s.n && s.p[n] != '/'; n++)
            ;
        struct cp_str step = { s.p + i, n - i };
        if (is_name && !memchr(step.p, '%', step.n) && !memchr(step.p, '~', step.n))
            edit(e, step);
        is_name = !is_name && claude_is(step, "properties");
    }
}

static void schema_walk(struct edits *e, struct cp_str schema, int depth)
{
    static const char *const names[] = { "properties",        "required",
                                         "dependentRequired", "dependentSchemas",
                                         "dependencies",      NULL };
    static const char *const many[] = {
        "patternProperties", "$defs", "definitions", "anyOf", "oneOf", "allOf",
        "prefixItems",       NULL
    };
    static const char *const single[] = { "items",
                                          "additionalProperties",
                                          "additionalItems",
                                          "unevaluatedProperties",
                                          "not",
                                          "unevaluatedItems",
                                          "contains",
                                          "if",
                                          "then",
                                          "else",
                                          NULL };
    struct cp_str key, v;

    if (json->kind(schema) != '{' || depth >= DEEPEST)
        return;
    for (size_t at = 0; json->each(schema, &at, &key, &v);) {
        char kind = json->kind(v);
        if (is_among(key, names))
            names_walk(e, v, depth);
        else if (is_among(key, many) || (is_among(key, single) && kind == '['))
            children_walk(e, kind == '{' || kind == '[' ? v : S("[]"), depth);
        else if (is_among(key, single))
            schema_walk(e, v, depth + 1);
        else if (json->is(key, "$ref") && kind == '"')
            ref_walk(e, v);
    }
}

/* ---- where they stand in arguments: a key is a key ----------------------------------------- */

static void keys_walk(struct edits *e, struct cp_str v, int depth)
{
    struct cp_str key, one;
    char kind = json->kind(v);

    if ((kind != '{' && kind != '[') || depth >= DEEPEST)
        return;
    for (size_t at = 0; json->each(v, &at, &key, &one);) {
        if (kind == '{')
            edit(e, key);
        keys_walk(e, one, depth + 1);
    }
}

/* ---- the names of a request ------------------------------------------------------------------ */

struct claude_props {
    struct cp_str *slots; /* what is renamed; a set */
    size_t mask;
};

static struct cp_str *slot_of(struct cp_call *call, const struct claude_props *props,
                              struct cp_str name)
{
    size_t i = claude_hash(call, name) & props->mask;

    while (props->slots[i].p && !claude_equal(props->slots[i], name))
        i = (i + 1) & props->mask;
    return &props->slots[i];
}

static struct cp_str marked(struct cp_call *call, const char *mark, struct cp_str name)
{
    return claude_format(call, "%s%.*s", mark, (int)name.n, name.n ? name.p : "");
}

static struct cp_str refused(struct edits *e, struct cp_str name)
{
    return is_legal(name) ? NOTHING : name;
}

static struct cp_str claimed(struct edits *e, struct cp_str name)
{
    if (is_legal(name))
        (void)host->rename(e->call, marked(e->call, spelled_property, name),
                           LONGEST + PROPERTY_BYTES, CP_NAME_DOTS);
    return NOTHING;
}

static struct cp_str renamed(struct edits *e, struct cp_str name)
{
    if (is_legal(name) || !slot_of(e->call, e->props, name)->p)
        return NOTHING;
    struct cp_str s =
        host->rename(e->call, marked(e->call, property, name), LONGEST + PROPERTY_BYTES, 0);
    return (struct cp_str){ s.p + PROPERTY_BYTES, s.n - PROPERTY_BYTES };
}

static struct cp_str restored(struct edits *e, struct cp_str name)
{
    struct cp_str s = host->original(e->call, marked(e->call, spelled_property, name));

    if (!name.n || !claude_begins(s, property))
        return NOTHING;
    return (struct cp_str){ s.p + PROPERTY_BYTES, s.n - PROPERTY_BYTES };
}

static int is_function(const struct node *t)
{
    return t->kind == CP_TOOL && t->sub == CP_TOOL_FUNCTION && t->head &&
           json->kind(t->head->text) == '{';
}

static struct edits walked(struct writing *w, const struct node *t,
                           struct cp_str (*name_for)(struct edits *, struct cp_str))
{
    struct edits e = { .call = w->call, .name_for = name_for, .props = w->props };

    if (is_function(t))
        schema_walk(&e, t->head->text, 0);
    return e;
}

static void plan(struct writing *w, const struct node *t)
{
    struct edits e = walked(w, t, refused);

    if (!e.n)
        return;
    for (size_t i = 0; i < e.n; i++) {
        struct cp_str name = unescape(w->call, e.list[i].old);
        *slot_of(w->call, w->props, name) = name;
    }
    (void)walked(w, t, claimed);
    (void)host->rename(w->call, marked(w->call, tool_mark, t->name), MARK_LONGEST, 0);
    host->note_item(w->call, CP_MAPPED, t->head,
                    "properties by names that this service takes; answers have theirs");
}

void claude_props_plan(struct writing *w)
{
    size_t n = 0, slots = 8;

    for (const struct node *t = w->tree->tools.first; t && !w->is_from_claude; t = t->next)
        n += walked(w, t, refused).n;
    while (slots < n * 2)
        slots *= 2;
    struct claude_props *props = n ? host->alloc(w->call, sizeof(*props)) : NULL;
    if (!props)
        return;
    props->slots = host->alloc(w->call, slots * sizeof(*props->slots));
    props->mask = slots - 1;
    if (!props->slots)
        return;
    w->props = props;
    for (const struct node *t = w->tree->tools.first; t; t = t->next)
        plan(w, t);
    /* who gets which name is settled by the tools: a conversation must not change it */
    for (const struct node *t = w->tree->tools.first; t; t = t->next)
        (void)walked(w, t, renamed);
}

struct cp_str claude_props_schema(struct writing *w, const struct node *tool)
{
    if (!w->props || !claude_props_is(w->call, tool->name))
        return tool->head->text;
    struct edits e = walked(w, tool, renamed);
    return edited(&e, tool->head->text);
}

struct cp_str claude_props_input(struct writing *w, struct cp_str wire_name, struct cp_str text)
{
    struct edits e = { .call = w->call, .name_for = renamed, .props = w->props };

    if (!w->props || !claude_props_is(w->call, wire_name) || claude_is_blank(text) ||
        json->check(w->call, text) != CP_OK)
        return text;
    keys_walk(&e, text, 0);
    return edited(&e, text);
}

/* ---- the names of an answer ------------------------------------------------------------------ */

int claude_props_is(struct cp_call *call, struct cp_str wire_name)
{
    return wire_name.n &&
           claude_begins(host->original(call, marked(call, spelled_tool, wire_name)),
                         tool_mark);
}

struct cp_str claude_props_restore(struct cp_call *call, struct cp_str text)
{
    struct edits e = { .call = call, .name_for = restored };

    if (claude_is_blank(text) || json->check(call, text) != CP_OK)
        return text;
    keys_walk(&e, text, 0);
    return edited(&e, text);
}

void claude_props_hold(struct cp_call *call, struct held *held, struct cp_str text)
{
    size_t need = held->n + text.n;

    if (need > held->room) {
        char *p = host->alloc(call, need * 2);
        if (!p)
            return;
        memcpy(p, held->n ? held->p : "", held->n);
        held->p = p;
        held->room = need * 2;
    }
    memcpy(held->p + held->n, text.n ? text.p : "", text.n);
    held->n = need;
}
