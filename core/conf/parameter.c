/* SPDX-License-Identifier: MIT */
/*
 * parameter - what a channel sets in the bodies it is sent, and what it leaves out of them: libconfig's values to JSON.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "json/check.h"
#include "json/cut.h"
#include "json/write.h"

enum { VALUE_BYTES = 64 * 1024, PATH_BYTES = 512, PARAMETERS_MOST = 256 };

struct parameters {
    struct build *b;
    struct conf_parameter at[PARAMETERS_MOST];
    size_t n;
};

/* Without these a request is none, or another one than the gateway believes. */
static bool is_needed(struct cp_str path)
{
    static const char *const names[] = { "messages", "input", "contents", "stream", "model" };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (str_is(path, names[i]))
            return true;
    return false;
}

static void parameters_add(struct parameters *p, struct cp_str where, struct cp_str path,
                           struct cp_str json)
{
    struct json_step steps[JSON_CUT_STEPS];
    size_t n = json_steps(path, steps);

    if (!n || !steps[n - 1].name.n)
        conf_complain(p->b->report, true, where, "\"%.*s\" is no path of a member",
                      STR_FMT(path));
    else if (is_needed(path))
        conf_complain(p->b->report, true, where, "\"%.*s\" cannot be set or left out%s",
                      STR_FMT(path), str_is(path, "model") ? ": see models" : "");
    else if (p->n == PARAMETERS_MOST)
        conf_complain(p->b->report, true, where, "more than %d parameters", PARAMETERS_MOST);
    else
        p->at[p->n++] = (struct conf_parameter){ arena_copy(p->b->conf->arena, path), json };
}

static void write_value(struct json_writer *w, const struct node *n)
{
    switch (n->kind) {
    case NODE_GROUP:
    case NODE_LIST:
        json_open(w, n->kind == NODE_GROUP ? '{' : '[');
        NODE_EACH(child, n)
        {
            if (n->kind == NODE_GROUP)
                json_key(w, child->name);
            write_value(w, child);
        }
        json_close(w);
        break;
    case NODE_STRING:
    case NODE_TEXT:
        json_string(w, n->text.p ? n->text : STR(""));
        break;
    default:
        json_raw(w, n->text);
        break;
    }
}

static void parameters_set(struct parameters *p, const struct node *n, struct cp_str path)
{
    struct json_writer w;
    struct buf out;

    buf_init(&out, VALUE_BYTES);
    json_writer_init(&w, &out);
    write_value(&w, n);
    if (json_writer_done(&w) || json_check(buf_str(&out), NULL, NULL))
        conf_complain(p->b->report, true, n->where, "\"%.*s\" is too large, or no JSON",
                      STR_FMT(path));
    else
        parameters_add(p, n->where, path, arena_copy(p->b->conf->arena, buf_str(&out)));
    buf_fini(&out);
}

/* A group's members are set one by one: the others of that object are the client's. */
static void parameters_walk(struct parameters *p, const struct node *group,
                            struct cp_str prefix)
{
    NODE_EACH(n, group)
    {
        struct cp_str path = arena_printf(p->b->scratch, "%.*s%s%.*s", STR_FMT(prefix),
                                          prefix.n ? "." : "", STR_FMT(n->name));
        if (path.n > PATH_BYTES)
            conf_complain(p->b->report, true, n->where, "too deep");
        else if (n->kind == NODE_GROUP)
            parameters_walk(p, n, path);
        else
            parameters_set(p, n, path);
    }
}

void parameter_read_all(struct build *b, const struct node *channel, struct conf_channel *c)
{
    const struct node *set = node_get(channel, "parameters");
    struct parameters *p = arena_need(b->scratch, sizeof(*p));
    size_t drops_n;
    const struct cp_str *drops = member_read_texts(b, channel, "drop_parameters", &drops_n);

    p->b = b;
    for (size_t i = 0; i < drops_n; i++)
        parameters_add(p, c->where, drops[i], STR_NONE);
    if (set && set->kind != NODE_GROUP)
        conf_complain(b->report, true, set->where,
                      "parameters must be a group { }: { temperature = 0.2; }");
    else if (set)
        parameters_walk(p, set, STR_NONE);
    struct conf_parameter *own = arena_need(b->conf->arena, (p->n + 1) * sizeof(*own));
    memcpy(own, p->at, p->n * sizeof(*own));
    c->parameters = own;
    c->parameters_n = p->n;
}
