/* SPDX-License-Identifier: MIT */
/*
 * test_gemini_schema - JSON Schema in Google's own form and back, and numbers that were strings in between.
 */
#include "plugin/drive.h"

#include "base/str.h"
#include "plugin/loader.h"

#include "../test.h"

extern const struct cp_plugin cp_static_gemini;

static struct registry *registry;
static struct drive d;
static struct buf out, in;

static void begin(const char *model)
{
    struct err err = { 0 };
    registry = registry_new();
    CHECK_EQ(registry_add(registry, &cp_static_gemini, "static", &err), 0);
    CHECK_EQ(drive_open(&d, registry_at(registry, 0), NULL, 0, &err), 0);
    d.hc.call.op = CP_CHAT;
    d.hc.call.model = d.hc.call.client_model = str_of(model);
    buf_init(&out, 1 << 24);
    buf_init(&in, 1 << 24);
}

static void end(void)
{
    buf_fini(&in);
    buf_fini(&out);
    drive_close(&d);
    registry_free(registry);
}

/* What of the request's bytes stands between two words; absent: the first is not there. */
static struct cp_str between(const char *from, const char *to)
{
    struct cp_str s = buf_str(&out);
    ptrdiff_t at = str_find(s, str_of(from));
    if (at < 0)
        return STR_NONE;
    s = str_from(s, (size_t)at + strlen(from));
    at = str_find(s, str_of(to));
    return at < 0 ? s : str_cut(s, (size_t)at);
}

static void request(const char *member, const char *schema)
{
    struct cp_tape tape;
    buf_clear(&in);
    buf_clear(&out);
    buf_printf(
        &in,
        "{\"contents\":\"x\",\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"%s\":%s}]}]}",
        member, schema);
    if (CHECK_EQ(drive_decode(&d, CP_REQUEST, buf_str(&in), &tape), 0))
        CHECK_EQ(drive_encode(&d, CP_REQUEST, &tape, &out, NULL), 0);
    if (d.hc.err.code)
        printf("# %s\n", d.hc.err.what);
}

/* A function's arguments, for a model that knows Google's form only; "": they are left out. */
static void cleans(const char *schema, const char *wanted)
{
    begin("gemini-2.0-flash");
    request("parametersJsonSchema", schema);
    struct cp_str got = between("\"parameters\":", "}]}]");
    CHECK_STR(got.p ? got : STR(""), wanted);
    end();
}

/* One property of it. */
static void cleans_one(const char *schema, const char *wanted)
{
    char whole[4096], all[4096];
    snprintf(whole, sizeof(whole), "{\"type\":\"object\",\"properties\":{\"p\":%s}}", schema);
    snprintf(all, sizeof(all), "{\"type\":\"OBJECT\",\"properties\":{\"p\":%s}}", wanted);
    cleans(whole, all);
}

/* Google's form as JSON Schema. */
static void reads(const char *schema, const char *wanted)
{
    begin("gemini-2.5-flash");
    request("parameters", schema);
    CHECK_STR(between("\"parametersJsonSchema\":", "}]}]"), wanted);
    end();
}

/* ---- into Google's form ------------------------------------------------------------------------ */

TEST(all_at_once)
{
    cleans(
        "{\"$schema\":\"http://json-schema.org/draft-07/"
        "schema#\",\"type\":\"object\",\"additionalProperties\":false,"
        "\"required\":[\"type\",\"a\",\"ghost\"],\"properties\":{"
        "\"type\":{\"type\":\"string\",\"const\":\"x\"},"
        "\"a\":{\"anyOf\":[{\"type\":\"integer\",\"exclusiveMinimum\":0},{\"type\":\"null\"}]},"
        "\"b\":{\"$ref\":\"#/$defs/B\"},\"c\":{\"type\":[\"string\",\"number\",\"null\"]},"
        "\"d\":{\"enum\":[1,2,null]},\"e\":{\"type\":\"array\"},"
        "\"f\":{\"type\":\"string\",\"format\":\"uri\"}},"
        "\"$defs\":{\"B\":{\"type\":\"object\",\"properties\":{\"format\":{\"type\":\"string\"}},"
        "\"patternProperties\":{\"^x\":{}}}}}",
        "{\"type\":\"OBJECT\",\"required\":[\"type\",\"a\"],\"properties\":{"
        "\"type\":{\"type\":\"STRING\",\"enum\":[\"x\"]},"
        "\"a\":{\"type\":\"INTEGER\",\"minimum\":1,\"nullable\":true},"
        "\"b\":{\"type\":\"OBJECT\",\"properties\":{\"format\":{\"type\":\"STRING\"}}},"
        "\"c\":{\"nullable\":true,\"anyOf\":[{\"type\":\"STRING\"},{\"type\":\"NUMBER\"}]},"
        "\"d\":{\"type\":\"STRING\",\"enum\":[\"1\",\"2\"],\"nullable\":true},"
        "\"e\":{\"type\":\"ARRAY\",\"items\":{\"type\":\"STRING\"}},"
        "\"f\":{\"type\":\"STRING\"}}}");
}

TEST(properties_may_have_any_name)
{
    cleans(
        "{\"type\":\"object\",\"properties\":{\"$ref\":{\"type\":\"string\"},\"anyOf\":{\"type\":\"integer\"},"
        "\"properties\":{\"type\":\"object\",\"properties\":{\"enum\":{\"type\":\"boolean\"}}},"
        "\"default\":{},\"not\":true,\"never\":false},\"required\":[\"not\",\"never\",\"not\"]}",
        "{\"type\":\"OBJECT\",\"required\":[\"not\"],\"properties\":{\"$ref\":{\"type\":\"STRING\"},"
        "\"anyOf\":{\"type\":\"INTEGER\"},\"properties\":{\"type\":\"OBJECT\",\"properties\":{\"enum\":"
        "{\"type\":\"BOOLEAN\"}}},\"default\":{\"type\":\"STRING\"},\"not\":{\"type\":\"STRING\"}}}");
}

TEST(references_are_followed_but_not_for_ever)
{
    cleans(
        "{\"type\":\"object\",\"properties\":{\"n\":{\"$ref\":\"#/definitions/N\",\"description\":\"first\"},"
        "\"me\":{\"$ref\":\"#\"},\"lost\":{\"$ref\":\"#/$defs/nowhere\"},\"far\":{\"$ref\":\"other.json\"},"
        "\"odd\":{\"$ref\":\"#/$defs/a~1b~0c\"}},\"$defs\":{\"a/b~c\":{\"type\":\"integer\"}},"
        "\"definitions\":{\"N\":{\"type\":\"object\",\"description\":\"node\",\"properties\":{"
        "\"next\":{\"$ref\":\"#/definitions/N\"},\"v\":{\"type\":\"string\"}}}}}",
        "{\"type\":\"OBJECT\",\"properties\":{\"n\":{\"type\":\"OBJECT\",\"description\":\"first\","
        "\"properties\":{\"next\":{\"type\":\"OBJECT\",\"description\":\"(recursive: N)\"},\"v\":"
        "{\"type\":\"STRING\"}}},\"me\":{\"type\":\"OBJECT\",\"description\":\"(recursive: #)\"},"
        "\"lost\":{\"type\":\"OBJECT\",\"description\":\"(recursive: nowhere)\"},"
        "\"far\":{\"type\":\"OBJECT\",\"description\":\"(recursive: other.json)\"},"
        "\"odd\":{\"type\":\"INTEGER\"}}}");
}

TEST(references_that_double_each_time_come_to_an_end)
{
    struct buf b;
    buf_init(&b, 1 << 16);
    buf_printf(
        &b,
        "{\"type\":\"object\",\"properties\":{\"p\":{\"$ref\":\"#/$defs/d0\"}},\"$defs\":{");
    for (int i = 0; i < 28; i++)
        buf_printf(
            &b,
            "\"d%d\":{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/d%d\"},\"b\":{\"$ref\":\"#/$defs/d%d\"}}},",
            i, i + 1, i + 1);
    buf_printf(&b, "\"d28\":{\"type\":\"string\"}}}");
    begin("gemini-2.0-flash");
    buf_add(&b, "", 1);
    request("parametersJsonSchema", buf_str(&b).p);
    CHECK(out.n > 1000 && out.n < 4 << 20);
    end();
    buf_fini(&b);
}

TEST(all_of_is_one)
{
    cleans_one(
        "{\"allOf\":[{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[\"a\"]},"
        "{\"properties\":{\"b\":{\"type\":\"integer\"},\"a\":{\"type\":\"boolean\"}},\"required\":[\"b\",\"a\"]}],"
        "\"title\":\"T\"}",
        "{\"type\":\"OBJECT\",\"title\":\"T\",\"required\":[\"a\",\"b\"],\"properties\":{\"a\":{\"type\":"
        "\"BOOLEAN\"},\"b\":{\"type\":\"INTEGER\"}}}");
}

TEST(any_of_has_no_type_beside_it)
{
    cleans_one(
        "{\"type\":\"object\",\"description\":\"D\",\"properties\":{\"k\":{\"type\":\"string\"}},"
        "\"oneOf\":[{\"properties\":{\"x\":{\"type\":\"string\"}}},{\"type\":\"null\"},{\"properties\":"
        "{\"y\":{\"type\":\"integer\"}}}]}",
        "{\"description\":\"D\",\"nullable\":true,\"anyOf\":[{\"type\":\"OBJECT\",\"properties\":{\"k\":"
        "{\"type\":\"STRING\"},\"x\":{\"type\":\"STRING\"}}},{\"type\":\"OBJECT\",\"properties\":{\"k\":"
        "{\"type\":\"STRING\"},\"y\":{\"type\":\"INTEGER\"}}}]}");
    cleans_one(
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"type\":\"string\"}},"
        "\"anyOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}]}",
        "{\"type\":\"OBJECT\",\"properties\":{\"a\":{\"type\":\"STRING\"},\"b\":{\"type\":\"STRING\"}}}");
    cleans(
        "{\"anyOf\":[{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[\"a\"]},"
        "{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"string\"}}}]}",
        "{\"type\":\"OBJECT\",\"properties\":{\"a\":{\"type\":\"STRING\"},\"b\":{\"type\":\"STRING\"}}}");
}

TEST(enums_are_of_strings)
{
    cleans_one("{\"type\":\"string\",\"enum\":[\"a\",\"\",\"null\"],\"default\":\"a\"}",
               "{\"type\":\"STRING\",\"enum\":[\"a\",\"null\"]}");
    cleans_one("{\"enum\":[\"\",null]}", "{\"type\":\"STRING\",\"nullable\":true}");
    cleans_one("{\"const\":null}", "{\"type\":\"STRING\",\"nullable\":true}");
    cleans_one("{\"type\":\"boolean\",\"enum\":[true,false]}", "{\"type\":\"BOOLEAN\"}");
    cleans_one("{\"type\":\"null\"}", "{\"type\":\"STRING\",\"nullable\":true}");
}

TEST(numbers_have_bounds)
{
    cleans_one(
        "{\"type\":\"integer\",\"exclusiveMinimum\":-1,\"exclusiveMaximum\":9007199254740993,\"multipleOf\":2}",
        "{\"type\":\"INTEGER\",\"minimum\":0,\"maximum\":9007199254740992}");
    cleans_one(
        "{\"type\":\"number\",\"exclusiveMinimum\":0.5,\"maximum\":1e400,\"format\":\"double\"}",
        "{\"type\":\"NUMBER\",\"format\":\"double\",\"minimum\":0.5,\"maximum\":1e400}");
    cleans_one(
        "{\"type\":\"integer\",\"minimum\":3,\"exclusiveMinimum\":true,\"format\":\"int32\"}",
        "{\"type\":\"INTEGER\",\"format\":\"int32\",\"minimum\":3}");
}

TEST(arrays_have_items)
{
    cleans_one(
        "{\"items\":{\"type\":\"string\",\"format\":\"date-time\"},\"minItems\":1,\"uniqueItems\":true}",
        "{\"type\":\"ARRAY\",\"minItems\":1,\"items\":{\"type\":\"STRING\",\"format\":\"date-time\"}}");
    cleans_one(
        "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}",
        "{\"type\":\"ARRAY\",\"minItems\":2,\"maxItems\":2,\"items\":{\"anyOf\":[{\"type\":\"STRING\"},"
        "{\"type\":\"INTEGER\"}]}}");
}

TEST(maps_are_told_in_words)
{
    cleans_one(
        "{\"type\":\"object\",\"description\":\"D\",\"additionalProperties\":{\"type\":\"integer\"}}",
        "{\"type\":\"OBJECT\",\"description\":\"D (map of string to integer)\"}");
}

TEST(no_arguments_have_no_schema)
{
    cleans("{}", "");
    cleans("{\"type\":\"object\"}", "");
    cleans("{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}", "");
}

TEST(what_is_nested_too_deeply_ends)
{
    struct buf b;
    buf_init(&b, 1 << 16);
    for (int i = 0; i < 50; i++)
        buf_printf(&b, "{\"type\":\"object\",\"properties\":{\"p\":");
    buf_printf(&b, "{\"type\":\"integer\"}");
    for (int i = 0; i < 50; i++)
        buf_printf(&b, "}}");
    buf_add(&b, "", 1);
    begin("gemini-2.0-flash");
    request("parametersJsonSchema", buf_str(&b).p);
    CHECK(str_find(buf_str(&out), STR("{\"type\":\"STRING\"}")) > 0);
    end();
    buf_fini(&b);
}

/* ---- from Google's form ------------------------------------------------------------------------- */

TEST(google_s_form_is_read)
{
    reads(
        "{\"type\":\"OBJECT\",\"properties\":{\"a\":{\"type\":\"STRING\",\"nullable\":true,\"maxLength\":\"9\"},"
        "\"type\":{\"type\":\"STRING\",\"format\":\"enum\",\"enum\":[\"X\"],\"nullable\":true},"
        "\"nullable\":{\"type\":\"INTEGER\",\"example\":1},\"u\":{\"type\":\"TYPE_UNSPECIFIED\",\"anyOf\":"
        "[{\"type\":\"NUMBER\"}],\"nullable\":true}},\"propertyOrdering\":[\"a\"]}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"string\",\"null\"],\"maxLength\":9},"
        "\"type\":{\"type\":[\"string\",\"null\"],\"enum\":[\"X\",null]},"
        "\"nullable\":{\"type\":\"integer\",\"examples\":[1]},\"u\":{\"anyOf\":[{\"type\":\"number\"},{\"type\":\"null\"}]}}}");
}

TEST(json_schema_goes_through_where_google_s_form_belongs)
{
    reads(
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"string\",\"null\"],\"default\":null}}}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"string\",\"null\"],\"default\":null}}}");
}

/* ---- numbers that were strings in between --------------------------------------------------------- */

TEST(numbers_come_back_as_numbers)
{
    static const char answer[] =
        "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":"
        "{\"n\":\"2\",\"s\":\"2\",\"l\":[{\"b\":\"true\"}],\"x\":\"two\"}}}]},\"finishReason\":\"STOP\"}]}";
    struct cp_tape tape;
    begin("gemini-2.0-flash");
    request(
        "parametersJsonSchema",
        "{\"type\":\"object\",\"properties\":{\"n\":{\"enum\":[1,2]},\"s\":{\"type\":\"string\"},"
        "\"l\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"b\":{\"const\":true}}}},"
        "\"x\":{\"enum\":[1,\"two\"]}}}");
    CHECK_EQ(drive_decode(&d, CP_RESPONSE, str_of(answer), &tape), 0);
    const struct cp_item *call = tape_find(&tape, CP_TOOL_CALL);
    if (CHECK(call != NULL))
        CHECK_STR(call->text, "{\"n\":2,\"s\":\"2\",\"l\":[{\"b\":true}],\"x\":\"two\"}");
    end();
}

TEST_MAIN()
