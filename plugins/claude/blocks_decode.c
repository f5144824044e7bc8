/* SPDX-License-Identifier: MIT */
/*
 * blocks_decode - content blocks, of a request or of a whole answer, become items.
 *
 * A table names the blocks; what it does not name is kept whole (CP_NATIVE), what only changes
 * the request and is no content becomes CP_CONTROL.  Members of a known block that have no item
 * follow it as CP_NATIVE, and its cache_control as CP_CACHE_MARK.
 */
#include "claude.h"

#include <string.h>

/* ---- small parts --------------------------------------------------------------- */

void claude_mark_decode(struct reading *r, struct cp_str cache_control, struct cp_str path)
{
    struct cp_str ttl = json->get(cache_control, "ttl");
    int64_t seconds = 0;

    if (json->kind(cache_control) != '{')
        return;
    if (json->is(ttl, "5m"))
        seconds = 300;
    else if (json->is(ttl, "1h"))
        seconds = 3600;
    claude_emit(r, &(struct cp_item){
                       CP_ITEM(CACHE_MARK),
                       .id = claude_format(r->call, "%.*s.cache_control", (int)path.n, path.p),
                       .num = seconds });
}

/* Members beyond type and ttl: the mark alone would not say them again. */
static int is_odd_mark(struct cp_str cache_control)
{
    struct cp_str key, v;

    for (size_t at = 0; json->each(cache_control, &at, &key, &v);)
        if (!json->is(key, "type") && !json->is(key, "ttl"))
            return 1;
    return 0;
}

void claude_signature_decode(struct reading *r, struct cp_str text, const char *kind)
{
    struct cp_item state = { CP_ITEM(STATE), .index = r->base + r->depth, .text = text };

    if (text.n == 0)
        return;
    state.name = (struct cp_str){ kind, strlen(kind) };
    state.id = S(CLAUDE_MAKER);
    if (host->unwrap(r->call, text, &state)) {
        state.size = (uint32_t)sizeof(state);
        state.kind = CP_STATE;
        state.index = r->base + r->depth;
    }
    if (state.name.n)
        claude_emit(r, &state);
}

static const char *unit_of(struct cp_str type, const char **start, const char **end)
{
    *start = "start_block_index";
    *end = "end_block_index";
    if (json->is(type, "char_location")) {
        *start = "start_char_index";
        *end = "end_char_index";
        return "char";
    }
    if (json->is(type, "page_location")) {
        *start = "start_page_number";
        *end = "end_page_number";
        return "page";
    }
    return "block";
}

static struct cp_str or_null(struct cp_str v)
{
    return v.p ? v : S("null");
}

#define STR(s) (int)(s).n, (s).p

static void document_cite(struct reading *r, struct cp_str cite, struct cp_str maker)
{
    const char *start, *end, *unit = unit_of(json->get(cite, "type"), &start, &end);
    int is_hit = json->is(json->get(cite, "type"), "search_result_location");
    struct cp_str index =
        or_null(json->get(cite, is_hit ? "search_result_index" : "document_index"));
    struct cp_str title = or_null(json->get(cite, is_hit ? "title" : "document_title"));
    struct cp_str from = or_null(json->get(cite, start)), to = or_null(json->get(cite, end));
    struct cp_str text = or_null(json->get(cite, "cited_text"));

    claude_emit(r, &(struct cp_item){
                       CP_ITEM(CITE),
                       .index = r->base + r->depth,
                       .name = S("document"),
                       .id = maker,
                       .meta = cite,
                       .text = claude_format(
                           r->call,
                           "{\"index\":%.*s,\"title\":%.*s,\"start\":%.*s,"
                           "\"end\":%.*s,\"cited_text\":%.*s,\"unit\":\"%s\"}",
                           STR(index), STR(title), STR(from), STR(to), STR(text), unit),
                   });
}

void claude_cite_decode(struct reading *r, struct cp_str cite)
{
    struct cp_str secret = json->get(cite, "encrypted_index");

    if (json->kind(cite) != '{')
        return;
    if (!json->is(json->get(cite, "type"), "web_search_result_location")) {
        document_cite(r, cite, S(CLAUDE_MAKER));
        return;
    }
    struct cp_str url = or_null(json->get(cite, "url"));
    struct cp_str title = or_null(json->get(cite, "title"));
    struct cp_str text = or_null(json->get(cite, "cited_text"));
    /* Without the service's own index the citation was made by our stream_tx for a client. */
    claude_emit(r, &(struct cp_item){
                       CP_ITEM(CITE),
                       .index = r->base + r->depth,
                       .name = S("url"),
                       .id = json->is(secret, "") ? NOTHING : S(CLAUDE_MAKER),
                       .meta = cite,
                       .text = claude_format(
                           r->call, "{\"url\":%.*s,\"title\":%.*s,\"cited_text\":%.*s}",
                           STR(url), STR(title), STR(text)),
                   });
}

/* ---- text and thought ------------------------------------------------------------ */

static void text_emit(struct reading *r, struct cp_str text, uint32_t flags)
{
    claude_emit(r, &(struct cp_item){ CP_ITEM(TEXT), .flags = flags,
                                      .index = r->base + r->depth, .text = text });
}

static void text_decode(struct reading *r, const struct members *block)
{
    struct cp_str cites = claude_get(block, "citations"), cite;
    struct cp_str text = json->text(r->call, claude_get(block, "text"));
    size_t at = 0;

    if (!text.p && !r->is_answer) {
        claude_refuse(r, "text", "field required");
        return;
    }
    if (json->kind(cites) != '[' || !json->each(cites, &at, NULL, &cite)) {
        text_emit(r, text.p ? text : S(""), CP_WHOLE);
        return;
    }
    text_emit(r, text, CP_OPEN);
    do
        claude_cite_decode(r, cite);
    while (r->rc == CP_OK && json->each(cites, &at, NULL, &cite));
    text_emit(r, S(""), CP_CLOSE);
}

static void thought_emit(struct reading *r, struct cp_str text, uint32_t flags)
{
    claude_emit(r, &(struct cp_item){ CP_ITEM(REASONING), .flags = flags,
                                      .index = r->base + r->depth, .sub = CP_SUMMARY,
                                      .text = text });
}

static void thinking_decode(struct reading *r, const struct members *block)
{
    struct cp_str text = json->text(r->call, claude_get(block, "thinking"));

    thought_emit(r, text.p ? text : S(""), CP_OPEN);
    claude_signature_decode(r, json->text(r->call, claude_get(block, "signature")),
                            "signature");
    thought_emit(r, S(""), CP_CLOSE);
}

static void redacted_decode(struct reading *r, const struct members *block)
{
    thought_emit(r, S(""), CP_OPEN);
    claude_signature_decode(r, json->text(r->call, claude_get(block, "data")), "redacted");
    thought_emit(r, S(""), CP_CLOSE);
}

static void compaction_decode(struct reading *r, const struct members *block)
{
    struct cp_str text = json->text(r->call, claude_get(block, "content"));

    claude_emit(r, &(struct cp_item){ CP_ITEM(COMPACTION), .flags = CP_OPEN,
                                      .index = r->base + r->depth, .text = text });
    claude_signature_decode(r, json->text(r->call, claude_get(block, "encrypted_content")),
                            "encrypted");
    claude_emit(r, &(struct cp_item){ CP_ITEM(COMPACTION), .flags = CP_CLOSE,
                                      .index = r->base + r->depth });
}

/* ---- media ------------------------------------------------------------------------- */

/* {"title":..,"context":..,"url":..,"citations":true} of what the block says; nothing if it
 * says none of it. */
static struct cp_str media_meta(struct reading *r, const struct members *block)
{
    struct cp_str title = claude_get(block, "title"), context = claude_get(block, "context");
    struct cp_str url = claude_get(block, "source");
    struct cp_str s = S("");
    char cites = json->kind(json->get(claude_get(block, "citations"), "enabled"));

    if (json->kind(title) == '"')
        s = claude_format(r->call, ",\"title\":%.*s", STR(title));
    if (s.p && json->kind(context) == '"')
        s = claude_format(r->call, "%.*s,\"context\":%.*s", STR(s), STR(context));
    if (s.p && json->kind(url) == '"')
        s = claude_format(r->call, "%.*s,\"url\":%.*s", STR(s), STR(url));
    if (s.p && cites == 't')
        s = claude_format(r->call, "%.*s,\"citations\":true", STR(s));
    if (cites == 'f')
        host->note(r->call, CP_MAPPED, claude_path(r, "citations"),
                   "unsaid, they are off, too");
    return s.n ? claude_format(r->call, "{%.*s}", (int)s.n - 1, s.p + 1) : NOTHING;
}

static void media_parts(struct reading *r, const struct members *block, uint32_t class,
                        struct cp_str content)
{
    struct cp_item it = { CP_ITEM(MEDIA), .flags = CP_OPEN, .index = r->base + r->depth,
                          .sub = class, .num = CP_FROM_PARTS };

    it.meta = media_meta(r, block);
    claude_emit(r, &it);
    r->depth++;
    r->is_in_parts = 1;
    if (r->rc == CP_OK)
        claude_content_decode(r, content);
    r->is_in_parts = 0;
    r->depth--;
    it.flags = CP_CLOSE;
    it.meta = NOTHING;
    claude_emit(r, &it);
}

static int64_t from_of(struct cp_str type)
{
    if (json->is(type, "base64"))
        return CP_FROM_BASE64;
    if (json->is(type, "url"))
        return CP_FROM_URL;
    if (json->is(type, "file"))
        return CP_FROM_FILE_ID;
    return json->is(type, "text") ? CP_FROM_TEXT : 0;
}

static void media_decode(struct reading *r, const struct members *block, uint32_t class)
{
    static const char *const member[] = { "", "data", "url", "file_id", "data" };
    struct cp_str source = claude_get(block, "source");
    struct cp_str type = json->get(source, "type"), content = json->get(source, "content");
    int64_t from = from_of(type);

    if (class == CP_DOCUMENT && json->is(type, "content") && content.p) {
        media_parts(r, block, class, content);
        return;
    }
    struct cp_str text = from ? json->text(r->call, json->get(source, member[from])) : NOTHING;
    if (!text.p) {
        claude_refuse(r, "source", "unknown type, or without its data");
        return;
    }
    claude_emit(r, &(struct cp_item){
                       CP_ITEM(MEDIA),
                       .flags = CP_WHOLE,
                       .index = r->base + r->depth,
                       .sub = class,
                       .num = from,
                       .text = text,
                       .name = json->text(r->call, json->get(source, "media_type")),
                       .meta = media_meta(r, block),
                   });
}

static void image_decode(struct reading *r, const struct members *block)
{
    media_decode(r, block, CP_IMAGE);
}

static void document_decode(struct reading *r, const struct members *block)
{
    media_decode(r, block, CP_DOCUMENT);
}

static void hit_decode(struct reading *r, const struct members *block)
{
    media_parts(r, block, CP_SEARCH_HIT, claude_get(block, "content"));
}

/* ---- tools --------------------------------------------------------------------------- */

static struct cp_str object_or_empty(struct cp_str v)
{
    return json->kind(v) == '{' ? v : S("{}");
}

int claude_is_forced_tool(struct cp_call *call, struct cp_str type, struct cp_str name)
{
    return json->is(type, "tool_use") &&
           claude_is(host->original(call, json->text(call, name)), CLAUDE_FORCED_TOOL);
}

static void call_decode(struct reading *r, const struct members *block)
{
    struct cp_str name = json->text(r->call, claude_get(block, "name"));
    struct cp_str id = json->text(r->call, claude_get(block, "id"));

    if (r->is_answer &&
        claude_is_forced_tool(r->call, claude_get(block, "type"), claude_get(block, "name"))) {
        text_emit(r, object_or_empty(claude_get(block, "input")), CP_WHOLE);
        return;
    }
    if (!r->is_answer && (name.n == 0 || id.n == 0)) {
        claude_refuse(r, name.n ? "id" : "name", "field required");
        return;
    }
    struct cp_str input = object_or_empty(claude_get(block, "input"));
    int is_custom = r->is_answer && claude_is_custom(r->call, name);
    struct cp_str text = json->get(input, "input");
    if (is_custom) /* a model may answer with something else: that is its text, then */
        text = json->kind(text) == '"' ? json->text(r->call, text) : input;
    else if (r->is_answer && claude_props_is(r->call, name))
        input = claude_props_restore(r->call, input);
    claude_emit(r, &(struct cp_item){
                       CP_ITEM(TOOL_CALL),
                       .flags = CP_WHOLE,
                       .index = r->base + r->depth,
                       .sub = is_custom ? CP_TOOL_CUSTOM : CP_TOOL_FUNCTION,
                       .text = is_custom ? text : input,
                       .name = name.n ? host->original(r->call, name) : S("_"),
                       .id = id,
                   });
}

static void result_decode(struct reading *r, const struct members *block)
{
    struct cp_str content = claude_get(block, "content");
    char is_error = json->kind(claude_get(block, "is_error"));
    struct cp_item it = { CP_ITEM(TOOL_RESULT),
                          .flags = CP_OPEN,
                          .index = r->base + r->depth,
                          .sub = CP_TOOL_FUNCTION,
                          .id = json->text(r->call, claude_get(block, "tool_use_id")),
                          .num = is_error == 't'   ? 1
                                 : is_error == 'f' ? 0
                                                   : -1 };

    if (it.id.n == 0) {
        claude_refuse(r, "tool_use_id", "field required");
        return;
    }
    claude_emit(r, &it);
    r->depth++;
    if (r->rc == CP_OK && (json->kind(content) == '"' || json->kind(content) == '['))
        claude_content_decode(r, content);
    else if (r->rc == CP_OK && content.p && json->kind(content) != 'n')
        claude_refuse(r, "content", "is a string or a list");
    r->depth--;
    it.flags = CP_CLOSE;
    claude_emit(r, &it);
}

static void server_call_decode(struct reading *r, const struct members *block)
{
    struct cp_str name = json->text(r->call, claude_get(block, "name"));
    int is_mcp = json->is(claude_get(block, "type"), "mcp_tool_use");

    claude_emit(r, &(struct cp_item){
                       CP_ITEM(SERVER_CALL),
                       .flags = CP_WHOLE,
                       .index = r->base + r->depth,
                       .text = object_or_empty(claude_get(block, "input")),
                       .name = is_mcp   ? S("mcp")
                               : name.n ? name
                                        : S("_"),
                       .id = json->text(r->call, claude_get(block, "id")),
                   });
}

static void server_result_decode(struct reading *r, const struct members *block)
{
    struct cp_str content = claude_get(block, "content");
    struct cp_str said = json->text(r->call, json->get(content, "type"));
    int is_error =
        claude_ends(said, "_error") || json->kind(claude_get(block, "is_error")) == 't';

    claude_emit(r, &(struct cp_item){
                       CP_ITEM(SERVER_RESULT),
                       .flags = CP_WHOLE,
                       .index = r->base + r->depth,
                       .text = or_null(content),
                       .name = json->text(r->call, claude_get(block, "type")),
                       .id = json->text(r->call, claude_get(block, "tool_use_id")),
                       .meta = S(CLAUDE_MAKER),
                       .num = is_error,
                   });
}

static void control_decode(struct reading *r, const struct members *block)
{
    claude_emit(r, &(struct cp_item){ CP_ITEM(CONTROL), .text = block->object,
                                      .name = json->text(r->call, claude_get(block, "type")),
                                      .id = S(CLAUDE_MAKER) });
}

/* ---- the table -------------------------------------------------------------------------- */

enum { IN_MESSAGE = 1, IN_RESULT = 2, IN_PARTS = 4, ANYWHERE = 7 };

struct form {
    const char *type;
    void (*decode)(struct reading *r, const struct members *block);
    const char *members[6]; /* said by items; the others become natives */
    int places;             /* where the tape has room for it           */
};

static const struct form forms[] = {
    { "text", text_decode, { "text", "citations" }, ANYWHERE },
    { "image", image_decode, { "source" }, ANYWHERE },
    { "document",
      document_decode,
      { "source", "title", "context", "citations" },
      IN_MESSAGE | IN_RESULT },
    { "search_result",
      hit_decode,
      { "source", "title", "content", "citations" },
      IN_MESSAGE | IN_RESULT },
    { "thinking", thinking_decode, { "thinking", "signature" }, IN_MESSAGE },
    { "redacted_thinking", redacted_decode, { "data" }, IN_MESSAGE },
    { "tool_use", call_decode, { "id", "name", "input" }, IN_MESSAGE },
    { "tool_result", result_decode, { "tool_use_id", "content", "is_error" }, IN_MESSAGE },
    { "server_tool_use", server_call_decode, { "id", "name", "input" }, IN_MESSAGE },
    { "mcp_tool_use", server_call_decode, { "id", "input" }, IN_MESSAGE },
    { "mcp_tool_result", server_result_decode, { "tool_use_id", "content" }, IN_MESSAGE },
    { "compaction", compaction_decode, { "content", "encrypted_content" }, IN_MESSAGE },
};

/* Whole in themselves, and no content. */
static int is_control(struct cp_str type)
{
    return claude_is(type, "container_upload") || claude_is(type, "tool_addition") ||
           claude_is(type, "tool_removal") || claude_is(type, "fallback");
}

static const struct form server_result = {
    "", server_result_decode, { "tool_use_id", "content" }, IN_MESSAGE
};
static const struct form control = { "", control_decode, { NULL }, ANYWHERE };

static const struct form *form_of(struct reading *r, struct cp_str type)
{
    int place = r->depth == 0 ? IN_MESSAGE : r->is_in_parts ? IN_PARTS : IN_RESULT;

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (claude_is(type, forms[i].type))
            return forms[i].places & place ? &forms[i] : NULL;
    if (is_control(type))
        return &control;
    return r->depth == 0 && claude_ends(type, "_tool_result") ? &server_result : NULL;
}

static int is_said(const struct form *form, struct cp_str key, struct cp_str v)
{
    if (json->is(key, "type") || form->decode == control_decode)
        return 1;
    if (json->is(key, "cache_control"))
        return json->kind(v) == 'n' || !is_odd_mark(v);
    for (size_t i = 0; i < 6 && form->members[i]; i++)
        if (json->is(key, form->members[i]))
            return 1;
    return 0;
}

/* The service tells of a plain call that it came directly; that is no news. */
static int is_noise(struct reading *r, struct cp_str key, struct cp_str v)
{
    if (!r->is_answer)
        return 0;
    return json->kind(v) == 'n' ||
           (json->is(key, "caller") && json->is(json->get(v, "type"), "direct"));
}

static void form_decode(struct reading *r, const struct form *form, const struct members *block)
{
    struct cp_str key, v;

    form->decode(r, block);
    for (size_t at = 0; r->rc == CP_OK && claude_each(block, &at, &key, &v);)
        if (!is_said(form, key, v) && !is_noise(r, key, v))
            claude_native(r, key, v);
    if (!r->is_answer && form->decode != control_decode &&
        json->kind(claude_get(block, "cache_control")) == '{')
        claude_mark_decode(r, claude_get(block, "cache_control"), claude_path(r, NULL));
}

void claude_block_decode(struct reading *r, struct cp_str object)
{
    struct members block;

    claude_members(&block, object);
    struct cp_str type = json->text(r->call, claude_get(&block, "type"));
    if (type.n == 0) {
        claude_refuse(r, "type", "field required");
        return;
    }
    const struct form *form = form_of(r, type);
    if (form)
        form_decode(r, form, &block);
    else
        claude_native_at(r, claude_path(r, NULL), object);
}

void claude_content_decode(struct reading *r, struct cp_str content)
{
    struct cp_str block;
    int *place = r->depth ? &r->part : &r->block;

    if (json->kind(content) == '"') {
        text_emit(r, json->text(r->call, content), CP_WHOLE);
        return;
    }
    int outer = *place;
    *place = 0;
    for (size_t at = 0; r->rc == CP_OK && json->each(content, &at, NULL, &block);) {
        claude_block_decode(r, block);
        ++*place;
    }
    *place = outer;
}
