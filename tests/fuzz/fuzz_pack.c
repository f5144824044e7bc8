/* SPDX-License-Identifier: MIT */
/*
 * fuzz_pack - any bytes as packed items; what was read is packed again and read to the same.
 */
#include "base/buf.h"
#include "base/str.h"
#include "ir/pack.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cp_str rest = { (const char *)data, size };
    struct cp_item it, again;
    struct buf out;

    buf_init(&out, size * 4 + 256);
    while (pack_next(&rest, &it)) {
        buf_clear(&out);
        pack_item(&out, &it);
        struct cp_str packed = buf_str(&out);
        if (!pack_next(&packed, &again) || packed.n || again.kind != it.kind ||
            again.num != it.num || !str_eq(again.text, it.text) || !str_eq(again.meta, it.meta))
            abort();
    }
    buf_fini(&out);
    return 0;
}
