/* SPDX-License-Identifier: MIT */
/*
 * test_args - the command line, read by the table of commands; and the table itself.
 */
#include "test.h"

#include "base/str.h"
#include "ctl/args.h"

static struct args args;
static struct err err;

/* line: words that are split at blanks. */
static int read_line(const char *line)
{
    static char text[512];
    static char *argv[64];
    int argc = 0;

    snprintf(text, sizeof(text), "%s", line);
    for (char *at = text; *at && argc < 64;) {
        argv[argc++] = at;
        at += strcspn(at, " ");
        if (*at)
            *at++ = 0;
    }
    memset(&err, 0, sizeof(err));
    int rc = args_read(&args, argc, argv, &err);
    return rc || !args.command ? rc : args_check(&args, &err);
}

static const char *word(const char *name)
{
    const char *found = args_word(&args, name);
    return found ? found : "(none)";
}

static const char *option(const char *name)
{
    const char *found = args_option(&args, name);
    return found ? found : "(none)";
}

TEST(args_find_the_command)
{
    CHECK_EQ(read_line("channel get up"), 0);
    CHECK(!strcmp(args.command->words, "channel get"));
    CHECK(!strcmp(word("CHANNEL"), "up"));
    CHECK_EQ(read_line("config set log.level debug"), 0);
    CHECK(!strcmp(word("PATH"), "log.level") && !strcmp(word("VALUE"), "debug"));
    CHECK_EQ(read_line("reload"), 0);
    CHECK(!strcmp(args.command->words, "reload"));
}

TEST(args_options_stand_anywhere)
{
    CHECK_EQ(read_line("-s /run/x channel --json list"), 0);
    CHECK(!strcmp(option("socket"), "/run/x") && args_has(&args, "json"));
    CHECK_EQ(read_line("--socket=/run/y channel list -q"), 0);
    CHECK(!strcmp(option("socket"), "/run/y") && args_has(&args, "quiet"));
    CHECK_EQ(read_line("history -n5 --failed --channel up"), 0);
    CHECK(!strcmp(option("number"), "5") && !strcmp(option("channel"), "up"));
    CHECK_EQ(read_line("log -fq"), 0);
    CHECK(args_has(&args, "follow") && args_has(&args, "quiet"));
}

TEST(args_a_value_is_no_word)
{
    CHECK_EQ(read_line("stats --by channel --since 1h"), 0);
    CHECK(!strcmp(option("by"), "channel") && !args.words_n);
    CHECK_EQ(read_line("channel add --name list --dialect claude"), 0);
    CHECK(!strcmp(option("name"), "list"));
}

TEST(args_two_dashes_end_options)
{
    CHECK_EQ(read_line("channel get -- --odd"), 0);
    CHECK(!strcmp(word("CHANNEL"), "--odd"));
    CHECK_EQ(read_line("explain -"), 0);
    CHECK(!strcmp(word("FILE"), "-"));
}

TEST(args_before_the_words_are_everybodys)
{
    CHECK_EQ(read_line("--url http://here channel add --url http://there"), 0);
    CHECK(!strcmp(option("url"), "http://there"));
    CHECK(!strcmp(args_global(&args, "url"), "http://here"));
    CHECK_EQ(read_line("channel add --url http://there"), 0);
    CHECK(args_global(&args, "url") == NULL);
    CHECK_EQ(read_line("channel list --url http://here"), 0);
    CHECK(!strcmp(args_global(&args, "url"), "http://here"));
}

TEST(args_the_last_value_counts)
{
    CHECK_EQ(read_line("stats --by model --by key"), 0);
    CHECK(!strcmp(option("by"), "key"));
}

TEST(args_many_words)
{
    CHECK_EQ(read_line("channel set up a=1 b=2 c=3"), 0);
    CHECK_EQ(args.words_n, 4);
    CHECK_EQ(read_line("channel set up"), E_SYNTAX);
    CHECK_EQ(read_line("help channel add"), 0);
}

TEST(args_say_what_is_wrong)
{
    CHECK_EQ(read_line("chanel list"), E_SYNTAX);
    CHECK(strstr(err.what, "do you mean") || strstr(err.what, "Do you mean channel list"));
    CHECK_EQ(read_line("channel"), E_SYNTAX);
    CHECK(strstr(err.what, "channel what?"));
    CHECK_EQ(read_line("status --jsn"), E_SYNTAX);
    CHECK(strstr(err.what, "--json"));
    CHECK_EQ(read_line("channel get"), E_SYNTAX);
    CHECK(strstr(err.what, "CHANNEL is missing"));
    CHECK_EQ(read_line("channel get a b"), E_SYNTAX);
    CHECK_EQ(read_line("status --json=yes"), E_SYNTAX);
    CHECK_EQ(read_line("stats --by"), E_SYNTAX);
    CHECK_EQ(read_line("status -Z"), E_SYNTAX);
    CHECK_EQ(read_line("channel add --failed"), E_SYNTAX);
}

TEST(args_without_a_command)
{
    CHECK_EQ(read_line("--version"), 0);
    CHECK(!args.command && args_has(&args, "version"));
    CHECK_EQ(read_line(""), 0);
    CHECK(!args.command);
}

TEST(args_no_more_than_there_is_room_for)
{
    static char *argv[ARGS_WORDS + 20];
    static char help[] = "help", json[] = "--json";

    for (size_t i = 0; i < ARGS_WORDS + 20; i++)
        argv[i] = help;
    CHECK_EQ(args_read(&args, ARGS_WORDS + 20, argv, &err), E_SYNTAX);
    for (size_t i = 1; i < ARGS_OPTIONS + 10; i++)
        argv[i] = json;
    CHECK_EQ(args_read(&args, ARGS_OPTIONS + 10, argv, &err), E_SYNTAX);
}

/* ---- the table ---- */

TEST(command_table_is_whole)
{
    for (const struct command *c = command_table; c->words; c++) {
        bool is_good = c->help && c->help[0] >= 'a' && c->help[0] <= 'z' &&
                       c->help[strlen(c->help) - 1] != '.' &&
                       (c->run || (c->method && c->path));
        if (!is_good)
            printf("# %s\n", c->words);
        CHECK(is_good);
        for (const struct command *d = command_table; d < c; d++)
            CHECK(strcmp(c->words, d->words) != 0);
        for (const struct option_spec *o = c->options; o && o->name; o++) {
            const struct option_spec *all = command_option(NULL, o->name, strlen(o->name));
            CHECK(!all ||
                  (all->value && o->value)); /* --url: what it means depends on its place */
            CHECK(!o->letter || !command_letter(NULL, o->letter));
            CHECK(o->help && o->help[0]);
        }
    }
}

/* What a path or a sentence names in braces is an argument, or else a member of the answer in small letters. */
TEST(command_paths_name_arguments)
{
    for (const struct command *c = command_table; c->words; c++)
        for (const char *at = c->path; at && (at = strchr(at, '{')); at++) {
            struct command_argument a;
            size_t n = strcspn(at, "}") - 1, i = 0;
            while (command_argument(c, i, &a) && !(a.name_n == n && !memcmp(a.name, at + 1, n)))
                i++;
            CHECK(command_argument(c, i, &a));
        }
}

TEST_MAIN()
