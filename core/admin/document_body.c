/* SPDX-License-Identifier: MIT */
/*
 * document_body - what members the bodies of the API's doors have, as JSON schemas of its document.
 *
 * What is configured (a channel, a client key) has the members of the table of options, so they are said there and nowhere
 * else.  Of the other doors each has a line here, and a test asks every door that takes a body for its line.
 */
#include "admin/document.h"

#include "admin/api.h"
#include "base/str.h"
#include "conf/conf.h"
#include "json/tree.h"

#include <stdio.h>

enum { NAME_BYTES = 128 };

/*
 * Members with '|' between them: a text, or what its last sign says: # a number, ? true or false, + a list of texts,
 * = an object; a ! before it: it must be there.  "@channels": those of that group of options.  "": it may be empty.
 */
static const struct {
    const char *method, *pattern, *members;
} bodies[] = {
    { "POST", "/api/captures",
      "channel|client|duration|bodies?|body_bytes|max_bytes|requests#" },
    { "POST", "/api/captures/{id}/stop", "" },
    { "POST", "/api/channels", "@channels" },
    { "PATCH", "/api/channels/{id}", "@channels" },
    { "PUT", "/api/channels/{id}", "@channels" },
    { "POST", "/api/channels/reorder", "!order+|family" },
    { "PATCH", "/api/channels/{id}/status", "!status" },
    { "POST", "/api/channels/{id}/promote", "seconds#|until|family" },
    { "POST", "/api/channels/{id}/resume", "" },
    { "POST", "/api/channels/{id}/keys", "@channels.keys" },
    { "PATCH", "/api/channels/{id}/keys/{key}", "@channels.keys" },
    { "POST", "/api/channels/{id}/keys/reorder", "!order+" },
    { "POST", "/api/channels/{id}/keys/{key}/top", "" },
    { "POST", "/api/channels/{id}/keys/{key}/bottom", "" },
    { "POST", "/api/channels/{id}/keys/{key}/test", "model|url|chat?" },
    { "POST", "/api/channels/{id}/test", "key|model|url|chat?" },
    { "POST", "/api/channels/test", "!channel=|key|model|url|chat?" },
    { "POST", "/api/channels/models", "!channel=|key|url" },
    { "POST", "/api/channels/preview", "!dialect|base_url|base_urls+|model" },
    { "PATCH", "/api/families/{name}", "@families" },
    { "POST", "/api/scheduler/reset", "channel|key" },
    { "POST", "/api/scheduler/promote", "!channel|family|seconds#" },
    { "POST", "/api/clients", "@client_keys" },
    { "PATCH", "/api/clients/{id}", "@client_keys" },
    { "POST", "/api/clients/{id}/rotate", "grace" },
    { "POST", "/api/clients/{id}/reset", "" },
    { "POST", "/api/config/test", "text" },
    { "POST", "/api/config/reload", "" },
    { "POST", "/api/plugins/{name}/release", "" },
    { "POST", "/api/config/restore", "!generation#" },
    { "PATCH", "/api/settings", "@" },
    { "POST", "/api/import", "env|config|dry_run?" },
    { "PUT", "/api/log/level", "level|for" },
    { "POST", "/api/session", "key|password" },
    { "POST", "/api/try", "" },
    { "POST", "/api/upgrade", "" },
};

static struct tree *typed(const char *type)
{
    struct tree *t = tree_object();

    tree_put_text(t, "type", str_of(type));
    return t;
}

/* ---- options ---- */

static const char *option_type(const struct conf_entry *e)
{
    static const char *const types[][2] = {
        { "bool", "boolean" }, { "int", "integer" }, { "list", "array" }, { "group", "object" }
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (str_is(str_of(e->type), types[i][0]))
            return types[i][1];
    return "string";
}

static struct tree *option_schema(const struct conf_entry *e)
{
    struct tree *t = typed(option_type(e)), *words;
    struct cp_str rest = str_of(e->words), word;

    tree_put_text(t, "description", str_of(e->help));
    if (str_is(str_of(e->type), "secret"))
        tree_put_bool(t, "writeOnly", true);
    if (!rest.n)
        return t;
    words = tree_array();
    while (str_split(&rest, '|', &word))
        tree_append(words, tree_text(word));
    tree_put(t, "enum", words);
    return t;
}

/* "caps.rpm": the schema of caps, made on the way; name becomes "rpm".  What is itself an option stays as it is said. */
static struct tree *option_home(struct tree *schema, struct cp_str *name)
{
    struct cp_str part, rest = *name;
    char z[NAME_BYTES];

    while (schema && str_split(&rest, '.', &part) && rest.p) {
        struct tree *properties = tree_get(schema, "properties"), *below;
        snprintf(z, sizeof(z), "%.*s", STR_FMT(part));
        below = tree_get(properties, z);
        if (!below) {
            below = typed("object");
            tree_put(properties, z, below);
        }
        if (!tree_get(below, "properties"))
            tree_put(below, "properties", tree_object());
        schema = str_is(tree_as_text(tree_get(below, "type")), "object") ? below : NULL;
    }
    *name = part;
    return schema;
}

/* prefix: "channels.", or "" for the settings, which are what is in no list. */
static void put_options(struct tree *schema, const char *prefix)
{
    size_t n, skip = strlen(prefix);
    const struct conf_entry *e = conf_entries(&n);
    char z[NAME_BYTES];

    for (size_t i = 0; i < n; i++) {
        struct cp_str name = str_from(str_of(e[i].name), skip);
        if (strncmp(e[i].name, prefix, skip) || !name.n)
            continue;
        struct tree *home = option_home(schema, &name);
        snprintf(z, sizeof(z), "%.*s", STR_FMT(name));
        if (home && !tree_get(tree_get(home, "properties"), z))
            tree_put(tree_get(home, "properties"), z, option_schema(&e[i]));
    }
}

/* ---- the others ---- */

static void put_member(struct tree *schema, struct tree *required, struct cp_str word)
{
    static const char signs[] = "#?+=";
    static const char *const types[] = { "integer", "boolean", "array", "object" };
    bool is_needed = str_begins(word, "!");
    const char *sign, *type = "string";
    char name[NAME_BYTES];

    word = is_needed ? str_from(word, 1) : word;
    sign = strchr(signs, word.p[word.n - 1]);
    if (sign) {
        type = types[sign - signs];
        word = str_cut(word, word.n - 1);
    }
    snprintf(name, sizeof(name), "%.*s", STR_FMT(word));
    tree_put(tree_get(schema, "properties"), name, typed(type));
    if (is_needed)
        tree_append(required, tree_text(word));
}

static struct tree *schema_of(const char *members)
{
    struct tree *schema = typed("object"), *required = tree_array();
    struct cp_str rest = str_of(members), word;
    char prefix[NAME_BYTES];

    tree_put(schema, "properties", tree_object());
    if (members[0] == '@') {
        snprintf(prefix, sizeof(prefix), "%s%s", members + 1, members[1] ? "." : "");
        put_options(schema, prefix);
    } else {
        while (rest.n && str_split(&rest, '|', &word))
            put_member(schema, required, word);
    }
    if (tree_count(required))
        tree_put(schema, "required", required);
    else
        tree_free(required);
    return schema;
}

struct tree *document_body(const struct api_route *r)
{
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
        if (!strcmp(bodies[i].method, r->method) && !strcmp(bodies[i].pattern, r->pattern))
            return schema_of(bodies[i].members);
    return NULL;
}
