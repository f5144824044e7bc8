/* SPDX-License-Identifier: MIT */
/*
 * override - what a channel's configuration sets in the bodies it is sent, or leaves out of them.
 *
 * The administrator speaks the upstream's own words, so it is done to the bytes that were going to be sent, behind passing
 * and translating alike.  It is told in the ledger; `strict` does not object, because it is what was wanted.
 */
#include "flow/override.h"

#include "conf/conf.h"
#include "flow/adapt.h"
#include "flow/setup.h"
#include "plugin/host.h"
#include "plugin/loader.h"
#include "plugin/media.h"
#include "json/cut.h"
#include "json/put.h"

static struct cp_str override_one(struct exchange *x, struct cp_str body,
                                  const struct conf_parameter *p)
{
    struct cp_call *call = &x->attempt.call.call;

    if (p->json.p && x->op == CP_CHAT) {
        ledger_note(call, CP_MAPPED, p->path, "the channel's configuration sets it");
        return json_put(x->arena, body, p->path, p->json);
    }
    if (!p->json.p && json_cut(x->arena, body, p->path, &body))
        ledger_note(call, CP_DROPPED, p->path, "the channel's configuration leaves it out");
    return body;
}

void override_body(struct exchange *x, struct outgoing *o)
{
    const struct conf_channel *c = x->attempt.channel->conf;
    size_t n;

    if (!c->parameters_n || !o->spec.body_n ||
        !media_is_json(&x->attempt.channel->adapter->hooks))
        return;
    const char *copy = adapt_copy(x, o, &n);
    struct cp_str body = { copy, n };
    for (size_t i = 0; i < c->parameters_n; i++)
        body = override_one(x, body, &c->parameters[i]);
    o->body[0] = body;
    o->spec.body_n = 1;
}
