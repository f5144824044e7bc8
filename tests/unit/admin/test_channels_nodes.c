/* SPDX-License-Identifier: MIT */
/*
 * test_channels_nodes - channels, switches and keys in the tree of managed.conf.
 */
#include "admin/channels_nodes.h"

#include "admin/twig.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/print.h"
#include "conf/read.h"

#include "../test.h"

static const char *const managed =
    "channels = ( { id = \"a\"; promoted_until = \"2026-01-01T00:00:00Z\"; keys = ( \"one\","
    " { key = \"two\"; label = \"b\"; }, \"env:THREE\" ); }, { id = \"b\"; } );"
    "families = ( { name = \"chat\"; order = ( \"a\", \"b\" ); } );"
    "routes = ( { model = \"*\"; channels = ( \"b\", \"a\" ); } );"
    "switches = ( { channel = \"f\"; priority = 3; }, { channel = \"g\"; promoted_until = \"x\"; },"
    " { channel = \"a\"; weight = 2; } );";

static struct node *parse(struct arena *arena, const char *text)
{
    struct buf out;
    struct conf_report report = { .out = &out };

    buf_init(&out, 4096);
    struct node *root = read_text(arena, STR("f"), str_of(text), &report);
    CHECK_EQ(report.errors, 0);
    buf_fini(&out);
    return root;
}

TEST(a_channel_goes_with_all_that_names_it)
{
    struct arena *arena = arena_new(4096, 0);
    struct node *root = parse(arena, managed);

    CHECK(channels_node(root, STR("a")) != NULL);
    CHECK(!channels_node(root, STR("f")));
    CHECK(channels_remove(root, STR("a")));
    CHECK(!channels_remove(root, STR("a")));
    CHECK(!channels_remove(root, STR("f")));
    CHECK(!channels_node(root, STR("a")));
    CHECK(channels_node(root, STR("b")) != NULL);
    CHECK_EQ(twig_count(node_get(node_get(root, "families")->first, "order")), 1);
    CHECK_EQ(twig_count(node_get(node_get(root, "routes")->first, "channels")), 1);
    CHECK_EQ(twig_count(node_get(root, "switches")), 2);
    arena_free(arena);
}

TEST(switches_are_made_and_tidied)
{
    struct arena *arena = arena_new(4096, 0);
    struct node *root = parse(arena, "");

    CHECK(!channels_switch(arena, root, STR("f"), false));
    struct node *n = channels_switch(arena, root, STR("f"), true);
    CHECK(n == channels_switch(arena, root, STR("f"), true));
    CHECK(n == channels_settable(arena, root, STR("f")));
    twig_put_text(arena, n, "status", STR("suspended"));
    (void)twig_list(arena, n, "key_order");
    channels_tidy(root);
    CHECK_EQ(twig_count(n), 2);
    CHECK(twig_drop(n, "status"));
    channels_tidy(root);
    CHECK(!node_get(root, "switches"));
    arena_free(arena);
}

TEST(one_is_promoted_at_most)
{
    struct arena *arena = arena_new(4096, 0);
    struct node *root = parse(arena, managed);

    channels_unpromote(root, STR("g"));
    CHECK(!node_get(channels_node(root, STR("a")), "promoted_until"));
    CHECK(channels_switch(arena, root, STR("g"), false) != NULL);
    channels_unpromote(root, STR_NONE);
    CHECK(!channels_switch(arena, root, STR("g"), false));
    CHECK(channels_switch(arena, root, STR("f"), false) != NULL);
    arena_free(arena);
}

TEST(keys_are_known_by_ids_that_are_never_written)
{
    struct arena *arena = arena_new(4096, 0);
    struct node *root = parse(arena, managed);
    struct node *keys = node_get(channels_node(root, STR("a")), "keys");
    char one[13], two[13];
    struct conf_key known[3] = { { .id = "1" }, { .id = "2" }, { .id = "333333333333" } };
    struct conf_channel conf = { .keys = known, .keys_n = 3 };
    struct err err = { 0 };
    struct buf text;

    secret_id(STR("one"), STR("install"), one);
    secret_id(STR("two"), STR("install"), two);
    channels_name_keys(arena, keys, STR("install"), &conf);
    CHECK(twig_find(keys, "id", str_of(one)) != NULL);
    CHECK_STR(node_text(twig_find(keys, "id", str_of(two)), "label"), "b");
    CHECK_STR(node_text(twig_find(keys, "id", STR("333333333333")), "key"), "env:THREE");

    struct cp_str order[] = { STR("333333333333"), str_of(two) };
    CHECK_EQ(channels_order_keys(keys, order, 2, &err), 0);
    CHECK_STR(node_text(keys->first, "key"), "env:THREE");
    CHECK_STR(node_text(keys->last, "key"), "one");
    struct cp_str unknown[] = { STR("nobody") };
    CHECK_EQ(channels_order_keys(keys, unknown, 1, &err), E_ABSENT);
    CHECK_EQ(twig_count(keys), 3);

    channels_unname_keys(keys);
    buf_init(&text, 4096);
    print_nodes(root, &text);
    CHECK(str_find(buf_str(&text), str_of(one)) < 0);
    buf_fini(&text);
    arena_free(arena);
}

TEST_MAIN()
