/* SPDX-License-Identifier: MIT */
/*
 * price - what tokens cost, by a table of models with dates.
 */
#include "conf/price.h"

#include "base/arena.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/table.h"

void price_read_all(struct build *b, const struct node *root)
{
    struct conf *c = b->conf;
    const struct node *list = member_list(b, root, "prices", "( { model = \"...\"; } )");
    struct conf_price *prices =
        arena_need(c->arena, (member_count(list) + 1) * sizeof(*prices));

    c->prices = prices;
    if (list)
        NODE_EACH(n, list)
        {
            struct conf_price *p = &prices[c->prices_n];
            if (!member_is_group(b, n, "a price"))
                continue;
            for (unsigned i = 0; i < sizeof(p->micro) / sizeof(*p->micro); i++)
                p->micro[i] = -1;
            p->where = arena_copy(c->arena, n->where);
            table_preset("prices.", p);
            table_apply("prices.", p, n, c->arena, b->report);
            c->prices_n++;
        }
}
