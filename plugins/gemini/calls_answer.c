/* SPDX-License-Identifier: MIT */
/*
 * calls_answer - parts that are written whole: calls, media, code that ran.
 *
 * Arguments are an object here.  What another dialect's model left as a bare value, or as half an
 * object because its answer was cut, is put into one: nothing that was said is lost, and the client
 * does not take it for complete.
 */
#include "answer.h"

static struct cp_str member_of(struct tx *tx, const char *key, struct cp_str value)
{
    struct builder b = { .call = tx->call };

    builder_add(&b, S("{"));
    builder_key(&b, key);
    builder_add(&b, value);
    builder_add(&b, S("}"));
    return builder_text(&b);
}

static int is_blank(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\n' && s.p[i] != '\r' && s.p[i] != '\t')
            return 0;
    return 1;
}

static struct cp_str arguments_of(struct tx *tx, const struct tx_block *b)
{
    struct cp_str text = builder_text(&b->text);

    if (b->head.sub == CP_TOOL_CUSTOM)
        return member_of(tx, "input", gemini_text_quote(tx->call, text));
    if (is_blank(text))
        return S("{}");
    if (J->check(tx->call, text) != CP_OK) {
        H->note(tx->call, CP_REPAIRED, S("functionCall.args"),
                "arguments that are no JSON became raw_arguments");
        return member_of(tx, "raw_arguments", gemini_text_quote(tx->call, text));
    }
    text = J->compact(tx->call, text);
    if (J->kind(text) == '{')
        return text;
    H->note(tx->call, CP_REPAIRED, S("functionCall.args"),
            "arguments that are no object became its member value");
    return member_of(tx, "value", text);
}

/* The part's last member; what more there is goes on empty texts. */
static void part_end(struct tx *tx, struct tx_choice *c, const struct tx_block *b)
{
    if (b->states_n > 0)
        gemini_tx_key_text(tx, "thoughtSignature", b->states[0]);
    gemini_tx_part_close(tx, c);
    for (int i = 1; i < b->states_n; i++) {
        gemini_tx_part_open(tx, c);
        gemini_tx_key_text(tx, "text", S(""));
        gemini_tx_key_text(tx, "thoughtSignature", b->states[i]);
        gemini_tx_part_close(tx, c);
    }
}

/*
 * The first call of an answer that its maker did not sign.  Clients send parts back as they are, and
 * Gemini 3, should it be asked next, refuses a step without a signature; this word is let through.
 * source: Google's page on thought signatures, as of 2026-08
 */
static int is_to_be_signed(struct tx_choice *c, const struct tx_block *b)
{
    int is_first = !c->has_call;

    c->has_call = 1;
    return is_first && b->states_n == 0;
}

static void call_write(struct tx *tx, struct tx_choice *c, const struct tx_block *b)
{
    struct cp_str arguments = arguments_of(tx, b);
    int is_unsigned = is_to_be_signed(c, b);

    gemini_tx_part_open(tx, c);
    (void)J->key(tx->out,
                 "functionCall"); /* an out remembers its failure; so everywhere here */
    (void)J->open(tx->out, '{');
    if (b->head.id.n > 0)
        gemini_tx_key_text(tx, "id", b->head.id);
    gemini_tx_key_text(tx, "name", b->head.name);
    gemini_tx_key_raw(tx, "args", arguments);
    (void)J->close(tx->out);
    if (is_unsigned)
        gemini_tx_key_text(tx, "thoughtSignature", S("skip_thought_signature_validator"));
    part_end(tx, c, b);
}

static void media_write(struct tx *tx, struct tx_choice *c, const struct tx_block *b)
{
    int is_url = b->head.num == CP_FROM_URL;
    struct cp_str mime = b->head.name, text = builder_text(&b->text);

    if (b->head.num == CP_FROM_TEXT) {
        gemini_tx_part_open(tx, c);
        gemini_tx_key_text(tx, "text", text);
        part_end(tx, c, b);
        return;
    }
    if (!is_url && b->head.num != CP_FROM_BASE64) {
        H->note(tx->call, CP_DROPPED, S("content"), "a file only its maker can read");
        return;
    }
    if (mime.n == 0)
        mime = is_url ? gemini_media_of_url(text) : gemini_media_sniff(text);
    gemini_tx_part_open(tx, c);
    (void)J->key(tx->out, is_url ? "fileData" : "inlineData");
    (void)J->open(tx->out, '{');
    if (mime.n > 0)
        gemini_tx_key_text(tx, "mimeType", mime);
    gemini_tx_key_text(tx, is_url ? "fileUri" : "data", text);
    if (b->head.id.n > 0)
        gemini_tx_key_text(tx, "displayName", b->head.id);
    (void)J->close(tx->out);
    part_end(tx, c, b);
}

/* ---- what a service ran by itself ---------------------------------------------------------- */

static void member_write(struct tx *tx, struct tx_choice *c, const struct tx_block *b,
                         const char *key, struct cp_str json)
{
    gemini_tx_part_open(tx, c);
    gemini_tx_key_raw(tx, key, json);
    part_end(tx, c, b);
}

static void native_add(struct tx *tx, struct tx_native **list, struct cp_str value)
{
    struct tx_native *n = H->alloc(tx->call, sizeof(*n));

    while (*list != NULL)
        list = &(*list)->next;
    if (n == NULL)
        return;
    n->value = gemini_tx_keep(tx, value);
    *list = n;
}

/* [{"url":..}] of whatever shape the maker gives its hits. */
static void hits_add(struct tx *tx, struct tx_choice *c, struct cp_str list)
{
    struct cp_str one;
    size_t at = 0;

    while (J->kind(list) == '[' && J->each(list, &at, NULL, &one))
        if (J->kind(one) == '{' && J->kind(J->get(one, "url")) == '"')
            native_add(tx, &c->hits, one);
}

/* Anthropic's and OpenAI's searches, and OpenAI's pages, which are searches, too. */
static void search_take(struct tx *tx, struct tx_choice *c, struct cp_str input)
{
    struct cp_str query = J->get(input, "query"), list = J->get(input, "queries"), one;
    struct cp_str url = J->get(input, "url");
    size_t at = 0;

    if (J->kind(query) == '"' && !J->is(query, ""))
        native_add(tx, &c->queries, query);
    while (J->kind(list) == '[' && J->each(list, &at, NULL, &one))
        if (J->kind(one) == '"' && !gemini_text_same(one, query))
            native_add(tx, &c->queries, one);
    if (J->kind(url) == '"')
        native_add(tx, &c->pages, url);
    hits_add(tx, c, J->get(input, "sources"));
}

/* What OpenAI's programs printed stands in their call. */
static void logs_write(struct tx *tx, struct tx_choice *c, const struct tx_block *b,
                       struct cp_str outputs)
{
    struct builder logs = { .call = tx->call };
    struct cp_str one, text;
    size_t at = 0;

    if (J->kind(outputs) != '[')
        return;
    while (J->each(outputs, &at, NULL, &one)) {
        text = J->text(tx->call, J->get(one, "logs"));
        if (text.p == NULL)
            H->note(tx->call, CP_DROPPED, S("outputs"), "only what was printed can be told");
        builder_add(&logs, text.p == NULL ? S("") : text);
    }
    text = gemini_text_quote(tx->call, builder_text(&logs));
    member_write(tx, c, b, "codeExecutionResult",
                 gemini_text_format(tx->call, "{\"outcome\":\"OUTCOME_OK\",\"output\":%.*s}",
                                    (int)text.n, text.p));
}

/* 1: it is a program, of whichever maker. */
static int code_write(struct tx *tx, struct tx_choice *c, const struct tx_block *b,
                      struct cp_str input)
{
    struct cp_str code = J->get(input, "code"), command = J->get(input, "command");
    int is_shell = J->kind(code) != '"' && J->kind(command) == '"';

    if (!gemini_text_is(b->head.name, "code_execution") &&
        !gemini_text_is(b->head.name, "code_interpreter") &&
        !gemini_text_is(b->head.name, "bash_code_execution"))
        return 0;
    if (is_shell)
        code = command;
    if (J->kind(code) != '"')
        return 0;
    if (J->get(input, "language").p == NULL || J->get(input, "outputs").p != NULL)
        member_write(tx, c, b, "executableCode",
                     gemini_text_format(tx->call, "{\"language\":\"%s\",\"code\":%.*s}",
                                        is_shell ? "LANGUAGE_UNSPECIFIED" : "PYTHON",
                                        (int)code.n, code.p));
    else
        member_write(tx, c, b, "executableCode", input);
    logs_write(tx, c, b, J->get(input, "outputs"));
    return 1;
}

static void server_call(struct tx *tx, struct tx_choice *c, const struct tx_block *b)
{
    struct cp_str text = builder_text(&b->text), one;
    int is_json = J->check(tx->call, text) == CP_OK && J->kind(text) == '{';
    struct cp_str name = b->head.name;

    text = is_json ? J->compact(tx->call, text) : S("{}");
    if (J->get(text, "toolType").p != NULL || J->get(text, "tool_type").p != NULL)
        member_write(tx, c, b, "toolCall", text);
    else if (code_write(tx, c, b, text))
        return;
    else if (gemini_text_is(name, "web_search"))
        search_take(tx, c, text);
    else if (gemini_text_is(name, "web_fetch") && J->kind(one = J->get(text, "url")) == '"')
        native_add(tx, &c->pages, one);
    else
        H->note(tx->call, CP_DROPPED, name, "a hosted tool this dialect does not have");
}

/* Anthropic's and OpenAI's forms of what a program printed. */
static int printed_write(struct tx *tx, struct tx_choice *c, const struct tx_block *b,
                         struct cp_str result)
{
    struct cp_str output = J->get(result, "stdout"), code = J->get(result, "return_code");
    int64_t status = 0;

    if (J->kind(output) != '"')
        return 0;
    if (J->kind(code) == '0' && J->integer(code, &status) != CP_OK)
        status = 1;
    if (status != 0 && J->kind(J->get(result, "stderr")) == '"')
        output = J->get(result, "stderr");
    member_write(
        tx, c, b, "codeExecutionResult",
        gemini_text_format(tx->call, "{\"outcome\":\"%s\",\"output\":%.*s}",
                           status == 0 && b->head.num == 0 ? "OUTCOME_OK" : "OUTCOME_FAILED",
                           (int)output.n, output.p));
    return 1;
}

static void server_result(struct tx *tx, struct tx_choice *c, const struct tx_block *b)
{
    struct cp_str text = builder_text(&b->text), name = b->head.name;
    int is_json = J->check(tx->call, text) == CP_OK;

    text = is_json ? J->compact(tx->call, text) : S("null");
    if (gemini_text_is(b->head.meta, GEMINI_MAKER) && J->kind(text) == '{' &&
        gemini_text_is(name, "codeExecutionResult")) {
        member_write(tx, c, b, "codeExecutionResult", text);
    } else if (gemini_text_is(b->head.meta, GEMINI_MAKER) && J->kind(text) == '{' &&
               gemini_text_is(name, "toolResponse")) {
        member_write(tx, c, b, "toolResponse", text);
    } else if (gemini_text_is(b->head.meta, GEMINI_MAKER) &&
               gemini_text_is(name, "web_search_result")) {
        hits_add(tx, c, text); /* unless it stands in groundingMetadata as it came */
    } else if (gemini_text_is(name, "web_search_tool_result") && J->kind(text) == '[') {
        hits_add(tx, c, text);
    } else if (gemini_text_is(name, "web_fetch_tool_result")) {
        return; /* its page is told with its call */
    } else if (J->kind(text) != '{' || !printed_write(tx, c, b, text)) {
        H->note(tx->call, CP_DROPPED, name.n > 0 ? name : S("content"),
                "another maker's hosted tool's result");
    }
}

void gemini_tx_whole(struct tx *tx, struct tx_choice *c, struct tx_block *b)
{
    switch (b->head.kind) {
    case CP_TOOL_CALL:
        call_write(tx, c, b);
        return;
    case CP_MEDIA:
        media_write(tx, c, b);
        return;
    case CP_SERVER_CALL:
        server_call(tx, c, b);
        return;
    case CP_SERVER_RESULT:
        server_result(tx, c, b);
        return;
    default:
        H->note(tx->call, CP_DROPPED, S("content"), "a part this dialect does not have");
    }
}
