/* SPDX-License-Identifier: MIT */
/*
 * log_line - spells one log record: a line of text, a line of JSON, or fields for the journal.
 *
 * Secrets are looked for in the raw values, before escaping could disguise them and before the
 * end of the line could cut one in half.  The journal keeps fields apart by itself, so there quotes
 * and backslashes stay readable.
 */
#include "base/log_line.h"

#include "base/clock.h"
#include "base/hide.h"
#include "base/log_kind.h"
#include "base/str.h"
#include "base/utf8.h"

struct line {
    char *p;
    size_t n;
    size_t limit; /* values stop here; the rest is kept for what closes the line */
    enum log_form form;
};

enum {
    LINE_TAIL_BYTES = 8,                 /* for }, a newline, and to spare */
    LINE_MSG_BYTES = LOG_LINE_BYTES / 2, /* fields matter more than the end of a long message */
    ACCESS_COLUMN_BYTES = 1200,
    ACCESS_SPARE_BYTES = 1024, /* for all that is short in a line of the access log */
};

static bool line_put(struct line *l, const char *p, size_t n)
{
    if (n > l->limit - l->n)
        return false;
    if (n) /* an empty value may have no address */
        memcpy(l->p + l->n, p, n);
    l->n += n;
    return true;
}

static bool line_z(struct line *l, const char *z)
{
    return line_put(l, z, strlen(z));
}

/* One byte that may not stand as it is. */
static bool line_escape(struct line *l, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    if (l->form == LOG_JSON && c >= 0x80)
        return line_z(l, "\xEF\xBF\xBD");
    if (l->form == LOG_JSON && (c == '"' || c == '\\')) {
        const char pair[2] = { '\\', (char)c };
        return line_put(l, pair, 2);
    }
    if (l->form == LOG_JSON) {
        const char six[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
        return line_put(l, six, 6);
    }
    const char four[4] = { '\\', 'x', hex[c >> 4], hex[c & 15] };
    return line_put(l, four, 4);
}

static bool line_clean(struct line *l, struct cp_str s)
{
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        size_t step = utf8_len(s.p + i, s.n - i);
        bool is_quote = c == '"' || c == '\\';
        bool whole = step && c >= 0x20 && c != 0x7F && (!is_quote || l->form == LOG_JOURNAL);
        /* U+0080 to U+009F: terminals take them for commands */
        if (step == 2 && c == 0xC2 && (unsigned char)s.p[i + 1] < 0xA0)
            whole = false;
        if (whole ? !line_put(l, s.p + i, step) : !line_escape(l, c))
            return false;
        i += whole ? step : 1;
    }
    return true;
}

enum { MARK_ODD = 1, MARK_QUOTE = 2 };

/* What stands in s: MARK_ODD for bytes that may need an escape, MARK_QUOTE for those that want quotes in text. */
static unsigned line_marks(struct cp_str s)
{
    static const unsigned char marks[256] = {
        [0 ... 31] = MARK_ODD | MARK_QUOTE,
        [' '] = MARK_QUOTE,
        ['='] = MARK_QUOTE,
        ['"'] = MARK_ODD | MARK_QUOTE,
        ['\\'] = MARK_ODD | MARK_QUOTE,
        [127] = MARK_ODD | MARK_QUOTE,
        [128 ... 255] = MARK_ODD,
    };
    unsigned seen = 0;
    for (size_t i = 0; i < s.n; i++)
        seen |= marks[(unsigned char)s.p[i]];
    return seen;
}

static bool line_value(struct line *l, struct cp_str s)
{
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        size_t hidden = hide_find(s, &at);
        if (!line_clean(l, str_cut(str_from(s, from), at - from)))
            return false;
        if (hidden && !line_z(l, "***"))
            return false;
        at += hidden;
    }
    return true;
}

/* As much of s as leaves `spare` bytes before the limit, and no more than most. */
static void line_some(struct line *l, struct cp_str s, unsigned marks, size_t most,
                      size_t spare)
{
    size_t limit = l->limit, at = 0;
    size_t room = limit - l->n > spare ? limit - l->n - spare : 0;
    l->limit = l->n + (most < room ? most : room);
    /* nearly every value is clean and fits: one copy */
    if (!(marks & MARK_ODD) && s.n <= l->limit - l->n && !hide_find(s, &at))
        line_put(l, s.p, s.n);
    else
        line_value(l, s);
    l->limit = limit;
}

static const char *level_name(int level)
{
    if (level <= CP_LOG_ERROR)
        return "ERROR";
    if (level <= CP_LOG_WARN)
        return "WARN";
    return level <= CP_LOG_INFO ? "INFO" : "DEBUG";
}

enum { NUMBER_BYTES = 32 };

/* LOG_INT and LOG_US, spelled from the end of out: a log line has twenty of them. */
static struct cp_str field_number(const struct log_field *f, char out[NUMBER_BYTES])
{
    char *end = out + NUMBER_BYTES, *p = end;
    uint64_t n = (uint64_t)f->i;
    if (f->i < 0)
        return STR_NONE;
    for (int i = 0; f->type == LOG_US && i < 6; i++, n /= 10)
        *--p = (char)('0' + n % 10);
    if (f->type == LOG_US)
        *--p = '.';
    do
        *--p = (char)('0' + n % 10);
    while (n /= 10);
    return str_n(p, (size_t)(end - p));
}

/* Whoever calls these two has seen that there is room. */
static inline void line_c(struct line *l, char c)
{
    l->p[l->n++] = c;
}

static inline void line_name(struct line *l, const char *name, size_t n)
{
    memcpy(l->p + l->n, name, n);
    l->n += n;
}

/* A field, or nothing if there is no room to begin it. */
static void line_field(struct line *l, const struct log_field *f)
{
    char digits[NUMBER_BYTES];
    bool is_text = f->type == LOG_STR, is_json = l->form == LOG_JSON;
    struct cp_str s = is_text ? f->s : field_number(f, digits);
    size_t name_n = strlen(f->name);
    if (!s.p || name_n + 8 + (is_text ? 0 : s.n) > l->limit - l->n)
        return;

    unsigned marks = is_text ? line_marks(s) : 0;
    bool is_quoted = is_text && (is_json || marks & MARK_QUOTE || s.n == 0);
    line_c(l, is_json ? ',' : ' ');
    if (is_json)
        line_c(l, '"');
    line_name(l, f->name, name_n);
    if (is_json)
        line_c(l, '"');
    line_c(l, is_json ? ':' : '=');
    if (is_quoted)
        line_c(l, '"');
    if (is_text)
        line_some(l, s, marks, SIZE_MAX, 1);
    else
        line_name(l, s.p, s.n); /* our own digits hide nothing */
    if (is_quoted)
        line_z(l, "\"");
}

static void line_text(struct line *l, const struct log_event *e)
{
    char when[32];
    clock_rfc3339(e->wall_us, when);
    line_put(l, when, 23); /* to the millisecond */
    line_z(l, "Z ");
    line_z(l, level_name(e->level));
    if (e->event) {
        line_z(l, " ");
        line_z(l, e->event);
    }
    if (e->msg.n) {
        line_z(l, " ");
        line_some(l, e->msg, line_marks(e->msg), LINE_MSG_BYTES, 0);
    }
    for (size_t i = 0; i < e->fields_n; i++)
        line_field(l, &e->fields[i]);
    l->limit += LINE_TAIL_BYTES;
    line_z(l, "\n");
}

static void line_json(struct line *l, const struct log_event *e)
{
    char when[32], level[8];
    clock_rfc3339(e->wall_us, when);
    line_z(l, "{\"ts\":\"");
    line_z(l, when);
    line_z(l, "\",\"level\":\"");
    size_t n = strlen(level_name(e->level));
    for (size_t i = 0; i <= n; i++)
        level[i] = (char)(level_name(e->level)[i] | 0x20);
    line_put(l, level, n);
    line_z(l, "\",\"event\":\"");
    line_z(l, e->event ? e->event : "note");
    line_z(l, "\",\"msg\":\"");
    line_some(l, e->msg, line_marks(e->msg), LINE_MSG_BYTES, 0);
    line_z(l, "\"");
    for (size_t i = 0; i < e->fields_n; i++)
        line_field(l, &e->fields[i]);
    l->limit += LINE_TAIL_BYTES;
    line_z(l, "}\n");
}

static void line_entry(struct line *l, const char *prefix, const char *name,
                       struct cp_str value)
{
    size_t most = prefix[0] ? SIZE_MAX : LINE_MSG_BYTES;
    if (!value.p || strlen(prefix) + strlen(name) + 4 > l->limit - l->n)
        return;
    line_z(l, prefix);
    for (; *name; name++) {
        char c = *name >= 'a' && *name <= 'z' ? (char)(*name - 32) : *name;
        line_put(l, &c, 1);
    }
    line_z(l, "=");
    line_some(l, value, line_marks(value), most, 1);
    line_z(l, "\n");
}

static void line_journal(struct line *l, const struct log_event *e)
{
    char digits[NUMBER_BYTES];
    struct log_field level = { .type = LOG_INT, .i = e->level };
    const struct log_kind *kind = log_kind_find(e->event);
    line_entry(l, "", "PRIORITY", field_number(&level, digits));
    if (kind)
        line_entry(l, "", "MESSAGE_ID", str_of(kind->id));
    line_entry(l, "CP_", "EVENT", str_of(e->event ? e->event : "note"));
    line_entry(l, "", "MESSAGE", e->msg.p ? e->msg : str_of(e->event ? e->event : ""));
    for (size_t i = 0; i < e->fields_n; i++) {
        const struct log_field *f = &e->fields[i];
        line_entry(l, "CP_", f->name, f->type == LOG_STR ? f->s : field_number(f, digits));
    }
}

/* ---- the access log ---- */

/* A column: what has blanks in it would make two of one. */
static void line_column(struct line *l, struct cp_str s)
{
    struct cp_str part;

    if (!s.n)
        line_z(l, "-");
    while (s.n && str_split(&s, ' ', &part)) {
        line_some(l, part, line_marks(part), ACCESS_COLUMN_BYTES, ACCESS_SPARE_BYTES);
        if (s.p)
            line_z(l, "\\x20");
    }
}

static void line_quoted(struct line *l, struct cp_str s)
{
    line_z(l, "\"");
    if (s.n)
        line_some(l, s, line_marks(s), ACCESS_COLUMN_BYTES, ACCESS_SPARE_BYTES);
    else
        line_z(l, "-");
    line_z(l, "\"");
}

static void line_of(struct line *l, const struct log_event *e, const char *name)
{
    char digits[NUMBER_BYTES];

    for (size_t i = 0; i < e->fields_n; i++) {
        const struct log_field *f = &e->fields[i];
        if (strcmp(f->name, name) == 0) {
            line_column(l, f->type == LOG_STR ? f->s : field_number(f, digits));
            return;
        }
    }
    line_z(l, "-");
}

static struct cp_str text_of(const struct log_event *e, const char *name)
{
    for (size_t i = 0; i < e->fields_n; i++)
        if (e->fields[i].type == LOG_STR && strcmp(e->fields[i].name, name) == 0)
            return e->fields[i].s;
    return STR_NONE;
}

/* client keyid [time] "POST /v1/messages HTTP/1.1" 200 bytes model channel/upkey attempts t_first/t_total tok_in/tok_out end "ua",
 * and behind what every reader of such lines knows: the request's id, and what went wrong. */
static void line_access(struct line *l, const struct log_event *e)
{
    static const char *const columns[] = { " ", "status",  " ", "bytes_out", " ", "model",
                                           " ", "channel", "/", "upkey",     " ", "attempts",
                                           " ", "t_first", "/", "t_total",   " ", "tok_in",
                                           "/", "tok_out", " ", "end",       " " };
    char when[32];
    struct cp_str version = text_of(e, "http"), why = text_of(e, "why");

    clock_rfc3339(e->wall_us, when);
    line_of(l, e, "client");
    line_z(l, " ");
    line_of(l, e, "key");
    line_z(l, " [");
    line_put(l, when, 23);
    line_z(l, "Z] \"");
    line_some(l, e->msg, line_marks(e->msg), LINE_MSG_BYTES, ACCESS_SPARE_BYTES);
    line_z(l, " HTTP/");
    line_put(l, version.n ? version.p : "1.1", 3);
    line_z(l, "\"");
    for (size_t i = 0; i + 1 < sizeof(columns) / sizeof(*columns); i += 2) {
        line_z(l, columns[i]);
        line_of(l, e, columns[i + 1]);
    }
    line_z(l, " ");
    line_quoted(l, text_of(e, "ua"));
    line_z(l, " ");
    line_of(l, e, "req");
    if (why.n) {
        line_z(l, " ");
        line_quoted(l, why);
    }
    l->limit += LINE_TAIL_BYTES;
    line_z(l, "\n");
}

size_t log_line_write(enum log_form form, const struct log_event *e, char out[LOG_LINE_BYTES])
{
    struct line l = { out, 0, LOG_LINE_BYTES - LINE_TAIL_BYTES, form };
    if (form == LOG_JSON)
        line_json(&l, e);
    else if (form == LOG_JOURNAL)
        line_journal(&l, e);
    else if (form == LOG_ACCESS && e->event && strcmp(e->event, "request") == 0)
        line_access(&l, e);
    else
        line_text(&l, e);
    return l.n;
}
