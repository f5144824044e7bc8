/* SPDX-License-Identifier: MIT */
/*
 * help - what the table of commands says, for people.
 */
#include "base/str.h"
#include "ctl/ctl.h"
#include "ctl/run.h"

enum { COLUMN = 26, WIDE_COLUMN = 44 };

static void line(struct buf *out, size_t used, size_t column, const char *text)
{
    if (used + 2 > column) {
        buf_add_c(out, '\n');
        used = 0;
    }
    for (; used < column; used++)
        buf_add_c(out, ' ');
    buf_printf(out, "%s\n", text);
}

static void add_options(struct buf *out, const struct option_spec *o)
{
    for (; o && o->name; o++) {
        size_t from = out->n;
        buf_printf(out, o->letter ? "  -%c, " : "      ", o->letter);
        buf_printf(out, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
        line(out, out->n - from, COLUMN, o->help);
    }
}

void ctl_help(struct ctl *ctl, const struct command *c)
{
    struct buf *out = &ctl->out;

    buf_printf(out, "Usage: claude-proxyctl %s%s%s%s\n\n", c->words,
               c->options ? " [OPTION]..." : "", c->arguments ? " " : "",
               c->arguments ? c->arguments : "");
    buf_printf(out, "%c%s.\n",
               c->help[0] >= 'a' && c->help[0] <= 'z' ? c->help[0] - 32 : c->help[0],
               c->help + 1);
    if (c->options)
        buf_add_c(out, '\n');
    add_options(out, c->options);
    if (c->prefix && c->prefix[0])
        buf_printf(
            out,
            "\nNAME is an option of %.*s: `claude-proxy --options' and claude-proxy.conf(5) "
            "say which there are.\n",
            (int)strlen(c->prefix) - 1, c->prefix);
    buf_printf(out, "\nOptions of all commands: claude-proxyctl help\n");
}

static void add_command(struct buf *out, const struct command *c)
{
    size_t from = out->n;

    buf_printf(out, "  %s%s%s", c->words, c->arguments ? " " : "",
               c->arguments ? c->arguments : "");
    line(out, out->n - from, WIDE_COLUMN, c->help);
}

void ctl_help_all(struct ctl *ctl)
{
    struct buf *out = &ctl->out;

    buf_add_z(out, "Usage: claude-proxyctl [OPTION]... COMMAND [ARGUMENT]...\n\n"
                   "Shows and changes a running claude-proxy.\n\n");
    for (const struct command *c = command_table; c->words; c++)
        add_command(out, c);
    buf_add_z(out, "\n");
    add_options(out, command_globals);
    buf_add_z(
        out,
        "\nExit codes: 0 done, 1 the gateway refused, 64 bad command line, 66 a file cannot "
        "be read,\n69 no gateway was found, 77 not allowed.\n");
}

/* "help channel": the commands that begin so. */
static bool help_group(struct ctl *ctl, const char *word)
{
    bool any = false;

    for (const struct command *c = command_table; c->words; c++) {
        size_t n = strlen(word);
        if (strncmp(c->words, word, n) != 0 || c->words[n] != ' ')
            continue;
        add_command(&ctl->out, c);
        any = true;
    }
    return any;
}

int run_help(struct ctl *ctl)
{
    const struct args *a = &ctl->args;
    size_t used = 0;

    if (!a->words_n) {
        ctl_help_all(ctl);
        return 0;
    }
    const struct command *c = command_find(a->words, a->words_n, &used);
    if (c && used == a->words_n) {
        ctl_help(ctl, c);
        return 0;
    }
    if (a->words_n == 1 && help_group(ctl, a->words[0]))
        return 0;
    ctl_complain("there is no command %s%s%s", a->words[0], a->words_n > 1 ? " " : "",
                 a->words_n > 1 ? a->words[1] : "");
    return CTL_USAGE;
}
