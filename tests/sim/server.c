/* SPDX-License-Identifier: MIT */
/*
 * server - threads that share a port, each with its own event loop.
 *
 * SO_REUSEPORT lets the kernel deal connections to the threads; nothing is shared but counters.
 * Sockets are registered once, edge-triggered for both directions: a paced stream then costs one
 * send() per event and no epoll_ctl() at all.
 */
#include "server.h"
#include "conn.h"
#include "log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS_MAX = 256, ACCEPTS_MAX = 64, THREADS_MAX = 64 };

static int parse_address(const char *text, struct sockaddr_storage *address, socklen_t *n)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)address;
    const char *colon = strrchr(text, ':');
    char host[64];
    size_t host_n = colon ? (size_t)(colon - text) : 0;

    memset(address, 0, sizeof *address);
    if (!colon || host_n >= sizeof host)
        return -1;
    memcpy(host, text, host_n);
    host[host_n] = 0;
    if (host[0] == '[' && host[host_n - 1] == ']') {
        host[host_n - 1] = 0;
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)atoi(colon + 1));
        *n = sizeof *v6;
        return inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1 ? 0 : -1;
    }
    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)atoi(colon + 1));
    *n = sizeof *v4;
    return inet_pton(AF_INET, host_n ? host : "127.0.0.1", &v4->sin_addr) == 1 ? 0 : -1;
}

static int listen_at(struct sockaddr_storage *address, socklen_t n)
{
    int one = 1, fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
               sizeof one); /* accepted sockets inherit it */
    if (bind(fd, (struct sockaddr *)address, n) < 0 || listen(fd, 4096) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void watch(struct worker *w, int fd, uint32_t events, void *who)
{
    struct epoll_event ev = { .events = events, .data.ptr = who };

    if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
        abort();
}

static void accept_some(struct worker *w)
{
    for (int i = 0; i < ACCEPTS_MAX; i++) {
        int fd = accept4(w->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        struct conn *c = conn_open(w, fd, __atomic_add_fetch(w->numbers, 1, __ATOMIC_RELAXED));
        watch(w, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, c);
    }
}

static void run_timers(struct worker *w)
{
    struct timer *t;

    while ((t = timer_due(&w->timers, w->now_us)))
        conn_timer((struct conn *)(void *)t);
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct epoll_event events[EVENTS_MAX];
    bool is_told_to_end = false;

    w->now_us = clock_us();
    while (!is_told_to_end) {
        int n = epoll_wait(w->epoll, events, EVENTS_MAX, timer_wait_ms(&w->timers, w->now_us));
        w->now_us = clock_us();
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == w)
                accept_some(w);
            else if (!events[i].data.ptr)
                is_told_to_end = true;
            else
                conn_ready(events[i].data.ptr, events[i].events);
        }
        run_timers(w);
    }
    while (w->conns)
        conn_free(w->conns);
    timers_fini(&w->timers);
    close(w->epoll);
    close(w->listener);
    return NULL;
}

static int worker_open(struct worker *w, struct sockaddr_storage *address, socklen_t n,
                       int wake, int64_t *numbers)
{
    w->numbers = numbers;
    w->wake = wake;
    w->listener = listen_at(address, n);
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (w->listener < 0 || w->epoll < 0)
        return -1;
    if (getsockname(w->listener, (struct sockaddr *)address, &n) < 0)
        return -1; /* the threads after the first share the port it got */
    watch(w, w->listener, EPOLLIN, w);
    watch(w, wake, EPOLLIN, NULL); /* stays readable: it wakes every thread */
    return 0;
}

static int announce(const struct sockaddr_storage *address, const char *port_file)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
    char host[INET6_ADDRSTRLEN] = "";
    bool is_v6 = address->ss_family == AF_INET6;
    int port = ntohs(is_v6 ? v6->sin6_port : v4->sin_port);

    if (port_file) {
        FILE *f = fopen(port_file, "w");
        if (!f)
            return -1;
        fprintf(f, "%d\n", port);
        if (fclose(f) != 0)
            return -1;
    }
    if (is_v6)
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
    else
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
    printf(is_v6 ? "claude-proxy-sim listening on [%s]:%d\n"
                 : "claude-proxy-sim listening on %s:%d\n",
           host, port);
    return fflush(stdout);
}

static void wait_for_end(int wake)
{
    sigset_t set;
    int got;
    uint64_t one = 1;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    while (sigwait(&set, &got) != 0)
        continue;
    if (write(wake, &one, sizeof one) < 0)
        abort();
}

static void block_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int server_run(const char *address, int threads, const char *port_file)
{
    struct sockaddr_storage at;
    struct worker *workers;
    pthread_t ids[THREADS_MAX];
    int64_t numbers = 0;
    socklen_t n;
    int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    if (threads < 1 || threads > THREADS_MAX || parse_address(address, &at, &n) < 0) {
        fprintf(stderr, "claude-proxy-sim: bad address or number of threads\n");
        return 2;
    }
    block_signals();
    workers = calloc((size_t)threads, sizeof *workers);
    if (!workers || wake < 0)
        abort();
    for (int i = 0; i < threads; i++) {
        if (worker_open(&workers[i], &at, n, wake, &numbers) < 0) {
            fprintf(stderr, "claude-proxy-sim: %s: %s\n", address, strerror(errno));
            return 1;
        }
    }
    for (int i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, worker_main, &workers[i]) != 0)
            abort();
    if (announce(&at, port_file) < 0)
        fprintf(stderr, "claude-proxy-sim: %s: %s\n", port_file, strerror(errno));
    wait_for_end(wake);
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    free(workers);
    close(wake);
    return 0;
}
