/* SPDX-License-Identifier: MIT */
/*
 * host_ledger - what a translation did to which part of a request.
 */
#include "plugin/host.h"

#include "base/str.h"

enum { LEDGER_LINES = 256 };

void ledger_init(struct ledger *l)
{
    memset(l, 0, sizeof(*l));
    l->tail = &l->first;
}

void ledger_note(struct cp_call *call, int deed, struct cp_str path, const char *why)
{
    struct host_call *hc = (struct host_call *)(void *)call;
    struct ledger *l = hc->ledger;

    if (!l || deed < CP_MAPPED || deed > CP_REPAIRED)
        return;
    l->counts[deed]++;
    if (l->lines == LEDGER_LINES)
        return;
    struct ledger_line *line = arena_need(hc->arena, sizeof(*line));
    line->deed = (uint32_t)deed;
    line->path = arena_copy(hc->arena, path);
    line->why = arena_copy(hc->arena, str_of(why ? why : ""));
    *l->tail = line;
    l->tail = &line->next;
    l->lines++;
}

void ledger_note_item(struct cp_call *call, int deed, const struct cp_item *it, const char *why)
{
    ledger_note(call, deed, it->name.n ? it->name : it->id, why);
}
