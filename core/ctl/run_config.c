/* SPDX-License-Identifier: MIT */
/*
 * run_config - the commands on the configuration, and on what is switched for a while.
 */
#include "base/str.h"
#include "ctl/assign.h"
#include "ctl/errand.h"
#include "ctl/glyph.h"
#include "ctl/prompt.h"
#include "ctl/run.h"
#include "ctl/slurp.h"
#include "json/tree.h"

#include <inttypes.h>
#include <stdio.h>

enum { TARGET_BYTES = 4096 };

/* A text of several lines: each is cleaned for itself. */
static void add_lines(struct ctl *ctl, struct cp_str text)
{
    struct cp_str line;

    while (text.n && str_split(&text, '\n', &line)) {
        struct cp_str rest = line, part;
        bool is_first = true;
        while (str_split(&rest, '\t', &part)) {
            buf_add_z(&ctl->out, is_first ? "" : "\t");
            glyph_add(&ctl->out, part);
            is_first = false;
        }
        buf_add_c(&ctl->out, '\n');
    }
}

/* GET whose answer has a text or lines in one of the members; anything else is shown as a page. */
static int show_text(struct ctl *ctl, const char *target, const char *members)
{
    struct tree *t = NULL;
    int code;

    if (ctl->look.form == LOOK_JSON)
        return errand_pass(ctl, target, NULL);
    code = errand_get(ctl, target, &t);
    const struct tree *found = code ? NULL : view_at(t, members);
    if (found && tree_kind(found) == TREE_TEXT)
        add_lines(ctl, tree_as_text(found));
    else if (found && tree_kind(found) == TREE_ARRAY &&
             tree_kind(tree_at(found, 0)) == TREE_TEXT)
        for (size_t i = 0; i < tree_count(found); i++)
            add_lines(ctl, tree_as_text(tree_at(found, i)));
    else if (!code)
        errand_show_tree(ctl, t, NULL);
    tree_free(t);
    return code;
}

/* ---- test, reload, restore: what the steward reports ---- */

static void add_report(struct ctl *ctl, const struct tree *t)
{
    const struct tree *lines = view_at(t, "report|messages|details");

    for (size_t i = 0; i < tree_count(lines); i++)
        add_lines(ctl, tree_as_text(tree_at(lines, i)));
    if (tree_kind(lines ? lines : t) == TREE_TEXT)
        add_lines(ctl, tree_as_text(lines));
}

static int report(struct ctl *ctl, const char *target, struct tree *body, const char *done)
{
    struct tree *t = NULL;
    int code = errand_send(ctl, "POST", target, body ? body : tree_object(), &t);
    const struct tree *ok = view_at(t, "ok|valid");

    if (!code && t && ctl->look.form != LOOK_TABLE)
        errand_show_tree(ctl, t, NULL);
    else if (!code && t)
        add_report(ctl, t);
    if (!code && (tree_as_int(view_at(t, "errors"), 0) > 0 || (ok && !tree_as_bool(ok))))
        code = CTL_REFUSED;
    else if (!code && ctl->look.form == LOOK_TABLE && !ctl->look.is_quiet)
        buf_printf(&ctl->out, "%s\n", done);
    tree_free(t);
    return code;
}

int run_config_test(struct ctl *ctl)
{
    const char *file = args_word(&ctl->args, "FILE");
    struct tree *body = tree_object();
    struct buf text;
    int code = 0;

    buf_init(&text, SLURP_BYTES);
    if (file)
        code = slurp_file(file, &text);
    if (file && !code)
        tree_put_text(body, "text", text.n ? buf_str(&text) : STR(""));
    if (code)
        tree_free(body);
    else
        code = report(ctl, "/api/config/test", body, "the configuration is good");
    buf_fini(&text);
    return code;
}

int run_reload(struct ctl *ctl)
{
    return report(ctl, "/api/config/reload", NULL, "reloaded: the new configuration serves");
}

int run_config_restore(struct ctl *ctl)
{
    const char *word = args_word(&ctl->args, "N");
    char question[128];
    int64_t n = 0;

    if (str_int(str_of(word), &n) || n < 1) {
        ctl_complain("N is a number of `claude-proxyctl config history', not %s", word);
        return CTL_USAGE;
    }
    snprintf(question, sizeof(question), "Go back to generation %" PRId64 "? [y/N] ", n);
    if (!args_has(&ctl->args, "yes") && !prompt_is_sure(question)) {
        ctl_complain("nothing is changed; --yes says that it is meant");
        return CTL_USAGE;
    }
    struct tree *body = tree_object();
    tree_put_int(body, "generation", n);
    return report(ctl, "/api/config/restore", body,
                  "restored; the former state is a generation, too");
}

/* ---- show, get, set, diff ---- */

int run_config_show(struct ctl *ctl)
{
    bool has_source = args_has(&ctl->args, "source");

    return show_text(ctl, has_source ? "/api/config/show?source=true" : "/api/config/show",
                     "text|config");
}

int run_config_diff(struct ctl *ctl)
{
    return show_text(ctl, "/api/config/diff", "text|diff|lines");
}

int run_config_get(struct ctl *ctl)
{
    const char *path = args_word(&ctl->args, "PATH");
    struct tree *t = NULL;
    int code = errand_get(ctl, "/api/settings", &t);
    const struct tree *all = code ? NULL : view_at(t, "settings") ? view_at(t, "settings") : t;
    const struct tree *found = code ? NULL : view_at(all, path);

    if (!code && !found)
        for (size_t i = 0; i < tree_count(all) && !found; i++)
            if (str_is(tree_as_text(view_at(tree_at(all, i), "name|path")), path))
                found = tree_at(all, i);
    if (!code && !found) {
        ctl_complain("%s: nobody says it, and there is no default, or there is no such option: "
                     "`claude-proxy --options' has them all",
                     path);
        code = CTL_REFUSED;
    }
    if (!code)
        errand_show_tree(ctl, found, NULL);
    tree_free(t);
    return code;
}

int run_config_set(struct ctl *ctl)
{
    struct tree *body = tree_object(), *answer = NULL;
    struct err err = { 0 };
    const char *path = args_word(&ctl->args, "PATH");

    if (assign_put(body, "", str_of(path), str_of(args_word(&ctl->args, "VALUE")), &err)) {
        tree_free(body);
        ctl_complain("%s", err.what);
        return CTL_USAGE;
    }
    int code = errand_send(ctl, "PATCH", "/api/settings", body, &answer);
    if (!code && answer && ctl->look.form != LOOK_TABLE)
        errand_show_tree(ctl, answer, NULL);
    else if (!code && !ctl->look.is_quiet)
        buf_printf(&ctl->out, "%s is set\n", path);
    if (!code)
        add_report(ctl, answer);
    tree_free(answer);
    return code;
}

/* ---- for a while ---- */

int run_scheduler_reset(struct ctl *ctl)
{
    const char *channel = args_option(&ctl->args, "channel"),
               *key = args_option(&ctl->args, "key");
    struct tree *body = tree_object(), *answer = NULL;

    if (channel)
        tree_put_text(body, "channel", str_of(channel));
    if (key)
        tree_put_text(body, "key", str_of(key));
    int code = errand_send(ctl, "POST", "/api/scheduler/reset", body, &answer);
    if (!code && answer && ctl->look.form != LOOK_TABLE)
        errand_show_tree(ctl, answer, NULL);
    else if (!code && !ctl->look.is_quiet)
        buf_printf(&ctl->out, "rests are over, breakers closed\n");
    tree_free(answer);
    return code;
}

/* Seconds of an option, or what it is without it; -1: it has been told. */
static int64_t seconds_of(const struct ctl *ctl, const char *option, int64_t preset_s)
{
    const char *word = args_option(&ctl->args, option);
    int64_t ms = 0;

    if (!word)
        return preset_s;
    if (!str_duration(str_of(word), &ms) && ms > 0)
        return (ms + 999) / 1000;
    ctl_complain("--%s wants a time with its unit, such as 10m", option);
    return -1;
}

/* As the API has times. */
static struct cp_str seconds_word(int64_t seconds, char out[32])
{
    return str_n(out, (size_t)snprintf(out, 32, "%" PRId64 "s", seconds));
}

int run_loglevel(struct ctl *ctl)
{
    int64_t seconds = seconds_of(ctl, "for", 600);
    struct tree *body, *answer = NULL;
    const char *level = args_word(&ctl->args, "LEVEL");
    char word[32];

    if (seconds < 0)
        return CTL_USAGE;
    body = tree_object();
    tree_put_text(body, "level", str_of(level));
    tree_put_text(body, "for", seconds_word(seconds, word));
    int code = errand_send(ctl, "PUT", "/api/log/level", body, &answer);
    if (!code && answer && ctl->look.form != LOOK_TABLE)
        errand_show_tree(ctl, answer, NULL);
    else if (!code && !ctl->look.is_quiet)
        buf_printf(&ctl->out, "the log's level is %s for %" PRId64 " s\n", level, seconds);
    tree_free(answer);
    return code;
}

int run_capture_start(struct ctl *ctl)
{
    int64_t seconds = seconds_of(ctl, "duration", 60);
    const char *channel = args_option(&ctl->args, "channel");
    const char *client = args_option(&ctl->args, "client");
    struct tree *body, *answer = NULL;
    char word[32];

    if (seconds < 0)
        return CTL_USAGE;
    body = tree_object();
    tree_put_text(body, "duration", seconds_word(seconds, word));
    if (channel)
        tree_put_text(body, "channel", str_of(channel));
    if (client)
        tree_put_text(body, "client", str_of(client));
    if (args_has(&ctl->args, "no-bodies"))
        tree_put_bool(body, "bodies", false);
    int code = errand_send(ctl, "POST", "/api/captures", body, &answer);
    if (!code && answer)
        errand_show_tree(ctl, answer, NULL);
    tree_free(answer);
    return code;
}

int run_capture_get(struct ctl *ctl)
{
    struct talk_answer a;
    struct buf target;

    buf_init(&target, TARGET_BYTES);
    buf_add_z(&target, "/api/captures/");
    errand_escape(&target, str_of(args_word(&ctl->args, "CAPTURE")));
    buf_add(&target, "/file", sizeof("/file"));
    talk_answer_init(&a);
    int code = errand_ask(ctl, &(struct talk_ask){ .method = "GET", .target = target.p }, &a);
    if (!code)
        buf_add_str(&ctl->out, buf_str(&a.body));
    talk_answer_fini(&a);
    buf_fini(&target);
    return code;
}
