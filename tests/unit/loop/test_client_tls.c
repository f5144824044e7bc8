/* SPDX-License-Identifier: MIT */
/*
 * test_client_tls - nothing leaves before the certificate is good, and a good one costs once.
 */
#include "asker.h"
#include "certs.h"
#include "fake.h"
#include "test.h"

#include "loop/trust.h"

#include <netdb.h>
#include <poll.h>

#define KEY "sk-very-secret"

static char url[128], ca_path[64], other_path[64];
static struct cert ca, other_ca, middle, old_middle, leaf_issuer;

__attribute__((constructor)) static void make_authorities(void)
{
    snprintf(ca_path, sizeof ca_path, "/tmp/test_client_tls.%d.pem", (int)getpid());
    snprintf(other_path, sizeof other_path, "/tmp/test_client_tls.%d.other.pem", (int)getpid());
    ca = cert_make((struct cert_wish){ .name = "Test CA", .is_ca = true });
    other_ca = cert_make((struct cert_wish){ .name = "Other CA", .is_ca = true });
    middle = cert_make((struct cert_wish){ .name = "Middle", .is_ca = true, .issuer = &ca });
    old_middle = cert_make((struct cert_wish){
        .name = "Old", .is_ca = true, .issuer = &ca, .from_day = -9, .to_day = -1 });
    leaf_issuer =
        cert_make((struct cert_wish){ .name = "leaf", .dns = "x.test", .issuer = &ca });
    cert_write(&ca, ca_path);
    cert_write(&other_ca, other_path);
}

__attribute__((destructor)) static void forget_authorities(void)
{
    unlink(ca_path);
    unlink(other_path);
    cert_free(&ca);
    cert_free(&other_ca);
    cert_free(&middle);
    cert_free(&old_middle);
    cert_free(&leaf_issuer);
}

/* Every name is here. */
__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **out)
{
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

static void serve_ok(struct wire *w)
{
    while (wire_request(w))
        wire_say(w, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

static void serve_whatever(struct wire *w)
{
    wire_wait(w);
}

static struct transfer_spec spec_for(const char *host, uint16_t port)
{
    static const struct transfer_header key[] = { { { "x-api-key", 9 },
                                                    { KEY, sizeof KEY - 1 } } };
    static const struct cp_str body[] = { { "prompt", 6 } };
    snprintf(url, sizeof url, "https://%s:%d/v1", host, port);
    struct transfer_spec spec = asker_spec("POST", url);
    spec.headers = key;
    spec.headers_n = 1;
    spec.body = body;
    spec.body_n = 1;
    spec.ca_file = ca_path;
    return spec;
}

/* ---- who is believed ---- */

struct belief {
    struct cert_wish wish;
    const struct cert *then; /* also shown */
    const char *host;        /* as asked for */
    const char *why;         /* NULL: believed; else a part of the reason */
};

#define WISH(name_, dns_, issuer_, ...)                                                        \
    {                                                                                          \
        .name = (name_), .dns = (dns_), .issuer = (issuer_), __VA_ARGS__                       \
    }

static void check_belief(const struct belief *b, const char *alpn)
{
    struct cert cert = cert_make(b->wish);
    struct fake f = { .serve = b->why ? serve_whatever : serve_ok, .alpn = alpn };
    struct asker a;
    struct got g;
    got_init(&g);
    f.tls = cert_serve(&cert, b->then);
    fake_open(&f);
    asker_open(&a);
    struct transfer_spec spec = spec_for(b->host, f.port);
    bool is_good = CHECK(asker_ask(&a, &spec, &g));
    if (b->why) {
        is_good &= CHECK_EQ(g.end.net, CP_NET_TLS);
        is_good &= CHECK(strstr(g.end.why, b->why) != NULL);
        is_good &= CHECK_EQ(g.end.status, 0);
    } else {
        is_good &= CHECK_EQ(g.end.net, 0);
    }
    asker_close(&a);
    pthread_mutex_lock(&f.lock);
    while (f.live > 0) /* what is on its way arrives first */
        pthread_cond_wait(&f.idle, &f.lock);
    pthread_mutex_unlock(&f.lock);
    is_good &= CHECK_EQ(fake_saw(&f, KEY), !b->why);
    if (b->why && !alpn)
        is_good &= CHECK_EQ(f.seen_n, 0);
    if (!is_good)
        printf("#     %s (%s): net %d %s\n", b->wish.name, b->host, g.end.net, g.end.why);
    fake_close(&f);
    gnutls_certificate_free_credentials(f.tls);
    cert_free(&cert);
    got_fini(&g);
}

TEST(client_believes_good_certificates_only)
{
    const struct belief beliefs[] = {
        { WISH("good", "api.test", &ca), NULL, "api.test", NULL },
        { WISH("case", "API.test", &ca), NULL, "api.TEST", NULL },
        { WISH("dot", "api.test", &ca), NULL, "api.test.", NULL },
        { WISH("wild", "*.api.test", &ca), NULL, "x.api.test", NULL },
        { WISH("address", NULL, &ca, .ip = "127.0.0.1"), NULL, "127.0.0.1", NULL },
        { WISH("chain", "api.test", &middle), &middle, "api.test", NULL },
        { WISH("other", "other.test", &ca), NULL, "api.test", "not for this host" },
        { WISH("api.test", "other.test", &ca), NULL, "api.test", "not for this host" },
        { WISH("wild deep", "*.test", &ca), NULL, "a.b.test", "not for this host" },
        { WISH("no address", "api.test", &ca), NULL, "127.0.0.1", "not for this host" },
        { WISH("as name", "127.0.0.1", &ca), NULL, "127.0.0.1", "not for this host" },
        { WISH("near", NULL, &ca, .ip = "127.0.0.2"), NULL, "127.0.0.1", "not for this host" },
        { WISH("old", "api.test", &ca, .from_day = -9, .to_day = -1), NULL, "api.test",
          "expired" },
        { WISH("early", "api.test", &ca, .from_day = 1, .to_day = 9), NULL, "api.test",
          "not valid" },
        { WISH("stranger", "api.test", &other_ca), NULL, "api.test", "no trusted" },
        { WISH("with CA", "api.test", &other_ca), &other_ca, "api.test", "no trusted" },
        { WISH("itself", "api.test", NULL), NULL, "api.test", "no trusted" },
        { WISH("itself CA", "api.test", NULL, .is_ca = true), NULL, "api.test", "no trusted" },
        { WISH("no middle", "api.test", &middle), NULL, "api.test", "no trusted" },
        { WISH("old middle", "api.test", &old_middle), &old_middle, "api.test", "expired" },
        { WISH("by a leaf", "api.test", &leaf_issuer), &leaf_issuer, "api.test",
          "no authority" },
        { WISH("client", "api.test", &ca, .purpose = GNUTLS_KP_TLS_WWW_CLIENT), NULL,
          "api.test", "not meant for servers" },
        { WISH("weak", "api.test", &ca, .is_sha1 = true), NULL, "api.test", "weak" },
    };
    for (size_t i = 0; i < sizeof beliefs / sizeof *beliefs; i++)
        check_belief(&beliefs[i], NULL);
}

/* HTTP/2 greets before the request; the greeting holds nothing of it. */
TEST(client_shows_no_key_over_http2_either)
{
    const struct belief bad = { WISH("h2", "api.test", &other_ca), NULL, "api.test",
                                "no trusted" };
    check_belief(&bad, "h2");
}

/* ---- one connection, several questions ---- */

struct tls_world {
    struct cert cert;
    struct fake fake;
    struct asker asker;
};

static void world_open(struct tls_world *w, const struct cert *issuer,
                       void (*serve)(struct wire *))
{
    w->cert = cert_make((struct cert_wish){ .name = "w", .dns = "api.test", .issuer = issuer });
    w->fake = (struct fake){ .serve = serve, .tls = cert_serve(&w->cert, NULL) };
    fake_open(&w->fake);
    asker_open(&w->asker);
}

static void world_close(struct tls_world *w)
{
    asker_close(&w->asker);
    fake_close(&w->fake);
    gnutls_certificate_free_credentials(w->fake.tls);
    cert_free(&w->cert);
}

static struct transfer_end world_ask(struct tls_world *w, const struct transfer_spec *spec)
{
    struct got g;
    got_init(&g);
    CHECK(asker_ask(&w->asker, spec, &g));
    got_fini(&g);
    return g.end;
}

TEST(client_keeps_verified_connections)
{
    struct tls_world w;
    world_open(&w, &ca, serve_ok);
    struct transfer_spec spec = spec_for("api.test", w.fake.port);
    for (int i = 0; i < 4; i++) {
        struct transfer_end end = world_ask(&w, &spec);
        CHECK_EQ(end.net, 0);
        CHECK_EQ(end.is_reused, i > 0);
    }
    CHECK_EQ(w.fake.connections, 1);
    world_close(&w);
}

/* The insecure one stays open and must not serve those who want to know. */
TEST(client_never_mixes_trust)
{
    struct tls_world w;
    world_open(&w, &other_ca, serve_ok);
    struct transfer_spec spec = spec_for("api.test", w.fake.port), lax = spec, fine = spec;
    lax.insecure = true;
    fine.ca_file = other_path;
    CHECK_EQ(world_ask(&w, &lax).net, 0);
    CHECK_EQ(world_ask(&w, &spec).net, CP_NET_TLS);
    CHECK_EQ(world_ask(&w, &lax).is_reused, true);
    CHECK_EQ(world_ask(&w, &spec).net, CP_NET_TLS);
    CHECK_EQ(world_ask(&w, &fine).net, 0);
    CHECK_EQ(world_ask(&w, &fine).is_reused, true);
    CHECK_EQ(w.fake.connections, 4);
    fine.allow_private = false;
    CHECK_EQ(world_ask(&w, &fine).net, CP_NET_DENIED);
    spec.ca_file = NULL; /* the system's store does not know the test's authority */
    CHECK_EQ(world_ask(&w, &spec).net, CP_NET_TLS);
    world_close(&w);
}

TEST(client_notices_a_changed_ca_file)
{
    char path[96];
    struct tls_world w;
    world_open(&w, &ca, serve_ok);
    snprintf(path, sizeof path, "%s.changing", ca_path);
    struct transfer_spec spec = spec_for("api.test", w.fake.port);
    spec.ca_file = path;
    struct transfer_end end = world_ask(&w, &spec);
    CHECK_EQ(end.net, CP_NET_TLS);
    CHECK(strstr(end.why, "CA file") != NULL);
    cert_write(&other_ca, path);
    CHECK_EQ(world_ask(&w, &spec).net, CP_NET_TLS);
    cert_write(&ca, path);
    CHECK_EQ(world_ask(&w, &spec).net, 0);
    unlink(path);
    world_close(&w);
}

/* ---- ends ---- */

static void serve_truncated(struct wire *w)
{
    if (wire_request(w))
        wire_say(w, "HTTP/1.1 200 OK\r\n\r\nhello");
    shutdown(w->fd, SHUT_RDWR); /* without TLS's own end */
}

static void serve_until_close(struct wire *w)
{
    if (wire_request(w))
        wire_say(w, "HTTP/1.1 200 OK\r\n\r\nhello");
}

TEST(client_tells_a_truncated_tls_stream)
{
    struct tls_world w;
    world_open(&w, &ca, serve_truncated);
    struct transfer_spec spec = spec_for("api.test", w.fake.port);
    CHECK_EQ(world_ask(&w, &spec).net, CP_NET_CUT);
    world_close(&w);
    world_open(&w, &ca, serve_until_close);
    spec = spec_for("api.test", w.fake.port);
    CHECK_EQ(world_ask(&w, &spec).net, 0);
    world_close(&w);
}

static void serve_mute(struct wire *w)
{
    wire_wait(w);
}

static void serve_clear(struct wire *w)
{
    char c[64];
    wire_read(w, c, sizeof c);
    wire_say(w, "HTTP/1.1 400 Bad Request\r\n\r\n");
}

TEST(client_gives_up_on_what_is_no_tls)
{
    struct asker a;
    struct fake clear = { .serve = serve_clear }, mute = { .serve = serve_mute };
    struct got g;
    asker_open(&a);
    fake_open(&clear);
    fake_open(&mute);
    got_init(&g);
    struct transfer_spec spec = spec_for("api.test", clear.port);
    CHECK(asker_ask(&a, &spec, &g));
    CHECK_EQ(g.end.net, CP_NET_TLS);
    got_fini(&g);
    got_init(&g);
    spec = spec_for("api.test", mute.port);
    spec.connect_ms = 150;
    CHECK(asker_ask(&a, &spec, &g));
    CHECK_EQ(g.end.net, CP_NET_TIMEOUT);
    CHECK_EQ(g.end.connect_us, -1);
    CHECK(!fake_saw(&clear, KEY) && !fake_saw(&mute, KEY));
    got_fini(&g);
    asker_close(&a);
    fake_close(&clear);
    fake_close(&mute);
}

/* ---- through a proxy ---- */

static uint16_t tunnel_port;

static void serve_connect(struct wire *w)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(tunnel_port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    char c[16384];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (!wire_request(w) || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
        close(fd);
        return;
    }
    wire_say(w, "HTTP/1.1 200 Established\r\nX-Proxy: 1\r\n\r\n");
    struct pollfd both[2] = { { w->fd, POLLIN, 0 }, { fd, POLLIN, 0 } };
    ssize_t n = 1;
    while (n > 0 && poll(both, 2, -1) > 0) {
        if (both[0].revents && (n = wire_read(w, c, sizeof c)) > 0)
            n = send(fd, c, (size_t)n, MSG_NOSIGNAL);
        if (n > 0 && both[1].revents && (n = recv(fd, c, sizeof c, 0)) > 0)
            n = wire_write(w, c, (size_t)n) ? n : 0;
    }
    close(fd);
}

TEST(client_checks_certificates_through_a_proxy)
{
    const struct cert *const issuers[] = { &ca, &other_ca };
    for (int i = 0; i < 2; i++) {
        struct tls_world w;
        struct fake proxy = { .serve = serve_connect };
        char proxy_url[128];
        world_open(&w, issuers[i], serve_ok);
        fake_open(&proxy);
        tunnel_port = w.fake.port;
        struct transfer_spec spec = spec_for("api.test", w.fake.port);
        spec.proxy = url_at(proxy_url, "http", proxy.port, "");
        CHECK_EQ(world_ask(&w, &spec).net, i == 0 ? 0 : CP_NET_TLS);
        CHECK(fake_saw(&proxy, "CONNECT api.test:") && !fake_saw(&proxy, KEY));
        CHECK_EQ(fake_saw(&w.fake, KEY), i == 0);
        asker_close(&w.asker); /* first: the tunnel's threads end with it */
        asker_open(&w.asker);
        fake_close(&proxy);
        world_close(&w);
    }
}

/* A proxy reached over TLS has to be who it says too, also where the upstream need not. */
TEST(client_believes_no_stranger_for_a_proxy)
{
    struct tls_world w;
    char proxy_url[128];
    world_open(&w, &other_ca, serve_connect);
    struct transfer_spec spec = spec_for("api.test", 1);
    spec.insecure = true;
    spec.proxy = url_at(proxy_url, "https", w.fake.port, "");
    CHECK_EQ(world_ask(&w, &spec).net, CP_NET_TLS);
    CHECK_EQ(w.fake.seen_n, 0);
    world_close(&w);
}

/* ---- several workers, one store ---- */

struct worker {
    pthread_t thread;
    struct trust *trust;
    uint16_t port;
    int good;
};

static void *work(void *arg)
{
    struct worker *me = arg;
    struct asker a;
    char at[128];
    struct client_config config = { .buffer_bytes = 1024, .trust = me->trust };
    asker_open_with(&a, &config);
    for (int i = 0; i < 20; i++) {
        struct got g;
        got_init(&g);
        struct transfer_spec spec = asker_spec("GET", at);
        snprintf(at, sizeof at, "https://api.test:%d/", me->port);
        spec.ca_file = i % 3 ? ca_path : other_path;
        me->good += asker_ask(&a, &spec, &g) && (g.end.net == 0) == (i % 3 != 0);
        got_fini(&g);
    }
    asker_close(&a);
    return NULL;
}

TEST(trust_serves_several_workers)
{
    struct tls_world w;
    struct worker workers[3];
    struct trust *t = trust_new();
    world_open(&w, &ca, serve_ok);
    for (int i = 0; i < 3; i++) {
        workers[i] = (struct worker){ .trust = t, .port = w.fake.port };
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
    for (int i = 0; i < 10; i++)
        cert_write(&ca, ca_path); /* the file changes under them, its content does not */
    for (int i = 0; i < 3; i++) {
        pthread_join(workers[i].thread, NULL);
        CHECK_EQ(workers[i].good, 20);
    }
    world_close(&w);
    trust_unref(t);
}

/* ---- the check by itself ---- */

TEST(trust_refuses_no_session)
{
    char why[128];
    struct trust *t = trust_new();
    struct trust_seen *seen = trust_seen_new();
    CHECK_EQ(trust_check(t, seen, NULL, ca_path, STR("api.test"), why), E_DENIED);
    gnutls_session_t fresh;
    gnutls_init(&fresh, GNUTLS_CLIENT);
    CHECK_EQ(trust_check(t, seen, fresh, ca_path, STR("api.test"), why), E_DENIED);
    gnutls_deinit(fresh);
    trust_seen_free(seen);
    trust_unref(t);
}

TEST_MAIN()
