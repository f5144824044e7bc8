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

struct sample;

/* All of them, each told to the sample's report. */
void laws_check(struct sample *);

#endif
