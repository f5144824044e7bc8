/* SPDX-License-Identifier: MIT */
/*
 * responses - what the files of the responses dialect know of each other.
 *
 *     requests   responses_request_decode, _items_decode, _tools_decode   bytes -> tape
 *                responses_request_encode, _items_encode, _tools_encode   tape -> bytes
 *     answers    responses_answer_decode, responses_stream_rx             bytes -> tape
 *                responses_answer_encode, responses_stream_tx             tape -> bytes
 *
 * An output item of one turn is an input item of the next, letter for letter: one function reads
 * it in both places.
 */
#ifndef OPENAI_RESPONSES_H
#define OPENAI_RESPONSES_H

#include "chat.h"

#define OPENAI_RESPONSES "responses" /* the maker of our own state and natives */

/* ---- requests ------------------------------------------------------------ */
int responses_request_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
int responses_request_encode(void *instance, struct cp_call *, const struct cp_tape *,
                             struct cp_out *);

/*
 * One output item, whole, as the blocks of an assistant's message that the caller has opened:
 * message, reasoning, function_call, custom_tool_call, hosted tools' items, compaction, unknown ones.
 *
 * path     where it stands, for errors and natives ("output[2]")
 * index    the first free block index; moved behind what was used
 * returns  CP_OK or what emit() or fail() answered
 */
int responses_item_decode(struct cp_call *, struct cp_str item, const char *path,
                          uint32_t *index, struct cp_tape *);

/*
 * What an item is on the tape, for whoever reads one and for whoever writes one:
 *
 *     message            each content part a block of its own, TEXT or REFUSAL; annotations CITE
 *                        (id "responses", meta the annotation), logprobs CITE of
 *                        {"content":[..]}; phase: NATIVE "PATH.phase" behind the blocks
 *     reasoning          a block REASONING SUMMARY, each further summary part a CP_SEGMENT; id the
 *                        item's; encrypted_content STATE "encrypted" of "responses", or what
 *                        unwrap() makes of it; reasoning_text: REASONING RAW_THOUGHT, in a block of
 *                        its own if there is a summary, too
 *     function_call      TOOL_CALL FUNCTION; id the call_id, meta the namespace
 *     custom_tool_call   TOOL_CALL CUSTOM, the same
 *     web_search_call    SERVER_CALL "web_search"; text the action, id the item's, meta its status
 *     image_generation_call   MEDIA IMAGE FROM_BASE64, name the MIME type
 *     file_search_call, code_interpreter_call, mcp_call: X_call   SERVER_CALL "X"; text the whole
 *                        item, id the item's, meta status
 *     compaction         COMPACTION with id the item's; encrypted_content STATE "encrypted" as above,
 *                        unless unwrap() says it is the gateway's own: then its text is the block's
 *     anything else      NATIVE "PATH", the item
 *     other members of an item or part   NATIVE "PATH.member" behind its last block
 *
 * And what else this dialect has:
 *
 *     tools of a namespace   TOOL "NAMESPACE__NAME" of wire type "namespace:NAMESPACE"; calls of them
 *                        have the bare name, and the namespace in meta.  The namespace "functions"
 *                        goes without saying: no prefix, no meta
 *     where a tool stood     TOOL.index, see RESPONSES_TOOL_*; its other members are NATIVE
 *                        "tools[2].member", "tools[4].tools[0].member"
 */
enum { /* TOOL.index: place in tools | (place in its namespace + 1) * NESTED | ADDED */
       RESPONSES_TOOL_AT = 0xffff,
       RESPONSES_TOOL_NESTED = 1 << 16,
       RESPONSES_TOOL_ADDED = 1 << 30 /* came in an item additional_tools */
};

/* ---- requests, inside ----------------------------------------------------- */
struct responses_in {
    struct chat_in d;
    uint32_t role;    /* enum cp_role of the open message; 0: none */
    int is_led;       /* the conversation has begun: instructions are in place from now on */
    int has_tools;    /* something said tools */
    int depth;        /* of items that were recalled */
    const char *list; /* "input": the array that is walked */
};
void responses_native(struct chat_in *, const char *path, struct cp_str raw);
/* Members of object that are none of known, as natives of path. */
void responses_rest_decode(struct chat_in *, struct cp_str object, const char *path,
                           const char *const *known);
/* One part of a user's content or of a tool's result. */
void responses_part_decode(struct chat_in *, struct cp_str part, const char *path);
/* 1: it was an item of the assistant's, and is on the tape. */
int responses_output_decode(struct chat_in *, struct cp_str item, const char *path);
int responses_is_output(struct cp_str item);
/* Of a text, to the open block at index. */
void responses_cites_decode(struct chat_in *, struct cp_str annotations, uint32_t index);
void responses_input_decode(struct responses_in *, struct cp_str input);
void responses_close(struct responses_in *); /* the open message, if there is one */
void responses_tools_decode(struct responses_in *, struct cp_str tools, const char *path,
                            uint32_t flags);
void responses_choice_decode(struct responses_in *, struct cp_str choice);
/* "NAMESPACE__NAME": what other dialects call a namespace's tool. */
struct cp_str responses_flat_name(struct cp_call *, struct cp_str space, struct cp_str name);
/*
 * The reverse, by the tools of the client's request (call->request): 1: name was such a one, and
 * *space and *bare are what it is made of.  *space is absent for tools of "functions".
 */
int responses_split_name(struct cp_call *, struct cp_str name, struct cp_str *space,
                         struct cp_str *bare);

/* ---- requests, going out --------------------------------------------------- */
enum responses_stage { STAGE_SHUT, STAGE_CONTENT, STAGE_MEMBERS };
struct responses_out {
    struct chat_out c; /* conf has what both dialects' options share */
    const struct responses_conf *conf;
    int is_own;                 /* the client speaks this dialect */
    int is_codex;               /* ChatGPT's backend */
    enum responses_stage stage; /* of the item that is being written */
    uint32_t role;              /* of the message whose content is open */
    struct cp_str *customs; /* ids of free-text calls: what answers them is free text, too */
    uint32_t customs_n;
};
void responses_mark_note(struct responses_out *, const struct cp_item *mark);
int responses_may(struct responses_out *, const char *member); /* 0: it is not sent */
struct cp_str responses_call_id(struct responses_out *, struct cp_str id);
void responses_input_encode(struct responses_out *);
void responses_item_open(struct responses_out *, const char *type); /* the one before is shut */
void responses_item_shut(struct responses_out *);
void responses_content_open(struct responses_out *, uint32_t role); /* goes on if it is open */
/* One part of a message or result for the block that opens at `at`; where the next one is. */
uint32_t responses_part_encode(struct responses_out *, uint32_t at, uint32_t end,
                               int is_answer);
int responses_is_part(const struct cp_item *); /* does the item begin a part? */
void responses_part_text(struct responses_out *, const char *type, struct cp_str text);
/* The items of a result's inside, as the value of `output`. */
void responses_output_encode(struct responses_out *, uint32_t at, uint32_t end);
/* The last word of a native's path, if it is ours and ends so; NUL-terminated. */
struct cp_str responses_native_key(struct cp_call *, const struct cp_item *);
void responses_added_encode(struct responses_out *); /* tools that came as an item */
/* Is it a search of another maker's, or a like tool that becomes one? */
int responses_is_search(const struct cp_item *tool);
void responses_tools_encode(struct responses_out *);
void responses_params_encode(struct responses_out *);

/* A message's id, for its texts on the tape, if it is one that can be written again. */
struct cp_str responses_message_id(struct cp_str id);

/* ---- answers ------------------------------------------------------------- */
int responses_answer_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
int responses_answer_encode(struct cp_call *, const struct cp_tape *, struct cp_out *);
int responses_amend(void *instance, struct cp_call *, struct cp_str body,
                    const struct cp_tape *usage, struct cp_out *);

int responses_rx_open(void *instance, struct cp_call *, void **state);
int responses_rx_frame(void *state, struct cp_call *, const struct cp_frame *,
                       struct cp_tape *);
int responses_rx_close(void *state, struct cp_call *, int rc, struct cp_tape *);
int responses_tx_open(void *instance, struct cp_call *, void **state);
int responses_tx_item(void *state, struct cp_call *, const struct cp_item *, struct cp_out *);
int responses_tx_close(void *state, struct cp_call *, int rc, struct cp_out *);

/*
 * What the host keeps of an answer (host->remember), so that the client may come back to it:
 *     "resp_..."  {"previous":"resp_..."|null,"input":[ITEM...],"response":{...}}
 *     "msg_..." "rs_..." "fc_..."  each output item by its id, kept under the answer's
 * responses_kept.c writes and reads it, for previous_response_id, item_reference, and the
 * STORED operations.
 */
int responses_keep(struct cp_call *, struct cp_str response_id, struct cp_str response);
/* The same for one that passes: a response that is over, as its maker spelled it. */
void responses_keep_passed(struct cp_call *, struct cp_str response);
/* The input and output items of the chain that ends with id, oldest first; absent: unknown.
 * Each is the JSON text of an array's inside, without brackets; joined by commas. */
struct cp_str responses_kept_chain(struct cp_call *, struct cp_str id);
struct cp_str responses_kept_item(struct cp_call *, struct cp_str id);
/* The answer to STORED_GET, _DELETE, _ITEMS, _CANCEL; CP_E_UNSUPPORTED: nothing kept by that id. */
int responses_kept_answer(struct cp_call *, struct cp_str id, struct cp_out *);
/* The value of a member of the client's query; absent: it has none. */
struct cp_str responses_query(const struct cp_call *, const char *name);
/* responses_replay.c: a kept response as the stream of events that tells it. */
int responses_replay(struct cp_call *, struct cp_str response, struct cp_out *);

/* ---- options, doors --------------------------------------------------------- */
enum { BACKEND_AUTO, BACKEND_OPENAI, BACKEND_CODEX };
struct responses_conf {
    int backend, auth;
    int64_t max_cap; /* tokens; 0: none */
    struct cp_str drop, efforts, organization, project, api_version;
};
enum { RESPONSES_OPTIONS_N = 8 };
extern const struct cp_option responses_conf_options[RESPONSES_OPTIONS_N];
int responses_conf_read(const struct cp_conf *, void **instance);
int responses_is_codex(const struct responses_conf *, const struct cp_call *);
/* Answers of POST /responses/input_tokens and /responses/compact. */
int responses_count_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
int responses_count_encode(struct cp_call *, const struct cp_tape *, struct cp_out *);
int responses_compact_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
int responses_compact_encode(struct cp_call *, const struct cp_tape *, struct cp_out *);
extern const struct cp_adapter responses_adapter;

#endif
