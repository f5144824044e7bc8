/* SPDX-License-Identifier: MIT */
/*
 * responses_parts_encode - what users say and tools answer, as parts.
 *
 * Audio and video have no place in this dialect (compatible servers take the audio that chat
 * has), so a request with them is refused and another route gets its chance.
 */
#include "responses.h"

#include <string.h>

struct cp_str responses_native_key(struct cp_call *call, const struct cp_item *it)
{
    struct cp_str key = it->name, none = { NULL, 0 };

    if (it->kind != CP_NATIVE || !openai_text_is(it->id, OPENAI_RESPONSES))
        return none;
    for (size_t i = key.n; i > 0; i--) {
        if (key.p[i - 1] == ']')
            return none;
        if (key.p[i - 1] != '.')
            continue;
        key.p += i;
        key.n -= i;
        break;
    }
    if (key.n == 0 || key.n > 256 || memchr(key.p, '\\', key.n) != NULL)
        return none;
    return openai_text_copy(call, key); /* now it ends in a NUL, as a key must */
}

static int is_part_path(struct cp_str path)
{
    return openai_text_find(path, "].content[") != 0 ||
           openai_text_find(path, "].output[") != 0;
}

static int is_part_native(const struct cp_item *it)
{
    return it->kind == CP_NATIVE && openai_text_is(it->id, OPENAI_RESPONSES) &&
           is_part_path(it->name) && it->name.p[it->name.n - 1] == ']';
}

int responses_is_part(const struct cp_item *it)
{
    if (it->kind == CP_TEXT || it->kind == CP_REFUSAL || it->kind == CP_MEDIA)
        return (it->flags & CP_OPEN) != 0;
    return is_part_native(it);
}

void responses_mark_note(struct responses_out *e, const struct cp_item *mark)
{
    H->note_item(e->c.call, CP_MAPPED, mark, "the service caches by itself");
}

/* Members and marks behind a part, into its object; where they end. */
static uint32_t extras_encode(struct responses_out *e, uint32_t at, uint32_t end)
{
    for (; at < end; at++) {
        const struct cp_item *it = H->item(e->c.tape, at);
        struct cp_str key = { NULL, 0 };
        if (it->kind == CP_CACHE_MARK) {
            if (e->is_own)
                chat_out_key_raw(&e->c, "prompt_cache_breakpoint",
                                 S("{\"mode\":\"explicit\"}"));
            else
                responses_mark_note(e, it);
            continue;
        }
        if (it->kind == CP_NATIVE && is_part_path(it->name))
            key = responses_native_key(e->c.call, it);
        if (key.p == NULL)
            return at;
        chat_out_key_raw(&e->c, key.p, it->text);
    }
    return at;
}

static void part_open(struct responses_out *e, const char *type)
{
    (void)J->open(e->c.out, '{'); /* an out remembers its failure; so everywhere here */
    chat_out_key_text(&e->c, "type", (struct cp_str){ type, strlen(type) });
}

void responses_part_text(struct responses_out *e, const char *type, struct cp_str text)
{
    part_open(e, type);
    chat_out_key_text(&e->c, "text", text);
    (void)J->close(e->c.out);
}

static void refuse(struct responses_out *e, const struct cp_item *it, const char *what)
{
    if (e->c.rc == CP_OK)
        e->c.rc = H->fail_item(e->c.call, CP_E_UNSUPPORTED, it,
                               "%s cannot be said in this dialect", what);
}

/* Ids of OpenAI's own files begin with "file-". source: its API reference, as of 2026-08 */
static int is_id_known(struct responses_out *e, const struct cp_item *it)
{
    if (it->num != CP_FROM_FILE_ID || e->is_own || openai_text_begins(it->text, "file-"))
        return 1;
    refuse(e, it, "a file that is stored at another provider");
    return 0;
}

static void image_encode(struct responses_out *e, const struct cp_item *it)
{
    struct cp_str detail = J->kind(it->meta) == '{' ? J->get(it->meta, "detail") : S("");

    part_open(e, "input_image");
    if (it->num == CP_FROM_FILE_ID)
        chat_out_key_text(&e->c, "file_id", it->text);
    else
        chat_out_key_text(&e->c, "image_url",
                          it->num == CP_FROM_URL
                              ? it->text
                              : openai_media_data_url(e->c.call, it->name, it->text));
    chat_out_key_raw(&e->c, "detail", J->kind(detail) == '"' ? detail : S("\"auto\""));
}

static void file_encode(struct responses_out *e, const struct cp_item *it)
{
    struct cp_str detail = J->kind(it->meta) == '{' ? J->get(it->meta, "detail") : S("");

    part_open(e, "input_file");
    if (it->num == CP_FROM_FILE_ID) {
        chat_out_key_text(&e->c, "file_id", it->text);
    } else if (it->num == CP_FROM_URL) {
        chat_out_key_text(&e->c, "file_url", it->text);
    } else {
        chat_out_key_text(&e->c, "filename", chat_file_name(&e->c, it));
        chat_out_key_text(&e->c, "file_data",
                          openai_media_data_url(e->c.call, it->name, it->text));
    }
    if (e->is_own && J->kind(detail) == '"')
        chat_out_key_raw(&e->c, "detail", detail);
}

static void audio_encode(struct responses_out *e, const struct cp_item *it)
{
    struct cp_str format = it->name;

    if (openai_text_begins(format, "audio/")) {
        format.p += 6;
        format.n -= 6;
    }
    if (openai_text_is(format, "mpeg"))
        format = S("mp3");
    part_open(e, "input_audio");
    (void)J->key(e->c.out, "input_audio");
    (void)J->open(e->c.out, '{');
    chat_out_key_text(&e->c, "data", it->text);
    chat_out_key_text(&e->c, "format", format.n > 0 ? format : S("wav"));
    (void)J->close(e->c.out);
}

/* Media that is bytes, a link or an id. */
static uint32_t attachment_encode(struct responses_out *e, uint32_t at, uint32_t end)
{
    const struct cp_item *it = H->item(e->c.tape, at);
    int is_told = it->num == CP_FROM_BASE64 && (e->c.caps.flags & CAP_OPENAI) == 0;
    uint32_t stop = chat_media_end(e->c.tape, at);

    if (it->sub == CP_VIDEO || (it->sub == CP_AUDIO && !is_told)) {
        refuse(e, it, it->sub == CP_VIDEO ? "video" : "audio");
        return stop;
    }
    if (!is_id_known(e, it))
        return stop;
    if (it->sub == CP_AUDIO)
        audio_encode(e, it);
    else if (it->sub == CP_IMAGE)
        image_encode(e, it);
    else
        file_encode(e, it);
    stop = extras_encode(e, stop, end);
    (void)J->close(e->c.out);
    return stop;
}

/* What a client says of a document, and the part for it does not. */
static void about_encode(struct responses_out *e, const struct cp_item *it)
{
    struct cp_str title = openai_json_string(e->c.call, it->meta, "title");
    struct cp_str context = openai_json_string(e->c.call, it->meta, "context");
    struct cp_str parts[4] = { S("About the document "), { NULL, 0 }, S(":\n"), context };
    int is_titled = it->num == CP_FROM_BASE64 || it->num == CP_FROM_TEXT;

    if (J->kind(it->meta) == '{' && J->kind(J->get(it->meta, "citations")) == 't')
        H->note_item(e->c.call, CP_DROPPED, it, "this dialect cites no documents");
    if (it->sub == CP_SEARCH_HIT || it->sub == CP_IMAGE)
        return;
    if (context.n == 0 && (is_titled || title.n == 0))
        return;
    parts[1] = title.n > 0 ? openai_text_quote(e->c.call, title) : S("below");
    responses_part_text(e, "input_text",
                        openai_text_join(e->c.call, parts, context.n > 0 ? 4 : 2));
}

static uint32_t media_encode(struct responses_out *e, uint32_t at, uint32_t end, int is_answer)
{
    struct cp_str text;

    if (!e->is_own && !is_answer)
        about_encode(e, H->item(e->c.tape, at));
    if (chat_media_is_attachment(H->item(e->c.tape, at)))
        return attachment_encode(e, at, end);
    text = chat_media_text(e->c.call, e->c.tape, at);
    if (text.p == NULL)
        return at + 1; /* a document's parts follow, and are parts themselves */
    part_open(e, is_answer ? "output_text" : "input_text");
    chat_out_key_text(&e->c, "text", text);
    at = extras_encode(e, chat_media_end(e->c.tape, at), end);
    (void)J->close(e->c.out);
    return at;
}

/* What hangs on the assistant's text, for the service that made it. */
static void cites_encode(struct responses_out *e, uint32_t at, uint32_t end)
{
    const struct cp_item *it, *logprobs = NULL;
    int n = 0;

    for (; at < end; at++) {
        it = H->item(e->c.tape, at);
        if (it->kind != CP_CITE || !openai_text_is(it->id, OPENAI_RESPONSES))
            continue;
        if (openai_text_is(it->name, "logprobs")) {
            logprobs = it;
            continue;
        }
        if (n++ == 0) {
            (void)J->key(e->c.out, "annotations");
            (void)J->open(e->c.out, '[');
        }
        (void)J->raw(e->c.out, it->meta);
    }
    if (n > 0)
        (void)J->close(e->c.out);
    if (logprobs != NULL)
        chat_out_key_raw(&e->c, "logprobs", logprobs->meta);
}

uint32_t responses_part_encode(struct responses_out *e, uint32_t at, uint32_t end,
                               int is_answer)
{
    const struct cp_item *it = H->item(e->c.tape, at);
    int is_refusal = it->kind == CP_REFUSAL && is_answer;
    uint32_t stop;

    if (it->kind == CP_NATIVE) {
        (void)J->raw(e->c.out, it->text);
        return at + 1;
    }
    if (it->kind == CP_MEDIA)
        return media_encode(e, at, end, is_answer);
    part_open(e, is_refusal ? "refusal" : is_answer ? "output_text" : "input_text");
    (void)J->key(e->c.out, is_refusal ? "refusal" : "text");
    (void)J->quote_open(e->c.out);
    stop = chat_pieces_encode(&e->c, at, end);
    (void)J->quote_close(e->c.out);
    if (is_answer && !is_refusal)
        cites_encode(e, at, stop);
    at = extras_encode(e, stop, end);
    (void)J->close(e->c.out);
    return at;
}

/* ---- results ----------------------------------------------------------------------------- */

struct result {
    uint32_t texts, others;
    int is_error;
};

static struct result result_read(struct responses_out *e, uint32_t at, uint32_t end)
{
    struct result r = { 0, 0, H->item(e->c.tape, at)->num == 1 };

    for (uint32_t i = at + 1; i < end; i++) {
        const struct cp_item *it = H->item(e->c.tape, i);
        if (!responses_is_part(it) && it->kind != CP_CACHE_MARK && it->kind != CP_NATIVE)
            continue;
        if (it->kind == CP_TEXT || it->kind == CP_REFUSAL)
            r.texts++;
        else if (it->kind != CP_CACHE_MARK || e->is_own)
            r.others++;
    }
    return r;
}

/* The dialect has no flag for an error: the text says so. */
static struct cp_str error_prefix(const struct result *r, struct cp_str text)
{
    struct cp_str begin = { text.p, text.n < 5 ? 0 : 5 };

    return r->is_error && openai_text_find(begin, "error") == 0 ? S("Error: ") : S("");
}

static struct cp_str text_of(struct responses_out *e, uint32_t at, uint32_t end,
                             struct result *r)
{
    struct cp_str parts[2] = { { NULL, 0 }, chat_block_text(e->c.call, e->c.tape, at, end) };

    if (H->item(e->c.tape, at)->sub == 1) {
        struct cp_str text = chat_object_text(e->c.call, parts[1], &r->is_error);
        parts[1] = text.n > 0 ? text : parts[1];
    }
    parts[0] = error_prefix(r, parts[1]);
    r->is_error = 0; /* said */
    return parts[0].n > 0 ? openai_text_join(e->c.call, parts, 2) : parts[1];
}

static uint32_t first_text(const struct responses_out *e, uint32_t at, uint32_t end)
{
    for (uint32_t i = at + 1; i < end; i++) {
        const struct cp_item *it = H->item(e->c.tape, i);
        if ((it->kind == CP_TEXT || it->kind == CP_REFUSAL) && (it->flags & CP_OPEN) != 0)
            return i;
    }
    return end;
}

void responses_output_encode(struct responses_out *e, uint32_t at, uint32_t end)
{
    struct result r = result_read(e, at, end);

    (void)J->key(e->c.out, "output");
    if (r.texts == 1 && r.others == 0) {
        (void)J->string(e->c.out, text_of(e, first_text(e, at, end), end, &r));
        return;
    }
    if (r.texts + r.others == 0) {
        (void)J->string(e->c.out, r.is_error ? S("Error") : S(""));
        return;
    }
    (void)J->open(e->c.out, '[');
    if (r.is_error && r.texts == 0)
        responses_part_text(e, "input_text", S("Error:"));
    for (uint32_t i = at + 1; i < end;) {
        const struct cp_item *it = H->item(e->c.tape, i);
        if (it->kind == CP_TEXT && responses_is_part(it) && (r.is_error || it->sub == 1)) {
            responses_part_text(e, "input_text", text_of(e, i, end, &r));
            i = chat_block_end(e->c.tape, i, end);
        } else {
            i = responses_is_part(it) ? responses_part_encode(e, i, end, 0) : i + 1;
        }
    }
    (void)J->close(e->c.out);
}
