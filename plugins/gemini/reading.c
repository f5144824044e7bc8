/* SPDX-License-Identifier: MIT */
/*
 * reading - the decoders' common ground: emit until told to stop, say where one is.
 */
#include "request.h"

#include <string.h>

void reading_emit(struct reading *r, const struct cp_item *it)
{
    if (r->rc == CP_OK)
        r->rc = H->emit(r->tape, it);
}

int reading_done(const struct reading *r)
{
    return r->rc == CP_ENOUGH ? CP_OK : r->rc;
}

int gemini_is_null(struct cp_str v)
{
    char kind = J->kind(v);

    return kind == 0 || kind == 'n';
}

struct cp_str reading_path(struct reading *r, const char *key)
{
    const char *dot = key == NULL ? "" : ".";

    if (r->content < 0)
        return gemini_text_format(r->call, "%s", key == NULL ? "body" : key);
    if (r->part < 0)
        return gemini_text_format(r->call, "contents[%d]%s%s", r->content, dot,
                                  key == NULL ? "" : key);
    return gemini_text_format(r->call, "contents[%d].parts[%d]%s%s", r->content, r->part, dot,
                              key == NULL ? "" : key);
}

int reading_refuse(struct reading *r, struct cp_str path, const char *what)
{
    if (r->rc == CP_OK)
        r->rc = H->fail(r->call, CP_E_SYNTAX, "%.*s: %s", (int)path.n,
                        path.p == NULL ? "" : path.p, what);
    return 0;
}

void reading_native(struct reading *r, struct cp_str path, struct cp_str raw)
{
    reading_emit(r, &(struct cp_item){ CP_ITEM(NATIVE), .name = path, .id = S(GEMINI_MAKER),
                                       .text = raw });
}

static int is_odd_key(struct cp_str key)
{
    for (size_t i = 0; i < key.n; i++)
        if ((unsigned char)key.p[i] <= ' ' || key.p[i] == 0x7F ||
            strchr(".[]\"\\", key.p[i]) != NULL)
            return 1;
    return key.n == 0 || key.n > 128;
}

/* safety_settings is safetySettings: the service takes either, so one spelling is enough. */
static struct cp_str camel_of(struct cp_call *call, struct cp_str key)
{
    char *p = memchr(key.p, '_', key.n) == NULL ? NULL : H->alloc(call, key.n);
    size_t n = 0;

    if (p == NULL)
        return key;
    for (size_t i = 0; i < key.n; i++) {
        int is_word = i > 0 && i + 1 < key.n && key.p[i + 1] >= 'a' && key.p[i + 1] <= 'z';
        if (key.p[i] == '_' && is_word)
            p[n++] = (char)(key.p[++i] - 32);
        else
            p[n++] = key.p[i];
    }
    return (struct cp_str){ p, n };
}

void reading_member(struct reading *r, struct cp_str holder, struct cp_str key, struct cp_str v)
{
    struct cp_str parts[3] = { holder, S("."), { NULL, 0 } };

    if (J->kind(v) == 'n')
        return; /* the same as not said */
    if (is_odd_key(key)) {
        H->note(r->call, CP_DROPPED, holder.n > 0 ? holder : S("body"),
                "a member with an odd name");
        return;
    }
    parts[2] = camel_of(r->call, key);
    reading_native(r, holder.n > 0 ? gemini_text_join(r->call, parts, 3) : parts[2], v);
}

void reading_param(struct reading *r, struct cp_str path, const char *name, struct cp_str json)
{
    reading_emit(r, &(struct cp_item){ CP_ITEM(PARAM), .text = json, .id = path,
                                       .name = (struct cp_str){ name, strlen(name) } });
}

struct cp_str reading_below(struct reading *r, struct cp_str path, struct cp_str key)
{
    struct cp_str parts[3] = { path, S("."), key };

    return gemini_text_join(r->call, parts, 3);
}
