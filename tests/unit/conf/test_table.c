/* SPDX-License-Identifier: MIT */
/*
 * test_table - the table of options keeps its own promises, and the sample file keeps the table's.
 */
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/manual.h"
#include "conf/node.h"
#include "conf/read.h"
#include "conf/table.h"

#include "../test.h"

#include "fixture.h"

static struct fixture f;

TEST(rows_are_whole)
{
    size_t n;
    const struct conf_entry *e = conf_entries(&n);
    static const char *const types[] = { "size",   "duration", "int",   "bool",
                                         "string", "secret",   "word",  "list",
                                         "group",  "time",     "count", "money" };
    for (size_t i = 0; i < n; i++) {
        bool is_known = false;
        for (size_t j = 0; j < sizeof(types) / sizeof(*types); j++)
            is_known |= strcmp(e[i].type, types[j]) == 0;
        bool is_good = CHECK(is_known) && CHECK(e[i].help) &&
                       CHECK((strcmp(e[i].type, "word") == 0) == (e[i].words != NULL)) &&
                       CHECK(table_find(str_of(e[i].name)) == &e[i]);
        if (!is_good)
            printf("# %s\n", e[i].name);
    }
}

TEST(numbers_have_ranges)
{
    size_t n;
    const struct conf_entry *e = conf_entries(&n);
    for (size_t i = 0; i < n; i++) {
        bool is_number = strcmp(e[i].type, "size") == 0 || strcmp(e[i].type, "int") == 0 ||
                         strcmp(e[i].type, "duration") == 0 ||
                         strcmp(e[i].type, "count") == 0 || strcmp(e[i].type, "money") == 0;
        if (!CHECK(is_number == (e[i].most > e[i].least)))
            printf("# %s\n", e[i].name);
    }
}

/* Every default, said again as a user would, must be taken and change nothing. */
TEST(defaults_pass_their_own_checks)
{
    size_t n;
    const struct conf_entry *e = conf_entries(&n);
    for (size_t i = 0; i < n; i++) {
        char set[256];
        if (!e[i].preset || !table_is_settable(&e[i]))
            continue;
        snprintf(set, sizeof(set), "%s=%s", e[i].name, e[i].preset);
        f.sets[0] = set;
        struct conf *c = fixture_read(&f, NULL);
        if (!CHECK(c))
            printf("# %s\n", set);
        conf_unref(c);
    }
    f.sets[0] = NULL;
}

TEST(defaults_of_note)
{
    struct conf *c = fixture_read(&f, NULL);
    if (!CHECK(c))
        return;
    CHECK_EQ(c->listeners_n, 1);
    CHECK_STR(c->listeners[0].address, "127.0.0.1");
    CHECK_EQ(c->listeners[0].port, 3000);
    CHECK_EQ(c->body_bytes, 50 << 20);
    CHECK_EQ(c->head_bytes, 16 << 10);
    CHECK_EQ(c->timeouts.connect_ms, 10000);
    CHECK(c->fuzzy && c->web_ui && c->half_close_is_gone && !c->cors && !c->log_bodies);
    CHECK(c->is_access_key_made);
    CHECK_EQ(c->channels_n, 0);
    CHECK_STR(c->log_file, NULL);
    conf_unref(c);
}

TEST(environment_names)
{
    char name[TABLE_ENV_BYTES];
    table_env_name(table_find(STR("limits.stream_high")), name);
    CHECK_STR(str_of(name), "CLAUDE_PROXY_LIMITS__STREAM_HIGH");
    table_env_name(table_find(STR("listen")), name);
    CHECK_STR(str_of(name), "CLAUDE_PROXY_LISTEN");
}

/* The sample with every option switched on: a '#' with a name or bracket right behind it goes. */
static size_t uncomment(struct cp_str sample, char *out)
{
    size_t n = 0;
    struct cp_str line, simple = STR("#listen = \"127.0.0.1:3000\";");
    bool had_simple = false;
    while (str_split(&sample, '\n', &line)) {
        size_t at = 0;
        bool is_simple = str_eq(line, simple);
        had_simple |= is_simple;
        while (at < line.n && line.p[at] == ' ')
            at++;
        struct cp_str rest = str_from(line, at);
        if (rest.n > 1 && rest.p[0] == '#' && rest.p[1] != ' ' && rest.p[1] != '#' &&
            !is_simple)
            rest = str_from(rest, 1);
        memcpy(out + n, rest.p, rest.n);
        n += rest.n;
        out[n++] = '\n';
    }
    out[n] = '\0';
    CHECK(had_simple); /* listen's other form; the groups' is what gets parsed */
    return n;
}

/* Finds name's node: "channels.keys.key" is inside the first element of the lists on the way. */
static const struct node *sample_node(const struct node *root, struct cp_str name)
{
    struct cp_str part;
    const struct node *n = root;
    while (n && str_split(&name, '.', &part)) {
        char z[64];
        if (n->kind == NODE_LIST)
            n = n->first;
        snprintf(z, sizeof(z), "%.*s", STR_FMT(part));
        n = node_get(n, z);
    }
    return n;
}

static size_t count_nodes(const struct node *parent)
{
    size_t count = 0;
    if (parent->name.p &&
        (str_is(parent->name, "options") || str_is(parent->name, "parameters")))
        return 0; /* any names */
    NODE_EACH(n, parent)
    count += (n->name.p != NULL) + count_nodes(n);
    return count;
}

static size_t check_sample(const struct node *root)
{
    size_t n, groups = 0;
    const struct conf_entry *e = conf_entries(&n);
    size_t ours = 0; /* what only the administration writes */
    for (size_t i = 0; i < n; i++) {
        if (str_begins(str_of(e[i].name), "switches") && ++ours)
            continue;
        const struct node *node = sample_node(root, str_of(e[i].name));
        bool is_good = CHECK(node);
        if (node && e[i].preset && node_is_scalar(node))
            is_good = CHECK_STR(node->text, e[i].preset);
        if (!is_good)
            printf("# %s\n", e[i].name);
    }
    static const char *const group_names[] = { "limits",
                                               "timeouts",
                                               "upstream",
                                               "upstream.timeouts",
                                               "plugins",
                                               "cors",
                                               "log",
                                               "channels.timeouts",
                                               "responses",
                                               "reasoning",
                                               "scheduler",
                                               "breaker",
                                               "channels.caps",
                                               "channels.key_caps",
                                               "channels.keys.caps",
                                               "control",
                                               "metrics",
                                               "client_keys.caps",
                                               "client_keys.budget",
                                               "history" };
    for (size_t i = 0; i < sizeof(group_names) / sizeof(*group_names); i++)
        groups += CHECK(sample_node(root, str_of(group_names[i])));
    return n - ours + groups;
}

TEST(sample_has_every_option_once_with_its_default)
{
    struct cp_str sample = fixture_source("conf/claude-proxy.conf");
    if (!CHECK(sample.p))
        return;
    char *text = calloc(1, sample.n + 2);
    struct arena *arena = arena_new(4096, 0);
    buf_clear(&f.said);
    size_t n = uncomment(sample, text);
    struct node *root = read_text(arena, STR("sample"), str_n(text, n), &f.report);
    if (CHECK(root))
        CHECK_EQ(count_nodes(root), check_sample(root));
    else
        printf("# %.*s\n", STR_FMT(buf_str(&f.said)));
    arena_free(arena);
    free(text);
    free((void *)(uintptr_t)sample.p);
}

/* The page's own list is what the table says; core/conf/man-options.sh mends it. */
TEST(the_manual_lists_every_option_as_it_is)
{
    struct cp_str page = fixture_source("core/claude-proxy.conf.5"), list = page;
    struct cp_str begin = STR(".\\\" options: begin\n"), end = STR(".\\\" options: end\n");
    struct buf out;
    buf_init(&out, 1 << 20);
    manual_write(&out);
    ptrdiff_t from = str_find(page, begin), until = str_find(page, end);
    if (CHECK(from > 0 && until > from)) {
        list =
            str_cut(str_from(page, (size_t)from + begin.n), (size_t)(until - from) - begin.n);
        CHECK(str_eq(list, buf_str(&out)));
    }
    buf_fini(&out);
    free((void *)(uintptr_t)page.p);
}

int main(int argc, char **argv)
{
    fixture_init(&f);
    fixture_write(&f, "empty.conf", STR(""));
    static char where[300];
    snprintf(where, sizeof(where), "CLAUDE_PROXY_CONFIG=%s", f.path);
    f.env[0] = where;
    int rc = test_main(argc, argv);
    fixture_fini(&f);
    return rc;
}
