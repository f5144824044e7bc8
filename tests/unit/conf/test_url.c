/* SPDX-License-Identifier: MIT */
/*
 * test_url - base URLs: what is refused, what requests are made of them.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/url.h"

#include "../test.h"

#include <stdlib.h>

static struct arena *arena;
static struct buf out;

static struct cp_str request(const char *base, const char *version, const char *path)
{
    struct conf_url url = { 0 };
    buf_clear(&out);
    if (url_parse(str_of(base), arena, &url))
        return STR("refused");
    conf_request_url(&out, &url, str_of(version), str_of(path));
    return buf_str(&out);
}

TEST(version_is_inserted_where_there_is_none)
{
    CHECK_STR(request("https://h", "v1", "/messages"), "https://h/v1/messages");
    CHECK_STR(request("https://h/", "v1", "/messages"), "https://h/v1/messages");
    CHECK_STR(request("https://h/v1", "v1", "/responses"), "https://h/v1/responses");
    CHECK_STR(request("https://h/v1/", "v1", "/messages"), "https://h/v1/messages");
    CHECK_STR(request("https://h/api/v3", "v1", "/chat/completions"),
              "https://h/api/v3/chat/completions");
    CHECK_STR(request("https://h/v1beta", "v1", "/messages"), "https://h/v1beta/messages");
    CHECK_STR(request("https://h", "v1beta", "/models/M:generateContent"),
              "https://h/v1beta/models/M:generateContent");
    CHECK_STR(request("https://h/v1beta", "v1beta", "/models/M:generateContent"),
              "https://h/v1beta/models/M:generateContent");
    CHECK_STR(request("https://h", "api", "/chat"), "https://h/api/chat");
    CHECK_STR(request("https://h/api/", "api", "/chat"), "https://h/api/chat");
    CHECK_STR(request("https://h/an-api", "api", "/chat"), "https://h/an-api/api/chat");
    CHECK_STR(request("https://h/vision", "v1", "/x"), "https://h/vision/v1/x");
    CHECK_STR(request("https://h/v1.5", "v1", "/x"), "https://h/v1.5/v1/x");
    CHECK_STR(request("https://h/v1Beta", "v1", "/x"), "https://h/v1Beta/v1/x");
}

TEST(hash_means_exactly_this)
{
    CHECK_STR(request("https://h/x#", "v1", "/messages"), "https://h/x/messages");
    CHECK_STR(request("https://h/#", "v1", "/responses"), "https://h/responses");
    CHECK_STR(request("https://h#", "v1", "responses"), "https://h/responses");
    CHECK_STR(request("https://h/x#", "v1beta", "/models/M:generateContent"),
              "https://h/x/models/M:generateContent");
}

TEST(a_host_is_no_version)
{
    CHECK_STR(request("https://v1", "v1", "/x"), "https://v1/v1/x");
    CHECK_STR(request("https://api", "api", "/x"), "https://api/api/x");
}

TEST(scheme_in_any_case)
{
    CHECK_STR(request("HTTPS://h", "", "/x"), "https://h/x");
}

TEST(refused)
{
    static const char *const bad[] = {
        "",
        "h",
        "ftp://h",
        "file:///etc/passwd",
        "https://",
        "https:///v1",
        "https://u:p@h",
        "https://u@h/v1",
        "https://h?x=1",
        "https://h/a?key=b",
        "https://h/#a",
        "https://h##",
        "https://h:0",
        "https://h:65536",
        "https://h:",
        "https://h:x",
        "https://h:1:2",
        "https://[::1",
        "https://[::g]",
        "https://[]",
        "https://[::1]x",
        "https://[::1]:99999",
        "https://h h",
        "https://h/a b",
        "https://h/\xC3\xA4",
        "https://h/a\"b",
        "https://h/\n",
        "https://h\\evil",
        "https://h%41",
    };
    struct conf_url url;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (!CHECK(url_parse(str_of(bad[i]), arena, &url) != NULL))
            printf("# %s\n", bad[i]);
}

static struct conf_url parse(const char *text)
{
    struct conf_url url = { 0 };
    CHECK(url_parse(str_of(text), arena, &url) == NULL);
    return url;
}

TEST(hosts)
{
    struct conf_url url = parse("http://[fe80::1]:80/x");
    CHECK_STR(url_host(&url), "fe80::1");
    CHECK(url_is_clear(&url));
    url = parse("https://api.example.org:8443/x");
    CHECK_STR(url_host(&url), "api.example.org");
    CHECK(!url_is_clear(&url));
    CHECK_EQ(url_port(&url), 8443);
}

TEST(ports)
{
    static const struct {
        const char *text;
        int port;
    } cases[] = {
        { "http://h", 80 },       { "https://h/v1", 443 },    { "http://h:3000/v1#", 3000 },
        { "https://[::1]", 443 }, { "http://[::1]:81/", 81 }, { "http://h/a:7/b", 80 }
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct conf_url url = parse(cases[i].text);
        if (!CHECK_EQ(url_port(&url), cases[i].port))
            printf("# %s\n", cases[i].text);
    }
}

TEST(private_by_spelling)
{
    static const char *const private[] = {
        "http://127.0.0.1",
        "http://127.9.9.9:1/v1",
        "http://localhost",
        "http://x.localhost",
        "http://[::1]",
        "http://10.0.0.1",
        "http://172.31.0.1",
        "http://192.168.1.1",
        "http://[fd00::1]",
        "http://169.254.169.254",
        "http://[::ffff:127.0.0.1]",
        "http://[fe80::1]",
    };
    static const char *const public[] = { "http://8.8.8.8", "http://172.32.0.1", "http://h",
                                          "http://[2001:db8::1]", "http://10.example.org" };
    for (size_t i = 0; i < sizeof(private) / sizeof(*private); i++) {
        struct conf_url url = parse(private[i]);
        if (!CHECK(url_is_private(&url)))
            printf("# %s\n", private[i]);
    }
    for (size_t i = 0; i < sizeof(public) / sizeof(*public); i++) {
        struct conf_url url = parse(public[i]);
        if (!CHECK(!url_is_private(&url)))
            printf("# %s\n", public[i]);
    }
}

int main(int argc, char **argv)
{
    arena = arena_new(1024, 0);
    buf_init(&out, 4096);
    int rc = test_main(argc, argv);
    buf_fini(&out);
    arena_free(arena);
    return rc;
}
