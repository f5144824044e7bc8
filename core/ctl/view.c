/* SPDX-License-Identifier: MIT */
/*
 * view - an answer of the API as people read it: a list as a table, an object as a page.
 */
#include "ctl/view.h"

#include "base/buf.h"
#include "base/str.h"
#include "ctl/glyph.h"
#include "ctl/sheet.h"
#include "json/tree.h"

enum { CELL_BYTES = 256 << 10, INDENT = 2, DEEPEST = 8, GUESSED_COLUMNS = 12 };

static bool is_number(enum view_as as)
{
    return as == VIEW_NUMBER || as == VIEW_COUNT || (as >= VIEW_SECONDS && as <= VIEW_LIMIT);
}

/* ---- lists ---- */

static void add_row(const struct view *v, const struct tree *row, const struct look *look,
                    int64_t wall_ms, struct sheet *s)
{
    struct buf text;

    buf_init(&text, CELL_BYTES);
    for (const struct view_column *c = v->columns; c->title; c++) {
        buf_clear(&text);
        view_value(view_at(row, c->path), c->as, wall_ms, look->form == LOOK_CSV, &text);
        struct cp_str shown = text.n ? buf_str(&text) : STR("");
        sheet_cell(s, shown, c->as == VIEW_STATE ? view_colour(shown) : LOOK_PLAIN);
    }
    buf_fini(&text);
}

void view_list(const struct view *v, const struct tree *answer, const struct look *look,
               int64_t wall_ms, struct buf *out)
{
    const struct tree *rows = v->list ? view_at(answer, v->list) : answer;
    struct sheet *s = sheet_new(look);

    for (const struct view_column *c = v->columns; c->title; c++)
        sheet_column(s, c->title, is_number(c->as));
    for (size_t i = 0; i < tree_count(rows); i++)
        if (tree_at(rows, i))
            add_row(v, tree_at(rows, i), look, wall_ms, s);
    if (sheet_rows(s) || look->form == LOOK_CSV || !v->nothing)
        sheet_write(s, out);
    else if (!look->is_quiet)
        buf_printf(out, "%s\n", v->nothing);
    sheet_free(s);
}

/* ---- lists whose columns nobody has named ---- */

static bool is_flat(const struct tree *t)
{
    enum tree_kind kind = tree_kind(t);

    if (kind == TREE_ARRAY)
        for (size_t i = 0; i < tree_count(t); i++)
            if (tree_kind(tree_at(t, i)) >= TREE_ARRAY)
                return false;
    return kind != TREE_OBJECT;
}

/* Columns are the members of the first row that are no objects. */
static void add_table(const struct tree *rows, const struct look *look, struct buf *out)
{
    char names[GUESSED_COLUMNS][64];
    struct view_column columns[GUESSED_COLUMNS + 1] = { { NULL, NULL, VIEW_TEXT } };
    struct tree *value;
    struct cp_str name;
    size_t at = 0, n = 0;

    while (n < GUESSED_COLUMNS && tree_each(tree_at(rows, 0), &at, &name, &value)) {
        bool is_plain = name.n < sizeof(names[0]) && str_is_token(name) &&
                        str_chr(name, '.') < 0 && str_chr(name, '|') < 0;
        if (!is_plain || !is_flat(value))
            continue;
        memcpy(names[n], name.p, name.n);
        names[n][name.n] = 0;
        columns[n] =
            (struct view_column){ names[n], names[n],
                                  tree_kind(value) == TREE_NUMBER ? VIEW_NUMBER : VIEW_TEXT };
        columns[++n] = (struct view_column){ NULL, NULL, VIEW_TEXT };
    }
    view_list(&(struct view){ NULL, columns, NULL }, rows, look, 0, out);
}

/* ---- pages ---- */

static void page_value(const struct tree *, const struct look *, unsigned depth,
                       struct buf *out);

static void indent(struct buf *out, unsigned depth)
{
    for (unsigned i = 0; i < depth * INDENT; i++)
        buf_add_c(out, ' ');
}

static void add_clean(const struct tree *t, struct buf *out)
{
    struct buf text;

    buf_init(&text, CELL_BYTES);
    view_value(t, VIEW_TEXT, 0, false, &text);
    glyph_add(out, buf_str(&text));
    buf_fini(&text);
}

static bool has_rows(const struct tree *t)
{
    return tree_kind(t) == TREE_ARRAY && tree_kind(tree_at(t, 0)) == TREE_OBJECT;
}

/* A table stands further in: it is written for itself, and its lines are moved. */
static void page_table(const struct tree *t, const struct look *look, unsigned depth,
                       struct buf *out)
{
    struct look narrower = *look;
    struct buf text;
    struct cp_str rest, line;

    if (narrower.columns > depth * INDENT + 20)
        narrower.columns -= depth * INDENT;
    buf_init(&text, out->ceiling);
    add_table(t, &narrower, &text);
    for (rest = buf_str(&text); rest.n && str_split(&rest, '\n', &line);) {
        indent(out, depth);
        buf_add_str(out, line);
        buf_add_c(out, '\n');
    }
    buf_fini(&text);
}

static void page_member(struct cp_str name, const struct tree *value, const struct look *look,
                        unsigned depth, struct buf *out)
{
    bool is_nested = !is_flat(value) && tree_count(value) && depth < DEEPEST;

    indent(out, depth);
    buf_add_z(out, look_colour(look, LOOK_STRONG));
    glyph_add(out, name);
    buf_add_z(out, look_colour(look, LOOK_PLAIN));
    buf_add_z(out, is_nested ? ":\n" : ": ");
    if (is_nested) {
        page_value(value, look, depth + 1, out);
        return;
    }
    if (tree_kind(value) >= TREE_ARRAY && !tree_count(value))
        buf_add_z(out, "-");
    else
        add_clean(value, out);
    buf_add_c(out, '\n');
}

static void page_value(const struct tree *t, const struct look *look, unsigned depth,
                       struct buf *out)
{
    struct tree *value;
    struct cp_str name;
    size_t at = 0;

    if (has_rows(t)) {
        page_table(t, look, depth, out);
    } else if (tree_kind(t) == TREE_OBJECT) {
        while (tree_each(t, &at, &name, &value))
            page_member(name, value, look, depth, out);
    } else if (tree_kind(t) == TREE_ARRAY && !is_flat(t)) {
        for (size_t i = 0; i < tree_count(t); i++)
            page_member(STR("-"), tree_at(t, i), look, depth, out);
    } else {
        indent(out, depth);
        add_clean(t, out);
        buf_add_c(out, '\n');
    }
}

/* As CSV: the lines are members and values; a member that is no plain value is JSON. */
static void page_csv(const struct tree *t, const struct look *look, struct buf *out)
{
    struct sheet *s = sheet_new(look);
    struct tree *value;
    struct cp_str name;
    struct buf text;
    size_t at = 0;

    buf_init(&text, CELL_BYTES);
    sheet_column(s, "member", false);
    sheet_column(s, "value", false);
    while (tree_each(t, &at, &name, &value)) {
        buf_clear(&text);
        view_value(value, VIEW_TEXT, 0, true, &text);
        sheet_cell(s, name, LOOK_PLAIN);
        sheet_cell(s, text.n ? buf_str(&text) : STR(""), LOOK_PLAIN);
    }
    sheet_write(s, out);
    buf_fini(&text);
    sheet_free(s);
}

void view_page(const struct tree *t, const struct look *look, struct buf *out)
{
    if (look->form == LOOK_CSV && has_rows(t))
        add_table(t, look, out);
    else if (look->form == LOOK_CSV)
        page_csv(t, look, out);
    else
        page_value(t, look, 0, out);
}
