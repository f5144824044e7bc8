/* SPDX-License-Identifier: MIT */
/*
 * fuzz_fields - any lines as a response's head: kept whole, in order, within limits.
 */
#include "base/str.h"
#include "loop/fields.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fields f;
    struct cp_str rest = str_n((const char *)data, size), line, name, value;
    size_t bytes = 0;
    fields_init(&f);
    while (str_split(&rest, '\n', &line)) {
        uint32_t had = f.n;
        int rc = fields_line(&f, line);
        if ((rc == 0) != (f.n == had + 1))
            abort();
        if (rc == 0) {
            fields_at(&f, had, &name, &value);
            bytes += name.n + value.n;
            if (!str_is_token(name) || (value.n && str_find(line, value) < 0) ||
                f.text_n != bytes)
                abort();
        }
    }
    fields_trim(&f);
    if (f.n > FIELDS_COUNT || bytes > FIELDS_BYTES)
        abort();
    for (uint32_t i = 0; i < f.n; i++) {
        fields_at(&f, i, &name, &value);
        (void)fields_refusal(name, value); /* must only not fall over */
    }
    fields_fini(&f);
    return 0;
}
