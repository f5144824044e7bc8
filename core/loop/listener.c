/* SPDX-License-Identifier: MIT */
/*
 * listener - accepts connections for one worker, and turns away what is too much.
 *
 * We accept by ourselves instead of letting the HTTP library do it: then a new connection wakes one worker instead of all
 * (EPOLLEXCLUSIVE), the limit is ours, and one too many is told so instead of waiting unseen in the backlog.
 *
 * The kernel wakes the first idle worker in the socket's queue.  Left alone that is always the same one, and it would
 * collect all connections that live long; so whoever accepted steps back to the queue's end.
 *
 * Up to EXTRA connections beyond the limit are taken on and get a 503 in their own dialect.  Beyond that, and when
 * descriptors run out, a 503 that nobody rendered must do.
 */
#include "loop/listener.h"

#include "base/err.h"
#include "base/log.h"
#include "loop/server_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPT_MAX = 4, EXTRA = 64, RETRY_MS = 100, LOG_EVERY_MS = 10000 };
enum { NETWORK_MS = 5000, KEEPALIVE_IDLE_S = 60, KEEPALIVE_EVERY_S = 15, KEEPALIVE_TRIES = 4 };

#define BUSY_BODY                                                                              \
    "{\"error\":{\"type\":\"overloaded_error\",\"message\":\"too many connections\"}}"
static const char busy[] =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
    "Content-Type: application/json\r\nContent-Length: 70\r\n\r\n" BUSY_BODY;
_Static_assert(sizeof BUSY_BODY - 1 == 70, "the length above");

void listener_name_peer(const void *sockaddr, char *name)
{
    const struct sockaddr *sa = sockaddr;
    const void *at = NULL;
    if (sa->sa_family == AF_INET)
        at = &((const struct sockaddr_in *)sockaddr)->sin_addr;
    else if (sa->sa_family == AF_INET6)
        at = &((const struct sockaddr_in6 *)sockaddr)->sin6_addr;
    if (!at || !inet_ntop(sa->sa_family, at, name, LISTENER_PEER_BYTES))
        snprintf(name, LISTENER_PEER_BYTES, "unix");
    if (strncmp(name, "::ffff:", 7) == 0 && strchr(name, '.'))
        memmove(name, name + 7, strlen(name + 7) + 1);
}

static void say_busy(const struct server *s, int fd)
{
    if (!s->config.tls)
        (void)!send(fd, busy, sizeof busy - 1, MSG_NOSIGNAL | MSG_DONTWAIT); /* best effort */
    close(fd);
}

static void pause_accepting(struct listener *l)
{
    struct server *s = l->server;
    loop_unwatch(s->loop, &l->watch);
    loop_timer(s->loop, &l->again, RETRY_MS);
}

/* No descriptor is left: spend the spare one on telling the next client, then look again in a while. */
static void out_of_descriptors(struct listener *l)
{
    int64_t now_ms = loop_now_ms(l->server->loop);
    if (!l->log_ms || now_ms - l->log_ms >= LOG_EVERY_MS) {
        l->log_ms = now_ms;
        log_msg(CP_LOG_ERROR, "cannot accept connections: %s", strerror(errno));
    }
    atomic_fetch_add_explicit(&server_gauge(l->server)->out_of_fds, 1, memory_order_relaxed);
    if (l->spare_fd >= 0) {
        close(l->spare_fd);
        int fd = accept4(l->server->config.listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            say_busy(l->server, fd);
        l->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    pause_accepting(l);
}

static int watch_socket(struct listener *l)
{
    struct server *s = l->server;
    return loop_watch(s->loop, &l->watch, s->config.listen_fd, LOOP_IN | LOOP_EXCLUSIVE);
}

static void step_back(struct listener *l)
{
    loop_unwatch(l->server->loop, &l->watch);
    if (watch_socket(l))
        loop_timer(l->server->loop, &l->again, RETRY_MS);
}

static void listener_refuse(struct server *s, int fd)
{
    atomic_fetch_add_explicit(&server_gauge(s)->over_limit, 1, memory_order_relaxed);
    say_busy(s, fd);
}

static void on_ready(struct watch *w, uint32_t events)
{
    struct listener *l = LIST_ENTRY(w, struct listener, watch);
    struct server *s = l->server;
    for (int i = 0; i < ACCEPT_MAX; i++) {
        struct sockaddr_storage address;
        socklen_t bytes = sizeof address;
        int fd =
            accept4(w->fd, (struct sockaddr *)&address, &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 &&
            (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
            out_of_descriptors(l);
            return;
        }
        if (fd < 0)
            break; /* another worker was faster, or the client left already */
        if (atomic_load(&server_gauge(s)->open) >= s->config.limits.connections + EXTRA)
            listener_refuse(s, fd);
        else
            server_adopt(s, fd, &address, bytes);
    }
    step_back(l);
}

static void on_again(struct timer *t)
{
    struct listener *l = LIST_ENTRY(t, struct listener, again);
    if (listener_open(l))
        loop_timer(l->server->loop, t, RETRY_MS);
}

/* Accepted sockets inherit these from the listening one.  On a unix socket they fail, and nothing is lost. */
static void set_options(const struct server *s, int fd)
{
    const struct {
        int level, name, value;
    } options[] = {
        { IPPROTO_TCP, TCP_NODELAY, 1 },
        { SOL_SOCKET, SO_KEEPALIVE, 1 },
        { IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S },
        { IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EVERY_S },
        { IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_TRIES },
        /* The network's loss is the kernel's to notice; for a client that does not read we are sooner. */
        { IPPROTO_TCP, TCP_USER_TIMEOUT, (int)s->config.limits.write_ms + NETWORK_MS },
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        (void)setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int));
}

void listener_init(struct listener *l, struct server *s)
{
    *l = (struct listener){ .server = s, .spare_fd = -1 };
    l->watch.fd = -1;
    l->watch.ready = on_ready;
    l->again.fire = on_again;
}

int listener_open(struct listener *l)
{
    if (l->spare_fd < 0) {
        l->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        set_options(l->server, l->server->config.listen_fd);
    }
    return watch_socket(l);
}

void listener_close(struct listener *l)
{
    loop_unwatch(l->server->loop, &l->watch);
    loop_timer_stop(l->server->loop, &l->again);
    if (l->spare_fd >= 0)
        close(l->spare_fd);
    l->spare_fd = -1;
}
