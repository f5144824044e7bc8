/* SPDX-License-Identifier: MIT */
/*
 * options - a channel's option group against an adapter's cp_option table.
 *
 * Everything an adapter can be told is checked here, before the adapter sees it: a name it does
 * not have, a word where a number is due, a value given twice. So a plugin's configure() only
 * judges what types cannot say.
 */
#include "plugin/options.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>

enum { GUESS_BYTES = 32, GUESS_FAR = 3 };

struct conf_value {
    const struct cp_option *option;
    char *text;
    int64_t number;
    bool is_set;
};

struct cp_conf {
    size_t n;
    struct conf_value values[];
};

/* Edits between two short words; Levenshtein with one row. */
static size_t distance(struct cp_str a, struct cp_str b)
{
    size_t row[GUESS_BYTES + 1];
    if (a.n > GUESS_BYTES || b.n > GUESS_BYTES)
        return SIZE_MAX;
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t change = diagonal + (a.p[i - 1] != b.p[j - 1]);
            diagonal = row[j];
            size_t shift = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = change < shift ? change : shift;
        }
    }
    return row[b.n];
}

static int unknown_option(const struct cp_adapter *a, const struct conf_option *given,
                          const char *where, struct err *err)
{
    const char *best = NULL;
    size_t least = GUESS_FAR;
    for (uint32_t i = 0; i < a->options_n; i++) {
        size_t d = distance(given->name, str_of(a->options[i].name));
        if (d < least) {
            least = d;
            best = a->options[i].name;
        }
    }
    if (best)
        return err_set(err, E_CONFIG, where, "%s has no option \"%.*s\"; did you mean \"%s\"?",
                       a->dialect, STR_FMT(str_cut(given->name, 64)), best);
    return err_set(err, E_CONFIG, where, "%s has no option \"%.*s\"", a->dialect,
                   STR_FMT(str_cut(given->name, 64)));
}

static struct conf_value *value_find(struct cp_conf *conf, struct cp_str name)
{
    for (size_t i = 0; i < conf->n; i++)
        if (str_is(name, conf->values[i].option->name))
            return &conf->values[i];
    return NULL;
}

static int read_bool(struct cp_str s, int64_t *value)
{
    static const char *const yes[] = { "true", "yes", "on", "1" };
    static const char *const no[] = { "false", "no", "off", "0" };
    for (size_t i = 0; i < 4; i++) {
        if (str_is_nocase(s, yes[i]) || str_is_nocase(s, no[i])) {
            *value = str_is_nocase(s, yes[i]);
            return 0;
        }
    }
    return E_SYNTAX;
}

static int value_set(struct conf_value *v, struct cp_str text, const char *where,
                     struct err *err)
{
    int64_t number = 0;
    if (v->option->type == CP_T_INT && str_int(text, &number))
        return err_set(err, E_CONFIG, where, "%s must be a whole number", v->option->name);
    if (v->option->type == CP_T_BOOL && read_bool(text, &number))
        return err_set(err, E_CONFIG, where, "%s must be true or false", v->option->name);
    if (!str_is_field_value(text))
        return err_set(err, E_CONFIG, where, "%s has control bytes", v->option->name);
    free(v->text);
    v->text = mem_dup(text.p ? text.p : "", text.n);
    v->number = number;
    return 0;
}

static int option_take(const struct cp_adapter *a, struct cp_conf *conf,
                       const struct conf_option *given, struct err *err)
{
    char where[sizeof(err->where)];
    size_t n = given->where.n < sizeof(where) ? given->where.n : sizeof(where) - 1;
    if (n)
        memcpy(where, given->where.p, n);
    where[n] = '\0';

    struct conf_value *v = value_find(conf, given->name);
    if (!v)
        return unknown_option(a, given, where, err);
    if (v->is_set)
        return err_set(err, E_CONFIG, where, "%s is given twice", v->option->name);
    v->is_set = true;
    return value_set(v, given->value, where, err);
}

static int preset_take(const struct cp_adapter *a, struct conf_value *v, struct err *err)
{
    const char *preset = v->option->preset;
    if (!preset)
        preset = v->option->type == CP_T_STRING ? "" : "0";
    return value_set(v, str_of(preset), a->dialect, err);
}

int options_check(const struct cp_adapter *a, const struct conf_option *given, size_t n,
                  struct cp_conf **out, struct err *err)
{
    struct cp_conf *conf = mem_new(1, sizeof(*conf) + a->options_n * sizeof(struct conf_value));
    int rc = 0;

    conf->n = a->options_n;
    for (size_t i = 0; i < conf->n; i++)
        conf->values[i].option = &a->options[i];
    for (size_t i = 0; !rc && i < conf->n; i++)
        rc = preset_take(a, &conf->values[i], err);
    for (size_t i = 0; !rc && i < n; i++)
        rc = option_take(a, conf, &given[i], err);
    if (rc) {
        options_free(conf);
        return rc;
    }
    *out = conf;
    return 0;
}

void options_free(struct cp_conf *conf)
{
    if (!conf)
        return;
    for (size_t i = 0; i < conf->n; i++)
        free(conf->values[i].text);
    free(conf);
}

static const struct conf_value *value_named(const struct cp_conf *conf, const char *name)
{
    for (size_t i = 0; conf && name && i < conf->n; i++)
        if (strcmp(conf->values[i].option->name, name) == 0)
            return &conf->values[i];
    return NULL;
}

struct cp_str options_str(const struct cp_conf *conf, const char *name)
{
    const struct conf_value *v = value_named(conf, name);
    return v ? str_of(v->text) : STR_NONE;
}

int64_t options_int(const struct cp_conf *conf, const char *name)
{
    const struct conf_value *v = value_named(conf, name);
    return v ? v->number : 0;
}

bool options_rewrite(const struct cp_conf *conf)
{
    for (size_t i = 0; conf && i < conf->n; i++) {
        const struct conf_value *v = &conf->values[i];
        const char *preset = v->option->preset ? v->option->preset : "";
        if (v->is_set && (v->option->flags & CP_REWRITES) && strcmp(v->text, preset) != 0)
            return true;
    }
    return false;
}

void options_help(struct buf *out, const struct cp_adapter *a)
{
    static const char *const types[] = { "?", "text", "number", "true/false" };
    buf_printf(out, "%s - %s\n", a->dialect, a->title);
    if (a->options_n == 0)
        buf_add_z(out, "    no options\n");
    for (uint32_t i = 0; i < a->options_n; i++) {
        const struct cp_option *o = &a->options[i];
        buf_printf(out, "    %s  (%s, default \"%s\")\n        %s\n", o->name,
                   types[o->type <= CP_T_BOOL ? o->type : 0], o->preset ? o->preset : "",
                   o->help ? o->help : "");
    }
}
