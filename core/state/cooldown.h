/* SPDX-License-Identifier: MIT */
/*
 * cooldown - who is left alone until when, why, and when one request may look whether it is well again.
 *
 * The numbers are advice: two workers may charge at the same moment and one of the two ends is then the
 * later.  What matters is that every cool-down ends: none is for ever, whatever an upstream asks for.
 * A long one is probed: from half of it on, one request at a time may try, and a success ends it at once.
 *
 * All functions: any thread, no lock.  Times: monotonic milliseconds.
 */
#ifndef STATE_COOLDOWN_H
#define STATE_COOLDOWN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

/* Who says how long. */
enum cooldown_source {
    COOLDOWN_PRESET = 1, /* nobody: our own, doubled with each failure in a row */
    COOLDOWN_HEADER = 2, /* Retry-After and its like */
    COOLDOWN_BODY = 3,   /* the error's own words */
};

enum { COOLDOWN_HARD_MS = 24 * 3600 * 1000 };

struct cooldown_cause {
    uint32_t fault;   /* enum cp_fault */
    uint32_t trouble; /* enum cp_trouble */
    uint32_t source;  /* enum cooldown_source */
    int32_t status;   /* HTTP status; 0: none came */
    bool is_restored; /* it was so before a restart; who charges need not say */
};

struct cooldown {
    _Atomic int64_t since_ms,
        until_ms;               /* until 0: well; the others mean something while it rests */
    _Atomic int64_t probe_ms;   /* from then on one may look; 0: nobody may */
    _Atomic uint32_t charges;   /* failures in a row, since the last success; see below */
    _Atomic uint32_t is_probed; /* one was let in to look, and no failure was told since */
    _Atomic uint64_t cause;     /* packed */
};

/* Zeroed memory is a cool-down that is well. */

/* 0: well; else when it ends. */
int64_t cooldown_until(const struct cooldown *, int64_t now_ms);
/*
 * A failure.  wait_ms: what the upstream asked for, or -1: then preset_ms, doubled with each charge in a row, at most
 * ten minutes.  Never longer than most_ms nor COOLDOWN_HARD_MS, never shortened by a charge.  0 charges only.
 *
 * Ten requests that were under way together and fail together are one failure: what fails while the thing
 * rests anyway prolongs the rest from now on, but is a charge of its own, and doubles, only if someone was let in to probe.
 *
 * returns  true if the end has moved (who keeps a copy should write it)
 */
bool cooldown_charge(struct cooldown *, const struct cooldown_cause *, int64_t wait_ms,
                     int64_t preset_ms, int64_t most_ms, int64_t now_ms);
/*
 * True for exactly one caller each time it is due: he may try although it is not over.  The next try is due after half of
 * what is left, at least a minute later.  Cool-downs shorter than two minutes are not probed.
 */
bool cooldown_probe(struct cooldown *, int64_t now_ms);
/* Whether cooldown_probe() would say yes; claims nothing. */
bool cooldown_is_due(const struct cooldown *, int64_t now_ms);
/* Success, or someone's word.  Returns true if there was one.  Reads first: where all is well no cache line is written. */
bool cooldown_clear(struct cooldown *);
void cooldown_cause(const struct cooldown *, struct cooldown_cause *);
/* As it was before a restart. */
void cooldown_restore(struct cooldown *, const struct cooldown_cause *, int64_t until_ms,
                      int64_t now_ms);
const char *cooldown_source_name(uint32_t source); /* "preset", "header", ... */

#endif
