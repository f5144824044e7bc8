/* SPDX-License-Identifier: MIT */
/*
 * member - lists in groups, most of them inside a channel: URLs, models, headers, options, words.
 */
#include "base/arena.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/table.h"
#include "conf/url.h"

size_t member_count(const struct node *list)
{
    size_t count = 0;
    if (list)
        NODE_EACH(n, list)
    count++;
    return count;
}

const struct node *member_list(struct build *b, const struct node *group, const char *name,
                               const char *example)
{
    const struct node *list = node_get(group, name);
    if (!list || list->kind == NODE_LIST)
        return list;
    conf_complain(b->report, true, list->where, "%s must be a list: %s", name, example);
    return NULL;
}

bool member_is_group(struct build *b, const struct node *n, const char *what)
{
    if (n->kind == NODE_GROUP)
        return true;
    conf_complain(b->report, true, n->where, "%s must be a group { }, not %s", what,
                  node_kind_name(n->kind));
    return false;
}

static bool member_is_text(struct build *b, const struct node *n, const char *name)
{
    if (n->kind == NODE_STRING && n->text.n && str_is_field_value(n->text))
        return true;
    if (n->kind == NODE_STRING)
        conf_complain(b->report, true, n->where,
                      "%s holds a string that is empty or has control characters", name);
    else
        conf_complain(b->report, true, n->where, "%s holds %s where a string belongs", name,
                      node_kind_name(n->kind));
    return false;
}

static void member_add_url(struct build *b, const struct node *n, struct conf_channel *c)
{
    struct conf_url url = { 0 };
    if (!member_is_text(b, n, "base_url"))
        return;
    const char *why = url_parse(n->text, b->conf->arena, &url);
    if (why) {
        conf_complain(b->report, true, n->where, "the base URL %s", why);
        return;
    }
    for (size_t i = 0; i < c->urls_n; i++)
        if (str_eq(c->urls[i].base, url.base) && c->urls[i].is_exact == url.is_exact) {
            conf_complain(b->report, false, n->where, "the same base URL again is left out");
            return;
        }
    if (url_is_private(&url) && !c->allow_private)
        conf_complain(b->report, false, n->where,
                      "a private address is refused unless allow_private = true");
    else if (url_is_clear(&url) && !url_is_private(&url) && !c->is_keyless)
        conf_complain(b->report, false, n->where, "http: keys travel in clear text");
    if (url_remark(&url))
        conf_complain(b->report, false, n->where, "the base URL %s", url_remark(&url));
    struct conf_url *urls = (struct conf_url *)(uintptr_t)c->urls;
    urls[c->urls_n++] = url;
}

void member_read_urls(struct build *b, const struct node *channel, struct conf_channel *c)
{
    const struct node *one = node_get(channel, "base_url");
    const struct node *more = member_list(b, channel, "base_urls", "[ \"https://...\" ]");
    c->urls = arena_need(b->conf->arena, (member_count(more) + 1) * sizeof(*c->urls));
    if (one && more)
        conf_complain(b->report, true, one->where, "base_url and base_urls exclude each other");
    if (one)
        member_add_url(b, one, c);
    if (more)
        NODE_EACH(n, more)
    member_add_url(b, n, c);
    if (!one && !member_count(more))
        conf_complain(b->report, true, c->where, "a channel needs a base_url");
}

static size_t member_stars(struct cp_str s)
{
    size_t stars = 0;
    for (size_t i = 0; i < s.n; i++)
        stars += s.p[i] == '*';
    return stars;
}

static bool member_split_model(struct build *b, const struct node *n, struct conf_model *m)
{
    struct cp_str to = n->text, from;
    if (!member_is_text(b, n, "models"))
        return false;
    (void)str_split(&to, '=', &from); /* without '=', to is absent */
    m->from = arena_copy(b->conf->arena, str_trim(from));
    m->to = to.p ? arena_copy(b->conf->arena, str_trim(to)) : STR_NONE;
    return true;
}

static bool member_read_model(struct build *b, const struct node *n, struct conf_model *m)
{
    const struct node *exact = NULL;
    uint32_t before = b->report->errors;
    if (n->kind == NODE_GROUP) {
        table_apply("channels.models.", m, n, b->conf->arena, b->report);
        exact = node_get(n, "exact");
    } else if (!member_split_model(b, n, m)) {
        return false;
    }
    if (before != b->report->errors)
        return false;
    const char *wrong = NULL;
    if (!m->from.n || !m->to.n)
        wrong = "needs both sides: \"from=to\" or { from = \"...\"; to = \"...\"; }";
    else if (member_stars(m->from) > 1 || member_stars(m->to) > 1)
        wrong = "may hold one * on each side";
    else if (member_stars(m->to) && !member_stars(m->from))
        wrong = "has a * that nothing fills: there is none in from";
    else if (exact && exact->kind != NODE_BOOL)
        wrong = "has an exact that is not true or false";
    if (wrong)
        conf_complain(b->report, true, n->where, "a model rule %s", wrong);
    bool is_exact = exact && str_is(exact->text, "true");
    m->match = member_stars(m->from) ? CONF_WILDCARD : is_exact ? CONF_EXACT : CONF_CONTAINS;
    return !wrong;
}

void member_read_models(struct build *b, const struct node *channel, struct conf_channel *c)
{
    const struct node *list = member_list(b, channel, "models", "[ \"from=to\" ]");
    struct conf_model *models =
        arena_need(b->conf->arena, (member_count(list) + 1) * sizeof(*models));
    c->models = models;
    if (!list)
        return;
    NODE_EACH(n, list)
    {
        struct conf_model m = { 0 };
        if (!member_read_model(b, n, &m))
            continue;
        for (size_t i = 0; i < c->models_n; i++)
            if (str_eq(models[i].from, m.from) && models[i].match == m.match)
                conf_complain(b->report, false, n->where,
                              "an earlier rule for \"%.*s\" wins over this one",
                              STR_FMT(m.from));
        models[c->models_n++] = m;
    }
}

/* What the gateway itself must set: a wrong one here would let one request be read as two. */
static bool member_is_ours(struct cp_str name)
{
    static const char *const ours[] = {
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade",
        "te",   "trailer",        "proxy-connection",  "expect",
    };
    for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
        if (str_is_nocase(name, ours[i]))
            return true;
    return false;
}

static bool member_check_header(struct build *b, struct cp_str where, struct cp_str name)
{
    if (!str_is_token(name))
        conf_complain(b->report, true, where, "this is no name of a header");
    else if (member_is_ours(name))
        conf_complain(b->report, true, where, "%.*s is set by the gateway itself",
                      STR_FMT(name));
    else
        return true;
    return false;
}

static bool member_header_value(struct build *b, const struct node *n, struct conf_header *h)
{
    const struct node *value = node_get(n, "value");
    struct cp_str text;
    if (!value || !node_is_scalar(value)) {
        conf_complain(b->report, true, n->where, "a header's group needs a value");
        return false;
    }
    bool is_reference = key_is_reference(value->text);
    if (is_reference && !key_look_up(b, value, true, &text))
        return false;
    if (!is_reference && value->kind != NODE_STRING) {
        conf_complain(b->report, true, value->where, "a header's value must be a string");
        return false;
    }
    text = is_reference ? text : value->text;
    if (!str_is_field_value(text)) {
        conf_complain(b->report, true, value->where, "a header's value has control characters");
        return false;
    }
    h->value = arena_copy(b->conf->arena, text);
    return true;
}

void member_read_headers(struct build *b, const struct node *channel, struct conf_channel *c)
{
    const struct node *set =
        member_list(b, channel, "headers", "( { name = \"...\"; value = \"...\"; } )");
    const struct node *drop = member_list(b, channel, "drop_headers", "[ \"...\" ]");
    struct conf_header *headers = arena_need(
        b->conf->arena, (member_count(set) + member_count(drop) + 1) * sizeof(*headers));
    c->headers = headers;
    if (set)
        NODE_EACH(n, set)
        {
            struct conf_header h = { 0 };
            if (n->kind != NODE_GROUP) {
                conf_complain(b->report, true, n->where,
                              "headers takes groups of name and value");
                continue;
            }
            table_apply("channels.headers.", &h, n, b->conf->arena, b->report);
            if (member_check_header(b, n->where, h.name) && member_header_value(b, n, &h))
                headers[c->headers_n++] = h;
        }
    if (drop)
        NODE_EACH(n, drop)
    if (member_is_text(b, n, "drop_headers") && member_check_header(b, n->where, n->text))
        headers[c->headers_n++].name = arena_copy(b->conf->arena, n->text);
}

void member_read_options(struct build *b, const struct node *channel, struct conf_channel *c)
{
    const struct node *group = node_get(channel, "options");
    if (group && group->kind != NODE_GROUP) {
        conf_complain(b->report, true, group->where, "options must be a group { }");
        return;
    }
    struct conf_option *options =
        arena_need(b->conf->arena, (member_count(group) + 1) * sizeof(*options));
    c->options = options;
    if (!group)
        return;
    NODE_EACH(n, group)
    {
        if (!node_is_scalar(n)) {
            conf_complain(b->report, true, n->where, "an option of an adapter must not be %s",
                          node_kind_name(n->kind));
            continue;
        }
        struct conf_option *o = &options[c->options_n++];
        o->name = arena_copy(b->conf->arena, n->name);
        o->value = arena_copy(b->conf->arena, n->text);
        o->where = arena_copy(b->conf->arena, n->where);
    }
}

const struct cp_str *member_read_texts(struct build *b, const struct node *group,
                                       const char *name, size_t *count)
{
    const struct node *list = member_list(b, group, name, "[ \"...\" ]");
    struct cp_str *texts =
        arena_need(b->conf->arena, (member_count(list) + 1) * sizeof(*texts));
    *count = 0;
    if (!list)
        return texts;
    NODE_EACH(n, list)
    if (member_is_text(b, n, name))
        texts[(*count)++] = arena_copy(b->conf->arena, n->text);
    return texts;
}

void member_read_words(struct build *b, const struct node *channel, struct conf_channel *c)
{
    c->only = member_read_texts(b, channel, "only", &c->only_n);
    c->families = member_read_texts(b, channel, "families", &c->families_n);
}
