/* SPDX-License-Identifier: MIT */
/*
 * channels_edit - one change of channels, keys or families: from the handler to the steward and back.
 *
 * What a handler has read before may be old by the time the steward's lock is held, so all that counts (is it there, is it
 * ours, is its tag the one in If-Match) is looked at again inside, in the trees that the steward lends.
 */
#include "admin/api.h"
#include "admin/channels.h"
#include "admin/channels_nodes.h"
#include "admin/office.h"
#include "admin/steward.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "flow/setup.h"
#include "state/news.h"
#include "json/tree.h"
#include "json/write.h"

enum { REPORT_BYTES = 256 * 1024, NEWS_BYTES = 4096 };

static struct cp_str edit_tag(const struct channels_edit *e)
{
    const struct conf_channel *c = e->id.p ? conf_channel(e->setup->conf, e->id) : NULL;

    if (e->tag)
        return e->tag(e);
    return e->id.p ? channels_tag(e->arena, e->said, e->id, c ? c->where : STR_NONE) : STR_NONE;
}

/* What has no tag was never shown: nobody can have seen it. */
static bool is_as_known(const struct channels_edit *e)
{
    struct cp_str tag = edit_tag(e);

    return !tag.p || api_is_match(e->call, api_quote(e->arena, tag));
}

static void edit_unref(void *setup)
{
    setup_unref(setup);
}

/* The newest snapshot, for as long as the call lives. */
static const struct setup *edit_setup(const struct channels_edit *e)
{
    struct setup *now = steward_setup(e->call->office->steward);

    arena_at_exit(e->call->arena, edit_unref, now);
    return now;
}

static int edit_change(void *ctx, struct node *root, const struct node *said,
                       struct arena *arena, struct err *err)
{
    struct channels_edit *e = ctx;
    int rc;

    e->arena = arena;
    e->setup = edit_setup(e);
    e->said = said;
    e->subject = NULL;
    if (!is_as_known(e))
        return err_set(err, E_AGAIN, "", "%.*s", STR_FMT(e->call->error));
    rc = e->apply(e, root, err);
    if (!rc)
        e->fault = channels_fault_new(e->call->arena, root, e->subject);
    return rc;
}

static void edit_fail(struct channels_edit *e, int rc, const struct err *err,
                      struct cp_str report)
{
    int status = api_status(rc);

    if (status == 422 && report.n && e->fault)
        channels_fault_tell(e->call, e->fault, report);
    else
        api_fail(e->call, status, err->where, "%s", err->what);
}

bool channels_run(struct channels_edit *e, const struct setup **setup)
{
    struct api_call *call = e->call;
    struct buf report;
    struct steward_result result = { .report = &report };
    struct err err = { 0 };
    struct steward_edit edit = { .change = edit_change,
                                 .ctx = e,
                                 .who = call->who,
                                 .what = e->what,
                                 .is_quiet = e->is_quiet };

    buf_init(&report, REPORT_BYTES);
    int rc = steward_edit(call->office->steward, &edit, &result, &err);
    struct cp_str text = arena_copy(call->arena, buf_str(&report));
    buf_fini(&report);
    if (rc) {
        edit_fail(e, rc, &err, text);
        return false;
    }
    *setup = edit_setup(e);
    log_msg(CP_LOG_INFO, "api: %.*s (%.*s)", STR_FMT(e->what), STR_FMT(call->who));
    channels_tell_news(call, e->id, e->what);
    return true;
}

const struct conf_channel *channels_find(struct api_call *call, struct cp_str id)
{
    const struct conf_channel *c = conf_channel(call->setup->conf, id);

    if (!c)
        api_fail(call, 404, "id", "no channel has the id \"%.*s\"", STR_FMT(str_cut(id, 64)));
    return c;
}

int channels_deny(struct err *err, const struct conf_channel *c, const char *member)
{
    return err_set(err, E_DENIED, member, "set in %.*s; change it there", STR_FMT(c->where));
}

static void edit_tree_free(void *tree)
{
    tree_free(tree);
}

struct tree *channels_keep(struct api_call *call, struct tree *tree)
{
    if (tree)
        arena_at_exit(call->arena, edit_tree_free, tree);
    return tree;
}

struct tree *channels_body(struct api_call *call)
{
    struct err err = { 0 };
    struct cp_str text = str_trim(call->body);
    struct tree *body = channels_keep(call, tree_parse(text.n ? text : STR("{}"), &err));

    if (!body)
        api_fail(call, 400, "", "the body is not valid JSON: %s at %s", err.what, err.where);
    else if (tree_kind(body) != TREE_OBJECT)
        api_fail(call, 400, "", "the body must be an object");
    else
        return body;
    return NULL;
}

void channels_tell_news(struct api_call *call, struct cp_str id, struct cp_str what)
{
    struct json_writer w;
    struct buf line;

    if (!call->office->news)
        return;
    buf_init(&line, NEWS_BYTES);
    json_writer_init(&w, &line);
    json_open(&w, '{');
    json_put_text(&w, "channel", id);
    json_put_text(&w, "what", what);
    json_put_text(&w, "who", call->who);
    json_close(&w);
    if (!json_writer_done(&w))
        news_add(call->office->news, "channel", buf_str(&line), true);
    buf_fini(&line);
}
