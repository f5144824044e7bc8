/* SPDX-License-Identifier: MIT */
/*
 * test_client_flow - deadlines, back-pressure, cancelling, and handlers that call the client.
 */
#include "asker.h"
#include "certs.h"
#include "fake.h"
#include "test.h"

#include <netdb.h>
#include <stdatomic.h>

static char url[128];

#define HEAD_OK  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
#define SHORT_OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static void serve(struct wire *w)
{
    while (wire_request(w)) {
        const char *path = strchr(w->head, ' ') + 1;
        if (str_begins(str_of(path), "/mute")) {
            wire_wait(w);
        } else if (str_begins(str_of(path), "/head")) {
            wire_say(w, HEAD_OK);
            wire_wait(w);
        } else if (str_begins(str_of(path), "/junk")) { /* bytes for ever */
            wire_say(w, HEAD_OK);
            while (wire_say(w, ": x\n\n"))
                usleep(20000);
        } else if (str_begins(str_of(path), "/drip")) { /* a while of life, then the end */
            wire_say(w, HEAD_OK);
            for (int i = 0; i < 24 && wire_say(w, "data: x\n\n"); i++)
                usleep(150000);
            return;
        } else {
            wire_say(w, SHORT_OK);
        }
    }
}

static struct got ask(const char *path, struct transfer_spec spec,
                      void (*on_bytes)(struct got *))
{
    struct fake f = { .serve = serve };
    struct asker a;
    struct got g;
    got_init(&g);
    g.on_bytes = on_bytes;
    fake_open(&f);
    asker_open(&a);
    spec.url = url_at(url, "http", f.port, path);
    CHECK(asker_ask(&a, &spec, &g));
    asker_close(&a);
    fake_close(&f);
    return g;
}

/* ---- deadlines ---- */

TEST(client_gives_up_without_a_head)
{
    struct transfer_spec spec = asker_spec("GET", NULL);
    spec.first_byte_ms = 100;
    struct got g = ask("/mute", spec, NULL);
    CHECK_EQ(g.end.net, CP_NET_TIMEOUT);
    CHECK_EQ(g.end.status, 0);
    CHECK(g.end.connect_us >= 0);
    got_fini(&g);
}

TEST(client_gives_up_on_silence)
{
    struct transfer_spec spec = asker_spec("GET", NULL);
    spec.idle_ms = 100;
    struct got g = ask("/head", spec, NULL);
    CHECK_EQ(g.end.net, CP_NET_TIMEOUT);
    CHECK_EQ(g.end.status, 200);
    got_fini(&g);
}

TEST(client_takes_bytes_for_life)
{
    struct transfer_spec spec = asker_spec("GET", NULL);
    spec.idle_ms = 3000; /* less than the whole, more than a pause */
    struct got g = ask("/drip", spec, NULL);
    CHECK_EQ(g.end.net, 0);
    CHECK_EQ(g.body.n, 216);
    got_fini(&g);
}

static void touch_once(struct got *g)
{
    if (g->chunks == 1)
        transfer_touch(g->transfer);
}

TEST(client_takes_only_touches_for_life_once_touched)
{
    struct transfer_spec spec = asker_spec("GET", NULL);
    spec.idle_ms = 1000;
    struct got g = ask("/junk", spec, touch_once);
    CHECK_EQ(g.end.net, CP_NET_TIMEOUT);
    CHECK(g.chunks > 1);
    got_fini(&g);
}

TEST(client_has_a_last_deadline)
{
    struct transfer_spec spec = asker_spec("GET", NULL);
    spec.total_ms = 1500;
    struct got g = ask("/junk", spec, NULL);
    CHECK_EQ(g.end.net, CP_NET_TIMEOUT);
    CHECK_EQ(g.end.status, 200);
    got_fini(&g);
}

/* A listener whose queue is full drops what comes: as a black hole does. */
TEST(client_gives_up_connecting)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof at;
    int hole = socket(AF_INET, SOCK_STREAM, 0), fill[4];
    CHECK(bind(hole, (struct sockaddr *)&at, n) == 0 && listen(hole, 0) == 0);
    getsockname(hole, (struct sockaddr *)&at, &n);
    for (int i = 0; i < 4; i++) {
        fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fill[i], (struct sockaddr *)&at, n);
    }
    struct asker a;
    struct got g;
    got_init(&g);
    asker_open(&a);
    struct transfer_spec spec = asker_spec("GET", url_at(url, "http", ntohs(at.sin_port), "/"));
    spec.connect_ms = 150;
    CHECK(asker_ask(&a, &spec, &g));
    CHECK_EQ(g.end.net, CP_NET_TIMEOUT);
    CHECK_EQ(g.end.connect_us, -1);
    asker_close(&a);
    for (int i = 0; i < 4; i++)
        close(fill[i]);
    close(hole);
    got_fini(&g);
}

static atomic_bool is_resolving, may_resolve;

/* The resolver of the test: one name that takes until it is told. */
__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **out)
{
    if (strcmp(name, "slow.test") == 0) {
        atomic_store(&is_resolving, true);
        while (!atomic_load(&may_resolve))
            usleep(1000);
        return EAI_NONAME;
    }
    struct addrinfo *a = calloc(1, sizeof *a + sizeof(struct sockaddr_in));
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)(a + 1);
    *in = (struct sockaddr_in){ .sin_family = AF_INET,
                                .sin_port = htons((uint16_t)(service ? atoi(service) : 0)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
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

/* It would hang here if giving up waited for the resolver, which waits for the test. */
TEST(client_does_not_wait_for_a_slow_resolver)
{
    struct fake f = { .serve = serve };
    struct asker a;
    struct got slow, fine;
    got_init(&slow);
    got_init(&fine);
    fake_open(&f);
    asker_open(&a);
    char other[128];
    snprintf(url, sizeof url, "http://slow.test:%d/", f.port);
    struct transfer_spec spec = asker_spec("GET", url);
    spec.connect_ms = 2000;
    CHECK(asker_start(&a, &spec, &slow) != NULL);
    struct transfer_spec spec2 = asker_spec("GET", url_at(other, "http", f.port, "/"));
    CHECK(asker_start(&a, &spec2, &fine) != NULL);
    CHECK(asker_run(&a));
    CHECK_EQ(slow.end.net, CP_NET_TIMEOUT);
    CHECK_EQ(fine.end.net, 0);
    CHECK(atomic_load(&is_resolving));
    asker_close(&a);
    fake_close(&f);
    atomic_store(&may_resolve, true);
    usleep(50000); /* lets the thread end before the leak check */
    got_fini(&slow);
    got_fini(&fine);
}

/* ---- back-pressure ---- */

enum { BIG = 16 << 20 };
static atomic_size_t sent;

/* Counts up in 32-bit words; path: /length, /chunked or /close. */
static void serve_big(struct wire *w)
{
    static char block[65536];
    char line[96];
    if (!wire_request(w))
        return;
    bool is_chunked = strstr(w->head, "/chunked"), is_length = strstr(w->head, "/length");
    snprintf(line, sizeof line, "Content-Length: %d\r\n", BIG);
    wire_say(w, "HTTP/1.1 200 OK\r\n");
    wire_say(w, is_chunked ? "Transfer-Encoding: chunked\r\n" : is_length ? line : "");
    wire_say(w, "\r\n");
    atomic_store(&sent, 0);
    uint32_t word = 0;
    for (size_t done = 0; done < BIG;) {
        size_t n = is_chunked ? (done * 7 + 12) % 30000 / 4 * 4 + 4 : sizeof block;
        n = n < BIG - done ? n : BIG - done;
        for (size_t k = 0; k < n; k += 4, word++)
            memcpy(block + k, &word, 4);
        snprintf(line, sizeof line, "%zx\r\n", n);
        if ((is_chunked && !wire_say(w, line)) || !wire_write(w, block, n) ||
            (is_chunked && !wire_say(w, "\r\n")))
            return;
        done += n;
        atomic_fetch_add(&sent, n);
    }
    if (is_chunked)
        wire_say(w, "0\r\n\r\n");
}

struct slow {
    struct got got;
    struct timer timer;
    size_t while_paused; /* bytes that came although it was paused */
    bool is_paused;
    int pauses;
};

static void slow_go_on(struct timer *t)
{
    struct slow *s = LIST_ENTRY(t, struct slow, timer);
    s->is_paused = false;
    if (s->got.transfer)
        transfer_resume(s->got.transfer);
}

static void slow_head(struct got *g)
{
    struct slow *s = LIST_ENTRY(g, struct slow, got);
    transfer_pause(g->transfer);
    s->is_paused = true;
    s->pauses++;
    loop_timer(g->asker->loop, &s->timer, g->chunks % 700 == 0 ? 20 : 0);
}

static void slow_bytes(struct got *g)
{
    struct slow *s = LIST_ENTRY(g, struct slow, got);
    if (s->is_paused)
        s->while_paused++;
    if (g->chunks % 7 == 0)
        slow_head(g);
}

static bool is_counting(const struct buf *b)
{
    for (uint32_t k = 0; k < b->n / 4; k++)
        if (memcmp(b->p + (size_t)k * 4, &k, 4) != 0)
            return false;
    return true;
}

static void check_paused(const char *scheme, const char *path,
                         gnutls_certificate_credentials_t tls)
{
    struct fake f = { .serve = serve_big, .tls = tls };
    struct asker a;
    struct slow s = { .timer.fire = slow_go_on };
    got_init(&s.got);
    s.got.on_head = slow_head;
    s.got.on_bytes = slow_bytes;
    fake_open(&f);
    asker_open(&a);
    struct transfer_spec spec = asker_spec("GET", url_at(url, scheme, f.port, path));
    spec.insecure = true;
    CHECK(asker_ask(&a, &spec, &s.got));
    CHECK_EQ(s.got.end.net, 0);
    CHECK_EQ(s.got.body.n, BIG);
    CHECK_EQ(s.while_paused, 0);
    CHECK(s.pauses > 100);
    CHECK(is_counting(&s.got.body));
    asker_close(&a);
    fake_close(&f);
    got_fini(&s.got);
}

TEST(client_loses_no_byte_of_a_paused_stream)
{
    check_paused("http", "/length", NULL);
    check_paused("http", "/chunked", NULL);
    check_paused("http", "/close", NULL);
}

TEST(client_loses_no_byte_of_a_paused_tls_stream)
{
    struct cert cert = cert_make((struct cert_wish){ .name = "x", .dns = "x.test" });
    gnutls_certificate_credentials_t tls = cert_serve(&cert, NULL);
    check_paused("https", "/length", tls);
    check_paused("https", "/chunked", tls);
    check_paused("https", "/close", tls);
    gnutls_certificate_free_credentials(tls);
    cert_free(&cert);
}

static void pause_now(struct got *g)
{
    transfer_pause(g->transfer);
}

static struct got *paused;

static void look_at_paused(struct timer *t)
{
    CHECK_EQ(paused->chunks, 1);
    /* what the kernel's buffers took, and no more */
    CHECK(atomic_load(&sent) < BIG / 2);
    asker_forget(paused->asker, paused);
}

/* Longer than idle_ms: a slow reader is not the upstream's silence. */
TEST(client_holds_a_paused_stream_back)
{
    struct fake f = { .serve = serve_big };
    struct asker a;
    struct got g;
    struct timer look = { .fire = look_at_paused };
    got_init(&g);
    g.on_bytes = pause_now;
    paused = &g;
    fake_open(&f);
    asker_open(&a);
    struct transfer_spec spec = asker_spec("GET", url_at(url, "http", f.port, "/length"));
    spec.idle_ms = 500;
    CHECK(asker_start(&a, &spec, &g) != NULL);
    loop_timer(a.loop, &look, 2000);
    CHECK(asker_run(&a));
    CHECK_EQ(g.ends, 0);
    CHECK_EQ(client_transfers(a.client), 0);
    asker_close(&a);
    fake_close(&f);
    got_fini(&g);
}

/* ---- answers that do not wait for the request ---- */

static void serve_early(struct wire *w)
{
    if (wire_head(w))
        wire_say(w,
                 "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
}

static void serve_deaf(struct wire *w)
{
    if (wire_head(w))
        wire_reset(w);
}

static struct got upload(void (*how)(struct wire *))
{
    static char large[20 << 20];
    struct cp_str body[] = { { large, sizeof large } };
    struct fake f = { .serve = how };
    struct asker a;
    struct got g;
    got_init(&g);
    fake_open(&f);
    asker_open(&a);
    struct transfer_spec spec = asker_spec("POST", url_at(url, "http", f.port, "/"));
    spec.body = body;
    spec.body_n = 1;
    CHECK(asker_ask(&a, &spec, &g));
    asker_close(&a);
    fake_close(&f);
    return g;
}

TEST(client_survives_an_answer_before_the_end_of_the_request)
{
    struct got g = upload(serve_early);
    /* the reset that follows may overtake the answer */
    CHECK(g.end.status == 413 || g.end.net == CP_NET_SEND || g.end.net == CP_NET_RECV);
    got_fini(&g);
    g = upload(serve_deaf);
    CHECK(g.end.net == CP_NET_SEND || g.end.net == CP_NET_RECV);
    CHECK_EQ(g.ends, 1);
    got_fini(&g);
}

/* ---- handlers that call the client ---- */

static void cancel_self(struct got *g)
{
    asker_forget(g->asker, g);
}

TEST(client_may_be_cancelled_in_its_callbacks)
{
    struct fake f = { .serve = serve };
    struct asker a;
    fake_open(&f);
    asker_open(&a);
    for (int i = 0; i < 3; i++) {
        struct got g;
        got_init(&g);
        g.on_head = i == 0 ? cancel_self : NULL;
        g.on_bytes = i == 1 ? cancel_self : NULL;
        struct transfer_spec spec = asker_spec("GET", url_at(url, "http", f.port, "/"));
        CHECK(asker_start(&a, &spec, &g) != NULL);
        if (i == 2)
            asker_forget(&a, &g); /* before anything happened */
        CHECK(asker_run(&a));
        CHECK_EQ(g.ends, 0);
        got_fini(&g);
    }
    asker_close(&a);
    fake_close(&f);
}

enum { CROWD = 60 };
static struct got crowd[CROWD];
static unsigned dice = 1;

static unsigned roll(unsigned n)
{
    dice = dice * 1103515245u + 12345u;
    return (dice >> 16) % n;
}

/* Whatever comes: somebody, perhaps itself, is cancelled, paused or resumed. */
static void meddle(struct got *g)
{
    struct got *other = &crowd[roll(CROWD)];
    if (!other->transfer)
        return;
    switch (roll(5)) {
    case 0:
        asker_forget(g->asker, other);
        break;
    case 1:
        transfer_pause(other->transfer);
        transfer_resume(other->transfer);
        break;
    case 2:
        if (other != g)
            transfer_resume(other->transfer);
        break;
    default:
        transfer_touch(other->transfer);
    }
}

static void start_another(struct got *g)
{
    static const char *const paths[] = { "/", "/drip", "/junk", "/head" };
    struct got *other = &crowd[roll(CROWD)];
    meddle(g);
    if (g->asker->open > 1 && other != g && !other->transfer && roll(3) == 0) {
        struct transfer_spec spec = asker_spec("GET", url);
        static char urls[CROWD][128];
        char *at = urls[other - crowd];
        snprintf(at, 128, "%s%s", url, paths[roll(4)]);
        spec.url = at;
        spec.total_ms = 1 + roll(300);
        asker_start(g->asker, &spec, other);
    }
}

TEST(client_survives_a_storm)
{
    static const char *const paths[] = { "/", "/drip", "/junk", "/head", "/mute" };
    static char urls[CROWD][128];
    struct fake f = { .serve = serve };
    struct asker a;
    fake_open(&f);
    asker_open(&a);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < CROWD; i++) {
            got_init(&crowd[i]);
            crowd[i].on_head = meddle;
            crowd[i].on_bytes = meddle;
            crowd[i].on_end = start_another;
            struct transfer_spec spec =
                asker_spec("GET", url_at(urls[i], "http", f.port, paths[roll(5)]));
            spec.total_ms = 1 + roll(400);
            CHECK(asker_start(&a, &spec, &crowd[i]) != NULL);
        }
        url_at(url, "http", f.port, "");
        CHECK(asker_run(&a));
        CHECK_EQ(client_transfers(a.client), 0);
        for (int i = 0; i < CROWD; i++)
            got_fini(&crowd[i]);
    }
    asker_close(&a);
    fake_close(&f);
}

TEST(client_closes_with_transfers_under_way)
{
    struct fake f = { .serve = serve };
    struct asker a;
    struct got g[3];
    fake_open(&f);
    asker_open(&a);
    struct transfer_spec spec = asker_spec("GET", url_at(url, "http", f.port, "/head"));
    for (int i = 0; i < 3; i++)
        got_init(&g[i]);
    CHECK(asker_start(&a, &spec, &g[0]) && asker_start(&a, &spec, &g[1]));
    loop_timer(a.loop, &a.guard, 50);
    loop_run(a.loop);
    CHECK(asker_start(&a, &spec, &g[2]) != NULL);
    CHECK_EQ(client_transfers(a.client), 3);
    asker_close(&a);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(g[i].ends, 0);
        got_fini(&g[i]);
    }
    fake_close(&f);
}

TEST_MAIN()
