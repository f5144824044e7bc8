/* SPDX-License-Identifier: MIT */
/*
 * schema_gather - references followed, allOf merged: one view of what a schema says.
 *
 * A reference that leads back to itself cannot be spelled out; it is told by name.  A schema that
 * would grow without end by references that do not (each naming the next twice) is cut off by
 * the count of nodes.
 */
#include "schema.h"

#include <string.h>

static const char *const words[WORDS_N] = { "type",
                                            "format",
                                            "title",
                                            "description",
                                            "enum",
                                            "const",
                                            "minimum",
                                            "maximum",
                                            "exclusiveMinimum",
                                            "exclusiveMaximum",
                                            "minItems",
                                            "maxItems",
                                            "minLength",
                                            "maxLength",
                                            "minProperties",
                                            "maxProperties",
                                            "pattern",
                                            "example",
                                            "nullable",
                                            "propertyOrdering",
                                            "items",
                                            "prefixItems",
                                            "additionalProperties",
                                            "anyOf",
                                            "oneOf" };

/* Known, and left out: they say nothing to a model that it could not do without. */
static const char *const silent[] = {
    "$schema",  "$id",           "$comment",    "$anchor",
    "$defs",    "definitions",   "$vocabulary", "id",
    "examples", "deprecated",    "readOnly",    "writeOnly",
    "strict",   "cache_control", "default",     "$dynamicAnchor"
};

static int is_silent(struct cp_str key, struct cp_str v)
{
    for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
        if (J->is(key, silent[i]))
            return 1;
    /* "no others" is how this form is read anyway */
    return J->is(key, "additionalItems") && J->kind(v) == 'f';
}

/* ---- references ---------------------------------------------------------------------------------- */

static struct cp_str last_of(struct cp_str pointer)
{
    for (size_t i = pointer.n; i > 0; i--)
        if (pointer.p[i - 1] == '/')
            return (struct cp_str){ pointer.p + i, pointer.n - i };
    return pointer;
}

/* One step of a JSON pointer, with its ~1 and ~0 undone. source: RFC 6901, section 4 */
static struct cp_str step_of(struct cp_call *call, struct cp_str s)
{
    char *p = H->alloc(call, s.n + 1);
    size_t n = 0;

    if (p == NULL)
        return NOTHING;
    for (size_t i = 0; i < s.n; i++) {
        int is_escape =
            s.p[i] == '~' && i + 1 < s.n && (s.p[i + 1] == '0' || s.p[i + 1] == '1');
        p[n++] = is_escape ? (s.p[i + 1] == '0' ? '~' : '/') : s.p[i];
        i += (size_t)is_escape;
    }
    p[n] = '\0';
    return (struct cp_str){ p, n };
}

static struct cp_str element(struct cp_str list, struct cp_str number)
{
    struct cp_str one;
    size_t at = 0, n = 0;

    if (number.n == 0 || number.n > 6)
        return NOTHING;
    for (size_t i = 0; i < number.n; i++) {
        if (number.p[i] < '0' || number.p[i] > '9')
            return NOTHING;
        n = n * 10 + (size_t)(number.p[i] - '0');
    }
    while (J->each(list, &at, NULL, &one))
        if (n-- == 0)
            return one;
    return NOTHING;
}

static struct cp_str resolve(struct cleaning *c, struct cp_str pointer)
{
    struct cp_str at = c->root;

    if (pointer.n == 0 || pointer.p[0] != '#')
        return NOTHING;
    pointer.p++;
    pointer.n--;
    while (pointer.n > 0 && at.p != NULL) {
        const char *end;
        struct cp_str step;
        if (pointer.p[0] != '/')
            return NOTHING;
        pointer.p++;
        pointer.n--;
        end = memchr(pointer.p, '/', pointer.n);
        step =
            (struct cp_str){ pointer.p, end == NULL ? pointer.n : (size_t)(end - pointer.p) };
        pointer.p += step.n;
        pointer.n -= step.n;
        step = step_of(c->call, step);
        if (step.p == NULL)
            return NOTHING;
        at = J->kind(at) == '{'   ? J->get(at, step.p)
             : J->kind(at) == '[' ? element(at, step)
                                  : NOTHING;
    }
    return at;
}

static int is_followed(const struct cleaning *c, struct cp_str target)
{
    for (int i = 0; i < c->refs_n; i++)
        if (c->refs[i].p == target.p && c->refs[i].n == target.n)
            return 1;
    return 0;
}

static void follow(struct cleaning *c, struct view *v, struct cp_str ref, int depth)
{
    struct cp_str pointer = J->text(c->call, ref), target = resolve(c, pointer);

    if (J->kind(target) != '{' || is_followed(c, target) || c->refs_n == REFS_MOST) {
        v->recursive = last_of(pointer);
        c->lost = "a reference that leads back to itself, or nowhere";
        return;
    }
    c->refs[c->refs_n++] = target;
    schema_gather(c, v, target, depth + 1);
}

/* ---- members --------------------------------------------------------------------------------------- */

static void source_add(struct cleaning *c, struct cp_str *list, int *n, struct cp_str v)
{
    if (*n == SOURCES_MOST)
        c->lost = "properties from too many places";
    else
        list[(*n)++] = v;
}

static void member_gather(struct cleaning *c, struct view *v, struct cp_str key,
                          struct cp_str value)
{
    if (J->is(key, "properties") && J->kind(value) == '{') {
        source_add(c, v->properties, &v->properties_n, value);
    } else if (J->is(key, "required") && J->kind(value) == '[') {
        source_add(c, v->required, &v->required_n, value);
    } else if (!J->is(key, "$ref") && !J->is(key, "allOf") && !is_silent(key, value)) {
        for (int i = 0; i < WORDS_N; i++)
            if (J->is(key, words[i])) {
                v->word[i] = value;
                return;
            }
        c->lost = "keywords that this form of schema has not";
    }
}

void schema_gather(struct cleaning *c, struct view *v, struct cp_str schema, int depth)
{
    struct cp_str ref = J->get(schema, "$ref"), all = J->get(schema, "allOf"), key, value;
    size_t at = 0;

    if (J->kind(schema) != '{' || depth > DEPTH_MOST || c->nodes++ > NODES_MOST)
        return;
    if (J->kind(ref) == '"')
        follow(c, v, ref, depth);
    while (J->kind(all) == '[' && J->each(all, &at, NULL, &value))
        schema_gather(c, v, value, depth + 1);
    at = 0;
    while (J->each(schema, &at, &key, &value))
        member_gather(c, v, key, value);
    v->is_nullable |= J->kind(v->word[NULLABLE]) == 't';
}

/* ---- what it comes to --------------------------------------------------------------------------------- */

int schema_is_null(struct cp_str schema)
{
    struct cp_str list = J->get(schema, "enum"), one;
    size_t at = 0;

    if (J->kind(schema) != '{')
        return 0;
    if (J->is(J->get(schema, "type"), "null") || J->is(J->get(schema, "type"), "NULL") ||
        J->kind(J->get(schema, "const")) == 'n')
        return 1;
    return J->kind(list) == '[' && J->each(list, &at, NULL, &one) && J->kind(one) == 'n' &&
           !J->each(list, &at, NULL, &one);
}

struct cp_str schema_branches(const struct view *v)
{
    return J->kind(v->word[ANY_OF]) == '[' ? v->word[ANY_OF] : v->word[ONE_OF];
}

int schema_type_count(const struct view *v, struct cp_str *one)
{
    struct cp_str type;
    size_t at = 0;
    int n = 0;

    if (J->kind(v->word[TYPE]) != '[') {
        *one = v->word[TYPE];
        return J->kind(*one) == '"';
    }
    while (J->each(v->word[TYPE], &at, NULL, &type))
        if (J->kind(type) == '"' && !J->is(type, "null")) {
            *one = n++ == 0 ? type : *one;
        }
    return n;
}

int schema_is_boolean(struct cp_str values)
{
    struct cp_str one;
    size_t at = 0;
    int has_true = 0, has_false = 0;

    while (J->each(values, &at, NULL, &one)) {
        has_true |= J->kind(one) == 't';
        has_false |= J->kind(one) == 'f';
        if (J->kind(one) != 't' && J->kind(one) != 'f')
            return 0;
    }
    return has_true && has_false;
}

/* ---- properties ------------------------------------------------------------------------------------------ */

struct property *properties_find(const struct properties *all, struct cp_str key)
{
    uint32_t at = all->n == 0 ? 0 : *names_at(&all->at, key);

    return at == 0 ? NULL : &all->list[at - 1];
}

static void property_add(struct properties *all, struct cp_str key, struct cp_str schema)
{
    uint32_t *at = names_at(&all->at, key);

    if (*at == 0) {
        all->list[all->n] = (struct property){ key, schema, 0 };
        *at = (uint32_t)++all->n;
    } else {
        all->list[*at - 1].schema = schema;
    }
}

static size_t keys_count(const struct cp_str *objects, int n)
{
    struct cp_str one;
    size_t count = 0;

    for (int i = 0; i < n; i++)
        for (size_t at = 0; J->each(objects[i], &at, NULL, &one);)
            count++;
    return count;
}

void properties_list(struct cp_call *call, const struct view *v, struct properties *all)
{
    size_t n = keys_count(v->properties, v->properties_n);
    struct cp_str key, value;

    memset(all, 0, sizeof(*all));
    if (n == 0 || n > UINT32_MAX / 4)
        return;
    all->list = H->alloc(call, n * sizeof(*all->list));
    /* required names are asked for, too */
    if (all->list == NULL ||
        !names_init(call, &all->at, n + keys_count(v->required, v->required_n)))
        return;
    for (int i = 0; i < v->properties_n; i++)
        for (size_t at = 0; J->each(v->properties[i], &at, &key, &value);)
            property_add(all, key, value);
}
