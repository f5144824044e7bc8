/* SPDX-License-Identifier: MIT */
/*
 * responses_stream_hosted - parts that are written whole: tools the service ran, images, summaries.
 *
 *     web_search {"query"}       web_search_call, action search; its result adds the sources, if the
 *                                client asked to include them
 *     web_fetch {"url"}          web_search_call, action open_page
 *     code_execution {"code"}    code_interpreter_call; its result is the logs
 *     an image                   image_generation_call
 *     a summary                  compaction, encrypted by its maker or wrapped by the host
 */
#include "responses_answer.h"

#include <string.h>

static int is_object(struct sending *s, struct cp_str text)
{
    return text.n > 0 && J->check(s->call, text) == CP_OK && J->kind(text) == '{';
}

/* ---- calls -------------------------------------------------------------------------------------- */

static void search(struct sending *s, struct cp_str action)
{
    struct out_item *item = responses_item_new(s, OUT_SEARCH, s->tx->now.id);

    if (item == NULL)
        return;
    item->call_id = s->tx->now.id;
    item->raw = openai_text_copy(s->call, action);
    responses_item_added(s, item);
    responses_progress(s, "response.web_search_call.in_progress");
    responses_progress(s, "response.web_search_call.searching");
}

/* The first of the members that is there, as it is spelled. */
static struct cp_str member(struct cp_str object, const char *a, const char *b)
{
    struct cp_str v = J->get(object, a);

    return J->kind(v) != 0 ? v : J->get(object, b);
}

static struct cp_str action_of(struct sending *s, struct cp_str input)
{
    struct cp_str query = member(input, "query", "q"), queries = J->get(input, "queries");
    struct cp_str parts[5] = { S("{\"type\":\"search\",\"query\":"), query, NONE, NONE,
                               S("}") };
    size_t at = 0;

    if (J->kind(J->get(input, "type")) == '"') /* ours already */
        return J->compact(s->call, input);
    if (J->kind(queries) == '[') {
        parts[2] = S(",\"queries\":");
        parts[3] = J->compact(s->call, queries);
        if (J->kind(query) != '"' && !J->each(queries, &at, NULL, &parts[1]))
            parts[1] = NONE;
    }
    if (J->kind(parts[1]) != '"')
        parts[1] = S("\"\"");
    return openai_text_join(s->call, parts, 5);
}

static void page(struct sending *s, struct cp_str input)
{
    struct cp_str url = J->get(input, "url");
    struct cp_str parts[3] = { S("{\"type\":\"open_page\",\"url\":"),
                               J->kind(url) == '"' ? url : S("\"\""), S("}") };

    search(s, openai_text_join(s->call, parts, 3));
}

static void code(struct sending *s, struct cp_str input)
{
    struct cp_str text = openai_json_string(s->call, input, "code");
    struct out_item *item = responses_item_new(s, OUT_CODE, s->tx->now.id);

    if (item == NULL)
        return;
    if (text.p == NULL)
        text = openai_json_string(s->call, input, "command");
    item->call_id = s->tx->now.id;
    responses_item_added(s, item);
    responses_progress(s, "response.code_interpreter_call.in_progress");
    responses_input_grow(s, text);
    responses_input_finish(s);
    responses_progress(s, "response.code_interpreter_call.interpreting");
}

static int ends_with(struct cp_str s, const char *end)
{
    size_t n = strlen(end);

    return s.n >= n && memcmp(s.p + s.n - n, end, n) == 0;
}

void responses_server_call_end(struct sending *s)
{
    struct now *now = &s->tx->now;
    struct cp_str input = rope_text(s->call, &now->body);
    int is_known = is_object(s, input);

    if (!is_known)
        input = S("{}");
    if (ends_with(openai_json_string(s->call, input, "type"), "_call"))
        responses_item_whole(s, input);
    else if (openai_text_begins(now->name, "web_search") ||
             openai_text_is(now->name, "google_search"))
        search(s, action_of(s, input));
    else if (openai_text_begins(now->name, "web_fetch") ||
             openai_text_is(now->name, "url_context"))
        page(s, input);
    else if (openai_text_begins(now->name, "code_") || ends_with(now->name, "code_execution"))
        code(s, input);
    else
        H->note(s->call, CP_DROPPED, now->name,
                "this dialect has no item for this hosted tool");
}

/* ---- results ------------------------------------------------------------------------------------ */

static int wants_sources(struct cp_call *call)
{
    struct cp_str include =
        J->kind(call->request) == '{' ? J->get(call->request, "include") : NONE;
    struct cp_str one;
    size_t at = 0;

    while (J->kind(include) == '[' && J->each(include, &at, NULL, &one))
        if (J->is(one, "web_search_call.action.sources"))
            return 1;
    return 0;
}

/* [{"url":..}] of whatever shape the maker gives its hits. */
static void sources(struct sending *s, struct out_item *item, struct cp_str hits)
{
    struct out_notes found = { NULL, NULL, 0 };
    struct cp_str hit, parts[3] = { S("{\"type\":\"url\",\"url\":"), NONE, S("}") };
    size_t at = 0;

    while (J->kind(hits) == '[' && J->each(hits, &at, NULL, &hit)) {
        parts[1] = J->kind(hit) == '{' ? J->get(hit, "url") : NONE;
        if (J->kind(parts[1]) == '"')
            responses_note_add(s->call, &found, openai_text_join(s->call, parts, 3));
    }
    if (found.n == 0 || item->raw.n < 2)
        return;
    struct cp_str list = { item->raw.p, item->raw.n - 1 };
    struct cp_str sep = S(",\"sources\":[");
    for (const struct out_note *n = found.first; n != NULL; n = n->next) {
        struct cp_str more[3] = { list, sep, n->json };
        list = openai_text_join(s->call, more, 3);
        sep = S(",");
    }
    item->raw = openai_text_join(s->call, (struct cp_str[2]){ list, S("]}") }, 2);
}

static void logs(struct sending *s, struct out_item *item, struct cp_str result)
{
    static const char *const names[] = { "stdout", "stderr", "output" };
    struct cp_str parts[3] = { NONE, NONE, NONE }, text;

    for (size_t i = 0; i < 3; i++)
        parts[i] = openai_json_string(s->call, result, names[i]);
    text = openai_text_quote(s->call, openai_text_join(s->call, parts, 3));
    parts[0] = S("{\"type\":\"logs\",\"logs\":");
    parts[1] = text;
    parts[2] = S("}");
    responses_note_add(s->call, &item->outputs, openai_text_join(s->call, parts, 3));
}

void responses_server_result_end(struct sending *s)
{
    struct now *now = &s->tx->now;
    struct out_item *open = s->tx->open;
    struct cp_str result = rope_text(s->call, &now->body);
    int is_its = open != NULL && (open->type == OUT_SEARCH || open->type == OUT_CODE) &&
                 openai_text_same(open->call_id, now->id);

    if (!is_its || J->check(s->call, result) != CP_OK)
        H->note(s->call, CP_DROPPED, now->name, "a result of another maker's hosted tool");
    else if (open->type == OUT_CODE)
        logs(s, open, result);
    else if (wants_sources(s->call))
        sources(s, open, result);
    if (is_its)
        responses_item_settle(s);
}

/* ---- images, summaries ------------------------------------------------------------------------------ */

static void image(struct sending *s)
{
    struct now *now = &s->tx->now;
    struct out_item *item = responses_item_new(s, OUT_IMAGE, NONE);

    if (item == NULL)
        return;
    item->input = now->body;
    if (openai_text_begins(now->name, "image/"))
        item->name = (struct cp_str){ now->name.p + 6, now->name.n - 6 };
    responses_item_added(s, item);
    responses_progress(s, "response.image_generation_call.in_progress");
    responses_progress(s, "response.image_generation_call.generating");
    responses_progress(s, "response.image_generation_call.completed");
}

/* An item holds bytes; a link goes into the text. */
static void link(struct sending *s)
{
    struct now *now = &s->tx->now;
    struct cp_str parts[3] = { S("![image]("), rope_text(s->call, &now->body), S(")") };
    struct cp_item it = { CP_ITEM(TEXT), .flags = CP_WHOLE };

    it.text = openai_text_join(s->call, parts, 3);
    H->note(s->call, CP_APPROXIMATED, S("output"), "a linked image as text");
    now->kind = CP_TEXT;
    responses_part_piece(s, &it);
    responses_part_end(s);
}

void responses_media_end(struct sending *s)
{
    struct now *now = &s->tx->now;

    if (now->sub == CP_IMAGE && now->num == CP_FROM_BASE64)
        image(s);
    else if (now->sub == CP_IMAGE && now->num == CP_FROM_URL)
        link(s);
    else
        H->note(s->call, CP_DROPPED, S("output"), "no item for this kind of media");
}

void responses_compaction_end(struct sending *s, struct cp_str state)
{
    struct now *now = &s->tx->now;
    struct cp_item summary = { CP_ITEM(STATE), .name = S("compaction"), .id = S("claude-proxy"),
                               .text = rope_text(s->call, &now->body) };
    struct out_item *item;

    if (now->kind != CP_COMPACTION)
        return;
    item = responses_item_new(s, OUT_COMPACTION, now->id);
    if (item == NULL)
        return;
    item->state = openai_text_copy(s->call, state.n > 0 ? state : H->wrap(s->call, &summary));
    responses_item_added(s, item);
    responses_item_settle(s);
}
