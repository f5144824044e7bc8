/* SPDX-License-Identifier: MIT */
/*
 * fuzz_session - any bytes as a body, for the list of each dialect.
 *
 * The first byte chooses the dialect.  The same body is the same conversation twice, and another one for another
 * client; what is found is one of the adapter's own sources.  Sealed state lies inside the body, between quotes.
 */
#include "adapters.h"
#include "flow/sealed.h"
#include "flow/session.h"

static struct cp_str no_header(void *ctx, const char *name)
{
    return STR_NONE;
}

static void check(const struct cp_adapter *hooks, struct cp_str body)
{
    struct session_source from = { hooks, no_header, NULL, body };
    struct session a, b, c;
    bool is_known = false;

    session_find(&from, STR("install"), STR("key"), STR("model"), &a);
    session_find(&from, STR("install"), STR("key"), STR("model"), &b);
    session_find(&from, STR("install"), STR("yek"), STR("model"), &c);
    for (uint32_t i = 0; i < hooks->session_n; i++)
        is_known |= a.source == hooks->session[i];
    if (is_known != (a.source != NULL) || a.source != b.source || a.source != c.source)
        abort();
    if (a.source && (a.id[0] != b.id[0] || a.id[1] != b.id[1] || a.id[0] == c.id[0]))
        abort();
}

static void check_sealed(struct cp_str body)
{
    struct cp_str it = sealed_last(body, STR("encrypted_content"));

    if (it.p && (it.p <= body.p || it.p + it.n >= body.p + body.n || it.p[-1] != '"' ||
                 it.p[it.n] != '"'))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n > 0) {
        check(&adapters_pick(data[0])->hooks, str_n((const char *)data + 1, n - 1));
        check_sealed(str_n((const char *)data + 1, n - 1));
    }
    return 0;
}
