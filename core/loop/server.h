/* SPDX-License-Identifier: MIT */
/*
 * server - the clients' side of a worker; the only file pair that knows libmicrohttpd.
 *
 * Driven by the worker's loop, on a listening socket that workers may share.  A request passes the first-call
 * guard (loop/headcheck.h), then the handler's head(), then its body is read (within limits, decoded if
 * compressed), then the handler's ready().  From ready() on the connection is suspended: the handler answers when it
 * wants to, from the loop's thread, with a whole reply or a stream.
 *
 * A stream's head is written by the library; its chunks are written by us to the connection's socket (or TLS
 * session) while the library keeps it suspended, because resuming is what costs; the library writes the end and
 * keeps the connection alive.
 *
 * While a request waits, the socket is watched: gone() is called within a second of the client's leaving.
 *
 * done() never comes from inside a request_*() call, so whoever calls one still has his request afterwards.
 */
#ifndef LOOP_SERVER_H
#define LOOP_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct arena;
struct loop;
struct request;
struct server;

struct server_limits {
    uint32_t
        connections; /* open at once, of all servers with the same gauge; a few more get a 503 */
    size_t head_bytes;       /* memory for a request's and its reply's head: 431; least 4 KiB */
    size_t body_bytes;       /* as sent, and after decoding: 413 beyond */
    int64_t head_ms;         /* from the connection's start or the request line to its end */
    int64_t body_ms;         /* each such span must bring 1 KiB a second on average: 408 */
    int64_t keepalive_ms;    /* idle between requests */
    int64_t write_ms;        /* a client that reads nothing is cut */
    size_t stream_high;      /* bytes queued to a client at which the upstream is paused */
    size_t stream_low;       /* bytes at which it goes on */
    bool half_close_is_gone; /* a FIN alone counts as leaving (default true) */
};

/* PEM certificate chain and key; shared by all workers; replaced on reload. */
struct server_tls;
struct server_tls *server_tls_load(const char *cert_file, const char *key_file, struct err *);
/* When its first certificate ends: epoch milliseconds; 0: not known. */
int64_t server_tls_ends_ms(const struct server_tls *);
void server_tls_unref(struct server_tls *);
struct server_tls *server_tls_ref(struct server_tls *);

enum request_end {
    REQUEST_DONE = 1,    /* the reply was handed to the kernel whole */
    REQUEST_GONE = 2,    /* the client left first */
    REQUEST_ABORTED = 3, /* we cut it: request_abort(), deadline, shutdown */
    REQUEST_REFUSED = 4  /* answered by the server itself: see refuse() */
};

/* All on the loop's thread. */
struct server_handler {
    void *ctx;
    /* The head is complete and well-formed; the body is not read yet.  Answer now (request_reply) to refuse early,
     * or return.  A short body is still read and thrown away, so that the connection lives; a long one ends it. */
    void (*head)(void *ctx, struct request *);
    /* The body is complete: request_body().  Not called if head() answered. */
    void (*ready)(void *ctx, struct request *);
    /* The server itself must refuse (guard, limits, deadlines): a status, an enum cp_trouble, a sentence.  Instead
     * of head(), or after it when the body is at fault.  Render it in the caller's dialect with request_reply(...,
     * REPLY_CLOSE), at once; if nothing is said, an empty reply goes out. */
    void (*refuse)(void *ctx, struct request *, int status, uint32_t trouble, const char *why);
    /* A stream's queue fell to stream_low after request_write() had said it is full. */
    void (*writable)(void *ctx, struct request *);
    /* The client left, or was cut by a deadline, while the handler was at work: stop the upstream.  done() follows.
     * Not told after request_abort(), nor once the reply or request_finish() was given. */
    void (*gone)(void *ctx, struct request *);
    /* Last call: forget the request; its memory goes after this. */
    void (*done)(void *ctx, struct request *, enum request_end);
};

/* Counts the connections of several servers together: workers get uneven shares, the limit is one. */
struct server_gauge {
    _Atomic uint32_t open;
    _Atomic uint64_t accepted, over_limit,
        out_of_fds; /* since start; the last two were turned away */
};

struct server_config {
    int listen_fd; /* non-blocking; not closed by the server, who sets what accepted sockets inherit */
    struct server_limits limits;
    struct server_tls *tls;     /* NULL: clear text */
    struct server_gauge *gauge; /* lent, outlives the server; NULL: one of its own */
    bool is_local;              /* listen_fd is a unix socket */
    int64_t local_gid;          /* is_local: a group whose members are known by it; -1: none */
};

int server_open(struct server **, struct loop *, const struct server_config *,
                const struct server_handler *, struct err *);
/* Stops accepting; requests in flight go on; keep-alive connections close after their reply, idle ones now. */
void server_drain(struct server *);
/*
 * Another process accepts from now on: as server_drain(), but who may be about to send is not shut out.  Each connection may
 * bring one request more, whose reply closes it, until it was idle for SERVER_SPARE_MS.
 */
void server_retire(struct server *);
enum { SERVER_SPARE_MS = 5000 };
uint32_t server_connections(const struct server *);
uint32_t server_requests(const struct server *); /* that done() is owed to */
void server_close(struct server *);              /* aborts what is left: done() is called */
void server_set_tls(struct server *, struct server_tls *); /* new connections use it */
void server_set_limits(struct server *, const struct server_limits *); /* but head_bytes */

/* ---- a request; everything lent until done() ---- */
void request_set_user(struct request *, void *);
void *request_user(const struct request *);
/* Whose it is, where several share a server: a mark of theirs; NULL until it was set. */
void request_set_owner(struct request *, const void *);
const void *request_owner(const struct request *);
struct arena *request_arena(struct request *); /* lives until done() */
struct cp_str request_method(const struct request *);
struct cp_str request_path(
    const struct request *); /* as sent, undecoded: begins with '/', or is "*" */
struct cp_str request_query(const struct request *); /* without '?'; absent if there is none */
/* The first of that name; p NULL: absent. */
struct cp_str request_header(const struct request *, const char *name);
size_t request_headers(const struct request *);
void request_header_at(const struct request *, size_t i, struct cp_str *name,
                       struct cp_str *value);
struct cp_str request_body(const struct request *); /* decoded */
struct cp_str request_peer(const struct request *); /* "127.0.0.1" */
int64_t request_start_us(const struct request *);   /* monotonic: the head's end */
uint64_t request_bytes_out(const struct request *); /* body bytes handed to the kernel so far */
bool request_is_http10(const struct request *);
bool request_is_tls(const struct request *);
bool request_is_local(const struct request *); /* it came by a unix socket */
/* Who is at the other end of a unix socket, as the kernel says; -1: not known. */
int64_t request_peer_uid(const struct request *);
/* He is in the server's group (server_config.local_gid), as the kernel says. */
bool request_peer_is_member(const struct request *);

struct reply_header {
    const char *name;
    struct cp_str value;
};
enum {
    REPLY_CLOSE = 1, /* close the connection afterwards */
    REPLY_TAKE = 2   /* body.p is malloc'ed and becomes the server's, whatever is returned */
};
/* The whole reply at once; body is copied unless REPLY_TAKE.  0 or E_GONE.  A HEAD request gets no body.  Headers that
 * frame the message (Content-Length, Connection ...) are not the handler's to set, and are left out. */
int request_reply(struct request *, int status, const struct reply_header *, size_t n,
                  struct cp_str body, uint32_t flags);
/* Opens a streamed reply (chunked; HTTP/1.0: until close).  length >= 0: Content-Length, no chunks. */
int request_stream(struct request *, int status, const struct reply_header *, size_t n,
                   int64_t length);
/* Queues bytes, copied only if the socket does not take them now.  0: go on; E_AGAIN: taken, but the queue is
 * over stream_high: stop until writable(); E_GONE. */
int request_write(struct request *, struct cp_str bytes);
/* Clean end (terminating chunk, keep-alive) once the queue is out. */
void request_finish(struct request *);
/* Ends without a clean end: the connection is closed after what is queued is out (flush) or at once. */
void request_abort(struct request *, bool flush);
size_t request_queued(const struct request *);

#endif
