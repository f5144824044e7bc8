/* SPDX-License-Identifier: MIT */
/*
 * test_gemini_answers - what of Gemini's answers depends on who asked, and hooks that no golden file drives: verdicts,
 * amended usage, errors by framing.
 */
#include "plugin/drive.h"

#include "base/str.h"
#include "ir/dump.h"
#include "plugin/guard.h"
#include "plugin/loader.h"
#include "plugin/verdict.h"

#include "../test.h"

extern const struct cp_plugin cp_static_gemini;

static struct registry *registry;
static struct drive d;
static struct buf out;

static void begin(const char *client)
{
    struct err err = { 0 };
    registry = registry_new();
    CHECK_EQ(registry_add(registry, &cp_static_gemini, "static", &err), 0);
    CHECK_EQ(drive_open(&d, registry_at(registry, 0), NULL, 0, &err), 0);
    d.hc.call.model = d.hc.call.client_model = STR("gemini-x");
    d.hc.call.client_dialect = str_of(client);
    buf_init(&out, 1 << 20);
}

static void end(void)
{
    buf_fini(&out);
    drive_close(&d);
    registry_free(registry);
}

static void dumps(const struct cp_tape *tape, const char *wanted)
{
    buf_clear(&out);
    dump_write(&out, tape);
    CHECK_STR(buf_str(&out), wanted);
}

static void says(const struct cp_tape *tape, uint32_t kind, uint32_t sub, const char *text)
{
    const struct cp_item *it = tape_find(tape, kind);
    if (!CHECK(it != NULL))
        return;
    CHECK_EQ(it->sub, sub);
    CHECK_STR(it->text, text);
}

#define CHUNK(parts)                                                                           \
    "data: {\"candidates\":[{\"content\":{\"parts\":[" parts                                   \
    "]}}],\"responseId\":\"r\"}\r\n\r\n"
#define LAST(parts, reason)                                                                    \
    "data: {\"candidates\":[{\"content\":{\"parts\":[" parts "]},\"finishReason\":\"" reason   \
    "\"}],\"responseId\":\"r\"}\r\n\r\n"

/* ---- who asked --------------------------------------------------------------------------------- */

TEST(a_late_signature_is_only_for_clients_that_can_place_it)
{
    static const char stream[] =
        CHUNK("{\"text\":\"Hi\"}") LAST("{\"text\":\"\",\"thoughtSignature\":\"Ci\"}", "STOP");
    struct cp_tape tape;
    begin("claude");
    CHECK_EQ(drive_rx(&d, str_of(stream), 0, &tape), 0);
    dumps(&tape, "START id=r\nMESSAGE + sub=assistant\nTEXT + \"Hi\"\nTEXT - \"\"\n"
                 "MESSAGE - sub=assistant\nSTOP sub=turn name=STOP\nEND\n");
    end();
    begin("gemini");
    CHECK_EQ(drive_rx(&d, str_of(stream), 0, &tape), 0);
    CHECK(tape_find(&tape, CP_STATE) != NULL);
    end();
}

TEST(a_signature_that_comes_in_time_goes_ahead_of_its_text)
{
    struct cp_tape tape;
    begin("claude");
    CHECK_EQ(drive_rx(&d,
                      STR(CHUNK("{\"text\":\"Hi\",\"thoughtSignature\":\"Ci\"}")
                              LAST("{\"text\":\" you\",\"thoughtSignature\":\"Cj\"}", "STOP")),
                      0, &tape),
             0);
    dumps(&tape, "START id=r\nMESSAGE + sub=assistant\nTEXT + \"\"\n"
                 "STATE name=thought_signature id=gemini \"Ci\"\nTEXT \"Hi\"\nTEXT \" you\"\n"
                 "TEXT - \"\"\nMESSAGE - sub=assistant\nSTOP sub=turn name=STOP\nEND\n");
    end();
}

TEST(a_signature_of_code_stays_at_home)
{
    static const char body[] =
        "{\"candidates\":[{\"content\":{\"parts\":[{\"executableCode\":{\"code\":\"1\"},"
        "\"thoughtSignature\":\"Ci\"}]},\"finishReason\":\"STOP\"}]}";
    struct cp_tape tape;
    begin("chat");
    CHECK_EQ(drive_decode(&d, CP_RESPONSE, str_of(body), &tape), 0);
    CHECK(tape_find(&tape, CP_STATE) == NULL);
    CHECK(tape_find(&tape, CP_SERVER_CALL) != NULL);
    end();
}

TEST(a_malformed_call_and_nothing_else_is_a_failure_to_others)
{
    static const char stream[] = LAST("", "MALFORMED_FUNCTION_CALL");
    struct cp_tape tape;
    begin("claude");
    CHECK_EQ(drive_rx(&d, str_of(stream), 0, &tape), 0);
    says(&tape, CP_ERROR, CP_SERVER, "the model made a malformed tool call");
    end();
    begin("gemini");
    CHECK_EQ(drive_rx(&d, str_of(stream), 0, &tape), 0);
    CHECK(tape_find(&tape, CP_ERROR) == NULL);
    says(&tape, CP_STOP, CP_STOP_MALFORMED, NULL);
    end();
}

TEST(loose_json_says_why_there_is_no_more)
{
    static const char *const streams[] = {
        CHUNK("{\"text\":\"Hi\"}") "{\"message\":\"no more\"}\n",
        CHUNK("{\"text\":\"Hi\"}") "[{\"error\":{\"message\":\"no more\"}}]",
        CHUNK("{\"text\":\"Hi\"}") "event: error\ndata: no more\n\n",
    };
    struct cp_tape tape;
    for (size_t i = 0; i < sizeof(streams) / sizeof(*streams); i++) {
        begin("chat");
        CHECK_EQ(drive_rx(&d, str_of(streams[i]), 0, &tape), 0);
        says(&tape, CP_ERROR, CP_SERVER, "no more");
        end();
    }
}

TEST(a_tap_tells_the_end_in_its_frame)
{
    static const char stream[] = CHUNK(
        "{\"text\":\"Hi\"}") "data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\"}}]},"
                             "\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":3}}\r\n\r\n";
    struct cp_frame frame = { STR_NONE, STR_NONE };
    struct cp_tape tape;
    void *state;
    begin("gemini");
    d.hc.call.want = CP_WANT_USAGE;
    d.hc.call.stream = 1;
    tape_init(&tape, d.arena, CP_RESPONSE, CP_WANT_USAGE, STR_NONE);
    CHECK_EQ(guard_rx_open(d.adapter, d.instance, &d.hc, &state), 0);
    for (struct cp_str rest = str_of(stream), line; str_split(&rest, '\n', &line);) {
        frame.data = str_trim(str_from(line, line.n > 5 ? 5 : line.n));
        if (frame.data.n)
            CHECK_EQ(guard_rx_frame(d.adapter, state, &d.hc, &frame, &tape), 0);
    }
    dumps(&tape, "START id=r\nUSAGE sub=input num=3\nSTOP sub=tool name=STOP\n");
    CHECK_EQ(guard_rx_close(d.adapter, state, &d.hc, 0, &tape), 0);
    CHECK(tape_find(&tape, CP_END) != NULL);
    end();
}

/* ---- names and tools --------------------------------------------------------------------------- */

TEST(names_come_back_as_the_client_knows_them)
{
    static const char body[] =
        "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"_9lives\"}}]},"
        "\"finishReason\":\"STOP\"}]}";
    struct cp_tape tape;
    begin("claude");
    (void)names_rename(&d.hc.call, STR("9lives"), 64, CP_NAME_DOTS | CP_NAME_ALPHA_FIRST);
    CHECK_EQ(drive_decode(&d, CP_RESPONSE, str_of(body), &tape), 0);
    const struct cp_item *call = tape_find(&tape, CP_TOOL_CALL);
    CHECK(call != NULL);
    CHECK_STR(call->name, "9lives");
    CHECK_STR(call->text, "{}");
    CHECK_EQ(call->id.n, strlen("call_") + 24);
    end();
}

static void emit(struct cp_tape *tape, struct cp_item it)
{
    it.size = (uint32_t)sizeof(it);
    CHECK_EQ(tape_emit(tape, &it), 0);
}

/* The part that a call with these arguments becomes. */
static void writes_call(const char *arguments, uint32_t sub, const char *part)
{
    struct cp_tape tape;
    begin("gemini");
    tape_init(&tape, d.arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    emit(&tape, (struct cp_item){ .kind = CP_START });
    emit(&tape, (struct cp_item){ .kind = CP_MESSAGE, .flags = CP_OPEN, .sub = CP_ASSISTANT });
    emit(&tape, (struct cp_item){ .kind = CP_TOOL_CALL,
                                  .flags = CP_WHOLE,
                                  .sub = sub,
                                  .name = STR("f"),
                                  .id = STR("1"),
                                  .text = str_of(arguments) });
    emit(&tape, (struct cp_item){ .kind = CP_MESSAGE, .flags = CP_CLOSE, .sub = CP_ASSISTANT });
    emit(&tape, (struct cp_item){ .kind = CP_STOP, .sub = CP_STOP_TOOL });
    emit(&tape, (struct cp_item){ .kind = CP_END });
    CHECK_EQ(drive_encode(&d, CP_RESPONSE, &tape, &out, NULL), 0);
    CHECK(str_find(buf_str(&out), str_of(part)) > 0);
    if (str_find(buf_str(&out), str_of(part)) <= 0)
        printf("# %.*s\n", STR_FMT(buf_str(&out)));
    end();
}

TEST(arguments_are_an_object)
{
    writes_call("", CP_TOOL_FUNCTION, "\"args\":{}");
    writes_call(" \n", CP_TOOL_FUNCTION, "\"args\":{}");
    writes_call("{\"a\": 1e400}", CP_TOOL_FUNCTION, "\"args\":{\"a\":1e400}");
    writes_call("[1]", CP_TOOL_FUNCTION, "\"args\":{\"value\":[1]}");
    writes_call("{\"a\":", CP_TOOL_FUNCTION, "\"args\":{\"raw_arguments\":\"{\\\"a\\\":\"}");
    writes_call("a\nb", CP_TOOL_CUSTOM, "\"args\":{\"input\":\"a\\nb\"}");
}

/* ---- errors ------------------------------------------------------------------------------------ */

static void error_tx(uint32_t framing)
{
    struct cp_item error = { CP_ITEM(ERROR), .sub = CP_OVERLOADED, .text = STR("busy") };
    struct cp_tape tape;
    begin("gemini");
    d.hc.call.framing = framing;
    tape_init(&tape, d.arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    emit(&tape, (struct cp_item){ .kind = CP_START, .name = STR("m"), .id = STR("i") });
    emit(&tape, (struct cp_item){ .kind = CP_MESSAGE, .flags = CP_OPEN, .sub = CP_ASSISTANT });
    emit(&tape, (struct cp_item){ .kind = CP_TEXT, .flags = CP_OPEN, .text = STR("a") });
    emit(&tape, error);
    CHECK_EQ(drive_tx(&d, &tape, &out), 0);
}

#define FIRST                                                                                  \
    "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"a\"}]},"   \
    "\"index\":0}],\"modelVersion\":\"m\",\"responseId\":\"i\"}"
#define ERROR "{\"error\":{\"code\":503,\"message\":\"busy\",\"status\":\"UNAVAILABLE\"}}"

TEST(an_error_in_a_stream_is_bare)
{
    error_tx(CP_SSE_CRLF);
    CHECK_STR(buf_str(&out), FIRST "\r\n\r\n" ERROR);
    end();
}

TEST(an_error_in_an_array_is_an_element)
{
    error_tx(CP_ARRAY);
    CHECK(str_find(buf_str(&out), STR("\n" ERROR)) > 0);
    CHECK(str_find(buf_str(&out), STR("data:")) < 0);
    end();
}

static struct cp_str retry_after(void *ctx, int phase, const char *name)
{
    return phase == CP_RESPONSE && strcmp(name, "retry-after") == 0 ? str_of(ctx) : STR_NONE;
}

TEST(a_wait_is_in_the_body)
{
    struct cp_tape tape;
    char seconds[] = "12";
    begin("gemini");
    d.hc.header = retry_after;
    d.hc.header_ctx = seconds;
    tape_init(&tape, d.arena, CP_FAILURE, CP_WANT_ALL, STR_NONE);
    emit(&tape,
         (struct cp_item){ .kind = CP_ERROR, .sub = CP_RATE_LIMIT, .text = STR("slow") });
    CHECK_EQ(drive_encode(&d, CP_FAILURE, &tape, &out, NULL), 0);
    CHECK_STR(buf_str(&out),
              "{\"error\":{\"code\":429,\"message\":\"slow\",\"status\":\"RESOURCE_EXHAUSTED\","
              "\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\","
              "\"retryDelay\":\"12s\"}]}}");
    end();
}

/* ---- verdicts ---------------------------------------------------------------------------------- */

static struct cp_verdict verdict(int status, const char *body)
{
    struct cp_failure f = { .status = status, .body = str_of(body) };
    struct cp_verdict v;
    verdict_default(&f, NULL, NULL, INT64_C(1768503600000),
                    &v); /* 19:00 UTC, 11:00 in California */
    begin("claude");
    guard_classify(d.adapter, d.instance, &d.hc, &f, &v);
    end();
    return v;
}

#define DETAIL(type, rest) "{\"@type\":\"type.googleapis.com/google.rpc." type "\"," rest "}"
#define FAIL(code, status, message, details)                                                   \
    "{\"error\":{\"code\":" #code ",\"status\":\"" status "\",\"message\":\"" message          \
    "\",\"details\":[" details "]}}"

TEST(a_bad_key_is_a_key_s_fault)
{
    struct cp_verdict v =
        verdict(400, FAIL(400, "INVALID_ARGUMENT", "API key not valid.",
                          DETAIL("ErrorInfo", "\"reason\":\"API_KEY_INVALID\"")));
    CHECK_EQ(v.fault, CP_BY_KEY);
    CHECK_EQ(v.cure, CP_ELSEWHERE);
    CHECK_EQ(v.trouble, CP_AUTH);
    CHECK_EQ(v.disable_key, 1);
    v = verdict(403,
                FAIL(403, "PERMISSION_DENIED",
                     "Your API key was reported as leaked. Please use another API key.", ""));
    CHECK_EQ(v.fault, CP_BY_KEY);
    CHECK_EQ(v.disable_key, 1);
}

TEST(a_quota_says_when)
{
    struct cp_verdict v = verdict(429, FAIL(429, "RESOURCE_EXHAUSTED", "Quota exceeded",
                                            DETAIL("RetryInfo", "\"retryDelay\":\"3.5s\"")));
    CHECK_EQ(v.fault, CP_BY_KEY);
    CHECK_EQ(v.trouble, CP_RATE_LIMIT);
    CHECK_EQ(v.wait_ms, 3500);
    CHECK_EQ(v.disable_key, 0);
    v = verdict(429,
                FAIL(429, "RESOURCE_EXHAUSTED", "Quota exceeded. Please retry in 36.25s.", ""));
    CHECK_EQ(v.wait_ms, 36250);
    v = verdict(429, "[" FAIL(429, "RESOURCE_EXHAUSTED", "Quota exceeded",
                              DETAIL("RetryInfo", "\"retryDelay\":\"12s\"") "," DETAIL(
                                  "QuotaFailure",
                                  "\"violations\":[{\"quotaId\":\"GenerateRequestsPerDayPer"
                                  "ProjectPerModel-FreeTier\",\"quotaValue\":\"50\"}]")) "]");
    CHECK_EQ(v.wait_ms, 13 * 3600 * 1000);
    CHECK_EQ(v.for_model, 1);
}

TEST(a_client_s_fault_is_final)
{
    struct cp_verdict v =
        verdict(400, FAIL(400, "INVALID_ARGUMENT", "contents is not specified", ""));
    CHECK_EQ(v.fault, CP_BY_CLIENT);
    CHECK_EQ(v.cure, CP_NEVER);
    CHECK_EQ(v.trouble, CP_BAD_REQUEST);
    v = verdict(
        400,
        FAIL(400, "INVALID_ARGUMENT",
             "The input token count (12) exceeds the maximum number of tokens allowed (10).",
             ""));
    CHECK_EQ(v.trouble, CP_CONTEXT_TOO_LONG);
}

TEST(a_place_or_a_model_is_nobody_s_fault_who_could_help_it)
{
    struct cp_verdict v =
        verdict(400, FAIL(400, "FAILED_PRECONDITION",
                          "User location is not supported for the API use.", ""));
    CHECK_EQ(v.fault, CP_BY_UPSTREAM);
    CHECK_EQ(v.cure, CP_ELSEWHERE);
    v = verdict(404, FAIL(404, "NOT_FOUND", "models/x is not found", ""));
    CHECK_EQ(v.fault, CP_BY_MODEL);
    v = verdict(503, FAIL(503, "UNAVAILABLE", "The model is overloaded.", ""));
    CHECK_EQ(v.fault, CP_BY_UPSTREAM);
    CHECK_EQ(v.trouble, CP_OVERLOADED);
}

TEST(what_says_nothing_changes_nothing)
{
    struct cp_verdict v = verdict(500, "<html>oops</html>");
    CHECK_EQ(v.fault, CP_BY_UPSTREAM);
    CHECK_EQ(v.trouble, CP_SERVER);
    CHECK_EQ(v.wait_ms, -1);
}

/* ---- amended usage ----------------------------------------------------------------------------- */

static void amends(uint32_t is_stream, const char *body, const char *wanted)
{
    struct cp_tape said;
    struct cp_out o;
    begin("gemini");
    d.hc.call.stream = is_stream;
    tape_init(&said, d.arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    emit(&said, (struct cp_item){ .kind = CP_START });
    emit(&said, (struct cp_item){ .kind = CP_USAGE, .sub = CP_INPUT, .num = 20 });
    emit(&said, (struct cp_item){ .kind = CP_USAGE, .sub = CP_CACHE_READ, .num = 5 });
    emit(&said, (struct cp_item){ .kind = CP_USAGE, .sub = CP_OUTPUT, .num = 7 });
    emit(&said, (struct cp_item){ .kind = CP_END });
    out_init(&o, &out);
    CHECK_EQ(guard_amend(d.adapter, d.instance, &d.hc, str_of(body), &said, &o), 0);
    CHECK_EQ(out_done(&o), 0);
    CHECK_STR(buf_str(&out), wanted);
    end();
}

#define COUNTS                                                                                 \
    "\"promptTokenCount\":25,\"cachedContentTokenCount\":5,\"candidatesTokenCount\":7,"        \
    "\"totalTokenCount\":32"

TEST(usage_is_put_where_it_was)
{
    amends(
        1,
        "{ \"candidates\": [],\n \"usageMetadata\": { \"promptTokenCount\": 0 , \"x\": [1] } , \"y\" : 1.0 }",
        "{ \"candidates\": [],\n \"usageMetadata\": {" COUNTS ",\"x\": [1]} , \"y\" : 1.0 }");
    amends(0, "{\"usage_metadata\":{\"total_token_count\":\"3\"}}",
           "{\"usage_metadata\":{" COUNTS "}}");
}

TEST(usage_that_is_missing_is_added_at_the_end)
{
    amends(0, "{\"candidates\": [] }\n",
           "{\"candidates\": [] ,\"usageMetadata\":{" COUNTS "}}\n");
    amends(0, "{}", "{\"usageMetadata\":{" COUNTS "}}");
    amends(1, "{\"candidates\":[{\"finishReason\":\"STOP\"}]}",
           "{\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{" COUNTS "}}");
    amends(1, "{\"candidates\":[{}]}", "{\"candidates\":[{}]}");
    amends(0, "[{\"a\":1}, {\"b\":2} ]",
           "[{\"a\":1}, {\"b\":2,\"usageMetadata\":{" COUNTS "}} ]");
}

TEST(what_is_no_answer_is_left_alone)
{
    amends(0, "not json", "not json");
    amends(0, "[]", "[]");
    amends(0, "7", "7");
}

TEST_MAIN()
