/* SPDX-License-Identifier: MIT */
/*
 * config - the doors of the configuration as a whole: seen, tested, gone back to, read anew.
 *
 * A test is a question, so its answer is 200 whatever it finds: "ok" says it, "report" has all that there is to say.  What
 * was to change something and could not is a failure, with the report as its details.
 */
#include "admin/config.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "admin/config_diff.h"
#include "admin/convert.h"
#include "admin/office.h"
#include "admin/steward.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/show.h"
#include "flow/setup.h"
#include "json/tree.h"
#include "json/write.h"

#include <stdlib.h>

enum { REPORT_BYTES = 1 << 20, TEXT_BYTES = 16 << 20, TREE_BYTES = 32 << 20 };

/* ---- what all of them say ---- */

void config_fail(struct api_call *call, int rc, const struct err *err,
                 const struct steward_result *r)
{
    api_fail(call, api_status(rc), err->where, "%s", err->what);
    if (r && r->errors)
        api_detail(call, arena_copy(call->arena, buf_str(r->report)));
}

void config_put_result(struct json_writer *w, const struct steward_result *r, bool is_good)
{
    struct cp_str lines = buf_str(r->report), line;

    json_put_bool(w, "ok", is_good);
    json_put_number(w, "version", (int64_t)r->version);
    json_put_number(w, "generation", (int64_t)r->generation);
    json_put_number(w, "errors", r->errors);
    json_put_number(w, "warnings", r->warnings);
    json_key(w, STR("report"));
    json_open(w, '[');
    while (lines.n && str_split(&lines, '\n', &line))
        if (line.n)
            json_string(w, line);
    json_close(w);
}

static void config_result_begin(struct steward_result *r, struct buf *report)
{
    buf_init(report, REPORT_BYTES);
    *r = (struct steward_result){ .report = report };
}

/* ---- what serves ---- */

static void config_put_json(struct api_call *call, const struct conf *c)
{
    struct buf text;
    struct tree *t = c->said ? convert_out("", c->said) : tree_object();

    buf_init(&text, TREE_BYTES);
    tree_write(t, &text);
    json_key(call->out, STR("config"));
    json_raw(call->out, buf_str(&text));
    buf_fini(&text);
    tree_free(t);
}

static void config_show(struct api_call *call)
{
    const struct conf *c = call->setup->conf;
    struct json_writer *w = call->out;
    struct buf text;

    ask_query(call, "source|all");
    bool has_sources = ask_query_bool(call, "source"), has_all = ask_query_bool(call, "all");
    if (api_has_failed(call))
        return;
    buf_init(&text, TEXT_BYTES);
    show_text(c, has_sources, has_all, &text);
    json_open(w, '{');
    json_put_number(w, "version", (int64_t)steward_version(call->office->steward));
    json_key(w, STR("files"));
    json_open(w, '[');
    for (size_t i = 0; i < c->files_n; i++)
        json_string(w, c->files[i]);
    json_close(w);
    json_put_text(w, "managed_file", c->managed_file);
    config_put_json(call, c);
    json_put_text(w, "text", text.n ? buf_str(&text) : STR(""));
    json_close(w);
    buf_fini(&text);
}

/* ---- test, reload, restore ---- */

static void config_test(struct api_call *call)
{
    struct steward_result r;
    struct err err = { 0 };
    struct buf report;

    ask_body(call, "text");
    struct cp_str text = ask_text(call, "text");
    if (api_has_failed(call))
        return;
    config_result_begin(&r, &report);
    int rc = steward_test(call->office->steward, text, &r, &err);
    json_open(call->out, '{');
    config_put_result(call->out, &r, !rc);
    json_close(call->out);
    buf_fini(&report);
}

static void config_answer(struct api_call *call, int rc, const struct err *err,
                          const struct steward_result *r)
{
    if (rc) {
        config_fail(call, rc, err, r);
        return;
    }
    json_open(call->out, '{');
    config_put_result(call->out, r, true);
    json_close(call->out);
}

void config_reload(struct api_call *call)
{
    struct steward_result r;
    struct err err = { 0 };
    struct buf report;

    config_result_begin(&r, &report);
    int rc = steward_reload(call->office->steward, &r, &err);
    if (rc)
        log_record(CP_LOG_ERROR, "reload_failed", NULL, 0,
                   "reload (%.*s): %s: %s; nothing has changed", STR_FMT(call->who), err.where,
                   err.what);
    else
        log_record(CP_LOG_INFO, "reload", NULL, 0, "reload (%.*s): done", STR_FMT(call->who));
    config_answer(call, rc, &err, &r);
    buf_fini(&report);
}

static void config_restore(struct api_call *call)
{
    struct steward_result r;
    struct err err = { 0 };
    struct buf report;

    ask_body(call, "generation");
    int64_t number = ask_number(call, "generation", 1, INT64_MAX, 0);
    if (!number)
        api_fail(call, 400, "generation", "which one?");
    if (api_has_failed(call))
        return;
    config_result_begin(&r, &report);
    int rc = steward_restore(call->office->steward, (uint64_t)number, call->who, &r, &err);
    if (rc == E_ABSENT)
        api_fail(call, 404, "generation", "there is no generation %lld", (long long)number);
    else
        config_answer(call, rc, &err, &r);
    buf_fini(&report);
}

/* ---- history ---- */

static void config_put_generation(struct json_writer *w, const struct steward_generation *g)
{
    char when[32];

    clock_rfc3339(g->wall_ms * 1000, when);
    json_put_number(w, "number", (int64_t)g->number);
    json_put_text(w, "when", g->wall_ms ? str_of(when) : STR_NONE);
    json_put_text(w, "who", g->who);
    json_put_text(w, "what", g->what);
    json_put_bool(w, "current", g->is_current);
}

/* False: failed. */
static bool config_history(struct api_call *call, struct steward_generation **list, size_t *n)
{
    struct err err = { 0 };
    int rc = steward_history(call->office->steward, call->arena, list, n, &err);

    if (rc)
        config_fail(call, rc, &err, NULL);
    return !rc;
}

static void config_list(struct api_call *call)
{
    struct steward_generation *list;
    struct json_writer *w = call->out;
    size_t n;

    if (!config_history(call, &list, &n))
        return;
    json_open(w, '{');
    json_key(w, STR("generations"));
    json_open(w, '[');
    for (size_t i = 0; i < n; i++) {
        json_open(w, '{');
        config_put_generation(w, &list[i]);
        json_close(w);
    }
    json_close(w);
    json_close(w);
}

/* "7", "current"; -1: neither. */
static int64_t config_number(struct cp_str text)
{
    int64_t number;

    if (str_is(text, "current"))
        return 0;
    return str_int(text, &number) || number < 0 ? -1 : number;
}

/* False: failed. */
static bool config_text(struct api_call *call, const char *where, int64_t number,
                        struct cp_str *text)
{
    struct err err = { 0 };
    int rc = number < 0 ? E_ABSENT
                        : steward_text(call->office->steward, (uint64_t)number, call->arena,
                                       text, &err);
    if (rc == E_ABSENT)
        api_fail(call, 404, where, "there is no such generation");
    else if (rc)
        config_fail(call, rc, &err, NULL);
    return !rc;
}

static void config_show_generation(struct api_call *call)
{
    int64_t number = config_number(call->param[0]);
    struct steward_generation *list;
    struct json_writer *w = call->out;
    struct cp_str text;
    size_t n;

    if (!config_text(call, "n", number, &text) || !config_history(call, &list, &n))
        return;
    json_open(w, '{');
    for (size_t i = 0; i < n; i++)
        if (number ? list[i].number == (uint64_t)number : list[i].is_current)
            config_put_generation(w, &list[i]);
    json_put_text(w, "text", text);
    json_close(w);
}

/* The newest before the current one; 0: there is none. */
static int64_t config_previous(struct api_call *call)
{
    struct steward_generation *list;
    size_t n;

    if (!config_history(call, &list, &n))
        return -1;
    for (size_t i = 0; i < n; i++)
        if (!list[i].is_current)
            return (int64_t)list[i].number;
    return 0;
}

static const char *config_name(struct api_call *call, int64_t number)
{
    return number ? arena_printf(call->arena, "generation %lld", (long long)number).p
                  : "current";
}

static void config_compare(struct api_call *call)
{
    struct cp_str from_text = ask_query_text(call, "from"),
                  to_text = ask_query_text(call, "to");
    struct cp_str a, b;
    struct json_writer *w = call->out;
    struct buf text;
    int64_t from = from_text.n ? config_number(from_text) : config_previous(call),
            to = to_text.n ? config_number(to_text) : 0;

    ask_query(call, "from|to");
    if (api_has_failed(call) || !config_text(call, "query.from", from, &a) ||
        !config_text(call, "query.to", to, &b))
        return;
    buf_init(&text, TEXT_BYTES);
    config_diff(a, b, config_name(call, from), config_name(call, to), &text);
    json_open(w, '{');
    json_put_number(w, "from", from);
    json_put_number(w, "to", to);
    json_put_text(w, "text", text.n ? buf_str(&text) : STR(""));
    json_close(w);
    buf_fini(&text);
}

const struct api_route config_routes[] = {
    { "GET", "/api/config/show", config_show, 0, API_POOL, 0,
      "What serves, as a file and as JSON, without secrets; source=true says who said it, all=true "
      "adds the defaults" },
    { "POST", "/api/config/test", config_test, API_BODY, API_POOL, 0,
      "What a reload would say; text: with that in the place of managed.conf" },
    { "POST", "/api/config/reload", config_reload, API_SMALL, API_POOL, 0,
      "Reads all files anew; errors change nothing" },
    { "GET", "/api/config/history", config_list, 0, API_POOL, 0,
      "Generations of what was set through the API, newest first" },
    { "GET", "/api/config/history/{n}", config_show_generation, 0, API_POOL, 0,
      "One generation's text, without secrets; \"current\": what serves now" },
    { "GET", "/api/config/diff", config_compare, 0, API_POOL, 0,
      "What is different between two generations (from, to), as diff -u tells it" },
    { "POST", "/api/config/restore", config_restore, API_SMALL, API_POOL, 0,
      "Goes back to a generation, as a change of its own" },
    { "GET", "/api/options", config_show_options, 0, API_POOL, 0,
      "Every option: type, default, range, meaning, what it is now and who says so" },
    { "GET", "/api/settings", config_show_settings, 0, API_POOL, 0,
      "The settings, and which of them are said elsewhere" },
    { "PATCH", "/api/settings", config_patch_settings, API_BODY, API_POOL, 0,
      "Sets settings; null takes one back" },
    { 0 },
};
