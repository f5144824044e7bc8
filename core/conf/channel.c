/* SPDX-License-Identifier: MIT */
/*
 * channel - the upstreams: each group of the list to one struct, each with an id of its own.
 *
 * Given ids are taken first, made ones get out of their way, so that adding a channel without an
 * id never renames one that has statistics under its name.
 */
#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/files.h"
#include "conf/guess.h"
#include "conf/node.h"
#include "conf/table.h"
#include "conf/url.h"

#include <stdint.h>
#include <unistd.h>

enum { ID_LONGEST = 64 };

static bool is_id(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool channel_is_id(struct cp_str id)
{
    for (size_t i = 0; i < id.n; i++)
        if (!is_id(id.p[i]))
            return false;
    return id.n > 0 && id.n <= ID_LONGEST;
}

/* An id that was given: false after a complaint. */
static bool channel_take_id(struct build *b, struct map *ids, const struct node *n,
                            struct cp_str id)
{
    if (!channel_is_id(id)) {
        conf_complain(b->report, true, n->where,
                      "a channel's id is made of a-z, 0-9, _ and -, at most %d", ID_LONGEST);
        return false;
    }
    const struct node *other = map_get(ids, id);
    if (other)
        conf_complain(b->report, true, n->where,
                      "the id \"%.*s\" is also that of the channel at %.*s", STR_FMT(id),
                      STR_FMT(other->where));
    return !other;
}

struct cp_str channel_slug(struct arena *arena, struct cp_str name)
{
    char out[ID_LONGEST];
    size_t n = 0;
    for (size_t i = 0; i < name.n && n < ID_LONGEST - 8; i++) {
        char c = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] + 32) : name.p[i];
        if (is_id(c) && c != '-')
            out[n++] = c;
        else if (n && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n && out[n - 1] == '-')
        n--;
    return n ? arena_copy(arena, str_n(out, n)) : STR("channel");
}

/* The host of its first base URL. */
static struct cp_str channel_host(struct build *b, const struct node *n)
{
    struct conf_url url;
    struct cp_str text = node_text(n, "base_url");
    const struct node *list = node_get(n, "base_urls");
    if (!text.n && list && list->kind == NODE_LIST && list->first)
        text = list->first->text;
    return text.n && !url_parse(text, b->scratch, &url) ? url_host(&url) : STR_NONE;
}

static void channel_make_id(struct build *b, struct map *ids, struct node *n)
{
    struct cp_str name = node_text(n, "name");
    struct cp_str slug = channel_slug(b->scratch, name.n ? name : channel_host(b, n)),
                  id = slug;
    for (unsigned i = 2; map_get(ids, id); i++)
        id = arena_printf(b->scratch, "%.*s-%u", STR_FMT(slug), i);
    struct node *said = node_new(b->scratch, NODE_STRING, STR("id"), n->where);
    said->text = arena_copy(b->scratch, id);
    node_append(n, said);
    map_set(ids, id, n);
}

void channel_settle_ids(struct build *b, const struct node *root)
{
    const struct node *list = node_get(root, "channels");
    struct map *ids = map_new();
    if (!list || list->kind != NODE_LIST) {
        map_free(ids);
        return;
    }
    NODE_EACH(n, list)
    {
        struct cp_str id = n->kind == NODE_GROUP ? node_text(n, "id") : STR_NONE;
        if (id.n && channel_take_id(b, ids, n, id))
            map_set(ids, id, n);
    }
    NODE_EACH(n, list)
    {
        const struct node *id = n->kind == NODE_GROUP ? node_get(n, "id") : n;
        if (id && id != n && id->kind == NODE_STRING && !id->text.n)
            node_drop(n, (struct node *)(uintptr_t)id);
        else if (id)
            continue;
        channel_make_id(b, ids, n);
    }
    map_free(ids);
}

static void channel_read_keys(struct build *b, const struct node *n, struct conf_channel *c)
{
    struct conf_key *keys;
    bool is_active = c->status == CONF_ACTIVE;
    const struct node *list = node_get(n, "keys"), *file = node_get(n, "key_file");
    uint32_t before = b->report->errors;
    key_read_list(b, "channels.keys.", list, file, is_active, &keys, &c->keys_n);
    key_settle_caps(keys, c->keys_n, &c->key_caps);
    c->keys = keys;
    switches_lay_keys(b, c, keys);
    for (size_t i = 0; i < c->keys_n; i++)
        keys[i].ordinal = b->conf->upstream_keys_n++;
    if (c->is_keyless && c->keys_n)
        conf_complain(b->report, true, node_get(n, "keyless")->where,
                      "keyless = true, but there are keys");
    else if (!c->is_keyless && !c->keys_n && is_active && before == b->report->errors)
        conf_complain(
            b->report, true, c->where,
            "an active channel needs keys (or keyless = true, or status = \"disabled\")");
}

static void channel_check_proxy(struct build *b, const struct node *n,
                                const struct conf_channel *c)
{
    static const char *const schemes[] = { "http://",    "https://",  "socks5://",
                                           "socks5h://", "socks4://", "socks4a://" };
    if (!c->proxy.p)
        return;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
        if (str_begins_nocase(c->proxy, schemes[i]) && c->proxy.n > strlen(schemes[i]))
            return;
    conf_complain(b->report, true, node_get(n, "proxy")->where,
                  "proxy must begin with http://, https://, socks5:// or socks5h://");
}

static void channel_check(struct build *b, const struct node *n, struct conf_channel *c)
{
    const struct node *dialect = node_get(n, "dialect");
    if (!c->dialect.p && (!dialect || dialect->kind == NODE_STRING))
        conf_complain(b->report, true, c->where,
                      "a channel needs a dialect: claude, chat or another adapter's name");
    else if (c->dialect.p && !str_is_token(c->dialect))
        conf_complain(b->report, true, dialect->where, "this is no name of a dialect");
    channel_check_proxy(b, n, c);
    if (c->ca_file.p) {
        c->ca_file = files_beside(b->conf->arena, n->where, c->ca_file);
        if (access(c->ca_file.p, R_OK))
            conf_complain(b->report, true, node_get(n, "ca_file")->where,
                          "ca_file %.*s cannot be read", STR_FMT(c->ca_file));
    }
    if (c->promoted_until_ms && c->status != CONF_ACTIVE)
        conf_complain(b->report, false, node_get(n, "promoted_until")->where,
                      "promoted_until has no effect: the channel is not active");
    if (c->insecure)
        conf_complain(b->report, false, node_get(n, "insecure")->where,
                      "insecure: the upstream's certificate is not checked");
}

static void channel_read(struct build *b, const struct node *n, struct conf_channel *c)
{
    table_preset("channels.", c);
    c->timeouts = b->conf->timeouts;
    c->where = arena_copy(b->conf->arena, n->where);
    table_apply("channels.", c, n, b->conf->arena, b->report);
    scheduler_read_breaker(b, n, c);
    member_read_urls(b, n, c);
    channel_read_keys(b, n, c);
    member_read_models(b, n, c);
    member_read_headers(b, n, c);
    parameter_read_all(b, n, c);
    member_read_options(b, n, c);
    member_read_words(b, n, c);
    channel_check(b, n, c);
}

void channel_read_all(struct build *b, const struct node *root)
{
    const struct node *list = member_list(b, root, "channels", "( { ... }, { ... } )");
    struct conf_channel *channels =
        arena_need(b->conf->arena, (member_count(list) + 1) * sizeof(*channels));
    b->conf->channels = channels;
    if (!list)
        return;
    size_t n = 0;
    NODE_EACH(item, list)
    {
        struct conf_channel *c = &channels[n];
        if (!member_is_group(b, item, "a channel"))
            continue;
        c->ordinal = (uint32_t)n++;
        channel_read(b, item, c);
        if (!c->name.p)
            c->name = c->id;
    }
    b->conf->channels_n = n;
}

static const struct conf_channel *channel_of(struct build *b, const struct node *n,
                                             const char *list)
{
    struct guess guess;
    guess_init(&guess, n->text);
    for (size_t i = 0; i < b->conf->channels_n; i++) {
        const struct conf_channel *c = &b->conf->channels[i];
        if (n->kind == NODE_STRING && str_eq(c->id, n->text))
            return c;
        guess_try(&guess, c->id);
    }
    if (n->kind == NODE_STRING)
        conf_complain(b->report, true, n->where, "%s: no channel has the id \"%.*s\"%s%.*s%s",
                      list, STR_FMT(n->text), guess.best.p ? "; did you mean \"" : "",
                      STR_FMT(guess.best), guess.best.p ? "\"?" : "");
    else
        conf_complain(b->report, true, n->where, "%s holds %s where a channel's id belongs",
                      list, node_kind_name(n->kind));
    return NULL;
}

const struct cp_str *channel_read_ids(struct build *b, const struct node *group,
                                      const char *name, size_t *count)
{
    const struct node *list = node_get(group, name);
    *count = 0;
    if (list && list->kind != NODE_LIST) {
        conf_complain(b->report, true, list->where,
                      "%s must be a list of channels' ids: [ \"...\" ]", name);
        return NULL;
    }
    struct cp_str *ids = arena_need(b->conf->arena, (member_count(list) + 1) * sizeof(*ids));
    if (!list)
        return ids;
    NODE_EACH(n, list)
    {
        const struct conf_channel *c = channel_of(b, n, name);
        bool is_known = false;
        for (size_t i = 0; c && i < *count; i++)
            is_known |= str_eq(ids[i], c->id);
        if (is_known)
            conf_complain(b->report, false, n->where, "%s names \"%.*s\" twice", name,
                          STR_FMT(c->id));
        else if (c)
            ids[(*count)++] = c->id;
    }
    return ids;
}
