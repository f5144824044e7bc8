/* SPDX-License-Identifier: MIT */
/*
 * follow - what happens, as it happens: events, requests, the log; from /api/events.
 *
 * A connection that breaks is made again, with the number of the last event that was seen, so that nothing is told twice;
 * what is missing is said.  A table's columns have the widths of the first screen: rows that come one by one cannot be
 * aligned with those that are not there yet.
 */
#include "base/clock.h"
#include "base/str.h"
#include "ctl/errand.h"
#include "ctl/glyph.h"
#include "ctl/run.h"
#include "ctl/views.h"
#include "loop/sse.h"
#include "json/tree.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

enum { LINE_BYTES = 1 << 20, EVENT_BYTES = 4 << 20, TARGET_BYTES = 4096, AGAIN_MS = 1000 };

struct follow {
    struct ctl *ctl;
    struct sse sse;
    const struct talk_answer *answer; /* its head */
    char last[32];                    /* the number of the last whole event */
    char next[32];                    /* of the one that is coming */
    char line[40];                    /* the beginning of the line at hand */
    size_t line_n;
    bool is_closed; /* nobody reads what we write */
    void (*show)(struct ctl *, struct cp_str kind, const struct tree *);
};

/* ---- how one is shown ---- */

static void add_cell(struct ctl *ctl, const struct tree *row, const struct view_column *c)
{
    static const size_t widths[] = { [VIEW_TEXT] = 16, [VIEW_STATE] = 9, [VIEW_NUMBER] = 6,
                                     [VIEW_TIME] = 19, [VIEW_US] = 8,    [VIEW_BIG] = 7 };
    struct buf text, clean;
    size_t width = widths[c->as], used;

    buf_init(&text, LINE_BYTES);
    buf_init(&clean, 4 * LINE_BYTES);
    view_value(view_at(row, c->path), c->as, ctl->wall_ms, false, &text);
    glyph_add(&clean, buf_str(&text));
    struct cp_str shown = clean.n ? buf_str(&clean) : STR("");
    bool is_last = !c[1].title;
    if (!is_last)
        shown = str_cut(shown, glyph_cut(shown, width));
    used = glyph_width(shown);
    if (c->as == VIEW_STATE)
        buf_add_z(&ctl->out, look_colour(&ctl->look, view_colour(shown)));
    buf_add_str(&ctl->out, shown);
    if (c->as == VIEW_STATE && view_colour(shown) != LOOK_PLAIN)
        buf_add_z(&ctl->out, look_colour(&ctl->look, LOOK_PLAIN));
    for (; !is_last && used < width + 2; used++)
        buf_add_c(&ctl->out, ' ');
    buf_fini(&text);
    buf_fini(&clean);
}

static void show_request(struct ctl *ctl, struct cp_str kind, const struct tree *t)
{
    (void)kind;
    for (const struct view_column *c = view_monitor.columns; c->title; c++)
        add_cell(ctl, t, c);
    buf_add_c(&ctl->out, '\n');
}

static bool is_among(struct cp_str names, struct cp_str name)
{
    struct cp_str one;

    while (str_split(&names, '|', &one))
        if (str_eq(one, name))
            return true;
    return false;
}

static void show_members(struct ctl *ctl, const struct tree *t, const char *but)
{
    struct tree *value;
    struct cp_str name;
    struct buf text;
    size_t at = 0;

    buf_init(&text, EVENT_BYTES);
    while (tree_each(t, &at, &name, &value)) {
        if (is_among(str_of(but), name))
            continue;
        buf_clear(&text);
        view_value(value, VIEW_TEXT, ctl->wall_ms, false, &text);
        buf_add_c(&ctl->out, ' ');
        glyph_add(&ctl->out, name);
        buf_add_c(&ctl->out, '=');
        glyph_add(&ctl->out, buf_str(&text));
    }
    buf_fini(&text);
}

static void show_event(struct ctl *ctl, struct cp_str kind, const struct tree *t)
{
    buf_add_z(&ctl->out, look_colour(&ctl->look, LOOK_STRONG));
    glyph_add(&ctl->out, kind);
    buf_add_z(&ctl->out, look_colour(&ctl->look, LOOK_PLAIN));
    show_members(ctl, t, "");
    buf_add_c(&ctl->out, '\n');
}

static void show_log(struct ctl *ctl, struct cp_str kind, const struct tree *t)
{
    static const struct view_column columns[] = {
        { "TIME", "ts|time", VIEW_TIME },
        { "LEVEL", "level", VIEW_STATE },
        { "TEXT", "line|msg|message|text", VIEW_TEXT },
        { NULL, NULL, VIEW_TEXT },
    };
    (void)kind;
    for (const struct view_column *c = columns; c->title; c++)
        add_cell(ctl, t, c);
    show_members(ctl, t, "ts|level|msg|event");
    buf_add_c(&ctl->out, '\n');
}

/* ---- the stream ---- */

/* What the stream says of itself: where it begins, and that some are gone. */
static void take_word(struct follow *w, struct cp_str kind, const struct tree *t)
{
    struct cp_str last = tree_as_number(tree_get(t, "last"));

    if (str_is(kind, "missing"))
        ctl_note(w->ctl, "some events were missed");
    if (str_is(kind, "hello") && !w->next[0] && last.n && last.n < sizeof(w->next))
        snprintf(w->next, sizeof(w->next), "%.*s", STR_FMT(last));
}

static void take_event(struct follow *w, struct cp_str kind, struct cp_str data)
{
    struct ctl *ctl = w->ctl;
    struct tree *t = tree_parse(data, NULL);
    bool is_word = str_is(kind, "hello") || str_is(kind, "missing");

    ctl->wall_ms = clock_wall_ms();
    if (t && is_word) {
        take_word(w, kind, t);
    } else if (t && ctl->look.form == LOOK_JSON) {
        glyph_add_json(&ctl->out, data);
        buf_add_c(&ctl->out, '\n');
    } else if (t) {
        w->show(ctl, kind, t);
    }
    tree_free(t);
}

static int take_frame(void *ctx, const struct cp_frame *f)
{
    struct follow *w = ctx;

    if (f->data.n)
        take_event(w, f->event.n ? f->event : STR("event"), f->data);
    memcpy(w->last, w->next, sizeof(w->last));
    w->is_closed = ctl_flush(w->ctl) != 0;
    return w->is_closed;
}

/* Frames are given without their numbers: the lines "id: N" are looked for here. */
static void take_id(struct follow *w, struct cp_str part)
{
    for (size_t i = 0; i < part.n && w->line_n < sizeof(w->line); i++)
        w->line[w->line_n++] = part.p[i];
    if (!str_ends(part, "\n"))
        return;
    struct cp_str line = str_n(w->line, w->line_n);
    struct cp_str id = str_begins(line, "id:") ? str_trim(str_from(line, 3)) : STR_NONE;
    if (id.n && id.n < sizeof(w->next))
        snprintf(w->next, sizeof(w->next), "%.*s", STR_FMT(id));
    w->line_n = 0;
}

static bool is_stream(const struct talk_answer *a)
{
    return !strcmp(a->type, "text/event-stream");
}

/* Line by line, so that a frame is never told the number of one behind it. */
static int take_bytes(void *ctx, struct cp_str bytes)
{
    struct follow *w = ctx;
    int rc = !is_stream(w->answer);

    while (!rc && bytes.n) {
        ptrdiff_t end = str_chr(bytes, '\n');
        struct cp_str part = end < 0 ? bytes : str_cut(bytes, (size_t)end + 1);
        take_id(w, part);
        rc = sse_feed(&w->sse, part, take_frame, w);
        bytes = str_from(bytes, part.n);
    }
    return rc;
}

/* One connection; an exit code, or 0 when it has ended. */
static int listen_once(struct follow *w, const char *target)
{
    struct talk_answer a;

    talk_answer_init(&a);
    w->line_n = 0;
    w->answer = &a;
    sse_init(&w->sse, LINE_BYTES, EVENT_BYTES);
    struct talk_ask ask = { .method = "GET",
                            .target = target,
                            .last_event = w->last[0] ? w->last : NULL,
                            .more = take_bytes,
                            .ctx = w };
    int code = errand_ask(w->ctl, &ask, &a);
    if (!code && !is_stream(&a)) {
        ctl_complain("what came is no stream of events");
        code = CTL_REFUSED;
    }
    sse_fini(&w->sse);
    talk_answer_fini(&a);
    return code;
}

/* Until nobody reads any more; the first connection must succeed. */
static int follow(struct follow *w, const char *target)
{
    int code = listen_once(w, target);

    while (!w->is_closed && (!code || (code == CTL_NO_DAEMON && w->last[0]))) {
        ctl_note(w->ctl, "the gateway has ended the connection; trying again");
        (void)poll(NULL, 0, AGAIN_MS);
        code = listen_once(w, target);
    }
    return w->is_closed ? 0 : code;
}

static void add_titles(struct ctl *ctl, const struct view *v)
{
    static const size_t widths[] = { [VIEW_TEXT] = 16, [VIEW_STATE] = 9, [VIEW_NUMBER] = 6,
                                     [VIEW_TIME] = 19, [VIEW_US] = 8,    [VIEW_BIG] = 7 };

    if (!ctl->look.has_header || ctl->look.form != LOOK_TABLE)
        return;
    buf_add_z(&ctl->out, look_colour(&ctl->look, LOOK_STRONG));
    for (const struct view_column *c = v->columns; c->title; c++)
        buf_printf(&ctl->out, "%-*s", c[1].title ? (int)widths[c->as] + 2 : 0, c->title);
    buf_add_z(&ctl->out, look_colour(&ctl->look, LOOK_PLAIN));
    buf_add_c(&ctl->out, '\n');
    (void)ctl_flush(ctl); /* seen again with the first event */
}

int run_monitor(struct ctl *ctl)
{
    struct follow w = { .ctl = ctl, .show = show_request };
    int code = errand_connect(ctl);

    if (code)
        return code;
    add_titles(ctl, &view_monitor);
    return follow(&w, "/api/events?kinds=request");
}

int run_events(struct ctl *ctl)
{
    const char *kinds = args_option(&ctl->args, "kinds"),
               *since = args_option(&ctl->args, "since");
    struct follow w = { .ctl = ctl, .show = show_event };
    struct buf target;

    buf_init(&target, TARGET_BYTES);
    buf_add_z(&target, "/api/events");
    if (kinds) {
        buf_add_z(&target, "?kinds=");
        errand_escape(&target, str_of(kinds));
    }
    buf_add_c(&target, 0);
    if (since)
        snprintf(w.last, sizeof(w.last), "%.20s", since);
    int code = follow(&w, target.p);
    buf_fini(&target);
    return code;
}

int run_log(struct ctl *ctl)
{
    const char *level = args_option(&ctl->args, "level");
    struct follow w = { .ctl = ctl, .show = show_log };
    struct tree *t = NULL;
    struct buf target;
    int code;

    buf_init(&target, TARGET_BYTES);
    buf_add_z(&target, args_has(&ctl->args, "follow") ? "/api/events?kinds=log" : "/api/log");
    if (level) {
        buf_add_z(&target, args_has(&ctl->args, "follow") ? "&level=" : "?level=");
        errand_escape(&target, str_of(level));
    }
    buf_add_c(&target, 0);
    if (args_has(&ctl->args, "follow")) {
        code = follow(&w, target.p);
    } else {
        code = errand_get(ctl, target.p, &t);
        const struct tree *lines = view_at(t, "lines|records|log");
        if (!code && ctl->look.form != LOOK_TABLE)
            errand_show_tree(ctl, ctl->look.form == LOOK_JSON ? t : lines, NULL);
        for (size_t i = 0; !code && ctl->look.form == LOOK_TABLE && i < tree_count(lines); i++)
            show_log(ctl, STR_NONE, tree_at(lines, i));
    }
    tree_free(t);
    buf_fini(&target);
    return code;
}
