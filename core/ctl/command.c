/* SPDX-License-Identifier: MIT */
/*
 * command - looking things up in the table of commands.
 */
#include "ctl/command.h"

#include <string.h>

/* How many of the words (at most n) are those of the command, all of its; 0: they are not. */
static size_t match(const struct command *c, const char *const *words, size_t n)
{
    const char *at = c->words;
    size_t used = 0;

    while (*at) {
        size_t length = strcspn(at, " ");
        if (used == n || strlen(words[used]) != length || memcmp(words[used], at, length) != 0)
            return 0;
        used++;
        at += length;
        at += *at == ' ';
    }
    return used;
}

const struct command *command_find(const char *const *words, size_t n, size_t *used)
{
    const struct command *best = NULL;

    *used = 0;
    for (const struct command *c = command_table; c->words; c++) {
        size_t k = match(c, words, n);
        if (k > *used) {
            best = c;
            *used = k;
        }
    }
    return best;
}

bool command_argument(const struct command *c, size_t i, struct command_argument *a)
{
    const char *at = c->arguments ? c->arguments : "";

    for (; *at; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        if (i--) {
            at += n;
            continue;
        }
        a->is_optional = *at == '[';
        a->is_many = n > 3 && !memcmp(at + n - 3, "...", 3);
        a->name = at + a->is_optional;
        a->name_n = n - a->is_optional - (a->is_many ? 3 : 0);
        a->name_n -= a->is_optional;
        return true;
    }
    return false;
}

static const struct option_spec *look_up(const struct option_spec *o, const char *name,
                                         size_t n, char letter)
{
    for (; o && o->name; o++)
        if (name ? strlen(o->name) == n && !memcmp(o->name, name, n)
                 : letter && o->letter == letter)
            return o;
    return NULL;
}

const struct option_spec *command_option(const struct command *c, const char *name, size_t n)
{
    const struct option_spec *o = c ? look_up(c->options, name, n, 0) : NULL;
    return o ? o : look_up(command_globals, name, n, 0);
}

const struct option_spec *command_letter(const struct command *c, char letter)
{
    const struct option_spec *o = c ? look_up(c->options, NULL, 0, letter) : NULL;
    return o ? o : look_up(command_globals, NULL, 0, letter);
}
