/* SPDX-License-Identifier: MIT */
/*
 * import_api - POST /api/import: the predecessor's configuration comes over, as one change or not at all.
 *
 * The texts come in the body, so that the gateway needs no right to read the predecessor's folder.
 */
#include "admin/api.h"
#include "admin/config.h"
#include "admin/import.h"
#include "admin/office.h"
#include "admin/steward.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "flow/setup.h"
#include "json/tree.h"

enum { REPORT_BYTES = 256 << 10 };

struct order {
    struct api_call *call;
    struct import_source source;
    struct tree *report;
    size_t channels_n, keys_n;
};

/* Somebody has said an access key, and it is not the one that comes. */
static bool order_has_key(const struct order *o, const struct import *im)
{
    const struct conf *c = o->call->setup->conf;

    return im->access_key.p && c->access_key && !c->is_access_key_made &&
           !secret_is(c->access_key, im->access_key);
}

static int order_change(void *ctx, struct node *root, const struct node *said,
                        struct arena *arena, struct err *err)
{
    struct order *o = ctx;
    struct import im;
    int rc = import_read(&im, arena, &o->source, err);

    if (rc)
        return E_CONFIG;
    o->channels_n = im.channels_n;
    o->keys_n = im.keys_n;
    import_lay(&im, root, said, order_has_key(o, &im));
    o->report = import_fini(&im);
    return 0;
}

/* What the configuration says of itself now: above all what takes a restart. */
static struct tree *order_warnings(const struct steward_result *result)
{
    struct cp_str lines = buf_str(result->report), line;
    struct tree *list = tree_array();

    while (str_split(&lines, '\n', &line)) {
        ptrdiff_t at = str_find(line, STR(": warning: "));
        if (at < 0)
            continue;
        struct cp_str what = str_from(line, (size_t)at + 11);
        bool is_restart = str_find(what, STR(" takes a restart")) >= 0;
        tree_append(list, tree_text(is_restart ? what : line));
    }
    return list;
}

static void order_tell(struct order *o, bool is_dry, const struct steward_result *result)
{
    struct tree *answer = tree_object();

    tree_put_bool(answer, "dry_run", is_dry);
    tree_put_int(answer, "channels", (int64_t)o->channels_n);
    tree_put_int(answer, "keys", (int64_t)o->keys_n);
    tree_put_int(answer, "generation", (int64_t)result->generation);
    tree_put(answer, "report", o->report);
    tree_put(answer, "warnings", order_warnings(result));
    o->report = NULL;
    api_tell(o->call, answer);
}

static void order_fail(struct order *o, int rc, const struct err *err,
                       const struct steward_result *result)
{
    config_fail(o->call, rc, err, result);
}

static void order_carry_out(struct order *o, bool is_dry)
{
    struct buf lines;
    struct steward_result result = { .report = &lines };
    struct steward_edit edit = { .change = order_change,
                                 .ctx = o,
                                 .who = o->call->who,
                                 .what = STR("import"),
                                 .is_dry = is_dry };
    struct err err = { 0 };

    buf_init(&lines, REPORT_BYTES);
    int rc = steward_edit(o->call->office->steward, &edit, &result, &err);
    if (rc)
        order_fail(o, rc, &err, &result);
    else
        order_tell(o, is_dry, &result);
    tree_free(o->report);
    buf_fini(&lines);
}

/* A text of the body, or absent; anything else fails the call. */
static struct cp_str order_text(struct api_call *call, const struct tree *body,
                                const char *member)
{
    const struct tree *t = tree_get(body, member);

    if (t && tree_kind(t) != TREE_TEXT && tree_kind(t) != TREE_NULL)
        api_fail(call, 400, member, "must be the file's text, as one string");
    return tree_as_text(t);
}

/* POST /api/import {"env": TEXT, "config": TEXT, "dry_run": false} */
static void import_run(struct api_call *call)
{
    struct order o = { .call = call };
    struct err err = { 0 };
    struct tree *body = tree_parse(call->body, &err);
    struct cp_str name;
    struct tree *value;

    if (!body || tree_kind(body) != TREE_OBJECT) {
        api_fail(call, 400, "", "the body is no JSON object: %s", err.what);
        tree_free(body);
        return;
    }
    for (size_t at = 0; tree_each(body, &at, &name, &value);)
        if (!str_is(name, "env") && !str_is(name, "config") && !str_is(name, "dry_run"))
            api_fail(call, 400, arena_z(call->arena, name),
                     "nobody knows this member; there are env, config and dry_run");
    o.source.env = order_text(call, body, "env");
    o.source.config = order_text(call, body, "config");
    o.source.wall_ms = call->wall_ms;
    if (call->status == 200)
        order_carry_out(&o, tree_as_bool(tree_get(body, "dry_run")));
    tree_free(body);
}

const struct api_route import_routes[] = {
    { "POST", "/api/import", import_run, API_BODY, API_POOL, 0,
      "Take over the predecessor's .env and config.json" },
    { 0 },
};
