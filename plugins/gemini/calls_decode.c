/* SPDX-License-Identifier: MIT */
/*
 * calls_decode - calls, what was answered to them, and media.
 *
 * A call has an id only with newer models, and many clients leave it out even then.  A missing
 * one is made of what the call says and where it stands, so it is the same in every turn; a
 * result without one belongs to the first call of its name that is still open, else to the
 * first that is open at all.
 */
#include "request.h"

#include <string.h>

/* ---- media ------------------------------------------------------------------------------------------ */

/* {"detail":"low"} of MEDIA_RESOLUTION_LOW; absent: there is no such word. */
static struct cp_str detail_of(struct cp_str resolution)
{
    struct cp_str level = gemini_member(resolution, "level");

    if (J->kind(resolution) == '"')
        level = resolution;
    if (J->is(level, "MEDIA_RESOLUTION_LOW"))
        return S("{\"detail\":\"low\"}");
    return J->is(level, "MEDIA_RESOLUTION_HIGH") ? S("{\"detail\":\"high\"}") : NOTHING;
}

static int blob_read(struct reading *r, struct cp_str blob, struct cp_item *it)
{
    struct cp_str data = gemini_member_text(r->call, blob, "data"), text;

    if (data.p == NULL)
        return reading_refuse(r, reading_path(r, "inlineData.data"), "expected a string");
    it->text = gemini_base64(r->call, data);
    it->num = CP_FROM_BASE64;
    if (it->name.n == 0)
        it->name = gemini_media_sniff(it->text);
    if (it->name.n == 0)
        it->name = S("application/octet-stream");
    it->sub = gemini_media_class(it->name);
    if (!gemini_text_begins(it->name, "text/"))
        return 1;
    /* What is text is told as text: other services take no base64 of it. */
    text = gemini_media_text(r->call, it->text);
    if (text.n > 0) {
        it->text = text;
        it->num = CP_FROM_TEXT;
    }
    return 1;
}

static uint32_t class_of_url(struct cp_str url)
{
    struct cp_str mime = gemini_media_of_url(url);

    if (gemini_text_begins(url, "https://www.youtube.com/") ||
        gemini_text_begins(url, "https://youtu.be/"))
        return CP_VIDEO;
    return mime.n > 0 ? gemini_media_class(mime) : CP_FILE;
}

static int file_read(struct reading *r, struct cp_str file, struct cp_item *it)
{
    it->text = gemini_member_text(r->call, file, "fileUri");
    if (it->text.n == 0)
        return reading_refuse(r, reading_path(r, "fileData.fileUri"), "expected an address");
    it->num = gemini_media_is_stored(it->text) ? CP_FROM_FILE_ID : CP_FROM_URL;
    it->sub = it->name.n > 0 ? gemini_media_class(it->name) : class_of_url(it->text);
    return 1;
}

int gemini_media_read(struct reading *r, struct cp_str data, int is_file,
                      struct cp_str resolution, struct cp_item *it)
{
    struct cp_str path = reading_path(r, is_file ? "fileData" : "inlineData");

    if (J->kind(data) != '{')
        return reading_refuse(r, path, "expected an object");
    it->name = gemini_media_clean(r->call, gemini_member_text(r->call, data, "mimeType"));
    it->id = gemini_member_text(r->call, data, "displayName");
    it->meta = resolution.p == NULL ? NOTHING : detail_of(resolution);
    return is_file ? file_read(r, data, it) : blob_read(r, data, it);
}

/* ---- calls ---------------------------------------------------------------------------------------------- */

static struct known_call *call_add(struct reading *r)
{
    size_t room = r->calls_room == 0 ? 16 : r->calls_room * 2;
    struct known_call *more;

    if (r->calls_n == r->calls_room) {
        more = H->alloc(r->call, room * sizeof(*more));
        if (more == NULL) {
            r->rc = CP_E_LIMIT;
            return NULL;
        }
        if (r->calls_n > 0)
            memcpy(more, r->calls, r->calls_n * sizeof(*more));
        r->calls = more;
        r->calls_room = room;
    }
    return &r->calls[r->calls_n++];
}

static struct cp_str made_up_id(struct reading *r, struct cp_str name, struct cp_str args)
{
    struct cp_str place =
        gemini_text_format(r->call, "%u|%u|", (unsigned)r->turn, (unsigned)r->ordinal);
    struct cp_str parts[4] = { place, name, S("|"), args };

    return gemini_id_of(r->call, gemini_text_join(r->call, parts, 4));
}

static int is_call_member(struct cp_str key)
{
    return gemini_key_is(key, "name") || gemini_key_is(key, "id") ||
           gemini_key_is(key, "args") || gemini_key_is(key, "thoughtSignature");
}

/*
 * Gemini CLI puts the tool's name before the ids it is given: "read_file__toolu_1".  What was thought before a
 * call is found by the id that the upstream gave it.  source: Gemini CLI 0.61, processStreamResponse, read
 * 2026-11-22
 */
static struct cp_str id_of(struct reading *r, struct cp_str object, struct cp_str name)
{
    struct cp_str id = gemini_member_text(r->call, object, "id");
    struct cp_str parts[2] = { name, S("__") }, prefix = gemini_text_join(r->call, parts, 2);

    if (name.n == 0 || id.n <= prefix.n ||
        !gemini_text_same((struct cp_str){ id.p, prefix.n }, prefix))
        return id;
    return (struct cp_str){ id.p + prefix.n, id.n - prefix.n };
}

void gemini_call_decode(struct reading *r, struct cp_str call, struct cp_str signature)
{
    struct cp_item it = { CP_ITEM(TOOL_CALL), .sub = CP_TOOL_FUNCTION,
                          .name = gemini_member_text(r->call, call, "name"),
                          .text = gemini_member(call, "args") };
    struct known_call *known;
    struct cp_str key, v;
    size_t at = 0;

    if (it.name.n == 0) {
        (void)reading_refuse(r, reading_path(r, "functionCall.name"), "expected a name");
        return;
    }
    if (it.text.p != NULL && J->kind(it.text) != '{') {
        (void)reading_refuse(r, reading_path(r, "functionCall.args"), "expected an object");
        return;
    }
    it.text = it.text.p == NULL ? S("{}") : it.text;
    it.id = id_of(r, call, it.name);
    known = call_add(r);
    if (known == NULL)
        return;
    known->is_made_up = it.id.n == 0;
    if (it.id.n == 0)
        it.id = made_up_id(r, it.name, J->compact(r->call, it.text));
    known->id = it.id;
    known->name = it.name;
    known->turn = r->turn;
    r->ordinal++;
    gemini_signed_emit(r, &it, signature);
    while (r->rc == CP_OK && J->each(call, &at, &key, &v))
        if (!is_call_member(key))
            reading_member(r, reading_path(r, "functionCall"), key, v);
}

/* ---- results -------------------------------------------------------------------------------------------- */

/*
 * The open call of this turn that is meant: by its id, else by its name, else the first; NULL:
 * the result's own id is all there is.  Results come in the order of calls, so the search is
 * short; it is cut off where somebody made it long.
 */
static struct known_call *call_find(struct reading *r, struct cp_str id, struct cp_str name)
{
    struct known_call *named = NULL, *first = NULL;
    size_t i = r->first_open;

    while (i < r->calls_n && (r->calls[i].is_answered || r->calls[i].turn != r->turn))
        i++;
    r->first_open = i;
    for (size_t end = i + CALLS_MOST; i < r->calls_n && i < end; i++) {
        struct known_call *c = &r->calls[i];
        if (c->is_answered)
            continue;
        if (id.n > 0 && gemini_text_same(c->id, id))
            return c;
        if (id.n > 0 && !c->is_made_up)
            continue;
        first = first == NULL ? c : first;
        if (named == NULL && gemini_text_same(c->name, name))
            named = c;
    }
    return named != NULL ? named : id.n > 0 ? NULL : first;
}

/* 1: the object has one member, and it is error with a text. */
static int is_error(struct cp_str response)
{
    struct cp_str key, v;
    size_t at = 0;
    int n = 0, has_error = 0;

    while (J->kind(response) == '{' && J->each(response, &at, &key, &v)) {
        n++;
        has_error |= J->is(key, "error") && J->kind(v) == '"';
    }
    return n == 1 && has_error;
}

static void response_emit(struct reading *r, struct cp_str response)
{
    int is_text = J->kind(response) == '"';

    if (gemini_is_null(response))
        return;
    reading_emit(r, &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .index = 1,
                                       .sub = is_text ? 0 : 1,
                                       .text = is_text ? J->text(r->call, response)
                                                       : J->compact(r->call, response) });
}

static void result_media(struct reading *r, struct cp_str data, int is_file)
{
    struct cp_item it = { CP_ITEM(MEDIA), .flags = CP_WHOLE, .index = 1 };

    if (gemini_media_read(r, data, is_file, NOTHING, &it))
        reading_emit(r, &it);
}

static void result_parts(struct reading *r, struct cp_str parts)
{
    struct cp_str part, blob, file;
    size_t at = 0;

    if (parts.p != NULL && J->kind(parts) != '[')
        (void)reading_refuse(r, reading_path(r, "functionResponse.parts"), "expected an array");
    for (int i = 0; r->rc == CP_OK && J->kind(parts) == '[' && J->each(parts, &at, NULL, &part);
         i++) {
        blob = gemini_member(part, "inlineData");
        file = gemini_member(part, "fileData");
        if (blob.p != NULL || file.p != NULL)
            result_media(r, blob.p != NULL ? blob : file, blob.p == NULL);
        else
            reading_native(
                r,
                gemini_text_format(r->call, "contents[%d].parts[%d].functionResponse.parts[%d]",
                                   r->content, r->part, i),
                part);
    }
}

static int is_result_member(struct cp_str key)
{
    return gemini_key_is(key, "name") || gemini_key_is(key, "id") ||
           gemini_key_is(key, "response") || gemini_key_is(key, "parts");
}

static void result_inside(struct reading *r, struct cp_str result)
{
    struct cp_str key, v;
    size_t at = 0;

    response_emit(r, gemini_member(result, "response"));
    result_parts(r, gemini_member(result, "parts"));
    while (r->rc == CP_OK && J->each(result, &at, &key, &v))
        if (!is_result_member(key))
            reading_member(r, reading_path(r, "functionResponse"), key, v);
}

void gemini_result_decode(struct reading *r, struct cp_str result)
{
    struct cp_item it = { CP_ITEM(TOOL_RESULT), .flags = CP_OPEN, .sub = CP_TOOL_FUNCTION,
                          .name = gemini_member_text(r->call, result, "name"), .num = -1 };
    struct cp_str id = id_of(r, result, it.name);
    struct known_call *known = call_find(r, id, it.name);

    gemini_thought_close(r);
    if (J->kind(result) != '{') {
        (void)reading_refuse(r, reading_path(r, "functionResponse"), "expected an object");
        return;
    }
    it.id = known != NULL ? known->id : id;
    if (known != NULL)
        known->is_answered = 1;
    if (it.id.n == 0)
        it.id = made_up_id(r, it.name, J->compact(r->call, result));
    if (is_error(gemini_member(result, "response")))
        it.num = 1;
    reading_emit(r, &it);
    result_inside(r, result);
    it.flags = CP_CLOSE;
    reading_emit(r, &it);
}
