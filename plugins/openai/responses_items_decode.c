/* SPDX-License-Identifier: MIT */
/*
 * responses_items_decode - items that the assistant made, as blocks of its message.
 *
 * The same item is output of one turn and input of the next, so this file serves both.
 */
#include "responses.h"

#include <string.h>

void responses_native(struct chat_in *d, const char *path, struct cp_str raw)
{
    chat_in_emit(d, &(struct cp_item){ CP_ITEM(NATIVE), .name = { path, strlen(path) },
                                       .id = S(OPENAI_RESPONSES), .text = raw });
}

static int is_known(struct cp_str key, const char *const *known)
{
    for (; *known != NULL; known++)
        if (J->is(key, *known))
            return 1;
    return 0;
}

void responses_rest_decode(struct chat_in *d, struct cp_str object, const char *path,
                           const char *const *known)
{
    struct cp_str key, v;
    size_t at = 0;

    while (chat_in_going(d) && J->each(object, &at, &key, &v)) {
        struct cp_str where;
        if (is_known(key, known) || J->kind(v) == 'n')
            continue;
        where = openai_text_format(d->call, "%s.%.*s", path, (int)key.n, key.p);
        if (where.p != NULL)
            responses_native(d, where.p, v);
    }
}

static void block(struct chat_in *d, struct cp_item it)
{
    it.size = (uint32_t)sizeof(it);
    it.index = d->index++;
    it.flags |= CP_WHOLE;
    chat_in_emit(d, &it);
}

static void block_close(struct chat_in *d, uint32_t kind, uint32_t sub, uint32_t index)
{
    struct cp_item it = { CP_ITEM(TEXT), .flags = CP_CLOSE, .sub = sub, .index = index,
                          .text = S("") };

    it.kind = kind;
    chat_in_emit(d, &it);
}

/* ---- messages ---------------------------------------------------------------------------- */

static struct cp_str cite_text(struct cp_call *call, struct cp_str one)
{
    static const struct {
        const char *wire, *name;
        char kind;
    } fields[] = {
        { "url", "url", '"' },        { "title", "title", '"' },
        { "filename", "title", '"' }, { "start_index", "start", '0' },
        { "end_index", "end", '0' },  { "index", "start", '0' },
    };
    struct cp_str all[2 * sizeof(fields) / sizeof(fields[0]) + 2];
    size_t n = 0;

    all[n++] = S("{");
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct cp_str v = J->get(one, fields[i].wire);
        if (J->kind(v) != fields[i].kind)
            continue;
        all[n] = openai_text_format(call, "%s\"%s\":", n > 1 ? "," : "", fields[i].name);
        all[n + 1] = v;
        n += 2;
    }
    all[n++] = S("}");
    return openai_text_join(call, all, n);
}

void responses_cites_decode(struct chat_in *d, struct cp_str annotations, uint32_t index)
{
    struct cp_str one;
    size_t at = 0;

    while (J->kind(annotations) == '[' && J->each(annotations, &at, NULL, &one)) {
        struct cp_item it = { CP_ITEM(CITE), .index = index, .id = S(OPENAI_RESPONSES),
                              .meta = one };
        if (J->kind(one) != '{')
            continue;
        it.name = J->kind(J->get(one, "url")) == '"' ? S("url") : S("document");
        it.text = cite_text(d->call, one);
        chat_in_emit(d, &it);
    }
}

static int has_any(struct cp_str list)
{
    struct cp_str one;
    size_t at = 0;

    return J->kind(list) == '[' && J->each(list, &at, NULL, &one);
}

/* output_text, and every other spelling of text that clients put here. */
static void text_decode(struct chat_in *d, struct cp_str part, struct cp_str text,
                        struct cp_str id)
{
    struct cp_str annotations = J->get(part, "annotations"),
                  logprobs = J->get(part, "logprobs");
    struct cp_item it = { CP_ITEM(TEXT), .flags = CP_OPEN, .index = d->index, .text = text,
                          .id = id };

    if (!has_any(annotations) && !has_any(logprobs)) {
        it.flags = 0;
        block(d, it);
        return;
    }
    d->index++;
    chat_in_emit(d, &it);
    responses_cites_decode(d, annotations, it.index);
    if (has_any(logprobs)) {
        struct cp_str parts[3] = { S("{\"content\":"), logprobs, S(",\"refusal\":null}") };
        chat_in_emit(d, &(struct cp_item){ CP_ITEM(CITE), .index = it.index,
                                           .name = S("logprobs"), .id = S(OPENAI_RESPONSES),
                                           .text = openai_text_join(d->call, parts, 3),
                                           .meta = logprobs });
    }
    block_close(d, CP_TEXT, 0, it.index);
}

static void part_decode(struct chat_in *d, struct cp_str part, const char *path,
                        struct cp_str id)
{
    static const char *const known[] = { "type",     "text",    "annotations",
                                         "logprobs", "refusal", NULL };
    struct cp_str type = J->get(part, "type"), text = openai_json_string(d->call, part, "text");
    struct cp_str refusal = openai_json_string(d->call, part, "refusal");

    if (refusal.p != NULL)
        block(d, (struct cp_item){ CP_ITEM(REFUSAL), .text = refusal, .id = id });
    else if (J->is(type, "output_text") || J->is(type, "input_text") || J->is(type, "text")) {
        if (chat_in_expect(d, J->get(part, "text"), "\"", path, "text: expected a string"))
            text_decode(d, part, text, id);
    } else {
        responses_native(d, path, part);
        return;
    }
    responses_rest_decode(d, part, path, known);
}

struct cp_str responses_message_id(struct cp_str id)
{
    return openai_text_begins(id, "msg_") ? id : (struct cp_str){ NULL, 0 };
}

static void message_decode(struct chat_in *d, struct cp_str item, const char *path)
{
    static const char *const known[] = { "type", "id", "role", "content", "status", NULL };
    struct cp_str content = J->get(item, "content"), part;
    struct cp_str id = responses_message_id(openai_json_string(d->call, item, "id"));
    size_t at = 0;

    if (J->kind(content) == '"')
        block(d,
              (struct cp_item){ CP_ITEM(TEXT), .text = J->text(d->call, content), .id = id });
    else if (!openai_json_null(content) &&
             !chat_in_expect(d, content, "[", path, "content: expected a string or an array"))
        return;
    for (size_t i = 0;
         J->kind(content) == '[' && chat_in_going(d) && J->each(content, &at, NULL, &part);
         i++) {
        struct cp_str where = openai_text_format(d->call, "%s.content[%zu]", path, i);
        if (where.p != NULL && J->kind(part) == '"')
            block(d,
                  (struct cp_item){ CP_ITEM(TEXT), .text = J->text(d->call, part), .id = id });
        else if (where.p != NULL && chat_in_expect(d, part, "{", where.p, "expected an object"))
            part_decode(d, part, where.p, id);
    }
    responses_rest_decode(d, item, path, known);
}

/* ---- reasoning --------------------------------------------------------------------------- */

static int state_read(struct chat_in *d, struct cp_str item, uint32_t index,
                      struct cp_item *state)
{
    struct cp_str word = openai_json_string(d->call, item, "encrypted_content");

    *state = (struct cp_item){ CP_ITEM(STATE), .text = word };
    if (word.n == 0)
        return 0;
    if (!H->unwrap(d->call, word, state)) {
        state->name = S("encrypted");
        state->id = S(OPENAI_RESPONSES);
        state->text = word;
    }
    state->size = (uint32_t)sizeof(*state);
    state->kind = CP_STATE;
    state->flags = 0;
    state->index = index;
    return 1;
}

/* The texts of summary or content as segments of one block; how many there were. */
static uint32_t segments_decode(struct chat_in *d, struct cp_str list, struct cp_item head)
{
    struct cp_str one;
    uint32_t n = 0;
    size_t at = 0;

    while (J->kind(list) == '[' && chat_in_going(d) && J->each(list, &at, NULL, &one)) {
        struct cp_str text = openai_json_string(d->call, one, "text");
        if (text.n == 0)
            continue;
        head.flags = n == 0 ? CP_OPEN : CP_SEGMENT;
        head.text = text;
        chat_in_emit(d, &head);
        n++;
    }
    return n;
}

/* One block for what is shown of a kind; the state is in the first. */
static int thoughts_decode(struct chat_in *d, struct cp_str list, struct cp_str item,
                           struct cp_item head, struct cp_item *state)
{
    head.index = d->index;
    if (segments_decode(d, list, head) == 0)
        return 0;
    d->index++;
    if (state != NULL && state_read(d, item, head.index, state))
        chat_in_emit(d, state);
    block_close(d, CP_REASONING, head.sub, head.index);
    return 1;
}

static void reasoning_decode(struct chat_in *d, struct cp_str item, const char *path)
{
    static const char *const known[] = { "type",    "id",     "summary",
                                         "content", "status", "encrypted_content",
                                         NULL };
    struct cp_item head = { CP_ITEM(REASONING), .id = openai_json_string(d->call, item, "id"),
                            .sub = CP_SUMMARY };
    struct cp_item state;
    int n = thoughts_decode(d, J->get(item, "summary"), item, head, &state);

    head.sub = CP_RAW_THOUGHT;
    n += thoughts_decode(d, J->get(item, "content"), item, head, n == 0 ? &state : NULL);
    if (n == 0 && state_read(d, item, d->index, &state)) {
        head.sub = CP_SUMMARY;
        head.flags = CP_OPEN;
        head.index = d->index++;
        head.text = S("");
        chat_in_emit(d, &head);
        chat_in_emit(d, &state);
        block_close(d, CP_REASONING, CP_SUMMARY, head.index);
    }
    responses_rest_decode(d, item, path, known);
}

/* ---- calls ------------------------------------------------------------------------------- */

static void call_decode(struct chat_in *d, struct cp_str item, const char *path, int is_custom)
{
    static const char *const known[] = { "type",      "id",        "call_id", "name",
                                         "arguments", "namespace", "status",  NULL };
    static const char *const known_custom[] = { "type",  "id",        "call_id", "name",
                                                "input", "namespace", "status",  NULL };
    struct cp_str args = J->get(item, is_custom ? "input" : "arguments");
    struct cp_item it = { CP_ITEM(TOOL_CALL), .name = openai_json_string(d->call, item, "name"),
                          .id = openai_json_string(d->call, item, "call_id"),
                          .meta = openai_json_string(d->call, item, "namespace"),
                          .sub = is_custom ? CP_TOOL_CUSTOM : CP_TOOL_FUNCTION };

    if (it.name.n == 0 || it.id.n == 0) {
        d->rc = d->rc != CP_OK ? d->rc
                               : H->fail(d->call, CP_E_SYNTAX, "%s.%s: expected a string", path,
                                         it.name.n == 0 ? "name" : "call_id");
        return;
    }
    it.name = H->original(d->call, it.name);
    if (openai_text_is(it.meta, "functions"))
        it.meta = (struct cp_str){ NULL, 0 };
    /* Some servers send the object itself instead of its text. */
    it.text = J->kind(args) == '"'     ? J->text(d->call, args)
              : openai_json_null(args) ? S("")
                                       : args;
    block(d, it);
    responses_rest_decode(d, item, path, is_custom ? known_custom : known);
}

/* ---- hosted tools ------------------------------------------------------------------------ */

/* Their items stay whole: only their maker can read them. */
static const char *const hosted[] = { "file_search_call", "code_interpreter_call", "mcp_call" };

static int is_hosted(struct cp_str type)
{
    for (size_t i = 0; i < sizeof(hosted) / sizeof(hosted[0]); i++)
        if (J->is(type, hosted[i]))
            return 1;
    return 0;
}

static void hosted_decode(struct chat_in *d, struct cp_str item)
{
    struct cp_str type = openai_json_string(d->call, item, "type");

    block(d, (struct cp_item){
                 CP_ITEM(SERVER_CALL), .name = { type.p, type.n - strlen("_call") },
                 .id = openai_json_string(d->call, item, "id"),
                 .meta = openai_json_string(d->call, item, "status"), .text = item });
}

static void search_decode(struct chat_in *d, struct cp_str item, const char *path)
{
    static const char *const known[] = { "type", "id", "status", "action", NULL };
    struct cp_str action = J->get(item, "action");

    block(d, (struct cp_item){ CP_ITEM(SERVER_CALL), .name = S("web_search"),
                               .id = openai_json_string(d->call, item, "id"),
                               .meta = openai_json_string(d->call, item, "status"),
                               .text = J->kind(action) == '{' ? action : S("{}") });
    responses_rest_decode(d, item, path, known);
}

static void image_decode(struct chat_in *d, struct cp_str item, const char *path)
{
    static const char *const known[] = { "type", "result", NULL };
    struct cp_item it = { CP_ITEM(MEDIA), .sub = CP_IMAGE, .num = CP_FROM_BASE64,
                          .text = openai_json_string(d->call, item, "result") };
    struct cp_str format[2] = { S("image/"),
                                openai_json_string(d->call, item, "output_format") };

    if (it.text.n == 0) { /* it came to nothing */
        responses_native(d, path, item);
        return;
    }
    it.name =
        format[1].n > 0 ? openai_text_join(d->call, format, 2) : openai_media_sniff(it.text);
    if (it.name.n == 0)
        it.name = S("image/png");
    block(d, it);
    responses_rest_decode(d, item, path, known);
}

static void compaction_decode(struct chat_in *d, struct cp_str item, const char *path)
{
    static const char *const known[] = { "type", "id", "encrypted_content", NULL };
    struct cp_item it = { CP_ITEM(COMPACTION), .id = openai_json_string(d->call, item, "id") };
    struct cp_item state;

    if (!state_read(d, item, d->index, &state)) {
        d->rc = d->rc != CP_OK ? d->rc
                               : H->fail(d->call, CP_E_SYNTAX,
                                         "%s.encrypted_content: expected a string", path);
        return;
    }
    if (openai_text_is(state.id, "claude-proxy")) { /* the summary is our own: it can be read */
        it.text = state.text;
        block(d, it);
        responses_rest_decode(d, item, path, known);
        return;
    }
    it.flags = CP_OPEN;
    it.index = d->index++;
    it.text = S("");
    chat_in_emit(d, &it);
    chat_in_emit(d, &state);
    block_close(d, CP_COMPACTION, 0, it.index);
    responses_rest_decode(d, item, path, known);
}

/* ---- all --------------------------------------------------------------------------------- */

static int is_compaction(struct cp_str type)
{
    return J->is(type, "compaction") || J->is(type, "compaction_summary");
}

static int is_message(struct cp_str item, struct cp_str type)
{
    return (J->is(type, "message") || openai_json_null(type)) &&
           J->is(J->get(item, "role"), "assistant");
}

int responses_is_output(struct cp_str item)
{
    struct cp_str type = J->get(item, "type");

    return is_message(item, type) || J->is(type, "reasoning") || J->is(type, "function_call") ||
           J->is(type, "custom_tool_call") || J->is(type, "web_search_call") ||
           J->is(type, "image_generation_call") || is_hosted(type);
}

int responses_output_decode(struct chat_in *d, struct cp_str item, const char *path)
{
    struct cp_str type = J->get(item, "type");

    if (is_message(item, type))
        message_decode(d, item, path);
    else if (J->is(type, "reasoning"))
        reasoning_decode(d, item, path);
    else if (J->is(type, "function_call") || J->is(type, "custom_tool_call"))
        call_decode(d, item, path, J->is(type, "custom_tool_call"));
    else if (J->is(type, "web_search_call"))
        search_decode(d, item, path);
    else if (J->is(type, "image_generation_call"))
        image_decode(d, item, path);
    else if (is_hosted(type))
        hosted_decode(d, item);
    else if (is_compaction(type))
        compaction_decode(d, item, path);
    else
        return 0;
    return 1;
}

int responses_item_decode(struct cp_call *call, struct cp_str item, const char *path,
                          uint32_t *index, struct cp_tape *tape)
{
    struct chat_in d = { .call = call, .tape = tape, .index = *index };

    if (chat_in_expect(&d, item, "{", path, "expected an object") &&
        !responses_output_decode(&d, item, path))
        responses_native(&d, path, item);
    *index = d.index;
    return d.rc;
}
