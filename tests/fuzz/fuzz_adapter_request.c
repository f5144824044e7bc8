/* SPDX-License-Identifier: MIT */
/*
 * fuzz_adapter_request - any JSON as a request of any dialect, then said in all of them.
 *
 * The first byte chooses the dialect: '0' claude, '1' chat and so on, in the order they are linked.
 */
#include "adapters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n > 0)
        adapters_body(adapters_pick(data[0]), CP_REQUEST, str_n((const char *)data + 1, n - 1));
    return 0;
}
