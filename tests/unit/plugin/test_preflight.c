/* SPDX-License-Identifier: MIT */
/*
 * test_preflight - what a child does is told, and does nothing to us.
 */
#include "plugin/preflight.h"

#include "base/str.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "../test.h"

static int counter;

static int probe(const char *file, struct err *err)
{
    counter++;
    if (strcmp(file, "fine") == 0)
        return 0;
    if (strcmp(file, "refused") == 0)
        return err_set(err, E_BUG, "dialect", "it has none");
    if (strcmp(file, "exits") == 0)
        _exit(3);
    if (strcmp(file, "dies") == 0)
        kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static int run(const char *file, struct err *err)
{
    fflush(stdout);
    return preflight_run(probe, file, 300, err);
}

TEST(answers)
{
    struct err err = { 0 };
    CHECK_EQ(run("fine", &err), 0);
    CHECK_EQ(run("refused", &err), E_BUG);
    CHECK_STR(str_of(err.where), "dialect");
    CHECK_STR(str_of(err.what), "it has none");
    CHECK_EQ(counter, 0);
}

TEST(deaths)
{
    struct err err = { 0 };
    CHECK_EQ(run("exits", &err), E_BUG);
    CHECK(strstr(err.what, "exit status 3"));
    CHECK_EQ(run("dies", &err), E_BUG);
    CHECK(strstr(err.what, "signal 9"));
    CHECK_EQ(run("hangs", &err), E_BUG);
    CHECK(strstr(err.what, "hangs"));
}

TEST_MAIN()
