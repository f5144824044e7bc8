/* SPDX-License-Identifier: MIT */
/*
 * fuzz_ask - any bytes as the body of an order to the administration: taken or refused, with a place and a sentence.
 */
#include "admin/api.h"
#include "admin/ask.h"
#include "base/arena.h"
#include "base/str.h"

#include <stdlib.h>

#define MUST(cond)                                                                             \
    do {                                                                                       \
        if (!(cond))                                                                           \
            abort();                                                                           \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4096, 0);
    struct api_call call = { .arena = arena,
                             .body = str_n((const char *)data, size),
                             .status = 200 };

    ask_body(&call, "channel|key|seconds");
    struct cp_str channel = ask_text(&call, "channel"), key = ask_text(&call, "key");
    int64_t seconds = ask_number(&call, "seconds", 0, 300, 7);
    MUST(seconds >= 0 && seconds <= 300);
    MUST(channel.p || !channel.n);
    MUST(key.p || !key.n);
    MUST(call.status == 200 ? !call.error.p : call.status == 400 && call.error.n > 0);
    arena_free(arena);
    return 0;
}
