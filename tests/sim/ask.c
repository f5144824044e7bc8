/* SPDX-License-Identifier: MIT */
/*
 * ask - what a request asks for, whatever its dialect.
 *
 * The path decides the dialect, by its tail only, so that any prefix works. Of the body we want the
 * model, whether to stream, the tools, the last thing the user said and what a tool returned since.
 * Agents put their own text into user messages (blocks that begin with '<'); a prompt is the last
 * user text that does not look like that. Slices of the raw body are kept while walking and only
 * the chosen ones are decoded, which keeps a 1 MB history cheap.
 */
#include "ask.h"
#include "http.h"
#include "scan.h"
#include "store.h"

#include <ctype.h>
#include <string.h>

const char *const dialect_names[DIALECTS_N] = { "claude", "chat", "responses", "gemini" };

static const struct route {
    const char *tail;
    enum dialect dialect;
    enum op op;
} routes[] = {
    { "/messages", CLAUDE, OP_GENERATE },
    { "/messages/count_tokens", CLAUDE, OP_COUNT },
    { "/chat/completions", CHAT, OP_GENERATE },
    { "/responses", RESPONSES, OP_GENERATE },
    { "/responses/compact", RESPONSES, OP_COMPACT },
    { "/responses/input_tokens", RESPONSES, OP_COUNT },
    { ":generateContent", GEMINI, OP_GENERATE },
    { ":streamGenerateContent", GEMINI, OP_GENERATE },
    { ":countTokens", GEMINI, OP_COUNT },
};

static const char *find_models(struct slice path)
{
    static const char word[] = "/models";
    const char *hit = NULL, *p = path.at, *end = path.at + path.n;

    while (end - p >= 7 && (p = memmem(p, (size_t)(end - p), word, 7))) {
        if (p + 7 == end || p[7] == '/')
            hit = p;
        p += 7;
    }
    return hit;
}

/* /responses/{id}, /responses/{id}/input_items, /responses/{id}/cancel */
static bool route_stored(struct ask *ask, const struct head *head)
{
    static const char word[] = "/responses/resp_";
    const char *end = head->path.at + head->path.n;
    const char *p = memmem(head->path.at, head->path.n, word, sizeof word - 1), *slash;

    if (!p)
        return false;
    p += sizeof word - 6;
    slash = memchr(p, '/', (size_t)(end - p));
    ask->stored = (struct slice){ p, (size_t)((slash ? slash : end) - p) };
    ask->dialect = RESPONSES;
    ask->op = OP_NONE;
    if (slice_is(head->method, "GET"))
        ask->op = !slash                                   ? OP_STORED_GET
                  : slice_ends(head->path, "/input_items") ? OP_STORED_ITEMS
                                                           : OP_NONE;
    else if (slice_is(head->method, "DELETE") && !slash)
        ask->op = OP_STORED_DELETE;
    else if (slice_is(head->method, "POST") && slice_ends(head->path, "/cancel"))
        ask->op = OP_STORED_CANCEL;
    return true;
}

static void route_get(struct ask *ask, struct slice path)
{
    const char *models = find_models(path);
    size_t tail = models ? (size_t)(path.at + path.n - models) : 0;

    ask->op = OP_NONE;
    if (path.n == 1 || slice_ends(path, "/api/hello"))
        ask->op = OP_HELLO;
    else if (models)
        ask->op = tail > 8 ? OP_MODEL : OP_MODELS;
    if (ask->op == OP_MODEL)
        ask->model = (struct slice){ models + 8, tail - 8 };
}

static void route_post(struct ask *ask, struct slice path)
{
    ask->op = OP_NONE;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!slice_ends(path, routes[i].tail))
            continue;
        ask->op = routes[i].op;
        ask->dialect = routes[i].dialect;
    }
}

static void find_key(struct ask *ask, const struct head *head)
{
    struct slice v = http_header(head, "x-api-key");

    if (!v.n)
        v = http_header(head, "x-goog-api-key");
    if (!v.n)
        v = http_header(head, "api-key");
    if (!v.n) {
        v = http_header(head, "authorization");
        if (v.n > 7)
            v = (struct slice){ v.at + 7, v.n - 7 };
    }
    if (!v.n && head->query.n > 4) {
        const char *p = memmem(head->query.at, head->query.n, "key=", 4);
        const char *end = head->query.at + head->query.n;
        if (p) {
            const char *amp = memchr(p, '&', (size_t)(end - p));
            v = (struct slice){ p + 4, (size_t)((amp ? amp : end) - p - 4) };
        }
    }
    ask->key = v;
}

static void gemini_path(struct ask *ask, struct slice path)
{
    const char *models = find_models(path), *colon = memrchr(path.at, ':', path.n);
    const char *p = models ? models + 8 : path.at;

    ask->is_stream = slice_ends(path, ":streamGenerateContent");
    ask->model_text.n = 0;
    for (; p < colon; p++) {
        unsigned code = 0;
        if (*p == '%' && colon - p > 2 && isxdigit((unsigned char)p[1]) &&
            isxdigit((unsigned char)p[2])) {
            for (int i = 1; i < 3; i++)
                code =
                    code << 4 | (unsigned)(p[i] <= '9' ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
            p += 2;
        }
        char c = code ? (char)code : *p;
        text_add(&ask->model_text, &c, 1);
    }
    ask->model = (struct slice){ ask->model_text.at, ask->model_text.n };
}

void ask_route(struct ask *ask, const struct head *head)
{
    ask->dialect = CHAT;
    ask->is_stream = ask->has_array_form = ask->wants_usage = false;
    ask->is_broken = ask->ends_in_result = ask->wants_compaction = false;
    ask->is_kept = true;
    ask->model = ask->tools = ask->body = (struct slice){ 0 };
    ask->stored = ask->previous = (struct slice){ 0 };
    ask->turn = 0;
    ask->prompt.n = ask->result.n = ask->directives.n = ask->chain.n = 0;
    find_key(ask, head);
    if (http_header(head, "anthropic-version").n || http_header(head, "x-api-key").n)
        ask->dialect = CLAUDE;
    else if (http_header(head, "x-goog-api-key").n)
        ask->dialect = GEMINI;
    if (slice_has(head->path, slice_of("/v1beta")))
        ask->dialect = GEMINI;
    if (head->path.n > 5 && memcmp(head->path.at, "/sim/", 5) == 0)
        ask->op = OP_CONTROL;
    else if (route_stored(ask, head))
        return;
    else if (slice_is(head->method, "POST"))
        route_post(ask, head->path);
    else if (slice_is(head->method, "GET") || slice_is(head->method, "HEAD"))
        route_get(ask, head->path);
    else
        ask->op = OP_NONE;
    if (ask->dialect == GEMINI && (ask->op == OP_GENERATE || ask->op == OP_COUNT)) {
        gemini_path(ask, head->path);
        ask->has_array_form = ask->is_stream && !slice_has(head->query, slice_of("alt=sse"));
    }
}

/* What the walk through the conversation has found so far: raw JSON strings. */
struct gather {
    struct slice prompt, sim, result;
    bool in_result;
    int turn;
};

static bool is_agent_text(struct slice raw)
{
    struct slice s = { raw.at + 1, raw.n - 2 };

    s = slice_trim(s);
    while (s.n > 2 && s.at[0] == '\\' && s.at[1] == 'n')
        s = (struct slice){ s.at + 2, s.n - 2 };
    return s.n && s.at[0] == '<';
}

static void gather_text(struct gather *g, struct slice raw, bool is_new_prompt)
{
    bool has_sim;

    if (!scan_is_string(raw))
        return;
    has_sim = slice_has(raw, slice_of("[[sim:"));
    if (has_sim)
        g->sim = raw;
    if (!has_sim && g->prompt.n && (!is_new_prompt || is_agent_text(raw)))
        return;
    g->prompt = raw;
    g->turn = 0;
    g->in_result = false;
}

static struct slice first_text(struct slice value)
{
    struct scan walk = scan_open(value);
    struct slice item, text = { 0 };

    if (scan_is_string(value))
        return value;
    while (!text.n && scan_next(&walk, NULL, &item))
        text = scan_is_string(item) ? item : scan_member(item, "text");
    return text.n ? text : value;
}

static void gather_result(struct gather *g, struct slice content)
{
    if (!g->in_result)
        g->turn++;
    g->in_result = true;
    g->result = first_text(content);
}

static bool gather_block(struct gather *g, struct slice block, bool has_result)
{
    struct slice response = scan_member(block, "functionResponse");

    if (response.n)
        gather_result(g, scan_member(response, "response"));
    else if (scan_is(scan_member(block, "type"), "tool_result"))
        gather_result(g, scan_member(block, "content"));
    else
        gather_text(g, scan_member(block, "text"), !has_result);
    return has_result || g->in_result;
}

static void gather_user(struct gather *g, struct slice content)
{
    struct scan walk = scan_open(content);
    struct slice block, sim = g->sim;
    const char *prompt = g->prompt.at;
    bool has_result = false;

    g->sim = (struct slice){ 0 };
    if (scan_is_string(content))
        gather_text(g, content, true);
    else
        while (scan_next(&walk, NULL, &block))
            has_result = gather_block(g, block, has_result);
    if (!g->sim.n && g->prompt.at == prompt)
        g->sim = sim; /* still the conversation that the prompt began */
}

static void gather_message(struct gather *g, struct slice m)
{
    struct slice role = scan_member(m, "role"), type = scan_member(m, "type");
    struct slice content = scan_member(m, "content");
    struct slice bare = { type.at, type.n ? type.n - 1 : 0 };

    if (!content.n)
        content = scan_member(m, "parts");
    if (slice_ends(bare, "_output"))
        gather_result(g, scan_member(m, "output"));
    else if (scan_is(role, "tool") || scan_is(role, "function"))
        gather_result(g, content);
    else if (scan_is(role, "user") || (!role.n && !type.n))
        gather_user(g, content);
    else if (!scan_is(role, "system") && !scan_is(role, "developer"))
        g->in_result = false;
}

static void gather_all(struct gather *g, struct slice list)
{
    struct scan walk = scan_open(list);
    struct slice m;

    if (scan_is_string(list)) {
        g->sim = (struct slice){ 0 };
        gather_text(g, list, true);
    }
    while (scan_next(&walk, NULL, &m))
        gather_message(g, m);
}

/* The ]] that ends directives: not one inside of quotes or of brackets that were opened here. */
static const char *directives_end(const char *p, const char *end)
{
    char quote = 0;
    int depth = 0;

    for (; end - p >= 2; p++) {
        if (quote && *p == '\\')
            p++;
        else if (quote)
            quote = *p == quote ? 0 : quote;
        else if (*p == '"' || *p == '\'')
            quote = *p;
        else if (*p == '[' || *p == '{')
            depth++;
        else if (depth && (*p == ']' || *p == '}'))
            depth--;
        else if (p[0] == ']' && p[1] == ']')
            return p;
    }
    return NULL;
}

static void take_directives(struct ask *ask, struct slice raw)
{
    struct text *t = &ask->directives;
    const char *p, *end;

    scan_text(raw, t);
    p = t->n ? memmem(t->at, t->n, "[[sim:", 6) : NULL;
    end = p ? directives_end(p + 6, t->at + t->n) : NULL;
    t->n = end ? (size_t)(end - p - 6) : 0;
    if (end)
        memmove(t->at, p + 6, t->n);
}

/* What the Responses dialect says by reference: the conversation so far, and whether to keep this. */
static void gather_kept(struct ask *ask, struct gather *g, struct slice body)
{
    struct slice previous = scan_member(body, "previous_response_id");

    if (ask->dialect != RESPONSES)
        return;
    ask->is_kept = !slice_is(scan_member(body, "store"), "false");
    ask->wants_compaction =
        slice_has(scan_member(body, "input"), slice_of("\"compaction_trigger\""));
    if (!scan_is_string(previous))
        return;
    ask->previous = previous;
    text_str(&ask->chain, "[");
    store_find((struct slice){ previous.at + 1, previous.n - 2 }, NULL, &ask->chain);
    text_str(&ask->chain, "]");
    gather_all(g, (struct slice){ ask->chain.at, ask->chain.n });
}

void ask_read(struct ask *ask, struct slice body)
{
    struct gather g = { 0 };
    struct slice name, value, stream_options = { 0 };
    struct scan walk = scan_open(body);

    ask->body = body;
    body = slice_trim(body);
    ask->is_broken = !scan_check(body) || body.at[0] != '{';
    if (ask->is_broken)
        return;
    gather_kept(ask, &g, body);
    walk = scan_open(body);
    while (scan_next(&walk, &name, &value)) {
        if (scan_is(name, "model") && ask->dialect != GEMINI) {
            ask->model_text.n = 0;
            scan_text(value, &ask->model_text);
            ask->model = (struct slice){ ask->model_text.at, ask->model_text.n };
        } else if (scan_is(name, "stream") && ask->dialect != GEMINI) {
            ask->is_stream = slice_is(value, "true");
        } else if (scan_is(name, "tools")) {
            ask->tools = value;
        } else if (scan_is(name, "stream_options")) {
            stream_options = value;
        } else if (scan_is(name, "messages") || scan_is(name, "input") ||
                   scan_is(name, "contents")) {
            gather_all(&g, value);
        }
    }
    ask->wants_usage = slice_is(scan_member(stream_options, "include_usage"), "true");
    ask->turn = g.turn;
    ask->ends_in_result = g.in_result;
    scan_text(g.prompt, &ask->prompt);
    if (scan_is_string(g.result))
        scan_text(g.result, &ask->result);
    else
        text_add(&ask->result, g.result.at, g.result.n);
    if (g.sim.n)
        take_directives(ask, g.sim);
}

void ask_fini(struct ask *ask)
{
    text_free(&ask->prompt);
    text_free(&ask->result);
    text_free(&ask->directives);
    text_free(&ask->model_text);
    text_free(&ask->chain);
}

static bool is_named(struct slice tool, struct slice name)
{
    struct slice raw = scan_member(tool, "name");

    return raw.n == name.n + 2 && memcmp(raw.at + 1, name.at, name.n) == 0;
}

bool ask_tool_is_custom(const struct ask *ask, struct slice name, struct slice *space)
{
    struct scan walk = scan_open(ask->tools), inner;
    struct slice tool, item;

    *space = (struct slice){ 0 };
    while (scan_next(&walk, NULL, &tool)) {
        bool is_custom = scan_is(scan_member(tool, "type"), "custom");
        struct slice own = scan_member(tool, "custom");
        if (is_named(own.n ? own : tool, name))
            return is_custom && (ask->dialect == CHAT || ask->dialect == RESPONSES);
        if (!scan_is(scan_member(tool, "type"), "namespace"))
            continue;
        inner = scan_open(scan_member(tool, "tools"));
        while (scan_next(&inner, NULL, &item)) {
            if (!is_named(item, name))
                continue;
            *space = scan_member(tool, "name");
            return scan_is(scan_member(item, "type"), "custom");
        }
    }
    return false;
}

static struct slice schema_of(struct slice tool)
{
    static const char *const names[] = { "input_schema", "parameters", "parametersJsonSchema" };
    struct slice schema = { 0 };

    for (size_t i = 0; i < 3 && !schema.n; i++)
        schema = scan_member(tool, names[i]);
    return schema;
}

static bool prompt_wants(const struct ask *ask, struct slice tool, struct text *name)
{
    struct slice prompt = { ask->prompt.at, ask->prompt.n };
    bool found;

    name->n = 0;
    text_str(name, "use ");
    scan_text(scan_member(tool, "name"), name);
    found = name->n > 4 && slice_has(prompt, (struct slice){ name->at, name->n });
    name->at[0] = 'U';
    found = found || (name->n > 4 && slice_has(prompt, (struct slice){ name->at, name->n }));
    memmove(name->at, name->at + 4, name->n -= 4);
    return found;
}

bool ask_wanted_tool(const struct ask *ask, struct text *name, struct slice *schema)
{
    struct scan walk = scan_open(ask->tools), inner;
    struct slice tool, item;

    if (!ask->prompt.n || ask->ends_in_result)
        return false;
    while (scan_next(&walk, NULL, &tool)) {
        struct slice function = scan_member(tool, "function");
        struct slice list = scan_member(tool, "functionDeclarations");
        if (!list.n)
            list = scan_member(tool, "function_declarations");
        tool = function.n ? function : tool;
        *schema = schema_of(tool);
        if (!list.n && prompt_wants(ask, tool, name))
            return true;
        inner = scan_open(list);
        while (scan_next(&inner, NULL, &item)) {
            *schema = schema_of(item);
            if (prompt_wants(ask, item, name))
                return true;
        }
    }
    return false;
}

static const char *least_value(struct slice type)
{
    static const char *const pairs[][2] = {
        { "integer", "1" }, { "number", "1" },  { "boolean", "true" },   { "array", "[]" },
        { "object", "{}" }, { "null", "null" }, { "string", "\"sim\"" },
    };

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (type.n == strlen(pairs[i][0]) + 2 &&
            strncasecmp(type.at + 1, pairs[i][0], type.n - 2) == 0)
            return pairs[i][1];
    return "\"sim\"";
}

void ask_least_args(struct slice schema, struct text *out)
{
    struct slice required = scan_member(schema, "required"), name, value, first;
    struct slice properties = scan_member(schema, "properties");
    struct scan walk = scan_open(required);
    struct text key = { 0 };
    const char *comma = "";

    text_str(out, "{");
    while (scan_next(&walk, NULL, &name)) {
        key.n = 0;
        scan_text(name, &key);
        text_add(&key, "", 1);
        value = scan_member(properties, key.at);
        struct scan options = scan_open(scan_member(value, "enum"));
        text_form(out, "%s%S:", comma, &name);
        if (scan_next(&options, NULL, &first))
            text_form(out, "%S", &first);
        else
            text_str(out, least_value(scan_member(value, "type")));
        comma = ",";
    }
    text_str(out, "}");
    text_free(&key);
}
