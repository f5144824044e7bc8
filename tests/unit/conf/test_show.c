/* SPDX-License-Identifier: MIT */
/*
 * test_show - what is said of a configuration is true, whole, and holds no secret.
 */
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/managed.h"
#include "conf/node.h"
#include "conf/show.h"

#include "../test.h"

#include "fixture.h"

static struct fixture f;

#define CANARY "CANARY-0123456789abcdefghij-"

static const char full[] =
    "access_key = \"" CANARY "access\";\n"
    "admin_key = \"" CANARY "admin\";\n"
    "admin_password = \"$y$j9T$" CANARY "hash\";\n"
    "client_keys = ( \"" CANARY "alice\", { key = \"env:BOB\"; label = \"bob\"; },\n"
    "  { digest = \"5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8\"; } );\n"
    "limits = { body = \"9MB\"; };\n"
    "channels = ( { name = \"My Relay\"; dialect = \"chat\"; base_url = \"https://a.example/x\";\n"
    "  proxy = \"socks5h://user:" CANARY "@proxy.example:1080\";\n"
    "  headers = ( { name = \"x-team\"; value = \"" CANARY "team\"; } );\n"
    "  models = ( \"a=b\", { from = \"c\"; to = \"d\"; } );\n"
    "  parameters = { reasoning = { effort = \"high\"; }; };\n"
    "  keys = ( \"" CANARY "one\", { key = \"" CANARY
    "two\"; label = \"2\"; enabled = false; } );\n"
    "} );\n";

static struct conf *read_full(void)
{
    f.env[0] = "BOB=" CANARY "bob";
    f.env[1] = "CLAUDE_PROXY_LIMITS__ATTEMPTS= 3 ";
    f.env[2] = "ENABLE_CORS=yes";
    f.sets[0] = "log.level=debug";
    return fixture_conf(&f, full);
}

static void walk(const struct node *root, size_t *leaves)
{
    NODE_EACH(n, root)
    {
        if (!CHECK(n->where.n) || !CHECK(str_find(n->text, STR("CANARY-")) != 0 ||
                                         n->text.n <= 15 /* a mask shows so much */))
            printf("# %.*s = %.*s\n", STR_FMT(n->name), STR_FMT(n->text));
        CHECK(n->kind != NODE_TEXT);
        *leaves += node_is_scalar(n);
        walk(n, leaves);
    }
}

TEST(no_secret_is_left_in_what_is_said)
{
    struct conf *c = read_full();
    size_t leaves = 0;
    if (!CHECK(c))
        return;
    walk(c->said, &leaves);
    CHECK(leaves > 30);
    CHECK_STR(node_text(c->said, "access_key"), "CANARY-0***cess");
    CHECK_STR(node_text(c->said, "admin_password"), "$***");
    const struct node *channel = node_get(c->said, "channels")->first;
    CHECK_STR(node_text(channel, "id"), "my-relay");
    CHECK_STR(node_text(channel, "proxy"), "socks5h://***@proxy.example:1080");
    CHECK_STR(node_text(node_get(channel, "headers")->first, "value"), "CANARY-0***team");
    const struct node *key = node_get(channel, "keys")->first;
    CHECK_STR(node_text(key, "id"), c->channels[0].keys[0].id);
    CHECK_STR(node_text(key, "mask"), "CANA***ne");
    CHECK(str_begins(node_text(key, "fingerprint"), "sha256:"));
    CHECK_EQ(node_text(key, "fingerprint").n, 7 + 16);
    CHECK(!node_get(key, "key"));
    const struct node *client = node_get(c->said, "client_keys")->first;
    CHECK_STR(node_text(client, "id"), c->clients[0].id);
    CHECK_STR(node_text(client->next, "from"), "env:BOB");
    CHECK_STR(node_text(client->next, "id"), c->clients[1].id);
    CHECK_STR(node_text(client->next->next, "fingerprint"), "sha256:5e884898da280471");
    CHECK_STR(node_text(client->next->next, "id"), c->clients[2].id);
    conf_unref(c);
}

TEST(each_option_and_who_says_it)
{
    struct show_option o;
    struct conf *c = read_full();
    if (!CHECK(c))
        return;
    CHECK(show_find(c, STR("limits.body"), &o));
    CHECK_STR(o.value, "9MB");
    CHECK(o.source == SHOW_FILE && o.is_locked && o.is_settable);
    CHECK(str_ends(o.where, "main.conf:6"));
    CHECK_STR(str_of(o.env), "CLAUDE_PROXY_LIMITS__BODY");
    CHECK_STR(str_of(o.least), "1KB");
    CHECK_STR(str_of(o.most), "2GB");
    CHECK_STR(str_of(o.unit), "bytes");
    CHECK(show_find(c, STR("limits.attempts"), &o));
    CHECK_STR(o.value, "3");
    CHECK_EQ(o.said->kind, NODE_INT);
    CHECK_EQ(o.source, SHOW_ENVIRONMENT);
    CHECK(show_find(c, STR("cors.enabled"), &o));
    CHECK_STR(o.value, "true");
    CHECK_STR(o.where, "environment:ENABLE_CORS");
    CHECK(show_find(c, STR("log.level"), &o));
    CHECK_EQ(o.source, SHOW_COMMAND_LINE);
    CHECK(show_find(c, STR("timeouts.head"), &o));
    CHECK(o.source == SHOW_BUILT_IN && !o.is_locked && !o.said);
    CHECK_STR(o.value, "10s");
    CHECK(show_find(c, STR("user"), &o));
    CHECK(o.is_locked && o.entry->is_fixed);
    CHECK(!show_find(c, STR("limits.bodi"), &o));
    conf_unref(c);
}

TEST(sources_by_their_places)
{
    CHECK_EQ(show_source(STR("/etc/claude-proxy/claude-proxy.conf:12")), SHOW_FILE);
    CHECK_EQ(show_source(STR("/etc/claude-proxy/conf.d/managed.conf:1")), SHOW_FILE);
    CHECK_EQ(show_source(STR("managed.conf:7")), SHOW_MANAGED);
    CHECK_EQ(show_source(STR("managed/00000003.conf:7")), SHOW_MANAGED);
    CHECK_EQ(show_source(STR("/srv/.env:3")), SHOW_ENVIRONMENT);
    CHECK_EQ(show_source(STR("environment:PORT")), SHOW_ENVIRONMENT);
    CHECK_EQ(show_source(STR("command line:port")), SHOW_COMMAND_LINE);
    CHECK_EQ(show_source(STR_NONE), SHOW_BUILT_IN);
}

/* What is shown is a configuration again, that says the same; secrets are shorter, but in their places. */
TEST(what_is_shown_reads_back)
{
    struct buf first, second;
    struct conf *c = read_full();
    if (!CHECK(c))
        return;
    buf_init(&first, 1 << 20);
    buf_init(&second, 1 << 20);
    show_text(c, true, true, &first);
    CHECK(str_find(buf_str(&first), STR("log = {")) >= 0);
    CHECK(str_find(buf_str(&first), STR("key = \"env:BOB\"; # id")) >= 0 ||
          str_find(buf_str(&first), STR("key = \"env:BOB\";  # id")) >= 0);
    buf_clear(&first);
    show_text(c, false, false, &first);
    conf_unref(c);
    f.env[1] = f.sets[0] = NULL;
    char *text = strndup(first.p, first.n);
    c = fixture_conf(&f, text);
    free(text);
    if (CHECK(c)) {
        show_text(c, false, false, &second);
        CHECK_EQ(c->channels[0].models_n, 2);
        CHECK_EQ(c->channels[0].keys_n, 2);
        CHECK_EQ(c->clients_n, 3);
        CHECK_EQ(c->log_level, CP_LOG_DEBUG);
    } else {
        printf("# %.*s\n# %.*s\n", STR_FMT(fixture_said(&f)), STR_FMT(buf_str(&first)));
    }
    conf_unref(c);
    buf_fini(&first);
    buf_fini(&second);
}

/* Every row can be asked for, and what it says of itself is whole. */
TEST(every_row_can_be_shown)
{
    struct show_option o;
    struct conf *c = read_full();
    size_t n, i = 0;
    if (!CHECK(c))
        return;
    (void)conf_entries(&n);
    for (; show_option(c, i, &o); i++) {
        CHECK(o.entry && o.name.n);
        CHECK(o.is_settable == (o.env[0] != '\0') || str_is(o.name, "port"));
    }
    CHECK_EQ(i, n);
    conf_unref(c);
}

int main(int argc, char **argv)
{
    fixture_init(&f);
    int rc = test_main(argc, argv);
    fixture_fini(&f);
    return rc;
}
