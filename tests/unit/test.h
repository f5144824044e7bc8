/* SPDX-License-Identifier: MIT */
/*
 * test - the whole unit-test framework: named tests that print TAP.
 *
 *     TEST(str_trim_takes_blanks)
 *     {
 *         CHECK_STR(str_trim(STR(" a ")), "a");
 *     }
 *     TEST_MAIN()
 *
 * A failed check prints where and what, marks its test, and the test goes on.  Arguments on the
 * command line choose tests by a part of their names.
 */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <claude-proxy/plugin.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};

static struct test *test_first, **test_last = &test_first;
static bool test_is_failed;

static inline void test_add(struct test *t)
{
    *test_last = t;
    test_last = &t->next;
}

#define TEST(ident)                                                                            \
    static void case_##ident(void);                                                            \
    __attribute__((constructor)) static void case_add_##ident(void)                            \
    {                                                                                          \
        static struct test t = { #ident, case_##ident, NULL };                                 \
        test_add(&t);                                                                          \
    }                                                                                          \
    static void case_##ident(void)

static inline bool test_check(bool is_good, const char *file, int line, const char *what)
{
    if (!is_good) {
        test_is_failed = true;
        printf("# %s:%d: %s\n", file, line, what);
    }
    return is_good;
}

static inline bool test_eq(long long a, long long b, const char *file, int line,
                           const char *what)
{
    bool is_good = test_check(a == b, file, line, what);
    if (!is_good)
        printf("#     %lld, not %lld\n", a, b);
    return is_good;
}

/* wanted NULL: must be absent */
static inline bool test_str(struct cp_str s, const char *wanted, const char *file, int line,
                            const char *what)
{
    bool is_good =
        wanted ? s.p && s.n == strlen(wanted) && memcmp(s.p, wanted, s.n) == 0 : !s.p;
    test_check(is_good, file, line, what);
    if (!is_good)
        printf("#     \"%.*s\"%s\n#     not \"%s\"\n", (int)s.n, s.p ? s.p : "",
               s.p ? "" : " (absent)", wanted ? wanted : "(absent)");
    return is_good;
}

/* All give true if the check held, so that a test may stop: if (!CHECK(p)) return; */
#define CHECK(cond)           test_check((cond), __FILE__, __LINE__, #cond)
#define CHECK_EQ(a, b)        test_eq((long long)(a), (long long)(b), __FILE__, __LINE__, #a " == " #b)
#define CHECK_STR(s, literal) test_str((s), (literal), __FILE__, __LINE__, #s)

static inline bool test_is_chosen(const struct test *t, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strstr(t->name, argv[i]))
            return true;
    return argc < 2;
}

static inline int test_main(int argc, char **argv)
{
    int n = 0, failed = 0;
    for (struct test *t = test_first; t; t = t->next)
        n += test_is_chosen(t, argc, argv);
    printf("1..%d\n", n);
    n = 0;
    for (struct test *t = test_first; t; t = t->next) {
        if (!test_is_chosen(t, argc, argv))
            continue;
        test_is_failed = false;
        t->run();
        failed += test_is_failed;
        printf("%sok %d - %s\n", test_is_failed ? "not " : "", ++n, t->name);
        fflush(stdout);
    }
    return failed != 0;
}

#define TEST_MAIN()                                                                            \
    int main(int argc, char **argv)                                                            \
    {                                                                                          \
        return test_main(argc, argv);                                                          \
    }

#endif
