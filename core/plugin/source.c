/* SPDX-License-Identifier: MIT */
/*
 * source - one line of an adapter's session list, read: where a conversation's name may stand.
 *
 * The loader reads each once to refuse a plugin that has a typing error in it; the flow reads them for each request,
 * which costs less than keeping what was read beside the adapter.
 */
#include "plugin/source.h"

#include "base/err.h"
#include "base/str.h"

static bool is_word(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-'))
            return false;
    }
    return s.n > 0;
}

static bool are_words(struct cp_str list, char sep, size_t most)
{
    struct cp_str word;
    size_t n = 0;

    while (str_split(&list, sep, &word))
        if (!is_word(word) || ++n > most)
            return false;
    return n > 0;
}

static int read_body(struct source *s)
{
    ptrdiff_t at = str_chr(s->what, '#');

    if (at >= 0) {
        s->inner = str_from(s->what, (size_t)at + 1);
        s->what = str_cut(s->what, (size_t)at);
        if (!is_word(s->inner))
            return E_SYNTAX;
    }
    return are_words(s->what, '.', SOURCE_BYTES) ? 0 : E_SYNTAX;
}

int source_read(const char *spelled, struct source *s)
{
    struct cp_str all = str_of(spelled);
    ptrdiff_t colon = str_chr(all, ':');

    if (colon < 0 || all.n > SOURCE_BYTES)
        return E_SYNTAX;
    *s = (struct source){ .what = str_from(all, (size_t)colon + 1) };
    if (str_begins(all, "header:")) {
        s->kind = SOURCE_HEADER;
        return str_is_token(s->what) ? 0 : E_SYNTAX;
    }
    if (str_begins(all, "body:")) {
        s->kind = SOURCE_BODY;
        return read_body(s);
    }
    if (str_begins(all, "sealed:")) {
        s->kind = SOURCE_SEALED;
        return is_word(s->what) ? 0 : E_SYNTAX;
    }
    s->kind = SOURCE_FIRST;
    return str_begins(all, "first:") && are_words(s->what, ',', SOURCE_MEMBERS) ? 0 : E_SYNTAX;
}
