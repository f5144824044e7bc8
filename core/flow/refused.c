/* SPDX-License-Identifier: MIT */
/*
 * refused - a part of a request that an upstream does not know, in words that can be remembered.
 *
 * Adapters say only what their service can do without.  The lists here are the second look: a request without one of
 * these would be another request, whoever says it may go.  They are the words that stand in all dialects for what is
 * said and for what the answer must look like.
 */
#include "flow/refused.h"

#include "base/arena.h"
#include "base/str.h"
#include "json/cut.h"

/* As a whole, at the top. */
static const char *const needed[] = {
    "model",
    "messages",
    "input",
    "contents",
    "prompt",
    "system",
    "systemInstruction",
    "system_instruction",
    "instructions",
    "tools",
    "tool_choice",
    "toolConfig",
    "tool_config",
    "max_tokens",
    "max_output_tokens",
    "max_completion_tokens",
    "stream",
    "stop",
    "stop_sequences",
    "n",
    "previous_response_id",
    "conversation",
    "background",
    "response_format",
    "text",
    "output_format",
    "generationConfig",
    "generation_config",
};

/* Anywhere below. */
static const char *const needed_below[] = {
    "role",
    "content",
    "text",
    "parts",
    "type",
    "name",
    "id",
    "call_id",
    "tool_use_id",
    "tool_call_id",
    "tool_calls",
    "arguments",
    "args",
    "input",
    "output",
    "response",
    "thinking",
    "data",
    "signature",
    "thoughtSignature",
    "thought_signature",
    "encrypted_content",
    "source",
    "url",
    "image_url",
    "input_audio",
    "file",
    "file_id",
    "inlineData",
    "inline_data",
    "fileData",
    "file_data",
    "mimeType",
    "mime_type",
    "functionCall",
    "function_call",
    "functionResponse",
    "function_response",
    "function",
    "functionDeclarations",
    "function_declarations",
    "parameters",
    "input_schema",
    "properties",
    "items",
    "required",
    "enum",
    "format",
    "schema",
    "json_schema",
    "responseSchema",
    "response_schema",
    "responseJsonSchema",
    "response_json_schema",
    "responseMimeType",
    "response_mime_type",
    "maxOutputTokens",
    "max_output_tokens",
    "stopSequences",
    "stop_sequences",
    "candidateCount",
    "candidate_count",
};

/* No lists, or not the client's to lose. */
static const char *const headers_needed[] = {
    "accept", "accept-encoding",   "authorization",  "api-key",        "content-type",
    "host",   "user-agent",        "x-api-key",      "x-goog-api-key", "proxy-authorization",
    "cookie", "anthropic-version", "content-length",
};

#define IS_ONE_OF(s, list) is_one_of((s), (list), sizeof(list) / sizeof(*(list)))

static bool is_one_of(struct cp_str s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_is_nocase(s, list[i]))
            return true;
    return false;
}

/* ---- saying ---- */

struct words {
    char *out;
    size_t n;
    bool is_long;
};

static void words_add(struct words *w, struct cp_str s)
{
    w->is_long |= s.n > REFUSED_BYTES - w->n;
    if (w->is_long || !s.n)
        return;
    memcpy(w->out + w->n, s.p, s.n);
    w->n += s.n;
}

static bool is_plain(struct cp_str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-' || c == '$'))
            return false;
    }
    return name.n > 0;
}

static void words_step(struct words *w, const struct json_step *s)
{
    if (!s->name.p) {
        words_add(w, STR("[*]"));
    } else if (is_plain(s->name)) {
        words_add(w, w->n && w->out[w->n - 1] != ' ' ? STR(".") : STR(""));
        words_add(w, s->name);
    } else {
        words_add(w, STR("[\""));
        words_add(w, s->name);
        words_add(w, STR("\"]"));
    }
}

/* A property may have any name, also one of those above; but not without its schema. */
static bool may_go(const struct json_step *steps, size_t n)
{
    const struct json_step *last = &steps[n - 1];

    if (!n || !last->name.n || !steps[0].name.n)
        return false;
    if (n == 1)
        return !IS_ONE_OF(last->name, needed);
    return !IS_ONE_OF(last->name, needed_below) && !str_is(steps[n - 2].name, "properties");
}

static bool words_path(struct words *w, struct cp_str said)
{
    struct json_step steps[JSON_CUT_STEPS];
    size_t n = json_steps(said, steps);

    if (!n || !may_go(steps, n))
        return false;
    for (size_t i = 0; i < n; i++)
        words_step(w, &steps[i]);
    return true;
}

static bool words_header(struct words *w, struct cp_str name, struct cp_str word)
{
    if (!str_is_token(word) || IS_ONE_OF(name, headers_needed))
        return false;
    size_t from = w->n;
    words_add(w, name);
    for (size_t i = from; i < w->n; i++)
        if (w->out[i] >= 'A' && w->out[i] <= 'Z')
            w->out[i] |= 0x20;
    words_add(w, STR(": "));
    words_add(w, word);
    return true;
}

/* Whether it is a header's, and its two parts. */
static bool is_header(struct cp_str said, struct cp_str *name, struct cp_str *word)
{
    ptrdiff_t colon = str_chr(said, ':');

    if (colon < 0)
        return false;
    *name = str_cut(said, (size_t)colon);
    *word = str_trim(str_from(said, (size_t)colon + 1));
    return str_is_token(*name);
}

struct cp_str refused_words(struct cp_str said, struct cp_str model, char out[REFUSED_BYTES])
{
    struct words w = { out, 0, false };
    struct cp_str name, word;

    if (!said.n || !str_is_field_value(said) || !str_is_field_value(model) ||
        str_chr(model, ']') >= 0 || str_begins(model, "\""))
        return STR_NONE;
    if (model.n) {
        words_add(&w, STR("["));
        words_add(&w, model);
        words_add(&w, STR("] "));
    }
    bool is_good =
        is_header(said, &name, &word) ? words_header(&w, name, word) : words_path(&w, said);
    return is_good && !w.is_long ? str_n(out, w.n) : STR_NONE;
}

/* ---- reading ---- */

bool refused_read(struct cp_str words, struct refused *r)
{
    char again[REFUSED_BYTES];

    *r = (struct refused){ .model = STR_NONE };
    if (str_begins(words, "[") && !str_begins(words, "[\"")) {
        ptrdiff_t end = str_find(words, STR("] "));
        if (end < 0)
            return false;
        r->model = str_from(str_cut(words, (size_t)end), 1);
        words = str_from(words, (size_t)end + 2);
    }
    if (!is_header(words, &r->header, &r->word)) {
        r->header = r->word = STR_NONE;
        r->path = words;
    }
    /* It may come from a file that somebody has edited. */
    return words.n && str_eq(refused_words(words, STR_NONE, again), words);
}

bool refused_is_same(struct cp_str a, struct cp_str b)
{
    bool is = a.n == b.n;

    for (size_t i = 0; is && i < a.n; i++)
        is = (a.p[i] | 0x20) == (b.p[i] | 0x20);
    return is;
}

struct cp_str refused_cut(struct arena *arena, struct cp_str list, struct cp_str word)
{
    struct cp_str rest = list, part;
    char *out = NULL;
    size_t n = 0;
    bool is_there = false;

    while (!is_there && str_split(&rest, ',', &part))
        is_there = refused_is_same(str_trim(part), word);
    if (!is_there)
        return list;
    out = arena_need(arena, list.n + 1);
    for (rest = list; str_split(&rest, ',', &part);) {
        if (refused_is_same(str_trim(part), word))
            continue;
        if (n)
            out[n++] = ',';
        else
            part = str_trim(part);
        memcpy(out + n, part.p, part.n);
        n += part.n;
    }
    return str_trim(str_n(out, n)).n ? str_n(out, n) : STR_NONE;
}
