/* SPDX-License-Identifier: MIT */
/*
 * chat_parts_encode - user messages: a string where one is enough, else an array of parts.
 *
 * Media that this dialect has no place for is refused, so that another route gets its chance;
 * what can be said as text (documents in plain text, search hits) is said as text.
 */
#include "chat.h"

#include <string.h>

void chat_part_text_open(struct chat_out *e)
{
    (void)J->open(e->out, '{'); /* an out remembers its failure; so everywhere here */
    chat_out_key_raw(e, "type", S("\"text\""));
    (void)J->key(e->out, "text");
    (void)J->quote_open(e->out);
}

void chat_part_text(struct chat_out *e, struct cp_str text)
{
    chat_part_text_open(e);
    (void)J->piece(e->out, text);
    (void)J->quote_close(e->out);
    (void)J->close(e->out);
}

static void unsupported(struct chat_out *e, const struct cp_item *it, const char *what)
{
    if (e->rc == CP_OK)
        e->rc = H->fail_item(e->call, CP_E_UNSUPPORTED, it, "%s cannot be said in this dialect",
                             what);
}

/* {"type":KIND,KIND:{"url":..,"detail":..}} */
static void link_encode(struct chat_out *e, const struct cp_item *it, const char *kind)
{
    struct cp_str detail = J->kind(it->meta) == '{' ? J->get(it->meta, "detail") : it->meta;

    (void)J->open(e->out, '{');
    chat_out_key_text(e, "type", (struct cp_str){ kind, strlen(kind) });
    (void)J->key(e->out, kind);
    (void)J->open(e->out, '{');
    chat_out_key_text(
        e, "url",
        it->num == CP_FROM_URL ? it->text : openai_media_data_url(e->call, it->name, it->text));
    if (J->kind(it->meta) == '{' && J->kind(detail) == '"')
        chat_out_key_raw(e, "detail", J->is(detail, "original") ? S("\"high\"") : detail);
    (void)J->close(e->out);
    (void)J->close(e->out);
}

static void audio_encode(struct chat_out *e, const struct cp_item *it)
{
    struct cp_str format = it->name;

    if (it->num != CP_FROM_BASE64) {
        unsupported(e, it, "audio that is not in the request itself");
        return;
    }
    if (openai_text_begins(format, "audio/")) {
        format.p += 6;
        format.n -= 6;
    }
    if (openai_text_is(format, "mpeg"))
        format = S("mp3");
    else if (openai_text_is(format, "x-wav") || openai_text_is(format, "wave") || format.n == 0)
        format = S("wav");
    (void)J->open(e->out, '{');
    chat_out_key_raw(e, "type", S("\"input_audio\""));
    (void)J->key(e->out, "input_audio");
    (void)J->open(e->out, '{');
    chat_out_key_text(e, "data", it->text);
    chat_out_key_text(e, "format", format);
    (void)J->close(e->out);
    (void)J->close(e->out);
}

struct cp_str chat_file_name(struct chat_out *e, const struct cp_item *it)
{
    struct cp_str title = openai_json_string(e->call, it->meta, "title");
    struct cp_str parts[2] = { title, S(".pdf") };

    if (it->id.n > 0)
        return it->id;
    if (!openai_text_is(it->name, "application/pdf"))
        return title.n > 0 ? title : S("file");
    if (title.n == 0)
        return S("document.pdf");
    return title.n > 4 && openai_text_find(title, ".pdf") == title.n
               ? title
               : openai_text_join(e->call, parts, 2);
}

/* Ids of OpenAI's own files begin with "file-"; Claude's with "file_".
 * source: both API references, as of 2026-08 */
static void file_encode(struct chat_out *e, const struct cp_item *it)
{
    if (it->num == CP_FROM_URL) {
        unsupported(e, it, "a document by its address");
        return;
    }
    if (it->num == CP_FROM_FILE_ID && !openai_text_begins(it->text, "file-")) {
        unsupported(e, it, "a file that is stored at another provider");
        return;
    }
    (void)J->open(e->out, '{');
    chat_out_key_raw(e, "type", S("\"file\""));
    (void)J->key(e->out, "file");
    (void)J->open(e->out, '{');
    if (it->num == CP_FROM_FILE_ID) {
        chat_out_key_text(e, "file_id", it->text);
    } else {
        chat_out_key_text(e, "filename", chat_file_name(e, it));
        chat_out_key_text(e, "file_data", openai_media_data_url(e->call, it->name, it->text));
    }
    (void)J->close(e->out);
    (void)J->close(e->out);
}

void chat_part_media(struct chat_out *e, const struct cp_item *it)
{
    if (it->sub == CP_IMAGE && it->num == CP_FROM_FILE_ID)
        unsupported(e, it, "an image by its file id");
    else if (it->sub == CP_IMAGE)
        link_encode(e, it, "image_url");
    else if (it->sub == CP_AUDIO)
        audio_encode(e, it);
    else if (it->sub == CP_VIDEO && it->num != CP_FROM_FILE_ID &&
             (e->caps.flags & CAP_OPENAI) == 0)
        link_encode(e, it, "video_url");
    else if (it->sub == CP_VIDEO)
        unsupported(e, it, "video");
    else
        file_encode(e, it);
}

static struct cp_str attribute(struct cp_call *call, const char *name, struct cp_str value)
{
    struct cp_str parts[2] = { { name, strlen(name) }, { NULL, 0 } };

    if (value.n == 0)
        return S("");
    parts[1] = openai_text_quote(call, value);
    return openai_text_join(call, parts, 2);
}

static struct cp_str titled(struct cp_call *call, const struct cp_item *it, struct cp_str text)
{
    struct cp_str title = openai_json_string(call, it->meta, "title");
    struct cp_str url = openai_json_string(call, it->meta, "url");

    if (title.n == 0)
        title = it->id;
    if (it->sub == CP_SEARCH_HIT) {
        struct cp_str hit[5] = { title, S("\n"), url, S("\n\n"), text };
        return openai_text_join(call, hit, 5);
    }
    struct cp_str all[6] = {
        S("<document"),
        attribute(call, " title=", title),
        attribute(call, " context=", openai_json_string(call, it->meta, "context")),
        S(">\n"),
        text,
        S("\n</document>")
    };
    return openai_text_join(call, all, 6);
}

struct cp_str chat_media_text(struct cp_call *call, const struct cp_tape *tape, uint32_t at)
{
    const struct cp_item *it = H->item(tape, at), *inner;
    struct cp_str text = { NULL, 0 };
    uint32_t end;

    if ((it->flags & CP_OPEN) == 0)
        return text;
    if (it->num == CP_FROM_TEXT)
        return titled(call, it, chat_block_text(call, tape, at, CHAT_REST));
    if (it->num != CP_FROM_PARTS || it->sub != CP_SEARCH_HIT)
        return text;
    /* A hit is told with what it encloses; the parts of a document are walked by the caller. */
    end = chat_enclosed_end(tape, at);
    for (uint32_t i = at + 1; i < end; i++) {
        inner = H->item(tape, i);
        if (inner->kind == CP_TEXT && (inner->flags & CP_OPEN) != 0) {
            struct cp_str two[2] = { text, chat_block_text(call, tape, i, end) };
            text = openai_text_join(call, two, 2);
        }
    }
    return titled(call, it, text);
}

uint32_t chat_media_end(const struct cp_tape *tape, uint32_t at)
{
    return H->item(tape, at)->num == CP_FROM_PARTS ? chat_enclosed_end(tape, at)
                                                   : chat_block_end(tape, at, CHAT_REST);
}

/* ---- what hangs on a part ---------------------------------------------------------------- */

static int is_part_native(const struct cp_item *it)
{
    return it->kind == CP_NATIVE && openai_text_is(it->id, OPENAI_CHAT) &&
           openai_text_find(it->name, "].content[") != 0 && it->name.p[it->name.n - 1] != ']';
}

static int is_whole_native(const struct cp_item *it)
{
    return it->kind == CP_NATIVE && openai_text_is(it->id, OPENAI_CHAT) &&
           openai_text_find(it->name, "].content[") != 0 && it->name.p[it->name.n - 1] == ']';
}

int chat_extras_n(const struct chat_out *e, uint32_t at, uint32_t end)
{
    int n = 0;

    for (uint32_t i = at; i < end; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        if (it->kind == CP_CACHE_MARK)
            n += e->conf->cache_marks != MARKS_DROP;
        else if (is_part_native(it))
            n++;
        else
            break;
    }
    return n;
}

static void mark_encode(struct chat_out *e, const struct cp_item *mark)
{
    if (e->conf->cache_marks == MARKS_CONTROL)
        chat_out_key_raw(e, "cache_control",
                         mark->num >= 3600 ? S("{\"type\":\"ephemeral\",\"ttl\":\"1h\"}")
                                           : S("{\"type\":\"ephemeral\"}"));
    else if (e->conf->cache_marks == MARKS_BREAKPOINT)
        chat_out_key_raw(e, "prompt_cache_breakpoint", S("{\"mode\":\"explicit\"}"));
}

uint32_t chat_extras_encode(struct chat_out *e, uint32_t at, uint32_t end)
{
    const struct cp_item *mark = NULL;
    uint32_t i;
    int has_own = 0;

    for (i = at; i < end; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        struct cp_str key = chat_native_key(e->call, it);
        if (it->kind == CP_CACHE_MARK) {
            mark = it;
            continue;
        }
        if (!is_part_native(it))
            break;
        has_own |= openai_text_is(key, "cache_control") ||
                   openai_text_is(key, "prompt_cache_breakpoint");
        if (key.p != NULL)
            chat_out_key_raw(e, key.p, it->text);
    }
    if (mark != NULL && !has_own)
        mark_encode(e, mark);
    return i;
}

/* ---- a user's turn ----------------------------------------------------------------------- */

struct user { /* what a message will have to hold */
    uint32_t texts, others;
    size_t text_bytes;
    int extras;
};

static struct user user_read(struct chat_out *e, uint32_t at, uint32_t end)
{
    struct user u = { 0, 0, 0, 0 };

    for (uint32_t i = at; i < end; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        int opens = (it->flags & CP_OPEN) != 0;
        if (it->kind == CP_TOOL_RESULT && opens) {
            i = chat_enclosed_end(e->tape, i) - 1;
        } else if (it->kind == CP_TEXT || it->kind == CP_REFUSAL) {
            u.texts += (uint32_t)opens;
            u.text_bytes += it->text.n;
            u.extras += (it->flags & CP_CLOSE) != 0 ? chat_extras_n(e, i + 1, end) : 0;
        } else if (it->kind == CP_MEDIA && opens) {
            u.others++;
        } else {
            u.others += (uint32_t)is_whole_native(it);
        }
    }
    /* Strings hold no attachments: their results said so. */
    for (uint32_t i = e->results_at; i < e->results_end && !e->conf->strings_only; i++)
        u.others += (uint32_t)chat_media_is_attachment(H->item(e->tape, i));
    return u;
}

/* Images and files of the results that were just answered. */
static void attachments_encode(struct chat_out *e)
{
    struct cp_str id = { NULL, 0 };
    int n = 0;

    for (uint32_t i = e->results_at; i < e->results_end; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        if (it->kind == CP_TOOL_RESULT && (it->flags & CP_OPEN) != 0) {
            id = chat_out_id(e, it->id);
            n = 0;
        }
        if (!chat_media_is_attachment(it))
            continue;
        chat_part_text(
            e, openai_text_format(e->call, "[attachment %d of %.*s]", ++n, (int)id.n, id.p));
        chat_part_media(e, it);
    }
}

static uint32_t text_part_encode(struct chat_out *e, uint32_t at, uint32_t end)
{
    uint32_t stop;

    chat_part_text_open(e);
    stop = chat_pieces_encode(e, at, end);
    (void)J->quote_close(e->out);
    stop = chat_extras_encode(e, stop, end);
    (void)J->close(e->out);
    return stop;
}

/* One thing of a user's turn as a part; where the next one is. */
static uint32_t part_encode(struct chat_out *e, uint32_t i, uint32_t end)
{
    const struct cp_item *it = H->item(e->tape, i);
    int opens = (it->flags & CP_OPEN) != 0;
    struct cp_str text;

    if (it->kind == CP_TOOL_RESULT && opens)
        return chat_enclosed_end(e->tape, i);
    if ((it->kind == CP_TEXT || it->kind == CP_REFUSAL) && opens)
        return text_part_encode(e, i, end);
    if (chat_media_is_attachment(it)) {
        chat_part_media(e, it);
        return i + 1;
    }
    if (it->kind == CP_MEDIA && opens) {
        text = chat_media_text(e->call, e->tape, i);
        if (text.p != NULL)
            chat_part_text(e, text);
        return text.p == NULL ? i + 1 : chat_media_end(e->tape, i);
    }
    if (is_whole_native(it))
        (void)J->raw(e->out, it->text);
    return i + 1;
}

/* Everything as one string, for servers that know no arrays; media has no place there. */
static void string_encode(struct chat_out *e, uint32_t at, uint32_t end)
{
    int n = 0;

    (void)J->quote_open(e->out);
    for (uint32_t i = at; i < end; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        struct cp_str text = { NULL, 0 };
        if (it->kind == CP_TOOL_RESULT && (it->flags & CP_OPEN) != 0) {
            i = chat_enclosed_end(e->tape, i) - 1;
        } else if (chat_media_is_attachment(it)) {
            chat_out_note_item(e, CP_DROPPED, it, "the server takes text only");
            text = S("[attachment omitted]");
        } else if (it->kind == CP_TEXT && (it->flags & CP_OPEN) != 0) {
            text = chat_block_text(e->call, e->tape, i, end);
        } else if (it->kind == CP_MEDIA) {
            text = chat_media_text(e->call, e->tape, i);
            i = text.p == NULL ? i : chat_media_end(e->tape, i) - 1;
        }
        if (text.p == NULL)
            continue;
        if (n++ > 0)
            (void)J->piece(e->out, S("\n\n"));
        (void)J->piece(e->out, text);
    }
    (void)J->quote_close(e->out);
}

static void content_encode(struct chat_out *e, uint32_t at, uint32_t end, const struct user *u)
{
    (void)J->key(e->out, "content");
    if (e->conf->strings_only || (u->texts == 1 && u->others == 0 && u->extras == 0)) {
        string_encode(e, at, end);
        return;
    }
    (void)J->open(e->out, '[');
    attachments_encode(e);
    for (uint32_t i = at; i < end;)
        i = part_encode(e, i, end);
    (void)J->close(e->out);
}

static void results_encode(struct chat_out *e, uint32_t at, uint32_t end)
{
    const struct cp_item *it;

    e->results_at = e->results_end = at + 1;
    for (uint32_t i = at + 1; i < end; i = e->results_end = chat_enclosed_end(e->tape, i)) {
        while (i < end &&
               ((it = H->item(e->tape, i))->kind == CP_NATIVE || it->kind == CP_CACHE_MARK))
            i++; /* what hangs on the result before */
        if (i == end || H->item(e->tape, i)->kind != CP_TOOL_RESULT)
            return;
        chat_result_encode(e, i);
    }
}

void chat_user_encode(struct chat_out *e, uint32_t at, uint32_t end)
{
    const struct cp_item *message = H->item(e->tape, at);

    results_encode(e, at, end);
    struct user u = user_read(e, at, end);
    if (u.others == 0 && u.text_bytes == 0) {
        if (message->name.n > 0)
            chat_out_note_item(e, CP_DROPPED, message, "the author's name: results have none");
        return;
    }
    e->messages_n++;
    (void)J->open(e->out, '{');
    chat_out_key_raw(e, "role", S("\"user\""));
    content_encode(e, at, end, &u);
    chat_name_encode(e, message);
    chat_message_natives_encode(e, at, end);
    (void)J->close(e->out);
}
