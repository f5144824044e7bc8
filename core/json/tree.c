/* SPDX-License-Identifier: MIT */
/*
 * tree - a JSON value as a tree, for the control plane; the only file pair that knows json-c.
 *
 * The tree is json-c's; reading and writing it is our own walk over slices, because json-c's reader clamps integers beyond 64
 * bits, takes the last of two members of one name, and its writer passes invalid UTF-8 on.  A number is kept as its
 * spelling.  json-c's null is a NULL pointer, which here says "not there": so a value of its own stands for null outside, and
 * becomes NULL where it is hung in.
 */
#include "json/tree.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "json/check.h"
#include "json/slice.h"
#include "json/write.h"

/* json-c has a type with the name of one of our functions. */
#define json_bool json_c_bool
#include <json-c/json_object.h>
#include <json-c/linkhash.h>
#undef json_bool

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* An empty {} costs json-c about a kilobyte: json-c 0.16, lh_table_new() with 16 entries. */
enum { TREE_CONTAINERS = 20000, ARENA_BYTES = 4096, AT_END = 1 };

static const char null_mark;

static struct tree *tree_none(void)
{
    return (struct tree *)(uintptr_t)&null_mark;
}

static struct json_object *tree_in(const struct tree *t)
{
    return t == tree_none() ? NULL : (struct json_object *)(uintptr_t)t;
}

static struct tree *tree_out(struct json_object *o)
{
    return o ? (struct tree *)o : tree_none();
}

static struct tree *tree_made(struct json_object *o)
{
    if (!o)
        abort(); /* out of memory */
    return (struct tree *)o;
}

/* ---- making ---- */

struct tree *tree_null(void)
{
    return tree_none();
}

struct tree *tree_bool(bool v)
{
    return tree_made(json_object_new_boolean(v));
}

static struct tree *tree_spelled(const char *z)
{
    return tree_made(json_object_new_double_s(0, z));
}

struct tree *tree_int(int64_t v)
{
    char z[24];

    snprintf(z, sizeof(z), "%" PRId64, v);
    return tree_spelled(z);
}

struct tree *tree_number(struct cp_str spelled)
{
    struct arena *a = arena_new(ARENA_BYTES, 0);
    struct tree *t = tree_none();

    if (!json_check(spelled, NULL, NULL) && json_kind(str_trim(spelled)) == '0')
        t = tree_spelled(arena_z(a, str_trim(spelled)));
    arena_free(a);
    return t;
}

struct tree *tree_text(struct cp_str s)
{
    if (!s.p)
        return tree_none();
    return tree_made(json_object_new_string_len(s.p, (int)s.n));
}

struct tree *tree_array(void)
{
    return tree_made(json_object_new_array());
}

struct tree *tree_object(void)
{
    return tree_made(json_object_new_object());
}

struct tree *tree_copy(const struct tree *t)
{
    struct json_object *copy = NULL;

    if (!t || t == tree_none())
        return (struct tree *)(uintptr_t)t;
    if (json_object_deep_copy(tree_in(t), &copy, NULL))
        abort(); /* out of memory */
    return (struct tree *)copy;
}

/* Texts of the control plane may be keys. */
static void tree_wipe(struct tree *t)
{
    struct cp_str name, text = tree_as_text(t);
    struct tree *v;
    size_t at = 0;

    if (text.n)
        explicit_bzero((void *)(uintptr_t)text.p, text.n);
    while (tree_each(t, &at, &name, &v))
        tree_wipe(v);
    for (size_t i = 0; tree_kind(t) == TREE_ARRAY && i < tree_count(t); i++)
        tree_wipe(tree_at(t, i));
}

void tree_free(struct tree *t)
{
    if (!t)
        return;
    tree_wipe(t);
    json_object_put(tree_in(t)); /* takes NULL */
}

/* ---- reading a text ---- */

struct reader {
    struct arena *arena;
    struct cp_str text;
    struct err *err;
};

static struct tree *tree_read(struct reader *, struct cp_str v);

static bool tree_read_member(struct reader *r, struct tree *object, struct cp_str key,
                             struct cp_str v)
{
    const char *name = arena_z(r->arena, json_key_text(r->arena, key));
    char where[48];

    if (tree_get(object, name)) {
        snprintf(where, sizeof(where), "offset %zu", (size_t)(key.p - r->text.p));
        err_set(r->err, E_SYNTAX, where, "the member \"%.80s\" stands there twice", name);
        return false;
    }
    struct tree *value = tree_read(r, v);
    if (value)
        tree_put(object, name, value);
    return value != NULL;
}

static bool tree_read_element(struct reader *r, struct tree *array, struct cp_str v)
{
    struct tree *value = tree_read(r, v);

    if (value)
        tree_append(array, value);
    return value != NULL;
}

/* As deep as the text, which has been checked. */
static struct tree *tree_read_list(struct reader *r, struct cp_str list)
{
    bool is_object = json_kind(list) == '{', is_good = true;
    struct tree *t = is_object ? tree_object() : tree_array();
    struct cp_str key, v;
    size_t at = 0;

    while (is_good && json_each(list, &at, &key, &v) == 1)
        is_good = is_object ? tree_read_member(r, t, key, v) : tree_read_element(r, t, v);
    if (is_good)
        return t;
    tree_free(t);
    return NULL;
}

static struct tree *tree_read(struct reader *r, struct cp_str v)
{
    switch (json_kind(v)) {
    case '{':
    case '[':
        return tree_read_list(r, v);
    case '"':
        return tree_text(json_text(r->arena, v));
    case '0':
        return tree_spelled(arena_z(r->arena, v));
    case 't':
    case 'f':
        return tree_bool(json_true(v));
    default:
        return tree_none();
    }
}

struct tree *tree_parse(struct cp_str text, struct err *err)
{
    const struct json_limits limits = { TREE_DEPTH, TREE_CONTAINERS, TREE_VALUES };
    struct reader r = { .text = text, .err = err };

    if (json_check(text, &limits, err))
        return NULL;
    r.arena = arena_new(ARENA_BYTES, 0);
    struct tree *t = tree_read(&r, str_trim(text));
    arena_free(r.arena);
    return t;
}

/* ---- looking ---- */

enum tree_kind tree_kind(const struct tree *t)
{
    if (!t || t == tree_none())
        return TREE_NULL;
    switch (json_object_get_type(tree_in(t))) {
    case json_type_boolean:
        return TREE_BOOL;
    case json_type_double:
        return TREE_NUMBER;
    case json_type_string:
        return TREE_TEXT;
    case json_type_array:
        return TREE_ARRAY;
    default:
        return TREE_OBJECT;
    }
}

struct cp_str tree_as_text(const struct tree *t)
{
    if (tree_kind(t) != TREE_TEXT)
        return STR_NONE;
    return str_n(json_object_get_string(tree_in(t)),
                 (size_t)json_object_get_string_len(tree_in(t)));
}

struct cp_str tree_as_number(const struct tree *t)
{
    return tree_kind(t) == TREE_NUMBER ? str_of(json_object_get_userdata(tree_in(t)))
                                       : STR_NONE;
}

int64_t tree_as_int(const struct tree *t, int64_t preset)
{
    struct cp_str spelled = tree_as_number(t);
    int64_t v;

    return spelled.p && !json_int(spelled, &v) ? v : preset;
}

bool tree_as_bool(const struct tree *t)
{
    return tree_kind(t) == TREE_BOOL && json_object_get_boolean(tree_in(t));
}

struct tree *tree_get(const struct tree *object, const char *name)
{
    struct json_object *found;

    if (tree_kind(object) != TREE_OBJECT ||
        !json_object_object_get_ex(tree_in(object), name, &found))
        return NULL;
    return tree_out(found);
}

struct tree *tree_at(const struct tree *array, size_t i)
{
    if (tree_kind(array) != TREE_ARRAY || i >= json_object_array_length(tree_in(array)))
        return NULL;
    return tree_out(json_object_array_get_idx(tree_in(array), i));
}

size_t tree_count(const struct tree *t)
{
    switch (tree_kind(t)) {
    case TREE_ARRAY:
        return json_object_array_length(tree_in(t));
    case TREE_OBJECT:
        return (size_t)json_object_object_length(tree_in(t));
    default:
        return 0;
    }
}

/* *at is the next entry's address, so that a step costs the same wherever it is. */
bool tree_each(const struct tree *object, size_t *at, struct cp_str *name, struct tree **value)
{
    const struct lh_entry *e;

    if (tree_kind(object) != TREE_OBJECT || *at == AT_END)
        return false;
    e = *at ? (const struct lh_entry *)(uintptr_t)*at
            : json_object_get_object(tree_in(object))->head;
    if (!e)
        return false;
    *name = str_of(lh_entry_k(e));
    *value = tree_out((struct json_object *)(uintptr_t)lh_entry_v(e));
    *at = e->next ? (size_t)(uintptr_t)e->next : AT_END;
    return true;
}

/* ---- changing ---- */

void tree_put(struct tree *object, const char *name, struct tree *value)
{
    if (json_object_object_add(tree_in(object), name, tree_in(value)))
        abort(); /* out of memory */
}

void tree_put_text(struct tree *object, const char *name, struct cp_str s)
{
    tree_put(object, name, tree_text(s));
}

void tree_put_int(struct tree *object, const char *name, int64_t v)
{
    tree_put(object, name, tree_int(v));
}

void tree_put_bool(struct tree *object, const char *name, bool v)
{
    tree_put(object, name, tree_bool(v));
}

void tree_append(struct tree *array, struct tree *value)
{
    if (json_object_array_add(tree_in(array), tree_in(value)))
        abort(); /* out of memory */
}

bool tree_drop(struct tree *object, const char *name)
{
    struct tree *t = tree_get(object, name);

    if (!t)
        return false;
    tree_wipe(t);
    json_object_object_del(tree_in(object), name);
    return true;
}

static bool tree_is_equal_object(const struct tree *a, const struct tree *b)
{
    struct cp_str name;
    struct tree *v;
    size_t at = 0;

    while (tree_each(a, &at, &name, &v)) {
        struct tree *other = tree_get(b, name.p);
        if (!other || !tree_is_equal(v, other))
            return false;
    }
    return true;
}

static bool tree_is_equal_array(const struct tree *a, const struct tree *b)
{
    for (size_t i = 0; i < tree_count(a); i++)
        if (!tree_is_equal(tree_at(a, i), tree_at(b, i)))
            return false;
    return true;
}

bool tree_is_equal(const struct tree *a, const struct tree *b)
{
    if (tree_kind(a) != tree_kind(b) || tree_count(a) != tree_count(b))
        return false;
    switch (tree_kind(a)) {
    case TREE_OBJECT:
        return tree_is_equal_object(a, b);
    case TREE_ARRAY:
        return tree_is_equal_array(a, b);
    case TREE_TEXT:
        return str_eq(tree_as_text(a), tree_as_text(b));
    case TREE_NUMBER:
        return str_eq(tree_as_number(a), tree_as_number(b));
    case TREE_BOOL:
        return tree_as_bool(a) == tree_as_bool(b);
    default:
        return true;
    }
}

/* ---- writing ---- */

struct writer {
    struct buf *out;
    bool is_pretty;
    unsigned depth;
};

static void tree_write_value(struct writer *, const struct tree *);

static void tree_write_text(struct writer *w, struct cp_str s)
{
    struct json_writer one;

    json_writer_init(&one, w->out);
    (void)json_string(&one, s); /* the buf remembers */
}

static void tree_write_line(struct writer *w)
{
    if (!w->is_pretty)
        return;
    buf_add_c(w->out, '\n');
    for (unsigned i = 0; i < w->depth; i++)
        buf_add_z(w->out, "  ");
}

static void tree_write_members(struct writer *w, const struct tree *t)
{
    bool is_next = false;
    struct cp_str name;
    struct tree *v;
    size_t at = 0;

    while (tree_each(t, &at, &name, &v)) {
        if (is_next)
            buf_add_c(w->out, ',');
        tree_write_line(w);
        tree_write_text(w, name);
        buf_add_z(w->out, w->is_pretty ? ": " : ":");
        tree_write_value(w, v);
        is_next = true;
    }
}

static void tree_write_elements(struct writer *w, const struct tree *t)
{
    for (size_t i = 0; i < tree_count(t); i++) {
        if (i)
            buf_add_c(w->out, ',');
        tree_write_line(w);
        tree_write_value(w, tree_at(t, i));
    }
}

static void tree_write_list(struct writer *w, const struct tree *t)
{
    bool is_object = tree_kind(t) == TREE_OBJECT;

    buf_add_c(w->out, is_object ? '{' : '[');
    w->depth++;
    if (is_object)
        tree_write_members(w, t);
    else
        tree_write_elements(w, t);
    w->depth--;
    if (tree_count(t))
        tree_write_line(w);
    buf_add_c(w->out, is_object ? '}' : ']');
}

static void tree_write_value(struct writer *w, const struct tree *t)
{
    switch (tree_kind(t)) {
    case TREE_OBJECT:
    case TREE_ARRAY:
        tree_write_list(w, t);
        break;
    case TREE_TEXT:
        tree_write_text(w, tree_as_text(t));
        break;
    case TREE_NUMBER:
        buf_add_str(w->out, tree_as_number(t));
        break;
    case TREE_BOOL:
        buf_add_z(w->out, tree_as_bool(t) ? "true" : "false");
        break;
    default:
        buf_add_z(w->out, "null");
    }
}

void tree_write(const struct tree *t, struct buf *out)
{
    tree_write_value(&(struct writer){ out, false, 0 }, t);
}

void tree_write_pretty(const struct tree *t, struct buf *out)
{
    tree_write_value(&(struct writer){ out, true, 0 }, t);
    buf_add_c(out, '\n');
}
