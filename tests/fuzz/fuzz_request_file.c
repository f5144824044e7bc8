/* SPDX-License-Identifier: MIT */
/*
 * fuzz_request_file - any bytes as a pasted request: read, its headers asked for, its API guessed, its model replaced.
 */
#include "base/arena.h"
#include "base/str.h"
#include "main/request_file.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(struct request_file *f, struct arena *arena)
{
    struct err err = { 0 };

    if (f->method.p && (!f->method.n || !f->target.n || *f->target.p != '/'))
        abort();
    if (f->headers_n > REQUEST_FILE_HEADERS)
        abort();
    for (size_t i = 0; i < f->headers_n; i++)
        if (!str_is_token(f->headers[i].name) || !f->headers[i].value.p)
            abort();
    (void)request_file_header(f, "x-api-key");
    if (!f->method.p && !request_file_guess(f, STR("m"), arena, &err) && !f->target.n)
        abort();
    (void)request_file_set_model(f, STR("a\"b"), arena, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4096, 0);
    struct cp_str text = str_n(size ? (const char *)data : "", size);
    struct request_file f;
    struct err err = { 0 };

    if (!request_file_read(&f, text, arena, &err))
        look(&f, arena);
    else if (!err.what[0])
        abort();
    arena_free(arena);
    return 0;
}
