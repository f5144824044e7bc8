/* SPDX-License-Identifier: MIT */
/*
 * usage - the token counts of one answer: what the upstream told, and what is told in place of nonsense.
 *
 * Knows tapes, not exchanges.  Its rules, in the order in which they are asked:
 *
 *     a number told           is never less than it was told before
 *     tokens of a cache       anywhere: an input of 0 or 1 is right, and stays
 *     input, at the start     below 10 though the request has twice that: the estimate, for now; some clients
 *                             believe the first number they see
 *     input, at the end       missing, or 0 or 1: the estimate; 10 or more ends an estimate made at the start
 *     output, at the end      0 or 1, or missing, though there is more text: the estimate of the text
 *     a low-quality upstream  either number, where it differs from its estimate by more than 5 %
 *
 * The end is the tape's END; where answers pass, the frame that tells usage with or after the STOP.  What is said
 * there is what the client, the log and the metrics have.
 */
#ifndef FLOW_USAGE_H
#define FLOW_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct arena;
struct cp_tape;

enum { USAGE_METERS = 9 };

struct usage {
    bool is_low_quality; /* the upstream's counts are not to be trusted */
    bool is_passing;     /* the tape is only a tap: nothing can be put on it */
    bool is_late; /* passing: this dialect tells usage after the STOP, if it was asked to */
    /* Tokens of the request, estimated; asked at most once.  -1: nobody knows. */
    int64_t (*ask)(void *ctx);
    void *ctx;
    int64_t input;              /* what it said; -2: not asked yet */
    int64_t told[USAGE_METERS]; /* by enum cp_meter, the upstream's largest; -1: none */
    int64_t said[USAGE_METERS]; /* what goes for it; -1 */
    int64_t units;              /* text seen, in estimate_units() */
    int64_t pieces;             /* frames with content, where nobody looked at the text */
    int64_t given[2];           /* the last input and output on a tape; -1 */
    bool has_cache, has_content, has_stop;
};

void usage_init(struct usage *, bool is_low_quality, int64_t (*ask)(void *), void *ctx);
/*
 * Takes the next frame's tape, or a whole answer's: numbers on it that will not do are replaced, and (but for
 * passing ones) before END come the USAGE items that are missing.
 *
 * returns  true if the tape says another number than the upstream, or should and cannot
 */
bool usage_mend(struct usage *, struct cp_tape *);
/* Nothing more will be told. */
void usage_end(struct usage *);
/* Might usage_mend() have to replace a number of this whole answer?  Cheap; changes nothing. */
bool usage_has_hole(const struct usage *, const struct cp_tape *);
/* Tokens of the text that has gone by so far, about; 0: none that is known of. */
int64_t usage_seen(const struct usage *);
/* Is a number that was said an estimate? */
bool usage_is_estimated(const struct usage *);
/* A tape that says what is said: for cp_adapter.amend. */
void usage_tape(const struct usage *, struct arena *, struct cp_tape *);

#endif
