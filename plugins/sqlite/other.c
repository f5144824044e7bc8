/* SPDX-License-Identifier: MIT */
/*
 * other - the history that the gateway of the same name in Go has kept: its metrics.db.
 *
 * One table, request_records (its release 2.5.11, 2026-01): whether it went well, four token counts, and by which address
 * and key, of which it only has a mask.  Its moments are whole seconds.  There is no model, no status and no duration; what
 * failed is told as a 500.
 */
#include "sqlite.h"

#include <stdio.h>
#include <string.h>

enum { SERVED_STATUS = 200, FAILED_STATUS = 500 };

static int tell(struct db_query *q, int (*row)(void *, const struct cp_record *), void *ctx)
{
    char id[48];
    int64_t wall_s = db_int(q, 3, 0);
    int is_good = db_int(q, 4, 0) != 0;
    struct cp_record r = { .size = sizeof(r),
                           .flags = CP_RECORD_IMPORTED,
                           .wall_ms = wall_s * 1000,
                           .family = db_text(q, 9),
                           .op = { "chat", 4 },
                           .channel = db_text(q, 1),
                           .key = db_text(q, 2),
                           .end = { "--", 2 },
                           .status = is_good ? SERVED_STATUS : FAILED_STATUS,
                           .attempts = 1,
                           .try_size = sizeof(struct cp_try),
                           .queue_us = -1,
                           .connect_us = -1,
                           .first_us = -1,
                           .content_us = -1,
                           .total_us = -1,
                           .bytes_in = -1,
                           .bytes_out = -1,
                           .cost_micro = -1 };

    for (int i = 1; i < 9; i++)
        r.tokens[i] = -1;
    r.tokens[CP_INPUT] = db_int(q, 5, 0);
    r.tokens[CP_OUTPUT] = db_int(q, 6, 0);
    r.tokens[CP_CACHE_WRITE_5M] = db_int(q, 7, 0);
    r.tokens[CP_CACHE_READ] = db_int(q, 8, 0);
    int n =
        snprintf(id, sizeof(id), "go-%lld-%lld", (long long)wall_s, (long long)db_int(q, 0, 0));
    r.id = (struct cp_str){ id, (size_t)n };
    return row(ctx, &r) != 0;
}

static int read_rows(struct db *db, int (*row)(void *, const struct cp_record *), void *ctx)
{
    struct db_query *q;

    int rc = db_prepare(db,
                        "SELECT id,base_url,key_mask,timestamp,success,input_tokens,"
                        "output_tokens,cache_creation_tokens,cache_read_tokens,api_type "
                        "FROM request_records ORDER BY timestamp,id",
                        &q);
    if (rc)
        return rc;
    while ((rc = db_step(q)) == 1) {
        rc = tell(q, row, ctx);
        if (rc)
            break;
    }
    db_finish(q);
    return rc < 0 ? rc : CP_OK;
}

int other_read(const char *kind, const char *path, int (*row)(void *, const struct cp_record *),
               void *ctx)
{
    struct db *db;

    if (strcmp(kind, "claude-proxy-go") != 0)
        return sqlite_host->fail(NULL, CP_E_UNSUPPORTED,
                                 "no history of the kind \"%s\" is known", kind);
    int rc = db_open(path, DB_ALIEN, &db);
    if (rc)
        return rc;
    rc = read_rows(db, row, ctx);
    db_close(db);
    return rc;
}
