/* SPDX-License-Identifier: MIT */
/*
 * try - the door at which who administers is given a pass for the client APIs: POST /api/try.
 *
 * So the panel sends real requests by the very doors that clients use, and neither the access key nor a client's ever comes into a
 * browser.  What is asked with a pass is counted, logged and kept under the name "panel".  A session's
 * passes end with it.
 */
#include "admin/api.h"

#include "admin/ask.h"
#include "admin/office.h"
#include "admin/portrait.h"
#include "base/str.h"
#include "flow/pass.h"
#include "json/write.h"

#include <string.h>

enum { SECOND_MS = 1000 };

static void try_pass(struct api_call *call)
{
    struct json_writer *w = call->out;
    char key[PASS_CHARS + 1];

    ask_body(call, "");
    if (api_has_failed(call))
        return;
    if (!call->office || !call->office->passes) {
        api_fail(call, 503, "", "there are no passes here");
        return;
    }
    pass_make(call->office->passes, call->session, call->now_ms, key);
    json_open(w, '{');
    json_put_text(w, "key", str_of(key));
    portrait_wall(w, "expires", call->wall_ms + PASS_MS);
    json_put_number(w, "seconds", PASS_MS / SECOND_MS);
    json_close(w);
    call->status = 201;
    explicit_bzero(key, sizeof(key));
}

const struct api_route try_routes[] = {
    { "POST", "/api/try", try_pass, API_SMALL, API_HERE, 0,
      "A key of five minutes for the client APIs, with which the panel asks models" },
    { 0 },
};
