/* SPDX-License-Identifier: MIT */
/*
 * test_media - what is JSON, what is text, and what they are called on the wire.
 */
#include "plugin/media.h"

#include "base/str.h"

#include "../test.h"

static struct cp_adapter of(const char *body_type, uint32_t framing)
{
    return (struct cp_adapter){ .body_type = body_type, .framing = framing, .keepalive = "x" };
}

TEST(unsaid_is_json)
{
    struct cp_adapter a = of(NULL, CP_SSE);

    CHECK(media_is_json(&a));
    CHECK_STR(str_of(media_of_body(&a)), "application/json");
    CHECK(media_takes(&a, STR_NONE));
    CHECK(media_takes(&a, STR("Application/JSON ; charset=utf-8")));
    CHECK(media_takes(&a, STR("application/vnd.x+json")));
    CHECK(media_takes(&a, STR("text/plain")));
    CHECK(!media_takes(&a, STR("application/x-www-form-urlencoded")));
}

TEST(other_json_and_text)
{
    struct cp_adapter vendor = of("application/vnd.x+json; v=1", CP_SSE);
    struct cp_adapter xml = of("application/xml; charset=utf-8", CP_RAW);

    CHECK(media_is_json(&vendor));
    CHECK(media_takes(&vendor, STR("application/json")));
    CHECK(!media_is_json(&xml));
    CHECK_STR(str_of(media_of_body(&xml)), "application/xml; charset=utf-8");
    CHECK(media_takes(&xml, STR("Application/XML")));
    CHECK(media_takes(&xml, STR("text/plain")));
    CHECK(!media_takes(&xml, STR("application/json")));
    CHECK_STR(media_accept(&xml, false), "application/xml");
    CHECK_STR(media_accept(&xml, true), "application/xml");
}

TEST(streams)
{
    struct cp_adapter sse = of(NULL, CP_SSE), lines = of(NULL, CP_LINES);

    CHECK_STR(media_accept(&sse, true), "text/event-stream");
    CHECK_STR(media_accept(&lines, true), "application/x-ndjson");
    CHECK_STR(media_accept(&lines, false), "application/json");
    CHECK(str_begins(str_of(media_of_stream(&sse, CP_ARRAY)), "application/json"));
    CHECK(str_begins(str_of(media_of_stream(&sse, 0)), "text/event-stream"));
}

/* Bytes that are nothing in one framing may be anything in another. */
TEST(between_events)
{
    struct cp_adapter sse = of(NULL, CP_SSE), lines = of(NULL, CP_LINES);

    CHECK_STR(media_keepalive(&sse, 0), "x");
    CHECK_STR(media_keepalive(&sse, CP_SSE_CRLF), "x");
    CHECK_STR(media_keepalive(&sse, CP_ARRAY), "\n");
    CHECK(!media_keepalive(&sse, CP_LINES).p);
    CHECK_STR(media_keepalive(&lines, CP_LINES), "x");
    CHECK(!media_keepalive(&lines, CP_SSE).p);
}

TEST_MAIN()
