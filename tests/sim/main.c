/* SPDX-License-Identifier: MIT */
/*
 * main - the command line of claude-proxy-sim, an LLM provider that can be told to misbehave.
 *
 * It speaks Claude Messages, OpenAI Chat Completions, OpenAI Responses and Gemini over HTTP/1.1,
 * and shares no code with the gateway it stands in front of. README.md beside this file has the
 * directives with examples; --help has the list.
 */
#include "conn.h"
#include "log.h"
#include "script.h"
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char usage[] =
    "Usage: claude-proxy-sim [OPTIONS]\n"
    "An LLM provider for tests: four dialects, scripted answers and faults.\n\n"
    "  --listen ADDR:PORT   default 127.0.0.1:3900; port 0 lets the system choose\n"
    "  --port-file FILE     write the port there\n"
    "  --threads N          default 1\n"
    "  --tls CERT KEY       HTTPS, PEM files\n"
    "  --key K              accept only this key; repeatable\n"
    "  --log FILE           append a JSON line for each request and outcome\n"
    "  --script FILE        rules, one per line\n"
    "  --play 'WORDS'       directives for every request\n"
    "  --models a,b,c       the model list\n"
    "  --help               this\n\n"
    "Directives, in a rule, in a request's x-sim header, or as [[sim: ...]] in its last prompt\n"
    "(later wins; `then` parts the turns of a conversation):\n";

struct options {
    const char *listen, *port_file;
    int threads;
    struct text play;
};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "claude-proxy-sim: %s: %s\n", what, why);
    exit(2);
}

static void read_script(const char *path)
{
    struct text text = { 0 };
    char error[128];
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        fail(path, strerror(errno));
    while ((n = read(fd, text_room(&text, 4096), 4096)) > 0)
        text.n += (size_t)n;
    close(fd);
    if (script_load((struct slice){ text.at, text.n }, error, sizeof error) < 0)
        fail(path, error);
    text_free(&text);
}

static void add_key(const char *key)
{
    if (settings.keys_n == sizeof settings.keys / sizeof *settings.keys)
        fail("--key", "too many");
    settings.keys[settings.keys_n++] = slice_of(key);
}

static void set_tls(const char *cert, const char *key)
{
    if (!key || tls_setup(cert, key) < 0)
        fail("--tls", "cannot load CERT and KEY");
    settings.is_tls = true;
}

static void take_option(struct options *o, int option, char **argv)
{
    switch (option) {
    case 'l':
        o->listen = optarg;
        break;
    case 'p':
        o->port_file = optarg;
        break;
    case 't':
        o->threads = atoi(optarg);
        break;
    case 'T':
        set_tls(optarg, argv[optind]);
        optind++;
        break;
    case 'k':
        add_key(optarg);
        break;
    case 'L':
        if (log_open(optarg) < 0)
            fail(optarg, strerror(errno));
        break;
    case 's':
        read_script(optarg);
        break;
    case 'm':
        text_form(&o->play, " models='%s'", optarg);
        break;
    case 'P':
        text_form(&o->play, " %s", optarg);
        break;
    case 'h':
        fputs(usage, stdout);
        play_print_help();
        exit(0);
    default:
        exit(2);
    }
}

static void take_options(struct options *o, int argc, char **argv)
{
    static const struct option longs[] = {
        { "listen", required_argument, NULL, 'l' },
        { "port-file", required_argument, NULL, 'p' },
        { "threads", required_argument, NULL, 't' },
        { "tls", required_argument, NULL, 'T' },
        { "key", required_argument, NULL, 'k' },
        { "log", required_argument, NULL, 'L' },
        { "script", required_argument, NULL, 's' },
        { "models", required_argument, NULL, 'm' },
        { "play", required_argument, NULL, 'P' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1)
        take_option(o, option, argv);
    if (optind < argc)
        fail(argv[optind], "unexpected argument");
}

static void raise_files_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    struct options o = { "127.0.0.1:3900", NULL, 1, { 0 } };
    struct play first;
    char word[96];
    int status;

    play_init(&first); /* prepares what the threads share */
    take_options(&o, argc, argv);
    raise_files_limit();
    if (words_parse(&settings.defaults, (struct slice){ o.play.at, o.play.n }, 0, word,
                    sizeof word) < 0)
        fail("--play", word);
    status = server_run(o.listen, o.threads, o.port_file);
    words_free(&settings.defaults);
    text_free(&o.play);
    (void)script_load((struct slice){ 0 }, word, sizeof word); /* frees the rules */
    return status;
}
