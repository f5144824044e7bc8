/* SPDX-License-Identifier: MIT */
/*
 * thoughts - reasoning that a client does not send back is put back for it (state/recall.h).
 *
 * Only between dialects: where bytes pass, the client and its upstream know what they do.
 */
#include "flow/thoughts.h"

#include "base/arena.h"
#include "base/str.h"
#include "flow/flow.h"
#include "flow/setup.h"
#include "state/recall.h"

static bool thoughts_concern(const struct exchange *x)
{
    return x->client->hooks.flags & CP_FORGETS_STATE && x->flow->recalled && x->client_key_id.n;
}

void thoughts_restore(struct exchange *x)
{
    if (x->is_restored || x->attempt.channel->adapter == x->client || !thoughts_concern(x))
        return;
    x->is_restored = true;
    struct cp_tape *to = arena_need(x->arena, sizeof(*to));
    if (!recall_restore(x->arena, x->flow->recalled, x->client_key_id, x->request_tape, to))
        return;
    x->request_tape = to;
    x->ledger.tapes[0] = to;
}

void thoughts_begin(struct exchange *x)
{
    if (x->op == CP_CHAT && thoughts_concern(x) && !x->attempt.is_summary)
        x->attempt.recall = recall_new(x->arena, x->flow->recalled, x->client_key_id);
}

void thoughts_whole(struct exchange *x, const struct cp_tape *tape)
{
    const struct cp_item *it;

    for (size_t i = 0; x->attempt.recall && (it = tape_item(tape, i)); i++)
        recall_item(x->attempt.recall, it);
}
