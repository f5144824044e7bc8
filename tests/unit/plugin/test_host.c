/* SPDX-License-Identifier: MIT */
/*
 * test_host - the services that are not about writing: memory, reasons, headers, the ledger.
 */
#include "plugin/host.h"

#include "base/clock.h"
#include "base/str.h"
#include "plugin/breadcrumb.h"

#include "../test.h"

static struct arena *arena;
static struct ledger ledger;
static struct host_call hc;

static void begin(void)
{
    arena = arena_new(4096, 0);
    ledger_init(&ledger);
    host_call_init(&hc, arena, &ledger);
}

static void end(void)
{
    host_call_fini(&hc);
    arena_free(arena);
}

TEST(every_service_is_there)
{
    const struct cp_host *h = host_table();
    void *const *p = (void *const *)(const void *)&h->alloc;
    CHECK_EQ(h->size, sizeof(*h));
    CHECK_EQ(h->minor, CP_ABI_MINOR);
    for (size_t n = (sizeof(*h) - offsetof(struct cp_host, alloc)) / sizeof(*p); n-- > 0;)
        CHECK(p[n] != NULL);
    CHECK(h->service("json", 1) == host_json());
    CHECK(h->service("json", 2) == NULL);
    CHECK(h->service("yaml", 1) == NULL);
    CHECK(h->service(NULL, 1) == NULL);
}

TEST(memory_is_zeroed_and_budgeted)
{
    begin();
    hc.budget = 100;
    const char *p = host_table()->alloc(&hc.call, 60);
    CHECK(p && p[0] == 0 && p[59] == 0);
    CHECK(host_table()->alloc(&hc.call, 41) == NULL);
    CHECK(host_table()->alloc(&hc.call, SIZE_MAX) == NULL);
    CHECK(host_table()->alloc(&hc.call, 40) != NULL);
    CHECK(host_table()->alloc(NULL, 1) == NULL);
    end();
}

TEST(what_is_lent_for_an_event_goes_with_it)
{
    begin();
    const struct cp_json *J = host_json();
    host_call_next(&hc); /* no stream: nothing to do */
    host_call_stream(&hc);
    host_call_stream(&hc);
    for (int i = 0; i < 1000; i++) {
        CHECK_STR(J->text(&hc.call, STR("\"a\\nb\"")), "a\nb");
        CHECK_STR(J->compact(&hc.call, STR("[1, 2]")), "[1,2]");
        host_call_next(&hc);
    }
    CHECK(arena_used(arena) < 2048);
    end();
}

TEST(fail_notes_why)
{
    begin();
    CHECK_EQ(host_table()->fail(&hc.call, CP_E_SYNTAX, "messages[%d]", 3), CP_E_SYNTAX);
    CHECK_EQ(hc.err.code, E_SYNTAX);
    CHECK_STR(str_of(hc.err.what), "messages[3]");
    CHECK_EQ(host_table()->fail(&hc.call, 5, "odd"), E_BUG);

    struct err err = { 0 };
    struct breadcrumb before =
        breadcrumb_swap((struct breadcrumb){ "p", "load", STR("-"), &err });
    CHECK_EQ(host_table()->fail(NULL, CP_E_CONFIG, "no region"), CP_E_CONFIG);
    breadcrumb_now = before;
    CHECK_STR(str_of(err.what), "no region");
    CHECK_EQ(host_table()->fail(NULL, CP_E_CONFIG, "nobody listens"), CP_E_CONFIG);
    end();
}

static struct cp_str header(void *ctx, int phase, const char *name)
{
    return str_is_nocase(str_of(name), "x-thing") && phase == CP_REQUEST ? str_of(ctx)
                                                                         : STR_NONE;
}

TEST(headers_without_credentials)
{
    char value[] = "here";
    begin();
    CHECK_STR(host_table()->get_header(&hc.call, CP_REQUEST, "x-thing"), NULL);
    hc.header = header;
    hc.header_ctx = value;
    CHECK_STR(host_table()->get_header(&hc.call, CP_REQUEST, "X-Thing"), "here");
    CHECK_STR(host_table()->get_header(&hc.call, CP_RESPONSE, "x-thing"), NULL);
    CHECK_STR(host_table()->get_header(&hc.call, CP_REQUEST, NULL), NULL);
    CHECK(head_is_credential(STR("Authorization")));
    CHECK(head_is_credential(STR("X-API-Key")));
    CHECK(head_is_credential(STR("cookie")));
    CHECK(!head_is_credential(STR("anthropic-beta")));
    end();
}

TEST(the_ledger_keeps_some_and_counts_all)
{
    begin();
    host_table()->note(&hc.call, CP_DROPPED, STR("top_k"), "chat has none");
    host_table()->note(&hc.call, CP_MAPPED, STR("system"), NULL);
    host_table()->note(&hc.call, 0, STR("x"), "no such deed");
    host_table()->note(&hc.call, 5, STR("x"), "no such deed");
    CHECK_EQ(ledger.lines, 2);
    CHECK_STR(ledger.first->path, "top_k");
    CHECK_STR(ledger.first->why, "chat has none");
    CHECK_STR(ledger.first->next->why, "");
    for (int i = 0; i < 1000; i++) {
        host_table()->note(&hc.call, CP_DROPPED, arena_printf(arena, "x[%d]", i), "y");
        host_table()->note(&hc.call, CP_MAPPED, STR("system"), NULL);
    }
    CHECK_EQ(ledger.counts[CP_DROPPED], 1001);
    CHECK_EQ(ledger.counts[CP_MAPPED], 1);
    CHECK_EQ(ledger.lines, 256);
    hc.ledger = NULL;
    host_table()->note(&hc.call, CP_DROPPED, STR("x"), "y");
    end();
}

TEST(time)
{
    clock_set(0, 1700000000123);
    CHECK_EQ(host_table()->now_ms(), 1700000000123);
    clock_set(-1, -1);
}

TEST_MAIN()
