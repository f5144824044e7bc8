/* SPDX-License-Identifier: MIT */
/*
 * wire - every dialect of ours against its golden files, whole and cut at every byte; see README.md.
 *
 *     wire.t [--update] [DIR] [WORD]...
 *
 * Words choose cases by a part of their names.  --update rewrites what differs: read the diff.
 */
#include "base/clock.h"
#include "kit/cases.h"
#include "kit/laws.h"
#include "kit/report.h"
#include "kit/sample.h"
#include "plugin/loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct cp_plugin cp_static_claude, cp_static_openai, cp_static_gemini;

enum { WORDS_MOST = 16 };
static const int64_t WALL_MS = INT64_C(1760000000000);

struct wire {
    const char *root;
    const char *words[WORDS_MOST];
    size_t words_n;
};

static bool is_chosen(void *ctx, const struct adapter *a, const char *file)
{
    const struct wire *w = ctx;
    char name[SAMPLE_PATH_BYTES];

    snprintf(name, sizeof(name), "%s/%s", a->hooks.dialect, file);
    for (size_t i = 0; i < w->words_n; i++)
        if (strstr(name, w->words[i]))
            return true;
    return w->words_n == 0;
}

static void check(void *ctx, struct sample *s)
{
    laws_check(s);
}

static void run_dialect(struct wire *w, const struct sample_run *run, const struct adapter *a)
{
    const struct cases_visitor visitor = { is_chosen, check, w };
    char folder[SAMPLE_PATH_BYTES];

    snprintf(folder, sizeof(folder), "%s/%s", w->root, a->hooks.dialect);
    if (cases_each(run, a, folder, &visitor) < 0)
        report_tell(run->report, false, "%s: the folder can be read", folder);
}

static void add_static(struct registry *r, const struct cp_plugin *plugin)
{
    struct err err = { 0 };

    if (!registry_add(r, plugin, "static", &err))
        return;
    printf("Bail out! %s: %s\n", err.where, err.what);
    exit(1);
}

static void take_words(struct wire *w, struct sample_run *run, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--update") == 0)
            run->is_update = true;
        else if (i == 1 + run->is_update && access(argv[i], X_OK) == 0)
            w->root = argv[i];
        else if (w->words_n < WORDS_MOST)
            w->words[w->words_n++] = argv[i];
    }
}

int main(int argc, char **argv)
{
    char root[SAMPLE_PATH_BYTES];
    struct report report = { 0 };
    struct registry *registry = registry_new();
    struct sample_run run = { .report = &report, .registry = registry };
    struct wire w = { .root = root };

    clock_set(0, WALL_MS); /* some dialects say when they answered */
    snprintf(root, sizeof(root), "%s", __FILE__);
    *strrchr(root, '/') = '\0';
    take_words(&w, &run, argc, argv);
    add_static(registry, &cp_static_claude);
    add_static(registry, &cp_static_openai);
    add_static(registry, &cp_static_gemini);
    for (size_t i = 0; i < registry_count(registry); i++)
        run_dialect(&w, &run, registry_at(registry, i));
    registry_free(registry);
    return report_end(&report);
}
