/* SPDX-License-Identifier: MIT */
/*
 * managed - what the administration itself has written down, laid below what files, environment and command line say.
 *
 * It is merged last and never wins: a child whose name is there already steps back, and the remark says for whom.
 */
#include "conf/managed.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/read.h"
#include "conf/table.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_DIGITS = 8, NAMES_MOST = 64 };

struct cp_str managed_path(struct arena *arena, struct cp_str state_dir, uint64_t generation)
{
    if (!generation)
        return arena_printf(arena, "%.*s/" MANAGED_FILE, STR_FMT(state_dir));
    return arena_printf(arena, "%.*s/" MANAGED_FOLDER "/%0*" PRIu64 ".conf", STR_FMT(state_dir),
                        NAME_DIGITS, generation);
}

/* "00000017.conf" */
static int managed_select(const struct dirent *e)
{
    struct cp_str name = str_of(e->d_name);
    size_t digits = 0;
    while (digits < name.n && name.p[digits] >= '0' && name.p[digits] <= '9')
        digits++;
    return digits >= NAME_DIGITS && str_is(str_from(name, digits), ".conf");
}

static int managed_newest(const struct dirent **a, const struct dirent **b)
{
    size_t n = strlen((*a)->d_name), m = strlen((*b)->d_name);
    return n != m ? (n < m ? 1 : -1) : strcmp((*b)->d_name, (*a)->d_name);
}

struct cp_str *managed_list(struct arena *arena, struct cp_str state_dir, size_t *n)
{
    struct cp_str dir = arena_printf(arena, "%.*s/" MANAGED_FOLDER, STR_FMT(state_dir));
    struct dirent **entries = NULL;
    int got = scandir(dir.p, &entries, managed_select, managed_newest);
    struct cp_str *list = arena_need(arena, (NAMES_MOST + 1) * sizeof(*list));

    list[0] = managed_path(arena, state_dir, 0);
    *n = 1;
    for (int i = 0; i < got; i++) {
        if (*n <= NAMES_MOST)
            list[(*n)++] = arena_printf(arena, "%.*s/%s", STR_FMT(dir), entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return list;
}

struct managed {
    struct build *b;
    bool is_newer; /* written by a program that knows more */
};

static bool managed_is_free(const struct conf_entry *e)
{
    struct cp_str name = str_of(e->name);
    return str_ends(name, ".options") || str_ends(name, ".parameters");
}

static void managed_sift(const struct managed *m, struct node *group, struct cp_str path);

/* False: it goes.  path: of n, "channels.keys" for each of the keys of a channel. */
static bool managed_keeps(const struct managed *m, struct node *n, struct cp_str path)
{
    struct conf_report *report = m->b->report;
    const struct conf_entry *e = table_find(path);

    if (e && e->is_local) {
        conf_complain(report, m->b->is_managed_given, n->where,
                      "\"%.*s\" may only be set in a file", STR_FMT(path));
        return false;
    }
    if (!e && !table_is_group(path)) {
        conf_complain(report, false, n->where, "\"%.*s\" is not known%s and does nothing",
                      STR_FMT(path), m->is_newer ? " to this older version" : "");
        return false;
    }
    if (!(e && managed_is_free(e)))
        managed_sift(m, n, path);
    return true;
}

/* Takes out what means nothing here: another version may have written it, and it stays in the file. */
static void managed_sift(const struct managed *m, struct node *group, struct cp_str path)
{
    for (struct node *n = group->first, *next; n; n = next) {
        struct cp_str below = path;
        next = n->next;
        if (group->kind == NODE_GROUP)
            below = path.n ? arena_printf(m->b->scratch, "%.*s.%.*s", STR_FMT(path),
                                          STR_FMT(n->name))
                           : n->name;
        if (group->kind == NODE_LIST)
            managed_sift(m, n, path);
        else if (!managed_keeps(m, n, below)) {
            node_wipe(n);
            node_drop(group, n);
        }
    }
}

static void managed_remark(const struct managed *m, struct node *ours,
                           const struct node *theirs)
{
    conf_remark(m->b->report, ours->where, "\"%.*s\" does nothing: %.*s says it",
                STR_FMT(ours->name), STR_FMT(theirs->where));
    node_wipe(ours);
}

/* What is said by another name, too. */
static const struct node *managed_twin(const struct node *root, struct cp_str name)
{
    static const char *const twins[][2] = { { "access_key", "access_key_file" },
                                            { "access_key_file", "access_key" },
                                            { "listen", "port" },
                                            { "port", "listen" } };
    for (size_t i = 0; i < sizeof(twins) / sizeof(*twins); i++)
        if (str_is(name, twins[i][0]))
            return node_get(root, twins[i][1]);
    return NULL;
}

static struct node *managed_item(const struct node *list, const char *member, struct cp_str id)
{
    NODE_EACH(n, list)
    if (id.n && n->kind == NODE_GROUP && str_eq(node_text(n, member), id))
        return n;
    return NULL;
}

static void managed_lay(const struct managed *m, struct node *root, struct node *from);

static void managed_lay_list(const struct managed *m, struct node *list, struct node *from)
{
    bool is_channel = str_is(list->name, "channels"),
         is_family = str_is(list->name, "families");

    for (struct node *n = from->first, *next; n; n = next) {
        struct node *twin = is_channel  ? managed_item(list, "id", node_text(n, "id"))
                            : is_family ? managed_item(list, "name", node_text(n, "name"))
                                        : NULL;
        next = n->next;
        if (twin && is_family) {
            managed_lay(m, twin, n);
        } else if (twin) {
            conf_complain(m->b->report, false, n->where,
                          "the channel \"%.*s\" does nothing: there is one of this id at %.*s",
                          STR_FMT(node_text(n, "id")), STR_FMT(twin->where));
            node_wipe(n);
        } else {
            node_append(list, n);
        }
    }
}

/* Below what stands in root. */
static void managed_lay(const struct managed *m, struct node *root, struct node *from)
{
    for (struct node *n = from->first, *next; n; n = next) {
        struct node *old = node_at(root, n->name);
        const struct node *twin = managed_twin(root, n->name);
        next = n->next;
        if (!old && !twin)
            node_append(root, n);
        else if (!old)
            managed_remark(m, n, twin);
        else if (old->kind == NODE_GROUP && n->kind == NODE_GROUP)
            managed_lay(m, old, n);
        else if (old->kind == NODE_LIST && n->kind == NODE_LIST && node_grows(old))
            managed_lay_list(m, old, n);
        else if (!str_is(n->name, "name") || !str_eq(n->text, old->text))
            managed_remark(m, n, old);
    }
}

/* The head is for who writes the file; all that matters here is who wrote it. */
static bool managed_is_newer(struct build *b, struct node *root)
{
    struct node *head = node_get(root, MANAGED_HEAD);
    int64_t version = MANAGED_VERSION;

    if (!head)
        return false;
    if (str_int(node_text(head, "version"), &version) || version <= MANAGED_VERSION)
        version = MANAGED_VERSION;
    else
        conf_complain(b->report, false, head->where,
                      "a newer version of claude-proxy wrote this file");
    node_drop(root, head);
    return version > MANAGED_VERSION;
}

int managed_merge(struct build *b, struct cp_str file, struct cp_str text, struct node *root)
{
    struct managed m = { .b = b };
    struct node *own = read_text(b->scratch, file, text, b->report);

    if (!own)
        return E_CONFIG;
    m.is_newer = managed_is_newer(b, own);
    managed_sift(&m, own, STR(""));
    managed_lay(&m, root, own);
    return 0;
}
