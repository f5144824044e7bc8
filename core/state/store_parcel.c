/* SPDX-License-Identifier: MIT */
/*
 * store_parcel - what was put or dropped, on its way to the store of another process.
 *
 * Times are monotonic: both processes are of one machine.
 */
#include "state/store.h"

#include "base/buf.h"
#include "base/parcel.h"
#include "base/str.h"

static void put_name(struct buf *out, struct cp_str tenant, struct cp_str id)
{
    parcel_text(out, "tenant", tenant);
    parcel_text(out, "id", id);
}

void store_parcel_put(struct buf *out, const char *kind, struct cp_str tenant, struct cp_str id,
                      struct cp_str under, struct cp_str bytes, int64_t put_ms)
{
    size_t begin = parcel_begin(out, kind);

    put_name(out, tenant, id);
    parcel_text(out, "under", under);
    parcel_text(out, "bytes", bytes.p ? bytes : STR(""));
    parcel_number(out, "put_ms", put_ms);
    parcel_end(out, begin);
}

void store_parcel_drop(struct buf *out, const char *kind, struct cp_str tenant,
                       struct cp_str id)
{
    size_t begin = parcel_begin(out, kind);

    put_name(out, tenant, id);
    parcel_end(out, begin);
}

void store_unpack(struct store *s, const struct parcel *p, int64_t now_ms)
{
    struct cp_str tenant = parcel_get(p, "tenant"), id = parcel_get(p, "id");
    struct cp_str bytes = parcel_get(p, "bytes");
    int64_t put_ms = parcel_get_number(p, "put_ms", now_ms);

    if (!bytes.p)
        (void)s->ops->drop(s, tenant, id, now_ms);
    else /* what is too much here is not kept here */
        (void)s->ops->put(s, tenant, id, parcel_get(p, "under"), bytes,
                          put_ms < 0 ? 0 : put_ms);
}
