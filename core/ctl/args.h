/* SPDX-License-Identifier: MIT */
/*
 * args - the command line, read by the table of commands.
 *
 * Options may stand before, among and behind the words; "--" ends them.  What is wrong is told with what was probably
 * meant.
 */
#ifndef CTL_ARGS_H
#define CTL_ARGS_H

#include "base/err.h"
#include "ctl/command.h"

enum { ARGS_WORDS = 256, ARGS_OPTIONS = 64 };

struct args {
    const struct command *command; /* NULL: no words, only options such as --help */
    const char *words[ARGS_WORDS]; /* behind the command's own */
    size_t words_n;
    struct {
        const struct option_spec *spec;
        const char *value; /* "" if it has none */
    } options[ARGS_OPTIONS];
    size_t options_n;
};

/* argv without the program's name; lent for the args' life.  0 or E_SYNTAX. */
int args_read(struct args *, int argc, char *const *argv, struct err *);
/* Are the arguments that the command needs there, and no others?  0 or E_SYNTAX. */
int args_check(const struct args *, struct err *);
/* The last value; NULL: it is not there. */
const char *args_option(const struct args *, const char *name);
/* The same of one of command_globals, whatever the command calls by that name. */
const char *args_global(const struct args *, const char *name);
bool args_has(const struct args *, const char *name);
/* The argument that the command's table calls so; NULL: not given. */
const char *args_word(const struct args *, const char *name);

#endif
