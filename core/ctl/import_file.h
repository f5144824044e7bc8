/* SPDX-License-Identifier: MIT */
/*
 * import_file - the predecessor's folder as a configuration file, without a gateway.
 */
#ifndef CTL_IMPORT_FILE_H
#define CTL_IMPORT_FILE_H

#include <stdint.h>

struct tree;

/*
 * Converts here what POST /api/import would convert there.
 *
 * body    {"env", "config"} as for the API; lent
 * file    is made, 0600, and must not be there; NULL: nothing is written
 * answer  as the API's, the caller's; NULL after an error, which has been told
 */
int import_file(const struct tree *body, const char *file, int64_t wall_ms,
                struct tree **answer); /* enum ctl_exit */

#endif
