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

/* If-Match is a list of tags, or "*". */
static bool is_match(struct cp_str header, struct cp_str tag)
{
    struct cp_str part;

    while (str_split(&header, ',', &part)) {
        part = str_trim(part);
        if (str_is(part, "*"))
            return true;
        if (part.n == tag.n + 2 && part.p[0] == '"' && str_eq(str_n(part.p + 1, tag.n), tag))
            return true;
    }
    return false;
}

static struct cp_str edit_tag(const struct channels_edit *e)
{
    const struct conf_channel *c = e->id.p ? conf_channel(e->call->setup->conf, e->id) : NULL;

    if (e->tag)
        return e->tag(e);
    return e->id.p ? channels_tag(e->arena, e->said, e->id, c ? c->where : STR_NONE) : STR_NONE;
}

static bool is_as_known(const struct channels_edit *e)
{
    struct cp_str tag = e->if_match.p ? edit_tag(e) : STR_NONE;

    return !tag.p || is_match(e->if_match, tag);
}

static int edit_change(void *ctx, struct node *root, const struct node *said,
                       struct arena *arena, struct err *err)
{
    struct channels_edit *e = ctx;
    int rc;

    e->arena = arena;
    e->said = said;
    e->subject = NULL;
    if (!is_as_known(e))
        return err_set(err, E_AGAIN, "If-Match",
                       "it was changed meanwhile: read it again, and then change it");
    rc = e->apply(e, root, err);
    if (!rc)
        e->fault = channels_fault_new(e->call->arena, root, e->subject);
    return rc;
}

static void edit_unref(void *setup)
{
    setup_unref(setup);
}

static void edit_fail(struct channels_edit *e, int rc, const struct err *err,
                      struct cp_str report)
{
    static const struct {
        int rc, status;
    } known[] = { { E_ABSENT, 404 }, { E_AGAIN, 409 }, { E_DENIED, 409 },
                  { E_CONFIG, 422 }, { E_LIMIT, 507 }, { E_SYNTAX, 400 } };
    int status = 500;

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (known[i].rc == rc)
            status = known[i].status;
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

    e->if_match = api_header(call, "If-Match");
    buf_init(&report, REPORT_BYTES);
    int rc = steward_edit(call->office->steward, &edit, &result, &err);
    struct cp_str text = arena_copy(call->arena, buf_str(&report));
    buf_fini(&report);
    if (rc) {
        edit_fail(e, rc, &err, text);
        return false;
    }
    struct setup *now = steward_setup(call->office->steward);
    arena_at_exit(call->arena, edit_unref, now);
    log_msg(CP_LOG_INFO, "api: %.*s (%.*s)", STR_FMT(e->what), STR_FMT(call->who));
    channels_tell_news(call, e->id, e->what);
    *setup = now;
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
