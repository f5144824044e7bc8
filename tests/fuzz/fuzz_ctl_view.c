/* SPDX-License-Identifier: MIT */
/*
 * fuzz_ctl_view - whatever a gateway answers is shown without a control character.
 *
 * The first byte chooses the form, the width and the columns; the rest is the answer.
 */
#include "base/buf.h"
#include "base/str.h"
#include "ctl/views.h"
#include "json/tree.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct view *const views[] = { &view_channels, &view_health,     &view_clients,
                                            &view_history,  &view_statistics, &view_model_names,
                                            &view_sessions, &view_top };

static void check(const struct buf *out)
{
    for (size_t i = 0; i < out->n; i++) {
        unsigned char c = (unsigned char)out->p[i];
        if ((c < ' ' && c != '\n' && c != '\r') || c == 0x7F)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct look look = { .has_header = true };
    struct buf out;

    if (!size)
        return 0;
    look.form = data[0] & 1 ? LOOK_CSV : LOOK_TABLE;
    look.columns = data[0] & 2 ? 20 + data[0] : 0;
    struct tree *t = tree_parse(str_n((const char *)data + 1, size - 1), NULL);
    if (!t)
        return 0;
    buf_init(&out, 64 << 20);
    view_list(views[data[0] >> 5], t, &look, 1700000000000, &out);
    view_page(t, &look, &out);
    check(&out);
    buf_fini(&out);
    tree_free(t);
    return 0;
}
