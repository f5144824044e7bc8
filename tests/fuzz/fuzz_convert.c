/* SPDX-License-Identifier: MIT */
/*
 * fuzz_convert - any JSON as a channel, or as a change of one: a group or a reason, no secret out, and a text that reads back.
 */
#include "admin/convert.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/node.h"
#include "json/tree.h"

#include <stdlib.h>

#define MUST(cond)                                                                             \
    do {                                                                                       \
        if (!(cond))                                                                           \
            abort();                                                                           \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECRET "sk-CANARY-0123456789-abcdefghij-0123"

static struct node *channel_new(struct arena *arena)
{
    struct node *group = node_new(arena, NODE_GROUP, STR_NONE, STR("channel"));
    struct node *keys = node_new(arena, NODE_LIST, STR("keys"), STR("channel"));
    struct node *key = node_new(arena, NODE_STRING, STR_NONE, STR("channel"));

    key->text = arena_copy(arena, STR(SECRET));
    node_append(keys, key);
    node_append(group, keys);
    return group;
}

static bool says_secret(const struct tree *t)
{
    struct buf text;

    buf_init(&text, 64 << 20);
    tree_write(t, &text);
    bool is_there = str_find(buf_str(&text), STR(SECRET)) >= 0;
    buf_fini(&text);
    return is_there;
}

/* What comes out can go in again; of the secret only its mask is there. */
static void look(struct arena *arena, const struct node *group, bool is_told)
{
    struct tree *shown = convert_out("channels.", group);
    struct node *again = channel_new(arena);
    struct err err = { 0 };

    MUST(is_told || !says_secret(shown));
    (void)convert_patch("channels.", shown, arena, again, &err); /* or it has its reason */
    tree_free(shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(8192, 0);
    struct err err = { 0 };
    struct tree *t = tree_parse(str_n((const char *)data, size), &err);
    struct node *group = channel_new(arena), *made = NULL;

    if (t && tree_kind(t) == TREE_OBJECT) {
        int rc = convert_patch("channels.", t, arena, group, &err);
        MUST(!rc || (rc < 0 && err.what[0]));
        look(arena, group, says_secret(t)); /* whoever says it knows it */
        rc = convert_in("channels.", t, arena, &made, &err);
        MUST(!rc || (rc < 0 && err.what[0]));
    }
    tree_free(t);
    arena_free(arena);
    return 0;
}
