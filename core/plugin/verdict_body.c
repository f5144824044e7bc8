/* SPDX-License-Identifier: MIT */
/*
 * verdict_body - an error body of any service, read liberally: its words, its codes, whether it is a page.
 *
 *     {"error":{"message","type","code"}}      {"error":"text"}      {"message"|"msg"|"detail":"text"}
 *     {"detail":[{"msg"}]}      {"errors":[{"message"}]}      [{"error":{..}}]
 *     {"error":{"message":"Provider returned error","metadata":{"raw":"what it said"}}}      OpenRouter
 *     {"error":{"upstream_error":"text" or {"message"}}}                                     relays of relays
 *
 * All the messages that are there are put one behind the other: a relay's own is often the emptiest.
 */
#include "plugin/verdict_body.h"

#include "base/str.h"
#include "base/utf8.h"
#include "json/check.h"
#include "json/slice.h"

#include <stdlib.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* The code point of "XXXX" at p, which has four digits behind it. */
static uint32_t hex_four(const char *p)
{
    char digits[5] = { p[0], p[1], p[2], p[3], '\0' };
    return (uint32_t)strtoul(digits, NULL, 16);
}

/* A JSON string into to, in lower case; as much as there is room for. */
static size_t unquote(struct cp_str v, char *to, size_t room)
{
    size_t n = 0;
    for (size_t i = 1; i + 1 < v.n && n + 8 < room; i++) {
        if (v.p[i] != '\\' || i + 2 >= v.n) {
            to[n++] = lower(v.p[i]);
            continue;
        }
        char c = v.p[++i];
        if (c != 'u' || i + 5 >= v.n) {
            to[n++] = strchr("nrtbf", c) ? ' ' : c;
            continue;
        }
        uint32_t code = hex_four(v.p + i + 1);
        i += 4;
        if (code >= 0xD800 && code < 0xE000)
            code = '?'; /* beyond the basic plane there are no words */
        n += code < 0x80 ? (to[n] = lower((char)(code ? code : '?')), 1)
                         : utf8_put(code, to + n);
    }
    return n;
}

static struct cp_str word_of(struct cp_str object, const char *key, char *to, size_t room)
{
    struct cp_str v = json_get(object, key);
    if (json_kind(v) == '"')
        return str_n(to, unquote(v, to, room));
    return json_kind(v) == '0' ? v : STR_NONE;
}

static void add(struct verdict_body *b, struct cp_str v)
{
    if (json_kind(v) != '"' || v.n <= 2 || b->text.n + 16 > sizeof(b->buffer))
        return;
    if (b->text.n)
        b->buffer[b->text.n++] = '\n';
    b->text.n += unquote(v, b->buffer + b->text.n, sizeof(b->buffer) - b->text.n);
}

static struct cp_str first_of(struct cp_str list)
{
    struct cp_str one;
    size_t at = 0;
    return json_kind(list) == '[' && json_each(list, &at, NULL, &one) ? one : STR_NONE;
}

static void add_all(struct verdict_body *b, struct cp_str object)
{
    static const char *const keys[] = { "message", "msg", "detail", "error_msg",
                                        "upstream_error" };
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        struct cp_str v = json_get(object, keys[i]);
        add(b, v);
        if (json_kind(v) == '{') {
            add(b, json_get(v, "message"));
            v = json_get(v, "detail"); /* Mistral's {"message":{"detail":[..]}} */
        }
        add(b, json_get(first_of(v), "msg"));
    }
    add(b, json_get(json_get(object, "metadata"), "raw"));
}

static void read_json(struct cp_str body, struct verdict_body *b)
{
    b->root = json_kind(body) == '[' ? first_of(body) : body;
    if (json_kind(b->root) != '{')
        return;
    struct cp_str error = json_get(b->root, "error");
    if (json_kind(error) != '{' && json_kind(error) != '"')
        error = first_of(json_get(b->root, "errors"));
    add(b, error);
    b->error = json_kind(error) == '{' ? error : b->root;
    add_all(b, b->error);
    if (b->error.p != b->root.p)
        add_all(b, b->root);
    b->code = word_of(b->error, "code", b->code_buffer, sizeof(b->code_buffer));
    b->type = word_of(b->error, "type", b->type_buffer, sizeof(b->type_buffer));
}

/* What a person would read of it. */
static void read_text(struct cp_str body, struct verdict_body *b)
{
    bool in_tag = false;
    size_t n = 0;
    b->is_page = str_begins_nocase(body, "<!doctype") || str_begins_nocase(body, "<html") ||
                 str_begins_nocase(body, "<head") || str_begins_nocase(body, "<?xml") ||
                 str_begins_nocase(body, "<center");
    for (size_t i = 0; i < body.n && n < sizeof(b->buffer); i++) {
        char c = body.p[i];
        if (b->is_page && (c == '<' || c == '>')) {
            in_tag = c == '<';
            c = ' ';
        } else if (in_tag) {
            continue;
        }
        if ((unsigned char)c <= ' ' && (n == 0 || b->buffer[n - 1] == ' '))
            continue;
        b->buffer[n++] = (unsigned char)c <= ' ' ? ' ' : lower(c);
    }
    b->text.n = n;
}

/* ---- quotes ---------------------------------------------------------------------------------- */

enum { QUOTED_MOST = 256 };

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* The offset behind the quotation that begins at offset at; 0: none does.  An apostrophe is no quote. */
static size_t quoted_end(struct cp_str s, size_t at, bool is_json)
{
    char sign = s.p[at];
    if ((sign != '\'' && sign != '`' && sign != '"') || (sign == '"' && is_json) ||
        (sign == '\'' && at > 0 && is_alnum(s.p[at - 1])))
        return 0;
    for (size_t i = at + 1; i < s.n && i - at <= QUOTED_MOST; i++)
        if (s.p[i] == sign && (sign != '\'' || i + 1 == s.n || !is_alnum(s.p[i + 1])))
            return i + 1;
    return 0;
}

/* A relay puts the JSON of another into its message: there, quotes are everybody's. */
static void make_bare(struct verdict_body *b)
{
    bool is_json = verdict_body_has(b, "\":");
    size_t n = 0;
    for (size_t i = 0; i < b->text.n;) {
        size_t end = quoted_end(b->text, i, is_json);
        b->bare_buffer[n++] = end ? ' ' : b->text.p[i];
        i = end ? end : i + 1;
    }
    b->bare = str_n(b->bare_buffer, n);
}

void verdict_body_read(struct cp_str body, struct verdict_body *b)
{
    body = str_trim(body);
    b->root = b->error = b->code = b->type = STR_NONE;
    b->is_page = false;
    b->text = b->bare = str_n(b->buffer, 0);
    if (body.n == 0)
        return;
    if ((*body.p == '{' || *body.p == '[') && !json_check(body, NULL, NULL))
        read_json(body, b);
    else
        read_text(body, b);
    make_bare(b);
}

bool verdict_body_has(const struct verdict_body *b, const char *words)
{
    return b->text.n && memmem(b->text.p, b->text.n, words, strlen(words)) != NULL;
}
