/* SPDX-License-Identifier: MIT */
/*
 * cord - between a process and the one that takes its place: parcels both ways over a socket (base/parcel.h).
 *
 * Any thread puts in; one thread turns it and takes out.
 */
#ifndef MAIN_CORD_H
#define MAIN_CORD_H

#include <stdint.h>

#include "base/parcel.h"
#include "base/tap.h"

struct buf;
struct cord;

/* fd becomes the cord's.  NULL: no descriptor is left. */
struct cord *cord_open(int fd);
void cord_close(struct cord *);
/* Copies; waits for nobody.  Never fails: what cannot be sent any more is thrown away. */
void cord_put(struct cord *, struct cp_str parcels);
/* A parcel with nothing in it. */
void cord_say(struct cord *, const char *kind);
struct tap *cord_tap(struct cord *);
/* Sends and reads; waits so long for something to read.  0; E_GONE: the other side is not there any more, what it has sent
 * before can still be taken; E_SYNTAX: it has sent nonsense, and is not listened to any more. */
int cord_turn(struct cord *, int64_t wait_ms);
/* The next one that has come, lent until the next call of cord_turn().  0: there is none yet; 1; E_SYNTAX: it sends nonsense. */
int cord_next(struct cord *, struct parcel *);
/* Sends all that was put; 0, E_GONE, or E_AGAIN: not within that time. */
int cord_flush(struct cord *, int64_t most_ms);

#endif
