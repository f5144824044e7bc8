/* SPDX-License-Identifier: MIT */
/*
 * fake - an upstream in a thread that does what a test tells it to, over TCP or TLS.
 *
 * Each connection has a thread of its own that runs the test's serve(); when that returns the
 * connection is closed.  What the upstream was sent is kept, so that a test can see what left.
 */
#ifndef TESTS_UNIT_LOOP_FAKE_H
#define TESTS_UNIT_LOOP_FAKE_H

#include <gnutls/gnutls.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FAKE_SEEN = 1 << 22, FAKE_HEAD = 1 << 16, FAKE_LIVE = 512 };

struct wire;

struct fake {
    void (*serve)(struct wire *);
    gnutls_certificate_credentials_t tls; /* NULL: clear text */
    const char *alpn;                     /* the only protocol it speaks; NULL: does not say */
    int fd;
    uint16_t port;
    pthread_t thread;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t idle;
    int connections, requests, live, live_fd[FAKE_LIVE];
    size_t seen_n;
    char *seen; /* all application bytes that came, FAKE_SEEN at most */
};

struct wire {
    struct fake *fake;
    int fd, nth; /* nth connection, from 1 */
    bool is_reset;
    gnutls_session_t tls;
    char buffer[FAKE_HEAD]; /* read, not used yet */
    size_t buffer_n;
    char head[FAKE_HEAD]; /* of the last request, NUL-terminated */
    char *body;           /* of the last request */
    size_t body_n;
};

static inline bool wire_write(struct wire *w, const void *p, size_t n)
{
    for (size_t done = 0; done < n;) {
        const char *at = (const char *)p + done;
        ssize_t got = w->tls ? gnutls_record_send(w->tls, at, n - done)
                             : send(w->fd, at, n - done, MSG_NOSIGNAL);
        if (w->tls && (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED))
            continue;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static inline bool wire_say(struct wire *w, const char *text)
{
    return wire_write(w, text, strlen(text));
}

/* > 0: bytes; else the end */
static inline ssize_t wire_read(struct wire *w, void *p, size_t room)
{
    ssize_t got;
    do
        got = w->tls ? gnutls_record_recv(w->tls, p, room) : recv(w->fd, p, room, 0);
    while (w->tls && (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED));
    if (got > 0) {
        struct fake *f = w->fake;
        pthread_mutex_lock(&f->lock);
        size_t keep = (size_t)got < FAKE_SEEN - f->seen_n ? (size_t)got : FAKE_SEEN - f->seen_n;
        memcpy(f->seen + f->seen_n, p, keep);
        f->seen_n += keep;
        pthread_mutex_unlock(&f->lock);
    }
    return got;
}

/* From now on the connection ends in a reset. */
static inline void wire_reset(struct wire *w)
{
    struct linger now = { 1, 0 };
    setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    w->is_reset = true;
}

/* Waits until the other side leaves. */
static inline void wire_wait(struct wire *w)
{
    char c[4096];
    while (wire_read(w, c, sizeof c) > 0)
        continue;
}

static inline bool wire_head(struct wire *w)
{
    char *end;
    w->buffer[w->buffer_n] = 0;
    while (!(end = strstr(w->buffer, "\r\n\r\n"))) {
        ssize_t got = wire_read(w, w->buffer + w->buffer_n, FAKE_HEAD - 1 - w->buffer_n);
        if (got <= 0)
            return false;
        w->buffer_n += (size_t)got;
        w->buffer[w->buffer_n] = 0;
    }
    size_t n = (size_t)(end - w->buffer) + 4;
    memcpy(w->head, w->buffer, n);
    w->head[n] = 0;
    memmove(w->buffer, w->buffer + n, w->buffer_n - n);
    w->buffer_n -= n;
    pthread_mutex_lock(&w->fake->lock);
    w->fake->requests++;
    pthread_mutex_unlock(&w->fake->lock);
    return true;
}

/* Head and body (by Content-Length) of one request. */
static inline bool wire_request(struct wire *w)
{
    if (!wire_head(w))
        return false;
    const char *length = strcasestr(w->head, "\r\ncontent-length:");
    w->body_n = length ? strtoul(length + 17, NULL, 10) : 0;
    free(w->body);
    w->body = malloc(w->body_n + 1);
    size_t have = w->buffer_n < w->body_n ? w->buffer_n : w->body_n;
    memcpy(w->body, w->buffer, have);
    memmove(w->buffer, w->buffer + have, w->buffer_n - have);
    w->buffer_n -= have;
    while (have < w->body_n) {
        ssize_t got = wire_read(w, w->body + have, w->body_n - have);
        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    w->body[have] = 0;
    return true;
}

static inline bool wire_tls(struct wire *w)
{
    int rc;
    gnutls_init(&w->tls, GNUTLS_SERVER | GNUTLS_NO_SIGNAL);
    gnutls_set_default_priority(w->tls);
    gnutls_credentials_set(w->tls, GNUTLS_CRD_CERTIFICATE, w->fake->tls);
    if (w->fake->alpn) {
        gnutls_datum_t name = { NULL, (unsigned)strlen(w->fake->alpn) };
        char copy[16];
        memcpy(copy, w->fake->alpn, name.size);
        name.data = (unsigned char *)copy;
        gnutls_alpn_set_protocols(w->tls, &name, 1, 0);
    }
    gnutls_transport_set_int(w->tls, w->fd);
    do
        rc = gnutls_handshake(w->tls);
    while (rc < 0 && !gnutls_error_is_fatal(rc));
    return rc == 0;
}

static inline void *fake_connection(void *arg)
{
    struct wire *w = arg;
    struct fake *f = w->fake;
    if (!f->tls || wire_tls(w))
        f->serve(w);
    if (w->tls) {
        if (!w->is_reset)
            gnutls_bye(w->tls, GNUTLS_SHUT_WR);
        gnutls_deinit(w->tls);
    }
    pthread_mutex_lock(&f->lock);
    for (int i = 0; i < FAKE_LIVE; i++)
        if (f->live_fd[i] == w->fd)
            f->live_fd[i] = -1;
    close(w->fd);
    if (--f->live == 0)
        pthread_cond_signal(&f->idle);
    pthread_mutex_unlock(&f->lock);
    free(w->body);
    free(w);
    return NULL;
}

static inline void *fake_listen(void *arg)
{
    struct fake *f = arg;
    int fd;
    while ((fd = accept(f->fd, NULL, NULL)) >= 0 || errno == ECONNABORTED || errno == EINTR) {
        struct wire *w = calloc(1, sizeof *w);
        pthread_t thread;
        if (fd < 0) {
            free(w);
            continue;
        }
        w->fake = f;
        w->fd = fd;
        pthread_mutex_lock(&f->lock);
        w->nth = ++f->connections;
        f->live++;
        for (int i = 0; i < FAKE_LIVE; i++)
            if (f->live_fd[i] < 0) {
                f->live_fd[i] = fd;
                break;
            }
        pthread_mutex_unlock(&f->lock);
        pthread_create(&thread, NULL, fake_connection, w);
        pthread_detach(thread);
    }
    return NULL;
}

/* On 127.0.0.1 at a port of its own; set serve (and tls, alpn) before. */
static inline void fake_open(struct fake *f)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof at;
    f->seen = malloc(FAKE_SEEN);
    f->seen_n = 0;
    f->connections = f->requests = f->live = 0;
    for (int i = 0; i < FAKE_LIVE; i++)
        f->live_fd[i] = -1;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->idle, NULL);
    f->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(f->fd, (struct sockaddr *)&at, n) < 0 || listen(f->fd, 512) < 0 ||
        getsockname(f->fd, (struct sockaddr *)&at, &n) < 0)
        abort();
    f->port = ntohs(at.sin_port);
    pthread_create(&f->thread, NULL, fake_listen, f);
}

/* Ends connections that are still open, and waits for their threads. */
static inline void fake_close(struct fake *f)
{
    shutdown(f->fd, SHUT_RDWR);
    pthread_join(f->thread, NULL);
    close(f->fd);
    pthread_mutex_lock(&f->lock);
    for (int i = 0; i < FAKE_LIVE; i++)
        if (f->live_fd[i] >= 0)
            shutdown(f->live_fd[i], SHUT_RDWR);
    while (f->live > 0)
        pthread_cond_wait(&f->idle, &f->lock);
    pthread_mutex_unlock(&f->lock);
    free(f->seen);
    f->seen = NULL;
}

/* Has it been sent this? */
static inline bool fake_saw(struct fake *f, const char *text)
{
    pthread_mutex_lock(&f->lock);
    bool has = memmem(f->seen, f->seen_n, text, strlen(text)) != NULL;
    pthread_mutex_unlock(&f->lock);
    return has;
}

#endif
