/* SPDX-License-Identifier: MIT */
/*
 * test_convert - pieces of configuration as JSON and back; secrets stay, and never come out.
 */
#include "admin/convert.h"

#include "admin/twig.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/read.h"
#include "json/tree.h"

#include "../test.h"

#define KEY "sk-CANARY-abcdefghijklmnopqrstuvwxyz"

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

static struct node *channel_of(struct arena *arena, const char *text)
{
    return node_get(parse(arena, text), "channels")->first;
}

static struct cp_str shown(struct arena *arena, const char *prefix, const struct node *n)
{
    struct tree *t = convert_out(prefix, n);
    struct buf out;

    buf_init(&out, 1 << 20);
    tree_write(t, &out);
    struct cp_str text = arena_copy(arena, buf_str(&out));
    buf_fini(&out);
    tree_free(t);
    return text;
}

/* "" if it went well, else "PATH: WHY". */
static struct cp_str patch(struct arena *arena, const char *prefix, struct node *group,
                           const char *json)
{
    struct err err = { 0 };
    struct tree *t = tree_parse(str_of(json), &err);

    CHECK(t != NULL);
    int rc = convert_patch(prefix, t, arena, group, &err);
    tree_free(t);
    return rc ? arena_printf(arena, "%s: %s", err.where, err.what) : STR("");
}

static const char *const channel =
    "channels = ( { id = \"a\"; dialect = \"chat\"; priority = 3; insecure = true;"
    " keys = ( \"" KEY
    "\", { key = \"sk-CANARY-two-0123456789-zyxwvu-0123\"; label = \"b\"; } );"
    " caps = { rpm = 5; }; timeouts = { idle = \"5m\"; };"
    " headers = ( { name = \"x-a\"; value = \"CANARY-header-value-0123456789-0123\"; } );"
    " parameters = { top_k = 40; deep = { x = ( 1, \"2\", 0.5 ); }; }; models = [ \"a=b\" ]; } );";

TEST(a_channel_comes_out_without_its_secrets)
{
    struct arena *arena = arena_new(4096, 0);
    struct cp_str text = shown(arena, "channels.", channel_of(arena, channel));

    CHECK_STR(
        text,
        "{\"id\":\"a\",\"dialect\":\"chat\",\"priority\":3,\"insecure\":true,"
        "\"keys\":[{\"mask\":\"sk-CANAR***wxyz\",\"fingerprint\":\"sha256:80ee74f54a23a0e8\"},"
        "{\"mask\":\"sk-CANAR***0123\",\"fingerprint\":\"sha256:3ff57b800534112d\","
        "\"label\":\"b\"}],\"caps\":{\"rpm\":5},\"timeouts\":{\"idle\":\"5m\"},"
        "\"headers\":[{\"name\":\"x-a\",\"value\":\"CANARY-h***0123\"}],"
        "\"parameters\":{\"top_k\":40,\"deep\":{\"x\":[1,\"2\",0.5]}},\"models\":[\"a=b\"]}");
    CHECK(str_find(text, STR("abcdefgh")) < 0);
    arena_free(arena);
}

TEST(an_object_comes_in_as_a_group)
{
    struct arena *arena = arena_new(4096, 0);
    struct err err = { 0 };
    struct node *group;
    struct tree *t = tree_parse(
        STR("{\"name\":\"n\",\"keys\":[\"sk-1\",{\"key\":\"sk-2\",\"enabled\":false}],"
            "\"caps\":{\"rpm\":7},\"weight\":null,\"parameters\":{\"a\":{\"b\":[true,1.5]}},"
            "\"breaker\":\"off\",\"models\":[\"a=b\",{\"from\":\"x\",\"to\":\"y\"}]}"),
        &err);

    CHECK_EQ(convert_in("channels.", t, arena, &group, &err), 0);
    CHECK_STR(node_at(group, STR("caps.rpm"))->text, "7");
    CHECK_STR(node_get(group, "keys")->first->next->first->text, "sk-2");
    CHECK(!node_get(group, "weight"));
    CHECK_EQ(node_at(group, STR("parameters.a.b"))->last->kind, NODE_FLOAT);
    CHECK_STR(node_text(group, "breaker"), "off");
    tree_free(t);
    arena_free(arena);
}

static void refused(const char *json, const char *why)
{
    struct arena *arena = arena_new(4096, 0);
    struct node *group = node_new(arena, NODE_GROUP, STR_NONE, STR_NONE);
    struct cp_str what = patch(arena, "channels.", group, json);

    if (!str_eq(what, str_of(why)))
        printf("# %.*s\n", STR_FMT(what));
    CHECK(str_eq(what, str_of(why)));
    arena_free(arena);
}

TEST(what_no_channel_can_have_is_refused_by_its_place)
{
    refused("{\"basse_url\":\"x\"}",
            "basse_url: nobody knows this member; did you mean \"base_url\"?");
    refused("{\"caps\":{\"rmp\":1}}",
            "caps.rmp: nobody knows this member; did you mean \"rpm\"?");
    refused("{\"caps\":3}", "caps: must be an object");
    refused("{\"caps\":[]}", "caps: must be an object");
    refused("{\"insecure\":\"yes\"}", "insecure: must be true or false");
    refused("{\"priority\":1.5}", "priority: must be a whole number");
    refused("{\"priority\":99999999999999999999}",
            "priority: is a number with too many digits");
    refused("{\"name\":{}}", "name: must be a text");
    refused("{\"keys\":\"sk\"}", "");
    refused("{\"keys\":[{\"label\":\"a\"}]}",
            "keys[0]: has no key, and is no id or mask of one that is there");
    refused("{\"keys\":[1]}", "keys[0]: must be a text");
    refused("{\"keys\":[{\"key\":\"file:/etc/shadow\"}]}",
            "keys[0].key: a reference (env:, file:, credential:) is taken from files only");
    refused("{\"keys\":[\"env:HOME\"]}",
            "keys[0]: a reference (env:, file:, credential:) is taken from files only");
    refused(
        "{\"headers\":[{\"name\":\"a\",\"value\":\"file:/etc/shadow\"}]}",
        "headers[0].value: a reference (env:, file:, credential:) is taken from files only");
    refused("{\"key_file\":\"/etc/shadow\"}",
            "key_file: files with keys are taken from the administrator's files only");
    refused("{\"keys\":[\"sk-***\"]}", "keys[0]: is a mask of no secret that is there");
    refused("{\"parameters\":{\"a.b\":1}}", "parameters.a.b: no option has such a name");
    refused("{\"parameters\":{\"a\":\"\\u0000\"}}", "parameters.a: holds a NUL");
    refused("{\"only\":[{}]}", "only[0]: must be a text");
    refused("{\"only\":\"x\"}", "only: must be an array");
}

TEST(a_patch_replaces_and_removes)
{
    struct arena *arena = arena_new(4096, 0);
    struct node *c = channel_of(arena, channel);

    CHECK_STR(patch(arena, "channels.", c,
                    "{\"priority\":null,\"caps\":{\"tpm\":9},\"timeouts\":{\"idle\":null},"
                    "\"name\":\"new\",\"parameters\":{\"deep\":null,\"a\":1},\"models\":[]}"),
              "");
    CHECK(!node_get(c, "priority"));
    CHECK_STR(node_at(c, STR("caps.rpm"))->text, "5");
    CHECK_STR(node_at(c, STR("caps.tpm"))->text, "9");
    CHECK(!node_at(c, STR("timeouts.idle")));
    CHECK(node_at(c, STR("parameters.top_k")) != NULL);
    CHECK(!node_at(c, STR("parameters.deep")));
    CHECK_EQ(twig_count(node_get(c, "models")), 0);
    CHECK_STR(node_text(c, "name"), "new");
    arena_free(arena);
}

TEST(masks_mean_the_secrets_that_are_there)
{
    struct arena *arena = arena_new(4096, 0);
    struct node *c = channel_of(arena, channel);

    CHECK_STR(patch(arena, "channels.", c,
                    "{\"keys\":[{\"mask\":\"sk-CANAR***0123\",\"state\":\"well\"},"
                    "{\"key\":\"sk-CANAR***wxyz\",\"label\":\"one\"},"
                    "{\"key\":\"sk-new\"}],"
                    "\"headers\":[{\"name\":\"x-a\",\"value\":\"CANARY-h***0123\"}]}"),
              "");
    struct node *keys = node_get(c, "keys");
    CHECK_EQ(twig_count(keys), 3);
    CHECK_STR(node_text(keys->first, "label"), "b");
    CHECK_STR(node_text(keys->first->next, "key"), KEY);
    CHECK_STR(node_text(keys->first->next, "label"), "one");
    CHECK_STR(node_text(keys->last, "key"), "sk-new");
    CHECK_STR(node_text(node_get(c, "headers")->first, "value"),
              "CANARY-header-value-0123456789-0123");
    CHECK_STR(patch(arena, "channels.", c,
                    "{\"headers\":[{\"name\":\"x-b\",\"value\":\"CANARY-h***0123\"}]}"),
              "headers[0].value: is a mask of no secret that is there");
    CHECK_STR(
        patch(arena, "channels.", c,
              "{\"keys\":[{\"fingerprint\":\"sha256:3ff57b800534112d\"},\"sk-CANAR***wxyz\"]}"),
        "");
    CHECK_EQ(twig_count(node_get(c, "keys")), 2);
    arena_free(arena);
}

TEST(ids_mean_keys_where_the_groups_say_them)
{
    struct arena *arena = arena_new(4096, 0);
    struct node *c =
        channel_of(arena, "channels = ( { keys = ( { key = \"one\"; id = \"0123456789ab\"; },"
                          " { key = \"two\"; id = \"ba9876543210\"; } ); } );");

    CHECK_STR(
        patch(arena, "channels.", c, "{\"keys\":[\"ba9876543210\",{\"id\":\"0123456789ab\"}]}"),
        "");
    CHECK_STR(node_text(node_get(c, "keys")->first, "key"), "two");
    CHECK_STR(node_text(node_get(c, "keys")->last, "key"), "one");
    CHECK_STR(patch(arena, "channels.", c, "{\"keys\":[{\"id\":\"ffffffffffff\"}]}"),
              "keys[0]: has no key, and is no id or mask of one that is there");
    /* Both have the mask "***". */
    CHECK_STR(patch(arena, "channels.", c, "{\"keys\":[\"***\"]}"),
              "keys[0]: several have this mask: say which by its id");
    arena_free(arena);
}

TEST(twigs_are_cut_and_put)
{
    struct arena *arena = arena_new(4096, 0);
    struct node *root = parse(arena, "a = 1; b = ( { id = \"x\"; }, { id = \"y\"; } ); c = 2;");

    CHECK(twig_drop(root, "a"));
    CHECK(!twig_drop(root, "a"));
    CHECK_STR(root->first->name, "b");
    twig_put_int(arena, root, "c", 7);
    CHECK_STR(root->last->text, "7");
    twig_put_bool(arena, root, "d", true);
    CHECK_STR(root->last->text, "true");
    struct node *list = twig_list(arena, root, "b");
    struct node *y = twig_find(list, "id", STR("y"));
    node_drop(list, y);
    CHECK(!twig_find(list, "id", STR("y")));
    CHECK_EQ(twig_count(list), 1);
    struct node *texts = twig_list(arena, root, "e");
    twig_add_text(arena, texts, STR("p"));
    twig_add_text(arena, texts, STR("q"));
    CHECK_EQ(twig_drop_text(texts, STR("p")), 1);
    CHECK_STR(texts->last->text, "q");
    CHECK(node_copy(arena, list)->first != list->first);
    arena_free(arena);
}

TEST_MAIN()
