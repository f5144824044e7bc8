/* SPDX-License-Identifier: MIT */
/*
 * transfer - one request to an upstream: what callers see of it.
 *
 * Handlers are called from inside the engine, which must not be entered again from there.  So what
 * they ask for (start, resume, cancel) is noted and done later in the same turn; that also keeps
 * end() out of transfer_start() and bytes() out of transfer_resume().
 */
#include "loop/transfer.h"

#include "base/mem.h"
#include "base/str.h"
#include "loop/address.h"
#include "loop/answer.h"

static void ask(struct transfer *t)
{
    if (list_empty(&t->queue))
        list_push(&t->client->asked, &t->queue);
    loop_defer(t->client->loop, &t->client->tidy);
}

void transfer_tidy(struct task *task)
{
    struct client *c = LIST_ENTRY(task, struct client, tidy);
    /* Those that ask again meanwhile join the end and are served in the next turn. */
    list_push(&c->asked, &c->mark);
    while (c->asked.next != &c->mark) {
        struct transfer *t = LIST_ENTRY(c->asked.next, struct transfer, queue);
        list_remove(&t->queue);
        if (t->is_dead)
            client_bury(t);
        else if (!t->is_added)
            client_add(t);
        else if (t->is_stalled && !t->is_paused)
            client_wake(t);
    }
    list_remove(&c->mark);
    if (!list_empty(&c->asked))
        loop_defer(c->loop, &c->tidy);
}

static int check(const struct transfer_spec *spec, struct url *url, struct err *err)
{
    int rc = url_read(url, str_of(spec->url), err);
    if (rc)
        return rc;
    if (!str_is_token(str_of(spec->method)))
        return err_set(err, E_SYNTAX, "method", "no token");
    for (size_t i = 0; i < spec->headers_n; i++) {
        const struct transfer_header *h = &spec->headers[i];
        const char *why = fields_refusal(h->name, h->value);
        if (why)
            return err_set(err, E_SYNTAX, "header", "%.*s: %s",
                           (int)(h->name.n > 64 ? 64 : h->name.n), h->name.p ? h->name.p : "",
                           why);
    }
    return 0;
}

struct transfer *transfer_start(struct client *c, const struct transfer_spec *spec,
                                const struct transfer_handler *handler, void *ctx,
                                struct err *err)
{
    struct url url;
    if (check(spec, &url, err) != 0)
        return NULL;
    struct transfer *t = client_lend(c);
    t->spec = *spec;
    t->url = url;
    t->handler = *handler;
    t->ctx = ctx;
    pieces_init(&t->body, spec->body, spec->body_n);
    /* With a proxy we never see the address that is connected in the end, only what is spelled. */
    t->denied = address_refusal_text(url.host, spec->allow_private);
    client_prepare(t);
    answer_begin(t);
    ask(t);
    return t;
}

void transfer_cancel(struct transfer *t)
{
    if (t->is_ending || t->is_dead)
        return;
    t->is_dead = true;
    loop_timer_stop(t->client->loop, &t->timer);
    if (t->client->depth)
        ask(t);
    else
        client_bury(t);
}

void transfer_pause(struct transfer *t)
{
    t->is_paused = true;
}

void transfer_resume(struct transfer *t)
{
    if (!t->is_paused || t->is_ending || t->is_dead)
        return;
    t->is_paused = false;
    answer_resumed(t);
    if (t->is_stalled)
        ask(t);
}

void transfer_touch(struct transfer *t)
{
    t->is_touched = true;
    if (t->phase == TRANSFER_BODY)
        t->phase_ms = loop_now_ms(t->client->loop);
}

struct cp_str transfer_header(const struct transfer *t, const char *name)
{
    return fields_get(&t->head, name);
}

size_t transfer_headers(const struct transfer *t)
{
    return t->head.n;
}

void transfer_header_at(const struct transfer *t, size_t i, struct cp_str *name,
                        struct cp_str *value)
{
    fields_at(&t->head, i, name, value);
}
