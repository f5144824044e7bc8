/* SPDX-License-Identifier: MIT */
/*
 * args - the command line, read by the table of commands.
 *
 * Read twice: which command it is decides which options take a value, and options may come first.  For the search of the
 * command's words an option that is not known yet is taken to have no value, unless a global one says so.
 */
#include "ctl/args.h"

#include "base/str.h"
#include "conf/guess.h"

#include <stdio.h>

struct walk {
    struct args *args;
    char *const *argv;
    int argc, at;
    bool is_over;  /* "--" was there */
    bool is_first; /* the reading that only looks for the command */
    struct err *err;
};

/* ---- guesses ---- */

static int no_such_option(const struct walk *w, const char *shown, size_t n)
{
    struct guess guess;

    guess_init(&guess, str_n(shown, n));
    const struct option_spec *lists[2] = { w->args->command ? w->args->command->options : NULL,
                                           command_globals };
    for (size_t i = 0; i < 2; i++)
        for (const struct option_spec *o = lists[i]; o && o->name; o++)
            guess_try(&guess, str_of(o->name));
    if (guess.best.p)
        return err_set(w->err, E_SYNTAX, "", "there is no option --%.*s; do you mean --%.*s?",
                       (int)n, shown, STR_FMT(guess.best));
    return err_set(w->err, E_SYNTAX, "", "there is no option --%.*s", (int)n, shown);
}

static int no_such_command(const struct walk *w, const char *const *words, size_t n)
{
    char text[128], best[128] = "";
    struct guess guess;

    snprintf(text, sizeof(text), "%s%s%s", words[0], n > 1 ? " " : "", n > 1 ? words[1] : "");
    guess_init(&guess, str_of(text));
    for (const struct command *c = command_table; c->words; c++) {
        size_t first = strcspn(c->words, " ");
        if (strlen(words[0]) == first && !memcmp(words[0], c->words, first) && n == 1)
            return err_set(w->err, E_SYNTAX, "", "%s what? Try `claude-proxyctl help %s'.",
                           words[0], words[0]);
        guess_try(&guess, str_of(c->words));
    }
    if (!guess.best.p) {
        guess_init(&guess, str_of(words[0]));
        for (const struct command *c = command_table; c->words; c++)
            guess_try(&guess, str_n(c->words, strcspn(c->words, " ")));
    }
    if (guess.best.p)
        snprintf(best, sizeof(best), " Do you mean %.*s?", STR_FMT(guess.best));
    return err_set(w->err, E_SYNTAX, "", "there is no command %s.%s", text, best);
}

/* ---- one word after the other ---- */

static int keep(struct walk *w, const struct option_spec *spec, const char *value)
{
    struct args *a = w->args;

    if (w->is_first)
        return 0;
    if (a->options_n == ARGS_OPTIONS)
        return err_set(w->err, E_SYNTAX, "", "too many options");
    a->options[a->options_n].spec = spec;
    a->options[a->options_n++].value = value ? value : "";
    return 0;
}

/* attached: what stands behind '=' or a letter; NULL: the next word is the value, if there is to be one. */
static int take_option(struct walk *w, const struct option_spec *spec, const char *attached)
{
    if (!spec->value && attached && !w->is_first)
        return err_set(w->err, E_SYNTAX, "", "--%s takes no value", spec->name);
    if (!spec->value || attached)
        return keep(w, spec, attached);
    if (w->at == w->argc)
        return w->is_first ? 0
                           : err_set(w->err, E_SYNTAX, "", "--%s wants a value: %s", spec->name,
                                     spec->value);
    return keep(w, spec, w->argv[w->at++]);
}

/* Before the first word an option is everybody's, if there is one of its name: `--url HERE channel add --url THERE'. */
static const struct command *whose(const struct walk *w)
{
    return w->args->words_n ? w->args->command : NULL;
}

static int take_long(struct walk *w, const char *text)
{
    size_t n = strcspn(text, "=");
    const struct option_spec *spec = command_option(whose(w), text, n);

    if (!spec)
        spec = command_option(w->args->command, text, n);
    if (!spec)
        return w->is_first ? 0 : no_such_option(w, text, n);
    return take_option(w, spec, text[n] ? text + n + 1 : NULL);
}

/* "-fq", "-n5" */
static int take_letters(struct walk *w, const char *text)
{
    for (; *text; text++) {
        const struct option_spec *spec = command_letter(w->args->command, *text);
        if (!spec && w->is_first)
            continue;
        if (!spec)
            return err_set(w->err, E_SYNTAX, "", "there is no option -%.1s", text);
        if (spec->value)
            return take_option(w, spec, text[1] ? text + 1 : NULL);
        int rc = keep(w, spec, NULL);
        if (rc)
            return rc;
    }
    return 0;
}

static int take_word(struct walk *w, const char *word)
{
    struct args *a = w->args;

    if (a->words_n == ARGS_WORDS)
        return err_set(w->err, E_SYNTAX, "", "too many words");
    a->words[a->words_n++] = word;
    return 0;
}

static int walk(struct walk *w)
{
    int rc = 0;

    for (w->at = 0, w->is_over = false, w->args->words_n = 0; !rc && w->at < w->argc;) {
        const char *word = w->argv[w->at++];
        if (w->is_over || word[0] != '-' || !word[1])
            rc = take_word(w, word);
        else if (!strcmp(word, "--"))
            w->is_over = true;
        else
            rc = word[1] == '-' ? take_long(w, word + 2) : take_letters(w, word + 1);
    }
    return rc;
}

int args_read(struct args *a, int argc, char *const *argv, struct err *err)
{
    struct walk w = { .args = a, .argv = argv, .argc = argc, .is_first = true, .err = err };
    size_t used = 0;

    memset(a, 0, sizeof(*a));
    int rc = walk(&w);
    if (rc)
        return rc;
    a->command = command_find(a->words, a->words_n, &used);
    if (!a->command && a->words_n)
        return no_such_command(&w, a->words, a->words_n);
    w.is_first = false;
    rc = walk(&w);
    if (rc || !a->command)
        return rc;
    /* The value of an option of the command's own may have been taken for one of its words. */
    if (command_find(a->words, a->words_n, &used) != a->command)
        return no_such_command(&w, a->words, a->words_n ? a->words_n : 1);
    a->words_n -= used;
    memmove(a->words, a->words + used, a->words_n * sizeof(*a->words));
    return 0;
}

int args_check(const struct args *a, struct err *err)
{
    struct command_argument arg;
    size_t i;

    for (i = 0; command_argument(a->command, i, &arg); i++) {
        if (i >= a->words_n && !arg.is_optional)
            return err_set(err, E_SYNTAX, "",
                           "%s: %.*s is missing. Try `claude-proxyctl help %s'.",
                           a->command->words, (int)arg.name_n, arg.name, a->command->words);
        if (arg.is_many)
            return 0;
    }
    if (a->words_n > i)
        return err_set(err, E_SYNTAX, "", "%s: what is \"%s\"? Try `claude-proxyctl help %s'.",
                       a->command->words, a->words[i], a->command->words);
    return 0;
}

const char *args_option(const struct args *a, const char *name)
{
    for (size_t i = a->options_n; i--;)
        if (!strcmp(a->options[i].spec->name, name))
            return a->options[i].value;
    return NULL;
}

const char *args_global(const struct args *a, const char *name)
{
    const struct option_spec *spec = command_option(NULL, name, strlen(name));

    for (size_t i = a->options_n; i--;)
        if (a->options[i].spec == spec)
            return a->options[i].value;
    return NULL;
}

bool args_has(const struct args *a, const char *name)
{
    return args_option(a, name) != NULL;
}

const char *args_word(const struct args *a, const char *name)
{
    struct command_argument arg;

    for (size_t i = 0; command_argument(a->command, i, &arg); i++)
        if (strlen(name) == arg.name_n && !memcmp(name, arg.name, arg.name_n))
            return i < a->words_n ? a->words[i] : NULL;
    return NULL;
}
