/* SPDX-License-Identifier: MIT */
/*
 * table - the table of options at work: look-ups, defaults, and what a group says over them.
 *
 * The rows stand in entries.c.  A group of the tree is walked with a path in hand; a row is found
 * by that path, so nesting in the file and dots in the table are the same thing.
 */
#include "conf/table.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/guess.h"
#include "conf/node.h"
#include "conf/value.h"

static struct cp_str leaf_of(struct cp_str name)
{
    const char *dot = memrchr(name.p, '.', name.n);
    return dot ? str_from(name, (size_t)(dot - name.p) + 1) : name;
}

const struct conf_entry *table_find(struct cp_str name)
{
    size_t n;
    const struct conf_entry *e = conf_entries(&n);

    /* A page of 500 channels looks up some ten thousand names: few have the same length and end, many the same beginning. */
    for (size_t i = 0; name.n && i < n; i++)
        if (e[i].name_n == name.n && e[i].name[name.n - 1] == name.p[name.n - 1] &&
            memcmp(e[i].name, name.p, name.n) == 0)
            return &e[i];
    return NULL;
}

/* The list or free group that encloses the names of prefix: "channels.keys." for its members. */
static bool is_in_list(struct cp_str name)
{
    return str_begins(name, "channels.") || str_begins(name, "client_keys.") ||
           str_begins(name, "listen.") || str_begins(name, "families.") ||
           str_begins(name, "routes.") || str_begins(name, "prices.") ||
           str_begins(name, "switches.");
}

bool table_is_settable(const struct conf_entry *e)
{
    struct cp_str name = str_of(e->name);
    bool is_list = str_is(str_of(e->type), "list") || str_is(str_of(e->type), "group");
    return !is_in_list(name) && (!is_list || str_is(name, "listen"));
}

bool table_has_env(const struct conf_entry *e)
{
    return table_is_settable(e) && !str_is(str_of(e->name), "port");
}

void table_env_name(const struct conf_entry *e, char out[TABLE_ENV_BYTES])
{
    static const char prefix[] = "CLAUDE_PROXY_";
    memcpy(out, prefix, sizeof(prefix));
    size_t n = sizeof(prefix) - 1;
    for (const char *p = e->name; *p && n < TABLE_ENV_BYTES - 3; p++) {
        out[n++] = *p == '.' || *p == '-' ? '_' : *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
        if (*p == '.')
            out[n++] = '_';
    }
    out[n] = '\0';
}

/* The nearest of the rows and groups that stand in the same list as name, or in none as it does. */
static struct cp_str table_guess_near(struct cp_str name)
{
    size_t n;
    const struct conf_entry *e = conf_entries(&n);
    struct guess guess;
    guess_init(&guess, name);
    for (size_t i = 0; i < n; i++) {
        struct cp_str row = str_of(e[i].name);
        if (is_in_list(row) != is_in_list(name))
            continue;
        guess_try(&guess, row);
        for (size_t at = 0; at < row.n; at++)
            if (row.p[at] == '.')
                guess_try(&guess, str_cut(row, at));
    }
    return guess.best;
}

/* A row that only its groups tell from name: "limits.body" for "body". */
static struct cp_str table_guess_leaf(struct cp_str name)
{
    size_t n, scope = is_in_list(name) ? (size_t)str_chr(name, '.') + 1 : 0;
    const struct conf_entry *e = conf_entries(&n);
    for (size_t i = 0; i < n; i++) {
        struct cp_str row = str_of(e[i].name);
        if (is_in_list(row) == is_in_list(name) && str_eq(leaf_of(row), leaf_of(name)) &&
            str_eq(str_cut(row, scope), str_cut(name, scope)))
            return row;
    }
    return STR_NONE;
}

void table_complain_unknown(struct cp_str name, struct cp_str where, struct conf_report *report)
{
    struct cp_str best = table_guess_near(name);
    best = best.p ? best : table_guess_leaf(name);
    conf_complain(report, true, where, "unknown option \"%.*s\"%s%.*s%s", STR_FMT(name),
                  best.p ? "; did you mean \"" : "", STR_FMT(best), best.p ? "\"?" : "");
}

bool table_is_group(struct cp_str path)
{
    size_t n;
    const struct conf_entry *e = conf_entries(&n);
    for (size_t i = 0; i < n; i++) {
        struct cp_str row = str_of(e[i].name);
        if (row.n > path.n && row.p[path.n] == '.' && str_eq(str_cut(row, path.n), path))
            return true;
    }
    return false;
}

void table_preset(const char *prefix, void *base)
{
    size_t n;
    const struct conf_entry *e = conf_entries(&n);
    struct cp_str scope = str_of(prefix);
    for (size_t i = 0; i < n; i++) {
        struct cp_str row = str_of(e[i].name), below = str_from(row, scope.n);
        if (!str_begins(row, prefix) || (!scope.n && is_in_list(row)))
            continue;
        bool is_deeper = str_begins(below, "keys.") || str_begins(below, "models.") ||
                         str_begins(below, "headers.");
        if (e[i].preset && !is_deeper)
            value_preset(&e[i], base);
    }
}

static void table_apply_one(const struct node *n, struct cp_str path, void *base,
                            struct arena *arena, struct conf_report *report)
{
    const struct conf_entry *entry = table_find(path);
    if (entry && entry->form) {
        value_store(entry, base, n, arena, report);
    } else if (entry) {
        return;
    } else if (!table_is_group(path)) {
        table_complain_unknown(path, n->where, report);
    } else if (n->kind != NODE_GROUP) {
        conf_complain(report, true, n->where, "\"%.*s\" must be a group { }, not %s",
                      STR_FMT(path), node_kind_name(n->kind));
    } else {
        struct cp_str prefix = arena_printf(arena, "%.*s.", STR_FMT(path));
        table_apply(prefix.p, base, n, arena, report);
    }
}

void table_apply(const char *prefix, void *base, const struct node *group, struct arena *arena,
                 struct conf_report *report)
{
    NODE_EACH(n, group)
    table_apply_one(n, arena_printf(arena, "%s%.*s", prefix, STR_FMT(n->name)), base, arena,
                    report);
}
