/* SPDX-License-Identifier: MIT */
/*
 * steward - changes the configuration: one change at a time, checked whole before anything is written, written before it
 * serves.
 *
 * Two locks: one for as long as a change takes, disk and all, so that changes come one after the other; and one for the
 * moment of looking at what serves, so that nobody who looks waits for a disk.
 */
#include "admin/steward.h"

#include "admin/archive.h"
#include "admin/channels.h"
#include "admin/numbers.h"
#include "admin/steward_private.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/files.h"
#include "conf/managed.h"
#include "conf/node.h"
#include "conf/show.h"
#include "flow/setup.h"
#include "plugin/guard.h"
#include "plugin/loader.h"
#include "state/affinity.h"
#include "state/marks.h"
#include "state/news.h"
#include "state/vitals.h"
#include "json/write.h"

#include <stdio.h>

enum { REPORT_BYTES = 1 << 20, ARENA_BYTES = 64 << 10, NEWS_BYTES = 16 << 10 };

struct setup *steward_setup(struct steward *st)
{
    pthread_mutex_lock(&st->look);
    struct setup *s = setup_ref(st->setup);
    pthread_mutex_unlock(&st->look);
    return s;
}

uint64_t steward_version(struct steward *st)
{
    pthread_mutex_lock(&st->look);
    uint64_t version = st->version;
    pthread_mutex_unlock(&st->look);
    return version;
}

int steward_lock_fd(const struct steward *st)
{
    return archive_lock_fd(st->archive);
}

void steward_hold(struct steward *st, bool is_held)
{
    pthread_mutex_lock(&st->lock);
    st->is_held = is_held;
    pthread_mutex_unlock(&st->lock);
}

/* With the lock. */
static int steward_is_free(const struct steward *st, struct err *err)
{
    return st->is_held ? err_set(err, E_AGAIN, "",
                                 "another process is taking over; ask again in a moment")
                       : 0;
}

/* ---- checking ---- */

/* An edit is laid over what serves; who reads files anew looks at those of the plugins, too. */
static struct registry *steward_plugins(const struct steward *st, const struct conf *c,
                                        bool is_edit, struct conf_report *report)
{
    struct registry *now = st->setup->registry;

    if (is_edit || !st->config.rescan)
        return registry_ref(now);
    return st->config.rescan(st->config.ctx, c, now, report);
}

struct setup *steward_build(const struct steward *st, struct cp_str managed, bool is_edit,
                            const struct roster_health *health, struct steward_result *r)
{
    struct conf_report report = { .out = r->report };
    struct conf_source source = *st->config.source;
    struct setup *s = NULL;

    guard_thread();
    source.before = st->setup->conf;
    source.managed = managed;
    source.is_edit = is_edit;
    struct conf *c = conf_read(&source, &report);
    struct registry *plugins = c ? steward_plugins(st, c, is_edit, &report) : NULL;
    if (c) /* after a complaint of plugins, too: all that is wrong is told at once */
        s = setup_build(c, plugins ? plugins : st->setup->registry, health, &report);
    registry_unref(plugins);
    r->errors = report.errors;
    r->warnings = report.warnings;
    return s;
}

/* With tables of health of its own: a candidate that never serves leaves no records behind. */
static bool steward_is_good(const struct steward *st, struct cp_str managed, bool is_edit,
                            struct steward_result *r)
{
    struct roster_health health = { .vitals = vitals_table_new(),
                                    .marks = marks_new(),
                                    .affinity = affinity_new(1, 1),
                                    .seals = affinity_new(1, 1) };
    struct setup *s = steward_build(st, managed, is_edit, &health, r);
    bool is_good = s != NULL;

    setup_unref(s);
    vitals_table_free(health.vitals);
    marks_free(health.marks);
    affinity_free(health.affinity);
    affinity_free(health.seals);
    return is_good;
}

static int steward_refuse(const struct steward_result *r, struct err *err)
{
    return conf_first_error(buf_str(r->report), MANAGED_FILE,
                            "the configuration would be wrong", err);
}

/* ---- serving ---- */

static void put_changed(struct json_writer *w, struct arena *arena, const struct conf *a,
                        const struct conf *b, bool is_back)
{
    for (size_t i = 0; i < a->channels_n; i++) {
        const struct conf_channel *x = &a->channels[i], *y = conf_channel(b, x->id);
        if (!y)
            json_string(w, x->id);
        else if (!is_back && !str_eq(channels_tag(arena, a->said, x->id, x->where),
                                     channels_tag(arena, b->said, y->id, y->where)))
            json_string(w, x->id);
    }
}

/* Channels that were added, changed or removed. */
static void put_channels(struct json_writer *w, const struct conf *before,
                         const struct conf *now)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);

    json_key(w, STR("channels"));
    json_open(w, '[');
    put_changed(w, arena, before, now, false);
    put_changed(w, arena, now, before, true);
    json_close(w);
    arena_free(arena);
}

/* One line for who follows. */
static void steward_tell(const struct steward *st, const struct conf *before,
                         const struct steward_edit *e, const struct steward_result *r)
{
    struct json_writer w;
    struct buf line;

    if (!st->config.news)
        return;
    buf_init(&line, NEWS_BYTES);
    json_writer_init(&w, &line);
    json_open(&w, '{');
    json_put_number(&w, "version", (int64_t)r->version);
    json_put_number(&w, "generation", (int64_t)archive_note(st->archive)->generation);
    json_put_text(&w, "who", e->who);
    json_put_text(&w, "what", e->what);
    put_channels(&w, before, st->setup->conf);
    json_close(&w);
    if (!buf_failed(&line))
        news_add(st->config.news, "config", buf_str(&line), true);
    buf_fini(&line);
}

/* What is read once, at the start, and is different now. */
static void steward_remark(const struct conf *before, const struct conf *now,
                           struct steward_result *r)
{
    struct conf_report report = { .out = r->report };
    struct show_option a, b;

    for (size_t i = 0; show_option(before, i, &a) && show_option(now, i, &b); i++)
        if (a.entry->is_fixed && !str_eq(a.value, b.value))
            conf_complain(&report, false, b.where.n ? b.where : b.name,
                          "%.*s takes a restart: until then it is as it was", STR_FMT(b.name));
    r->warnings += report.warnings;
}

/* Takes the reference. */
static void steward_serve(struct steward *st, struct setup *s, const struct steward_edit *e,
                          struct steward_result *r)
{
    steward_remark(st->setup->conf, s->conf, r);
    pthread_mutex_lock(&st->look);
    struct setup *before = st->setup;
    st->setup = s;
    r->version = ++st->version;
    pthread_mutex_unlock(&st->look);
    if (st->config.publish)
        st->config.publish(st->config.ctx, s);
    steward_tell(st, before->conf, e, r);
    setup_unref(before);
}

static void steward_note(struct steward *st, struct steward_result *r)
{
    r->version = st->version; /* of whoever holds the lock of changes */
    r->generation = archive_note(st->archive)->generation;
}

/* ---- changing ---- */

/* Who changed managed.conf behind our back must not lose that, and who asks must not get what he has not seen. */
static int steward_is_ours(const struct steward *st, struct err *err)
{
    return archive_is_stale(st->archive)
               ? err_set(err, E_AGAIN, MANAGED_FILE,
                         "was changed or removed by another program; a reload reads it anew")
               : 0;
}

/* text: composed.  Checks it, writes it, lets it serve. */
static int steward_take(struct steward *st, struct cp_str text, uint64_t generation,
                        const struct steward_edit *e, struct steward_result *r, struct err *err)
{
    if (e->is_dry)
        return steward_is_good(st, text, true, r) ? 0 : steward_refuse(r, err);
    struct setup *s = steward_build(st, text, true, st->config.health, r);
    if (!s)
        return steward_refuse(r, err);
    int rc = archive_put(st->archive, text, generation, e->is_quiet, err);
    numbers_count(st->config.numbers, rc ? NUMBERS_SAVE_FAILED : NUMBERS_SAVED);
    if (rc) {
        setup_unref(s);
        log_record(CP_LOG_ERROR, "save_failed", NULL, 0, "configuration: not saved: %s: %s",
                   err->where, err->what);
        return rc;
    }
    log_record(CP_LOG_INFO, "config", NULL, 0, "configuration: generation %llu: %.*s (%.*s)",
               (unsigned long long)generation, STR_FMT(e->what), STR_FMT(e->who));
    steward_serve(st, s, e, r);
    return 0;
}

/* The tree as it is to be, in the place of what is current. */
static int steward_apply(struct steward *st, const struct node *root,
                         const struct steward_edit *e, struct steward_result *r,
                         struct err *err)
{
    const struct archive_note *now = archive_note(st->archive);
    bool is_same_generation = e->is_quiet && now->generation;
    struct archive_note note = { .generation = archive_next(st->archive),
                                 .wall_ms = clock_wall_ms(),
                                 .who = e->who,
                                 .what = e->what };
    struct buf text;

    if (is_same_generation)
        note = *now;
    buf_init(&text, FILES_CONF_BYTES);
    archive_compose(root, &note, &text);
    int rc = buf_failed(&text) ? err_set(err, E_LIMIT, MANAGED_FILE,
                                         "would be larger than %d bytes", FILES_CONF_BYTES)
                               : steward_take(st, buf_str(&text), note.generation, e, r, err);
    node_wipe_text(buf_str(&text));
    buf_fini(&text);
    return rc;
}

static bool steward_is_same(const struct node *a, const struct node *b)
{
    if (a->kind != b->kind || !str_eq(a->name, b->name) || !str_eq(a->text, b->text))
        return false;
    const struct node *x = a->first, *y = b->first;
    for (; x && y && steward_is_same(x, y); x = x->next, y = y->next)
        continue;
    return !x && !y;
}

/* The tree of a text; of none an empty one. */
static struct node *steward_tree(struct arena *arena, struct cp_str text, struct err *err)
{
    struct archive_note note;
    struct node *root = text.n ? archive_parse(arena, text, &note, NULL)
                               : node_new(arena, NODE_GROUP, STR_NONE, STR_NONE);
    if (!root)
        (void)err_set(err, E_CONFIG, MANAGED_FILE, "is no configuration");
    return root;
}

/* With the lock. */
static int steward_change(struct steward *st, const struct steward_edit *e, struct arena *arena,
                          struct steward_result *r, struct err *err)
{
    struct cp_str text = archive_text(st->archive);
    struct node *root = steward_tree(arena, text, err), *was = steward_tree(arena, text, err);
    int rc = root && was ? steward_is_ours(st, err) : E_CONFIG;

    if (!rc)
        rc = e->change(e->ctx, root, st->setup->conf->said, arena, err);
    if (!rc && !steward_is_same(root, was))
        rc = steward_apply(st, root, e, r, err);
    if (root)
        node_wipe(root);
    if (was)
        node_wipe(was);
    return rc;
}

/* A result of the caller's, or one of ours that nobody reads. */
struct steward_paper {
    struct steward_result result;
    struct buf report;
    struct steward_result *theirs;
};

static struct steward_result *steward_begin(struct steward_paper *p, struct steward_result *r)
{
    *p = (struct steward_paper){ .theirs = r };
    buf_init(&p->report, REPORT_BYTES);
    p->result.report = r && r->report ? r->report : &p->report;
    return &p->result;
}

static void steward_end(struct steward *st, struct steward_paper *p)
{
    struct buf *report = p->theirs ? p->theirs->report : NULL;

    steward_note(st, &p->result);
    if (p->theirs) {
        *p->theirs = p->result;
        p->theirs->report = report;
    }
    buf_fini(&p->report);
}

int steward_edit(struct steward *st, const struct steward_edit *e, struct steward_result *r,
                 struct err *err)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);
    struct steward_paper paper;
    struct err unread = { 0 };

    struct steward_result *mine = steward_begin(&paper, r);
    pthread_mutex_lock(&st->lock);
    int rc = steward_is_free(st, err);
    if (!rc)
        rc = steward_change(st, e, arena, mine, err ? err : &unread);
    steward_end(st, &paper);
    pthread_mutex_unlock(&st->lock);
    arena_wipe(arena);
    return rc;
}

/* ---- reading anew ---- */

/* What a reload puts in the place of managed.conf: what is there now, by whomever.  0, or a line in the report. */
static int steward_look(const struct steward *st, struct arena *arena, struct cp_str *text,
                        bool *is_new, struct steward_result *r)
{
    struct conf_report report = { .out = r->report };
    struct err err = { 0 };

    *text = archive_text(st->archive);
    *is_new = archive_is_stale(st->archive);
    if (!*is_new)
        return 0;
    int rc = archive_read(st->archive, 0, arena, text, &err);
    if (rc == E_ABSENT) {
        *text = STR("");
        return 0;
    }
    if (rc)
        conf_complain(&report, true, str_of(MANAGED_FILE), "%s", err.what);
    r->errors = report.errors;
    return rc;
}

static int steward_read_anew(struct steward *st, struct arena *arena, struct steward_result *r,
                             struct err *err)
{
    struct cp_str text;
    bool is_new;

    if (steward_look(st, arena, &text, &is_new, r))
        return steward_refuse(r, err);
    struct setup *s = steward_build(st, text, false, st->config.health, r);
    if (s && is_new) {
        log_msg(CP_LOG_WARN, MANAGED_FILE " was changed or removed by another program; what is "
                                          "there now serves");
        archive_load(st->archive, text);
    }
    if (is_new)
        node_wipe_text(text);
    if (!s)
        return steward_refuse(r, err);
    steward_serve(st, s, &(struct steward_edit){ .what = STR("reload") }, r);
    return 0;
}

int steward_reload(struct steward *st, struct steward_result *r, struct err *err)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);
    struct steward_paper paper;

    struct steward_result *mine = steward_begin(&paper, r);
    pthread_mutex_lock(&st->lock);
    int rc = steward_is_free(st, err);
    if (!rc) {
        rc = steward_read_anew(st, arena, mine, err);
        numbers_count(st->config.numbers, rc ? NUMBERS_RELOAD_FAILED : NUMBERS_RELOADED);
    }
    if (!rc && st->config.reloaded)
        st->config.reloaded(st->config.ctx);
    steward_end(st, &paper);
    pthread_mutex_unlock(&st->lock);
    arena_wipe(arena);
    return rc;
}

int steward_test(struct steward *st, struct cp_str managed, struct steward_result *r,
                 struct err *err)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);
    struct steward_paper paper;
    struct cp_str text = managed;
    bool is_new = false;

    struct steward_result *mine = steward_begin(&paper, r);
    pthread_mutex_lock(&st->lock);
    int rc = managed.p ? 0 : steward_look(st, arena, &text, &is_new, mine);
    if (rc || !steward_is_good(st, text, false, mine))
        rc = steward_refuse(mine, err);
    if (is_new)
        node_wipe_text(text);
    steward_end(st, &paper);
    pthread_mutex_unlock(&st->lock);
    arena_wipe(arena);
    return rc;
}

int steward_restore(struct steward *st, uint64_t number, struct cp_str who,
                    struct steward_result *r, struct err *err)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);
    struct steward_edit e = { .who = who };
    struct steward_paper paper;
    struct cp_str text = STR("");

    struct steward_result *mine = steward_begin(&paper, r);
    e.what = arena_printf(arena, "generation %llu restored", (unsigned long long)number);
    pthread_mutex_lock(&st->lock);
    int rc = steward_is_free(st, err);
    if (!rc)
        rc = steward_is_ours(st, err);
    if (!rc)
        rc = archive_read(st->archive, number, arena, &text, err);
    struct node *root = rc ? NULL : steward_tree(arena, text, err);
    if (!rc)
        rc = root ? steward_apply(st, root, &e, mine, err) : E_CONFIG;
    if (root)
        node_wipe(root);
    node_wipe_text(text);
    steward_end(st, &paper);
    pthread_mutex_unlock(&st->lock);
    arena_wipe(arena);
    return rc;
}
