/* SPDX-License-Identifier: MIT */
/*
 * test_abi1_0 - ABI 1.0, frozen: where each member stands, what type it has, what each word is worth.
 *
 * The compiler is the judge.  When this file does not compile, plugins built against 1.0 would
 * break: do not change this file, change what you did.  Later minors get a file of their own that
 * says what they added at the ends.  Offsets are those of 64-bit systems.
 */
/* Hidden padding would let a member slip in without the struct growing: none may be there. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"
#include <claude-proxy/json.h>
#include <claude-proxy/plugin.h>
#include <claude-proxy/store.h>
#pragma GCC diagnostic pop

#include <stdio.h>

#define SAME(type, of)   __builtin_types_compatible_p(type, __typeof__(of))
#define OF(what, member) (((struct what *)0)->member)
#define AT(what, member, offset, type)                                                         \
    _Static_assert(sizeof(void *) != 8 || offsetof(struct what, member) == (offset),           \
                   #what "." #member " moved");                                                \
    _Static_assert(SAME(type, OF(what, member)), #what "." #member " has another type")
#define SIZE(what, bytes)                                                                      \
    _Static_assert(sizeof(void *) != 8 || sizeof(struct what) >= (bytes), #what " shrank")
/* It can never grow: arrays and members of it are everywhere. */
#define EXACT(what, bytes)                                                                     \
    _Static_assert(sizeof(void *) != 8 || sizeof(struct what) == (bytes),                      \
                   #what " has another size")
#define WORTH(word, value) _Static_assert((word) == (value), #word " changed")

WORTH(CP_MAGIC, 0x43507831u);
WORTH(CP_ABI_MAJOR, 1);
WORTH(CP_BIT(40), UINT64_C(1) << 40);

WORTH(CP_OK, 0);
WORTH(CP_ENOUGH, 1);
WORTH(CP_E_SYNTAX, -1);
WORTH(CP_E_UNSUPPORTED, -2);
WORTH(CP_E_LIMIT, -3);
WORTH(CP_E_NOMEM, -4);
WORTH(CP_E_CONFIG, -5);
WORTH(CP_E_BUG, -6);

WORTH(CP_CHAT, 1);
WORTH(CP_COUNT_TOKENS, 2);
WORTH(CP_LIST_MODELS, 3);
WORTH(CP_GET_MODEL, 4);
WORTH(CP_COMPACT, 5);
WORTH(CP_STORED_GET, 6);
WORTH(CP_STORED_DELETE, 7);
WORTH(CP_STORED_ITEMS, 8);
WORTH(CP_STORED_CANCEL, 9);

WORTH(CP_REQUEST, 1);
WORTH(CP_RESPONSE, 2);
WORTH(CP_FAILURE, 3);

WORTH(CP_START, 1);
WORTH(CP_PARAM, 2);
WORTH(CP_SYSTEM, 3);
WORTH(CP_TOOL, 4);
WORTH(CP_TOOL_CHOICE, 5);
WORTH(CP_MESSAGE, 6);
WORTH(CP_TEXT, 7);
WORTH(CP_REFUSAL, 8);
WORTH(CP_REASONING, 9);
WORTH(CP_STATE, 10);
WORTH(CP_MEDIA, 11);
WORTH(CP_TOOL_CALL, 12);
WORTH(CP_TOOL_RESULT, 13);
WORTH(CP_SERVER_CALL, 14);
WORTH(CP_SERVER_RESULT, 15);
WORTH(CP_CITE, 16);
WORTH(CP_CACHE_MARK, 17);
WORTH(CP_STOP, 18);
WORTH(CP_USAGE, 19);
WORTH(CP_ERROR, 20);
WORTH(CP_MODEL, 21);
WORTH(CP_COMPACTION, 22);
WORTH(CP_REFERENCE, 23);
WORTH(CP_CONTROL, 24);
WORTH(CP_NATIVE, 25);
WORTH(CP_AUX, 26);
WORTH(CP_END, 27);

WORTH(CP_OPEN, 1);
WORTH(CP_CLOSE, 2);
WORTH(CP_WHOLE, 3);
WORTH(CP_SEGMENT, 4);

WORTH(CP_TIED, 1);
WORTH(CP_UNKEPT, 2);

WORTH(CP_BY_SYSTEM, 1);
WORTH(CP_BY_DEVELOPER, 2);

WORTH(CP_USER, 1);
WORTH(CP_ASSISTANT, 2);
WORTH(CP_SYS, 3);
WORTH(CP_DEVELOPER, 4);

WORTH(CP_TOOL_FUNCTION, 1);
WORTH(CP_TOOL_CUSTOM, 2);
WORTH(CP_TOOL_CLIENT, 3);
WORTH(CP_TOOL_HOSTED, 4);

WORTH(CP_AUTO, 1);
WORTH(CP_NONE, 2);
WORTH(CP_ANY, 3);
WORTH(CP_NAMED, 4);
WORTH(CP_AMONG_AUTO, 5);
WORTH(CP_AMONG_ANY, 6);

WORTH(CP_SUMMARY, 1);
WORTH(CP_RAW_THOUGHT, 2);

WORTH(CP_IMAGE, 1);
WORTH(CP_AUDIO, 2);
WORTH(CP_VIDEO, 3);
WORTH(CP_DOCUMENT, 4);
WORTH(CP_SEARCH_HIT, 5);
WORTH(CP_FILE, 6);

WORTH(CP_FROM_BASE64, 1);
WORTH(CP_FROM_URL, 2);
WORTH(CP_FROM_FILE_ID, 3);
WORTH(CP_FROM_TEXT, 4);
WORTH(CP_FROM_PARTS, 5);

WORTH(CP_STOP_TURN, 1);
WORTH(CP_STOP_LENGTH, 2);
WORTH(CP_STOP_TOOL, 3);
WORTH(CP_STOP_SEQUENCE, 4);
WORTH(CP_STOP_REFUSED, 5);
WORTH(CP_STOP_PAUSE, 6);
WORTH(CP_STOP_CONTEXT, 7);
WORTH(CP_STOP_MALFORMED, 8);
WORTH(CP_STOP_COMPACTION, 9);

WORTH(CP_INPUT, 1);
WORTH(CP_CACHE_READ, 2);
WORTH(CP_CACHE_WRITE_5M, 3);
WORTH(CP_CACHE_WRITE_1H, 4);
WORTH(CP_INPUT_TOOLS, 5);
WORTH(CP_OUTPUT, 6);
WORTH(CP_REASONING_TOKENS, 7);
WORTH(CP_SEARCHES, 8);

WORTH(CP_BAD_REQUEST, 1);
WORTH(CP_CONTEXT_TOO_LONG, 2);
WORTH(CP_AUTH, 3);
WORTH(CP_BILLING, 4);
WORTH(CP_FORBIDDEN, 5);
WORTH(CP_NOT_FOUND, 6);
WORTH(CP_CONFLICT, 7);
WORTH(CP_TOO_LARGE, 8);
WORTH(CP_RATE_LIMIT, 9);
WORTH(CP_OVERLOADED, 10);
WORTH(CP_TIMEOUT, 11);
WORTH(CP_SERVER, 12);
WORTH(CP_POLICY, 13);
WORTH(CP_STREAM_CUT, 14);
WORTH(CP_CANCELLED, 15);
WORTH(CP_METHOD, 16);
WORTH(CP_MEDIA_TYPE, 17);
WORTH(CP_HEADERS_TOO_LARGE, 18);

WORTH(CP_WANT_ROUTE, 1);
WORTH(CP_WANT_USAGE, 2);
WORTH(CP_WANT_CONTENT, 4);
WORTH(CP_WANT_ALL, 7);
WORTH(CP_WANT_SOON, 8);
WORTH(CP_WANT_KEPT, 16);

WORTH(CP_NET_RESOLVE, 1);
WORTH(CP_NET_CONNECT, 2);
WORTH(CP_NET_TLS, 3);
WORTH(CP_NET_SEND, 4);
WORTH(CP_NET_RECV, 5);
WORTH(CP_NET_TIMEOUT, 6);
WORTH(CP_NET_PROTOCOL, 7);
WORTH(CP_NET_DENIED, 8);
WORTH(CP_NET_CUT, 9);
WORTH(CP_NET_EMPTY, 10);
WORTH(CP_NET_CONTENT_TYPE, 11);

WORTH(CP_BY_CLIENT, 1);
WORTH(CP_BY_KEY, 2);
WORTH(CP_BY_MODEL, 3);
WORTH(CP_BY_UPSTREAM, 4);
WORTH(CP_BY_NETWORK, 5);

WORTH(CP_NEVER, 1);
WORTH(CP_ELSEWHERE, 2);
WORTH(CP_LATER, 3);

WORTH(CP_MAPPED, 1);
WORTH(CP_APPROXIMATED, 2);
WORTH(CP_DROPPED, 3);
WORTH(CP_REPAIRED, 4);

WORTH(CP_IN_HEADER, 1);
WORTH(CP_IN_QUERY, 2);
WORTH(CP_LOG_ERROR, 3);
WORTH(CP_LOG_WARN, 4);
WORTH(CP_LOG_INFO, 6);
WORTH(CP_LOG_DEBUG, 7);
WORTH(CP_NAME_DOTS, 1);
WORTH(CP_NAME_ALPHA_FIRST, 2);
WORTH(CP_REWRITES, 1);
WORTH(CP_T_STRING, 1);
WORTH(CP_T_INT, 2);
WORTH(CP_T_BOOL, 3);

WORTH(CP_SSE, 1);
WORTH(CP_LINES, 2);
WORTH(CP_RAW, 3);
WORTH(CP_ARRAY, 4);
WORTH(CP_SSE_CRLF, 5);

WORTH(CP_FORGETS_STATE, 1);
WORTH(CP_KEEPS_ANSWERS, 2);
WORTH(CP_COUNTS_LATE, 4);

AT(cp_str, p, 0, const char *);
AT(cp_str, n, 8, size_t);
EXACT(cp_str, 16);

AT(cp_item, size, 0, uint32_t);
AT(cp_item, kind, 4, uint32_t);
AT(cp_item, flags, 8, uint32_t);
AT(cp_item, index, 12, uint32_t);
AT(cp_item, sub, 16, uint32_t);
AT(cp_item, choice, 20, uint32_t);
AT(cp_item, text, 24, struct cp_str);
AT(cp_item, name, 40, struct cp_str);
AT(cp_item, id, 56, struct cp_str);
AT(cp_item, meta, 72, struct cp_str);
AT(cp_item, num, 88, int64_t);
SIZE(cp_item, 96);

AT(cp_call, op, 0, uint32_t);
AT(cp_call, want, 4, uint32_t);
AT(cp_call, stream, 8, uint32_t);
AT(cp_call, attempt, 12, uint32_t);
AT(cp_call, model, 16, struct cp_str);
AT(cp_call, client_model, 32, struct cp_str);
AT(cp_call, trace, 48, struct cp_str);
AT(cp_call, client_dialect, 64, struct cp_str);
AT(cp_call, request, 80, struct cp_str);
AT(cp_call, framing, 96, uint32_t);
AT(cp_call, reserved, 100, uint32_t);
AT(cp_call, query, 104, struct cp_str);
AT(cp_call, passed_start, 120, const struct cp_item *);
AT(cp_call, passed, 128, struct cp_str);
SIZE(cp_call, 144);

AT(cp_frame, event, 0, struct cp_str);
AT(cp_frame, data, 16, struct cp_str);
SIZE(cp_frame, 32);

AT(cp_failure, status, 0, int32_t);
AT(cp_failure, net, 4, int32_t);
AT(cp_failure, relayed, 8, uint64_t);
AT(cp_failure, body, 16, struct cp_str);
SIZE(cp_failure, 32);

AT(cp_verdict, fault, 0, uint32_t);
AT(cp_verdict, cure, 4, uint32_t);
AT(cp_verdict, wait_ms, 8, int64_t);
AT(cp_verdict, disable_key, 16, uint32_t);
AT(cp_verdict, trouble, 20, uint32_t);
AT(cp_verdict, for_model, 24, uint32_t);
AT(cp_verdict, reserved, 28, uint32_t);
AT(cp_verdict, refused, 32, struct cp_str);
SIZE(cp_verdict, 48);

AT(cp_host, size, 0, uint32_t);
AT(cp_host, minor, 4, uint32_t);
AT(cp_host, version, 8, const char *);
AT(cp_host, alloc, 16, void *(*)(struct cp_call *, size_t n));
AT(cp_host, fail, 24, int (*)(struct cp_call *, int rc, const char *fmt, ...));
AT(cp_host, log, 32, void (*)(int level, const char *fmt, ...));
AT(cp_host, now_ms, 40, int64_t (*)(void));
AT(cp_host, emit, 48, int (*)(struct cp_tape *, const struct cp_item *));
AT(cp_host, item, 56, const struct cp_item *(*)(const struct cp_tape *, size_t i));
AT(cp_host, write, 64, int (*)(struct cp_out *, struct cp_str));
AT(cp_host, frame, 72, int (*)(struct cp_out *, struct cp_str event, struct cp_str data));
AT(cp_host, frame_open, 80, int (*)(struct cp_out *, const char *event));
AT(cp_host, frame_close, 88, int (*)(struct cp_out *));
AT(cp_host, set_status, 96, int (*)(struct cp_out *, int status));
AT(cp_host, set_path, 104, int (*)(struct cp_head *, const char *version, const char *pattern));
AT(cp_host, add_query, 112, int (*)(struct cp_head *, const char *name, struct cp_str value));
AT(cp_host, add_header, 120, int (*)(struct cp_head *, const char *name, struct cp_str value));
AT(cp_host, place_key, 128,
   int (*)(struct cp_head *, int where, const char *name, const char *prefix));
AT(cp_host, key_begins, 136, int (*)(const struct cp_head *, const char *prefix));
AT(cp_host, get_header, 144,
   struct cp_str (*)(const struct cp_call *, int phase, const char *name));
AT(cp_host, conf_str, 152, struct cp_str (*)(const struct cp_conf *, const char *option));
AT(cp_host, conf_int, 160, int64_t (*)(const struct cp_conf *, const char *option));
AT(cp_host, note, 168,
   void (*)(struct cp_call *, int deed, struct cp_str path, const char *why));
AT(cp_host, rename, 176,
   struct cp_str (*)(struct cp_call *, struct cp_str name, size_t longest, int flags));
AT(cp_host, original, 184, struct cp_str (*)(struct cp_call *, struct cp_str name));
AT(cp_host, digest, 192, struct cp_str (*)(struct cp_call *, struct cp_str bytes));
AT(cp_host, wrap, 200, struct cp_str (*)(struct cp_call *, const struct cp_item *state));
AT(cp_host, unwrap, 208, int (*)(struct cp_call *, struct cp_str word, struct cp_item *state));
AT(cp_host, service, 216, const void *(*)(const char *name, uint32_t version));
AT(cp_host, note_item, 224,
   void (*)(struct cp_call *, int deed, const struct cp_item *, const char *why));
AT(cp_host, emulate, 232, int (*)(struct cp_call *, const char *param));
AT(cp_host, remember, 240,
   int (*)(struct cp_call *, struct cp_str id, struct cp_str under, struct cp_str bytes));
AT(cp_host, recall, 248, struct cp_str (*)(struct cp_call *, struct cp_str id));
AT(cp_host, forget, 256, int (*)(struct cp_call *, struct cp_str id));
AT(cp_host, fail_item, 264,
   int (*)(struct cp_call *, int rc, const struct cp_item *, const char *fmt, ...));
SIZE(cp_host, 272);

AT(cp_endpoint, op, 0, uint32_t);
AT(cp_endpoint, stream, 4, uint32_t);
AT(cp_endpoint, method, 8, const char *);
AT(cp_endpoint, path, 16, const char *);
AT(cp_endpoint, when_header, 24, const char *);
AT(cp_endpoint, when_query, 32, const char *);
AT(cp_endpoint, framing, 40, uint32_t);
AT(cp_endpoint, reserved, 44, uint32_t);
SIZE(cp_endpoint, 48);

AT(cp_option, type, 0, uint32_t);
AT(cp_option, flags, 4, uint32_t);
AT(cp_option, name, 8, const char *);
AT(cp_option, preset, 16, const char *);
AT(cp_option, help, 24, const char *);
SIZE(cp_option, 32);

AT(cp_adapter, size, 0, uint32_t);
AT(cp_adapter, framing, 4, uint32_t);
AT(cp_adapter, speaks, 8, uint64_t);
AT(cp_adapter, ops, 16, uint64_t);
AT(cp_adapter, dialect, 24, const char *);
AT(cp_adapter, family, 32, const char *);
AT(cp_adapter, title, 40, const char *);
AT(cp_adapter, keepalive, 48, const char *);
AT(cp_adapter, request_id_header, 56, const char *);
AT(cp_adapter, endpoints, 64, const struct cp_endpoint *);
AT(cp_adapter, endpoints_n, 72, uint32_t);
AT(cp_adapter, endpoint_size, 76, uint32_t);
AT(cp_adapter, options, 80, const struct cp_option *);
AT(cp_adapter, options_n, 88, uint32_t);
AT(cp_adapter, option_size, 92, uint32_t);
AT(cp_adapter, configure, 96, int (*)(const struct cp_conf *, void **instance));
AT(cp_adapter, forget, 104, void (*)(void *instance));
AT(cp_adapter, target, 112, int (*)(void *instance, struct cp_call *, struct cp_head *));
AT(cp_adapter, decode, 120,
   int (*)(void *instance, struct cp_call *, int phase, struct cp_str body, struct cp_tape *));
AT(cp_adapter, encode, 128,
   int (*)(void *instance, struct cp_call *, int phase, const struct cp_tape *,
           struct cp_out *));
AT(cp_adapter, rx_open, 136, int (*)(void *instance, struct cp_call *, void **state));
AT(cp_adapter, rx_frame, 144,
   int (*)(void *state, struct cp_call *, const struct cp_frame *, struct cp_tape *));
AT(cp_adapter, rx_close, 152, int (*)(void *state, struct cp_call *, int rc, struct cp_tape *));
AT(cp_adapter, tx_open, 160, int (*)(void *instance, struct cp_call *, void **state));
AT(cp_adapter, tx_item, 168,
   int (*)(void *state, struct cp_call *, const struct cp_item *, struct cp_out *));
AT(cp_adapter, tx_close, 176, int (*)(void *state, struct cp_call *, int rc, struct cp_out *));
AT(cp_adapter, classify, 184,
   void (*)(void *instance, struct cp_call *, const struct cp_failure *, struct cp_verdict *));
AT(cp_adapter, extension, 192, const void *(*)(const char *name, uint32_t version));
AT(cp_adapter, flags, 200, uint32_t);
AT(cp_adapter, reserved, 204, uint32_t);
AT(cp_adapter, amend, 208,
   int (*)(void *instance, struct cp_call *, struct cp_str body, const struct cp_tape *usage,
           struct cp_out *));
AT(cp_adapter, reads, 216, const char *);
AT(cp_adapter, session, 224, const char *const *);
AT(cp_adapter, session_n, 232, uint32_t);
AT(cp_adapter, reserved2, 236, uint32_t);
AT(cp_adapter, body_type, 240, const char *);
SIZE(cp_adapter, 248);

AT(cp_plugin, magic, 0, uint32_t);
AT(cp_plugin, major, 4, uint16_t);
AT(cp_plugin, needs_minor, 6, uint16_t);
AT(cp_plugin, size, 8, uint32_t);
AT(cp_plugin, adapters_n, 12, uint32_t);
AT(cp_plugin, adapters, 16, const struct cp_adapter *const *);
AT(cp_plugin, name, 24, const char *);
AT(cp_plugin, version, 32, const char *);
AT(cp_plugin, license, 40, const char *);
AT(cp_plugin, contact, 48, const char *);
AT(cp_plugin, load, 56, int (*)(const struct cp_host *));
AT(cp_plugin, unload, 64, void (*)(void));
AT(cp_plugin, stores, 72, const struct cp_store *const *);
AT(cp_plugin, stores_n, 80, uint32_t);
AT(cp_plugin, reserved, 84, uint32_t);
SIZE(cp_plugin, 88);

AT(cp_json, size, 0, uint32_t);
AT(cp_json, reserved, 4, uint32_t);
AT(cp_json, check, 8, int (*)(struct cp_call *, struct cp_str text));
AT(cp_json, kind, 16, char (*)(struct cp_str v));
AT(cp_json, get, 24, struct cp_str (*)(struct cp_str object, const char *key));
AT(cp_json, each, 32,
   int (*)(struct cp_str list, size_t *at, struct cp_str *key, struct cp_str *v));
AT(cp_json, text, 40, struct cp_str (*)(struct cp_call *, struct cp_str string));
AT(cp_json, integer, 48, int (*)(struct cp_str number, int64_t *value));
AT(cp_json, is, 56, int (*)(struct cp_str v, const char *s));
AT(cp_json, open, 64, int (*)(struct cp_out *, char bracket));
AT(cp_json, close, 72, int (*)(struct cp_out *));
AT(cp_json, key, 80, int (*)(struct cp_out *, const char *name));
AT(cp_json, string, 88, int (*)(struct cp_out *, struct cp_str text));
AT(cp_json, number, 96, int (*)(struct cp_out *, int64_t));
AT(cp_json, raw, 104, int (*)(struct cp_out *, struct cp_str json));
AT(cp_json, quote_open, 112, int (*)(struct cp_out *));
AT(cp_json, piece, 120, int (*)(struct cp_out *, struct cp_str text));
AT(cp_json, quote_close, 128, int (*)(struct cp_out *));
AT(cp_json, compact, 136, struct cp_str (*)(struct cp_call *, struct cp_str json));
SIZE(cp_json, 144);

WORTH(CP_RECORD_STREAM, 1);
WORTH(CP_RECORD_ESTIMATED, 2);
WORTH(CP_RECORD_TRANSLATED, 4);
WORTH(CP_RECORD_HEDGED, 8);
WORTH(CP_RECORD_AT_HOME, 16);
WORTH(CP_RECORD_IMPORTED, 32);
WORTH(CP_ANY_OUTCOME, 0);
WORTH(CP_SERVED_ONLY, 1);
WORTH(CP_FAILED_ONLY, 2);
WORTH(CP_CANCELLED_ONLY, 3);
WORTH(CP_BY_NOTHING, 0);
WORTH(CP_BY_FAMILY, 1);
WORTH(CP_BY_CHANNEL, 2);
WORTH(CP_BY_UPSTREAM_KEY, 3);
WORTH(CP_BY_MODEL_NAME, 4);
WORTH(CP_BY_CLIENT_KEY, 5);
WORTH(CP_BY_END, 6);
WORTH(CP_STORE_READ, 1);
WORTH(CP_STORE_WRITE, 2);

AT(cp_try, channel, 0, struct cp_str);
AT(cp_try, key, 16, struct cp_str);
AT(cp_try, outcome, 32, struct cp_str);
AT(cp_try, status, 48, int32_t);
AT(cp_try, reserved, 52, uint32_t);
AT(cp_try, began_us, 56, int64_t);
AT(cp_try, took_us, 64, int64_t);
AT(cp_try, connect_us, 72, int64_t);
AT(cp_try, first_us, 80, int64_t);
SIZE(cp_try, 88);

AT(cp_record, size, 0, uint32_t);
AT(cp_record, flags, 4, uint32_t);
AT(cp_record, id, 8, struct cp_str);
AT(cp_record, wall_ms, 24, int64_t);
AT(cp_record, client, 32, struct cp_str);
AT(cp_record, family, 48, struct cp_str);
AT(cp_record, op, 64, struct cp_str);
AT(cp_record, dialect, 80, struct cp_str);
AT(cp_record, model, 96, struct cp_str);
AT(cp_record, model_up, 112, struct cp_str);
AT(cp_record, channel, 128, struct cp_str);
AT(cp_record, key, 144, struct cp_str);
AT(cp_record, session, 160, struct cp_str);
AT(cp_record, peer, 176, struct cp_str);
AT(cp_record, agent, 192, struct cp_str);
AT(cp_record, end, 208, struct cp_str);
AT(cp_record, why, 224, struct cp_str);
AT(cp_record, status, 240, int32_t);
AT(cp_record, up_status, 244, int32_t);
AT(cp_record, attempts, 248, uint32_t);
AT(cp_record, tries_n, 252, uint32_t);
AT(cp_record, try_size, 256, uint32_t);
AT(cp_record, overhead_us, 260, uint32_t);
AT(cp_record, tries, 264, const struct cp_try *);
AT(cp_record, queue_us, 272, int64_t);
AT(cp_record, connect_us, 280, int64_t);
AT(cp_record, first_us, 288, int64_t);
AT(cp_record, content_us, 296, int64_t);
AT(cp_record, total_us, 304, int64_t);
AT(cp_record, bytes_in, 312, int64_t);
AT(cp_record, bytes_out, 320, int64_t);
AT(cp_record, tokens, 328, int64_t[9]);
AT(cp_record, cost_micro, 400, int64_t);
AT(cp_record, mapped, 408, uint32_t);
AT(cp_record, approximated, 412, uint32_t);
AT(cp_record, dropped, 416, uint32_t);
AT(cp_record, repaired, 420, uint32_t);
AT(cp_record, trace, 424, struct cp_str);
SIZE(cp_record, 440);

AT(cp_filter, size, 0, uint32_t);
AT(cp_filter, outcome, 4, uint32_t);
AT(cp_filter, from_ms, 8, int64_t);
AT(cp_filter, until_ms, 16, int64_t);
AT(cp_filter, client, 24, struct cp_str);
AT(cp_filter, family, 40, struct cp_str);
AT(cp_filter, model, 56, struct cp_str);
AT(cp_filter, channel, 72, struct cp_str);
AT(cp_filter, key, 88, struct cp_str);
AT(cp_filter, session, 104, struct cp_str);
AT(cp_filter, id, 120, struct cp_str);
AT(cp_filter, end, 136, struct cp_str);
AT(cp_filter, status_least, 152, int32_t);
AT(cp_filter, status_most, 156, int32_t);
SIZE(cp_filter, 160);

AT(cp_sum, size, 0, uint32_t);
AT(cp_sum, reserved, 4, uint32_t);
AT(cp_sum, group, 8, struct cp_str);
AT(cp_sum, from_ms, 24, int64_t);
AT(cp_sum, requests, 32, int64_t);
AT(cp_sum, served, 40, int64_t);
AT(cp_sum, failed, 48, int64_t);
AT(cp_sum, cancelled, 56, int64_t);
AT(cp_sum, tokens, 64, int64_t[9]);
AT(cp_sum, cost_micro, 136, int64_t);
AT(cp_sum, unpriced, 144, int64_t);
AT(cp_sum, total_us, 152, int64_t);
AT(cp_sum, content_us, 160, int64_t);
AT(cp_sum, content_n, 168, int64_t);
AT(cp_sum, attempts, 176, int64_t);
AT(cp_sum, dropped, 184, int64_t);
SIZE(cp_sum, 192);

AT(cp_thing, size, 0, uint32_t);
AT(cp_thing, reserved, 4, uint32_t);
AT(cp_thing, bucket, 8, struct cp_str);
AT(cp_thing, owner, 24, struct cp_str);
AT(cp_thing, id, 40, struct cp_str);
AT(cp_thing, under, 56, struct cp_str);
AT(cp_thing, wall_ms, 72, int64_t);
AT(cp_thing, until_ms, 80, int64_t);
AT(cp_thing, bytes, 88, struct cp_str);
SIZE(cp_thing, 104);

AT(cp_store, size, 0, uint32_t);
AT(cp_store, reserved, 4, uint32_t);
AT(cp_store, name, 8, const char *);
AT(cp_store, title, 16, const char *);
AT(cp_store, options, 24, const struct cp_option *);
AT(cp_store, options_n, 32, uint32_t);
AT(cp_store, option_size, 36, uint32_t);
AT(cp_store, open, 40,
   int (*)(const struct cp_conf *options, const char *dir, int how, void **store));
AT(cp_store, close, 48, void (*)(void *store));
AT(cp_store, append, 56,
   int (*)(void *store, const struct cp_record *, uint32_t n, uint32_t record_size));
AT(cp_store, find, 64,
   int (*)(void *store, const struct cp_filter *, struct cp_str after, uint32_t n,
           int (*row)(void *ctx, const struct cp_record *), void *ctx));
AT(cp_store, sum, 72,
   int (*)(void *store, const struct cp_filter *, uint32_t by, int64_t step_ms,
           int (*row)(void *ctx, const struct cp_sum *), void *ctx));
AT(cp_store, trim, 80,
   int (*)(void *store, int64_t before_ms, int64_t most_bytes, uint32_t most_rows));
AT(cp_store, measure, 88, int (*)(void *store, int64_t *records, int64_t *bytes));
AT(cp_store, put, 96,
   int (*)(void *store, const struct cp_thing *, uint32_t n, uint32_t thing_size));
AT(cp_store, each, 104,
   int (*)(void *store, struct cp_str bucket, int64_t wall_ms,
           int (*row)(void *ctx, const struct cp_thing *), void *ctx));
AT(cp_store, prune, 112,
   int (*)(void *store, struct cp_str bucket, int64_t wall_ms, int64_t most_bytes,
           uint32_t most_rows));
AT(cp_store, read_other, 120,
   int (*)(const char *kind, const char *path, int (*row)(void *ctx, const struct cp_record *),
           void *ctx));
SIZE(cp_store, 128);

int main(void)
{
    printf("1..1\nok 1 - it compiled\n");
    return 0;
}
