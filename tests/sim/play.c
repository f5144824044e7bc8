/* SPDX-License-Identifier: MIT */
/*
 * play - what one reply shall look like, and the language that says so.
 *
 * One table is the language: the parser, the setter and --help all read it. A word is NAME or
 * NAME=VALUE; words are parted by blanks or semicolons. A value may be quoted in whole or in part:
 * '...' is literal, "..." knows \n \r \t \0 \" \\ and \xHH, and a value that begins with { or [ is
 * taken up to its closing bracket, so JSON needs no quoting. The turn word `then` parts the turns
 * of a conversation: the second segment answers the first tool result, and so on.
 */
#include "play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { FLAG, NUMBER, STRING, HEADER, TOOL, ARGS };

struct directive {
    const char *name;
    enum kind kind;
    size_t offset;
    int64_t bare; /* a number's value when the word has none; PLAY_UNSET: it needs one */
    const char *help;
};

#define AT(member) offsetof(struct play, member)

static const struct directive table[] = {
    { "status", NUMBER, AT(status), -1, "N: HTTP status (also 99, 599, 999)" },
    { "header", HEADER, 0, -1, "Name:Value: add a response header; repeatable" },
    { "retry-after", STRING, AT(retry_after), -1, "V: a Retry-After header" },
    { "delay", NUMBER, AT(delay_ms), -1, "MS: wait before the head" },
    { "first", NUMBER, AT(first_ms), -1, "MS: wait between head and first event" },
    { "pace", NUMBER, AT(pace_ms), -1, "MS: wait between events" },
    { "each", FLAG, AT(each), 0, "one write per event" },
    { "drip", NUMBER, AT(drip_ms), 0, "[=MS]: one byte per write, MS between bytes" },
    { "chunk", NUMBER, AT(chunk), -1, "N: at most N bytes in one HTTP chunk" },
    { "text", STRING, AT(text), -1, "T: the text to answer" },
    { "refusal", STRING, AT(refusal), -1, "T: refuses, in these words" },
    { "size", NUMBER, AT(size), -1, "N: N bytes of filler text (10MB)" },
    { "events", NUMBER, AT(events), -1, "N: number of text deltas" },
    { "stamp", FLAG, AT(stamp), 0, "text deltas begin with t=MICROSECONDS (CLOCK_MONOTONIC)" },
    { "think", STRING, AT(think), -1, "T: reasoning before the text" },
    { "signature", STRING, AT(signature), -1, "S: its signature or encrypted form" },
    { "nosignature", FLAG, AT(nosignature), 0, "reasoning without one" },
    { "tool", TOOL, 0, -1, "NAME: call this tool; repeatable" },
    { "args", ARGS, 0, -1, "JSON: arguments of the tool named before" },
    { "frag", NUMBER, AT(frag), -1, "N: bytes in a fragment of tool arguments" },
    { "interleave", FLAG, AT(interleave), 0,
      "parallel tools' fragments take turns (chat, responses)" },
    { "badtool", FLAG, AT(badtool), 0, "chat: id and name on every fragment, no index" },
    { "stop", STRING, AT(stop), -1, "R: stop reason; length and filter are translated" },
    { "usage", STRING, AT(usage), -1,
      "in,out[,cacheread[,cachewrite[,thinking]]]: disjoint inputs" },
    { "usagejson", STRING, AT(usagejson), -1, "JSON: this in place of the usage object" },
    { "nousage", FLAG, AT(nousage), 0, "no usage object" },
    { "strict", NUMBER, AT(strict), 1, "[=0]: refuse what the real service refuses" },
    { "models", STRING, AT(models), -1, "a,b,c: the model list" },
    { "error", STRING, AT(error), -1, "TYPE[/CODE]:MESSAGE: an error body, with the status" },
    { "errevent", STRING, AT(errevent), -1,
      "TYPE[/CODE]:MESSAGE: an error inside a 200 stream" },
    { "errafter", NUMBER, AT(errafter), -1, "N: ... after N events (default 0: the first)" },
    { "bareerror", FLAG, AT(bareerror), 0, "... in the dialect's other spelling" },
    { "cut", NUMBER, AT(cut), -1, "N: close the connection after N bytes of body" },
    { "cutevent", NUMBER, AT(cutevent), -1, "N: ... after N events" },
    { "reset", FLAG, AT(reset), 0, "cut, cutevent and drop end with RST" },
    { "drop", FLAG, AT(drop), 0, "close without a byte of answer" },
    { "stall", NUMBER, AT(stall), -1, "N: fall silent after N bytes of body, stay connected" },
    { "stallevent", NUMBER, AT(stallevent), -1, "N: ... after N events" },
    { "early", FLAG, AT(early), 0, "answer before the request's body is read" },
    { "eatbody", NUMBER, AT(eatbody), -1, "N: close after N bytes of the request's body" },
    { "nodone", FLAG, AT(nodone), 0, "leave out the stream's last event" },
    { "nofinish", FLAG, AT(nofinish), 0, "... and the one with the stop reason" },
    { "noblank", FLAG, AT(noblank), 0, "no blank line after the last event" },
    { "crlf", FLAG, AT(crlf), 0, "lines of events end with CR LF" },
    { "bom", FLAG, AT(bom), 0, "the stream begins with a byte order mark" },
    { "comments", FLAG, AT(comments), 0, "a comment before each event" },
    { "pings", NUMBER, AT(pings), 1, "N: pings after the stream's start" },
    { "json", FLAG, AT(as_json), 0, "JSON although a stream was asked" },
    { "sse", FLAG, AT(as_sse), 0, "a stream although JSON was asked" },
    { "html", FLAG, AT(html), 0, "an HTML page" },
    { "empty", FLAG, AT(empty), 0, "an empty body" },
    { "garbage", NUMBER, AT(garbage), 512, "[=N]: N random bytes" },
    { "flood", NUMBER, AT(flood), -1,
      "N: an endless JSON string, N bytes (one data: line if SSE)" },
    { "raw", STRING, AT(raw), -1, "FILE: the body from a file (.sse or .json)" },
    { "body", STRING, AT(body), -1, "T: the body literally" },
    { "gzip", FLAG, AT(gzip), 0, "Content-Encoding: gzip (stored blocks)" },
    { "close", FLAG, AT(close), 0,
      "no length and no chunks: the end of the connection ends it" },
    { "wronglength", NUMBER, AT(wronglength), -1, "DELTA: Content-Length off by DELTA" },
    { "badchunk", FLAG, AT(badchunk), 0, "a chunk size that is not hexadecimal" },
    { "continues", NUMBER, AT(continues), -1, "N: N times 100 Continue first" },
    { "junkheaders", NUMBER, AT(junkheaders), -1, "N: N more headers" },
    { "bigheader", NUMBER, AT(bigheader), -1, "N: one header of N bytes" },
    { "path", STRING, AT(path), -1, "S: only when the target contains S" },
    { "model", STRING, AT(model), -1, "S: only when the model contains S" },
    { "key", STRING, AT(key), -1, "S: only when the key contains S" },
    { "prompt", STRING, AT(prompt), -1, "S: only when the last prompt contains S" },
    { "has-header", STRING, AT(has_header), -1,
      "NAME[~S]: only with this request header, and when it contains S" },
    { "has-member", STRING, AT(has_member), -1,
      "A.B: only when the body has this member; through arrays: any element" },
    { "dialect", STRING, AT(dialect), -1, "D: only for claude, chat, responses or gemini" },
    { "times", NUMBER, AT(times), -1, "N: only the first N matching requests" },
    { "nth", NUMBER, AT(nth), -1, "N: only the N-th matching request" },
    { "every", NUMBER, AT(every), -1, "N: only every N-th matching request" },
};

enum { TABLE_N = sizeof table / sizeof *table };

static int64_t *number_at(struct play *p, const struct directive *d)
{
    return (int64_t *)(void *)((char *)p + d->offset);
}

void play_init(struct play *p)
{
    static struct play blank;
    static bool is_ready; /* set by main's first call, before any thread is started */

    if (!is_ready) {
        for (int i = 0; i < TABLE_N; i++)
            if (table[i].kind == NUMBER)
                *number_at(&blank, &table[i]) = PLAY_UNSET;
        is_ready = true;
    }
    *p = blank;
}

static void apply_word(struct play *p, const struct word *w, bool *has_tool)
{
    const struct directive *d = w->directive;

    switch (d->kind) {
    case FLAG:
        *number_at(p, d) = 1;
        break;
    case NUMBER:
        *number_at(p, d) = slice_number(w->value, d->bare);
        break;
    case STRING:
        *(struct slice *)(void *)((char *)p + d->offset) = w->value;
        break;
    case HEADER:
        if (p->headers_n < PLAY_HEADERS_MAX)
            p->header[p->headers_n++] = w->value;
        break;
    case TOOL:
        if (!*has_tool)
            p->tools_n = 0; /* a later source's tools replace an earlier one's */
        *has_tool = true;
        if (p->tools_n < PLAY_TOOLS_MAX)
            p->tool[p->tools_n++] = (struct play_tool){ w->value, slice_of("{}") };
        break;
    case ARGS:
        if (p->tools_n)
            p->tool[p->tools_n - 1].args = w->value;
        break;
    }
}

void play_apply(struct play *p, const struct words *words)
{
    bool has_tool = false;

    for (int i = 0; i < words->n; i++)
        apply_word(p, &words->list[i], &has_tool);
}

static bool is_parting(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';';
}

static int hex_of(char c)
{
    return c >= '0' && c <= '9'                 ? c - '0'
           : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                : -1;
}

/* p is behind a backslash; writes the byte it means and returns behind the escape. */
static const char *read_escape(const char *p, const char *end, char **o)
{
    static const char from[] = "nrt0", to[] = "\n\r\t\0";
    const char *hit = memchr(from, *p, 4);

    if (*p == 'x' && end - p >= 3 && hex_of(p[1]) >= 0 && hex_of(p[2]) >= 0) {
        *(*o)++ = (char)(hex_of(p[1]) << 4 | hex_of(p[2]));
        return p + 3;
    }
    *(*o)++ = hit ? to[hit - from] : *p;
    return p + 1;
}

static const char *read_quoted(const char *p, const char *end, char **o)
{
    char quote = *p++;

    while (p < end && *p != quote) {
        if (*p == '\\' && quote == '"' && p + 1 < end)
            p = read_escape(p + 1, end, o);
        else
            *(*o)++ = *p++;
    }
    return p < end ? p + 1 : p;
}

static const char *read_brackets(const char *p, const char *end, char **o)
{
    int depth = 0;
    bool in_string = false;

    while (p < end) {
        char c = *(*o)++ = *p++;
        if (in_string && c == '\\' && p < end)
            *(*o)++ = *p++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            depth++;
        else if (!in_string && (c == '}' || c == ']') && --depth == 0)
            break;
    }
    return p;
}

static const char *read_word(const char *p, const char *end, char **o)
{
    const char *from = p;

    while (p < end && !is_parting(*p)) {
        if (*p == '"' || *p == '\'')
            p = read_quoted(p, end, o);
        else if ((*p == '{' || *p == '[') && p > from && p[-1] == '=')
            p = read_brackets(p, end, o);
        else
            *(*o)++ = *p++;
    }
    return p;
}

static const struct directive *find_directive(struct slice name)
{
    for (int i = 0; i < TABLE_N; i++)
        if (slice_is(name, table[i].name))
            return &table[i];
    return NULL;
}

static int make_word(struct slice s, struct word *w)
{
    const char *eq = s.n ? memchr(s.at, '=', s.n) : NULL;
    size_t name_n = eq ? (size_t)(eq - s.at) : s.n;

    w->directive = find_directive((struct slice){ s.at, name_n });
    w->value = (struct slice){ s.at + s.n, 0 };
    if (eq)
        w->value = (struct slice){ eq + 1, s.n - name_n - 1 };
    if (!w->directive)
        return -1;
    if (w->directive->kind == NUMBER && !eq)
        return w->directive->bare == PLAY_UNSET ? -1 : 0;
    if (w->directive->kind == NUMBER)
        return slice_number(w->value, INT64_MIN) == INT64_MIN ? -1 : 0;
    return w->directive->kind == FLAG || eq ? 0 : -1;
}

int words_parse(struct words *words, struct slice line, int turn, char *error, size_t error_n)
{
    const char *p = line.at, *end = line.n ? line.at + line.n : p;
    char *o;
    int segment = 0, cap = 0;

    *words = (struct words){ 0 };
    if (!line.n)
        return 0;
    words->block = o = malloc(line.n + 1);
    if (!o)
        abort();
    while (p < end) {
        if (is_parting(*p)) {
            p++;
            continue;
        }
        struct slice s = { o, 0 };
        struct word w;
        p = read_word(p, end, &o);
        s.n = (size_t)(o - s.at);
        if (slice_is(s, "then")) {
            segment++;
            continue;
        }
        if (make_word(s, &w) < 0) {
            snprintf(error, error_n, "%.*s", (int)(s.n < 80 ? s.n : 80), s.at);
            words_free(words);
            return -1;
        }
        if (segment != turn)
            continue;
        if (words->n == cap) {
            cap = cap ? cap * 2 : 8;
            words->list = realloc(words->list, (size_t)cap * sizeof *words->list);
            if (!words->list)
                abort();
        }
        words->list[words->n++] = w;
    }
    return 0;
}

void words_free(struct words *words)
{
    free(words->block);
    free(words->list);
    *words = (struct words){ 0 };
}

void play_print_help(void)
{
    for (int i = 0; i < TABLE_N; i++)
        printf("  %-12s %s\n", table[i].name, table[i].help);
}
