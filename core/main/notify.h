/* SPDX-License-Identifier: MIT */
/*
 * notify - tell systemd how we are; nothing happens without it.
 */
#ifndef MAIN_NOTIFY_H
#define MAIN_NOTIFY_H

#include <stdint.h>

void notify_ready(const char *status);
void notify_reloading(void);
/* Another process is the service from now on.  It need not be allowed to say so itself. */
void notify_successor(long pid);
void notify_stopping(const char *status);
void notify_status(const char *status); /* how it goes, for who asks systemctl */
/* How often it must hear that we live; 0: it does not ask. */
int64_t notify_watchdog_ms(void);
void notify_alive(void);

#endif
