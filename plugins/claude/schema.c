/* SPDX-License-Identifier: MIT */
/*
 * schema - JSON Schemas as this service takes them.
 *
 * Two forms.  A tool's input_schema may say nearly all of draft 2020-12, but its root must be a
 * plain object.  A strict tool's, and that of output_config.format, is a subset: what is not in
 * it is told to the model in the description instead, as Anthropic's own SDKs do
 * (@anthropic-ai/sdk, lib/transform-json-schema, read 2026-08-22).  A schema that is fine is sent
 * with its own bytes, for prompt caches' sake.
 */
#include "claude.h"

#include <string.h>

enum { DEEPEST = 32, MOST_MERGED = 256 };

static int is_one_of(struct cp_str key, const char *const *words)
{
    for (; *words; words++)
        if (json->is(key, *words))
            return 1;
    return 0;
}

/* ---- the root of a tool's schema ------------------------------------------------------ */

static const char *const joins[] = { "anyOf", "oneOf", "allOf", NULL };

/* "#/$defs/X" in root; the schema itself if it leads nowhere. */
static struct cp_str follow(struct cp_call *call, struct cp_str root, struct cp_str schema)
{
    struct cp_str ref = json->text(call, json->get(schema, "$ref"));

    for (int hops = 0; hops < 8 && claude_begins(ref, "#/"); hops++) {
        struct cp_str v = root;
        size_t i = 2;
        while (i <= ref.n && v.p) {
            size_t n = i;
            while (n < ref.n && ref.p[n] != '/')
                n++;
            const char *step = claude_cstr(call, (struct cp_str){ ref.p + i, n - i });
            v = step ? json->get(v, step) : NOTHING;
            i = n + 1;
        }
        if (json->kind(v) != '{')
            return schema;
        schema = v;
        ref = json->text(call, json->get(schema, "$ref"));
    }
    return schema;
}

static int is_object_type(struct cp_str schema)
{
    return json->is(json->get(schema, "type"), "object");
}

static int is_plain(struct cp_str schema)
{
    struct cp_str key, v;

    if (!is_object_type(schema) || json->get(schema, "$ref").p)
        return 0;
    for (size_t at = 0; json->each(schema, &at, &key, &v);)
        if (is_one_of(key, joins))
            return 0;
    return 1;
}

static int has_key(struct cp_str object, struct cp_str key)
{
    struct cp_str k, v;

    for (size_t at = 0; json->each(object, &at, &k, &v);)
        if (claude_equal(k, key))
            return 1;
    return 0;
}

struct merge {
    struct cp_call *call;
    struct cp_out *out;
    struct cp_str root;       /* the whole schema                 */
    struct cp_str branch[16]; /* those of anyOf, oneOf and allOf  */
    int is_needed[16];        /* of allOf: all of them hold       */
    int n;
};

/* Merging compares each with each: not for lists of any length. */
static int is_large(struct cp_str list)
{
    struct cp_str v;
    size_t at = 0;
    int n = 0;

    while (n <= MOST_MERGED && json->each(list, &at, NULL, &v))
        n++;
    return n > MOST_MERGED;
}

static void forget_large(struct merge *m)
{
    for (int i = 0; i < m->n; i++)
        if (is_large(json->get(m->branch[i], "properties")) ||
            is_large(json->get(m->branch[i], "required")))
            m->n = 1;
}

static void add_branches(struct merge *m, struct cp_str schema, int depth)
{
    struct cp_str list, v;

    for (int i = 0; joins[i]; i++) {
        list = json->get(schema, joins[i]);
        for (size_t at = 0; json->each(list, &at, NULL, &v) && m->n < 16;) {
            v = follow(m->call, m->root, v);
            m->branch[m->n] = v;
            m->is_needed[m->n++] = i == 2;
            if (depth < 3)
                add_branches(m, v, depth + 1);
        }
    }
}

/* Each property once, the first that says it. */
static void properties_write(struct merge *m)
{
    struct cp_str key, v;

    json->key(m->out, "properties");
    json->open(m->out, '{');
    for (int i = 0; i < m->n; i++) {
        struct cp_str properties = json->get(m->branch[i], "properties");
        for (size_t at = 0; json->each(properties, &at, &key, &v);) {
            int is_said = 0;
            for (int k = 0; k < i; k++)
                is_said |= has_key(json->get(m->branch[k], "properties"), key);
            if (is_said)
                continue;
            claude_put_key(m->call, m->out, key);
            json->raw(m->out, v);
        }
    }
    json->close(m->out);
}

static int requires(struct cp_str schema, struct cp_str name)
{
    struct cp_str v;

    for (size_t at = 0; json->each(json->get(schema, "required"), &at, NULL, &v);)
        if (claude_equal(v, name))
            return 1;
    return 0;
}

/* Needed by the root, by one branch of allOf, or by every branch of the others. */
static int is_required(const struct merge *m, struct cp_str name)
{
    int others = 0, agree = 0;

    for (int i = 0; i < m->n; i++) {
        int said = requires(m->branch[i], name);
        if (m->is_needed[i] && said)
            return 1;
        others += !m->is_needed[i];
        agree += !m->is_needed[i] && said;
    }
    return others && others == agree;
}

static void required_write(struct merge *m)
{
    struct cp_str v;
    int is_open = 0;

    for (int i = 0; i < m->n; i++) {
        for (size_t at = 0; json->each(json->get(m->branch[i], "required"), &at, NULL, &v);) {
            int is_said = i > 0 && !is_required(m, v);
            for (int k = 0; k < i; k++)
            is_said |= requires(m->branch[k], v);
            if (is_said)
                continue;
            if (!is_open) {
                json->key(m->out, "required");
                json->open(m->out, '[');
            }
            is_open = 1;
            json->raw(m->out, v);
        }
    }
    if (is_open)
        json->close(m->out);
}

static void merged_write(struct cp_call *call, struct cp_out *out, struct cp_str schema,
                         const struct cp_item *of)
{
    static const char *const said[] = { "type",  "properties", "required", "anyOf",
                                        "oneOf", "allOf",      "$ref",     NULL };
    struct merge m = { .call = call, .out = out, .root = schema, .n = 1 };
    struct cp_str key, v;

    m.branch[0] = follow(call, schema, schema);
    m.is_needed[0] = 1;
    add_branches(&m, m.branch[0], 0);
    forget_large(&m);
    json->open(out, '{');
    claude_put_text(out, "type", S("object"));
    properties_write(&m);
    required_write(&m);
    for (size_t at = 0; json->each(schema, &at, &key, &v);) {
        if (is_one_of(key, said))
            continue;
        claude_put_key(call, out, key);
        json->raw(out, v);
    }
    json->close(out);
    host->note_item(call, CP_APPROXIMATED, of, "its root must be a plain object");
}

void claude_schema_tool(struct cp_call *call, struct cp_out *out, struct cp_str schema,
                        const struct cp_item *of)
{
    if (json->kind(schema) != '{')
        json->raw(out, S(CLAUDE_NO_SCHEMA));
    else if (is_plain(schema))
        json->raw(out, schema);
    else
        merged_write(call, out, schema, of);
}

/* ---- the strict subset --------------------------------------------------------------------- */

static const char *const kept[] = { "$ref",  "$defs",      "type",        "anyOf", "allOf",
                                    "enum",  "const",      "description", "title", "default",
                                    "items", "properties", "required",    NULL };
static const char *const formats[] = { "date-time", "time",     "date", "duration",
                                       "email",     "hostname", "uri",  "ipv4",
                                       "ipv6",      "uuid",     NULL };

static int is_map(struct cp_str key)
{
    return json->is(key, "properties") || json->is(key, "$defs") ||
           json->is(key, "definitions");
}

static int is_list(struct cp_str key)
{
    return json->is(key, "anyOf") || json->is(key, "allOf") || json->is(key, "oneOf");
}

/* Said as it is, not in the description. */
static int is_taken(struct cp_str key, struct cp_str v)
{
    if (is_one_of(key, kept) || json->is(key, "oneOf") || json->is(key, "definitions"))
        return 1;
    if (json->is(key, "format"))
        return is_one_of(v, formats);
    if (json->is(key, "minItems"))
        return claude_int(v, -1) == 0 || claude_int(v, -1) == 1;
    return json->is(key, "additionalProperties");
}

static int is_object(struct cp_str schema)
{
    return is_object_type(schema) || json->get(schema, "properties").p;
}

static int conforms(struct cp_str schema, int depth);

static int all_conform(struct cp_str list, int depth)
{
    struct cp_str v;

    for (size_t at = 0; json->each(list, &at, NULL, &v);)
        if (!conforms(v, depth))
            return 0;
    return 1;
}

static int conforms(struct cp_str schema, int depth)
{
    struct cp_str key, v;

    if (json->kind(schema) != '{')
        return depth > 0;
    if (depth == DEEPEST)
        return 0;
    if (is_object(schema) && json->kind(json->get(schema, "additionalProperties")) != 'f')
        return 0;
    for (size_t at = 0; json->each(schema, &at, &key, &v);) {
        if (!is_taken(key, v) || json->is(key, "oneOf") || json->is(key, "definitions"))
            return 0;
        if ((is_map(key) || is_list(key)) && !all_conform(v, depth + 1))
            return 0;
        if (json->is(key, "items") && !conforms(v, depth + 1))
            return 0;
    }
    return 1;
}

static void strict_write(struct cp_call *call, struct cp_out *out, struct cp_str schema,
                         int depth);

static void children_write(struct cp_call *call, struct cp_out *out, struct cp_str v, int depth)
{
    struct cp_str key, child;
    int is_array = json->kind(v) == '[';

    json->open(out, is_array ? '[' : '{');
    for (size_t at = 0; json->each(v, &at, &key, &child);) {
        if (!is_array)
            claude_put_key(call, out, key);
        strict_write(call, out, child, depth + 1);
    }
    json->close(out);
}

/* The description, and in braces after it what the subset has no keyword for. */
static struct cp_str description_of(struct cp_call *call, struct cp_str schema)
{
    struct cp_str key, v, s = json->text(call, json->get(schema, "description"));
    struct cp_str more = S("");

    for (size_t at = 0; json->each(schema, &at, &key, &v);)
        if (!is_taken(key, v) && !json->is(key, "$schema") && more.n < 4096)
            more = claude_format(call, "%.*s%s%.*s: %.*s", (int)more.n, more.p ? more.p : "",
                                 more.n ? ", " : "", (int)key.n, key.p, (int)v.n, v.p);
    if (more.n == 0)
        return s;
    return claude_format(call, "%.*s%s{%.*s}", (int)s.n, s.n ? s.p : "", s.n ? "\n\n" : "",
                         (int)more.n, more.p);
}

static void member_write(struct cp_call *call, struct cp_out *out, struct cp_str key,
                         struct cp_str v, int depth)
{
    static const char old[] = "#/definitions/";

    if (json->is(key, "oneOf"))
        json->key(out, "anyOf");
    else if (json->is(key, "definitions"))
        json->key(out, "$defs");
    else
        claude_put_key(call, out, key);
    struct cp_str ref = json->is(key, "$ref") ? json->text(call, v) : NOTHING;
    if (claude_begins(ref, old)) {
        size_t n = sizeof(old) - 1;
        json->string(out, claude_format(call, "#/$defs/%.*s", (int)(ref.n - n), ref.p + n));
        return;
    }
    if ((is_map(key) && json->kind(v) == '{') || (is_list(key) && json->kind(v) == '['))
        children_write(call, out, v, depth);
    else if (json->is(key, "items"))
        strict_write(call, out, v, depth + 1);
    else
        json->raw(out, v);
}

static void strict_write(struct cp_call *call, struct cp_out *out, struct cp_str schema,
                         int depth)
{
    struct cp_str key, v, description;

    if (json->kind(schema) != '{' || depth >= DEEPEST) {
        json->raw(out, json->kind(schema) == '{' || depth == 0 ? S("{}") : schema);
        return;
    }
    json->open(out, '{');
    for (size_t at = 0; json->each(schema, &at, &key, &v);)
        if (is_taken(key, v) && !json->is(key, "description") &&
            !json->is(key, "additionalProperties"))
            member_write(call, out, key, v, depth);
    description = description_of(call, schema);
    if (description.p)
        claude_put_text(out, "description", description);
    if (is_object(schema))
        claude_put_raw(out, "additionalProperties", S("false"));
    json->close(out);
}

void claude_schema_strict(struct cp_call *call, struct cp_out *out, struct cp_str schema,
                          const struct cp_item *of)
{
    if (conforms(schema, 0)) {
        json->raw(out, schema);
        return;
    }
    strict_write(call, out, schema, 0);
    host->note_item(call, CP_APPROXIMATED, of, "the strict subset lacks some keywords");
}
