/* SPDX-License-Identifier: MIT */
/*
 * dump - a tape as text and back: golden files, logs, authors.
 *
 * Made to be read and diffed: one line an item, words for enums, JSON values as they stand so
 * that a schema can be read.  A message is indented by nothing; its + and - carry the shape.
 */
#include "ir/dump.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ir/tape.h"
#include "json/check.h"
#include "json/slice.h"
#include "json/write.h"

#include <inttypes.h>
#include <stdio.h>

static bool is_bare_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("_-./:@", c));
}

static bool is_bare(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_bare_char(s.p[i]))
            return false;
    return s.n > 0;
}

static void dump_quoted(struct buf *out, struct cp_str s)
{
    struct json_writer w;
    json_writer_init(&w, out);
    (void)json_string(&w, s); /* a full buf remembers that it failed */
}

static void dump_string(struct buf *out, const char *label, struct cp_str s)
{
    if (!s.p)
        return;
    buf_printf(out, " %s=", label);
    if (is_bare(s))
        buf_add_str(out, s);
    else
        dump_quoted(out, s);
}

/* May the text stand to the end of the line as it is? */
static bool is_plain_json(const struct cp_item *it)
{
    if (!kind_is_json(it->kind) || it->text.n == 0 || utf8_valid(it->text) != it->text.n)
        return false;
    for (size_t i = 0; i < it->text.n; i++)
        if ((unsigned char)it->text.p[i] < 0x20)
            return false;
    return it->text.p[0] != ' ' && it->text.p[it->text.n - 1] != ' ';
}

static void dump_flags(struct buf *out, uint32_t flags)
{
    if (!flags)
        return;
    uint32_t ends = flags & CP_WHOLE;
    buf_add_c(out, ' ');
    if (ends)
        buf_add_c(out, ends == CP_WHOLE ? '*' : ends == CP_OPEN ? '+' : '-');
    if (flags & CP_SEGMENT)
        buf_add_c(out, '|');
}

void dump_item(struct buf *out, const struct cp_item *it)
{
    buf_add_z(out, kind_name(it->kind));
    dump_flags(out, it->flags);
    if (it->index)
        buf_printf(out, " #%" PRIu32, it->index);
    if (it->choice)
        buf_printf(out, " choice=%" PRIu32, it->choice);
    const char *word = kind_sub_name(it->kind, it->sub);
    if (word)
        buf_printf(out, " sub=%s", word);
    else if (it->sub)
        buf_printf(out, " sub=%" PRIu32, it->sub);
    if (it->num)
        buf_printf(out, " num=%" PRId64, it->num);
    dump_string(out, "name", it->name);
    dump_string(out, "id", it->id);
    dump_string(out, "meta", it->meta);
    if (is_plain_json(it)) {
        buf_add_z(out, " = ");
        buf_add_str(out, it->text);
    } else if (it->text.p) {
        buf_add_c(out, ' ');
        dump_quoted(out, it->text);
    }
    buf_add_c(out, '\n');
}

void dump_write(struct buf *out, const struct cp_tape *t)
{
    const struct cp_item *it;
    for (size_t i = 0; (it = tape_item(t, i)); i++)
        dump_item(out, it);
}

struct reader {
    struct arena *arena;
    struct cp_str rest; /* of the line */
    const char *why;    /* what is wrong; NULL: nothing */
};

static int reader_fail(struct reader *r, const char *why)
{
    r->why = why;
    return E_SYNTAX;
}

/* Bytes of the JSON string at the front, quotes included; 0: there is none. */
static size_t quoted_bytes(struct cp_str s)
{
    if (s.n == 0 || s.p[0] != '"')
        return 0;
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] == '\\')
            i++;
        else if (s.p[i] == '"')
            return i + 1;
    }
    return 0;
}

static int read_quoted(struct reader *r, struct cp_str *s)
{
    size_t n = quoted_bytes(r->rest);
    struct cp_str spelled = str_cut(r->rest, n);
    if (n == 0 || json_check(spelled, NULL, NULL))
        return reader_fail(r, "a JSON string is expected");
    *s = json_text(r->arena, spelled);
    r->rest = str_from(r->rest, n);
    return s->p ? 0 : E_LIMIT;
}

static struct cp_str read_word(struct reader *r)
{
    size_t n = 0;
    while (n < r->rest.n && r->rest.p[n] != ' ')
        n++;
    struct cp_str word = str_cut(r->rest, n);
    r->rest = str_from(r->rest, n);
    return word;
}

static int read_string(struct reader *r, struct cp_str *s)
{
    if (r->rest.n && r->rest.p[0] == '"')
        return read_quoted(r, s);
    *s = read_word(r);
    return is_bare(*s) ? 0 : reader_fail(r, "a word or a JSON string is expected");
}

static int read_number(struct reader *r, int64_t least, int64_t most, int64_t *value)
{
    if (str_int(read_word(r), value) || *value < least || *value > most)
        return reader_fail(r, "a number is expected");
    return 0;
}

static int read_uint32(struct reader *r, uint32_t *value)
{
    int64_t n = 0;
    int rc = read_number(r, 0, UINT32_MAX, &n);
    *value = (uint32_t)n;
    return rc;
}

static int read_sub(struct reader *r, struct cp_item *it)
{
    if (r->rest.n && r->rest.p[0] >= '0' && r->rest.p[0] <= '9')
        return read_uint32(r, &it->sub);
    it->sub = kind_sub_by_name(it->kind, read_word(r));
    return it->sub ? 0 : reader_fail(r, "sub is none of its words");
}

static bool take(struct reader *r, const char *label)
{
    if (!str_begins(r->rest, label))
        return false;
    r->rest = str_from(r->rest, strlen(label));
    return true;
}

static int read_flags(struct reader *r, struct cp_item *it)
{
    struct cp_str word = read_word(r);
    for (size_t i = 0; i < word.n; i++) {
        switch (word.p[i]) {
        case '+':
            it->flags |= CP_OPEN;
            break;
        case '-':
            it->flags |= CP_CLOSE;
            break;
        case '*':
            it->flags |= CP_WHOLE;
            break;
        case '|':
            it->flags |= CP_SEGMENT;
            break;
        default:
            return reader_fail(r, "flags are + - * |");
        }
    }
    return 0;
}

static int read_member(struct reader *r, struct cp_item *it)
{
    if (take(r, "#"))
        return read_uint32(r, &it->index);
    if (take(r, "choice="))
        return read_uint32(r, &it->choice);
    if (take(r, "sub="))
        return read_sub(r, it);
    if (take(r, "num="))
        return read_number(r, INT64_MIN, INT64_MAX, &it->num);
    if (take(r, "name="))
        return read_string(r, &it->name);
    if (take(r, "id="))
        return read_string(r, &it->id);
    if (take(r, "meta="))
        return read_string(r, &it->meta);
    if (take(r, "= ")) {
        it->text = r->rest;
        r->rest = STR("");
        return 0;
    }
    if (r->rest.p[0] == '"')
        return read_quoted(r, &it->text);
    return read_flags(r, it);
}

static int read_item(struct reader *r, struct cp_item *it)
{
    *it = (struct cp_item){ .size = sizeof(*it) };
    it->kind = (uint32_t)kind_by_name(read_word(r));
    if (!it->kind)
        return reader_fail(r, "no such kind");
    int rc = 0;
    while (!rc && r->rest.n) {
        if (take(r, " "))
            continue;
        rc = read_member(r, it);
        if (!rc && r->rest.n && r->rest.p[0] != ' ')
            rc = reader_fail(r, "a blank is expected");
    }
    return rc;
}

static int read_line(struct reader *r, struct cp_tape *tape, struct err *err, const char *where)
{
    struct cp_item it;
    int rc = read_item(r, &it);
    if (rc)
        return err_set(err, rc, where, "%s", r->why ? r->why : "too long");
    rc = tape_emit(tape, &it);
    return rc < 0 ? err_set(err, rc, where, "%s: %s", tape->err.where, tape->err.what) : 0;
}

int dump_read(struct cp_str text, struct cp_tape *tape, struct err *err)
{
    struct reader r = { .arena = tape->arena };
    struct cp_str line;
    unsigned number = 0;
    int rc = 0;

    while (!rc && str_split(&text, '\n', &line)) {
        char where[32];
        snprintf(where, sizeof(where), "line %u", ++number);
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n == 0 || line.p[0] == '#')
            continue;
        r.rest = line;
        rc = read_line(&r, tape, err, where);
    }
    return rc;
}
