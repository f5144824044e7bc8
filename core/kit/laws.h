/* SPDX-License-Identifier: MIT */
/*
 * laws - what must hold for every dialect and every golden input, whatever the dialect is.
 *
 *     tape     the input decodes to the golden tape (or is refused as NAME.PHASE.refused says)
 *     law 1    what the dialect writes for that tape decodes to the same tape, if it speaks all of its kinds
 *     law 2    a stream cut anywhere, or fed byte by byte, gives the same tape
 *     truth    a stream that was cut off after any event is told as cut off
 *     others   every other dialect refuses the tape, or writes what its own decoder takes
 */
#ifndef KIT_LAWS_H
#define KIT_LAWS_H

#include <stdint.h>

struct buf;
struct cp_tape;
struct drive;
struct sample;

/*
 * A tape as text in the form in which tapes are compared: pieces joined, meters at nought and ids that are places left out.
 *
 * but  CP_BIT()s of kinds that are left out, too
 */
void laws_canonical(struct drive *, const struct cp_tape *, uint64_t but, struct buf *out);
/* All of them, each told to the sample's report. */
void laws_check(struct sample *);

#endif
