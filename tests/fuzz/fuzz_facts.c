/* SPDX-License-Identifier: MIT */
/*
 * fuzz_facts - any bytes as the file of what was learned: all of it or nothing, and never for longer than it may hold.
 *
 * What was taken is written down and read back, and must be the same.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "state/facts.h"
#include "state/marks.h"
#include "state/vitals.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MUST(cond)                                                                             \
    do {                                                                                       \
        if (!(cond))                                                                           \
            abort();                                                                           \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

/* libconfig 1.5 loses a string token that its grammar did not expect there. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libconfig.so";
}

static const int64_t now_ms = INT64_C(50000000), wall_ms = INT64_C(1795406400000);
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

static struct facts facts_new(void)
{
    static const char *const names[] = { "c", "c/key/k", "c/url/u", "c/path/k/u" };
    struct facts f = { vitals_table_new(), marks_new() };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        vitals_table_get(f.vitals, str_of(names[i]));
    return f;
}

static void facts_free(struct facts *f)
{
    vitals_table_free(f->vitals);
    marks_free(f->marks);
}

static void see(void *ctx, const struct fact *f)
{
    bool is_mark = f->kind >= FACT_MODEL;

    MUST(f->kind >= FACT_COOLDOWN && f->kind <= FACT_PROMOTED);
    MUST(f->kind == FACT_DEMOTED ? f->until_wall_ms == 0 : f->until_wall_ms > wall_ms);
    MUST(f->until_wall_ms <= wall_ms + (is_mark ? 8 : 1) * day_ms);
    MUST(f->since_wall_ms <= wall_ms);
    MUST(f->owner.n <= MARK_BYTES && f->detail.n <= MARK_BYTES);
    buf_printf(ctx, "%d %zu ", (int)f->kind, f->owner.n);
    buf_add_str(ctx, f->owner);
    buf_add_c(ctx, '|');
    buf_add_str(ctx, f->detail);
    buf_printf(ctx, "| %lld %lld %u %u %d\n", (long long)f->until_wall_ms,
               (long long)f->since_wall_ms, f->cause.fault, f->cause.trouble,
               (int)f->cause.status);
}

static void check_again(const struct facts *f, const struct buf *before)
{
    struct facts again = facts_new();
    struct buf after;
    char path[64];

    snprintf(path, sizeof(path), "/tmp/fuzz_facts.%d", (int)getpid());
    buf_init(&after, 64 << 20);
    MUST(!facts_save(f, path, NULL));
    MUST(!facts_load(&again, path, NULL));
    facts_each(&again, now_ms, wall_ms, see, &after);
    MUST(str_eq(buf_str(before), buf_str(&after)));
    unlink(path);
    buf_fini(&after);
    facts_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct facts f = facts_new();
    struct err err = { 0 };
    struct buf seen;
    char path[32];
    int fd = memfd_create("facts", MFD_CLOEXEC);

    MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    clock_set(now_ms * 1000, wall_ms);
    buf_init(&seen, 64 << 20);
    int rc = facts_load(&f, path, &err);
    facts_each(&f, now_ms, wall_ms, see, &seen);
    MUST(!rc || (rc == err.code && err.what[0] && !seen.n));
    if (seen.n)
        check_again(&f, &seen);
    close(fd);
    buf_fini(&seen);
    facts_free(&f);
    return 0;
}
