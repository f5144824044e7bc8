/* SPDX-License-Identifier: MIT */
/*
 * media_encode - images, sound, film and documents as parts.
 *
 * The service tells media by MIME type alone, so what others say beside it (a title, a file
 * name) is told in words where it carries meaning, and noted where it does not.
 */
#include "request.h"

void gemini_blob_encode(struct writing *w, const struct cp_item *it)
{
    struct cp_str mime = gemini_media_clean(w->call, it->name);

    if (mime.n == 0)
        mime = gemini_media_sniff(it->text);
    if (mime.n == 0)
        mime = it->sub == CP_IMAGE ? S("image/png") : S("application/octet-stream");
    (void)J->open(w->out, '{');
    writing_key_text(w, "mimeType", mime);
    writing_key_text(w, "data", it->text);
    if (w->is_own_client && it->id.n > 0)
        writing_key_text(w, "displayName", it->id);
    (void)J->close(w->out);
}

/* ---- documents in plain text ------------------------------------------------------------------------- */

static struct cp_str meta_text(struct writing *w, const struct cp_item *it, const char *key)
{
    struct cp_str v = J->kind(it->meta) == '{' ? J->get(it->meta, key) : NOTHING;

    return J->kind(v) == '"' ? J->text(w->call, v) : NOTHING;
}

/* <document title="T" context="C"> */
static struct cp_str document_head(struct writing *w, const struct cp_item *it)
{
    struct cp_str title = meta_text(w, it, "title"), context = meta_text(w, it, "context");
    struct cp_str parts[6] = { S("<document"), S(""), S(""), S(""), S(""), S(">\n") };

    title = title.n > 0 ? title : it->id;
    if (title.n > 0) {
        parts[1] = S(" title=");
        parts[2] = gemini_text_quote(w->call, title);
    }
    if (context.n > 0) {
        parts[3] = S(" context=");
        parts[4] = gemini_text_quote(w->call, context);
    }
    return gemini_text_join(w->call, parts, 6);
}

/* The text of all that an enclosure holds; absent: it holds other things, too. */
static struct cp_str inner_text(struct writing *w, uint32_t i)
{
    uint32_t end = writing_end(w, i);
    struct cp_str *parts = H->alloc(w->call, 2 * (end - i) * sizeof(*parts));
    size_t n = 0;

    if (parts == NULL)
        return NOTHING;
    for (i++; i + 1 < end; i = writing_end(w, i)) {
        const struct cp_item *it = H->item(w->tape, i);
        if (it->kind == CP_MEDIA)
            return NOTHING;
        if (it->kind != CP_TEXT)
            continue;
        if (n > 0)
            parts[n++] = S("\n");
        parts[n++] = writing_text(w, i);
    }
    return gemini_text_join(w->call, parts, n);
}

struct cp_str gemini_document_text(struct writing *w, uint32_t i)
{
    const struct cp_item *it = H->item(w->tape, i);
    struct cp_str text = it->num == CP_FROM_TEXT ? writing_text(w, i) : NOTHING;

    if (it->num == CP_FROM_PARTS)
        text = inner_text(w, i);
    if (text.p == NULL)
        return text;
    if (it->sub == CP_SEARCH_HIT) {
        struct cp_str hit[5] = { meta_text(w, it, "title"), S("\n"), meta_text(w, it, "url"),
                                 S("\n\n"), text };
        return gemini_text_join(w->call, hit, 5);
    } else {
        struct cp_str document[3] = { document_head(w, it), text, S("\n</document>") };
        return gemini_text_join(w->call, document, 3);
    }
}

/* ---- parts ---------------------------------------------------------------------------------------------- */

/* MEDIA_RESOLUTION_HIGH of the detail another dialect asked for. */
static void resolution_encode(struct writing *w, const struct cp_item *it)
{
    struct cp_str detail = J->kind(it->meta) == '{' ? J->get(it->meta, "detail") : NOTHING;
    int is_low = J->is(detail, "low");

    if (J->kind(detail) != '"')
        return;
    if (J->is(detail, "auto")) {
        writing_note(w, CP_MAPPED, it, "the service chooses the detail by itself");
        return;
    }
    if ((w->caps.flags & CAP_RESOLUTION) == 0) {
        writing_note(w, CP_DROPPED, it, "the model knows no detail of one image");
        return;
    }
    if (!is_low && !J->is(detail, "high"))
        writing_note(w, CP_APPROXIMATED, it, "the highest detail that the service has");
    (void)J->key(w->out, "mediaResolution");
    (void)J->open(w->out, '{');
    writing_key_raw(w, "level",
                    is_low ? S("\"MEDIA_RESOLUTION_LOW\"") : S("\"MEDIA_RESOLUTION_HIGH\""));
    (void)J->close(w->out);
}

void gemini_citations_note(struct writing *w, const struct cp_item *it)
{
    if (J->kind(it->meta) == '{' && J->kind(J->get(it->meta, "citations")) == 't')
        writing_note(w, CP_DROPPED, it, "the service cites no documents");
}

void gemini_media_note(struct writing *w, const struct cp_item *it)
{
    struct cp_str title = meta_text(w, it, "title");

    if ((title.n > 0 || it->id.n > 0) && !w->is_own_client)
        writing_note(w, CP_DROPPED, it, "media has no title here");
    gemini_citations_note(w, it);
}

/* What a document's context says stands before it, in words. */
static void context_encode(struct writing *w, uint32_t role, const struct cp_item *it)
{
    struct cp_str parts[2] = { S("About the document that follows: "),
                               meta_text(w, it, "context") };

    if (parts[1].n > 0)
        gemini_part_text(w, role, gemini_text_join(w->call, parts, 2));
}

static void file_encode(struct writing *w, const struct cp_item *it)
{
    struct cp_str mime = it->name;

    if (mime.n == 0 && !w->is_own_client && it->num == CP_FROM_URL) {
        mime = gemini_media_of_url(it->text);
        if (mime.n == 0 && it->sub == CP_IMAGE)
            mime = S("image/jpeg");
        if (mime.n == 0 && it->sub == CP_DOCUMENT)
            mime = S("application/pdf");
    }
    (void)J->key(w->out, "fileData");
    (void)J->open(w->out, '{');
    if (mime.n > 0)
        writing_key_text(w, "mimeType", gemini_media_clean(w->call, mime));
    writing_key_text(w, "fileUri", it->text);
    if (w->is_own_client && it->id.n > 0)
        writing_key_text(w, "displayName", it->id);
    (void)J->close(w->out);
}

static int can_fetch(struct writing *w, const struct cp_item *it)
{
    if (it->text.n == 0)
        return writing_fail(w, "media without its data", NOTHING);
    if (it->num == CP_FROM_FILE_ID && !gemini_media_is_stored(it->text))
        return writing_fail(w, "a file that is stored at another provider: ", it->text);
    if (it->num == CP_FROM_URL && w->conf->url_media == URL_REFUSE)
        return writing_fail(w, "the channel takes no media by its address: ", it->text);
    return 1;
}

static uint32_t parts_encode(struct writing *w, uint32_t role, uint32_t i)
{
    uint32_t end = writing_end(w, i);
    const struct cp_item *head = H->item(w->tape, i);

    gemini_citations_note(w, head);
    gemini_part_text(w, role, document_head(w, head));
    for (i++; i + 1 < end && w->rc == CP_OK;) {
        const struct cp_item *it = H->item(w->tape, i);
        if (it->kind == CP_MEDIA)
            i = gemini_media_encode(w, role, i);
        else if (it->kind == CP_TEXT) {
            gemini_part_text(w, role, writing_text(w, i));
            i = writing_end(w, i);
        } else {
            i++;
        }
    }
    gemini_part_text(w, role, S("</document>"));
    return gemini_members_skip(w, end);
}

/* A text that came as a blob of our own client's. */
static struct cp_item as_blob(struct writing *w, uint32_t i)
{
    struct cp_item blob = *H->item(w->tape, i);

    blob.text = gemini_base64_of(w->call, writing_text(w, i));
    blob.num = CP_FROM_BASE64;
    return blob;
}

uint32_t gemini_media_encode(struct writing *w, uint32_t role, uint32_t i)
{
    const struct cp_item *it = H->item(w->tape, i);
    uint32_t end = writing_end(w, i);
    struct cp_str signature = gemini_signature_of(w, i), text = NOTHING;
    struct cp_item blob = *it;

    if (it->num == CP_FROM_TEXT && w->is_own_client)
        blob = as_blob(w, i);
    else if (it->num == CP_FROM_TEXT || it->num == CP_FROM_PARTS)
        text = gemini_document_text(w, i);
    if (text.p != NULL) {
        gemini_citations_note(w, it);
        gemini_part_text(w, role, text);
        return gemini_members_skip(w, end);
    }
    if (it->num == CP_FROM_PARTS)
        return parts_encode(w, role, i);
    if (!can_fetch(w, it))
        return end;
    gemini_media_note(w, it);
    context_encode(w, role, it);
    gemini_part_open(w, role);
    if (blob.num == CP_FROM_BASE64) {
        (void)J->key(w->out, "inlineData");
        gemini_blob_encode(w, &blob);
    } else {
        file_encode(w, it);
    }
    resolution_encode(w, it);
    return gemini_part_close(w, signature, end);
}
