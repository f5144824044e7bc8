/* SPDX-License-Identifier: MIT */
/*
 * run_channel - the commands on channels that are more than one question.
 */
#include "base/clock.h"
#include "base/str.h"
#include "ctl/assign.h"
#include "ctl/errand.h"
#include "ctl/keyring.h"
#include "ctl/prompt.h"
#include "ctl/run.h"
#include "ctl/views.h"
#include "json/tree.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

enum { TARGET_BYTES = 4096, DRAIN_POLL_MS = 500 };

/* "/api/channels/ID" and what follows. */
static int channel_target(struct ctl *ctl, const char *more, struct buf *out)
{
    buf_init(out, TARGET_BYTES);
    buf_add_z(out, "/api/channels/");
    errand_escape(out, str_of(args_word(&ctl->args, "CHANNEL")));
    buf_add(out, more, strlen(more) + 1);
    if (!buf_failed(out))
        return 0;
    ctl_complain("no channel has so long a name");
    return CTL_USAGE;
}

/* Sends, and shows the sentence or the answer. */
static int send_and_tell(struct ctl *ctl, const char *method, const char *more,
                         struct tree *body, const char *done)
{
    struct tree *answer = NULL;
    struct buf target;
    int code = channel_target(ctl, more, &target);

    if (code)
        tree_free(body);
    else
        code = errand_send(ctl, method, target.p, body, &answer);
    if (!code && ctl->look.form != LOOK_TABLE && answer)
        errand_show_tree(ctl, answer, NULL);
    else if (!code && done && !ctl->look.is_quiet)
        buf_printf(&ctl->out, "channel %s %s\n", args_word(&ctl->args, "CHANNEL"), done);
    tree_free(answer);
    buf_fini(&target);
    return code;
}

/* ---- add ---- */

static void put_urls(const struct args *a, struct tree *body)
{
    const struct option_spec *own = command_option(a->command, "url", 3);
    struct tree *urls = tree_array();

    for (size_t i = 0; i < a->options_n; i++)
        if (a->options[i].spec == own)
            tree_append(urls, tree_text(str_of(a->options[i].value)));
    if (tree_count(urls))
        tree_put(body, "base_urls", urls);
    else
        tree_free(urls);
}

/* Keys come last, when all else is said: who mistypes an option has not pasted a key in vain. */
static int put_keys(struct ctl *ctl, struct tree *body)
{
    struct tree *keys = NULL;

    if (tree_as_bool(tree_get(body, "keyless")) || tree_get(body, "key_file"))
        return 0;
    int code = keyring_read("Key of the channel (nothing is shown): ", &keys);
    if (!code)
        tree_put(body, "keys", keys);
    return code;
}

static int try_candidate(struct ctl *ctl, const struct tree *body)
{
    struct tree *answer = NULL;
    int code = errand_send(ctl, "POST", "/api/channels/test", tree_copy(body), &answer);

    if (!code && !tree_as_bool(view_at(answer, "success|ok"))) {
        struct cp_str why = tree_as_text(view_at(answer, "error|message|trouble"));
        ctl_complain("the upstream did not answer well: %.*s",
                     STR_FMT(why.n ? why : STR("see --json")));
        ctl_complain("  nothing is saved; without --test it would be");
        code = CTL_REFUSED;
    }
    tree_free(answer);
    return code;
}

static void tell_added(struct ctl *ctl, const struct tree *answer)
{
    struct cp_str id = tree_as_text(tree_get(answer, "id"));
    const struct tree *warnings = tree_get(answer, "warnings");

    for (size_t i = 0; i < tree_count(warnings); i++)
        ctl_note(ctl, "warning: %.*s", STR_FMT(tree_as_text(tree_at(warnings, i))));
    if (ctl->look.form != LOOK_TABLE) {
        errand_show_tree(ctl, answer, NULL);
        return;
    }
    if (ctl->look.is_quiet)
        buf_printf(&ctl->out, "%.*s\n", STR_FMT(id));
    else
        buf_printf(&ctl->out,
                   "channel %.*s is there; try it: claude-proxyctl channel test %.*s\n",
                   STR_FMT(id), STR_FMT(id));
}

int run_channel_add(struct ctl *ctl)
{
    struct tree *body = NULL, *answer = NULL;
    int code = assign_options(ctl, &body);

    if (code)
        return code;
    put_urls(&ctl->args, body);
    if (!tree_get(body, "dialect") || !view_at(body, "base_urls|base_url")) {
        ctl_complain(
            "channel add: --dialect and --url are needed, such as --dialect claude --url "
            "https://api.anthropic.com");
        code = CTL_USAGE;
    }
    /* Whether anybody is there is known before a key is asked for. */
    if (!code)
        code = errand_connect(ctl);
    if (!code)
        code = put_keys(ctl, body);
    if (!code && args_has(&ctl->args, "test"))
        code = try_candidate(ctl, body);
    if (!code)
        code = errand_send(ctl, "POST", "/api/channels", tree_copy(body), &answer);
    if (!code)
        tell_added(ctl, answer);
    tree_free(answer);
    tree_free(body);
    return code;
}

/* ---- order and switches ---- */

int run_channel_move(struct ctl *ctl)
{
    return keyring_move(ctl, &(struct keyring_place){ .list_target = "/api/channels",
                                                      .list = "channels",
                                                      .target = "/api/channels/reorder",
                                                      .id = args_word(&ctl->args, "CHANNEL"),
                                                      .what = "channel" });
}

static int set_status(struct ctl *ctl, const char *status, const char *done)
{
    struct tree *body = tree_object();

    tree_put_text(body, "status", str_of(status));
    return send_and_tell(ctl, "PATCH", "/status", body, done);
}

int run_channel_status(struct ctl *ctl)
{
    const char *words = ctl->args.command->words;

    if (strstr(words, "enable"))
        return set_status(ctl, "active", "is active");
    if (strstr(words, "disable"))
        return set_status(ctl, "disabled", "is disabled");
    return set_status(ctl, "suspended", "is suspended");
}

/* Requests under way by the channel, or an exit code below 0. */
static int64_t under_way(struct ctl *ctl)
{
    struct tree *t = NULL;
    struct buf target;
    int code = channel_target(ctl, "", &target);
    int64_t n = 0;

    if (!code)
        code = errand_get(ctl, target.p, &t);
    if (!code)
        n = tree_as_int(view_at(t, "health.under_way|under_way"), 0);
    tree_free(t);
    buf_fini(&target);
    return code ? -code : n;
}

int run_channel_drain(struct ctl *ctl)
{
    int64_t end_ms = clock_ms() + (ctl->wish.timeout_ms ? ctl->wish.timeout_ms : INT64_MAX / 2);
    int code = set_status(ctl, "suspended", NULL);

    while (!code) {
        int64_t n = under_way(ctl);
        if (n < 0)
            return (int)-n;
        if (!n)
            break;
        if (clock_ms() > end_ms) {
            ctl_complain(
                "%" PRId64 " requests are still under way; the channel stays suspended", n);
            return CTL_REFUSED;
        }
        (void)poll(NULL, 0, DRAIN_POLL_MS);
    }
    if (!code && !ctl->look.is_quiet && ctl->look.form == LOOK_TABLE)
        buf_printf(&ctl->out, "channel %s is suspended, and nothing is under way there\n",
                   args_word(&ctl->args, "CHANNEL"));
    return code;
}

int run_channel_promote(struct ctl *ctl)
{
    const char *word = args_word(&ctl->args, "DURATION");
    const char *family = args_option(&ctl->args, "family");
    int64_t ms = 0;

    if (str_duration(str_of(word), &ms) || ms < 0) {
        ctl_complain("DURATION is a time with its unit, such as 5m; not %s", word);
        return CTL_USAGE;
    }
    struct tree *body = tree_object();
    tree_put_int(body, "seconds", (ms + 999) / 1000);
    if (family)
        tree_put_text(body, "family", str_of(family));
    return send_and_tell(ctl, "POST", "/promote", body,
                         ms ? "goes first" : "goes first no longer");
}

int run_channel_weight(struct ctl *ctl)
{
    struct tree *body = tree_object();
    struct err err = { 0 };

    if (!assign_put(body, "channels.", STR("weight"), str_of(args_word(&ctl->args, "N")), &err))
        return send_and_tell(ctl, "PATCH", "", body, "has its new weight");
    tree_free(body);
    ctl_complain("%s", err.what);
    return CTL_USAGE;
}

/* ---- what the upstream says ---- */

int run_channel_test(struct ctl *ctl)
{
    struct buf target;
    int code = channel_target(ctl, "/test", &target);

    if (!code)
        code = keyring_test(ctl, target.p);
    buf_fini(&target);
    return code;
}

int run_channel_models(struct ctl *ctl)
{
    struct tree *answer = NULL;
    struct buf target;
    int code = channel_target(ctl, "/models", &target);

    if (!code)
        code = errand_get(ctl, target.p, &answer);
    if (!code) {
        const struct tree *first = tree_at(view_at(answer, "models|data"), 0);
        bool is_plain = first && tree_kind(first) == TREE_TEXT;
        errand_show_tree(ctl, answer, is_plain ? &view_model_names : &view_models);
    }
    tree_free(answer);
    buf_fini(&target);
    return code;
}

int run_remove(struct ctl *ctl)
{
    char question[512];
    const char *what = ctl->args.words[ctl->args.words_n - 1];

    snprintf(question, sizeof(question), "%s %s: sure? [y/N] ", ctl->args.command->words, what);
    if (!args_has(&ctl->args, "yes") && !prompt_is_sure(question)) {
        ctl_complain("nothing is changed; --yes says that it is meant");
        return CTL_USAGE;
    }
    return errand_run(ctl);
}
