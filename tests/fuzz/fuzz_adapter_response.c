/* SPDX-License-Identifier: MIT */
/*
 * fuzz_adapter_response - any JSON as an answer of any dialect, any bytes as a failure, then said in all of them.
 *
 * The first byte chooses the dialect, as in fuzz_adapter_request; '!' as second byte makes it a failure.
 */
#include "adapters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    bool is_failure = n > 1 && data[1] == '!';
    size_t head = is_failure ? 2 : 1;
    adapters_body(adapters_pick(data[0]), is_failure ? CP_FAILURE : CP_RESPONSE,
                  str_n((const char *)data + head, n - head));
    return 0;
}
