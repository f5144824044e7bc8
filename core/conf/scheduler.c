/* SPDX-License-Identifier: MIT */
/*
 * scheduler - what rows of the table cannot say of the scheduler: hedging, and who inherits which breaker.
 *
 * A minimum that nobody set follows the window, as it always did: half of it, but three at least.  So a channel that only
 * makes its window smaller need not think of the minimum.
 */
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/table.h"

enum { MINIMUM_LEAST = 3, HEDGE_LEAST_MS = 10, HEDGE_MOST_MS = 600000 };

static void scheduler_read_hedge(struct build *b, const struct node *n)
{
    struct conf_scheduler *s = &b->conf->scheduler;
    if (!n)
        return;
    bool is_text = n->kind == NODE_STRING || n->kind == NODE_TEXT;
    bool is_never = n->kind == NODE_BOOL && str_is(n->text, "false");
    if (is_never || (is_text && (str_is(n->text, "off") || str_is(n->text, "0"))))
        return;
    if (is_text && str_is(n->text, "p90")) {
        s->hedge = CONF_HEDGE_P90;
    } else if (is_text && !str_duration(str_trim(n->text), &s->hedge_ms) &&
               s->hedge_ms >= HEDGE_LEAST_MS && s->hedge_ms <= HEDGE_MOST_MS) {
        s->hedge = CONF_HEDGE_AFTER;
    } else {
        conf_complain(b->report, true, n->where,
                      "scheduler.hedge must be \"off\", \"p90\" or a time from 10ms to 10m, "
                      "such as \"800ms\"");
    }
}

static int64_t scheduler_minimum(int64_t window)
{
    return window / 2 > MINIMUM_LEAST ? window / 2 : MINIMUM_LEAST;
}

/* said: where the minimum was set, or NULL: it follows the window.  where: what is complained of otherwise. */
static void scheduler_settle(struct build *b, struct conf_breaker *breaker,
                             const struct node *said, struct cp_str where)
{
    if (!said)
        breaker->minimum = scheduler_minimum(breaker->window);
    else if (breaker->minimum > breaker->window)
        conf_complain(b->report, true, where,
                      "breaker: minimum (%lld) must not be more than window (%lld)",
                      (long long)breaker->minimum, (long long)breaker->window);
}

void scheduler_read(struct build *b, const struct node *root)
{
    const struct node *minimum = node_at(root, STR("breaker.minimum"));
    scheduler_read_hedge(b, node_at(root, STR("scheduler.hedge")));
    scheduler_settle(b, &b->conf->breaker, minimum, minimum ? minimum->where : STR_NONE);
    b->breaker_minimum = minimum;
}

void scheduler_read_breaker(struct build *b, const struct node *channel, struct conf_channel *c)
{
    const struct node *n = node_get(channel, "breaker");
    c->breaker = b->conf->breaker;
    if (!n)
        return;
    if (n->kind == NODE_GROUP) {
        table_apply("channels.breaker.", c, n, b->conf->arena, b->report);
        const struct node *own = node_get(n, "minimum");
        scheduler_settle(b, &c->breaker, own ? own : b->breaker_minimum,
                         own ? own->where : n->where);
    } else if (n->kind == NODE_STRING && str_is(n->text, "off")) {
        c->breaker.is_off = true;
    } else {
        conf_complain(b->report, true, n->where,
                      "breaker must be \"off\" or a group { } of what differs here");
    }
}
