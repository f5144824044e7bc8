/* SPDX-License-Identifier: MIT */
/*
 * ticker - once a second, while somebody follows "stats": what was served in the last minute goes to the news.
 *
 * Pages need not poll: the line is made once, however many read it.  A line that is the same as before is not said again.
 */
#include "main/ticker.h"

#include "admin/office.h"
#include "admin/statistics.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "flow/flow.h"
#include "loop/loop.h"
#include "state/news.h"

enum { TICK_MS = 1000, LINE_BYTES = 1 << 20 };

static void ticker_tell(struct ticker *t)
{
    struct buf line;

    buf_init(&line, LINE_BYTES);
    statistics_news(t->office, t->flow->setup, clock_wall_ms(), &t->rows, &line);
    uint64_t hash = hash_str(buf_str(&line));
    if (!buf_failed(&line) && hash != t->told)
        news_add(t->office->news, "stats", buf_str(&line), false);
    t->told = hash;
    buf_fini(&line);
}

static void ticker_forget(struct ticker *t)
{
    t->told = 0;
    statistics_told_free(&t->rows);
}

static void ticker_fire(struct timer *timer)
{
    struct ticker *t = LIST_ENTRY(timer, struct ticker, timer);

    if (news_is_followed(t->office->news, "stats"))
        ticker_tell(t);
    else
        ticker_forget(t); /* who comes next hears at once how it is */
    loop_timer(t->flow->loop, &t->timer, TICK_MS);
}

void ticker_start(struct ticker *t, struct flow *flow, const struct office *office)
{
    if (!office || !office->news || !office->census)
        return;
    t->flow = flow;
    t->office = office;
    t->timer.fire = ticker_fire;
    loop_timer(flow->loop, &t->timer, TICK_MS);
}

void ticker_stop(struct ticker *t)
{
    if (!t->flow)
        return;
    loop_timer_stop(t->flow->loop, &t->timer);
    statistics_told_free(&t->rows);
    t->flow = NULL;
}
