/* SPDX-License-Identifier: MIT */
/*
 * test_responses_kept - clients of responses come back to answers that no service keeps.
 */
#include "base/str.h"
#include "ir/dump.h"
#include "plugin/drive.h"
#include "plugin/loader.h"

#include "json/slice.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"

extern const struct cp_plugin cp_static_openai;

/* What the host keeps, and whose it is. */
struct kept {
    char id[64], under[64];
    char *bytes;
    size_t n;
    bool is_there;
};
static struct kept shelf[64];
static size_t shelf_n;

static struct registry *registry;

static struct kept *shelf_find(struct cp_str id)
{
    for (size_t i = 0; i < shelf_n; i++)
        if (shelf[i].is_there && str_is(id, shelf[i].id))
            return &shelf[i];
    return NULL;
}

static int shelf_remember(void *ctx, struct cp_str id, struct cp_str under, struct cp_str bytes)
{
    struct kept *k = &shelf[shelf_n++];
    snprintf(k->id, sizeof(k->id), "%.*s", STR_FMT(id));
    snprintf(k->under, sizeof(k->under), "%.*s", STR_FMT(under));
    k->bytes = malloc(bytes.n);
    memcpy(k->bytes, bytes.p, bytes.n);
    k->n = bytes.n;
    k->is_there = true;
    return 0;
}

static struct cp_str shelf_recall(void *ctx, struct cp_str id)
{
    const struct kept *k = shelf_find(id);
    return k ? str_n(k->bytes, k->n) : STR_NONE;
}

static int shelf_forget(void *ctx, struct cp_str id)
{
    struct kept *k = shelf_find(id);
    if (!k)
        return 0;
    k->is_there = false;
    for (size_t i = 0; i < shelf_n; i++)
        if (str_is(id, shelf[i].under))
            shelf[i].is_there = false;
    return 1;
}

static const struct host_desk desk = { NULL, shelf_remember, shelf_recall, shelf_forget };

static void shelf_clear(void)
{
    for (size_t i = 0; i < shelf_n; i++)
        free(shelf[i].bytes);
    memset(shelf, 0, sizeof(shelf));
    shelf_n = 0;
}

static void open_drive(struct drive *d, uint32_t op)
{
    struct err err = { 0 };
    if (!registry) {
        registry = registry_new();
        CHECK_EQ(registry_add(registry, &cp_static_openai, "static", &err), 0);
    }
    CHECK_EQ(drive_open(d, registry_find(registry, STR("responses")), NULL, 0, &err), 0);
    d->hc.call.op = op;
    d->hc.call.model = d->hc.call.client_model = STR("m");
    d->hc.call.client_dialect = STR("responses");
    d->hc.desk = &desk;
}

/* Answers the request and returns the answer's id. */
static void answer(const char *request, const char *words, char id[64])
{
    char tape_text[512];
    struct cp_tape tape;
    struct err err = { 0 };
    struct buf out;
    struct drive d;

    open_drive(&d, CP_CHAT);
    d.hc.call.request = str_of(request);
    tape_init(&tape, d.arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    snprintf(tape_text, sizeof(tape_text),
             "START id=chatcmpl-%s name=m\nMESSAGE + sub=assistant\nTEXT * \"%s\"\n"
             "MESSAGE - sub=assistant\nSTOP sub=turn name=stop\nUSAGE sub=input num=1\nEND\n",
             words, words);
    CHECK_EQ(dump_read(str_of(tape_text), &tape, &err), 0);
    CHECK_STR(str_of(err.what), "");
    buf_init(&out, 1 << 20);
    CHECK_EQ(drive_encode(&d, CP_RESPONSE, &tape, &out, NULL), 0);
    struct cp_str found = json_text(d.arena, json_get(buf_str(&out), "id"));
    snprintf(id, 64, "%.*s", STR_FMT(found));
    CHECK(str_begins(found, "resp_"));
    buf_fini(&out);
    drive_close(&d);
}

/* The texts of a request's tape, one behind the other. */
static void texts(const char *request, char out[256])
{
    const struct cp_item *it;
    struct cp_tape tape;
    struct drive d;

    out[0] = '\0';
    open_drive(&d, CP_CHAT);
    CHECK_EQ(drive_decode(&d, CP_REQUEST, str_of(request), &tape), 0);
    for (size_t i = 0; (it = tape_item(&tape, i)); i++) {
        size_t n = strlen(out);
        if (it->kind == CP_TEXT || it->kind == CP_SYSTEM)
            snprintf(out + n, 256 - n, "%.*s ", STR_FMT(it->text));
        else if (it->kind == CP_PARAM && str_is(it->name, "previous"))
            snprintf(out + n, 256 - n, "previous=%.*s ", STR_FMT(it->text));
        else if (it->kind == CP_REFERENCE)
            snprintf(out + n, 256 - n, "ref=%.*s ", STR_FMT(it->id));
    }
    drive_close(&d);
}

/* What a door of kept answers says; the code it returned. */
static int door(uint32_t op, const char *id, char out[2048], int *status)
{
    struct cp_tape tape;
    struct buf body;
    struct drive d;

    open_drive(&d, op);
    tape_init(&tape, d.arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    CHECK_EQ(tape_emit(&tape, &(struct cp_item){ CP_ITEM(START), .id = str_of(id) }), 0);
    CHECK_EQ(tape_emit(&tape, &(struct cp_item){ CP_ITEM(END) }), 0);
    buf_init(&body, 1 << 20);
    *status = 0;
    int rc = drive_encode(&d, CP_RESPONSE, &tape, &body, status);
    snprintf(out, 2048, "%.*s", STR_FMT(buf_str(&body)));
    buf_fini(&body);
    drive_close(&d);
    return rc;
}

TEST(an_answer_is_continued_and_branched)
{
    char one[64], two[64], request[512], said[256];

    answer("{\"model\":\"m\",\"instructions\":\"I\",\"input\":\"a\"}", "b", one);
    snprintf(request, sizeof(request),
             "{\"model\":\"m\",\"instructions\":\"N\",\"previous_response_id\":\"%s\","
             "\"input\":[{\"role\":\"user\",\"content\":\"c\"}]}",
             one);
    texts(request, said);
    CHECK_STR(str_of(said), "N a b c ");
    answer(request, "d", two);
    snprintf(request, sizeof(request),
             "{\"model\":\"m\",\"previous_response_id\":\"%s\",\"input\":\"e\"}", two);
    texts(request, said);
    CHECK_STR(str_of(said), "a b c d e ");
    snprintf(request, sizeof(request),
             "{\"model\":\"m\",\"previous_response_id\":\"%s\",\"input\":\"f\"}", one);
    texts(request, said);
    CHECK_STR(str_of(said), "a b f ");
    shelf_clear();
}

TEST(what_is_unknown_is_the_hosts_concern)
{
    char said[256];

    texts("{\"model\":\"m\",\"previous_response_id\":\"resp_x\",\"input\":\"c\"}", said);
    CHECK_STR(str_of(said), "previous=\"resp_x\" c ");
    texts("{\"model\":\"m\",\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_x\"}]}", said);
    CHECK_STR(str_of(said), "ref=msg_x ");
}

TEST(an_item_is_referred_to)
{
    char id[64], request[512], said[256];
    struct kept *item = NULL;

    answer("{\"model\":\"m\",\"input\":\"a\"}", "b", id);
    for (size_t i = 0; i < shelf_n; i++)
        if (strncmp(shelf[i].id, "msg_", 4) == 0)
            item = &shelf[i];
    CHECK(item != NULL);
    CHECK(item && strcmp(item->under, id) == 0);
    snprintf(
        request, sizeof(request),
        "{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":\"a\"},{\"id\":\"%s\"}]}",
        item ? item->id : "");
    texts(request, said);
    CHECK_STR(str_of(said), "a b ");
    shelf_clear();
}

TEST(not_stored_is_not_kept)
{
    char id[64];

    answer("{\"model\":\"m\",\"input\":\"a\",\"store\":false}", "b", id);
    CHECK_EQ(shelf_n, 0);
}

TEST(the_doors)
{
    char id[64], out[2048];
    int status;

    answer("{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":\"a\"},"
           "{\"id\":\"msg_own\",\"role\":\"user\",\"content\":\"b\"}]}",
           "c", id);
    CHECK_EQ(door(CP_STORED_GET, id, out, &status), 0);
    CHECK_STR(json_get(str_of(out), "object"), "\"response\"");
    CHECK_EQ(door(CP_STORED_ITEMS, id, out, &status), 0);
    CHECK_STR(json_get(str_of(out), "object"), "\"list\"");
    CHECK_STR(json_get(str_of(out), "first_id"), "\"msg_own\""); /* the newest first */
    CHECK(str_find(str_of(out), STR("\"last_id\":\"item_")) >= 0);
    CHECK_EQ(door(CP_STORED_CANCEL, id, out, &status), 0);
    CHECK_EQ(status, 400);
    CHECK_EQ(door(CP_STORED_DELETE, id, out, &status), 0);
    CHECK_STR(json_get(str_of(out), "deleted"), "true");
    CHECK_EQ(door(CP_STORED_GET, id, out, &status), CP_E_UNSUPPORTED);
    CHECK_EQ(door(CP_STORED_DELETE, "resp_x", out, &status), CP_E_UNSUPPORTED);
    shelf_clear();
}

TEST(a_circle_ends)
{
    static const char circle[] = "{\"previous\":\"resp_1\",\"input\":[],\"response\":{}}";
    char said[256];

    shelf_remember(NULL, STR("resp_1"), STR_NONE, str_of(circle));
    texts("{\"model\":\"m\",\"previous_response_id\":\"resp_1\",\"input\":\"c\"}", said);
    CHECK_STR(str_of(said), "previous=\"resp_1\" c ");
    shelf_clear();
}

/* A summary of the host's own travels sealed and comes back as text. */
TEST(a_compaction_goes_round)
{
    static const char request[] =
        "{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":\"first\"},"
        "{\"role\":\"assistant\",\"content\":\"b\"},{\"type\":\"message\",\"role\":\"user\","
        "\"content\":[{\"type\":\"input_text\",\"text\":\"last\"}]}]}";
    static const char tape_text[] = "START id=x name=m\nCOMPACTION * \"so far\"\n"
                                    "STOP sub=compaction\nUSAGE sub=input num=7\nEND\n";
    char next[2048];
    const struct cp_item *it;
    struct cp_tape tape, again;
    struct err err = { 0 };
    struct buf out;
    struct drive d;

    open_drive(&d, CP_COMPACT);
    d.hc.call.request = str_of(request);
    tape_init(&tape, d.arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    CHECK_EQ(dump_read(str_of(tape_text), &tape, &err), 0);
    buf_init(&out, 1 << 20);
    CHECK_EQ(drive_encode(&d, CP_RESPONSE, &tape, &out, NULL), 0);
    CHECK_STR(json_get(buf_str(&out), "object"), "\"response.compaction\"");
    CHECK(str_find(buf_str(&out), STR("so far")) < 0);
    CHECK(str_find(buf_str(&out), STR("\"total_tokens\":7")) >= 0);
    snprintf(next, sizeof(next), "{\"model\":\"m\",\"input\":%.*s}",
             STR_FMT(json_get(buf_str(&out), "output")));
    d.hc.call.op = CP_CHAT;
    CHECK_EQ(drive_decode(&d, CP_REQUEST, str_of(next), &again), 0);
    it = tape_find(&again, CP_COMPACTION);
    CHECK(it != NULL);
    CHECK_STR(it ? it->text : STR(""), "so far");
    it = tape_find(&again, CP_TEXT);
    CHECK_STR(it ? it->text : STR(""), "first");
    buf_fini(&out);
    drive_close(&d);
}

TEST_MAIN()
