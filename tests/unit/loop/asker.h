/* SPDX-License-Identifier: MIT */
/*
 * asker - a client on a loop, and what became of its transfers, for tests.
 */
#ifndef TESTS_UNIT_LOOP_ASKER_H
#define TESTS_UNIT_LOOP_ASKER_H

#include "base/buf.h"
#include "base/str.h"
#include "loop/client.h"
#include "loop/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct asker {
    struct loop *loop;
    struct client *client;
    int open; /* transfers without their end yet */
    bool is_late;
    struct timer guard; /* a hanging test fails instead */
};

struct got {
    struct asker *asker;
    struct transfer *transfer; /* NULL once it has ended */
    int status, heads, ends, chunks;
    struct buf body;
    char type[64]; /* Content-Type */
    struct transfer_end end;
    /* called after the asker's own doings, may be NULL */
    void (*on_head)(struct got *);
    void (*on_bytes)(struct got *);
    void (*on_end)(struct got *);
};

static void asker_late(struct timer *t)
{
    struct asker *a = LIST_ENTRY(t, struct asker, guard);
    a->is_late = true;
    loop_stop(a->loop);
}

static inline void asker_open_with(struct asker *a, const struct client_config *config)
{
    struct err err = { 0 };
    *a = (struct asker){ .guard.fire = asker_late };
    if (loop_open(&a->loop) != 0 || client_open(&a->client, a->loop, config, &err) != 0) {
        printf("Bail out! %s: %s\n", err.where, err.what);
        exit(1);
    }
}

static inline void asker_open(struct asker *a)
{
    struct client_config config = { .idle_connections = 16, .buffer_bytes = 4096 };
    asker_open_with(a, &config);
}

static inline void asker_close(struct asker *a)
{
    client_close(a->client);
    loop_close(a->loop);
}

static inline void got_init(struct got *g)
{
    memset(g, 0, sizeof *g);
    buf_init(&g->body, (size_t)1 << 30);
}

static inline void got_fini(struct got *g)
{
    buf_fini(&g->body);
}

static void got_head(void *ctx, struct transfer *t, int status)
{
    struct got *g = ctx;
    struct cp_str type = transfer_header(t, "content-type");
    g->status = status;
    g->heads++;
    snprintf(g->type, sizeof g->type, "%.*s", STR_FMT(type));
    if (g->on_head)
        g->on_head(g);
}

static void got_bytes(void *ctx, struct transfer *t, struct cp_str bytes)
{
    struct got *g = ctx;
    g->chunks++;
    buf_add_str(&g->body, bytes);
    if (g->on_bytes)
        g->on_bytes(g);
}

static void got_end(void *ctx, struct transfer *t, const struct transfer_end *end)
{
    struct got *g = ctx;
    g->ends++;
    g->end = *end;
    g->transfer = NULL;
    if (g->on_end)
        g->on_end(g);
    if (--g->asker->open == 0)
        loop_stop(g->asker->loop);
}

static const struct transfer_handler got_handler = { got_head, got_bytes, got_end };

static inline struct transfer_spec asker_spec(const char *method, const char *url)
{
    return (struct transfer_spec){
        .method = method,
        .url = url,
        .allow_private = true,
        .connect_ms = 20000,
        .first_byte_ms = 20000,
        .idle_ms = 20000,
    };
}

static inline struct transfer *asker_start(struct asker *a, const struct transfer_spec *spec,
                                           struct got *g)
{
    struct err err = { 0 };
    g->asker = a;
    g->transfer = transfer_start(a->client, spec, &got_handler, g, &err);
    if (g->transfer)
        a->open++;
    else
        printf("# refused: %s: %s\n", err.where, err.what);
    return g->transfer;
}

/* For cancelled transfers: they have no end. */
static inline void asker_forget(struct asker *a, struct got *g)
{
    transfer_cancel(g->transfer);
    g->transfer = NULL;
    if (--a->open == 0)
        loop_stop(a->loop);
}

/* Until every transfer has ended; false if it hung. */
static inline bool asker_run(struct asker *a)
{
    a->is_late = false;
    loop_timer(a->loop, &a->guard, 300000);
    if (a->open > 0)
        loop_run(a->loop);
    loop_timer_stop(a->loop, &a->guard);
    return !a->is_late;
}

/* One transfer from its start to its end. */
static inline bool asker_ask(struct asker *a, const struct transfer_spec *spec, struct got *g)
{
    return asker_start(a, spec, g) && asker_run(a) && g->ends == 1;
}

static inline const char *url_at(char out[128], const char *scheme, uint16_t port,
                                 const char *path)
{
    snprintf(out, 128, "%s://127.0.0.1:%d%s", scheme, port, path);
    return out;
}

#endif
