/* SPDX-License-Identifier: MIT */
/*
 * original_settings - the predecessor's doors to strategies and fuzzy mode, and the one that saved what was in memory.
 */
#include "admin/api.h"
#include "admin/channels.h"
#include "admin/original.h"
#include "admin/twig.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/show.h"
#include "flow/setup.h"
#include "json/tree.h"

struct balance {
    struct cp_str family, strategy;
};

static int balance_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct balance *b = e->with;
    struct node *family = channels_family(e, root, b->family, err);

    if (!family)
        return err->code;
    twig_put_text(e->arena, family, "strategy", b->strategy);
    return 0;
}

void original_balance(struct api_call *call)
{
    static const char *const known[][2] = { { "failover", "failover" },
                                            { "round-robin", "round_robin" },
                                            { "random", "random" } };
    struct tree *body = channels_body(call);
    struct balance b = { call->param[0].p ? call->param[0] : STR("messages"), STR_NONE };
    struct cp_str said = tree_as_text(tree_get(body, "strategy"));
    const struct setup *now;

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (str_is(said, known[i][0]))
            b.strategy = str_of(known[i][1]);
    if (!body)
        return;
    if (!roster_family(call->roster, b.family))
        api_fail(call, 404, "", "no such client API");
    if (!b.strategy.p)
        api_fail(call, 400, "strategy", "strategy must be failover, round-robin or random");
    if (call->status != 200)
        return;
    struct channels_edit e = { .call = call,
                               .apply = balance_apply,
                               .with = &b,
                               .what = arena_printf(call->arena, "strategy of %.*s: %.*s",
                                                    STR_FMT(b.family), STR_FMT(b.strategy)) };
    if (!channels_run(&e, &now))
        return;
    struct tree *t = original_said("Load balance strategy updated", false);
    tree_put_text(t, "strategy", said);
    api_tell(call, t);
}

void original_fuzzy_get(struct api_call *call)
{
    struct tree *t = tree_object();

    tree_put_bool(t, "fuzzyModeEnabled", call->setup->conf->fuzzy);
    api_tell(call, t);
}

static int fuzzy_apply(struct channels_edit *e, struct node *root, struct err *err)
{
    const struct node *said = node_get(e->said, "fuzzy");
    const bool *is_on = e->with;

    if (said && show_source(said->where) >= SHOW_FILE)
        return err_set(err, E_DENIED, "fuzzy", "set in %.*s; change it there",
                       STR_FMT(said->where));
    twig_put_bool(e->arena, root, "fuzzy", *is_on);
    return 0;
}

void original_fuzzy_put(struct api_call *call)
{
    struct tree *body = channels_body(call), *t;
    const struct tree *enabled = tree_get(body, "enabled");
    bool is_on = tree_as_bool(enabled);
    const struct setup *now;

    if (!body)
        return;
    if (tree_kind(enabled) != TREE_BOOL) {
        api_fail(call, 400, "enabled", "enabled must be true or false");
        return;
    }
    struct channels_edit e = { .call = call,
                               .apply = fuzzy_apply,
                               .with = &is_on,
                               .what = is_on ? STR("fuzzy = true") : STR("fuzzy = false") };
    if (!channels_run(&e, &now))
        return;
    t = tree_object();
    tree_put_bool(t, "success", true);
    tree_put_bool(t, "fuzzyModeEnabled", now->conf->fuzzy);
    api_tell(call, t);
}

void original_save(struct api_call *call)
{
    api_tell(call, original_said("Config saved", true));
}
