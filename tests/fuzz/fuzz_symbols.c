/* SPDX-License-Identifier: MIT */
/*
 * fuzz_symbols - any bytes as a shared object: names that are told lie in the file and end there.
 *
 * As they are, and with the four bytes before them by which an object is known: so no input ends at the first comparison, and no
 * seed is a program that a package would have to explain.
 */
#include "base/mem.h"
#include "base/str.h"
#include "kit/symbols.h"

#include <elf.h>
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

static void read_one(struct cp_str image)
{
    struct err err = { 0 };
    int rc = symbols_read(image, hear, &image, &err);
    if (rc && (rc != E_SYNTAX || !err.what[0]))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *object = mem_new(1, size + SELFMAG);

    memcpy(object, ELFMAG, SELFMAG);
    if (size)
        memcpy(object + SELFMAG, data, size);
    read_one(str_n((const char *)data, size));
    read_one(str_n(object, size + SELFMAG));
    free(object);
    return 0;
}
