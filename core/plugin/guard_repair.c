/* SPDX-License-Identifier: MIT */
/*
 * guard_repair - what an encoder gets of a request: a conversation that keeps the promises of plugin.h.
 */
#include "plugin/guard.h"

#include "base/str.h"
#include "ir/repair.h"
#include "plugin/host.h"
#include "plugin/loader.h"

static void note(void *ctx, int deed, const struct cp_item *it, const char *why)
{
    struct host_call *hc = ctx;
    ledger_note_item(&hc->call, deed, it, why);
}

int guard_repair(const struct adapter *a, struct host_call *hc, const struct cp_tape *from,
                 struct cp_tape *to)
{
    struct repair_ends ends = { .client = hc->call.client_dialect,
                                .upstream = str_of(a->hooks.dialect),
                                .reads = a->hooks.reads };
    if (hc->ledger)
        hc->ledger->tapes[1] = to; /* the plugin's notes will name its items */
    tape_init(to, hc->arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    int rc = tape_repair(from, &ends, to, note, hc);
    if (rc)
        hc->err = to->err;
    return rc;
}
