/* SPDX-License-Identifier: MIT */
/*
 * upgrade - the door by which the program on the disk takes this one's place: POST /api/upgrade.
 *
 * The answer is true: it comes when the new process serves, or when it has failed and nothing has changed.
 */
#include "admin/api.h"
#include "admin/ask.h"
#include "admin/office.h"
#include "base/buf.h"
#include "base/str.h"
#include "json/write.h"

#include <stdatomic.h>

enum { SAID_BYTES = 16 << 10 };

static void upgrade_answer(struct api_call *call, const struct office_upgrade *told)
{
    json_open(call->out, '{');
    json_put_bool(call->out, "ok", true);
    json_put_number(call->out, "pid", told->pid);
    json_put_text(call->out, "version", str_of(told->version));
    json_put_number(call->out, "before_pid", told->before_pid);
    json_put_number(call->out, "in_flight", told->in_flight);
    json_close(call->out);
}

static void upgrade_start(struct api_call *call)
{
    const struct office *o = call->office;
    struct office_upgrade told = { 0 };
    struct err err = { 0 };
    struct buf said;

    ask_body(call, "");
    if (api_has_failed(call))
        return;
    if (!o->upgrade) {
        api_fail(call, 501, "", "this gateway cannot be upgraded while it runs");
        return;
    }
    buf_init(&said, SAID_BYTES);
    told.said = &said;
    int rc = o->upgrade(o->upgrade_ctx, call->who, &told, &err);
    if (!rc) {
        upgrade_answer(call, &told);
    } else {
        api_fail(call, api_status(rc), "", "%s", err.what);
        api_detail(call, buf_str(&said));
    }
    buf_fini(&said);
}

const struct api_route upgrade_routes[] = {
    { "POST", "/api/upgrade", upgrade_start, API_SMALL, API_POOL, 0,
      "Have the program on the disk take this process's place; requests under way go on" },
    { 0 },
};

bool api_is_upgrade(const struct api_route *route)
{
    return route->run == upgrade_start;
}
