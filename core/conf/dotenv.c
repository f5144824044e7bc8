/* SPDX-License-Identifier: MIT */
/*
 * dotenv - the .env file: NAME=value lines below the real environment.
 *
 * The dialect is that of the Go library godotenv, which the program before this one used, without
 * its variable expansion: a key with a '$' in it must stay the key.
 */
#include "conf/dotenv.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/env.h"
#include "conf/files.h"
#include "conf/node.h"

struct dotenv {
    struct env *env;
    struct cp_str file;
    struct cp_str rest;
    unsigned line;
    struct conf_report *report;
};

static void dotenv_complain(const struct dotenv *d, bool is_error, const char *what)
{
    struct cp_str where = arena_printf(d->env->arena, "%.*s:%u", STR_FMT(d->file), d->line);
    conf_complain(d->report, is_error, where, "%s", what);
}

static bool is_name(struct cp_str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '.' || c == '-'))
            return false;
    }
    return name.n > 0;
}

static struct cp_str dotenv_line(struct dotenv *d)
{
    struct cp_str line = STR("");
    if (!str_split(&d->rest, '\n', &line))
        d->rest = STR_NONE;
    return line;
}

/* From behind an opening quote in d->rest to the closing one; absent if there is none. */
static struct cp_str dotenv_quoted(struct dotenv *d, char quote)
{
    struct cp_str s = d->rest;
    char *out = arena_need(d->env->arena, s.n + 1);
    size_t n = 0, i = 0;
    for (; i < s.n && s.p[i] != quote; i++) {
        char c = s.p[i];
        d->line += c == '\n';
        if (c == '\\' && quote == '"' && i + 1 < s.n) {
            c = s.p[++i];
            d->line += c == '\n';
            c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
        }
        out[n++] = c;
    }
    if (i == s.n)
        return STR_NONE;
    d->rest = str_from(s, i + 1);
    return str_n(out, n);
}

static struct cp_str dotenv_bare(struct cp_str line)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] == '#' && (i == 0 || line.p[i - 1] == ' ' || line.p[i - 1] == '\t'))
            return str_trim(str_cut(line, i));
    return str_trim(line);
}

static bool is_expansion(struct cp_str value)
{
    for (size_t i = 0; i + 1 < value.n; i++) {
        char c = value.p[i + 1];
        if (value.p[i] == '$' && (c == '{' || c == '_' || (c >= 'A' && c <= 'Z')))
            return true;
    }
    return false;
}

/* The value that begins in line, of which d->rest is the continuation. */
static struct cp_str dotenv_value(struct dotenv *d, struct cp_str line)
{
    while (line.n && (line.p[0] == ' ' || line.p[0] == '\t'))
        line = str_from(line, 1);
    char quote = line.n ? line.p[0] : '\0';
    if (quote != '"' && quote != '\'') {
        struct cp_str value = dotenv_bare(line);
        if (is_expansion(value))
            dotenv_complain(d, false, "$NAME is not expanded here");
        return arena_copy(d->env->arena, value);
    }
    struct cp_str after = d->rest;
    const char *end = after.p ? after.p + after.n : line.p + line.n;
    d->rest = str_n(line.p + 1, (size_t)(end - line.p) - 1);
    unsigned line_number = d->line;
    struct cp_str value = dotenv_quoted(d, quote);
    if (!value.p) {
        d->line = line_number;
        d->rest = after;
        dotenv_complain(d, true, "a quote is not closed");
        return value;
    }
    struct cp_str tail = str_trim(dotenv_line(d));
    if (tail.n && tail.p[0] != '#')
        dotenv_complain(d, true, "something stands behind the closing quote");
    if (quote == '"' && is_expansion(value))
        dotenv_complain(d, false, "$NAME is not expanded here");
    return value;
}

static void dotenv_next(struct dotenv *d)
{
    struct cp_str line = dotenv_line(d), head = str_trim(line);
    if (!head.n || head.p[0] == '#')
        return;
    if (str_begins(head, "export ") || str_begins(head, "export\t"))
        line = str_from(line, (size_t)(head.p - line.p) + 7);
    size_t at = 0;
    while (at < line.n && line.p[at] != '=' && line.p[at] != ':')
        at++;
    struct cp_str name = str_trim(str_cut(line, at));
    if (at == line.n || !is_name(name)) {
        dotenv_complain(d, true, "this is not NAME=value");
        return;
    }
    struct cp_str where = arena_printf(d->env->arena, "%.*s:%u", STR_FMT(d->file), d->line);
    struct cp_str value = dotenv_value(d, str_from(line, at + 1));
    size_t before = d->env->dotenv_n;
    if (value.n)
        env_add(d->env, name, value, where);
    if (d->env->dotenv_n == before)
        node_wipe_text(value);
}

void dotenv_parse(struct env *env, struct cp_str file, struct cp_str text,
                  struct conf_report *report)
{
    if (str_begins(text, "\xEF\xBB\xBF"))
        text = str_from(text, 3);
    struct dotenv d = { env, file, text, 0, report };
    if (text.n && memchr(text.p, '\0', text.n)) {
        conf_complain(report, true, file, "a NUL byte: this is no text file");
        return;
    }
    while (d.rest.p) {
        d.line++;
        dotenv_next(&d);
    }
}

struct cp_str dotenv_load(struct env *env, struct cp_str *path, struct conf_report *report)
{
    bool is_given = path->p;
    if (is_given && !path->n)
        return STR_NONE;
    if (!is_given)
        *path = STR(".env");
    struct err err;
    struct cp_str text;
    int rc = files_read(env->arena, *path, FILES_CONF_BYTES, &text, &err);
    if (rc == E_ABSENT && !is_given)
        return STR_NONE;
    if (rc) {
        conf_complain(report, is_given, *path, "%s", err.what);
        return STR_NONE;
    }
    return text;
}

void dotenv_check(const struct env *env, struct cp_str path, struct conf_report *report)
{
    if (env_find(env, STR("PROXY_ACCESS_KEY")) && files_is_open(path) && env->dotenv_n)
        conf_complain(report, false, path, "holds a key and can be read by others: %s",
                      files_way_out(path));
}
