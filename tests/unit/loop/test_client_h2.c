/* SPDX-License-Identifier: MIT */
/*
 * test_client_h2 - many transfers on one connection, and each its own fate.
 *
 * The upstream speaks just enough HTTP/2: it reads frames, tells streams apart by the order they
 * come in, and answers with the one header byte that says ":status: 200".
 */
#include "asker.h"
#include "certs.h"
#include "fake.h"
#include "test.h"

static char url[128], ca_path[64];
static struct cert ca, server;

__attribute__((constructor)) static void make_certs(void)
{
    snprintf(ca_path, sizeof ca_path, "/tmp/test_client_h2.%d.pem", (int)getpid());
    ca = cert_make((struct cert_wish){ .name = "Test CA", .is_ca = true });
    server = cert_make((struct cert_wish){ .name = "s", .ip = "127.0.0.1", .issuer = &ca });
    cert_write(&ca, ca_path);
}

__attribute__((destructor)) static void forget_certs(void)
{
    unlink(ca_path);
    cert_free(&ca);
    cert_free(&server);
}

/* ---- a little HTTP/2 ---- */

enum { DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, PING = 6, GOAWAY = 7 };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4 };

struct frame {
    int type, flags;
    uint32_t stream;
    size_t n;
    unsigned char p[20000];
};

static bool read_all(struct wire *w, void *p, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = wire_read(w, (char *)p + done, n - done);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static bool frame_send(struct wire *w, int type, int flags, uint32_t stream, const void *p,
                       size_t n)
{
    unsigned char head[9] = { (unsigned char)(n >> 16),
                              (unsigned char)(n >> 8),
                              (unsigned char)n,
                              (unsigned char)type,
                              (unsigned char)flags,
                              (unsigned char)(stream >> 24),
                              (unsigned char)(stream >> 16),
                              (unsigned char)(stream >> 8),
                              (unsigned char)stream };
    return wire_write(w, head, sizeof head) && (!n || wire_write(w, p, n));
}

static bool frame_next(struct wire *w, struct frame *f)
{
    unsigned char head[9];
    if (!read_all(w, head, sizeof head))
        return false;
    f->n = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
    f->type = head[3];
    f->flags = head[4];
    f->stream = (uint32_t)(head[5] & 0x7f) << 24 | (uint32_t)head[6] << 16 |
                (uint32_t)head[7] << 8 | head[8];
    if (f->n > sizeof f->p || !read_all(w, f->p, f->n))
        return false;
    if (f->type == SETTINGS && !(f->flags & ACK))
        frame_send(w, SETTINGS, ACK, 0, NULL, 0);
    return true;
}

static bool h2_begin(struct wire *w)
{
    char preface[24];
    return read_all(w, preface, sizeof preface) && frame_send(w, SETTINGS, 0, 0, NULL, 0);
}

/* The next stream that is opened; 0: the connection ended. */
static uint32_t h2_accept(struct wire *w)
{
    struct frame f;
    while (frame_next(w, &f))
        if (f.type == HEADERS)
            return f.stream;
    return 0;
}

static void h2_head(struct wire *w, uint32_t stream)
{
    static const unsigned char ok = 0x88;
    frame_send(w, HEADERS, END_HEADERS, stream, &ok, 1);
}

static void h2_data(struct wire *w, uint32_t stream, const char *text, int flags)
{
    frame_send(w, DATA, flags, stream, text, strlen(text));
}

/* ---- tests ---- */

struct world {
    struct fake fake;
    struct asker asker;
    struct transfer_spec spec;
    struct got got[4];
};

/* false: this libcurl is too old for HTTP/2 */
static bool world_open(struct world *w, void (*serve)(struct wire *))
{
    w->fake = (struct fake){ .serve = serve, .tls = cert_serve(&server, NULL), .alpn = "h2" };
    fake_open(&w->fake);
    asker_open(&w->asker);
    w->spec = asker_spec("GET", url_at(url, "https", w->fake.port, "/"));
    w->spec.ca_file = ca_path;
    for (int i = 0; i < 4; i++)
        got_init(&w->got[i]);
    if (!client_has_http2(w->asker.client))
        printf("# skipped: this libcurl's HTTP/2 is not used\n");
    return client_has_http2(w->asker.client);
}

static void world_close(struct world *w)
{
    asker_close(&w->asker);
    fake_close(&w->fake);
    gnutls_certificate_free_credentials(w->fake.tls);
    for (int i = 0; i < 4; i++)
        got_fini(&w->got[i]);
}

static void serve_together(struct wire *w)
{
    if (!h2_begin(w))
        return;
    uint32_t a = h2_accept(w), b = h2_accept(w);
    h2_head(w, b);
    h2_data(w, b, "second", END_STREAM);
    h2_head(w, a);
    h2_data(w, a, "fir", 0);
    h2_data(w, a, "st", END_STREAM);
    wire_wait(w);
}

TEST(h2_transfers_share_a_connection)
{
    struct world w;
    if (!world_open(&w, serve_together)) {
        world_close(&w);
        return;
    }
    CHECK(asker_start(&w.asker, &w.spec, &w.got[0]) != NULL);
    CHECK(asker_start(&w.asker, &w.spec, &w.got[1]) != NULL);
    CHECK(asker_run(&w.asker));
    CHECK_EQ(w.fake.connections, 1);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(w.got[i].end.net, 0);
        CHECK_EQ(w.got[i].end.status, 200);
        CHECK(w.got[i].end.is_http2);
        CHECK(str_is(buf_str(&w.got[i].body), "first") ||
              str_is(buf_str(&w.got[i].body), "second"));
    }
    CHECK_EQ(w.got[0].end.is_reused + w.got[1].end.is_reused, 1);
    world_close(&w);
}

static void serve_one_reset(struct wire *w)
{
    static const unsigned char cancel[4] = { 0, 0, 0, 8 };
    if (!h2_begin(w))
        return;
    uint32_t a = h2_accept(w), b = h2_accept(w);
    h2_head(w, a);
    h2_head(w, b);
    h2_data(w, a, "half", 0);
    frame_send(w, RST_STREAM, 0, a, cancel, sizeof cancel);
    h2_data(w, b, "whole", END_STREAM);
    wire_wait(w);
}

TEST(h2_reset_ends_one_transfer_only)
{
    struct world w;
    if (!world_open(&w, serve_one_reset)) {
        world_close(&w);
        return;
    }
    CHECK(asker_start(&w.asker, &w.spec, &w.got[0]) != NULL);
    CHECK(asker_start(&w.asker, &w.spec, &w.got[1]) != NULL);
    CHECK(asker_run(&w.asker));
    int cut = w.got[0].end.net ? 0 : 1;
    CHECK_EQ(w.got[cut].end.net, CP_NET_CUT);
    CHECK_EQ(w.got[!cut].end.net, 0);
    CHECK_STR(buf_str(&w.got[!cut].body), "whole");
    world_close(&w);
}

static void serve_goaway(struct wire *w)
{
    unsigned char last[8] = { 0 };
    if (!h2_begin(w))
        return;
    uint32_t a = h2_accept(w);
    h2_head(w, a);
    if (w->nth > 1) {
        h2_data(w, a, "later", END_STREAM);
        wire_wait(w);
        return;
    }
    h2_data(w, a, "half", 0);
    last[3] = (unsigned char)a;
    frame_send(w, GOAWAY, 0, 0, last, sizeof last);
}

TEST(h2_connection_that_goes_away_cuts_and_is_replaced)
{
    struct world w;
    if (!world_open(&w, serve_goaway)) {
        world_close(&w);
        return;
    }
    CHECK(asker_ask(&w.asker, &w.spec, &w.got[0]));
    CHECK_EQ(w.got[0].end.net, CP_NET_CUT);
    CHECK(asker_ask(&w.asker, &w.spec, &w.got[1]));
    CHECK_EQ(w.got[1].end.net, 0);
    CHECK_STR(buf_str(&w.got[1].body), "later");
    CHECK_EQ(w.fake.connections, 2);
    world_close(&w);
}

static void serve_half_paused(struct wire *w)
{
    static char block[16384];
    if (!h2_begin(w))
        return;
    uint32_t a = h2_accept(w), b = h2_accept(w);
    h2_head(w, a);
    for (int i = 0; i < 3; i++) /* within the window every stream begins with */
        frame_send(w, DATA, 0, a, block, sizeof block);
    h2_head(w, b);
    h2_data(w, b, "not held up", END_STREAM);
    wire_wait(w);
}

static void pause_all_but_one(struct got *g)
{
    if (g->chunks == 1 && g->body.p[0] == 0)
        transfer_pause(g->transfer);
}

static void let_go(struct got *g)
{
    struct world *w = LIST_ENTRY(g->asker, struct world, asker);
    for (int i = 0; i < 2; i++)
        if (w->got[i].transfer)
            asker_forget(g->asker, &w->got[i]);
}

TEST(h2_paused_transfer_holds_up_no_other)
{
    struct world w;
    if (!world_open(&w, serve_half_paused)) {
        world_close(&w);
        return;
    }
    for (int i = 0; i < 2; i++) {
        w.got[i].on_bytes = pause_all_but_one;
        w.got[i].on_end = let_go;
        CHECK(asker_start(&w.asker, &w.spec, &w.got[i]) != NULL);
    }
    CHECK(asker_run(&w.asker));
    CHECK_EQ(w.got[0].ends + w.got[1].ends, 1);
    int done = w.got[0].ends ? 0 : 1;
    CHECK_STR(buf_str(&w.got[done].body), "not held up");
    CHECK_EQ(w.got[!done].chunks, 1);
    world_close(&w);
}

static void serve_cancelled(struct wire *w)
{
    struct frame f;
    if (!h2_begin(w))
        return;
    uint32_t a = h2_accept(w);
    h2_head(w, a);
    h2_data(w, a, "x", 0);
    while (frame_next(w, &f) && f.type != RST_STREAM)
        continue;
    uint32_t b = f.type == RST_STREAM && f.stream == a ? h2_accept(w) : 0;
    h2_head(w, b);
    h2_data(w, b, "after", END_STREAM);
    wire_wait(w);
}

static void cancel_now(struct got *g)
{
    struct world *w = LIST_ENTRY(g->asker, struct world, asker);
    asker_start(&w->asker, &w->spec, &w->got[1]);
    asker_forget(&w->asker, g);
}

TEST(h2_cancelled_transfer_leaves_the_connection)
{
    struct world w;
    if (!world_open(&w, serve_cancelled)) {
        world_close(&w);
        return;
    }
    w.got[0].on_bytes = cancel_now;
    CHECK(asker_start(&w.asker, &w.spec, &w.got[0]) != NULL);
    CHECK(asker_run(&w.asker));
    CHECK_EQ(w.got[0].ends, 0);
    CHECK_EQ(w.got[1].end.net, 0);
    CHECK_STR(buf_str(&w.got[1].body), "after");
    CHECK_EQ(w.fake.connections, 1);
    world_close(&w);
}

static void serve_http1(struct wire *w)
{
    while (wire_request(w))
        wire_say(w, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

TEST(h2_is_not_offered_where_it_is_not_wanted)
{
    struct world w;
    (void)world_open(&w, serve_http1);
    w.spec.http1 = true;
    CHECK(asker_ask(&w.asker, &w.spec, &w.got[0]));
    CHECK(!w.got[0].end.is_http2);
    CHECK_STR(buf_str(&w.got[0].body), "ok");
    world_close(&w);
}

TEST_MAIN()
