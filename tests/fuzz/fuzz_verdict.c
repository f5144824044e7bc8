/* SPDX-License-Identifier: MIT */
/*
 * fuzz_verdict - any status, headers and body of a failure, judged by the default and by an adapter.
 *
 *     2429                        the dialect, as in fuzz_adapter_request, and the status
 *     retry-after: 5              headers
 *                                 an empty line
 *     {"error":{}}                the body
 *
 * Whatever comes, the verdict is one: its words are known, its wait lies between now and a day, and what it wants
 * left out is a word of the adapter's or a flag that is printable.
 */
#include "adapters.h"

#include "plugin/guard.h"
#include "plugin/verdict.h"
#include "plugin/verdict_time.h"

static struct cp_str header_of(void *ctx, int phase, const char *name)
{
    struct cp_str rest = *(const struct cp_str *)ctx, line;
    while (phase == CP_RESPONSE && str_split(&rest, '\n', &line)) {
        ptrdiff_t colon = str_chr(line, ':');
        if (colon > 0 && str_is_nocase(str_cut(line, (size_t)colon), name))
            return str_from(line, (size_t)colon + 1);
    }
    return STR_NONE;
}

static struct cp_str default_header(void *ctx, const char *name)
{
    return header_of(ctx, CP_RESPONSE, name);
}

static void must_be_sane(const struct cp_verdict *v, const struct drive *d)
{
    demand(v->fault >= CP_BY_CLIENT && v->fault <= CP_BY_NETWORK, "fault", d);
    demand(v->cure >= CP_NEVER && v->cure <= CP_LATER, "cure", d);
    demand(v->trouble >= CP_BAD_REQUEST && v->trouble <= CP_HEADERS_TOO_LARGE, "trouble", d);
    demand(v->wait_ms >= -1 && v->wait_ms <= VERDICT_DAY_MS, "wait", d);
    demand(v->disable_key <= 1 && v->for_model <= 1, "flags", d);
    demand(v->refused.n < 128 && (!v->refused.n || str_is_field_value(v->refused)), "refused",
           d);
    demand(!v->refused.n || v->fault == CP_BY_CLIENT, "refused and not the client's", d);
}

static void judge(const struct adapter *a, const struct cp_failure *f, struct cp_str *headers)
{
    const int64_t now_ms = INT64_C(1768478400000);
    struct cp_verdict v;
    struct drive d;
    adapters_open(&d, a);
    d.hc.header = header_of;
    d.hc.header_ctx = headers;
    verdict_default(f, default_header, headers, now_ms, &v);
    must_be_sane(&v, &d);
    if (f->status && f->body.n && !json_check(f->body, NULL, NULL))
        guard_classify(a, d.instance, &d.hc, f, &v);
    must_be_sane(&v, &d);
    demand(guard_bugs(a) == 0, "a bug of the adapter", &d);
    demand(verdict_header_wait_ms(&v, default_header, headers, now_ms) <= VERDICT_DAY_MS,
           "header", &d);
    drive_close(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct cp_str all = str_n((const char *)data, n), status, headers;
    int64_t number = 0;
    if (n == 0 || !str_split(&all, '\n', &status) || status.n == 0)
        return 0;
    ptrdiff_t gap = str_find(all, STR("\n\n"));
    headers = gap < 0 ? STR_NONE : str_cut(all, (size_t)gap);
    struct cp_failure f = { .body = gap < 0 ? all : str_from(all, (size_t)gap + 2) };
    (void)str_int(str_from(status, 1), &number);
    f.status = (int32_t)(number % 1000);
    f.net = f.status == 0 ? (int32_t)(n % 13) : 0;
    judge(adapters_pick(data[0]), &f, &headers);
    return 0;
}
