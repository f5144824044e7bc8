/* SPDX-License-Identifier: MIT */
/*
 * script - a history before it is played: a list of events, each with its own dice.
 *
 * What an event does depends on its dice and on the state it meets, and it makes sense in any state.  So any part of a
 * script is a script.
 */
#ifndef TESTS_VIRTUAL_SCRIPT_H
#define TESTS_VIRTUAL_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

enum event_kind {
    EVENT_PASS = 0, /* only time */
    EVENT_REQUEST,  /* a request from beginning to end, in no time */
    EVENT_BEGIN,    /* a request is sent and stays under way */
    EVENT_SETTLE,   /* an answer to one of those comes, whichever */
    EVENT_CONTENT,  /* an answer begins, and goes on */
    EVENT_CANCEL,   /* a client leaves */
    EVENT_HEDGE,    /* a second attempt beside one that is under way */
    EVENT_COUNT,    /* tokens are counted, or models listed */
    EVENT_WORLD,    /* an upstream becomes ill, or well */
    EVENT_RELOAD,
    EVENT_RESET,
    EVENT_PROMOTE,
    EVENT_RESTART,
    EVENT_FORGET, /* sessions */
    EVENT_KINDS
};

struct event {
    uint32_t kind;
    bool is_off;     /* left out */
    int64_t wait_ms; /* before it */
    uint64_t seed;
};

enum { SCRIPT_MOST = 1024 };

struct script {
    struct event events[SCRIPT_MOST];
    uint32_t n;
};

/* n <= SCRIPT_MOST events; the same for the same seed. */
void script_write(struct script *, uint32_t n, uint64_t seed);
const char *script_name(uint32_t kind);

#endif
