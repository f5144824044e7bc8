/* SPDX-License-Identifier: MIT */
/*
 * load - claude-proxy-load, a light HTTP/1.1 load client for the benches.
 *
 * Two modes. `requests`: a closed loop, N connections that each send the next request as soon as the
 * last answer is complete. `streams`: N event streams side by side, opened at a given rate, each read
 * once to its end; events are counted against what was expected, and the delay between the moment
 * the simulator stamped a delta and the moment it was read is measured on the host's common clock.
 * The result is one line of JSON.
 */
#include "load.h"
#include "timer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

static const char usage[] =
    "Usage: claude-proxy-load requests|streams URL [OPTIONS]\n"
    "An HTTP/1.1 load client; prints one line of JSON.\n\n"
    "  --connections N   connections or streams, default 64\n"
    "  --duration S      stop after S seconds, default 5 (streams: 600)\n"
    "  --count N         requests: stop after N\n"
    "  --ramp N          streams: open N per second, default all at once\n"
    "  --events N        streams: data: lines expected of each\n"
    "  --stamps N        streams: stamped deltas expected of each (the simulator's `stamp`)\n"
    "  --status N        the status that is right, default 200\n"
    "  --body FILE       POST this file; GET without\n"
    "  --data TEXT       POST this text\n"
    "  --header 'N: V'   repeatable\n";

struct options {
    const char *url;
    struct text headers, body;
    bool has_body;
};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "claude-proxy-load: %s: %s\n", what, why);
    exit(2);
}

static void read_body(struct options *o, const char *path)
{
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        fail(path, strerror(errno));
    while ((n = read(fd, text_room(&o->body, 65536), 65536)) > 0)
        o->body.n += (size_t)n;
    close(fd);
    o->has_body = true;
}

static void take_option(struct load *load, struct options *o, int option)
{
    switch (option) {
    case 'c':
        load->clients_n = atoll(optarg);
        break;
    case 'd':
        load->duration_us = (int64_t)(atof(optarg) * 1e6);
        break;
    case 'n':
        load->count = atoll(optarg);
        break;
    case 'r':
        load->ramp = atoll(optarg);
        break;
    case 'e':
        load->want_events = atoll(optarg);
        break;
    case 't':
        load->want_stamps = atoll(optarg);
        break;
    case 's':
        load->status = atoll(optarg);
        break;
    case 'b':
        read_body(o, optarg);
        break;
    case 'D':
        text_str(&o->body, optarg);
        o->has_body = true;
        break;
    case 'H':
        text_form(&o->headers, "%s\r\n", optarg);
        break;
    default:
        fputs(usage, option == 'h' ? stdout : stderr);
        exit(option == 'h' ? 0 : 2);
    }
}

static void take_options(struct load *load, struct options *o, int argc, char **argv)
{
    static const struct option longs[] = {
        { "connections", required_argument, NULL, 'c' },
        { "duration", required_argument, NULL, 'd' },
        { "count", required_argument, NULL, 'n' },
        { "ramp", required_argument, NULL, 'r' },
        { "events", required_argument, NULL, 'e' },
        { "stamps", required_argument, NULL, 't' },
        { "status", required_argument, NULL, 's' },
        { "body", required_argument, NULL, 'b' },
        { "data", required_argument, NULL, 'D' },
        { "header", required_argument, NULL, 'H' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1)
        take_option(load, o, option);
    if (argc - optind != 2)
        take_option(load, o, '?');
    load->is_streams = strcmp(argv[optind], "streams") == 0;
    if (!load->is_streams && strcmp(argv[optind], "requests") != 0)
        take_option(load, o, '?');
    o->url = argv[optind + 1];
    if (!load->duration_us)
        load->duration_us = load->is_streams ? 600000000 : 5000000;
}

static void make_request(struct load *load, struct options *o)
{
    struct slice url = slice_of(o->url), body = { o->body.at, o->body.n }, host;
    const char *slash, *colon;
    char name[64];

    if (strncmp(o->url, "http://", 7) != 0)
        fail(o->url, "only http:// is known");
    slash = strchr(o->url + 7, '/');
    host = (struct slice){ o->url + 7, slash ? (size_t)(slash - o->url - 7) : url.n - 7 };
    colon = memchr(host.at, ':', host.n);
    snprintf(name, sizeof name, "%.*s", (int)(colon ? (size_t)(colon - host.at) : host.n),
             host.at);
    load->address.sin_family = AF_INET;
    load->address.sin_port = htons((uint16_t)(colon ? atoi(colon + 1) : 80));
    if (inet_pton(AF_INET, strcmp(name, "localhost") ? name : "127.0.0.1",
                  &load->address.sin_addr) != 1)
        fail(name, "not an IPv4 address");
    text_form(&load->request, "%s %s HTTP/1.1\r\nHost: %S\r\n", o->has_body ? "POST" : "GET",
              slash ? slash : "/", &host);
    text_add(&load->request, o->headers.at, o->headers.n);
    if (o->has_body)
        text_form(&load->request, "Content-Type: application/json\r\nContent-Length: %n\r\n",
                  (int64_t)body.n);
    text_str(&load->request, "\r\n");
    text_add(&load->request, body.at, body.n);
}

static int64_t open_more(struct load *load, struct client *clients, int64_t opened)
{
    int64_t want = load->clients_n;

    if (load->ramp > 0 && (load->now_us - load->began_us) * load->ramp / 1000000 < want)
        want = (load->now_us - load->began_us) * load->ramp / 1000000 + 1;
    if (want > opened + 256)
        want = opened + 256; /* lets answers be read in between */
    if (want > load->clients_n)
        want = load->clients_n;
    for (; opened < want; opened++)
        client_open(load, &clients[opened]);
    return opened;
}

static void run(struct load *load, struct client *clients)
{
    struct epoll_event events[512];
    int64_t opened = 0;

    load->began_us = load->now_us = clock_us();
    do {
        int n, wait_ms = 100;
        opened = open_more(load, clients, opened);
        if (opened < load->clients_n)
            wait_ms = load->ramp > 0 ? 1 : 0;
        n = epoll_wait(load->epoll, events, 512, wait_ms);
        load->now_us = clock_us();
        for (int i = 0; i < n; i++)
            client_ready(load, events[i].data.ptr, events[i].events);
        load->is_over = load->now_us - load->began_us >= load->duration_us;
    } while (!load->is_over && (load->live || opened < load->clients_n));
}

static void put_times(struct text *out, const char *name, const struct histogram *h)
{
    text_form(out, ",'%s_p50_us':%n,'%s_p90_us':%n,'%s_p99_us':%n,'%s_max_us':%n", name,
              histogram_at(h, 0.5), name, histogram_at(h, 0.9), name, histogram_at(h, 0.99),
              name, h->max);
}

static void report(const struct load *load)
{
    struct text out = { 0 };
    int64_t us = load->now_us - load->began_us + 1;
    int64_t unfinished = load->is_streams ? load->live : 0;

    text_form(&out,
              "{'mode':'%s','connections':%n,'ms':%n,'done':%n,'failed':%n,'cut':%n,"
              "'bad_status':%n,'connect_errors':%n,'unfinished':%n,'peak':%n,'bytes':%n",
              load->is_streams ? "streams" : "requests", load->clients_n, us / 1000, load->done,
              load->failed, load->cut, load->bad_status, load->connect_errors, unfinished,
              load->peak, load->bytes);
    text_form(&out, ",'per_second':%n", load->done * 1000000 / us);
    put_times(&out, "took", &load->took);
    put_times(&out, "first", &load->first);
    if (load->is_streams) {
        text_form(
            &out, ",'events':%n,'events_per_second':%n,'stamps':%n,'lost':%n,'surplus':%n",
            load->events, load->events * 1000000 / us, load->stamps, load->lost, load->surplus);
        put_times(&out, "delay", &load->delay);
    }
    text_str(&out, "}\n");
    fwrite(out.at, 1, out.n, stdout);
    text_free(&out);
}

static void raise_files_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    static struct load load = {
        .clients_n = 64, .status = 200, .want_events = -1, .want_stamps = -1, .count = -1
    };
    struct options o = { 0 };
    struct client *clients;

    take_options(&load, &o, argc, argv);
    make_request(&load, &o);
    raise_files_limit();
    clients = calloc((size_t)load.clients_n, sizeof *clients);
    load.room = malloc(LOAD_READ_MAX);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!clients || !load.room || load.epoll < 0 || load.clients_n < 1)
        fail("--connections", "impossible");
    run(&load, clients);
    report(&load);
    for (int64_t i = 0; i < load.clients_n; i++)
        if (clients[i].fd > 0)
            close(clients[i].fd);
    free(clients);
    free(load.room);
    text_free(&load.request);
    text_free(&o.headers);
    text_free(&o.body);
    return load.failed || load.bad_status || load.connect_errors || load.lost ? 1 : 0;
}
