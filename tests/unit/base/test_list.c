/* SPDX-License-Identifier: MIT */
/*
 * test_list - first in, first seen; removing twice is harmless.
 */
#include "base/list.h"

#include "../test.h"

struct member {
    int id;
    struct link link;
};

TEST(keeps_order)
{
    struct link head;
    struct member m[3] = { { .id = 1 }, { .id = 2 }, { .id = 3 } };
    list_init(&head);
    CHECK(list_empty(&head));
    for (int i = 0; i < 3; i++)
        list_push(&head, &m[i].link);
    int sum = 0;
    LIST_EACH(at, &head)
    sum = sum * 10 + LIST_ENTRY(at, struct member, link)->id;
    CHECK_EQ(sum, 123);
    list_remove(&m[1].link);
    list_remove(&m[1].link);
    sum = 0;
    LIST_EACH(at, &head)
    sum = sum * 10 + LIST_ENTRY(at, struct member, link)->id;
    CHECK_EQ(sum, 13);
    list_remove(&m[0].link);
    list_remove(&m[2].link);
    CHECK(list_empty(&head));
}

TEST_MAIN()
