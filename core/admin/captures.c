/* SPDX-License-Identifier: MIT */
/*
 * captures - requests that administrators want to see whole for a while, in files below state_dir/captures.
 *
 * While there is a capture the thread looks at its end four times a second; else it sleeps.  A disk that is full ends a
 * capture, and is nobody else's matter.
 */
#include "admin/captures.h"

#include "admin/captures_private.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HALL_BYTES = 32 << 20, LOOK_MS = 250, KEEP_S = 7 * 24 * 3600, LINE_BYTES = 64 << 20 };

struct running {
    bool is_used, is_stopped;
    int fd;
    struct capture_rules rules;
    struct capture_state state;
    uint64_t ended; /* requests whose last piece is written */
};

struct captures {
    struct capture_hall *hall;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t over;
    struct running at[CAPTURES_MOST]; /* by their places in the hall */
    bool is_closing;
    char dir[4000]; /* "": there is none */
};

/* ---- one capture, under the lock ---- */

static bool running_write(struct running *r, struct cp_str text)
{
    for (size_t at = 0; at < text.n;) {
        ssize_t n = write(r->fd, text.p + at, text.n - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    r->state.bytes += text.n;
    return true;
}

static void running_log(const struct running *r, const char *event, const char *what)
{
    const struct capture_state *s = &r->state;
    struct log_field f[] = {
        { "capture", LOG_STR, str_of(s->id), 0 },
        { "channel", LOG_STR, s->channel[0] ? str_of(s->channel) : STR_NONE, 0 },
        { "key", LOG_STR, s->client[0] ? str_of(s->client) : STR_NONE, 0 },
        { "cause", LOG_STR, s->why[0] ? str_of(s->why) : STR_NONE, 0 },
        { "file", LOG_STR, str_of(s->file), 0 },
    };

    log_record(CP_LOG_WARN, event, f, sizeof(f) / sizeof(*f), "%s", what);
}

static void running_tell_lost(struct captures *c, int place)
{
    struct running *r = &c->at[place];
    uint64_t lost = capture_lost(c->hall, place);
    struct buf line;

    if (!lost)
        return;
    r->state.lost += lost;
    buf_init(&line, LINE_BYTES);
    captures_line_lost(lost, &line);
    (void)running_write(r, buf_str(&line));
    buf_fini(&line);
}

static void running_end(struct captures *c, int place, const char *why)
{
    struct running *r = &c->at[place];
    struct buf line;

    running_tell_lost(c, place);
    capture_finish(c->hall, place);
    snprintf(r->state.why, sizeof(r->state.why), "%s", why);
    buf_init(&line, LINE_BYTES);
    captures_line_over(&r->state, &line);
    (void)running_write(r, buf_str(&line));
    buf_fini(&line);
    close(r->fd);
    r->is_used = false;
    running_log(r, "capture_ended", "requests are no longer captured");
    pthread_cond_broadcast(&c->over);
}

/* NULL: it goes on. */
static const char *running_is_over(struct captures *c, int place)
{
    struct running *r = &c->at[place];

    if (r->is_stopped)
        return "stopped";
    if (c->is_closing)
        return "the gateway ended";
    if (clock_ms() >= r->rules.end_ms)
        return "time";
    if (r->state.bytes >= r->rules.file_bytes)
        return "bytes";
    if (!capture_left(c->hall, place) && r->ended >= r->rules.requests)
        return "requests";
    return NULL;
}

/* bare: the line without its body. */
static void running_take(struct captures *c, int place, const struct capture_piece *p,
                         struct cp_str line, struct cp_str bare)
{
    struct running *r = &c->at[place];

    if (!r->is_used || !capture_is_of(c->hall, &p->who, place) ||
        r->state.bytes >= r->rules.file_bytes)
        return;
    r->state.requests += p->what == CAPTURE_CLIENT_REQUEST;
    r->ended += p->what == CAPTURE_END;
    if (!running_write(r, r->rules.has_bodies ? line : bare))
        running_end(c, place, strerror(errno));
}

/* ---- the thread ---- */

static void take_piece(struct captures *c, const struct capture_piece *p)
{
    struct capture_piece head = *p;
    struct buf line, bare;

    head.body = STR_NONE;
    buf_init(&line, LINE_BYTES);
    buf_init(&bare, LINE_BYTES);
    captures_line(p, &line); /* without the lock: this is the work */
    if (p->what != CAPTURE_UPSTREAM_DATA && p->what != CAPTURE_CLIENT_DATA)
        captures_line(&head, &bare);
    pthread_mutex_lock(&c->lock);
    for (int i = 0; !buf_failed(&line) && i < CAPTURES_MOST; i++)
        running_take(c, i, p, buf_str(&line), buf_str(&bare));
    pthread_mutex_unlock(&c->lock);
    buf_fini(&line);
    buf_fini(&bare);
}

/* How long to sleep: while there is a capture, not long. */
static int64_t look(struct captures *c, bool *is_closing)
{
    int64_t wait_ms = -1;

    pthread_mutex_lock(&c->lock);
    for (int i = 0; i < CAPTURES_MOST; i++) {
        if (!c->at[i].is_used)
            continue;
        running_tell_lost(c, i);
        const char *why = running_is_over(c, i);
        if (why)
            running_end(c, i, why);
        else
            wait_ms = LOOK_MS;
    }
    *is_closing = c->is_closing;
    pthread_mutex_unlock(&c->lock);
    return wait_ms;
}

static void *captures_run(void *arg)
{
    struct captures *c = arg;
    struct link entries;
    bool is_closing = false;
    int64_t wait_ms = -1;

    prctl(PR_SET_NAME, "captures");
    list_init(&entries);
    while (!is_closing) {
        capture_take(c->hall, &entries, wait_ms);
        while (!list_empty(&entries)) {
            struct capture_entry *e = LIST_ENTRY(entries.next, struct capture_entry, link);
            list_remove(&e->link);
            take_piece(c, &e->piece);
            capture_entry_free(e);
        }
        wait_ms = look(c, &is_closing);
    }
    return NULL;
}

/* ---- from outside ---- */

int captures_open(struct captures **out, struct cp_str dir, struct err *err)
{
    struct captures *c = mem_new(1, sizeof(*c));

    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->over, NULL);
    c->hall = capture_hall_new(HALL_BYTES);
    if (dir.n && dir.n < sizeof(c->dir) - 16)
        snprintf(c->dir, sizeof(c->dir), "%.*s/captures", STR_FMT(dir));
    captures_sweep(c->dir, KEEP_S);
    int rc = pthread_create(&c->thread, NULL, captures_run, c);
    if (rc) {
        capture_hall_free(c->hall);
        free(c);
        return err_set(err, E_IO, "captures", "no thread: %s", strerror(rc));
    }
    *out = c;
    return 0;
}

void captures_close(struct captures *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    c->is_closing = true;
    pthread_mutex_unlock(&c->lock);
    capture_wake(c->hall);
    pthread_join(c->thread, NULL);
    capture_hall_free(c->hall);
    pthread_cond_destroy(&c->over);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

struct capture_hall *captures_hall(struct captures *c)
{
    return c->hall;
}

static void state_begin(const struct captures *c, const struct capture_rules *rules,
                        int64_t for_ms, struct capture_state *s)
{
    uint32_t random;
    char when[20];
    struct tm tm;

    *s = (struct capture_state){ .has_bodies = rules->has_bodies,
                                 .from_ms = clock_wall_ms(),
                                 .until_ms = clock_wall_ms() + for_ms };
    time_t now = (time_t)(s->from_ms / 1000);
    hash_random(&random, sizeof(random));
    gmtime_r(&now, &tm);
    strftime(when, sizeof(when), "%Y%m%dT%H%M%S", &tm);
    snprintf(s->id, sizeof(s->id), "%s-%08x", when, random);
    snprintf(s->file, sizeof(s->file), "%s/%s.jsonl", c->dir, s->id);
    snprintf(s->channel, sizeof(s->channel), "%.*s", STR_FMT(rules->channel));
    snprintf(s->client, sizeof(s->client), "%.*s", STR_FMT(rules->client));
}

static int file_begin(const struct captures *c, struct running *r, struct err *err)
{
    struct buf line;

    if (mkdir(c->dir, 0700) < 0 && errno != EEXIST)
        return err_set(err, E_IO, c->dir, "%s", strerror(errno));
    r->fd = open(r->state.file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (r->fd < 0)
        return err_set(err, E_IO, r->state.file, "%s", strerror(errno));
    buf_init(&line, LINE_BYTES);
    captures_line_begin(&r->state, &line);
    bool is_written = running_write(r, buf_str(&line));
    buf_fini(&line);
    if (is_written)
        return 0;
    err_set(err, E_LIMIT, r->state.file, "%s", strerror(errno));
    close(r->fd);
    (void)unlink(r->state.file);
    return E_LIMIT;
}

/* Under the lock: nobody looks at the place before it is filled. */
static int captures_place(struct captures *c, const struct running *r, struct err *err)
{
    int place = c->is_closing ? -1 : capture_begin(c->hall, &r->rules);

    if (place < 0)
        return err_set(err, E_AGAIN, "",
                       "there are %d captures already: stop one, or wait for its end",
                       CAPTURES_MOST);
    c->at[place] = *r;
    c->at[place].is_used = true;
    return 0;
}

int captures_start(struct captures *c, const struct capture_rules *rules, int64_t for_ms,
                   struct capture_state *out, struct err *err)
{
    struct running r = { .rules = *rules };

    if (!c->dir[0])
        return err_set(err, E_UNSUPPORTED, "state_dir", "there is no folder for captures");
    r.rules.end_ms = clock_ms() + for_ms;
    state_begin(c, rules, for_ms, &r.state);
    int rc = file_begin(c, &r, err);
    if (rc)
        return rc;
    pthread_mutex_lock(&c->lock);
    rc = captures_place(c, &r, err);
    pthread_mutex_unlock(&c->lock);
    if (rc) {
        close(r.fd);
        (void)unlink(r.state.file);
        return rc;
    }
    running_log(&r, "capture_begun", "requests are captured");
    capture_wake(c->hall);
    *out = r.state;
    return 0;
}

/* Under the lock. */
static struct running *running_find(struct captures *c, struct cp_str id)
{
    for (int i = 0; i < CAPTURES_MOST; i++)
        if (c->at[i].is_used && str_is(id, c->at[i].state.id))
            return &c->at[i];
    return NULL;
}

/* What is known of one that runs is more than what stands in its file. */
static void running_look(struct captures *c, struct capture_state *s)
{
    pthread_mutex_lock(&c->lock);
    struct running *r = running_find(c, str_of(s->id));
    if (r)
        *s = r->state;
    pthread_mutex_unlock(&c->lock);
}

uint32_t captures_list(struct captures *c, struct capture_state *out, uint32_t most)
{
    uint32_t n = captures_scan(c->dir, out, most);

    for (uint32_t i = 0; i < n; i++)
        running_look(c, &out[i]);
    return n;
}

bool captures_find(struct captures *c, struct cp_str id, struct capture_state *out)
{
    if (!captures_read(c->dir, id, out))
        return false;
    running_look(c, out);
    return true;
}

bool captures_stop(struct captures *c, struct cp_str id)
{
    bool was_running = false;
    struct running *r;

    pthread_mutex_lock(&c->lock);
    while ((r = running_find(c, id)) && !c->is_closing) {
        r->is_stopped = was_running = true;
        capture_wake(c->hall);
        pthread_cond_wait(&c->over, &c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return was_running;
}
