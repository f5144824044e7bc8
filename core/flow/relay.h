/* SPDX-License-Identifier: MIT */
/*
 * relay - how an answer is brought over: one small vtable for each way.
 *
 *                      client wants a stream             client wants it whole
 *   same dialect       relay_pass (bytes, tapped)        relay_whole (bytes, tapped)
 *   another dialect    relay_frames (tapes)              relay_whole (tapes)
 *   upstream sends
 *   the other form     relay_whole, told as a stream     relay_gather (frames, joined)
 *   an error status    relay_error                       relay_error
 *
 * JSON in answer to a wanted stream is looked at first (relay_sniff): an array of frames is a stream, too.
 *
 * Nothing goes to the client before the upstream has shown real content (the gate); what was written until then
 * waits in x->held and is thrown away if the attempt fails.
 */
#ifndef FLOW_RELAY_H
#define FLOW_RELAY_H

#include "flow/exchange.h"

struct relay {
    const char *name;
    int (*open)(struct exchange *); /* 0, or attempt_fail() said why */
    void (*bytes)(struct exchange *,
                  struct cp_str);        /* may end the attempt by pipeline_retry() */
    enum step (*end)(struct exchange *); /* the transfer ended: attempt.end says how */
};

extern const struct relay relay_pass, relay_frames, relay_whole, relay_gather, relay_error,
    relay_sniff;

/* ---- shared by the ways ---- */

/* Learns from one item: tokens, stop, trouble. */
void relay_observe(struct exchange *, const struct cp_item *);
/* Which way, when it is known to be a stream of frames. */
const struct relay *relay_of_frames(const struct exchange *);
/* The upstream's bytes to frames; what frames_feed() answers. */
int relay_feed(struct exchange *, struct cp_str bytes, sse_frame_fn *);
/* Throws away what is held: half an event, nobody could read it. */
void relay_forget(struct exchange *);
/* Opens the gate: the head goes out, then what is held. */
void relay_commit(struct exchange *);
/* After commitment: the first n bytes of x->held go to the client. */
void relay_flush(struct exchange *, size_t n);
/* Bytes straight to the client. */
void relay_send(struct exchange *, struct cp_str);
/* The stream is over for the client, with its own terminal event or with an error event. */
enum step relay_finish(struct exchange *);
/* A committed stream broke: an error event, then the end. */
enum step relay_break(struct exchange *, const char *why);
/* Opens the upstream's side hooks; pass: only as a tap. */
int relay_rx_open(struct exchange *, uint32_t want);
int relay_tx_open(struct exchange *);
/* Gives one item to the client's adapter. */
int relay_tx_item(struct exchange *, const struct cp_item *);
/* Gives every item of the tape to the client's adapter, less what is cut. */
int relay_tx_tape(struct exchange *, struct cp_tape *);
/* True if the answer's bytes may go to the client as they come. */
bool relay_is_raw(const struct exchange *);
/* rewrite_response_model: the client hears the name that it asked for. */
void relay_rename(const struct exchange *, struct cp_tape *);
/* The last event is out.  An upstream that stays on after it keeps its connection for a moment, not the client waiting. */
void relay_linger(struct exchange *);
/* The client has its end: the upstream is let go at once. */
void relay_leave(struct exchange *);
/* A keep-alive for a client that waits inside a stream; sets the timer anew.  Ends a stream that lingers. */
void relay_ping(struct exchange *);
/* Gives one frame to the upstream's adapter. */
int relay_rx(struct exchange *, const struct cp_frame *);
/* The JSON with broken UTF-8 replaced by U+FFFD, until the next call; absent if it is no JSON then either. */
struct cp_str relay_mend(struct exchange *, struct cp_str json);
/* Tells a tape that is all there as a stream. */
enum step relay_unfold(struct exchange *, struct cp_tape *);
/* Decodes a whole answer and tells it as the client wants it.  Fails the attempt with STEP_RETRY. */
enum step relay_tell_whole(struct exchange *, struct cp_str body);

#endif
