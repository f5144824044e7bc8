/* SPDX-License-Identifier: MIT */
/*
 * layout - sizes, offsets and numbers of the installed headers, a line each, for src/layout.rs.
 */
#include <claude-proxy/json.h>
#include <claude-proxy/plugin.h>

#include <stdio.h>

#define SIZE(s)   printf("%s %zu\n", #s, sizeof(struct s))
#define AT(s, f)  printf("%s.%s %zu\n", #s, #f, offsetof(struct s, f))
#define NUMBER(n) printf("%s %llu\n", #n, (unsigned long long)(n))

static void items(void)
{
    SIZE(cp_str), AT(cp_str, p), AT(cp_str, n);
    SIZE(cp_item), AT(cp_item, size), AT(cp_item, kind), AT(cp_item, flags), AT(cp_item, index);
    AT(cp_item, sub), AT(cp_item, choice), AT(cp_item, text), AT(cp_item, name),
        AT(cp_item, id);
    AT(cp_item, meta), AT(cp_item, num);
    SIZE(cp_call), AT(cp_call, op), AT(cp_call, want), AT(cp_call, stream),
        AT(cp_call, attempt);
    AT(cp_call, model), AT(cp_call, client_model), AT(cp_call, trace),
        AT(cp_call, client_dialect);
    AT(cp_call, request);
    SIZE(cp_frame), AT(cp_frame, event), AT(cp_frame, data);
}

static void services(void)
{
    SIZE(cp_host), AT(cp_host, size), AT(cp_host, minor), AT(cp_host, version),
        AT(cp_host, alloc);
    AT(cp_host, fail), AT(cp_host, now_ms), AT(cp_host, emit), AT(cp_host, item),
        AT(cp_host, frame);
    AT(cp_host, frame_open), AT(cp_host, frame_close), AT(cp_host, set_status),
        AT(cp_host, set_path);
    AT(cp_host, place_key), AT(cp_host, note), AT(cp_host, service), AT(cp_host, note_item);
    SIZE(cp_json), AT(cp_json, size), AT(cp_json, check), AT(cp_json, kind), AT(cp_json, get);
    AT(cp_json, each), AT(cp_json, text), AT(cp_json, integer), AT(cp_json, is),
        AT(cp_json, open);
    AT(cp_json, close), AT(cp_json, key), AT(cp_json, string), AT(cp_json, number),
        AT(cp_json, raw);
    AT(cp_json, quote_open), AT(cp_json, piece), AT(cp_json, quote_close);
}

static void provided(void)
{
    SIZE(cp_endpoint), AT(cp_endpoint, op), AT(cp_endpoint, stream), AT(cp_endpoint, method);
    AT(cp_endpoint, path), AT(cp_endpoint, when_header), AT(cp_endpoint, when_query);
    AT(cp_endpoint, framing);
    SIZE(cp_adapter), AT(cp_adapter, size), AT(cp_adapter, framing), AT(cp_adapter, speaks);
    AT(cp_adapter, ops), AT(cp_adapter, dialect), AT(cp_adapter, family), AT(cp_adapter, title);
    AT(cp_adapter, keepalive), AT(cp_adapter, request_id_header), AT(cp_adapter, endpoints);
    AT(cp_adapter, endpoints_n), AT(cp_adapter, endpoint_size), AT(cp_adapter, options);
    AT(cp_adapter, configure), AT(cp_adapter, forget), AT(cp_adapter, target),
        AT(cp_adapter, decode);
    AT(cp_adapter, encode), AT(cp_adapter, rx_open), AT(cp_adapter, rx_frame),
        AT(cp_adapter, rx_close);
    AT(cp_adapter, tx_open), AT(cp_adapter, tx_item), AT(cp_adapter, tx_close);
    AT(cp_adapter, classify), AT(cp_adapter, extension), AT(cp_adapter, flags),
        AT(cp_adapter, amend);
    AT(cp_adapter, reads), AT(cp_adapter, session), AT(cp_adapter, session_n);
    SIZE(cp_plugin), AT(cp_plugin, magic), AT(cp_plugin, major), AT(cp_plugin, needs_minor);
    AT(cp_plugin, size), AT(cp_plugin, adapters_n), AT(cp_plugin, adapters),
        AT(cp_plugin, name);
    AT(cp_plugin, version), AT(cp_plugin, license), AT(cp_plugin, contact), AT(cp_plugin, load);
    AT(cp_plugin, unload), AT(cp_plugin, stores), AT(cp_plugin, stores_n);
}

static void numbers(void)
{
    NUMBER(CP_OK), NUMBER(CP_ENOUGH), NUMBER(CP_CHAT), NUMBER(CP_REQUEST), NUMBER(CP_RESPONSE);
    NUMBER(CP_FAILURE), NUMBER(CP_START), NUMBER(CP_PARAM), NUMBER(CP_SYSTEM),
        NUMBER(CP_MESSAGE);
    NUMBER(CP_TEXT), NUMBER(CP_REFUSAL), NUMBER(CP_STOP), NUMBER(CP_USAGE), NUMBER(CP_ERROR);
    NUMBER(CP_NATIVE), NUMBER(CP_END), NUMBER(CP_OPEN), NUMBER(CP_CLOSE), NUMBER(CP_WHOLE);
    NUMBER(CP_USER), NUMBER(CP_ASSISTANT), NUMBER(CP_STOP_TURN), NUMBER(CP_STOP_LENGTH);
    NUMBER(CP_STOP_REFUSED), NUMBER(CP_INPUT), NUMBER(CP_INPUT_TOOLS), NUMBER(CP_OUTPUT);
    NUMBER(CP_REASONING_TOKENS), NUMBER(CP_BAD_REQUEST), NUMBER(CP_CONTEXT_TOO_LONG),
        NUMBER(CP_AUTH);
    NUMBER(CP_BILLING), NUMBER(CP_NOT_FOUND), NUMBER(CP_RATE_LIMIT), NUMBER(CP_OVERLOADED);
    NUMBER(CP_SERVER), NUMBER(CP_STREAM_CUT), NUMBER(CP_APPROXIMATED), NUMBER(CP_DROPPED);
    NUMBER(CP_IN_HEADER), NUMBER(CP_SSE), NUMBER(CP_MAGIC), NUMBER(CP_ABI_MAJOR);
}

int main(void)
{
    items();
    services();
    provided();
    numbers();
    return 0;
}
