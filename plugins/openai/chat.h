/* SPDX-License-Identifier: MIT */
/*
 * chat - what the files of the chat dialect know of each other.
 *
 * Two pictures recur.  `struct chat_in` is a decode on its way: it keeps the first answer of
 * emit() or fail() that was not CP_OK, and everything after it is a no-op, so the code above
 * reads straight.  `struct chat_out` is a request being written.  The two stream directions
 * keep their states to themselves.
 */
#ifndef OPENAI_CHAT_H
#define OPENAI_CHAT_H

#include "openai.h"

/* ---- caps.c: what is known of models ---------------------------------------------------- */
enum {
    CAP_OPENAI = 1,  /* served by OpenAI: knows its newer parameters, refuses unknown ones */
    CAP_REASONS = 2, /* wants `developer`, max_completion_tokens; efforts are known        */
    CAP_FIXED = 4,   /* refuses temperature, top_p, penalties, logprobs, logit_bias        */
    CAP_NONE_SAMPLES =
        8,            /* ... unless the effort is none, which is its default                */
    CAP_NO_STOP = 16, /* refuses stop                                                       */
    CAP_CUSTOM = 32,  /* free-text tools and allowed_tools                                  */
    CAP_SEARCH = 64,  /* web_search_options                                                 */
    CAP_GOOGLE = 128  /* Gemini behind Google's compatible door                             */
};
struct chat_caps {
    unsigned flags;
    const char *efforts; /* "low,medium,high", weakest first; NULL: unknown, "": it has none */
};
struct chat_caps chat_caps_of(struct cp_str model);

/* ---- conf.c: the channel's options ------------------------------------------------------ */
enum { WORD_AUTO, MAX_OLD, MAX_NEW };             /* max_tokens_field  */
enum { ROLE_SYSTEM = 1, ROLE_DEVELOPER };         /* system_role       */
enum { ECHO_NEVER, ECHO_TOOL_LOOP, ECHO_ALWAYS }; /* echo_reasoning    */
enum { FIELD_CONTENT, FIELD_PLAIN, FIELD_BOTH };  /* reasoning_field   */
enum { CUSTOM_NATIVE = 1, CUSTOM_FUNCTION };      /* custom_tools      */
enum { USER_USER = 1, USER_SAFETY };              /* user_field        */
enum { MARKS_DROP, MARKS_CONTROL, MARKS_BREAKPOINT };
enum { AUTH_BEARER, AUTH_API_KEY };
struct chat_conf {
    int max_field, system_role, echo, reasoning_field, custom, user_field, cache_marks, auth;
    int strings_only, system_first_only, usage_in_stream, sampling_extras, lenient_eof;
    int64_t max_cap; /* tokens; 0: none */
    struct cp_str drop, efforts, organization, project, api_version;
};
enum { CONF_OPTIONS_N = 19 };
extern const struct cp_option chat_conf_options[CONF_OPTIONS_N];
int chat_conf_read(const struct cp_conf *, void **instance);
void chat_conf_forget(void *instance);

/* ---- chat_in.c: the decoders' common ground --------------------------------------------- */
struct chat_in {
    struct cp_call *call;
    struct cp_tape *tape;
    int rc;             /* CP_OK, or the answer that ended it */
    int can_mark;       /* what was emitted last can bear a CACHE_MARK */
    int in_result;      /* inside a TOOL_RESULT, which holds no reasoning */
    uint32_t index;     /* next free block index (responses) */
    uint32_t legacy_n;  /* function_call messages met */
    const char *choice; /* the member that says which tool */
    struct cp_str body;
    struct chat_member { /* of the body of a request */
        struct cp_str key, value;
    } * members;
    uint32_t members_n;
    struct cp_str
        customs[32]; /* ids of free-text calls met: what answers them is free text, too */
    uint32_t customs_n;
};
void chat_in_emit(struct chat_in *, const struct cp_item *);
int chat_in_done(const struct chat_in *); /* what the hook returns */
int chat_in_going(const struct chat_in *);
void chat_in_native(struct chat_in *, struct cp_str path, struct cp_str raw);
void chat_in_whole(struct chat_in *, uint32_t kind, struct cp_str text);
/* A parameter in neutral words; path: where the client said it, NULL: it did not. */
void chat_in_param(struct chat_in *, const char *path, const char *name, struct cp_str json);
struct chat_param { /* a member that is a parameter as it stands */
    const char *wire, *name, *kinds, *what;
};
/* 1: the member is one of the table; null is none said. */
int chat_in_plain(struct chat_in *, const struct chat_param *table, size_t n, struct cp_str key,
                  struct cp_str v);
/* Fails with CP_E_SYNTAX "PATH: WHAT" unless v is of one of the kinds. */
int chat_in_expect(struct chat_in *, struct cp_str v, const char *kinds, const char *path,
                   const char *what);

/* ---- requests ---------------------------------------------------------------------------- */
int chat_request_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
/* What the request that is being answered asked for: usage in its stream, function_call. */
int chat_request_wants_usage(const struct cp_call *);
int chat_request_is_legacy(const struct cp_call *);
struct cp_str chat_in_top(const struct chat_in *, const char *name); /* a member of the body */
void chat_tools_decode(struct chat_in *, struct cp_str tools);
void chat_functions_decode(struct chat_in *, struct cp_str functions);
void chat_choice_decode(struct chat_in *, struct cp_str choice);
void chat_function_call_decode(struct chat_in *, struct cp_str choice);
void chat_messages_decode(struct chat_in *, struct cp_str messages);
void chat_content_decode(struct chat_in *, struct cp_str content, const char *path);
/* cache_control or prompt_cache_breakpoint of what stands at path (NULL: not said), which is also
 * kept as it is. */
void chat_mark_decode(struct chat_in *, struct cp_str part, const char *path);
/* The same of an instruction or a tool: the mark alone. */
void chat_mark_alone(struct chat_in *, struct cp_str part, const char *path);
void chat_assistant_decode(struct chat_in *, struct cp_str message, const char *path);

#define CHAT_REST UINT32_MAX /* an end: of the tape */

struct chat_out {
    struct cp_call *call;
    const struct cp_tape *tape;
    struct cp_out *out;
    const struct chat_conf *conf;
    struct chat_caps caps;
    struct cp_str model;
    int from_chat; /* the client speaks this dialect: its extras are welcome */
    int is_custom_native;
    int rc;                           /* first failure that is ours to report */
    int needs_word;                   /* the service wants to read that JSON is asked for */
    struct cp_str choice;             /* the values of which one is asked for, a list */
    uint32_t messages_n;              /* written */
    uint32_t results_at, results_end; /* of the turn at hand: told before the rest of it */
};
int chat_request_encode(const struct chat_conf *, struct cp_call *, const struct cp_tape *,
                        struct cp_out *);
/* Would OpenAI take this schema as a strict one?  Other dialects' formats bind without saying so. */
int chat_schema_is_strict(struct cp_str schema, int depth);
void chat_params_encode(struct chat_out *);
void chat_effort_encode(struct chat_out *);
/* The effort that the model gets; absent: none is said. */
struct cp_str chat_effort_word(struct chat_out *);
/* The session in a user id of Claude Code's; absent: there is none. */
struct cp_str chat_session_of(struct chat_out *, struct cp_str user);
/* 1: what its maker documents of a CLIENT tool. */
int chat_client_tool(const struct cp_item *, struct cp_str *prose, struct cp_str *schema);
/* The text of a JSON object that stands for text, {"output":"x"}; the same JSON if it does not. */
struct cp_str chat_object_text(struct cp_call *, struct cp_str json, int *is_error);
struct cp_str chat_file_name(struct chat_out *, const struct cp_item *);
void chat_identity_encode(struct chat_out *);
void chat_natives_encode(struct chat_out *);
/* Notes what this dialect has no member for, after all else. */
void chat_losses_note(struct chat_out *);
/* Did the client say it?  A decoder may have put it there. */
int chat_out_is_said(const struct chat_out *, const char *name);
/* The author of the message at hand, or a note that he has no place. */
void chat_name_encode(struct chat_out *, const struct cp_item *message);
void chat_tools_encode(struct chat_out *);
void chat_messages_encode(struct chat_out *);
/* The message at [at, end), each with its edges. */
void chat_assistant_encode(struct chat_out *, uint32_t at, uint32_t end);
/* The results that the turn begins with, then the rest of it; maybe no message. */
void chat_user_encode(struct chat_out *, uint32_t at, uint32_t end);
/* A result as a message of its own. */
void chat_result_encode(struct chat_out *, uint32_t at);
/* Is it bytes or a link, which text cannot hold? */
int chat_media_is_attachment(const struct cp_item *);
/* What a document or a search hit says, as text; absent for what is an attachment. */
struct cp_str chat_media_text(struct cp_call *, const struct cp_tape *, uint32_t at);
uint32_t chat_media_end(const struct cp_tape *, uint32_t at);
void chat_part_text_open(struct chat_out *);
void chat_part_text(struct chat_out *, struct cp_str text);
void chat_part_media(struct chat_out *, const struct cp_item *);
/* Members and cache marks that stand at [at, end) behind a part; returns where they end. */
uint32_t chat_extras_encode(struct chat_out *, uint32_t at, uint32_t end);
int chat_extras_n(const struct chat_out *, uint32_t at, uint32_t end);
void chat_message_natives_encode(struct chat_out *, uint32_t at, uint32_t end);
/* user text for what this dialect cannot place otherwise */
void chat_plain_user_encode(struct chat_out *, struct cp_str text);
/* Writes the pieces of the block that opens at `at` into an open quote; where it ends. */
uint32_t chat_pieces_encode(struct chat_out *, uint32_t at, uint32_t end);
uint32_t chat_block_end(const struct cp_tape *, uint32_t at, uint32_t end);
uint32_t chat_enclosed_end(const struct cp_tape *, uint32_t at);
/* All text of the block that opens at `at`, joined. */
struct cp_str chat_block_text(struct cp_call *, const struct cp_tape *, uint32_t at,
                              uint32_t end);
/* The key that a native of ours has ("name" of "messages[2].name"), if it can be said. */
struct cp_str chat_native_key(struct cp_call *, const struct cp_item *);
struct cp_str chat_out_param(const struct chat_out *, const char *name);
int chat_out_may(struct chat_out *, const char *member); /* 0: the channel drops it */
void chat_out_note(struct chat_out *, int deed, const char *path, const char *why);
void chat_out_note_item(struct chat_out *, int deed, const struct cp_item *, const char *why);
void chat_out_key_raw(struct chat_out *, const char *member, struct cp_str json);
void chat_out_key_text(struct chat_out *, const char *member, struct cp_str text);
/* A tool's name, a call's id as the upstream gets it. */
struct cp_str chat_out_id(struct chat_out *, struct cp_str id);
struct cp_str chat_out_name(struct chat_out *, struct cp_str name);

/* ---- responses --------------------------------------------------------------------------- */
enum { METERS_N = CP_SEARCHES + 1 };
struct meters {
    int64_t n[METERS_N]; /* by enum cp_meter; -1 unknown */
};
/* A member that counts tokens; -1: absent, null or no whole number. */
int64_t openai_count(struct cp_str object, const char *key);
int64_t openai_count_known(int64_t n); /* 0 for what is not known */
void chat_meters_clear(struct meters *);
void chat_meters_read(struct cp_str usage, struct meters *);
/* Emits what differs from seen (which may be NULL) and updates it. */
void chat_meters_emit(struct chat_in *, const struct meters *, struct meters *seen);
void chat_meters_take(struct meters *, const struct cp_item *usage);
void chat_meters_write(struct cp_out *, const struct meters *);

/* The wire's finish_reason to enum cp_stop; 0: it tells of a failure, *trouble says which. */
uint32_t chat_finish_decode(struct cp_str word, int has_calls, uint32_t *trouble);
const char *chat_finish_encode(const struct cp_item *stop, int has_calls, int is_legacy);

int chat_response_decode(const struct chat_conf *, struct cp_call *, struct cp_str body,
                         struct cp_tape *);
int chat_response_encode(struct cp_call *, const struct cp_tape *, struct cp_out *);
struct cp_str chat_response_id(struct cp_call *, struct cp_str id);
struct cp_str chat_response_model(struct cp_call *, struct cp_str model);
void chat_cites_decode(struct chat_in *, struct cp_str annotations, uint32_t index,
                       uint32_t choice);
void chat_logprobs_decode(struct chat_in *, struct cp_str logprobs, uint32_t index,
                          uint32_t choice);
void chat_cite_encode(struct cp_call *, struct cp_out *, const struct cp_item *cite);
/* chat_code.c: is the SERVER_CALL or SERVER_RESULT a program's? */
int chat_code_is(const struct cp_item *);
struct chat_code { /* zeroed at first */
    uint32_t index;
    int is_code;
    struct cp_str held;
};
/* What a SERVER_CALL's or SERVER_RESULT's item shows when its block is whole: "\n```python\n...";
 * empty: nothing (yet). */
struct cp_str chat_code_take(struct cp_call *, struct chat_code *, const struct cp_item *);
/* reasoning_details[] to STATE of the open block of index; how many there were. */
int chat_details_decode(struct chat_in *, struct cp_str details, uint32_t index,
                        uint32_t choice);
struct cp_str chat_details_text(struct cp_call *, struct cp_str details);
int chat_details_has_state(struct cp_str details);
/* One entry of reasoning_details that carries a state through a client of ours. */
void chat_detail_encode(struct cp_call *, struct cp_out *, const struct cp_item *state);
struct cp_str chat_thought_signature(struct cp_call *, struct cp_str tool_call);
struct cp_str chat_call_id_made(struct cp_call *, struct cp_str seed, struct cp_str name,
                                uint32_t n);
/* The text of content that is a string or an array of parts; thinking parts go to *thought. */
struct cp_str chat_content_text(struct cp_call *, struct cp_str content,
                                struct cp_str *thought);

int chat_amend(void *instance, struct cp_call *, struct cp_str body,
               const struct cp_tape *usage, struct cp_out *);

int openai_tape_broke(const struct cp_tape *); /* 1: it ends with an ERROR */

/* ---- free-text tools that travel as functions -------------------------------------------- */
struct unwrapper { /* finds the text of the member "input" in pieces of a JSON object */
    uint8_t state, depth, is_input, escape, key_n, is_found, is_raw;
    char key[8];
    uint32_t code, high; /* \uXXXX being read; pending high surrogate */
    char *held;          /* everything, until the member is found: without it, it is the text */
    size_t held_n, held_room;
};
/* What raw adds to the text; memory of the request. */
struct cp_str chat_unwrap_piece(struct cp_call *, struct unwrapper *, struct cp_str raw);
/* What is left to say after the last piece. */
struct cp_str chat_unwrap_end(struct unwrapper *);

/* ---- streams ----------------------------------------------------------------------------- */
int chat_rx_open(void *instance, struct cp_call *, void **state);
int chat_rx_frame(void *state, struct cp_call *, const struct cp_frame *, struct cp_tape *);
int chat_rx_close(void *state, struct cp_call *, int rc, struct cp_tape *);
int chat_tx_open(void *instance, struct cp_call *, void **state);
int chat_tx_item(void *state, struct cp_call *, const struct cp_item *, struct cp_out *);
int chat_tx_close(void *state, struct cp_call *, int rc, struct cp_out *);

/* JSON that a sloppy server spelled (NaN, raw control bytes, broken UTF-8) made readable. */
struct cp_str chat_repair_json(struct cp_call *, struct cp_str text);

#endif
