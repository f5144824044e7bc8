/* SPDX-License-Identifier: MIT */
/*
 * import_config - the predecessor's config.json: its three lists of channels, and what it said of all.
 *
 * Before its channels had a status, one number named the channel that served: then that one is active, the others stand by.
 */
#include "admin/import_part.h"
#include "admin/twig.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/node.h"
#include "json/tree.h"

static const struct import_family families[] = {
    { "messages", "upstream", "loadBalance", "currentUpstream" },
    { "responses", "responsesUpstream", "responsesLoadBalance", "currentResponsesUpstream" },
    { "gemini", "geminiUpstream", "geminiLoadBalance", NULL },
};

static bool has_status(const struct tree *list)
{
    for (size_t i = 0; i < tree_count(list); i++)
        if (tree_as_text(tree_get(tree_at(list, i), "status")).n)
            return true;
    return false;
}

/* The status of one that has none; NULL: it is active. */
static const char *config_old_status(const struct import_family *f, const struct tree *config,
                                     size_t place)
{
    int64_t current = tree_as_int(tree_get(config, f->current ? f->current : ""), 0);

    return !f->current || current == (int64_t)place ? NULL : "disabled";
}

static void config_family(struct import *im, const struct tree *config,
                          const struct import_family *f, int64_t wall_ms)
{
    const struct tree *list = tree_get(config, f->list);
    bool is_old = !has_status(list);
    size_t taken = 0, n = tree_count(list);

    for (size_t i = 0; i < n; i++)
        taken += import_channel(im, f, tree_at(list, i), i,
                                is_old ? config_old_status(f, config, i) : NULL, wall_ms);
    if (n)
        import_say(im, IMPORT_TAKEN, "%s: %zu of %zu channels for %s", f->list, taken, n,
                   f->family);
    if (is_old && n > 1 && f->current)
        import_say(
            im, IMPORT_CHANGED,
            "%s: no channel has a status, so %s says who serves: number %lld, counted from 0; "
            "the others are disabled",
            f->list, f->current, (long long)tree_as_int(tree_get(config, f->current), 0));
    struct cp_str balance = tree_as_text(tree_get(config, f->balance));
    if (balance.n && !str_is(balance, "failover"))
        import_say(im, IMPORT_CHANGED,
                   "%s: \"%.*s\" did failover in the predecessor, and does here; "
                   "scheduler.strategy knows others",
                   f->balance, STR_FMT(str_cut(balance, 40)));
}

static int config_check(const struct tree *config, struct err *err)
{
    if (tree_kind(config) != TREE_OBJECT)
        return err_set(err, E_SYNTAX, "config.json", "is no object");
    for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
        const struct tree *list = tree_get(config, families[i].list);
        if (list && tree_kind(list) != TREE_ARRAY && tree_kind(list) != TREE_NULL)
            return err_set(err, E_SYNTAX, "config.json", "%s is no list", families[i].list);
        for (size_t j = 0; j < tree_count(list); j++)
            if (tree_kind(tree_at(list, j)) != TREE_OBJECT)
                return err_set(err, E_SYNTAX, "config.json", "%s[%zu] is no object",
                               families[i].list, j);
    }
    return 0;
}

static void config_tell_unknown(struct import *im, const struct tree *config)
{
    static const char known[] = "|upstream|responsesUpstream|geminiUpstream|loadBalance|"
                                "responsesLoadBalance|geminiLoadBalance|fuzzyModeEnabled|"
                                "currentUpstream|currentResponsesUpstream|";
    struct cp_str name;
    struct tree *value;

    for (size_t at = 0; tree_each(config, &at, &name, &value);) {
        struct cp_str word = arena_printf(im->arena, "|%.*s|", STR_FMT(name));
        if (str_find(str_of(known), word) < 0)
            import_say(im, IMPORT_NOT, "config.json: \"%.*s\" means nothing here",
                       STR_FMT(str_cut(name, 60)));
    }
}

int import_config(struct import *im, const struct tree *config, int64_t wall_ms,
                  struct err *err)
{
    const struct tree *fuzzy = tree_get(config, "fuzzyModeEnabled");
    int rc = config_check(config, err);

    if (rc)
        return rc;
    config_tell_unknown(im, config);
    twig_put_bool(im->arena, im->root, "fuzzy",
                  tree_kind(fuzzy) != TREE_BOOL || tree_as_bool(fuzzy));
    import_say(im, IMPORT_TAKEN, "fuzzyModeEnabled: fuzzy");
    twig_list(im->arena, im->root, "channels");
    for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
        config_family(im, config, &families[i], wall_ms);
    return 0;
}
