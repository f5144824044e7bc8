/* SPDX-License-Identifier: MIT */
/*
 * chat_in - the decoders' common ground: emit until told to stop.
 */
#include "chat.h"

#include <string.h>

void chat_in_emit(struct chat_in *d, const struct cp_item *it)
{
    if (d->rc == CP_OK)
        d->rc = H->emit(d->tape, it);
    /* Natives may stand between a thing and its mark. */
    if (it->kind != CP_NATIVE)
        d->can_mark =
            (it->flags & CP_CLOSE) != 0 || it->kind == CP_SYSTEM || it->kind == CP_TOOL;
}

int chat_in_going(const struct chat_in *d)
{
    return d->rc == CP_OK;
}

int chat_in_done(const struct chat_in *d)
{
    return d->rc == CP_ENOUGH ? CP_OK : d->rc;
}

void chat_in_native(struct chat_in *d, struct cp_str path, struct cp_str raw)
{
    chat_in_emit(d, &(struct cp_item){ CP_ITEM(NATIVE), .name = path, .id = S(OPENAI_CHAT),
                                       .text = raw });
}

void chat_in_whole(struct chat_in *d, uint32_t kind, struct cp_str text)
{
    struct cp_item it = { CP_ITEM(TEXT), .flags = CP_WHOLE, .text = text };

    it.kind = kind;
    chat_in_emit(d, &it);
}

int chat_in_expect(struct chat_in *d, struct cp_str v, const char *kinds, const char *path,
                   const char *what)
{
    char kind = J->kind(v);

    if (kind != 0 && strchr(kinds, kind) != NULL)
        return 1;
    if (d->rc == CP_OK)
        d->rc = H->fail(d->call, CP_E_SYNTAX, "%s: %s", path, what);
    return 0;
}

void chat_in_param(struct chat_in *d, const char *path, const char *name, struct cp_str json)
{
    struct cp_item it = { CP_ITEM(PARAM), .name = { name, strlen(name) }, .text = json };

    if (path != NULL)
        it.id = (struct cp_str){ path, strlen(path) };
    if (json.p != NULL)
        chat_in_emit(d, &it);
}

int chat_in_plain(struct chat_in *d, const struct chat_param *table, size_t n,
                  struct cp_str key, struct cp_str v)
{
    for (size_t i = 0; i < n; i++) {
        if (!J->is(key, table[i].wire))
            continue;
        if (!openai_json_null(v) &&
            chat_in_expect(d, v, table[i].kinds, table[i].wire, table[i].what))
            chat_in_param(d, table[i].wire, table[i].name, v);
        return 1;
    }
    return 0;
}
