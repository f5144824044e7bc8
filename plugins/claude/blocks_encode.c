/* SPDX-License-Identifier: MIT */
/*
 * blocks_encode - one node becomes one content block, of a request or of a whole answer.
 */
#include "claude.h"
#include "hosted.h"

#include <string.h>

void claude_mark_write(struct cp_out *out, const struct node *node)
{
    const struct cp_item *own = claude_node_native(&node->natives, "cache_control");

    if (node->mark < 0 || own)
        return;
    json->key(out, "cache_control");
    json->open(out, '{');
    claude_put_text(out, "type", S("ephemeral"));
    if (node->mark > 0)
        claude_put_text(out, "ttl", node->mark > 300 ? S("1h") : S("5m"));
    json->close(out);
}

void claude_natives_write(struct writing *w, const struct refs *natives)
{
    for (const struct ref *n = natives->first; n; n = n->next)
        claude_put_raw(w->out, claude_cstr(w->call, claude_native_key(n->it)), n->it->text);
}

/* What all blocks end with. */
static int finish(struct writing *w, const struct node *b)
{
    claude_natives_write(w, &b->natives);
    if (!w->is_answer)
        claude_mark_write(w->out, b);
    return json->close(w->out);
}

static void begin(struct writing *w, struct cp_str type)
{
    json->open(w->out, '{');
    claude_put_text(w->out, "type", type);
}

/* ---- text -------------------------------------------------------------------------- */

static void pieces_write(struct writing *w, const struct node *b)
{
    int has_text = 0;

    json->quote_open(w->out);
    for (const struct ref *p = b->pieces.first; b->head && p; p = p->next) {
        if (p->it->kind != b->kind || p->it->text.n == 0)
            continue;
        if (has_text && b->kind == CP_REASONING && (p->it->flags & CP_SEGMENT))
            json->piece(w->out, S("\n\n"));
        json->piece(w->out, p->it->text);
        has_text = 1;
    }
    if (!b->head && b->text.n)
        json->piece(w->out, b->text);
    json->quote_close(w->out);
}

static int is_url_cite(const struct writing *w, const struct cp_item *cite)
{
    return w->is_answer && claude_is(cite->name, "url");
}

static void url_cite_write(struct writing *w, const struct cp_item *cite)
{
    struct cp_str title = json->get(cite->text, "title");
    struct cp_str text = json->get(cite->text, "cited_text");

    begin(w, S("web_search_result_location"));
    claude_put_raw(w->out, "url", json->get(cite->text, "url"));
    claude_put_raw(w->out, "title", title.p ? title : S("null"));
    claude_put_text(w->out, "encrypted_index", S(""));
    claude_put_raw(w->out, "cited_text", text.p ? text : S("\"\""));
    json->close(w->out);
}

static void cites_write(struct writing *w, const struct node *b)
{
    int is_open = 0;

    for (const struct ref *p = b->head ? b->pieces.first : NULL; p; p = p->next) {
        const struct cp_item *it = p->it;
        int is_own = it->kind == CP_CITE && claude_is(it->id, CLAUDE_MAKER) && it->meta.n;
        if (it->kind != CP_CITE)
            continue;
        if (!is_own && !(is_url_cite(w, it) && json->kind(json->get(it->text, "url")) == '"')) {
            host->note_item(w->call, CP_DROPPED, it, "another maker's citation");
            continue;
        }
        if (!is_open) {
            json->key(w->out, "citations");
            json->open(w->out, '[');
        }
        is_open = 1;
        if (is_own)
            json->raw(w->out, claude_json_or_null(w->call, it->meta));
        else
            url_cite_write(w, it);
    }
    if (is_open)
        json->close(w->out);
    else if (w->is_answer)
        claude_put_raw(w->out, "citations", S("null"));
}

static int text_write(struct writing *w, const struct node *b)
{
    if (w->is_answer && claude_node_is_empty(b) && claude_node_text(w->call, b).n == 0)
        return CP_OK;
    begin(w, S("text"));
    json->key(w->out, "text");
    pieces_write(w, b);
    cites_write(w, b);
    return finish(w, b);
}

/* ---- thought ------------------------------------------------------------------------- */

static int reasoning_write(struct writing *w, const struct node *b)
{
    const struct cp_item *state = claude_node_state(b);
    int is_own = state && claude_is(state->id, CLAUDE_MAKER);

    if (is_own && claude_is(state->name, "redacted")) {
        begin(w, S("redacted_thinking"));
        claude_put_text(w->out, "data", state->text);
        return finish(w, b);
    }
    if (!state && claude_node_is_empty(b))
        return CP_OK;
    begin(w, S("thinking"));
    json->key(w->out, "thinking");
    pieces_write(w, b);
    claude_put_text(w->out, "signature",
                    is_own  ? state->text
                    : state ? host->wrap(w->call, state)
                            : S(""));
    return finish(w, b);
}

static int compaction_write(struct writing *w, const struct node *b)
{
    const struct cp_item *state = claude_node_state(b);
    struct cp_str text = claude_node_text(w->call, b);

    begin(w, S("compaction"));
    claude_put_text(w->out, "content", text.n ? text : NOTHING);
    if (state)
        claude_put_text(w->out, "encrypted_content",
                        claude_is(state->id, CLAUDE_MAKER) ? state->text
                                                           : host->wrap(w->call, state));
    return finish(w, b);
}

/* ---- media ---------------------------------------------------------------------------- */

/* Without parameters, and by the name that the service knows. */
static struct cp_str mime_of(struct cp_str name)
{
    size_t n = 0;

    while (n < name.n && name.p[n] != ';' && name.p[n] != ' ')
        n++;
    name.n = n;
    return claude_is(name, "image/jpg") ? S("image/jpeg") : name;
}

/* What base64 text begins with tells what it is. */
static struct cp_str sniff(struct cp_str data)
{
    if (claude_begins(data, "/9j/"))
        return S("image/jpeg");
    if (claude_begins(data, "R0lGOD"))
        return S("image/gif");
    if (claude_begins(data, "UklGR"))
        return S("image/webp");
    if (claude_begins(data, "JVBER"))
        return S("application/pdf");
    return claude_begins(data, "iVBOR") ? S("image/png") : NOTHING;
}

static int is_image(struct cp_str mime)
{
    return claude_is(mime, "image/jpeg") || claude_is(mime, "image/png") ||
           claude_is(mime, "image/gif") || claude_is(mime, "image/webp");
}

static void source_write(struct writing *w, const char *type, struct cp_str mime,
                         const char *member, struct cp_str text)
{
    json->key(w->out, "source");
    json->open(w->out, '{');
    claude_put_text(w->out, "type", (struct cp_str){ type, strlen(type) });
    if (mime.n)
        claude_put_text(w->out, "media_type", mime);
    claude_put_text(w->out, member, text);
    json->close(w->out);
}

static void about_write(struct writing *w, const struct node *b)
{
    struct cp_str meta = claude_json_or_null(w->call, b->head->meta);
    struct cp_str title = json->get(meta, "title");
    struct cp_str context = json->get(meta, "context");

    if (title.p)
        claude_put_raw(w->out, "title", title);
    else if (b->head->id.n)
        claude_put_text(w->out, "title", b->head->id);
    if (context.p)
        claude_put_raw(w->out, "context", context);
    if (json->kind(json->get(meta, "citations")) == 't')
        claude_put_raw(w->out, "citations", S("{\"enabled\":true}"));
}

static int refuse_media(struct writing *w, const struct node *b, const char *what,
                        struct cp_str mime)
{
    return host->fail_item(w->call, CP_E_UNSUPPORTED, b->head,
                           "%s %.*s cannot be said to this service", what, (int)mime.n,
                           mime.n ? mime.p : "");
}

static int document_write(struct writing *w, const struct node *b, struct cp_str mime)
{
    struct cp_str text = b->head->text;
    int is_text = claude_begins(mime, "text/") || claude_is(mime, "application/json");

    if (b->head->num == CP_FROM_BASE64 && !is_text && !claude_is(mime, "application/pdf"))
        return refuse_media(w, b, "a document of type", mime);
    begin(w, S("document"));
    if (b->head->num == CP_FROM_URL)
        source_write(w, "url", NOTHING, "url", text);
    else if (b->head->num == CP_FROM_FILE_ID)
        source_write(w, "file", NOTHING, "file_id", text);
    else if (b->head->num == CP_FROM_TEXT)
        source_write(w, "text", S("text/plain"), "data", text);
    else if (is_text)
        source_write(w, "text", S("text/plain"), "data", claude_unbase64(w->call, text));
    else
        source_write(w, "base64", mime, "data", text);
    about_write(w, b);
    return finish(w, b);
}

static int image_write(struct writing *w, const struct node *b, struct cp_str mime)
{
    struct cp_str text = b->head->text;

    if (b->head->num == CP_FROM_TEXT || (b->head->num == CP_FROM_BASE64 && !is_image(mime)))
        return refuse_media(w, b, "an image of type", mime);
    begin(w, S("image"));
    if (b->head->num == CP_FROM_URL)
        source_write(w, "url", NOTHING, "url", text);
    else if (b->head->num == CP_FROM_FILE_ID)
        source_write(w, "file", NOTHING, "file_id", text);
    else
        source_write(w, "base64", mime, "data", text);
    return finish(w, b);
}

static int parts_write(struct writing *w, const struct node *b)
{
    int is_hit = b->sub == CP_SEARCH_HIT, rc = CP_OK;

    begin(w, is_hit ? S("search_result") : S("document"));
    if (is_hit) {
        struct cp_str meta = claude_json_or_null(w->call, b->head->meta);
        struct cp_str url = json->get(meta, "url");
        claude_put_raw(w->out, "source", url.p ? url : S("\"\""));
    } else {
        json->key(w->out, "source");
        json->open(w->out, '{');
        claude_put_text(w->out, "type", S("content"));
    }
    json->key(w->out, "content");
    json->open(w->out, '[');
    for (const struct node *c = b->child; c && rc == CP_OK; c = c->next)
        rc = claude_block_write(w, c);
    json->close(w->out);
    if (!is_hit)
        json->close(w->out);
    about_write(w, b);
    return rc == CP_OK ? finish(w, b) : rc;
}

/* A model's picture or sound: there is no block for it that an answer could hold. */
static int media_note(struct writing *w, const struct node *b)
{
    claude_note_node(w->call, CP_APPROXIMATED, b, "media in an answer");
    if (b->sub != CP_IMAGE)
        return CP_OK;
    begin(w, S("text"));
    claude_put_text(w->out, "text", S("[image omitted]"));
    claude_put_raw(w->out, "citations", S("null"));
    return json->close(w->out);
}

/* "file-" is OpenAI's, a path is Google's: a stored file is known to its maker alone. */
static int is_foreign_file(struct cp_str id)
{
    return claude_begins(id, "file-") || claude_has(id, "/");
}

static int media_write(struct writing *w, const struct node *b)
{
    const struct cp_item *it = b->head;
    struct cp_str mime = mime_of(it->name);

    if (w->is_answer)
        return media_note(w, b);
    if (it->num == CP_FROM_PARTS)
        return parts_write(w, b);
    if (it->num == CP_FROM_FILE_ID && is_foreign_file(it->text))
        return refuse_media(w, b, "another provider's file", it->text);
    if (mime.n == 0 && it->num == CP_FROM_BASE64)
        mime = sniff(it->text);
    switch (b->sub) {
    case CP_AUDIO:
        return refuse_media(w, b, "audio", mime);
    case CP_VIDEO:
        return refuse_media(w, b, "video", mime);
    case CP_IMAGE:
        return image_write(w, b, mime);
    default:
        return is_image(mime) ? image_write(w, b, mime) : document_write(w, b, mime);
    }
}

/* ---- tools ------------------------------------------------------------------------------ */

int claude_input_write(struct cp_call *call, struct cp_out *out, struct cp_str text,
                       uint32_t tool_kind)
{
    if (tool_kind == CP_TOOL_CUSTOM) {
        json->open(out, '{');
        claude_put_text(out, "input", text.p ? text : S(""));
        json->close(out);
        return 0;
    }
    if (claude_is_blank(text)) {
        json->raw(out, S("{}"));
        return 0;
    }
    int is_json = json->check(call, text) == CP_OK;
    if (is_json && json->kind(text) == '{') {
        json->raw(out, text);
        return 0;
    }
    json->open(out, '{');
    if (is_json)
        claude_put_raw(out, "value", text);
    else
        claude_put_text(out, "raw_arguments", text);
    json->close(out);
    return 1;
}

static int call_write(struct writing *w, const struct node *b)
{
    struct cp_str text = claude_node_text(w->call, b), name = b->head->name;

    if (!w->is_answer)
        name = claude_tool_name(w->call, b->head->meta, name);
    begin(w, S("tool_use"));
    claude_put_text(w->out, "id", claude_legal_id(w->call, b->id, text));
    claude_put_text(w->out, "name", name);
    if (b->sub == CP_TOOL_FUNCTION)
        text = claude_props_input(w, name, text);
    json->key(w->out, "input");
    if (claude_input_write(w->call, w->out, text, b->sub))
        claude_note_node(w->call, CP_REPAIRED, b, "arguments that were no object");
    return finish(w, b);
}

/* A result that is one JSON object (Gemini's are): its only member says what it is. */
static struct cp_str unpack(struct cp_call *call, struct cp_str text, int *is_error)
{
    struct cp_str key, v, s = text;
    size_t at = 0;

    if (json->kind(text) == '{' && json->each(text, &at, &key, &v)) {
        int is_output = json->is(key, "output") || json->is(key, "result");
        struct cp_str other;
        int is_only = !json->each(text, &at, &key, &other);
        *is_error |= is_only && json->is(key, "error");
        if (is_only && json->kind(v) == '"' && (is_output || json->is(key, "error")))
            s = json->text(call, v);
    }
    return claude_equal(s, text) ? json->compact(call, text) : s;
}

static const struct node *only_text(const struct node *b)
{
    const struct node *c = b->child;

    if (!c || c->next || c->kind != CP_TEXT || c->mark >= 0 || c->natives.first)
        return NULL;
    for (const struct ref *p = c->pieces.first; p; p = p->next)
        if (p->it->kind == CP_CITE)
            return NULL;
    return c;
}

static int is_skipped(const struct node *c)
{
    return (c->kind == CP_TEXT || c->kind == CP_REFUSAL) && claude_node_is_empty(c);
}

static int result_content_write(struct writing *w, const struct node *b, int *is_error)
{
    const struct node *one = only_text(b);
    int rc = CP_OK, has_any = 0;

    for (const struct node *c = b->child; c; c = c->next)
        has_any |= !is_skipped(c);
    if (!has_any)
        return CP_OK;
    json->key(w->out, "content");
    if (one) {
        struct cp_str text = claude_node_text(w->call, one);
        json->string(w->out, one->sub == 1 ? unpack(w->call, text, is_error) : text);
        return CP_OK;
    }
    json->open(w->out, '[');
    for (const struct node *c = b->child; c && rc == CP_OK; c = c->next)
        if (!is_skipped(c))
            rc = claude_block_write(w, c);
    json->close(w->out);
    return rc;
}

static int result_write(struct writing *w, const struct node *b)
{
    int is_error = b->is_error;

    begin(w, S("tool_result"));
    claude_put_text(w->out, "tool_use_id", claude_legal_id(w->call, b->id, b->id));
    int rc = result_content_write(w, b, &is_error);
    if (is_error)
        claude_put_raw(w->out, "is_error", S("true"));
    else if (b->head && b->head->num == 0)
        claude_put_raw(w->out, "is_error", S("false"));
    return rc == CP_OK ? finish(w, b) : rc;
}

static int server_call_write(struct writing *w, const struct node *b)
{
    int is_mcp = claude_is(b->head->name, "mcp");

    begin(w, is_mcp ? S("mcp_tool_use") : S("server_tool_use"));
    claude_put_text(w->out, "id", b->id.p ? b->id : S(""));
    if (!is_mcp)
        claude_put_text(w->out, "name", b->head->name);
    json->key(w->out, "input");
    claude_input_write(w->call, w->out, claude_node_text(w->call, b), CP_TOOL_FUNCTION);
    return finish(w, b);
}

/* ---- other makers' hosted tools ------------------------------------------------------------ */

static int hosted_result_write(struct writing *w, struct hosted_use *use, struct cp_str text)
{
    begin(w, claude_hosted_result(use));
    claude_hosted_write(w->call, w->out, w->hosted, use, text);
    return json->close(w->out);
}

/* Does the service tell its result later? */
static int has_result(const struct writing *w, struct cp_str id)
{
    for (const struct node *m = w->tree->messages.first; m; m = m->next)
        for (const struct node *b = m->child; b; b = b->next)
            if (b->kind == CP_SERVER_RESULT && claude_equal(b->id, id))
                return 1;
    return 0;
}

static int hosted_write(struct writing *w, const struct node *b)
{
    struct hosted_use *use = claude_hosted_use(w->call, w->hosted, b->head->name, b->id,
                                               claude_node_text(w->call, b));
    int rc;

    if (!use)
        return CP_OK;
    begin(w, S("server_tool_use"));
    claude_put_text(w->out, "id", use->id);
    claude_put_text(w->out, "name", claude_hosted_name(use));
    claude_put_raw(w->out, "input", use->input);
    rc = json->close(w->out);
    return rc == CP_OK && !has_result(w, b->id) ? hosted_result_write(w, use, NOTHING) : rc;
}

static int server_result_write(struct writing *w, const struct node *b)
{
    struct hosted_use *use = w->hosted ? claude_hosted_of(w->hosted, b->id) : NULL;

    if (use)
        return hosted_result_write(w, use, claude_node_text(w->call, b));
    if (!claude_is(b->head->meta, CLAUDE_MAKER)) {
        claude_note_node(w->call, CP_DROPPED, b, "another maker's server tool");
        return CP_OK;
    }
    begin(w, b->head->name);
    claude_put_text(w->out, "tool_use_id", b->id.p ? b->id : S(""));
    json->key(w->out, "content");
    json->raw(w->out, claude_json_or_null(w->call, claude_node_text(w->call, b)));
    return finish(w, b);
}

/* Another maker's: the id shows it. */
static int is_odd_server_call(const struct writing *w, const struct node *b)
{
    return w->hosted && !claude_begins(b->id, "srvtoolu") && !claude_begins(b->id, "mcptoolu");
}

/* What has no member here, and is no reason to refuse. */
static void losses_note(struct writing *w, const struct node *b)
{
    if (w->is_answer)
        return;
    if (b->kind == CP_MEDIA && json->get(b->head->meta, "detail").p)
        claude_note_node(w->call, CP_DROPPED, b, "detail: this service chooses the resolution");
}

int claude_block_write(struct writing *w, const struct node *b)
{
    losses_note(w, b);
    switch (b->kind) {
    case CP_TEXT:
    case CP_REFUSAL:
        return text_write(w, b);
    case CP_REASONING:
        return reasoning_write(w, b);
    case CP_MEDIA:
        return media_write(w, b);
    case CP_TOOL_CALL:
        return call_write(w, b);
    case CP_TOOL_RESULT:
        return result_write(w, b);
    case CP_SERVER_CALL:
        return is_odd_server_call(w, b) ? hosted_write(w, b) : server_call_write(w, b);
    case CP_SERVER_RESULT:
        return server_result_write(w, b);
    case CP_COMPACTION:
        return compaction_write(w, b);
    case CP_NATIVE:
    case CP_CONTROL:
        return json->raw(w->out, b->head->text);
    default:
        return CP_OK;
    }
}
