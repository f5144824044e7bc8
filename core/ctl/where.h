/* SPDX-License-Identifier: MIT */
/*
 * where - finds the gateway: its local socket, else its port on this machine; and the key, where one is needed.
 */
#ifndef CTL_WHERE_H
#define CTL_WHERE_H

#include "ctl/talk.h"

enum { WHERE_PLACES = 6, WHERE_BYTES = 512, WHERE_KEY_BYTES = 4096 };

/* What the command line says; NULL: nothing. */
struct where_wish {
    const char *socket, *url, *key_file, *ca_file;
    int64_t timeout_ms;
};

struct where {
    struct talk_config config; /* its texts are here */
    char socket[WHERE_BYTES];
    char key[WHERE_KEY_BYTES + 1];         /* to be wiped */
    char tried[WHERE_PLACES][WHERE_BYTES]; /* "PLACE: why not" */
    size_t tried_n;
};

/*
 * 0: somebody listens there.
 *
 * E_ABSENT  nowhere: tried says where it was looked for
 * E_DENIED  a socket is there, and not for us
 * E_SYNTAX  the key's file cannot be read, or holds no key
 */
int where_find(struct where *, const struct where_wish *, struct err *);

#endif
