/* SPDX-License-Identifier: MIT */
/*
 * fields - header fields: a response's, kept flat and within limits; a request's, checked.
 */
#include "loop/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

void fields_init(struct fields *f)
{
    *f = (struct fields){ 0 };
}

void fields_fini(struct fields *f)
{
    free(f->text);
    free(f->list);
    fields_init(f);
}

void fields_clear(struct fields *f)
{
    f->n = f->text_n = 0;
}

static void room_for(struct fields *f, uint32_t bytes)
{
    if (f->text_cap - f->text_n < bytes) {
        uint32_t cap = f->text_cap ? f->text_cap : 512;
        while (cap - f->text_n < bytes)
            cap *= 2;
        f->text = mem_grow(f->text, cap);
        f->text_cap = cap;
    }
    if (f->n == f->cap) {
        f->cap = f->cap ? f->cap * 2 : 16;
        f->list = mem_grow(f->list, f->cap * sizeof *f->list);
    }
}

int fields_line(struct fields *f, struct cp_str line)
{
    ptrdiff_t colon = str_chr(line, ':');
    if (colon <= 0)
        return E_SYNTAX;
    /* Blanks before the colon are forgiven; a folded line, which begins with one, is not. */
    struct cp_str name = str_cut(line, (size_t)colon);
    while (name.n && (name.p[name.n - 1] == ' ' || name.p[name.n - 1] == '\t'))
        name.n--;
    if (!str_is_token(name))
        return E_SYNTAX;
    struct cp_str value = str_trim(str_from(line, (size_t)colon + 1));
    if (f->n >= FIELDS_COUNT || name.n + value.n > FIELDS_BYTES - f->text_n)
        return E_LIMIT;
    room_for(f, (uint32_t)(name.n + value.n));
    struct field *at = &f->list[f->n++];
    *at = (struct field){ f->text_n, (uint32_t)name.n, (uint32_t)value.n };
    if (name.n)
        memcpy(f->text + f->text_n, name.p, name.n);
    if (value.n)
        memcpy(f->text + f->text_n + name.n, value.p, value.n);
    f->text_n += (uint32_t)(name.n + value.n);
    return 0;
}

void fields_trim(struct fields *f)
{
    if (f->n == 0)
        return;
    f->text = mem_grow(f->text, f->text_n ? f->text_n : 1);
    f->list = mem_grow(f->list, f->n * sizeof *f->list);
    f->text_cap = f->text_n;
    f->cap = f->n;
}

void fields_at(const struct fields *f, size_t i, struct cp_str *name, struct cp_str *value)
{
    const struct field *at = &f->list[i];
    *name = str_n(f->text + at->at, at->name_n);
    *value = str_n(f->text + at->at + at->name_n, at->value_n);
}

struct cp_str fields_get(const struct fields *f, const char *name)
{
    size_t name_n = strlen(name);
    for (uint32_t i = 0; i < f->n; i++) {
        struct cp_str key, value;
        if (f->list[i].name_n != name_n)
            continue;
        fields_at(f, i, &key, &value);
        if (str_is_nocase(key, name))
            return value;
    }
    return STR_NONE;
}

const char *fields_refusal(struct cp_str name, struct cp_str value)
{
    static const char *const ours[] = {
        "host",       "content-length",   "transfer-encoding",
        "connection", "keep-alive",       "te",
        "trailer",    "proxy-connection", "upgrade",
        "expect",     "http2-settings",   "proxy-authorization",
    };
    if (!str_is_token(name))
        return "the name is no token";
    if (!str_is_field_value(value))
        return "the value holds a control byte";
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (str_is_nocase(name, ours[i]))
            return "this header is the transport's to write";
    return NULL;
}
