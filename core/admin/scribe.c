/* SPDX-License-Identifier: MIT */
/*
 * scribe - the thread behind the requests: it takes their records from the diary and tells the census, the numbers, the
 * news and the store.
 *
 *     diary --take--> census, numbers, news --wait--> store
 *
 * One turn of the loop: take what is there (waiting for it), write if it is time, one small step of retention.  The store
 * may fail at any of it; nothing else is held up then, because what it does not take stays on the desk, bounded.
 */
#include "admin/scribe_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/thread.h"
#include "conf/conf.h"
#include "plugin/guard.h"
#include "plugin/loader.h"
#include "state/diary.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

enum { TURN_MS = 1000, STEP_MS = 50, OWN_ENTRIES = 16, OWN_BYTES = 1 << 16 };

/* The snapshot that serves now, as the thread's own. */
static void scribe_look_conf(struct scribe *s)
{
    pthread_mutex_lock(&s->lock);
    struct conf *next = s->conf != s->now ? conf_ref(s->conf) : NULL;
    struct registry *plugins = next ? registry_ref(s->registry) : NULL;
    pthread_mutex_unlock(&s->lock);
    if (!next)
        return;
    conf_unref(s->now);
    s->now = next;
    desk_conf(s, plugins);
    registry_unref(plugins);
}

static bool scribe_is_closing(struct scribe *s, int64_t *left_ms)
{
    pthread_mutex_lock(&s->lock);
    bool is = s->is_closing;
    *left_ms = s->close_by_ms - clock_ms();
    pthread_mutex_unlock(&s->lock);
    return is;
}

static int64_t scribe_wait(const struct scribe *s)
{
    int64_t now = clock_ms(), wait = TURN_MS;
    int64_t due_ms = s->vault || s->retry_ms < s->flush_ms ? s->flush_ms : s->retry_ms;

    if (s->has_more || s->times_left)
        return STEP_MS;
    if (s->waiting_n && due_ms - now < wait)
        wait = due_ms - now;
    return wait > 0 ? wait : 1;
}

static void scribe_turn(struct scribe *s)
{
    scribe_look_conf(s);
    desk_take(s, scribe_wait(s));
    if (mirrors_wait(s) && desk_is_open(s))
        mirrors_tell(s);
    bool is_due = s->waiting_n >= SCRIBE_BATCH || s->has_more || s->times_left ||
                  clock_ms() >= s->flush_ms;
    if (is_due && desk_is_open(s)) {
        told_all(s);
        if (desk_write(s))
            told_imports(s);
        desk_retain(s);
    }
}

/* Written and closed; what the store did not take stays on the desk. */
static void scribe_lay_down(struct scribe *s)
{
    desk_take(s, 0);
    for (int i = 0; i < 2; i++)
        homes_write(s, &s->homes[i]);
    if (desk_is_open(s))
        (void)desk_write(s); /* what is left is offered again at the end */
    desk_close(s);
}

/* Returns when it goes on, or is to end.  The diary is somebody else's meanwhile. */
static void scribe_rest(struct scribe *s)
{
    pthread_mutex_lock(&s->lock);
    bool is_asked = s->is_to_park;
    pthread_mutex_unlock(&s->lock);
    if (!is_asked)
        return;
    scribe_lay_down(s);
    pthread_mutex_lock(&s->lock);
    s->is_parked = true;
    pthread_cond_broadcast(&s->told);
    while (s->is_to_park && !s->is_closing)
        pthread_cond_wait(&s->told, &s->lock);
    s->is_parked = s->is_to_park;
    pthread_mutex_unlock(&s->lock);
}

bool scribe_park(struct scribe *s, int64_t most_ms)
{
    struct timespec until;

    if (!s)
        return true;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (most_ms + 999) / 1000;
    pthread_mutex_lock(&s->lock);
    s->is_to_park = true;
    pthread_mutex_unlock(&s->lock);
    diary_wake(s->with.diary);
    pthread_mutex_lock(&s->lock);
    while (!s->is_parked)
        if (pthread_cond_timedwait(&s->told, &s->lock, &until))
            break;
    bool is_parked = s->is_parked;
    pthread_mutex_unlock(&s->lock);
    return is_parked;
}

void scribe_go_on(struct scribe *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->is_to_park = false;
    pthread_cond_broadcast(&s->told);
    pthread_mutex_unlock(&s->lock);
}

/* What is waiting, as long as there is time. */
static void scribe_end(struct scribe *s)
{
    int64_t left;

    if (!s->is_parked) {
        desk_take(s, 0);
        for (int i = 0; i < 2; i++)
            homes_write(s, &s->homes[i]);
    }
    while (scribe_is_closing(s, &left) && left > 0) {
        s->retry_ms = 0;
        if (!s->depot || (s->is_parked && !s->waiting_n) || (desk_is_open(s) && desk_write(s)))
            break;
        struct timespec pause = { 0, STEP_MS * 1000000 };
        nanosleep(&pause, NULL);
    }
    desk_close(s);
    desk_drop(s);
}

static void *scribe_run(void *arg)
{
    struct scribe *s = arg;
    int64_t left;

    prctl(PR_SET_NAME, "scribe");
    guard_thread();
    scribe_look_conf(s);
    bool is_open = desk_is_open(s);
    pthread_mutex_lock(&s->lock);
    s->is_told = true;
    pthread_cond_broadcast(&s->told);
    pthread_mutex_unlock(&s->lock);
    if (is_open)
        told_all(s);
    while (!scribe_is_closing(s, &left)) {
        scribe_turn(s);
        scribe_rest(s);
    }
    scribe_end(s);
    return NULL;
}

static void scribe_free(struct scribe *s)
{
    reader_close(s);
    things_drop(s);
    mirrors_free(s);
    conf_unref(s->now);
    conf_unref(s->conf);
    depot_unref(s->depot);
    registry_unref(s->registry);
    diary_free(s->own_diary);
    pthread_cond_destroy(&s->told);
    pthread_mutex_destroy(&s->reading);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static struct scribe *scribe_new(const struct scribe_config *with, const struct conf *conf)
{
    struct scribe *s = mem_new(1, sizeof(*s));
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->told, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->reading, NULL);
    list_init(&s->imports);
    list_init(&s->things);
    list_init(&s->waiting);
    s->with = *with;
    if (!with->diary)
        s->with.diary = s->own_diary = diary_new(OWN_ENTRIES, OWN_BYTES);
    s->homes[0] = (struct homes){ .table = with->homes, .bucket = "homes" };
    s->homes[1] = (struct homes){ .table = with->seals, .bucket = "seals" };
    s->conf = conf_ref((struct conf *)(uintptr_t)conf);
    s->registry = with->registry ? registry_ref(with->registry) : registry_new();
    s->state.records = s->state.bytes = -1;
    s->started_wall_ms = clock_wall_ms();
    return s;
}

int scribe_open(struct scribe **out, const struct scribe_config *with, const struct conf *conf,
                struct err *err)
{
    struct scribe *s = scribe_new(with, conf);

    scribe_look_conf(s); /* who asks from now on finds the store */
    int rc = pthread_create(&s->thread, NULL, scribe_run, s);

    if (rc) {
        errno = rc;
        scribe_free(s);
        return err_set(err, E_IO, "scribe", "no thread: %s", strerror(rc));
    }
    *out = s;
    return 0;
}

void scribe_set_conf(struct scribe *s, const struct conf *conf, struct registry *plugins)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    struct conf *before = s->conf;
    struct registry *plugins_before = s->registry;
    s->conf = conf_ref((struct conf *)(uintptr_t)conf);
    s->registry = registry_ref(plugins);
    pthread_mutex_unlock(&s->lock);
    conf_unref(before);
    registry_unref(plugins_before);
    diary_wake(s->with.diary);
}

/* A store that hangs in a call is left behind, with all it holds: a process that ends must end. */
bool scribe_stop(struct scribe *s, int64_t most_ms)
{
    if (!s || s->is_stopped)
        return true;
    pthread_mutex_lock(&s->lock);
    s->is_closing = true;
    s->close_by_ms = clock_ms() + most_ms;
    pthread_cond_broadcast(&s->told);
    pthread_mutex_unlock(&s->lock);
    diary_wake(s->with.diary);
    s->is_stopped = thread_join(s->thread, most_ms + 2000);
    if (!s->is_stopped)
        log_msg(CP_LOG_ERROR, "the store of history does not come back; what waited is lost");
    return s->is_stopped;
}

void scribe_close(struct scribe *s, int64_t most_ms)
{
    if (s && scribe_stop(s, most_ms))
        scribe_free(s);
}

void scribe_look(struct scribe *s, struct scribe_state *out)
{
    *out = (struct scribe_state){ .records = -1, .bytes = -1 };
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    *out = s->state;
    pthread_mutex_unlock(&s->lock);
    out->lost += diary_lost(s->with.diary);
    out->waiting += diary_waiting(s->with.diary);
}
