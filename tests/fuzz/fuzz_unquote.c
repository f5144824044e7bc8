/* SPDX-License-Identifier: MIT */
/*
 * fuzz_unquote - a word, an error, and the request it speaks of, a line each; the request is the rest.
 *
 * What is taken out keeps the error's length, takes no bytes but letters, and leaves JSON JSON unless a character was cut.
 */
#include "base/arena.h"
#include "base/str.h"
#include "flow/echo.h"
#include "flow/unquote.h"
#include "json/check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_ascii(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

static void check_rest(struct cp_str error, struct cp_str left)
{
    if (!left.p)
        return;
    if (left.n != error.n)
        abort();
    for (size_t i = 0; i < left.n; i++)
        if (left.p[i] != error.p[i] && !strchr("-u02d\\", left.p[i]))
            abort();
    if (is_ascii(error) && !json_check(error, NULL, NULL) && *str_trim(error).p == '{' &&
        json_check(left, NULL, NULL))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cp_str rest = str_n((const char *)data, size), word = STR_NONE, error = STR_NONE;
    struct arena *a = arena_new(4096, 0);
    struct echo *e = arena_need(a, sizeof(*e));

    str_split(&rest, '\n', &word);
    str_split(&rest, '\n', &error);
    if (echo_begin(e, word, error)) {
        (void)echo_hears(e, word);
        (void)echo_hears_json(e, rest);
    }
    struct unquote *u = unquote_begin(a, error);
    unquote_text(u, word, true);
    unquote_json(u, rest);
    check_rest(error, unquote_rest(u));
    arena_free(a);
    return 0;
}
