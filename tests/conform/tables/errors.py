# SPDX-License-Identifier: MIT
"""errors - whose fault it was, from every upstream's words into every client's."""
import speak
from hear import pair
from speak import FAMILY, MODEL, OTHER_PAIRS, dump

# class: what each upstream says: status, and the words that tell: type (Claude), type and code (OpenAI), status (Gemini), message
SAID = {
    "bad request": ((400, "invalid_request_error"), (400, "invalid_request_error", None), (400, "INVALID_ARGUMENT"), "odd: value"),
    "unprocessable": ((422, "invalid_request_error"), (422, "invalid_request_error", None), (400, "FAILED_PRECONDITION"), "odd: value"),
    "too long": ((400, "invalid_request_error"), (400, "invalid_request_error", "context_length_exceeded"), (400, "INVALID_ARGUMENT"), None),
    "our key": ((401, "authentication_error"), (401, "invalid_request_error", "invalid_api_key"), (401, "UNAUTHENTICATED"), "bad key @key@"),
    "forbidden": ((403, "permission_error"), (403, "permission_error", None), (403, "PERMISSION_DENIED"), "not @key@"),
    "no money": ((402, "billing_error"), (429, "insufficient_quota", "insufficient_quota"), (402, "UNKNOWN"), "pay"),
    "not found": ((404, "not_found_error"), (404, "invalid_request_error", "model_not_found"), (404, "NOT_FOUND"), "no such model"),
    "conflict": ((409, "conflict_error"), (409, "conflict", None), (409, "ABORTED"), "again"),
    "too large": ((413, "request_too_large"), (413, "invalid_request_error", None), (413, "INVALID_ARGUMENT"), "too big"),
    "too many": ((429, "rate_limit_error"), (429, "rate_limit_error", "rate_limit_exceeded"), (429, "RESOURCE_EXHAUSTED"), "slowly"),
    "overloaded": ((529, "overloaded_error"), (503, "service_unavailable_error", "server_is_overloaded"), (503, "UNAVAILABLE"), "full"),
    "too slow": ((504, "timeout_error"), (504, "server_error", "timeout"), (504, "DEADLINE_EXCEEDED"), "late"),
    "broken": ((500, "api_error"), (500, "server_error", None), (500, "INTERNAL"), "oh dear"),
    "a status of a proxy's": ((520, "api_error"), (520, "server_error", None), (520, "UNKNOWN"), "oh dear"),
    "against the policy": (None, (400, "invalid_request_error", "content_policy_violation"), None, "not that"),
}
LONG = {"claude": "prompt is too long: 130500 tokens > 128000 maximum",
        "chat": "This model's maximum context length is 128000 tokens. However, your messages resulted in 130500 tokens.",
        "responses": "Your input exceeds the context window of this model. Please adjust your input and try again.",
        "gemini": "The input token count (130500) exceeds the maximum number of tokens allowed (128000)."}
# class: what each client hears: Claude, Chat and Responses, Gemini
HEARD = {
    "bad request": ((400, "invalid_request_error"), (400, "invalid_request_error", None), (400, "INVALID_ARGUMENT")),
    "unprocessable": ((400, "invalid_request_error"), (400, "invalid_request_error", None), (400, "INVALID_ARGUMENT")),
    "too long": ((400, "invalid_request_error"), (400, "invalid_request_error", "context_length_exceeded"), (400, "INVALID_ARGUMENT")),
    "our key": ((502, "api_error"), (502, "server_error", None), (500, "INTERNAL")),
    "forbidden": ((502, "api_error"), (502, "server_error", None), (500, "INTERNAL")),
    "no money": ((502, "api_error"), (502, "server_error", None), (500, "INTERNAL")),
    "not found": ((404, "not_found_error"), (404, "invalid_request_error", "model_not_found"), (404, "NOT_FOUND")),
    "conflict": ((400, "invalid_request_error"), (409, "conflict", None), (409, "ABORTED")),
    "too large": ((413, "request_too_large"), (413, "invalid_request_error", None), (400, "INVALID_ARGUMENT")),
    "too many": ((429, "rate_limit_error"), (429, "rate_limit_error", "rate_limit_exceeded"), (429, "RESOURCE_EXHAUSTED")),
    "overloaded": ((529, "overloaded_error"), (503, "service_unavailable_error", "server_is_overloaded"), (503, "UNAVAILABLE")),
    "too slow": ((504, "timeout_error"), (504, "server_error", "timeout"), (504, "DEADLINE_EXCEEDED")),
    "broken": ((500, "api_error"), (500, "server_error", None), (500, "INTERNAL")),
    "a status of a proxy's": ((500, "api_error"), (500, "server_error", None), (500, "INTERNAL")),
    "against the policy": ((400, "invalid_request_error"), (400, "invalid_request_error", "content_policy_violation"), (400, "INVALID_ARGUMENT")),
}
OURS = ("our key", "forbidden", "no money")
COLUMN = {"claude": 0, "chat": 1, "responses": 1, "gemini": 2}


def said(upstream, kind):
    """(status, body), or None where this upstream has no such error."""
    row = SAID[kind]
    told, message = row[COLUMN[upstream]], row[3] or LONG[upstream]
    if told is None:
        return None
    if upstream == "claude":
        body = {"type": "error", "error": {"type": told[1], "message": message}, "request_id": "req_1"}
    elif upstream == "gemini":
        body = {"error": {"code": told[0], "message": message, "status": told[1]}}
    else:
        body = {"error": {"message": message, "type": told[1], "param": None, "code": told[2]}}
    return told[0], body


def heard(client, kind, upstream):
    row = HEARD[kind][COLUMN[client]]
    message = SAID[kind][3] or "130500"
    if kind in OURS:
        message = "no usable upstream key"
    if kind == "too long" and upstream == "responses":
        message = "context window"
    message = f"$re:(?s:.*{message}.*)"
    if client == "claude":
        return row[0], {"type": "error", "error": {"type": row[1], "message": message}}
    if client == "gemini":
        return row[0], {"error": {"code": row[0], "status": row[1], "message": message}}
    return row[0], {"error": {"message": message, "type": row[1], "code": row[2]}}


def whole_case(client, upstream, kind, is_stream):
    status, body = said(upstream, kind)
    out, pattern = heard(client, kind, upstream)
    lines = [f"case {kind}{' where a stream was wanted' if is_stream else ''}, from {pair(client, upstream)}",
             f"from {FAMILY[client]} to {upstream} as {MODEL[upstream]}"]
    if is_stream and client == "gemini":
        lines.append("target /v1beta/models/@model@:streamGenerateContent?alt=sse")
    lines += ["in  " + dump(speak.question(client, is_stream)), f"reply status={status}", "    " + dump(body), f"out {out} " + dump(pattern), "out-not @key@"]
    return "\n".join(lines)


def cases():
    for client, upstream in OTHER_PAIRS:
        for kind in SAID:
            if said(upstream, kind):
                for is_stream in (False, True):
                    yield whole_case(client, upstream, kind, is_stream)
