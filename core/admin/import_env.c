/* SPDX-License-Identifier: MIT */
/*
 * import_env - the predecessor's .env: its names are options of ours, and what it did without them is said.
 *
 * Which name means what is known by the table of options, the same that reads them from the environment.
 */
#include "admin/import_part.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/dotenv.h"
#include "conf/env.h"
#include "conf/node.h"
#include "conf/table.h"
#include "json/tree.h"

enum { REPORT_BYTES = 64 << 10, KEY_LEAST = 8 };

/* The key of the predecessor's sample: everybody knows it. */
#define KNOWN_KEY "your-proxy-access-key"

struct env_word {
    const char *name, *why;
};

static const struct env_word idle[] = {
    { "ENABLE_RESPONSE_LOGS", "one line tells request and answer: log.requests" },
    { "QUIET_POLLING_LOGS", "looking at the panel is never logged" },
    { "RAW_LOG_OUTPUT", "bodies are captured for a while by claude-proxyctl capture" },
    { "SSE_DEBUG_LEVEL", "streams are captured for a while by claude-proxyctl capture" },
    { "LOG_MAX_SIZE", "logrotate(8) or the journal rotates" },
    { "LOG_MAX_BACKUPS", "logrotate(8) or the journal rotates" },
    { "LOG_MAX_AGE", "logrotate(8) or the journal rotates" },
    { "LOG_COMPRESS", "logrotate(8) or the journal compresses" },
    { "LOG_TO_CONSOLE", "the log goes to one place: log.file" },
    { "AFFINITY_DEBUG", "claude-proxyctl sessions list shows it" },
    { "TZ", "times are UTC" },
    { "LOAD_BALANCE_STRATEGY", "the predecessor had given it up; scheduler.strategy does it" },
};

/* Names that mean more than one option, or that are no option's own. */
static const struct env_word other[] = {
    { "METRICS_PERSISTENCE_ENABLED", "history.store" },
    { "METRICS_RETENTION_DAYS", "history.keep" },
};

static const char *env_idle(struct cp_str name)
{
    for (size_t i = 0; i < sizeof(idle) / sizeof(*idle); i++)
        if (str_is(name, idle[i].name))
            return idle[i].why;
    return NULL;
}

/* Lines of a report, as sentences. */
static void env_tell(struct import *im, struct cp_str lines, const char *list)
{
    struct cp_str line;

    while (str_split(&lines, '\n', &line))
        if (line.n && str_find(line, STR(": note: ")) < 0)
            import_say(im, list, "%.*s", STR_FMT(line));
}

/* What is no number of ours was the default there, too. */
static void env_settle_number(struct import *im, struct node *n, const struct conf_entry *e)
{
    int64_t number;

    n->kind = NODE_INT;
    if (!str_int(str_trim(n->text), &number) && number >= e->least && number <= e->most)
        return;
    import_say(im, IMPORT_CHANGED, "%s: what %.*s says is no number from %lld to %lld: %s",
               e->name, STR_FMT(n->where), (long long)e->least, (long long)e->most,
               e->preset ? e->preset : "0");
    n->text = str_of(e->preset ? e->preset : "0");
}

/* An option's text gets the kind that its option has, so that it is written down as a file says it. */
static void env_settle_kinds(struct import *im, struct node *group, struct cp_str prefix)
{
    NODE_EACH(n, group)
    {
        struct cp_str path =
            arena_printf(im->arena, "%.*s%.*s", STR_FMT(prefix), STR_FMT(n->name));
        const struct conf_entry *e = table_find(path);
        if (n->kind == NODE_GROUP)
            env_settle_kinds(im, n, arena_printf(im->arena, "%.*s.", STR_FMT(path)));
        else if (n->kind == NODE_TEXT && e && str_is(str_of(e->type), "int"))
            env_settle_number(im, n, e);
        else if (n->kind == NODE_TEXT)
            n->kind = e && str_is(str_of(e->type), "bool") ? NODE_BOOL : NODE_STRING;
    }
}

/* The predecessor took anything but "false" for true. */
static void env_settle_switch(struct node *n)
{
    n->text = str_is_nocase(str_trim(n->text), "false") ? STR("false") : STR("true");
}

static void env_settle_switches(struct import *im)
{
    static const char *const names[] = { "web_ui", "log.requests", "cors.enabled" };
    static const char *const off[] = { "rewrite_response_model" };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct node *n = node_at(im->root, str_of(names[i]));
        if (n)
            env_settle_switch(n);
    }
    for (size_t i = 0; i < sizeof(off) / sizeof(*off); i++) {
        struct node *n = node_at(im->root, str_of(off[i]));
        if (n)
            n->text = str_is_nocase(str_trim(n->text), "true") ? STR("true") : STR("false");
    }
}

/* The predecessor kept it between half a minute and two. */
static void env_clamp_head(struct import *im)
{
    struct node *n = node_at(im->root, STR("upstream.timeouts.first_byte"));
    int64_t ms;

    if (!n || str_duration(n->text, &ms) || (ms >= 30000 && ms <= 120000))
        return;
    n->text = ms < 30000 ? STR("30s") : STR("120s");
    import_say(im, IMPORT_CHANGED,
               "RESPONSE_HEADER_TIMEOUT: %.*s, as the predecessor cut it; here "
               "upstream.timeouts.first_byte may be anything up to an hour",
               STR_FMT(n->text));
}

static void env_take_key(struct import *im)
{
    struct node *n = node_get(im->root, "access_key");

    if (!n)
        return;
    struct cp_str key = str_trim(n->text);
    if (str_is(key, KNOWN_KEY))
        import_say(im, IMPORT_NOT,
                   "PROXY_ACCESS_KEY is the sample's, which everybody knows: choose another");
    else if (key.n < KEY_LEAST || !str_is_field_value(key))
        import_say(im, IMPORT_NOT,
                   "PROXY_ACCESS_KEY is shorter than %d characters: choose another", KEY_LEAST);
    else
        im->access_key = arena_copy(im->arena, key);
    node_wipe_text(n->text);
    (void)node_set(im->arena, im->root, STR("access_key"), STR_NONE,
                   STR_NONE); /* it is there */
}

static void env_take_log(struct import *im)
{
    struct node *n = node_at(im->root, STR("log.file"));

    if (n && !str_begins(n->text, "/")) {
        (void)node_set(im->arena, im->root, STR("log.file"), STR_NONE, STR_NONE);
        n = NULL;
    }
    if (!n)
        import_say(im, IMPORT_CHANGED,
                   "the log goes to the journal or to standard error, not to logs/app.log; "
                   "log.file names a file");
}

static void env_tell_defaults(struct import *im, const struct env *env)
{
    import_say(im, IMPORT_CHANGED,
               "the predecessor listened on all addresses; this one listens on 127.0.0.1 until "
               "\"listen\" says otherwise, as in listen = \"0.0.0.0:3000\"");
    if (!env_find(env, STR("ENABLE_CORS")))
        import_say(im, IMPORT_CHANGED,
                   "pages of other origins could call the predecessor; here cors.enabled turns "
                   "that on");
    struct cp_str mode = node_text(im->root, "mode");
    if (str_is(mode, "development"))
        import_say(im, IMPORT_CHANGED,
                   "ENV=development changed logs and CORS; here it is only shown by /health");
}

/* The option of ours that a name of the predecessor means; NULL: none. */
static const char *env_option(struct cp_str name)
{
    size_t n;
    const struct conf_entry *e = conf_entries(&n);

    for (size_t i = 0; i < n; i++)
        if (e[i].env && str_is(name, e[i].env))
            return e[i].name;
    for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
        if (str_is(name, other[i].name))
            return other[i].why;
    return NULL;
}

static void env_tell_taken(struct import *im, struct cp_str name, const char *option)
{
    const struct node *n = node_at(im->root, str_of(option));

    if (n && node_is_scalar(n))
        import_say(im, IMPORT_TAKEN, "%.*s: %s = %.*s", STR_FMT(name), option,
                   STR_FMT(n->text));
    else
        import_say(im, IMPORT_TAKEN, "%.*s: %s, as it is without", STR_FMT(name), option);
}

static void env_tell_names(struct import *im, const struct env *env)
{
    for (const struct env_var *v = env->first; v; v = v->next) {
        const char *found = env_option(v->name), *why = env_idle(v->name);
        if (str_is(v->name, "PROXY_ACCESS_KEY"))
            continue;
        if (found)
            env_tell_taken(im, v->name, found);
        else if (why)
            import_say(im, IMPORT_NOT, "%.*s: %s", STR_FMT(v->name), why);
        else if (!str_begins(v->name, "LOG_") && !str_is(v->name, "NODE_ENV"))
            import_say(im, IMPORT_NOT, "%.*s: this name means nothing here", STR_FMT(v->name));
    }
}

int import_env(struct import *im, struct cp_str text, struct err *err)
{
    struct conf_report syntax = { 0 }, values = { 0 };
    struct buf lines;
    struct env env;
    int rc = 0;

    buf_init(&lines, REPORT_BYTES);
    syntax.out = values.out = &lines;
    env_init(&env, im->arena, NULL);
    dotenv_parse(&env, STR(".env"), text, &syntax);
    if (syntax.errors) {
        struct cp_str rest = buf_str(&lines), first;
        (void)str_split(&rest, '\n', &first);
        rc = err_set(err, E_SYNTAX, ".env", "%.*s", STR_FMT(first));
    } else {
        env_apply(&env, im->root, &values);
        env_tell(im, buf_str(&lines), IMPORT_CHANGED);
        env_settle_kinds(im, im->root, STR(""));
        env_settle_switches(im);
        env_clamp_head(im);
        env_take_key(im);
        env_take_log(im);
        env_tell_names(im, &env);
        env_tell_defaults(im, &env);
    }
    for (const struct env_var *v = env.first; v; v = v->next)
        node_wipe_text(v->value);
    buf_fini(&lines);
    return rc;
}
