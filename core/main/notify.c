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
