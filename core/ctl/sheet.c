/* SPDX-License-Identifier: MIT */
/*
 * sheet - rows and columns of text, as an aligned table or as CSV.
 *
 * CSV as RFC 4180, with the titles as its first line.  A spreadsheet takes a cell that begins with '=' for a formula, and
 * models are named by whoever sends a request: such cells, unless they are numbers, begin with an apostrophe.
 */
#include "ctl/sheet.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "ctl/glyph.h"

#include <stdlib.h>

enum { CELL_BYTES = 64 << 10, NARROWEST = 6, GAP = 2 };

struct column {
    const char *title;
    bool is_number;
    size_t width; /* of its widest cell or title */
};

struct cell {
    struct cp_str text; /* clean */
    size_t width;
    enum look_colour colour;
};

struct sheet {
    const struct look *look;
    struct arena *arena;
    struct column columns[SHEET_COLUMNS];
    size_t columns_n;
    struct cell *cells;
    size_t cells_n, cells_cap;
};

struct sheet *sheet_new(const struct look *look)
{
    struct sheet *s = mem_new(1, sizeof(*s));

    s->look = look;
    s->arena = arena_new(4096, 0);
    return s;
}

void sheet_free(struct sheet *s)
{
    if (!s)
        return;
    arena_free(s->arena);
    free(s->cells);
    free(s);
}

void sheet_column(struct sheet *s, const char *title, bool is_number)
{
    if (s->columns_n == SHEET_COLUMNS || s->cells_n)
        return;
    s->columns[s->columns_n++] = (struct column){ title, is_number, strlen(title) };
}

void sheet_cell(struct sheet *s, struct cp_str text, enum look_colour colour)
{
    struct buf clean;

    if (!s->columns_n || s->cells_n >= SHEET_ROWS * s->columns_n)
        return;
    if (s->cells_n == s->cells_cap) {
        s->cells_cap = s->cells_cap ? 2 * s->cells_cap : 64;
        s->cells = mem_grow(s->cells, s->cells_cap * sizeof(*s->cells));
    }
    buf_init(&clean, 8 * CELL_BYTES);
    glyph_add(&clean, str_cut(text, CELL_BYTES));
    struct cell *c = &s->cells[s->cells_n];
    struct column *column = &s->columns[s->cells_n++ % s->columns_n];
    c->text = clean.n ? arena_copy(s->arena, buf_str(&clean)) : STR("");
    c->width = glyph_width(c->text);
    c->colour = colour;
    if (c->width > column->width)
        column->width = c->width;
    buf_fini(&clean);
}

size_t sheet_rows(const struct sheet *s)
{
    return s->columns_n ? s->cells_n / s->columns_n : 0;
}

/* ---- a table ---- */

/* Takes columns from the widest texts until the row fits, or nothing is left to take. */
static void narrow(const struct sheet *s, size_t widths[SHEET_COLUMNS])
{
    size_t all = s->columns_n ? GAP * (s->columns_n - 1) : 0;

    for (size_t i = 0; i < s->columns_n; i++) {
        widths[i] = s->columns[i].width;
        all += widths[i];
    }
    while (s->look->columns && all > s->look->columns) {
        size_t widest = SHEET_COLUMNS;
        for (size_t i = 0; i < s->columns_n; i++)
            if (!s->columns[i].is_number && widths[i] > NARROWEST &&
                (widest == SHEET_COLUMNS || widths[i] > widths[widest]))
                widest = i;
        if (widest == SHEET_COLUMNS)
            return;
        widths[widest]--;
        all--;
    }
}

static void pad(struct buf *out, size_t n)
{
    while (n--)
        buf_add_c(out, ' ');
}

/* is_last: nothing follows in the row, so blanks at its end are spared. */
static void write_cell(const struct sheet *s, const struct cell *c, const struct column *column,
                       size_t width, bool is_last, struct buf *out)
{
    struct cp_str text = c->text;
    size_t used = c->width;
    bool is_cut = used > width;

    if (is_cut) {
        text = str_cut(text, glyph_cut(text, width - 1));
        used = glyph_width(text) + 1;
    }
    if (column->is_number && !is_cut)
        pad(out, width - used);
    const char *on = c->colour != LOOK_PLAIN ? look_colour(s->look, c->colour) : "";
    buf_add_z(out, on);
    buf_add_str(out, text);
    if (is_cut)
        buf_add_z(out, "…");
    if (*on)
        buf_add_z(out, look_colour(s->look, LOOK_PLAIN));
    if (!is_last && (!column->is_number || is_cut))
        pad(out, width - used);
}

static void write_row(const struct sheet *s, const struct cell *cells, const size_t *widths,
                      struct buf *out)
{
    for (size_t i = 0; i < s->columns_n; i++) {
        bool is_last = i + 1 == s->columns_n;
        write_cell(s, &cells[i], &s->columns[i], widths[i], is_last, out);
        if (!is_last)
            pad(out, GAP);
    }
    buf_add_c(out, '\n');
}

static void write_table(const struct sheet *s, struct buf *out)
{
    size_t widths[SHEET_COLUMNS];
    struct cell titles[SHEET_COLUMNS];

    narrow(s, widths);
    for (size_t i = 0; i < s->columns_n; i++) {
        struct cp_str title = str_of(s->columns[i].title);
        titles[i] = (struct cell){ title, title.n, LOOK_STRONG };
    }
    if (s->look->has_header)
        write_row(s, titles, widths, out);
    for (size_t row = 0; row < sheet_rows(s); row++)
        write_row(s, s->cells + row * s->columns_n, widths, out);
}

/* ---- CSV ---- */

static bool is_formula(struct cp_str text)
{
    if (!text.n || !strchr("=+-@", text.p[0]))
        return false;
    for (size_t i = 1; i < text.n; i++)
        if (!strchr("0123456789.", text.p[i]))
            return true;
    return text.n == 1 || (text.p[0] != '-' && text.p[0] != '+');
}

static void write_value(struct cp_str text, struct buf *out)
{
    bool is_quoted = false;

    for (size_t i = 0; i < text.n; i++)
        is_quoted = is_quoted || strchr("\",; ", text.p[i]);
    if (is_quoted)
        buf_add_c(out, '"');
    if (is_formula(text))
        buf_add_c(out, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            buf_add_c(out, '"');
        buf_add_c(out, text.p[i]);
    }
    if (is_quoted)
        buf_add_c(out, '"');
}

static void write_csv(const struct sheet *s, struct buf *out)
{
    for (size_t i = 0; s->look->has_header && i < s->columns_n; i++) {
        write_value(str_of(s->columns[i].title), out);
        buf_add_z(out, i + 1 < s->columns_n ? "," : "\r\n");
    }
    for (size_t i = 0; i < sheet_rows(s) * s->columns_n; i++) {
        write_value(s->cells[i].text, out);
        buf_add_z(out, (i + 1) % s->columns_n ? "," : "\r\n");
    }
}

void sheet_write(const struct sheet *s, struct buf *out)
{
    if (!s->columns_n)
        return;
    if (s->look->form == LOOK_CSV)
        write_csv(s, out);
    else
        write_table(s, out);
}
