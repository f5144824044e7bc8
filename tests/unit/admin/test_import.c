/* SPDX-License-Identifier: MIT */
/*
 * test_import - what the predecessor's files become.
 */
#include "admin/import.h"

#include "test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/node.h"
#include "conf/print.h"
#include "json/tree.h"

#define NOW INT64_C(1767225600000) /* 2026-01-01 */

struct taken {
    struct import im;
    struct node *managed;
    struct tree *report;
    struct buf text, told;
    int rc;
    struct err err;
};

static void take_over(struct taken *t, struct arena *a, const char *env, const char *config,
                      struct node *managed, struct node *said, bool has_key)
{
    struct import_source source = { str_of(env), str_of(config), NOW };

    *t = (struct taken){ .managed = managed };
    buf_init(&t->text, 1 << 20);
    buf_init(&t->told, 1 << 20);
    t->rc = import_read(&t->im, a, &source, &t->err);
    if (t->rc)
        return;
    import_lay(&t->im, managed, said, has_key);
    print_nodes(managed, &t->text);
    t->report = import_fini(&t->im);
    tree_write(t->report, &t->told);
}

static void drop(struct taken *t)
{
    tree_free(t->report);
    buf_fini(&t->text);
    buf_fini(&t->told);
}

static bool says(const struct buf *b, const char *what)
{
    bool is = str_find(buf_str(b), str_of(what)) >= 0;
    if (!is)
        printf("# no \"%s\" in: %.*s\n", what, STR_FMT(buf_str(b)));
    return is;
}

static const char config[] =
    "{\"upstream\":[{\"name\":\"A\",\"serviceType\":\"claude\",\"baseUrl\":\"https://a.example\","
    "\"apiKeys\":[\"sk-one-CANARY\",\"sk-two-CANARY\",\"sk-one-CANARY\",\"\"],\"status\":\"active\","
    "\"modelMapping\":{\"claude-3.5\":\"x\",\"opus\":\"big\"},\"priority\":3},"
    "{\"name\":\"A\",\"serviceType\":\"openai\",\"baseUrls\":[\"https://b.example/v1\","
    "\"http://10.0.0.1:8080#\"],\"baseUrl\":\"https://ignored.example\",\"apiKeys\":[],"
    "\"status\":\"active\",\"historicalApiKeys\":[\"sk-old-CANARY\"]},"
    "{\"name\":\"nothing\",\"serviceType\":\"claude\",\"apiKeys\":[\"k\"]}],"
    "\"geminiUpstream\":[{\"serviceType\":\"gemini\",\"baseUrl\":\"https://g.example\","
    "\"apiKeys\":[\"AIzaCANARY\"],\"stripThoughtSignature\":true,"
    "\"injectDummyThoughtSignature\":true,\"promotionUntil\":\"2026-01-02T00:00:00Z\"}],"
    "\"loadBalance\":\"round-robin\",\"fuzzyModeEnabled\":false,\"oddity\":1}";

TEST(channels_become_ours)
{
    struct arena *a = arena_new(4096, 0);
    struct node *managed = node_new(a, NODE_GROUP, STR_NONE, STR("managed.conf"));
    struct taken t;

    take_over(&t, a, NULL, config, managed, NULL, false);
    CHECK_EQ(t.rc, 0);
    struct node *list = node_get(managed, "channels");
    CHECK_STR(node_text(list->first, "id"), "a");
    CHECK_STR(node_text(list->first->next, "id"), "a-2");
    CHECK_STR(node_text(list->first->next, "dialect"), "chat");
    CHECK_STR(node_text(list->first->next, "status"), "suspended");
    CHECK_STR(node_text(list->first->next, "allow_private"), "true");
    CHECK_STR(node_text(list->first->next->next, "dialect"), "gemini");
    CHECK_STR(node_text(node_get(list->first->next->next, "options"), "thought_signatures"),
              "strip");
    CHECK_STR(node_text(list->first->next->next, "promoted_until"), "2026-01-02T00:00:00Z");
    CHECK_STR(node_text(managed, "fuzzy"), "false");
    CHECK(says(&t.text, "from = \"claude-3.5\""));
    CHECK(says(&t.text, "http://10.0.0.1:8080#"));
    CHECK(str_find(buf_str(&t.text), STR("ignored")) < 0);
    CHECK(says(&t.told, "upstream[2] (nothing) is left out"));
    CHECK(says(&t.told, "did failover in the predecessor"));
    CHECK(says(&t.told, "oddity"));
    CHECK(str_find(buf_str(&t.told), STR("CANARY")) < 0);
    drop(&t);
    arena_free(a);
}

TEST(twice_is_once)
{
    struct arena *a = arena_new(4096, 0);
    struct node *managed = node_new(a, NODE_GROUP, STR_NONE, STR("managed.conf"));
    struct taken first, second;

    take_over(&first, a, "PROXY_ACCESS_KEY=cp-very-secret-CANARY\nPORT=4000\n", config, managed,
              managed, false);
    take_over(&second, a, "PROXY_ACCESS_KEY=cp-very-secret-CANARY\nPORT=4000\n", config,
              managed, managed, false);
    CHECK(str_eq(buf_str(&first.text), buf_str(&second.text)));
    CHECK(says(&first.text, "port = 4000"));
    CHECK(says(&second.told, "was there already; 0 keys came to it"));
    drop(&first);
    drop(&second);
    arena_free(a);
}

TEST(another_key_of_a_channel_comes_to_it)
{
    struct arena *a = arena_new(4096, 0);
    struct node *managed = node_new(a, NODE_GROUP, STR_NONE, STR("managed.conf"));
    struct taken first, second;

    take_over(&first, a, NULL, config, managed, NULL, false);
    take_over(
        &second, a, NULL,
        "{\"upstream\":[{\"name\":\"renamed\",\"serviceType\":\"claude\","
        "\"baseUrl\":\"https://a.example/\",\"apiKeys\":[\"sk-two-CANARY\",\"sk-new\"]}]}",
        managed, NULL, false);
    CHECK(says(&second.told, "was there already; 1 keys came to it"));
    CHECK(says(&second.text, "sk-new"));
    CHECK(str_find(buf_str(&second.text), STR("renamed")) < 0);
    drop(&first);
    drop(&second);
    arena_free(a);
}

TEST(before_status_one_number_serves)
{
    struct arena *a = arena_new(4096, 0);
    struct node *managed = node_new(a, NODE_GROUP, STR_NONE, STR("managed.conf"));
    struct taken t;

    take_over(
        &t, a, NULL,
        "{\"upstream\":[{\"serviceType\":\"claude\",\"baseUrl\":\"https://a.example\","
        "\"apiKeys\":[\"k1\"]},{\"serviceType\":\"claude\",\"baseUrl\":\"https://b.example\","
        "\"apiKeys\":[\"k2\"]},{\"serviceType\":\"claude\",\"baseUrl\":\"https://c.example\","
        "\"apiKeys\":[]}],\"currentUpstream\":1}",
        managed, NULL, false);
    struct node *n = node_get(managed, "channels")->first;
    CHECK_STR(node_text(n, "status"), "disabled");
    CHECK_STR(node_text(n->next, "status"), "active");
    CHECK_STR(node_text(n->next->next, "status"), "disabled");
    CHECK(says(&t.told, "who serves: number 1"));
    drop(&t);
    arena_free(a);
}

TEST(settings_of_files_stay)
{
    struct arena *a = arena_new(4096, 0);
    struct node *managed = node_new(a, NODE_GROUP, STR_NONE, STR("managed.conf")),
                *said = node_new(a, NODE_GROUP, STR_NONE, STR("configuration"));
    struct taken t;

    CHECK_EQ(node_set(a, said, STR("limits.body"), STR("9MB"), STR("claude-proxy.conf:3")), 0);
    take_over(&t, a,
              "MAX_REQUEST_BODY_SIZE_MB=20\nREQUEST_TIMEOUT=1000\nPORT=abc\nLOG_LEVEL=debug\n",
              NULL, managed, said, false);
    CHECK(!node_at(managed, STR("limits.body")));
    CHECK_STR(node_at(managed, STR("upstream.timeouts.total"))->text, "1000ms");
    CHECK_STR(node_at(managed, STR("port"))->text, "3000");
    CHECK(says(&t.told, "limits.body stays as claude-proxy.conf:3 says it"));
    drop(&t);
    arena_free(a);
}

TEST(a_key_that_everybody_knows_is_refused)
{
    struct arena *a = arena_new(4096, 0);
    struct node *managed = node_new(a, NODE_GROUP, STR_NONE, STR("managed.conf"));
    struct taken t;

    take_over(&t, a, "PROXY_ACCESS_KEY=your-proxy-access-key\n", NULL, managed, NULL, false);
    CHECK(!node_get(managed, "access_key"));
    CHECK(says(&t.told, "everybody knows"));
    drop(&t);
    take_over(&t, a, "export PROXY_ACCESS_KEY=\"cp-CANARY-long-enough\"\n", NULL, managed, NULL,
              true);
    CHECK(!node_get(managed, "access_key"));
    CHECK(says(&t.text, "digest = \"sha256:"));
    CHECK(str_find(buf_str(&t.text), STR("CANARY")) < 0);
    drop(&t);
    arena_free(a);
}

TEST(broken_files_change_nothing)
{
    static const char *const bad[][2] = {
        { "NAME=\"not closed\n", NULL },
        { NULL, "{\"upstream\":[1]}" },
        { NULL, "{\"upstream\":{}}" },
        { NULL, "[]" },
        { NULL, "{\"upstream\":[}" },
        { NULL, NULL },
        { "PORT=3000\n", "{\"geminiUpstream\":" },
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct arena *a = arena_new(4096, 0);
        struct node *managed = node_new(a, NODE_GROUP, STR_NONE, STR("managed.conf"));
        struct taken t;
        take_over(&t, a, bad[i][0], bad[i][1], managed, NULL, false);
        CHECK(t.rc < 0);
        CHECK(t.err.what[0]);
        CHECK(!managed->first);
        drop(&t);
        arena_free(a);
    }
}

TEST_MAIN()
