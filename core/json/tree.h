/* SPDX-License-Identifier: MIT */
/*
 * tree - a JSON value as a tree, for the control plane; the only file pair that knows json-c.
 *
 * For what people administer: small, changed member by member, never on the path of an LLM request.
 * A text is checked by json/check.h before json-c sees it, because json-c takes NaN and single quotes, cuts keys at a
 * NUL and needs 265 times the memory of some texts (measured, json-c 0.16).
 *
 * Values are owned by what holds them; who makes one and hands it to nobody frees it.  JSON's null is TREE_NULL, a value
 * like others; a NULL pointer is "not there".  Not thread-safe.
 */
#ifndef JSON_TREE_H
#define JSON_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct buf;
struct tree;

enum tree_kind {
    TREE_NULL = 1,
    TREE_BOOL = 2,
    TREE_NUMBER = 3,
    TREE_TEXT = 4,
    TREE_ARRAY = 5,
    TREE_OBJECT = 6
};

enum { TREE_DEPTH = 64, TREE_VALUES = 200000 };

/* NULL: err.where says at which byte, err.what why.  Members that stand there twice are refused. */
struct tree *tree_parse(struct cp_str text, struct err *);
void tree_free(struct tree *); /* its texts are overwritten: they may be keys */

struct tree *tree_null(void);
struct tree *tree_bool(bool);
struct tree *tree_int(int64_t);
struct tree *tree_number(struct cp_str spelled); /* JSON's spelling, kept as it is */
struct tree *tree_text(struct cp_str);           /* an absent one is TREE_NULL */
struct tree *tree_array(void);
struct tree *tree_object(void);
struct tree *tree_copy(const struct tree *);

enum tree_kind tree_kind(const struct tree *);
/* Lent as long as the tree is not changed.  Of another kind: STR_NONE, preset, false. */
struct cp_str tree_as_text(const struct tree *);
struct cp_str tree_as_number(const struct tree *); /* its spelling */
int64_t tree_as_int(const struct tree *,
                    int64_t preset); /* preset also if it is no whole number */
bool tree_as_bool(const struct tree *);

/* Members and elements; NULL: not there, or tree is of another kind or NULL itself. */
struct tree *tree_get(const struct tree *object, const char *name);
struct tree *tree_at(const struct tree *array, size_t i);
size_t tree_count(const struct tree *); /* of elements or members; else 0 */
/* Steps through an object's members in their order; *at starts at 0.  Nothing may be added or dropped on the way. */
bool tree_each(const struct tree *object, size_t *at, struct cp_str *name, struct tree **value);

/* Take the value; put replaces what was there. */
void tree_put(struct tree *object, const char *name, struct tree *value);
void tree_put_text(struct tree *object, const char *name, struct cp_str);
void tree_put_int(struct tree *object, const char *name, int64_t);
void tree_put_bool(struct tree *object, const char *name, bool);
void tree_append(struct tree *array, struct tree *value);
bool tree_drop(struct tree *object, const char *name); /* it was there */

bool tree_is_equal(const struct tree *, const struct tree *);
/* One line; members in their order, so the same tree is the same text. */
void tree_write(const struct tree *, struct buf *out);
void tree_write_pretty(const struct tree *,
                       struct buf *out); /* two spaces a level, a newline at the end */

#endif
