/* SPDX-License-Identifier: MIT */
/*
 * rules_gemini_schema - the part of OpenAPI's Schema that Gemini takes; anything else is an error.
 *
 * source: Gemini API reference, Schema, read 2026-08
 */
#include "rules.h"

#include <stdio.h>
#include <string.h>

static const char members[] =
    " type format title description nullable default example enum items minItems maxItems minLength"
    " maxLength minProperties maxProperties minimum maximum pattern properties required"
    " propertyOrdering anyOf min_items max_items any_of property_ordering";
static const char types[] =
    " STRING NUMBER INTEGER BOOLEAN ARRAY OBJECT NULL string number integer"
    " boolean array object null";

static bool is_type(struct slice type)
{
    char word[40];

    snprintf(word, sizeof word, " %.*s", RAW(type));
    const char *hit = scan_is_string(type) ? strstr(types, word) : NULL;
    return hit && (!hit[strlen(word)] || hit[strlen(word)] == ' ');
}

static bool is(struct slice type, const char *upper)
{
    return type.n == strlen(upper) + 2 && strncasecmp(type.at + 1, upper, type.n - 2) == 0;
}

static void check_required(struct rules *r, struct slice schema, const char *path)
{
    struct scan walk = scan_open(scan_member(schema, "required")), inner;
    struct slice name, key, value;

    while (scan_next(&walk, NULL, &name)) {
        bool is_there = false;
        inner = scan_open(scan_member(schema, "properties"));
        while (scan_next(&inner, &key, &value))
            is_there |= key.n == name.n && memcmp(key.at, name.at, key.n) == 0;
        if (!is_there)
            rules_refuse(r, path,
                         "* GenerateContentRequest.%s.required: property is not defined: %.*s",
                         path, RAW(name));
    }
}

static void check_enum(struct rules *r, struct slice schema, const char *path)
{
    struct scan walk = scan_open(scan_member(schema, "enum"));
    struct slice value;

    while (scan_next(&walk, NULL, &value)) {
        if (!scan_is_string(value))
            rules_refuse(r, path, "Invalid value at '%s.enum' (TYPE_STRING), %.*s", path,
                         (int)value.n, value.at);
        if (value.n == 2)
            rules_refuse(r, path, "* GenerateContentRequest.%s.enum: cannot be empty", path);
    }
    if (scan_member(schema, "enum").n && !is(scan_member(schema, "type"), "STRING"))
        rules_refuse(r, path, "* GenerateContentRequest.%s.enum: only allowed for STRING type",
                     path);
}

static void check_format(struct rules *r, struct slice schema, const char *path)
{
    struct slice format = scan_member(schema, "format"), type = scan_member(schema, "type");

    if (rules_is_null(format) || !is(type, "STRING"))
        return;
    if (!scan_is(format, "enum") && !scan_is(format, "date-time"))
        rules_refuse(
            r, path,
            "* GenerateContentRequest.%s.format: only 'enum' and 'date-time' are supported for STRING type",
            path);
}

static void check_children(struct rules *r, struct slice schema, const char *path)
{
    struct scan walk = scan_open(scan_member(schema, "properties"));
    struct slice key, child, items = scan_member(schema, "items");
    char at[RULES_PATH_MAX];

    while (scan_next(&walk, &key, &child)) {
        snprintf(at, sizeof at, "%.60s.properties[%.*s]", path, RAW(key));
        rules_gemini_schema(r, child, at);
    }
    snprintf(at, sizeof at, "%.100s.items", path);
    if (items.n)
        rules_gemini_schema(r, items, at);
    walk = scan_open(scan_member(schema, "anyOf"));
    snprintf(at, sizeof at, "%.100s.any_of", path);
    while (scan_next(&walk, NULL, &child))
        rules_gemini_schema(r, child, at);
}

void rules_gemini_schema(struct rules *r, struct slice schema, const char *path)
{
    struct slice bad, type = scan_member(schema, "type"),
                      properties = scan_member(schema, "properties");

    if (!schema.n || schema.at[0] != '{') {
        rules_refuse(
            r, path,
            "Invalid value at '%s' (type.googleapis.com/google.ai.generativelanguage.v1beta.Schema)",
            path);
        return;
    }
    bad = rules_unknown(schema, members);
    if (bad.n)
        rules_refuse(
            r, path,
            "Invalid JSON payload received. Unknown name \"%.*s\" at '%s': Cannot find field.",
            RAW(bad), path);
    if (!type.n && !scan_member(schema, "anyOf").n)
        rules_refuse(r, path, "* GenerateContentRequest.%s.type: must be specified", path);
    if (type.n && !is_type(type))
        rules_refuse(
            r, path,
            "Invalid value at '%s.type' (type.googleapis.com/google.ai.generativelanguage.v1beta.Type), %.*s",
            path, (int)(type.n < 60 ? type.n : 60), type.at);
    if (is(type, "ARRAY") && !scan_member(schema, "items").n)
        rules_refuse(r, path, "* GenerateContentRequest.%s.items: missing field.", path);
    if (is(type, "OBJECT") && properties.n && !rules_count(properties) &&
        !strstr(path, "properties["))
        rules_refuse(
            r, path,
            "* GenerateContentRequest.%s.properties: should be non-empty for OBJECT type",
            path);
    check_required(r, schema, path);
    check_enum(r, schema, path);
    check_format(r, schema, path);
    check_children(r, schema, path);
}
