/* SPDX-License-Identifier: MIT */
/*
 * keep - the texts that a snapshot was made of, so that an edit changes what it says and nothing else.
 */
#include "conf/keep.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/node.h"

void keep_text(struct build *b, struct cp_str path, struct cp_str text)
{
    struct conf *c = b->conf;
    struct conf_text *t = arena_need(c->arena, sizeof(*t));

    t->path = arena_copy(c->arena, path);
    t->text = text.p ? arena_copy(c->arena, text) : STR_NONE;
    t->next = c->texts;
    c->texts = t;
}

struct cp_str keep_find(struct build *b, const struct conf *c, struct cp_str path)
{
    for (const struct conf_text *t = c->texts; t; t = t->next)
        if (str_eq(t->path, path))
            return t->text.p ? arena_copy(b->scratch, t->text) : STR_NONE;
    return STR_NONE;
}

void keep_wipe(struct conf *c)
{
    for (const struct conf_text *t = c->texts; t; t = t->next)
        node_wipe_text(t->text);
}
