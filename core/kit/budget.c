/* SPDX-License-Identifier: MIT */
/*
 * budget - what an adapter does when the host has no more to give: items, bytes of text, memory, room for what it writes.
 *
 * It may refuse, for whatever reason it likes; it may not break a rule, nor crash (then the child that this runs in is gone, and
 * the report says so).
 */
#include "kit/budget.h"

#include "base/str.h"
#include "kit/golden.h"
#include "kit/report.h"
#include "kit/sample.h"
#include "plugin/loader.h"

#include <stdio.h>

enum { STEPS = 16 };

/* What a run that lacked nothing took. */
struct taken {
    size_t items, bytes, memory, written;
};

/* What the next one may take; 0: as much as it likes. */
struct budget {
    const char *what;
    size_t items, bytes, memory, written;
};

/* Reads the sample, writes its tape.  E_BUG: a rule was broken. */
static int attempt(struct sample *s, const struct budget *b, struct taken *taken)
{
    struct cp_tape tape;
    struct drive d;
    struct buf out;

    if (!sample_drive(s, &d, s->adapter, NULL))
        return 0;
    d.limits.items = (uint32_t)b->items;
    d.limits.bytes = b->bytes;
    d.hc.budget = b->memory ? b->memory - 1 : d.hc.budget;
    buf_init(&out, b->written ? b->written - 1 : GOLDEN_BYTES);
    int rc = sample_read(s, &d, &tape);
    if (taken)
        *taken = (struct taken){ tape.n, tape.copied, d.hc.used, 0 };
    if (!rc && !(tape.kinds & ~s->adapter->hooks.speaks))
        rc = sample_write(s, &d, &tape, &out);
    if (taken && !rc)
        taken->written = out.n;
    if (rc == E_BUG)
        report_note("%s: %s: %s", b->what, d.hc.err.where, d.hc.err.what);
    buf_fini(&out);
    drive_close(&d);
    return rc;
}

/* All amounts up to most, or so many of them. */
static bool lessen(struct sample *s, struct budget *b, size_t *which, size_t most)
{
    size_t step = most / STEPS + 1;
    bool is_good = true;

    for (size_t n = 1; is_good && n <= most; n += step) {
        *which = n;
        is_good = attempt(s, b, NULL) != E_BUG;
        if (!is_good)
            report_note("with %s for %zu of %zu", b->what, n, most);
    }
    *which = 0;
    return is_good;
}

void budget_check(struct sample *s)
{
    struct budget b = { .what = "enough" };
    struct taken taken = { 0 };

    if (attempt(s, &b, &taken) == E_BUG)
        return; /* the laws have told it */
    b.what = "items";
    bool is_good = lessen(s, &b, &b.items, taken.items);
    b.what = "bytes of text";
    is_good = lessen(s, &b, &b.bytes, taken.bytes) && is_good;
    b.what = "bytes from alloc()";
    is_good = lessen(s, &b, &b.memory, taken.memory) && is_good;
    b.what = "bytes to write";
    is_good = lessen(s, &b, &b.written, taken.written) && is_good;
    sample_tell(s, "budgets: whatever runs out, it breaks no rule", is_good);
}
