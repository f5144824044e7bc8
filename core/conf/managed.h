/* SPDX-License-Identifier: MIT */
/*
 * managed - what the administration itself has written down, laid below what files, environment and command line say.
 *
 * state_dir/managed.conf is the current generation; state_dir/managed/00000017.conf keeps the seventeenth.  Each
 * begins with the group managed = { version = 1; generation = 17; when = "2026-11-23T12:00:00Z"; who = "..."; what = "..."; },
 * which belongs to who writes the file (admin/steward.h) and is no option.  Such a file never keeps the gateway from
 * starting: a member that is not known is warned of and passed over, and of a file that cannot be used the newest kept
 * generation that can takes the place.
 */
#ifndef CONF_MANAGED_H
#define CONF_MANAGED_H

#include <stddef.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct arena;
struct build;
struct node;

#define MANAGED_FILE   "managed.conf"
#define MANAGED_FOLDER "managed"
#define MANAGED_HEAD   "managed"
enum { MANAGED_VERSION = 1 };

/* generation 0: the current one.  In the arena, NUL-terminated. */
struct cp_str managed_path(struct arena *, struct cp_str state_dir, uint64_t generation);
/* The files there are, the current one first, then the kept ones, newest first. */
struct cp_str *managed_list(struct arena *, struct cp_str state_dir, size_t *n);
/*
 * Reads text, drops what it cannot mean, and lays the rest below root: of lists what root has no twin of, of settings
 * what root does not say.  Each that a file outranks is remarked with both places.
 *
 * returns  0 or E_CONFIG: text is no configuration, and root is as it was
 */
int managed_merge(struct build *, struct cp_str file, struct cp_str text, struct node *root);

#endif
