/* SPDX-License-Identifier: MIT */
/*
 * adapters - what the fuzzers of the adapters share: all dialects linked in, and what must hold of each.
 *
 * A plugin may refuse anything, but it may not break a rule: E_BUG is a find.  What it writes must be JSON.
 */
#ifndef TESTS_FUZZ_ADAPTERS_H
#define TESTS_FUZZ_ADAPTERS_H

#include "base/str.h"
#include "ir/dump.h"
#include "plugin/drive.h"
#include "plugin/loader.h"
#include "json/check.h"

#include <stdio.h>
#include <stdlib.h>

extern const struct cp_plugin cp_static_claude, cp_static_openai, cp_static_gemini;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { OUT_BYTES = 256 << 20 };

/* Once per process; a fuzzer never ends it. */
static inline const struct registry *adapters_all(void)
{
    static struct registry *all;
    struct err err = { 0 };
    if (all)
        return all;
    all = registry_new();
    if (registry_add(all, &cp_static_claude, "static", &err) ||
        registry_add(all, &cp_static_openai, "static", &err) ||
        registry_add(all, &cp_static_gemini, "static", &err)) {
        fprintf(stderr, "%s: %s\n", err.where, err.what);
        abort();
    }
    return all;
}

static inline const struct adapter *adapters_pick(uint8_t byte)
{
    const struct registry *all = adapters_all();
    return registry_at(all, (byte - '0') % registry_count(all));
}

static inline void demand(bool is_so, const char *what, const struct drive *d)
{
    if (is_so)
        return;
    fprintf(stderr, "%s: %s: %s: %s\n", d->adapter->hooks.dialect, what, d->hc.err.where,
            d->hc.err.what);
    abort();
}

static inline void adapters_open(struct drive *d, const struct adapter *a)
{
    struct err err = { 0 };
    if (drive_open(d, a, NULL, 0, &err)) {
        fprintf(stderr, "%s: %s\n", err.where, err.what);
        abort();
    }
    d->hc.call.model = d->hc.call.client_model = STR("model");
}

/* Writes the tape of a client's dialect in another and reads back what was written. */
static inline void adapters_say(const struct adapter *a, const struct adapter *client,
                                int phase, const struct cp_tape *tape)
{
    struct cp_tape again;
    struct drive d;
    struct buf out;
    adapters_open(&d, a);
    d.hc.call.client_dialect = str_of(client->hooks.dialect);
    buf_init(&out, OUT_BYTES);
    int rc = drive_encode(&d, phase, tape, &out, NULL);
    demand(rc != E_BUG, "encode", &d);
    if (rc == 0) {
        demand(json_check(buf_str(&out), NULL, &d.hc.err) != E_SYNTAX, "not JSON", &d);
        demand(drive_decode(&d, phase, buf_str(&out), &again) != E_BUG, "decode again", &d);
    }
    buf_fini(&out);
    drive_close(&d);
}

/* A body in one dialect, then in all. */
static inline void adapters_body(const struct adapter *a, int phase, struct cp_str body)
{
    const struct registry *all = adapters_all();
    struct cp_tape tape;
    struct drive d;
    /* the host checks every body but a failure's before a plugin sees it */
    if (phase != CP_FAILURE && json_check(body, NULL, NULL))
        return;
    adapters_open(&d, a);
    int rc = drive_decode(&d, phase, body, &tape);
    demand(rc != E_BUG, "decode", &d);
    for (size_t i = 0; rc == 0 && i < registry_count(all); i++)
        adapters_say(registry_at(all, i), a, phase, &tape);
    drive_close(&d);
}

#endif
