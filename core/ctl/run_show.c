/* SPDX-License-Identifier: MIT */
/*
 * run_show - `claude-proxyctl show ...`: parts of what /api/scheduler tells, each as rows.
 *
 * The scheduler's answer nests keys, base URLs and paths in their channels; here each is a row that names its channel.
 */
#include "base/str.h"
#include "ctl/errand.h"
#include "ctl/run.h"
#include "ctl/views.h"
#include "json/tree.h"

#include <stdio.h>

/* Which rows are wanted. */
typedef bool row_fn(const struct tree *row);

static bool any_row(const struct tree *row)
{
    return row != NULL;
}

static bool is_left_alone(const struct tree *row)
{
    struct cp_str state = tree_as_text(view_at(row, "breaker.state"));

    return view_at(row, "cooldown") || (state.p && !str_is(state, "closed"));
}

static bool is_busy(const struct tree *row)
{
    return tree_as_int(tree_get(row, "under_way"), 0) > 0;
}

static void add_row(struct tree *rows, const struct tree *part, struct cp_str channel,
                    const char *what)
{
    struct tree *row = tree_copy(part);

    tree_put_text(row, "channel", channel);
    tree_put_text(row, "what", str_of(what));
    tree_append(rows, row);
}

/* lists: "keys|urls"; "" is the channel itself. */
static void gather(const struct tree *health, const char *lists, row_fn *wanted,
                   struct tree *rows)
{
    const struct tree *channels = tree_get(health, "channels");

    for (size_t i = 0; i < tree_count(channels); i++) {
        const struct tree *c = tree_at(channels, i);
        struct cp_str rest = str_of(lists), name, id = tree_as_text(tree_get(c, "id"));
        while (str_split(&rest, '|', &name)) {
            char z[32], one[32];
            snprintf(z, sizeof(z), "%.*s", STR_FMT(name));
            snprintf(one, sizeof(one), "%.*s", name.n ? (int)name.n - 1 : 7,
                     name.n ? z : "channel");
            const struct tree *parts = name.n ? tree_get(c, z) : NULL;
            if (!name.n && tree_kind(c) == TREE_OBJECT && wanted(c))
                add_row(rows, c, id, one);
            for (size_t k = 0; k < tree_count(parts); k++)
                if (tree_kind(tree_at(parts, k)) == TREE_OBJECT && wanted(tree_at(parts, k)))
                    add_row(rows, tree_at(parts, k), id, one);
        }
    }
}

static int show(struct ctl *ctl, const char *lists, row_fn *wanted, const struct view *view)
{
    struct tree *health = NULL, *rows = tree_array();
    int code = errand_get(ctl, "/api/scheduler", &health);

    if (!code) {
        gather(health, lists, wanted, rows);
        errand_show_tree(ctl, rows, view);
    }
    tree_free(rows);
    tree_free(health);
    return code;
}

int run_show_channels(struct ctl *ctl)
{
    return errand_pass(ctl, "/api/scheduler", &view_health);
}

int run_show_keys(struct ctl *ctl)
{
    return show(ctl, "keys", any_row, &view_key_health);
}

int run_show_breakers(struct ctl *ctl)
{
    return show(ctl, "|keys|urls|paths", is_left_alone, &view_breakers);
}

int run_show_inflight(struct ctl *ctl)
{
    return show(ctl, "", is_busy, &view_inflight);
}

int run_show_errors(struct ctl *ctl)
{
    return errand_pass(ctl, "/api/history?outcome=failed&limit=50", &view_history);
}

/* Who is not in is what is looked for when something is missing: one table. */
int run_show_plugins(struct ctl *ctl)
{
    struct tree *answer = NULL, *rows = tree_array();

    if (ctl->look.form == LOOK_JSON) {
        tree_free(rows);
        return errand_pass(ctl, "/api/plugins", NULL);
    }
    int code = errand_get(ctl, "/api/plugins", &answer);
    for (int k = 0; !code && k < 2; k++) {
        const struct tree *part = tree_get(answer, k ? "absent" : "plugins");
        for (size_t i = 0; i < tree_count(part); i++)
            tree_append(rows, tree_copy(tree_at(part, i)));
    }
    if (!code) {
        tree_put(answer, "plugins", rows);
        rows = NULL;
        errand_show_tree(ctl, answer, &view_plugins);
    }
    tree_free(rows);
    tree_free(answer);
    return code;
}
