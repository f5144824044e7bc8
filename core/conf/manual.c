/* SPDX-License-Identifier: MIT */
/*
 * manual - the table of options as the section OPTIONS of claude-proxy.conf(5).
 *
 * The page in the tree holds what comes out here; a test says when it does not, and core/conf/man-options.sh mends it.
 */
#include "conf/manual.h"

#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/table.h"
#include "conf/value.h"

/* As troff reads it: a backslash, and a point or an apostrophe at a line's beginning, mean something there. */
static void manual_text(struct buf *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        (void)buf_add_z(out, "\\&");
    for (; *text; text++) {
        if (*text == '\\')
            (void)buf_add_z(out, "\\e");
        else if (*text == '-')
            (void)buf_add_z(out, "\\-");
        else if (*text == '"')
            (void)buf_add_z(out, "\\(dq");
        else if (*text == '\'')
            (void)buf_add_z(out, "\\(aq");
        else
            (void)buf_add_c(out, *text);
    }
}

static void manual_range(struct buf *out, const struct conf_entry *e)
{
    char least[32], most[32];

    value_spell(e, e->least, least);
    value_spell(e, e->most, most);
    (void)buf_add_z(out, " from ");
    manual_text(out, least);
    (void)buf_printf(out, " to %s", most);
}

/* "word: auto, text; default: auto." */
static void manual_kind(struct buf *out, const struct conf_entry *e)
{
    struct cp_str words = str_of(e->words ? e->words : ""), word;
    const char *before = ": ";

    (void)buf_add_z(out, e->type);
    for (; e->words && str_split(&words, '|', &word); before = ", ")
        (void)buf_printf(out, "%s%.*s", before, STR_FMT(word));
    if (e->most > e->least)
        manual_range(out, e);
    if (e->preset) {
        (void)buf_add_z(out, "; default: ");
        manual_text(out, e->preset[0] ? e->preset : "empty");
    }
    (void)buf_add_z(out, ".\n");
}

static void manual_env(struct buf *out, const struct conf_entry *e)
{
    char env[TABLE_ENV_BYTES] = "";

    if (table_has_env(e))
        table_env_name(e, env);
    if (!env[0] && !e->env)
        return;
    (void)buf_printf(out, "Environment:\n.BR %s%s%s .\n", env,
                     env[0] && e->env ? " \", \" " : "", e->env ? e->env : "");
}

void manual_write(struct buf *out)
{
    size_t n;
    const struct conf_entry *e = conf_entries(&n);

    for (; n; n--, e++) {
        (void)buf_add_z(out, ".TP\n.B ");
        manual_text(out, e->name);
        (void)buf_add_c(out, '\n');
        manual_kind(out, e);
        manual_text(out, e->help);
        (void)buf_add_z(out, e->help[0] ? ".\n" : "");
        (void)buf_add_z(out, e->is_fixed ? "A change needs a restart.\n" : "");
        (void)buf_add_z(out, e->is_local ? "The administration does not set it.\n" : "");
        manual_env(out, e);
    }
}
