/* SPDX-License-Identifier: MIT */
/*
 * main - the command line.
 */
#include "base/str.h"
#include "conf/conf.h"
#include "main/explain_command.h"
#include "main/master.h"
#include "main/tape.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

enum { SETS = 64, OPT_PLUGINS = 256, OPT_WWW, OPT_PORT_FILE, OPT_LAX, OPT_ADAPTERS };

static const char usage[] =
    "Usage: claude-proxy [run] [OPTION]...\n"
    "       claude-proxy explain ...   say where a request would go, and why\n"
    "       claude-proxy tape ...      translate one file with one adapter (for authors of plugins)\n"
    "\n"
    "An LLM gateway: Claude Messages, OpenAI Chat Completions and more on one port, with one key.\n"
    "\n"
    "  -c, --config FILE      read FILE (default: ./claude-proxy.conf, then the usual places)\n"
    "  -e, --env-file FILE    read FILE instead of ./.env\n"
    "  -o, --set NAME=VALUE   set one option, e.g. -o log.level=debug; wins over everything\n"
    "  -t, --test             check the configuration, report all errors, and exit\n"
    "  -O, --options          list every option with its type, default and meaning\n"
    "      --list-adapters    list the loaded adapters and the options that a channel may give them\n"
    "      --plugins DIR      load adapters from DIR\n"
    "      --lax              do not look at the owner and mode of plugins (development)\n"
    "      --www DIR          the front page's folder\n"
    "      --port-file FILE   write the port of the first listener to FILE once it is open\n"
    "  -V, --version          print the version\n"
    "  -h, --help             print this\n"
    "\n"
    "Signals: HUP reads the configuration anew, USR1 reopens the log, TERM drains, a second TERM ends at once.\n"
    "Exit codes: 0 fine, 1 could not start, 2 bad configuration, 64 bad command line.\n";

static const struct option long_options[] = {
    { "config", required_argument, NULL, 'c' },
    { "env-file", required_argument, NULL, 'e' },
    { "set", required_argument, NULL, 'o' },
    { "test", no_argument, NULL, 't' },
    { "options", no_argument, NULL, 'O' },
    { "list-adapters", no_argument, NULL, OPT_ADAPTERS },
    { "plugins", required_argument, NULL, OPT_PLUGINS },
    { "lax", no_argument, NULL, OPT_LAX },
    { "www", required_argument, NULL, OPT_WWW },
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
};

static void main_list_words(struct cp_str words)
{
    const char *before = "    one of ";
    struct cp_str word;

    for (; str_split(&words, '|', &word); before = ", ")
        printf("%s%.*s", before, STR_FMT(word));
    putchar('\n');
}

static void main_list_options(void)
{
    size_t n;
    const struct conf_entry *e = conf_entries(&n);

    for (size_t i = 0; i < n; i++) {
        const char *preset = e[i].preset ? e[i].preset : "none";
        printf("%-32s %-9s default: %s\n", e[i].name, e[i].type, preset[0] ? preset : "empty");
        if (e[i].env)
            printf("    environment: %s\n", e[i].env);
        if (e[i].help[0])
            printf("    %s\n", e[i].help);
        if (e[i].words)
            main_list_words(str_of(e[i].words));
    }
}

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
        if (c->sets_n < SETS)
            c->sets[c->sets_n++] = optarg;
        return -1;
    case 't':
        c->master.is_test = true;
        return -1;
    case OPT_ADAPTERS:
        c->master.is_list = true;
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
    case OPT_PORT_FILE:
        c->master.port_file = optarg;
        return -1;
    case 'O':
        main_list_options();
        return 0;
    case 'V':
        puts("claude-proxy " VERSION_TEXT);
        return 0;
    case 'h':
        fputs(usage, stdout);
        return 0;
    default:
        fputs("Try claude-proxy --help.\n", stderr);
        return 64;
    }
}

/* A word where none belongs: the commands have options of their own, so they stand before all options. */
static int main_odd_word(const char *word)
{
    if (!strcmp(word, "explain") || !strcmp(word, "tape") || !strcmp(word, "run"))
        fprintf(stderr, "claude-proxy: %s comes first: claude-proxy %s [OPTION]...\n", word,
                word);
    else
        fprintf(stderr, "claude-proxy: what is \"%s\"? Try --help.\n", word);
    return 64;
}

int main(int argc, char **argv)
{
    struct command c = { 0 };
    int opt, rc = -1;

    if (argc > 1 && !strcmp(argv[1], "tape"))
        return tape_main(argc - 1, argv + 1);
    if (argc > 1 && !strcmp(argv[1], "explain"))
        return explain_command_main(argc - 1, argv + 1);
    if (argc > 1 && !strcmp(argv[1], "run")) {
        argv[1] = argv[0];
        argv++;
        argc--;
    }
    c.source.env = (const char *const *)environ;
    c.source.sets = c.sets;
    c.master.source = &c.source;
    c.master.www_dir = WWWDIR;
    while (rc < 0 && (opt = getopt_long(argc, argv, "+c:e:o:tOVh", long_options, NULL)) != -1)
        rc = main_option(&c, opt);
    if (rc >= 0)
        return rc;
    if (optind < argc)
        return main_odd_word(argv[optind]);
    return master_run(&c.master);
}
