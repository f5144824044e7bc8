/* SPDX-License-Identifier: MIT */
/*
 * test_verdicts - every row of verdicts.tsv: status, headers and body of a failure to whose fault it was.
 *
 * A row goes the way of a real failure: the default verdict, then, if the body is JSON, the adapter's classify().
 */
#include "plugin/drive.h"

#include "base/str.h"
#include "plugin/guard.h"
#include "plugin/loader.h"
#include "plugin/verdict.h"
#include "json/check.h"

#include "../test.h"

#include <stdlib.h>

extern const struct cp_plugin cp_static_claude, cp_static_openai, cp_static_gemini;

enum { TABLE_BYTES = 1 << 18, ROWS_LEAST = 120 };
static const int64_t now_ms = INT64_C(1768478400000); /* 2026-01-15 12:00:00 UTC, a Thursday */

struct row {
    struct cp_str dialect, status, headers, body, wanted;
};

static struct registry *registry;

static struct cp_str table(void)
{
    char path[512];
    const char *root = getenv("srcdir");
    snprintf(path, sizeof(path), "%s/tests/unit/plugin/verdicts.tsv", root ? root : ".");
    FILE *in = fopen(path, "r");
    if (!in)
        return STR_NONE;
    char *p = calloc(1, TABLE_BYTES);
    size_t n = p ? fread(p, 1, TABLE_BYTES - 1, in) : 0;
    fclose(in);
    return str_n(p, n);
}

/* "name: value | name: value" */
static struct cp_str header_of(void *ctx, int phase, const char *name)
{
    struct cp_str rest = *(const struct cp_str *)ctx, one;
    while (phase == CP_RESPONSE && str_split(&rest, '|', &one)) {
        ptrdiff_t colon = str_chr(one, ':');
        if (colon > 0 && str_is_nocase(str_trim(str_cut(one, (size_t)colon)), name))
            return str_trim(str_from(one, (size_t)colon + 1));
    }
    return STR_NONE;
}

static struct cp_str default_header(void *ctx, const char *name)
{
    return header_of(ctx, CP_RESPONSE, name);
}

static void judge(const struct adapter *a, struct row *r, struct cp_verdict *v, int status)
{
    struct cp_failure f = { .status = status, .body = r->body };
    struct err err = { 0 };
    struct drive d;
    if (str_begins(r->status, "net")) {
        f.status = 0;
        f.net = status;
    }
    CHECK_EQ(drive_open(&d, a, NULL, 0, &err), 0);
    d.hc.call.model = d.hc.call.client_model = STR("model-x");
    d.hc.header = header_of;
    d.hc.header_ctx = &r->headers;
    verdict_default(&f, default_header, &r->headers, now_ms, v);
    if (f.status && f.body.n && !json_check(f.body, NULL, NULL))
        guard_classify(a, d.instance, &d.hc, &f, v);
    CHECK_EQ(guard_bugs(a), 0);
    /* what it points to goes with the drive */
    static char refused[128];
    memcpy(refused, v->refused.p ? v->refused.p : "", v->refused.n);
    v->refused.p = v->refused.n ? refused : NULL;
    drive_close(&d);
}

static void spell(char *to, size_t room, const struct cp_verdict *v, int status)
{
    static const char *const cures[] = { "?", "never", "elsewhere", "later" };
    char wait[32] = "";
    if (v->wait_ms >= 0)
        snprintf(wait, sizeof(wait), " wait=%lld", (long long)v->wait_ms);
    snprintf(to, room, "%s %s %s%s%s%s%s%s%.*s", verdict_fault_name(v->fault),
             cures[v->cure & 3], verdict_trouble_name(v->trouble), wait,
             v->disable_key ? " off" : "", v->for_model ? " model" : "",
             verdict_is_final(v, status) ? " final" : "", v->refused.n ? " refused=" : "",
             (int)v->refused.n, v->refused.p ? v->refused.p : "");
}

static void row_check(struct row *r, int line)
{
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct adapter *a = registry_at(registry, i);
        struct cp_str status = r->status, word;
        struct cp_verdict v;
        char got[512];
        int64_t n = 0;
        if (!str_is(r->dialect, "*") && !str_is(r->dialect, a->hooks.dialect))
            continue;
        while (str_split(&status, '=', &word))
            (void)str_int(word, &n);
        judge(a, r, &v, (int)n);
        spell(got, sizeof(got), &v, str_begins(r->status, "net") ? 0 : (int)n);
        if (!CHECK_STR(r->wanted, got))
            printf("#     line %d, %s: %.*s\n", line, a->hooks.dialect, STR_FMT(r->body));
    }
}

static void begin(void)
{
    struct err err = { 0 };
    registry = registry_new();
    CHECK_EQ(registry_add(registry, &cp_static_claude, "static", &err), 0);
    CHECK_EQ(registry_add(registry, &cp_static_openai, "static", &err), 0);
    CHECK_EQ(registry_add(registry, &cp_static_gemini, "static", &err), 0);
}

TEST(the_table)
{
    struct cp_str all = table(), rest = all, line;
    int rows = 0, at = 0;
    begin();
    while (str_split(&rest, '\n', &line)) {
        struct row r = { 0 };
        struct cp_str *columns[] = { &r.dialect, &r.status, &r.headers, &r.body, &r.wanted };
        at++;
        if (line.n == 0 || *line.p == '#')
            continue;
        for (size_t i = 0; i < 5; i++)
            if (!CHECK(str_split(&line, '\t', columns[i])))
                printf("#     line %d\n", at);
        row_check(&r, at);
        rows++;
    }
    CHECK(rows >= ROWS_LEAST);
    registry_free(registry);
    free((char *)(uintptr_t)all.p);
}

/* Whatever the upstream says again of our key, no word of it gets out: refused are words of the adapter's own. */
TEST(what_is_refused_is_no_echo)
{
    struct row r = {
        STR("claude"), STR("400"), STR(""),
        STR("{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"sk-ant-secret: Extra inputs are not permitted\"}}"),
        STR("")
    };
    struct cp_verdict v;
    begin();
    judge(registry_at(registry, 0), &r, &v, 400);
    CHECK_EQ(v.refused.n, 0);
    registry_free(registry);
}

TEST_MAIN()
