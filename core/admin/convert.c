/* SPDX-License-Identifier: MIT */
/*
 * convert - a piece of configuration as JSON: by the table of options, without secrets.
 *
 * The other way round is convert_in.c.
 */
#include "admin/convert.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/table.h"
#include "json/check.h"
#include "json/tree.h"

#include <stdio.h>

enum { NAME_BYTES = 256, FINGERPRINT_DIGITS = 16 };

static bool type_is(const struct conf_entry *e, const char *type)
{
    return e && str_is(str_of(e->type), type);
}

static bool is_number(struct cp_str text)
{
    return text.n && (text.p[0] == '-' || (text.p[0] >= '0' && text.p[0] <= '9')) &&
           !json_check(text, NULL, NULL);
}

/* What the environment said is text, whatever it means: its option knows. */
static struct tree *out_scalar(const struct conf_entry *e, const struct node *n)
{
    bool is_plain = n->kind == NODE_TEXT;

    if (n->kind == NODE_BOOL || (is_plain && type_is(e, "bool")))
        return tree_bool(str_is(n->text, "true") || str_is(n->text, "1") ||
                         str_is(n->text, "yes") || str_is(n->text, "on"));
    if ((n->kind == NODE_INT || n->kind == NODE_FLOAT || (is_plain && type_is(e, "int"))) &&
        is_number(n->text))
        return tree_number(n->text);
    return tree_text(n->text.p ? n->text : STR(""));
}

/* A text that is a mask already stays as it is. */
static void out_mask(struct cp_str clear, char mask[32])
{
    if (clear.n < 32 && str_find(clear, STR("***")) >= 0)
        snprintf(mask, 32, "%.*s", STR_FMT(clear));
    else
        secret_mask(clear, mask);
}

void convert_fingerprint(struct cp_str clear, char out[32])
{
    char hex[65];

    hash_sha256(clear, hex);
    snprintf(out, 32, "sha256:%.*s", FINGERPRINT_DIGITS, hex);
}

/* "key" is told as mask and fingerprint; of other secrets, such as a header's value, the mask stands in their place. */
static void out_secret(struct tree *object, const struct node *n, const char *name)
{
    char mask[32], fingerprint[32];
    bool is_key = str_is(n->name, "key"), is_mask = str_find(n->text, STR("***")) >= 0;

    out_mask(n->text, mask);
    tree_put_text(object, is_key ? "mask" : name, str_of(mask));
    if (!is_key || is_mask)
        return;
    convert_fingerprint(n->text, fingerprint);
    tree_put_text(object, "fingerprint", str_of(fingerprint));
}

static struct tree *out_group(const char *prefix, const struct node *group);

/* name: of the list; an element that stands for a key is an object, however it was spelled. */
static struct tree *out_element(const char *prefix, const struct node *n)
{
    char name[NAME_BYTES];

    if (n->kind == NODE_GROUP)
        return out_group(prefix, n);
    snprintf(name, sizeof(name), "%skey", prefix);
    if (!type_is(table_find(str_of(name)), "secret"))
        return out_scalar(NULL, n);
    struct node key = { .kind = NODE_STRING, .name = STR("key"), .text = n->text };
    struct tree *object = tree_object();
    out_secret(object, &key, "key");
    return object;
}

static struct tree *out_value(const char *name, const struct node *n)
{
    char prefix[NAME_BYTES];
    struct tree *array;

    snprintf(prefix, sizeof(prefix), "%s.", name);
    if (n->kind == NODE_GROUP)
        return out_group(prefix, n);
    if (n->kind != NODE_LIST)
        return out_scalar(table_find(str_of(name)), n);
    array = tree_array();
    NODE_EACH(child, n)
    tree_append(array,
                child->kind == NODE_LIST ? out_value(name, child) : out_element(prefix, child));
    return array;
}

static struct tree *out_group(const char *prefix, const struct node *group)
{
    struct tree *object = tree_object();

    NODE_EACH(n, group)
    {
        char name[NAME_BYTES], leaf[NAME_BYTES];

        snprintf(name, sizeof(name), "%s%.*s", prefix, STR_FMT(n->name));
        snprintf(leaf, sizeof(leaf), "%.*s", STR_FMT(n->name));
        if (node_is_scalar(n) && type_is(table_find(str_of(name)), "secret"))
            out_secret(object, n, leaf);
        else if (!str_is(n->name, "digest"))
            tree_put(object, leaf, out_value(name, n));
    }
    return object;
}

struct tree *convert_out(const char *prefix, const struct node *n)
{
    struct tree *array;

    if (n->kind == NODE_GROUP)
        return out_group(prefix, n);
    if (n->kind != NODE_LIST)
        return out_scalar(NULL, n);
    array = tree_array();
    NODE_EACH(child, n)
    tree_append(array, out_element(prefix, child));
    return array;
}
