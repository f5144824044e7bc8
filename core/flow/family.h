/* SPDX-License-Identifier: MIT */
/*
 * family - names of client APIs in the configuration, held against those that adapters have.
 */
#ifndef FLOW_FAMILY_H
#define FLOW_FAMILY_H

struct conf;
struct conf_report;
struct registry;

/* Complains of names that no adapter has: an error for an active channel, which would never serve. */
void family_check(const struct conf *, const struct registry *, struct conf_report *);

#endif
