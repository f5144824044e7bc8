/* SPDX-License-Identifier: MIT */
/*
 * prices - /api/prices: what tokens cost by the table that holds now, and which entry that is for one model.
 *
 * Amounts are those for a million tokens: as the file spells them, and in whole millionths of the currency.
 */
#include "admin/api.h"
#include "admin/ask.h"
#include "admin/clients.h"
#include "admin/portrait.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/price.h"
#include "flow/setup.h"
#include "json/tree.h"

static const struct {
    int meter;
    const char *name;
} meters[] = {
    { CP_INPUT, "input" },
    { CP_OUTPUT, "output" },
    { CP_CACHE_READ, "cache_read" },
    { CP_CACHE_WRITE_5M, "cache_write_5m" },
    { CP_CACHE_WRITE_1H, "cache_write_1h" },
    { CP_INPUT_TOOLS, "input_tools" },
    { CP_REASONING_TOKENS, "reasoning" },
    { CP_SEARCHES, "searches" },
};

static struct tree *price_tree(const struct conf_price *p)
{
    struct tree *t = tree_object(), *micro = tree_object();
    char money[40];

    tree_put_text(t, "model", p->model);
    tree_put_text(t, "channel", p->channel);
    for (size_t i = 0; i < sizeof(meters) / sizeof(*meters); i++) {
        int64_t n = price_meter(p, meters[i].meter);
        tree_put_text(t, meters[i].name, clients_money(n, money));
        tree_put_int(micro, meters[i].name, n);
    }
    portrait_put_wall(t, "from", p->from_wall_ms);
    tree_put_int(t, "prompt_above", p->prompt_above);
    tree_put(t, "micro", micro);
    tree_put_bool(t, "own", p->is_own);
    tree_put_text(t, "where", p->where);
    return t;
}

/* That for prompts of any length first, then those for longer ones. */
static struct tree *match_tree(const struct conf_price *p)
{
    struct tree *list = tree_array();

    for (; p; p = p->longer)
        tree_append(list, price_tree(p));
    return list;
}

void prices_list(struct api_call *call)
{
    const struct conf *c = call->setup->conf;
    struct cp_str model = ask_query_text(call, "model"),
                  channel = ask_query_text(call, "channel");

    ask_query(call, "model|channel");
    if (channel.p && !model.p)
        api_fail(call, 400, "query.model", "of which model?");
    if (api_has_failed(call))
        return;
    struct tree *t = tree_object(), *list = tree_array();
    tree_put_text(t, "currency", c->currency);
    for (size_t i = 0; i < c->prices_n; i++)
        if (!model.p || price_fits(&c->prices[i], channel, model, call->wall_ms))
            tree_append(list, price_tree(&c->prices[i]));
    tree_put(t, "prices", list);
    if (model.p)
        tree_put(t, "holds", match_tree(price_find(c, channel, model, call->wall_ms)));
    api_tell(call, t);
}
