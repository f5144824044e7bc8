/* SPDX-License-Identifier: MIT */
/*
 * schema_read - a Schema of Google's as JSON Schema, and JSON Schema as this service takes it.
 *
 * Google's form is an OpenAPI 3.0 subset: types in capitals, nullable instead of a null type,
 * sizes as strings.  Clients also put JSON Schema where Google's form belongs, so only what
 * differs is touched, and only where a schema can stand: a property may be called "type".
 */
#include "request.h"

#include <string.h>

/*
 * Writes one member of a schema in its own way.
 *
 * returns  1: it did, or left the member out; 0: the member goes on as it is
 */
typedef int member_fn(struct builder *, struct cp_str object, struct cp_str key,
                      struct cp_str v);

static void schema_walk(struct builder *b, struct cp_str schema, member_fn *own);

static int is_any(struct cp_str key, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (gemini_key_is(key, names[i]))
            return 1;
    return 0;
}

static void list_walk(struct builder *b, struct cp_str list, member_fn *own)
{
    struct cp_str one;
    size_t at = 0;

    builder_add(b, S("["));
    while (J->each(list, &at, NULL, &one)) {
        builder_comma(b);
        schema_walk(b, one, own);
    }
    builder_add(b, S("]"));
}

static void key_raw(struct builder *b, struct cp_str key)
{
    builder_comma(b);
    builder_add(b, S("\""));
    builder_add(b, key);
    builder_add(b, S("\":"));
}

static void map_walk(struct builder *b, struct cp_str map, member_fn *own)
{
    struct cp_str key, v;
    size_t at = 0;

    builder_add(b, S("{"));
    while (J->each(map, &at, &key, &v)) {
        key_raw(b, key);
        schema_walk(b, v, own);
    }
    builder_add(b, S("}"));
}

static void member_walk(struct builder *b, struct cp_str key, struct cp_str v, member_fn *own)
{
    static const char *const maps[] = { "properties", "$defs", "definitions",
                                        "patternProperties" };
    static const char *const lists[] = { "anyOf", "oneOf", "allOf", "prefixItems" };
    static const char *const ones[] = { "items", "additionalProperties", "not", "contains" };
    char kind = J->kind(v);

    key_raw(b, key);
    if (kind == '{' && is_any(key, maps, 4))
        map_walk(b, v, own);
    else if (kind == '[' && (is_any(key, lists, 4) || J->is(key, "items")))
        list_walk(b, v, own);
    else if (kind == '{' && is_any(key, ones, 4))
        schema_walk(b, v, own);
    else
        builder_add(b, v);
}

static void schema_walk(struct builder *b, struct cp_str schema, member_fn *own)
{
    struct cp_str key, v;
    size_t at = 0;

    if (J->kind(schema) != '{') {
        builder_add(b, schema);
        return;
    }
    builder_add(b, S("{"));
    while (J->each(schema, &at, &key, &v))
        if (!own(b, schema, key, v))
            member_walk(b, key, v, own);
    builder_add(b, S("}"));
}

static struct cp_str schema_done(struct cp_call *call, struct cp_str schema, member_fn *own)
{
    struct builder b = { .call = call };
    struct cp_str text;

    schema_walk(&b, schema, own);
    text = builder_text(&b);
    return text.p == NULL || J->check(call, text) != CP_OK ? schema : text;
}

/* ---- from Google's form ------------------------------------------------------------------------ */

static int has_type(struct cp_str object)
{
    struct cp_str type = gemini_member(object, "type");

    return type.p != NULL && !J->is(type, "TYPE_UNSPECIFIED");
}

static int is_nullable(struct cp_str object)
{
    return J->kind(gemini_member(object, "nullable")) == 't';
}

/* "STRING" is "string"; 1: written, or nothing to write. */
static int type_read(struct builder *b, struct cp_str object, struct cp_str v)
{
    static const char *const types[] = { "STRING", "NUMBER", "INTEGER", "BOOLEAN",
                                         "ARRAY",  "OBJECT", "NULL" };
    static const char *const words[] = { "\"string\"",  "\"number\"", "\"integer\"",
                                         "\"boolean\"", "\"array\"",  "\"object\"",
                                         "\"null\"" };
    struct cp_str word = v;

    if (J->is(v, "TYPE_UNSPECIFIED"))
        return 1;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (J->is(v, types[i]))
            word = (struct cp_str){ words[i], strlen(words[i]) };
    if (J->kind(v) != '"')
        return 0;
    builder_key(b, "type");
    if (!is_nullable(object) || J->is(word, "null")) {
        builder_add(b, word);
        return 1;
    }
    builder_add(b, S("["));
    builder_add(b, word);
    builder_add(b, S(",\"null\"]"));
    return 1;
}

/* An array, and null as its last element. */
static void with_null(struct builder *b, const char *key, struct cp_str list,
                      struct cp_str null_json, member_fn *own)
{
    struct cp_str one;
    size_t at = 0;

    builder_key(b, key);
    builder_add(b, S("["));
    while (J->each(list, &at, NULL, &one)) {
        builder_comma(b);
        if (own != NULL)
            schema_walk(b, one, own);
        else
            builder_add(b, one);
    }
    builder_comma(b);
    builder_add(b, null_json);
    builder_add(b, S("]"));
}

static int has_null(struct cp_str list)
{
    struct cp_str one;
    size_t at = 0;

    while (J->each(list, &at, NULL, &one))
        if (J->kind(one) == 'n' ||
            (J->kind(one) == '{' &&
             (J->is(J->get(one, "type"), "NULL") || J->is(J->get(one, "type"), "null"))))
            return 1;
    return 0;
}

static int size_read(struct builder *b, struct cp_str key, struct cp_str v)
{
    static const char *const sizes[] = { "minItems",  "maxItems",      "minLength",
                                         "maxLength", "minProperties", "maxProperties" };
    struct cp_str inner = { v.p + 1, v.n - 2 };

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (!gemini_key_is(key, sizes[i]))
            continue;
        builder_key(b, sizes[i]);
        if (J->kind(v) == '"' && v.n > 2 && J->kind(inner) == '0' &&
            J->check(b->call, inner) == CP_OK)
            v = inner;
        builder_add(b, v);
        return 1;
    }
    return 0;
}

static int example_read(struct builder *b, struct cp_str object, struct cp_str v)
{
    if (J->get(object, "examples").p != NULL)
        return 1;
    builder_key(b, "examples");
    builder_add(b, S("["));
    builder_add(b, v);
    builder_add(b, S("]"));
    return 1;
}

static int google_member(struct builder *b, struct cp_str object, struct cp_str key,
                         struct cp_str v)
{
    if (J->kind(v) == 'n')
        return !J->is(key, "default") && !J->is(key, "const");
    if (J->is(key, "type"))
        return type_read(b, object, v);
    if (J->is(key, "nullable") && (J->kind(v) == 't' || J->kind(v) == 'f'))
        return 1;
    if (gemini_key_is(key, "propertyOrdering"))
        return 1;
    if (J->is(key, "format"))
        return J->is(v, "enum");
    if (J->is(key, "example"))
        return example_read(b, object, v);
    if (J->is(key, "enum") && J->kind(v) == '[' && is_nullable(object) && !has_null(v)) {
        with_null(b, "enum", v, S("null"), NULL);
        return 1;
    }
    if (gemini_key_is(key, "anyOf") && J->kind(v) == '[') {
        if (is_nullable(object) && !has_type(object) && !has_null(v)) {
            with_null(b, "anyOf", v, S("{\"type\":\"null\"}"), google_member);
            return 1;
        }
        builder_key(b, "anyOf");
        list_walk(b, v, google_member);
        return 1;
    }
    return size_read(b, key, v);
}

struct cp_str gemini_schema_read(struct cp_call *call, struct cp_str schema)
{
    return schema_done(call, schema, google_member);
}

/* ---- for parametersJsonSchema ------------------------------------------------------------------- */

/*
 * The service takes JSON Schema but looks at some keywords only: const is none of them, enum is;
 * and beside a $ref it wants nothing that does not begin with a dollar.
 * source: FunctionDeclaration and GenerationConfig of the Gemini API reference, as of 2026-08
 */
static int plain_member(struct builder *b, struct cp_str object, struct cp_str key,
                        struct cp_str v)
{
    if (J->kind(J->get(object, "$ref")) == '"' && key.n > 0 && key.p[0] != '$')
        return 1;
    if (!J->is(key, "const") || J->kind(v) == 'n' || J->get(object, "enum").p != NULL)
        return 0;
    builder_key(b, "enum");
    builder_add(b, S("["));
    builder_add(b, v);
    builder_add(b, S("]"));
    return 1;
}

static int has_word(struct cp_str text, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= text.n; i++)
        if (text.p[i] == word[0] && memcmp(text.p + i, word, n) == 0)
            return 1;
    return 0;
}

struct cp_str gemini_schema_plain(struct cp_call *call, struct cp_str schema)
{
    if (!has_word(schema, "\"const\"") && !has_word(schema, "\"$ref\""))
        return schema;
    return schema_done(call, schema, plain_member);
}
