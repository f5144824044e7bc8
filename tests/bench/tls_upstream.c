/* SPDX-License-Identifier: MIT */
/*
 * tls_upstream - what a stream from a TLS upstream costs: memory while idle, CPU to begin.
 *
 *     tls_upstream URL STREAMS CA_FILE|system|insecure h1|h2
 *
 * Opens STREAMS transfers whose bodies stay open, waits until each has shown a byte, and prints
 * one line: KB of RSS for each stream, CPU microseconds for each stream's beginning, how many
 * connections were opened, how many transfers spoke HTTP/2, and failures.
 */
#include "base/str.h"
#include "loop/client.h"
#include "loop/loop.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static struct loop *loop;
static int waiting, failed;
static char reason[200];

static long rss_kb(void)
{
    long pages = 0, rss = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%ld %ld", &pages, &rss) != 2)
        abort();
    fclose(f);
    return rss * (sysconf(_SC_PAGESIZE) / 1024);
}

static long cpu_us(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000L + r.ru_utime.tv_usec +
           r.ru_stime.tv_usec;
}

static int sockets(void)
{
    int n = 0;
    char path[64], to[64];
    for (int fd = 0; fd < 4096; fd++) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t got = readlink(path, to, sizeof to);
        n += got > 7 && memcmp(to, "socket:", 7) == 0;
    }
    return n;
}

static void one_less(void)
{
    if (--waiting == 0)
        loop_stop(loop);
}

static void bytes(void *ctx, struct transfer *t, struct cp_str b)
{
    bool *has = ctx;
    if (!*has)
        one_less();
    *has = true;
}

static void end(void *ctx, struct transfer *t, const struct transfer_end *e)
{
    bool *has = ctx;
    failed++;
    snprintf(reason, sizeof reason, "%s", e->why);
    if (!*has)
        one_less();
    *has = true;
}

static void start(struct client *c, char **argv, bool *has)
{
    static const struct transfer_handler handler = { .bytes = bytes, .end = end };
    static struct transfer_header headers[] = { { { "x-api-key", 9 }, { "secret", 6 } } };
    static const struct cp_str body[] = { { "{\"stream\":true}", 15 } };
    struct err err;
    struct transfer_spec spec = {
        .method = "POST",
        .url = argv[1],
        .headers = headers,
        .headers_n = 1,
        .body = body,
        .body_n = 1,
        .allow_private = true,
        .connect_ms = 60000,
        .first_byte_ms = 60000,
        .insecure = strcmp(argv[3], "insecure") == 0,
        .ca_file = strcmp(argv[3], "insecure") && strcmp(argv[3], "system") ? argv[3] : NULL,
        .http1 = strcmp(argv[4], "h1") == 0,
    };
    waiting++;
    if (!transfer_start(c, &spec, &handler, has, &err)) {
        fprintf(stderr, "%s: %s\n", err.where, err.what);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    struct client *c;
    struct err err;
    struct client_config config = { .idle_connections = 64, .buffer_bytes = 4096 };
    if (argc != 5 || loop_open(&loop) != 0 || client_open(&c, loop, &config, &err) != 0)
        return 1;
    int n = atoi(argv[2]);
    bool *has = calloc((size_t)n + 1, sizeof *has);
    start(c, argv, &has[n]); /* warms: the trust store, the DNS cache */
    loop_run(loop);
    long rss = rss_kb(), cpu = cpu_us();
    int had = sockets();
    for (int i = 0; i < n; i++)
        start(c, argv, &has[i]);
    loop_run(loop);
    printf(
        "%d streams: %.1f KB each (RSS %ld MB after %ld before), %ld us CPU each, %d sockets more, %d failed %s\n",
        n, (double)(rss_kb() - rss) / n, rss_kb() / 1024, rss / 1024, (cpu_us() - cpu) / n,
        sockets() - had, failed, reason);
    client_close(c);
    loop_close(loop);
    free(has);
    return failed != 0;
}
