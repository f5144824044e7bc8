/* SPDX-License-Identifier: MIT */
/*
 * load - what the load tool's two halves share: the plan, the totals, a client.
 */
#ifndef SIM_LOAD_H
#define SIM_LOAD_H

#include "histogram.h"
#include "text.h"

#include <netinet/in.h>

enum { LOAD_HEAD_MAX = 4096, LOAD_READ_MAX = 1 << 17 };

struct load {
    bool is_streams;
    struct sockaddr_in address;
    struct text request; /* the same bytes for everybody */
    int64_t clients_n, count, duration_us, ramp, status;
    int64_t want_events, want_stamps; /* of each stream; -1: not checked */

    int epoll;
    int64_t now_us, began_us;
    bool is_over;
    char *room; /* LOAD_READ_MAX bytes to read into */

    int64_t opened, sent, done, failed, bad_status, cut, connect_errors, live, peak;
    int64_t bytes, events, stamps, lost, surplus;
    struct histogram took, first,
        delay; /* us: whole answer, first body byte, stamp to arrival */
};

enum client_state { CLIENT_CONNECTING, CLIENT_SENDING, CLIENT_HEAD, CLIENT_BODY };
enum client_body {
    BODY_LENGTH,
    BODY_SIZE_LINE,
    BODY_CHUNK,
    BODY_CHUNK_END,
    BODY_LAST,
    BODY_CLOSE
};

struct client {
    int fd; /* -1: not open */
    enum client_state state;
    enum client_body body;
    bool must_close, at_line_start;
    int match; /* bytes of "t= seen; 3: in its digits */
    size_t sent, head_n;
    int64_t left, stamp, began_us, events, stamps;
    char head[LOAD_HEAD_MAX];
};

void client_open(struct load *load, struct client *c);
void client_ready(struct load *load, struct client *c, uint32_t events); /* of epoll */

#endif
