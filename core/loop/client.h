/* SPDX-License-Identifier: MIT */
/*
 * client - the upstreams' side of a worker; the only file pair that knows libcurl.
 *
 * One multi handle per worker and TLS profile on the worker's loop.  Nothing of curl shows here, so that another engine can stand
 * beside it.  No redirects, no proxies from the environment, http and https only, no decoding, header values
 * checked, addresses checked after DNS (SSRF), HTTP/2 where an https upstream offers it.
 */
#ifndef LOOP_CLIENT_H
#define LOOP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct client;
struct loop;
struct transfer;
struct trust;

struct transfer_header {
    struct cp_str name, value;
};

/* Everything is lent until the transfer ended: it lives with the exchange. */
struct transfer_spec {
    const char *method; /* "POST", "GET" */
    const char *url;
    const struct transfer_header *headers; /* without Host, Content-Length, Transfer-Encoding */
    size_t headers_n;
    const struct cp_str *body; /* pieces, sent one after the other without joining them */
    size_t body_n;
    const char *proxy;   /* NULL: none */
    const char *ca_file; /* NULL: the system's trust store */
    bool insecure;       /* do not verify TLS */
    bool allow_private;  /* RFC 1918, ULA, loopback upstreams are fine */
    bool http1;          /* never HTTP/2 */
    bool
        is_fresh; /* a connection of its own, not kept: for who wants to know how connecting goes */
    int64_t connect_ms;    /* DNS, TCP, TLS */
    int64_t first_byte_ms; /* from the request's last piece to the response's head */
    int64_t idle_ms;       /* silence in the body; 0: none */
    int64_t total_ms;      /* 0: none */
};

struct transfer_end {
    int net;               /* 0: complete; else enum cp_net */
    int status;            /* HTTP status, 0 if none came */
    char why[160];         /* for logs; no keys, no URL query */
    int64_t connect_us;    /* since start; -1 unknown; 0 reused connection */
    int64_t first_byte_us; /* head's first byte */
    int64_t total_us;
    uint64_t bytes_in, bytes_out;
    bool is_reused, is_http2;
    /* Of a new connection, each since start; 0 or less: it did not come so far. */
    int64_t lookup_us; /* the name was looked up */
    int64_t tcp_us;    /* TCP, to the proxy if there is one */
    int64_t tls_us;    /* TLS; the certificate was looked at after it */
    char address[48];  /* who was connected; "" if nobody */
};

/* On the loop's thread, never from inside transfer_start(). */
struct transfer_handler {
    /* The final response head (1xx are skipped).  Headers by transfer_header_*. */
    void (*head)(void *ctx, struct transfer *, int status);
    /* Body bytes; lent for the call.  After transfer_pause() no more come (what is in hand is kept by the client). */
    void (*bytes)(void *ctx, struct transfer *, struct cp_str);
    /* Last call, unless cancelled.  The transfer is freed after it. */
    void (*end)(void *ctx, struct transfer *, const struct transfer_end *);
};

struct client_config {
    uint32_t idle_connections; /* kept open for reuse, per worker */
    uint32_t host_connections; /* most to one host; 0 no limit */
    size_t buffer_bytes;       /* curl's receive buffer per transfer (small: lean streams) */
    struct trust *trust;       /* shared by all workers; NULL: one of its own */
};

int client_open(struct client **, struct loop *, const struct client_config *, struct err *);
void client_close(struct client *); /* cancels what is left */
uint32_t client_transfers(const struct client *);
/* Whether HTTP/2 is offered at all: only where this libcurl keeps one stream from holding up others. */
bool client_has_http2(const struct client *);

/* NULL with err set if the spec itself is bad (URL, header). */
struct transfer *transfer_start(struct client *, const struct transfer_spec *,
                                const struct transfer_handler *, void *ctx, struct err *);
void transfer_pause(struct transfer *);
void transfer_resume(struct transfer *);
void transfer_cancel(struct transfer *); /* no callback follows; safe inside its callbacks */
/* First; p NULL: absent. */
struct cp_str transfer_header(const struct transfer *, const char *name);
size_t transfer_headers(const struct transfer *);
void transfer_header_at(const struct transfer *, size_t i, struct cp_str *name,
                        struct cp_str *value);
/* Restarts the idle clock: the stream's reader saw life (or, by not calling, only junk). */
void transfer_touch(struct transfer *);

#endif
