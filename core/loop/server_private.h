/* SPDX-License-Identifier: MIT */
/*
 * server_private - what the files of the server share; nobody else includes it.
 *
 *   server.c      libmicrohttpd's door: its callbacks, and what is asked of it below
 *   intake.c      a request on its way in: guard, limits, body
 *   request.c     a request as its handler sees it; whole replies
 *   stream.c      a stream's bytes: queue, framing, the socket
 *   deadline.c    who is late, once a second
 *   server_tls.c  certificates, and sending inside a TLS session
 *
 *   HEADING --head ok--> READING --body whole--> WAITING --reply--> REPLYING --sent--> done
 *      |                    |                       |
 *      +--refused-----------+--refused              +--stream--> STREAMING --finish, cut, gone--> done
 *
 * done() is only ever called from inside libmicrohttpd's run, never from inside a request_*() call: whoever calls
 * one of those still has his request when it returns.
 */
#ifndef LOOP_SERVER_PRIVATE_H
#define LOOP_SERVER_PRIVATE_H

#include "base/buf.h"
#include "loop/headcheck.h"
#include "loop/listener.h"
#include "loop/loop.h"
#include "loop/server.h"

struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;
struct inflate;

enum conn_phase {
    CONN_IDLE = 1, /* between two requests */
    CONN_HEAD,     /* a head is due: from the connection's start, or the next request line */
    CONN_BODY,     /* a body is due */
    CONN_WORK,     /* our turn */
    CONN_REPLY,    /* a whole reply is on its way out */
    CONN_LINGER    /* refused in mid-body: what still comes is thrown away */
};

/* One daemon of the library with its connections: see server.c on why there are several. */
struct shard {
    struct server *server;
    struct MHD_Daemon *mhd;
    struct watch watch; /* the daemon's own epoll descriptor */
    bool is_due;        /* it must run before the next wait */
    uint32_t conns_n;
};

struct conn {
    struct link link; /* in server->conns */
    struct server *server;
    struct shard *shard;
    struct request *request; /* NULL between requests */
    struct MHD_Connection *mhd;
    struct server_tls *tls; /* reference; the certificate this connection was shown */
    int fd;
    enum conn_phase phase;
    bool is_extra;         /* beyond the limit: gets a 503 */
    bool is_timed;         /* libmicrohttpd watches this reply's progress */
    bool is_closing;       /* libmicrohttpd was told to close it */
    int64_t since_ms;      /* when the phase, or its window, began */
    int64_t heard_ms;      /* CONN_LINGER: when it last sent something */
    uint64_t window_bytes; /* body bytes since since_ms; CONN_LINGER: since the last tick */
    char peer[LISTENER_PEER_BYTES];
};

enum request_state {
    REQUEST_HEADING = 1,
    REQUEST_READING,
    REQUEST_WAITING,
    REQUEST_REPLYING,
    REQUEST_STREAMING
};

struct stream {
    struct buf queue; /* what the socket did not take yet, framed; from `at` on */
    size_t at;
    bool owed;        /* TLS: gnutls holds a record back */
    uint64_t taken;   /* body bytes accepted from the handler */
    int64_t stuck_ms; /* since when the socket takes nothing; 0: it does */
    bool is_chunked;  /* we write chunk frames */
    bool is_pulled;   /* of known length: the library fetches it, see stream_pull() */
    bool is_open;     /* the head is out: the socket is ours */
    bool is_full;     /* E_AGAIN was said, writable() is owed */
    uint64_t turn;    /* of the server, in which it was last written to the socket at once */
    struct link
        late; /* in server->late: what came after that in the same turn waits for its end */
    bool is_finished; /* no more bytes will come */
    bool is_cut;      /* it may not end well: close once the queue is out */
};

struct request {
    struct conn *conn;
    struct server *server;
    struct arena *arena;
    void *user;
    const void *owner;
    enum request_state state;
    bool is_known; /* the handler knows it: done() is owed */
    bool is_suspended;
    bool is_refused;
    bool is_gone;        /* the client left */
    bool is_aborted;     /* we cut it */
    bool is_abort_asked; /* by the handler, who needs no gone() then */
    bool is_watched;     /* its socket, from now on */
    bool has_fin;        /* the client has closed its half */
    bool is_raw;         /* a reply given now goes out by our own hand, past the library */
    bool is_discarding;  /* answered in mid-body */
    bool has_body;       /* one will come, or came */
    bool is_awaited;     /* the client holds its body back until 100 Continue */
    bool is_http10, is_head;

    struct cp_str method, target, path, query;
    struct headcheck_pair *headers;
    size_t headers_n;
    int64_t start_us;
    uint64_t body_sent; /* body bytes as they came */
    size_t body_hint;   /* room to make for it at once */
    struct buf body;
    struct inflate *inflate;

    struct MHD_Response *response; /* to be queued, or queued; ours to release */
    int status;
    uint64_t reply_bytes;
    struct stream stream;
    struct watch watch;
    struct link young; /* in server->young: not watched yet */
    int64_t wait_ms;   /* since when */
};

enum { SHARDS_MAX = 64 };

struct server {
    struct loop *loop;
    struct server_config config;
    const struct server_handler *handler;
    struct shard *shards[SHARDS_MAX];
    size_t shards_n;
    struct listener listener;
    struct prepare prepare;
    struct task again; /* keeps the loop from sleeping while a shard is due */
    bool is_draining;
    bool is_retired;   /* draining, and sparing who may be about to send */
    struct timer tick; /* deadlines; runs while there are connections */
    struct link conns;
    uint32_t conns_n, requests_n;
    struct server_gauge own_gauge; /* where the configuration gave none */
    struct link young;             /* waiting requests, oldest first */
    struct timer young_timer;
    uint64_t turn;      /* of the loop */
    struct link late;   /* streams with more to write at its end */
    struct buf scratch; /* TLS: a frame in one piece */
    int64_t log_ms;     /* the second for which log_n counts libmicrohttpd's messages */
    uint32_t log_n;
};

/* ---- server.c ---- */
/* Hands a socket to libmicrohttpd, which closes it, also on failure. */
void server_adopt(struct server *, int fd, const void *address, unsigned address_bytes);
/* Have libmicrohttpd look at a suspended request again, before the loop's next wait. */
void server_resume(struct request *);
/* Both make r->response. */
void server_make_whole(struct request *, const struct reply_header *, size_t n,
                       struct cp_str body, uint32_t flags);
void server_make_stream(struct request *, const struct reply_header *, size_t n,
                        int64_t length);
void server_limit_idle(struct conn *, int64_t idle_ms); /* 0: no limit */
void *server_tls_session(const struct conn *);
/* The certificate for a connection in its handshake. */
struct server_tls *server_tls_for(void *mhd_connection);

/* ---- intake.c ---- */
/* What the library shall do next. */
enum intake {
    INTAKE_MORE = 1, /* go on reading */
    INTAKE_REPLY,    /* queue r->response */
    INTAKE_WAIT,     /* suspend */
    INTAKE_CLOSE
};
enum intake intake_head(struct request *, struct cp_str version, size_t head_bytes);
enum intake intake_body(struct request *, struct cp_str piece);
/* The body is whole; called again after each resume. */
enum intake intake_whole(struct request *);

/* ---- request.c ---- */
struct request *request_new(struct conn *, struct cp_str target);
/* Tells the handler the end, once, and frees. */
void request_end(struct request *, enum request_end);
void request_refuse(struct request *, int status, uint32_t trouble, const char *why);
/* The same in mid-body, past the library; the connection lingers. */
void request_refuse_raw(struct request *, int status, uint32_t trouble, const char *why);
/* The client left, or must: ends the connection at the next run. */
void request_doom(struct request *, bool is_gone);
/* It waits from now on: watch its socket, but not at once, for most are answered soon. */
void request_wait(struct request *);
void request_unwait(struct request *);
void request_watch_aged(struct timer *);

/* ---- stream.c ---- */
enum { STREAM_END = -1, STREAM_CUT = -2, STREAM_LATER = -3 };
/* The head is out.  STREAM_END or STREAM_CUT: libmicrohttpd shall end; STREAM_LATER: suspend. */
int stream_opened(struct request *);
/* Of known length: the next bytes, or one of the above. */
long stream_pull(struct request *, char *to, size_t room);
void stream_event(struct request *, uint32_t events);
/* The end of the loop's turn: writes what was put off until now. */
void stream_turn(struct server *);
/* Watches what the stream's state needs. */
void stream_watch(struct request *);
/* Sends without a queue and without waiting: bytes taken, or E_AGAIN, E_GONE. */
long stream_send(struct request *, const char *p, size_t n);
void stream_fini(struct stream *);

/* ---- deadline.c ---- */
void deadline_tick(struct timer *);

/* ---- server_tls.c ---- */
typedef void server_tls_hook(void);
/* gnutls_certificate_retrieve_function2, without its types. */
server_tls_hook *server_tls_callback(void);
/* Bytes taken, or E_AGAIN (go on with p NULL, n 0 for the same bytes), E_GONE. */
long server_tls_send(void *session, const char *p, size_t n);

static inline struct server_gauge *server_gauge(struct server *s)
{
    return s->config.gauge ? s->config.gauge : &s->own_gauge;
}

#endif
