/* SPDX-License-Identifier: MIT */
/*
 * route - what is different for some models: which channels, which strategy, whether sessions stay.
 *
 * The first route that fits applies, and no other: two that would mix leave nobody able to say what happens.  So one that
 * an earlier one hides is worth a warning.
 */
#include "base/arena.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/table.h"

static bool route_has_family(const struct conf_route *r, struct cp_str family)
{
    for (size_t i = 0; i < r->families_n; i++)
        if (str_eq(r->families[i], family))
            return true;
    return r->families_n == 0;
}

/*
 * True if whatever fits r fits by, too.  A pattern that fits another pattern's text fits all that this one stands for: only a
 * '*' can have taken its '*'.
 */
static bool route_is_hidden(const struct conf_route *r, const struct conf_route *by)
{
    if (!r->families_n && by->families_n)
        return false;
    for (size_t i = 0; i < r->families_n; i++)
        if (!route_has_family(by, r->families[i]))
            return false;
    return model_is_like(by->model, r->model);
}

static bool route_can_reach(const struct conf_route *r, const struct conf_channel *c)
{
    for (size_t i = 0; i < r->families_n; i++)
        if (conf_serves_family(c, r->families[i]))
            return true;
    return r->families_n == 0;
}

static void route_check(struct build *b, const struct conf_route *r)
{
    const struct conf *c = b->conf;
    for (size_t i = 0; i < r->channels_n; i++)
        if (!route_can_reach(r, conf_channel(c, r->channels[i])))
            conf_complain(b->report, false, r->where,
                          "channels: \"%.*s\" serves none of the route's families",
                          STR_FMT(r->channels[i]));
    for (size_t i = 0; i < c->routes_n; i++)
        if (route_is_hidden(r, &c->routes[i])) {
            conf_complain(
                b->report, false, r->where,
                "nothing comes to this route: all that fits \"%.*s\" takes the one at "
                "%.*s",
                STR_FMT(r->model), STR_FMT(c->routes[i].where));
            return;
        }
}

static void route_read(struct build *b, const struct node *n, struct conf_route *r)
{
    uint32_t errors = b->report->errors;
    *r = (struct conf_route){ .affinity = CONF_UNSAID };
    r->where = arena_copy(b->conf->arena, n->where);
    table_preset("routes.", r);
    table_apply("routes.", r, n, b->conf->arena, b->report);
    r->families = member_read_texts(b, n, "families", &r->families_n);
    r->channels = channel_read_ids(b, n, "channels", &r->channels_n);
    const struct node *model = node_get(n, "model");
    if (model && model->kind == NODE_STRING && !model->text.n)
        conf_complain(b->report, true, model->where,
                      "a route's model is a name, with * for any bytes");
    if (errors == b->report->errors)
        route_check(b, r);
}

void route_read_all(struct build *b, const struct node *root)
{
    const struct node *list = member_list(b, root, "routes", "( { model = \"gpt-*\"; ... } )");
    struct conf_route *routes =
        arena_need(b->conf->arena, (member_count(list) + 1) * sizeof(*routes));
    b->conf->routes = routes;
    if (!list)
        return;
    NODE_EACH(n, list)
    {
        if (!member_is_group(b, n, "a route"))
            continue;
        route_read(b, n, &routes[b->conf->routes_n]);
        b->conf->routes_n++;
    }
}

const struct conf_route *conf_route(const struct conf *c, struct cp_str family,
                                    struct cp_str model)
{
    for (size_t i = 0; i < c->routes_n; i++)
        if (route_has_family(&c->routes[i], family) && model_is_like(c->routes[i].model, model))
            return &c->routes[i];
    return NULL;
}
