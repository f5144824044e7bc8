/* SPDX-License-Identifier: MIT */
/*
 * import_channel - one of the predecessor's channels: its members in our words, and what could never have worked.
 */
#include "admin/import_part.h"
#include "admin/twig.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/moment.h"
#include "conf/node.h"
#include "conf/url.h"
#include "json/tree.h"

enum { NAME_BYTES = 200, NOTE_BYTES = 1000 };

struct coming {
    struct import *im;
    const struct import_family *family;
    const struct tree *old;
    struct node *group;
    struct cp_str name; /* as the report says it */
    struct cp_str dialect;
};

static struct cp_str old_text(const struct coming *c, const char *member)
{
    return import_clean(c->im, tree_as_text(tree_get(c->old, member)));
}

static bool old_bool(const struct coming *c, const char *member)
{
    return tree_as_bool(tree_get(c->old, member));
}

/* ---- dialect ---- */

static void coming_dialect(struct coming *c)
{
    static const char *const pairs[][2] = {
        { "claude", "claude" },
        { "openai", "chat" },
        { "gemini", "gemini" },
        { "responses", "responses" },
    };
    struct cp_str type = old_text(c, "serviceType");

    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
        if (str_is_nocase(type, pairs[i][0]))
            c->dialect = str_of(pairs[i][1]);
    if (c->dialect.p)
        return;
    bool is_gemini = str_is(str_of(c->family->family), "gemini"),
         is_messages = str_is(str_of(c->family->family), "messages");
    c->dialect = is_gemini ? STR("gemini") : is_messages ? STR("claude") : STR("chat");
    import_say(c->im, IMPORT_CHANGED, "%.*s: serviceType \"%.*s\" is unknown; taken as %.*s",
               STR_FMT(c->name), STR_FMT(str_cut(type, 40)), STR_FMT(c->dialect));
}

/* ---- base URLs ---- */

static bool coming_add_url(struct coming *c, struct node *list, struct cp_str text)
{
    struct conf_url url = { 0 };

    text = import_clean(c->im, text);
    if (!text.n)
        return false;
    const char *why = url_parse(text, c->im->arena, &url);
    if (why) {
        import_say(c->im, IMPORT_NOT, "%.*s: a base URL %s", STR_FMT(c->name), why);
        return false;
    }
    NODE_EACH(n, list)
    if (str_eq(n->text, text))
        return true;
    twig_add_text(c->im->arena, list, text);
    if (url_is_private(&url) && !node_get(c->group, "allow_private")) {
        twig_put_bool(c->im->arena, c->group, "allow_private", true);
        import_say(c->im, IMPORT_CHANGED,
                   "%.*s: allow_private = true, because its base URL is a private address",
                   STR_FMT(c->name));
    }
    if (str_is(c->dialect, "gemini") && str_is(str_of(c->family->family), "messages") &&
        !url.has_version && !url.is_exact)
        import_say(c->im, IMPORT_CHANGED,
                   "%.*s: /v1beta is put behind the base URL, which the predecessor did not",
                   STR_FMT(c->name));
    return true;
}

/* A list replaces the single one. */
static bool coming_urls(struct coming *c)
{
    const struct tree *more = tree_get(c->old, "baseUrls");
    struct node *list = twig_list(c->im->arena, c->group, "base_urls");

    for (size_t i = 0; i < tree_count(more); i++)
        (void)coming_add_url(c, list, tree_as_text(tree_at(more, i)));
    if (!tree_count(more))
        (void)coming_add_url(c, list, tree_as_text(tree_get(c->old, "baseUrl")));
    return list->first != NULL;
}

/* ---- keys ---- */

static void coming_keys(struct coming *c)
{
    const struct tree *keys = tree_get(c->old, "apiKeys");
    struct node *list = twig_list(c->im->arena, c->group, "keys");
    size_t former = tree_count(tree_get(c->old, "historicalApiKeys"));

    for (size_t i = 0; i < tree_count(keys); i++) {
        struct cp_str key = str_trim(tree_as_text(tree_at(keys, i)));
        bool is_new = key.n > 0;
        NODE_EACH(n, list)
        is_new &= !str_eq(node_text(n, "key"), key);
        if (key.n && !str_is_field_value(key))
            import_say(c->im, IMPORT_NOT, "%.*s: key %zu has control characters",
                       STR_FMT(c->name), i + 1);
        else if (is_new) {
            twig_put_text(c->im->arena, twig_add_group(c->im->arena, list), "key", key);
            c->im->keys_n++;
        }
    }
    if (former)
        import_say(c->im, IMPORT_NOT, "%.*s: %zu former %s, which only old statistics knew",
                   STR_FMT(c->name), former, former == 1 ? "key" : "keys");
}

/* ---- models ---- */

static void coming_models(struct coming *c)
{
    const struct tree *map = tree_get(c->old, "modelMapping");
    struct node *list = NULL;
    struct cp_str from;
    struct tree *to;

    for (size_t at = 0; tree_each(map, &at, &from, &to);) {
        struct cp_str target = import_clean(c->im, tree_as_text(to));
        from = import_clean(c->im, from);
        if (!from.n || !target.n || str_chr(from, '*') >= 0 || str_chr(target, '*') >= 0) {
            import_say(c->im, IMPORT_NOT, "%.*s: modelMapping \"%.*s\" is left out",
                       STR_FMT(c->name), STR_FMT(str_cut(from, 80)));
            continue;
        }
        if (!list)
            list = twig_list(c->im->arena, c->group, "models");
        struct node *pair = twig_add_group(c->im->arena, list);
        twig_put_text(c->im->arena, pair, "from", from);
        twig_put_text(c->im->arena, pair, "to", target);
    }
}

/* ---- manners ---- */

static void coming_signatures(struct coming *c)
{
    bool is_strip = old_bool(c, "stripThoughtSignature"),
         is_dummy = old_bool(c, "injectDummyThoughtSignature");

    if (!is_strip && !is_dummy)
        return;
    if (!str_is(c->dialect, "gemini")) {
        import_say(c->im, IMPORT_NOT, "%.*s: thought signatures are Gemini's alone",
                   STR_FMT(c->name));
        return;
    }
    twig_put_text(c->im->arena, twig_group(c->im->arena, c->group, "options"),
                  "thought_signatures", is_strip ? STR("strip") : STR("dummy"));
}

/* Without keys a channel cannot be active: the predecessor suspended it, too. */
static struct cp_str coming_status(struct coming *c, const char *given)
{
    struct cp_str status = given ? str_of(given) : old_text(c, "status");
    bool is_known = str_is_nocase(status, "active") || str_is_nocase(status, "suspended") ||
                    str_is_nocase(status, "disabled");

    if (status.n && !is_known)
        import_say(c->im, IMPORT_CHANGED, "%.*s: status \"%.*s\" is unknown; suspended",
                   STR_FMT(c->name), STR_FMT(str_cut(status, 40)));
    struct cp_str now = !status.n                           ? STR("active")
                        : str_is_nocase(status, "active")   ? STR("active")
                        : str_is_nocase(status, "disabled") ? STR("disabled")
                                                            : STR("suspended");
    if (str_is(now, "active") && !node_get(c->group, "keys")->first) {
        import_say(c->im, IMPORT_CHANGED, "%.*s: suspended, because it has no key",
                   STR_FMT(c->name));
        now = STR("suspended");
    }
    return now;
}

static void coming_promotion(struct coming *c, struct cp_str status, int64_t wall_ms)
{
    struct cp_str until = old_text(c, "promotionUntil");
    int64_t until_ms;

    if (until.n && !moment_parse(until, &until_ms) && until_ms > wall_ms &&
        str_is(status, "active"))
        twig_put_text(c->im->arena, c->group, "promoted_until", until);
}

static void coming_manners(struct coming *c, size_t place, const char *given, int64_t wall_ms)
{
    int64_t priority = tree_as_int(tree_get(c->old, "priority"), 0);
    struct cp_str status = coming_status(c, given);

    twig_put_text(c->im->arena, c->group, "status", status);
    priority = priority > 0 ? priority : (int64_t)place;
    twig_put_int(c->im->arena, c->group, "priority", priority < 1000000 ? priority : 1000000);
    coming_promotion(c, status, wall_ms);
    if (old_bool(c, "insecureSkipVerify")) {
        twig_put_bool(c->im->arena, c->group, "insecure", true);
        import_say(c->im, IMPORT_TAKEN, "%.*s: insecure, its certificate is not checked",
                   STR_FMT(c->name));
    }
    if (old_bool(c, "lowQuality"))
        twig_put_bool(c->im->arena, c->group, "low_quality", true);
    coming_signatures(c);
}

static void coming_unknown(struct coming *c)
{
    static const char known[] =
        "|name|serviceType|baseUrl|baseUrls|apiKeys|historicalApiKeys|description|website|"
        "insecureSkipVerify|modelMapping|priority|status|promotionUntil|lowQuality|"
        "injectDummyThoughtSignature|stripThoughtSignature|latency|latencyTestTime|pinned|"
        "suspendReason|metrics|index|";
    struct cp_str name;
    struct tree *value;

    for (size_t at = 0; tree_each(c->old, &at, &name, &value);) {
        struct cp_str word = arena_printf(c->im->arena, "|%.*s|", STR_FMT(name));
        if (str_find(str_of(known), word) < 0)
            import_say(c->im, IMPORT_NOT, "%.*s: \"%.*s\" means nothing here", STR_FMT(c->name),
                       STR_FMT(str_cut(name, 60)));
    }
}

bool import_channel(struct import *im, const struct import_family *f, const struct tree *old,
                    size_t place, const char *status, int64_t wall_ms)
{
    struct coming c = { .im = im, .family = f, .old = old };
    struct cp_str name = str_cut(old_text(&c, "name"), NAME_BYTES);

    c.name = name.n ? arena_printf(im->arena, "%s[%zu] (%.*s)", f->list, place, STR_FMT(name))
                    : arena_printf(im->arena, "%s[%zu]", f->list, place);
    c.group = node_new(im->arena, NODE_GROUP, STR_NONE, STR("import"));
    coming_dialect(&c);
    twig_put_text(im->arena, c.group, "name",
                  name.n ? name : arena_printf(im->arena, "%s %zu", f->family, place + 1));
    twig_put_text(im->arena, c.group, "dialect", c.dialect);
    twig_add_text(im->arena, twig_list(im->arena, c.group, "families"), str_of(f->family));
    if (!coming_urls(&c)) {
        import_say(im, IMPORT_NOT, "%.*s is left out: it has no base URL that can be asked",
                   STR_FMT(c.name));
        return false;
    }
    struct cp_str description = str_cut(old_text(&c, "description"), NOTE_BYTES);
    struct cp_str website = str_cut(old_text(&c, "website"), NOTE_BYTES);
    if (description.n)
        twig_put_text(im->arena, c.group, "description", description);
    if (website.n)
        twig_put_text(im->arena, c.group, "website", website);
    coming_keys(&c);
    coming_models(&c);
    coming_manners(&c, place, status, wall_ms);
    coming_unknown(&c);
    node_append(node_get(im->root, "channels"), c.group);
    im->channels_n++;
    return true;
}
