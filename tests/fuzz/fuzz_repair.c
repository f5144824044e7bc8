/* SPDX-License-Identifier: MIT */
/*
 * fuzz_repair - whatever a request's tape looks like, the repaired one keeps the promises, and is
 * repaired already.
 *
 * Bytes are opcodes: most items a grammar takes can be made of them, so that a fuzzer is not stuck
 * in spelling.  The first byte says from whom to whom.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "ir/dump.h"
#include "ir/repair.h"
#include "ir/repair_promise.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const makers[] = { "", "a", "b", "a" };
static const char *const texts[] = { "", "x", "yy", " " };
static const char *const ids[] = { "", "1", "2", "1_2" };
static const char *const paths[] = { "messages[0]", "messages[0].x", "x",
                                     "messages[0].y[1].z" };

static struct cp_item make(uint8_t op, uint8_t how)
{
    static const uint32_t kinds[] = {
        CP_MESSAGE,   CP_TEXT,    CP_TOOL_CALL,   CP_TOOL_RESULT,   CP_MESSAGE,
        CP_REASONING, CP_STATE,   CP_CITE,        CP_MEDIA,         CP_CACHE_MARK,
        CP_NATIVE,    CP_CONTROL, CP_SERVER_CALL, CP_SERVER_RESULT, CP_COMPACTION,
        CP_REFERENCE, CP_AUX,     CP_SYSTEM,      CP_TOOL,          CP_REFUSAL
    };
    struct cp_item it = { CP_ITEM(TEXT) };
    it.kind = kinds[op % (sizeof(kinds) / sizeof(kinds[0]))];
    it.flags = how & 3;
    it.index = how >> 2 & 1;
    it.sub = (how >> 3 & 3) + (it.kind == CP_MESSAGE);
    it.text = str_of(texts[how >> 5 & 3]);
    it.id = str_of(it.kind == CP_TOOL_CALL || it.kind == CP_TOOL_RESULT ||
                           it.kind == CP_SERVER_CALL || it.kind == CP_SERVER_RESULT
                       ? ids[how >> 6]
                       : makers[how >> 6]);
    it.meta = it.kind == CP_SERVER_RESULT ? str_of(makers[how >> 4 & 3]) : STR_NONE;
    it.name = str_of(it.kind == CP_NATIVE ? paths[how >> 4 & 3] : "n");
    it.num = it.kind == CP_MEDIA ? 1 + (how >> 5) % 5 : 0;
    if (it.kind == CP_NATIVE || it.kind == CP_CONTROL || it.kind == CP_CITE)
        it.text = STR("{}");
    if (it.kind == CP_TOOL)
        it.text = STR_NONE, it.sub = 1;
    if (it.kind == CP_SYSTEM)
        it.sub = 1;
    return it;
}

static bool close_inner(struct cp_tape *tape)
{
    struct grammar *g = &tape->grammar;
    struct cp_item it = { CP_ITEM(TEXT), .flags = CP_CLOSE };
    for (uint32_t i = 0; i < g->open_n; i++) {
        if (g->open[i].level != g->depth)
            continue;
        it.kind = g->open[i].kind;
        it.index = g->open[i].index;
        return tape_emit(tape, &it) == 0;
    }
    if (!g->depth && !g->messages_open)
        return false;
    it.index = 99; /* no block has it */
    it.kind = g->depth ? g->enclose[g->depth - 1] : CP_MESSAGE;
    return tape_emit(tape, &it) == 0;
}

/* Everything that is open is closed, the innermost first. */
static void settle(struct cp_tape *tape)
{
    while (close_inner(tape))
        continue;
}

static void grow(struct cp_tape *tape, const uint8_t *data, size_t n)
{
    (void)tape_emit(tape, &(struct cp_item){ CP_ITEM(START), .name = STR("m") });
    for (size_t i = 0; i + 1 < n; i += 2) {
        struct cp_item it = make(data[i], data[i + 1]);
        struct grammar before = tape->grammar;
        struct err err;
        if (grammar_check(&before, &it, &err) == 0)
            (void)tape_emit(tape, &it); /* it was just looked at */
        tape->err.code = 0;
    }
    settle(tape);
    (void)tape_emit(tape, &(struct cp_item){ CP_ITEM(END) });
}

static void fail(const char *why, const struct cp_tape *tape, const struct cp_tape *after)
{
    struct buf b;
    buf_init(&b, 64 << 20);
    dump_write(&b, tape);
    buf_add_z(&b, "--\n");
    dump_write(&b, after);
    fprintf(stderr, "%s\n%.*s", why, (int)b.n, b.p);
    abort();
}

static void check(struct cp_tape *tape, struct arena *arena, const struct repair_ends *ends)
{
    struct cp_tape once, twice;
    struct buf first, second;

    tape_init(&once, arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    tape_init(&twice, arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    int rc = tape_repair(tape, ends, &once, NULL, NULL);
    if (rc == E_UNSUPPORTED)
        return;
    const char *why = rc ? once.err.what : promise_broken(&once, ends->client, ends->upstream);
    if (why)
        fail(why, tape, &once);
    if (tape_repair(&once, ends, &twice, NULL, NULL))
        fail("the repaired cannot be repaired", tape, &once);
    buf_init(&first, 64 << 20);
    buf_init(&second, 64 << 20);
    dump_write(&first, &once);
    dump_write(&second, &twice);
    if (!str_eq(buf_str(&first), buf_str(&second)))
        fail("repaired again it is another", &once, &twice);
    buf_fini(&first);
    buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct cp_tape tape;
    if (n == 0)
        return 0;
    struct arena *arena = arena_new(65536, 0);
    struct repair_ends ends = { .client = str_of(data[0] & 1 ? "a" : "b"),
                                .upstream = str_of(data[0] & 2 ? "a" : "b") };
    tape_init(&tape, arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    grow(&tape, data + 1, n - 1);
    if (tape_finish(&tape) == 0)
        check(&tape, arena, &ends);
    else
        fail(tape.err.what, &tape, &tape);
    arena_free(arena);
    return 0;
}
