/* SPDX-License-Identifier: MIT */
/*
 * request_file - a request as people have it in a file: a bare body, or a whole HTTP request.
 *
 * What is pasted comes from captures, from logs, from curl -v; so line ends may be bare, the version may be missing.  It
 * is never sent anywhere.
 */
#include "main/request_file.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "json/check.h"
#include "json/slice.h"
#include "json/write.h"

enum { MODEL_BYTES = 4096 };

/* ---- lines ---- */

static bool line_is_request(struct cp_str line)
{
    struct cp_str rest = line, method, target;

    if (!str_split(&rest, ' ', &method) || !str_split(&rest, ' ', &target) || !method.n ||
        (rest.p && !str_begins(rest, "HTTP/")))
        return false;
    for (size_t i = 0; i < method.n; i++)
        if (method.p[i] < 'A' || method.p[i] > 'Z')
            return false;
    return str_begins(target, "/") || str_begins(target, "http://") ||
           str_begins(target, "https://");
}

/* Takes the next line, without its end. */
static bool line_next(struct cp_str *rest, struct cp_str *line)
{
    if (!str_split(rest, '\n', line))
        return false;
    if (line->n && line->p[line->n - 1] == '\r')
        line->n--;
    return true;
}

/* The first line that says something. */
static struct cp_str line_first(struct cp_str text)
{
    struct cp_str line;

    while (line_next(&text, &line))
        if (line.n && !str_begins(line, "* "))
            return line;
    return STR_NONE;
}

/* What curl -v has said, without its marks; the lines that are not marked are the body. */
static struct cp_str curl_strip(struct cp_str text, struct arena *arena)
{
    struct cp_str line, out;
    bool is_head = true;
    struct buf clean;

    buf_init(&clean, text.n + 16);
    while (text.p) {
        struct cp_str before = text;
        if (!line_next(&text, &line))
            break;
        bool is_marked = line.n && line.p[0] == '>';
        if (is_head && is_marked) {
            buf_add_str(&clean, str_from(line, line.n > 1 && line.p[1] == ' ' ? 2 : 1));
            buf_add_c(&clean, '\n');
            is_head = str_trim(line).n > 1;
        } else if (!is_head && !str_begins(line, "* ") && !str_begins(line, "< ") &&
                   !str_is(line, "<")) {
            buf_add_str(&clean,
                        str_cut(before, text.p ? (size_t)(text.p - before.p) : before.n));
        }
    }
    out = arena_copy(arena, buf_str(&clean));
    buf_fini(&clean);
    return out;
}

/* ---- reading ---- */

static struct cp_str target_path(struct cp_str target)
{
    ptrdiff_t host = str_find(target, STR("://")), path;

    if (host < 0)
        return target;
    target = str_from(target, (size_t)host + 3);
    path = str_chr(target, '/');
    return path < 0 ? STR("/") : str_from(target, (size_t)path);
}

static int read_head(struct request_file *f, struct cp_str *text, struct err *err)
{
    struct cp_str line, rest;
    int number = 1;

    do
        (void)line_next(text, &line); /* there is one: the first that says something */
    while (!line_is_request(line));
    rest = line;
    str_split(&rest, ' ', &f->method);
    str_split(&rest, ' ', &f->target);
    f->target = target_path(f->target);
    while (line_next(text, &line) && line.n) {
        number++;
        if (!request_file_add(f, line, err))
            continue;
        if (err)
            err_set(err, err->code, "", "line %d of the head is no header", number);
        return E_SYNTAX;
    }
    return 0;
}

int request_file_read(struct request_file *f, struct cp_str text, struct arena *arena,
                      struct err *err)
{
    struct cp_str first = line_first(text);

    *f = (struct request_file){ .body = text };
    if (str_begins(first, "> ") && line_is_request(str_from(first, 2))) {
        text = curl_strip(text, arena);
        first = line_first(text);
    }
    if (!line_is_request(first))
        return 0;
    int rc = read_head(f, &text, err);
    f->body = text.p ? text : STR("");
    return rc;
}

int request_file_add(struct request_file *f, struct cp_str header, struct err *err)
{
    ptrdiff_t colon = str_chr(header, ':');
    struct cp_str name = colon < 0 ? STR_NONE : str_cut(header, (size_t)colon), value;

    if (!str_is_token(name))
        return err_set(err, E_SYNTAX, "", "a header is \"Name: value\"");
    value = str_trim(str_from(header, (size_t)colon + 1));
    for (size_t i = 0; i < f->headers_n; i++)
        if (f->headers[i].name.n == name.n &&
            !strncasecmp(f->headers[i].name.p, name.p, name.n)) {
            f->headers[i].value = value;
            return 0;
        }
    if (f->headers_n == REQUEST_FILE_HEADERS)
        return err_set(err, E_LIMIT, "", "more than %d headers", REQUEST_FILE_HEADERS);
    f->headers[f->headers_n++] = (struct request_header_pair){ name, value };
    return 0;
}

struct cp_str request_file_header(void *ctx, const char *name)
{
    const struct request_file *f = ctx;

    for (size_t i = 0; i < f->headers_n; i++)
        if (str_is_nocase(f->headers[i].name, name))
            return f->headers[i].value;
    return STR_NONE;
}

/* ---- guessing ---- */

static bool has_any(struct cp_str body, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (json_get(body, names[i]).p)
            return true;
    return false;
}

/* Roles that Claude's API does not have among its messages, and shapes of tools that are only Chat's. */
static bool has_chat_shape(struct cp_str body)
{
    struct cp_str item, messages = json_get(body, "messages"), tools = json_get(body, "tools");

    for (size_t at = 0; json_each(messages, &at, NULL, &item);) {
        struct cp_str role = json_get(item, "role");
        if (json_is(role, "system") || json_is(role, "developer") || json_is(role, "tool"))
            return true;
    }
    for (size_t at = 0; json_each(tools, &at, NULL, &item);)
        if (json_get(item, "function").p)
            return true;
    return false;
}

/* Claude's API demands max_tokens; Chat's allows it, so what else there is decides. */
static bool is_claude(struct cp_str body)
{
    static const char *const claude[] = {
        "system",      "stop_sequences",    "thinking",          "output_config",
        "mcp_servers", "anthropic_version", "context_management"
    };
    static const char *const chat[] = {
        "max_completion_tokens", "response_format",   "stream_options", "n",    "stop",
        "presence_penalty",      "frequency_penalty", "logit_bias",     "seed", "logprobs",
        "reasoning_effort",      "functions",         "user",           "store"
    };

    if (has_any(body, claude, sizeof(claude) / sizeof(*claude)))
        return true;
    return json_get(body, "max_tokens").p &&
           !has_any(body, chat, sizeof(chat) / sizeof(*chat)) && !has_chat_shape(body);
}

static int guess_gemini(struct request_file *f, struct cp_str model, struct arena *arena,
                        struct err *err)
{
    if (!model.n)
        return err_set(err, E_ABSENT, "",
                       "Gemini's API has the model in its path: "
                       "say --model or --path");
    f->target = arena_printf(arena, "/v1beta/models/%.*s:generateContent", STR_FMT(model));
    return 0;
}

int request_file_guess(struct request_file *f, struct cp_str model, struct arena *arena,
                       struct err *err)
{
    struct err bad = { 0 };

    if (json_check(f->body, NULL, &bad))
        return err_set(err, E_SYNTAX, "", "neither an HTTP request nor JSON: %s at %s",
                       bad.what, bad.where);
    f->method = STR("POST");
    if (json_get(f->body, "contents").p)
        return guess_gemini(f, model, arena, err);
    if (json_get(f->body, "messages").p)
        f->target = is_claude(f->body) ? STR("/v1/messages") : STR("/v1/chat/completions");
    else if (json_get(f->body, "input").p)
        f->target = STR("/v1/responses");
    else
        return err_set(err, E_ABSENT, "", "no API is known by the body's members: say --path");
    return 0;
}

int request_file_set_model(struct request_file *f, struct cp_str model, struct arena *arena,
                           struct err *err)
{
    struct cp_str old = json_check(f->body, NULL, NULL) ? STR_NONE : json_get(f->body, "model");
    struct buf out;

    if (json_kind(old) != '"')
        return err_set(err, E_ABSENT, "", "the body has no model to be replaced");
    buf_init(&out, f->body.n + model.n * 6 + MODEL_BYTES);
    int rc = json_splice(&out, f->body, old, model);
    if (!rc)
        f->body = arena_copy(arena, buf_str(&out));
    buf_fini(&out);
    return rc;
}
