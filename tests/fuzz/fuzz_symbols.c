/* SPDX-License-Identifier: MIT */
/*
 * fuzz_symbols - any bytes as a shared object: names that are told lie in the file and end there.
 */
#include "base/str.h"
#include "kit/symbols.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hear(void *ctx, const char *name, bool is_defined)
{
    const struct cp_str *image = ctx;
    if (name < image->p || name + strlen(name) >= image->p + image->n || !*name)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cp_str image = str_n((const char *)data, size);
    struct err err = { 0 };
    int rc = symbols_read(image, hear, &image, &err);
    if (rc && (rc != E_SYNTAX || !err.what[0]))
        abort();
    return 0;
}
