/* SPDX-License-Identifier: MIT */
/*
 * conn - one client's connection: reads requests, plays replies, closes as told.
 */
#ifndef SIM_CONN_H
#define SIM_CONN_H

#include "http.h"
#include "reply.h"
#include "timer.h"

struct tls;
struct script;

/* Set by main before the threads start, constant afterwards. */
struct settings {
    struct words defaults; /* applied to every request */
    struct slice keys[32]; /* a request needs one of these; none: any key will do */
    int keys_n;
    bool is_tls;
};

extern struct settings settings;

enum stage {
    STAGE_HEAD,   /* reading a request's head */
    STAGE_BODY,   /* reading its body */
    STAGE_EATING, /* reading some of it, then closes */
    STAGE_DELAY,  /* before the reply's head */
    STAGE_ANSWER, /* the head is to be written */
    STAGE_FIRST,  /* between head and first piece */
    STAGE_PIECES, /* writing the body */
    STAGE_END,    /* all is in out */
    STAGE_CUT,    /* all that may be sent is in out: then close */
    STAGE_SILENT, /* keeps the connection and says nothing */
    STAGE_LINGER, /* our side is closed; waits for theirs */
    STAGE_CLOSED,
};

enum framing { FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE, FRAMING_NONE };

struct worker; /* server.h */

struct conn {
    struct timer timer; /* first: the heap gives it back as the connection */
    struct worker *worker;
    struct conn *prev, *next;
    struct tls *tls;
    int fd;
    enum stage stage;
    bool may_read, is_eof, is_hung_up, is_last, is_head_only;
    int64_t number, request_n;

    struct text in;
    size_t head_n;  /* of the request being read; its body follows */
    int64_t length; /* Content-Length */
    bool is_chunked;
    size_t chunks_off; /* decoded so far, from head_n on */
    struct chunks chunks;
    struct text body; /* a chunked request's body, decoded */
    size_t consumed;  /* bytes of in that this request takes */

    struct ask ask;
    struct play play;
    struct reply reply;
    struct script *script; /* held while play points into it */
    struct words header_words, prompt_words;
    struct text request_id;

    struct text out, piece, packed;
    size_t out_off;
    enum framing framing;
    int64_t pieces_n, body_n; /* of the reply, so far */
    int64_t began_us, due_us;
    uint32_t crc, packed_size;
};

struct conn *conn_open(struct worker *worker, int fd, int64_t number);
void conn_ready(struct conn *c, uint32_t events); /* may free c */
void conn_timer(struct conn *c);                  /* may free c */
void conn_free(struct conn *c);

/* send.c: what goes onto the wire */
void send_head(struct conn *c);
bool send_pieces(struct conn *c); /* false: wait for the timer */
int send_flush(struct conn *c);   /* 1: all is written, 0: wait, -1: the peer is gone */

/* control.c: GET /sim/stats, POST /sim/reset, POST /sim/script */
void control_answer(struct conn *c, const struct head *head);

/* gzip.c: stored blocks only; state is crc and packed_size */
void gzip_begin(struct conn *c, struct text *out);
void gzip_add(struct conn *c, struct text *out, struct slice s);
void gzip_end(struct conn *c, struct text *out);

/* tls.c; without GnuTLS tls_setup fails */
int tls_setup(const char *cert, const char *key);
struct tls *tls_open(int fd);
void tls_free(struct tls *tls);
int64_t tls_read(struct tls *tls, char *p, size_t n); /* like read(), errno EAGAIN included */
int64_t tls_write(struct tls *tls, const char *p, size_t n);

#endif
