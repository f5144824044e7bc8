/* SPDX-License-Identifier: MIT */
/*
 * convert_in - JSON as a piece of configuration: names and kinds by the table of options, secrets by what is there.
 *
 * What the table cannot say (ranges, which options exclude each other) is looked at when the whole configuration is read with
 * the result in it.  A secret that comes as its mask, or its key's id, means the one that is there.  References
 * ("env:", "file:", "credential:") are taken from the administrator's files only: whoever may use the API must not
 * read the gateway's files and environment by sending them to an upstream of his.
 */
#include "admin/convert.h"
#include "admin/twig.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/guess.h"
#include "conf/node.h"
#include "conf/table.h"
#include "json/tree.h"

enum { NAME_BYTES = 256, DEPTH_MOST = NODE_DEPTH - 4, INT_DIGITS = 18 };

/* One place of the JSON on its way in. */
struct into {
    struct arena *arena;
    struct err *err;
    const char *name; /* of its option: "channels.keys"; an element has its list's */
    const char *path; /* of the JSON, as people say it: "keys[0].label" */
    bool is_free;     /* inside of parameters or options: any name, any kind */
    int depth;
};

static int in_fail(const struct into *at, const char *what, struct cp_str more)
{
    return err_set(at->err, E_CONFIG, at->path, "%s%.*s", what, STR_FMT(more));
}

static bool type_is(const struct conf_entry *e, const char *type)
{
    return e && str_is(str_of(e->type), type);
}

/* "channels.caps" has no row of its own, but "channels.caps.rpm" has. */
static bool has_members(const char *name)
{
    size_t n, length = strlen(name);
    const struct conf_entry *e = conf_entries(&n);

    for (size_t i = 0; i < n; i++)
        if (!strncmp(e[i].name, name, length) && e[i].name[length] == '.')
            return true;
    return false;
}

static bool is_free_group(const struct into *at)
{
    return at->is_free ||
           (type_is(table_find(str_of(at->name)), "group") && !has_members(at->name));
}

static const char *in_join(const struct into *at, const char *before, struct cp_str name)
{
    return arena_printf(at->arena, "%s%s%.*s", before, before[0] ? "." : "",
                        STR_FMT(str_cut(name, NAME_BYTES)))
        .p;
}

static struct into in_member(const struct into *at, struct cp_str name)
{
    struct into below = *at;

    below.name = in_join(at, at->name, name);
    below.path = in_join(at, at->path, name);
    below.is_free = is_free_group(at) && at->name[0];
    below.depth++;
    return below;
}

static struct into in_element(const struct into *at, size_t i)
{
    struct into below = *at;

    below.path = arena_printf(at->arena, "%s[%zu]", at->path, i).p;
    below.depth++;
    return below;
}

/* ---- scalars ---- */

static int in_check_text(const struct into *at, const struct conf_entry *e, struct cp_str text)
{
    if (text.n && memchr(text.p, '\0', text.n))
        return in_fail(at, "holds a NUL", STR_NONE);
    if (!type_is(e, "secret"))
        return 0;
    if (key_is_reference(text))
        return in_fail(at, "a reference (env:, file:, credential:) is taken from files only",
                       STR_NONE);
    if (str_find(text, STR("***")) >= 0)
        return in_fail(at, "is a mask of no secret that is there", STR_NONE);
    return 0;
}

static int in_number(const struct into *at, const struct tree *value, struct node *n)
{
    struct cp_str text = tree_as_number(value);
    bool is_whole = str_chr(text, '.') < 0 && str_chr(text, 'e') < 0 && str_chr(text, 'E') < 0;
    bool is_negative = text.n && text.p[0] == '-';

    if (is_whole && text.n - is_negative > INT_DIGITS)
        return in_fail(at, "is a number with too many digits", STR_NONE);
    if (!is_whole && text.n > 64)
        return in_fail(at, "is a number that is too long", STR_NONE);
    n->kind = is_whole ? NODE_INT : NODE_FLOAT;
    n->text = str_is(text, "-0") ? STR("0") : arena_copy(at->arena, text);
    return 0;
}

static const char *due(const struct conf_entry *e)
{
    if (type_is(e, "bool"))
        return "must be true or false";
    if (type_is(e, "int"))
        return "must be a whole number";
    if (type_is(e, "size"))
        return "must be a text with a unit, such as \"50MB\"";
    if (type_is(e, "duration"))
        return "must be a text with a unit, such as \"300s\"";
    return "must be a text";
}

static bool kind_fits(const struct conf_entry *e, enum node_kind kind)
{
    if (!e)
        return true;
    if (type_is(e, "bool"))
        return kind == NODE_BOOL;
    if (type_is(e, "int"))
        return kind == NODE_INT;
    if (kind == NODE_INT)
        return type_is(e, "size") || type_is(e, "duration") || type_is(e, "count") ||
               type_is(e, "money");
    return kind == NODE_STRING;
}

static int in_scalar(const struct into *at, const struct conf_entry *e,
                     const struct tree *value, struct node *n)
{
    int rc = 0;

    switch (tree_kind(value)) {
    case TREE_BOOL:
        n->kind = NODE_BOOL;
        n->text = tree_as_bool(value) ? STR("true") : STR("false");
        break;
    case TREE_NUMBER:
        rc = in_number(at, value, n);
        break;
    case TREE_TEXT:
        n->kind = NODE_STRING;
        n->text = arena_copy(at->arena, tree_as_text(value));
        rc = in_check_text(at, e, n->text);
        break;
    default:
        return in_fail(at, due(e), STR_NONE);
    }
    if (!rc && !kind_fits(e, n->kind))
        return in_fail(at, due(e), STR_NONE);
    return rc;
}

/* ---- groups and lists ---- */

static int in_value(const struct into *at, const struct tree *value, const struct node *old,
                    struct node *n);

static int in_unknown(const struct into *at)
{
    size_t n;
    const struct conf_entry *e = conf_entries(&n);
    const char *dot = strrchr(at->name, '.');
    size_t prefix = dot ? (size_t)(dot - at->name) + 1 : 0;
    struct guess guess;

    guess_init(&guess, str_of(at->name + prefix));
    for (size_t i = 0; i < n; i++)
        if (!strncmp(e[i].name, at->name, prefix)) {
            struct cp_str rest = str_of(e[i].name + prefix), leaf;
            (void)str_split(&rest, '.', &leaf);
            guess_try(&guess, leaf);
        }
    return err_set(at->err, E_CONFIG, at->path, "nobody knows this member%s%.*s%s",
                   guess.best.p ? "; did you mean \"" : "", STR_FMT(guess.best),
                   guess.best.p ? "\"?" : "");
}

/* libconfig's names: what is none cannot be written down. */
static bool is_name(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*';
        bool is_more = (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!is_letter && !(is_more && i))
            return false;
    }
    return s.n > 0 && s.n < 80;
}

static int in_check_name(const struct into *at, struct cp_str name)
{
    if (!is_name(name))
        return in_fail(at, "no option has such a name", STR_NONE);
    if (at->is_free)
        return 0;
    if (!table_find(str_of(at->name)) && !has_members(at->name))
        return in_unknown(at);
    if (str_is(name, "key_file") || str_is(name, "access_key_file"))
        return in_fail(at, "files with keys are taken from the administrator's files only",
                       STR_NONE);
    return 0;
}

/* Sets, replaces or removes the members that patch names. */
static int in_patch(const struct into *at, const struct tree *patch, struct node *group)
{
    struct cp_str name;
    struct tree *value;
    size_t i = 0;
    int rc = 0;

    if (tree_kind(patch) != TREE_OBJECT)
        return in_fail(at, "must be an object", STR_NONE);
    while (!rc && tree_each(patch, &i, &name, &value)) {
        struct into below = in_member(at, name);
        const char *z = arena_z(at->arena, name);

        rc = in_check_name(&below, name);
        if (!rc && tree_kind(value) == TREE_NULL) {
            (void)twig_drop(group, z); /* it need not be there */
        } else if (!rc) {
            struct node *n = node_new(at->arena, NODE_STRING, name, str_of(below.path));
            rc = in_value(&below, value, node_get(group, z), n);
            if (!rc)
                twig_put(group, n);
        }
    }
    return rc;
}

/* The member of an element that is the secret: "key" of keys, "value" of headers; NULL: none. */
static const char *secret_of(const struct into *at)
{
    static const char *const names[] = { "key", "value" };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (type_is(table_find(str_of(in_join(at, at->name, str_of(names[i])))), "secret"))
            return names[i];
    return NULL;
}

static bool is_mask_of(struct cp_str mask, const struct node *secret)
{
    char out[32];

    if (!secret || !mask.n || !secret->text.p)
        return false;
    secret_mask(secret->text, out);
    return str_is(mask, out) || (str_eq(mask, secret->text) &&
                                 (key_is_reference(mask) || str_find(mask, STR("***")) >= 0));
}

/* What an element says of the one that it means. */
struct meant {
    struct cp_str id, mask, fingerprint, name;
};

static bool is_meant(const struct meant *m, const struct node *n, const char *secret)
{
    const struct node *text = n->kind == NODE_GROUP ? node_get(n, secret) : n;
    char fingerprint[32];

    if (m->id.p && n->kind == NODE_GROUP && node_get(n, "id"))
        return str_eq(node_text(n, "id"), m->id);
    if (m->id.p && !m->mask.p && !m->fingerprint.p)
        return false;
    if (m->name.p && !str_eq(node_text(n, "name"), m->name))
        return false;
    if (m->fingerprint.p && text) {
        convert_fingerprint(text->text, fingerprint);
        return str_is(m->fingerprint, fingerprint);
    }
    return is_mask_of(m->mask, text);
}

/* *found: the old element, a copy as a group; NULL: it means none. */
static int in_find_meant(const struct into *at, const struct tree *value,
                         const struct node *old, const char *secret, struct node **found)
{
    struct meant m = { STR_NONE, STR_NONE, STR_NONE, STR_NONE };
    const struct node *one = NULL;
    struct cp_str text = tree_as_text(value);

    *found = NULL;
    if (text.p) {
        m.mask = text;
        m.id = text;
    } else {
        struct cp_str clear = tree_as_text(tree_get(value, secret));
        m.id = tree_as_text(tree_get(value, "id"));
        m.fingerprint = tree_as_text(tree_get(value, "fingerprint"));
        m.mask = clear.p ? clear : tree_as_text(tree_get(value, "mask"));
        m.name =
            str_is(str_of(secret), "value") ? tree_as_text(tree_get(value, "name")) : STR_NONE;
        if (clear.p && !key_is_reference(clear) && str_find(clear, STR("***")) < 0)
            return 0; /* a new one */
    }
    if (old)
        NODE_EACH(n, old)
        {
            bool is_id = n->kind == NODE_GROUP && m.id.p && str_eq(node_text(n, "id"), m.id);
            if (!is_meant(&m, n, secret) &&
                !(text.p && is_mask_of(text, n->kind == NODE_GROUP ? node_get(n, secret) : n)))
                continue;
            if (one && !is_id)
                return in_fail(at, "several have this mask: say which by its id", STR_NONE);
            one = n;
            if (is_id)
                break;
        }
    if (!one)
        return 0;
    *found = node_new(at->arena, NODE_GROUP, STR_NONE, one->where);
    if (one->kind == NODE_GROUP) {
        *found = node_copy(at->arena, one);
    } else {
        struct node *key = node_new(at->arena, one->kind, str_of(secret), one->where);
        key->text = one->text;
        node_append(*found, key);
    }
    return 0;
}

/* Members that say which key is meant, or how it does: not for us to set. */
static bool is_told(const struct into *at, struct cp_str name)
{
    static const char *const told[] = { "id",          "mask",          "fingerprint",
                                        "state",       "until",         "served",
                                        "failed",      "last_served",   "last_failed",
                                        "health",      "demoted_since", "trouble",
                                        "from",        "reason",        "seconds_left",
                                        "cooldown",    "last_error",    "failures_in_a_row",
                                        "last_status", "under_way" };

    for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
        if (str_is(name, told[i]))
            return !table_find(str_of(in_join(at, at->name, name)));
    return false;
}

/* An object in a list whose elements bear a secret. */
static int in_bearer(const struct into *at, const struct tree *value, const char *secret,
                     struct node *n, const struct node *meant)
{
    struct tree *rest = tree_object();
    struct cp_str name;
    struct tree *member;
    size_t i = 0;

    while (tree_each(value, &i, &name, &member)) {
        bool is_kept_secret = meant && str_is(name, secret);
        if (!is_told(at, name) && !is_kept_secret)
            tree_put(rest, arena_z(at->arena, name), tree_copy(member));
    }
    int rc = in_patch(at, rest, n);
    tree_free(rest);
    if (!rc && !node_get(n, secret) && !node_get(n, "digest"))
        return err_set(at->err, E_CONFIG, at->path,
                       "has no %s, and is no id or mask of one that is there", secret);
    return rc;
}

static int in_list_element(const struct into *at, const struct tree *value,
                           const struct node *old, struct node **element)
{
    const char *secret = has_members(at->name) ? secret_of(at) : NULL;
    struct node *meant = NULL;
    int rc = 0;

    if (secret)
        rc = in_find_meant(at, value, old, secret, &meant);
    if (rc)
        return rc;
    *element = meant ? meant : node_new(at->arena, NODE_STRING, STR_NONE, str_of(at->path));
    if (tree_kind(value) == TREE_OBJECT && (has_members(at->name) || at->is_free)) {
        (*element)->kind = NODE_GROUP;
        return secret ? in_bearer(at, value, secret, *element, meant)
                      : in_patch(at, value, *element);
    }
    if (meant)
        return 0;
    if (at->is_free)
        return in_value(at, value, NULL, *element);
    if (!secret)
        return in_scalar(at, NULL, value, *element);
    const char *name = in_join(at, at->name, str_of(secret));
    return in_scalar(at, table_find(str_of(name)), value, *element);
}

static int in_list(const struct into *at, const struct tree *array, const struct node *old,
                   struct node *list)
{
    int rc = 0;

    list->kind = NODE_LIST;
    for (size_t i = 0; !rc && i < tree_count(array); i++) {
        struct into below = in_element(at, i);
        struct node *element = NULL;
        rc = in_list_element(&below, tree_at(array, i), old, &element);
        if (!rc)
            node_append(list, element);
    }
    return rc;
}

/* ---- any value ---- */

static int in_object(const struct into *at, const struct conf_entry *e,
                     const struct tree *value, const struct node *old, struct node *n)
{
    if (!is_free_group(at) && (type_is(e, "list") || !has_members(at->name)))
        return in_fail(at, type_is(e, "list") ? "must be an array" : due(e), STR_NONE);
    n->kind = NODE_GROUP;
    if (old && old->kind == NODE_GROUP)
        NODE_EACH(child, old)
    node_append(n, node_copy(at->arena, child));
    return in_patch(at, value, n);
}

/* A mask in the place of user and password, which are not told, means the proxy that is there. */
static bool in_is_masked_proxy(const struct into *at, struct cp_str text,
                               const struct node *old)
{
    ptrdiff_t mask = str_find(text, STR("***@"));
    const char *sign = old && old->text.n ? memrchr(old->text.p, '@', old->text.n) : NULL;

    if (!sign || mask < 0 || strcmp(at->name, "channels.proxy"))
        return false;
    return str_eq(str_cut(text, (size_t)mask), str_cut(old->text, (size_t)mask)) &&
           str_eq(str_from(text, (size_t)mask + 3),
                  str_from(old->text, (size_t)(sign - old->text.p)));
}

static int in_value(const struct into *at, const struct tree *value, const struct node *old,
                    struct node *n)
{
    const struct conf_entry *e = at->is_free ? NULL : table_find(str_of(at->name));
    bool is_list = type_is(e, "list"), is_group = has_members(at->name) || type_is(e, "group");

    if (at->depth > DEPTH_MOST)
        return in_fail(at, "is too deep", STR_NONE);
    if (tree_kind(value) == TREE_OBJECT)
        return in_object(at, e, value, old, n);
    if (tree_kind(value) == TREE_ARRAY && (is_list || at->is_free))
        return in_list(at, value, old, n);
    if (is_list && !(has_members(at->name) && tree_kind(value) == TREE_TEXT))
        return in_fail(at, "must be an array", STR_NONE);
    if (is_group && !is_list && !(e && tree_kind(value) == TREE_TEXT && has_members(at->name)))
        return in_fail(at, "must be an object", STR_NONE);
    bool is_kept = type_is(e, "secret") && old && is_mask_of(tree_as_text(value), old);
    if (is_kept || in_is_masked_proxy(at, tree_as_text(value), old)) {
        n->kind = old->kind;
        n->text = old->text;
        return 0;
    }
    return in_scalar(at, is_list || is_group ? NULL : e, value, n);
}

static struct into in_begin(const char *prefix, struct arena *arena, struct err *err)
{
    size_t n = strlen(prefix);

    return (struct into){ .arena = arena,
                          .err = err,
                          .name = arena_copy(arena, str_n(prefix, n ? n - 1 : 0)).p,
                          .path = "" };
}

int convert_in(const char *prefix, const struct tree *tree, struct arena *arena,
               struct node **group, struct err *err)
{
    struct into at = in_begin(prefix, arena, err);

    *group = node_new(arena, NODE_GROUP, STR_NONE, STR_NONE);
    return in_patch(&at, tree, *group);
}

int convert_patch(const char *prefix, const struct tree *patch, struct arena *arena,
                  struct node *group, struct err *err)
{
    struct into at = in_begin(prefix, arena, err);

    return in_patch(&at, patch, group);
}
