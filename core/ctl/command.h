/* SPDX-License-Identifier: MIT */
/*
 * command - the table of commands: words, arguments, options and help of each, and what it asks the gateway.
 *
 * Everything that is told of commands is made from this table: --help, the completion of the shell, the check of the
 * command line; the man page is compared with it.  A command that is one question and one answer has no code of its own: its
 * method, path and view say all.
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct ctl;
struct view;

struct option_spec {
    const char *name;  /* "since"; without the dashes */
    char letter;       /* 0: none */
    const char *value; /* what stands for it in help: "DURATION"; NULL: it has no value */
    /*
     * What becomes of it: "?name": a member of the address; "=caps.rpm": a member of the body, by the table of
     * options; NULL: the command's function asks for it.
     */
    const char *send;
    const char *help;
};

struct command {
    const char *words;                 /* "channel add" */
    const char *arguments;             /* "CHANNEL [KEY] NAME=VALUE..." */
    const struct option_spec *options; /* ended by a NULL name; NULL: none */
    const char *help;                  /* a line; begins small, without a full stop */
    const char *method; /* of run == NULL; the path's {CHANNEL} is that argument */
    const char *path;
    const char *prefix;       /* of members in the body: "channels."; NULL: no body */
    const struct view *view;  /* of the answer; NULL: as a page */
    const char *done;         /* said instead of the answer: "channel {CHANNEL} is active" */
    int (*run)(struct ctl *); /* an exit code; NULL: as method and path say */
};

/* Ended by one whose words are NULL, in the order of help. */
extern const struct command command_table[];
/* Those that may stand anywhere. */
extern const struct option_spec command_globals[];

/* The command whose words are the beginning of words (n of them); *used says how many; NULL: none. */
const struct command *command_find(const char *const *words, size_t n, size_t *used);
/* One argument of "A [B] C...": the i-th; *name is n bytes of its name.  False: there is none. */
struct command_argument {
    const char *name;
    size_t name_n;
    bool is_optional, is_many;
};
bool command_argument(const struct command *, size_t i, struct command_argument *);
const struct option_spec *command_option(const struct command *, const char *name, size_t n);
const struct option_spec *command_letter(const struct command *, char letter);

#endif
