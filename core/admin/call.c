/* SPDX-License-Identifier: MIT */
/*
 * call - the life of a call to the API: on the worker's thread, on the pool, parked.
 *
 * A call has an arena of its own and copies of all that it is about, because a request dies when its client leaves, while
 * a thread of the pool may still be at work on it; what that comes to is then thrown away.
 *
 *   made --API_HERE--> run, answered, freed
 *   made --API_POOL--> run on the pool --> back on the loop: answered (or the client is gone), freed
 *   made --API_PARK--> run, parked --> api_answer(): answered, freed; or the client leaves: gone(), freed
 */
#include "admin/admin.h"
#include "admin/api_private.h"
#include "admin/office.h"
#include "admin/steward.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "flow/flow.h"
#include "flow/setup.h"
#include "loop/server.h"

enum { ARENA_BYTES = 8192, ANSWER_BYTES = 64 << 20 };

static void call_copy_fields(struct api_call *c, const struct request *r)
{
    size_t n = request_headers(r);
    struct api_field *fields = arena_need(c->arena, (n + 1) * sizeof(*fields));

    for (size_t i = 0; i < n; i++) {
        request_header_at(r, i, &fields[i].name, &fields[i].value);
        fields[i].name = arena_copy(c->arena, fields[i].name);
        fields[i].value = arena_copy(c->arena, fields[i].value);
    }
    c->fields = fields;
    c->fields_n = n;
}

static void call_copy_request(struct api_call *c, struct request *r)
{
    struct cp_str query = request_query(r);

    c->method = str_is(request_method(r), "HEAD") ? STR("GET")
                                                  : arena_copy(c->arena, request_method(r));
    c->target = arena_copy(c->arena, request_path(r));
    c->query = query.p ? arena_copy(c->arena, query) : STR_NONE;
    c->body = arena_copy(c->arena, request_body(r));
    call_copy_fields(c, r);
}

static void call_introduce(struct api_call *c, const struct gatehouse_answer *guest)
{
    c->by = guest->by;
    c->who = arena_copy(c->arena, str_of(guest->who));
    c->peer = arena_copy(c->arena, str_of(guest->peer));
    c->is_tls = guest->is_tls;
    if (guest->session[0])
        c->session = arena_copy(c->arena, str_of(guest->session));
}

struct call *call_new(struct admin *a, struct request *r, const struct api_route *route,
                      struct visit *visit)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);
    struct call *c = arena_need(arena, sizeof(*c));
    /* The newest, which this worker may not have yet: who has just changed something sees it. */
    struct setup *setup = a->office && a->office->steward ? steward_setup(a->office->steward)
                                                          : setup_ref(a->flow->setup);

    c->admin = a;
    c->route = route;
    c->visit = visit;
    visit->call = c;
    c->request = r;
    buf_init(&c->text, ANSWER_BYTES);
    json_writer_init(&c->writer, &c->text);
    list_init(&c->job.task.link);
    c->api = (struct api_call){ .office = a->office,
                                .setup = setup,
                                .roster = &setup->roster,
                                .arena = arena,
                                .out = &c->writer,
                                .text = &c->text,
                                .now_ms = clock_ms(),
                                .wall_ms = clock_wall_ms(),
                                .status = 200 };
    call_copy_request(&c->api, r);
    call_introduce(&c->api, &visit->guest);
    door_params(arena, route, c->api.target, c->api.param);
    return c;
}

static void call_free(struct call *c)
{
    if (c->request)
        c->visit->call = NULL;
    buf_fini(&c->text);
    setup_unref((struct setup *)(uintptr_t)c->api.setup);
    arena_wipe(c->api.arena); /* bodies bring keys and passwords */
}

static void call_end(struct call *c)
{
    if (c->request)
        reply_call(c);
    call_free(c);
}

/* ---- on the pool ---- */

static void call_work(struct pool_job *job)
{
    struct call *c = LIST_ENTRY(job, struct call, job);
    c->route->run(&c->api);
}

static void call_worked(struct pool_job *job)
{
    call_end(LIST_ENTRY(job, struct call, job));
}

static void call_run_pooled(struct call *c)
{
    struct pool *pool = c->api.office ? c->api.office->pool : NULL;

    c->job.run = call_work;
    c->job.done = call_worked;
    c->job.loop = c->admin->flow->loop;
    c->is_pooled = pool != NULL;
    if (pool && !pool_add(pool, &c->job))
        return;
    c->is_pooled = false;
    if (pool) {
        api_fail(&c->api, 503, "", "too much is asked of the administration at once");
        c->api.retry_after_s = 1;
    } else {
        call_work(&c->job);
    }
    call_end(c);
}

/* ---- on the worker's thread ---- */

static void call_run_here(struct call *c)
{
    c->api.request = c->request;
    c->api.flow = c->admin->flow;
    c->is_running = true;
    c->route->run(&c->api);
    c->is_running = false;
    if (c->route->where == API_HERE || c->is_answered || api_has_failed(&c->api))
        call_end(c);
}

/* What is changed here now would be forgotten in a moment. */
static bool call_is_too_late(const struct call *c)
{
    return c->api.office && atomic_load(&c->api.office->is_handing_over) &&
           !str_is(c->api.method, "GET") && !api_is_upgrade(c->route);
}

void call_run(struct call *c)
{
    if (call_is_too_late(c)) {
        api_fail(&c->api, 503, "", "another process is taking over; ask again in a moment");
        c->api.retry_after_s = 1;
        call_end(c);
        return;
    }
    if (c->route->where == API_POOL)
        call_run_pooled(c);
    else
        call_run_here(c);
}

void api_answer(struct api_call *api)
{
    struct call *c = LIST_ENTRY(api, struct call, api);

    c->is_answered = true;
    if (!c->is_running)
        call_end(c);
}

void call_leave(struct call *c, bool is_last)
{
    if (!c->is_pooled && !c->is_gone && c->api.gone) {
        c->is_gone = true;
        c->api.gone(&c->api);
    }
    if (!is_last)
        return;
    c->visit->call = NULL;
    c->request = c->api.request = NULL;
    if (!c->is_pooled)
        call_free(c);
}
