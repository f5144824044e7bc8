/* SPDX-License-Identifier: MIT */
/*
 * responses_parts_decode - parts of what a user says or a tool answers.
 *
 * Parts are read by what they hold as much as by their type: clients mix in the spellings of
 * chat, and a file may be a link, an id, a data URL or bare base64.
 */
#include "responses.h"

#include <string.h>

static void emit_media(struct chat_in *d, struct cp_item *it)
{
    it->size = (uint32_t)sizeof(*it);
    it->kind = CP_MEDIA;
    it->flags = CP_WHOLE;
    it->index = d->index++;
    if (it->sub == 0)
        it->sub = it->name.n > 0 ? openai_media_class(it->name) : CP_FILE;
    chat_in_emit(d, it);
}

/* {"detail":"low"} of a part; absent if it does not say. */
static struct cp_str detail_of(struct chat_in *d, struct cp_str part)
{
    struct cp_str parts[3] = { S("{\"detail\":"), J->get(part, "detail"), S("}") };

    if (J->kind(parts[1]) != '"')
        return (struct cp_str){ NULL, 0 };
    return openai_text_join(d->call, parts, 3);
}

static void data_read(struct chat_in *d, struct cp_str url, struct cp_item *it)
{
    struct media m;

    if (!openai_media_from_url(d->call, url, &m)) {
        it->text = url;
        it->num = CP_FROM_URL;
        return;
    }
    it->name = m.mime;
    it->text = m.data;
    it->num = m.is_text ? CP_FROM_TEXT : CP_FROM_BASE64;
    if (m.is_text)
        it->sub = CP_DOCUMENT;
}

static void image_decode(struct chat_in *d, struct cp_str part, const char *path)
{
    static const char *const known[] = {
        "type", "image_url", "file_id", "detail", "prompt_cache_breakpoint", NULL
    };
    struct cp_str url = J->get(part, "image_url");
    struct cp_item it = { .sub = CP_IMAGE, .meta = detail_of(d, part) };

    if (J->kind(url) == '{')
        url = J->get(url, "url");
    if (J->kind(url) == '"') {
        data_read(d, J->text(d->call, url), &it);
    } else {
        it.text = openai_json_string(d->call, part, "file_id");
        it.num = CP_FROM_FILE_ID;
    }
    if (it.text.p == NULL) {
        d->rc = H->fail(d->call, CP_E_SYNTAX, "%s: neither image_url nor file_id", path);
        return;
    }
    emit_media(d, &it);
    responses_rest_decode(d, part, path, known);
}

static void file_read(struct chat_in *d, struct cp_str part, struct cp_item *it)
{
    struct cp_str data = openai_json_string(d->call, part, "file_data");
    struct cp_str url = openai_json_string(d->call, part, "file_url");

    if (data.p != NULL && data.n >= 5 && openai_text_begins(data, "data:")) {
        data_read(d, data, it);
    } else if (data.p != NULL) {
        it->name = openai_media_sniff(data);
        it->text = data;
        it->num = CP_FROM_BASE64;
        it->sub = it->name.n > 0 ? 0 : CP_DOCUMENT;
    } else if (url.p != NULL) {
        it->sub = CP_DOCUMENT;
        data_read(d, url, it);
    } else {
        it->text = openai_json_string(d->call, part, "file_id");
        it->num = CP_FROM_FILE_ID;
        it->sub = CP_FILE;
    }
}

static void file_decode(struct chat_in *d, struct cp_str part, const char *path)
{
    static const char *const known[] = { "type",
                                         "file_data",
                                         "file_url",
                                         "file_id",
                                         "filename",
                                         "detail",
                                         "prompt_cache_breakpoint",
                                         NULL };
    struct cp_item it = { .id = openai_json_string(d->call, part, "filename"),
                          .meta = detail_of(d, part) };

    file_read(d, part, &it);
    if (it.text.p == NULL) {
        d->rc = H->fail(d->call, CP_E_SYNTAX, "%s: none of file_data, file_url, file_id", path);
        return;
    }
    emit_media(d, &it);
    responses_rest_decode(d, part, path, known);
}

static void audio_decode(struct chat_in *d, struct cp_str part, const char *path)
{
    struct cp_str v = J->get(part, "input_audio"), mime[2] = { S("audio/"), S("wav") };
    struct cp_item it = { .sub = CP_AUDIO, .num = CP_FROM_BASE64 };

    if (!chat_in_expect(d, v, "{", path, "input_audio: expected an object"))
        return;
    if (!chat_in_expect(d, J->get(v, "data"), "\"", path,
                        "input_audio.data: expected a string"))
        return;
    it.text = openai_json_string(d->call, v, "data");
    if (J->kind(J->get(v, "format")) == '"')
        mime[1] = openai_json_string(d->call, v, "format");
    it.name = openai_text_join(d->call, mime, 2);
    emit_media(d, &it);
}

static void text_decode(struct chat_in *d, struct cp_str part, uint32_t kind,
                        const char *member, const char *path)
{
    static const char *const known[] = { "type",        "text",     "refusal",
                                         "annotations", "logprobs", "prompt_cache_breakpoint",
                                         NULL };
    struct cp_str text = J->get(part, member);
    struct cp_item it = { CP_ITEM(TEXT), .flags = CP_WHOLE, .index = d->index };

    if (!chat_in_expect(d, text, "\"", path, "text: expected a string"))
        return;
    d->index++;
    it.kind = kind;
    it.text = J->text(d->call, text);
    chat_in_emit(d, &it);
    responses_rest_decode(d, part, path, known);
}

void responses_part_decode(struct chat_in *d, struct cp_str part, const char *path)
{
    struct cp_str type;

    if (J->kind(part) == '"') { /* an array of bare strings */
        chat_in_emit(d,
                     &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .index = d->index++,
                                        .text = J->text(d->call, part) });
        return;
    }
    if (!chat_in_expect(d, part, "{", path, "expected an object"))
        return;
    type = J->get(part, "type");
    if (J->is(type, "input_text") || J->is(type, "text") || J->is(type, "output_text") ||
        J->is(type, "summary_text"))
        text_decode(d, part, CP_TEXT, "text", path);
    else if (J->is(type, "refusal"))
        text_decode(d, part, CP_REFUSAL, "refusal", path);
    else if (J->is(type, "input_image") || J->is(type, "computer_screenshot") ||
             J->is(type, "image_url"))
        image_decode(d, part, path);
    else if (J->is(type, "input_file"))
        file_decode(d, part, path);
    else if (J->is(type, "input_audio"))
        audio_decode(d, part, path);
    else
        responses_native(d, path, part);
    chat_mark_decode(d, part, NULL);
}
