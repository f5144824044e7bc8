/* SPDX-License-Identifier: MIT */
/*
 * test_pass - a pass is good for its time, its process and as it was written; nothing else is one.
 */
#include "flow/pass.h"

#include "base/buf.h"
#include "base/parcel.h"
#include "base/str.h"

#include "../test.h"

#include <stdio.h>
#include <string.h>

static const int64_t now_ms = 123456789;

TEST(good_until_it_is_over)
{
    struct pass_mint *m = pass_mint_new();
    char key[PASS_CHARS + 1];

    pass_make(m, STR_NONE, now_ms, key);
    CHECK_EQ(strlen(key), PASS_CHARS);
    CHECK(str_begins(str_of(key), "try-"));
    CHECK_EQ(pass_check(m, str_of(key), now_ms), PASS_GOOD);
    CHECK_EQ(pass_check(m, str_of(key), now_ms + PASS_MS - 1), PASS_GOOD);
    CHECK_EQ(pass_check(m, str_of(key), now_ms + PASS_MS), PASS_OVER);
    CHECK_EQ(pass_check(m, str_of(key), INT64_MAX), PASS_OVER);
    pass_mint_free(m);
    pass_mint_free(NULL);
}

TEST(no_two_are_the_same)
{
    struct pass_mint *m = pass_mint_new();
    char one[PASS_CHARS + 1], two[PASS_CHARS + 1];

    pass_make(m, STR_NONE, now_ms, one);
    pass_make(m, STR_NONE, now_ms, two);
    CHECK(strcmp(one, two) != 0);
    pass_mint_free(m);
}

TEST(another_process_does_not_know_it)
{
    struct pass_mint *m = pass_mint_new(), *other = pass_mint_new();
    char key[PASS_CHARS + 1];

    pass_make(m, STR_NONE, now_ms, key);
    CHECK_EQ(pass_check(other, str_of(key), now_ms), PASS_FALSE);
    CHECK_EQ(pass_check(NULL, str_of(key), now_ms), PASS_FALSE);
    pass_mint_free(m);
    pass_mint_free(other);
}

/* Each character counts: another digit is a forgery, anything else is no pass at all. */
TEST(nothing_of_it_can_be_changed)
{
    struct pass_mint *m = pass_mint_new();
    char key[PASS_CHARS + 1];

    pass_make(m, STR_NONE, now_ms, key);
    for (size_t i = 0; i < PASS_CHARS; i++) {
        char kept = key[i];
        key[i] = kept == '7' ? '8' : '7';
        CHECK_EQ(pass_check(m, str_of(key), now_ms), i < 4 ? PASS_NONE : PASS_FALSE);
        key[i] = 'A';
        CHECK_EQ(pass_check(m, str_of(key), now_ms), PASS_NONE);
        key[i] = 0;
        CHECK_EQ(pass_check(m, str_n(key, PASS_CHARS), now_ms), PASS_NONE);
        key[i] = kept;
    }
    CHECK_EQ(pass_check(m, str_of(key), now_ms), PASS_GOOD);
    CHECK_EQ(pass_check(m, str_n(key, PASS_CHARS - 1), now_ms), PASS_NONE);
    CHECK_EQ(pass_check(m, str_n(key, 0), now_ms), PASS_NONE);
    CHECK_EQ(pass_check(m, STR_NONE, now_ms), PASS_NONE);
    CHECK_EQ(pass_check(m, STR("try-"), now_ms), PASS_NONE);
    pass_mint_free(m);
}

/* Whose session ends has no pass any more; those of others and of nobody go on, and so does what he is given later. */
TEST(it_ends_with_its_session)
{
    struct pass_mint *m = pass_mint_new();
    char his[PASS_CHARS + 1], hers[PASS_CHARS + 1], nobodys[PASS_CHARS + 1];

    pass_make(m, STR("his session"), now_ms, his);
    pass_make(m, STR("her session"), now_ms, hers);
    pass_make(m, STR_NONE, now_ms, nobodys);
    pass_end(m, STR("his session"), now_ms + 1);
    pass_end(NULL, STR("his session"), now_ms + 1);
    CHECK_EQ(pass_check(m, str_of(his), now_ms + 2), PASS_ENDED);
    CHECK_EQ(pass_check(m, str_of(hers), now_ms + 2), PASS_GOOD);
    CHECK_EQ(pass_check(m, str_of(his), now_ms + PASS_MS), PASS_OVER);
    pass_end(m, STR_NONE, now_ms + 3);
    CHECK_EQ(pass_check(m, str_of(hers), now_ms + 4), PASS_ENDED);
    CHECK_EQ(pass_check(m, str_of(nobodys), now_ms + 4), PASS_GOOD);
    pass_make(m, STR("her session"), now_ms + 5, hers);
    CHECK_EQ(pass_check(m, str_of(hers), now_ms + 6), PASS_GOOD);
    CHECK(!strstr(hers, "her session"));
    pass_mint_free(m);
}

/* However many end at once, no pass outlives its session. */
TEST(many_sessions_end)
{
    struct pass_mint *m = pass_mint_new();
    char keys[200][PASS_CHARS + 1], name[32];

    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "session %d", i);
        pass_make(m, str_of(name), now_ms + i, keys[i]);
    }
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "session %d", i);
        pass_end(m, str_of(name), now_ms + 1000 + i);
    }
    for (int i = 0; i < 200; i++)
        CHECK_EQ(pass_check(m, str_of(keys[i]), now_ms + 2000), PASS_ENDED);
    pass_make(m, STR("later"), now_ms + 3000, keys[0]);
    CHECK_EQ(pass_check(m, str_of(keys[0]), now_ms + 3001), PASS_GOOD);
    pass_mint_free(m);
}

/* What the process that takes this one's place is given. */
TEST(an_heir_knows_what_is_good_and_what_has_ended)
{
    struct pass_mint *m = pass_mint_new(), *heir = pass_mint_new();
    char good[PASS_CHARS + 1], ended[PASS_CHARS + 1];
    struct buf out;
    struct parcel p;

    buf_init(&out, 1 << 20);
    pass_make(m, str_of("session one"), now_ms, good);
    pass_make(m, str_of("session two"), now_ms, ended);
    pass_end(m, str_of("session two"), now_ms + 1);
    pass_mint_pack(m, &out);
    struct cp_str bytes = str_n(out.p, out.n);
    while (parcel_next(&bytes, &p) == 1)
        CHECK(pass_mint_unpack(heir, &p));
    CHECK_EQ(pass_check(heir, str_of(good), now_ms + 2), PASS_GOOD);
    CHECK_EQ(pass_check(heir, str_of(ended), now_ms + 2), PASS_ENDED);
    buf_fini(&out);
    pass_mint_free(m);
    pass_mint_free(heir);
}

TEST_MAIN()
