/* SPDX-License-Identifier: MIT */
/*
 * drive - one adapter on bytes at hand: for authors, tests and fuzzers.
 *
 * What flow/ does with sockets in between, this does at once: whole bodies through decode and encode, a stream's
 * bytes cut as asked through rx_*, a tape's items through tx_*.
 */
#ifndef PLUGIN_DRIVE_H
#define PLUGIN_DRIVE_H

#include "ir/tape.h"
#include "plugin/host.h"
#include "plugin/options.h"

struct adapter;

struct drive {
    const struct adapter *adapter;
    struct arena *arena; /* everything it makes */
    void *instance;
    struct host_call hc; /* set call.op, call.model and the like after drive_open() */
    struct ledger ledger;
    struct tape_limits limits; /* of the tapes it makes; a nought: the default */
};

/* err may be NULL.  After a failure there is nothing to close. */
int drive_open(struct drive *, const struct adapter *, const struct conf_option *, size_t n,
               struct err *);
void drive_close(struct drive *);

/*
 * All return 0 or an E_* code with the reason in hc.err.  Tapes are initialised here, live in the drive's arena and
 * are valid until drive_close(); the body must live as long.
 */
int drive_decode(struct drive *, int phase, struct cp_str body, struct cp_tape *);
int drive_encode(struct drive *, int phase, const struct cp_tape *, struct buf *, int *status);
/* A stream in pieces of cut bytes (0: in one), then its end.  0 also for a stream that was told as broken: look at
 * the tape's last item. */
int drive_rx(struct drive *, struct cp_str bytes, size_t cut, struct cp_tape *);
/* The same in two pieces, the first of at bytes. */
int drive_rx_split(struct drive *, struct cp_str bytes, size_t at, struct cp_tape *);
int drive_tx(struct drive *, const struct cp_tape *, struct buf *);

#endif
