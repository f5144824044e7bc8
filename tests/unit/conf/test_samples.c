/* SPDX-License-Identifier: MIT */
/*
 * test_samples - the files that come with the gateway are good; and no slip of a finger makes them say something else.
 *
 * The second half spoils the same samples in a thousand ways, the same each time.  Each must be refused with a place, or say
 * exactly what stands there: a number that wrapped, a string that was cut short or a line that was passed over would
 * be a configuration that nobody wrote.
 */
#include "base/str.h"
#include "conf/conf.h"
#include "conf/node.h"
#include "conf/show.h"

#include "../test.h"

#include "samples.h"

__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

/* libconfig 1.5 loses a string token that its grammar did not expect there. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libconfig.so";
}

enum { MUTANTS = 1200, LINES_OF_A_VALUE = 4 };

static struct fixture f;

TEST(each_sample_is_good_as_it_is)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        struct cp_str sample = fixture_source(samples[i]), line;
        if (!CHECK(sample.p))
            continue;
        struct conf *c = fixture_conf(&f, sample.p);
        struct cp_str said = fixture_said(&f);
        bool is_good = true;
        while (str_split(&said, '\n', &line))
            is_good &= !line.n || samples_is_of_certificate(line);
        if (!CHECK(is_good))
            printf("# %s: %.*s\n", samples[i], STR_FMT(fixture_said(&f)));
        conf_unref(c);
        free((void *)(uintptr_t)sample.p);
    }
}

/* ---- mutants ---- */

static uint32_t seed;

static uint32_t dice(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

/* From the beginning of the line that offset is in to the beginning of the next one. */
static void line_at(struct cp_str text, size_t offset, size_t *from, size_t *until)
{
    *from = offset;
    while (*from && text.p[*from - 1] != '\n')
        --*from;
    *until = *from;
    while (*until < text.n && text.p[(*until)++] != '\n')
        continue;
}

static size_t splice(char *out, struct cp_str text, size_t at, size_t drop, struct cp_str put)
{
    memcpy(out, text.p, at);
    memcpy(out + at, put.p, put.n);
    memcpy(out + at + put.n, text.p + at + drop, text.n - at - drop);
    out[text.n - drop + put.n] = '\0';
    return text.n - drop + put.n;
}

static size_t mutate(struct cp_str text, char *out)
{
    static const char bytes[] = "0123456789\"{}()[];:=,#.-_aZ\\\n \t\x01\x7F\xC3@/*L";
    static const char *const junk[] = { "5000000000",   "99999999999999999999",
                                        "010",          "0x7FFFFFFF",
                                        "1e99",         "-1",
                                        "\"\"",         "true",
                                        "{ }",          "( )",
                                        "\"\\x00\"",    "@include \"x\"\n",
                                        "/* ",          "\xEF\xBB\xBF",
                                        "[ 1, \"a\" ]", "0L" };
    size_t at = dice((uint32_t)text.n), from, until;
    const char *put;
    line_at(text, at, &from, &until);
    switch (dice(8)) {
    case 0: /* a byte is lost */
        return splice(out, text, at, 1, STR(""));
    case 1: /* or is another */
        return splice(out, text, at, 1, str_n(&bytes[dice(sizeof(bytes) - 1)], 1));
    case 2: /* or comes in */
        return splice(out, text, at, 0, str_n(&bytes[dice(sizeof(bytes) - 1)], 1));
    case 3: /* a line is lost */
        return splice(out, text, from, until - from, STR(""));
    case 4: /* or stands there twice */
        return splice(out, text, from, 0, str_n(text.p + from, until - from));
    case 5: /* a digit repeats itself */
        while (at < text.n - 1 && (text.p[at] < '0' || text.p[at] > '9'))
            at++;
        return splice(out, text, at, 0, str_n("99999999999", 1 + dice(11)));
    case 6: /* the rest is lost */
        return splice(out, text, at, text.n - at, STR(""));
    default: /* something else stands for a value */
        put = junk[dice(sizeof(junk) / sizeof(*junk))];
        while (at < text.n - 1 && text.p[at] != '=')
            at++;
        return splice(out, text, at < text.n - 1 ? at + 2 : at, 0, str_of(put));
    }
}

/* Some lines from the one that a node's place names. */
static struct cp_str lines_of(struct cp_str text, struct cp_str where)
{
    const char *colon = memrchr(where.p, ':', where.n);
    int64_t line = 0;
    size_t from = 0, until;
    if (!colon || str_int(str_from(where, (size_t)(colon - where.p) + 1), &line))
        return text;
    for (; line > 1 && from < text.n; line--)
        line_at(text, from, &until, &from);
    until = from;
    for (int i = 0; i < LINES_OF_A_VALUE && until < text.n; i++)
        line_at(text, until, &(size_t){ 0 }, &until);
    return str_cut(str_from(text, from), until - from);
}

static bool is_ours(struct cp_str name)
{
    static const char *const names[] = { "id",    "mask", "fingerprint",    "access_key",
                                         "value", "from", "admin_password", "admin_key" };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (str_is(name, names[i]))
            return true;
    return false;
}

/* What is said stands there; escapes and other spellings of numbers are left out. */
static void compare(const struct node *group, struct cp_str text, unsigned number)
{
    NODE_EACH(n, group)
    {
        struct cp_str lines = lines_of(text, n->where);
        bool is_spelt = str_chr(lines, '\\') >= 0 || str_find(lines, STR("0x")) >= 0 ||
                        n->kind == NODE_FLOAT || str_find(lines, STR("\"\"")) >= 0;
        bool is_plain = node_is_scalar(n) && n->kind != NODE_BOOL && !is_ours(n->name);
        /* "a" "b" is "ab" there, as in C */
        if (is_plain && !is_spelt &&
            !CHECK(str_find(lines, n->text) >= 0 || n->kind == NODE_STRING))
            printf("# mutant %u: %.*s = %.*s is not in: %.*s\n", number, STR_FMT(n->name),
                   STR_FMT(n->text), STR_FMT(lines));
        compare(n, text, number);
    }
}

static void check_said(struct cp_str said, unsigned number)
{
    struct cp_str line;
    bool has_error = false;
    while (str_split(&said, '\n', &line)) {
        if (str_find(line, STR(": error: ")) < 0)
            continue;
        has_error = true;
        /* What a default has to do with what was said has no line. */
        if (!CHECK(str_begins(line, "main.conf") || str_begins(line, "listen:") ||
                   str_begins(line, "limits.") || str_begins(line, "access_key:")))
            printf("# mutant %u: %.*s\n", number, STR_FMT(line));
    }
    CHECK(has_error);
}

static size_t accepted, refused;

static void try_mutant(struct cp_str sample, char *out, unsigned number)
{
    size_t n = mutate(sample, out);
    fixture_write(&f, "main.conf", str_n(out, n));
    struct conf *c = fixture_read(&f, "main.conf");
    if (c) {
        accepted++;
        compare(c->said, str_n(out, n), number);
    } else {
        refused++;
        check_said(fixture_said(&f), number);
    }
    conf_unref(c);
}

TEST(a_thousand_slips_are_refused_or_taken_at_their_word)
{
    struct cp_str texts[SAMPLES];
    char *out = malloc(FIXTURE_SOURCE_BYTES * 2);
    seed = 20261123;
    for (size_t i = 0; i < SAMPLES; i++)
        texts[i] = fixture_source(samples[i]);
    for (unsigned i = 0; i < MUTANTS && CHECK(texts[i % SAMPLES].p); i++)
        try_mutant(texts[i % SAMPLES], out, i);
    printf("# %zu accepted, %zu refused\n", accepted, refused);
    CHECK(accepted > MUTANTS / 10 && refused > MUTANTS / 10);
    for (size_t i = 0; i < SAMPLES; i++)
        free((void *)(uintptr_t)texts[i].p);
    free(out);
}

int main(int argc, char **argv)
{
    fixture_init(&f);
    samples_furnish(&f);
    int rc = test_main(argc, argv);
    fixture_fini(&f);
    return rc;
}
