/* SPDX-License-Identifier: MIT */
/*
 * error - error bodies in the shape of each dialect.
 */
#include "reply.h"

#include <string.h>

static const struct error_row {
    int64_t status;
    const char *claude, *openai, *code, *gemini;
} rows[] = {
    { 400, "invalid_request_error", "invalid_request_error", NULL, "INVALID_ARGUMENT" },
    { 401, "authentication_error", "invalid_request_error", "invalid_api_key",
      "UNAUTHENTICATED" },
    { 402, "billing_error", "insufficient_quota", "insufficient_quota", "FAILED_PRECONDITION" },
    { 403, "permission_error", "permission_error", NULL, "PERMISSION_DENIED" },
    { 404, "not_found_error", "invalid_request_error", "model_not_found", "NOT_FOUND" },
    { 409, "conflict_error", "conflict", NULL, "ABORTED" },
    { 413, "request_too_large", "invalid_request_error", NULL, "INVALID_ARGUMENT" },
    { 429, "rate_limit_error", "rate_limit_error", "rate_limit_exceeded",
      "RESOURCE_EXHAUSTED" },
    { 500, "api_error", "server_error", NULL, "INTERNAL" },
    { 503, "overloaded_error", "service_unavailable_error", "server_is_overloaded",
      "UNAVAILABLE" },
    { 504, "timeout_error", "server_error", "timeout", "DEADLINE_EXCEEDED" },
    { 529, "overloaded_error", "service_unavailable_error", "server_is_overloaded",
      "UNAVAILABLE" },
};

static const struct error_row *row_of(int64_t status)
{
    const struct error_row *server = NULL;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].status == status)
            return &rows[i];
        if (rows[i].status == 500)
            server = &rows[i];
    }
    return status < 500 ? &rows[0] : server;
}

struct error_spec error_parse(struct slice spec)
{
    struct error_spec e = { .message = slice_of("This error is simulated.") };
    const char *colon = spec.n ? memchr(spec.at, ':', spec.n) : NULL, *slash;

    e.type = spec;
    if (colon) {
        e.type.n = (size_t)(colon - spec.at);
        e.message = (struct slice){ colon + 1, spec.n - e.type.n - 1 };
    }
    slash = e.type.n ? memchr(e.type.at, '/', e.type.n) : NULL;
    if (slash) {
        e.code = (struct slice){ slash + 1, (size_t)(e.type.at + e.type.n - slash - 1) };
        e.type.n = (size_t)(slash - e.type.at);
    }
    return e;
}

static const char *row_type(const struct error_row *row, enum dialect dialect)
{
    return dialect == CLAUDE ? row->claude : dialect == GEMINI ? row->gemini : row->openai;
}

/* The status that usually goes with a type; the dialect's own types first. */
int64_t error_status(struct error_spec e, enum dialect dialect)
{
    enum { N = sizeof rows / sizeof *rows };

    if (dialect == CLAUDE && slice_is(e.type, "overloaded_error"))
        return 529;
    for (int i = 0; i < N; i++)
        if (slice_is(e.type, row_type(&rows[i], dialect)))
            return rows[i].status;
    for (int i = 0; i < N; i++)
        for (int d = 0; d < DIALECTS_N; d++)
            if (slice_is(e.type, row_type(&rows[i], (enum dialect)d)))
                return rows[i].status;
    return 500;
}

static void gemini_details(struct text *out, int64_t status, struct slice retry_after)
{
    if (retry_after.n)
        text_form(out,
                  ",'details':[{'@type':'type.googleapis.com/google.rpc.RetryInfo',"
                  "'retryDelay':'%Ss'}]",
                  &retry_after);
    else if (status == 401)
        text_form(out, ",'details':[{'@type':'type.googleapis.com/google.rpc.ErrorInfo',"
                       "'reason':'API_KEY_INVALID','domain':'googleapis.com'}]");
}

void error_write(struct text *out, enum dialect dialect, int64_t status, struct error_spec e,
                 struct slice retry_after, const char *request_id)
{
    const struct error_row *row = row_of(status);
    struct slice type = e.type;

    if (dialect == CLAUDE) {
        if (!type.n)
            type = slice_of(row->claude);
        text_form(out,
                  "{'type':'error','error':{'type':%Q,'message':%Q},'request_id':'req_%s'}",
                  &type, &e.message, request_id);
    } else if (dialect == GEMINI) {
        if (!type.n || (type.at[0] >= 'a' && type.at[0] <= 'z'))
            type = slice_of(row->gemini);
        text_form(out, "{'error':{'code':%n,'message':%Q,'status':%Q", status, &e.message,
                  &type);
        gemini_details(out, status, retry_after);
        text_str(out, "}}");
    } else {
        struct slice code = e.code.n ? e.code : slice_of(e.type.n ? NULL : row->code);
        if (!type.n)
            type = slice_of(row->openai);
        text_form(out, "{'error':{'message':%Q,'type':%Q,'param':", &e.message, &type);
        if (e.param.n)
            text_form(out, "%Q,'code':", &e.param);
        else
            text_form(out, "null,'code':");
        if (code.n)
            text_form(out, "%Q}}", &code);
        else
            text_str(out, "null}}");
    }
}
