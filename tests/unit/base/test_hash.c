/* SPDX-License-Identifier: MIT */
/*
 * test_hash - known answers, and names that sort by time.
 */
#include "base/hash.h"

#include "base/str.h"

#include "../test.h"

static char hex[65];

static struct cp_str hex_of(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", p[i]);
    return str_n(hex, 2 * n);
}

/* The answers were computed by CPython 3.11, whose hash of bytes is SipHash-1-3: k0 and k1 as its
 * PYTHONHASHSEED=0 makes them are zero.  source: Python/pyhash.c, read 2026-11-22 */
TEST(siphash_1_3)
{
    static const uint8_t zero[16] = { 0 };
    CHECK_EQ(hash_keyed(zero, STR("a")), 4644417185603328019);
    CHECK_EQ(hash_keyed(zero, STR("hello world")), -5642461784034726774);
    CHECK_EQ(hash_keyed(zero, STR("12345678")), 3785724242978802311);
}

TEST(one_key_a_process)
{
    CHECK(hash_str(STR("a")) == hash_str(STR("a")));
    CHECK(hash_str(STR("a")) != hash_str(STR("b")));
    CHECK(hash_str(STR("")) != hash_str(str_n("\0", 1)));
}

/* source: FIPS 180-4 examples */
TEST(sha256)
{
    char out[65];
    hash_sha256(STR("abc"), out);
    CHECK_STR(str_of(out), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hash_sha256(STR_NONE, out);
    CHECK_STR(str_of(out), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* source: RFC 4231 test case 2 */
TEST(hmac)
{
    uint8_t digest[32];
    hash_hmac(STR("Jefe"), STR("what do ya want for nothing?"), digest);
    CHECK_STR(hex_of(digest, 32),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    hash_hmac(STR_NONE, STR_NONE, digest);
    CHECK_STR(hex_of(digest, 4), "b613679a");
}

TEST(ulids_sort_by_time)
{
    char one[27], two[27];
    /* source: the ULID specification's example of a time part */
    hash_ulid(1469918176385, one);
    CHECK_EQ(strlen(one), 26);
    CHECK_STR(str_cut(str_of(one), 10), "01ARYZ6S41");
    hash_ulid(1469918176386, two);
    CHECK(strcmp(one, two) < 0);
    CHECK_EQ(strspn(one, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 26);
    hash_ulid(1469918176386, one);
    CHECK(strcmp(one, two) != 0);
}

TEST(random_is_random)
{
    uint8_t a[1000], b[1000];
    hash_random(a, sizeof(a));
    hash_random(b, sizeof(b));
    CHECK(memcmp(a, b, sizeof(a)) != 0);
}

TEST_MAIN()
