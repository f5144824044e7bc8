/* SPDX-License-Identifier: MIT */
/*
 * fuzz_adapter_stream - any bytes as a stream of any dialect: cut anywhere it is the same tape, and every dialect can
 * pass it on without breaking a rule.
 *
 * The first byte chooses the dialect, as in fuzz_adapter_request; the second where to cut, in 256ths.
 */
#include "adapters.h"

static void joined(struct drive *d, const struct cp_tape *tape, struct buf *out)
{
    struct cp_tape to;
    tape_init(&to, d->arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    demand(tape_join(tape, &to) == 0, "join", d);
    dump_write(out, &to);
}

static void pass_on(const struct adapter *a, const struct cp_tape *tape)
{
    struct cp_tape again;
    struct drive d;
    struct buf out;
    adapters_open(&d, a);
    buf_init(&out, OUT_BYTES);
    int rc = drive_tx(&d, tape, &out);
    demand(rc != E_BUG, "tx", &d);
    if (rc == 0)
        demand(drive_rx(&d, buf_str(&out), 0, &again) != E_BUG, "rx again", &d);
    buf_fini(&out);
    drive_close(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const struct registry *all = adapters_all();
    struct cp_tape whole, cut;
    struct buf first, second;
    struct drive d, e;
    if (n < 2)
        return 0;
    struct cp_str bytes = str_n((const char *)data + 2, n - 2);
    adapters_open(&d, adapters_pick(data[0]));
    adapters_open(&e, adapters_pick(data[0]));
    buf_init(&first, OUT_BYTES);
    buf_init(&second, OUT_BYTES);

    int rc = drive_rx(&d, bytes, 0, &whole);
    demand(rc != E_BUG, "rx", &d);
    int again = drive_rx_split(&e, bytes, bytes.n * data[1] / 256, &cut);
    demand(rc == again, "cut elsewhere it ends otherwise", &e);
    if (rc == 0) {
        joined(&d, &whole, &first);
        joined(&e, &cut, &second);
        demand(str_eq(buf_str(&first), buf_str(&second)), "cut elsewhere it is another tape",
               &e);
    }
    for (size_t i = 0; rc == 0 && i < registry_count(all); i++)
        pass_on(registry_at(all, i), &whole);
    buf_fini(&first);
    buf_fini(&second);
    drive_close(&d);
    drive_close(&e);
    return 0;
}
