/* SPDX-License-Identifier: MIT */
/*
 * rules_claude - what the Messages API refuses.
 *
 * source: platform docs, messages, tool use and extended thinking, read 2026-08; messages as they
 * were seen in answers. The service joins neighbours of one role before it looks at turns.
 */
#include "rules.h"

#include <stdio.h>
#include <string.h>

static const char members[] =
    " model max_tokens messages system cache_control metadata output_config output_format"
    " service_tier speed inference_geo container stop_sequences stream temperature top_p top_k"
    " thinking tool_choice tools context_management mcp_servers diagnostics fallbacks"
    " fallback_credit_token safeguards thread";
static const char block_types[] =
    " text image document search_result thinking redacted_thinking tool_use tool_result"
    " server_tool_use web_search_tool_result web_fetch_tool_result code_execution_tool_result"
    " bash_code_execution_tool_result text_editor_code_execution_tool_result"
    " tool_search_tool_result container_upload mcp_tool_use mcp_tool_result compaction fallback"
    " advisor_tool_result tool_addition tool_removal";
/* Names of models that know no system messages inside the conversation. */
static const char *const old_models[] = { "claude-2",   "claude-3",   "opus-4-1",
                                          "opus-4-5",   "opus-4-6",   "sonnet-4-0",
                                          "sonnet-4-5", "sonnet-4-6", "haiku-4-5" };

struct talk {
    struct rules *r;
    struct waiting calls, ids;
    bool is_assistant,
        had_other; /* of the turn being read; had_other: a block that is no result */
    bool begins_with_thought, has_calls; /* of the assistant's last turn */
    size_t message, blocks_n;
};

static bool is_member(struct slice type, const char *names)
{
    char quoted[64];

    snprintf(quoted, sizeof quoted, " %.*s", RAW(type));
    const char *hit = strstr(names, quoted);
    return hit && (hit[strlen(quoted)] == ' ' || !hit[strlen(quoted)]);
}

/* Ours are base64 and begin as the real ones do; what a gateway wrapped has dots. */
static bool is_own_signature(struct slice raw)
{
    return raw.n > 4 && raw.at[1] == 'E' && !memchr(raw.at, '.', raw.n);
}

static bool bad_source(struct slice block)
{
    static const char mimes[] = " image/jpeg image/png image/gif image/webp";
    struct slice source = scan_member(block, "source");

    return scan_is(scan_member(block, "type"), "image") &&
           scan_is(scan_member(source, "type"), "base64") &&
           !is_member(scan_member(source, "media_type"), mimes);
}

static void check_call(struct talk *t, struct slice block, const char *at)
{
    struct slice id = scan_member(block, "id"), input = scan_member(block, "input");

    t->has_calls = true;
    if (!rules_is_name(id, 256, "_-"))
        rules_refuse(t->r, at, "%s.id: String should match pattern '^[a-zA-Z0-9_-]+$'", at);
    if (!rules_is_name(scan_member(block, "name"), 200, "_-"))
        rules_refuse(t->r, at, "%s.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
                     at);
    if (!input.n || input.at[0] != '{')
        rules_refuse(t->r, at, "%s.input: Input should be a valid dictionary", at);
    if (waiting_has(&t->ids, id))
        rules_refuse(t->r, at, "messages: `tool_use` ids must be unique");
    waiting_add(&t->ids, id);
    waiting_add(&t->calls, id);
}

static void check_result(struct talk *t, struct slice block, const char *at)
{
    struct slice id = scan_member(block, "tool_use_id");

    if (t->is_assistant || !waiting_answer(&t->calls, id))
        rules_refuse(t->r, at,
                     "%s: unexpected `tool_use_id` found in `tool_result` blocks: %.*s. Each "
                     "`tool_result` block must have a corresponding `tool_use` block in the "
                     "previous message.",
                     at, RAW(id));
    if (t->had_other)
        rules_refuse(
            t->r, at,
            "%s: `tool_use` ids were found without `tool_result` blocks immediately "
            "after: %.*s. Each `tool_use` block must have a corresponding `tool_result` "
            "block in the next message.",
            at, RAW(id));
}

static void check_thought(struct talk *t, struct slice block, const char *at, bool is_first)
{
    bool is_redacted = scan_is(scan_member(block, "type"), "redacted_thinking");
    struct slice sign = scan_member(block, is_redacted ? "data" : "signature");

    if (is_first)
        t->begins_with_thought = true;
    if (!t->is_assistant)
        rules_refuse(t->r, at, "%s: thinking blocks may only be in `assistant` messages", at);
    if (is_redacted ? sign.n < 3 : !is_own_signature(sign))
        rules_refuse(t->r, at, "%s: Invalid `signature` in `thinking` block", at);
    if (scan_member(block, "cache_control").n)
        rules_refuse(t->r, at, "%s.cache_control: Extra inputs are not permitted", at);
}

static void check_block(struct talk *t, struct slice block)
{
    char at[64];
    struct slice type = scan_member(block, "type");
    bool is_first = t->blocks_n == 0;

    snprintf(at, sizeof at, "messages.%zu.content.%zu", t->message, t->blocks_n++);
    if (!is_member(type, block_types))
        rules_refuse(
            t->r, at,
            "%s: Input tag '%.*s' found using 'type' does not match any of the expected tags",
            at, RAW(type));
    if (scan_is(type, "tool_result")) {
        check_result(t, block, at);
        return;
    }
    t->had_other = true;
    if (scan_is(type, "tool_use"))
        check_call(t, block, at);
    else if (scan_is(type, "thinking") || scan_is(type, "redacted_thinking"))
        check_thought(t, block, at, is_first);
    else if (scan_is(type, "text") && rules_is_blank(scan_member(block, "text")))
        rules_refuse(t->r, at, "messages: text content blocks must be non-empty");
    else if (bad_source(block))
        rules_refuse(t->r, at,
                     "%s.image.source.base64.media_type: Input should be 'image/jpeg', "
                     "'image/png', 'image/gif' or 'image/webp'",
                     at);
}

/* Nobody may go on while calls wait. */
static void end_turn(struct talk *t)
{
    struct slice id = waiting_first(&t->calls);

    if (id.n)
        rules_refuse(t->r, "messages",
                     "messages.%zu: `tool_use` ids were found without `tool_result` blocks "
                     "immediately after: %.*s. Each `tool_use` block must have a corresponding "
                     "`tool_result` block in the next message.",
                     t->message ? t->message - 1 : 0, RAW(id));
    waiting_clear(&t->calls);
}

static void begin_turn(struct talk *t, bool is_assistant)
{
    if (t->message && t->is_assistant == is_assistant)
        return;
    if (is_assistant)
        end_turn(t);
    t->is_assistant = is_assistant;
    t->had_other = false;
    t->blocks_n = 0;
    if (is_assistant)
        t->begins_with_thought = t->has_calls = false;
}

static void check_system_turn(struct talk *t)
{
    for (size_t i = 0; i < sizeof old_models / sizeof *old_models; i++)
        if (slice_has(t->r->ask->model, slice_of(old_models[i])))
            rules_refuse(t->r, "messages", "role 'system' is not supported on this model");
    if (t->message == 0)
        rules_refuse(t->r, "messages",
                     "messages.0: role 'system' may not be the first message");
}

static void check_message(struct talk *t, struct slice m)
{
    struct slice role = scan_member(m, "role"), content = scan_member(m, "content"), block, bad;
    struct scan walk = scan_open(content);

    if (scan_is(role, "system")) {
        check_system_turn(t);
        t->message++;
        return;
    }
    if (!scan_is(role, "user") && !scan_is(role, "assistant"))
        rules_refuse(t->r, "messages",
                     "messages.%zu.role: Input should be 'user' or 'assistant'", t->message);
    if (t->message == 0 && !scan_is(role, "user"))
        rules_refuse(t->r, "messages", "messages: first message must use the \"user\" role");
    bad = rules_unknown(m, " role content output_config");
    if (bad.n)
        rules_refuse(t->r, "messages", "messages.%zu.%.*s: Extra inputs are not permitted",
                     t->message, RAW(bad));
    begin_turn(t, scan_is(role, "assistant"));
    if (scan_is_string(content)) {
        if (rules_is_blank(content))
            rules_refuse(t->r, "messages",
                         "messages.%zu: all messages must have non-empty content", t->message);
        t->had_other = true;
        t->blocks_n++;
    } else if (!rules_count(content)) {
        rules_refuse(t->r, "messages", "messages.%zu: all messages must have non-empty content",
                     t->message);
    }
    while (scan_next(&walk, NULL, &block))
        check_block(t, block);
    t->message++;
}

static void check_thinking(struct talk *t)
{
    struct slice body = t->r->ask->body, thinking = scan_member(body, "thinking");
    struct slice choice = scan_member(scan_member(body, "tool_choice"), "type");
    bool is_enabled = scan_is(scan_member(thinking, "type"), "enabled");
    double most = 1e9;

    if (!is_enabled && !scan_is(scan_member(thinking, "type"), "adaptive"))
        return;
    if (scan_is(choice, "any") || scan_is(choice, "tool"))
        rules_refuse(t->r, "tool_choice",
                     "Thinking may not be enabled when tool_choice forces tool use.");
    if (!rules_number_in(scan_member(body, "temperature"), 1, 1))
        rules_refuse(t->r, "temperature",
                     "`temperature` may only be set to 1 when thinking is enabled.");
    if (scan_member(body, "top_k").n)
        rules_refuse(t->r, "top_k", "`top_k` must be unset when thinking is enabled.");
    if (!is_enabled)
        return;
    if (scan_member(body, "max_tokens").n)
        most = (double)slice_number(scan_member(body, "max_tokens"), 0) - 1;
    if (!scan_member(thinking, "budget_tokens").n ||
        !rules_number_in(scan_member(thinking, "budget_tokens"), 1024, 1e9))
        rules_refuse(
            t->r, "thinking",
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
    if (!rules_number_in(scan_member(thinking, "budget_tokens"), 1024, most))
        rules_refuse(t->r, "thinking",
                     "`max_tokens` must be greater than `thinking.budget_tokens`.");
    if (t->has_calls && !t->begins_with_thought && !t->is_assistant)
        rules_refuse(
            t->r, "messages",
            "messages.%zu.content.0.type: Expected `thinking` or `redacted_thinking`, but "
            "found `tool_use`. When `thinking` is enabled, a final `assistant` message must "
            "start with a thinking block.",
            t->message - 1);
}

static void check_tools(struct rules *r, struct slice body)
{
    struct slice tools = scan_member(body, "tools"), tool,
                 choice = scan_member(body, "tool_choice");
    struct scan walk = scan_open(tools);
    struct waiting names = { .n = 0 };
    size_t i = 0;

    for (; scan_next(&walk, NULL, &tool); i++) {
        struct slice type = scan_member(tool, "type"), name = scan_member(tool, "name");
        bool is_own = rules_is_null(type) || scan_is(type, "custom");
        if (is_own && !rules_is_name(name, 128, "_-"))
            rules_refuse(
                r, "tools",
                "tools.%zu.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
                i);
        if (is_own &&
            !scan_is(scan_member(scan_member(tool, "input_schema"), "type"), "object"))
            rules_refuse(r, "tools", "tools.%zu.custom.input_schema.type: Field required", i);
        if (name.n && waiting_has(&names, name))
            rules_refuse(r, "tools", "tools: Tool names must be unique.");
        if (name.n)
            waiting_add(&names, name);
    }
    if (!i && (scan_is(scan_member(choice, "type"), "any") ||
               scan_is(scan_member(choice, "type"), "tool")))
        rules_refuse(r, "tool_choice",
                     "tool_choice: may only be specified while providing tools");
    if (scan_is(scan_member(choice, "type"), "tool") &&
        !waiting_has(&names, scan_member(choice, "name")))
        rules_refuse(r, "tool_choice", "Tool '%.*s' not found in provided tools",
                     RAW(scan_member(choice, "name")));
}

static size_t count_marks(struct slice text)
{
    static const char word[] = "\"cache_control\":{";
    size_t n = 0;
    const char *p = text.at, *end = text.n ? text.at + text.n : p;

    while (text.n && (p = memmem(p, (size_t)(end - p), word, sizeof word - 1))) {
        n++;
        p += sizeof word - 1;
    }
    return n;
}

static void check_numbers(struct rules *r, struct slice body)
{
    struct scan walk = scan_open(scan_member(body, "stop_sequences"));
    struct slice word;
    size_t marks = count_marks(scan_member(body, "system")) +
                   count_marks(scan_member(body, "tools")) +
                   count_marks(scan_member(body, "messages"));

    if (r->ask->op == OP_GENERATE && !scan_member(body, "max_tokens").n)
        rules_refuse(r, "max_tokens", "max_tokens: Field required");
    if (!rules_number_in(scan_member(body, "max_tokens"), 0, 1e9))
        rules_refuse(r, "max_tokens", "max_tokens: Input should be greater than or equal to 0");
    if (!rules_number_in(scan_member(body, "temperature"), 0, 1))
        rules_refuse(r, "temperature", "temperature: range: 0..1");
    if (!rules_number_in(scan_member(body, "top_p"), 0, 1))
        rules_refuse(r, "top_p", "top_p: range: 0..1");
    while (scan_next(&walk, NULL, &word))
        if (rules_is_blank(word))
            rules_refuse(r, "stop_sequences",
                         "stop_sequences: each stop sequence must contain non-whitespace");
    if (marks > 4)
        rules_refuse(r, "messages",
                     "A maximum of 4 blocks with cache_control may be provided. Found %zu.",
                     marks);
}

static void check_system(struct rules *r, struct slice system)
{
    struct scan walk = scan_open(system);
    struct slice block;

    if (scan_is_string(system))
        return;
    while (scan_next(&walk, NULL, &block))
        if (rules_is_blank(scan_member(block, "text")))
            rules_refuse(r, "system", "system: text content blocks must be non-empty");
}

void rules_claude(struct rules *r)
{
    struct slice body = r->ask->body, bad = rules_unknown(body, members), m;
    struct scan walk = scan_open(scan_member(body, "messages"));
    struct talk t = { .r = r };

    if (bad.n)
        rules_refuse(r, "", "%.*s: Extra inputs are not permitted", RAW(bad));
    check_numbers(r, body);
    check_system(r, scan_member(body, "system"));
    check_tools(r, body);
    while (scan_next(&walk, NULL, &m))
        check_message(&t, m);
    if (!t.message)
        rules_refuse(r, "messages", "messages: at least one message is required");
    end_turn(&t);
    check_thinking(&t);
}
