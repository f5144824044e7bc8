/* SPDX-License-Identifier: MIT */
/*
 * first_key - the access key of a gateway that nobody has given one: made at the first start, shown once, kept.
 */
#ifndef MAIN_FIRST_KEY_H
#define MAIN_FIRST_KEY_H

struct conf;

/*
 * Says the key, or where it stands, on stderr; the key never, if stderr is the journal.  A new one is written to
 * state_dir/access-key, so that clients need not be told another one after each start.  Nothing if the key was configured.
 * Call it as the user that will serve.
 */
void first_key_tell(const struct conf *, int port);

#endif
