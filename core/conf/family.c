/* SPDX-License-Identifier: MIT */
/*
 * family - what is special to one client API: its own order of the channels, its strategy, its manners.
 *
 * Names of families are those of the adapters, which nobody has met yet while a file is read: whether a name is known is
 * looked at where the adapters are.
 */
#include "base/arena.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/table.h"

static void family_read(struct build *b, const struct node *n, struct conf_family *f)
{
    struct conf *c = b->conf;
    *f = (struct conf_family){ .fuzzy = CONF_UNSAID, .affinity = CONF_UNSAID };
    f->where = arena_copy(c->arena, n->where);
    table_apply("families.", f, n, c->arena, b->report);
    f->order = channel_read_ids(b, n, "order", &f->order_n);
    const struct node *name = node_get(n, "name");
    if (!name)
        conf_complain(b->report, true, n->where,
                      "a family needs a name: messages, chat, responses or gemini");
    else if (name->kind == NODE_STRING && !str_is_token(name->text))
        conf_complain(b->report, true, name->where, "this is no name of a family");
    for (size_t i = 0; i < f->order_n && f->name.p; i++)
        if (!conf_serves_family(conf_channel(c, f->order[i]), f->name))
            conf_complain(b->report, false, n->where,
                          "order: the channel \"%.*s\" does not serve \"%.*s\"",
                          STR_FMT(f->order[i]), STR_FMT(f->name));
    const struct conf_family *other = f->name.p ? conf_family(c, f->name) : NULL;
    if (other)
        conf_complain(b->report, true, n->where, "the family \"%.*s\" is also told of at %.*s",
                      STR_FMT(f->name), STR_FMT(other->where));
}

void family_read_all(struct build *b, const struct node *root)
{
    const struct node *list =
        member_list(b, root, "families", "( { name = \"messages\"; ... } )");
    struct conf_family *families =
        arena_need(b->conf->arena, (member_count(list) + 1) * sizeof(*families));
    b->conf->families = families;
    if (!list)
        return;
    NODE_EACH(n, list)
    {
        if (!member_is_group(b, n, "a family"))
            continue;
        family_read(b, n, &families[b->conf->families_n]);
        b->conf->families_n++;
    }
}

const struct conf_family *conf_family(const struct conf *c, struct cp_str name)
{
    for (size_t i = 0; i < c->families_n; i++)
        if (str_eq(c->families[i].name, name))
            return &c->families[i];
    return NULL;
}

bool conf_is_fuzzy(const struct conf *c, struct cp_str family)
{
    const struct conf_family *f = conf_family(c, family);
    return f && f->fuzzy != CONF_UNSAID ? f->fuzzy == CONF_YES : c->fuzzy;
}
