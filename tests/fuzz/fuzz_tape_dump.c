/* SPDX-License-Identifier: MIT */
/*
 * fuzz_tape_dump - any text is a tape or is refused; a tape written and read again is the same; so is a join joined.
 *
 * The first byte chooses the phase.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "ir/dump.h"
#include "ir/tape.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { TEXT_BYTES = 64 << 20 };

static void demand(bool is_so)
{
    if (!is_so)
        abort();
}

static void check_back(const struct cp_tape *tape, struct arena *arena)
{
    struct buf first, second;
    struct cp_tape again;
    buf_init(&first, TEXT_BYTES);
    buf_init(&second, TEXT_BYTES);
    dump_write(&first, tape);
    tape_init(&again, arena, tape->grammar.phase, CP_WANT_ALL, STR_NONE);
    demand(dump_read(buf_str(&first), &again, NULL) == 0);
    dump_write(&second, &again);
    demand(first.n == second.n && (first.n == 0 || str_eq(buf_str(&first), buf_str(&second))));
    buf_fini(&first);
    buf_fini(&second);
}

static void check_join(const struct cp_tape *tape, struct arena *arena)
{
    struct buf first, second;
    struct cp_tape once, twice;
    buf_init(&first, TEXT_BYTES);
    buf_init(&second, TEXT_BYTES);
    tape_init(&once, arena, tape->grammar.phase, CP_WANT_ALL, STR_NONE);
    tape_init(&twice, arena, tape->grammar.phase, CP_WANT_ALL, STR_NONE);
    demand(tape_join(tape, &once) == 0);
    demand(tape_join(&once, &twice) == 0);
    dump_write(&first, &once);
    dump_write(&second, &twice);
    demand(first.n == second.n && (first.n == 0 || str_eq(buf_str(&first), buf_str(&second))));
    buf_fini(&first);
    buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct cp_tape tape;
    struct err err;
    if (n == 0)
        return 0;
    struct arena *arena = arena_new(65536, 0);
    tape_init(&tape, arena, data[0] % 3 + 1, CP_WANT_ALL, STR_NONE);
    int rc = dump_read(str_n((const char *)data + 1, n - 1), &tape, &err);
    if (rc == 0) {
        check_back(&tape, arena);
        check_join(&tape, arena);
        (void)tape_finish(&tape); /* unfinished ones are refused, which is fine */
    }
    arena_free(arena);
    return 0;
}
