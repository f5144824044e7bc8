/* SPDX-License-Identifier: MIT */
/*
 * grounding_encode - links cited by an answer as groundingMetadata.
 *
 * Every address is one chunk, every citation a support that names the words and the chunks by
 * number.  Words are counted in UTF-8 bytes of all text the candidate shows: that is what clients
 * count in, and the part it stands in when all text is one part.  A citation that does not say of
 * which words is of its whole block.
 *
 * A tape that brought the service's own groundingMetadata has it written as it was instead.
 */
#include "answer.h"

enum { CITES_MOST = 1024 };

static struct tx_cite *cite_add(struct tx *tx, struct tx_cite **first, struct tx_cite **last,
                                const struct cp_item *it)
{
    struct tx_cite *cite = H->alloc(tx->call, sizeof(*cite));

    if (cite == NULL)
        return NULL;
    cite->item = *it;
    cite->item.text = gemini_tx_keep(tx, it->text);
    cite->item.meta = gemini_tx_keep(tx, it->meta);
    cite->item.id = gemini_tx_keep(tx, it->id);
    if (*last != NULL)
        (*last)->next = cite;
    else
        *first = cite;
    *last = cite;
    return cite;
}

static struct cp_str url_of(const struct tx_cite *cite)
{
    return J->get(cite->item.text, "url");
}

/* Bytes of the choice's text at so many characters of the block. */
static int64_t byte_at(const struct tx_choice *c, const struct tx_block *b, int64_t chars)
{
    struct cp_str text = builder_text(&c->text);

    text.p += text.n > 0 ? b->begins_at : 0;
    text.n -= b->begins_at < text.n ? b->begins_at : text.n;
    return (int64_t)b->begins_at + gemini_bytes_of(text, chars);
}

/* Its address gets a number, or has one. */
static void chunk_number(struct tx_choice *c, struct tx_cite *cite)
{
    for (const struct tx_cite *before = c->cites; before != cite; before = before->next)
        if (gemini_text_same(url_of(before), url_of(cite))) {
            cite->chunk = before->chunk;
            return;
        }
    cite->is_first = 1;
    cite->chunk = c->chunks_n++;
}

void gemini_tx_cite(struct tx *tx, struct tx_choice *c, const struct tx_block *b,
                    const struct cp_item *it)
{
    int64_t start = gemini_int(J->get(it->text, "start"), -1);
    int64_t end = gemini_int(J->get(it->text, "end"), -1);
    struct tx_cite *cite;

    if (gemini_text_is(it->name, "logprobs")) {
        if (tx->tape == NULL)
            gemini_chunk_logprobs(tx, c, it);
        else
            (void)cite_add(tx, &c->logprobs, &c->last_logprobs, it); /* told at the end */
        return;
    }
    if (!gemini_text_is(it->name, "url") || J->kind(J->get(it->text, "url")) != '"' ||
        c->cites_n == CITES_MOST) {
        H->note(tx->call, CP_DROPPED, S("citations"), "only links can be cited");
        return;
    }
    if (J->get(it->meta, "encrypted_index").n > 2)
        H->note_item(tx->call, CP_APPROXIMATED, it, "a link without its maker's own index");
    cite = cite_add(tx, &c->cites, &c->last_cite, it);
    if (cite == NULL)
        return;
    c->cites_n++;
    chunk_number(c, cite);
    cite->block = b;
    cite->start = (int64_t)b->begins_at;
    cite->end = -1;
    if (start >= 0 && end > start) {
        cite->start = byte_at(c, b, start);
        cite->end = byte_at(c, b, end);
    }
}

/* ---- writing ------------------------------------------------------------------------------- */

static void chunk_write(struct tx *tx, struct cp_str url, struct cp_str title)
{
    (void)J->open(tx->out, '{'); /* an out remembers its failure; so below */
    (void)J->key(tx->out, "web");
    (void)J->open(tx->out, '{');
    gemini_tx_key_raw(tx, "uri", url);
    if (J->kind(title) == '"')
        gemini_tx_key_raw(tx, "title", title);
    (void)J->close(tx->out);
    (void)J->close(tx->out);
}

/* Found, but not cited; each once. */
static int is_news(const struct tx_choice *c, const struct tx_native *hit)
{
    struct cp_str url = J->get(hit->value, "url");

    for (const struct tx_cite *cite = c->cites; cite != NULL; cite = cite->next)
        if (gemini_text_same(url_of(cite), url))
            return 0;
    for (const struct tx_native *before = c->hits; before != hit; before = before->next)
        if (gemini_text_same(J->get(before->value, "url"), url))
            return 0;
    return 1;
}

/* What is cited stands first: supports count on it. */
static void chunks_write(struct tx *tx, const struct tx_choice *c)
{
    (void)J->key(tx->out, "groundingChunks");
    (void)J->open(tx->out, '[');
    for (const struct tx_cite *cite = c->cites; cite != NULL; cite = cite->next)
        if (cite->is_first)
            chunk_write(tx, url_of(cite), J->get(cite->item.text, "title"));
    for (const struct tx_native *hit = c->hits; hit != NULL; hit = hit->next)
        if (is_news(c, hit))
            chunk_write(tx, J->get(hit->value, "url"), J->get(hit->value, "title"));
    (void)J->close(tx->out);
}

static void segment_write(struct tx *tx, const struct tx_choice *c, const struct tx_cite *cite)
{
    struct cp_str text = builder_text(&c->text);
    size_t start = cite->start > 0 ? (size_t)cite->start : 0;
    size_t end = cite->end > 0 ? (size_t)cite->end : 0;

    end = end > text.n ? text.n : end;
    start = start > end ? end : start;
    (void)J->key(tx->out, "segment");
    (void)J->open(tx->out, '{');
    if (start > 0) {
        (void)J->key(tx->out, "startIndex");
        (void)J->number(tx->out, (int64_t)start);
    }
    (void)J->key(tx->out, "endIndex");
    (void)J->number(tx->out, (int64_t)end);
    if (end > start)
        gemini_tx_key_text(tx, "text", (struct cp_str){ text.p + start, end - start });
    (void)J->close(tx->out);
}

/* Neighbours of the same words are one support. */
static void supports_write(struct tx *tx, const struct tx_choice *c)
{
    const struct tx_cite *cite = c->cites, *first;

    (void)J->key(tx->out, "groundingSupports");
    (void)J->open(tx->out, '[');
    while (cite != NULL) {
        first = cite;
        (void)J->open(tx->out, '{');
        segment_write(tx, c, first);
        (void)J->key(tx->out, "groundingChunkIndices");
        (void)J->open(tx->out, '[');
        for (; cite != NULL && cite->start == first->start && cite->end == first->end;
             cite = cite->next)
            (void)J->number(tx->out, cite->chunk);
        (void)J->close(tx->out);
        (void)J->close(tx->out);
    }
    (void)J->close(tx->out);
}

static void pages_write(struct tx *tx, const struct tx_choice *c)
{
    if (c->pages == NULL || gemini_tx_native(c->natives, "urlContextMetadata") != NULL)
        return;
    (void)J->key(tx->out, "urlContextMetadata");
    (void)J->open(tx->out, '{');
    (void)J->key(tx->out, "urlMetadata");
    (void)J->open(tx->out, '[');
    for (const struct tx_native *page = c->pages; page != NULL; page = page->next) {
        (void)J->open(tx->out, '{');
        gemini_tx_key_raw(tx, "retrievedUrl", page->value);
        gemini_tx_key_raw(tx, "urlRetrievalStatus", S("\"URL_RETRIEVAL_STATUS_UNSPECIFIED\""));
        (void)J->close(tx->out);
    }
    (void)J->close(tx->out);
    (void)J->close(tx->out);
}

/* Did the service say it itself?  Recited text is cited elsewhere. */
static int is_told(const struct tx_choice *c)
{
    return gemini_tx_native(c->natives, "groundingMetadata") != NULL ||
           (gemini_tx_native(c->natives, "citationMetadata") != NULL && c->queries == NULL);
}

void gemini_tx_grounding(struct tx *tx, struct tx_choice *c)
{
    pages_write(tx, c);
    if (is_told(c) || (c->cites == NULL && c->queries == NULL && c->hits == NULL))
        return;
    (void)J->key(tx->out, "groundingMetadata");
    (void)J->open(tx->out, '{');
    if (c->queries != NULL) {
        (void)J->key(tx->out, "webSearchQueries");
        (void)J->open(tx->out, '[');
        for (const struct tx_native *q = c->queries; q != NULL; q = q->next)
            (void)J->raw(tx->out, q->value);
        (void)J->close(tx->out);
    }
    if (c->cites != NULL || c->hits != NULL)
        chunks_write(tx, c);
    if (c->cites != NULL)
        supports_write(tx, c);
    (void)J->close(tx->out);
}
