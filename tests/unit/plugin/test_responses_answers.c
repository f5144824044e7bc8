/* SPDX-License-Identifier: MIT */
/*
 * test_responses_answers - what no golden file drives of the answers of `responses`: usage put right in what
 * passes, taps, tools of a namespace, a stream that only breaks.
 */
#include "plugin/drive.h"

#include "base/str.h"
#include "ir/dump.h"
#include "plugin/guard.h"
#include "plugin/loader.h"

#include "../test.h"

extern const struct cp_plugin cp_static_openai;

static struct registry *registry;
static struct drive d;
static struct buf out;

static const struct adapter *responses(void)
{
    for (size_t i = 0; i < registry_count(registry); i++)
        if (strcmp(registry_at(registry, i)->hooks.dialect, "responses") == 0)
            return registry_at(registry, i);
    return NULL;
}

static void begin(void)
{
    struct err err = { 0 };
    registry = registry_new();
    CHECK_EQ(registry_add(registry, &cp_static_openai, "static", &err), 0);
    CHECK_EQ(drive_open(&d, responses(), NULL, 0, &err), 0);
    d.hc.call.model = d.hc.call.client_model = STR("gpt-x");
    d.hc.call.client_dialect = STR("responses");
    buf_init(&out, 1 << 20);
}

static void end(void)
{
    buf_fini(&out);
    drive_close(&d);
    registry_free(registry);
}

/* ---- usage put right --------------------------------------------------------------------------- */

static void amends(const char *body, const char *wanted)
{
    struct cp_tape usage;
    struct cp_out o;
    begin();
    tape_init(&usage, d.arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    CHECK_EQ(tape_emit(&usage, &(struct cp_item){ CP_ITEM(START), .name = STR("m") }), 0);
    CHECK_EQ(tape_emit(&usage, &(struct cp_item){ CP_ITEM(USAGE), .sub = CP_INPUT, .num = 7 }),
             0);
    CHECK_EQ(tape_emit(&usage, &(struct cp_item){ CP_ITEM(USAGE), .sub = CP_OUTPUT, .num = 5 }),
             0);
    out_init(&o, &out);
    CHECK_EQ(guard_amend(d.adapter, d.instance, &d.hc, str_of(body), &usage, &o), 0);
    CHECK_STR(buf_str(&out), wanted);
    end();
}

#define USAGE_7_5                                                                              \
    "{\"input_tokens\":7,\"input_tokens_details\":{\"cached_tokens\":0,\"cache_write_tokens\"" \
    ":0},\"output_tokens\":5,\"output_tokens_details\":{\"reasoning_tokens\":0},"              \
    "\"total_tokens\":12"

TEST(usage_is_put_right_where_it_stands)
{
    amends(
        "{ \"object\" : \"response\", \"status\":\"completed\", \"usage\": {\"input_tokens\":0,"
        "\"output_tokens\":0,\"price\": 3 } , \"x\":1e400 }\n",
        "{ \"object\" : \"response\", \"status\":\"completed\", \"usage\": " USAGE_7_5
        ",\"price\":3} , \"x\":1e400 }\n");
    amends(
        "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"usage\":null}}",
        "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"usage\":" USAGE_7_5
        "}}}");
}

TEST(usage_is_added_where_it_belongs)
{
    amends("{\"response\":{\"status\":\"incomplete\" },\"sequence_number\":4}",
           "{\"response\":{\"status\":\"incomplete\" ,\"usage\":" USAGE_7_5
           "}},\"sequence_number\":4}");
}

TEST(what_has_no_place_for_usage_stays)
{
    static const char *const bodies[] = {
        "{\"type\":\"response.created\",\"response\":{\"status\":\"in_progress\",\"usage\":null}}",
        "{\"type\":\"response.output_text.delta\",\"delta\":\"\\u00e9\"}",
        "[1]",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        amends(bodies[i], bodies[i]);
}

/* ---- taps ------------------------------------------------------------------------------------------- */

static void tapped(const char *stream, const char *wanted)
{
    struct cp_frame frame = { STR_NONE, STR_NONE };
    struct cp_tape tape;
    void *state;
    begin();
    d.hc.call.want = CP_WANT_USAGE;
    d.hc.call.stream = 1;
    tape_init(&tape, d.arena, CP_RESPONSE, CP_WANT_USAGE, STR_NONE);
    CHECK_EQ(guard_rx_open(d.adapter, d.instance, &d.hc, &state), 0);
    for (struct cp_str rest = str_of(stream), line; str_split(&rest, '\n', &line);) {
        if (str_begins(line, "event: "))
            frame.event = str_from(line, 7);
        if (!str_begins(line, "data: "))
            continue;
        frame.data = str_from(line, 6);
        CHECK_EQ(guard_rx_frame(d.adapter, state, &d.hc, &frame, &tape), 0);
    }
    CHECK_EQ(guard_rx_close(d.adapter, state, &d.hc, 0, &tape), 0);
    dump_write(&out, &tape);
    CHECK_STR(buf_str(&out), wanted);
    end();
}

#define EVENT(type, rest)                                                                      \
    "event: response." type "\ndata: {\"type\":\"response." type "\"" rest "}\n\n"

TEST(a_tap_hears_the_model_the_stop_and_the_usage)
{
    tapped(
        EVENT("created",
              ",\"response\":{\"id\":\"resp_1\",\"model\":\"gpt-x\",\"created_at\":9}")
            EVENT("output_item.added", ",\"item\":{\"type\":\"message\"}")
                EVENT("output_text.delta", ",\"delta\":\"Hi\"") EVENT("output_text.delta",
                                                                      ",\"delta\":\" you\"")
                    EVENT("output_item.added", ",\"item\":{\"type\":\"function_call\"}") EVENT(
                        "completed",
                        ",\"response\":{\"status\":\"completed\",\"output\":[{\"type\":"
                        "\"message\"}],\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}"),
        "START num=9 name=gpt-x id=resp_1\nSTOP sub=tool name=completed\nUSAGE sub=input num=3\n"
        "USAGE sub=output num=2\nEND\n");
}

TEST(a_tap_hears_that_an_answer_broke)
{
    tapped(EVENT("created", ",\"response\":{\"id\":\"resp_1\"}"),
           "START id=resp_1\nERROR sub=stream_cut \"upstream closed the stream early\"\n");
    tapped(
        "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"no\"}\n\n",
        "ERROR sub=server id=server_error \"no\"\n");
}

/* ---- what the client asked for -------------------------------------------------------------------------- */

TEST(a_tool_of_a_namespace_comes_back_as_one)
{
    struct cp_tape tape;
    begin();
    d.hc.call.request =
        STR("{\"tools\":[{\"type\":\"namespace\",\"name\":\"files\",\"description\":\"\","
            "\"tools\":[{\"type\":\"function\",\"name\":\"list\",\"parameters\":null}]}],"
            "\"store\":false}");
    tape_init(&tape, d.arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    const struct cp_item items[] = {
        { CP_ITEM(START), .name = STR("m"), .id = STR("chatcmpl-0123456789ab"), .num = 5 },
        { CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_ASSISTANT },
        { CP_ITEM(TOOL_CALL), .flags = CP_WHOLE, .sub = CP_TOOL_FUNCTION,
          .name = STR("files__list"), .id = STR("call_1"), .text = STR("{}") },
        { CP_ITEM(MESSAGE), .flags = CP_CLOSE, .sub = CP_ASSISTANT },
        { CP_ITEM(STOP), .sub = CP_STOP_TOOL },
        { CP_ITEM(END) },
    };
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
        CHECK_EQ(tape_emit(&tape, &items[i]), 0);
    CHECK_EQ(drive_encode(&d, CP_RESPONSE, &tape, &out, NULL), 0);
    CHECK(str_find(buf_str(&out), STR("\"name\":\"list\",\"namespace\":\"files\"")) >= 0);
    CHECK(str_find(buf_str(&out), STR("\"id\":\"resp_0123456789ab\"")) >= 0);
    end();
}

TEST_MAIN()
