/* SPDX-License-Identifier: MIT */
/*
 * test_mem - zeroed, grown, copied; asking for nothing gives something to free.
 */
#include "base/mem.h"

#include <stdlib.h>

#include "../test.h"

TEST(gives)
{
    char *p = mem_new(10, 10);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(p[i], 0);
    p[99] = 'x';
    p = mem_grow(p, 200);
    CHECK_EQ(p[99], 'x');
    free(p);
    p = mem_new(0, 8);
    CHECK(p != NULL);
    p = mem_grow(p, 0);
    CHECK(p != NULL);
    free(p);
}

TEST(copies)
{
    char *p = mem_dup("abc", 2);
    CHECK(strcmp(p, "ab") == 0);
    free(p);
    p = mem_dup(NULL, 0);
    CHECK_EQ(p[0], '\0');
    free(p);
}

TEST_MAIN()
