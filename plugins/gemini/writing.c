/* SPDX-License-Identifier: MIT */
/*
 * writing - the encoders' common ground: look into the tape, write members, note what is lost.
 *
 * Results of writing are not looked at anywhere: an out that failed stays failed, and the last
 * call of the request says so.
 */
#include "request.h"

#include <string.h>

void writing_note(struct writing *w, int deed, const struct cp_item *it, const char *why)
{
    H->note_item(w->call, deed, it, why);
}

void writing_key_raw(struct writing *w, const char *key, struct cp_str json)
{
    (void)J->key(w->out, key);
    (void)J->raw(w->out, json);
}

void writing_key_text(struct writing *w, const char *key, struct cp_str text)
{
    (void)J->key(w->out, key);
    (void)J->string(w->out, text.p == NULL ? S("") : text);
}

int writing_fail(struct writing *w, const char *fmt, struct cp_str what)
{
    if (w->rc == CP_OK)
        w->rc = H->fail(w->call, CP_E_UNSUPPORTED, "%s%.*s", fmt, (int)what.n,
                        what.p == NULL ? "" : what.p);
    return 0;
}

const struct cp_item *writing_param_item(const struct writing *w, const char *name)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(w->tape, i)) != NULL && it->kind <= CP_PARAM; i++)
        if (it->kind == CP_PARAM && gemini_text_is(it->name, name) && !gemini_is_null(it->text))
            return it;
    return NULL;
}

struct cp_str writing_param(const struct writing *w, const char *name)
{
    const struct cp_item *it = writing_param_item(w, name);

    return it == NULL ? NOTHING : it->text;
}

static int is_enclosure(const struct cp_item *it)
{
    return it->kind == CP_MESSAGE || it->kind == CP_TOOL_RESULT ||
           (it->kind == CP_MEDIA && it->num == CP_FROM_PARTS);
}

/* What closes need not say again how it opened: a MEDIA that closes may be a block inside, too. */
static uint32_t enclosure_end(const struct writing *w, uint32_t i)
{
    const struct cp_item *first = H->item(w->tape, i), *it;
    int is_in_block = 0;

    for (i++; (it = H->item(w->tape, i)) != NULL; i++) {
        uint32_t ends = it->flags & CP_WHOLE;
        if (it->kind != first->kind || ends == 0 || ends == CP_WHOLE)
            continue;
        if (ends == CP_CLOSE && !is_in_block)
            return i + 1;
        is_in_block = ends == CP_OPEN;
    }
    return i;
}

uint32_t writing_end(const struct writing *w, uint32_t i)
{
    const struct cp_item *first = H->item(w->tape, i), *it;

    if ((first->flags & CP_OPEN) == 0 || (first->flags & CP_CLOSE) != 0)
        return i + 1;
    if (is_enclosure(first))
        return enclosure_end(w, i);
    for (; (it = H->item(w->tape, i)) != NULL; i++)
        if (it->kind == first->kind && it->index == first->index && (it->flags & CP_CLOSE) != 0)
            return i + 1;
    return i;
}

struct cp_str writing_text(struct writing *w, uint32_t i)
{
    const struct cp_item *first = H->item(w->tape, i), *it;
    uint32_t end = writing_end(w, i);
    struct cp_str *parts;
    size_t n = 0;

    if (end == i + 1)
        return first->text;
    parts = H->alloc(w->call, 2 * (end - i) * sizeof(*parts));
    if (parts == NULL)
        return S("");
    for (uint32_t k = i; k < end; k++) {
        it = H->item(w->tape, k);
        if (it->kind != first->kind || it->index != first->index || it->text.n == 0)
            continue;
        if (n > 0 && (it->flags & CP_SEGMENT) != 0)
            parts[n++] = S("\n\n");
        parts[n++] = it->text;
    }
    return gemini_text_join(w->call, parts, n);
}

int writing_is_native(const struct cp_item *it, const char *prefix)
{
    return it->kind == CP_NATIVE && gemini_text_is(it->id, GEMINI_MAKER) &&
           gemini_text_begins(it->name, prefix);
}

struct cp_str writing_native_key(struct writing *w, const struct cp_item *it,
                                 const char *prefix)
{
    size_t n = strlen(prefix);
    struct cp_str rest;

    if (!writing_is_native(it, prefix) || it->name.n == n || it->name.n - n > 128)
        return NOTHING;
    rest = (struct cp_str){ it->name.p + n, it->name.n - n };
    for (size_t i = 0; i < rest.n; i++)
        if (strchr(".[]\"\\", rest.p[i]) != NULL || (unsigned char)rest.p[i] <= ' ')
            return NOTHING;
    /* a copy that ends in a NUL, as a key must */
    return gemini_text_format(w->call, "%.*s", (int)rest.n, rest.p);
}

struct cp_str gemini_tool_name(struct writing *w, struct cp_str space, struct cp_str name)
{
    struct cp_str parts[3] = { space, S("__"), name };

    if (space.n > 0)
        name = gemini_text_join(w->call, parts, 3);
    return H->rename(w->call, name.p == NULL ? S("_") : name, 64,
                     CP_NAME_DOTS | CP_NAME_ALPHA_FIRST);
}
