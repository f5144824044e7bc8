/* SPDX-License-Identifier: MIT */
/*
 * wire - every dialect against its golden files, whole and cut at every byte; see README.md.
 *
 *     wire.t [--update] [DIR] [WORD]...
 *
 * Words choose cases by a part of their names.  --update rewrites what differs: read the diff.
 */
#include "base/clock.h"
#include "base/str.h"
#include "golden.h"
#include "ir/dump.h"
#include "ir/repair.h"
#include "plugin/drive.h"
#include "plugin/loader.h"
#include "json/check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern const struct cp_plugin cp_static_claude, cp_static_openai, cp_static_gemini;

enum { NAME_MOST = 512, CUTS_MOST = 4096, WORDS_MOST = 16 };
enum { STREAM = 4 }; /* beside enum cp_phase */
static const int64_t WALL_MS = INT64_C(1760000000000);

static const char *const phase_names[] = { "", "request", "response", "failure", "stream" };

/* The whole run. */
struct wire {
    const char *root;
    const char *words[WORDS_MOST];
    size_t words_n;
    bool is_update;
    int tests, failed;
    struct registry *registry;
};

/* One input file: tests/wire/<dialect>/<name>.<phase>.json, or <name>.sse */
struct wire_case {
    struct wire *wire;
    const struct adapter *adapter;
    char name[NAME_MOST]; /* without phase */
    int phase;
    struct buf input, settings;
    struct conf_option options[8];
    size_t options_n;
};

/* ---- TAP ------------------------------------------------------------------------------------- */

static void tell(const struct wire_case *c, const char *what, bool is_good)
{
    c->wire->tests++;
    c->wire->failed += !is_good;
    printf("%sok %d - %s/%s.%s: %s\n", is_good ? "" : "not ", c->wire->tests,
           c->adapter->hooks.dialect, c->name, phase_names[c->phase], what);
    fflush(stdout);
}

/* ---- files ----------------------------------------------------------------------------------- */

static void path_of(const struct wire_case *c, const char *suffix, char out[NAME_MOST * 2])
{
    snprintf(out, NAME_MOST * 2, "%s/%s/%s.%s", c->wire->root, c->adapter->hooks.dialect,
             c->name, suffix);
}

static bool golden_exists(const struct wire_case *c, const char *suffix)
{
    char path[NAME_MOST * 2];
    path_of(c, suffix, path);
    return access(path, R_OK) == 0;
}

/* Compares with a golden file; --update writes it. */
static void golden(const struct wire_case *c, const char *suffix, struct cp_str got)
{
    char path[NAME_MOST * 2];
    struct buf wanted;
    path_of(c, suffix, path);
    buf_init(&wanted, FILE_BYTES);
    bool is_there = file_read(path, &wanted);
    bool is_same = is_there && str_eq(str_trim(buf_str(&wanted)), str_trim(got));
    if (!is_same && c->wire->is_update) {
        file_write(path, got);
        is_same = true;
    } else if (!is_there) {
        printf("# there is no %s; run with --update\n", path);
    } else if (!is_same) {
        same(buf_str(&wanted), got);
    }
    buf_fini(&wanted);
    tell(c, suffix, is_same);
}

/* ---- the call: <name>.call ------------------------------------------------------------------- */

static struct cp_str setting(const struct wire_case *c, const char *name)
{
    struct cp_str rest = buf_str(&c->settings), line, key;
    while (str_split(&rest, '\n', &line))
        if (str_split(&line, '=', &key) && str_is(str_trim(key), name))
            return str_trim(line);
    return STR_NONE;
}

static struct cp_str call_header(void *ctx, int phase, const char *name)
{
    char key[NAME_MOST];
    snprintf(key, sizeof(key), "header.%s", name);
    return setting(ctx, key);
}

static void read_settings(struct wire_case *c)
{
    char path[NAME_MOST * 2];
    path_of(c, "call", path);
    (void)file_read(path, &c->settings); /* most cases have none */
    struct cp_str rest = buf_str(&c->settings), line, key;
    while (str_split(&rest, '\n', &line)) {
        if (!str_begins(line, "option.") || !str_split(&line, '=', &key) || c->options_n == 8)
            continue;
        key = str_trim(str_from(key, strlen("option.")));
        c->options[c->options_n++] =
            (struct conf_option){ .name = key, .value = str_trim(line), .where = STR("call") };
    }
}

static uint32_t op_of(struct cp_str word)
{
    static const char *const ops[] = {
        "",        "chat",       "count_tokens",  "list_models",  "get_model",
        "compact", "stored_get", "stored_delete", "stored_items", "stored_cancel"
    };
    for (uint32_t i = 1; i < sizeof(ops) / sizeof(ops[0]); i++)
        if (str_is(word, ops[i]))
            return i;
    return CP_CHAT;
}

/* A drive for the case; the options are only its own dialect's. tape: what will be written, or NULL. */
static bool open_drive(struct wire_case *c, struct drive *d, const struct adapter *a,
                       const struct cp_tape *tape)
{
    const struct cp_item *start = tape ? tape_find(tape, CP_START) : NULL;
    struct err err = { 0 };
    bool is_own = a == c->adapter;
    if (drive_open(d, a, is_own ? c->options : NULL, is_own ? c->options_n : 0, &err)) {
        printf("# configure: %s: %s\n", err.where, err.what);
        return false;
    }
    struct cp_str model = setting(c, "model"), asked = setting(c, "client_model");
    d->hc.call.op = op_of(setting(c, "op"));
    d->hc.call.model = model.p                  ? model
                       : start && start->name.n ? start->name
                                                : STR("the-model");
    d->hc.call.client_model = asked.p ? asked : d->hc.call.model;
    struct cp_str client = setting(c, "client");
    d->hc.call.client_dialect = client.p ? client : str_of(c->adapter->hooks.dialect);
    d->hc.call.request = setting(c, "request");
    d->hc.call.stream = c->phase == STREAM || str_is(setting(c, "stream"), "1") ||
                        (c->phase == CP_REQUEST && start && start->num == 1);
    d->hc.header = call_header;
    d->hc.header_ctx = c;
    return true;
}

/* ---- tapes ----------------------------------------------------------------------------------- */

static void add_ledger(struct buf *out, const struct ledger *l)
{
    static const char *const deeds[] = { "", "mapped", "approximated", "dropped", "repaired" };
    for (const struct ledger_line *line = l->first; line; line = line->next)
        buf_printf(out, "# %s %.*s: %.*s\n", deeds[line->deed], STR_FMT(line->path),
                   STR_FMT(line->why));
}

/* Kinds that an encoder may leave out; kinds that say nothing of the content. */
static const uint64_t remarks = CP_BIT(CP_AUX);
static const uint64_t beside = CP_BIT(CP_AUX) | CP_BIT(CP_USAGE) | CP_BIT(CP_NATIVE) |
                               CP_BIT(CP_START) | CP_BIT(CP_END) | CP_BIT(CP_ERROR);

/* Their ids are places in the bytes they came from, for the ledger only. */
static const uint64_t placed =
    CP_BIT(CP_PARAM) | CP_BIT(CP_TOOL_CHOICE) | CP_BIT(CP_CACHE_MARK);

/* The canonical tape as text, without the kinds in but; a meter at nought says nothing. */
static void canonical(struct drive *d, const struct cp_tape *tape, uint64_t but,
                      struct buf *out)
{
    const struct cp_item *it;
    struct cp_tape joined;
    tape_init(&joined, d->arena, tape->grammar.phase, CP_WANT_ALL, STR_NONE);
    if (tape_join(tape, &joined))
        buf_printf(out, "(cannot be joined: %s: %s)", joined.err.where, joined.err.what);
    for (size_t i = 0; (it = tape_item(&joined, i)); i++) {
        struct cp_item said = *it;
        if (placed & CP_BIT(it->kind))
            said.id = STR_NONE;
        if (!(but & CP_BIT(it->kind)) && !(it->kind == CP_USAGE && it->num == 0))
            dump_item(out, &said);
    }
}

static bool complain(const struct drive *d, int rc)
{
    if (rc)
        printf("# %s: %s: %s (%s)\n", d->adapter->hooks.dialect, d->hc.err.where,
               d->hc.err.what, err_name(rc));
    return rc == 0;
}

/* The case's own bytes as a tape. */
static bool read_input(struct wire_case *c, struct drive *d, struct cp_tape *tape)
{
    struct cp_str bytes = buf_str(&c->input);
    return complain(d, c->phase == STREAM ? drive_rx(d, bytes, 0, tape)
                                          : drive_decode(d, c->phase, bytes, tape));
}

static int write_out(struct wire_case *c, struct drive *d, const struct cp_tape *tape,
                     struct buf *out)
{
    return c->phase == STREAM ? drive_tx(d, tape, out)
                              : drive_encode(d, c->phase, tape, out, NULL);
}

/* ---- law 1: decode(encode(tape)) == tape ------------------------------------------------------ */

static void check_again(struct wire_case *c, const struct cp_tape *tape, struct cp_str written)
{
    struct buf wanted, got;
    struct cp_tape again;
    struct drive d;
    bool is_good = open_drive(c, &d, c->adapter, NULL);
    if (!is_good) {
        tell(c, "law 1", false);
        return;
    }
    buf_init(&wanted, FILE_BYTES);
    buf_init(&got, FILE_BYTES);
    is_good = complain(&d, c->phase == STREAM ? drive_rx(&d, written, 0, &again)
                                              : drive_decode(&d, c->phase, written, &again));
    /* an encoder may mark what is cacheable when nobody else did */
    uint64_t but = remarks | (tape->kinds & CP_BIT(CP_CACHE_MARK) ? 0 : CP_BIT(CP_CACHE_MARK));
    canonical(&d, tape, but, &wanted);
    if (is_good)
        canonical(&d, &again, but, &got);
    is_good = is_good && same(buf_str(&wanted), buf_str(&got));
    if (!is_good)
        printf("# written: %.*s\n", STR_FMT(str_cut(written, 2000)));
    tell(c, "law 1: written and read again it is the same tape", is_good);
    buf_fini(&wanted);
    buf_fini(&got);
    drive_close(&d);
}

static void check_written(struct wire_case *c, const struct cp_tape *tape)
{
    const char *extension = c->phase == STREAM ? "sse" : "json";
    char suffix[64];
    struct buf out;
    struct drive d;
    if (tape->kinds & ~c->adapter->hooks.speaks || !open_drive(c, &d, c->adapter, tape))
        return;
    buf_init(&out, FILE_BYTES);
    snprintf(suffix, sizeof(suffix), "%s.out.%s", phase_names[c->phase], extension);
    if (!complain(&d, write_out(c, &d, tape, &out)))
        tell(c, "encode", false);
    else if (golden_exists(c, suffix))
        golden(c, suffix, buf_str(&out));
    else
        check_again(c, tape, buf_str(&out));
    buf_fini(&out);
    drive_close(&d);
}

/* ---- other dialects --------------------------------------------------------------------------- */

static bool is_json_dialect(const struct wire_case *c, const struct buf *out)
{
    struct err err;
    if (c->phase == STREAM || out->n == 0 || !json_check(buf_str(out), NULL, &err))
        return true;
    printf("# what it wrote is not JSON: %s: %s\n", err.where, err.what);
    return false;
}

static void repair_tell(void *ctx, int deed, const struct cp_item *it, const char *why)
{
    ledger_note_item(ctx, deed, it, why);
}

/* As the host does it before another dialect says a request. */
static int repair(struct wire_case *c, struct drive *d, const struct cp_tape *tape,
                  struct cp_tape *to)
{
    struct repair_ends ends = { .client = str_of(c->adapter->hooks.dialect),
                                .upstream = str_of(d->adapter->hooks.dialect) };
    tape_init(to, d->arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    return tape_repair(tape, &ends, to, repair_tell, &d->hc.call);
}

/* Whatever can be said must come out whole: JSON, and something its own decoder takes. */
static void check_other(struct wire_case *c, const struct cp_tape *tape,
                        const struct adapter *a)
{
    const char *extension = c->phase == STREAM ? "sse" : "json";
    char what[128], suffix[128];
    struct cp_tape again, mended;
    struct buf out;
    struct drive d;
    if (!(a->hooks.ops & CP_BIT(op_of(setting(c, "op")))) || !open_drive(c, &d, a, tape))
        return;
    buf_init(&out, FILE_BYTES);
    snprintf(what, sizeof(what), "said in %s", a->hooks.dialect);
    snprintf(suffix, sizeof(suffix), "%s.to-%s.%s", phase_names[c->phase], a->hooks.dialect,
             extension);
    int rc = 0;
    if (c->phase == CP_REQUEST) {
        rc = repair(c, &d, tape, &mended);
        tape = &mended;
    }
    rc = rc ? rc : write_out(c, &d, tape, &out);
    bool has_golden = golden_exists(c, suffix);
    if (rc && (has_golden || (rc != E_UNSUPPORTED && rc != E_SYNTAX))) {
        tell(c, what, complain(&d, rc));
    } else if (!rc) {
        bool is_good = is_json_dialect(c, &out);
        struct cp_str text = buf_str(&out);
        if (has_golden)
            golden(c, suffix, text);
        rc = c->phase == STREAM ? drive_rx(&d, text, 0, &again)
                                : drive_decode(&d, c->phase, text, &again);
        is_good = complain(&d, rc) && is_good;
        if (!is_good)
            printf("# written: %.*s\n", STR_FMT(str_cut(text, 2000)));
        tell(c, what, is_good);
    }
    buf_fini(&out);
    drive_close(&d);
}

/* ---- law 2: the cut does not matter ------------------------------------------------------------ */

/* The canonical tape of the bytes, fed in two pieces (at > 0) or byte by byte (at == 0). */
static bool read_cut(struct wire_case *c, size_t at, struct buf *out)
{
    struct cp_str bytes = buf_str(&c->input);
    struct cp_tape tape;
    struct drive d;
    if (!open_drive(c, &d, c->adapter, NULL))
        return false;
    int rc = at ? drive_rx_split(&d, bytes, at, &tape) : drive_rx(&d, bytes, 1, &tape);
    bool is_good = complain(&d, rc);
    buf_clear(out);
    if (is_good)
        canonical(&d, &tape, 0, out);
    drive_close(&d);
    return is_good;
}

static void check_cuts(struct wire_case *c, struct cp_str wanted)
{
    size_t n = c->input.n, step = n / CUTS_MOST + 1;
    bool is_good = true;
    struct buf got;
    buf_init(&got, FILE_BYTES);
    for (size_t at = 0; is_good && at < n; at += step) {
        is_good = read_cut(c, at, &got) && same(wanted, buf_str(&got));
        if (!is_good)
            printf("# cut at byte %zu (0: byte by byte)\n", at);
    }
    buf_fini(&got);
    tell(c, "law 2: cut at every byte it is the same tape", is_good);
}

/* ---- truth: a stream that was cut never ends well ----------------------------------------------- */

/* An END is true only if everything was said: some dialects say their stop before their last mark. */
static bool is_true_end(struct drive *d, const struct cp_tape *tape,
                        const struct cp_tape *whole)
{
    const struct cp_item *last = tape->n ? tape->items[tape->n - 1] : NULL;
    const struct cp_item *final = whole->items[whole->n - 1];
    if (last && last->kind == CP_ERROR)
        return last->sub == CP_STREAM_CUT ||
               (final->kind == CP_ERROR && last->sub == final->sub);
    if (!last || last->kind != CP_END || final->kind != CP_END) {
        printf("# it ends with neither END nor ERROR\n");
        return false;
    }
    struct buf a, b;
    buf_init(&a, FILE_BYTES);
    buf_init(&b, FILE_BYTES);
    canonical(d, whole, beside, &a);
    canonical(d, tape, beside, &b);
    bool is_good = same(buf_str(&a), buf_str(&b));
    buf_fini(&a);
    buf_fini(&b);
    return is_good;
}

static bool check_prefix(struct wire_case *c, const struct cp_tape *whole, size_t n)
{
    struct cp_tape tape;
    struct drive d;
    if (!open_drive(c, &d, c->adapter, NULL))
        return false;
    bool is_good = complain(&d, drive_rx(&d, str_cut(buf_str(&c->input), n), 0, &tape)) &&
                   is_true_end(&d, &tape, whole);
    if (!is_good)
        printf("# cut off after %zu of %zu bytes\n", n, c->input.n);
    drive_close(&d);
    return is_good;
}

static bool is_boundary(struct cp_str s, size_t at)
{
    return at == 0 || (at >= 2 && s.p[at - 1] == '\n' && s.p[at - 2] == '\n') ||
           (at >= 4 && memcmp(s.p + at - 4, "\r\n\r\n", 4) == 0);
}

static void check_truth(struct wire_case *c, const struct cp_tape *whole)
{
    struct cp_str bytes = buf_str(&c->input);
    bool is_good = whole->n > 0;
    for (size_t at = 0; is_good && at < bytes.n; at++)
        if (is_boundary(bytes, at))
            is_good = check_prefix(c, whole, at);
    tell(c, "truth: cut off it is told as cut off", is_good);
}

/* ---- a case ------------------------------------------------------------------------------------ */

static void check_stream(struct wire_case *c, struct drive *d, const struct cp_tape *tape)
{
    struct buf wanted;
    buf_init(&wanted, FILE_BYTES);
    canonical(d, tape, 0, &wanted);
    check_cuts(c, buf_str(&wanted));
    check_truth(c, tape);
    buf_fini(&wanted);
}

static void check_tape(struct wire_case *c, struct drive *d, const struct cp_tape *tape)
{
    char suffix[32];
    struct buf text;
    buf_init(&text, FILE_BYTES);
    dump_write(&text, tape);
    add_ledger(&text, &d->ledger);
    snprintf(suffix, sizeof(suffix), "%s.tape", phase_names[c->phase]);
    golden(c, suffix, buf_str(&text));
    buf_fini(&text);
}

/* <name>.<phase>.refused holds the reason when the dialect must refuse these bytes. */
static void check_refused(struct wire_case *c)
{
    char suffix[32];
    struct cp_tape tape;
    struct drive d;
    struct buf text;
    if (!open_drive(c, &d, c->adapter, NULL))
        return;
    buf_init(&text, FILE_BYTES);
    int rc = drive_decode(&d, c->phase, buf_str(&c->input), &tape);
    buf_printf(&text, "%s %s\n", err_name(rc), rc ? d.hc.err.what : "");
    snprintf(suffix, sizeof(suffix), "%s.refused", phase_names[c->phase]);
    golden(c, suffix, buf_str(&text));
    buf_fini(&text);
    drive_close(&d);
}

static void check_case(struct wire_case *c)
{
    struct cp_tape tape;
    struct drive d;
    if (!open_drive(c, &d, c->adapter, NULL)) {
        tell(c, "configure", false);
        return;
    }
    if (!read_input(c, &d, &tape)) {
        tell(c, "decode", false);
        drive_close(&d);
        return;
    }
    check_tape(c, &d, &tape);
    if (c->phase == STREAM)
        check_stream(c, &d, &tape);
    check_written(c, &tape);
    for (size_t i = 0; i < registry_count(c->wire->registry); i++)
        if (registry_at(c->wire->registry, i) != c->adapter)
            check_other(c, &tape, registry_at(c->wire->registry, i));
    drive_close(&d);
}

static bool is_chosen(const struct wire *w, const char *dialect, const char *file)
{
    char name[NAME_MOST];
    snprintf(name, sizeof(name), "%s/%s", dialect, file);
    for (size_t i = 0; i < w->words_n; i++)
        if (strstr(name, w->words[i]))
            return true;
    return w->words_n == 0;
}

/* Splits <name>.<phase>.json or <name>.sse; false: no input file. */
static bool is_input(const char *file, char name[NAME_MOST], int *phase)
{
    for (*phase = CP_REQUEST; *phase <= STREAM; ++*phase) {
        char ending[32];
        snprintf(ending, sizeof(ending), *phase == STREAM ? ".sse" : ".%s.json",
                 phase_names[*phase]);
        if (!str_ends(str_of(file), ending))
            continue;
        snprintf(name, NAME_MOST, "%.*s", (int)(strlen(file) - strlen(ending)), file);
        /* goldens of streams end alike: <name>.stream.out.sse, <name>.stream.to-chat.sse */
        return !strstr(name, ".stream.");
    }
    return false;
}

static void run_file(struct wire *w, const struct adapter *a, const char *file)
{
    struct wire_case c = { .wire = w, .adapter = a };
    char path[NAME_MOST * 2], refused[32];
    if (!is_chosen(w, a->hooks.dialect, file) || !is_input(file, c.name, &c.phase))
        return;
    buf_init(&c.input, FILE_BYTES);
    buf_init(&c.settings, FILE_BYTES);
    snprintf(path, sizeof(path), "%s/%s/%s", w->root, a->hooks.dialect, file);
    snprintf(refused, sizeof(refused), "%s.refused", phase_names[c.phase]);
    read_settings(&c);
    if (!file_read(path, &c.input))
        tell(&c, "read", false);
    else if (golden_exists(&c, refused))
        check_refused(&c);
    else
        check_case(&c);
    buf_fini(&c.input);
    buf_fini(&c.settings);
}

static void run_dialect(struct wire *w, const struct adapter *a)
{
    char dir[NAME_MOST];
    struct dirent **found;
    snprintf(dir, sizeof(dir), "%s/%s", w->root, a->hooks.dialect);
    int n = scandir(dir, &found, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        run_file(w, a, found[i]->d_name);
        free(found[i]);
    }
    if (n >= 0)
        free(found);
}

static void add_static(struct wire *w, const struct cp_plugin *plugin)
{
    struct err err = { 0 };
    if (!registry_add(w->registry, plugin, "static", &err))
        return;
    printf("Bail out! %s: %s\n", err.where, err.what);
    exit(1);
}

int main(int argc, char **argv)
{
    char root[NAME_MOST];
    struct wire w = { .registry = registry_new(), .root = root };
    clock_set(0, WALL_MS); /* some dialects say when they answered */
    snprintf(root, sizeof(root), "%s", __FILE__);
    *strrchr(root, '/') = '\0';
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--update") == 0)
            w.is_update = true;
        else if (i == 1 + w.is_update && access(argv[i], X_OK) == 0)
            w.root = argv[i];
        else if (w.words_n < WORDS_MOST)
            w.words[w.words_n++] = argv[i];
    }
    add_static(&w, &cp_static_claude);
    add_static(&w, &cp_static_openai);
    add_static(&w, &cp_static_gemini);
    for (size_t i = 0; i < registry_count(w.registry); i++)
        run_dialect(&w, registry_at(w.registry, i));
    printf("1..%d\n", w.tests);
    registry_free(w.registry);
    return w.failed != 0;
}
