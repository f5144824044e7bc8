/* SPDX-License-Identifier: MIT */
/*
 * explain_command - `claude-proxy explain`: where a request would go, and why.
 *
 * The configuration is read as the gateway would read it, and of what a running one has learned what it has written
 * down; nothing is sent, nothing is changed.
 */
#include "main/explain_command.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/auth.h"
#include "flow/explain.h"
#include "flow/setup.h"
#include "main/input.h"
#include "main/request_file.h"
#include "main/study.h"
#include "state/facts.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

extern char **environ;

enum {
    SETS = 64,
    FILE_BYTES = 256 << 20,
    PAGE_BYTES = 4 << 20,
    OPT_PATH = 256,
    OPT_METHOD,
    OPT_HEADER,
    OPT_MODEL,
    OPT_JSON,
    OPT_PLUGINS,
    OPT_LAX
};

static const char usage[] =
    "Usage: claude-proxy explain [OPTION]... FILE\n"
    "\n"
    "Says where the request in FILE (- is stdin) would go now and why, who would come next if that fails,\n"
    "and who is left out. Sends nothing and changes nothing. FILE is the body of a request, or a whole\n"
    "HTTP request: \"POST /v1/messages HTTP/1.1\", headers, an empty line, the body.\n"
    "\n"
    "  -c, --config FILE      as for the gateway itself\n"
    "  -e, --env-file FILE    likewise\n"
    "  -o, --set NAME=VALUE   likewise\n"
    "      --plugins DIR      likewise\n"
    "      --lax              likewise\n"
    "      --path PATH        where a bare body is posted to (default: guessed from its members)\n"
    "      --method METHOD    (default: POST)\n"
    "      --header 'N: V'    a header of the request; may be given again\n"
    "      --model NAME       as if the request asked for this model\n"
    "      --json             an object instead of a page\n"
    "  -h, --help             print this\n"
    "\n"
    "Exit codes: 0 a path was found, 1 nobody would serve it, 64 bad command line, 65 bad request,\n"
    "66 FILE cannot be read, 78 bad configuration.\n";

static const struct option long_options[] = {
    { "config", required_argument, NULL, 'c' },
    { "env-file", required_argument, NULL, 'e' },
    { "set", required_argument, NULL, 'o' },
    { "plugins", required_argument, NULL, OPT_PLUGINS },
    { "lax", no_argument, NULL, OPT_LAX },
    { "path", required_argument, NULL, OPT_PATH },
    { "method", required_argument, NULL, OPT_METHOD },
    { "header", required_argument, NULL, OPT_HEADER },
    { "model", required_argument, NULL, OPT_MODEL },
    { "json", no_argument, NULL, OPT_JSON },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

struct job {
    struct conf_source source;
    struct study_options study;
    const char *sets[SETS + 1];
    size_t sets_n;
    const char *headers[REQUEST_FILE_HEADERS];
    size_t headers_n;
    const char *file, *path, *method, *model;
    bool as_json;
    struct arena *arena;
    struct buf text;
    struct request_file request;
    char method_z[32];
};

static int complain(const char *what)
{
    fprintf(stderr, "claude-proxy explain: %s\nTry `claude-proxy explain --help'.\n", what);
    return EX_USAGE;
}

static int tell(const struct job *job, const struct err *err)
{
    fprintf(stderr, "claude-proxy explain: %s: %s%s%s\n", job->file, err->where,
            err->where[0] ? ": " : "", err->what);
    return EX_DATAERR;
}

/* ---- the command line ---- */

static int take_list(const char **list, size_t *n, size_t most, const char *value)
{
    if (*n == most)
        return complain("too many -o or --header");
    list[(*n)++] = value;
    return 0;
}

static int take_one(struct job *job, int opt)
{
    switch (opt) {
    case 'c':
        job->source.file = optarg;
        return 0;
    case 'e':
        job->source.env_file = optarg;
        return 0;
    case 'o':
        return take_list(job->sets, &job->sets_n, SETS, optarg);
    case OPT_PLUGINS:
        job->study.plugin_dir = optarg;
        return 0;
    case OPT_LAX:
        job->study.is_lax = true;
        return 0;
    case OPT_PATH:
        job->path = optarg;
        return 0;
    case OPT_METHOD:
        job->method = optarg;
        return 0;
    case OPT_HEADER:
        return take_list(job->headers, &job->headers_n, REQUEST_FILE_HEADERS, optarg);
    case OPT_MODEL:
        job->model = optarg;
        return 0;
    case OPT_JSON:
        job->as_json = true;
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
    while ((opt = getopt_long(argc, argv, "c:e:o:h", long_options, NULL)) != -1) {
        if (opt == 'h') {
            fputs(usage, stdout);
            return 0;
        }
        int rc = take_one(job, opt);
        if (rc)
            return rc;
    }
    if (argc - optind != 1)
        return complain("one file is needed");
    if (job->path && job->path[0] != '/')
        return complain("--path begins with /");
    job->file = argv[optind];
    return -1;
}

/* ---- the request ---- */

/* A bare body: where it goes is said, or guessed, and then the guess is told. */
static int read_bare(struct job *job, struct err *err)
{
    struct request_file *r = &job->request;

    if (job->path) {
        r->method = STR("POST");
        return 0;
    }
    int rc = request_file_guess(r, str_of(job->model), job->arena, err);
    if (!rc)
        fprintf(
            stderr,
            "claude-proxy explain: taken for POST %.*s by its members; --path says otherwise\n",
            STR_FMT(r->target));
    return rc;
}

static int read_request(struct job *job)
{
    struct request_file *r = &job->request;
    struct err err = { 0 };
    int rc = request_file_read(r, buf_str(&job->text), job->arena, &err);

    if (!rc && !r->method.p)
        rc = read_bare(job, &err);
    if (rc)
        return tell(job, &err);
    if (job->path)
        r->target = str_of(job->path);
    if (job->method)
        r->method = str_of(job->method);
    bool is_in_path = str_find(r->target, STR("/models/")) >= 0;
    if (job->model && !is_in_path &&
        request_file_set_model(r, str_of(job->model), job->arena, &err))
        return tell(job, &err);
    for (size_t i = 0; i < job->headers_n; i++)
        if (request_file_add(r, str_of(job->headers[i]), &err))
            return complain("--header wants 'Name: value'");
    if (r->method.n >= sizeof(job->method_z))
        return complain("what a method is that?");
    snprintf(job->method_z, sizeof(job->method_z), "%.*s", STR_FMT(r->method));
    return 0;
}

/* ---- the answer ---- */

/* Of what a running gateway has learned only what is written down is known here. */
static void load_facts(const struct setup *s)
{
    struct facts facts = { s->roster.vitals, s->roster.marks };
    struct err err = { 0 };
    char path[4096];

    if (!s->conf->state_dir.n)
        return;
    snprintf(path, sizeof(path), "%.*s/health.conf", STR_FMT(s->conf->state_dir));
    if (facts_load(&facts, path, &err))
        fprintf(
            stderr,
            "claude-proxy explain: what the gateway has learned is not considered: %s: %s\n",
            err.where, err.what);
}

static struct cp_str credential(struct request_file *r)
{
    struct cp_str found = request_file_header(r, "x-api-key");

    if (!found.n)
        found = auth_bearer(request_file_header(r, "authorization"));
    return found.n ? found : request_file_header(r, "x-goog-api-key");
}

static struct cp_str whose(struct job *job, const struct conf *c)
{
    struct cp_str given = credential(&job->request);
    struct cp_str id = given.n ? auth_whose(c, given) : STR_NONE;

    if (given.n && !id.p)
        fprintf(stderr,
                "claude-proxy explain: %s: its key is none of this gateway's: it would be "
                "refused with 401\n",
                job->file);
    if (id.p)
        return id;
    return c->access_key || !c->clients_n ? STR("access") : str_of(c->clients[0].id);
}

static int show(struct job *job, const struct setup *s)
{
    bool is_served = false;
    struct err err = { 0 };
    struct buf out;

    load_facts(s);
    struct explain_ask ask = { .method = job->method_z,
                               .path = job->request.target,
                               .header = request_file_header,
                               .ctx = &job->request,
                               .body = job->request.body,
                               .client_key_id = whose(job, s->conf),
                               .now_ms = clock_ms(),
                               .wall_ms = clock_wall_ms(),
                               .is_served = &is_served };
    buf_init(&out, PAGE_BYTES);
    int rc = explain_request(s, &ask, job->as_json, &out, &err);
    fwrite(out.n ? out.p : "", 1, out.n, stdout);
    buf_fini(&out);
    return rc ? tell(job, &err) : is_served ? 0 : 1;
}

/* What would be served, read as the gateway reads it. */
static int study(struct job *job)
{
    struct study s;
    int rc = EX_CONFIG;

    study_read(&s, &job->study);
    if (s.conf && study_load(&s, &job->study))
        study_build(&s);
    fwrite(s.said.p ? s.said.p : "", 1, s.said.n, stderr);
    if (s.setup)
        rc = show(job, s.setup);
    else
        fprintf(stderr, "claude-proxy explain: the configuration is bad\n");
    study_close(&s);
    return rc;
}

int explain_command_main(int argc, char **argv)
{
    struct job job = { .arena = NULL };
    int rc;

    job.source.env = (const char *const *)environ;
    job.source.sets = job.sets;
    job.study.source = &job.source;
    rc = take_arguments(&job, argc, argv);
    if (rc >= 0)
        return rc;
    buf_init(&job.text, FILE_BYTES);
    job.arena = arena_new(65536, 0);
    rc = input_read("explain", job.file, &job.text) ? 0 : EX_NOINPUT;
    if (!rc)
        rc = read_request(&job);
    if (!rc)
        rc = study(&job);
    arena_free(job.arena);
    buf_fini(&job.text);
    return rc;
}
