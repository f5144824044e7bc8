/* SPDX-License-Identifier: MIT */
/*
 * import_history - the predecessor's metrics.db, sent to the gateway's history.
 */
#ifndef CTL_IMPORT_HISTORY_H
#define CTL_IMPORT_HISTORY_H

struct ctl;

/* What is in DIR/.config/metrics.db, if it is there; enum ctl_exit. */
int import_history(struct ctl *, const char *dir);

#endif
