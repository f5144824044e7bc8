/* SPDX-License-Identifier: MIT */
/*
 * fuzz_stored - any JSON as a kept answer: read, told again as a stream, its input in pages.
 *
 * What is kept was spelled by an upstream.  The first byte chooses what is asked of it.
 */
#include "adapters.h"

static struct cp_str kept;

static struct cp_str recall(void *ctx, struct cp_str id)
{
    return str_is(id, "resp_1") ? kept : STR_NONE;
}

static const struct adapter *responses(void)
{
    const struct registry *all = adapters_all();

    for (size_t i = 0; i < registry_count(all); i++)
        if (!strcmp(registry_at(all, i)->hooks.dialect, "responses"))
            return registry_at(all, i);
    abort();
}

/* Every line of a stream is a field or ends an event; every event's data is JSON. */
static void demand_events(struct cp_str said, const struct drive *d)
{
    struct cp_str line;

    while (str_split(&said, '\n', &line)) {
        if (!line.n || str_begins(line, "event: "))
            continue;
        demand(str_begins(line, "data: "), "a line that is no field", d);
        demand(json_check(str_from(line, 6), NULL, NULL) != E_SYNTAX, "not JSON", d);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct host_desk desk = { NULL, NULL, recall, NULL };
    static const struct {
        const char *query;
        uint32_t op, stream;
    } asked[] = {
        { "", CP_STORED_GET, 0 },
        { "stream=true", CP_STORED_GET, 1 },
        { "stream=true&starting_after=5", CP_STORED_GET, 1 },
        { "", CP_STORED_ITEMS, 0 },
        { "limit=2&order=asc&after=a", CP_STORED_ITEMS, 0 },
    };
    struct cp_tape tape;
    struct drive d;
    struct buf out;

    if (n == 0)
        return 0;
    size_t which = data[0] % (sizeof(asked) / sizeof(*asked));
    kept = str_n((const char *)data + 1, n - 1);
    if (json_check(kept, NULL, NULL) || str_chr(kept, '\n') >= 0 || str_chr(kept, '\r') >= 0)
        return 0;
    adapters_open(&d, responses());
    d.hc.desk = &desk;
    d.hc.call.op = asked[which].op;
    d.hc.call.stream = asked[which].stream;
    d.hc.call.query = str_of(asked[which].query);
    tape_init(&tape, d.arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(START), .id = STR("resp_1") });
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(END) });
    buf_init(&out, OUT_BYTES);
    int rc = drive_encode(&d, CP_RESPONSE, &tape, &out, NULL);
    demand(rc != E_BUG, "encode", &d);
    if (rc == 0 && asked[which].stream)
        demand_events(buf_str(&out), &d);
    else if (rc == 0)
        demand(json_check(buf_str(&out), NULL, NULL) != E_SYNTAX, "not JSON", &d);
    buf_fini(&out);
    drive_close(&d);
    return 0;
}
