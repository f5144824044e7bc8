/* SPDX-License-Identifier: MIT */
/*
 * run_status - `claude-proxyctl status`: how the gateway is, on one screen, and what to do next.
 *
 * What comes next is the point: a gateway without channels, a channel without keys and one that nobody has asked yet are all
 * "running", and whoever asks for the status wants to know what is missing.
 */
#include "base/str.h"
#include "ctl/errand.h"
#include "ctl/glyph.h"
#include "ctl/run.h"
#include "ctl/views.h"
#include "json/tree.h"

#include <inttypes.h>

static void add_member(struct ctl *ctl, const char *title, const struct tree *t,
                       const char *path, enum view_as as)
{
    const struct tree *value = view_at(t, path);
    struct buf text;

    if (!value)
        return;
    buf_init(&text, 8192);
    view_value(value, as, ctl->wall_ms, false, &text);
    if (text.n) {
        buf_printf(&ctl->out, "%-14s", title);
        glyph_add(&ctl->out, buf_str(&text));
        buf_add_c(&ctl->out, '\n');
    }
    buf_fini(&text);
}

static void add_head(struct ctl *ctl, const struct tree *status)
{
    static const struct {
        const char *title, *path;
        enum view_as as;
    } lines[] = {
        { "version", "version", VIEW_TEXT },
        { "up", "uptime_s", VIEW_SECONDS },
        { "old process", "before.pid", VIEW_NUMBER },
        { "it finishes", "before.in_flight", VIEW_NUMBER },
        { "listens on", "listen", VIEW_LIST },
        { "connections", "connections.open", VIEW_NUMBER },
        { "configuration", "configuration.files", VIEW_LIST },
        { "access key in", "access_key_file", VIEW_TEXT },
        { "history in", "history.store", VIEW_TEXT },
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        const struct tree *value = view_at(status, lines[i].path);
        if (value && tree_kind(value) != TREE_OBJECT)
            add_member(ctl, lines[i].title, status, lines[i].path, lines[i].as);
    }
}

/* ---- what is missing ---- */

struct sum {
    size_t channels, active, resting;
    int64_t served, failed, under_way;
};

static void count(const struct tree *health, struct sum *sum)
{
    const struct tree *rows = tree_get(health, "channels");

    *sum = (struct sum){ .channels = tree_count(rows) };
    for (size_t i = 0; i < sum->channels; i++) {
        const struct tree *c = tree_at(rows, i);
        bool is_active = str_is(tree_as_text(tree_get(c, "status")), "active");
        struct cp_str breaker = tree_as_text(view_at(c, "breaker.state"));
        sum->active += is_active;
        sum->resting += is_active && (view_at(c, "cooldown") || str_is(breaker, "open"));
        sum->served += tree_as_int(tree_get(c, "served"), 0);
        sum->failed += tree_as_int(tree_get(c, "failed"), 0);
        sum->under_way += tree_as_int(tree_get(c, "under_way"), 0);
    }
}

static void next_step(struct ctl *ctl, const char *why, const char *what)
{
    buf_printf(&ctl->out, "\n%s%s%s\n  %s\n", look_colour(&ctl->look, LOOK_STRONG), why,
               look_colour(&ctl->look, LOOK_PLAIN), what);
}

/* Where clients find it: what it listens on first. */
static void next_client(struct ctl *ctl, const struct tree *status)
{
    struct cp_str url = tree_as_text(tree_at(tree_get(status, "listen"), 0));
    struct buf text;

    if (!str_begins(url, "http"))
        url = STR("http://127.0.0.1:3000");
    buf_init(&text, 8192);
    buf_add_z(&text, "export ANTHROPIC_BASE_URL=");
    glyph_add(&text, url);
    buf_add_z(&text,
              " ANTHROPIC_AUTH_TOKEN=KEY\n"
              "  KEY is the access key, or one of your own: claude-proxyctl client create "
              "--label NAME");
    buf_add_c(&text, 0);
    next_step(ctl, "Nothing was asked yet. Point a client here, for example Claude Code:",
              buf_failed(&text) ? "" : text.p);
    buf_fini(&text);
}

static void add_warnings(struct ctl *ctl, const struct tree *status)
{
    const struct tree *all = tree_get(status, "warnings");

    for (size_t i = 0; i < tree_count(all); i++) {
        buf_printf(&ctl->out, "%s%-14s", look_colour(&ctl->look, LOOK_WARN), "warning");
        glyph_add(&ctl->out, tree_as_text(tree_get(tree_at(all, i), "text")));
        buf_printf(&ctl->out, "%s\n", look_colour(&ctl->look, LOOK_PLAIN));
    }
}

static void add_next(struct ctl *ctl, const struct sum *sum, const struct tree *status)
{
    if (!sum->channels)
        next_step(ctl, "There are no channels yet. Next:",
                  "claude-proxyctl channel add --name NAME --dialect claude --url "
                  "https://api.anthropic.com\n"
                  "  (asks for the key; dialects: claude, chat, responses, gemini)\n"
                  "  or take over an older gateway's folder: claude-proxyctl import DIR");
    else if (!sum->active)
        next_step(ctl, "No channel is active. Next:", "claude-proxyctl channel enable CHANNEL");
    else if (sum->resting == sum->active)
        next_step(ctl, "All active channels are left alone now. Why and until when:",
                  "claude-proxyctl show breakers; to ask them at once: claude-proxyctl "
                  "scheduler reset");
    else if (!sum->served && !sum->failed)
        next_client(ctl, status);
}

static void add_sum(struct ctl *ctl, const struct sum *sum)
{
    struct buf *out = &ctl->out;

    buf_printf(out, "%-14s%zu", "channels", sum->channels);
    if (sum->channels)
        buf_printf(out, ", %zu active", sum->active);
    if (sum->resting)
        buf_printf(out, ", %s%zu resting%s", look_colour(&ctl->look, LOOK_WARN), sum->resting,
                   look_colour(&ctl->look, LOOK_PLAIN));
    buf_printf(
        out, "\n%-14s%" PRId64 " under way, %" PRId64 " served, %" PRId64 " attempts failed\n",
        "requests", sum->under_way, sum->served, sum->failed);
}

int run_status(struct ctl *ctl)
{
    struct tree *status = NULL, *health = NULL;
    struct sum sum;

    if (ctl->look.form != LOOK_TABLE)
        return errand_pass(ctl, "/api/status", NULL);
    int code = errand_get(ctl, "/api/status", &status);
    if (!code)
        code = errand_get(ctl, "/api/scheduler", &health);
    if (!code) {
        count(health, &sum);
        buf_printf(&ctl->out, "%-14s%s\n", "gateway", talk_where(ctl->talk));
        add_head(ctl, status);
        add_sum(ctl, &sum);
        add_warnings(ctl, status);
        if (sum.channels) {
            buf_add_c(&ctl->out, '\n');
            view_list(&view_health, health, &ctl->look, ctl->wall_ms, &ctl->out);
        }
        add_next(ctl, &sum, status);
    }
    tree_free(status);
    tree_free(health);
    return code;
}
