/* SPDX-License-Identifier: MIT */
/*
 * check - what a snapshot must keep as a whole: trust, and values that depend on each other.
 */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

struct conf;
struct conf_report;
struct node;

/*
 * root: where the values come from.  A listener that is not loopback needs an access key of 16 characters or more that is not the
 * well-known default; on loopback that is a warning only.
 */
void check_conf(const struct conf *, const struct node *root, struct conf_report *);

#endif
