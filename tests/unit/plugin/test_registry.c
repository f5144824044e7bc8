/* SPDX-License-Identifier: MIT */
/*
 * test_registry - who is in, who is not let in, and which door a request line leads to.
 */
#include "plugin/loader.h"

#include "base/str.h"

#include <stdlib.h>

#include "../test.h"

static int decode(void *i, struct cp_call *c, int phase, struct cp_str body, struct cp_tape *t)
{
    return CP_E_UNSUPPORTED;
}

static int encode(void *i, struct cp_call *c, int phase, const struct cp_tape *t,
                  struct cp_out *o)
{
    return CP_E_UNSUPPORTED;
}

static const struct cp_endpoint one_doors[] = {
    { .op = CP_CHAT, .stream = 0, .method = "POST", .path = "/v1/messages" },
    { .op = CP_LIST_MODELS,
      .stream = 2,
      .method = "GET",
      .path = "/v1/models",
      .when_header = "anthropic-version" },
};
static const struct cp_endpoint two_doors[] = {
    { .op = CP_LIST_MODELS, .stream = 2, .method = "GET", .path = "/v1/models" },
    { .op = CP_GET_MODEL, .stream = 2, .method = "GET", .path = "/v1/models/{model}" },
    { .op = CP_CHAT, .stream = 2, .method = "POST", .path = "/g/models/{model}:generate" },
    { .op = CP_CHAT, .stream = 1, .method = "POST", .path = "/g/models/{model}:stream" },
    { .op = CP_GET_MODEL, .stream = 2, .method = "GET", .path = "/g/models/{model}" },
    { .op = CP_CHAT, .stream = 0, .method = "GET", .path = "/both" },
    { .op = CP_CHAT, .stream = 0, .method = "POST", .path = "/both" },
};

#define ADAPTER(name, doors)                                                                   \
    {                                                                                          \
        .size = sizeof(struct cp_adapter), .framing = CP_SSE, .dialect = name,                 \
        .family = name "_family", .endpoints = doors,                                          \
        .endpoints_n = sizeof(doors) / sizeof(doors[0]), .endpoint_size = sizeof(doors[0]),    \
        .decode = decode, .encode = encode                                                     \
    }

static const struct cp_adapter one = ADAPTER("one", one_doors);
static const struct cp_adapter two = ADAPTER("two", two_doors);
static const struct cp_adapter *const both[] = { &one, &two };

static struct cp_plugin plugin_of(const struct cp_adapter *const *adapters, uint32_t n)
{
    return (struct cp_plugin){ CP_PLUGIN_HEAD, .adapters = adapters, .adapters_n = n,
                               .name = "test", .version = "1" };
}

static bool has_header(void *ctx, const char *name)
{
    return ctx && strcmp(ctx, name) == 0;
}

static struct registry *begin(void)
{
    struct registry *r = registry_new();
    struct cp_plugin p = plugin_of(both, 2);
    struct err err = { 0 };
    CHECK_EQ(registry_add(r, &p, "test.so", &err), 0);
    return r;
}

TEST(look_ups)
{
    struct registry *r = begin();
    CHECK_EQ(registry_count(r), 2);
    CHECK(registry_find(r, STR("two")) == registry_at(r, 1));
    CHECK(registry_by_family(r, STR("one_family")) == registry_at(r, 0));
    CHECK(registry_find(r, STR("three")) == NULL);
    CHECK(registry_by_family(r, STR_NONE) == NULL);
    CHECK(registry_at(r, 2) == NULL);
    CHECK_EQ(registry_at(r, 1)->ordinal, 1);
    CHECK_STR(str_of(registry_at(r, 0)->plugin), "test");
    CHECK_STR(str_of(registry_at(r, 0)->file), "test.so");
    CHECK_STR(str_of(registry_at(r, 0)->hooks.title), "one");
    registry_free(r);
    registry_free(NULL);
}

static void leads(struct registry *r, const char *method, const char *path, const char *header,
                  const char *dialect, const char *model)
{
    char word[64];
    snprintf(word, sizeof(word), "%s", header ? header : "");
    struct endpoint_match m = registry_match(r, str_of(method), str_of(path), STR_NONE,
                                             has_header, header ? word : NULL);
    if (!CHECK(m.adapter && m.endpoint)) {
        printf("#     %s %s\n", method, path);
        return;
    }
    CHECK_STR(str_of(m.adapter->hooks.dialect), dialect);
    CHECK_STR(m.model, model);
}

TEST(doors)
{
    struct registry *r = begin();
    leads(r, "POST", "/v1/messages", NULL, "one", NULL);
    leads(r, "GET", "/v1/models", NULL, "two", NULL);
    leads(r, "GET", "/v1/models", "anthropic-version", "one", NULL);
    leads(r, "GET", "/v1/models/a/b", NULL, "two", "a/b");
    leads(r, "POST", "/g/models/x%2Fy:generate", NULL, "two", "x%2Fy");
    leads(r, "POST", "/g/models/a:b:stream", NULL, "two", "a:b");
    leads(r, "GET", "/g/models/x", NULL, "two", "x");
    CHECK(registry_match(r, STR("GET"), STR("/"), STR_NONE, NULL, NULL).adapter == NULL);
    CHECK(registry_match(r, STR("GET"), STR("/v1/models/"), STR_NONE, NULL, NULL).adapter ==
          NULL);
    CHECK(registry_match(r, STR("POST"), STR("/g/models/:generate"), STR_NONE, NULL, NULL)
              .endpoint == NULL);
    CHECK(registry_match(r, STR("GET"), STR_NONE, STR_NONE, NULL, NULL).adapter == NULL);
    registry_free(r);
}

TEST(other_methods)
{
    struct registry *r = begin();
    struct endpoint_match m =
        registry_match(r, STR("GET"), STR("/v1/messages"), STR_NONE, NULL, NULL);
    CHECK(m.adapter && !m.endpoint);
    CHECK_STR(str_of(m.allow), "POST");
    m = registry_match(r, STR("PUT"), STR("/both"), STR_NONE, NULL, NULL);
    CHECK(m.adapter && !m.endpoint);
    CHECK_STR(str_of(m.allow), "GET, POST");
    registry_free(r);
}

static void refused(struct cp_plugin p, const char *why)
{
    struct registry *r = begin();
    struct err err = { 0 };
    CHECK(registry_add(r, &p, "bad.so", &err) < 0);
    if (!CHECK(strstr(err.what, why)))
        printf("#     %s: %s\n", err.where, err.what);
    CHECK_EQ(registry_count(r), 2);
    registry_free(r);
}

static void refused_adapter(struct cp_adapter bad, const char *why)
{
    const struct cp_adapter *const list[] = { &bad };
    refused(plugin_of(list, 1), why);
}

static struct cp_adapter like_one(const char *dialect)
{
    struct cp_adapter a = one;
    a.dialect = dialect;
    return a;
}

TEST(bad_adapters)
{
    struct cp_adapter a;
    refused_adapter(one, "already");
    refused_adapter(like_one("One"), "a-z");
    refused_adapter(like_one(NULL), "a-z");
    refused_adapter(like_one(""), "a-z");
    a = like_one("x"), a.size = 16, refused_adapter(a, "too small");
    a = like_one("x"), a.framing = 9, refused_adapter(a, "framing");
    a = like_one("x"), a.decode = NULL, refused_adapter(a, "needed");
    a = like_one("x"), a.family = "a b", refused_adapter(a, "a-z");
    a = like_one("x"), a.endpoints = NULL, refused_adapter(a, "not what it says");
    a = like_one("x"), a.endpoint_size = 4, refused_adapter(a, "not what it says");
    a = like_one("x"), a.options_n = 1, refused_adapter(a, "not what it says");
    a = like_one("x"), a.rx_close = (void *)decode, refused_adapter(a, "come together");
    a = like_one("x"), a.tx_open = (void *)decode, refused_adapter(a, "come together");
}

TEST(bad_doors_and_options)
{
    struct cp_endpoint door = {
        .op = CP_CHAT, .stream = 0, .method = "POST", .path = "/x/{model}/{model}"
    };
    struct cp_option option = { 9, 0, "name", NULL, NULL };
    struct cp_adapter a = like_one("x");
    a.endpoints = &door;
    a.endpoints_n = 1;
    refused_adapter(a, "more than one {model}");
    door.path = "x";
    refused_adapter(a, "the path is none");
    door.path = "/x/{what}";
    refused_adapter(a, "the path is none");
    door.path = "/x";
    door.method = "PUT";
    refused_adapter(a, "none of GET, POST and DELETE");
    door.method = "GET";
    door.stream = 3;
    refused_adapter(a, "stream");
    a.endpoints_n = 0;
    a.options = &option;
    a.options_n = 1;
    a.option_size = sizeof(option);
    refused_adapter(a, "no such type");
    option.name = "a b";
    refused_adapter(a, "an option's name");
}

TEST(one_plugin_with_one_dialect_twice)
{
    struct cp_adapter x = like_one("x");
    const struct cp_adapter *const list[] = { &x, &x };
    refused(plugin_of(list, 2), "already");
}

static int load_fails(const struct cp_host *h)
{
    return h->fail(NULL, CP_E_CONFIG, "no licence");
}

static int unloaded;
static void unload(void)
{
    unloaded++;
}

TEST(load_and_unload)
{
    struct cp_adapter x = like_one("x");
    const struct cp_adapter *const list[] = { &x };
    struct cp_plugin p = plugin_of(list, 1);
    struct registry *r = begin();
    struct err err = { 0 };
    p.load = load_fails;
    p.unload = unload;
    CHECK(registry_add(r, &p, "x.so", &err) < 0);
    CHECK_STR(str_of(err.what), "no licence");
    CHECK_EQ(registry_count(r), 2);
    p.load = NULL;
    CHECK_EQ(registry_add(r, &p, "x.so", &err), 0);
    CHECK_EQ(unloaded, 0);
    registry_free(r);
    CHECK_EQ(unloaded, 1);
}

/* An adapter and arrays of a smaller, older kind. */
TEST(older_structs)
{
    struct old_endpoint {
        uint32_t op, stream;
        const char *method, *path;
    };
    static const struct old_endpoint doors[] = {
        { .op = CP_CHAT, .stream = 0, .method = "POST", .path = "/old/a" },
        { .op = CP_CHAT, .stream = 0, .method = "POST", .path = "/old/b" }
    };
    struct cp_adapter a = like_one("old");
    a.size = offsetof(struct cp_adapter, extension);
    a.extension = (void *)decode; /* beyond its size: must not be read */
    a.endpoints = (const void *)doors;
    a.endpoints_n = 2;
    a.endpoint_size = sizeof(doors[0]);
    const struct cp_adapter *const list[] = { &a };
    struct cp_plugin p = plugin_of(list, 1);
    struct registry *r = begin();
    struct err err = { 0 };
    CHECK_EQ(registry_add(r, &p, "old.so", &err), 0);
    const struct adapter *old = registry_find(r, STR("old"));
    CHECK(old && old->hooks.extension == NULL);
    leads(r, "POST", "/old/b", NULL, "old", NULL);
    CHECK(old && old->hooks.endpoints[1].when_header == NULL);
    registry_free(r);
}

TEST_MAIN()
