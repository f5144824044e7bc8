/* SPDX-License-Identifier: MIT */
/*
 * fuzz_purse - any bytes as the file of what was spent: all of it or nothing, never below zero, and what was taken is the
 * same after it was written and read again.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "state/purse.h"
#include "state/purse_file.h"

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

static int load(struct purse_table *t, const void *data, size_t size, struct err *err)
{
    char path[32];
    int fd = memfd_create("purse", MFD_CLOEXEC);

    MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int rc = purse_file_load(t, path, err);
    close(fd);
    return rc;
}

static void see(void *ctx, struct cp_str key, enum purse_period period, int64_t period_ms,
                const struct purse_sum *spent)
{
    (void)period, (void)key;
    MUST(spent->tokens >= 0 && spent->micro >= 0 && period_ms >= 0);
    *(size_t *)ctx += 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t wall_ms = INT64_C(1795406400000);
    struct purse_table *t = purse_table_new(), *u = purse_table_new();
    struct err err = { 0 };
    struct buf one, two;
    size_t n = 0;

    clock_set(1, wall_ms);
    buf_init(&one, 64 << 20);
    buf_init(&two, 64 << 20);
    int rc = load(t, data, size, &err);
    purse_each(t, wall_ms, see, &n);
    MUST(!rc || (rc == err.code && err.what[0] && !n));
    purse_file_write(t, &one);
    MUST(!load(u, one.p, one.n, &err));
    purse_file_write(u, &two);
    MUST(str_eq(buf_str(&one), buf_str(&two)));
    buf_fini(&one);
    buf_fini(&two);
    purse_table_free(t);
    purse_table_free(u);
    return 0;
}
