/* SPDX-License-Identifier: MIT */
/*
 * talk - questions to a gateway's API and its answers, by HTTP over its local socket or its port.
 *
 * The program's door to libcurl.  Neither proxies of the environment nor redirections are followed: the key goes to
 * the gateway that was meant, or nowhere.
 */
#ifndef CTL_TALK_H
#define CTL_TALK_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/buf.h"
#include "base/err.h"

struct talk;

enum { TALK_ANSWER_BYTES = 256 << 20 };

struct talk_config {
    const char *socket;  /* path of the local socket; NULL: none */
    const char *url;     /* "http://127.0.0.1:3000"; of the socket: NULL */
    const char *key;     /* sent as x-api-key; NULL: none */
    const char *ca_file; /* NULL: the system's */
    int64_t timeout_ms;  /* for a whole answer; 0: none */
};

struct talk_answer {
    int status; /* HTTP's */
    struct buf body;
    char type[64]; /* Content-Type without its parameters */
    char etag[128];
    int64_t retry_after_s; /* 0: not said */
};

/* All of the config is copied.  E_SYNTAX: a URL that is none. */
int talk_open(struct talk **, const struct talk_config *, struct err *);
void talk_close(struct talk *);
/* Where it goes, for messages. */
const char *talk_where(const struct talk *);

struct talk_ask {
    const char *method, *target; /* "GET", "/api/status"; target is escaped */
    struct cp_str body;          /* JSON; absent: none */
    const char *if_match;        /* NULL: not sent */
    const char *last_event;      /* Last-Event-ID; NULL: not sent */
    /* Bytes of the answer as they come, if it is a success; non-zero ends it.  NULL: all goes to the answer's body. */
    int (*more)(void *ctx, struct cp_str bytes);
    void *ctx;
};

/*
 * The answer is there, whatever its status.
 *
 * E_ABSENT  nobody listens there      E_DENIED  the socket may not be opened
 * E_AGAIN   no answer within the time E_LIMIT   an answer too large
 * E_GONE    it ended before its end; E_SYNTAX: it is not HTTP
 */
int talk_ask(struct talk *, const struct talk_ask *, struct talk_answer *, struct err *);
void talk_answer_init(struct talk_answer *);
void talk_answer_fini(struct talk_answer *);

#endif
