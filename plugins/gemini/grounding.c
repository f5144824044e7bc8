/* SPDX-License-Identifier: MIT */
/*
 * grounding - where an answer has its words from: groundingMetadata and citationMetadata as CITEs,
 * searches and fetched pages as SERVER_CALLs.
 *
 * A support names a segment of the answer by UTF-8 bytes, and the text it has there.  The tape
 * counts characters of the block that is cited, and wants the citation while that block is open.
 * Which part of the answer the bytes count from differs with the service's mood (a part, all text,
 * a chunk), so the segment's own text decides whether a block is the right one.
 *
 *     "groundingSupports":[{"segment":{"startIndex":0,"endIndex":5,"text":"Hello"},
 *                           "groundingChunkIndices":[0]}]
 *
 * What was given stays beside it as it was (NATIVE), for clients of this dialect.
 *
 * source: Gemini API reference, GroundingMetadata, CitationMetadata, UrlContextMetadata, as of
 * 2026-08
 */
#include "answer.h"

#include <string.h>

enum { CITES_MOST = 4096 };

/* ---- bytes and characters ------------------------------------------------------------------ */

int64_t gemini_chars_of(struct cp_str text, int64_t bytes)
{
    int64_t chars = 0;

    for (size_t i = 0; i < text.n && (int64_t)i < bytes; i++)
        chars += ((unsigned char)text.p[i] & 0xC0) != 0x80;
    return chars;
}

int64_t gemini_bytes_of(struct cp_str text, int64_t chars)
{
    size_t i = 0;

    for (; i < text.n; i++)
        if (((unsigned char)text.p[i] & 0xC0) != 0x80 && chars-- <= 0)
            break;
    return (int64_t)i;
}

/* ---- one segment --------------------------------------------------------------------------- */

struct place { /* in bytes of a text */
    int64_t start, end;
};

static int fits(struct cp_str text, struct place p, struct cp_str said)
{
    if (p.start < 0 || p.end < p.start || (uint64_t)p.end > text.n)
        return 0;
    if (said.n == 0)
        return 1;
    return said.n == (size_t)(p.end - p.start) && memcmp(text.p + p.start, said.p, said.n) == 0;
}

/* 1: it is in this text, and *p says where. */
static int place_find(struct cp_str text, struct cp_str said, struct place *p)
{
    if (fits(text, *p, said))
        return 1;
    for (size_t i = 0; said.n > 0 && i + said.n <= text.n; i++) {
        if (memcmp(text.p + i, said.p, said.n) != 0)
            continue;
        *p = (struct place){ (int64_t)i, (int64_t)(i + said.n) };
        return 1;
    }
    return 0;
}

static int64_t clamp(int64_t n, size_t most)
{
    return n < 0 ? 0 : (uint64_t)n > most ? (int64_t)most : n;
}

/* ---- citing -------------------------------------------------------------------------------- */

/* p NULL: it is not said of which words. */
static void cite(struct rx *rx, struct rx_choice *c, struct cp_str source,
                 const struct place *p)
{
    struct cp_str url = gemini_member_text(rx->call, source, "uri");
    struct cp_str title = gemini_member_text(rx->call, source, "title");
    struct builder json = { .call = rx->call };

    if (url.n == 0)
        return;
    builder_add(&json, S("{\"url\":"));
    builder_quote(&json, url);
    if (title.n > 0) {
        builder_add(&json, S(",\"title\":"));
        builder_quote(&json, title);
    }
    if (p != NULL)
        builder_add(&json, gemini_text_format(
                               rx->call, ",\"start\":%lld,\"end\":%lld",
                               (long long)gemini_chars_of(builder_text(&c->text), p->start),
                               (long long)gemini_chars_of(builder_text(&c->text), p->end)));
    builder_add(&json, S("}"));
    if (c->current != CP_TEXT)
        gemini_rx_words(rx, c, CP_TEXT, S(""));
    gemini_rx_emit(rx, &(struct cp_item){ CP_ITEM(CITE), .index = c->index, .choice = c->number,
                                          .name = S("url"), .id = S(GEMINI_MAKER),
                                          .meta = source, .text = builder_text(&json) });
}

/* The web, a corpus, a map: one of them has the address. */
static struct cp_str source_of(struct cp_str chunk)
{
    struct cp_str key, v;
    size_t at = 0;

    while (J->kind(chunk) == '{' && J->each(chunk, &at, &key, &v))
        if (J->kind(v) == '{' && J->kind(gemini_member(v, "uri")) == '"')
            return v;
    return NOTHING;
}

static struct cp_str nth(struct cp_str list, int64_t n)
{
    struct cp_str one;
    size_t at = 0;

    while (J->kind(list) == '[' && J->each(list, &at, NULL, &one))
        if (n-- == 0)
            return one;
    return NOTHING;
}

/* May this one be told now?  Each is told once. */
static int is_due(struct rx *rx, struct rx_choice *c, size_t number)
{
    if (number >= CITES_MOST)
        return 0;
    if (c->cites_told == NULL)
        c->cites_told = H->alloc(rx->call, CITES_MOST);
    return c->cites_told != NULL && c->cites_told[number] == 0;
}

/* Where the words are that a segment speaks of; 0: not in the block that is open. */
static int segment_place(struct rx *rx, const struct rx_choice *c, struct cp_str segment,
                         int is_last, struct place *p)
{
    struct cp_str said = gemini_member_text(rx->call, segment, "text");
    struct cp_str text = builder_text(&c->text);

    p->start = gemini_int(gemini_member(segment, "startIndex"), 0);
    p->end = gemini_int(gemini_member(segment, "endIndex"), 0);
    if (c->current == CP_TEXT && place_find(text, said, p))
        return 1;
    p->start = clamp(p->start, c->current == CP_TEXT ? text.n : 0);
    p->end = clamp(p->end, c->current == CP_TEXT ? text.n : 0);
    return is_last;
}

static void support_cites(struct rx *rx, struct rx_choice *c, struct cp_str support,
                          struct cp_str chunks, const struct place *p)
{
    struct cp_str indices = gemini_member(support, "groundingChunkIndices"), one;
    size_t at = 0;

    while (J->kind(indices) == '[' && rx->rc == CP_OK && J->each(indices, &at, NULL, &one))
        cite(rx, c, source_of(nth(chunks, gemini_int(one, -1))), p);
}

static size_t supports_tell(struct rx *rx, struct rx_choice *c, struct cp_str grounding,
                            int is_last)
{
    struct cp_str supports = gemini_member(grounding, "groundingSupports"), one;
    struct cp_str chunks = gemini_member(grounding, "groundingChunks");
    size_t at = 0, n = 0;
    struct place p;

    for (; J->kind(supports) == '[' && rx->rc == CP_OK && J->each(supports, &at, NULL, &one);
         n++) {
        if (!is_due(rx, c, n) ||
            !segment_place(rx, c, gemini_member(one, "segment"), is_last, &p))
            continue;
        c->cites_told[n] = 1;
        support_cites(rx, c, one, chunks, &p);
    }
    /* Sources that no words are tied to. */
    for (at = 0; n == 0 && is_last && J->kind(chunks) == '[' && rx->rc == CP_OK &&
                 J->each(chunks, &at, NULL, &one);)
        cite(rx, c, source_of(one), NULL);
    return n;
}

static void recitations_tell(struct rx *rx, struct rx_choice *c, size_t first, int is_last)
{
    struct cp_str metadata = gemini_rx_kept(c, "citationMetadata"), one;
    struct cp_str list = gemini_member(metadata, "citationSources");
    size_t at = 0;
    struct place p;

    if (list.p == NULL)
        list = gemini_member(metadata, "citations"); /* Vertex AI's name for it */
    for (size_t n = first;
         J->kind(list) == '[' && rx->rc == CP_OK && J->each(list, &at, NULL, &one); n++) {
        if (!is_due(rx, c, n) || !segment_place(rx, c, one, is_last, &p))
            continue;
        c->cites_told[n] = 1;
        cite(rx, c, one, &p);
    }
}

void gemini_rx_cites(struct rx *rx, struct rx_choice *c, int is_last)
{
    struct cp_str grounding = gemini_rx_kept(c, "groundingMetadata");

    if (c->kept == NULL)
        return;
    recitations_tell(rx, c, supports_tell(rx, c, grounding, is_last), is_last);
}

/* ---- searches ------------------------------------------------------------------------------ */

static struct cp_str search_emit(struct rx *rx, struct rx_choice *c, const char *tool,
                                 const char *member, struct cp_str value)
{
    struct cp_item it = { CP_ITEM(SERVER_CALL), .flags = CP_WHOLE, .choice = c->number };
    struct builder json = { .call = rx->call };

    builder_add(&json, S("{"));
    builder_key(&json, member);
    builder_add(&json, value);
    builder_add(&json, S("}"));
    it.text = builder_text(&json);
    it.name = gemini_text_format(rx->call, "%s", tool);
    it.id = gemini_id_of(
        rx->call, gemini_text_format(rx->call, "%.*s|%u|%s|%.*s", (int)rx->id.n, rx->id.p,
                                     (unsigned)c->number, tool, (int)value.n, value.p));
    it.meta = S("completed");
    it.index = rx->next_index++;
    gemini_rx_emit(rx, &it);
    return it.id;
}

/* What the searches found, in plain words: [{"url":..,"title":..}]. */
static void found_emit(struct rx *rx, struct rx_choice *c, struct cp_str id,
                       struct cp_str chunks)
{
    struct builder json = { .call = rx->call };
    struct cp_str one, source, title;
    size_t at = 0;

    builder_add(&json, S("["));
    while (J->kind(chunks) == '[' && J->each(chunks, &at, NULL, &one)) {
        source = source_of(one);
        if (source.p == NULL)
            continue;
        title = gemini_member(source, "title");
        builder_comma(&json);
        builder_add(&json, S("{\"url\":"));
        builder_add(&json, gemini_member(source, "uri"));
        builder_add(&json, S(",\"title\":"));
        builder_add(&json, J->kind(title) == '"' ? title : S("\"\""));
        builder_add(&json, S("}"));
    }
    builder_add(&json, S("]"));
    if (json.n <= 2)
        return;
    gemini_rx_emit(rx, &(struct cp_item){
                           CP_ITEM(SERVER_RESULT), .flags = CP_WHOLE, .choice = c->number,
                           .index = rx->next_index++, .name = S("web_search_result"), .id = id,
                           .meta = S(GEMINI_MAKER), .text = builder_text(&json) });
}

void gemini_rx_searches(struct rx *rx, struct rx_choice *c)
{
    struct cp_str grounding = gemini_rx_kept(c, "groundingMetadata"), one, id = NOTHING;
    struct cp_str queries = gemini_member(grounding, "webSearchQueries");
    struct cp_str pages = gemini_member(gemini_rx_kept(c, "urlContextMetadata"), "urlMetadata");
    size_t at = 0;

    if (c->has_searches || c->kept == NULL)
        return;
    c->has_searches = 1;
    for (; J->kind(queries) == '[' && J->each(queries, &at, NULL, &one); rx->searches_n++)
        if (J->kind(one) == '"')
            id = search_emit(rx, c, "web_search", "query", one);
    if (id.n > 0)
        found_emit(rx, c, id, gemini_member(grounding, "groundingChunks"));
    for (at = 0; J->kind(pages) == '[' && J->each(pages, &at, NULL, &one);) {
        struct cp_str url = gemini_member(one, "retrievedUrl");
        if (J->kind(url) == '"')
            (void)search_emit(rx, c, "web_fetch", "url", url); /* its id is no matter */
    }
}
