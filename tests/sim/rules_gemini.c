/* SPDX-License-Identifier: MIT */
/*
 * rules_gemini - what generateContent refuses.
 *
 * JSON here is that of Protocol Buffers: an unknown member is an error at any depth, and names may
 * be spelled with underscores. A turn that answers calls must answer all of them, and the models of
 * the third generation want their signature back on the first call of each step.
 * source: Gemini API reference, function calling and thought signatures, read 2026-08; messages as
 * they were seen in answers.
 */
#include "rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char request_members[] =
    " model contents systemInstruction system_instruction tools toolConfig tool_config"
    " safetySettings safety_settings cachedContent cached_content serviceTier generationConfig"
    " generation_config labels generateContentRequest store";
static const char config_members[] =
    " temperature topP topK candidateCount maxOutputTokens stopSequences seed presencePenalty"
    " frequencyPenalty responseLogprobs logprobs responseMimeType responseSchema"
    " responseJsonSchema responseFormat responseModalities mediaResolution speechConfig"
    " imageConfig thinkingConfig audioTimestamp enableEnhancedCivicAnswers top_p top_k"
    " candidate_count max_output_tokens stop_sequences response_mime_type response_schema"
    " response_json_schema thinking_config presence_penalty frequency_penalty";
static const char part_members[] =
    " text inlineData inline_data fileData file_data functionCall function_call functionResponse"
    " function_response executableCode codeExecutionResult toolCall toolResponse thought"
    " thoughtSignature thought_signature videoMetadata mediaResolution partMetadata";
static const char payloads[] =
    " text inlineData inline_data fileData file_data functionCall function_call functionResponse"
    " function_response executableCode codeExecutionResult toolCall toolResponse";

enum turn { TURN_NONE, TURN_USER, TURN_RESULTS, TURN_MODEL, TURN_CALLS };

struct talk {
    struct rules *r;
    enum turn turn;
    size_t calls_n, content, current; /* current: the content with the last user text */
};

static struct slice either(struct slice object, const char *camel, const char *snake)
{
    struct slice v = scan_member(object, camel);

    return v.n ? v : scan_member(object, snake);
}

static bool refuse_unknown(struct rules *r, struct slice object, const char *names,
                           const char *at)
{
    struct slice bad = rules_unknown(object, names);

    return !bad.n ||
           rules_refuse(
               r, at,
               "Invalid JSON payload received. Unknown name \"%.*s\"%s%s%s: Cannot find field.",
               RAW(bad), *at ? " at '" : "", at, *at ? "'" : "");
}

/* Ours are plain base64; other makers' begin as theirs do, and what a gateway wrapped has dots. */
static bool is_own_signature(struct slice raw)
{
    if (scan_is(raw, "skip_thought_signature_validator") ||
        scan_is(raw, "context_engineering_is_the_way_to_go"))
        return true;
    for (size_t i = 1; i + 1 < raw.n; i++)
        if (!isalnum((unsigned char)raw.at[i]) && !strchr("+/=-_\\", raw.at[i]))
            return false;
    return raw.n > 4 && strncmp(raw.at + 1, "gAAAA", 5) != 0 &&
           strncmp(raw.at + 1, "EqQB", 4) != 0;
}

static void check_part(struct talk *t, struct slice part, const char *at)
{
    struct scan walk = scan_open(part);
    struct slice name, value, sign = either(part, "thoughtSignature", "thought_signature");
    struct slice blob = either(part, "inlineData", "inline_data");
    struct slice call = either(part, "functionCall", "function_call");
    struct slice result = either(part, "functionResponse", "function_response");
    int payloads_n = 0;

    refuse_unknown(t->r, part, part_members, at);
    while (scan_next(&walk, &name, &value)) {
        char word[40];
        snprintf(word, sizeof word, " %.*s ", RAW(name));
        payloads_n += strstr(payloads, word) != NULL || scan_is(name, "toolResponse");
    }
    if (payloads_n != 1)
        rules_refuse(t->r, at,
                     payloads_n
                         ? "Invalid value at '%s': oneof field 'data' is already set."
                         : "%s: required oneof field 'data' must have one initialized field",
                     at);
    if (sign.n && !is_own_signature(sign))
        rules_refuse(t->r, at, "Thought signature is not valid.");
    if (blob.n)
        refuse_unknown(t->r, blob, " mimeType mime_type data", at);
    if (call.n)
        refuse_unknown(t->r, call, " id name args", at);
    if (call.n && scan_member(call, "args").n && scan_member(call, "args").at[0] != '{')
        rules_refuse(
            t->r, at,
            "Invalid value at '%s.function_call.args' (type.googleapis.com/google.protobuf.Struct)",
            at);
    if (!result.n)
        return;
    refuse_unknown(t->r, result, " id name response parts willContinue scheduling", at);
    if (!scan_member(result, "name").n || scan_member(result, "name").n < 3)
        rules_refuse(t->r, at, "%s.function_response.name: Name cannot be empty.", at);
    if (scan_member(result, "response").n && scan_member(result, "response").at[0] != '{')
        rules_refuse(
            t->r, at,
            "Invalid value at '%s.function_response.response' (type.googleapis.com/google.protobuf.Struct)",
            at);
}

static void after_calls(struct talk *t, size_t results)
{
    if (t->turn == TURN_CALLS && results != t->calls_n)
        rules_refuse(
            t->r, "contents",
            "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.");
    if (t->turn != TURN_CALLS && results && t->turn != TURN_RESULTS)
        rules_refuse(
            t->r, "contents",
            "Please ensure that function response turn comes immediately after a function call turn.");
}

static void check_signature(struct talk *t, struct slice first_call)
{
    struct slice sign = either(first_call, "thoughtSignature", "thought_signature");
    struct slice name =
        scan_member(either(first_call, "functionCall", "function_call"), "name");

    if (slice_has(t->r->ask->model, slice_of("gemini-3")) && t->content >= t->current &&
        !sign.n)
        rules_refuse(
            t->r, "contents",
            "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly. Function call `default_api:%.*s`, position %zu.",
            RAW(name), t->content + 1);
}

static void end_model(struct talk *t, size_t calls, struct slice first_call)
{
    if (calls && t->turn != TURN_USER && t->turn != TURN_RESULTS &&
        !(t->turn == TURN_MODEL && t->content))
        rules_refuse(
            t->r, "contents",
            "Please ensure that function call turn comes immediately after a user turn or after a function response turn.");
    if (t->turn == TURN_CALLS)
        after_calls(t, 0);
    if (calls)
        check_signature(t, first_call);
    t->calls_n = calls;
    t->turn = calls ? TURN_CALLS : TURN_MODEL;
}

static void check_content(struct talk *t, struct slice content)
{
    struct slice role = scan_member(content, "role"), parts = scan_member(content, "parts"),
                 part, first_call = { 0 };
    struct scan walk = scan_open(parts);
    size_t calls = 0, results = 0, others = 0, i = 0;
    char at[48];

    for (; scan_next(&walk, NULL, &part); i++) {
        snprintf(at, sizeof at, "contents[%zu].parts[%zu]", t->content, i);
        check_part(t, part, at);
        if (either(part, "functionCall", "function_call").n) {
            first_call = calls++ ? first_call : part;
        } else if (either(part, "functionResponse", "function_response").n) {
            results++;
            if (others)
                rules_refuse(
                    t->r, at,
                    "Please ensure that function response parts come before other parts of their turn.");
        } else {
            others++;
        }
    }
    if (!i)
        rules_refuse(
            t->r, "contents",
            "* GenerateContentRequest.contents[%zu].parts: contents.parts must not be empty.",
            t->content);
    refuse_unknown(t->r, content, " role parts", "contents");
    if (scan_is(role, "model")) {
        end_model(t, calls, first_call);
    } else if (!role.n || scan_is(role, "user") || scan_is(role, "function") ||
               scan_is(role, "tool")) {
        after_calls(t, results);
        t->turn = results ? TURN_RESULTS : TURN_USER;
    } else {
        rules_refuse(t->r, "contents", "Please use a valid role: user, model.");
    }
    t->content++;
}

/* Where the current turn begins: the last content of the user that is not results only. */
static size_t find_current(struct slice contents)
{
    struct scan walk = scan_open(contents);
    struct slice content, part;
    size_t current = 0;

    for (size_t i = 0; scan_next(&walk, NULL, &content); i++) {
        struct scan parts = scan_open(scan_member(content, "parts"));
        if (scan_is(scan_member(content, "role"), "model"))
            continue;
        while (scan_next(&parts, NULL, &part))
            if (scan_member(part, "text").n)
                current = i;
    }
    return current;
}

static void check_declarations(struct rules *r, struct slice list)
{
    static const char names[] = " name description parameters parametersJsonSchema"
                                " parameters_json_schema response responseJsonSchema behavior";
    struct scan walk = scan_open(list);
    struct slice f;

    for (size_t i = 0; scan_next(&walk, NULL, &f); i++) {
        char at[72];
        struct slice name = scan_member(f, "name");
        snprintf(at, sizeof at, "tools[0].function_declarations[%zu]", i);
        refuse_unknown(r, f, names, at);
        if (!rules_is_name(name, 64, "_.:-") || isdigit((unsigned char)name.at[1]) ||
            strchr(".:-", name.at[1]))
            rules_refuse(
                r, at,
                "* GenerateContentRequest.%s.name: Invalid function name. Must start with a letter or an underscore.",
                at);
        if (scan_member(f, "parameters").n && scan_member(f, "parametersJsonSchema").n)
            rules_refuse(
                r, at, "%s: parameters and parameters_json_schema are mutually exclusive.", at);
        snprintf(at, sizeof at, "tools[0].function_declarations[%zu].parameters", i);
        if (scan_member(f, "parameters").n)
            rules_gemini_schema(r, scan_member(f, "parameters"), at);
    }
}

static void check_tools(struct rules *r, struct slice body)
{
    static const char kinds[] =
        " functionDeclarations function_declarations googleSearch google_search"
        " googleSearchRetrieval urlContext url_context codeExecution code_execution computerUse"
        " fileSearch googleMaps";
    struct slice tools = scan_member(body, "tools"), tool,
                 config = either(body, "toolConfig", "tool_config");
    struct slice calling = either(config, "functionCallingConfig", "function_calling_config");
    struct slice mode = scan_member(calling, "mode"),
                 allowed = either(calling, "allowedFunctionNames", "allowed_function_names"),
                 name;
    struct scan walk = scan_open(tools), names = scan_open(allowed);
    bool has_functions = false, has_hosted = false;

    while (scan_next(&walk, NULL, &tool)) {
        struct slice list = either(tool, "functionDeclarations", "function_declarations");
        refuse_unknown(r, tool, kinds, "tools[0]");
        check_declarations(r, list);
        has_functions |= list.n > 0;
        has_hosted |= list.n == 0;
    }
    if (has_functions && has_hosted && !slice_has(r->ask->model, slice_of("gemini-3")))
        rules_refuse(r, "tools", "Tool use with function calling is unsupported");
    if (!has_functions && (scan_is(mode, "ANY") || scan_is(mode, "VALIDATED")))
        rules_refuse(r, "tool_config",
                     "Function calling config is set without function_declarations.");
    if (allowed.n && !scan_is(mode, "ANY") && !scan_is(mode, "VALIDATED"))
        rules_refuse(r, "tool_config",
                     "allowed_function_names can only be set when mode is ANY or VALIDATED.");
    while (scan_next(&names, NULL, &name))
        if (!rules_has_name(tools, name))
            rules_refuse(r, "tool_config",
                         "allowed_function_names contains %.*s, which is not declared.",
                         RAW(name));
}

static void check_config(struct rules *r, struct slice body)
{
    struct slice c = either(body, "generationConfig", "generation_config"),
                 thinking = either(c, "thinkingConfig", "thinking_config");
    struct slice mime = either(c, "responseMimeType", "response_mime_type");
    struct slice schema = either(c, "responseSchema", "response_schema"),
                 json = either(c, "responseJsonSchema", "response_json_schema");
    bool is_json = scan_is(mime, "application/json");

    refuse_unknown(r, c, config_members, "generation_config");
    refuse_unknown(
        r, thinking,
        " includeThoughts include_thoughts thinkingBudget thinking_budget thinkingLevel thinking_level",
        "generation_config.thinking_config");
    if ((schema.n || json.n) && !is_json && !scan_is(mime, "text/x.enum"))
        rules_refuse(
            r, "generation_config",
            "Function calling with a response schema needs response_mime_type application/json or text/x.enum.");
    if (schema.n)
        rules_gemini_schema(r, schema, "generation_config.response_schema");
    if (either(thinking, "thinkingBudget", "thinking_budget").n &&
        either(thinking, "thinkingLevel", "thinking_level").n)
        rules_refuse(r, "generation_config",
                     "You can only set only one of thinking budget and thinking level.");
    if (!rules_number_in(scan_member(c, "temperature"), 0, 2))
        rules_refuse(
            r, "generation_config",
            "* GenerateContentRequest.generation_config.temperature: temperature must be in the range [0.0, 2.0].");
    if (!rules_number_in(scan_member(c, "candidateCount"), 1, 8))
        rules_refuse(
            r, "generation_config",
            "* GenerateContentRequest.generation_config.candidate_count: must be in the range [1, 8].");
    if (!rules_number_in(scan_member(c, "seed"), -2147483648.0, 2147483647.0))
        rules_refuse(r, "generation_config",
                     "Invalid value at 'generation_config.seed' (TYPE_INT32).");
    if (rules_count(scan_member(c, "stopSequences")) > 5)
        rules_refuse(r, "generation_config",
                     "* GenerateContentRequest.generation_config.stop_sequences: at most 5.");
    if (is_json && slice_has(scan_member(body, "tools"), slice_of("unctionDeclarations")) &&
        slice_has(r->ask->model, slice_of("gemini-2")))
        rules_refuse(
            r, "generation_config",
            "Function calling with a response mime type: 'application/json' is unsupported");
}

void rules_gemini(struct rules *r)
{
    struct slice body = r->ask->body, inner = scan_member(body, "generateContentRequest"),
                 content, system;
    struct scan walk;
    struct talk t = { .r = r };

    refuse_unknown(r, body, request_members, "");
    if (inner.n && r->ask->op != OP_COUNT)
        refuse_unknown(r, body, " contents", "");
    body = inner.n ? inner : body;
    system = either(body, "systemInstruction", "system_instruction");
    if (r->ask->op == OP_COUNT && !inner.n)
        refuse_unknown(r, body, " contents model", "");
    refuse_unknown(r, body, request_members, "");
    check_config(r, body);
    check_tools(r, body);
    if (system.n && !rules_count(scan_member(system, "parts")))
        rules_refuse(r, "system_instruction",
                     "* GenerateContentRequest.system_instruction.parts: must not be empty.");
    t.current = find_current(scan_member(body, "contents"));
    walk = scan_open(scan_member(body, "contents"));
    while (scan_next(&walk, NULL, &content))
        check_content(&t, content);
    if (!t.content)
        rules_refuse(r, "contents",
                     "* GenerateContentRequest.contents: contents is not specified");
}
