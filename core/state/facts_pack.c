/* SPDX-License-Identifier: MIT */
/*
 * facts_pack - what the scheduler has learned, on its way to another process.
 *
 * Each fact is told once: the other one may know by now that somebody is well again, and must not be told anew that he was not.
 */
#include "state/facts.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/parcel.h"
#include "base/str.h"

enum { NAME_BYTES = 4096 };

struct packing {
    struct map *known;
    struct buf *out;
};

/* What makes it another fact. */
static bool is_known(struct map *known, const struct fact *f)
{
    struct buf name;

    buf_init(&name, NAME_BYTES);
    buf_printf(&name, "%d %lld %lld ", (int)f->kind, (long long)f->until_wall_ms,
               f->kind == FACT_DEMOTED ? (long long)f->since_wall_ms : 0LL);
    buf_add_str(&name, f->owner);
    buf_add_c(&name, '\n');
    buf_add_str(&name, f->detail);
    bool is = map_get(known, buf_str(&name)) != NULL;
    if (!is)
        map_set(known, buf_str(&name), known);
    buf_fini(&name);
    return is;
}

static void pack_fact(void *ctx, const struct fact *f)
{
    const struct packing *p = ctx;

    if (is_known(p->known, f))
        return;
    size_t begin = parcel_begin(p->out, "fact");
    parcel_number(p->out, "kind", f->kind);
    parcel_text(p->out, "owner", f->owner.p ? f->owner : STR(""));
    parcel_text(p->out, "detail", f->detail);
    parcel_number(p->out, "until_ms", f->until_wall_ms);
    parcel_number(p->out, "since_ms", f->since_wall_ms);
    parcel_number(p->out, "fault", f->cause.fault);
    parcel_number(p->out, "trouble", f->cause.trouble);
    parcel_number(p->out, "source", f->cause.source);
    parcel_number(p->out, "status", f->cause.status);
    parcel_end(p->out, begin);
}

void facts_pack(const struct facts *facts, struct map *known, int64_t now_ms, int64_t wall_ms,
                struct buf *out)
{
    facts_each(facts, now_ms, wall_ms, pack_fact, &(struct packing){ known, out });
}

bool facts_unpack(const struct facts *facts, const struct parcel *p, int64_t now_ms,
                  int64_t wall_ms)
{
    int64_t kind = parcel_get_number(p, "kind", 0);
    struct fact f = {
        .owner = parcel_get(p, "owner"),
        .detail = parcel_get(p, "detail"),
        .until_wall_ms = parcel_get_number(p, "until_ms", 0),
        .since_wall_ms = parcel_get_number(p, "since_ms", 0),
        .cause = { .fault = (uint32_t)parcel_get_number(p, "fault", 0),
                   .trouble = (uint32_t)parcel_get_number(p, "trouble", 0),
                   .source = (uint32_t)parcel_get_number(p, "source", 0),
                   .status = (int32_t)parcel_get_number(p, "status", 0) },
    };

    if (!parcel_is(p, "fact"))
        return false;
    if (kind < FACT_COOLDOWN || kind > FACT_PROMOTED)
        return true; /* another version's */
    f.kind = (enum fact_kind)kind;
    facts_apply(facts, &f, now_ms, wall_ms);
    return true;
}
