/* SPDX-License-Identifier: MIT */
/*
 * gemini - what the files of this plugin know of each other.
 *
 *     requests   request_decode, contents_decode, tools_decode, schema_read     bytes -> tape
 *                request_encode, contents_encode, tools_encode, schema_write    tape -> bytes
 *     answers    answer_decode, parts_decode, stream_rx                         bytes -> tape
 *                answer_encode, stream_tx                                       tape -> bytes
 *
 * JSON here is that of Protocol Buffers: names in camelCase or snake_case, 64-bit numbers as
 * strings or numbers, bytes in base64 or base64url, and what has its default value is left out.
 */
#ifndef GEMINI_H
#define GEMINI_H

#include <claude-proxy/json.h>
#include <claude-proxy/plugin.h>

/* Set once by load(), read-only afterwards. */
extern const struct cp_host *gemini_host;
extern const struct cp_json *gemini_json;
#define H gemini_host
#define J gemini_json

#define S(lit)       ((struct cp_str){ "" lit, sizeof(lit) - 1 })
#define GEMINI_MAKER "gemini" /* of our own state and natives */

/* ---- text.c: strings in request memory, members in either spelling ---------------------- */
int gemini_text_is(struct cp_str a, const char *b);
int gemini_text_same(struct cp_str a, struct cp_str b);
int gemini_text_begins(struct cp_str a, const char *prefix);
struct cp_str gemini_text_format(struct cp_call *, const char *fmt, ...) CP_PRINTF(2, 3);
struct cp_str gemini_text_join(struct cp_call *, const struct cp_str *parts, size_t n);
/* The JSON string literal that spells text, quotes and all. */
struct cp_str gemini_text_quote(struct cp_call *, struct cp_str text);
/* A key as each() gives it: is it this name in either spelling? */
int gemini_key_is(struct cp_str key, const char *camel);
/* The member that is spelled camelCase or, the same word, snake_case; absent or null: absent. */
struct cp_str gemini_member(struct cp_str object, const char *camel);
struct cp_str gemini_member_text(struct cp_call *, struct cp_str object, const char *camel);
/* A whole number, also one in a string; otherwise when it is none. */
int64_t gemini_int(struct cp_str v, int64_t otherwise);
/* Standard base64 with padding of what may be base64url without; the same bytes if it is so. */
struct cp_str gemini_base64(struct cp_call *, struct cp_str);
/* The bytes of either alphabet, up to the padding; absent: it is no base64. */
struct cp_str gemini_base64_read(struct cp_call *, struct cp_str);
struct cp_str gemini_base64_of(struct cp_call *, struct cp_str bytes);

/* ---- state.c: what a thoughtSignature is on the tape ---------------------------------------- */
/*
 * Our own state is a STATE item of the block its part became, text as it came, maker "gemini",
 * named for its place:
 *     "thought_signature"   on a part that is no thought: text, a call, media, code
 *     "signature"           on a thought itself
 * A dialect without a place for the first kind shows it in a REASONING block before the block it
 * belongs to; so there it comes back, and the encoder of requests moves it to its part.
 *
 * State of other makers travels through our clients as base64(host->wrap()), because clients
 * written in Go and Python take a thoughtSignature for bytes and refuse what is not base64.
 */
/* A member thoughtSignature as the STATE's text, name and id; is_thought: of a thought's part. */
void gemini_state_read(struct cp_call *, struct cp_str signature, int is_thought,
                       struct cp_item *state);
/* Is it no signature, but the word that is let through in its place? */
int gemini_is_stand_in(struct cp_str signature);
/* What a client of ours gets as thoughtSignature for the STATE; absent: it has no spelling. */
struct cp_str gemini_state_spell(struct cp_call *, const struct cp_item *state);

/*
 * Hosted tools' work on the tape, text being the whole member as it was spelled:
 *     executableCode        SERVER_CALL    name "code_execution"
 *     codeExecutionResult   SERVER_RESULT  name "codeExecutionResult", meta "gemini"
 *     toolCall              SERVER_CALL    name by gemini_hosted_word(toolType)
 *     toolResponse          SERVER_RESULT  name "toolResponse", meta "gemini"
 * Ids are the member's own; where it has none gemini_id_of() made one.
 */
/* "call_" and 24 hex digits of seed's SHA-256: ids where the service gave none. */
struct cp_str gemini_id_of(struct cp_call *, struct cp_str seed);
/* "GOOGLE_SEARCH_WEB", "googleSearch" -> "web_search" and so on; what is unknown stays. */
struct cp_str gemini_hosted_word(struct cp_str type);

/* ---- custom.c: free-text tools, sent as functions of one string ------------------------------ */
/* Was the function of this name (as the service knows it) one of them in this call's request? */
int gemini_custom_is(struct cp_call *, struct cp_str wire_name);
/* The text in the arguments {"input":"..."}. */
struct cp_str gemini_custom_text(struct cp_call *, struct cp_str arguments);

/* ---- enum_mend.c: enums of numbers, sent as strings -------------------------------------------- */
/* A call's arguments with the numbers that had to be sent as an enum of strings; the same bytes
 * where there are none. */
struct cp_str gemini_enum_mend(struct cp_call *, struct cp_str wire_name,
                               struct cp_str arguments);

/* ---- requests ---------------------------------------------------------------------------- */
struct gemini_conf; /* conf.c: the channel's options */
int gemini_request_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
int gemini_request_encode(const struct gemini_conf *, struct cp_call *, const struct cp_tape *,
                          struct cp_out *);
/* countTokens: the request in either form, and the number */
int gemini_tokens_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
int gemini_tokens_encode(const struct cp_tape *, struct cp_out *);
int gemini_count_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
int gemini_count_encode(const struct gemini_conf *, struct cp_call *, const struct cp_tape *,
                        struct cp_out *);
int gemini_models_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
int gemini_models_encode(struct cp_call *, const struct cp_tape *, struct cp_out *);

/* ---- answers ----------------------------------------------------------------------------- */
int gemini_answer_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
int gemini_answer_encode(struct cp_call *, const struct cp_tape *, struct cp_out *);
int gemini_rx_open(void *instance, struct cp_call *, void **state);
int gemini_rx_frame(void *state, struct cp_call *, const struct cp_frame *, struct cp_tape *);
int gemini_rx_close(void *state, struct cp_call *, int rc, struct cp_tape *);
int gemini_tx_open(void *instance, struct cp_call *, void **state);
int gemini_tx_item(void *state, struct cp_call *, const struct cp_item *, struct cp_out *);
int gemini_tx_close(void *state, struct cp_call *, int rc, struct cp_out *);
int gemini_amend(void *instance, struct cp_call *, struct cp_str body,
                 const struct cp_tape *usage, struct cp_out *);

/* ---- errors.c ------------------------------------------------------------------------------ */
/*
 * An error body to the tape: one ERROR, whatever the body is.
 *
 * errors   what emit() answers
 */
int gemini_failure_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
/* The tape's ERROR as {"error":{"code","message","status"}}, and its HTTP status. */
int gemini_failure_encode(struct cp_call *, const struct cp_tape *, struct cp_out *);
/* The same object, written into a stream. */
void gemini_error_encode(struct cp_out *, const struct cp_item *error);
/* "error" of a body or a frame as an ERROR item's strings, sub and num; 0: there is none. */
int gemini_error_read(struct cp_call *, struct cp_str body, struct cp_item *);
void gemini_classify(void *instance, struct cp_call *, const struct cp_failure *,
                     struct cp_verdict *);

#endif
