/* SPDX-License-Identifier: MIT */
/*
 * schema_typed - what a schema of one type says in Google's own form.
 */
#include "schema.h"

#include <string.h>

void schema_word_write(struct cleaning *c, const char *key, const char *value)
{
    builder_key(&c->b, key);
    builder_add(&c->b, S("\""));
    builder_add(&c->b, (struct cp_str){ value, strlen(value) });
    builder_add(&c->b, S("\""));
}

static void raw_write(struct cleaning *c, const char *key, struct cp_str v, const char *kinds)
{
    char kind = J->kind(v);

    if (kind == 0 || strchr(kinds, kind) == NULL)
        return;
    builder_key(&c->b, key);
    builder_add(&c->b, v);
}

/* A map of one kind of values: this form can say it in words only. */
static int is_map(const struct view *v, const char *type)
{
    return strcmp(type, "OBJECT") == 0 && v->properties_n == 0 &&
           J->kind(v->word[ADDITIONAL]) == '{' &&
           J->kind(J->get(v->word[ADDITIONAL], "type")) == '"';
}

void schema_text_write(struct cleaning *c, const struct view *v, const char *type)
{
    struct cp_str parts[4] = {
        J->text(c->call, v->word[DESCRIPTION]), S(" (map of string to "), { NULL, 0 }, S(")")
    };

    raw_write(c, "title", v->word[TITLE], "\"");
    if (!is_map(v, type)) {
        raw_write(c, "description", v->word[DESCRIPTION], "\"");
        return;
    }
    if (parts[0].n == 0)
        parts[1] = S("(map of string to ");
    parts[2] = J->text(c->call, J->get(v->word[ADDITIONAL], "type"));
    builder_key(&c->b, "description");
    builder_quote(&c->b, gemini_text_join(c->call, parts, 4));
}

/* Where in the arguments we are: property names and [] line by line. */
static struct cp_str path_text(struct cleaning *c)
{
    struct cp_str parts[PATH_MOST * 2];
    size_t n = 0;

    for (int i = 0; i < c->path_n; i++) {
        parts[n++] = c->path[i];
        parts[n++] = S("\n");
    }
    return gemini_text_join(c->call, parts, n);
}

static void step_in(struct cleaning *c, struct cp_str name)
{
    if (c->path_n < PATH_MOST)
        c->path[c->path_n] = name;
    c->path_n += c->path_n < PATH_MOST;
}

/* ---- types ------------------------------------------------------------------------------------------ */

static const char *const types[] = {
    "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT"
};
static const char *const small[] = {
    "string", "number", "integer", "boolean", "array", "object"
};
enum { TYPES_N = 6 };

static const char *known_type(struct cp_str word)
{
    for (int i = 0; i < TYPES_N; i++)
        if (J->is(word, small[i]) || J->is(word, types[i]))
            return types[i];
    return NULL;
}

static int has_any(const struct view *v, enum word first, enum word last)
{
    for (int i = (int)first; i <= (int)last; i++)
        if (v->word[i].p != NULL)
            return 1;
    return 0;
}

const char *schema_type_of(const struct view *v, int depth)
{
    struct cp_str one = { NULL, 0 };
    const char *type = schema_type_count(v, &one) > 0 ? known_type(one) : NULL;

    if (type != NULL)
        return type;
    if (v->properties_n > 0 || v->required_n > 0 || v->word[ADDITIONAL].p != NULL)
        return "OBJECT";
    if (v->word[ITEMS].p != NULL || v->word[PREFIX_ITEMS].p != NULL ||
        has_any(v, MIN_ITEMS, MAX_ITEMS))
        return "ARRAY";
    if (v->word[ENUM].p == NULL && has_any(v, MINIMUM, MAX_EXCLUSIVE))
        return "NUMBER";
    return depth == 0 ? "OBJECT" : "STRING";
}

/* ---- enums ------------------------------------------------------------------------------------------- */

/* Strings of everything but null and ""; 0: nothing is left. */
static int enum_write(struct cleaning *c, struct cp_str list)
{
    struct cp_str one;
    size_t at = 0, before = c->b.n;
    int n = 0;

    builder_key(&c->b, "enum");
    builder_add(&c->b, S("["));
    while (J->each(list, &at, NULL, &one)) {
        if (J->kind(one) == 'n' || (J->kind(one) == '"' && one.n == 2))
            continue;
        builder_comma(&c->b);
        if (J->kind(one) == '"')
            builder_add(&c->b, one);
        else
            builder_quote(&c->b, J->compact(c->call, one));
        n++;
    }
    builder_add(&c->b, S("]"));
    if (n == 0 && !c->b.is_failed)
        c->b.n = before;
    return n;
}

static int has_null(struct cp_str values)
{
    struct cp_str one;
    size_t at = 0;

    while (J->each(values, &at, NULL, &one))
        if (J->kind(one) == 'n')
            return 1;
    return 0;
}

/* Numbers and booleans: what an answer's string must become again. */
static int has_others(struct cp_str values)
{
    struct cp_str one;
    size_t at = 0;

    while (J->each(values, &at, NULL, &one))
        if (J->kind(one) == '0' || J->kind(one) == 't' || J->kind(one) == 'f')
            return 1;
    return 0;
}

int schema_has_null_type(struct cp_str type)
{
    struct cp_str one;
    size_t at = 0;

    while (J->kind(type) == '[' && J->each(type, &at, NULL, &one))
        if (J->is(one, "null"))
            return 1;
    return J->is(type, "null") || J->is(type, "NULL");
}

/* The values a schema allows, as an array: of enum, or the one of const. */
struct cp_str schema_values_of(struct cleaning *c, const struct view *v)
{
    struct cp_str parts[3] = { S("["), v->word[CONST], S("]") };

    if (J->kind(v->word[CONST]) != 0)
        return gemini_text_join(c->call, parts, 3);
    return J->kind(v->word[ENUM]) == '[' ? v->word[ENUM] : NOTHING;
}

/* ---- what belongs to a type ---------------------------------------------------------------------------- */

static void format_write(struct cleaning *c, const struct view *v, const char *type)
{
    static const char *const fit[][2] = { { "STRING", "date-time" },
                                          { "INTEGER", "int32" },
                                          { "INTEGER", "int64" },
                                          { "NUMBER", "float" },
                                          { "NUMBER", "double" } };

    for (size_t i = 0; i < sizeof(fit) / sizeof(fit[0]); i++)
        if (strcmp(type, fit[i][0]) == 0 && J->is(v->word[FORMAT], fit[i][1])) {
            raw_write(c, "format", v->word[FORMAT], "\"");
            return;
        }
    if (v->word[FORMAT].p != NULL)
        c->lost = "formats that this form of schema has not";
}

/* A bound, or the next number to one that is excluded. */
static void bound_write(struct cleaning *c, const char *key, struct cp_str bound,
                        struct cp_str excluded, int step)
{
    int64_t n;

    if (J->kind(excluded) != '0') {
        raw_write(c, key, bound, "0");
        return;
    }
    if (step == 0 || J->integer(excluded, &n) != CP_OK || n == INT64_MAX || n == INT64_MIN) {
        raw_write(c, key, excluded, "0");
        c->lost = "a bound that is excluded";
        return;
    }
    builder_key(&c->b, key);
    builder_add(&c->b, gemini_text_format(c->call, "%lld", (long long)(n + step)));
}

static void number_write(struct cleaning *c, const struct view *v, const char *type)
{
    int is_whole = strcmp(type, "INTEGER") == 0;

    bound_write(c, "minimum", v->word[MINIMUM], v->word[MIN_EXCLUSIVE], is_whole);
    bound_write(c, "maximum", v->word[MAXIMUM], v->word[MAX_EXCLUSIVE], -is_whole);
}

size_t schema_count(struct cp_str list)
{
    struct cp_str one;
    size_t at = 0, n = 0;

    while (J->kind(list) == '[' && J->each(list, &at, NULL, &one))
        n++;
    return n;
}

/* A tuple: so many elements, each of one of these kinds. */
static void tuple_write(struct cleaning *c, struct cp_str list, int depth)
{
    struct cp_str n = gemini_text_format(c->call, "%zu", schema_count(list)), one;
    size_t at = 0;

    raw_write(c, "minItems", n, "0");
    raw_write(c, "maxItems", n, "0");
    builder_key(&c->b, "items");
    if (schema_count(list) == 1 && J->each(list, &at, NULL, &one)) {
        schema_node_write(c, one, depth + 1);
        return;
    }
    builder_add(&c->b, S("{"));
    builder_key(&c->b, "anyOf");
    builder_add(&c->b, S("["));
    while (J->each(list, &at, NULL, &one)) {
        builder_comma(&c->b);
        schema_node_write(c, one, depth + 1);
    }
    builder_add(&c->b, S("]}"));
    c->lost = "which element of a tuple is which";
}

static void array_write(struct cleaning *c, const struct view *v, int depth)
{
    struct cp_str tuple =
        J->kind(v->word[PREFIX_ITEMS]) == '[' ? v->word[PREFIX_ITEMS] : v->word[ITEMS];
    int path = c->path_n;

    step_in(c, S("[]"));
    if (schema_count(tuple) > 0) {
        tuple_write(c, tuple, depth);
        c->path_n = path;
        return;
    }
    raw_write(c, "minItems", v->word[MIN_ITEMS], "0\"");
    raw_write(c, "maxItems", v->word[MAX_ITEMS], "0\"");
    builder_key(&c->b, "items");
    if (J->kind(v->word[ITEMS]) == '{')
        schema_node_write(c, v->word[ITEMS], depth + 1);
    else
        builder_add(&c->b, S("{\"type\":\"STRING\"}"));
    c->path_n = path;
}

static void string_write(struct cleaning *c, const struct view *v)
{
    raw_write(c, "minLength", v->word[MIN_LENGTH], "0\"");
    raw_write(c, "maxLength", v->word[MAX_LENGTH], "0\"");
    raw_write(c, "pattern", v->word[PATTERN], "\"");
}

/* ---- objects --------------------------------------------------------------------------------------------- */

static void required_write(struct cleaning *c, const struct view *v, struct properties *all)
{
    struct cp_str one, bare;
    size_t before = c->b.n;
    int n = 0;

    builder_key(&c->b, "required");
    builder_add(&c->b, S("["));
    for (int i = 0; i < v->required_n; i++) {
        size_t at = 0;
        while (J->each(v->required[i], &at, NULL, &one)) {
            struct property *p;
            bare = (struct cp_str){ one.p + 1, one.n < 2 ? 0 : one.n - 2 };
            p = J->kind(one) == '"' ? properties_find(all, bare) : NULL;
            if (p == NULL || p->is_required || J->kind(p->schema) == 'f')
                continue;
            p->is_required = 1;
            builder_comma(&c->b);
            builder_add(&c->b, one);
            n++;
        }
    }
    builder_add(&c->b, S("]"));
    if (n == 0 && !c->b.is_failed)
        c->b.n = before;
}

static void property_write(struct cleaning *c, const struct property *p, int depth)
{
    int path = c->path_n;

    step_in(c, p->key);
    builder_comma(&c->b);
    builder_add(&c->b, S("\""));
    builder_add(&c->b, p->key);
    builder_add(&c->b, S("\":"));
    if (J->kind(p->schema) == '{')
        schema_node_write(c, p->schema, depth + 1);
    else
        builder_add(&c->b, S("{\"type\":\"STRING\"}"));
    c->path_n = path;
}

static void properties_write(struct cleaning *c, const struct properties *all, int depth)
{
    size_t before = c->b.n;
    int n = 0;

    builder_key(&c->b, "properties");
    builder_add(&c->b, S("{"));
    for (size_t i = 0; i < all->n; i++) {
        if (J->kind(all->list[i].schema) == 'f')
            continue; /* false: nothing fits */
        property_write(c, &all->list[i], depth);
        n++;
    }
    builder_add(&c->b, S("}"));
    if (n == 0 && !c->b.is_failed)
        c->b.n = before;
}

static void object_write(struct cleaning *c, const struct view *v, int depth)
{
    struct properties all;

    properties_list(c->call, v, &all);
    if (v->required_n > 0)
        required_write(c, v, &all);
    if (all.n > 0)
        properties_write(c, &all, depth);
    raw_write(c, "minProperties", v->word[MIN_PROPERTIES], "0\"");
    raw_write(c, "maxProperties", v->word[MAX_PROPERTIES], "0\"");
    if (v->properties_n > 0)
        raw_write(c, "propertyOrdering", v->word[ORDERING], "[");
    if (J->kind(v->word[ADDITIONAL]) == '{')
        c->lost = "the kind of values of a map";
}

/* ---- all of it ---------------------------------------------------------------------------------- */

void schema_typed_write(struct cleaning *c, const struct view *v, const char *type, int depth)
{
    int is_object = strcmp(type, "OBJECT") == 0;

    schema_word_write(c, "type", type);
    format_write(c, v, type);
    schema_text_write(c, v, type);
    if (strcmp(type, "INTEGER") == 0 || strcmp(type, "NUMBER") == 0)
        number_write(c, v, type);
    else if (strcmp(type, "STRING") == 0)
        string_write(c, v);
    if (v->is_nullable)
        builder_key(&c->b, "nullable");
    if (v->is_nullable)
        builder_add(&c->b, S("true"));
    if (is_object)
        object_write(c, v, depth);
    else if (strcmp(type, "ARRAY") == 0)
        array_write(c, v, depth);
    if (v->word[EXAMPLE].p != NULL)
        raw_write(c, "example", v->word[EXAMPLE], "\"0tf[{");
}

void schema_enum_write(struct cleaning *c, const struct view *v, struct cp_str values)
{
    schema_word_write(c, "type", "STRING");
    schema_text_write(c, v, "STRING");
    if (enum_write(c, values) > 0 && has_others(values) && c->tool.p != NULL)
        gemini_enum_note(c->call, c->tool, path_text(c));
    if (v->is_nullable || has_null(values)) {
        builder_key(&c->b, "nullable");
        builder_add(&c->b, S("true"));
    }
}
