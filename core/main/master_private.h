/* SPDX-License-Identifier: MIT */
/*
 * master_private - what the main thread's own files share.
 *
 *   master.c           from the first line read to the last thing freed
 *   master_read.c      the configuration at the start
 *   master_plugins.c   the plugins, at the start and anew
 *   master_listen.c    listeners, their certificates, how many connections there may be
 *   master_keep.c      what is remembered: in memory, and in the state folder
 *   master_office.c    what the administration has at hand
 *   master_publish.c   a new snapshot goes to everybody; reloads
 *   master_upgrade.c   who asks for another process in this one's place
 *   master_heir.c      how it takes that place
 *   master_legacy.c    this process takes another one's place
 *   master_hand.c      what is handed from the one to the other
 *   master_signals.c   waiting, draining
 *   master_pulse.c     whether the workers answer
 *   master_greet.c     what is said to people: at the start, and as the service's status
 */
#ifndef MAIN_MASTER_PRIVATE_H
#define MAIN_MASTER_PRIVATE_H

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "admin/office.h"
#include "balance/roster.h"
#include "base/buf.h"
#include "base/err.h"
#include "loop/server.h"
#include "main/control.h"
#include "main/inherit.h"
#include "main/master.h"

struct cord;
struct conf;
struct conf_report;
struct health_file;
struct line_hall;
struct map;
struct panel;
struct parcel;
struct pulse;
struct ratio_table;
struct spend_file;
struct steward_result;
struct store;
struct tap;
struct trust;
struct worker;

enum { MASTER_WORKERS = 256, MASTER_LISTENERS = 8, MASTER_REPORT_BYTES = 1 << 20 };

struct master_listener {
    int fd;
    char address[64]; /* as it was configured: by these two it is found again */
    uint16_t port;
    struct server_tls *tls;      /* NULL: clear text */
    bool is_inherited, is_lent;  /* open when we were started; and systemd's */
    struct inherit_name came_as; /* if it was */
};

/* The thread that reads the configuration anew when it is asked to; asked again meanwhile, once more. */
struct master_reloader {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool is_started, is_asked, is_over;
};

/* The thread that looks whether the workers answer. */
struct master_pulse {
    pthread_t thread;
    sem_t over;
    struct pulse *pulse; /* NULL: it was not started */
    int64_t every_ms;
    bool is_watched; /* a service manager wants to hear of it */
    bool is_over;
};

enum master_fate { MASTER_SERVES = 0, MASTER_STOPS = 1, MASTER_REPLACED = 2 };
enum heir_stop { HEIR_LETS = 0, HEIR_STOPS = 1, HEIR_KILLS = 2 };

/* The process that takes our place: master_heir.c. */
struct master_heir {
    pthread_mutex_t turn; /* of one upgrade; of cord, known and pid until it serves */
    _Atomic int fate;     /* enum master_fate: an upgrade and an end exclude each other */
    atomic_bool is_asked; /* by a signal, and not answered yet */
    atomic_bool is_under_way;
    atomic_bool is_cancelled; /* by our end */
    atomic_bool is_serving;   /* the new one */
    atomic_bool is_reload_owed;
    atomic_bool is_ending;
    _Atomic int stop; /* enum heir_stop: what the new one wants of us */
    pthread_t thread, asker;
    bool is_started, is_asker_started;
    struct cord *cord;
    struct map *known;  /* facts that were told */
    uint32_t told_left; /* requests under way, as last told */
    int64_t ahead_ms;   /* wall minus monotonic, when it began */
    uint64_t version;   /* of the configuration, when it was started */
    bool is_passed_on;  /* it is replaced by a third one; its thread's, as the next */
    bool is_lost;       /* it is gone, and nobody is in its place */
    pid_t pid;
};

/* The process whose place we take: master_legacy.c. */
struct master_legacy {
    struct cord *cord; /* NULL: there is none */
    int lock_fd, stderr_fd;
    bool is_changed;     /* the configuration, since we have read it */
    struct buf adapters; /* what it served, a line each */
    int64_t pid;
    pthread_t thread;
    bool is_started;
    atomic_bool is_over, is_ending;
};

struct master {
    const struct master_options *o;
    struct inherit inherit;
    struct master_heir heir;
    struct master_legacy legacy;
    struct registry *registry;   /* a reference to what serves */
    struct roster_health health; /* owned: outlives snapshots */
    struct setup *setup;         /* what was read at the start; NULL once the steward has it */
    struct panel *panel;         /* NULL: there is none; replaced under workers_lock */
    struct trust *trust;
    struct store *kept, *recalled;
    struct ratio_table *ratios;
    struct line_hall *hall;
    struct health_file *learned;
    struct spend_file *spent;
    pthread_mutex_t keep_lock; /* of what is written to the state folder, and of the next */
    bool is_still;             /* another process writes there */
    int64_t look_ms, health_ms, sweep_ms; /* when next */
    struct server_gauge gauge;
    pthread_mutex_t workers_lock; /* of the next two, while they are started */
    struct worker *workers[MASTER_WORKERS];
    uint32_t workers_n;
    struct master_listener listeners[MASTER_LISTENERS];
    uint32_t listeners_n;
    struct control control; /* the local door */
    struct master_reloader reloader;
    struct master_pulse pulse;
    char status[128]; /* as last told to the service manager */
    atomic_bool is_reload_bad;
    atomic_bool is_status_over; /* a reload has said something else since */
    int64_t started_ms;
    struct office office; /* owned, but for what it borrows from above */
};

/* master_read.c */
struct setup *master_read(struct master *);
int master_read_again(struct master *, struct err *); /* m->setup, before it serves */
void master_say(struct cp_str lines);                 /* to the log */

/* master_plugins.c */
int master_load_plugins(struct master *, const struct conf *);
void master_keep_quarantine(struct master *); /* once the state folder is ours */
struct registry *master_rescan(void *master, const struct conf *, struct registry *now,
                               struct conf_report *); /* steward.h */
void master_serve_plugins(struct master *, struct registry *);
void master_look_at_plugins(void);          /* for one that does not come back */
void master_sweep_plugins(struct master *); /* gives back what no request needs any more */
const char *master_breadcrumb(const struct conf *, char *out, size_t n);

/* master_listen.c */
int master_listen(struct master *, struct err *);
void master_close_listeners(struct master *);
/* Certificates are read anew; listeners that came or went are told of. */
void master_reload_tls(struct master *, const struct conf *);
int master_port(const struct master *); /* of the first listener */
void master_port_file(const struct master *);
void master_tell_office(struct master *); /* where we listen, and on which ports */
uint32_t master_connections(const struct conf *);

/* master_keep.c */
void master_remember(struct master *, const struct conf *);
void master_keep_answers(struct master *,
                         const struct conf *); /* before a worker has what is kept */
void master_recollect(struct master *,
                      const struct conf *); /* as the user that will write it */
void master_look(struct master *);          /* now and then */
void master_write_down(struct master *);    /* at the end */
/* Writes what has changed, and from then on nothing, until it is not still any more. */
void master_keep_still(struct master *, bool is_still);
void master_forget(struct master *);

/* master_office.c */
int master_open_office(struct master *, struct err *); /* takes m->setup */
/* When no worker runs any more.  False: a plugin does not come back; nothing may be freed then. */
bool master_stop_office(struct master *);
void master_close_office(struct master *);

/* master_publish.c */
void master_publish(void *ctx, struct setup *);
void master_reloaded(void *ctx);         /* files were read anew, whoever asked for it */
void master_read_panel(struct master *); /* anew; what serves stays where there is none */
int master_start_reloader(struct master *, struct err *);
void master_ask_reload(struct master *); /* never waits */
void master_stop_reloader(struct master *);

/* master_upgrade.c */
int master_upgrade(void *master, struct cp_str who, struct office_upgrade *,
                   struct err *);         /* office.h */
void master_ask_upgrade(struct master *); /* by signal: never waits */
/* This process is to end.  One that has gone too far to be cancelled is waited for. */
void master_cancel_upgrade(struct master *);
bool master_is_replaced(const struct master *);
void master_upgrade_end(struct master *); /* who asked by a signal has been told */

/* master_heir.c */
/* One attempt, with the turn. */
int master_heir_start(struct master *, struct office_upgrade *, struct err *);
void master_heir_stop(struct master *); /* it is to end, too: who said so meant the service */
void master_heir_end(struct master *);  /* after the workers: tells the last of it */

/* master_legacy.c: each does nothing where nobody was before us, but what is said */
int master_legacy_begin(struct master *, struct err *); /* before anything is read */
bool master_is_heir(const struct master *);
bool master_legacy_misses(const struct master *, struct buf *names);
int master_legacy_receive(struct master *, struct err *); /* all that is handed over */
int master_legacy_stand(struct master *, struct err *);   /* until our doors may open */
int master_legacy_serve(struct master *, struct err *);   /* they are open */
bool master_legacy_is_over(const struct master *);
void master_legacy_tell(struct master *,
                        const char *kind); /* "stop", "kill"; "passed-on": a third one */
void master_legacy_end(struct master *);

/* master_hand.c */
void master_hand_on(struct master *,
                    struct tap *); /* what changes from now on; NULL: nothing */
void master_hand_all(struct master *, struct buf *out);
void master_hand_more(struct master *,
                      struct buf *out); /* what changed since, and has no tap */
bool master_hand_take(struct master *, const struct parcel *); /* false: nothing we know */

/* master_signals.c */
void master_signals(sigset_t *);
void master_wait(struct master *, const sigset_t *); /* until it is over */
/* Who comes now is refused by the kernel, not left waiting; what is systemd's stays open. */
void master_shut(struct master *);
void master_each(struct master *, void (*tell)(struct worker *));

/* master_pulse.c */
void master_start_pulse(struct master *); /* when the workers run */
void master_stop_pulse(struct master *);  /* before the first of them is told to end */
void master_free_pulse(struct master *);  /* after the last has */

/* master_greet.c */
void master_tell_files(const struct conf *, struct buf *out);
void master_greet(const struct master *, const struct conf *);
int master_open_log(const struct conf *);
void master_tell_status(struct master *); /* if it has changed */

#endif
