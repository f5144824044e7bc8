/* SPDX-License-Identifier: MIT */
/*
 * chat_content_decode - what a message holds: parts, media, the assistant's calls.
 *
 * Beside the parts that OpenAI defines, those that compatible servers and clients really use
 * are read: bare-string image_url, video_url, document_url, Mistral's thinking chunks, the
 * input_text spelling of the Responses dialect.  A part of a type nobody knows stays native
 * at its path.
 */
#include "chat.h"

#include <string.h>

static void emit_media(struct chat_in *d, struct cp_item *it)
{
    it->size = (uint32_t)sizeof(*it);
    it->kind = CP_MEDIA;
    it->flags = CP_WHOLE;
    if (it->sub == 0)
        it->sub = it->name.n > 0 ? openai_media_class(it->name) : CP_FILE;
    chat_in_emit(d, it);
}

/* A URL of either kind; fallback: the class of a plain link. */
static void url_decode(struct chat_in *d, struct cp_str url, uint32_t fallback,
                       struct cp_str meta)
{
    struct cp_item it = { .meta = meta };
    struct media m;

    if (openai_media_from_url(d->call, url, &m)) {
        it.name = m.mime;
        it.text = m.data;
        it.num = m.is_text ? CP_FROM_TEXT : CP_FROM_BASE64;
        /* A server that was told "image" gets an image, whatever the type says. */
        it.sub = m.is_text ? CP_DOCUMENT : openai_media_class(m.mime);
        if (it.sub == CP_FILE)
            it.sub = fallback;
    } else {
        it.text = url;
        it.num = CP_FROM_URL;
        it.sub = fallback;
    }
    emit_media(d, &it);
}

static void link_decode(struct chat_in *d, struct cp_str v, uint32_t class, const char *path)
{
    struct cp_str url = J->kind(v) == '{' ? J->get(v, "url") : v;
    struct cp_str detail = J->kind(v) == '{' ? J->get(v, "detail") : (struct cp_str){ NULL, 0 };
    struct cp_str parts[3] = { S("{\"detail\":"), detail, S("}") };

    if (!chat_in_expect(d, url, "\"", path, "expected a url"))
        return;
    if (J->kind(detail) == '"')
        detail = openai_text_join(d->call, parts, 3);
    else
        detail = (struct cp_str){ NULL, 0 };
    url_decode(d, J->text(d->call, url), class, detail);
}

static void audio_decode(struct chat_in *d, struct cp_str v, const char *path)
{
    struct cp_str mime[2] = { S("audio/"), S("wav") };
    struct cp_item it = { .sub = CP_AUDIO, .num = CP_FROM_BASE64 };
    struct media m;

    if (!chat_in_expect(d, v, "{", path, "input_audio: expected an object"))
        return;
    it.text = openai_json_string(d->call, v, "data");
    if (it.text.p == NULL) {
        d->rc = H->fail(d->call, CP_E_SYNTAX, "%s.input_audio.data: expected a string", path);
        return;
    }
    if (openai_media_from_url(d->call, it.text, &m) && !m.is_text)
        it.text = m.data;
    if (J->kind(J->get(v, "format")) == '"')
        mime[1] = openai_json_string(d->call, v, "format");
    it.name = openai_text_join(d->call, mime, 2);
    emit_media(d, &it);
}

static void file_decode(struct chat_in *d, struct cp_str v, const char *path)
{
    struct cp_item it = { .sub = 0 };
    struct cp_str data, id;
    struct media m;

    if (!chat_in_expect(d, v, "{", path, "file: expected an object"))
        return;
    data = openai_json_string(d->call, v, "file_data");
    id = openai_json_string(d->call, v, "file_id");
    it.id = openai_json_string(d->call, v, "filename");
    if (data.p != NULL && openai_media_from_url(d->call, data, &m)) {
        it.name = m.mime;
        it.text = m.data;
        it.num = m.is_text ? CP_FROM_TEXT : CP_FROM_BASE64;
    } else if (data.p != NULL) {
        /* OpenRouter takes a link here; everything else is bare base64. */
        it.num = openai_text_begins(data, "http") ? CP_FROM_URL : CP_FROM_BASE64;
        it.name =
            it.num == CP_FROM_BASE64 ? openai_media_sniff(data) : (struct cp_str){ NULL, 0 };
        it.text = data;
        it.sub = it.name.n > 0 ? 0 : CP_DOCUMENT;
    } else if (id.p != NULL) {
        it.text = id;
        it.num = CP_FROM_FILE_ID;
        it.sub = CP_FILE;
    } else {
        d->rc = H->fail(d->call, CP_E_SYNTAX, "%s.file: neither file_data nor file_id", path);
        return;
    }
    emit_media(d, &it);
}

static void text_decode(struct chat_in *d, struct cp_str v, uint32_t kind, const char *path)
{
    if (chat_in_expect(d, v, "\"", path, "text: expected a string"))
        chat_in_whole(d, kind, J->text(d->call, v));
}

/* Mistral: {"type":"thinking","thinking":[{"type":"text","text":".."}]} */
static void thought_decode(struct chat_in *d, struct cp_str part)
{
    struct cp_str text = chat_content_text(d->call, J->get(part, "thinking"), NULL);

    if (text.n > 0)
        chat_in_emit(d, &(struct cp_item){ CP_ITEM(REASONING), .flags = CP_WHOLE,
                                           .sub = CP_RAW_THOUGHT, .text = text });
}

static int part_decode_media(struct chat_in *d, struct cp_str part, struct cp_str type,
                             const char *path)
{
    if (J->is(type, "image_url") || J->is(type, "input_image"))
        link_decode(d, J->get(part, "image_url"), CP_IMAGE, path);
    else if (J->is(type, "input_audio"))
        audio_decode(d, J->get(part, "input_audio"), path);
    else if (J->is(type, "file"))
        file_decode(d, J->get(part, "file"), path);
    else if (J->is(type, "video_url"))
        link_decode(d, J->get(part, "video_url"), CP_VIDEO, path);
    else if (J->is(type, "document_url"))
        link_decode(d, J->get(part, "document_url"), CP_DOCUMENT, path);
    else
        return 0;
    return 1;
}

static void part_decode(struct chat_in *d, struct cp_str part, const char *path)
{
    struct cp_str type;

    if (J->kind(part) == '"') { /* an array of bare strings */
        chat_in_whole(d, CP_TEXT, J->text(d->call, part));
        return;
    }
    if (!chat_in_expect(d, part, "{", path, "expected an object"))
        return;
    type = J->get(part, "type");
    if (J->is(type, "text") || J->is(type, "input_text") || J->is(type, "output_text"))
        text_decode(d, J->get(part, "text"), CP_TEXT, path);
    else if (J->is(type, "refusal"))
        text_decode(d, J->get(part, "refusal"), CP_REFUSAL, path);
    else if (J->is(type, "thinking") && !d->in_result)
        thought_decode(d, part);
    else if (!part_decode_media(d, part, type, path))
        chat_in_native(d, (struct cp_str){ path, strlen(path) }, part);
}

/* Anthropic's mark, as OpenRouter and LiteLLM take it, or OpenAI's own. */
static const char *mark_emit(struct chat_in *d, struct cp_str part, const char *path)
{
    static const char *const known[] = { "cache_control", "prompt_cache_breakpoint" };

    for (size_t k = 0; d->can_mark && k < 2; k++) {
        struct cp_str mark = J->get(part, known[k]), ttl;
        struct cp_item it = { CP_ITEM(CACHE_MARK) };
        if (J->kind(mark) != '{')
            continue;
        ttl = J->get(mark, "ttl");
        it.num = J->is(ttl, "1h") ? 3600 : J->is(ttl, "5m") ? 300 : 0;
        if (path != NULL)
            it.id = openai_text_format(d->call, "%s.%s", path, known[k]);
        chat_in_emit(d, &it);
        return known[k];
    }
    return NULL;
}

void chat_mark_alone(struct chat_in *d, struct cp_str part, const char *path)
{
    (void)mark_emit(d, part, path); /* no native of it could be placed again */
}

void chat_mark_decode(struct chat_in *d, struct cp_str part, const char *path)
{
    const char *key = mark_emit(d, part, path);

    if (key != NULL && path != NULL)
        chat_in_native(d, openai_text_format(d->call, "%s.%s", path, key), J->get(part, key));
}

void chat_content_decode(struct chat_in *d, struct cp_str content, const char *path)
{
    struct cp_str part;
    size_t at = 0;

    if (openai_json_null(content))
        return;
    if (!chat_in_expect(d, content, "\"[", path, "content: expected a string or an array"))
        return;
    if (J->kind(content) == '"') {
        chat_in_whole(d, CP_TEXT, J->text(d->call, content));
        return;
    }
    for (size_t i = 0; chat_in_going(d) && J->each(content, &at, NULL, &part); i++) {
        struct cp_str where = openai_text_format(d->call, "%s.content[%zu]", path, i);
        if (where.p == NULL) {
            d->rc = CP_E_LIMIT;
            return;
        }
        part_decode(d, part, where.p);
        if (J->kind(part) == '{')
            chat_mark_decode(d, part, where.p);
    }
}

/* reasoning_content or reasoning, whichever says something; with what must go back unread. */
static void reasoning_decode(struct chat_in *d, struct cp_str message)
{
    struct cp_str text = openai_json_string(d->call, message, "reasoning_content");
    struct cp_str details = J->get(message, "reasoning_details");
    struct cp_item it = { CP_ITEM(REASONING), .flags = CP_OPEN, .sub = CP_RAW_THOUGHT };

    if (text.n == 0)
        text = openai_json_string(d->call, message, "reasoning");
    if (text.n == 0)
        text = chat_details_text(d->call, details);
    if (text.n == 0 && !chat_details_has_state(details))
        return;
    it.text = text.p == NULL ? S("") : text;
    if (!chat_details_has_state(details)) {
        it.flags = CP_WHOLE;
        chat_in_emit(d, &it);
        return;
    }
    chat_in_emit(d, &it);
    chat_details_decode(d, details, 0, 0);
    it.flags = CP_CLOSE;
    it.text = S("");
    chat_in_emit(d, &it);
}

static void call_decode(struct chat_in *d, struct cp_str call, const char *path)
{
    struct cp_str f = J->get(call, "function");
    struct cp_str c = J->get(call, "custom");
    int is_custom = J->kind(f) != '{' && J->kind(c) == '{';
    struct cp_item it = { CP_ITEM(TOOL_CALL), .flags = CP_WHOLE };
    struct cp_str signature = chat_thought_signature(d->call, call), args;

    f = is_custom ? c : f;
    if (!chat_in_expect(d, f, "{", path,
                        "tool_calls[]: expected an object in function or custom"))
        return;
    it.sub = is_custom ? CP_TOOL_CUSTOM : CP_TOOL_FUNCTION;
    it.name = openai_json_string(d->call, f, "name");
    it.id = openai_json_string(d->call, call, "id");
    if (it.name.n == 0) {
        d->rc = H->fail(d->call, CP_E_SYNTAX,
                        "%s.tool_calls[].function.name: expected a string", path);
        return;
    }
    it.id = it.id.p == NULL ? S("") : it.id;
    if (is_custom && d->customs_n < sizeof(d->customs) / sizeof(d->customs[0]))
        d->customs[d->customs_n++] = it.id;
    args = J->get(f, is_custom ? "input" : "arguments");
    /* Some clients send the object itself instead of its text. */
    it.text = J->kind(args) == '"'     ? J->text(d->call, args)
              : openai_json_null(args) ? S("")
                                       : args;
    if (signature.p == NULL) {
        chat_in_emit(d, &it);
        return;
    }
    it.flags = CP_OPEN;
    chat_in_emit(d, &it);
    chat_in_emit(d, &(struct cp_item){ CP_ITEM(STATE), .name = S("thought_signature"),
                                       .id = S("gemini"), .text = signature });
    it.flags = CP_CLOSE;
    it.text = S("");
    chat_in_emit(d, &it);
}

static void legacy_call_decode(struct chat_in *d, struct cp_str f, const char *path)
{
    struct cp_item it = { CP_ITEM(TOOL_CALL), .flags = CP_WHOLE, .sub = CP_TOOL_FUNCTION };

    if (!chat_in_expect(d, f, "{", path, "function_call: expected an object"))
        return;
    it.name = openai_json_string(d->call, f, "name");
    it.text = openai_json_string(d->call, f, "arguments");
    if (it.name.n == 0) {
        d->rc = H->fail(d->call, CP_E_SYNTAX, "%s.function_call.name: expected a string", path);
        return;
    }
    it.id = openai_text_format(d->call, "call_legacy_%u", (unsigned)++d->legacy_n);
    it.text = it.text.p == NULL ? S("") : it.text;
    chat_in_emit(d, &it);
}

void chat_assistant_decode(struct chat_in *d, struct cp_str message, const char *path)
{
    struct cp_str refusal = J->get(message, "refusal");
    struct cp_str calls = J->get(message, "tool_calls");
    struct cp_str legacy = J->get(message, "function_call");
    struct cp_str call;
    size_t at = 0;

    reasoning_decode(d, message);
    chat_content_decode(d, J->get(message, "content"), path);
    if (J->kind(refusal) == '"')
        chat_in_whole(d, CP_REFUSAL, J->text(d->call, refusal));
    if (!openai_json_null(calls) &&
        !chat_in_expect(d, calls, "[", path, "tool_calls: expected an array"))
        return;
    while (chat_in_going(d) && !openai_json_null(calls) && J->each(calls, &at, NULL, &call))
        if (chat_in_expect(d, call, "{", path, "tool_calls: expected objects"))
            call_decode(d, call, path);
    if (!openai_json_null(legacy))
        legacy_call_decode(d, legacy, path);
}
