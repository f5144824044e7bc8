/* SPDX-License-Identifier: MIT */
/*
 * request_encode - a tape as the body of POST /api/chat.
 *
 * The order of members is always the same: the server keeps what it has read of a prompt for the next one that begins
 * alike.
 */
#include "ollama.h"

int request_encode(const struct conf *conf, struct cp_call *call, const struct cp_tape *tape,
                   struct cp_out *out)
{
    struct request r = { .call = call, .tape = tape, .out = out, .conf = conf };
    int rc;

    (void)J->open(out, '{');
    put_text(out, "model", call->model);
    messages_encode(&r);
    tools_encode(&r);
    params_encode(&r);
    put_raw(out, "stream", call->stream ? S("true") : S("false")); /* unsaid, it would stream */
    rc = J->close(out);
    return r.rc != CP_OK ? r.rc : rc;
}
