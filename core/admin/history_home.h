/* SPDX-License-Identifier: MIT */
/*
 * history_home - which channel and key of ours served a request that the predecessor tells of.
 */
#ifndef ADMIN_HISTORY_HOME_H
#define ADMIN_HISTORY_HOME_H

struct conf;
struct cp_record;

/*
 * The predecessor names a base URL and a mask of the key; where a channel has both, its id and the key's id take their
 * places.  What nobody has any more stays as it is.  Texts are lent by conf.
 */
void history_home(const struct conf *, struct cp_record *);

#endif
