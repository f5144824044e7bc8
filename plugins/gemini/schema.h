/* SPDX-License-Identifier: MIT */
/*
 * schema - what a schema means, gathered from everything that contributes to it.
 *
 * JSON Schema says one thing in many places: behind a $ref, in the branches of an allOf, in the
 * one branch of an anyOf that is not null.  Google's form has none of these, so a schema is first
 * gathered into a view, and the view is written.
 */
#ifndef GEMINI_SCHEMA_H
#define GEMINI_SCHEMA_H

#include "request.h"

enum word {
    TYPE,
    FORMAT,
    TITLE,
    DESCRIPTION,
    ENUM,
    CONST,
    MINIMUM,
    MAXIMUM,
    MIN_EXCLUSIVE,
    MAX_EXCLUSIVE,
    MIN_ITEMS,
    MAX_ITEMS,
    MIN_LENGTH,
    MAX_LENGTH,
    MIN_PROPERTIES,
    MAX_PROPERTIES,
    PATTERN,
    EXAMPLE,
    NULLABLE,
    ORDERING,
    ITEMS,
    PREFIX_ITEMS,
    ADDITIONAL,
    ANY_OF,
    ONE_OF,
    WORDS_N
};

enum { SOURCES_MOST = 16, REFS_MOST = 32, DEPTH_MOST = 32, PATH_MOST = 64, NODES_MOST = 20000 };
struct view {
    struct cp_str word[WORDS_N];
    struct cp_str properties[SOURCES_MOST], required[SOURCES_MOST]; /* all of them count */
    int properties_n, required_n;
    int is_nullable;
    struct cp_str recursive; /* the name of a reference that leads back to itself */
};

struct cleaning {
    struct cp_call *call;
    struct builder b;
    struct cp_str root;
    struct cp_str refs[REFS_MOST]; /* being followed now */
    int refs_n, nodes;
    struct cp_str tool; /* whose arguments these are; absent: no tool's */
    struct cp_str path[PATH_MOST];
    int path_n;
    const char *lost; /* NULL, or what could not be said */
};

/* All properties of a view: in the order they were met, each with what was said of it last. */
struct property {
    struct cp_str key, schema; /* key as it is spelled between its quotes */
    int is_required;
};
struct properties {
    struct property *list;
    struct names at; /* place in list + 1 */
    size_t n;
};
/* All fields 0 when the request is over its budget. */
void properties_list(struct cp_call *, const struct view *, struct properties *);
struct property *properties_find(const struct properties *, struct cp_str key);

/* Adds what the schema says to the view; what is said later wins. */
void schema_gather(struct cleaning *, struct view *, struct cp_str schema, int depth);
/* The array anyOf, or oneOf; absent: neither. */
struct cp_str schema_branches(const struct view *);
int schema_is_null(struct cp_str schema);
/* How many types but null; one: the first of them. */
int schema_type_count(const struct view *, struct cp_str *one);
int schema_is_boolean(struct cp_str values); /* true and false, both: any boolean */

/* ---- schema_write.c, schema_typed.c: into the builder --------------------------------------- */
void schema_node_write(struct cleaning *, struct cp_str schema, int depth);
void schema_typed_write(struct cleaning *, const struct view *, const char *type, int depth);
void schema_enum_write(struct cleaning *, const struct view *, struct cp_str values);
void schema_text_write(struct cleaning *, const struct view *, const char *type);
void schema_word_write(struct cleaning *, const char *key, const char *value);
const char *schema_type_of(const struct view *, int depth); /* "OBJECT" */
/* The values a schema allows, as an array: of enum, or the one of const. */
struct cp_str schema_values_of(struct cleaning *, const struct view *);
int schema_has_null_type(struct cp_str type);
size_t schema_count(struct cp_str list);

#endif
