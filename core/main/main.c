/* SPDX-License-Identifier: MIT */
/*
 * main - the command line.
 */
#include "conf/conf.h"
#include "main/check_command.h"
#include "main/explain_command.h"
#include "main/master.h"
#include "main/plugin_command.h"
#include "main/study.h"
#include "main/tape.h"
#include "main/tell_command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

extern char **environ;

enum {
    SETS = 64,
    PROGRAM_BYTES = 4096,
    OPT_PLUGINS = 256,
    OPT_WWW,
    OPT_JAVASCRIPT,
    OPT_PORT_FILE,
    OPT_LAX,
    OPT_ADAPTERS,
    OPT_CHECK_PLUGINS,
    OPT_LIST_OPTIONS
};

static const char usage[] =
    "Usage: claude-proxy [run] [OPTION]...\n"
    "       claude-proxy explain ...   say where a request would go, and why\n"
    "       claude-proxy tape ...      translate one file with one adapter (for authors of plugins)\n"
    "       claude-proxy plugin ...    begin a plugin, check a plugin (for authors of plugins)\n"
    "\n"
    "An LLM gateway: Claude Messages, OpenAI Chat Completions and more on one port, with one key.\n"
    "\n"
    "  -c, --config FILE      read FILE (default: ./claude-proxy.conf, then the usual places)\n"
    "  -e, --env-file FILE    read FILE instead of ./.env\n"
    "  -o, --set NAME=VALUE   set one option, e.g. -o log.level=debug; wins over everything\n"
    "  -t, --test             check the configuration, report all errors, and exit; -tt: also whether this\n"
    "                         machine has what it needs: addresses, certificates, folders, users, the store\n"
    "  -q, --quiet            with -t and --check-plugins: only the exit code\n"
    "  -T, --dump             print the effective configuration with the place of each value; no secrets\n"
    "  -O, --options          list every option with its type, default and meaning\n"
    "      --list-options=F   the same; F is text or man\n"
    "      --list-adapters    list the loaded adapters and the options that a channel may give them\n"
    "      --check-plugins    load all plugins and say what each has\n"
    "      --plugins DIR      load adapters from DIR\n"
    "      --lax              do not look at the owner and mode of plugins (development)\n"
    "      --www DIR          the folder of the web panel\n"
    "      --javascript DIR   where Chart.js and SortableJS are, as Debian's packages lay them\n"
    "      --port-file FILE   write the port of the first listener to FILE once it is open\n"
    "  -V, --version          print the version; -VV: also libraries, plugin ABI and folders\n"
    "  -h, --help             print this\n"
    "\n"
    "Signals: HUP reads the configuration anew, USR1 reopens the log, USR2 has the program on the disk take over,\n"
    "TERM drains, a second TERM ends at once.\n"
    "Exit codes: 0 fine, 1 other, 64 bad command line, 71 cannot listen, 75 the state folder is in\n"
    "use, 77 permission, 78 bad configuration.\n";

static const struct option long_options[] = {
    { "config", required_argument, NULL, 'c' },
    { "env-file", required_argument, NULL, 'e' },
    { "set", required_argument, NULL, 'o' },
    { "test", no_argument, NULL, 't' },
    { "quiet", no_argument, NULL, 'q' },
    { "dump", no_argument, NULL, 'T' },
    { "options", no_argument, NULL, 'O' },
    { "list-options", optional_argument, NULL, OPT_LIST_OPTIONS },
    { "list-adapters", no_argument, NULL, OPT_ADAPTERS },
    { "check-plugins", no_argument, NULL, OPT_CHECK_PLUGINS },
    { "plugins", required_argument, NULL, OPT_PLUGINS },
    { "lax", no_argument, NULL, OPT_LAX },
    { "www", required_argument, NULL, OPT_WWW },
    { "javascript", required_argument, NULL, OPT_JAVASCRIPT },
    { "port-file", required_argument, NULL, OPT_PORT_FILE },
    { "version", no_argument, NULL, 'V' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

struct command {
    struct conf_source source;
    struct master_options master;
    const char *sets[SETS + 1];
    size_t sets_n;
    int tests, versions;
    bool is_quiet, is_dump, is_plugins, is_list;
};

/* Returns -1 to go on, else the exit code. */
static int main_option(struct command *c, int opt)
{
    switch (opt) {
    case 'c':
        c->source.file = optarg;
        return -1;
    case 'e':
        c->source.env_file = optarg;
        return -1;
    case 'o':
        if (c->sets_n < SETS) {
            c->sets[c->sets_n++] = optarg;
            return -1;
        }
        fprintf(stderr, "claude-proxy: more than %d times -o\n", SETS);
        return EX_USAGE;
    case 't':
        c->tests++;
        return -1;
    case 'q':
        c->is_quiet = true;
        return -1;
    case 'T':
        c->is_dump = true;
        return -1;
    case OPT_CHECK_PLUGINS:
        c->is_plugins = true;
        return -1;
    case OPT_ADAPTERS:
        c->is_list = true;
        return -1;
    case OPT_PLUGINS:
        c->master.plugin_dir = optarg;
        return -1;
    case OPT_LAX:
        c->master.is_lax = true;
        return -1;
    case OPT_WWW:
        c->master.www_dir = optarg;
        return -1;
    case OPT_JAVASCRIPT:
        c->master.javascript_dir = optarg;
        return -1;
    case OPT_PORT_FILE:
        c->master.port_file = optarg;
        return -1;
    case 'V':
        c->versions++;
        return -1;
    case 'O':
        return tell_options(NULL);
    case OPT_LIST_OPTIONS:
        return tell_options(optarg);
    case 'h':
        fputs(usage, stdout);
        return 0;
    default:
        fputs("Try claude-proxy --help.\n", stderr);
        return EX_USAGE;
    }
}

/* A word where none belongs: the commands have options of their own, so they stand before all options. */
static int main_odd_word(const char *word)
{
    if (!strcmp(word, "explain") || !strcmp(word, "tape") || !strcmp(word, "plugin") ||
        !strcmp(word, "run"))
        fprintf(stderr, "claude-proxy: %s comes first: claude-proxy %s [OPTION]...\n", word,
                word);
    else
        fprintf(stderr, "claude-proxy: what is \"%s\"? Try --help.\n", word);
    return EX_USAGE;
}

/* The file that was started, as it is called now: by the time of an upgrade another one has that name. */
static const char *main_program(char *out, size_t n)
{
    ssize_t used = readlink("/proc/self/exe", out, n - 1);

    out[used > 0 ? used : 0] = 0;
    return out;
}

static int main_do(const struct command *c)
{
    const struct study_options study = { &c->source, c->master.plugin_dir, c->master.is_lax };

    if (c->versions) {
        tell_version(c->versions);
        return 0;
    }
    if (c->is_plugins)
        return check_plugins_command(&study, c->is_quiet);
    if (c->is_list)
        return list_adapters_command(&study);
    if (c->is_dump)
        return tell_configuration(&c->source);
    if (c->tests)
        return check_command(&study, c->tests, c->is_quiet);
    return master_run(&c->master);
}

int main(int argc, char **argv)
{
    struct command c = { 0 };
    char program[PROGRAM_BYTES];
    int opt, rc = -1;

    if (argc > 1 && !strcmp(argv[1], "tape"))
        return tape_main(argc - 1, argv + 1);
    if (argc > 1 && !strcmp(argv[1], "plugin"))
        return plugin_command_main(argc - 1, argv + 1);
    if (argc > 1 && !strcmp(argv[1], "explain"))
        return explain_command_main(argc - 1, argv + 1);
    if (argc > 1 && !strcmp(argv[1], "run")) {
        argv[1] = argv[0];
        argv++;
        argc--;
    }
    c.master.program = main_program(program, sizeof(program));
    c.master.argv = argv;
    c.source.env = (const char *const *)environ;
    c.source.sets = c.sets;
    c.master.source = &c.source;
    c.master.www_dir = WWWDIR;
    c.master.javascript_dir = JSDIR;
    while (rc < 0 && (opt = getopt_long(argc, argv, "+c:e:o:tqTOVh", long_options, NULL)) != -1)
        rc = main_option(&c, opt);
    if (rc >= 0)
        return rc;
    if (optind < argc)
        return main_odd_word(argv[optind]);
    return main_do(&c);
}
