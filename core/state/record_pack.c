/* SPDX-License-Identifier: MIT */
/*
 * record_pack - a record of a request on its way to another process.
 *
 * By the names of its members, so that another version with more or fewer of them reads it; tries are parcels within.
 */
#include "state/record_pack.h"

#include "base/buf.h"
#include "base/parcel.h"
#include "base/str.h"

#include <stddef.h>

enum kind { TEXT, I32, U32, I64 };

struct member {
    const char *name;
    enum kind kind;
    size_t offset;
};

#define M(of, kind, name)                                                                      \
    {                                                                                          \
#name, kind, offsetof(of, name)                                                        \
    }

static const struct member record_members[] = {
    M(struct cp_record, U32, flags),     M(struct cp_record, TEXT, id),
    M(struct cp_record, I64, wall_ms),   M(struct cp_record, TEXT, client),
    M(struct cp_record, TEXT, family),   M(struct cp_record, TEXT, op),
    M(struct cp_record, TEXT, dialect),  M(struct cp_record, TEXT, model),
    M(struct cp_record, TEXT, model_up), M(struct cp_record, TEXT, channel),
    M(struct cp_record, TEXT, key),      M(struct cp_record, TEXT, session),
    M(struct cp_record, TEXT, peer),     M(struct cp_record, TEXT, agent),
    M(struct cp_record, TEXT, end),      M(struct cp_record, TEXT, why),
    M(struct cp_record, I32, status),    M(struct cp_record, I32, up_status),
    M(struct cp_record, U32, attempts),  M(struct cp_record, U32, overhead_us),
    M(struct cp_record, I64, queue_us),  M(struct cp_record, I64, connect_us),
    M(struct cp_record, I64, first_us),  M(struct cp_record, I64, content_us),
    M(struct cp_record, I64, total_us),  M(struct cp_record, I64, bytes_in),
    M(struct cp_record, I64, bytes_out), M(struct cp_record, I64, cost_micro),
    M(struct cp_record, U32, mapped),    M(struct cp_record, U32, approximated),
    M(struct cp_record, U32, dropped),   M(struct cp_record, U32, repaired),
    M(struct cp_record, TEXT, trace),
};

static const struct member try_members[] = {
    M(struct cp_try, TEXT, channel),   M(struct cp_try, TEXT, key),
    M(struct cp_try, TEXT, outcome),   M(struct cp_try, I32, status),
    M(struct cp_try, I64, began_us),   M(struct cp_try, I64, took_us),
    M(struct cp_try, I64, connect_us), M(struct cp_try, I64, first_us),
};

static const char *const meters[9] = { NULL,      "tokens1", "tokens2", "tokens3", "tokens4",
                                       "tokens5", "tokens6", "tokens7", "tokens8" };

enum {
    RECORD_MEMBERS = sizeof(record_members) / sizeof(*record_members),
    TRY_MEMBERS = sizeof(try_members) / sizeof(*try_members),
    METERS = sizeof(meters) / sizeof(*meters)
};

static void put_member(struct buf *out, const struct member *m, const void *of)
{
    const char *at = (const char *)of + m->offset;

    if (m->kind == TEXT)
        parcel_text(out, m->name, *(const struct cp_str *)(const void *)at);
    else if (m->kind == I32)
        parcel_number(out, m->name, *(const int32_t *)(const void *)at);
    else if (m->kind == U32)
        parcel_number(out, m->name, *(const uint32_t *)(const void *)at);
    else
        parcel_number(out, m->name, *(const int64_t *)(const void *)at);
}

static void get_member(const struct parcel *p, const struct member *m, void *of)
{
    char *at = (char *)of + m->offset;
    int64_t number = m->kind == TEXT ? 0 : parcel_get_number(p, m->name, 0);

    if (m->kind == TEXT)
        *(struct cp_str *)(void *)at = parcel_get(p, m->name);
    else if (m->kind == I32)
        *(int32_t *)(void *)at = (int32_t)number;
    else if (m->kind == U32)
        *(uint32_t *)(void *)at = (uint32_t)number;
    else
        *(int64_t *)(void *)at = number;
}

static void put_tries(const struct cp_record *r, struct buf *out)
{
    struct buf tries;

    buf_init(&tries, out->ceiling);
    for (uint32_t i = 0; i < r->tries_n; i++) {
        const void *t = (const char *)r->tries + (size_t)i * r->try_size;
        size_t begin = parcel_begin(&tries, "try");
        for (uint32_t m = 0; m < TRY_MEMBERS; m++)
            put_member(&tries, &try_members[m], t);
        parcel_end(&tries, begin);
    }
    if (tries.n)
        parcel_text(out, "tries", buf_str(&tries));
    buf_fini(&tries);
}

void record_pack(const struct cp_record *r, struct buf *out)
{
    size_t begin = parcel_begin(out, "record");

    for (uint32_t m = 0; m < RECORD_MEMBERS; m++)
        put_member(out, &record_members[m], r);
    for (uint32_t i = 1; i < METERS; i++)
        parcel_number(out, meters[i], r->tokens[i]);
    put_tries(r, out);
    parcel_end(out, begin);
}

static void get_tries(const struct parcel *p, struct cp_record *r, struct cp_try *tries)
{
    struct cp_str rest = parcel_get(p, "tries");
    struct parcel one;

    r->tries = tries;
    r->try_size = sizeof(*tries);
    while (r->tries_n < RECORD_PACK_TRIES && parcel_next(&rest, &one) == 1) {
        struct cp_try *t = &tries[r->tries_n++];
        *t = (struct cp_try){ 0 };
        for (uint32_t m = 0; m < TRY_MEMBERS; m++)
            get_member(&one, &try_members[m], t);
    }
}

bool record_unpack(const struct parcel *p, struct cp_record *r, struct cp_try *tries)
{
    if (!parcel_is(p, "record"))
        return false;
    *r = (struct cp_record){ .size = sizeof(*r) };
    for (uint32_t m = 0; m < RECORD_MEMBERS; m++)
        get_member(p, &record_members[m], r);
    for (uint32_t i = 1; i < METERS; i++)
        r->tokens[i] = parcel_get_number(p, meters[i], -1);
    get_tries(p, r, tries);
    return true;
}
