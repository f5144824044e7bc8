/* SPDX-License-Identifier: MIT */
/*
 * responses_json - JSON written to a client, or measured and then written to memory.
 *
 * The host's writer only goes to an out.  An answer that a client may come back to is also
 * needed as text, so the few shapes written here have a second target; which one it is shows
 * nowhere else.
 */
#include "responses_answer.h"

#include <string.h>

enum { CHUNK_LEAST = 1024, CHUNK_MOST = 64 * 1024 };

/* ---- memory ------------------------------------------------------------------------------ */

static void put(struct rj *j, const char *p, size_t n)
{
    if (j->p != NULL && n > 0)
        memcpy(j->p + j->n, p, n);
    j->n += n;
}

static void put_comma(struct rj *j)
{
    if (j->needs_comma)
        put(j, ",", 1);
    j->needs_comma = 1;
}

static void put_escaped(struct rj *j, char c)
{
    static const char hex[] = "0123456789abcdef", plain[] = "\"\"\\\\\nn\rr\tt\bb\ff";
    char code[6] = { '\\', 'u', '0', '0', hex[(unsigned char)c >> 4], hex[c & 15] };

    for (const char *e = plain; *e != '\0'; e += 2) {
        if (c != e[0])
            continue;
        code[1] = e[1];
        put(j, code, 2);
        return;
    }
    put(j, code, sizeof(code));
}

static void put_piece(struct rj *j, struct cp_str s)
{
    size_t from = 0;

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        put(j, s.p + from, i - from);
        put_escaped(j, s.p[i]);
        from = i + 1;
    }
    put(j, s.n > 0 ? s.p + from : "", s.n - from);
}

/* ---- both: an out remembers its failure, so its answers are not looked at ------------------- */

void rj_open(struct rj *j, char bracket)
{
    if (j->out != NULL) {
        (void)J->open(j->out, bracket);
        return;
    }
    put_comma(j);
    put(j, &bracket, 1);
    j->needs_comma = 0;
}

void rj_close(struct rj *j, char bracket)
{
    if (j->out != NULL) {
        (void)J->close(j->out);
        return;
    }
    put(j, &bracket, 1);
    j->needs_comma = 1;
}

void rj_key(struct rj *j, const char *name)
{
    if (j->out != NULL) {
        (void)J->key(j->out, name);
        return;
    }
    put_comma(j);
    put(j, "\"", 1);
    put_piece(j, (struct cp_str){ name, strlen(name) });
    put(j, "\":", 2);
    j->needs_comma = 0;
}

void rj_text(struct rj *j, struct cp_str text)
{
    if (j->out != NULL) {
        (void)J->string(j->out, text);
        return;
    }
    if (text.p == NULL) {
        rj_raw(j, S("null"));
        return;
    }
    put_comma(j);
    put(j, "\"", 1);
    put_piece(j, text);
    put(j, "\"", 1);
}

void rj_number(struct rj *j, int64_t n)
{
    char digits[24];
    size_t at = sizeof(digits);
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

    if (j->out != NULL) {
        (void)J->number(j->out, n);
        return;
    }
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (n < 0)
        digits[--at] = '-';
    rj_raw(j, (struct cp_str){ digits + at, sizeof(digits) - at });
}

void rj_raw(struct rj *j, struct cp_str json)
{
    if (j->out != NULL) {
        (void)J->raw(j->out, json);
        return;
    }
    put_comma(j);
    put(j, json.p, json.n);
}

void rj_key_text(struct rj *j, const char *name, struct cp_str text)
{
    rj_key(j, name);
    rj_text(j, text);
}

void rj_key_number(struct rj *j, const char *name, int64_t n)
{
    rj_key(j, name);
    rj_number(j, n);
}

void rj_key_raw(struct rj *j, const char *name, struct cp_str json)
{
    rj_key(j, name);
    rj_raw(j, json);
}

/* ---- ropes --------------------------------------------------------------------------------- */

static struct rope_chunk *chunk_new(struct cp_call *call, const struct rope *r, size_t least)
{
    size_t room = r->last == NULL ? CHUNK_LEAST : r->last->room * 2;
    struct rope_chunk *c;

    room = room > CHUNK_MOST ? CHUNK_MOST : room;
    room = room < least ? least : room;
    c = H->alloc(call, sizeof(*c) + room);
    if (c != NULL)
        c->room = room;
    return c;
}

/* A piece stays in one chunk, or the border could fall inside a character. */
void rope_add(struct cp_call *call, struct rope *r, struct cp_str s)
{
    struct rope_chunk *c = r->last;

    if (s.n == 0)
        return;
    if (c == NULL || c->room - c->n < s.n) {
        c = chunk_new(call, r, s.n);
        if (c == NULL)
            return; /* the host remembers, and the out fails for it */
        if (r->last != NULL)
            r->last->next = c;
        else
            r->first = c;
        r->last = c;
    }
    memcpy(c->p + c->n, s.p, s.n);
    c->n += s.n;
    r->n += s.n;
}

struct cp_str rope_text(struct cp_call *call, const struct rope *r)
{
    char *p;
    size_t n = 0;

    if (r->first == NULL)
        return S("");
    if (r->first == r->last)
        return (struct cp_str){ r->first->p, r->first->n };
    p = H->alloc(call, r->n);
    for (const struct rope_chunk *c = r->first; c != NULL && p != NULL; c = c->next) {
        memcpy(p + n, c->p, c->n);
        n += c->n;
    }
    return (struct cp_str){ p, n };
}

void rj_rope(struct rj *j, const struct rope *r)
{
    if (j->out == NULL) {
        put_comma(j);
        put(j, "\"", 1);
        for (const struct rope_chunk *c = r->first; c != NULL; c = c->next)
            put_piece(j, (struct cp_str){ c->p, c->n });
        put(j, "\"", 1);
        return;
    }
    (void)J->quote_open(j->out);
    for (const struct rope_chunk *c = r->first; c != NULL; c = c->next)
        (void)J->piece(j->out, (struct cp_str){ c->p, c->n });
    (void)J->quote_close(j->out);
}
