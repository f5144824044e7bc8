/* SPDX-License-Identifier: MIT */
/*
 * test_example - the example in plugins/ does what its README says, through the driver of adapters.
 */
/* the plugin is part of this program */
#define CP_STATIC_NAME static_plain

#include "plugin/drive.h"

#include "base/str.h"
#include "ir/dump.h"
#include "plugin/loader.h"
#include "plugin/preflight.h"

#include "../test.h"

extern const struct cp_plugin static_plain;
#include "../../../plugins/example/plain.c"

static struct registry *registry;
static struct drive d;

static void begin(void)
{
    struct err err = { 0 };
    registry = registry_new();
    CHECK_EQ(registry_add(registry, &static_plain, "static", &err), 0);
    CHECK_EQ(drive_open(&d, registry_at(registry, 0), NULL, 0, &err), 0);
}

static void end(void)
{
    drive_close(&d);
    registry_free(registry);
}

static void dumps(const struct cp_tape *tape, const char *wanted)
{
    struct buf out;
    buf_init(&out, 4096);
    dump_write(&out, tape);
    CHECK_STR(buf_str(&out), wanted);
    buf_fini(&out);
}

TEST(passes_its_preflight)
{
    struct err err = { 0 };
    begin();
    CHECK_EQ(preflight_sample(registry_at(registry, 0), &err), 0);
    end();
}

TEST(bodies)
{
    struct cp_tape tape;
    struct buf out;
    int status = 1;
    begin();
    CHECK_EQ(drive_decode(&d, CP_REQUEST, STR("Hello"), &tape), 0);
    dumps(&tape, "START\nMESSAGE + sub=user\nTEXT * \"Hello\"\nMESSAGE -\nEND\n");
    buf_init(&out, 100);
    CHECK_EQ(drive_encode(&d, CP_REQUEST, &tape, &out, &status), 0);
    CHECK_STR(buf_str(&out), "Hello");
    CHECK_EQ(status, 0);
    CHECK_EQ(drive_decode(&d, CP_REQUEST, STR(""), &tape), E_SYNTAX);
    CHECK_STR(str_of(d.hc.err.what), "empty body");
    buf_fini(&out);
    end();
}

#define STREAM "data: Hel\n\ndata: lo\n\nevent: end\ndata: \n\n"

TEST(streams)
{
    struct cp_tape tape, joined;
    struct buf out;
    begin();
    for (size_t cut = 0; cut < sizeof(STREAM); cut++) {
        CHECK_EQ(drive_rx(&d, STR(STREAM), cut, &tape), 0);
        tape_init(&joined, d.arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
        CHECK_EQ(tape_join(&tape, &joined), 0);
        dumps(&joined, "START\nMESSAGE + sub=assistant\nTEXT * \"Hello\"\nMESSAGE -\n"
                       "STOP sub=turn\nEND\n");
        CHECK_EQ(drive_rx_split(&d, STR(STREAM), cut, &tape), 0);
        CHECK_EQ(tape.n, 9);
    }
    buf_init(&out, 1000);
    CHECK_EQ(drive_tx(&d, &tape, &out), 0);
    CHECK_STR(buf_str(&out), STREAM);
    buf_fini(&out);
    end();
}

TEST(a_cut_stream_is_told_as_cut)
{
    struct cp_tape tape;
    begin();
    for (size_t n = 0; n < strlen("data: Hel\n\ndata: lo\n\n"); n++) {
        CHECK_EQ(drive_rx(&d, str_cut(STR(STREAM), n), 0, &tape), 0);
        const struct cp_item *last = tape_item(&tape, tape.n - 1);
        CHECK(last && last->kind == CP_ERROR && last->sub == CP_STREAM_CUT);
    }
    end();
}

TEST_MAIN()
