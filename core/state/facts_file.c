/* SPDX-License-Identifier: MIT */
/*
 * facts_file - the facts of this process as a file that outlives it.
 *
 * The text is libconfig's, so that a person can read it and the reader of the configuration reads it; it is
 * written here, because libconfig's own writer leaves bytes outside ASCII to chance.
 */
#include "state/facts.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/save.h"
#include "base/str.h"
#include "base/utf8.h"
#include "conf/files.h"
#include "conf/moment.h"
#include "conf/node.h"
#include "conf/read.h"
#include "ir/kind.h"

#include <stdio.h>

enum { ARENA_BYTES = 64 << 10, STATUS_MOST = 999, LEFT_S = 60 };

static const char head[] =
    "# What claude-proxy has learned of its upstreams: who rests until when, and why.  It writes this file\n"
    "# itself and reads it when it starts.  It may be deleted while the gateway is stopped; then all is\n"
    "# found out anew.\n";

static const char *const kinds[] = { NULL,    "cooldown", "breaker", "demoted",
                                     "model", "refused",  "promoted" };
/* as in the log */
static const char *const faults[] = { NULL, "client", "key", "model", "channel", "network" };

enum { KINDS = sizeof(kinds) / sizeof(*kinds), FAULTS = sizeof(faults) / sizeof(*faults) };

static uint32_t word_find(const char *const *words, uint32_t n, struct cp_str word)
{
    for (uint32_t i = 1; i < n; i++)
        if (str_is(word, words[i]))
            return i;
    return 0;
}

static uint32_t source_find(struct cp_str word)
{
    for (uint32_t i = COOLDOWN_PRESET; i <= COOLDOWN_BODY; i++)
        if (str_is(word, cooldown_source_name(i)))
            return i;
    return 0;
}

/* ---- text ---- */

static void add_string(struct buf *out, struct cp_str s)
{
    buf_add_c(out, '"');
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        size_t n = utf8_len(s.p + i, s.n - i);
        if (n > 1)
            buf_add(out, s.p + i, n);
        else if (c < ' ' || c >= 0x7F)
            buf_printf(out, "\\x%02x", c);
        else
            buf_printf(out, "%s%c", c == '"' || c == '\\' ? "\\" : "", c);
        i += n ? n : 1;
    }
    buf_add_c(out, '"');
}

static void add_member(struct buf *out, const char *name, struct cp_str value)
{
    if (!value.p)
        return;
    buf_printf(out, " %s = ", name);
    add_string(out, value);
    buf_add_c(out, ';');
}

static void add_time(struct buf *out, const char *name, int64_t wall_ms)
{
    char text[32];

    if (wall_ms <= 0)
        return;
    clock_rfc3339(wall_ms * 1000, text);
    buf_printf(out, " %s = \"%.23sZ\";", name, text);
}

static void add_cause(struct buf *out, const struct cooldown_cause *c)
{
    if (c->fault && c->fault < FAULTS)
        add_member(out, "fault", str_of(faults[c->fault]));
    add_member(out, "trouble", str_of(kind_sub_name(CP_ERROR, c->trouble)));
    if (c->source >= COOLDOWN_PRESET && c->source <= COOLDOWN_BODY)
        add_member(out, "source", str_of(cooldown_source_name(c->source)));
    if (c->status > 0 && c->status <= STATUS_MOST)
        buf_printf(out, " status = %d;", (int)c->status);
}

struct writer {
    struct buf out;
    bool is_first;
};

static bool has_nul(struct cp_str s)
{
    return s.n && memchr(s.p, '\0', s.n);
}

static void add_fact(void *ctx, const struct fact *f)
{
    struct writer *w = ctx;

    if (has_nul(f->owner) || has_nul(f->detail))
        return; /* libconfig's strings end there */
    buf_add_z(&w->out, w->is_first ? "\n    {" : ",\n    {");
    w->is_first = false;
    add_member(&w->out, "kind", str_of(kinds[f->kind]));
    add_member(&w->out, "owner", f->owner.p ? f->owner : STR(""));
    add_member(&w->out, "detail", f->detail);
    add_time(&w->out, "until", f->until_wall_ms);
    add_time(&w->out, "since", f->since_wall_ms);
    add_cause(&w->out, &f->cause);
    buf_add_z(&w->out, " }");
}

/* ---- writing ---- */

int facts_save(const struct facts *facts, const char *path, struct err *err)
{
    struct writer w = { .is_first = true };

    buf_init(&w.out, FILES_CONF_BYTES);
    buf_add_z(&w.out, head);
    buf_add_z(&w.out, "facts = (");
    facts_each(facts, clock_ms(), clock_wall_ms(), add_fact, &w);
    buf_add_z(&w.out, "\n);\n");
    int rc = buf_failed(&w.out) ? err_set(err, E_LIMIT, path, "would be larger than %d bytes",
                                          FILES_CONF_BYTES)
                                : save_file(path, buf_str(&w.out), err);
    buf_fini(&w.out);
    return rc;
}

void facts_sweep(const char *path)
{
    save_sweep(path, LEFT_S);
}

/* ---- reading ---- */

/* A member that must be a string if it is there. */
static int take_string(const struct node *group, const char *name, struct cp_str *out,
                       struct err *err)
{
    const struct node *n = node_get(group, name);

    *out = n ? n->text : STR_NONE;
    return n && n->kind != NODE_STRING ? node_fault(n, err, "must be a string") : 0;
}

static int take_time(const struct node *group, const char *name, int64_t *wall_ms,
                     struct err *err)
{
    struct cp_str text;
    int rc = take_string(group, name, &text, err);

    *wall_ms = 0;
    if (rc || !text.p)
        return rc;
    return moment_parse(text, wall_ms) ? node_fault(group, err, "has a time that is none") : 0;
}

/* Words that are not known here say nothing. */
static void take_cause(const struct node *group, struct cooldown_cause *c)
{
    const struct node *status = node_get(group, "status");
    int64_t value = 0;

    c->fault = word_find(faults, FAULTS, node_text(group, "fault"));
    c->trouble = kind_sub_by_name(CP_ERROR, node_text(group, "trouble"));
    c->source = source_find(node_text(group, "source"));
    if (status && status->kind == NODE_INT && !str_int(status->text, &value) && value > 0 &&
        value <= STATUS_MOST)
        c->status = (int32_t)value;
}

/* f->kind 0: a kind of fact that is not known here. */
static int take_fact(const struct node *n, struct fact *f, struct err *err)
{
    struct cp_str kind;

    if (n->kind != NODE_GROUP)
        return node_fault(n, err, "must be a group");
    int rc = take_string(n, "kind", &kind, err);
    if (rc)
        return rc;
    f->kind = (enum fact_kind)word_find(kinds, KINDS, kind);
    if (kind.p && !f->kind)
        return 0;
    rc = take_string(n, "owner", &f->owner, err);
    if (!rc)
        rc = take_string(n, "detail", &f->detail, err);
    if (!rc)
        rc = take_time(n, "until", &f->until_wall_ms, err);
    if (!rc)
        rc = take_time(n, "since", &f->since_wall_ms, err);
    if (!rc && (!kind.p || !f->owner.p))
        rc = node_fault(n, err, "has no kind or no owner");
    take_cause(n, &f->cause);
    return rc;
}

static int take_all(const struct facts *facts, const struct node *root, struct arena *arena,
                    const char *path, struct err *err)
{
    const struct node *list = node_get(root, "facts");
    size_t n = 0, i = 0;
    int rc = 0;

    if (!list || list->kind != NODE_LIST)
        return err_set(err, E_CONFIG, path, "has no list of facts");
    NODE_EACH(at, list)
    n++;
    struct fact *all = arena_need(arena, (n + 1) * sizeof(*all));
    NODE_EACH(at, list)
    if (!rc)
        rc = take_fact(at, &all[i++], err);
    int64_t now_ms = clock_ms(), wall_ms = clock_wall_ms();
    for (i = 0; !rc && i < n; i++)
        facts_apply(facts, &all[i], now_ms, wall_ms);
    return rc;
}

int facts_load(const struct facts *facts, const char *path, struct err *err)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);
    struct node *root;
    int rc = read_own(arena, path, &root, err);

    if (!rc)
        rc = take_all(facts, root, arena, path, err);
    else if (rc == E_ABSENT)
        rc = 0;

    arena_free(arena);
    return rc;
}
