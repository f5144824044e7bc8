/* SPDX-License-Identifier: MIT */
/*
 * rules_responses - what the Responses API refuses.
 *
 * source: OpenAI API reference, responses, read 2026-08; messages as they were seen in answers.
 * Items of a conversation that is kept here (previous_response_id) count as said before.
 */
#include "rules.h"
#include "store.h"

#include <stdio.h>
#include <string.h>

static const char members[] =
    " model input instructions previous_response_id conversation store stream stream_options"
    " background max_output_tokens max_tool_calls temperature top_p top_logprobs reasoning text"
    " tools tool_choice parallel_tool_calls include truncation context_management metadata user"
    " safety_identifier prompt_cache_key prompt_cache_options prompt_cache_retention moderation"
    " service_tier prompt client_metadata";

struct talk {
    struct rules *r;
    struct waiting calls;
    struct slice reasoning; /* the id of an item that waits for what it led to */
    bool is_old;            /* what is read was kept here, and was good then */
    size_t item;
};

static void bad_value(struct talk *t, struct slice v, const char *good)
{
    rules_refuse(t->r, "input", "Invalid value: '%.*s'. Supported values are:%s.", RAW(v),
                 good);
}

static bool is_word(struct slice raw, const char *words)
{
    char word[48];

    snprintf(word, sizeof word, " %.*s", RAW(raw));
    const char *hit = strstr(words, word);
    return hit && (!hit[strlen(word)] || hit[strlen(word)] == ' ');
}

static void check_parts(struct talk *t, struct slice list, const char *types)
{
    struct scan walk = scan_open(list);
    struct slice part;

    if (scan_is_string(list))
        return;
    while (scan_next(&walk, NULL, &part)) {
        struct slice type = scan_member(part, "type"), url = scan_member(part, "image_url");
        if (!is_word(type, types))
            bad_value(t, type, types);
        if (scan_is(type, "input_image") && !rules_is_null(url) && !scan_is_string(url))
            rules_refuse(
                t->r, "input",
                "Invalid type for 'input[%zu].content[].image_url': expected an image URL, but got an object instead.",
                t->item);
    }
}

static void check_message(struct talk *t, struct slice item)
{
    struct slice role = scan_member(item, "role"), content = scan_member(item, "content");

    if (rules_is_null(content))
        rules_refuse(t->r, "input", "Missing required parameter: 'input[%zu].content'.",
                     t->item);
    if (scan_is(role, "assistant"))
        check_parts(t, content, " output_text refusal");
    else if (is_word(role, " user system developer"))
        check_parts(t, content, " input_text input_image input_file input_audio");
    else
        bad_value(t, role, " 'assistant', 'system', 'developer', and 'user'");
}

static void check_id(struct talk *t, struct slice item, const char *prefix)
{
    struct slice id = scan_member(item, "id");

    if (!rules_is_null(id) && strncmp(id.at + 1, prefix, strlen(prefix)) != 0)
        rules_refuse(t->r, "input",
                     "Invalid 'input[%zu].id': '%.*s'. Expected an ID that begins with '%s'.",
                     t->item, RAW(id), prefix);
}

static void check_call(struct talk *t, struct slice item, bool is_custom)
{
    struct slice id = scan_member(item, "call_id");

    check_id(t, item, is_custom ? "ctc" : "fc");
    if (!scan_is_string(id) || id.n < 3 || id.n > 66)
        rules_refuse(t->r, "input",
                     "Invalid 'input[%zu].call_id': expected a string with 1 to 64 characters.",
                     t->item);
    if (!rules_is_name(scan_member(item, "name"), 64, "_-"))
        rules_refuse(
            t->r, "input",
            "Invalid 'input[%zu].name': string does not match pattern '^[a-zA-Z0-9_-]+$'.",
            t->item);
    if (!scan_is_string(scan_member(item, is_custom ? "input" : "arguments")))
        rules_refuse(t->r, "input", "Missing required parameter: 'input[%zu].%s'.", t->item,
                     is_custom ? "input" : "arguments");
    if (waiting_has(&t->calls, id) && !t->is_old)
        rules_refuse(t->r, "input", "Duplicate item found with call_id %.*s.", RAW(id));
    waiting_add(&t->calls, id);
}

static void check_output(struct talk *t, struct slice item)
{
    struct slice id = scan_member(item, "call_id"), output = scan_member(item, "output");

    if (!waiting_answer(&t->calls, id))
        rules_refuse(t->r, "input",
                     "No tool call found for function call output with call_id %.*s.", RAW(id));
    if (rules_is_null(output))
        rules_refuse(t->r, "input", "Missing required parameter: 'input[%zu].output'.",
                     t->item);
    check_parts(t, output, " input_text input_image input_file");
}

static void check_sealed(struct talk *t, struct slice item)
{
    struct slice sealed = scan_member(item, "encrypted_content");

    if (rules_is_null(sealed) || strncmp(sealed.at + 1, "gAAAA", 5) == 0)
        return;
    t->r->code = "invalid_encrypted_content";
    rules_refuse(t->r, "", "The encrypted content %.*s... could not be verified.", 8,
                 sealed.at + 1);
}

static void check_reasoning(struct talk *t, struct slice item)
{
    check_id(t, item, "rs");
    check_sealed(t, item);
    if (!scan_member(item, "summary").n)
        rules_refuse(t->r, "input", "Missing required parameter: 'input[%zu].summary'.",
                     t->item);
    t->reasoning = item;
}

static void check_other(struct talk *t, struct slice item, struct slice type)
{
    static const char types[] =
        " web_search_call file_search_call code_interpreter_call image_generation_call"
        " computer_call computer_call_output local_shell_call local_shell_call_output shell_call"
        " shell_call_output apply_patch_call apply_patch_call_output mcp_list_tools mcp_call"
        " mcp_approval_request mcp_approval_response tool_search_call tool_search_output program"
        " program_output additional_tools compaction compaction_summary compaction_trigger"
        " item_reference";

    if (is_word(type, " compaction compaction_summary"))
        check_sealed(t, item);
    else if (scan_is(type, "item_reference") || (!type.n && scan_member(item, "id").n)) {
        if (!store_has_item(scan_member(item, "id")))
            rules_refuse(t->r, "input", "Item with id '%.*s' not found.",
                         RAW(scan_member(item, "id")));
    } else if (!is_word(type, types))
        bad_value(t, type, types);
}

static void check_item(struct talk *t, struct slice item)
{
    struct slice type = scan_member(item, "type");
    bool is_message = scan_is(type, "message") || (!type.n && scan_member(item, "role").n);
    bool is_own = scan_is(type, "function_call") || scan_is(type, "custom_tool_call") ||
                  scan_is(scan_member(item, "role"), "assistant") || scan_is(type, "reasoning");

    if (t->reasoning.n && !is_own &&
        !is_word(
            type,
            " web_search_call code_interpreter_call file_search_call image_generation_call mcp_call"))
        rules_refuse(
            t->r, "input",
            "Item '%.*s' of type 'reasoning' was provided without its required following item.",
            RAW(scan_member(t->reasoning, "id")));
    t->reasoning = (struct slice){ 0 };
    if (is_message)
        check_message(t, item);
    else if (scan_is(type, "function_call"))
        check_call(t, item, false);
    else if (scan_is(type, "custom_tool_call"))
        check_call(t, item, true);
    else if (is_word(type, " function_call_output custom_tool_call_output"))
        check_output(t, item);
    else if (scan_is(type, "reasoning"))
        check_reasoning(t, item);
    else
        check_other(t, item, type);
    t->item++;
}

static void check_items(struct talk *t, struct slice list)
{
    struct scan walk = scan_open(list);
    struct slice item;

    while (scan_next(&walk, NULL, &item))
        check_item(t, item);
}

static void check_tools(struct rules *r, struct slice tools)
{
    struct scan walk = scan_open(tools);
    struct slice tool;

    for (size_t i = 0; scan_next(&walk, NULL, &tool); i++) {
        struct slice type = scan_member(tool, "type"), schema = scan_member(tool, "parameters");
        if (is_word(type, " function custom") &&
            !rules_is_name(scan_member(tool, "name"), 64, "_-"))
            rules_refuse(r, "tools", "Missing required parameter: 'tools[%zu].name'.", i);
        if (scan_is(type, "namespace"))
            check_tools(r, scan_member(tool, "tools"));
        if (!scan_is(type, "function"))
            continue;
        if (!rules_is_null(schema) && (!scan_is(scan_member(schema, "type"), "object") ||
                                       !scan_member(schema, "properties").n))
            rules_refuse(
                r, "tools",
                "Invalid schema for function '%.*s': In context=(), object schema missing properties.",
                RAW(scan_member(tool, "name")));
        if (!slice_is(scan_member(tool, "strict"), "false") && !rules_is_null(schema) &&
            !slice_is(scan_member(schema, "additionalProperties"), "false"))
            rules_refuse(
                r, "tools",
                "Invalid schema for function '%.*s': In context=(), 'additionalProperties' is required to be supplied and to be false.",
                RAW(scan_member(tool, "name")));
    }
}

static void check_members(struct rules *r, struct slice body)
{
    struct slice bad = rules_unknown(body, members),
                 format = scan_member(scan_member(body, "text"), "format");
    struct slice choice = scan_member(body, "tool_choice"), named = scan_member(choice, "name");

    if (bad.n) {
        r->code = "unknown_parameter";
        rules_refuse(r, "", "Unknown parameter: '%.*s'.", RAW(bad));
    }
    if (!rules_number_in(scan_member(body, "max_output_tokens"), 16, 1e9)) {
        r->code = r->is_refused ? r->code : "integer_below_min_value";
        rules_refuse(
            r, "max_output_tokens",
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16.");
    }
    if (!rules_number_in(scan_member(body, "temperature"), 0, 2))
        rules_refuse(r, "temperature",
                     "Invalid 'temperature': expected a value between 0 and 2.");
    if (!rules_number_in(scan_member(body, "top_p"), 0, 1))
        rules_refuse(r, "top_p", "Invalid 'top_p': expected a value between 0 and 1.");
    if (scan_is(scan_member(format, "type"), "json_schema") &&
        !rules_is_name(scan_member(format, "name"), 64, "_-"))
        rules_refuse(r, "text.format.name", "Missing required parameter: 'text.format.name'.");
    check_tools(r, scan_member(body, "tools"));
    if (scan_is(scan_member(choice, "type"), "function") &&
        !rules_has_name(scan_member(body, "tools"), named) &&
        !slice_has(scan_member(body, "input"), slice_of("additional_tools")))
        rules_refuse(r, "tool_choice",
                     "Tool choice 'function' not found in 'tools' parameter.");
}

static void check_chain(struct talk *t, struct slice previous, struct text *chain)
{
    if (rules_is_null(previous))
        return;
    text_str(chain, "[");
    if (!store_find((struct slice){ previous.at + 1, previous.n - 2 }, NULL, chain)) {
        t->r->code = "previous_response_not_found";
        rules_refuse(t->r, "previous_response_id",
                     "Previous response with id '%.*s' not found.", RAW(previous));
    }
    text_str(chain, "]");
    t->is_old = true;
    check_items(t, (struct slice){ chain->at, chain->n });
    t->is_old = false;
    t->item = 0;
}

void rules_responses(struct rules *r)
{
    struct slice body = r->ask->body, input = scan_member(body, "input"), id;
    struct talk t = { .r = r };
    struct text chain = { 0 };

    check_members(r, body);
    check_chain(&t, scan_member(body, "previous_response_id"), &chain);
    if (rules_is_null(input) && rules_is_null(scan_member(body, "prompt")) &&
        r->ask->op == OP_GENERATE)
        rules_refuse(r, "input", "Missing required parameter: 'input'.");
    check_items(&t, input);
    if (t.reasoning.n)
        rules_refuse(
            r, "input",
            "Item '%.*s' of type 'reasoning' was provided without its required following item.",
            RAW(scan_member(t.reasoning, "id")));
    id = waiting_first(&t.calls);
    if (id.n && r->ask->op == OP_GENERATE)
        rules_refuse(r, "input", "No tool output found for function call %.*s.", RAW(id));
    text_free(&chain);
}
