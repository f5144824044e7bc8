/* SPDX-License-Identifier: MIT */
/*
 * steward_text - the history, and texts of generations as people may see them.
 *
 * A secret becomes its mask and the beginning of its digest, so that a difference between two generations shows that a key
 * was replaced, and by which.
 */
#include "admin/steward.h"

#include "admin/archive.h"
#include "admin/steward_private.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/files.h"
#include "conf/managed.h"
#include "conf/node.h"
#include "conf/print.h"
#include "conf/table.h"

enum { ARENA_BYTES = 16 << 10, FINGERPRINT_DIGITS = 16 };

int steward_history(struct steward *st, struct arena *arena, struct steward_generation **list,
                    size_t *n, struct err *err)
{
    struct archive_note *notes;

    (void)err;
    pthread_mutex_lock(&st->lock);
    uint64_t current = archive_note(st->archive)->generation;
    archive_list(st->archive, arena, &notes, n);
    pthread_mutex_unlock(&st->lock);
    *list = arena_need(arena, (*n + 1) * sizeof(**list));
    for (size_t i = 0; i < *n; i++)
        (*list)[i] =
            (struct steward_generation){ notes[i].generation, notes[i].wall_ms, notes[i].who,
                                         notes[i].what, notes[i].generation == current };
    return 0;
}

/* ---- masks ---- */

static void mask(struct node *n, struct arena *arena)
{
    char shown[32], digest[65];

    if (!node_is_scalar(n) || !n->text.n || key_is_reference(n->text))
        return;
    secret_mask(n->text, shown);
    hash_sha256(n->text, digest);
    node_wipe_text(n->text);
    n->kind = NODE_STRING;
    n->text = arena_printf(arena, "%s sha256:%.*s", shown, FINGERPRINT_DIGITS, digest);
}

/* "http://user:password@host" */
static void mask_proxy(struct node *n, struct arena *arena)
{
    const char *at = n->text.n ? memrchr(n->text.p, '@', n->text.n) : NULL;
    ptrdiff_t scheme = str_find(n->text, STR("://"));

    if (!at)
        return;
    struct cp_str rest = arena_copy(arena, str_from(n->text, (size_t)(at - n->text.p))),
                  kept =
                      arena_copy(arena, str_cut(n->text, scheme < 0 ? 0 : (size_t)scheme + 3));
    node_wipe_text(n->text);
    n->text = arena_printf(arena, "%.*s***%.*s", STR_FMT(kept), STR_FMT(rest));
}

static bool is_secret(struct cp_str path, const struct node *parent)
{
    const struct conf_entry *e = table_find(path);
    bool is_item = parent->kind == NODE_LIST &&
                   (str_is(path, "channels.keys") || str_is(path, "client_keys"));

    return is_item || str_is(path, "admin_password") ||
           (e && str_is(str_of(e->type), "secret")) || str_begins(path, "channels.options.");
}

static void mask_all(struct node *parent, struct cp_str path, struct arena *arena)
{
    NODE_EACH(n, parent)
    {
        struct cp_str below = path;
        if (parent->kind == NODE_GROUP)
            below = path.n ? arena_printf(arena, "%.*s.%.*s", STR_FMT(path), STR_FMT(n->name))
                           : n->name;
        if (str_is(below, "channels.proxy"))
            mask_proxy(n, arena);
        else if (node_is_scalar(n) && is_secret(below, parent))
            mask(n, arena);
        mask_all(n, below, arena);
    }
}

static int steward_masked(struct cp_str text, struct arena *arena, struct cp_str *out,
                          struct err *err)
{
    struct arena *scratch = arena_new(ARENA_BYTES, 0);
    struct archive_note note;
    struct buf lines;
    struct node *root = archive_parse(scratch, text, &note, NULL);
    int rc = root ? 0 : err_set(err, E_CONFIG, MANAGED_FILE, "is no configuration");

    buf_init(&lines, FILES_CONF_BYTES);
    if (root) {
        mask_all(root, STR(""), scratch);
        print_nodes(root, &lines);
        node_wipe(root);
        *out = arena_copy(arena, lines.n ? buf_str(&lines) : STR(""));
    }
    buf_fini(&lines);
    arena_wipe(scratch);
    return rc;
}

int steward_text(struct steward *st, uint64_t number, struct arena *arena, struct cp_str *text,
                 struct err *err)
{
    struct arena *scratch = arena_new(ARENA_BYTES, 0);
    struct cp_str clear = STR_NONE;
    int rc = 0;

    pthread_mutex_lock(&st->lock);
    if (number)
        rc = archive_read(st->archive, number, scratch, &clear, err);
    else
        clear = arena_copy(scratch, archive_text(st->archive));
    pthread_mutex_unlock(&st->lock);
    if (!rc)
        rc = steward_masked(clear, arena, text, err);
    node_wipe_text(clear);
    arena_wipe(scratch);
    return rc;
}
