/* SPDX-License-Identifier: MIT */
/*
 * numbers_process - what the kernel says of this process, under the names that every Prometheus client uses.
 *
 * What cannot be read is left out: a metric that is missing can be alerted on, one that lies cannot.
 */
#include "admin/numbers_private.h"
#include "base/folder.h"
#include "base/str.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const struct metric cpu = { "process_cpu_seconds", METRIC_COUNTER, "seconds",
                                   "Total user and system CPU time spent in seconds." };
static const struct metric open_fds = { "process_open_fds", METRIC_GAUGE, NULL,
                                        "Number of open file descriptors." };
static const struct metric max_fds = { "process_max_fds", METRIC_GAUGE, NULL,
                                       "Maximum number of open file descriptors." };
static const struct metric resident = { "process_resident_memory_bytes", METRIC_GAUGE, "bytes",
                                        "Resident memory size in bytes." };
static const struct metric mapped = { "process_virtual_memory_bytes", METRIC_GAUGE, "bytes",
                                      "Virtual memory size in bytes." };
static const struct metric threads = { "process_threads", METRIC_GAUGE, NULL,
                                       "Number of threads." };
static const struct metric start = { "process_start_time_seconds", METRIC_GAUGE, "seconds",
                                     "Start time of the process since unix epoch in seconds." };

static void write_cpu(const struct sheet *s)
{
    struct rusage u;

    if (getrusage(RUSAGE_SELF, &u))
        return;
    int64_t us = (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) +
                 u.ru_utime.tv_usec + u.ru_stime.tv_usec;
    sheet_head(s, &cpu);
    sheet_fraction(s, &cpu, "_total", STR_NONE, us, 6);
}

static void write_fds(const struct sheet *s)
{
    DIR *dir = folder_open("/proc/self/fd");
    struct rlimit limit;
    int64_t n = -3; /* ".", ".." and the folder itself */

    while (dir && readdir(dir))
        n++;
    if (dir) {
        closedir(dir);
        sheet_one(s, &open_fds, n);
    }
    if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur != RLIM_INFINITY)
        sheet_one(s, &max_fds, (int64_t)limit.rlim_cur);
}

/* source: proc(5), /proc/[pid]/stat: 20 num_threads, 22 starttime (ticks since boot), 23 vsize, 24 rss (pages); the
 * name in parentheses may have any byte in it */
static bool process_stat(long long *threads_n, long long *ticks, long long *bytes,
                         long long *pages)
{
    char text[1024];
    FILE *f = fopen("/proc/self/stat", "re");
    size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

    if (f)
        fclose(f);
    text[n] = '\0';
    char *rest = strrchr(text, ')');
    return rest && sscanf(rest + 1,
                          " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
                          "%*d %lld %*d %lld %lld %lld",
                          threads_n, ticks, bytes, pages) == 4;
}

static void write_start(const struct sheet *s, long long ticks)
{
    struct timespec boot, wall;
    long hertz = sysconf(_SC_CLK_TCK);

    if (hertz <= 0 || clock_gettime(CLOCK_BOOTTIME, &boot) ||
        clock_gettime(CLOCK_REALTIME, &wall))
        return;
    int64_t since_boot_ms = boot.tv_sec * INT64_C(1000) + boot.tv_nsec / 1000000;
    int64_t wall_ms = wall.tv_sec * INT64_C(1000) + wall.tv_nsec / 1000000;
    sheet_head(s, &start);
    sheet_fraction(s, &start, "", STR_NONE, wall_ms - since_boot_ms + ticks * 1000 / hertz, 3);
}

void numbers_write_process(const struct sheet *s)
{
    long long threads_n, ticks, bytes, pages;

    write_cpu(s);
    write_fds(s);
    if (!process_stat(&threads_n, &ticks, &bytes, &pages))
        return;
    sheet_one(s, &resident, pages * sysconf(_SC_PAGESIZE));
    sheet_one(s, &mapped, bytes);
    sheet_one(s, &threads, threads_n);
    write_start(s, ticks);
}
