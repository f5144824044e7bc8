/* SPDX-License-Identifier: MIT */
/*
 * test_sheet - rows and columns as a table and as CSV.
 */
#include "test.h"

#include "base/buf.h"
#include "base/str.h"
#include "ctl/sheet.h"

static struct buf out;

/* cells: "a|b|c|d" of two columns, the second a number. */
static struct cp_str made(const struct look *look, const char *cells)
{
    struct sheet *s = sheet_new(look);
    struct cp_str rest = str_of(cells), cell;

    sheet_column(s, "NAME", false);
    sheet_column(s, "N", true);
    while (str_split(&rest, '|', &cell))
        sheet_cell(s, cell, LOOK_PLAIN);
    buf_fini(&out);
    buf_init(&out, 1 << 20);
    sheet_write(s, &out);
    sheet_free(s);
    return buf_str(&out);
}

TEST(sheet_aligns)
{
    struct look look = { .has_header = true };
    CHECK_STR(made(&look, "alpha|1|b|1000"), "NAME      N\nalpha     1\nb      1000\n");
    look.has_header = false;
    CHECK_STR(made(&look, "中文|1|b|22"), "中文   1\nb     22\n");
}

TEST(sheet_leaves_out_a_half_row)
{
    struct look look = { 0 };
    CHECK_STR(made(&look, "a|1|b"), "a     1\n");
}

TEST(sheet_is_narrowed_where_it_is_wide)
{
    struct look look = { .columns = 20 };
    struct cp_str s = made(&look, "a-very-long-name-of-a-channel|123456");
    CHECK_STR(s, "a-very-long…  123456\n");
    look.columns = 3; /* no terminal is so narrow: numbers are whole all the same */
    s = made(&look, "abcdefghij|123456");
    CHECK(str_ends(s, "123456\n"));
}

TEST(sheet_colours_and_ends_them)
{
    struct look look = { .is_coloured = true };
    struct sheet *s = sheet_new(&look);

    sheet_column(s, "STATE", false);
    sheet_cell(s, STR("open"), LOOK_BAD);
    buf_clear(&out);
    sheet_write(s, &out);
    CHECK_STR(buf_str(&out), "\033[31mopen\033[0m\n");
    sheet_free(s);
}

TEST(sheet_csv_quotes)
{
    struct look look = { .form = LOOK_CSV, .has_header = true };
    CHECK_STR(made(&look, "a,b|1|say \"x\"|2"),
              "NAME,N\r\n\"a,b\",1\r\n\"say \"\"x\"\"\",2\r\n");
    CHECK_STR(made(&look, "a\nb|1"), "NAME,N\r\na\\x0Ab,1\r\n");
}

TEST(sheet_csv_makes_no_formulas)
{
    struct look look = { .form = LOOK_CSV };
    CHECK_STR(made(&look, "=1+1|-5"), "'=1+1,-5\r\n");
    CHECK_STR(made(&look, "@x|1.5"), "'@x,1.5\r\n");
    CHECK_STR(made(&look, "-|+a"), "'-,'+a\r\n");
}

TEST(sheet_without_columns_or_rows)
{
    struct look look = { .has_header = true };
    struct sheet *s = sheet_new(&look);

    sheet_cell(s, STR("x"), LOOK_PLAIN);
    CHECK_EQ(sheet_rows(s), 0);
    buf_clear(&out);
    sheet_write(s, &out);
    CHECK_EQ(out.n, 0);
    sheet_free(s);
    CHECK_STR(made(&look, ""), "NAME  N\n");
    buf_fini(&out);
}

TEST_MAIN()
