/* SPDX-License-Identifier: MIT */
/*
 * errand - a question to the gateway, what it says to it, and what of that is shown.
 */
#include "ctl/errand.h"

#include "base/clock.h"
#include "base/str.h"
#include "ctl/assign.h"
#include "ctl/glyph.h"
#include "json/tree.h"

#include <stdlib.h>

enum { TARGET_BYTES = 64 << 10, BODY_BYTES = 16 << 20, TEXT_BYTES = 4096 };

/* ---- where ---- */

static int tell_nowhere(const struct ctl *ctl, int rc, const struct err *err)
{
    const struct where *w = &ctl->where;

    if (rc == E_SYNTAX) {
        ctl_complain("%s%s%s", err->where, err->where[0] ? ": " : "", err->what);
        return CTL_USAGE;
    }
    ctl_complain("%s", err->what);
    for (size_t i = 0; i < w->tried_n; i++)
        ctl_complain("  tried %s", w->tried[i]);
    if (rc == E_DENIED) {
        ctl_complain(
            "  run it as root, as the gateway's user, or as a member of its control_group");
        return CTL_DENIED;
    }
    ctl_complain("  start one: `systemctl start claude-proxy' or `claude-proxy &'; "
                 "or say where it is: -s SOCKET, --url URL");
    return CTL_NO_DAEMON;
}

int errand_connect(struct ctl *ctl)
{
    struct err err = { 0 };

    if (ctl->talk)
        return 0;
    int rc = where_find(&ctl->where, &ctl->wish, &err);
    if (!rc)
        rc = talk_open(&ctl->talk, &ctl->where.config, &err);
    return rc ? tell_nowhere(ctl, rc, &err) : 0;
}

/* ---- what comes back ---- */

static int tell_broken(const struct ctl *ctl, int rc, const struct err *err)
{
    (void)ctl;
    ctl_complain("%s: %s", err->where, err->what);
    if (rc == E_DENIED)
        return CTL_DENIED;
    return rc == E_ABSENT || rc == E_GONE || rc == E_AGAIN ? CTL_NO_DAEMON : CTL_REFUSED;
}

/* A line that says only what was said already, with its place or without, is spared. */
static void tell_details(const struct tree *answer, struct cp_str said)
{
    const struct tree *details = tree_get(answer, "details");

    for (size_t i = 0; i < tree_count(details); i++) {
        struct cp_str line = tree_as_text(tree_at(details, i));
        if (!said.n || line.n < said.n || !str_eq(str_from(line, line.n - said.n), said))
            ctl_complain("  %.*s", STR_FMT(line));
    }
}

/* A refusal that is no JSON: another program, or a proxy before the gateway. */
static void tell_stranger(const struct talk_answer *a)
{
    struct cp_str text = str_trim(buf_str(&a->body)), line = STR_NONE;

    (void)str_split(&text, '\n', &line);
    ctl_complain("HTTP %d%s%.*s", a->status, line.n ? ": " : "", STR_FMT(str_cut(line, 200)));
}

static int tell_refused(const struct ctl *ctl, const struct talk_answer *a)
{
    struct tree *t = tree_parse(buf_str(&a->body), NULL);
    struct cp_str what = tree_as_text(tree_get(t, "error"));
    struct cp_str path = tree_as_text(tree_get(t, "path"));

    if (!what.p) /* errors in the shape of a dialect */
        what = tree_as_text(view_at(t, "error.message|message"));
    if (what.p)
        ctl_complain("%.*s%s%.*s", STR_FMT(path), path.n ? ": " : "", STR_FMT(what));
    else
        tell_stranger(a);
    tell_details(t, what);
    if (a->status == 429 && a->retry_after_s > 0)
        ctl_complain("  try again in %lld s", (long long)a->retry_after_s);
    tree_free(t);
    if (a->status != 401 && a->status != 403)
        return CTL_REFUSED;
    if (ctl->where.config.url)
        ctl_complain(
            ctl->where.config.key
                ? "  another key: -k FILE; on the gateway's machine its socket needs none"
                : "  give a key: -k FILE, or CLAUDE_PROXY_KEY in the environment");
    return CTL_DENIED;
}

int errand_ask(struct ctl *ctl, const struct talk_ask *ask, struct talk_answer *answer)
{
    struct err err = { 0 };
    int code = errand_connect(ctl);

    if (code)
        return code;
    int rc = talk_ask(ctl->talk, ask, answer, &err);
    ctl->wall_ms = clock_wall_ms();
    if (rc)
        return tell_broken(ctl, rc, &err);
    return answer->status >= 200 && answer->status < 300 ? 0 : tell_refused(ctl, answer);
}

/* *tree: NULL if the answer is empty. */
static int parse(const struct talk_answer *answer, struct tree **tree)
{
    struct err err = { 0 };
    struct cp_str text = str_trim(buf_str(&answer->body));

    *tree = NULL;
    if (!text.n)
        return 0;
    *tree = tree_parse(text, &err);
    if (*tree)
        return 0;
    ctl_complain("what came is no JSON: %s%s%s", err.where, err.where[0] ? ": " : "", err.what);
    return CTL_REFUSED;
}

int errand_get(struct ctl *ctl, const char *target, struct tree **answer)
{
    int code = errand_send(ctl, "GET", target, NULL, answer);

    if (!code && !*answer) {
        ctl_complain("%s: an empty answer", target);
        return CTL_REFUSED;
    }
    return code;
}

int errand_send(struct ctl *ctl, const char *method, const char *target, struct tree *body,
                struct tree **answer)
{
    struct talk_answer a;
    struct buf text;

    talk_answer_init(&a);
    buf_init(&text, BODY_BYTES);
    if (body)
        tree_write(body, &text);
    tree_free(body);
    struct talk_ask ask = { .method = method,
                            .target = target,
                            .body = text.n ? buf_str(&text) : STR_NONE };
    int code = errand_ask(ctl, &ask, &a);
    if (!code && answer)
        code = parse(&a, answer);
    if (text.n)
        explicit_bzero(text.p, text.n);
    buf_fini(&text);
    talk_answer_fini(&a);
    return code;
}

/* ---- what is shown ---- */

static void show_json(struct ctl *ctl, const struct tree *t)
{
    struct buf text;

    buf_init(&text, CTL_OUT_BYTES);
    tree_write_pretty(t, &text);
    glyph_add_json(&ctl->out, buf_str(&text));
    if (text.n)
        explicit_bzero(text.p, text.n); /* a key that was made may be in it */
    buf_fini(&text);
}

void errand_show_tree(struct ctl *ctl, const struct tree *t, const struct view *view)
{
    if (ctl->look.form == LOOK_JSON)
        show_json(ctl, t);
    else if (view)
        view_list(view, t, &ctl->look, ctl->wall_ms, &ctl->out);
    else
        view_page(t, &ctl->look, &ctl->out);
}

int errand_show(struct ctl *ctl, const struct talk_answer *answer, const struct view *view)
{
    struct tree *t = NULL;

    if (ctl->look.form == LOOK_JSON) {
        glyph_add_json(&ctl->out, buf_str(&answer->body));
        if (answer->body.n && answer->body.p[answer->body.n - 1] != '\n')
            buf_add_c(&ctl->out, '\n');
        return 0;
    }
    int code = parse(answer, &t);
    if (!code && t)
        errand_show_tree(ctl, t, view);
    tree_free(t);
    return code;
}

int errand_pass(struct ctl *ctl, const char *target, const struct view *view)
{
    struct talk_answer a;

    talk_answer_init(&a);
    int code = errand_ask(ctl, &(struct talk_ask){ .method = "GET", .target = target }, &a);
    if (!code)
        code = errand_show(ctl, &a, view);
    talk_answer_fini(&a);
    return code;
}

/* The value of {NAME}: an argument, or a member of the answer. */
static void add_named(const struct ctl *ctl, const struct tree *answer, const char *name,
                      struct buf *out)
{
    const char *word = args_word(&ctl->args, name);
    const struct tree *t = word ? NULL : view_at(answer, name);

    if (word)
        buf_add_z(out, word);
    else
        view_value(t, VIEW_TEXT, ctl->wall_ms, false, out);
}

/* Takes "{NAME}" at *at; false: there is none. */
static bool take_name(const char **at, char name[64])
{
    size_t n = **at == '{' ? strcspn(*at, "}") : 0;

    if (n < 2 || n > 63 || (*at)[n] != '}')
        return false;
    memcpy(name, *at + 1, n - 1);
    name[n - 1] = 0;
    *at += n + 1;
    return true;
}

void errand_done(struct ctl *ctl, const struct tree *answer)
{
    char name[64];
    struct buf text;

    if (ctl->look.is_quiet || !ctl->args.command->done)
        return;
    buf_init(&text, TEXT_BYTES);
    for (const char *at = ctl->args.command->done; *at;)
        if (take_name(&at, name))
            add_named(ctl, answer, name, &text);
        else
            buf_add_c(&text, *at++);
    glyph_add(&ctl->out, buf_str(&text));
    buf_add_c(&ctl->out, '\n');
    buf_fini(&text);
}

/* ---- what is asked ---- */

void errand_escape(struct buf *out, struct cp_str part)
{
    for (size_t i = 0; i < part.n; i++) {
        char c = part.p[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || (c && strchr("-._~", c));
        if (is_plain)
            buf_add_c(out, c);
        else
            buf_printf(out, "%%%02X", (unsigned)(uint8_t)c);
    }
}

static void add_query(struct ctl *ctl, struct buf *target)
{
    bool is_first = str_chr(buf_str(target), '?') < 0;

    for (size_t i = 0; i < ctl->args.options_n; i++) {
        const struct option_spec *o = ctl->args.options[i].spec;
        if (!o->send || o->send[0] != '?')
            continue;
        buf_add_c(target, is_first ? '?' : '&');
        buf_add_z(target, o->send + 1);
        is_first = false;
        if (!o->value)
            continue;
        buf_add_c(target, '=');
        errand_escape(target, str_of(ctl->args.options[i].value));
    }
}

int errand_target(struct ctl *ctl, struct buf *target)
{
    char name[64];

    for (const char *at = ctl->args.command->path; *at;) {
        if (!take_name(&at, name)) {
            buf_add_c(target, *at++);
            continue;
        }
        const char *word = args_word(&ctl->args, name);
        if (!word || !*word || !strcmp(word, ".") || !strcmp(word, "..")) {
            ctl_complain("%s: what is meant?", name);
            return CTL_USAGE;
        }
        errand_escape(target, str_of(word));
    }
    add_query(ctl, target);
    buf_add_c(target, 0);
    return buf_failed(target) ? CTL_USAGE : 0;
}

/* A command that answers with its sentence shows the answer only to programs. */
static int finish(struct ctl *ctl, const struct talk_answer *a)
{
    const struct command *c = ctl->args.command;
    struct tree *t = NULL;

    if (!c->done || ctl->look.form != LOOK_TABLE)
        return errand_show(ctl, a, c->view);
    int code = parse(a, &t);
    if (!code)
        errand_done(ctl, t);
    tree_free(t);
    return code;
}

int errand_run(struct ctl *ctl)
{
    const struct command *c = ctl->args.command;
    struct tree *body = NULL;
    struct talk_answer a;
    struct buf target, text;

    buf_init(&target, TARGET_BYTES);
    buf_init(&text, BODY_BYTES);
    talk_answer_init(&a);
    int code = errand_target(ctl, &target);
    if (!code && c->prefix)
        code = assign_options(ctl, &body);
    if (!code && body)
        tree_write(body, &text);
    struct talk_ask ask = { .method = c->method,
                            .target = target.p,
                            .body = body ? buf_str(&text) : STR_NONE };
    if (!code)
        code = errand_ask(ctl, &ask, &a);
    if (!code)
        code = finish(ctl, &a);
    tree_free(body);
    talk_answer_fini(&a);
    buf_fini(&text);
    buf_fini(&target);
    return code;
}
