/* SPDX-License-Identifier: MIT */
/*
 * test_dotenv - the dialect of .env files.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/dotenv.h"
#include "conf/env.h"

#include "../test.h"

#include <stdlib.h>

static struct arena *arena;
static struct buf said;
static struct conf_report report;

static struct env parse(struct cp_str text)
{
    static const char *const real[] = { "REAL=from-outside", "EMPTY=", NULL };
    struct env env;
    buf_clear(&said);
    report = (struct conf_report){ .out = &said };
    env_init(&env, arena, real);
    dotenv_parse(&env, STR(".env"), text, &report);
    return env;
}

static struct cp_str value(const char *line)
{
    struct env env = parse(str_of(line));
    return env_get(&env, "A");
}

TEST(values)
{
    CHECK_STR(value("A=b"), "b");
    CHECK_STR(value("A = b c \n"), "b c");
    CHECK_STR(value("export A=b\r\n"), "b");
    CHECK_STR(value("A: b"), "b");
    CHECK_STR(value("A=b # why"), "b");
    CHECK_STR(value("A=b#c"), "b#c");
    CHECK_STR(value("A='b # c'"), "b # c");
    CHECK_STR(value("A='b\\n'"), "b\\n");
    CHECK_STR(value("A=\"b\\nc\\\"d\\\\\" # x"), "b\nc\"d\\");
    CHECK_STR(value("A=\"b\nc\""), "b\nc");
    CHECK_STR(value("A=\"a=b:c\""), "a=b:c");
    CHECK_STR(value("A="), NULL);
    CHECK_STR(value("A=\"\""), NULL);
    CHECK_STR(value("#A=b"), NULL);
    CHECK_STR(value("\xEF\xBB\xBF"
                    "A=b"),
              "b");
    CHECK_STR(value("B=x\n\n  A=b\n"), "b");
    CHECK_EQ(report.errors, 0);
}

TEST(the_real_environment_wins)
{
    struct env env = parse(STR("REAL=x\nEMPTY=y\nREAL=z"));
    CHECK_STR(env_get(&env, "REAL"), "from-outside");
    CHECK_STR(env_get(&env, "EMPTY"), "y");
    CHECK_STR(env_find(&env, STR("EMPTY"))->where, ".env:2");
    CHECK_EQ(env.dotenv_n, 1);
}

TEST(mistakes_name_their_line)
{
    struct env env = parse(STR("A=1\nwhat\nB=\"x\nC=3\nD='x' y\n=v\nE=5"));
    CHECK_STR(env_get(&env, "E"), "5");
    CHECK_STR(env_get(&env, "C"), "3");
    CHECK_EQ(report.errors, 4);
    CHECK_STR(buf_str(&said), ".env:2: error: this is not NAME=value\n"
                              ".env:3: error: a quote is not closed\n"
                              ".env:5: error: something stands behind the closing quote\n"
                              ".env:6: error: this is not NAME=value\n");
}

TEST(lines_count_on_over_quotes)
{
    (void)parse(STR("A=\"1\n2\n3\"\nwhat"));
    CHECK_STR(buf_str(&said), ".env:4: error: this is not NAME=value\n");
}

TEST(expansion_is_warned_of)
{
    CHECK_STR(value("A=x$HOME"), "x$HOME");
    CHECK_EQ(report.warnings, 1);
    CHECK_STR(value("A='x$HOME'"), "x$HOME");
    CHECK_EQ(report.warnings, 0);
}

TEST(nul_is_refused)
{
    struct env env = parse(str_n("A=1\0B=2", 7));
    CHECK_EQ(report.errors, 1);
    CHECK_STR(env_get(&env, "A"), NULL);
}

int main(int argc, char **argv)
{
    arena = arena_new(1024, 0);
    buf_init(&said, 1 << 16);
    int rc = test_main(argc, argv);
    buf_fini(&said);
    arena_free(arena);
    return rc;
}
