/* SPDX-License-Identifier: MIT */
/*
 * partial - a call's arguments that come value by value.
 *
 *     {"jsonPath":"$.a.b[0]","stringValue":"New ","willContinue":true}
 *     {"jsonPath":"$.a.b[0]","stringValue":"York"}         more of the same string
 *     {"jsonPath":"$.n","numberValue":2}
 *
 * Values are put into a tree by their paths, in the order they came; the text of the whole is
 * written when the call is complete.
 *
 * source: Vertex AI reference, PartialArg and streamFunctionCallArguments, as of 2026-08
 */
#include "answer.h"

enum { DEPTH_MOST = 32, NODES_MOST = 10000 };

struct partial {
    struct cp_str key;   /* as JSON spells it between its quotes; absent: an array's element */
    struct cp_str value; /* JSON of what is no string */
    struct builder text; /* of a string */
    int is_string, is_array;
    uint32_t nodes_n; /* the root's: in all */
    struct partial *first, *last, *next;
};

/* The next step of a path: .name, ['name'] or [0].  0: the end, or none that can be read. */
static int step_next(struct cp_str *path, struct cp_str *name, int *is_index)
{
    size_t n = 0, begins = 1;
    char end;

    if (path->n < 2 || (path->p[0] != '.' && path->p[0] != '['))
        return 0;
    *is_index = path->p[0] == '[' && path->p[1] >= '0' && path->p[1] <= '9';
    end = path->p[0] == '.' ? '\0' : *is_index ? ']' : path->p[1];
    if (end == '\'' || end == '"')
        begins = 2;
    for (n = begins; n < path->n; n++)
        if (end == '\0' ? path->p[n] == '.' || path->p[n] == '[' : path->p[n] == end)
            break;
    if (end != '\0' && n == path->n)
        return 0;
    *name = (struct cp_str){ path->p + begins, n - begins };
    if (end != '\0')
        n += begins; /* ] or '] */
    n = n > path->n ? path->n : n;
    *path = (struct cp_str){ path->p + n, path->n - n };
    return 1;
}

static struct partial *child_new(struct cp_call *call, struct partial *root,
                                 struct partial *parent)
{
    struct partial *child = root->nodes_n < NODES_MOST ? H->alloc(call, sizeof(*child)) : NULL;

    if (child == NULL)
        return NULL;
    root->nodes_n++;
    child->text.call = call;
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    return child;
}

static struct partial *child_at(struct cp_call *call, struct partial *root,
                                struct partial *parent, int64_t index)
{
    struct partial *child = parent->first;

    parent->is_array = 1;
    for (; child != NULL && index > 0; index--)
        child = child->next;
    while (child == NULL && index >= 0) {
        child = child_new(call, root, parent);
        if (child == NULL)
            return NULL;
        child = index-- > 0 ? NULL : child;
    }
    return child;
}

static struct partial *child_named(struct cp_call *call, struct partial *root,
                                   struct partial *parent, struct cp_str name)
{
    struct partial *child = parent->first;

    while (child != NULL && !gemini_text_same(child->key, name))
        child = child->next;
    if (child == NULL) {
        child = child_new(call, root, parent);
        if (child != NULL)
            child->key = gemini_text_join(call, &name, 1);
    }
    return child;
}

static struct partial *node_at(struct cp_call *call, struct partial *root, struct cp_str path)
{
    struct partial *node = root;
    struct cp_str name;
    int is_index;

    if (path.n > 0 && path.p[0] == '$')
        path = (struct cp_str){ path.p + 1, path.n - 1 };
    for (int depth = 0;
         node != NULL && depth < DEPTH_MOST && step_next(&path, &name, &is_index); depth++) {
        if (is_index)
            node = child_at(call, root, node, gemini_int(name, -1));
        else
            node = child_named(call, root, node, name);
    }
    return node;
}

static void value_take(struct cp_call *call, struct partial *node, struct cp_str arg)
{
    struct cp_str string = gemini_member(arg, "stringValue"), v;

    if (J->kind(string) == '"') {
        node->is_string = 1;
        builder_add(&node->text, J->text(call, string));
        return;
    }
    v = gemini_member(arg, "numberValue");
    if (v.p == NULL)
        v = gemini_member(arg, "boolValue");
    if (v.p == NULL && J->get(arg, "nullValue").p != NULL)
        v = S("null");
    if (v.p != NULL)
        node->value = gemini_text_join(call, &v, 1);
}

void gemini_partial_take(struct cp_call *call, struct partial **root, struct cp_str args)
{
    struct cp_str arg;
    size_t at = 0;

    if (*root == NULL)
        *root = H->alloc(call, sizeof(**root));
    while (*root != NULL && J->kind(args) == '[' && J->each(args, &at, NULL, &arg)) {
        struct partial *node = node_at(call, *root, gemini_member_text(call, arg, "jsonPath"));
        if (node != NULL && node != *root)
            value_take(call, node, arg);
    }
}

static void node_write(struct builder *b, const struct partial *node)
{
    if (node->is_string) {
        builder_quote(b, builder_text(&node->text));
        return;
    }
    if (node->first == NULL) {
        builder_add(b, node->value.p == NULL ? S("null") : node->value);
        return;
    }
    builder_add(b, node->is_array ? S("[") : S("{"));
    for (const struct partial *child = node->first; child != NULL; child = child->next) {
        builder_comma(b);
        if (!node->is_array) {
            builder_quote(b, child->key.p == NULL ? S("") : child->key);
            builder_add(b, S(":"));
        }
        node_write(b, child);
    }
    builder_add(b, node->is_array ? S("]") : S("}"));
}

struct cp_str gemini_partial_text(struct cp_call *call, const struct partial *root)
{
    struct builder b = { .call = call };

    if (root == NULL || root->first == NULL)
        return S("{}");
    node_write(&b, root);
    return builder_text(&b);
}
