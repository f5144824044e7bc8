/* SPDX-License-Identifier: MIT */
/*
 * run_history - what was: statistics, history; what would be: explain; and any call of the API as it is.
 */
#include "base/str.h"
#include "ctl/errand.h"
#include "ctl/glyph.h"
#include "ctl/run.h"
#include "ctl/slurp.h"
#include "ctl/views.h"
#include "json/tree.h"

#include <inttypes.h>

enum { TARGET_BYTES = 16384 };

/* ---- stats ---- */

static void add_total(struct ctl *ctl, const struct tree *t)
{
    static const struct view_column columns[] = {
        { "requests", "requests", VIEW_NUMBER },
        { "served", "served", VIEW_NUMBER },
        { "failed", "failed", VIEW_NUMBER },
        { "in", "input_tokens", VIEW_BIG },
        { "out", "output_tokens", VIEW_BIG },
        { "cache read", "cache_read_tokens", VIEW_BIG },
        { "cost", "cost_micro", VIEW_MONEY },
        { NULL, NULL, VIEW_TEXT },
    };
    const struct tree *total = tree_get(t, "total");
    struct buf text;

    if (!total || ctl->look.form != LOOK_TABLE || ctl->look.is_quiet)
        return;
    buf_init(&text, TARGET_BYTES);
    buf_printf(&text, "all of %.*s: ", STR_FMT(tree_as_text(tree_get(t, "window"))));
    for (const struct view_column *c = columns; c->title; c++) {
        const struct tree *value = view_at(total, c->path);
        if (!value)
            continue;
        buf_printf(&text, "%s%s ", c == columns ? "" : ", ", c->title);
        view_value(value, c->as, ctl->wall_ms, false, &text);
    }
    glyph_add(&ctl->out, buf_str(&text));
    buf_add_c(&ctl->out, '\n');
    buf_fini(&text);
}

int run_stats(struct ctl *ctl)
{
    const char *since = args_option(&ctl->args, "since"), *by = args_option(&ctl->args, "by");
    struct talk_answer a;
    struct tree *t = NULL;
    struct buf target;

    buf_init(&target, TARGET_BYTES);
    buf_add_z(&target, "/api/statistics?window=");
    errand_escape(&target, str_of(since ? since : "24h"));
    buf_add_z(&target, "&by=");
    errand_escape(&target, str_of(by ? by : "channel"));
    buf_add_c(&target, 0);
    talk_answer_init(&a);
    int code = errand_ask(ctl, &(struct talk_ask){ .method = "GET", .target = target.p }, &a);
    if (!code)
        code = errand_show(ctl, &a, &view_statistics);
    if (!code && ctl->look.form == LOOK_TABLE)
        t = tree_parse(str_trim(buf_str(&a.body)), NULL);
    if (t)
        add_total(ctl, t);
    tree_free(t);
    talk_answer_fini(&a);
    buf_fini(&target);
    return code;
}

/* ---- history ---- */

static void add_filter(struct ctl *ctl, struct buf *target, const char *option,
                       const char *name)
{
    const char *value = args_option(&ctl->args, option);

    if (!value)
        return;
    buf_printf(target, "&%s=", name);
    errand_escape(target, str_of(value));
}

/* The number of rows asked for; -1: it has been told. */
static int64_t rows_asked(struct ctl *ctl)
{
    const char *word = args_option(&ctl->args, "number");
    int64_t n = 50;

    if (!word || (!str_int(str_of(word), &n) && n > 0 && n <= 1000))
        return n;
    ctl_complain("-n is a number from 1 to 1000, not %s", word);
    return -1;
}

int run_history(struct ctl *ctl)
{
    const char *id = args_word(&ctl->args, "REQUEST");
    int64_t n = rows_asked(ctl);
    struct buf target;

    if (n < 0)
        return CTL_USAGE;
    buf_init(&target, TARGET_BYTES);
    if (id) {
        buf_add_z(&target, "/api/history/");
        errand_escape(&target, str_of(id));
    } else {
        buf_printf(&target, "/api/history?limit=%" PRId64, n);
        add_filter(ctl, &target, "since", "since");
        add_filter(ctl, &target, "status", "status");
        add_filter(ctl, &target, "channel", "channel");
        add_filter(ctl, &target, "model", "model");
        add_filter(ctl, &target, "client", "client");
        buf_add_z(&target, args_has(&ctl->args, "failed") ? "&outcome=failed" : "");
    }
    buf_add_c(&target, 0);
    int code = errand_pass(ctl, target.p, id ? NULL : &view_history);
    buf_fini(&target);
    return code;
}

/* ---- explain ---- */

static void short_request(struct ctl *ctl, struct buf *body)
{
    const char *model = args_option(&ctl->args, "model");
    struct tree *t = tree_parse(STR("{\"max_tokens\":16,\"messages\":[{\"role\":\"user\","
                                    "\"content\":\"Hello\"}]}"),
                                NULL);

    tree_put_text(t, "model", str_of(model));
    tree_write(t, body);
    tree_free(t);
}

int run_explain(struct ctl *ctl)
{
    const char *file = args_word(&ctl->args, "FILE"), *path = args_option(&ctl->args, "path");
    struct buf target, body;
    struct talk_answer a;
    int code = 0;

    if (!file && !args_has(&ctl->args, "model")) {
        ctl_complain(
            "explain: a FILE with a request's body (- is standard input), or --model MODEL");
        return CTL_USAGE;
    }
    buf_init(&body, SLURP_BYTES);
    buf_init(&target, TARGET_BYTES);
    talk_answer_init(&a);
    buf_add_z(&target, "/api/explain?path=");
    errand_escape(&target, str_of(path ? path : "/v1/messages"));
    buf_add_c(&target, 0);
    if (file)
        code = slurp_file(file, &body);
    else
        short_request(ctl, &body);
    struct talk_ask ask = { .method = "POST",
                            .target = target.p,
                            .body = body.n ? buf_str(&body) : STR("") };
    if (!code)
        code = errand_ask(ctl, &ask, &a);
    if (!code)
        code = errand_show(ctl, &a, NULL);
    talk_answer_fini(&a);
    buf_fini(&target);
    buf_fini(&body);
    return code;
}

/* ---- any call ---- */

int run_api(struct ctl *ctl)
{
    const char *method = args_word(&ctl->args, "METHOD"), *path = args_word(&ctl->args, "PATH");
    const char *file = args_word(&ctl->args, "FILE");
    struct talk_answer a;
    struct buf body;
    int code = 0;

    if (!str_is_token(str_of(method)) || path[0] != '/' || !str_is_field_value(str_of(path)) ||
        strchr(path, ' ')) {
        ctl_complain("api METHOD PATH, such as GET /api/channels");
        return CTL_USAGE;
    }
    buf_init(&body, SLURP_BYTES);
    talk_answer_init(&a);
    if (file)
        code = slurp_file(file, &body);
    struct talk_ask ask = { .method = method,
                            .target = path,
                            .body = file ? body.n ? buf_str(&body) : STR("") : STR_NONE };
    if (!code)
        code = errand_ask(ctl, &ask, &a);
    if (!code && strcmp(a.type, "application/json") != 0)
        buf_add_str(&ctl->out, buf_str(&a.body));
    else if (!code)
        code = errand_show(ctl, &a, NULL);
    talk_answer_fini(&a);
    buf_fini(&body);
    return code;
}
