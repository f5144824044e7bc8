/* SPDX-License-Identifier: MIT */
#include "loop/url.h"

#include "base/str.h"
#include "test.h"

TEST(url_parts)
{
    struct url u;
    CHECK_EQ(url_read(&u, STR("https://api.example.com/v1/messages?beta=true"), NULL), 0);
    CHECK(u.is_https);
    CHECK_EQ(u.port, 443);
    CHECK_STR(u.host, "api.example.com");
    CHECK_STR(u.origin, "https://api.example.com");
    CHECK_STR(u.rest, "/v1/messages?beta=true");
    CHECK_EQ(url_read(&u, STR("HTTP://my_box:8080"), NULL), 0);
    CHECK(!u.is_https);
    CHECK_EQ(u.port, 8080);
    CHECK_STR(u.host, "my_box");
    CHECK_STR(u.rest, "");
    CHECK_EQ(url_read(&u, STR("http://[::1]:11434/x"), NULL), 0);
    CHECK_STR(u.host, "::1");
    CHECK_EQ(u.port, 11434);
    CHECK_EQ(url_read(&u, STR("http://[fd00::1]"), NULL), 0);
    CHECK_EQ(u.port, 80);
    CHECK_EQ(url_read(&u, STR("https://h.?a"), NULL), 0);
    CHECK_STR(u.host, "h");
    CHECK_STR(u.rest, "?a");
}

TEST(url_refusals)
{
    static const char *const bad[] = {
        "",
        "http",
        "http:/h",
        "ftp://h/",
        "file:///etc/passwd",
        "//h/",
        "http://",
        "https:///p",
        "http://:80/",
        "http://./",
        "http://u@h/",
        "http://u:p@h/",
        "http://good.com@evil.com/",
        "http://good.com\\@evil.com/",
        "http://h#f",
        "http://h/#f",
        "http://h /",
        "http://h/a b",
        "http://h/\r\nX: y",
        "http://h\t/",
        "http://h/\x7f",
        "http://h/\xc3\xa4",
        "http://m\xc3\xbcnchen/",
        "http://h:0/",
        "http://h:65536/",
        "http://h:99999999999999999999/",
        "http://h:-1/",
        "http://h:/",
        "http://h:80x/",
        "http://h:8:8/",
        "http://[::1/",
        "http://[]/",
        "http://[::1]x/",
        "http://[::1]:/",
        "http://[::g]/",
        "http://[fe80::1%25eth0]/",
        "http://h%2e/",
        "http://h,i/",
    };
    struct url u = { .port = 7 };
    struct err err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!CHECK_EQ(url_read(&u, str_of(bad[i]), &err), E_SYNTAX))
            printf("#     %s\n", bad[i]);
    CHECK_EQ(u.port, 7); /* untouched */
}

TEST(url_keeps_secrets_to_itself)
{
    struct url u;
    struct err err;
    CHECK_EQ(url_read(&u, STR("http://user:hunter2@h/?key=hunter3"), &err), E_SYNTAX);
    CHECK(!strstr(err.what, "hunter"));
    CHECK_EQ(url_read(&u, STR("http://h/?key=hunter3 "), &err), E_SYNTAX);
    CHECK(!strstr(err.what, "hunter"));
}

TEST_MAIN()
