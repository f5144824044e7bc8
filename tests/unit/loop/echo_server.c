/* SPDX-License-Identifier: MIT */
/*
 * echo_server - a small program around core/loop/server.h that answers in every way there is.
 *
 *     echo_server [name=value ...]      limits by their names, workers=N, quiet=1, cert=FILE key=FILE for TLS
 *
 * Prints "port N", then one line for each thing it is told: head, ready, refuse, writable, gone, done.  On standard
 * input: "drain", "reload" (the certificate), "stat", "quit".  test_server.py drives it.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/loop.h"
#include "loop/server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WORKERS_MAX = 16 };

/* What a request asked for: /whole, /delay, /stream ... and its query n=, size=, ms=, flush=. */
struct job {
    struct timer timer;
    struct request *request;
    int64_t n, size, ms, length, flush;
    int64_t sent;
    bool is_stopped; /* told to wait for writable() */
    void (*step)(struct job *);
};

static _Thread_local struct loop *loop;
static _Thread_local struct server *server;
static struct server_config config;
static const char *cert_file, *key_file;
static bool is_quiet;
static int workers_n = 1;
static atomic_ullong heads[WORKERS_MAX], dones[5];
static _Thread_local int worker;
static const char *const end_names[] = { "", "done", "gone", "aborted", "refused" };

#define SAY(...)                                                                               \
    do {                                                                                       \
        if (!is_quiet) {                                                                       \
            printf(__VA_ARGS__);                                                               \
            fflush(stdout);                                                                    \
        }                                                                                      \
    } while (0)

static int64_t param(struct request *r, const char *name, int64_t preset)
{
    struct cp_str rest = request_query(r), part;
    int64_t value = preset;
    while (str_split(&rest, '&', &part)) {
        size_t n = strlen(name);
        if (str_begins(part, name) && part.n > n && part.p[n] == '=')
            (void)str_int(str_from(part, n + 1), &value); /* a bad number keeps the preset */
    }
    return value;
}

static void answer(struct request *r, int status, struct cp_str body, uint32_t flags)
{
    struct reply_header h[] = {
        { "Content-Type", STR("application/json") },
        { "X-Path", request_path(r) },
        { "Content-Length", STR("5") }, /* not its to set: left out */
    };
    int rc = request_reply(r, status, h, 3, body, flags);
    if (rc)
        SAY("reply %s\n", err_name(rc));
}

/* ---- ways to answer ---- */

static void fill(struct buf *b, int64_t size)
{
    for (int64_t i = 0; i < size; i++)
        (void)buf_add_c(b, (char)('a' + i % 26)); /* no ceiling */
}

static void step_reply(struct job *j)
{
    struct buf b;
    size_t n;
    buf_init(&b, SIZE_MAX);
    fill(&b, j->size);
    char *p = buf_give(&b, &n);
    answer(j->request, 200, str_n(p, n), REPLY_TAKE);
}

static void step_echo(struct job *j)
{
    answer(j->request, 200, request_body(j->request), 0);
}

static void step_abort(struct job *j)
{
    request_abort(j->request, j->flush != 0);
}

static void one_event(struct job *j, struct buf *b)
{
    (void)buf_printf(b, "data: %lld ", (long long)j->sent); /* no ceiling */
    fill(b, j->size);
    (void)buf_add_z(b, "\n\n");
}

/* Writes events until told to stop; with ms= one at a time. */
static void step_stream(struct job *j)
{
    struct buf b;
    buf_init(&b, SIZE_MAX);
    int rc = 0;
    while (j->sent < j->n && rc != E_GONE) {
        buf_clear(&b);
        one_event(j, &b);
        rc = request_write(j->request, buf_str(&b));
        j->sent++;
        if (rc == E_AGAIN) {
            j->is_stopped = true;
            break;
        }
        if (j->ms)
            break;
    }
    buf_fini(&b);
    if (j->is_stopped || rc == E_GONE)
        return;
    if (j->sent < j->n)
        loop_timer(loop, &j->timer, j->ms);
    else if (j->flush >= 0)
        request_abort(j->request, j->flush != 0);
    else
        request_finish(j->request);
}

static void start_stream(struct job *j)
{
    struct reply_header h = { "Content-Type", STR("text/event-stream") };
    int rc = request_stream(j->request, 200, &h, 1, j->length);
    if (rc)
        SAY("stream %s\n", err_name(rc));
    j->step = step_stream;
    if (j->ms)
        loop_timer(loop, &j->timer, j->ms);
    else
        step_stream(j);
}

static void fire(struct timer *t)
{
    struct job *j = LIST_ENTRY(t, struct job, timer);
    j->step(j);
}

/* ---- the handler ---- */

static void on_head(void *ctx, struct request *r)
{
    struct job *j = arena_need(request_arena(r), sizeof *j);
    *j = (struct job){ .timer.fire = fire, .request = r };
    j->n = param(r, "n", 3);
    j->size = param(r, "size", 10);
    j->ms = param(r, "ms", 0);
    j->length = param(r, "length", -1);
    j->flush = param(r, "flush", -1);
    request_set_user(r, j);
    atomic_fetch_add(&heads[worker], 1);
    SAY("head %.*s %.*s\n", STR_FMT(request_method(r)), STR_FMT(request_path(r)));
    if (str_is(request_path(r), "/early"))
        answer(r, 403, STR("{\"early\":1}"), 0);
}

static void on_ready(void *ctx, struct request *r)
{
    struct job *j = request_user(r);
    struct cp_str path = request_path(r);
    SAY("ready %zu\n", request_body(r).n);
    j->step = str_is(path, "/echo")     ? step_echo
              : str_is(path, "/stream") ? start_stream
              : str_is(path, "/abort")  ? step_abort
                                        : step_reply;
    if (str_is(path, "/never"))
        return;
    if (param(r, "delay", -1) >= 0)
        loop_timer(loop, &j->timer, param(r, "delay", 0));
    else
        j->step(j);
}

static void on_refuse(void *ctx, struct request *r, int status, uint32_t trouble,
                      const char *why)
{
    char text[200];
    int n = snprintf(text, sizeof text, "{\"refused\":%d,\"trouble\":%u}", status, trouble);
    SAY("refuse %d %s\n", status, why);
    answer(r, status, str_n(text, (size_t)n), REPLY_CLOSE);
}

static void on_writable(void *ctx, struct request *r)
{
    struct job *j = request_user(r);
    SAY("writable %zu\n", request_queued(r));
    j->is_stopped = false;
    step_stream(j);
}

static void on_gone(void *ctx, struct request *r)
{
    struct job *j = request_user(r);
    SAY("gone\n");
    loop_timer_stop(loop, &j->timer);
}

static void on_done(void *ctx, struct request *r, enum request_end how)
{
    struct job *j = request_user(r);
    atomic_fetch_add(&dones[how], 1);
    SAY("%s %llu\n", end_names[how], (unsigned long long)request_bytes_out(r));
    if (j)
        loop_timer_stop(loop, &j->timer);
}

static const struct server_handler handler = {
    .head = on_head,
    .ready = on_ready,
    .refuse = on_refuse,
    .writable = on_writable,
    .gone = on_gone,
    .done = on_done,
};

/* ---- commands ---- */

static long resident_kib(void)
{
    long pages = 0, ignored;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%ld %ld", &ignored, &pages) != 2)
        pages = 0;
    if (f)
        fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void reload(void)
{
    struct err err;
    struct server_tls *tls = server_tls_load(cert_file, key_file, &err);
    printf("reload %s\n", tls ? "ok" : err.what);
    fflush(stdout);
    if (tls)
        server_set_tls(server, tls);
    server_tls_unref(tls);
}

static void stat_line(void)
{
    printf("stat conns=%u requests=%u rss=%ld", server_connections(server),
           server_requests(server), resident_kib());
    for (int i = REQUEST_DONE; i <= REQUEST_REFUSED; i++)
        printf(" %s=%llu", end_names[i], atomic_load(&dones[i]));
    for (int i = 0; i < workers_n; i++)
        printf(" head%d=%llu", i, atomic_load(&heads[i]));
    printf("\n");
    fflush(stdout);
}

static void on_command(struct watch *w, uint32_t events)
{
    char text[256];
    ssize_t n = read(w->fd, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    if (n <= 0 || strstr(text, "quit"))
        loop_stop(loop);
    if (strstr(text, "drain"))
        server_drain(server);
    if (strstr(text, "reload"))
        reload();
    if (strstr(text, "stat"))
        stat_line();
}

static void preset(void)
{
    config.limits = (struct server_limits){
        .connections = 20000,
        .head_bytes = 8192,
        .body_bytes = 1 << 20,
        .head_ms = 2000,
        .body_ms = 2000,
        .keepalive_ms = 5000,
        .write_ms = 3000,
        .stream_high = 65536,
        .stream_low = 16384,
        .half_close_is_gone = true,
    };
}

static void set_limit(const char *name, int64_t v)
{
    struct server_limits *l = &config.limits;
    if (strcmp(name, "connections") == 0)
        l->connections = (uint32_t)v;
    else if (strcmp(name, "head_bytes") == 0)
        l->head_bytes = (size_t)v;
    else if (strcmp(name, "body_bytes") == 0)
        l->body_bytes = (size_t)v;
    else if (strcmp(name, "head_ms") == 0)
        l->head_ms = v;
    else if (strcmp(name, "body_ms") == 0)
        l->body_ms = v;
    else if (strcmp(name, "keepalive_ms") == 0)
        l->keepalive_ms = v;
    else if (strcmp(name, "write_ms") == 0)
        l->write_ms = v;
    else if (strcmp(name, "half_close_is_gone") == 0)
        l->half_close_is_gone = v != 0;
    else if (strcmp(name, "quiet") == 0)
        is_quiet = v != 0;
    else if (strcmp(name, "workers") == 0)
        workers_n = v > WORKERS_MAX ? WORKERS_MAX : (int)v;
}

static void read_arguments(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *sep = strchr(argv[i], '=');
        if (!sep)
            continue;
        *sep = '\0';
        if (strcmp(argv[i], "cert") == 0)
            cert_file = sep + 1;
        else if (strcmp(argv[i], "key") == 0)
            key_file = sep + 1;
        else
            set_limit(argv[i], strtoll(sep + 1, NULL, 10));
    }
}

static int listen_here(void)
{
    struct sockaddr_in in = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof in;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&in, n) || listen(fd, 4096) ||
        getsockname(fd, (struct sockaddr *)&in, &n))
        abort();
    printf("port %d\n", ntohs(in.sin_port));
    fflush(stdout);
    return fd;
}

struct thread {
    pthread_t id;
    int worker;
    struct loop *loop;
};

static struct thread threads[WORKERS_MAX];
static pthread_barrier_t all_open;

static void open_worker(void)
{
    struct err err;
    if (loop_open(&loop) || server_open(&server, loop, &config, &handler, &err))
        abort();
    threads[worker].loop = loop;
    if (workers_n > 1)
        pthread_barrier_wait(&all_open);
}

static void *run_worker(void *arg)
{
    worker = ((struct thread *)arg)->worker;
    open_worker();
    if (loop_run(loop))
        abort();
    server_close(server);
    return NULL; /* main() closes the loop: it may still want to stop it */
}

static void stop_workers(void)
{
    for (int i = 1; i < workers_n; i++)
        loop_stop(threads[i].loop);
    for (int i = 1; i < workers_n; i++) {
        pthread_join(threads[i].id, NULL);
        loop_close(threads[i].loop);
    }
}

int main(int argc, char **argv)
{
    struct watch commands = { .fd = -1, .ready = on_command };
    struct err err;
    preset();
    read_arguments(argc, argv);
    if (cert_file && !(config.tls = server_tls_load(cert_file, key_file, &err))) {
        fprintf(stderr, "%s: %s\n", err.where, err.what);
        return 1;
    }
    config.listen_fd = listen_here();
    pthread_barrier_init(&all_open, NULL, (unsigned)workers_n);
    for (int i = 1; i < workers_n; i++) {
        threads[i].worker = i;
        pthread_create(&threads[i].id, NULL, run_worker, &threads[i]);
    }
    open_worker();
    if (loop_watch(loop, &commands, STDIN_FILENO, LOOP_IN))
        abort();
    int rc = loop_run(loop);
    stop_workers();
    server_close(server);
    loop_unwatch(loop, &commands);
    loop_close(loop);
    server_tls_unref(config.tls);
    close(config.listen_fd);
    printf("closed\n");
    return rc != 0;
}
