/* SPDX-License-Identifier: MIT */
/*
 * events - what happens, told to who follows it: GET /api/events.
 *
 * Server-sent events (WHATWG HTML 9.2): an id, a kind, a line of JSON.  Who comes back says which id he saw last (Last-Event-ID,
 * which browsers send on their own, or ?after=) and is told what came since, or that some of it is "missing".
 *
 * A worker looks at the news a few times a second, once for all its followers, and writes what there is; nothing waits for a
 * reader.  Who does not read is cut when his queue is full, and comes back when he can.  A stream ends with the session or
 * the key that opened it.
 */
#include "admin/events.h"

#include "admin/admin.h"
#include "admin/api_private.h"
#include "admin/ask.h"
#include "admin/gatehouse_private.h"
#include "admin/logs.h"
#include "admin/office.h"
#include "admin/shield.h"
#include "base/arena.h"
#include "base/mem.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/flow.h"
#include "flow/setup.h"
#include "loop/loop.h"
#include "loop/server.h"
#include "state/news.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LOOK_MS = 250, AT_ONCE = 200, ARENA_BYTES = 64 << 10, LINE_BYTES = 128 };

struct follower {
    struct link link;
    struct events *events;
    struct api_call *call;
    struct cp_str kinds; /* absent: all; of the call */
    uint64_t after;
    int level; /* of the kind "log": this bad or worse; CP_LOG_* */
    int64_t told_ms;
    uint8_t secret[32]; /* that opened the administration when he came */
};

/* ---- telling ---- */

static void follower_say(struct follower *f, struct cp_str text)
{
    (void)request_write(f->call->request, text); /* a full queue is seen at the next turn */
    f->told_ms = loop_now_ms(f->events->flow->loop);
}

static void follower_item(struct follower *f, struct arena *a, const struct news_item *item)
{
    follower_say(f, arena_printf(a, "id: %" PRIu64 "\nevent: %.*s\ndata: ", item->number,
                                 STR_FMT(item->kind)));
    follower_say(f, item->json);
    follower_say(f, STR("\n\n"));
}

static void follower_catch_up(struct follower *f, struct arena *a)
{
    const struct news *news = f->events->office->news;
    uint64_t last = news_last(news);
    bool is_missing;
    uint32_t n = 0;

    const struct news_item *item =
        news_since((struct news *)(uintptr_t)news, f->after, f->kinds, AT_ONCE, a, &is_missing);
    if (is_missing)
        follower_say(
            f, arena_printf(a, "event: missing\ndata: {\"after\":%" PRIu64 "}\n\n", f->after));
    if (is_missing || f->after < last)
        f->after = last;
    for (; item; item = item->next, n++) {
        if (!str_is(item->kind, "log") || logs_is_as_bad(item->json, f->level))
            follower_item(f, a, item);
        f->after = item->number;
    }
    if (n < AT_ONCE && f->after < last)
        f->after = last;
}

/* Whether what let him in still would. */
static bool follower_is_welcome(const struct follower *f)
{
    const struct conf *c = f->events->flow->setup->conf;
    const struct api_call *call = f->call;

    if (call->by == API_BY_SESSION)
        return gatehouse_has_session(f->events->office->gatehouse, c, call->session);
    if (call->by != API_BY_KEY)
        return true;
    uint8_t now[32];
    gatehouse_digest(c, now);
    return !memcmp(now, f->secret, sizeof(now));
}

/* Ends come back as gone(), later. */
static void follower_turn(struct follower *f, int64_t now_ms)
{
    struct events *e = f->events;
    struct request *r = f->call->request;
    bool is_late = now_ms - f->told_ms >= EVENTS_PING_MS;

    if (request_queued(r) > EVENTS_QUEUE)
        request_abort(r, false);
    else if (e->flow->is_draining || e->flow->is_retired ||
             (is_late && !follower_is_welcome(f)))
        request_finish(r);
    else if (is_late)
        follower_say(f, STR(": ping\n\n"));
    else
        follower_catch_up(f, e->arena);
    arena_reset(e->arena);
}

static void events_look(struct timer *t)
{
    struct events *e = LIST_ENTRY(t, struct events, timer);
    int64_t now_ms = loop_now_ms(e->flow->loop);

    LIST_EACH(at, &e->followers)
    follower_turn(LIST_ENTRY(at, struct follower, link), now_ms);
    if (!list_empty(&e->followers))
        loop_timer(e->flow->loop, &e->timer, LOOK_MS);
}

/* ---- coming and going ---- */

static struct events *events_open(struct admin *a)
{
    struct events *e = &a->events;

    if (!e->is_open) {
        *e = (struct events){ .office = a->office, .flow = a->flow, .is_open = true };
        e->arena = arena_new(ARENA_BYTES, 0);
        e->timer.fire = events_look;
        list_init(&e->followers);
    }
    return e;
}

void events_close(struct events *e)
{
    if (!e->is_open)
        return;
    loop_timer_stop(e->flow->loop, &e->timer);
    arena_free(e->arena);
    e->is_open = false;
}

static void events_gone(struct api_call *call)
{
    struct follower *f = call->user;

    list_remove(&f->link);
    news_leave(call->office->news, f->kinds);
    gatehouse_give_seat(call->office->gatehouse);
    free(f);
}

static void events_begin(struct api_call *call)
{
    struct reply_header h[SHIELD_HEADERS + 3];
    size_t n = shield_put(h, call->request);

    h[n++] = (struct reply_header){ "Content-Type", STR("text/event-stream") };
    h[n++] = (struct reply_header){ "Cache-Control", STR("no-store") };
    h[n++] = (struct reply_header){ "X-Accel-Buffering", STR("no") }; /* nginx would wait */
    (void)request_stream(call->request, 200, h, n, -1);               /* gone is told of */
}

/* Which one he saw last; none: he begins with what comes now. */
static uint64_t events_after(struct api_call *call)
{
    struct cp_str id = api_header(call, "last-event-id");
    int64_t after = ask_query_number(call, "after", 0, INT64_MAX, -1);

    if (after < 0 && (!id.n || str_int(str_trim(id), &after) || after < 0))
        return news_last(call->office->news);
    return (uint64_t)after;
}

static void events_follow(struct api_call *call)
{
    struct events *e = events_open(((struct call *)(void *)call)->admin);
    struct follower *f = mem_new(1, sizeof(*f));
    struct cp_str kinds = ask_query_text(call, "kinds");

    f->events = e;
    f->call = call;
    f->after = events_after(call);
    f->level = logs_level(ask_query_text(call, "level"));
    if (f->level < 0)
        f->level = CP_LOG_DEBUG;
    if (kinds.n) {
        char *z = arena_z(call->arena, kinds);
        for (char *c = z; *c; c++)
            *c = *c == ',' ? '|' : *c;
        f->kinds = str_of(z);
    }
    gatehouse_digest(call->setup->conf, f->secret);
    list_push(&e->followers, &f->link);
    news_follow(call->office->news, f->kinds);
    call->user = f;
    call->gone = events_gone;
    events_begin(call);
    follower_say(f, arena_printf(call->arena,
                                 "retry: 3000\nevent: hello\ndata: {\"last\":%" PRIu64 "}\n\n",
                                 news_last(call->office->news)));
    follower_catch_up(f, e->arena);
    arena_reset(e->arena);
    if (!e->timer.place)
        loop_timer(e->flow->loop, &e->timer, LOOK_MS);
}

static void events_show(struct api_call *call)
{
    ask_query(call, "kinds|after|level");
    if (ask_query_text(call, "level").p && logs_level(ask_query_text(call, "level")) < 0)
        api_fail(call, 400, "query.level", "one of error, warn, info, debug");
    (void)ask_query_number(call, "after", 0, INT64_MAX, 0);
    if (!call->office || !call->office->news || !call->office->gatehouse)
        api_fail(call, 503, "", "there are no news here");
    if (api_has_failed(call))
        return;
    if (str_is(request_method(call->request), "HEAD")) {
        call->type = "text/event-stream";
        api_answer(call);
    } else if (!gatehouse_take_seat(call->office->gatehouse, EVENTS_FOLLOWERS)) {
        api_fail(call, 503, "", "%d follow already: no more", EVENTS_FOLLOWERS);
        call->retry_after_s = 10;
    } else {
        events_follow(call);
    }
}

const struct api_route event_routes[] = {
    { "GET", "/api/events", events_show, 0, API_PARK, 0,
      "what happens, as server-sent events; ?kinds=a,b, ?level=warn of the log, Last-Event-ID" },
    { 0 },
};
