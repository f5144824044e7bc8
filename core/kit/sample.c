/* SPDX-License-Identifier: MIT */
/*
 * sample - one golden input of a dialect: its bytes, what the adapter is told beside them, a drive for them.
 */
#include "kit/sample.h"

#include "base/str.h"
#include "kit/golden.h"
#include "kit/report.h"
#include "plugin/loader.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const phase_names[] = { "", "request", "response", "failure", "stream" };

const char *sample_phase_name(const struct sample *s)
{
    return phase_names[s->phase];
}

bool sample_tell(const struct sample *s, const char *what, bool is_good)
{
    return report_tell(s->run->report, is_good, "%s/%s.%s: %s", s->adapter->hooks.dialect,
                       s->name, sample_phase_name(s), what);
}

/* ---- files ---- */

static void path_of(const struct sample *s, const char *suffix, char out[SAMPLE_PATH_BYTES])
{
    snprintf(out, SAMPLE_PATH_BYTES, "%s/%s.%s", s->folder, s->name, suffix);
}

bool sample_has(const struct sample *s, const char *suffix)
{
    char path[SAMPLE_PATH_BYTES];
    path_of(s, suffix, path);
    return access(path, R_OK) == 0;
}

void sample_golden(const struct sample *s, const char *suffix, struct cp_str got)
{
    char path[SAMPLE_PATH_BYTES];
    struct buf wanted;

    path_of(s, suffix, path);
    buf_init(&wanted, GOLDEN_BYTES);
    bool is_there = golden_read(path, &wanted);
    bool is_same = is_there && str_eq(str_trim(buf_str(&wanted)), str_trim(got));
    if (!is_same && s->run->is_update)
        is_same = golden_write(path, got);
    else if (!is_there)
        report_note("there is no %s; run with --update", path);
    else if (!is_same)
        golden_same(buf_str(&wanted), got);
    buf_fini(&wanted);
    sample_tell(s, suffix, is_same);
}

/* Splits NAME.PHASE.json or NAME.sse; false: no input file. */
static bool is_input(struct sample *s, const char *file)
{
    for (s->phase = CP_REQUEST; s->phase <= SAMPLE_STREAM; s->phase++) {
        char ending[32];
        snprintf(ending, sizeof(ending), s->phase == SAMPLE_STREAM ? ".sse" : ".%s.json",
                 sample_phase_name(s));
        size_t n = strlen(file) - (str_ends(str_of(file), ending) ? strlen(ending) : 0);
        if (!file[n] || n >= sizeof(s->name))
            continue;
        memcpy(s->name, file, n);
        s->name[n] = '\0';
        /* goldens of streams end alike: NAME.stream.out.sse, NAME.stream.to-chat.sse */
        return !strstr(s->name, ".stream.");
    }
    return false;
}

/* ---- the call ---- */

struct cp_str sample_setting(const struct sample *s, const char *name)
{
    struct cp_str rest = buf_str(&s->settings), line, key;
    while (str_split(&rest, '\n', &line))
        if (str_split(&line, '=', &key) && str_is(str_trim(key), name))
            return str_trim(line);
    return STR_NONE;
}

static struct cp_str call_header(void *ctx, int phase, const char *name)
{
    char key[SAMPLE_NAME_BYTES];
    snprintf(key, sizeof(key), "header.%s", name);
    return sample_setting(ctx, key);
}

static void read_settings(struct sample *s)
{
    char path[SAMPLE_PATH_BYTES];
    struct cp_str rest, line, key;

    path_of(s, "call", path);
    (void)golden_read(path, &s->settings); /* most have none */
    rest = buf_str(&s->settings);
    while (str_split(&rest, '\n', &line)) {
        if (!str_begins(line, "option.") || !str_split(&line, '=', &key) ||
            s->options_n == SAMPLE_OPTIONS)
            continue;
        key = str_trim(str_from(key, strlen("option.")));
        s->options[s->options_n++] =
            (struct conf_option){ .name = key, .value = str_trim(line), .where = STR("call") };
    }
}

bool sample_open(struct sample *s, const struct sample_run *run, const struct adapter *a,
                 const char *folder, const char *file)
{
    char path[SAMPLE_PATH_BYTES];

    *s = (struct sample){ .run = run, .adapter = a, .folder = folder };
    if (!is_input(s, file))
        return false;
    buf_init(&s->input, GOLDEN_BYTES);
    buf_init(&s->settings, GOLDEN_BYTES);
    read_settings(s);
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    if (!golden_read(path, &s->input))
        sample_tell(s, "it can be read", false);
    return true;
}

void sample_close(struct sample *s)
{
    buf_fini(&s->input);
    buf_fini(&s->settings);
}

uint32_t sample_op(const struct sample *s)
{
    static const char *const ops[] = {
        "",        "chat",       "count_tokens",  "list_models",  "get_model",
        "compact", "stored_get", "stored_delete", "stored_items", "stored_cancel"
    };
    struct cp_str word = sample_setting(s, "op");
    for (uint32_t i = 1; i < sizeof(ops) / sizeof(ops[0]); i++)
        if (str_is(word, ops[i]))
            return i;
    return CP_CHAT;
}

/* ---- the drive ---- */

static struct cp_str first_of(struct cp_str a, struct cp_str b)
{
    return a.p ? a : b;
}

bool sample_drive(struct sample *s, struct drive *d, const struct adapter *a,
                  const struct cp_tape *tape)
{
    const struct cp_item *start = tape ? tape_find(tape, CP_START) : NULL;
    bool is_own = a == s->adapter;
    struct err err = { 0 };

    if (drive_open(d, a, is_own ? s->options : NULL, is_own ? s->options_n : 0, &err)) {
        report_note("configure: %s: %s", err.where, err.what);
        return false;
    }
    struct cp_str model = start && start->name.n ? start->name : STR("the-model");
    struct cp_call *call = &d->hc.call;
    call->op = sample_op(s);
    call->model = first_of(sample_setting(s, "model"), model);
    call->client_model = first_of(sample_setting(s, "client_model"), call->model);
    call->client_dialect =
        first_of(sample_setting(s, "client"), str_of(s->adapter->hooks.dialect));
    call->request = sample_setting(s, "request");
    call->stream = s->phase == SAMPLE_STREAM || str_is(sample_setting(s, "stream"), "1") ||
                   (s->phase == CP_REQUEST && start && start->num == 1);
    d->hc.header = call_header;
    d->hc.header_ctx = s;
    return true;
}

int sample_read_bytes(struct sample *s, struct drive *d, struct cp_str bytes,
                      struct cp_tape *tape)
{
    return s->phase == SAMPLE_STREAM ? drive_rx(d, bytes, 0, tape)
                                     : drive_decode(d, s->phase, bytes, tape);
}

int sample_read(struct sample *s, struct drive *d, struct cp_tape *tape)
{
    return sample_read_bytes(s, d, buf_str(&s->input), tape);
}

int sample_write(struct sample *s, struct drive *d, const struct cp_tape *tape, struct buf *out)
{
    return s->phase == SAMPLE_STREAM ? drive_tx(d, tape, out)
                                     : drive_encode(d, s->phase, tape, out, NULL);
}
