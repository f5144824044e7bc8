/* SPDX-License-Identifier: MIT */
/*
 * show - every option with what it is now and who says so.
 *
 * The table knows what there is, conf.said knows what was said; nothing is kept here.
 */
#include "conf/show.h"

#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/managed.h"
#include "conf/node.h"
#include "conf/print.h"
#include "conf/table.h"
#include "conf/value.h"

#include <stdio.h>

enum { SHOW_STEP = 4 };

enum show_source show_source(struct cp_str where)
{
    const char *colon = where.n ? memrchr(where.p, ':', where.n) : NULL;
    struct cp_str file = colon ? str_cut(where, (size_t)(colon - where.p)) : where;
    const char *slash = file.n ? memrchr(file.p, '/', file.n) : NULL;
    struct cp_str name = slash ? str_from(file, (size_t)(slash - file.p) + 1) : file;

    if (!where.n)
        return SHOW_BUILT_IN;
    if (str_begins(where, "environment:"))
        return SHOW_ENVIRONMENT;
    if (str_begins(where, "command line:"))
        return SHOW_COMMAND_LINE;
    if (str_is(file, MANAGED_FILE) || str_begins(file, MANAGED_FOLDER "/"))
        return SHOW_MANAGED;
    return str_begins(name, ".env") || str_ends(name, ".env") ? SHOW_ENVIRONMENT : SHOW_FILE;
}

const char *show_source_name(enum show_source source)
{
    static const char *const names[] = {
        [SHOW_BUILT_IN] = "built-in",
        [SHOW_MANAGED] = "managed",
        [SHOW_FILE] = "file",
        [SHOW_ENVIRONMENT] = "environment",
        [SHOW_COMMAND_LINE] = "command line",
    };
    return names[source];
}

static void show_range(const struct conf_entry *e, struct show_option *o)
{
    bool is_size = str_is(str_of(e->type), "size");
    bool is_duration = str_is(str_of(e->type), "duration");

    snprintf(o->unit, sizeof(o->unit), "%s", is_size ? "bytes" : is_duration ? "ms" : "");
    if (e->most <= e->least)
        return;
    value_spell(e, e->least, o->least);
    value_spell(e, e->most, o->most);
}

/* What has no text of its own, but is something all the same. */
static struct cp_str show_settled(const struct conf *c, const struct conf_entry *e)
{
    if (str_is(str_of(e->name), "state_dir") && c->state_dir.n)
        return c->state_dir;
    return e->preset ? str_of(e->preset) : STR_NONE;
}

bool show_option(const struct conf *c, size_t i, struct show_option *o)
{
    size_t n;
    const struct conf_entry *e = conf_entries(&n);

    *o = (struct show_option){ 0 };
    if (i >= n)
        return false;
    e += i;
    o->entry = e;
    o->name = str_of(e->name);
    o->is_settable = table_is_settable(e);
    o->said = c->said ? node_at(c->said, o->name) : NULL;
    o->value = show_settled(c, e);
    if (table_has_env(e))
        table_env_name(e, o->env);
    if (o->said) {
        o->where = o->said->where;
        o->value = node_is_scalar(o->said) ? o->said->text : STR_NONE;
    }
    o->source = show_source(o->where);
    o->is_locked = o->source >= SHOW_FILE || e->is_local;
    show_range(e, o);
    return true;
}

bool show_find(const struct conf *c, struct cp_str name, struct show_option *o)
{
    size_t n;
    const struct conf_entry *e = conf_entries(&n), *row = table_find(name);

    *o = (struct show_option){ 0 };
    return row && show_option(c, (size_t)(row - e), o);
}

/* ---- as text ---- */

struct show {
    struct buf *out;
    bool is_source;
};

static void show_indent(const struct show *s, int depth)
{
    (void)buf_printf(s->out, "%*s", depth * SHOW_STEP, "");
}

/* Ends a line, with what is worth knowing of it. */
static void show_end(const struct show *s, const struct node *n, const char *note,
                     struct cp_str what)
{
    bool is_source = s->is_source && n->where.n;

    if (note || is_source)
        (void)buf_add_z(s->out, "  #");
    if (note)
        (void)buf_printf(s->out, " %s %.*s", note, STR_FMT(what));
    if (is_source)
        (void)buf_printf(s->out, "%s %.*s", note ? "," : "", STR_FMT(n->where));
    (void)buf_add_c(s->out, '\n');
}

/* One setting whole, as print_nodes() has it. */
static void show_leaf(const struct show *s, const struct node *n, int depth)
{
    struct node copy = *n, root = { .kind = NODE_GROUP };

    copy.next = NULL;
    root.first = root.last = &copy;
    show_indent(s, depth);
    print_nodes(&root, s->out);
    if (s->out->n && s->out->p[s->out->n - 1] == '\n')
        s->out->n--;
    show_end(s, n, NULL, STR_NONE);
}

static bool show_is_key(const struct node *group)
{
    return group->kind == NODE_GROUP && node_get(group, "mask") && !node_get(group, "key");
}

/* What a file has in their place: the key, as far as it may be seen. */
static void show_key(const struct show *s, const struct node *group, int depth)
{
    struct cp_str from = node_text(group, "from"), id = node_text(group, "id");
    struct node key = *node_get(group, "mask"), root = { .kind = NODE_GROUP };

    key.name = STR("key");
    key.text = from.n ? from : key.text;
    key.next = NULL;
    root.first = root.last = &key;
    show_indent(s, depth);
    print_nodes(&root, s->out);
    s->out->n -= s->out->n > 0;
    show_end(s, &key, id.n ? "id" : NULL, id);
}

static bool show_is_of_key(struct cp_str name)
{
    return str_is(name, "id") || str_is(name, "mask") || str_is(name, "fingerprint") ||
           str_is(name, "from");
}

static void show_members(const struct show *s, const struct node *group, int depth);

static bool show_is_of_groups(const struct node *list)
{
    NODE_EACH(n, list)
    if (n->kind != NODE_GROUP)
        return false;
    return list->first != NULL;
}

static void show_list(const struct show *s, const struct node *list, int depth)
{
    show_indent(s, depth);
    (void)buf_printf(s->out, "%.*s = (\n", STR_FMT(list->name));
    NODE_EACH(n, list)
    {
        show_indent(s, depth + 1);
        (void)buf_add_c(s->out, '{');
        show_end(s, n, NULL, STR_NONE);
        show_members(s, n, depth + 2);
        show_indent(s, depth + 1);
        (void)buf_add_z(s->out, n->next ? "},\n" : "}\n");
    }
    show_indent(s, depth);
    (void)buf_add_z(s->out, ");\n");
}

static void show_members(const struct show *s, const struct node *group, int depth)
{
    bool is_key = show_is_key(group);

    if (is_key)
        show_key(s, group, depth);
    NODE_EACH(n, group)
    {
        if (is_key && show_is_of_key(n->name))
            continue;
        if (n->kind == NODE_LIST && show_is_of_groups(n)) {
            show_list(s, n, depth);
        } else if (n->kind == NODE_GROUP) {
            show_indent(s, depth);
            (void)buf_printf(s->out, "%.*s = {\n", STR_FMT(n->name));
            show_members(s, n, depth + 1);
            show_indent(s, depth);
            (void)buf_add_z(s->out, "};\n");
        } else {
            show_leaf(s, n, depth);
        }
    }
}

void show_text(const struct conf *c, bool is_source, bool is_all, struct buf *out)
{
    struct show s = { out, is_source };
    struct show_option o;

    if (c->said)
        show_members(&s, c->said, 0);
    for (size_t i = 0; is_all && show_option(c, i, &o); i++)
        if (!o.said && o.is_settable && o.value.n)
            (void)buf_printf(out, "# %.*s = %.*s%s\n", STR_FMT(o.name), STR_FMT(o.value),
                             is_source ? "  (built-in)" : "");
}
