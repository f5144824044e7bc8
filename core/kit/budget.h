/* SPDX-License-Identifier: MIT */
/*
 * budget - what an adapter does when the host has no more to give: items, bytes of text, memory, room for what it writes.
 */
#ifndef KIT_BUDGET_H
#define KIT_BUDGET_H

struct sample;

/* The sample again and again, each time with less of something; one check. */
void budget_check(struct sample *);

#endif
