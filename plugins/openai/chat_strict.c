/* SPDX-License-Identifier: MIT */
/*
 * chat_strict - whether a schema belongs to the subset that OpenAI takes as strict.
 *
 * Claude's formats always bind; here only strict ones do.  A schema outside of the subset is
 * answered with 400 if it is sent as strict, so one that is not surely inside is sent without.
 * source: OpenAI's guide to structured outputs, "supported schemas", as of 2026-08
 */
#include "chat.h"

enum { DEPTH_MOST = 10 };

static const char *const refused[] = {
    "allOf",
    "oneOf",
    "not",
    "if",
    "dependentRequired",
    "dependentSchemas",
    "prefixItems",
    "contains",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "patternProperties",
    "propertyNames",
    "unevaluatedProperties",
    "unevaluatedItems",
};

static int is_listed(struct cp_str list, struct cp_str key)
{
    struct cp_str one;
    size_t at = 0;

    while (J->each(list, &at, NULL, &one))
        if (J->kind(one) == '"' && one.n == key.n + 2 &&
            openai_text_same((struct cp_str){ one.p + 1, one.n - 2 }, key))
            return 1;
    return 0;
}

static int is_object_strict(struct cp_str schema, int depth)
{
    struct cp_str required = J->get(schema, "required"), key, v;
    size_t at = 0;

    if (J->kind(J->get(schema, "additionalProperties")) != 'f')
        return 0;
    while (J->each(J->get(schema, "properties"), &at, &key, &v))
        if (!is_listed(required, key) || !chat_schema_is_strict(v, depth + 1))
            return 0;
    return 1;
}

static int are_strict(struct cp_str schemas, int depth)
{
    struct cp_str key, v;
    size_t at = 0;

    while (J->each(schemas, &at, &key, &v))
        if (!chat_schema_is_strict(v, depth + 1))
            return 0;
    return 1;
}

int chat_schema_is_strict(struct cp_str schema, int depth)
{
    struct cp_str items = J->get(schema, "items");
    int is_object = J->is(J->get(schema, "type"), "object");

    if (J->kind(schema) != '{' || depth > DEPTH_MOST || (depth == 0 && !is_object))
        return 0;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (J->get(schema, refused[i]).p != NULL)
            return 0;
    if ((is_object || J->get(schema, "properties").p != NULL) &&
        !is_object_strict(schema, depth))
        return 0;
    return (items.p == NULL || chat_schema_is_strict(items, depth + 1)) &&
           are_strict(J->get(schema, "anyOf"), depth) &&
           are_strict(J->get(schema, "$defs"), depth);
}
