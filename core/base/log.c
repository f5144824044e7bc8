/* SPDX-License-Identifier: MIT */
/*
 * log - one record an event: a message and key=value fields, to text, JSON lines or journald.
 *
 * The worker that logs spells the record (base/log_line) and puts it into the ring under a lock
 * held for a few instructions; one writer thread takes the whole ring at once and writes it.  The
 * writer sleeps on a semaphore, because a signal handler may post one: log_reopen() needs no more.
 * Woken, it lets a few milliseconds of records gather: a worker then wakes it a hundred times a
 * second and not once for each request, which cost more than all the spelling.
 *
 *     workers -> ring (LOG_RING records, else dropped += 1) -> writer -> file | stderr | journal
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/hide.h"
#include "base/journal.h"
#include "base/log_level.h"
#include "base/log_line.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LOG_RING = 4096, LOG_BATCH_BYTES = 65536, LOG_PATIENCE_S = 3, LOG_GATHER_MS = 5 };

struct log_slot {
    char *line; /* heap */
    size_t n;
};

struct log_ring {
    pthread_mutex_t lock;
    struct log_slot slots[LOG_RING];
    size_t first, count;
    bool open; /* records go into the ring */
    bool closing;
};

/* The writer's alone, but for what log_open() sets before it starts. */
struct log_sink {
    atomic_int form; /* enum log_form */
    char *path;      /* NULL: stderr */
    int fd;
    uint64_t reported; /* drops told of */
    uint64_t telling;  /* of them, those that the batch tells of */
    bool is_failing;   /* the last batch was not taken */
    bool is_torn;      /* and it ended in the middle of a line */
    char batch[LOG_BATCH_BYTES];
    size_t batch_n, batch_records;
};

static struct log_ring ring = { .lock = PTHREAD_MUTEX_INITIALIZER };
static struct log_sink sink = { .form = LOG_TEXT, .fd = -1 };
static pthread_t writer;
static sem_t work;
static atomic_bool work_ready, reopen_wanted, writer_stuck;
static _Atomic uint64_t dropped, written;
static const struct log_tap *_Atomic tap;
static atomic_uint tap_users;

/* How many of them were taken. */
static size_t write_all(int fd, const char *p, size_t n)
{
    size_t at = 0;
    while (at < n) {
        ssize_t done = write(fd, p + at, n - at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno == EAGAIN) {
            /* stderr may be a terminal or pipe that someone else made non-blocking */
            nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
            continue;
        }
        if (done <= 0)
            break;
        at += (size_t)done;
        atomic_fetch_add(&written, (uint64_t)done);
    }
    return at;
}

/* A disk that is full takes half a line: what comes next begins on one of its own. */
static void sink_flush(void)
{
    size_t n = sink.batch_n, taken = 0;
    if (!n)
        return;
    if (!sink.is_torn || write_all(sink.fd, "\n", 1) == 1) {
        taken = write_all(sink.fd, sink.batch, n);
        sink.is_torn = taken && sink.batch[taken - 1] != '\n';
    }
    sink.is_failing = taken < n;
    if (sink.is_failing) {
        for (size_t i = 0; i < taken; i++)
            sink.batch_records -= sink.batch[i] == '\n';
        /* that some were dropped is no record of anybody's, and is told again */
        atomic_fetch_add(&dropped, sink.batch_records - (sink.telling != 0));
        sink.reported -= sink.telling;
    }
    sink.telling = 0;
    sink.batch_n = sink.batch_records = 0;
}

static void sink_journal(struct cp_str lines)
{
    struct cp_str fields[JOURNAL_FIELDS], field;
    size_t n = 0;
    while (str_split(&lines, '\n', &field) && lines.p && n < JOURNAL_FIELDS)
        fields[n++] = field;
    sink.is_failing = journal_send(fields, n) < 0;
    if (sink.is_failing && sink.telling)
        sink.reported -= sink.telling;
    else if (sink.is_failing)
        atomic_fetch_add(&dropped, 1);
    sink.telling = 0;
    atomic_fetch_add(&written, 1);
}

static void sink_put(struct cp_str line)
{
    if (sink.form == LOG_JOURNAL) {
        sink_journal(line);
        return;
    }
    if (line.n > sizeof(sink.batch) - sink.batch_n)
        sink_flush();
    memcpy(sink.batch + sink.batch_n, line.p, line.n);
    sink.batch_n += line.n;
    sink.batch_records++;
}

/* Once it flows again: nobody reads it before. */
static void sink_report_drops(void)
{
    uint64_t now = atomic_load(&dropped);
    if (now == sink.reported || sink.is_failing)
        return;
    char text[64], line[LOG_LINE_BYTES];
    int n = snprintf(text, sizeof(text), "%llu records dropped",
                     (unsigned long long)(now - sink.reported));
    struct log_event e = { .level = CP_LOG_WARN,
                           .wall_us = clock_wall_us(),
                           .event = "log",
                           .msg = str_n(text, (size_t)n) };
    size_t line_n = log_line_write((enum log_form)atomic_load(&sink.form), &e, line);
    if (line_n > sizeof(sink.batch) - sink.batch_n)
        sink_flush();
    sink.telling = now - sink.reported;
    sink.reported = now;
    sink_put(str_n(line, line_n));
    sink_flush();
}

/* A pipe whose reader has not come yet holds up neither the start nor, later, anybody but the writer. */
static int sink_open_file(const char *path)
{
    const int how = O_CREAT | O_APPEND | O_CLOEXEC;
    int fd = open(path, O_WRONLY | O_NONBLOCK | how, 0600);
    if (fd < 0 && errno == ENXIO)
        fd = open(path, O_RDWR | O_NONBLOCK | how, 0600);
    if (fd >= 0)
        (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
}

static void sink_close(void)
{
    if (sink.path)
        close(sink.fd);
    free(sink.path);
    sink.path = NULL;
    sink.fd = -1;
}

static void sink_reopen(void)
{
    if (!atomic_exchange(&reopen_wanted, false) || !sink.path)
        return;
    int fd = sink_open_file(sink.path);
    if (fd < 0) {
        /* the old file, even if renamed, is better than none */
        log_msg(CP_LOG_ERROR, "%s: cannot reopen: %s", sink.path, strerror(errno));
        return;
    }
    close(sink.fd);
    sink.fd = fd;
}

/* Takes all that is queued; false when there is nothing and never will be. */
static bool writer_take(struct log_slot *slots, size_t *n)
{
    pthread_mutex_lock(&ring.lock);
    *n = ring.count;
    for (size_t i = 0; i < ring.count; i++)
        slots[i] = ring.slots[(ring.first + i) % LOG_RING];
    ring.first = ring.count = 0;
    bool more = *n > 0 || !ring.closing;
    pthread_mutex_unlock(&ring.lock);
    return more;
}

static void writer_gather(void)
{
    pthread_mutex_lock(&ring.lock);
    bool is_urgent = ring.closing || ring.count > LOG_RING / 2;
    pthread_mutex_unlock(&ring.lock);
    if (!is_urgent)
        nanosleep(&(struct timespec){ .tv_nsec = LOG_GATHER_MS * 1000000L }, NULL);
}

/* Until there is work, or a level that was set for a while ends.  EINTR: look again, nothing lost. */
static void writer_wait(void)
{
    int64_t end_ms = log_level_end_ms();
    struct timespec until = { end_ms / 1000, end_ms % 1000 * 1000000 };
    int rc = end_ms ? sem_clockwait(&work, CLOCK_MONOTONIC, &until) : sem_wait(&work);
    if (rc == 0)
        writer_gather();
    if (log_level_turn())
        log_record(CP_LOG_INFO, "level", NULL, 0, "the log's level is %s again",
                   log_level_name(log_level_now()));
}

static void writer_write(struct log_slot *slots, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sink_put(str_n(slots[i].line, slots[i].n));
        free(slots[i].line);
    }
    if (sink.form != LOG_JOURNAL)
        sink_flush();
    sink_report_drops();
}

static void *writer_run(void *arg)
{
    struct log_slot *slots = arg;
    size_t n;
    while (writer_take(slots, &n)) {
        sink_reopen();
        writer_write(slots, n);
        if (n == 0)
            writer_wait();
    }
    writer_write(slots, 0);
    free(slots);
    return NULL;
}

/* Signals belong to the threads that expect them; a closed pipe is an EPIPE here. */
static int writer_start(void)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    struct log_slot *slots = mem_new(LOG_RING, sizeof(*slots));
    int rc = pthread_create(&writer, NULL, writer_run, slots);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc) {
        free(slots);
        errno = rc;
        return E_IO;
    }
    return 0;
}

static enum log_form form_choose(enum log_form form, bool has_path)
{
    if (form != LOG_AUTO)
        return form;
    if (has_path)
        return LOG_ACCESS;
    return journal_is_built() && journal_is_stderr() ? LOG_JOURNAL : LOG_TEXT;
}

int log_open(enum log_form form, const char *path, int level)
{
    bool has_path = path && path[0];
    pthread_mutex_lock(&ring.lock);
    bool is_open = ring.open;
    pthread_mutex_unlock(&ring.lock);
    if (is_open || atomic_load(&writer_stuck))
        return E_BUG;
    form = form_choose(form, has_path);
    if (form == LOG_JOURNAL && !journal_is_built())
        return E_UNSUPPORTED;
    if (!atomic_load(&work_ready) && sem_init(&work, 0, 0) < 0)
        return E_IO;
    atomic_store(&work_ready, true);

    sink.fd = has_path ? sink_open_file(path) : STDERR_FILENO;
    if (sink.fd < 0)
        return E_IO;
    sink.path = has_path ? mem_dup(path, strlen(path)) : NULL;
    atomic_store(&sink.form, (int)form);
    sink.reported = atomic_load(&dropped);
    log_level(level);
    pthread_mutex_lock(&ring.lock); /* who logs meanwhile looks at the ring, too */
    ring.closing = false;
    pthread_mutex_unlock(&ring.lock);
    int rc = writer_start();
    if (rc) {
        sink_close();
        return rc;
    }
    pthread_mutex_lock(&ring.lock);
    ring.open = true;
    pthread_mutex_unlock(&ring.lock);
    return 0;
}

/* Waits for the writer as long as it gets on. */
static bool writer_join(void)
{
    for (int quiet_s = 0; quiet_s < LOG_PATIENCE_S; quiet_s++) {
        uint64_t before = atomic_load(&written);
        if (thread_join(writer, 1000))
            return true;
        if (atomic_load(&written) != before)
            quiet_s = -1;
    }
    return false;
}

void log_close(void)
{
    pthread_mutex_lock(&ring.lock);
    bool was_open = ring.open;
    ring.open = false;
    ring.closing = true;
    pthread_mutex_unlock(&ring.lock);
    if (!was_open)
        return;

    sem_post(&work);
    if (!writer_join()) {
        pthread_detach(writer);
        atomic_store(&writer_stuck, true);
        return;
    }
    sink_close();
}

void log_reopen(void)
{
    atomic_store(&reopen_wanted, true);
    log_wake();
}

void log_wake(void)
{
    if (atomic_load(&work_ready))
        sem_post(&work);
}

void log_tap(const struct log_tap *t)
{
    atomic_store(&tap, t);
    while (!t && atomic_load(&tap_users))
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

void log_hide(struct cp_str secret)
{
    hide_add(secret);
}

uint64_t log_dropped(void)
{
    return atomic_load(&dropped);
}

/* True if the record went into the ring or was counted as dropped; false: there is no ring. */
static bool ring_put(const char *line, size_t n)
{
    char *copy = mem_dup(line, n);
    pthread_mutex_lock(&ring.lock);
    bool open = ring.open, full = ring.count == LOG_RING;
    bool was_empty = ring.count == 0;
    if (open && !full)
        ring.slots[(ring.first + ring.count++) % LOG_RING] = (struct log_slot){ copy, n };
    pthread_mutex_unlock(&ring.lock);

    if (!open || full)
        free(copy);
    if (open && full)
        atomic_fetch_add(&dropped, 1);
    else if (open && was_empty)
        sem_post(&work);
    return open;
}

static void tap_tell(const struct log_event *e)
{
    char line[LOG_LINE_BYTES];
    if (!atomic_load_explicit(&tap, memory_order_relaxed))
        return;
    atomic_fetch_add(&tap_users, 1);
    const struct log_tap *t = atomic_load(&tap);
    if (t && t->is_wanted(t->ctx, e->level))
        t->tell(t->ctx, e->level, str_n(line, log_line_write(LOG_JSON, e, line) - 1));
    atomic_fetch_sub(&tap_users, 1);
}

static void log_event(struct log_event *, const char *fmt, va_list) CP_PRINTF(2, 0);

static void log_event(struct log_event *e, const char *fmt, va_list args)
{
    /* longer than what a line shows, so that no secret is cut before it was seen */
    char msg[LOG_LINE_BYTES / 2 + 1024], line[LOG_LINE_BYTES];
    if (fmt) {
        int n = vsnprintf(msg, sizeof(msg), fmt, args);
        size_t most = sizeof(msg) - 1;
        e->msg = str_n(msg, n < 0 ? 0 : ((size_t)n < most ? (size_t)n : most));
    }
    e->wall_us = clock_wall_us();
    tap_tell(e);
    size_t n = log_line_write((enum log_form)atomic_load(&sink.form), e, line);
    if (ring_put(line, n))
        return;
    n = log_line_write(LOG_TEXT, e, line);
    (void)write_all(STDERR_FILENO, line, n); /* there is nowhere left to complain */
}

void log_msg(int level, const char *fmt, ...)
{
    if (level > log_level_now())
        return;
    struct log_event e = { .level = level };
    va_list args;
    va_start(args, fmt);
    log_event(&e, fmt, args);
    va_end(args);
}

void log_record(int level, const char *event, const struct log_field *fields, size_t n,
                const char *fmt, ...)
{
    if (level > log_level_now())
        return;
    struct log_event e = { .level = level, .event = event, .fields = fields, .fields_n = n };
    va_list args;
    va_start(args, fmt);
    log_event(&e, fmt, args);
    va_end(args);
}
