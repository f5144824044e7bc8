/* SPDX-License-Identifier: MIT */
/*
 * document - the API's doors as an OpenAPI 3.1 document, written from the very tables that serve them.
 *
 * So it cannot say what is not there, nor leave out what is.  What members bodies have says document_body.c.
 */
#include "admin/document.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "base/arena.h"
#include "base/str.h"
#include "json/tree.h"

#include <ctype.h>
#include <stdio.h>

static void put_parameters(struct tree *operation, struct cp_str pattern)
{
    struct tree *list = NULL;
    struct cp_str part;

    while (str_split(&pattern, '/', &part)) {
        if (!str_begins(part, "{"))
            continue;
        struct tree *one = tree_object(), *schema = tree_object();
        list = list ? list : tree_array();
        tree_put_text(one, "name", str_cut(str_from(part, 1), part.n - 2));
        tree_put_text(one, "in", STR("path"));
        tree_put_bool(one, "required", true);
        tree_put_text(schema, "type", STR("string"));
        tree_put(one, "schema", schema);
        tree_append(list, one);
    }
    if (list)
        tree_put(operation, "parameters", list);
}

static void put_body(struct tree *operation, const struct api_route *r)
{
    struct tree *body = tree_object(), *content = tree_object(), *media = tree_object();
    struct tree *schema = document_body(r);

    if (schema)
        tree_put(media, "schema", schema);
    tree_put(content, "application/json", media);
    tree_put(body, "content", content);
    tree_put(operation, "requestBody", body);
}

static void put_answers(struct tree *operation)
{
    struct tree *answers = tree_object(), *good = tree_object(), *bad = tree_object();

    tree_put_text(good, "description", STR("done"));
    tree_put(answers, "2XX", good);
    tree_put_text(bad, "$ref", STR("#/components/responses/error"));
    tree_put(answers, "default", bad);
    tree_put(operation, "responses", answers);
}

/* An empty object among them: without a key there is an answer, too.  source: OpenAPI 3.1.0, 4.8.10 */
static struct tree *any_or_none(void)
{
    static const char *const ways[] = { "key", "bearer", "session" };
    struct tree *all = tree_array();

    tree_append(all, tree_object());
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        struct tree *one = tree_object();
        tree_put(one, ways[i], tree_array());
        tree_append(all, one);
    }
    return all;
}

static struct tree *operation_of(const struct api_route *r)
{
    struct tree *operation = tree_object();

    tree_put_text(operation, "summary", str_of(r->summary));
    put_parameters(operation, str_of(r->pattern));
    if (r->body_bytes)
        put_body(operation, r);
    if (r->flags & API_PUBLIC)
        tree_put(operation, "security", tree_array());
    if (r->flags & API_WELCOME)
        tree_put(operation, "security", any_or_none());
    if (r->flags & API_OLD)
        tree_put_bool(operation, "deprecated", true);
    put_answers(operation);
    return operation;
}

static struct tree *document_paths(void)
{
    struct tree *paths = tree_object();
    const struct api_route *r;

    for (size_t at = 0; (r = api_each(&at));) {
        char method[16] = "";
        if (r->flags & API_NO_DOCUMENT)
            continue;
        for (size_t i = 0; r->method[i] && i + 1 < sizeof(method); i++)
            method[i] = (char)tolower((unsigned char)r->method[i]);
        struct tree *path = tree_get(paths, r->pattern);
        if (!path) {
            path = tree_object();
            tree_put(paths, r->pattern, path);
        }
        tree_put(path, method, operation_of(r));
    }
    return paths;
}

/* What is the same in each such document. */
static struct tree *document_frame(struct api_call *call)
{
    static const char frame[] =
        "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"claude-proxy\",\"license\":{\"name\":\"MIT\"},"
        "\"description\":\"See claude-proxy-api(7).\"},"
        "\"security\":[{\"key\":[]},{\"bearer\":[]},{\"session\":[]}],"
        "\"components\":{\"securitySchemes\":{"
        "\"key\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"x-api-key\"},"
        "\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
        "\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-cp\",\"description\":\"cp without https; with the port that was asked behind it: cp-3000\"}},"
        "\"responses\":{\"error\":{\"description\":\"what is wrong\",\"content\":{"
        "\"application/json\":{\"schema\":{\"type\":\"object\",\"required\":[\"error\"],"
        "\"properties\":{\"error\":{\"type\":\"string\"},\"path\":{\"type\":\"string\"},"
        "\"details\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}}}}}}}";
    struct err err;
    struct tree *t = tree_parse(str_of(frame), &err);

    if (!t)
        api_fail(call, 500, "", "%s", err.what);
    else
        tree_put_text(tree_get(t, "info"), "version", STR(VERSION_TEXT));
    return t;
}

void document_show(struct api_call *call)
{
    struct tree *t;

    ask_query(call, "");
    if (api_has_failed(call) || !(t = document_frame(call)))
        return;
    tree_put(t, "paths", document_paths());
    api_tell(call, t);
}
