/* SPDX-License-Identifier: MIT */
/*
 * schema_write - JSON Schema in Google's own form, which refuses every word it does not know.
 *
 * The form: one type in capitals, nullable, anyOf without a type beside it, enums of strings, arrays
 * with items, objects whose required names exist.  What it cannot say is left out and told.
 * An enum of numbers becomes one of strings; enum_mend.c turns the answer's strings back.
 *
 * source: Schema of the Gemini API reference, and its answers to what is not in it, as of 2026-08
 */
#include "schema.h"

#include <string.h>

static void view_write(struct cleaning *c, struct view *v, int depth);

void schema_node_write(struct cleaning *c, struct cp_str schema, int depth)
{
    struct view v = { .properties_n = 0 };
    int refs = c->refs_n;

    schema_gather(c, &v, schema, depth);
    view_write(c, &v, depth);
    c->refs_n = refs;
}

/* What is said beside an anyOf is said in each of its branches. */
static void branch_view(const struct view *outer, struct view *v)
{
    *v = *outer;
    v->word[ANY_OF] = v->word[ONE_OF] = v->word[TITLE] = v->word[DESCRIPTION] = NOTHING;
    v->word[NULLABLE] = NOTHING;
    v->is_nullable = 0;
}

static void any_open(struct cleaning *c, const struct view *v)
{
    schema_text_write(c, v, "");
    if (v->is_nullable) {
        builder_key(&c->b, "nullable");
        builder_add(&c->b, S("true"));
    }
    builder_key(&c->b, "anyOf");
    builder_add(&c->b, S("["));
}

static void branches_write(struct cleaning *c, const struct view *v, struct cp_str list,
                           int depth)
{
    struct cp_str one;
    size_t at = 0;

    any_open(c, v);
    while (J->each(list, &at, NULL, &one)) {
        struct view inner;
        int refs = c->refs_n;
        if (schema_is_null(one))
            continue;
        branch_view(v, &inner);
        schema_gather(c, &inner, one, depth + 1);
        builder_comma(&c->b);
        view_write(c, &inner, depth + 1);
        c->refs_n = refs;
    }
    builder_add(&c->b, S("]"));
}

/* A list of types: one branch for each. */
static void types_write(struct cleaning *c, const struct view *v, int depth)
{
    struct cp_str one;
    size_t at = 0;

    any_open(c, v);
    while (J->each(v->word[TYPE], &at, NULL, &one)) {
        struct view inner;
        if (J->kind(one) != '"' || J->is(one, "null"))
            continue;
        branch_view(v, &inner);
        inner.word[TYPE] = one;
        builder_comma(&c->b);
        view_write(c, &inner, depth + 1);
    }
    builder_add(&c->b, S("]"));
}

/* Branches that are not null; those that say more than which names are required. */
static int branches_count(struct cp_str list, int *telling, int *has_null)
{
    struct cp_str one, key, value;
    size_t at = 0;
    int n = 0;

    *telling = *has_null = 0;
    while (J->kind(list) == '[' && J->each(list, &at, NULL, &one)) {
        size_t inner = 0;
        int says = 0;
        if (schema_is_null(one)) {
            *has_null = 1;
            continue;
        }
        n++;
        while (J->kind(one) == '{' && J->each(one, &inner, &key, &value))
            says |= !J->is(key, "required") && !J->is(key, "not");
        *telling += says;
    }
    return n;
}

/* anyOf with one branch is that branch; with none that tells anything it is nothing. */
static int branches_fold(struct cleaning *c, struct view *v, int depth)
{
    for (int i = 0; i < DEPTH_MOST; i++) {
        struct cp_str list = schema_branches(v), one;
        int telling, has_null, n = branches_count(list, &telling, &has_null);
        size_t at = 0;
        v->is_nullable |= has_null;
        if (n > 1 && (telling > 0 || v->properties_n == 0))
            return n;
        v->word[ANY_OF] = v->word[ONE_OF] = NOTHING;
        if (n > 1)
            c->lost = "which names are required together";
        if (n != 1)
            return 0;
        while (J->each(list, &at, NULL, &one))
            if (!schema_is_null(one))
                schema_gather(c, v, one, depth + i + 1);
    }
    return 0;
}

/* The root of a function's arguments is an object, whatever its branches: all their properties. */
static void root_flatten(struct cleaning *c, struct view *v)
{
    struct cp_str list = schema_branches(v), one;
    int required = v->required_n;
    size_t at = 0;

    v->word[ANY_OF] = v->word[ONE_OF] = NOTHING;
    while (J->each(list, &at, NULL, &one))
        schema_gather(c, v, one, 1);
    v->required_n = required;
    v->word[ANY_OF] = v->word[ONE_OF] = NOTHING;
    c->lost = "alternatives at the root";
}

static void recursive_write(struct cleaning *c, const struct view *v)
{
    schema_word_write(c, "type", "OBJECT");
    builder_key(&c->b, "description");
    builder_quote(&c->b, gemini_text_format(c->call, "(recursive: %.*s)", (int)v->recursive.n,
                                            v->recursive.p));
}

static void view_inside(struct cleaning *c, struct view *v, int depth)
{
    struct cp_str values, one = { NULL, 0 };
    int branches;

    if (v->recursive.p != NULL && v->properties_n == 0) {
        recursive_write(c, v);
        return;
    }
    branches = branches_fold(c, v, depth);
    if (branches > 1 && depth == 0 && c->tool.p != NULL) {
        root_flatten(c, v);
        branches = 0;
    }
    v->is_nullable |= schema_has_null_type(v->word[TYPE]);
    values = schema_values_of(c, v);
    if (values.p != NULL && schema_is_boolean(values))
        values = NOTHING;
    if (branches > 1)
        branches_write(c, v, schema_branches(v), depth);
    else if (schema_count(values) > 0)
        schema_enum_write(c, v, values);
    else if (schema_type_count(v, &one) > 1)
        types_write(c, v, depth);
    else
        schema_typed_write(c, v, schema_type_of(v, depth), depth);
}

static void view_write(struct cleaning *c, struct view *v, int depth)
{
    builder_add(&c->b, S("{"));
    if (depth > DEPTH_MOST || c->nodes > NODES_MOST) {
        c->lost = "what is nested too deeply";
        schema_word_write(c, "type", "STRING");
    } else {
        view_inside(c, v, depth);
    }
    builder_add(&c->b, S("}"));
}

struct cp_str gemini_schema_clean(struct cp_call *call, struct cp_str schema,
                                  struct cp_str tool, const char **lost)
{
    struct cleaning c = {
        .call = call, .b = { .call = call }, .root = schema, .refs_n = 1, .tool = tool
    };
    struct view v = { .properties_n = 0 };
    struct cp_str text;

    c.refs[0] = schema;
    schema_gather(&c, &v, schema, 0);
    *lost = c.lost;
    if (tool.p != NULL && v.properties_n == 0 && schema_branches(&v).p == NULL)
        return NOTHING; /* an object without properties is refused */
    view_write(&c, &v, 0);
    *lost = c.lost;
    text = builder_text(&c.b);
    return text.p != NULL && J->check(call, text) == CP_OK ? text : NOTHING;
}
