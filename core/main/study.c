/* SPDX-License-Identifier: MIT */
/*
 * study - a configuration read as the gateway would read it, without serving it: for -t, -T and their like.
 *
 * Nothing is written, nobody is asked over the network, and what plugins crash is not noted against them.
 */
#include "main/study.h"

#include "base/arena.h"
#include "base/str.h"
#include "flow/setup.h"
#include "plugin/loader.h"
#include "state/affinity.h"
#include "state/marks.h"
#include "state/vitals.h"

#include <stdio.h>

enum { REPORT_BYTES = 4 << 20, SESSIONS = 16, SESSION_MS = 1000, PREFLIGHT_MS = 5000 };

void study_read(struct study *s, const struct study_options *o)
{
    *s = (struct study){ 0 };
    buf_init(&s->said, REPORT_BYTES);
    s->report.out = &s->said;
    s->conf = conf_read(o->source, &s->report);
}

bool study_load(struct study *s, const struct study_options *o)
{
    struct err err = { 0 };
    const char *dir = o->plugin_dir;

    if (!dir && s->conf && s->conf->plugin_dir.n)
        dir = arena_z(s->conf->arena, s->conf->plugin_dir);
    dir = dir ? dir : PLUGINDIR;
    s->registry = registry_new();
    registry_watch(s->registry, NULL, PREFLIGHT_MS);
    s->refused =
        registry_load_dir(s->registry, dir, o->is_lax ? LOADER_LAX : LOADER_STRICT, &err);
    if (s->refused >= 0 && registry_count(s->registry))
        return true;
    conf_complain(&s->report, true, str_of(dir),
                  "no adapter could be loaded%s%s; --plugins names another folder",
                  err.what[0] ? ": " : "", err.what);
    return false;
}

void study_build(struct study *s)
{
    s->health = (struct roster_health){ .vitals = vitals_table_new(),
                                        .marks = marks_new(),
                                        .affinity = affinity_new(SESSIONS, SESSION_MS) };
    s->setup =
        setup_build(conf_ref(s->conf), s->registry, &s->health, &s->report); /* takes conf */
}

void study_close(struct study *s)
{
    setup_unref(s->setup);
    conf_unref(s->conf);
    if (s->health.vitals) {
        vitals_table_free(s->health.vitals);
        marks_free(s->health.marks);
        affinity_free(s->health.affinity);
    }
    if (s->registry)
        registry_free(s->registry);
    buf_fini(&s->said);
}
