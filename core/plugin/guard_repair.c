/* SPDX-License-Identifier: MIT */
/*
 * guard_repair - what an encoder gets of a request: a conversation that keeps the promises of plugin.h.
 *
 * Of kinds that its dialect does not speak it gets nothing.  Remarks (parameters, marks, thoughts, state) are left out, and
 * the ledger says so; content is not: the request is one for somebody else.
 */
#include "plugin/guard.h"

#include "base/arena.h"
#include "base/str.h"
#include "ir/kind.h"
#include "ir/repair.h"
#include "plugin/host.h"
#include "plugin/loader.h"

#include <ctype.h>

/* Without them it would be another question.  (What lies at another service is its adapter's to judge.) */
static const uint64_t content = CP_BIT(CP_SYSTEM) | CP_BIT(CP_TOOL) | CP_BIT(CP_MEDIA) |
                                CP_BIT(CP_TOOL_CALL) | CP_BIT(CP_TOOL_RESULT) |
                                CP_BIT(CP_SERVER_CALL) | CP_BIT(CP_SERVER_RESULT) |
                                CP_BIT(CP_COMPACTION) | CP_BIT(CP_TEXT) | CP_BIT(CP_REFUSAL);
static const uint64_t remarks = CP_BIT(CP_PARAM) | CP_BIT(CP_TOOL_CHOICE) |
                                CP_BIT(CP_REASONING) | CP_BIT(CP_STATE) | CP_BIT(CP_CITE) |
                                CP_BIT(CP_CACHE_MARK) | CP_BIT(CP_CONTROL) | CP_BIT(CP_NATIVE) |
                                CP_BIT(CP_AUX);

static void note(void *ctx, int deed, const struct cp_item *it, const char *why)
{
    struct host_call *hc = ctx;
    ledger_note_item(&hc->call, deed, it, why);
}

/* A block is told of once, a parameter that nobody said never. */
static bool is_worth_a_note(const struct cp_item *it)
{
    if (it->kind == CP_PARAM)
        return it->id.n > 0;
    return it->kind != CP_REASONING || it->flags & CP_OPEN;
}

/* The items without those of the kinds; what hangs on a thought goes with it. */
static void leave_out(struct host_call *hc, const struct cp_tape *from, uint64_t kinds,
                      struct cp_tape *thin)
{
    uint32_t thought = UINT32_MAX;

    *thin = *from;
    thin->items = arena_need(hc->arena, (from->n + 1) * sizeof(*thin->items));
    thin->n = 0;
    for (uint32_t i = 0; i < from->n; i++) {
        struct cp_item *it = from->items[i];
        bool is_out = kinds & CP_BIT(it->kind);
        bool hangs = (it->kind == CP_STATE || it->kind == CP_CITE) && it->index == thought;
        if (is_out && it->kind == CP_REASONING)
            thought = it->flags & CP_CLOSE ? UINT32_MAX : it->index;
        if (is_out && is_worth_a_note(it))
            note(hc, CP_DROPPED, it, "the upstream's dialect has no such thing");
        if (!is_out && !hangs)
            thin->items[thin->n++] = it;
    }
}

/* The first kind of the set in words: "tool call". */
static int cannot_say(const struct adapter *a, struct host_call *hc, uint64_t kinds)
{
    char word[32] = "";
    uint32_t kind = 1;

    while (!(kinds >> kind & 1))
        kind++;
    const char *name = kind_name(kind);
    for (size_t i = 0; name[i] && i < sizeof(word) - 1; i++)
        word[i] = name[i] == '_' ? ' ' : (char)tolower((unsigned char)name[i]);
    return err_set(&hc->err, E_UNSUPPORTED, "", "the dialect %s has no %s", a->hooks.dialect,
                   word);
}

int guard_repair(const struct adapter *a, struct host_call *hc, const struct cp_tape *from,
                 struct cp_tape *to)
{
    struct repair_ends ends = { .client = hc->call.client_dialect,
                                .upstream = str_of(a->hooks.dialect),
                                .reads = a->hooks.reads };
    uint64_t unsaid = a->hooks.speaks ? ~a->hooks.speaks : 0;
    struct cp_tape thin;

    if (from->kinds & unsaid & remarks) {
        leave_out(hc, from, unsaid & remarks, &thin);
        from = &thin;
    }
    if (hc->ledger)
        hc->ledger->tapes[1] = to; /* the plugin's notes will name its items */
    tape_init(to, hc->arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    int rc = tape_repair(from, &ends, to, note, hc);
    if (rc) {
        hc->err = to->err;
        return rc;
    }
    uint64_t lost = to->kinds & unsaid & content;
    return lost ? cannot_say(a, hc, lost) : 0;
}
