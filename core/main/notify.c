/* SPDX-License-Identifier: MIT */
/*
 * notify - tell systemd how we are; nothing happens without it.
 */
#include "main/notify.h"

#if HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include <stdint.h>
#include <time.h>

void notify_ready(const char *status)
{
#if HAVE_SYSTEMD
    (void)sd_notifyf(0, "READY=1\nSTATUS=%s",
                     status); /* without a supervisor there is nobody to tell */
#else
    (void)status;
#endif
}

/* source: sd_notify(3), systemd 253: RELOADING wants the monotonic time, older ones ignore it */
void notify_reloading(void)
{
#if HAVE_SYSTEMD
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
                     (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
#endif
}

void notify_successor(long pid)
{
#if HAVE_SYSTEMD
    (void)sd_notifyf(0, "MAINPID=%ld\nREADY=1\nSTATUS=running", pid);
#else
    (void)pid;
#endif
}

void notify_stopping(const char *status)
{
#if HAVE_SYSTEMD
    (void)sd_notifyf(0, "STOPPING=1\nSTATUS=%s", status);
#else
    (void)status;
#endif
}

void notify_status(const char *status)
{
#if HAVE_SYSTEMD
    (void)sd_notifyf(0, "STATUS=%s", status);
#else
    (void)status;
#endif
}

/* source: sd_watchdog_enabled(3), systemd 252: asked is the process whose number WATCHDOG_PID has */
int64_t notify_watchdog_ms(void)
{
#if HAVE_SYSTEMD
    uint64_t us = 0;
    return sd_watchdog_enabled(0, &us) > 0 ? (int64_t)(us / 1000) : 0;
#else
    return 0;
#endif
}

void notify_alive(void)
{
#if HAVE_SYSTEMD
    (void)sd_notify(0, "WATCHDOG=1"); /* once lost is no harm: it comes again in time */
#endif
}
