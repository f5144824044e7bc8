/* SPDX-License-Identifier: MIT */
/*
 * test_guard - a plugin that misbehaves on command, and who is told.
 */
#include "plugin/guard.h"

#include "base/str.h"
#include "plugin/breadcrumb.h"
#include "plugin/host.h"
#include "plugin/loader.h"

#include "../test.h"

static const struct cp_host *host;
static int says; /* what every hook answers */
static void (*does)(struct cp_tape *, struct cp_out *, struct cp_head *);
static struct cp_verdict verdict_to_give;
static int forgotten;
static struct cp_str seen_hook, seen_region;
static uint32_t seen_want;
static uint64_t seen_kinds;

static int load(const struct cp_host *h)
{
    host = h;
    return 0;
}

static int act(struct cp_tape *t, struct cp_out *o, struct cp_head *h)
{
    seen_hook = str_of(breadcrumb_now.hook);
    if (does)
        does(t, o, h);
    return says;
}

static int configure(const struct cp_conf *conf, void **instance)
{
    seen_region = host->conf_str(conf, "region");
    *instance = &forgotten;
    return says ? host->fail(NULL, says, "no such region") : 0;
}

static void forget(void *instance)
{
    ++*(int *)instance;
}

static int target(void *i, struct cp_call *c, struct cp_head *h)
{
    CHECK(i == &forgotten);
    return act(NULL, NULL, h);
}

static int decode(void *i, struct cp_call *c, int phase, struct cp_str body, struct cp_tape *t)
{
    seen_want = c->want;
    return act(t, NULL, NULL);
}

static int encode(void *i, struct cp_call *c, int phase, const struct cp_tape *t,
                  struct cp_out *o)
{
    const struct cp_item *it;
    seen_kinds = 0;
    for (size_t n = 0; (it = host->item(t, n)); n++)
        seen_kinds |= CP_BIT(it->kind);
    return act(NULL, o, NULL);
}

static int rx_open(void *i, struct cp_call *c, void **state)
{
    *state = i;
    return act(NULL, NULL, NULL);
}

static int rx_frame(void *s, struct cp_call *c, const struct cp_frame *f, struct cp_tape *t)
{
    return act(t, NULL, NULL);
}

static int rx_close(void *s, struct cp_call *c, int rc, struct cp_tape *t)
{
    return act(t, NULL, NULL);
}

static int tx_item(void *s, struct cp_call *c, const struct cp_item *it, struct cp_out *o)
{
    return act(NULL, o, NULL);
}

static int tx_close(void *s, struct cp_call *c, int rc, struct cp_out *o)
{
    return act(NULL, o, NULL);
}

static void classify(void *i, struct cp_call *c, const struct cp_failure *f,
                     struct cp_verdict *v)
{
    *v = verdict_to_give;
}

static const struct cp_option options[] = { { CP_T_STRING, 0, "region", "eu", "" } };
static const struct cp_adapter full = {
    .size = sizeof(struct cp_adapter),
    .framing = CP_SSE,
    .dialect = "full",
    .family = "full",
    .options = options,
    .options_n = 1,
    .option_size = sizeof(options[0]),
    .configure = configure,
    .forget = forget,
    .target = target,
    .decode = decode,
    .encode = encode,
    .rx_open = rx_open,
    .rx_frame = rx_frame,
    .rx_close = rx_close,
    .tx_open = rx_open,
    .tx_item = tx_item,
    .tx_close = tx_close,
    .classify = classify,
};
static const struct cp_adapter bare = {
    .size = sizeof(struct cp_adapter),
    .framing = CP_SSE,
    .dialect = "bare",
    .family = "bare",
    .decode = decode,
    .encode = encode,
};
static const struct cp_adapter terse = {
    .size = sizeof(struct cp_adapter),
    .framing = CP_SSE,
    .speaks = CP_BIT(CP_START) | CP_BIT(CP_MESSAGE) | CP_BIT(CP_TEXT) | CP_BIT(CP_END),
    .dialect = "terse",
    .family = "terse",
    .decode = decode,
    .encode = encode,
};
static const struct cp_adapter *const adapters[] = { &full, &bare, &terse };
static const struct cp_plugin plugin = { CP_PLUGIN_HEAD, .adapters = adapters, .adapters_n = 3,
                                         .name = "naughty", .load = load };

static struct registry *registry;
static const struct adapter *a;
static struct arena *arena;
static struct host_call hc;
static void *instance;

static void begin(const char *dialect)
{
    struct err err = { 0 };
    says = 0;
    does = NULL;
    registry = registry_new();
    CHECK_EQ(registry_add(registry, &plugin, "test", &err), 0);
    a = registry_find(registry, str_of(dialect));
    CHECK_EQ(guard_configure(a, NULL, 0, &instance, &err), 0);
    arena = arena_new(4096, 0);
    host_call_init(&hc, arena, NULL);
}

static void end(void)
{
    guard_forget(a, instance);
    host_call_fini(&hc);
    arena_free(arena);
    registry_free(registry);
}

static int decodes(void)
{
    struct cp_tape tape;
    tape_init(&tape, arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    return guard_decode(a, instance, &hc, CP_REQUEST, STR("x"), &tape);
}

static void emit_good(struct cp_tape *t, struct cp_out *o, struct cp_head *h)
{
    host->emit(t, &(struct cp_item){ CP_ITEM(START) });
    host->emit(t, &(struct cp_item){ CP_ITEM(END) });
}

static void emit_bad(struct cp_tape *t, struct cp_out *o, struct cp_head *h)
{
    host->emit(t, &(struct cp_item){ CP_ITEM(TEXT) });
}

static void emit_half(struct cp_tape *t, struct cp_out *o, struct cp_head *h)
{
    host->emit(t, &(struct cp_item){ CP_ITEM(START) });
}

static void write_half(struct cp_tape *t, struct cp_out *o, struct cp_head *h)
{
    host_json()->open(o, '{');
}

static void split_header(struct cp_tape *t, struct cp_out *o, struct cp_head *h)
{
    host->add_header(h, "x", STR("a\r\nb: c"));
}

TEST(answers)
{
    begin("full");
    does = emit_good;
    CHECK_EQ(decodes(), 0);
    CHECK_STR(seen_hook, "decode");
    CHECK(breadcrumb_now.plugin == NULL);
    says = CP_ENOUGH;
    CHECK_EQ(decodes(), 0);
    says = CP_E_UNSUPPORTED;
    CHECK_EQ(decodes(), E_UNSUPPORTED);
    CHECK(strstr(hc.err.what, "naughty"));
    CHECK_EQ(guard_bugs(a), 0);
    says = 17;
    CHECK_EQ(decodes(), E_BUG);
    says = -100;
    CHECK_EQ(decodes(), E_BUG);
    says = CP_E_BUG;
    CHECK_EQ(decodes(), E_BUG);
    CHECK_EQ(guard_bugs(a), 3);
    end();
}

TEST(tapes)
{
    begin("full");
    does = emit_bad;
    CHECK_EQ(decodes(), E_BUG);
    does = emit_half;
    CHECK_EQ(decodes(), E_BUG);
    CHECK(strstr(hc.err.what, "no END"));
    CHECK_EQ(guard_bugs(a), 2);
    does = emit_good;
    CHECK_EQ(decodes(), 0);
    CHECK_EQ(hc.err.code, 0);
    end();
}

/* What a plugin leaves out because alloc() gave it nothing is not its fault. */
TEST(starved)
{
    begin("full");
    hc.budget = 8;
    does = emit_bad;
    CHECK(host->alloc(&hc.call, 8) != NULL);
    CHECK_EQ(decodes(), E_BUG);
    CHECK(host->alloc(&hc.call, 1) == NULL);
    CHECK_EQ(decodes(), E_LIMIT);
    says = CP_E_BUG;
    CHECK_EQ(decodes(), E_LIMIT);
    does = emit_half;
    says = 0;
    CHECK_EQ(decodes(), E_LIMIT);
    CHECK_EQ(guard_bugs(a), 1);
    end();
}

TEST(a_route_is_enough)
{
    struct cp_tape tape;
    begin("full");
    does = emit_half;
    says = CP_ENOUGH;
    tape_init(&tape, arena, CP_REQUEST, CP_WANT_ROUTE, STR_NONE);
    CHECK_EQ(guard_decode(a, instance, &hc, CP_REQUEST, STR("x"), &tape), 0);
    CHECK_EQ(seen_want, CP_WANT_ROUTE);
    end();
}

TEST(outs)
{
    struct cp_tape tape;
    struct cp_out out;
    struct buf buf;
    begin("full");
    tape_init(&tape, arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    buf_init(&buf, 100);
    out_init(&out, &buf);
    CHECK_EQ(guard_encode(a, instance, &hc, CP_REQUEST, &tape, &out), 0);
    does = write_half;
    CHECK_EQ(guard_encode(a, instance, &hc, CP_REQUEST, &tape, &out), E_BUG);
    CHECK_EQ(guard_bugs(a), 1);
    buf_fini(&buf);
    end();
}

static int encodes(const struct cp_item *extra)
{
    const struct cp_item items[] = {
        { CP_ITEM(START), .name = STR("m") },
        { CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_USER },
        { CP_ITEM(TEXT), .flags = CP_WHOLE, .text = STR("hi") },
        { CP_ITEM(MESSAGE), .flags = CP_CLOSE },
        { CP_ITEM(END) },
    };
    struct cp_tape tape;
    struct cp_out out;
    struct buf buf;

    tape_init(&tape, arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        CHECK_EQ(tape_emit(&tape, &items[i]), 0);
        if (i == (extra->kind == CP_REASONING || extra->kind == CP_MEDIA ? 1 : 0))
            CHECK_EQ(tape_emit(&tape, extra), 0);
    }
    seen_kinds = 0;
    buf_init(&buf, 1000);
    out_init(&out, &buf);
    int rc = guard_encode(a, instance, &hc, CP_REQUEST, &tape, &out);
    buf_fini(&buf);
    return rc;
}

/* What a dialect does not speak never comes to its encoder: remarks are left out, content is for somebody else. */
TEST(kinds_that_are_not_spoken)
{
    const struct cp_item param = { CP_ITEM(PARAM), .name = STR("seed"), .text = STR("7") };
    const struct cp_item mark = { CP_ITEM(SYSTEM), .text = STR("Be brief.") };
    const struct cp_item image = {
        CP_ITEM(MEDIA),           .flags = CP_WHOLE,   .sub = CP_IMAGE, .num = CP_FROM_BASE64,
        .name = STR("image/png"), .text = STR("AAAA"), .index = 7
    };
    uint64_t all = terse.speaks;

    begin("terse");
    CHECK_EQ(encodes(&param), 0);
    CHECK_EQ(seen_kinds, all);
    CHECK_EQ(encodes(&mark), E_UNSUPPORTED);
    CHECK_EQ(seen_kinds, 0);
    CHECK(strstr(hc.err.what, "terse has no system"));
    CHECK_EQ(encodes(&image), E_UNSUPPORTED);
    CHECK_EQ(guard_bugs(a), 0);
    end();
    begin("bare");
    CHECK_EQ(encodes(&param), 0);
    CHECK_EQ(seen_kinds, all | CP_BIT(CP_PARAM));
    end();
}

TEST(heads)
{
    struct cp_head head;
    begin("full");
    head_init(&head, arena, STR("m"), STR("key"));
    CHECK_EQ(guard_target(a, instance, &hc, &head), 0);
    does = split_header;
    CHECK_EQ(guard_target(a, instance, &hc, &head), E_BUG);
    CHECK_EQ(guard_bugs(a), 1);
    end();
}

TEST(streams)
{
    struct cp_frame frame = { STR_NONE, STR("{}") };
    struct cp_tape tape;
    void *state = NULL;
    begin("full");
    tape_init(&tape, arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    CHECK_EQ(guard_rx_open(a, instance, &hc, &state), 0);
    CHECK(state == &forgotten);
    does = emit_half;
    CHECK_EQ(guard_rx_frame(a, state, &hc, &frame, &tape), 0);
    does = NULL;
    CHECK_EQ(guard_rx_close(a, state, &hc, 0, &tape), E_BUG);
    CHECK(strstr(hc.err.what, "without a word"));
    CHECK_EQ(guard_rx_frame(a, state, &hc, &frame, &tape), 0);
    does = emit_bad;
    CHECK_EQ(guard_rx_frame(a, state, &hc, &frame, &tape), E_BUG);
    end();
}

TEST(hooks_that_are_not_there)
{
    struct cp_head head;
    struct cp_out out;
    struct buf buf;
    struct cp_verdict v = { .fault = CP_BY_KEY };
    struct cp_failure f = { .status = 500 };
    void *state;
    begin("bare");
    head_init(&head, arena, STR("m"), STR_NONE);
    buf_init(&buf, 10);
    out_init(&out, &buf);
    CHECK_EQ(guard_target(a, instance, &hc, &head), E_UNSUPPORTED);
    CHECK_EQ(guard_rx_open(a, instance, &hc, &state), E_UNSUPPORTED);
    CHECK_EQ(guard_rx_frame(a, NULL, &hc, NULL, NULL), E_UNSUPPORTED);
    CHECK_EQ(guard_rx_close(a, NULL, &hc, 0, NULL), E_UNSUPPORTED);
    CHECK_EQ(guard_tx_open(a, instance, &hc, &state), E_UNSUPPORTED);
    CHECK_EQ(guard_tx_item(a, NULL, &hc, NULL, &out), E_UNSUPPORTED);
    CHECK_EQ(guard_tx_close(a, NULL, &hc, 0, &out), E_UNSUPPORTED);
    guard_classify(a, instance, &hc, &f, &v);
    CHECK_EQ(v.fault, CP_BY_KEY);
    end();
}

TEST(verdicts)
{
    struct cp_verdict v = {
        .fault = CP_BY_UPSTREAM, .cure = CP_ELSEWHERE, .wait_ms = -1, .trouble = CP_SERVER
    };
    struct cp_failure f = { .status = 400 };
    begin("full");
    verdict_to_give = (struct cp_verdict){ .fault = CP_BY_KEY,
                                           .cure = CP_LATER,
                                           .wait_ms = 500,
                                           .disable_key = 1,
                                           .trouble = CP_BILLING };
    guard_classify(a, instance, &hc, &f, &v);
    CHECK_EQ(v.fault, CP_BY_KEY);
    CHECK_EQ(v.wait_ms, 500);
    verdict_to_give.fault = 77;
    guard_classify(a, instance, &hc, &f, &v);
    CHECK_EQ(v.fault, CP_BY_KEY);
    CHECK_EQ(guard_bugs(a), 1);
    verdict_to_give.fault = CP_BY_MODEL;
    f.relayed = 1;
    guard_classify(a, instance, &hc, &f, &v);
    CHECK_EQ(v.fault, CP_BY_MODEL);
    CHECK_EQ(v.cure, CP_NEVER);
    end();
}

TEST(instances)
{
    struct conf_option region = { STR("region"), STR("us"), STR("x:1") };
    struct conf_option wrong = { STR("regoin"), STR("us"), STR("x:1") };
    struct err err = { 0 };
    void *made = NULL;
    begin("full");
    CHECK_STR(seen_region, "eu");
    CHECK_EQ(guard_configure(a, &region, 1, &made, &err), 0);
    CHECK_STR(seen_region, "us");
    int before = forgotten;
    guard_forget(a, made);
    CHECK_EQ(forgotten, before + 1);
    guard_forget(a, NULL);
    CHECK_EQ(guard_configure(a, &wrong, 1, &made, NULL), E_CONFIG);
    says = CP_E_CONFIG;
    CHECK_EQ(guard_configure(a, &region, 1, &made, &err), E_CONFIG);
    CHECK_STR(str_of(err.what), "no such region");
    end();
}

TEST_MAIN()
