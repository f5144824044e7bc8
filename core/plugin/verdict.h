/* SPDX-License-Identifier: MIT */
/*
 * verdict - HTTP status, headers, a failure's words and network faults to the default verdict.
 *
 * What is true for every HTTP API and every relay; an adapter's classify() then corrects what its dialect's body says.
 */
#ifndef PLUGIN_VERDICT_H
#define PLUGIN_VERDICT_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

/* Finds a header of the upstream's response; p NULL: absent. */
typedef struct cp_str verdict_header_fn(
    void *ctx, const char *name); /* a function type: the one exception to "no typedefs" */

void verdict_default(const struct cp_failure *, verdict_header_fn *, void *ctx, int64_t wall_ms,
                     struct cp_verdict *);
/* How much of the verdict's wait the headers told: ms, or -1.  What they did not, the body did. */
int64_t verdict_header_wait_ms(const struct cp_verdict *, verdict_header_fn *, void *ctx,
                               int64_t wall_ms);
/*
 * The client's own mistake, which any service would answer so: final, and shown, also where all else fails over.
 * False also for a client's fault that may be this upstream's oddity (a 404, a 418).
 */
bool verdict_is_final(const struct cp_verdict *, int status);
/* A header's value: seconds, HTTP date, RFC 3339, seconds or ms since 1970, "1.5s", "1m30s"; ms up to a day, or -1.
 * source: RFC 9110 10.2.3 */
int64_t verdict_wait_ms(struct cp_str value, int64_t wall_ms);
const char *verdict_fault_name(uint32_t fault);     /* "client", "key", ... */
const char *verdict_trouble_name(uint32_t trouble); /* "rate_limit", ... */
/* The usual HTTP status of a trouble; what a failure has when no upstream gave one. */
int verdict_status(uint32_t trouble);
/* And back: the trouble a bare status means. */
uint32_t verdict_trouble(int status);

#endif
