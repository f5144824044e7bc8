/* SPDX-License-Identifier: MIT */
/*
 * failure - {"error": "a sentence"}: what it means, whose fault it is, and how ours are told.
 *
 * There is no code: only the status and the sentence.  source: server/routes.go and server/sched.go, 2026-11
 */
#include "ollama.h"

enum { SAID_BYTES = 500 };

static const struct {
    const char *words; /* in lower case */
    uint32_t sub;
} sayings[] = {
    { "closed the stream", CP_STREAM_CUT },
    { "stream broke off", CP_STREAM_CUT }, /* said by this gateway */
    { "exceeds the context", CP_CONTEXT_TOO_LONG },
    { "exceeds the available context", CP_CONTEXT_TOO_LONG },
    { "exceeds maximum context", CP_CONTEXT_TOO_LONG },
    { "context length", CP_CONTEXT_TOO_LONG },
    { "does not support", CP_BAD_REQUEST },
    { "unauthorized", CP_AUTH },
    { "invalid api key", CP_AUTH },
    { "usage limit", CP_RATE_LIMIT },
    { "rate limit", CP_RATE_LIMIT },
    { "too many", CP_RATE_LIMIT },
    { "server busy", CP_OVERLOADED },
    { "system memory", CP_OVERLOADED },
    { "timed out", CP_TIMEOUT },
    { "not found", CP_NOT_FOUND },
    { "subscription", CP_BILLING },
    { "invalid", CP_BAD_REQUEST },
    { "must be", CP_BAD_REQUEST },
    { "is required", CP_BAD_REQUEST },
};

static uint32_t trouble_of(struct cp_str text)
{
    text.n = text.n > 1024 ? 1024 : text.n;
    for (size_t i = 0; i < COUNT(sayings); i++)
        if (text_has(text, sayings[i].words))
            return sayings[i].sub;
    return CP_SERVER;
}

struct cp_str error_text(struct cp_call *call, struct cp_str body)
{
    struct cp_str error = J->kind(body) == '{' ? J->get(body, "error") : NOTHING;

    if (J->kind(error) == '"')
        return J->text(call, error);
    if (J->kind(error) != '{') /* as the server's other doors have it */
        return NOTHING;
    error = json_text(call, error, "message");
    return error.p == NULL ? S("") : error;
}

int error_emit(struct cp_tape *tape, struct cp_str text)
{
    if (text.n == 0)
        text = S("the server failed without a word");
    return H->emit(tape,
                   &(struct cp_item){ CP_ITEM(ERROR), .sub = trouble_of(text), .text = text });
}

/* A proxy's page, or whatever stands there. */
static struct cp_str said(struct cp_call *call, struct cp_str body)
{
    struct cp_str text = NOTHING;

    if (body.n > 0 && body.p[0] == '{' && J->check(call, body) == CP_OK)
        text = error_text(call, body);
    if (text.p != NULL)
        return text;
    if (body.n <= SAID_BYTES)
        return body;
    body.n = SAID_BYTES;
    while (body.n > 0 && ((unsigned char)body.p[body.n - 1] & 0xC0) == 0x80)
        body.n--;
    if (body.n > 0 && ((unsigned char)body.p[body.n - 1] & 0x80) != 0)
        body.n--;
    return body;
}

int failure_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    int rc = error_emit(tape, said(call, body));

    return rc == CP_ENOUGH ? CP_OK : rc;
}

/* ---- for our own clients ---- */

static const struct {
    uint32_t sub;
    int status;
} answers[] = {
    { CP_BAD_REQUEST, 400 },
    { CP_CONTEXT_TOO_LONG, 400 },
    { CP_AUTH, 401 },
    { CP_BILLING, 402 },
    { CP_FORBIDDEN, 403 },
    { CP_NOT_FOUND, 404 },
    { CP_METHOD, 405 },
    { CP_CONFLICT, 409 },
    { CP_TOO_LARGE, 413 },
    { CP_MEDIA_TYPE, 415 },
    { CP_RATE_LIMIT, 429 },
    { CP_OVERLOADED, 503 },
    { CP_TIMEOUT, 504 },
    { CP_POLICY, 400 },
    { CP_STREAM_CUT, 502 },
    { CP_CANCELLED, 499 },
    { CP_HEADERS_TOO_LARGE, 431 },
};

static int status_of(const struct cp_item *error)
{
    for (size_t i = 0; i < COUNT(answers); i++)
        if (answers[i].sub == error->sub)
            return answers[i].status;
    return error->num >= 500 ? (int)error->num : 500;
}

int failure_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if (it->kind != CP_ERROR)
            continue;
        (void)J->open(out, '{');
        put_text(out, "error", it->text);
        (void)J->close(out);
        return H->set_status(out, status_of(it));
    }
    return H->fail(call, CP_E_BUG, "a failure without an error");
}

/* ---- whose fault ---- */

static void blame(struct cp_verdict *v, uint32_t fault, uint32_t cure, uint32_t trouble)
{
    v->fault = fault;
    v->cure = cure;
    v->trouble = trouble;
}

/* The model at this server cannot; another server's, or another model, may. */
static void blame_model(struct cp_verdict *v, uint32_t trouble)
{
    blame(v, CP_BY_MODEL, CP_ELSEWHERE, trouble);
    v->for_model = 1;
}

void verdict_correct(void *instance, struct cp_call *call, const struct cp_failure *f,
                     struct cp_verdict *v)
{
    struct cp_str text;

    (void)instance;
    if (f->net != 0)
        return;
    text = said(call, f->body);
    if (text_has(text, "does not support thinking")) {
        /* Agents ask every model to think.  The answer is the same without. */
        blame(v, CP_BY_CLIENT, CP_NEVER, CP_BAD_REQUEST);
        v->refused = S("think");
        v->for_model = 1;
    } else if (text_has(text,
                        "does not support")) { /* tools, images: the client must get them */
        blame_model(v, CP_BAD_REQUEST);
    } else if (text_has(text, "not found") && text_has(text, "model")) {
        blame_model(v, CP_NOT_FOUND);
    } else if (
        text_has(
            text,
            "system memory")) { /* "model requires more system memory (9.9 GiB) than is available" */
        blame_model(v, CP_OVERLOADED);
    } else if (trouble_of(text) == CP_CONTEXT_TOO_LONG) {
        blame(v, CP_BY_CLIENT, CP_NEVER, CP_CONTEXT_TOO_LONG);
    } else if (text_has(text, "server busy")) { /* its queue is full */
        blame(v, CP_BY_UPSTREAM, CP_LATER, CP_OVERLOADED);
        v->wait_ms = v->wait_ms > 0 ? v->wait_ms : 1000;
    }
}
