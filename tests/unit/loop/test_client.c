/* SPDX-License-Identifier: MIT */
/*
 * test_client - what is sent, and what every kind of broken answer becomes.
 */
#include "asker.h"
#include "fake.h"
#include "test.h"

#include <ctype.h>
#include <netdb.h>

static char url[128];

/* ---- what is sent ---- */

static void serve_echo(struct wire *w)
{
    char head[128];
    while (wire_request(w)) {
        size_t n = strlen(w->head);
        snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
                 strstr(w->head, "HEAD") == w->head ? 0 : n + w->body_n);
        wire_say(w, head);
        if (strstr(w->head, "HEAD") != w->head) {
            wire_write(w, w->head, n);
            wire_write(w, w->body, w->body_n);
        }
    }
}

static struct got ask_echo(const char *method, const struct transfer_header *headers, size_t n,
                           const struct cp_str *body, size_t body_n)
{
    struct fake f = { .serve = serve_echo };
    struct asker a;
    struct got g;
    got_init(&g);
    fake_open(&f);
    asker_open(&a);
    struct transfer_spec spec = asker_spec(method, url_at(url, "http", f.port, "/p?q=%20"));
    spec.headers = headers;
    spec.headers_n = n;
    spec.body = body;
    spec.body_n = body_n;
    CHECK(asker_ask(&a, &spec, &g));
    CHECK_EQ(g.end.net, 0);
    CHECK_EQ(g.end.status, 200);
    asker_close(&a);
    fake_close(&f);
    return g;
}

static bool begins_with(const struct got *g, const char *text)
{
    return str_begins(buf_str(&g->body), text);
}

static bool has(const struct got *g, const char *text)
{
    return str_find(buf_str(&g->body), str_of(text)) >= 0;
}

TEST(client_sends_just_what_it_was_told)
{
    struct transfer_header h[] = { { STR("x-api-key"), STR("k1") },
                                   { STR("X-Empty"), STR("") },
                                   { STR("content-type"), STR("application/json") } };
    struct cp_str body[] = { STR("{\"a\":"), STR(""), STR("1}") };
    struct got g = ask_echo("POST", h, 3, body, 3);
    char wanted[256];
    snprintf(wanted, sizeof wanted,
             "POST /p?q=%%20 HTTP/1.1\r\nHost: %.*s\r\nx-api-key: k1\r\nX-Empty:\r\n"
             "content-type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
             (int)strcspn(url + 7, "/"), url + 7);
    CHECK_STR(buf_str(&g.body), wanted);
    CHECK_EQ(g.end.bytes_out, 7);
    CHECK(g.end.connect_us > 0 && g.end.first_byte_us >= g.end.connect_us &&
          g.end.total_us >= g.end.first_byte_us);
    CHECK(!g.end.is_reused && !g.end.is_http2);
    got_fini(&g);
}

TEST(client_knows_methods)
{
    struct cp_str body[] = { STR("x") };
    static const char *const with[] = { "POST", "PUT", "PATCH", "DELETE" };
    for (size_t i = 0; i < 4; i++) {
        struct got g = ask_echo(with[i], NULL, 0, body, 1);
        CHECK(begins_with(&g, with[i]) && has(&g, "Content-Length: 1\r\n\r\nx"));
        got_fini(&g);
    }
    static const char *const without[] = { "GET", "DELETE", "OPTIONS" };
    for (size_t i = 0; i < 3; i++) {
        struct got g = ask_echo(without[i], NULL, 0, NULL, 0);
        CHECK(begins_with(&g, without[i]) && !has(&g, "Content-") && !has(&g, "Accept"));
        got_fini(&g);
    }
    struct got g = ask_echo("POST", NULL, 0, NULL, 0);
    CHECK(has(&g, "Content-Length: 0\r\n") && !has(&g, "Content-Type"));
    got_fini(&g);
    g = ask_echo("HEAD", NULL, 0, NULL, 0);
    CHECK_EQ(g.body.n, 0);
    got_fini(&g);
}

TEST(client_sends_large_bodies_in_pieces)
{
    enum { PIECE = 70000, PIECES = 30 };
    static char piece[PIECE];
    struct cp_str body[PIECES];
    for (int i = 0; i < PIECES; i++)
        body[i] = (struct cp_str){ piece, PIECE - (size_t)i };
    for (size_t i = 0; i < PIECE; i++)
        piece[i] = (char)('a' + i % 26);
    struct got g = ask_echo("POST", NULL, 0, body, PIECES);
    size_t at = (size_t)str_find(buf_str(&g.body), STR("\r\n\r\n")) + 4;
    bool is_same = true;
    for (int i = 0; i < PIECES; i++) {
        is_same = is_same && at + body[i].n <= g.body.n &&
                  memcmp(g.body.p + at, body[i].p, body[i].n) == 0;
        at += body[i].n;
    }
    CHECK(is_same && at == g.body.n);
    CHECK_EQ(g.end.bytes_out, (uint64_t)PIECE * PIECES - PIECES * (PIECES - 1) / 2);
    got_fini(&g);
}

TEST(client_refuses_bad_words)
{
    static const struct transfer_header bad[] = {
        { { "a b", 3 }, { "v", 1 } },
        { { "", 0 }, { "v", 1 } },
        { { "x", 1 }, { "a\r\nb: c", 7 } },
        { { "x", 1 }, { "a\0b", 3 } },
        { { "Host", 4 }, { "h", 1 } },
        { { "content-LENGTH", 14 }, { "1", 1 } },
        { { "Transfer-Encoding", 17 }, { "chunked", 7 } },
        { { "Connection", 10 }, { "close", 5 } },
        { { "Proxy-Authorization", 19 }, { "x", 1 } },
    };
    static const char *const urls[] = { "ftp://h/",      "file:///etc/passwd",
                                        "http://",       "http://a b/",
                                        "http://u:p@h/", "http://h:99999/",
                                        "http://h/\r\nx" };
    struct asker a;
    struct got g;
    struct err err;
    got_init(&g);
    asker_open(&a);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct transfer_spec spec = asker_spec("GET", "http://127.0.0.1:1/");
        spec.headers = &bad[i];
        spec.headers_n = 1;
        CHECK(!transfer_start(a.client, &spec, &got_handler, &g, &err));
        CHECK_EQ(err.code, E_SYNTAX);
    }
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct transfer_spec spec = asker_spec("GET", urls[i]);
        CHECK(!transfer_start(a.client, &spec, &got_handler, &g, &err));
    }
    struct transfer_spec spec = asker_spec("GET x", "http://127.0.0.1:1/");
    CHECK(!transfer_start(a.client, &spec, &got_handler, &g, &err));
    CHECK_EQ(client_transfers(a.client), 0);
    asker_close(&a);
    got_fini(&g);
}

/* ---- broken answers: one line each ---- */

static const struct {
    const char *answer; /* may hold \0: then n */
    size_t n;
    char how; /* c: closes, r: resets after it */
    int net, status;
    const char *body; /* NULL: any */
} answers[] = {
#define SAYS(text) text, sizeof text - 1
    { SAYS("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), 'c', 0, 200, "hello" },
    { SAYS("HTTP/1.1 200 OK\r\n\r\nto the end"), 'c', 0, 200, "to the end" },
    { SAYS("HTTP/1.0 503\r\n\r\nx"), 'c', 0, 503, "x" },
    { SAYS("HTTP/1.1 204 No\r\n\r\n"), 'c', 0, 204, "" },
    { SAYS("HTTP/1.1 304 No\r\nContent-Length: 7\r\n\r\n"), 'c', 0, 304, "" },
    { SAYS("HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"), 'c',
      0, 302, "" },
    { SAYS("HTTP/1.1 599 W\r\nContent-Length: 0\r\n\r\n"), 'c', 0, 599, "" },
    { SAYS("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 H\r\nA: b\r\n\r\nHTTP/1.1 200 K\r\n"
           "Content-Length: 1\r\n\r\ny"),
      'c', 0, 200, "y" },
    { SAYS("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello"), 'c', 0, 200, "hel" },
    { SAYS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nT: x\r\n\r\n"),
      'c', 0, 200, "hi" },
    /* cut */
    { SAYS("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), 'c', CP_NET_CUT, 200,
      "hello" },
    { SAYS("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), 'r', CP_NET_CUT, 200, NULL },
    { SAYS("HTTP/1.1 200 OK\r\n\r\nhello"), 'r', CP_NET_CUT, 200, NULL },
    { SAYS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n"), 'c', CP_NET_CUT,
      200, "hi" },
    { SAYS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n"), 'c',
      CP_NET_CUT, 200, "hi" },
    { SAYS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n"), 'c',
      CP_NET_CUT, 200, "hi" },
    { SAYS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nhi\r\n"), 'c',
      CP_NET_CUT, 200, "" },
    { SAYS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhi\r\n"),
      'c', CP_NET_CUT, 200, "" },
    /* nothing */
    { SAYS(""), 'c', CP_NET_EMPTY, 0, "" },
    { SAYS(""), 'r', CP_NET_RECV, 0, "" },
    /* no HTTP */
    { SAYS("SSH-2.0-OpenSSH_9.2\r\n"), 'c', CP_NET_PROTOCOL, 0, "" },
    { SAYS("hello"), 'c', CP_NET_PROTOCOL, 0, "" },
    { SAYS("\x15\x03\x01\x00\x02\x02\x46"), 'c', CP_NET_PROTOCOL, 0, "" },
    { SAYS("<html>\r\n\r\n"), 'c', CP_NET_PROTOCOL, 0, "" },
    { SAYS("HTTP/1.1 200 OK\r\nA: \0b\r\n\r\n"), 'c', CP_NET_PROTOCOL, 0, "" },
    { SAYS("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"), 'c', CP_NET_PROTOCOL, 0, "" },
    { SAYS("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n"), 'c', CP_NET_PROTOCOL, 0, "" },
    { SAYS("HTTP/1.1 99 L\r\n\r\n"), 'c', CP_NET_PROTOCOL, 0, "" },
    { SAYS("HTTP/1.1 101 S\r\n\r\nxyz"), 'c', CP_NET_PROTOCOL, 0, "" },
    { SAYS("HTTP/1.1 600 M\r\nContent-Length: 0\r\n\r\n"), 'c', CP_NET_PROTOCOL, 0, "" },
    { SAYS("HTTP/1.1 999 M\r\nContent-Length: 0\r\n\r\n"), 'c', CP_NET_PROTOCOL, 0, "" },
};
enum { ANSWERS = sizeof answers / sizeof *answers };

/* "GET /12 HTTP/1.1": 12 */
static size_t number_in(const struct wire *w)
{
    return strtoul(strchr(w->head, '/') + 1, NULL, 10);
}

static const char *numbered(uint16_t port, size_t n)
{
    char path[32];
    snprintf(path, sizeof path, "/%zu", n);
    return url_at(url, "http", port, path);
}

static void serve_answer(struct wire *w)
{
    if (!wire_request(w))
        return;
    size_t which = number_in(w);
    wire_write(w, answers[which].answer, answers[which].n);
    if (answers[which].how == 'r')
        wire_reset(w);
}

TEST(client_tells_what_an_answer_was)
{
    struct fake f = { .serve = serve_answer };
    struct asker a;
    fake_open(&f);
    asker_open(&a);
    for (size_t which = 0; which < ANSWERS; which++) {
        struct got g;
        got_init(&g);
        struct transfer_spec spec = asker_spec("GET", numbered(f.port, which));
        bool is_good = CHECK(asker_ask(&a, &spec, &g));
        /* a reset may overtake what was sent before it */
        bool is_race = answers[which].how == 'r' && g.heads == 0 && g.end.net == CP_NET_RECV;
        is_good &= is_race || CHECK_EQ(g.end.net, answers[which].net);
        is_good &= is_race || CHECK_EQ(g.end.status, answers[which].status);
        is_good &= CHECK_EQ(g.heads, g.end.status != 0);
        is_good &= CHECK((g.end.net == 0) == (g.end.why[0] == 0));
        is_good &= CHECK_EQ(g.end.bytes_in, g.body.n);
        if (answers[which].body)
            is_good &= CHECK(
                str_eq(str_n(g.body.p ? g.body.p : "", g.body.n), str_of(answers[which].body)));
        if (!is_good)
            printf("#     in answer %zu: net %d status %d why %s\n", which, g.end.net,
                   g.end.status, g.end.why);
        got_fini(&g);
    }
    CHECK_EQ(client_transfers(a.client), 0);
    asker_close(&a);
    fake_close(&f);
}

static const char whole[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    "10\r\ndata: 0123456789\r\n"
    "3\r\nabc\r\n0\r\n\r\n";

static void serve_cut(struct wire *w)
{
    if (wire_request(w))
        wire_write(w, whole, number_in(w));
}

/* Wherever it breaks: one end, never a clean one, and no byte that was not sent. */
TEST(client_sees_a_cut_at_every_byte)
{
    struct fake f = { .serve = serve_cut };
    struct asker a;
    fake_open(&f);
    asker_open(&a);
    for (size_t cut_at = 0; cut_at < sizeof whole; cut_at++) {
        struct got g;
        got_init(&g);
        struct transfer_spec spec = asker_spec("GET", numbered(f.port, cut_at));
        bool is_good = CHECK(asker_ask(&a, &spec, &g));
        is_good &= CHECK_EQ(g.ends, 1);
        /* the very last byte is the end of an empty line: not every libcurl waits for it */
        if (cut_at != sizeof whole - 2)
            is_good &= CHECK((g.end.net == 0) == (cut_at == sizeof whole - 1));
        is_good &= CHECK(g.body.n <= 19 && memcmp("data: 0123456789abc",
                                                  g.body.n ? g.body.p : "", g.body.n) == 0);
        if (g.heads)
            is_good &= CHECK_STR(str_of(g.type), "text/event-stream");
        if (!is_good)
            printf("#     cut at %zu: net %d status %d why %s\n", cut_at, g.end.net,
                   g.end.status, g.end.why);
        got_fini(&g);
    }
    asker_close(&a);
    fake_close(&f);
}

static void serve_flood(struct wire *w)
{
    char line[2048];
    if (!wire_request(w))
        return;
    bool is_interims = strstr(w->head, "/interims"), is_long = strstr(w->head, "/long");
    if (!is_interims)
        wire_say(w, "HTTP/1.1 200 OK\r\n");
    memset(line, 'x', sizeof line);
    memcpy(line, "A: ", 3);
    memcpy(line + 1022, "\r\n", 3);
    if (is_long)
        wire_say(w, "A: ");
    for (int i = 0; i < 5000; i++)
        if (!(is_interims ? wire_say(w, "HTTP/1.1 100 Continue\r\n\r\n")
              : is_long   ? wire_write(w, line + 3, 1000)
                          : wire_say(w, line)))
            return;
    wire_say(w, "\r\n\r\n");
}

TEST(client_limits_heads)
{
    static const char *const floods[] = { "/interims", "/long", "/many" };
    struct fake f = { .serve = serve_flood };
    struct asker a;
    fake_open(&f);
    asker_open(&a);
    for (int i = 0; i < 3; i++) {
        struct got g;
        got_init(&g);
        struct transfer_spec spec = asker_spec("GET", url_at(url, "http", f.port, floods[i]));
        CHECK(asker_ask(&a, &spec, &g));
        CHECK_EQ(g.end.net, CP_NET_PROTOCOL);
        CHECK_EQ(g.heads, 0);
        got_fini(&g);
    }
    asker_close(&a);
    fake_close(&f);
}

/* ---- kept connections ---- */

static void serve_twice(struct wire *w)
{
    int turn = 0;
    for (; turn < 2 && wire_request(w); turn++)
        wire_say(w, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    if (turn == 2 && wire_head(w)) /* the third dies without an answer */
        wire_reset(w);
}

TEST(client_replaces_a_kept_connection_that_died)
{
    static char large[300000];
    struct cp_str body[] = { { large, sizeof large }, STR("end") };
    struct fake f = { .serve = serve_twice };
    struct asker a;
    fake_open(&f);
    asker_open(&a);
    memset(large, 'z', sizeof large);
    for (int i = 0; i < 5; i++) {
        struct got g;
        got_init(&g);
        struct transfer_spec spec = asker_spec("POST", url_at(url, "http", f.port, "/"));
        spec.body = body;
        spec.body_n = 2;
        CHECK(asker_ask(&a, &spec, &g));
        CHECK_EQ(g.end.net, 0);
        CHECK_EQ(g.end.is_reused, i % 2);
        CHECK_STR(buf_str(&g.body), "ok");
        got_fini(&g);
    }
    CHECK_EQ(f.connections, 3);
    asker_close(&a);
    fake_close(&f);
}

/* ---- who may be asked ---- */

static void serve_nothing(struct wire *w)
{
    wire_wait(w);
}

/* Names of the test's own, so that no query leaves the machine. */
__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **out)
{
    struct addrinfo *a = calloc(1, sizeof *a + sizeof(struct sockaddr_in));
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)(a + 1);
    if (strcmp(name, "slow.test") == 0)
        sleep(3);
    *in = (struct sockaddr_in){ .sin_family = AF_INET,
                                .sin_port = htons((uint16_t)(service ? atoi(service) : 0)) };
    in->sin_addr.s_addr = inet_addr(strcmp(name, "meta.test") == 0    ? "169.254.169.254"
                                    : isdigit((unsigned char)name[0]) ? name
                                                                      : "127.0.0.1");
    if (strcmp(name, "none.test") == 0) {
        free(a);
        return EAI_NONAME;
    }
    *a = (struct addrinfo){ .ai_family = AF_INET,
                            .ai_socktype = SOCK_STREAM,
                            .ai_protocol = IPPROTO_TCP,
                            .ai_addrlen = sizeof *in,
                            .ai_addr = (struct sockaddr *)in };
    *out = a;
    return 0;
}

void freeaddrinfo(struct addrinfo *a)
{
    free(a);
}

TEST(client_connects_only_where_it_may)
{
    static const struct {
        const char *host;
        bool is_private_fine;
        int net;
    } asks[] = {
        { "127.0.0.1", false, CP_NET_DENIED },
        { "127.1", false, CP_NET_DENIED },
        { "2130706433", false, CP_NET_DENIED },
        { "0x7f.1", false, CP_NET_DENIED },
        { "[::1]", false, CP_NET_DENIED },
        { "[::ffff:127.0.0.1]", false, CP_NET_DENIED },
        { "169.254.169.254", true, CP_NET_DENIED },
        { "[fe80::1]", true, CP_NET_DENIED },
        { "0.0.0.0", true, CP_NET_DENIED },
        { "inner.test", false, CP_NET_DENIED },
        { "meta.test", true, CP_NET_DENIED },
        { "none.test", true, CP_NET_RESOLVE },
    };
    struct fake f = { .serve = serve_nothing };
    struct asker a;
    fake_open(&f);
    asker_open(&a);
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
        struct got g;
        got_init(&g);
        snprintf(url, sizeof url, "http://%s:%d/", asks[i].host, f.port);
        struct transfer_spec spec = asker_spec("GET", url);
        spec.allow_private = asks[i].is_private_fine;
        CHECK(asker_ask(&a, &spec, &g));
        if (!CHECK_EQ(g.end.net, asks[i].net))
            printf("#     %s: %s\n", url, g.end.why);
        got_fini(&g);
    }
    CHECK_EQ(f.connections, 0);
    asker_close(&a);
    fake_close(&f);
}

static void serve_proxy(struct wire *w)
{
    if (wire_request(w))
        wire_say(w, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nproxied");
}

TEST(client_uses_the_proxy_it_was_told_and_no_other)
{
    struct fake f = { .serve = serve_proxy }, direct = { .serve = serve_echo };
    struct asker a;
    char proxy[128];
    fake_open(&f);
    fake_open(&direct);
    asker_open(&a);
    url_at(proxy, "http", f.port, "");
    setenv("http_proxy", proxy, 1);
    setenv("all_proxy", proxy, 1);
    struct transfer_spec spec = asker_spec("GET", url_at(url, "http", direct.port, "/"));
    struct got g;
    got_init(&g);
    CHECK(asker_ask(&a, &spec, &g));
    CHECK(has(&g, "GET / HTTP/1.1"));
    CHECK_EQ(f.connections, 0);
    got_fini(&g);
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    got_init(&g);
    spec.proxy = proxy;
    CHECK(asker_ask(&a, &spec, &g));
    CHECK_STR(buf_str(&g.body), "proxied");
    CHECK_EQ(direct.connections, 1);
    got_fini(&g);
    setenv("no_proxy", "*", 1);
    got_init(&g);
    CHECK(asker_ask(&a, &spec, &g));
    CHECK_STR(buf_str(&g.body), "proxied");
    unsetenv("no_proxy");
    got_fini(&g);
    /* what is spelled is judged, although the proxy connects it */
    got_init(&g);
    spec.url = "http://169.254.169.254/";
    CHECK(asker_ask(&a, &spec, &g));
    CHECK_EQ(g.end.net, CP_NET_DENIED);
    got_fini(&g);
    asker_close(&a);
    fake_close(&f);
    fake_close(&direct);
}

TEST(client_says_when_nobody_listens)
{
    struct asker a;
    struct got g;
    struct fake f = { .serve = serve_nothing };
    fake_open(&f);
    fake_close(&f); /* a port that was free just now */
    got_init(&g);
    asker_open(&a);
    struct transfer_spec spec = asker_spec("GET", url_at(url, "http", f.port, "/secret?key=1"));
    CHECK(asker_ask(&a, &spec, &g));
    CHECK_EQ(g.end.net, CP_NET_CONNECT);
    CHECK(!strstr(g.end.why, "key=") && !strstr(g.end.why, "secret"));
    CHECK_EQ(g.end.connect_us, -1);
    CHECK_EQ(g.end.first_byte_us, -1);
    asker_close(&a);
    got_fini(&g);
}

TEST_MAIN()
