/* SPDX-License-Identifier: MIT */
/*
 * control - the simulator's own endpoints, under /sim/.
 */
#include "conn.h"
#include "log.h"
#include "script.h"

static void load_script(struct conn *c)
{
    struct reply *r = &c->reply;
    char error[128];

    if (script_load(c->ask.body, error, sizeof error) == 0) {
        text_str(&r->whole, "{\"ok\":true}");
        return;
    }
    r->status = 400;
    text_form(&r->whole, "{'ok':false,'error':%q}", error);
}

void control_answer(struct conn *c, const struct head *head)
{
    struct reply *r = &c->reply;
    bool is_post = slice_is(head->method, "POST");

    reply_begin(r, &c->ask, &c->play, 0);
    r->status = 200;
    r->whole.n = 0;
    if (slice_is(head->path, "/sim/stats")) {
        stats_write(&r->whole);
    } else if (slice_is(head->path, "/sim/reset") && is_post) {
        script_reset();
        stats_reset();
        text_str(&r->whole, "{\"ok\":true}");
    } else if (slice_is(head->path, "/sim/script") && is_post) {
        load_script(c);
    } else {
        r->status = 404;
        text_str(&r->whole, "{\"ok\":false,\"error\":\"GET /sim/stats, POST /sim/reset, "
                            "POST /sim/script\"}");
    }
}
