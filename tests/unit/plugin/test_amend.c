/* SPDX-License-Identifier: MIT */
/*
 * test_amend - usage put right in answers of claude and chat that pass through.
 */
#include "plugin/drive.h"

#include "base/str.h"
#include "plugin/guard.h"
#include "plugin/loader.h"

#include "../test.h"

extern const struct cp_plugin cp_static_claude;
extern const struct cp_plugin cp_static_openai;

static void amends(const char *dialect, const char *body, const char *wanted)
{
    static const struct cp_item said[] = {
        { CP_ITEM(START), .name = { "m", 1 } },
        { CP_ITEM(USAGE), .sub = CP_INPUT, .num = 7 },
        { CP_ITEM(USAGE), .sub = CP_OUTPUT, .num = 5 },
    };
    struct registry *registry = registry_new();
    struct err err = { 0 };
    struct cp_tape usage;
    struct cp_out o;
    struct drive d;
    struct buf out;

    CHECK_EQ(registry_add(registry, &cp_static_claude, "static", &err), 0);
    CHECK_EQ(registry_add(registry, &cp_static_openai, "static", &err), 0);
    CHECK_EQ(drive_open(&d, registry_find(registry, str_of(dialect)), NULL, 0, &err), 0);
    buf_init(&out, 1 << 20);
    tape_init(&usage, d.arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
        CHECK_EQ(tape_emit(&usage, &said[i]), 0);
    out_init(&o, &out);
    CHECK_EQ(guard_amend(d.adapter, d.instance, &d.hc, str_of(body), &usage, &o), 0);
    CHECK_STR(buf_str(&out), wanted);
    buf_fini(&out);
    drive_close(&d);
    registry_free(registry);
}

TEST(claude_begins_and_ends)
{
    amends(
        "claude",
        "{ \"type\":\"message_start\", \"message\":{\"id\":\"msg_1\", \"usage\" : "
        "{\"input_tokens\":0,\"output_tokens\":1,\"service_tier\": \"standard\"} , \"x\":1e400}}",
        "{ \"type\":\"message_start\", \"message\":{\"id\":\"msg_1\", \"usage\" : "
        "{\"input_tokens\":7,\"output_tokens\":5,\"service_tier\": \"standard\"} , \"x\":1e400}}");
    amends("claude",
           "{\"type\":\"message_delta\",\"delta\":{},\"usage\":{\"output_tokens\":0}}   ",
           "{\"type\":\"message_delta\",\"delta\":{},\"usage\":{\"input_tokens\":7,"
           "\"output_tokens\":5}}   ");
}

TEST(claude_lacks_it)
{
    amends(
        "claude", "{\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n",
        "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"usage\":{\"input_tokens\":7,"
        "\"output_tokens\":5}}}\n");
    amends("claude", "{\"type\":\"message\",\"content\":[]}\n",
           "{\"type\":\"message\",\"content\":[],\"usage\":{\"input_tokens\":7,"
           "\"output_tokens\":5}}\n");
    amends("claude", "{\"type\":\"message_delta\",\"usage\":null}",
           "{\"type\":\"message_delta\",\"usage\":{\"input_tokens\":7,\"output_tokens\":5}}");
}

TEST(claude_keeps_its_caches)
{
    amends(
        "claude",
        "{\"type\":\"message\",\"usage\":{\"input_tokens\":1,\"cache_read_input_tokens\":90,"
        "\"cache_creation_input_tokens\":0,\"output_tokens\":2,\"iterations\":[1.0]}}",
        "{\"type\":\"message\",\"usage\":{\"input_tokens\":7,\"cache_creation_input_tokens\":0,"
        "\"cache_read_input_tokens\":90,\"output_tokens\":5,\"iterations\":[1.0]}}");
}

TEST(chat_whole_and_streamed)
{
    amends("chat",
           "{\"choices\":[], \"usage\": {\"prompt_tokens\":0,\"completion_tokens\":0,"
           "\"total_tokens\":0,\"cost\": 0.01} }",
           "{\"choices\":[], \"usage\": {\"prompt_tokens\":7,\"completion_tokens\":5,"
           "\"total_tokens\":12,\"cost\": 0.01} }");
    amends(
        "chat",
        "{\"choices\":[{\"message\":{}}],\"usage\":{\"prompt_tokens\":90,\"completion_tokens\":1,"
        "\"prompt_tokens_details\":{\"cached_tokens\":80,\"audio_tokens\":0}}}",
        "{\"choices\":[{\"message\":{}}],\"usage\":{\"prompt_tokens\":87,\"completion_tokens\":5,"
        "\"total_tokens\":92,\"prompt_tokens_details\":{\"cached_tokens\":80,"
        "\"audio_tokens\":0}}}");
    amends("chat", "{\"choices\":[{\"message\":{\"content\":\"x\"}}] }",
           "{\"choices\":[{\"message\":{\"content\":\"x\"}}] ,\"usage\":{\"prompt_tokens\":7,"
           "\"completion_tokens\":5,\"total_tokens\":12}}");
}

TEST(the_rest_is_untouched)
{
    static const char *const bodies[][2] = {
        { "claude", "{\"type\":\"content_block_delta\",\"delta\":{\"text\":\"\\u00e9\"}}  " },
        { "claude", "[]" },
        { "chat", "{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":null}" },
        { "chat", "{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}" },
        { "chat", "[DONE]" },
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        amends(bodies[i][0], bodies[i][1], bodies[i][1]);
}

TEST_MAIN()
