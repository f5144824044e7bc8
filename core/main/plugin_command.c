/* SPDX-License-Identifier: MIT */
/*
 * plugin_command - `claude-proxy plugin`: a new plugin's folder, and what is to be said of a plugin's file.
 *
 * For people who have the headers and this program, not its sources.  Needs no configuration, opens no socket.
 */
#include "main/plugin_command.h"

#include "base/hash.h"
#include "base/str.h"
#include "kit/check.h"
#include "kit/skeleton.h"
#include "kit/steady.h"
#include "kit/tap.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 64, FUZZ_SECONDS = 5, FUZZ_MOST = 86400 };

static const char usage[] =
    "Usage: claude-proxy plugin new NAME [--in DIR] [--template DIR]\n"
    "       claude-proxy plugin check FILE.so [--golden DIR] [--update] [OPTION]...\n"
    "\n"
    "new writes the folder NAME with a plugin that works: source, Makefile, golden files, debian/.\n"
    "check says in TAP what is wrong with a plugin: from outside, as the gateway would load it, on\n"
    "golden files (DIR/DIALECT/...) whole and cut at every byte, for leaks, and on them made wrong.\n"
    "\n"
    "  --golden DIR         golden files; claude-proxy-plugin(7) says what they are called\n"
    "  --update             write goldens that are missing or differ: read the diff\n"
    "  --against DIR        plugins whose dialects the tapes are written in, too (default:\n"
    "                       " PLUGINDIR ")\n"
    "  --fuzz SECONDS       how long wrong texts are tried (default 5; 0: not at all)\n"
    "  --seed N             try the texts of an earlier run again\n"
    "  --json               one JSON object instead of TAP\n"
    "  --in DIR             where the new folder is made (default: here)\n"
    "  --template DIR       what it is made from (default: of the package claude-proxy-dev)\n"
    "  --help               print this\n";

static const struct option long_options[] = {
    { "golden", required_argument, NULL, 'g' },  { "update", no_argument, NULL, 'u' },
    { "against", required_argument, NULL, 'a' }, { "fuzz", required_argument, NULL, 'f' },
    { "seed", required_argument, NULL, 's' },    { "json", no_argument, NULL, 'j' },
    { "in", required_argument, NULL, 'i' },      { "template", required_argument, NULL, 't' },
    { "help", no_argument, NULL, 'h' },          { NULL, 0, NULL, 0 },
};

struct order {
    struct check_plan check;
    const char *in, *template;
    bool is_json;
};

static int complain(const char *what)
{
    fprintf(stderr, "claude-proxy plugin: %s\nTry `claude-proxy plugin --help'.\n", what);
    return EXIT_USAGE;
}

static int take_number(const char *text, int64_t most, int64_t *n, const char *what)
{
    if (str_int(str_of(text), n) || *n < 0 || *n > most)
        return complain(what);
    return 0;
}

static int take_one(struct order *o, int opt)
{
    int64_t n = 0;
    int rc = 0;

    switch (opt) {
    case 'g':
        o->check.golden = optarg;
        return 0;
    case 'u':
        o->check.is_update = true;
        return 0;
    case 'a':
        o->check.against = optarg;
        return 0;
    case 'f':
        rc = take_number(optarg, FUZZ_MOST, &n, "--fuzz wants seconds");
        o->check.fuzz_seconds = (int)n;
        return rc;
    case 's':
        rc = take_number(optarg, INT64_MAX, &n, "--seed wants a number");
        o->check.seed = (uint64_t)n;
        return rc;
    case 'j':
        o->is_json = true;
        return 0;
    case 'i':
        o->in = optarg;
        return 0;
    case 't':
        o->template = optarg;
        return 0;
    default:
        return complain("what is meant?");
    }
}

static int make_new(const struct order *o, const char *name)
{
    char to[1024];
    struct err err = { 0 };

    if ((size_t)snprintf(to, sizeof(to), "%s/%s", o->in, name) >= sizeof(to))
        return complain("that name is too long");
    int rc = skeleton_write(o->template, to, name, &err);
    if (!rc) {
        printf("%s is there.  Next:  cd %s && make check\n", to, to);
        return 0;
    }
    fprintf(stderr, "claude-proxy plugin: %s: %s\n", err.where, err.what);
    if (!strcmp(err.where, o->template))
        fputs("The template is in the package claude-proxy-dev.\n", stderr);
    return rc == E_SYNTAX ? EXIT_USAGE : EXIT_FAILURE;
}

static int run_check(const void *plan)
{
    return check_run(plan);
}

static int check(struct order *o, char **argv)
{
    steady_prepare(argv - 1); /* the program's own name stands before "plugin" */
    return o->is_json ? tap_run(run_check, &o->check, o->check.file) : check_run(&o->check);
}

int plugin_command_main(int argc, char **argv)
{
    struct order o = { .in = ".", .template = DATADIR "/plugin-template" };
    int opt;

    o.check = (struct check_plan){ .against = PLUGINDIR, .fuzz_seconds = FUZZ_SECONDS };
    hash_random(&o.check.seed, 4); /* short enough to be typed again */
    optind = 1;
    while ((opt = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        int rc = opt == 'h' ? 0 : take_one(&o, opt);
        if (opt == 'h')
            fputs(usage, stdout);
        if (opt == 'h' || rc)
            return rc;
    }
    const char *verb = optind < argc ? argv[optind] : "";
    if (argc - optind != 2)
        return complain("new NAME, or check FILE.so");
    o.check.file = argv[optind + 1];
    if (!strcmp(verb, "new"))
        return make_new(&o, argv[optind + 1]);
    return strcmp(verb, "check") ? complain("new NAME, or check FILE.so") : check(&o, argv);
}
