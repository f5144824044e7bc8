/* SPDX-License-Identifier: MIT */
/*
 * test_print - what print writes is what read reads, for samples and for thousands of random trees.
 */
#include "conf/print.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/read.h"
#include "test.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 1 << 20, TREES = 3000, DEPTH = 5 };

static struct arena *arena;
static struct buf text, said;

static void begin(void)
{
    arena = arena_new(4096, 0);
    buf_init(&text, MOST);
    buf_init(&said, MOST);
}

static void end(void)
{
    buf_fini(&text);
    buf_fini(&said);
    arena_free(arena);
}

static struct node *read_back(uint32_t *errors)
{
    struct conf_report report = { .out = &said };

    (void)buf_add_c(&text, '\0');
    text.n--;
    struct node *root = read_text(arena, STR("managed.conf"), buf_str(&text), &report);
    *errors = report.errors;
    return root;
}

static bool is_same(const struct node *a, const struct node *b)
{
    if (a->kind != b->kind || !str_eq(a->name, b->name))
        return false;
    if (node_is_scalar(a))
        return a->text.n == b->text.n && !memcmp(a->text.p, b->text.p, a->text.n);
    const struct node *x = a->first, *y = b->first;
    for (; x && y; x = x->next, y = y->next)
        if (!is_same(x, y))
            return false;
    return !x && !y;
}

static bool is_kept(const struct node *root)
{
    uint32_t errors;

    buf_clear(&text);
    print_nodes(root, &text);
    struct node *back = read_back(&errors);
    bool is_good = back && !errors && is_same(root, back);
    if (!is_good)
        printf("# %.*s# %.*s\n", STR_FMT(buf_str(&text)), STR_FMT(buf_str(&said)));
    return is_good;
}

static struct node *put(struct node *parent, enum node_kind kind, const char *name,
                        const char *value)
{
    struct node *n = node_new(arena, kind, str_of(name), STR("test"));

    n->text = str_of(value);
    node_append(parent, n);
    return n;
}

static struct node *root_new(void)
{
    return node_new(arena, NODE_GROUP, STR_NONE, STR("test"));
}

/* ---- samples ---- */

TEST(strings_keep_every_byte_but_nul)
{
    begin();
    struct node *root = root_new();
    char all[256];
    for (int i = 1; i < 256; i++)
        all[i - 1] = (char)i;
    all[255] = '\0';
    put(root, NODE_STRING, "all", all);
    put(root, NODE_STRING, "empty", "");
    put(root, NODE_STRING, "quotes", "say \"a\\b\"; evil = 1;");
    put(root, NODE_STRING, "lines", "a\n@include \"/etc/passwd\"\n# no comment\r\t\f");
    put(root, NODE_STRING, "escape", "\\x41 \\n \\");
    put(root, NODE_STRING, "hex",
        "\x01"
        "1f");
    CHECK(is_kept(root));
    end();
}

TEST(integers_keep_their_size)
{
    static const char *const samples[] = {
        "0",
        "1",
        "-1",
        "2147483647",
        "2147483648",
        "-2147483648",
        "-2147483649",
        "4294967295",
        "5000000000",
        "9223372036854775807",
        "-9223372036854775808",
    };
    begin();
    struct node *root = root_new(), *list = put(root, NODE_LIST, "list", NULL);
    for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
        put(list, NODE_INT, NULL, samples[i]);
    CHECK(is_kept(root));
    CHECK(str_find(buf_str(&text), STR(" 5000000000L,")) >= 0);
    CHECK(str_find(buf_str(&text), STR(" 2147483647,")) >= 0);
    end();
}

TEST(floats_keep_their_digits)
{
    static const char *const samples[] = {
        "0.1", "-1.5", "123456789.123456789", "1e+20", "-2.5e-07", "5", "0", "1e-300",
    };
    begin();
    for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
        struct node *root = root_new();
        uint32_t errors;
        put(root, NODE_FLOAT, "f", samples[i]);
        buf_clear(&text);
        print_nodes(root, &text);
        struct node *back = read_back(&errors);
        if (!CHECK(back && !errors))
            continue;
        CHECK_EQ(back->first->kind, NODE_FLOAT);
        double was = strtod(samples[i], NULL), is = strtod(back->first->text.p, NULL);
        CHECK(is <= was && is >= was);
    }
    end();
}

/* Numbers that are none become strings, and never something else. */
TEST(odd_numbers_become_strings)
{
    static const char *const ints[] = { "",    "-",    "007",         "-0",
                                        "1e3", "0x10", "1; evil = 2", "99999999999999999999",
                                        " 1" };
    static const char *const floats[] = { "nan", "-inf", "1.", "1e", ".", "1.5; evil = 2" };
    begin();
    struct node *root = root_new(), *list = put(root, NODE_LIST, "list", NULL);
    for (size_t i = 0; i < sizeof(ints) / sizeof(*ints); i++)
        put(list, NODE_INT, NULL, ints[i]);
    for (size_t i = 0; i < sizeof(floats) / sizeof(*floats); i++)
        put(list, NODE_FLOAT, NULL, floats[i]);
    put(list, NODE_BOOL, NULL, "yes");
    uint32_t errors, n = 0;
    print_nodes(root, &text);
    struct node *back = read_back(&errors);
    if (CHECK(back && !errors))
        NODE_EACH(e, back->first)
        {
            bool is_point = str_is(e->text, "1"); /* "1." is a float of the reader's */
            CHECK_EQ(e->kind, is_point ? NODE_FLOAT : NODE_STRING);
            n++;
        }
    CHECK_EQ(n, 16);
    end();
}

TEST(texts_become_what_they_look_like)
{
    begin();
    struct node *root = root_new();
    uint32_t errors;
    put(root, NODE_TEXT, "a", "17");
    put(root, NODE_TEXT, "b", "true");
    put(root, NODE_TEXT, "c", "50MB");
    put(root, NODE_TEXT, "d", "017");
    print_nodes(root, &text);
    CHECK_STR(buf_str(&text), "a = 17;\nb = true;\nc = \"50MB\";\nd = \"017\";\n");
    CHECK(read_back(&errors) && !errors);
    end();
}

TEST(it_looks_as_if_written_by_hand)
{
    begin();
    struct node *root = root_new(), *channels = put(root, NODE_LIST, "channels", NULL),
                *channel = put(channels, NODE_GROUP, NULL, NULL);
    put(channel, NODE_STRING, "id", "a");
    put(put(channel, NODE_LIST, "keys", NULL), NODE_STRING, NULL, "sk-1");
    put(put(channel, NODE_GROUP, "timeouts", NULL), NODE_STRING, "connect", "5s");
    put(channel, NODE_GROUP, "options", NULL);
    put(channel, NODE_LIST, "only", NULL);
    CHECK(is_kept(root));
    CHECK_STR(buf_str(&text), "channels = (\n"
                              "    {\n"
                              "        id = \"a\";\n"
                              "        keys = ( \"sk-1\" );\n"
                              "        timeouts = {\n"
                              "            connect = \"5s\";\n"
                              "        };\n"
                              "        options = {};\n"
                              "        only = ();\n"
                              "    }\n"
                              ");\n");
    end();
}

/* Nobody gets a setting in by a name. */
TEST(names_that_no_file_can_have_are_refused)
{
    static const char *const names[] = { "claude-3.5", "a b", "",    "1a",      "a = 1; b",
                                         "\xC3\xA4",   "-a",  "a\n", "@include" };
    begin();
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct node *root = root_new();
        uint32_t errors;
        put(root, NODE_INT, names[i], "1");
        buf_clear(&text);
        print_nodes(root, &text);
        CHECK(!print_is_name(str_of(names[i])));
        CHECK(!read_back(&errors) || errors);
    }
    CHECK(print_is_name(STR("*a-b_C9")));
    end();
}

/* ---- random trees ---- */

static uint64_t seed = 20261123;

static uint32_t some(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % n;
}

static const char *random_text(void)
{
    char z[24];
    size_t n = some(sizeof(z));

    for (size_t i = 0; i < n; i++)
        z[i] = (char)(some(4) ? " \"\\nxA;{}()=#/*\n\t@"[some(18)] : (int)(1 + some(255)));
    return arena_copy(arena, str_n(z, n)).p;
}

static const char *random_integer(void)
{
    int64_t value =
        (int64_t)(((uint64_t)some(1u << 31) << 33) ^ ((uint64_t)some(1u << 31) << 2));

    return arena_printf(arena, "%lld", (long long)(value >> some(63))).p;
}

static void random_fill(struct node *parent, int depth)
{
    uint32_t n = some(6);

    for (uint32_t i = 0; i < n; i++) {
        bool is_named = parent->kind == NODE_GROUP;
        const char *name = is_named ? arena_printf(arena, "%c%u", "aZ*"[some(3)], i).p : NULL;
        switch (some(depth < DEPTH ? 6 : 4)) {
        case 0:
            put(parent, NODE_BOOL, name, some(2) ? "true" : "false");
            break;
        case 1:
            put(parent, NODE_INT, name, random_integer());
            break;
        case 2:
            put(parent, NODE_FLOAT, name, some(2) ? "0.125" : "-3.5e+42");
            break;
        case 3:
            put(parent, NODE_STRING, name, random_text());
            break;
        default:
            random_fill(put(parent, some(2) ? NODE_GROUP : NODE_LIST, name, NULL), depth + 1);
        }
    }
}

TEST(random_trees_come_back)
{
    int bad = 0;

    for (int i = 0; i < TREES && bad < 3; i++) {
        begin();
        struct node *root = root_new();
        random_fill(root, 0);
        bad += !CHECK(is_kept(root));
        end();
    }
}

TEST_MAIN()
