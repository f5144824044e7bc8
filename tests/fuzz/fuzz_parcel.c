/* SPDX-License-Identifier: MIT */
/*
 * fuzz_parcel - any bytes as parcels: what is read of them is read again the same after it was written anew.
 */
#include "base/buf.h"
#include "base/parcel.h"
#include "base/str.h"
#include "state/record_pack.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_record(const struct parcel *p)
{
    struct cp_try tries[RECORD_PACK_TRIES];
    struct cp_record r, again;
    struct parcel q;
    struct buf out;

    if (!record_unpack(p, &r, tries))
        return;
    buf_init(&out, SIZE_MAX);
    record_pack(&r, &out);
    struct cp_str rest = buf_str(&out);
    if (parcel_next(&rest, &q) != 1 || !record_unpack(&q, &again, tries) ||
        !str_eq(r.id, again.id) || r.wall_ms != again.wall_ms || r.tries_n != again.tries_n)
        abort();
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cp_str rest = str_n((const char *)data, size);
    struct parcel p;

    while (parcel_next(&rest, &p) == 1) {
        (void)parcel_get(&p, "id"); /* absent is as good as there */
        (void)parcel_get_number(&p, "n", 0);
        as_record(&p);
    }
    return 0;
}
