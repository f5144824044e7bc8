/* SPDX-License-Identifier: MIT */
/*
 * media - under which media types a dialect's bodies and streams go.
 *
 * source: RFC 8259 11 and RFC 6839 3.1 (application/json, +json), WHATWG HTML 9.2 (text/event-stream); application/x-ndjson is
 * registered nowhere, and what services say
 */
#include "plugin/media.h"

#include "base/str.h"

static const char json_type[] = "application/json";

/* Without parameters. */
static struct cp_str essence(struct cp_str type)
{
    ptrdiff_t semi = type.p ? str_chr(type, ';') : -1;
    return str_trim(semi < 0 ? type : str_cut(type, (size_t)semi));
}

static bool is_same(struct cp_str a, struct cp_str b)
{
    for (size_t i = 0; a.n == b.n && i < a.n; i++)
        if ((a.p[i] | 0x20) != (b.p[i] | 0x20))
            return false;
    return a.n == b.n;
}

static bool is_json(struct cp_str type)
{
    return str_is_nocase(type, json_type) || str_find_nocase(type, "+json") >= 0;
}

bool media_is_json(const struct cp_adapter *a)
{
    return !a->body_type || is_json(essence(str_of(a->body_type)));
}

const char *media_of_body(const struct cp_adapter *a)
{
    return a->body_type ? a->body_type : json_type;
}

const char *media_of_stream(const struct cp_adapter *a, uint32_t framing)
{
    if (framing == CP_ARRAY)
        return "application/json; charset=utf-8";
    if (framing == CP_LINES)
        return "application/x-ndjson";
    return framing == CP_RAW ? media_of_body(a) : "text/event-stream; charset=utf-8";
}

struct cp_str media_accept(const struct cp_adapter *a, bool is_stream)
{
    return essence(str_of(is_stream ? media_of_stream(a, a->framing) : media_of_body(a)));
}

bool media_takes(const struct cp_adapter *a, struct cp_str content_type)
{
    struct cp_str type = essence(content_type);

    if (!type.n || str_is_nocase(type, "text/plain"))
        return true;
    return media_is_json(a) ? is_json(type) : is_same(type, essence(str_of(a->body_type)));
}

/* Its own bytes are for streams that are framed as its upstreams' are. */
struct cp_str media_keepalive(const struct cp_adapter *a, uint32_t framing)
{
    bool is_sse = framing != CP_LINES && framing != CP_RAW && framing != CP_ARRAY;
    bool is_own_sse = a->framing == CP_SSE || a->framing == CP_SSE_CRLF;

    if (framing == CP_ARRAY)
        return STR("\n"); /* between the elements of an array a blank is no matter */
    return (is_sse ? is_own_sse : framing == a->framing) ? str_of(a->keepalive) : STR_NONE;
}
