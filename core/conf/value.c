/* SPDX-License-Identifier: MIT */
/*
 * value - one option's text to its number, switch or word.
 *
 * A file must use the type that is due; from the environment everything comes as text.  A bare
 * number is no size and no time: the parser of the file clamps large integers silently, and 300
 * says nothing of its unit.
 */
#include "conf/value.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/utf8.h"
#include "conf/conf.h"
#include "conf/guess.h"
#include "conf/moment.h"
#include "conf/node.h"
#include "conf/table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct value {
    const struct conf_entry *entry;
    const struct node *node;
    struct conf_report *report;
};

static bool value_type_is(const struct conf_entry *e, const char *type)
{
    return str_is(str_of(e->type), type);
}

/* Complains and returns false, so that a caller may return it. */
CP_PRINTF(2, 3) static bool value_refuse(const struct value *v, const char *fmt, ...)
{
    char what[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    conf_complain(v->report, true, v->node->where, "%s %s", v->entry->name, what);
    return false;
}

void value_spell(const struct conf_entry *e, int64_t value, char out[32])
{
    static const struct {
        const char *type, *unit;
        int64_t factor;
    } units[] = {
        { "size", "GB", 1 << 30 },    { "size", "MB", 1 << 20 },  { "size", "KB", 1 << 10 },
        { "duration", "h", 3600000 }, { "duration", "m", 60000 }, { "duration", "s", 1000 },
        { "duration", "ms", 1 },
    };
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        if (!value_type_is(e, units[i].type) || !value || value % units[i].factor)
            continue;
        snprintf(out, 32, "%" PRId64 "%s", value / units[i].factor, units[i].unit);
        return;
    }
    if (value_type_is(e, "money"))
        snprintf(out, 32, "%" PRId64 ".%02" PRId64, value / 1000000, value % 1000000 / 10000);
    else
        snprintf(out, 32, "%" PRId64, value);
}

static bool value_in_range(const struct value *v, int64_t value)
{
    char least[32], most[32];
    if (value >= v->entry->least && value <= v->entry->most)
        return true;
    value_spell(v->entry, v->entry->least, least);
    value_spell(v->entry, v->entry->most, most);
    return value_refuse(v, "must be from %s to %s", least, most);
}

/* "size" and "duration". */
static bool value_measure(const struct value *v, int64_t *out)
{
    bool is_size = value_type_is(v->entry, "size");
    const char *example = is_size ? "\"50MB\"" : "\"300s\"";
    struct cp_str text = str_trim(v->node->text);
    enum node_kind kind = v->node->kind;
    if (str_is(text, "0") && kind != NODE_BOOL)
        *out = 0;
    else if (kind != NODE_STRING && kind != NODE_TEXT)
        return value_refuse(v, "must be a string with a unit, such as %s", example);
    else if (text.n && text.p[text.n - 1] >= '0' && text.p[text.n - 1] <= '9')
        return value_refuse(v, "needs a unit, such as %s", example);
    else if (is_size ? str_bytes(text, out) : str_duration(text, out))
        return value_refuse(v, "is no %s such as %s", v->entry->type, example);
    return value_in_range(v, *out);
}

static bool value_integer(const struct value *v, int64_t *out)
{
    if (v->node->kind != NODE_INT && v->node->kind != NODE_TEXT)
        return value_refuse(v, "must be an integer, not %s", node_kind_name(v->node->kind));
    if (str_int(str_trim(v->node->text), out))
        return value_refuse(v, "must be an integer");
    return value_in_range(v, *out);
}

static bool value_bool(const struct value *v, int64_t *out)
{
    static const char *const words[] = { "false", "true", "no", "yes", "off", "on", "0", "1" };
    if (v->node->kind != NODE_BOOL && v->node->kind != NODE_TEXT)
        return value_refuse(v, "must be true or false, not %s", node_kind_name(v->node->kind));
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (str_is_nocase(str_trim(v->node->text), words[i])) {
            *out = i & 1;
            return true;
        }
    return value_refuse(v, "must be true or false");
}

static bool value_string(const struct value *v, struct cp_str *out)
{
    struct cp_str text = v->node->text;
    if (v->node->kind != NODE_STRING && v->node->kind != NODE_TEXT)
        return value_refuse(v, "must be a string, not %s", node_kind_name(v->node->kind));
    if (utf8_valid(text) != text.n || !str_is_field_value(text))
        return value_refuse(v, "must be UTF-8 text without control characters");
    *out = text;
    return true;
}

static bool value_word(const struct value *v, int64_t *out)
{
    struct cp_str text;
    unsigned place;
    char best[32];
    if (!value_string(v, &text))
        return false;
    if (!guess_is_among(text, v->entry->words, &place)) {
        bool is_near = guess_among(text, v->entry->words, best);
        return value_refuse(v, "must be one of %s%s%s", v->entry->words,
                            is_near ? "; did you mean " : "", is_near ? best : "");
    }
    *out = place;
    return true;
}

static bool value_time(const struct value *v, int64_t *out)
{
    struct cp_str text;
    *out = 0;
    if (!value_string(v, &text))
        return false;
    if (!text.n || !moment_parse(text, out))
        return true;
    return value_refuse(v, "must be a time such as \"2026-12-24T18:00:00Z\"");
}

/* 250000, "250k", "5M", "1G": thousands, not 1024s. */
static bool value_count(const struct value *v, int64_t *out)
{
    static const char units[] = "kMG";
    struct cp_str text = str_trim(v->node->text);
    int64_t factor = 1;
    if (v->node->kind != NODE_INT && v->node->kind != NODE_STRING && v->node->kind != NODE_TEXT)
        return value_refuse(v, "must be an integer or text such as \"5M\"");
    const char *unit = text.n ? memchr(units, text.p[text.n - 1], 3) : NULL;
    for (const char *u = units; unit && u <= unit; u++)
        factor *= 1000;
    if (str_int(str_trim(unit ? str_cut(text, text.n - 1) : text), out))
        return value_refuse(v, "must be an integer or text such as \"5M\"");
    if (*out > v->entry->most / factor || *out < 0)
        return value_in_range(v, *out < 0 ? -1 : v->entry->most + 1);
    *out *= factor;
    return value_in_range(v, *out);
}

/* "12.50" to 12500000: text, because a float of the file would already be another number. */
static bool value_money(const struct value *v, int64_t *out)
{
    struct cp_str text = str_trim(v->node->text), whole;
    int64_t units = 0, part = 0;
    *out = -1;
    if (v->node->kind != NODE_INT && v->node->kind != NODE_STRING && v->node->kind != NODE_TEXT)
        return value_refuse(v, "must be text such as \"12.50\"");
    if (!text.n)
        return true;
    char digits[] = "000000";
    bool has_point = str_chr(text, '.') >= 0;
    (void)str_split(&text, '.', &whole);
    memcpy(digits, has_point ? text.p : "", text.n < 6 ? text.n : 6);
    bool is_good =
        !str_int(whole, &units) && whole.p[0] != '-' && text.n <= 6 &&
        (!has_point || (text.n && text.p[0] != '-' && !str_int(str_of(digits), &part)));
    if (!is_good)
        return value_refuse(v, "must be text such as \"12.50\", with six decimals at most");
    *out = units > v->entry->most / 1000000 ? v->entry->most + 1 : units * 1000000 + part;
    return value_in_range(v, *out);
}

static bool value_number(const struct value *v, int64_t *out)
{
    if (value_type_is(v->entry, "count"))
        return value_count(v, out);
    if (value_type_is(v->entry, "money"))
        return value_money(v, out);
    if (value_type_is(v->entry, "size") || value_type_is(v->entry, "duration"))
        return value_measure(v, out);
    if (value_type_is(v->entry, "int"))
        return value_integer(v, out);
    if (value_type_is(v->entry, "time"))
        return value_time(v, out);
    return value_type_is(v->entry, "bool") ? value_bool(v, out) : value_word(v, out);
}

static void value_put(const struct conf_entry *e, void *base, int64_t value)
{
    static const int levels[] = { CP_LOG_ERROR, CP_LOG_WARN, CP_LOG_INFO, CP_LOG_DEBUG };
    void *at = (char *)base + e->place;
    switch ((enum table_form)e->form) {
    case TABLE_SIZE:
        *(size_t *)at = (size_t)value;
        break;
    case TABLE_I64:
        *(int64_t *)at = value;
        break;
    case TABLE_U32:
        *(uint32_t *)at = (uint32_t)value;
        break;
    case TABLE_U16:
        *(uint16_t *)at = (uint16_t)value;
        break;
    case TABLE_I32:
        *(int32_t *)at = (int32_t)value;
        break;
    case TABLE_BOOL:
        *(bool *)at = value != 0;
        break;
    case TABLE_LEVEL:
        *(int *)at = levels[value];
        break;
    case TABLE_OFF:
        *(bool *)at = value == 0;
        break;
    case TABLE_TRI:
        *(enum conf_tri *)at = value ? CONF_YES : CONF_NO;
        break;
    case TABLE_STATUS:
        *(enum conf_status *)at = (enum conf_status)(value + CONF_ACTIVE);
        break;
    case TABLE_STR:
    case TABLE_ELSEWHERE:
        break;
    }
}

static bool value_get(const struct value *v, void *base, struct arena *arena)
{
    struct cp_str text;
    int64_t number;
    if (v->entry->form != TABLE_STR) {
        if (!value_number(v, &number))
            return false;
        value_put(v->entry, base, number);
        return true;
    }
    if (v->entry->words ? !value_word(v, &number) : !value_string(v, &text))
        return false;
    text = v->node->text;
    void *at = (char *)base + v->entry->place;
    *(struct cp_str *)at = !text.n ? STR_NONE : arena ? arena_copy(arena, text) : text;
    return true;
}

void value_store(const struct conf_entry *entry, void *base, const struct node *node,
                 struct arena *arena, struct conf_report *report)
{
    struct value v = { entry, node, report };
    (void)value_get(&v, base, arena); /* a value that was refused has been complained of */
}

void value_preset(const struct conf_entry *entry, void *base)
{
    struct node node = { .kind = NODE_TEXT, .text = str_of(entry->preset) };
    struct value v = { entry, &node, NULL };
    if (entry->form)
        (void)value_get(&v, base, NULL); /* a test reads every default */
}
