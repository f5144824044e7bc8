/* SPDX-License-Identifier: MIT */
/*
 * assign - NAME=VALUE on the command line becomes a member of a JSON body, of the kind that the table of options says.
 *
 * Only kinds and names are looked at, so that an error is told before anything is sent; ranges are the gateway's to judge, which
 * may be another version.  Secrets are refused: an argument stands in the list of processes and in the shell's history.
 */
#include "ctl/assign.h"

#include "base/str.h"
#include "conf/conf.h"
#include "conf/guess.h"
#include "conf/table.h"
#include "ctl/ctl.h"
#include "json/tree.h"

#include <stdio.h>

static const struct conf_entry *look_up(const char *prefix, struct cp_str name)
{
    char full[160];

    snprintf(full, sizeof(full), "%s%.*s", prefix, STR_FMT(name));
    return table_find(str_of(full));
}

static int unknown(const char *prefix, struct cp_str name, struct err *err)
{
    struct guess guess;
    size_t n, skip = strlen(prefix);
    const struct conf_entry *e = conf_entries(&n);

    guess_init(&guess, name);
    for (size_t i = 0; i < n; i++)
        if (str_begins(str_of(e[i].name), prefix))
            guess_try(&guess, str_of(e[i].name + skip));
    if (guess.best.p)
        return err_set(err, E_CONFIG, "", "there is no option %.*s; do you mean %.*s?",
                       STR_FMT(name), STR_FMT(guess.best));
    return err_set(err, E_CONFIG, "", "there is no option %.*s", STR_FMT(name));
}

/* ---- values ---- */

static struct tree *from_json(struct cp_str value, struct err *err)
{
    struct err inner = { 0 };
    struct tree *t = tree_parse(value, &inner);

    if (!t)
        err_set(err, E_CONFIG, "", "%.*s is no JSON: %s", STR_FMT(str_cut(value, 40)),
                inner.what);
    return t;
}

static struct tree *from_list(struct cp_str value, struct err *err)
{
    struct tree *t;
    struct cp_str part;

    if (value.p[0] == '[')
        return from_json(value, err);
    t = tree_array();
    while (str_split(&value, ',', &part))
        if (str_trim(part).n)
            tree_append(t, tree_text(str_trim(part)));
    return t;
}

static struct tree *from_bool(struct cp_str value, struct err *err)
{
    unsigned place;

    if (guess_is_among(value, "true|yes|on|1", &place))
        return tree_bool(true);
    if (guess_is_among(value, "false|no|off|0", &place))
        return tree_bool(false);
    err_set(err, E_CONFIG, "", "yes or no, not %.*s", STR_FMT(str_cut(value, 40)));
    return NULL;
}

static struct tree *from_int(struct cp_str value, struct err *err)
{
    int64_t n;

    if (!str_int(value, &n))
        return tree_int(n);
    err_set(err, E_CONFIG, "", "a number, not %.*s", STR_FMT(str_cut(value, 40)));
    return NULL;
}

/* NULL: err says why. */
static struct tree *value_of(const struct conf_entry *e, struct cp_str value, struct err *err)
{
    if (!value.n || str_is(value, "null"))
        return tree_null();
    if (!strcmp(e->type, "int"))
        return from_int(value, err);
    if (!strcmp(e->type, "bool"))
        return from_bool(value, err);
    if (!strcmp(e->type, "list"))
        return from_list(value, err);
    if (!strcmp(e->type, "group"))
        return from_json(value, err);
    if (!strcmp(e->type, "count")) {
        int64_t n;
        return str_int(value, &n) ? tree_text(value) : tree_int(n);
    }
    return tree_text(value);
}

/* ---- members ---- */

/* The object that a name with points means, made where it is not there; *name is left with the last part. */
static struct tree *descend(struct tree *object, struct cp_str *name)
{
    char part[64];
    ptrdiff_t point;

    while ((point = str_chr(*name, '.')) >= 0) {
        snprintf(part, sizeof(part), "%.*s", (int)point, name->p);
        struct tree *next = tree_get(object, part);
        if (!next || tree_kind(next) != TREE_OBJECT) {
            tree_put(object, part, tree_object());
            next = tree_get(object, part);
        }
        object = next;
        *name = str_from(*name, (size_t)point + 1);
    }
    return object;
}

int assign_put(struct tree *object, const char *prefix, struct cp_str name, struct cp_str value,
               struct err *err)
{
    const struct conf_entry *e = look_up(prefix, name);
    char last[64];

    /* What an adapter takes is not in the table: its names are the plugin's. */
    if (!e && str_begins(name, "options.") && !strcmp(prefix, "channels."))
        e = look_up(prefix, STR("name"));
    if (!e && str_begins(name, "parameters.") && !strcmp(prefix, "channels."))
        e = look_up(prefix, STR("parameters"));
    if (!e)
        return unknown(prefix, name, err);
    if (!strcmp(e->name, "admin_password") && value.n)
        return err_set(err, E_CONFIG, "",
                       "a password does not belong on a command line: claude-proxyctl passwd "
                       "asks for it");
    if (!strcmp(e->type, "secret"))
        return err_set(err, E_CONFIG, "",
                       "%.*s is a secret: it does not belong on a command line. Pass it on "
                       "standard input",
                       STR_FMT(name));
    struct err inner = { 0 };
    struct tree *t = value_of(e, value, &inner);
    if (!t)
        return err_set(err, E_CONFIG, "", "%.*s wants %s", STR_FMT(name), inner.what);
    object = descend(object, &name);
    snprintf(last, sizeof(last), "%.*s", STR_FMT(name));
    tree_put(object, last, t);
    return 0;
}

/* ---- the command's ---- */

static int put_words(const struct ctl *ctl, struct tree *body, struct err *err)
{
    const struct args *a = &ctl->args;
    struct command_argument arg;

    for (size_t i = 0, k = 0; command_argument(a->command, i, &arg); i++) {
        if (strncmp(arg.name, "NAME=VALUE", arg.name_n) != 0)
            continue;
        for (k = i; k < a->words_n; k++) {
            struct cp_str rest = str_of(a->words[k]), name = STR_NONE;
            if (str_chr(rest, '=') < 1)
                return err_set(err, E_CONFIG, "", "NAME=VALUE, not %s", a->words[k]);
            (void)str_split(&rest, '=', &name);
            int rc = assign_put(body, a->command->prefix, name, rest.p ? rest : STR(""), err);
            if (rc)
                return rc;
        }
    }
    return 0;
}

int assign_options(struct ctl *ctl, struct tree **body)
{
    const struct args *a = &ctl->args;
    struct tree *t = tree_object();
    struct err err = { 0 };
    int rc = 0;

    for (size_t i = 0; !rc && i < a->options_n; i++) {
        const struct option_spec *o = a->options[i].spec;
        if (o->send && o->send[0] == '=')
            rc = assign_put(t, a->command->prefix, str_of(o->send + 1),
                            o->value ? str_of(a->options[i].value) : STR("true"), &err);
    }
    if (!rc)
        rc = put_words(ctl, t, &err);
    if (rc) {
        ctl_complain("%s", err.what);
        tree_free(t);
        return CTL_USAGE;
    }
    *body = t;
    return 0;
}
