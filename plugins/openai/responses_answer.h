/* SPDX-License-Identifier: MIT */
/*
 * responses_answer - what the files of the answer side know of each other.
 *
 *     tape -> stream   responses_stream_tx      which part is the current one
 *                      responses_stream_parts   what becomes of it
 *                      responses_stream_hosted  the same for what is written whole
 *                      responses_stream_items   events of items
 *     tape -> body     responses_answer_encode  the same, with no events written
 *     both             responses_output         items as they are built, and as JSON
 *                      responses_envelope       the response object around them
 *                      responses_status         how an answer ends
 *     stream -> tape   responses_stream_rx      events
 *                      responses_stream_rx_items   the items they build
 *     body -> tape     responses_answer_decode
 */
#ifndef OPENAI_RESPONSES_ANSWER_H
#define OPENAI_RESPONSES_ANSWER_H

#include "chat_stream.h"
#include "responses.h"

#define NONE ((struct cp_str){ NULL, 0 })

/* ---- responses_json.c: JSON to the client, or to memory ---------------------------------- */
/*
 * An answer that is kept for later is needed as one piece of text, and an out cannot be read
 * back.  With out set everything goes there; without, to p, or if that is NULL nowhere: then n
 * counts what it would take.
 */
struct rj {
    struct cp_out *out;
    char *p;
    size_t n;
    int needs_comma;
};
void rj_open(struct rj *, char bracket);
void rj_close(struct rj *, char bracket); /* the closing one */
void rj_key(struct rj *, const char *name);
void rj_text(struct rj *, struct cp_str text); /* p NULL: null */
void rj_number(struct rj *, int64_t);
void rj_raw(struct rj *, struct cp_str json);
void rj_key_text(struct rj *, const char *name, struct cp_str text);
void rj_key_number(struct rj *, const char *name, int64_t);
void rj_key_raw(struct rj *, const char *name, struct cp_str json);

/* Text that grows by pieces, each kept once. */
struct rope_chunk {
    struct rope_chunk *next;
    size_t n, room;
    char p[];
};
struct rope {
    struct rope_chunk *first, *last;
    size_t n; /* bytes */
};
void rope_add(struct cp_call *, struct rope *, struct cp_str);
struct cp_str rope_text(struct cp_call *, const struct rope *); /* in one piece */
void rj_rope(struct rj *, const struct rope *);

/* ---- responses_usage.c ------------------------------------------------------------------- */
void responses_usage_read(struct cp_str usage, struct meters *);
void responses_usage_write(struct rj *, const struct meters *);

/* ---- responses_output.c: items being built ------------------------------------------------ */
enum out_type {
    OUT_MESSAGE,
    OUT_REASONING,
    OUT_FUNCTION,
    OUT_CUSTOM,
    OUT_SEARCH,
    OUT_CODE,
    OUT_IMAGE,
    OUT_COMPACTION,
    OUT_RAW
};
struct out_note { /* an annotation, a logprob, an output, a member: JSON */
    struct out_note *next;
    const char *name; /* of a member */
    struct cp_str json;
};
struct out_notes {
    struct out_note *first, *last;
    uint32_t n;
};
struct out_part { /* of a message's content or a reasoning's summary */
    struct out_part *next;
    uint32_t n;     /* its index in the item */
    uint32_t kind;  /* CP_TEXT, CP_REFUSAL, CP_REASONING */
    int64_t points; /* code points said */
    struct rope text;
    struct out_notes cites, logprobs, unplaced;
};
struct out_item {
    struct out_item *next;
    uint32_t type;  /* enum out_type */
    uint32_t index; /* output_index */
    uint32_t parts_n;
    int is_done;
    int is_cut; /* the answer ended inside of it */
    struct cp_str id, call_id, name, space;
    struct cp_str state; /* encrypted_content */
    struct cp_str raw;   /* a search's action, an item nobody took apart */
    struct out_part *first, *last;
    struct rope input; /* arguments, free text, code, base64 */
    struct out_notes outputs;
    struct out_notes members; /* that only some services have */
};
enum out_stage { OUT_ADDED, OUT_DONE };
/* The text is kept. */
void responses_note_add(struct cp_call *, struct out_notes *, struct cp_str text);
void responses_member_add(struct cp_call *, struct out_notes *, struct cp_str name,
                          struct cp_str json);
struct out_part *responses_part_add(struct cp_call *, struct out_item *, uint32_t kind);
void responses_part_write(struct rj *, const struct out_part *, enum out_stage);
void responses_item_write(struct rj *, const struct out_item *, enum out_stage);
void responses_notes_write(struct rj *, const struct out_notes *);
int64_t responses_points(struct cp_str text); /* code points */

/* ---- responses_status.c: how an answer ends ----------------------------------------------- */
struct outcome {
    struct cp_str status;        /* "completed" */
    struct cp_str reason;        /* of incomplete_details */
    struct cp_str code, message; /* of error */
};
struct outcome responses_outcome(struct cp_call *, const struct cp_item *stop, int has_output);
struct outcome responses_outcome_of_error(const struct cp_item *error);
/* enum cp_stop of a status; what the answer held is needed for it. */
struct contents {
    int has_call, has_compaction, has_text;
    struct cp_str refusal; /* its beginning */
};
void responses_stop_emit(struct chat_in *, struct cp_str response, const struct contents *);
/* Did the response fail or was it cancelled?  1: an ERROR was emitted. */
int responses_failure_emit(struct chat_in *, struct cp_str response);
int responses_client_is_codex(struct cp_call *);

/* ---- responses_envelope.c: the response object --------------------------------------------- */
enum { ECHO_N = 24 };
struct envelope {
    struct cp_str id, model, tier;
    int64_t created_s, completed_s;
    struct cp_str echo[ECHO_N]; /* what the client's request has, by the table in the file */
    int is_kept;                /* store was not false */
};
void responses_envelope_read(struct cp_call *, const struct cp_item *start, struct envelope *);
/* outcome NULL: in progress. */
void responses_envelope_write(struct rj *, const struct envelope *, const struct outcome *,
                              const struct out_item *first, const struct meters *);

/* ---- streams out ------------------------------------------------------------------------------ */
struct waiting { /* a part that has to wait until the current one is done */
    struct waiting *next;
    struct wait_item {
        struct wait_item *next;
        struct cp_item it;
    } * first, *last;
    uint32_t index, kind;
    int is_closed;
};
struct now { /* the current part */
    int is_active;
    uint32_t index, kind, sub;
    int64_t num;
    struct cp_str id, name, meta;
    int is_begun;       /* its item is out */
    struct cp_str held; /* a call's first piece */
    struct rope body;   /* of what is written whole */
    struct out_part *part;
    struct out_notes states; /* as encrypted_content */
};
struct responses_tx {
    struct cp_item start, stop;
    int has_start, has_stop, is_started, is_over, has_noted_choices;
    int enclosed; /* depth of what an answer has no room for */
    int64_t seq;  /* next sequence_number */
    int has_refusal, has_text;
    uint32_t items_n;
    struct out_item *first, *last;
    struct out_item *open; /* begun, not done: always the last */
    struct now now;
    struct waiting *wait_first, *wait_last;
    struct meters usage;
    struct envelope envelope;
    struct outcome outcome; /* how it ended */
};
struct sending { /* one call of tx_item; out NULL: no events are written */
    struct responses_tx *tx;
    struct cp_call *call;
    struct cp_out *out;
    int rc;
};
void responses_tx_feed(struct sending *, const struct cp_item *);
/* ---- responses_stream_items.c: items on the wire */
/* What is open is done; a new item of the type, not yet told of.  own: an id it has already. */
struct out_item *responses_item_new(struct sending *, enum out_type, struct cp_str own);
void responses_item_added(struct sending *, const struct out_item *);
/* Events of the open item: "type", item_id, output_index. */
int responses_place_open(struct sending *, struct rj *, const char *type);
/* The same with nothing else in it. */
void responses_progress(struct sending *, const char *type);
/* A part of the open item begins, grows, ends. */
struct out_part *responses_part_begin(struct sending *, uint32_t kind);
void responses_part_grow(struct sending *, struct out_part *, struct cp_str text);
void responses_part_finish(struct sending *, struct out_part *);
void responses_cite_add(struct sending *, struct out_part *, struct cp_str annotation);
void responses_logprobs_add(struct sending *, struct out_part *, struct cp_str list);
void responses_input_grow(struct sending *, struct cp_str text);
void responses_input_finish(struct sending *);
/* ---- responses_stream_hosted.c: what comes whole */
void responses_server_call_end(struct sending *);
void responses_server_result_end(struct sending *);
void responses_media_end(struct sending *);
void responses_compaction_end(struct sending *, struct cp_str state);
/* ---- responses_stream_parts.c: of the current part */
void responses_part_piece(struct sending *, const struct cp_item *);
void responses_part_state(struct sending *, const struct cp_item *);
void responses_part_cite(struct sending *, const struct cp_item *);
void responses_part_end(struct sending *);
/* An item nobody took apart. */
void responses_item_whole(struct sending *, struct cp_str raw);
/* Nothing stays open. */
void responses_item_settle(struct sending *);
/* A refusal that came without words of its own. */
void responses_refusal_say(struct sending *, struct cp_str text);
/* State of a part that is over. */
void responses_late_state(struct sending *, const struct cp_item *);
/* Opens the event; rj_close(j, '}') and responses_event_close() end it.  0: no events are written. */
int responses_event_open(struct sending *, struct rj *, const char *type);
void responses_event_close(struct sending *, struct rj *);

/* ---- answers in ----------------------------------------------------------------------------- */
struct in_part { /* of a message's content, a reasoning's summary or content */
    struct in_part *next;
    uint32_t kind;  /* CP_TEXT, CP_REFUSAL, CP_REASONING */
    uint32_t sub;   /* of reasoning: the channel */
    int64_t wire;   /* content_index, summary_index */
    uint32_t index; /* of its block, unless it is reasoning's */
    int is_open, is_closed, has_logprobs;
    size_t said;   /* bytes */
    uint32_t high; /* pending high surrogate */
    uint32_t cites_n;
};
struct in_block { /* of a call, a reasoning's summary, a reasoning's content */
    uint32_t index;
    int is_open;
    size_t said;
    uint32_t high;
};
enum in_type { IN_MESSAGE, IN_REASONING, IN_FUNCTION, IN_CUSTOM, IN_OTHER };
struct in_item {
    struct in_item *next;
    int64_t wire; /* output_index; -1 unknown */
    struct cp_str id;
    uint32_t type; /* enum in_type */
    int is_done;
    struct in_part *parts;
    struct in_block call, summary, raw;
};
struct responses_rx {
    int is_started, is_over, is_tap, has_message, has_shown;
    uint32_t index; /* next free block index */
    struct in_item *items, *last;
    struct meters seen;
    struct contents contents;
    struct rx_buffer refusal;
    struct out_notes passed; /* CP_WANT_KEPT: items that were done, as they came */
};
struct answer_in { /* a frame or a body being read */
    struct responses_rx *rx;
    struct chat_in *d;
};
/* ---- responses_stream_rx_items.c */
void answer_in_message(struct answer_in *); /* is open from now on */
void answer_in_added(struct answer_in *, struct cp_str event);
void answer_in_done(struct answer_in *, struct cp_str event);
/* Deltas and dones of texts, parts and arguments; 0: the type is none of them. */
int answer_in_piece(struct answer_in *, struct cp_str event, struct cp_str type);
/* The items of a finished response that no event told of; then nothing is open. */
void answer_in_output(struct answer_in *, struct cp_str output);
/* ---- responses_answer_decode.c */
void answer_in_start(struct answer_in *, struct cp_str response);
/* Status, usage, natives, END or ERROR of a response that is over. */
void answer_in_end(struct answer_in *, struct cp_str response);
void answer_in_usage(struct answer_in *, struct cp_str response);

#endif
