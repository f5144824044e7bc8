/* SPDX-License-Identifier: MIT */
/*
 * test_session - what real clients send is one conversation where it is one, and two where it is two.
 *
 * The bodies have the shape of those clients' requests, with other words.
 */
#include "flow/session.h"

#include "base/buf.h"
#include "base/str.h"

#include "unit/test.h"

extern const struct cp_plugin cp_static_claude, cp_static_openai, cp_static_gemini;

#define CLAUDE    cp_static_claude.adapters[0]
#define CHAT      cp_static_openai.adapters[0]
#define RESPONSES cp_static_openai.adapters[1]
#define GEMINI    cp_static_gemini.adapters[0]

/* name, value, name, value, NULL */
static struct cp_str header(void *ctx, const char *name)
{
    for (const char *const *h = ctx; h && *h; h += 2)
        if (str_is_nocase(str_of(*h), name))
            return str_of(h[1]);
    return STR_NONE;
}

static struct session find_as(const struct cp_adapter *a, const char *const *headers,
                              struct cp_str body, const char *client_key, const char *model)
{
    struct session_source from = { a, header, (void *)(uintptr_t)headers, body };
    struct session s;
    session_find(&from, STR("install"), str_of(client_key), str_of(model), &s);
    return s;
}

static struct session find(const struct cp_adapter *a, const char *const *headers,
                           const char *body)
{
    return find_as(a, headers, str_of(body), "key-1", "m");
}

static bool is_same(struct session a, struct session b)
{
    return a.source && b.source && a.id[0] == b.id[0] && a.id[1] == b.id[1];
}

static struct cp_str source_of(struct session s)
{
    return s.source ? str_of(s.source) : STR("none");
}

/* ---- names ---- */

TEST(claude_code_in_header_and_body)
{
    static const char *const headers[] = { "X-Claude-Code-Session-Id", "92ed49be-8dac34",
                                           NULL };
    const char *body =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],"
        "\"metadata\":{\"user_id\":\"{\\\"device_id\\\":\\\"a285\\\",\\\"account_uuid\\\":\\\"\\\","
        "\\\"session_id\\\":\\\"92ed49be-8dac34\\\"}\"}}";
    struct session by_header = find(CLAUDE, headers, body), by_body = find(CLAUDE, NULL, body);

    CHECK_STR(source_of(by_header), "header:x-claude-code-session-id");
    CHECK_STR(source_of(by_body), "body:metadata.user_id#session_id");
    CHECK(is_same(by_header, by_body));
    CHECK(!by_header.is_guessed && !by_body.is_guessed);
    /* its counts of tokens have the header alone */
    CHECK(is_same(by_header, find(CLAUDE, headers, "{\"model\":\"m\",\"messages\":[]}")));
}

TEST(claude_plain_user_id)
{
    struct session a = find(CLAUDE, NULL, "{\"metadata\":{\"user_id\":\"user_17_session_4\"}}");
    CHECK_STR(source_of(a), "body:metadata.user_id");
    CHECK(
        !is_same(a, find(CLAUDE, NULL, "{\"metadata\":{\"user_id\":\"user_17_session_5\"}}")));
    /* JSON without a session is a name, too */
    a = find(CLAUDE, NULL, "{\"metadata\":{\"user_id\":\"{\\\"device_id\\\":\\\"a\\\"}\"}}");
    CHECK_STR(source_of(a), "body:metadata.user_id");
}

TEST(codex_of_today_and_its_subagents)
{
    static const char *const main_thread[] = { "session-id", "01a2", "thread-id", "01a2",
                                               NULL };
    static const char *const subagent[] = {
        "session-id", "01a2", "thread-id", "01a9", "x-codex-parent-thread-id", "01a2", NULL
    };
    const char *body = "{\"model\":\"m\",\"input\":[],\"prompt_cache_key\":\"01a2\","
                       "\"client_metadata\":{\"thread_id\":\"01a2\",\"session_id\":\"01a2\"}}";
    struct session s = find(RESPONSES, main_thread, body);

    CHECK_STR(source_of(s), "header:session-id");
    CHECK(is_same(s, find(RESPONSES, subagent, body)));
    /* behind a proxy that drops its headers */
    CHECK_STR(source_of(find(RESPONSES, NULL, body)), "body:client_metadata.session_id");
    CHECK(is_same(s, find(RESPONSES, NULL, body)));
    CHECK(is_same(s, find(RESPONSES, NULL, "{\"prompt_cache_key\":\"01a2\",\"input\":\"x\"}")));
}

TEST(a_conversation_kept_by_the_service)
{
    CHECK_STR(source_of(find(RESPONSES, NULL, "{\"conversation\":\"conv_1\"}")),
              "body:conversation");
    CHECK(is_same(find(RESPONSES, NULL, "{\"conversation\":\"conv_1\"}"),
                  find(RESPONSES, NULL, "{\"conversation\":{\"id\":\"conv_1\"}}")));
}

TEST(opencode_everywhere)
{
    static const char *const headers[] = { "x-session-affinity", "ses_1", "x-session-id",
                                           "ses_1", NULL };
    const struct cp_adapter *all[] = { CLAUDE, CHAT, RESPONSES, GEMINI };

    for (size_t i = 0; i < 4; i++)
        CHECK_STR(source_of(find(all[i], headers, "{}")), "header:x-session-id");
    /* the same word in another family is another conversation */
    CHECK(!is_same(find(CHAT, headers, "{}"), find(CLAUDE, headers, "{}")));
}

TEST(whose_it_is)
{
    struct cp_str body = STR("{\"prompt_cache_key\":\"k\"}");
    struct session s = find_as(CHAT, NULL, body, "key-1", "m");

    CHECK(is_same(s, find_as(CHAT, NULL, body, "key-1", "m")));
    CHECK(!is_same(s, find_as(CHAT, NULL, body, "key-2", "m")));
    CHECK(!is_same(s, find_as(CHAT, NULL, body, "key-1", "n")));
    CHECK(!is_same(s, find_as(CHAT, NULL, body, "key-1m", "")));
}

TEST(empty_names_and_other_types_are_none)
{
    static const char *const blank[] = { "x-session-id", "  ", NULL };

    CHECK_STR(source_of(find(CHAT, blank, "{\"session_id\":\"\",\"prompt_cache_key\":7}")),
              "none");
    CHECK_STR(source_of(find(CHAT, NULL, "{\"metadata\":\"no object\"}")), "none");
    CHECK_STR(source_of(find(CHAT, NULL, "{\"metadata\":{\"user_id\":{}}}")), "none");
    CHECK_STR(source_of(find(CHAT, NULL, "[]")), "none");
    CHECK_STR(source_of(find_as(CHAT, NULL, STR_NONE, "k", "m")), "none");
}

/* ---- beginnings ---- */

/* Old Codex compacts without any name: it is the conversation that began like this. */
TEST(codex_compacts_without_a_name)
{
#define BEGINNING                                                                              \
    "[{\"type\":\"message\",\"role\":\"developer\",\"content\":[{\"type\":\"input_text\","     \
    "\"text\":\"sandbox\"}]},{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":"  \
    "\"input_text\",\"text\":\"folder\"}]},{\"type\":\"message\",\"role\":\"user\","           \
    "\"content\":[{\"type\":\"input_text\",\"text\":\"read note.txt\"}]}"
    const char *first = "{\"model\":\"m\",\"instructions\":\"You are\",\"input\":" BEGINNING
                        "],\"store\":false}";
    const char *compact =
        "{\"model\":\"m\",\"input\":" BEGINNING
        ",{\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"hm\"}],"
        "\"content\":null,\"encrypted_content\":\"e\"},{\"type\":\"function_call\",\"name\":"
        "\"f\",\"arguments\":\"{}\",\"call_id\":\"c\"},{\"type\":\"function_call_output\","
        "\"call_id\":\"c\",\"output\":\"o\"},{\"type\":\"message\",\"role\":\"user\","
        "\"content\":\"next\"}],\"instructions\":\"You are\"}";
    struct session s = find(RESPONSES, NULL, first);

    CHECK_STR(source_of(s), "first:instructions,input");
    CHECK(s.is_guessed);
    CHECK(is_same(s, find(RESPONSES, NULL, compact)));
    CHECK(!is_same(s, find(RESPONSES, NULL, "{\"instructions\":\"You are\",\"input\":\"x\"}")));
}

TEST(a_text_or_a_list_of_one)
{
    CHECK(is_same(find(RESPONSES, NULL, "{\"input\":\"hello\"}"),
                  find(RESPONSES, NULL,
                       "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
                       "\"text\":\"hello\"}]},{\"role\":\"assistant\",\"content\":\"hi\"},"
                       "{\"role\":\"user\",\"content\":\"and?\"}]}")));
}

/* The mark of the cache is where the conversation ends, another place each turn. */
TEST(marks_that_move)
{
    const char *first =
        "{\"system\":[{\"type\":\"text\",\"text\":\"Be\",\"cache_control\":{\"type\":"
        "\"ephemeral\"}}],\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
        "\"text\":\"hi\",\"cache_control\":{\"type\":\"ephemeral\"}}]}]}";
    const char *second =
        "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"assistant\","
        "\"content\":\"yes\"},{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
        "\"so\",\"cache_control\":{\"type\":\"ephemeral\"}}]}],\"system\":\"Be\"}";

    CHECK_STR(source_of(find(CLAUDE, NULL, first)), "first:system,messages");
    CHECK(is_same(find(CLAUDE, NULL, first), find(CLAUDE, NULL, second)));
    CHECK(!is_same(find(CLAUDE, NULL, first),
                   find(CLAUDE, NULL,
                        "{\"system\":\"Be\",\"messages\":[{\"role\":\"user\","
                        "\"content\":\"ho\"}]}")));
}

TEST(all_of_a_system_prompt_in_blocks)
{
    CHECK(!is_same(
        find(CLAUDE, NULL, "{\"system\":[{\"text\":\"a\"},{\"text\":\"b\"}],\"messages\":[]}"),
        find(CLAUDE, NULL,
             "{\"system\":[{\"text\":\"a\"},{\"text\":\"c\"}],\"messages\":[]}")));
}

TEST(gemini_cli_has_no_name)
{
    const char *first = "{\"contents\":[{\"parts\":[{\"text\":\"today, folder\"},{\"text\":"
                        "\"read it\"}],\"role\":\"user\"}],\"systemInstruction\":{\"parts\":"
                        "[{\"text\":\"You are\"}]},\"tools\":[],\"generationConfig\":{}}";
    const char *second =
        "{\"contents\":[{\"parts\":[{\"text\":\"today, folder\"},{\"text\":\"read it\"}],"
        "\"role\":\"user\"},{\"parts\":[{\"functionCall\":{\"name\":\"read_file\"}}],\"role\":"
        "\"model\"},{\"parts\":[{\"functionResponse\":{\"name\":\"read_file\"}}],\"role\":"
        "\"user\"}],\"systemInstruction\":{\"parts\":[{\"text\":\"You are\"}]}}";
    static const char *const installation[] = { "x-gemini-api-privileged-user-id", "i", NULL };

    CHECK(is_same(find(GEMINI, NULL, first), find(GEMINI, NULL, second)));
    CHECK(find(GEMINI, NULL, first).is_guessed);
    CHECK_STR(source_of(find(GEMINI, installation, first)),
              "header:x-gemini-api-privileged-user-id");
    /* without roles, as people write it by hand */
    CHECK(is_same(find(GEMINI, NULL, "{\"contents\":[{\"parts\":[{\"text\":\"a\"}]}]}"),
                  find(GEMINI, NULL,
                       "{\"contents\":[{\"parts\":[{\"text\":\"a\"}]},{\"role\":\"model\","
                       "\"parts\":[{\"text\":\"b\"}]},{\"parts\":[{\"text\":\"c\"}]}]}")));
}

static void chat_of(struct buf *b, char middle, char end)
{
    buf_init(b, 1 << 20);
    buf_add_z(b, "{\"messages\":[{\"role\":\"system\",\"content\":\"");
    for (int i = 0; i < 9000; i++)
        buf_add_c(b, i == 4500 ? middle : i == 8999 ? end : 'x');
    buf_add_z(b, "\"},{\"role\":\"user\",\"content\":\"hi\"}]}");
}

TEST(long_texts_by_their_ends)
{
    struct buf a, b, c;

    chat_of(&a, 'x', 'x');
    chat_of(&b, 'y', 'x');
    chat_of(&c, 'x', 'y');
    struct session s = find_as(CHAT, NULL, buf_str(&a), "k", "m");
    CHECK(is_same(s, find_as(CHAT, NULL, buf_str(&b), "k", "m")));
    CHECK(!is_same(s, find_as(CHAT, NULL, buf_str(&c), "k", "m")));
    buf_fini(&a);
    buf_fini(&b);
    buf_fini(&c);
}

TEST(nothing_said_is_no_conversation)
{
    CHECK_STR(source_of(find(CHAT, NULL, "{\"messages\":[]}")), "none");
    CHECK_STR(source_of(find(CHAT, NULL,
                             "{\"messages\":[{\"role\":\"assistant\",\"content\":"
                             "\"a\"}]}")),
              "none");
    CHECK_STR(
        source_of(find(GEMINI, NULL, "{\"contents\":[{\"parts\":[{\"inlineData\":{}}]}]}")),
        "none");
}

TEST_MAIN()
