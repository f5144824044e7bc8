/* SPDX-License-Identifier: MIT */
/*
 * test_log_line - the three spellings of a record, and what hostile values make of them.
 */
#include "base/log_line.h"

#include "base/hide.h"
#include "base/log_kind.h"
#include "base/str.h"
#include "base/utf8.h"
#include "json/check.h"

#include "../test.h"

static char line[LOG_LINE_BYTES];
static char big[20000];

static struct cp_str spell(enum log_form form, const struct log_event *e)
{
    return str_n(line, log_line_write(form, e, line));
}

static const struct log_field fields[] = {
    { "status", LOG_INT, STR_NONE, 200 },  { "model", LOG_STR, STR("claude x"), 0 },
    { "absent", LOG_STR, STR_NONE, 0 },    { "unknown", LOG_INT, STR_NONE, -1 },
    { "took", LOG_US, STR_NONE, 1234567 }, { "key", LOG_STR, STR("k1"), 0 },
    { "empty", LOG_STR, STR(""), 0 },
};

static const struct log_event request = { CP_LOG_INFO, 1795379820123456,
                                          "request",   STR("POST /v1/messages"),
                                          fields,      7 };

TEST(text)
{
    CHECK_STR(spell(LOG_TEXT, &request),
              "2026-11-22T20:37:00.123Z INFO request POST /v1/messages status=200 "
              "model=\"claude x\" took=1.234567 key=k1 empty=\"\"\n");
    struct log_event plain = { CP_LOG_WARN, 0, NULL, STR("hello"), NULL, 0 };
    CHECK_STR(spell(LOG_TEXT, &plain), "1970-01-01T00:00:00.000Z WARN hello\n");
}

TEST(json)
{
    CHECK_STR(
        spell(LOG_JSON, &request),
        "{\"ts\":\"2026-11-22T20:37:00.123456Z\",\"level\":\"info\",\"event\":\"request\","
        "\"msg\":\"POST /v1/messages\",\"status\":200,\"model\":\"claude x\","
        "\"took\":1.234567,\"key\":\"k1\",\"empty\":\"\"}\n");
    struct log_event plain = { CP_LOG_ERROR, 0, NULL, STR_NONE, NULL, 0 };
    CHECK_STR(spell(LOG_JSON, &plain),
              "{\"ts\":\"1970-01-01T00:00:00.000000Z\","
              "\"level\":\"error\",\"event\":\"note\",\"msg\":\"\"}\n");
}

TEST(journal)
{
    CHECK_STR(
        spell(LOG_JOURNAL, &request),
        "PRIORITY=6\nMESSAGE_ID=0976a9da524941d2834838a31b849ddb\nCP_EVENT=request\nMESSAGE=POST /v1/messages\nCP_STATUS=200\n"
        "CP_MODEL=claude x\nCP_TOOK=1.234567\nCP_KEY=k1\nCP_EMPTY=\n");
}

static struct cp_str spell_value(enum log_form form, struct cp_str value)
{
    struct log_field f = { "v", LOG_STR, value, 0 };
    struct log_event e = { CP_LOG_DEBUG, 0, "e", STR_NONE, &f, 1 };
    struct cp_str s = spell(form, &e);
    const char *before = form == LOG_TEXT ? " v=" : form == LOG_JSON ? "\"v\":" : "CP_V=";
    ptrdiff_t at = str_find(s, str_of(before));
    return at < 0 ? STR_NONE : str_trim(str_from(s, (size_t)at + strlen(before)));
}

TEST(escapes_in_text)
{
    CHECK_STR(spell_value(LOG_TEXT, STR("a\nb")), "\"a\\x0ab\"");
    CHECK_STR(spell_value(LOG_TEXT, STR("a\"b\\c")), "\"a\\x22b\\x5cc\"");
    CHECK_STR(spell_value(LOG_TEXT, STR("\x7F\x1B[31m")), "\"\\x7f\\x1b[31m\"");
    CHECK_STR(spell_value(LOG_TEXT, STR("a=b")), "\"a=b\"");
    CHECK_STR(spell_value(LOG_TEXT, STR("gr\xC3\xBC\xC3\x9F")), "gr\xC3\xBC\xC3\x9F");
    CHECK_STR(spell_value(LOG_TEXT, STR("\xC3(\xFF")), "\\xc3(\\xff");
    CHECK_STR(spell_value(LOG_TEXT, STR("\xC2\x9B")), "\\xc2\\x9b");
}

TEST(escapes_in_json)
{
    CHECK_STR(spell_value(LOG_JSON, STR("\n\"\\\x7F\xFF\xC3\xBC")),
              "\"\\u000a\\\"\\\\\\u007f\xEF\xBF\xBD\xC3\xBC\"}");
}

TEST(escapes_in_the_journal)
{
    CHECK_STR(spell_value(LOG_JOURNAL, STR("\"a\\\n")), "\"a\\\\x0a");
}

TEST(hides_secrets_in_all)
{
    hide_add(STR("sk-canary-\"quoted\""));
    struct log_field f[] = { { "v", LOG_STR, STR("xsk-canary-\"quoted\"y"), 0 } };
    struct log_event e = { CP_LOG_INFO, 0, "e", STR("m sk-canary-\"quoted\""), f, 1 };
    for (int form = LOG_TEXT; form <= LOG_JOURNAL; form++) {
        struct cp_str s = spell((enum log_form)form, &e);
        CHECK_EQ(str_find(s, STR("canary")), -1);
        CHECK(str_find(s, STR("m ***")) > 0);
        CHECK(str_find(s, STR("x***y")) > 0);
    }
}

/* Cut anywhere, a line keeps its form and its fields after the message. */
TEST(long_lines_keep_their_form)
{
    for (size_t n = 0; n + 3 < sizeof(big); n += 3)
        memcpy(big + n, "\xE2\x82\xAC", 3);
    struct log_field f[] = { { "first", LOG_STR, STR("1"), 0 },
                             { "big", LOG_STR, STR_NONE, 0 },
                             { "last", LOG_STR, STR("x"), 0 } };
    for (size_t n = 3900; n < 8400; n++) {
        struct log_event e = { CP_LOG_INFO, 0, "e", str_n(big, n - n % 3), f, 3 };
        f[1].s = str_n(big, n - n % 3);
        struct cp_str s = spell(LOG_JSON, &e);
        if (!CHECK(s.n <= LOG_LINE_BYTES) || !CHECK_EQ(json_check(s, NULL, NULL), 0) ||
            !CHECK(str_find(s, STR("\"first\":\"1\"")) > 0))
            return;
        s = spell(LOG_TEXT, &e);
        if (!CHECK(s.n <= LOG_LINE_BYTES) || !CHECK(str_ends(s, "\n")) ||
            !CHECK_EQ(utf8_valid(s), s.n) || !CHECK(str_find(s, STR(" first=1")) > 0))
            return;
        s = spell(LOG_JOURNAL, &e);
        if (!CHECK(s.n <= LOG_LINE_BYTES) || !CHECK(str_ends(s, "\n")))
            return;
    }
}

TEST(hostile_bytes_of_every_length)
{
    memset(big, '\x01', sizeof(big));
    for (size_t n = 1300; n < 1500; n++) {
        struct log_field f[] = { { "a", LOG_STR, str_n(big, n), 0 },
                                 { "b", LOG_STR, str_n(big, n), 0 } };
        struct log_event e = { CP_LOG_INFO, 0, "e", str_n(big, n), f, 2 };
        struct cp_str s = spell(LOG_JSON, &e);
        if (!CHECK(s.n <= LOG_LINE_BYTES) || !CHECK_EQ(json_check(s, NULL, NULL), 0))
            return;
    }
}

static const struct log_field columns[] = {
    { "req", LOG_STR, STR("r1"), 0 },         { "client", LOG_STR, STR("203.0.113.7"), 0 },
    { "key", LOG_STR, STR("k1"), 0 },         { "model", LOG_STR, STR("gpt x"), 0 },
    { "channel", LOG_STR, STR("main"), 0 },   { "upkey", LOG_STR, STR("ab12"), 0 },
    { "attempts", LOG_INT, STR_NONE, 2 },     { "status", LOG_INT, STR_NONE, 200 },
    { "t_first", LOG_US, STR_NONE, 1500000 }, { "t_total", LOG_US, STR_NONE, 2000000 },
    { "bytes_out", LOG_INT, STR_NONE, 77 },   { "tok_in", LOG_INT, STR_NONE, 5 },
    { "end", LOG_STR, STR("--"), 0 },         { "ua", LOG_STR, STR("a \"b\"\n"), 0 },
    { "http", LOG_STR, STR("1.0"), 0 },       { "why", LOG_STR, STR("it \\ was"), 0 },
};

TEST(access)
{
    struct log_event e = { CP_LOG_INFO, 1795379820123456,
                           "request",   STR("POST /v1/messages"),
                           columns,     16 };
    CHECK_STR(spell(LOG_ACCESS, &e),
              "203.0.113.7 k1 [2026-11-22T20:37:00.123Z] \"POST /v1/messages HTTP/1.0\" 200 77 "
              "gpt\\x20x main/ab12 2 1.500000/2.000000 5/- -- \"a \\x22b\\x22\\x0a\" r1 "
              "\"it \\x5c was\"\n");
    e.fields_n = 0;
    e.msg = STR("GET /\x7F\"\\");
    CHECK_STR(
        spell(LOG_ACCESS, &e),
        "- - [2026-11-22T20:37:00.123Z] \"GET /\\x7f\\x22\\x5c HTTP/1.1\" - - - -/- - -/- -/- "
        "- \"-\" -\n");
    e.event = "reload";
    CHECK_STR(spell(LOG_ACCESS, &e),
              "2026-11-22T20:37:00.123Z INFO reload GET /\\x7f\\x22\\x5c\n");
}

/* Whatever clients send, a line keeps all its columns. */
TEST(access_of_garbage)
{
    struct log_field f[16];
    memcpy(f, columns, sizeof(f));
    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (char)(i * 7 + i / 256);
    for (size_t n = 0; n < sizeof(big); n += 61) {
        struct log_event e = { CP_LOG_INFO, 0, "request", str_n(big, n), f, 16 };
        f[3].s = f[13].s = f[15].s = str_n(big, n);
        struct cp_str s = spell(LOG_ACCESS, &e), rest = s, part;
        size_t quotes = 0;
        for (size_t i = 0; i < s.n; i++)
            quotes += s.p[i] == '"';
        if (!CHECK(s.n <= LOG_LINE_BYTES) || !CHECK_EQ(utf8_valid(s), s.n) ||
            !CHECK_EQ(quotes, n ? 6 : 4) || !CHECK_EQ(str_chr(s, '\n'), (ptrdiff_t)s.n - 1))
            return;
        for (int i = 0; i < 2; i++)
            CHECK(str_split(&rest, '"', &part));
        CHECK(str_begins(rest, " 200 77 "));
    }
}

TEST(kinds_are_distinct)
{
    const struct log_kind *a, *b;
    for (size_t i = 0; (a = log_kind_at(i)); i++) {
        CHECK_EQ(strlen(a->id), 32);
        CHECK_EQ(strspn(a->id, "0123456789abcdef"), 32);
        CHECK(log_kind_find(a->event) == a);
        for (size_t j = 0; (b = log_kind_at(j)) && j < i; j++)
            CHECK(strcmp(a->id, b->id) != 0);
    }
    CHECK(!log_kind_find("no such") && !log_kind_find(NULL));
}

TEST_MAIN()
