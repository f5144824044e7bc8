/* SPDX-License-Identifier: MIT */
/*
 * config_settings - the options and their values: shown by the table of options, changed member by member.
 *
 * What has a resource of its own (channels, client keys, families) is changed there.  What a file, the environment or the
 * command line says is locked: the answer names the place.
 */
#include "admin/config.h"

#include "admin/api.h"
#include "admin/channels.h"
#include "admin/convert.h"
#include "admin/office.h"
#include "admin/steward.h"
#include "admin/twig.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/show.h"
#include "conf/table.h"
#include "flow/setup.h"
#include "json/tree.h"
#include "json/write.h"

#include <stdio.h>

enum { REPORT_BYTES = 1 << 20, TAG_BYTES = 4 << 20, TAG_DIGITS = 20, PATH_BYTES = 256 };

/* Lists whose elements have doors of their own. */
static const char *const elsewhere[][2] = { { "channels", "/api/channels" },
                                            { "client_keys", "/api/clients" },
                                            { "families", "/api/families" },
                                            { "switches", "/api/channels" },
                                            { "managed", "/api/config/history" } };

/* NULL: it is a setting. */
static const char *settings_door(struct cp_str name)
{
    for (size_t i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++)
        if (str_is(name, elsewhere[i][0]))
            return elsewhere[i][1];
    return NULL;
}

/* ---- options ---- */

static void put_option(struct json_writer *w, const struct show_option *o)
{
    const struct conf_entry *e = o->entry;

    json_open(w, '{');
    json_put_text(w, "name", o->name);
    json_put_text(w, "type", str_of(e->type));
    json_put_text(w, "default", str_of(e->preset));
    json_put_text(w, "help", str_of(e->help));
    json_put_text(w, "env", o->env[0] ? str_of(o->env) : STR_NONE);
    json_put_text(w, "words", str_of(e->words));
    json_put_text(w, "unit", o->unit[0] ? str_of(o->unit) : STR_NONE);
    json_put_text(w, "least", o->least[0] ? str_of(o->least) : STR_NONE);
    json_put_text(w, "most", o->most[0] ? str_of(o->most) : STR_NONE);
    json_put_text(w, "value", o->value);
    json_put_text(w, "source", str_of(show_source_name(o->source)));
    json_put_text(w, "where", o->where.n ? o->where : STR_NONE);
    json_put_bool(w, "locked", o->is_locked);
    json_put_bool(w, "settable", o->is_settable);
    json_put_bool(w, "restart", e->is_fixed);
    json_put_bool(w, "local", e->is_local);
    json_close(w);
}

void config_show_options(struct api_call *call)
{
    struct show_option o;
    struct json_writer *w = call->out;

    json_open(w, '{');
    json_key(w, STR("options"));
    json_open(w, '[');
    for (size_t i = 0; show_option(call->setup->conf, i, &o); i++)
        put_option(w, &o);
    json_close(w);
    json_close(w);
}

/* ---- settings ---- */

/* What is said of them, without the lists that are elsewhere. */
static struct tree *settings_said(const struct node *said)
{
    struct tree *t = said ? convert_out("", said) : tree_object();

    for (size_t i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++)
        (void)tree_drop(t, elsewhere[i][0]);
    return t;
}

static struct cp_str settings_tag(struct arena *arena, const struct node *said)
{
    struct tree *t = settings_said(said);
    struct buf text;
    char hex[65];

    buf_init(&text, TAG_BYTES);
    tree_write(t, &text);
    hash_sha256(buf_str(&text), hex);
    buf_fini(&text);
    tree_free(t);
    return arena_printf(arena, "\"%.*s\"", TAG_DIGITS, hex);
}

/*
 * The group that path's last name belongs into, made on the way; path becomes that name.  NULL: something on the way is no
 * group.
 */
static struct tree *settings_group(struct tree *t, struct cp_str *path)
{
    struct cp_str part, rest = *path;
    char name[PATH_BYTES];

    while (str_split(&rest, '.', &part) && rest.p) {
        snprintf(name, sizeof(name), "%.*s", STR_FMT(part));
        if (!tree_get(t, name))
            tree_put(t, name, tree_object());
        t = tree_get(t, name);
        if (tree_kind(t) != TREE_OBJECT)
            return NULL;
    }
    *path = part;
    return t;
}

/* A default as JSON; what nobody says and has none is null. */
static struct tree *settings_preset(const struct show_option *o)
{
    struct cp_str type = str_of(o->entry->type);

    if (str_is(type, "bool"))
        return tree_bool(str_is(o->value, "true"));
    if (str_is(type, "int") && o->value.n)
        return tree_number(o->value);
    return tree_text(o->value);
}

/* What nobody says, as it is. */
static void settings_fill(struct tree *t, const struct conf *c)
{
    struct show_option o;
    char name[PATH_BYTES];

    for (size_t i = 0; show_option(c, i, &o); i++) {
        struct cp_str path = o.name;
        if (!o.is_settable || o.said)
            continue;
        struct tree *group = settings_group(t, &path);
        snprintf(name, sizeof(name), "%.*s", STR_FMT(path));
        if (group && !tree_get(group, name))
            tree_put(group, name, settings_preset(&o));
    }
}

static void put_locks(struct json_writer *w, const struct conf *c)
{
    struct show_option o;

    json_key(w, STR("locked"));
    json_open(w, '{');
    for (size_t i = 0; show_option(c, i, &o); i++)
        if (o.is_locked && o.where.n && o.said && !settings_door(o.name)) {
            json_key(w, o.name);
            json_string(w, o.where);
        }
    json_close(w);
}

static void settings_tell(struct api_call *call, const struct conf *c,
                          const struct steward_result *r)
{
    struct tree *t = settings_said(c->said);
    struct buf text;

    settings_fill(t, c);
    buf_init(&text, TAG_BYTES);
    tree_write(t, &text);
    json_open(call->out, '{');
    json_key(call->out, STR("settings"));
    json_raw(call->out, buf_str(&text));
    put_locks(call->out, c);
    if (r)
        config_put_result(call->out, r, true);
    json_close(call->out);
    call->etag = settings_tag(call->arena, c->said);
    buf_fini(&text);
    tree_free(t);
}

void config_show_settings(struct api_call *call)
{
    settings_tell(call, call->setup->conf, NULL);
}

/* ---- changing ---- */

struct settings_edit {
    struct api_call *call;
    struct tree *patch;
    struct cp_str names; /* what is changed: "limits.body, log.level" */
    struct steward_edit *edit;
    struct channels_fault *fault; /* once the tree is as it is to be */
};

/* The place that locks path; absent: nobody does. */
static struct cp_str settings_lock(const struct node *said, struct cp_str path)
{
    const struct node *n = said ? node_at(said, path) : NULL;

    return n && n->kind != NODE_GROUP && show_source(n->where) >= SHOW_FILE ? n->where
                                                                            : STR_NONE;
}

static int settings_check(const struct node *said, struct cp_str path, struct err *err)
{
    char where[PATH_BYTES];
    const struct conf_entry *e = table_find(path);
    struct cp_str lock = settings_lock(said, path), first = path, top;
    const char *door = NULL;

    snprintf(where, sizeof(where), "%.*s", STR_FMT(path));
    if (str_split(&first, '.', &top))
        door = settings_door(top);
    if (door)
        return err_set(err, E_CONFIG, where, "%.*s are changed by %s", STR_FMT(top), door);
    if (e && e->is_local)
        return err_set(err, E_DENIED, where, "%s may only be set in a file, not by the API",
                       where);
    if (lock.n)
        return err_set(err, E_DENIED, where, "set in %.*s; change it there", STR_FMT(lock));
    return 0;
}

static bool settings_is_secret(const struct conf_entry *e)
{
    return e &&
           (str_is(str_of(e->type), "secret") || str_is(str_of(e->name), "admin_password"));
}

/* Who sends back the mask that he was shown means what is there. */
static bool settings_is_mask(const struct node *said, struct cp_str path,
                             const struct tree *value)
{
    const struct node *n = said ? node_at(said, path) : NULL;

    return settings_is_secret(table_find(path)) && n && tree_kind(value) == TREE_TEXT &&
           node_is_scalar(n) && str_eq(n->text, tree_as_text(value));
}

/* Looks at every leaf of the patch, and takes out what means no change. */
static int settings_walk(struct settings_edit *e, struct tree *patch, const struct node *said,
                         struct cp_str path, struct err *err)
{
    struct cp_str name;
    struct tree *value;
    int rc = 0;

    for (size_t at = 0; !rc && tree_each(patch, &at, &name, &value);) {
        struct cp_str below = arena_printf(e->call->arena, "%.*s%s%.*s", STR_FMT(path),
                                           path.n ? "." : "", STR_FMT(name));
        if (tree_kind(value) == TREE_OBJECT && !table_find(below)) {
            rc = settings_walk(e, value, said, below, err);
            continue;
        }
        rc = settings_check(said, below, err);
        e->names = arena_printf(e->call->arena, "%.*s%s%.*s", STR_FMT(e->names),
                                e->names.n ? ", " : "", STR_FMT(below));
    }
    return rc;
}

static void settings_drop_masks(struct api_call *call, struct tree *patch,
                                const struct node *said, struct cp_str path)
{
    char names[PATH_BYTES];
    struct cp_str name;
    struct tree *value;

    for (size_t at = 0; tree_each(patch, &at, &name, &value);) {
        struct cp_str below = arena_printf(call->arena, "%.*s%s%.*s", STR_FMT(path),
                                           path.n ? "." : "", STR_FMT(name));
        if (tree_kind(value) == TREE_OBJECT)
            settings_drop_masks(call, value, said, below);
        if (!settings_is_mask(said, below, value))
            continue;
        snprintf(names, sizeof(names), "%.*s", STR_FMT(name));
        (void)tree_drop(patch, names);
        at = 0;
    }
}

static int settings_change(void *ctx, struct node *root, const struct node *said,
                           struct arena *arena, struct err *err)
{
    struct settings_edit *e = ctx;

    if (!api_is_match(e->call, settings_tag(e->call->arena, said)))
        return err_set(err, E_AGAIN, "If-Match",
                       "the settings were changed meanwhile: read them again");
    settings_drop_masks(e->call, e->patch, said, STR(""));
    int rc = settings_walk(e, e->patch, said, STR(""), err);
    e->edit->what = arena_printf(e->call->arena, "settings: %.*s", STR_FMT(e->names));
    if (!rc)
        rc = convert_patch("", e->patch, arena, root, err);
    if (!rc)
        e->fault = channels_fault_new(e->call->arena, root, root);
    return rc;
}

static bool settings_join(struct tree *into, const struct tree *from, bool has_dots);

/* False: it is said already, or what it stands in is no group. */
static bool settings_join_one(struct tree *into, struct cp_str path, const struct tree *value,
                              bool has_dots)
{
    struct tree *group, *there;
    char name[PATH_BYTES];

    if (path.n >= sizeof(name)) /* no option's is as long, and nothing gets as deep */
        return false;
    group = has_dots ? settings_group(into, &path) : into;
    snprintf(name, sizeof(name), "%.*s", STR_FMT(path));
    there = tree_get(group, name);
    if (!group || (there && tree_kind(there) != TREE_OBJECT))
        return false;
    if (tree_kind(value) != TREE_OBJECT) {
        if (!there)
            tree_put(group, name, tree_copy(value));
        return !there;
    }
    if (!there)
        tree_put(group, name, tree_object());
    return settings_join(tree_get(group, name), value, false);
}

static bool settings_join(struct tree *into, const struct tree *from, bool has_dots)
{
    struct cp_str path;
    struct tree *value;

    for (size_t at = 0; tree_each(from, &at, &path, &value);)
        if (!settings_join_one(into, path, value, has_dots))
            return false;
    return true;
}

/* Names with dots become groups: {"limits.body": "1MB"} is {"limits": {"body": "1MB"}}.  NULL: failed. */
static struct tree *settings_nest(struct api_call *call, const struct tree *flat)
{
    struct tree *t = tree_object(), *value;
    struct cp_str path;

    for (size_t at = 0; !api_has_failed(call) && tree_each(flat, &at, &path, &value);)
        if (!settings_join_one(t, path, value, true))
            api_fail(call, 400, arena_z(call->arena, str_cut(path, PATH_BYTES)),
                     "is said twice, or stands in what is no group");
    if (!api_has_failed(call))
        return t;
    tree_free(t);
    return NULL;
}

/* NULL: failed. */
static struct tree *settings_body(struct api_call *call)
{
    struct err err = { 0 };
    struct tree *t = tree_parse(call->body, &err), *nested = NULL;
    const struct tree *inner = tree_get(t, "settings");

    if (!t)
        api_fail(call, 400, err.where, "%s", err.what);
    else if (tree_kind(inner ? inner : t) != TREE_OBJECT)
        api_fail(call, 400, "", "the body must be an object");
    else
        nested = settings_nest(call, inner ? inner : t);
    tree_free(t);
    return nested;
}

void config_patch_settings(struct api_call *call)
{
    struct settings_edit e = { .call = call, .names = STR("") };
    struct steward_edit edit = { .change = settings_change, .ctx = &e, .who = call->who };
    struct steward_result r;
    struct err err = { 0 };
    struct buf report;

    e.patch = settings_body(call);
    if (!e.patch)
        return;
    buf_init(&report, REPORT_BYTES);
    r = (struct steward_result){ .report = &report };
    e.edit = &edit;
    int rc = steward_edit(call->office->steward, &edit, &r, &err);
    if (rc == E_CONFIG && r.errors && e.fault) {
        channels_fault_tell(call, e.fault, buf_str(&report));
    } else if (rc) {
        config_fail(call, rc, &err, &r);
    } else {
        struct setup *s = steward_setup(call->office->steward);
        settings_tell(call, s->conf, &r);
        setup_unref(s);
    }
    buf_fini(&report);
    tree_free(e.patch);
}
