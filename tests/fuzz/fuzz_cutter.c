/* SPDX-License-Identifier: MIT */
/*
 * fuzz_cutter - a text and its stop sequences: any cut of the pieces shows the same, and what is
 * shown has no whole sequence in it.
 *
 * The first byte says where the text is cut; lines: sequences, an empty one, the text.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "ir/cutter.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    struct buf text, stop;
};

static int see(void *ctx, const struct cp_item *it)
{
    struct seen *s = ctx;

    if (it->kind == CP_TEXT)
        buf_add_str(&s->text, it->text);
    if (it->kind == CP_STOP)
        buf_add_str(&s->stop, it->text);
    return 0;
}

static void run(struct arena *arena, const struct cp_str *stops, size_t n, struct cp_str text,
                size_t cut, struct seen *s)
{
    struct cutter *c = cutter_new(arena, stops, n, 1, see, s);
    struct cp_item it = { CP_ITEM(TEXT), .flags = CP_OPEN };

    buf_init(&s->text, 1 << 20);
    buf_init(&s->stop, 1 << 20);
    cutter_item(c,
                &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_ASSISTANT });
    for (size_t at = 0; at < text.n; at += cut) {
        it.text = str_cut(str_from(text, at), cut);
        cutter_item(c, &it);
        it.flags = 0;
    }
    it.text = STR("");
    it.flags |= CP_CLOSE;
    cutter_item(c, &it);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cp_str stops[CUTTER_STOPS], rest = { (const char *)data + 1, size - 1 }, line;
    struct seen whole, cut;
    size_t n = 0;

    if (size < 2 || size > 4096)
        return 0;
    while (n < CUTTER_STOPS && str_split(&rest, '\n', &line) && line.n)
        stops[n++] = line;
    if (!n || !rest.n)
        return 0;
    struct arena *arena = arena_new(4096, 0);
    run(arena, stops, n, rest, rest.n, &whole);
    run(arena, stops, n, rest, data[0] % 17 + 1, &cut);
    if (!str_eq(buf_str(&whole.text), buf_str(&cut.text)) && whole.text.n + cut.text.n)
        abort();
    if (!str_eq(buf_str(&whole.stop), buf_str(&cut.stop)) && whole.stop.n + cut.stop.n)
        abort();
    for (size_t i = 0; i < n && whole.text.n; i++)
        if (str_find(buf_str(&whole.text), stops[i]) >= 0)
            abort();
    if (!whole.stop.n && !str_eq(buf_str(&whole.text), rest))
        abort();
    buf_fini(&whole.text);
    buf_fini(&whole.stop);
    buf_fini(&cut.text);
    buf_fini(&cut.stop);
    arena_free(arena);
    return 0;
}
