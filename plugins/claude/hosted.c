/* SPDX-License-Identifier: MIT */
/*
 * hosted - what other makers' hosted tools did, in the blocks that this service has for it.
 *
 * source: Anthropic's pages on the web search, web fetch and code execution tools, as of 2026-08;
 * what Claude Code 2.1.197 reads of them (title and url of each hit), 2026-11.
 */
#include "hosted.h"

#include <string.h>

enum hosted_tool { HOSTED_NONE = 0, HOSTED_SEARCH = 1, HOSTED_FETCH = 2, HOSTED_CODE = 4 };

static const struct {
    unsigned tool;
    const char *type, *name, *result;
} tools[] = {
    { HOSTED_SEARCH, "web_search_", "web_search", "web_search_tool_result" },
    { HOSTED_FETCH, "web_fetch_", "web_fetch", "web_fetch_tool_result" },
    { HOSTED_CODE, "code_execution_", "code_execution", "code_execution_tool_result" },
};

static struct cp_str str(const char *s)
{
    return (struct cp_str){ s, strlen(s) };
}

static unsigned place_of(unsigned tool)
{
    return tool == HOSTED_CODE ? 2 : tool == HOSTED_FETCH ? 1 : 0;
}

struct hosted *claude_hosted_open(struct cp_call *call)
{
    struct hosted *h = host->alloc(call, sizeof(*h));
    struct cp_str list = json->get(call->request, "tools"), tool;

    for (size_t at = 0; h && json->kind(list) == '[' && json->each(list, &at, NULL, &tool);) {
        struct cp_str type = json->text(call, json->get(tool, "type"));
        for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
            if (claude_begins(type, tools[i].type))
                h->declared |= tools[i].tool;
    }
    return h;
}

/* ---- links ------------------------------------------------------------------------------ */

static const struct hosted_hit *hit_find(const struct hosted *h, struct cp_str url)
{
    const struct hosted_hit *hit = h->hits;

    while (hit && !claude_equal(hit->url, url))
        hit = hit->next;
    return hit;
}

void claude_hosted_cite(struct cp_call *call, struct hosted *h, const struct cp_item *cite)
{
    struct cp_str url = json->get(cite->text, "url"), title = json->get(cite->text, "title");
    struct hosted_hit *hit;

    if (!(h->declared & HOSTED_SEARCH) || json->kind(url) != '"' || hit_find(h, url))
        return;
    hit = host->alloc(call, sizeof(*hit));
    if (!hit)
        return;
    hit->url = claude_keep(call, url);
    if (json->kind(title) == '"')
        hit->title = claude_keep(call, title);
    if (h->last_hit)
        h->last_hit->next = hit;
    else
        h->hits = hit;
    h->last_hit = hit;
}

/* ---- calls -------------------------------------------------------------------------------- */

/* OpenAI's one tool searches and opens pages. */
static unsigned tool_of(struct cp_str name, struct cp_str text)
{
    if (claude_begins(name, "code_"))
        return HOSTED_CODE;
    if (claude_is(name, "web_fetch") || claude_is(name, "url_context"))
        return HOSTED_FETCH;
    if (!claude_begins(name, "web_search") && !claude_is(name, "google_search"))
        return HOSTED_NONE;
    struct cp_str action = json->get(text, "type");
    if (json->is(action, "open_page"))
        return HOSTED_FETCH;
    return json->is(action, "find_in_page") ? HOSTED_NONE : HOSTED_SEARCH;
}

/* The first member that is a string, or the first string of a list. */
static struct cp_str first_of(struct cp_str object, const char *a, const char *b)
{
    struct cp_str v = json->get(object, a), one;
    size_t at = 0;

    if (json->kind(v) == '"' && !json->is(v, ""))
        return v;
    v = json->get(object, b);
    if (json->kind(v) == '[' && json->each(v, &at, NULL, &one))
        v = one;
    return json->kind(v) == '"' ? v : S("\"\"");
}

static struct cp_str input_of(struct cp_call *call, unsigned tool, struct cp_str text)
{
    const char *member = tool == HOSTED_CODE ? "code" : tool == HOSTED_FETCH ? "url" : "query";
    struct cp_str v = first_of(text, member,
                               tool == HOSTED_CODE    ? "command"
                               : tool == HOSTED_FETCH ? "urls"
                                                      : "queries");

    return claude_format(call, "{\"%s\":%.*s}", member, (int)v.n, v.p);
}

struct hosted_use *claude_hosted_use(struct cp_call *call, struct hosted *h, struct cp_str name,
                                     struct cp_str id, struct cp_str text)
{
    int is_object = json->check(call, text) == CP_OK && json->kind(text) == '{';
    unsigned tool = is_object ? tool_of(name, text) : HOSTED_NONE;
    struct hosted_use *use;

    if (!(h->declared & tool)) {
        claude_note(call, CP_DROPPED, "content",
                    tool ? "work of a hosted tool that the client did not declare"
                         : "another maker's server tool");
        return NULL;
    }
    use = host->alloc(call, sizeof(*use));
    if (!use)
        return NULL;
    use->tool = tool;
    use->of = claude_keep(call, id);
    use->id = claude_legal_id(
        call, claude_format(call, "srvtoolu_%.*s", (int)id.n, id.n ? id.p : ""), text);
    use->text = claude_keep(call, text);
    use->input = input_of(call, tool, use->text);
    if (h->last_use)
        h->last_use->next = use;
    else
        h->uses = use;
    h->last_use = use;
    return use;
}

struct cp_str claude_hosted_name(const struct hosted_use *use)
{
    return str(tools[place_of(use->tool)].name);
}

struct cp_str claude_hosted_result(const struct hosted_use *use)
{
    return str(tools[place_of(use->tool)].result);
}

int claude_hosted_is_whole(const struct hosted_use *use)
{
    if (use->tool == HOSTED_SEARCH)
        return json->kind(json->get(use->text, "sources")) == '[';
    return use->tool == HOSTED_FETCH || json->kind(json->get(use->text, "outputs")) == '[';
}

struct hosted_use *claude_hosted_next(const struct hosted *h)
{
    struct hosted_use *use = h->uses;

    while (use && use->is_answered)
        use = use->next;
    return use;
}

struct hosted_use *claude_hosted_of(const struct hosted *h, struct cp_str id)
{
    struct hosted_use *use = h->uses;

    while (use && (use->is_answered || !claude_equal(use->of, id)))
        use = use->next;
    return use;
}

/* ---- results -------------------------------------------------------------------------------- */

static void hit_write(struct cp_out *out, struct cp_str url, struct cp_str title)
{
    json->open(out, '{');
    claude_put_text(out, "type", S("web_search_result"));
    claude_put_raw(out, "title", json->kind(title) == '"' ? title : url);
    claude_put_raw(out, "url", url);
    claude_put_text(out, "encrypted_content", S(""));
    claude_put_raw(out, "page_age", S("null"));
    json->close(out);
}

/* [{"url","title"}], [{"type":"url","url"}]: of whatever shape the maker gives its hits. */
static void hits_write(struct cp_out *out, struct hosted *h, struct cp_str list)
{
    struct cp_str one;

    json->open(out, '[');
    for (size_t at = 0; json->kind(list) == '[' && json->each(list, &at, NULL, &one);) {
        struct cp_str url = json->kind(one) == '{' ? json->get(one, "url") : NOTHING;
        const struct hosted_hit *hit = json->kind(url) == '"' ? hit_find(h, url) : NULL;
        struct cp_str title = json->get(one, "title");
        if (json->kind(url) != '"')
            continue;
        h->has_hits = 1;
        hit_write(out, url, json->kind(title) != '"' && hit ? hit->title : title);
    }
    for (struct hosted_hit *hit = h->hits; hit && !list.p && !h->has_hits; hit = hit->next)
        hit_write(out, hit->url, hit->title);
    h->has_hits |= !list.p;
    json->close(out);
}

/* What a page held its service does not tell. */
static void page_write(struct cp_out *out, struct cp_str input)
{
    json->open(out, '{');
    claude_put_text(out, "type", S("web_fetch_result"));
    claude_put_raw(out, "url", json->get(input, "url"));
    claude_put_raw(out, "content",
                   S("{\"type\":\"document\",\"source\":{\"type\":\"text\",\"media_type\":"
                     "\"text/plain\",\"data\":\"\"},\"title\":null,\"citations\":null}"));
    claude_put_raw(out, "retrieved_at", S("null"));
    json->close(out);
}

/* The logs among OpenAI's outputs. */
static struct cp_str logs_of(struct cp_call *call, struct cp_str outputs)
{
    struct cp_str one, all = S("");

    for (size_t at = 0; json->kind(outputs) == '[' && json->each(outputs, &at, NULL, &one);) {
        struct cp_str logs = json->text(call, json->get(one, "logs"));
        if (!json->is(json->get(one, "type"), "logs"))
            claude_note(call, CP_DROPPED, "outputs", "only what was printed can be told");
        else
            all = claude_format(call, "%.*s%.*s", (int)all.n, all.p, (int)logs.n,
                                logs.n ? logs.p : "");
    }
    return all;
}

static void printed_write(struct cp_call *call, struct cp_out *out, struct cp_str outputs,
                          struct cp_str result)
{
    struct cp_str output = json->text(call, json->get(result, "output"));
    struct cp_str outcome = json->get(result, "outcome");
    int is_bad = outcome.p && !json->is(outcome, "OUTCOME_OK");

    if (json->kind(outputs) == '[')
        output = logs_of(call, outputs);
    output = output.p ? output : S("");
    json->open(out, '{');
    claude_put_text(out, "type", S("code_execution_result"));
    claude_put_text(out, "stdout", is_bad ? S("") : output);
    claude_put_text(out, "stderr", is_bad ? output : S(""));
    claude_put_int(out, "return_code", is_bad);
    claude_put_raw(out, "content", S("[]"));
    json->close(out);
}

void claude_hosted_write(struct cp_call *call, struct cp_out *out, struct hosted *h,
                         struct hosted_use *use, struct cp_str text)
{
    if (json->check(call, text) != CP_OK)
        text = NOTHING;
    use->is_answered = 1;
    claude_put_text(out, "tool_use_id", use->id);
    json->key(out, "content");
    if (use->tool == HOSTED_FETCH)
        page_write(out, use->input);
    else if (use->tool == HOSTED_CODE)
        printed_write(call, out, json->get(use->text, "outputs"), text);
    else
        hits_write(out, h, text.p ? text : json->get(use->text, "sources"));
}
