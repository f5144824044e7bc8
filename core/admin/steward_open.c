/* SPDX-License-Identifier: MIT */
/*
 * steward_open - the start: takes over what main has read, and mends managed.conf if it is damaged.
 *
 * A file that cannot be used, or that was cut short, never keeps the gateway from starting: the newest kept generation
 * that is good takes its place, and the file is kept under another name.  Whoever has no note at its end was written by somebody
 * else, which is fine as long as nothing of ours was there before.
 */
#include "admin/steward.h"

#include "admin/archive.h"
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

#include <stdlib.h>

enum { REPORT_BYTES = 1 << 20, ARENA_BYTES = 64 << 10 };

enum finding { FOUND_NOTHING, FOUND_GOOD, FOUND_CUT, FOUND_BAD };

/* What is wrong with the file, and how much of it is there. */
static enum finding steward_find(const struct steward *st, struct arena *arena,
                                 struct cp_str *text, struct err *err)
{
    struct archive_note *kept, note = { 0 };
    size_t kept_n;
    int rc = archive_read(st->archive, 0, arena, text, err);

    if (rc == E_ABSENT)
        return FOUND_NOTHING;
    if (rc)
        return FOUND_BAD;
    struct node *root = archive_parse(arena, *text, &note, NULL);
    if (!root) {
        (void)err_set(err, E_CONFIG, MANAGED_FILE, "is no configuration");
        return FOUND_BAD;
    }
    node_wipe(root);
    archive_list(st->archive, arena, &kept, &kept_n);
    if (!note.generation && kept_n) {
        (void)err_set(err, E_CONFIG, MANAGED_FILE,
                      "was cut short: the note at its end is missing");
        return FOUND_CUT;
    }
    if (note.is_changed && note.generation)
        log_msg(CP_LOG_WARN,
                MANAGED_FILE " was changed by another program; it serves as it is");
    return FOUND_GOOD;
}

/* The newest kept generation that would do; the setup of it.  NULL: there is none. */
static struct setup *steward_newest(const struct steward *st, struct arena *arena,
                                    struct archive_note *note, struct cp_str *text)
{
    struct archive_note *kept;
    struct setup *s = NULL;
    struct buf report;
    size_t n;

    buf_init(&report, REPORT_BYTES);
    archive_list(st->archive, arena, &kept, &n);
    for (size_t i = 0; i < n && !s; i++) {
        struct steward_result r = { .report = &report };
        *note = kept[i];
        if (note->is_changed || archive_read(st->archive, note->generation, arena, text, NULL))
            continue;
        s = steward_build(st, *text, false, st->config.health, &r);
    }
    buf_fini(&report);
    return s;
}

/* Writes the text as managed.conf, as a generation of its own. */
static void steward_put_back(struct steward *st, struct arena *arena, struct cp_str text,
                             uint64_t generation)
{
    struct archive_note note = { .generation = archive_next(st->archive),
                                 .wall_ms = clock_wall_ms(),
                                 .who = STR("claude-proxy") };
    struct archive_note unread;
    struct err err = { 0 };
    struct buf out;

    note.what = arena_printf(arena, "generation %llu put back: managed.conf was damaged",
                             (unsigned long long)generation);
    struct node *root = archive_parse(arena, text, &unread, NULL);
    if (!root)
        return;
    buf_init(&out, FILES_CONF_BYTES);
    archive_compose(root, &note, &out);
    node_wipe(root);
    if (archive_put(st->archive, buf_str(&out), note.generation, false, &err))
        log_msg(CP_LOG_ERROR, "%s: %s", err.where, err.what);
    node_wipe_text(buf_str(&out));
    buf_fini(&out);
}

static void steward_mend(struct steward *st, struct arena *arena, const struct err *why)
{
    struct archive_note note = { 0 };
    struct cp_str text = STR(""), aside = STR_NONE;
    struct err err = { 0 };
    struct setup *s = steward_newest(st, arena, &note, &text);

    if (archive_set_aside(st->archive, arena, &aside, &err))
        log_msg(CP_LOG_ERROR, "%s: %s", err.where, err.what);
    if (!s) {
        log_msg(CP_LOG_ERROR,
                MANAGED_FILE ": %s; no generation of it can be used: what was set through the "
                             "API is off; the file is %.*s",
                why->what, STR_FMT(aside));
        archive_load(st->archive, STR(""));
        return;
    }
    setup_unref(st->setup);
    st->setup = s;
    log_msg(CP_LOG_ERROR,
            MANAGED_FILE ": %s; generation %llu serves in its place; the file is %.*s",
            why->what, (unsigned long long)note.generation, STR_FMT(aside));
    archive_load(st->archive, text);
    if (aside.p && !err.code)
        steward_put_back(st, arena, text, note.generation);
}

/* What main had to pass over when it read. */
static bool steward_was_passed_over(const struct steward *st)
{
    struct cp_str used = st->setup->conf->managed_file;
    return !str_ends(used, "/" MANAGED_FILE);
}

static void steward_settle(struct steward *st)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);
    struct cp_str text = STR("");
    struct err err = { 0 };
    enum finding found = steward_find(st, arena, &text, &err);

    if (found == FOUND_GOOD && steward_was_passed_over(st)) {
        (void)err_set(&err, E_CONFIG, MANAGED_FILE, "cannot be used");
        found = FOUND_BAD;
    }
    if (found == FOUND_GOOD || found == FOUND_NOTHING)
        archive_load(st->archive, text);
    else
        steward_mend(st, arena, &err);
    node_wipe_text(text);
    arena_wipe(arena);
}

/* ---- what only a restart changes ---- */

static void steward_remember(struct steward *st, const struct conf *c)
{
    struct show_option o;

    (void)conf_entries(&st->first_n);
    st->first = mem_new(st->first_n, sizeof(*st->first));
    for (size_t i = 0; i < st->first_n && show_option(c, i, &o); i++)
        if (o.entry->is_fixed && o.value.p)
            st->first[i] = mem_dup(o.value.p, o.value.n);
}

size_t steward_waiting(const struct steward *st, const struct conf *now, struct cp_str *names,
                       size_t most)
{
    struct show_option o;
    size_t n = 0;

    for (size_t i = 0; i < st->first_n && n < most && show_option(now, i, &o); i++)
        if (o.entry->is_fixed && !str_eq(o.value, str_of(st->first[i])))
            names[n++] = str_of(o.entry->name);
    return n;
}

int steward_open(struct steward **out, const struct steward_config *config, struct setup *setup,
                 struct err *err)
{
    struct steward *st = mem_new(1, sizeof(*st));
    int rc = archive_open(&st->archive, setup->conf->state_dir, config->lock_fd, err);

    if (rc) {
        free(st);
        return rc;
    }
    st->config = *config;
    st->setup = setup;
    steward_remember(st, setup->conf);
    st->version = 1;
    pthread_mutex_init(&st->lock, NULL);
    pthread_mutex_init(&st->look, NULL);
    steward_settle(st);
    *out = st;
    return 0;
}

void steward_close(struct steward *st)
{
    if (!st)
        return;
    archive_close(st->archive);
    for (size_t i = 0; i < st->first_n; i++)
        free(st->first[i]);
    free(st->first);
    setup_unref(st->setup);
    pthread_mutex_destroy(&st->lock);
    pthread_mutex_destroy(&st->look);
    free(st);
}
