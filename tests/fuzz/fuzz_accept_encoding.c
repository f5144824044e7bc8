/* SPDX-License-Identifier: MIT */
/*
 * fuzz_accept_encoding - any header and any key: an answer, and the same for the same; no byte beyond the end is looked at.
 */
#include "admin/panel.h"
#include "base/str.h"
#include "flow/pass.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct pass_mint *mint;
    struct cp_str text = str_n((const char *)data, n);

    if (!mint)
        mint = pass_mint_new();
    if (panel_takes_gzip(text) != panel_takes_gzip(text))
        abort();
    if (pass_check(mint, text, 0) == PASS_GOOD)
        abort(); /* nobody guesses one */
    (void)panel_is_path(text);
    return 0;
}
