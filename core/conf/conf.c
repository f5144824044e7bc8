/* SPDX-License-Identifier: MIT */
/*
 * conf - from sources to a snapshot: collect, merge, build, check; and the snapshot's life.
 *
 *     managed.conf --managed---------+
 *     files --read--> nodes --merge--+--> one tree --table, channel, ...--> struct conf --check
 *     .env, environment --env--------+
 *     command line ------------------+
 *
 * Every step says all it has to say and goes on, so that one run shows all mistakes; only the end
 * asks whether there were any.
 */
#include "conf/conf.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/utf8.h"
#include "conf/build.h"
#include "conf/check.h"
#include "conf/dotenv.h"
#include "conf/env.h"
#include "conf/files.h"
#include "conf/keep.h"
#include "conf/managed.h"
#include "conf/node.h"
#include "conf/price.h"
#include "conf/read.h"
#include "conf/show.h"
#include "conf/table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* One line, whatever the arguments held. */
CP_PRINTF(4, 0)
static void conf_say(struct conf_report *report, struct cp_str where, const char *word,
                     const char *fmt, va_list args)
{
    char line[1024];
    int n = vsnprintf(line, sizeof(line), fmt, args);
    struct cp_str text = str_cut(str_of(line), n < 0 ? 0 : strlen(line));
    text = str_cut(text, utf8_valid(text));
    for (char *p = line; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7F)
            *p = '?';
    (void)buf_printf(report->out, "%.*s: %s: %.*s\n", STR_FMT(where), word, STR_FMT(text));
}

void conf_complain(struct conf_report *report, bool is_error, struct cp_str where,
                   const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    conf_say(report, where, is_error ? "error" : "warning", fmt, args);
    va_end(args);
    if (is_error)
        report->errors++;
    else
        report->warnings++;
}

int conf_first_error(struct cp_str lines, const char *where, const char *what, struct err *err)
{
    struct cp_str line, mark = STR(": error: ");
    char place[sizeof(err->where)];
    ptrdiff_t at = -1;

    while (at < 0 && str_split(&lines, '\n', &line))
        at = str_find(line, mark);
    if (at < 0)
        return err_set(err, E_CONFIG, where, "%s", what);
    snprintf(place, sizeof(place), "%.*s", STR_FMT(str_cut(line, (size_t)at)));
    return err_set(err, E_CONFIG, place, "%.*s", STR_FMT(str_from(line, (size_t)at + mark.n)));
}

void conf_remark(struct conf_report *report, struct cp_str where, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    conf_say(report, where, "note", fmt, args);
    va_end(args);
}

static struct node *conf_read_file(struct build *b, struct cp_str path)
{
    struct err err;
    struct cp_str text = b->as ? keep_find(b, b->as, path) : STR_NONE;
    if (!b->as && files_read(b->scratch, path, FILES_CONF_BYTES, &text, &err)) {
        conf_complain(b->report, true, path, "%s", err.what);
        return NULL;
    }
    if (!text.p)
        return NULL;
    keep_text(b, path, text);
    struct node *root = read_text(b->scratch, path, text, b->report);
    node_wipe_text(text);
    return root;
}

/* The main file and those of conf.d: those on the disk, or those that before was made of. */
static const struct cp_str *conf_list_files(struct build *b, const char *given, size_t *n)
{
    struct cp_str main = given ? str_of(given) : files_find(b->scratch, b->env), *more = NULL;
    struct err err;
    *n = 0;
    if (b->as) {
        *n = b->as->files_n;
        return b->as->files;
    }
    if (!main.p)
        return NULL;
    if (files_list(b->scratch, main, &more, n, &err))
        conf_complain(b->report, true, str_of(err.where), "%s", err.what);
    struct cp_str *files = arena_need(b->scratch, (*n + 1) * sizeof(*files));
    files[0] = main;
    for (size_t i = 0; i < *n; i++)
        files[i + 1] = more[i];
    ++*n;
    return files;
}

/* All of them merged into root; conf->files tells which. */
static void conf_read_files(struct build *b, const char *given, struct node *root)
{
    size_t n;
    const struct cp_str *paths = conf_list_files(b, given, &n);
    struct cp_str *files = arena_need(b->conf->arena, (n + 1) * sizeof(*files));
    b->conf->files = files;
    for (size_t i = 0; i < n; i++) {
        struct cp_str path = paths[i];
        struct node *tree = conf_read_file(b, path);
        files[b->conf->files_n++] = arena_copy(b->conf->arena, path);
        if (tree)
            node_merge(root, tree, b->report);
    }
}

static void conf_read_dotenv(struct build *b, struct cp_str path)
{
    struct cp_str name = path.p ? path : STR(".env");
    struct cp_str text =
        b->as ? keep_find(b, b->as, name) : dotenv_load(b->env, &path, b->report);
    if (!text.p)
        return;
    keep_text(b, name, text);
    dotenv_parse(b->env, name, text, b->report);
    node_wipe_text(text);
    if (!b->as)
        dotenv_check(b->env, name, b->report);
}

/* Before all else: managed.conf stands in it, and cannot say where. */
static void conf_settle_state_dir(struct build *b, const struct node *root)
{
    struct conf *c = b->conf;
    struct cp_str said = node_text(root, "state_dir"), dir = STR_NONE;
    struct cp_str given = env_get(b->env, "STATE_DIRECTORY");
    struct cp_str xdg = env_get(b->env, "XDG_STATE_HOME"), home = env_get(b->env, "HOME");
    if (said.n)
        c->state_dir = arena_copy(c->arena, said);
    else if (str_split(&given, ':', &dir))
        c->state_dir = arena_copy(c->arena, dir);
    else if (xdg.n)
        c->state_dir = arena_printf(c->arena, "%.*s/claude-proxy", STR_FMT(xdg));
    else if (home.n)
        c->state_dir = arena_printf(c->arena, "%.*s/.local/state/claude-proxy", STR_FMT(home));
}

static void conf_settle_install_id(struct build *b)
{
    struct conf *c = b->conf;
    struct cp_str text;
    c->install_id = STR("00000000000000000000000000000000");
    if (!c->state_dir.p)
        return;
    struct cp_str path = arena_printf(b->scratch, "%.*s/install-id", STR_FMT(c->state_dir));
    if (files_read(b->scratch, path, 256, &text, NULL))
        return;
    text = str_trim(text);
    if (text.n >= 8 && str_is_token(text))
        c->install_id = arena_copy(c->arena, text);
}

/* That of an earlier start, which main has kept. */
static struct secret *conf_kept_access_key(struct build *b)
{
    struct conf *c = b->conf;
    struct cp_str path, text;
    if (!c->state_dir.n)
        return NULL;
    path = arena_printf(b->scratch, "%.*s/" CONF_ACCESS_KEY_FILE, STR_FMT(c->state_dir));
    if (files_read(b->scratch, path, CONF_ACCESS_KEY_MOST, &text, NULL))
        return NULL;
    struct cp_str key = str_trim(text);
    bool is_key = key.n >= CONF_ACCESS_KEY_LEAST && str_is_token(key);
    struct secret *secret = is_key ? secret_new(key) : NULL;
    if (is_key && files_is_open(path))
        conf_complain(b->report, false, path, "holds a key and can be read by others: %s",
                      files_way_out(path));
    node_wipe_text(text);
    return secret;
}

/* A key that was made goes on over reloads, or every edit would lock the clients out; and over restarts, if it can be kept. */
static void conf_make_access_key(struct build *b, const struct conf *before)
{
    struct conf *c = b->conf;
    c->is_access_key_made = true;
    if (before && before->is_access_key_made) {
        c->access_key = secret_new(secret_show(before->access_key));
        c->is_access_key_kept = before->is_access_key_kept;
        return;
    }
    c->access_key = conf_kept_access_key(b);
    c->is_access_key_kept = c->access_key != NULL;
    if (c->access_key)
        return;
    uint8_t bytes[20];
    char key[3 + 2 * sizeof(bytes) + 1] = "cp-";
    hash_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(key + 3 + 2 * i, 3, "%02x", bytes[i]);
    c->access_key = secret_new(str_of(key));
    explicit_bzero(key, sizeof(key));
    explicit_bzero(bytes, sizeof(bytes));
}

/* Client keys that somebody has put into a file are meant to be all; those of the administration come besides. */
static bool conf_has_own_clients(const struct conf *c)
{
    for (size_t i = 0; i < c->clients_n; i++)
        if (show_source(c->clients[i].where) != SHOW_MANAGED)
            return true;
    return false;
}

/* Who may administer, and from where. */
static void conf_read_doors(struct build *b, const struct node *root)
{
    struct conf *c = b->conf;
    const struct node *key = node_get(root, "admin_key"),
                      *password = node_get(root, "admin_password");
    struct cp_str clear;

    if (key && key_look_up(b, key, true, &clear))
        c->admin_key = secret_new(clear);
    if (password && password->text.n && key_look_up(b, password, true, &clear))
        c->admin_password = arena_copy(c->arena, clear);
    c->hosts = member_read_texts(b, root, "hosts", &c->hosts_n);
    c->trusted_proxies = member_read_texts(b, root, "trusted_proxies", &c->trusted_proxies_n);
}

static void conf_build(struct build *b, struct node *root, const struct conf *before)
{
    struct conf *c = b->conf;
    uint32_t errors = b->report->errors;
    struct cp_str state_dir = c->state_dir;
    table_preset("", c);
    table_apply("", c, root, c->arena, b->report);
    c->state_dir = state_dir;
    if (str_is(c->history.store, "none"))
        c->history.store = STR_NONE;
    conf_settle_install_id(b);
    channel_settle_ids(b, root);
    switches_lay(b, root);
    scheduler_read(b, root);
    listener_read_all(b, root);
    c->access_key = key_read_access(b, root);
    conf_read_doors(b, root);
    channel_read_all(b, root);
    family_read_all(b, root);
    route_read_all(b, root);
    client_read_all(b, root);
    price_read_all(b, root);
    bool is_keyless = !node_get(root, "access_key") && !node_get(root, "access_key_file");
    if (is_keyless && !conf_has_own_clients(c) && listener_is_all_loopback(c) &&
        errors == b->report->errors)
        conf_make_access_key(b, before);
    if (c->access_key || is_keyless)
        check_conf(c, root, b->report);
}

static void conf_wipe_env(const struct env *env)
{
    for (const struct env_var *v = env->first; v; v = v->next)
        if (!str_begins(v->where, "environment:"))
            node_wipe_text(v->value);
}

/* The administration's own, from a file or as it was given; 0 or E_CONFIG. */
static int conf_read_managed(struct build *b, const struct conf_source *source,
                             struct cp_str file, struct node *root)
{
    struct cp_str text = source->managed, name = STR(MANAGED_FILE);
    struct err err;

    if (text.p) {
        b->is_managed_given = true;
        if (text.n && file.n)
            b->conf->managed_file = arena_copy(b->conf->arena, file);
        return text.n ? managed_merge(b, name, arena_copy(b->scratch, text), root) : 0;
    }
    if (!file.p)
        return 0;
    int rc = files_read(b->scratch, file, FILES_CONF_BYTES, &text, &err);
    if (rc == E_ABSENT)
        return 0;
    if (rc) {
        conf_complain(b->report, true, file, "%s", err.what);
        return E_CONFIG;
    }
    if (!str_ends(file, "/" MANAGED_FILE))
        name = str_from(file, (size_t)str_find(file, STR("/" MANAGED_FOLDER "/")) + 1);
    if (files_is_open(file))
        conf_complain(b->report, false, file, "may hold keys and can be read by others: %s",
                      files_way_out(file));
    rc = managed_merge(b, name, text, root);
    node_wipe_text(text);
    b->conf->managed_file = arena_copy(b->conf->arena, file);
    return rc;
}

/*
 * One try.
 * managed  which file of the administration's own; absent: the current one; "": none
 */
static struct conf *conf_try(const struct conf_source *source, struct cp_str managed,
                             struct conf_report *report)
{
    uint32_t errors = report->errors;
    struct arena *arena = arena_new(16384, 0), *scratch = arena_new(16384, 0);
    struct conf *c = arena_need(arena, sizeof(*c));
    c->refs = 1;
    c->arena = arena;
    c->generation = source->before ? source->before->generation + 1 : 1;

    struct env env;
    env_init(&env, scratch, source->env);
    struct build b = { .conf = c,
                       .as = source->is_edit ? source->before : NULL,
                       .scratch = scratch,
                       .env = &env,
                       .report = report,
                       .seen = map_new() };
    conf_read_dotenv(&b, str_of(source->env_file));
    struct node *root = node_new(scratch, NODE_GROUP, STR_NONE, STR("configuration"));
    conf_read_files(&b, source->file, root);
    env_apply(&env, root, report);
    env_apply_sets(scratch, source->sets, root, report);
    conf_settle_state_dir(&b, root);
    if (!managed.p && c->state_dir.n)
        managed = managed_path(scratch, c->state_dir, 0);
    if (!managed.p || managed.n || source->managed.p)
        (void)conf_read_managed(&b, source, managed, root); /* has complained */
    conf_build(&b, root, source->before);
    if (report->errors == errors)
        said_keep(&b, root);

    node_wipe(root);
    conf_wipe_env(&env);
    map_free(b.seen);
    arena_free(scratch);
    if (report->errors != errors) {
        conf_unref(c);
        return NULL;
    }
    return c;
}

/* The same without a word. */
static struct conf *conf_try_quietly(const struct conf_source *source, struct cp_str managed,
                                     struct buf *said, uint32_t *warnings)
{
    struct conf_report report = { .out = said };
    buf_clear(said);
    struct conf *c = conf_try(source, managed, &report);
    *warnings = report.warnings;
    return c;
}

/* What was wrong with a file that something else takes the place of: its lines, as warnings. */
static void conf_remark_lines(struct conf_report *report, struct cp_str lines)
{
    struct cp_str line, mark = STR(": error: ");
    while (str_split(&lines, '\n', &line)) {
        ptrdiff_t at = str_find(line, mark);
        if (at > 0 && show_source(str_cut(line, (size_t)at)) == SHOW_MANAGED)
            conf_complain(report, false, str_cut(line, (size_t)at), "%.*s",
                          STR_FMT(str_from(line, (size_t)at + mark.n)));
    }
}

/* The newest of the administration's files that can be used; without all of them, if it must be. */
static struct conf *conf_fall_back(const struct conf_source *source, const struct conf *bare,
                                   struct buf *said, uint32_t *warnings)
{
    struct arena *arena = arena_new(4096, 0);
    size_t n = 0;
    struct cp_str *files = managed_list(arena, bare->state_dir, &n);
    struct conf *c = NULL;
    for (size_t i = 1; i < n && !c; i++)
        c = conf_try_quietly(source, files[i], said, warnings);
    if (!c)
        c = conf_try_quietly(source, STR(""), said, warnings);
    arena_free(arena);
    return c;
}

/* It is there and may be good: serving without it would be worse than not serving. */
static bool conf_is_barred(const struct conf *bare)
{
    struct cp_str path = managed_path(bare->arena, bare->state_dir, 0);
    return access(path.p, R_OK) && errno != ENOENT && errno != ENOTDIR;
}

/* At a start nobody is there to mend managed.conf by the means that wrote it. */
static struct conf *conf_read_start(const struct conf_source *source,
                                    struct conf_report *report)
{
    struct conf_report first = { 0 };
    struct buf bad, good;
    uint32_t warnings = 0;
    buf_init(&bad, report->out->ceiling);
    buf_init(&good, report->out->ceiling);
    first.out = &bad;
    struct conf *c = conf_try(source, STR_NONE, &first), *bare = NULL;
    if (!c)
        bare = conf_try_quietly(source, STR(""), &good, &warnings);
    if (bare && bare->state_dir.n && !conf_is_barred(bare)) {
        c = conf_fall_back(source, bare, &good, &warnings);
        conf_remark_lines(report, buf_str(&bad));
        conf_complain(report, false, STR(MANAGED_FILE), "cannot be used: %.*s takes its place",
                      STR_FMT(c && c->managed_file.n ? c->managed_file : STR("nothing")));
        (void)buf_add_str(report->out, buf_str(&good));
        report->warnings += warnings;
    } else {
        (void)buf_add_str(report->out, buf_str(&bad));
        report->errors += first.errors;
        report->warnings += first.warnings;
    }
    conf_unref(bare);
    buf_fini(&bad);
    buf_fini(&good);
    return c;
}

struct conf *conf_read(const struct conf_source *source, struct conf_report *report)
{
    return source->before || source->managed.p ? conf_try(source, STR_NONE, report)
                                               : conf_read_start(source, report);
}

struct conf *conf_ref(struct conf *c)
{
    __atomic_fetch_add(&c->refs, 1, __ATOMIC_RELAXED);
    return c;
}

void conf_unref(struct conf *c)
{
    if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL))
        return;
    secret_free(c->access_key);
    for (size_t i = 0; i < c->clients_n; i++)
        secret_free(c->clients[i].secret);
    secret_free(c->admin_key);
    for (size_t i = 0; i < c->channels_n; i++) {
        const struct conf_channel *ch = &c->channels[i];
        for (size_t j = 0; j < ch->keys_n; j++)
            secret_free(ch->keys[j].secret);
        for (size_t j = 0; j < ch->headers_n; j++)
            node_wipe_text(ch->headers[j].value);
        node_wipe_text(ch->proxy);
    }
    keep_wipe(c);
    arena_free(c->arena);
}

const struct conf_channel *conf_channel(const struct conf *c, struct cp_str id)
{
    for (size_t i = 0; i < c->channels_n; i++)
        if (str_eq(c->channels[i].id, id))
            return &c->channels[i];
    return NULL;
}
