/* SPDX-License-Identifier: MIT */
/*
 * tape - `claude-proxy tape`: run one adapter on one file.
 *
 * For people who write an adapter or hunt a bug in one: bytes in, tape and ledger out; or a tape
 * in, bytes out; or from one dialect to another. Needs no configuration, opens no socket.
 */
#include "main/tape.h"

#include "base/str.h"
#include "ir/dump.h"
#include "main/input.h"
#include "plugin/drive.h"
#include "plugin/loader.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TAPE_OPTIONS = 64, TAPE_FILE_BYTES = 64 << 20, EXIT_USAGE = 64, PHASE_STREAM = 4 };

static const char usage[] =
    "Usage: claude-proxy tape [OPTION]... DIALECT request|response|failure|stream FILE\n"
    "\n"
    "Translates FILE (- is stdin) with the adapter for DIALECT and prints the tape it makes,\n"
    "then the ledger of what was mapped, approximated, dropped or repaired on the way.\n"
    "\n"
    "  --plugins DIR        load adapters from DIR (default: " PLUGINDIR ")\n"
    "  --option NAME=VALUE  set one option of the adapter\n"
    "  --model NAME         the model's name as the upstream knows it\n"
    "  --encode             the other way: FILE is a tape, bytes come out (and, if not to a terminal, the\n"
    "                       ledger on standard error)\n"
    "  --to DIALECT2        from DIALECT to tape to DIALECT2's bytes\n"
    "  --cut N              feed a stream in pieces of N bytes\n"
    "  --join               print a stream's tape with its pieces joined\n"
    "  --help               print this\n";

struct job {
    const char *plugin_dir, *dialect, *to, *file, *model;
    struct conf_option options[TAPE_OPTIONS];
    size_t options_n, cut;
    int phase;
    bool is_encode, is_join;
};

static const struct option long_options[] = {
    { "plugins", required_argument, NULL, 'p' },
    { "option", required_argument, NULL, 'o' },
    { "model", required_argument, NULL, 'm' },
    { "encode", no_argument, NULL, 'e' },
    { "to", required_argument, NULL, 't' },
    { "cut", required_argument, NULL, 'c' },
    { "join", no_argument, NULL, 'j' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static int complain(const char *what)
{
    fprintf(stderr, "claude-proxy tape: %s\nTry `claude-proxy tape --help'.\n", what);
    return EXIT_USAGE;
}

static int tell(const char *who, const struct err *err)
{
    fprintf(stderr, "claude-proxy tape: %s: %s%s%s (%s)\n", who, err->where,
            err->where[0] ? ": " : "", err->what, err_name(err->code));
    return EXIT_FAILURE;
}

static int take_option(struct job *job, const char *text)
{
    struct cp_str rest = str_of(text), name;
    if (job->options_n == TAPE_OPTIONS || !str_split(&rest, '=', &name) || !rest.p)
        return complain("--option wants NAME=VALUE");
    job->options[job->options_n++] =
        (struct conf_option){ .name = name, .value = rest, .where = STR("--option") };
    return 0;
}

static int take_cut(struct job *job, const char *text)
{
    int64_t n;
    if (str_int(str_of(text), &n) || n < 1 || n > TAPE_FILE_BYTES)
        return complain("--cut wants a number of bytes");
    job->cut = (size_t)n;
    return 0;
}

static int phase_of(const char *word)
{
    static const char *const words[] = { "request", "response", "failure", "stream" };
    for (int i = 0; i < 4; i++)
        if (strcmp(word, words[i]) == 0)
            return i + 1;
    return 0;
}

static int take_one(struct job *job, int opt)
{
    switch (opt) {
    case 'p':
        job->plugin_dir = optarg;
        return 0;
    case 'o':
        return take_option(job, optarg);
    case 'm':
        job->model = optarg;
        return 0;
    case 'e':
        job->is_encode = true;
        return 0;
    case 't':
        job->to = optarg;
        return 0;
    case 'c':
        return take_cut(job, optarg);
    case 'j':
        job->is_join = true;
        return 0;
    default:
        return complain("what is meant?");
    }
}

/* -1: go on; else the exit code. */
static int take_arguments(struct job *job, int argc, char **argv)
{
    int opt;
    optind = 1;
    while ((opt = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (opt == 'h') {
            fputs(usage, stdout);
            return 0;
        }
        int rc = take_one(job, opt);
        if (rc)
            return rc;
    }
    if (argc - optind != 3)
        return complain("a dialect, a phase and a file are needed");
    job->dialect = argv[optind];
    job->phase = phase_of(argv[optind + 1]);
    job->file = argv[optind + 2];
    return job->phase ? -1 : complain("the phase is request, response, failure or stream");
}

static void print(struct cp_str s)
{
    fwrite(s.p ? s.p : "", 1, s.n, stdout);
}

static void print_ledger(FILE *to, const struct ledger *l)
{
    static const char *const deeds[] = { "", "mapped", "approximated", "dropped", "repaired" };
    for (const struct ledger_line *line = l->first; line; line = line->next)
        fprintf(to, "# %s %.*s: %.*s\n", deeds[line->deed], STR_FMT(line->path),
                STR_FMT(line->why));
}

static int tape_in(const struct job *job, struct drive *d, struct cp_str bytes,
                   struct cp_tape *tape)
{
    struct err err = { 0 };
    int phase = job->phase == PHASE_STREAM ? CP_RESPONSE : job->phase;
    if (!job->is_encode) {
        int rc = job->phase == PHASE_STREAM ? drive_rx(d, bytes, job->cut, tape)
                                            : drive_decode(d, phase, bytes, tape);
        return rc ? tell(job->dialect, &d->hc.err) : 0;
    }
    tape_init(tape, d->arena, phase, CP_WANT_ALL, STR_NONE);
    if (dump_read(bytes, tape, &err))
        return tell(job->file, &err);
    if (tape_finish(tape))
        return tell(job->file, &tape->err);
    return 0;
}

static int bytes_out(const struct job *job, struct drive *d, const struct cp_tape *tape)
{
    struct buf out;
    buf_init(&out, TAPE_FILE_BYTES);
    int rc = job->phase == PHASE_STREAM ? drive_tx(d, tape, &out)
                                        : drive_encode(d, job->phase, tape, &out, NULL);
    if (rc)
        rc = tell(d->adapter->hooks.dialect, &d->hc.err);
    /* Whoever takes the bytes further takes nothing but the bytes. */
    bool is_shown = isatty(STDOUT_FILENO);
    print(buf_str(&out));
    if (!rc && is_shown && out.n && out.p[out.n - 1] != '\n')
        print(STR("\n"));
    print_ledger(is_shown ? stdout : stderr, &d->ledger);
    buf_fini(&out);
    return rc;
}

static int tape_out(const struct job *job, struct drive *d, const struct cp_tape *tape)
{
    struct cp_tape joined;
    struct buf out;
    if (job->is_join) {
        tape_init(&joined, d->arena, tape->grammar.phase, CP_WANT_ALL, STR_NONE);
        if (tape_join(tape, &joined))
            return tell("join", &joined.err);
        tape = &joined;
    }
    buf_init(&out, TAPE_FILE_BYTES);
    dump_write(&out, tape);
    print(buf_str(&out));
    print_ledger(stdout, &d->ledger);
    buf_fini(&out);
    return 0;
}

static void set_call(const struct job *job, struct drive *d, const struct cp_tape *tape)
{
    const struct cp_item *start = tape ? tape_find(tape, CP_START) : NULL;
    struct cp_str model = job->model ? str_of(job->model) : start ? start->name : STR("model");
    d->hc.call.model = d->hc.call.client_model = model;
    d->hc.call.stream = job->phase == PHASE_STREAM || (start && start->num == 1);
}

static int run_to(const struct job *job, const struct registry *r, const struct cp_tape *tape)
{
    struct drive d;
    struct err err = { 0 };
    const struct adapter *a = registry_find(r, str_of(job->to));
    if (!a)
        return complain("no adapter for the dialect of --to");
    if (drive_open(&d, a, NULL, 0, &err))
        return tell(job->to, &err);
    set_call(job, &d, tape);
    d.hc.call.client_dialect = str_of(job->dialect);
    int rc = bytes_out(job, &d, tape);
    drive_close(&d);
    return rc;
}

/* What is wanted of the tape. */
static int run_on(const struct job *job, const struct registry *r, struct drive *d,
                  const struct cp_tape *tape)
{
    if (job->to) {
        print_ledger(isatty(STDOUT_FILENO) ? stdout : stderr, &d->ledger);
        return run_to(job, r, tape);
    }
    if (!job->is_encode)
        return tape_out(job, d, tape);
    set_call(job, d, tape);
    return bytes_out(job, d, tape);
}

static int run(const struct job *job, const struct registry *r, struct cp_str bytes)
{
    struct cp_tape tape;
    struct drive d;
    struct err err = { 0 };
    const struct adapter *a = registry_find(r, str_of(job->dialect));
    if (!a)
        return complain("no adapter for this dialect; is --plugins right?");
    if (drive_open(&d, a, job->options, job->options_n, &err))
        return tell(job->dialect, &err);
    set_call(job, &d, NULL);
    int rc = tape_in(job, &d, bytes, &tape);
    if (!rc)
        rc = run_on(job, r, &d, &tape);
    drive_close(&d);
    return rc;
}

int tape_main(int argc, char **argv)
{
    struct job job = { .plugin_dir = PLUGINDIR };
    struct err err = { 0 };
    struct buf bytes;
    int rc = take_arguments(&job, argc, argv);
    if (rc >= 0)
        return rc;

    buf_init(&bytes, TAPE_FILE_BYTES);
    struct registry *r = registry_new();
    rc = input_read("tape", job.file, &bytes) ? 0 : EXIT_FAILURE;
    if (!rc && registry_load_dir(r, job.plugin_dir, LOADER_LAX, &err) < 0)
        rc = tell(job.plugin_dir, &err);
    if (!rc)
        rc = run(&job, r, buf_str(&bytes));
    registry_free(r);
    buf_fini(&bytes);
    return rc;
}
