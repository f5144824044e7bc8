/* SPDX-License-Identifier: MIT */
/*
 * gatehouse - who may come in to the administration: who has the access key.
 */
#ifndef ADMIN_GATEHOUSE_H
#define ADMIN_GATEHOUSE_H

struct conf;
struct request;

/*
 * The key comes as x-api-key, Authorization: Bearer or x-goog-api-key, never in the address, where logs and histories keep
 * it.
 *
 * why      a sentence for who is not let in; static
 * returns  0: come in; 401, 403
 */
int gatehouse_check(const struct conf *, const struct request *, const char **why);

#endif
