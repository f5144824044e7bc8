/* SPDX-License-Identifier: MIT */
/*
 * print - nodes as the text of a configuration file that reads back as the same nodes.
 *
 * libconfig's own writer is not used: it cuts floats to six decimals and says that a full disk is fine (measured with
 * 1.5, 2026-08).  Its reader sets the rules here: integers beyond 32 bits end in L, a float has a point, names are
 * letters, digits, '-', '_' and '*', and an empty list is a list.  A name that is none comes out
 * behind a '!', which no reader takes: better a refused file than one that says something else.
 */
#include "conf/print.h"

#include "base/buf.h"
#include "base/str.h"
#include "conf/node.h"

#include <stdint.h>

enum { STEP = 4 };

static bool print_is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '*';
}

static bool print_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool print_is_inner(char c)
{
    return print_is_letter(c) || print_is_digit(c) || c == '-' || c == '_';
}

bool print_is_name(struct cp_str s)
{
    if (!s.n || !print_is_letter(s.p[0]))
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (!print_is_inner(s.p[i]))
            return false;
    return true;
}

static void print_escape(struct buf *out, unsigned char c)
{
    static const char plain[] = "\"\\\n\r\t\f", letters[] = "\"\\nrtf";
    const char *at = c ? strchr(plain, c) : NULL;

    if (at)
        (void)buf_printf(out, "\\%c", letters[at - plain]);
    else
        (void)buf_printf(out, "\\x%02X", c);
}

static void print_string(struct buf *out, struct cp_str text)
{
    size_t from = 0;

    (void)buf_add_c(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
            continue;
        (void)buf_add(out, text.p + from, i - from);
        print_escape(out, c);
        from = i + 1;
    }
    if (text.n > from)
        (void)buf_add(out, text.p + from, text.n - from);
    (void)buf_add_c(out, '"');
}

/* As it would be written by hand: no leading zeros, no "-0", and it fits. */
static bool print_is_integer(struct cp_str text, int64_t *value)
{
    struct cp_str digits = str_begins(text, "-") ? str_from(text, 1) : text;

    if (!digits.n || (digits.p[0] == '0' && text.n > 1))
        return false;
    return !str_int(text, value);
}

static void print_integer(struct buf *out, struct cp_str text, int64_t value)
{
    (void)buf_add_str(out, text);
    if (value < INT32_MIN || value > INT32_MAX)
        (void)buf_add_c(out, 'L');
}

static size_t print_digits(struct cp_str text, size_t at)
{
    while (at < text.n && print_is_digit(text.p[at]))
        at++;
    return at;
}

/*
 * "-1.5", "1e+20", "5": with the point that the reader wants before an exponent; false if it is no such number.
 */
static bool print_float(struct buf *out, struct cp_str text)
{
    size_t sign = text.n && (text.p[0] == '-' || text.p[0] == '+'), whole, part, end;

    whole = part = print_digits(text, sign);
    if (whole == sign)
        return false;
    if (part < text.n && text.p[part] == '.')
        part = print_digits(text, part + 1);
    end = part;
    if (end < text.n && (text.p[end] == 'e' || text.p[end] == 'E')) {
        size_t from = end + 1;
        from += from < text.n && (text.p[from] == '-' || text.p[from] == '+');
        end = print_digits(text, from);
        if (end == from)
            return false;
    }
    if (end != text.n)
        return false;
    (void)buf_add(out, text.p, part);
    if (part == whole)
        (void)buf_add_z(out, ".0");
    (void)buf_add(out, text.p + part, text.n - part);
    return true;
}

static bool print_is_bool(struct cp_str text)
{
    return str_is(text, "true") || str_is(text, "false");
}

static void print_scalar(const struct node *n, struct buf *out)
{
    bool is_text = n->kind == NODE_TEXT;
    int64_t value;

    if ((is_text || n->kind == NODE_INT) && print_is_integer(n->text, &value))
        print_integer(out, n->text, value);
    else if ((is_text || n->kind == NODE_BOOL) && print_is_bool(n->text))
        (void)buf_add_str(out, n->text);
    else if (n->kind != NODE_FLOAT || !print_float(out, n->text))
        print_string(out, n->text);
}

static void print_indent(struct buf *out, int depth)
{
    (void)buf_printf(out, "%*s", depth * STEP, "");
}

static void print_all(const struct node *parent, int depth, struct buf *out);

/* A list of scalars stands in one line. */
static bool print_is_flat(const struct node *list)
{
    NODE_EACH(n, list)
    if (!node_is_scalar(n))
        return false;
    return true;
}

static void print_list(const struct node *list, int depth, struct buf *out)
{
    bool is_flat = print_is_flat(list);

    (void)buf_add_c(out, '(');
    if (is_flat)
        NODE_EACH(n, list)
        {
            (void)buf_add_c(out, ' ');
            print_scalar(n, out);
            (void)buf_add_z(out, n->next ? "," : " ");
        }
    else
        print_all(list, depth, out);
    (void)buf_add_c(out, ')');
}

static void print_value(const struct node *n, int depth, struct buf *out)
{
    if (n->kind == NODE_LIST) {
        print_list(n, depth, out);
    } else if (n->kind == NODE_GROUP) {
        (void)buf_add_c(out, '{');
        if (n->first)
            print_all(n, depth, out);
        (void)buf_add_c(out, '}');
    } else {
        print_scalar(n, out);
    }
}

static void print_name(struct cp_str name, struct buf *out)
{
    if (!print_is_name(name))
        (void)buf_add_c(out, '!');
    for (size_t i = 0; i < name.n; i++)
        (void)buf_add_c(out, print_is_inner(name.p[i]) ? name.p[i] : '_');
    (void)buf_add_z(out, " = ");
}

/* What parent holds, each on lines of its own, one step further in. */
static void print_all(const struct node *parent, int depth, struct buf *out)
{
    (void)buf_add_c(out, '\n');
    NODE_EACH(n, parent)
    {
        print_indent(out, depth + 1);
        if (parent->kind == NODE_GROUP)
            print_name(n->name, out);
        print_value(n, depth + 1, out);
        (void)buf_add_z(out, parent->kind == NODE_GROUP ? ";\n" : n->next ? ",\n" : "\n");
    }
    print_indent(out, depth);
}

void print_nodes(const struct node *root, struct buf *out)
{
    NODE_EACH(n, root)
    {
        print_name(n->name, out);
        print_value(n, 0, out);
        (void)buf_add_z(out, ";\n");
    }
}
