/* SPDX-License-Identifier: MIT */
/*
 * repair - one pass that makes any client's conversation one that every service takes.
 *
 * Histories come broken: agents trim them, crash between a call and its result, answer twice,
 * reuse ids, and speak dialects that allow what others refuse.  The order of the steps matters:
 *
 *     grow    the tape as a tree                                     repair_tree.c
 *     clean   what the upstream cannot read goes, and what is empty  repair_clean.c
 *     split   what belongs to another role gets its own message      repair_turns.c
 *     merge   neighbours of one role                                 repair_turns.c
 *     match   results leave their places and find their calls        repair_pair.c
 *     place   results behind the calls, made up where none is        repair_pair.c
 *     merge   what is neighbours now; messages may have become empty
 *     write   the tree as a tape                                     repair_write.c
 *
 * Messages that match emptied stay until place is done: two turns of the assistant with a result
 * between them are two steps, and only the result's place tells.
 */
#include "ir/repair.h"

#include "base/arena.h"
#include "base/str.h"
#include "ir/repair_tree.h"

enum { REPAIR_FIRST_BYTES = 16384 };

static void repair_steps(struct repair *r)
{
    static void (*const steps[])(struct repair *) = {
        repair_tree_grow,  repair_clean,      repair_turns_split, repair_turns_merge,
        repair_pair_match, repair_pair_place, repair_turns_merge, repair_write,
    };
    for (size_t i = 0; !r->rc && i < sizeof(steps) / sizeof(steps[0]); i++)
        steps[i](r);
}

int tape_repair(const struct cp_tape *from, const struct repair_ends *ends, struct cp_tape *to,
                repair_note_fn *note, void *ctx)
{
    struct repair r = { .from = from, .to = to, .ends = *ends, .note = note, .ctx = ctx };

    if (!r.ends.client.n)
        r.ends.client = r.ends.upstream;
    to->limits.items = from->limits.items * 2; /* results that are made up */
    r.arena = arena_new(REPAIR_FIRST_BYTES, 0);
    repair_steps(&r);
    arena_free(r.arena);
    return r.rc ? r.rc : tape_finish(to);
}
