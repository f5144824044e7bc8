/* SPDX-License-Identifier: MIT */
/*
 * channels_fault - complaints about lines of managed.conf, told as paths in the JSON that was sent.
 *
 * The configuration is checked as text, because that is what will be read at the next start; but who has sent JSON
 * knows no lines.  So the tree is printed and read back, which gives each of its nodes a line, and both are walked side by
 * side; a complaint about that very text is then one about a node.
 */
#include "admin/api.h"
#include "admin/channels.h"
#include "admin/office.h"
#include "admin/steward.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/print.h"
#include "conf/read.h"

enum { TEXT_BYTES = 16 << 20, REPORT_BYTES = 256 * 1024, DETAILS_MOST = 32 };

struct fault_line {
    struct cp_str number, path;
    struct fault_line *next;
};

struct channels_fault {
    struct arena *arena;
    struct cp_str text;
    struct fault_line *lines; /* the last first */
};

static struct cp_str line_of(struct cp_str where)
{
    const char *colon = where.n ? memrchr(where.p, ':', where.n) : NULL;

    return colon ? str_from(where, (size_t)(colon - where.p) + 1) : STR_NONE;
}

static void fault_add(struct channels_fault *f, const struct node *read, struct cp_str path)
{
    struct fault_line *l = arena_need(f->arena, sizeof(*l));

    l->number = arena_copy(f->arena, line_of(read->where));
    l->path = path;
    l->next = f->lines;
    f->lines = l;
}

/* path absent: outside of what was sent. */
static void fault_walk(struct channels_fault *f, const struct node *node,
                       const struct node *read, const struct node *subject, struct cp_str path)
{
    const struct node *b = read->first;
    size_t i = 0;

    if (node == subject)
        path = STR("");
    if (path.p)
        fault_add(f, read, path);
    for (const struct node *a = node->first; a && b; a = a->next, b = b->next, i++) {
        struct cp_str below = STR_NONE;
        if (path.p && a->name.p)
            below = arena_printf(f->arena, "%.*s%s%.*s", STR_FMT(path), path.n ? "." : "",
                                 STR_FMT(a->name));
        else if (path.p)
            below = arena_printf(f->arena, "%.*s[%zu]", STR_FMT(path), i);
        fault_walk(f, a, b, subject, below);
    }
}

static void fault_wipe(void *text)
{
    struct cp_str *s = text;

    node_wipe_text(*s);
}

struct channels_fault *channels_fault_new(struct arena *arena, struct node *root,
                                          const struct node *subject)
{
    struct channels_fault *f = arena_need(arena, sizeof(*f));
    struct arena *scratch = arena_new(64 * 1024, 0);
    struct buf text, complaints;
    struct conf_report report = { .out = &complaints };

    f->arena = arena;
    buf_init(&text, TEXT_BYTES);
    buf_init(&complaints, REPORT_BYTES);
    print_nodes(root, &text);
    f->text = arena_copy(arena, buf_str(&text));
    arena_at_exit(arena, fault_wipe, &f->text);
    struct node *read =
        buf_failed(&text) ? NULL : read_text(scratch, STR("managed.conf"), f->text, &report);
    if (read) {
        if (subject)
            fault_walk(f, root, read, subject, STR_NONE);
        node_wipe(read);
    }
    if (text.n)
        explicit_bzero(text.p, text.n);
    buf_fini(&text);
    buf_fini(&complaints);
    arena_free(scratch);
    return f;
}

/* What stands on that line of managed.conf: where elements of a list share it, the list.  Absent: none of ours. */
static struct cp_str fault_path(const struct channels_fault *f, struct cp_str where)
{
    struct cp_str number = line_of(where);

    if (!str_begins(where, "managed.conf:") && str_find(where, STR("/managed.conf:")) < 0)
        return STR_NONE;
    struct cp_str deepest = STR_NONE, outermost = STR_NONE;
    size_t n = 0;
    for (const struct fault_line *l = f->lines; l; l = l->next) {
        if (!str_eq(l->number, number))
            continue;
        outermost = l->path;
        deepest = n++ ? deepest : l->path;
    }
    return n > 2 ? outermost : deepest;
}

/* "WHERE: error: WHAT" in three; false: it is no error. */
static bool fault_split(struct cp_str line, struct cp_str *where, struct cp_str *what)
{
    ptrdiff_t at = str_find(line, STR(": error: "));

    if (at < 0)
        return false;
    *where = str_cut(line, (size_t)at);
    *what = str_from(line, (size_t)at + 9);
    return true;
}

void channels_fault_tell(struct api_call *call, struct channels_fault *f, struct cp_str report)
{
    struct cp_str line, where, what;
    struct steward_result result = { 0 };
    struct err err = { 0 };
    struct buf ours;
    unsigned n = 0;

    buf_init(&ours, REPORT_BYTES);
    result.report = &ours;
    if (f->text.n && steward_test(call->office->steward, f->text, &result, &err) && ours.n)
        report = arena_copy(call->arena, buf_str(&ours));
    buf_fini(&ours);
    while (n < DETAILS_MOST && str_split(&report, '\n', &line)) {
        if (!fault_split(line, &where, &what))
            continue;
        struct cp_str path = fault_path(f, where);
        /* "order: no channel has the id ..." of the member order */
        if (path.n && what.n > path.n + 2 && str_eq(str_cut(what, path.n), path) &&
            str_begins(str_from(what, path.n), ": "))
            what = str_from(what, path.n + 2);
        if (!n++)
            api_fail(call, 422, path.p ? arena_z(call->arena, path) : "", "%.*s",
                     STR_FMT(what));
        struct cp_str place = path.n ? path : path.p ? STR("") : where;
        api_detail(call, arena_printf(call->arena, "%.*s%s%.*s", STR_FMT(place),
                                      place.n ? ": " : "", STR_FMT(what)));
    }
    if (!n)
        api_fail(call, 422, "", "with this the configuration would be wrong");
}
