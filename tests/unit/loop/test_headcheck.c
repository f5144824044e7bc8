/* SPDX-License-Identifier: MIT */
/*
 * test_headcheck - each rule of the guard, and that honest requests pass.
 */
#include "loop/headcheck.h"

#include "base/str.h"
#include "test.h"

/* "Name: value|Name: value"; a value is cut at the first blank after the colon only. */
static struct headcheck_result run(const char *method, const char *target, const char *version,
                                   const char *headers)
{
    struct headcheck_pair pairs[300];
    struct headcheck_result r;
    struct cp_str rest = str_of(headers), part;
    size_t n = 0;
    while (n < 300 && str_split(&rest, '|', &part)) {
        ptrdiff_t colon = str_chr(part, ':');
        if (colon < 0)
            break; /* none at all */
        pairs[n].name = str_cut(part, (size_t)colon);
        pairs[n++].value = str_from(part, (size_t)colon + 2);
    }
    headcheck_run(str_of(method), str_of(target), str_of(version), pairs, n, &r);
    return r;
}

static int post(const char *headers)
{
    char all[512];
    snprintf(all, sizeof all, "Host: a%s%s", *headers ? "|" : "", headers);
    return run("POST", "/v1/messages", "HTTP/1.1", all).status;
}

static int get(const char *target)
{
    return run("GET", target, "HTTP/1.1", "Host: a").status;
}

TEST(headcheck_honest_requests_pass)
{
    struct headcheck_result r =
        run("POST", "/v1/messages?beta=true", "HTTP/1.1",
            "Host: localhost:3000|Content-Length: 12|x-api-key: k|Accept: */*");
    CHECK_EQ(r.status, 0);
    CHECK_EQ(r.length, 12);
    CHECK_EQ(r.is_chunked, 0);
    CHECK_EQ(run("GET", "/", "HTTP/1.0", "").status, 0);
    CHECK_EQ(run("OPTIONS", "*", "HTTP/1.1", "Host: [::1]:3000").status, 0);
    r = run("POST", "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse", "HTTP/1.1",
            "Host: a|Transfer-Encoding: Chunked|Expect: 100-Continue");
    CHECK_EQ(r.status, 0);
    CHECK_EQ(r.length, -1);
    CHECK_EQ(r.is_chunked, 1);
}

TEST(headcheck_lengths)
{
    CHECK_EQ(post("Content-Length: 0"), 0);
    CHECK_EQ(post("Content-Length:  12 "), 0);
    CHECK_EQ(post("Content-Length: 5|Content-Length: 5"), 400);
    CHECK_EQ(post("Content-Length: 5|content-length: 6"), 400);
    CHECK_EQ(post("Content-Length: -1"), 400);
    CHECK_EQ(post("Content-Length: +5"), 400);
    CHECK_EQ(post("Content-Length: 0x5"), 400);
    CHECK_EQ(post("Content-Length: 5, 5"), 400);
    CHECK_EQ(post("Content-Length: "), 400);
    CHECK_EQ(post("Content-Length: 99999999999999999999999"), 413);
    CHECK_EQ(post("Content-Length: 999999999999999999"), 0);
}

TEST(headcheck_codings)
{
    CHECK_EQ(post("Transfer-Encoding: chunked|Content-Length: 5"), 400);
    CHECK_EQ(post("Content-Length: 5|Transfer-Encoding: chunked"), 400);
    CHECK_EQ(post("Transfer-Encoding: chunked|Transfer-Encoding: chunked"), 400);
    CHECK_EQ(post("Transfer-Encoding: gzip, chunked"), 501);
    CHECK_EQ(post("Transfer-Encoding: xchunked"), 501);
    CHECK_EQ(post("Transfer-Encoding: "), 501);
    CHECK_EQ(run("POST", "/", "HTTP/1.0", "Transfer-Encoding: chunked").status, 400);
    CHECK_EQ(post("Transfer-Encoding : chunked"), 400);
}

TEST(headcheck_hosts)
{
    CHECK_EQ(run("GET", "/", "HTTP/1.1", "Accept: a").status, 400);
    CHECK_EQ(run("GET", "/", "HTTP/1.1", "Host: a|Host: a").status, 400);
    CHECK_EQ(run("GET", "/", "HTTP/1.1", "Host: a b").status, 400);
    CHECK_EQ(run("GET", "/", "HTTP/1.1", "Host: a/b").status, 400);
    CHECK_EQ(run("GET", "/", "HTTP/1.1", "Host: u@b").status, 400);
    CHECK_EQ(run("GET", "/", "HTTP/1.1", "Host: xn--bcher-kva.example:443").status, 0);
}

TEST(headcheck_names_and_values)
{
    CHECK_EQ(post("X A: b"), 400);
    CHECK_EQ(post(" X: b"), 400);
    CHECK_EQ(post("X(: b"), 400);
    CHECK_EQ(post(": b"), 400);
    CHECK_EQ(post("X: a\rb"), 400);
    CHECK_EQ(post("X: a\x01"), 400);
    CHECK_EQ(post("X: a\x7f"), 400);
    CHECK_EQ(post("X: tab\there, obs-text \xe9"), 0);
}

TEST(headcheck_methods)
{
    static const char *const good[] = { "GET",   "HEAD",   "POST",   "PUT",
                                        "PATCH", "DELETE", "OPTIONS" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK_EQ(run(good[i], "/", "HTTP/1.1", "Host: a").status, 0);
    CHECK_EQ(run("TRACE", "/", "HTTP/1.1", "Host: a").status, 501);
    CHECK_EQ(run("CONNECT", "a:443", "HTTP/1.1", "Host: a").status, 501);
    CHECK_EQ(run("get", "/", "HTTP/1.1", "Host: a").status, 501);
    CHECK_EQ(run("G\x01T", "/", "HTTP/1.1", "Host: a").status, 400);
    CHECK_EQ(run("", "/", "HTTP/1.1", "Host: a").status, 400);
}

TEST(headcheck_versions)
{
    CHECK_EQ(run("PRI", "*", "HTTP/2.0", "").status, 505);
    CHECK_EQ(run("GET", "/", "", "").status, 505);
    CHECK_EQ(run("GET", "/", "HTTP/1.", "").status, 505);
    CHECK_EQ(run("GET", "/", "http/1.1", "Host: a").status, 505);
    CHECK_EQ(run("GET", "/", "HTTP/1.2", "Host: a").status, 0);
}

TEST(headcheck_targets)
{
    CHECK_EQ(get("http://a/"), 400);
    CHECK_EQ(get("*"), 400);
    CHECK_EQ(get(""), 400);
    CHECK_EQ(get("/a b"), 400);
    CHECK_EQ(get("/a#b"), 400);
    CHECK_EQ(get("/\x1b[2J"), 400);
    CHECK_EQ(get("/\xc3\xa9"), 400);
    CHECK_EQ(get("/?q=%00//.."), 0);
}

TEST(headcheck_paths)
{
    static const char *const bad[] = {
        "/../etc/passwd", "/a/..",       "/a/../b",   "/%2e%2e/x", "/%2E%2e/x", "/.%2e/x",
        "/a/%2e.",        "/a%2f..%2fb", "/a%2F%2Fb", "//",        "//a",       "/a//b",
        "/a\\b",          "/a%5cb",      "/a%5Cb",    "/%00",      "/a%0d%0ab", "/a%0ab",
        "/%1b",           "/%7f",        "/a%",       "/a%2",      "/a%zz",     "/a%2",
    };
    static const char *const good[] = {
        "/",
        "/a/",
        "/a/b",
        "/...",
        "/a..b",
        "/..a",
        "/a/.",
        "/.well-known/x",
        "/models/a%2Fb:generate",
        "/%252e%252e/",
        "/a%20b",
        "/a;x=1/b",
        "/~x",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!CHECK_EQ(get(bad[i]), 400))
            printf("#     %s\n", bad[i]);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!CHECK_EQ(get(good[i]), 0))
            printf("#     %s\n", good[i]);
}

TEST(headcheck_expectations_and_encodings)
{
    CHECK_EQ(post("Expect: 100-continue"), 0);
    CHECK_EQ(post("Expect: the-unexpected"), 417);
    CHECK_EQ(post("Content-Encoding: gzip"), 0);
    CHECK_EQ(post("Content-Encoding: gzip|Content-Encoding: br"), 415);
}

TEST(headcheck_credentials)
{
    CHECK_EQ(post("x-api-key: k|Authorization: Bearer k"), 0);
    CHECK_EQ(post("x-api-key: k|Authorization: bearer  k |X-Goog-Api-Key: k"), 0);
    CHECK_EQ(post("x-api-key: k|Authorization: Bearer other"), 401);
    CHECK_EQ(post("x-goog-api-key: k|x-api-key: j"), 401);
    CHECK_EQ(post("x-api-key: k|x-api-key: k"), 0);
    CHECK_EQ(post("x-api-key: k|x-api-key: j"), 401);
    CHECK_EQ(post("x-api-key: |Authorization: Bearer k"), 0);
}

TEST(headcheck_count)
{
    char many[300 * 5 + 10] = "Host: a";
    for (int i = 0; i < 256; i++)
        memcpy(many + 7 + i * 5, "|X: y", 6);
    struct headcheck_result r = run("GET", "/", "HTTP/1.1", many);
    CHECK_EQ(r.status, 431);
    CHECK_EQ(r.trouble, CP_HEADERS_TOO_LARGE);
    many[7 + 255 * 5] = '\0';
    CHECK_EQ(run("GET", "/", "HTTP/1.1", many).status, 0);
}

TEST_MAIN()
