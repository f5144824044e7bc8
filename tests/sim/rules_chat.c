/* SPDX-License-Identifier: MIT */
/*
 * rules_chat - what Chat Completions refuses.
 *
 * source: OpenAI API reference, chat, function calling and structured outputs, read 2026-08;
 * messages as they were seen in answers. reasoning_content and its like are let through: servers
 * that have it are told apart by nothing in a request.
 */
#include "rules.h"

#include <stdio.h>
#include <string.h>

static const char members[] =
    " model messages max_completion_tokens max_tokens temperature top_p n stop presence_penalty"
    " frequency_penalty logit_bias logprobs top_logprobs seed stream stream_options tools"
    " tool_choice parallel_tool_calls functions function_call response_format reasoning_effort"
    " verbosity modalities audio prediction metadata store service_tier user safety_identifier"
    " prompt_cache_key prompt_cache_options prompt_cache_retention moderation web_search_options"
    " enable_thinking thinking chat_template_kwargs top_k min_p repetition_penalty";
static const char message_members[] =
    " role content name refusal tool_calls audio function_call tool_call_id reasoning_content"
    " reasoning reasoning_details thinking_blocks annotations images parsed";

struct talk {
    struct rules *r;
    struct waiting calls;
    size_t message;
};

static void end_calls(struct talk *t)
{
    struct slice id = waiting_first(&t->calls);

    if (id.n)
        rules_refuse(
            t->r, "messages",
            "An assistant message with 'tool_calls' must be followed by tool messages "
            "responding to each 'tool_call_id'. The following tool_call_ids did not have "
            "response messages: %.*s",
            RAW(id));
    waiting_clear(&t->calls);
}

static void check_call(struct talk *t, struct slice call)
{
    struct slice id = scan_member(call, "id"), function = scan_member(call, "function");
    struct slice custom = scan_member(call, "custom"), of = function.n ? function : custom;

    if (!scan_is_string(id) || id.n < 3 || id.n > 66)
        rules_refuse(
            t->r, "messages",
            "Invalid 'messages[%zu].tool_calls[].id': expected a string with 1 to 64 characters.",
            t->message);
    if (!rules_is_name(scan_member(of, "name"), 64, "_-"))
        rules_refuse(
            t->r, "messages",
            "Invalid 'messages[%zu].tool_calls[].function.name': string does not match pattern '^[a-zA-Z0-9_-]+$'.",
            t->message);
    if (!scan_is_string(scan_member(of, function.n ? "arguments" : "input")))
        rules_refuse(
            t->r, "messages",
            "Invalid type for 'messages[%zu].tool_calls[].function.arguments': expected a string.",
            t->message);
    if (waiting_has(&t->calls, id))
        rules_refuse(t->r, "messages",
                     "Duplicate value for 'tool_call_id' of %.*s in message[%zu]", RAW(id),
                     t->message);
    waiting_add(&t->calls, id);
}

static void check_assistant(struct talk *t, struct slice m)
{
    struct slice calls = scan_member(m, "tool_calls"), call;
    struct scan walk = scan_open(calls);

    if (rules_is_null(scan_member(m, "content")) && rules_is_null(calls) &&
        rules_is_null(scan_member(m, "refusal")) && rules_is_null(scan_member(m, "audio")) &&
        rules_is_null(scan_member(m, "function_call")))
        rules_refuse(t->r, "messages",
                     "Invalid value for 'content': expected a string, got null.");
    if (!rules_is_null(calls) && !rules_count(calls))
        rules_refuse(
            t->r, "messages",
            "Invalid 'messages[%zu].tool_calls': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            t->message);
    while (scan_next(&walk, NULL, &call))
        check_call(t, call);
}

static void check_parts(struct talk *t, struct slice m, const char *types)
{
    struct slice content = scan_member(m, "content"), part;
    struct scan walk = scan_open(content);

    if (rules_is_null(content) || scan_is_string(content))
        return;
    if (content.at[0] != '[' || !rules_count(content))
        rules_refuse(
            t->r, "messages",
            "Invalid 'messages[%zu].content': empty array. Expected an array with minimum length 1.",
            t->message);
    while (scan_next(&walk, NULL, &part)) {
        struct slice type = scan_member(part, "type");
        char word[40];
        snprintf(word, sizeof word, " %.*s", RAW(type));
        const char *hit = strstr(types, word);
        if (!hit || (hit[strlen(word)] && hit[strlen(word)] != ' '))
            rules_refuse(t->r, "messages", "Invalid value: '%.*s'. Supported values are:%s.",
                         RAW(type), types);
    }
}

static void check_result(struct talk *t, struct slice m)
{
    if (!waiting_answer(&t->calls, scan_member(m, "tool_call_id")))
        rules_refuse(
            t->r, "messages",
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.");
    if (rules_is_null(scan_member(m, "content")))
        rules_refuse(t->r, "messages",
                     "Invalid value for 'content': expected a string, got null.");
    check_parts(t, m, " text");
}

static void check_message(struct talk *t, struct slice m)
{
    struct slice role = scan_member(m, "role"), bad = rules_unknown(m, message_members);

    if (bad.n)
        rules_refuse(t->r, "messages",
                     "Unrecognized request argument supplied: messages[%zu].%.*s", t->message,
                     RAW(bad));
    if (scan_is(role, "tool")) {
        check_result(t, m);
        return;
    }
    end_calls(t);
    if (scan_is(role, "assistant")) {
        check_parts(t, m, " text refusal");
        check_assistant(t, m);
    } else if (scan_is(role, "user")) {
        check_parts(t, m, " text image_url input_audio file video_url");
    } else if (scan_is(role, "system") || scan_is(role, "developer")) {
        check_parts(t, m, " text");
    } else if (!scan_is(role, "function")) {
        rules_refuse(
            t->r, "messages",
            "Invalid value: '%.*s'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
            RAW(role));
    }
    if (!scan_is(role, "assistant") && rules_is_null(scan_member(m, "content")) &&
        !scan_is(role, "function"))
        rules_refuse(t->r, "messages",
                     "Invalid value for 'content': expected a string, got null.");
}

static void check_function(struct rules *r, struct slice f, size_t i)
{
    struct slice schema = scan_member(f, "parameters"), type = scan_member(schema, "type");

    if (!rules_is_name(scan_member(f, "name"), 64, "_-"))
        rules_refuse(
            r, "tools",
            "Invalid 'tools[%zu].function.name': string does not match pattern '^[a-zA-Z0-9_-]+$'.",
            i);
    if (rules_is_null(schema))
        return;
    if (!scan_is(type, "object"))
        rules_refuse(
            r, "tools",
            "Invalid schema for function '%.*s': schema must be a JSON Schema of 'type: \"object\"', got 'type: \"%.*s\"'.",
            RAW(scan_member(f, "name")), RAW(type));
    if (!scan_member(schema, "properties").n)
        rules_refuse(
            r, "tools",
            "Invalid schema for function '%.*s': In context=(), object schema missing properties.",
            RAW(scan_member(f, "name")));
}

static void check_tools(struct rules *r, struct slice body)
{
    struct slice tools = scan_member(body, "tools"), tool,
                 choice = scan_member(body, "tool_choice");
    struct scan walk = scan_open(tools);
    struct slice named = scan_member(scan_member(choice, "function"), "name");
    size_t i = 0;

    for (; scan_next(&walk, NULL, &tool); i++) {
        struct slice type = scan_member(tool, "type");
        if (scan_is(type, "function"))
            check_function(r, scan_member(tool, "function"), i);
        else if (!scan_is(type, "custom"))
            rules_refuse(
                r, "tools",
                "Invalid value: '%.*s'. Supported values are: 'function' and 'custom'.",
                RAW(type));
    }
    if (tools.n && !rules_is_null(tools) && !i)
        rules_refuse(
            r, "tools",
            "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.");
    if (!i && !rules_is_null(choice) && !scan_is(choice, "none"))
        rules_refuse(
            r, "tool_choice",
            "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.");
    if (!i && !rules_is_null(scan_member(body, "parallel_tool_calls")))
        rules_refuse(
            r, "parallel_tool_calls",
            "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.");
    if (named.n && !rules_has_name(tools, named))
        rules_refuse(r, "tool_choice",
                     "Invalid value for 'tool_choice': tool '%.*s' not found in 'tools'.",
                     RAW(named));
}

static void check_format(struct rules *r, struct slice body)
{
    struct slice format = scan_member(body, "response_format"),
                 schema = scan_member(format, "json_schema");

    if (scan_is(scan_member(format, "type"), "json_schema")) {
        if (!rules_is_name(scan_member(schema, "name"), 64, "_-"))
            rules_refuse(r, "response_format.json_schema.name",
                         "Missing required parameter: 'response_format.json_schema.name'.");
        if (slice_is(scan_member(schema, "strict"), "true") &&
            !slice_is(scan_member(scan_member(schema, "schema"), "additionalProperties"),
                      "false"))
            rules_refuse(
                r, "response_format",
                "Invalid schema for response_format '%.*s': In context=(), 'additionalProperties' is required to be supplied and to be false.",
                RAW(scan_member(schema, "name")));
    }
    if (scan_is(scan_member(format, "type"), "json_object") &&
        !slice_has(scan_member(body, "messages"), slice_of("JSON")) &&
        !slice_has(scan_member(body, "messages"), slice_of("json")))
        rules_refuse(
            r, "messages",
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.");
}

static void check_numbers(struct rules *r, struct slice body)
{
    struct slice stop = scan_member(body, "stop");

    if (!rules_number_in(scan_member(body, "temperature"), 0, 2))
        rules_refuse(r, "temperature",
                     "Invalid 'temperature': expected a value between 0 and 2.");
    if (!rules_number_in(scan_member(body, "top_p"), 0, 1))
        rules_refuse(r, "top_p", "Invalid 'top_p': expected a value between 0 and 1.");
    if (!rules_number_in(scan_member(body, "n"), 1, 128))
        rules_refuse(r, "n", "Invalid 'n': integer out of range.");
    if (!rules_number_in(scan_member(body, "max_completion_tokens"), 1, 1e9) ||
        !rules_number_in(scan_member(body, "max_tokens"), 1, 1e9))
        rules_refuse(
            r, "max_tokens",
            "Invalid 'max_tokens': integer below minimum value. Expected a value >= 1.");
    if (!scan_is_string(stop) && rules_count(stop) > 4)
        rules_refuse(
            r, "stop",
            "Invalid 'stop': array too long. Expected an array with maximum length 4.");
    if (!rules_is_null(scan_member(body, "top_logprobs")) &&
        !slice_is(scan_member(body, "logprobs"), "true"))
        rules_refuse(r, "top_logprobs",
                     "'logprobs' must be set to true if 'top_logprobs' is used.");
    if (!rules_is_null(scan_member(body, "stream_options")) &&
        !slice_is(scan_member(body, "stream"), "true"))
        rules_refuse(
            r, "stream_options",
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
    if (scan_is_string(scan_member(body, "safety_identifier")) &&
        scan_member(body, "safety_identifier").n > 66)
        rules_refuse(
            r, "safety_identifier",
            "Invalid 'safety_identifier': string too long. Expected a string with maximum length 64.");
}

void rules_chat(struct rules *r)
{
    struct slice body = r->ask->body, bad = rules_unknown(body, members), m;
    struct scan walk = scan_open(scan_member(body, "messages"));
    struct talk t = { .r = r };

    if (bad.n)
        rules_refuse(r, "", "Unrecognized request argument supplied: %.*s", RAW(bad));
    check_numbers(r, body);
    check_format(r, body);
    check_tools(r, body);
    for (; scan_next(&walk, NULL, &m); t.message++)
        check_message(&t, m);
    end_calls(&t);
    if (!t.message)
        rules_refuse(
            r, "messages",
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.");
}
