/* SPDX-License-Identifier: MIT */
/*
 * env - the environment and .env, as one list of names; and what they say to options.
 *
 * Every scalar option can be set as CLAUDE_PROXY_ and its name in capitals, "." spelled "__".  The
 * names that the Go program of the same name read are honoured below those.  A generic name that
 * another program owns (ENV is also the shell's start-up file) is taken only if it can be meant.
 */
#include "conf/env.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/guess.h"
#include "conf/node.h"
#include "conf/table.h"

void env_init(struct env *env, struct arena *arena, const char *const *names)
{
    *env = (struct env){ .arena = arena };
    for (; names && *names; names++) {
        struct cp_str value = str_of(*names), name;
        if (str_split(&value, '=', &name) && name.n)
            env_add(env, name, value, arena_printf(arena, "environment:%.*s", STR_FMT(name)));
    }
    env->dotenv_n = 0;
}

void env_add(struct env *env, struct cp_str name, struct cp_str value, struct cp_str where)
{
    if (!value.n || env_find(env, name))
        return;
    struct env_var *v = arena_need(env->arena, sizeof(*v));
    v->name = arena_copy(env->arena, name);
    v->value = value;
    v->where = where;
    if (env->last)
        env->last->next = v;
    else
        env->first = v;
    env->last = v;
    env->dotenv_n++;
}

const struct env_var *env_find(const struct env *env, struct cp_str name)
{
    for (const struct env_var *v = env->first; v; v = v->next)
        if (str_eq(v->name, name))
            return v;
    return NULL;
}

struct cp_str env_get(const struct env *env, const char *name)
{
    const struct env_var *v = env_find(env, str_of(name));
    return v ? v->value : STR_NONE;
}

/* What is said a second way steps back: the later way wins. */
static void env_put(struct arena *arena, struct node *root, const char *option,
                    const struct env_var *v)
{
    static const char *const twins[][2] = {
        { "access_key", "access_key_file" },
        { "access_key_file", "access_key" },
        { "listen", "port" },
    };
    struct cp_str path = str_of(option);
    for (size_t i = 0; i < sizeof(twins) / sizeof(*twins); i++)
        if (str_is(path, twins[i][0]))
            (void)node_set(arena, root, str_of(twins[i][1]), STR_NONE, v->where);
    /* What cannot be set because a file made a scalar of its group is complained of there. */
    (void)node_set(arena, root, path, v->value, v->where);
}

/* The units the old names leave unsaid. */
static const char *env_unit(struct cp_str name)
{
    static const char *const units[][2] = {
        { "REQUEST_TIMEOUT", "ms" },
        { "RESPONSE_HEADER_TIMEOUT", "s" },
        { "MAX_REQUEST_BODY_SIZE_MB", "MB" },
    };
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
        if (str_is(name, units[i][0]))
            return units[i][1];
    return NULL;
}

/* The old program's rule for what it could not use: a window of three, a threshold of one half. */
static int64_t env_window(struct cp_str text)
{
    int64_t window;
    if (str_int(text, &window))
        return 10;
    return window < 3 ? 3 : window > 64 ? 64 : window;
}

/* "0.5" to 50 percent, rounded; -1: it is no decimal fraction above 0 and up to 1. */
static int64_t env_percent(struct cp_str text)
{
    int64_t value = 0, scale = 1000; /* thousandths */
    bool has_point = false, has_digit = false;
    for (size_t i = 0; i < text.n; i++) {
        bool is_digit = text.p[i] >= '0' && text.p[i] <= '9';
        if (!is_digit && (text.p[i] != '.' || has_point))
            return -1;
        has_digit |= is_digit;
        scale /= has_point ? 10 : 1;
        has_point |= !is_digit;
        if (is_digit && !has_point)
            value = value * 10 + (text.p[i] - '0') * 1000;
        else if (is_digit)
            value += (text.p[i] - '0') * scale;
        if (value > 1000)
            return -1;
    }
    if (!has_digit || !value)
        return -1;
    return value < 10 ? 1 : (value + 5) / 10;
}

/* METRICS_*: the breaker's rules under their old names and in their old units. */
static void env_put_metric(const struct env *env, struct node *root,
                           const struct conf_entry *entry, const struct env_var *v,
                           struct conf_report *report)
{
    struct cp_str text = str_trim(v->value);
    bool is_window = str_is(v->name, "METRICS_WINDOW_SIZE");
    int64_t value = is_window ? env_window(text) : env_percent(text), given;
    struct env_var now = *v;
    if (is_window && (str_int(text, &given) || given != value))
        conf_complain(report, false, v->where, "must be from 3 to 64: taken as %d", (int)value);
    if (value < 0) {
        conf_complain(report, false, v->where,
                      "must be more than 0 and at most 1: taken as 0.5");
        value = 50;
    }
    now.value = arena_printf(env->arena, "%d", (int)value);
    env_put(env->arena, root, entry->name, &now);
}

static void env_put_old(const struct env *env, struct node *root,
                        const struct conf_entry *entry, struct conf_report *report)
{
    const struct env_var *v = env_find(env, str_of(entry->env));
    if (!v && str_is(str_of(entry->env), "ENV"))
        v = env_find(env, STR("NODE_ENV"));
    if (!v || (str_is(v->name, "ENV") && str_chr(v->value, '/') >= 0))
        return;
    if (str_begins(v->name, "METRICS_")) {
        env_put_metric(env, root, entry, v, report);
        return;
    }
    struct env_var with_unit = *v;
    const char *unit = env_unit(v->name);
    int64_t number;
    if (unit && (str_int(str_trim(v->value), &number) || number < 0)) {
        conf_complain(report, true, v->where, "must be a whole number of %s", unit);
        return;
    }
    if (unit)
        with_unit.value = arena_printf(env->arena, "%.*s%s", STR_FMT(str_trim(v->value)), unit);
    env_put(env->arena, root, entry->name, &with_unit);
}

/* LOG_DIR and LOG_FILE make one path; what the old program wrote without them was a default of its own. */
static void env_put_log_file(const struct env *env, struct node *root)
{
    const struct env_var *dir = env_find(env, STR("LOG_DIR")),
                         *file = env_find(env, STR("LOG_FILE"));
    if (!dir && !file)
        return;
    struct env_var v = file ? *file : *dir;
    if (!file || !str_begins(file->value, "/"))
        v.value = arena_printf(env->arena, "%.*s/%.*s", STR_FMT(dir ? dir->value : STR("logs")),
                               STR_FMT(file ? file->value : STR("app.log")));
    env_put(env->arena, root, "log.file", &v);
}

/* How long requests were remembered, in days; what could not be used was seven, and at least three. */
static void env_put_history(const struct env *env, struct node *root,
                            struct conf_report *report)
{
    const struct env_var *on = env_find(env, STR("METRICS_PERSISTENCE_ENABLED")),
                         *days = env_find(env, STR("METRICS_RETENTION_DAYS"));
    struct env_var v;
    int64_t n;
    if (on && str_is_nocase(str_trim(on->value), "false")) {
        v = *on;
        v.value = STR("none");
        env_put(env->arena, root, "history.store", &v);
    }
    if (!days)
        return;
    v = *days;
    if (str_int(str_trim(v.value), &n) || n < 3 || n > 30) {
        n = str_int(str_trim(v.value), &n) ? 7 : n < 3 ? 3 : 30;
        conf_complain(report, false, v.where, "must be from 3 to 30 days: taken as %d", (int)n);
    }
    v.value = arena_printf(env->arena, "%dd", (int)n);
    env_put(env->arena, root, "history.keep", &v);
}

static void env_remark_idle(const struct env *env, struct conf_report *report)
{
    static const char *const idle[] = {
        "ENABLE_RESPONSE_LOGS", "QUIET_POLLING_LOGS", "RAW_LOG_OUTPUT", "SSE_DEBUG_LEVEL",
        "LOG_MAX_SIZE",         "LOG_MAX_BACKUPS",    "LOG_MAX_AGE",    "LOG_COMPRESS",
        "LOG_TO_CONSOLE",       "AFFINITY_DEBUG",
    };
    struct cp_str list = STR("");
    for (size_t i = 0; i < sizeof(idle) / sizeof(*idle); i++)
        if (env_find(env, str_of(idle[i])))
            list = arena_printf(env->arena, "%.*s %s", STR_FMT(list), idle[i]);
    if (list.n)
        conf_remark(report, STR("environment"), "set, but without meaning here:%.*s",
                    STR_FMT(list));
    /* Old files still have it: the Go program had given it up, too. */
    if (env_find(env, STR("LOAD_BALANCE_STRATEGY")))
        conf_remark(report, STR("environment"),
                    "LOAD_BALANCE_STRATEGY does nothing; scheduler.strategy does it here");
}

/* Kubernetes sets CLAUDE_PROXY_SERVICE_* and CLAUDE_PROXY_PORT* beside a service of our name. */
static bool env_is_foreign(struct cp_str name)
{
    return str_is(name, "CLAUDE_PROXY_CONFIG") || str_begins(name, "CLAUDE_PROXY_SERVICE_") ||
           str_is(name, "CLAUDE_PROXY_PORT") || str_begins(name, "CLAUDE_PROXY_PORT_");
}

/* NAME_FILE=PATH, as containers have it: for what is a secret and has no option of this name. */
static bool env_put_file(const struct env *env, struct node *root, const struct env_var *v)
{
    size_t n;
    const struct conf_entry *entries = conf_entries(&n);
    struct env_var by = *v;
    if (!str_ends(v->name, "_FILE"))
        return false;
    by.name = str_cut(v->name, v->name.n - 5);
    for (size_t i = 0; i < n; i++) {
        char name[TABLE_ENV_BYTES];
        bool is_secret = str_is(str_of(entries[i].type), "secret") ||
                         str_is(str_of(entries[i].name), "admin_password");
        if (!is_secret || !table_is_settable(&entries[i]))
            continue;
        table_env_name(&entries[i], name);
        if (!str_is(by.name, name) && !(entries[i].env && str_is(by.name, entries[i].env)))
            continue;
        by.value = arena_printf(env->arena, "file:%.*s", STR_FMT(v->value));
        env_put(env->arena, root, entries[i].name, &by);
        return true;
    }
    return false;
}

static void env_put_new(const struct env *env, struct node *root, const struct env_var *v,
                        struct conf_report *report)
{
    size_t n;
    const struct conf_entry *entries = conf_entries(&n), *best = NULL;
    struct guess guess;
    guess_init(&guess, v->name);
    for (size_t i = 0; i < n; i++) {
        char name[TABLE_ENV_BYTES];
        if (!table_is_settable(&entries[i]))
            continue;
        table_env_name(&entries[i], name);
        if (str_is(v->name, name)) {
            env_put(env->arena, root, entries[i].name, v);
            return;
        }
        unsigned before = guess.distance;
        guess_try(&guess, str_of(name));
        if (guess.distance < before)
            best = &entries[i];
    }
    if (env_put_file(env, root, v))
        return;
    char name[TABLE_ENV_BYTES] = "";
    if (best)
        table_env_name(best, name);
    conf_complain(report, false, v->where, "no option has this name%s%s",
                  best ? "; did you mean " : "", name);
}

void env_apply(const struct env *env, struct node *root, struct conf_report *report)
{
    size_t n;
    const struct conf_entry *entries = conf_entries(&n);
    for (size_t i = 0; i < n; i++)
        if (entries[i].env)
            env_put_old(env, root, &entries[i], report);
    env_put_log_file(env, root);
    env_put_history(env, root, report);
    const struct env_var *key_file = env_find(env, STR("PROXY_ACCESS_KEY_FILE"));
    if (key_file)
        (void)env_put_file(env, root, key_file);
    env_remark_idle(env, report);
    for (const struct env_var *v = env->first; v; v = v->next)
        if (str_begins(v->name, "CLAUDE_PROXY_") && !env_is_foreign(v->name))
            env_put_new(env, root, v, report);
}

void env_apply_sets(struct arena *arena, const char *const *sets, struct node *root,
                    struct conf_report *report)
{
    for (; sets && *sets; sets++) {
        struct env_var v = { .value = str_of(*sets) };
        (void)str_split(&v.value, '=', &v.name); /* without '=', the value is absent */
        v.name = str_trim(v.name);
        v.where = arena_printf(arena, "command line:%.*s", STR_FMT(v.name));
        const struct conf_entry *entry = table_find(v.name);
        if (!v.value.p)
            conf_complain(report, true, v.where, "must be name=value");
        else if (!entry)
            table_complain_unknown(v.name, v.where, report);
        else if (!table_is_settable(entry))
            conf_complain(report, true, v.where, "is a %s: it can only be set in a file",
                          entry->type);
        else
            env_put(arena, root, entry->name, &v);
    }
}
