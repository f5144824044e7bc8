/* SPDX-License-Identifier: MIT */
/*
 * answer - what the files that read and write answers know of each other.
 *
 * A whole answer is read as a stream of one chunk, so there is one way in: chunks become items in
 * stream_rx.c and parts_decode.c.  There are two ways out, whole and piece by piece, which share
 * how a part is spelled (parts_encode.c).
 */
#ifndef GEMINI_ANSWER_H
#define GEMINI_ANSWER_H

#include "request.h"

enum { CHOICES_MOST = 64 };

/* ---- usage.c ------------------------------------------------------------------------------- */
enum { METERS_N = CP_SEARCHES + 1 };
struct meters {
    int64_t n[METERS_N]; /* by enum cp_meter; -1 unknown */
};
void gemini_meters_clear(struct meters *);
/* What a usageMetadata says; what it does not say stays. */
void gemini_meters_read(struct cp_str usage, struct meters *);
void gemini_meters_take(struct meters *, const struct cp_item *usage);
/* Is key one of the counts that meters speak of? */
int gemini_meters_has_key(struct cp_str key);
/* The counts as members of the open object; what is nought is left out, but the sum is there. */
void gemini_meters_write(struct cp_out *, const struct meters *);
int gemini_meters_known(const struct meters *); /* was anything counted? */

/* ---- finish.c ------------------------------------------------------------------------------ */
/* finishReason to enum cp_stop. */
uint32_t gemini_finish_decode(struct cp_str word, int has_calls, int has_content);
/* And back; has_refusal: a refusal was told in words. */
struct cp_str gemini_finish_encode(const struct cp_item *stop, int has_refusal);

/* ---- errors.c ------------------------------------------------------------------------------ */
struct fault { /* an error body, read liberally */
    struct cp_str message, status, field;
    struct cp_str reason;   /* of google.rpc.ErrorInfo: "API_KEY_INVALID" */
    int64_t code;           /* HTTP's; 0: not said */
    int64_t wait_ms;        /* of google.rpc.RetryInfo; -1: not said */
    int is_daily, is_never; /* the quota is of a day; there is none at all */
    int is_of_model;        /* it is counted by model */
    uint32_t sub;           /* enum cp_trouble; 0: nothing recognised */
};
/* 1: it told something.  body need not be JSON. */
int gemini_fault_read(struct cp_call *, struct cp_str body, struct fault *);
/* ASCII case is ignored; needle in lower case.  The offset behind it, 0: not there. */
size_t gemini_text_find(struct cp_str hay, const char *needle);
/* refused.c: what of a request the message says is unknown and may be left out; absent: nothing. */
struct cp_str gemini_refused(struct cp_str message);

/* ---- reading ------------------------------------------------------------------------------- */
struct rx_kept { /* a member of a candidate that is told when the candidate is over */
    struct cp_str key, value;
    struct rx_kept *next;
};

struct rx_call { /* a call whose arguments come in pieces */
    struct cp_str name, id, signature;
    struct partial *arguments;
    int is_open;
};

struct rx_choice {
    uint32_t number;
    int is_open; /* its MESSAGE */
    int is_over; /* and its STOP was told */
    int has_calls, has_content;
    uint32_t current;      /* kind of the open block, TEXT or REASONING; 0: none */
    uint32_t index;        /* of it */
    int is_signed;         /* it has its STATE */
    struct builder text;   /* of the open text block, to place citations in */
    uint32_t ordinal;      /* calls so far, for ids */
    struct cp_str code_id; /* of the last code that ran */
    struct cp_str finish;  /* the wire's word; absent: not seen */
    struct rx_kept *kept;
    struct rx_call call;
    uint8_t *cites_told; /* by support: it has been emitted */
    size_t cites_n;
    int has_searches; /* SERVER_CALLs of the grounding were emitted */
    struct rx_choice *next;
};

struct rx {
    struct cp_call *call; /* these three are of the hook at work */
    struct cp_tape *tape;
    int rc; /* CP_OK, or the answer that ended it */
    int is_tap, is_whole, is_exact, is_started, is_over;
    uint32_t next_index;
    struct rx_choice *choices;
    struct meters seen;
    struct cp_str id;      /* responseId, or what stands for it */
    struct cp_str usage;   /* the last usageMetadata, kept */
    struct cp_str blocked; /* the last promptFeedback with a blockReason, kept */
    int64_t searches_n;    /* that the service ran for the answer */
};

void gemini_rx_emit(struct rx *, const struct cp_item *);
struct cp_str gemini_rx_keep(struct rx *, struct cp_str); /* beyond the frame */
/* The member that the candidate is to tell at its end; absent: none. */
struct cp_str gemini_rx_kept(const struct rx_choice *, const char *key);
void gemini_rx_message(struct rx *, struct rx_choice *); /* opens it if need be */
void gemini_rx_close_block(struct rx *, struct rx_choice *);
/* One GenerateContentResponse, or an array of them. */
void gemini_rx_chunk(struct rx *, struct cp_str chunk);
void gemini_rx_start(struct rx *, struct cp_call *);
/* What is open is closed, and told how it ended. */
void gemini_rx_finish(struct rx *, int is_clean);

/* parts_decode.c */
void gemini_rx_part(struct rx *, struct rx_choice *, struct cp_str part);
void gemini_rx_words(struct rx *, struct rx_choice *, uint32_t kind, struct cp_str text);
void gemini_rx_call_end(struct rx *, struct rx_choice *);

/* partial.c: arguments that come value by value (Vertex streamFunctionCallArguments) */
void gemini_partial_take(struct cp_call *, struct partial **, struct cp_str partial_args);
struct cp_str gemini_partial_text(struct cp_call *, const struct partial *);

/* grounding.c */
/* Citations whose place is in the open text block; is_last: all that are left, wherever. */
void gemini_rx_cites(struct rx *, struct rx_choice *, int is_last);
/* What was searched and fetched for the answer. */
void gemini_rx_searches(struct rx *, struct rx_choice *);
/* Characters in the first n bytes of UTF-8 text, and bytes of the first n characters. */
int64_t gemini_chars_of(struct cp_str text, int64_t bytes);
int64_t gemini_bytes_of(struct cp_str text, int64_t chars);

/* logprobs.c */
void gemini_rx_logprobs(struct rx *, struct rx_choice *, struct cp_str result);
/* logprobsResult of the CITEs; both lists are one, however many pieces they came in. */
void gemini_logprobs_encode(struct cp_call *, struct cp_out *,
                            const struct cp_item *const *cites, size_t n);

/* ---- writing ------------------------------------------------------------------------------- */
struct tx_native { /* a member that goes where it came from */
    struct cp_str key, value;
    struct tx_native *next;
};

struct tx_cite {
    struct cp_item item;
    int64_t start, end; /* bytes of the choice's text; end < 0: of the block, still open */
    const struct tx_block *block; /* until it is closed */
    int64_t chunk;                /* the number of its address */
    int is_first;                 /* of that address */
    struct tx_cite *next;
};

enum { STATES_MOST = 4 }; /* of one block; nobody makes more than two */
struct tx_block {
    struct cp_item head;               /* its strings kept */
    struct builder text;               /* of what is written whole */
    size_t begins_at;                  /* in the choice's text */
    struct cp_str states[STATES_MOST]; /* as spelled; not written yet */
    int states_n;
    int is_closed; /* written when those before it are */
    int is_bare;   /* its state is that of an empty text, not of a thought */
    int has_words; /* some of its text is written */
    int is_signed; /* whole: a state is to come, so it is a part of its own */
    struct tx_block *next;
};

struct tx_choice {
    uint32_t number;
    int has_message, has_refusal, has_call, parts_n;
    uint32_t last;           /* kind of the words written last, if nothing followed; 0: none */
    int is_part_open;        /* whole: that part can still grow */
    struct builder text;     /* all that is shown */
    struct tx_block *blocks; /* open, or waiting for one that is */
    struct tx_cite *cites, *last_cite;
    int64_t chunks_n, cites_n;
    struct tx_cite *logprobs, *last_logprobs;
    struct tx_native *natives, *queries, *pages;
    struct tx_native *hits; /* objects with a url, and maybe a title */
    struct cp_item stop;    /* kind 0: not seen */
    struct tx_choice *next;
};

struct tx {
    struct cp_call *call; /* these two are of the hook at work */
    struct cp_out *out;
    const struct cp_tape *tape; /* whole: what is told */
    size_t at;                  /* whole: the item at hand */
    int is_over, enclosed;
    struct tx_choice *choices;
    struct meters meters;
    struct cp_str model, id;
    struct tx_native *tops, *counts; /* members of the answer, of its usage */
    int is_blocked;                  /* the prompt was, so there is no candidate */
};

struct cp_str gemini_tx_keep(struct tx *, struct cp_str);
void gemini_tx_start(struct tx *, const struct cp_item *start);
struct tx_choice *gemini_tx_choice(struct tx *, uint32_t number);
/* Does it belong to something that has no place in an answer?  Asked of each item once. */
int gemini_tx_is_inside(struct tx *, const struct cp_item *);
/* Is it a part, or of one?  All else is noted. */
int gemini_tx_is_content(const struct cp_item *);
void gemini_tx_note(struct tx *, const struct cp_item *);
/* An item of a message's content; writes parts. */
void gemini_tx_content(struct tx *, struct tx_choice *, const struct cp_item *);
/* Ends a text that could still grow. */
void gemini_tx_settle(struct tx *, struct tx_choice *);
void gemini_tx_key_raw(struct tx *, const char *key, struct cp_str json);
void gemini_tx_key_text(struct tx *, const char *key, struct cp_str text);
void gemini_tx_natives(struct tx *, const struct tx_native *);
const struct tx_native *gemini_tx_native(const struct tx_native *, const char *key);
/* finishReason and all that is said of the candidate as a whole, into its open object. */
void gemini_tx_candidate_end(struct tx *, struct tx_choice *);
/* usageMetadata, modelVersion, responseId, into the answer's open object. */
void gemini_tx_tail(struct tx *, int with_usage);
/* A chunk that only has a text's log probabilities. */
void gemini_chunk_logprobs(struct tx *, const struct tx_choice *, const struct cp_item *);
/* A chunk of the stream up to its parts' bracket, and its end. */
void gemini_chunk_open(struct tx *, const struct tx_choice *);
void gemini_chunk_close(struct tx *, const struct tx_choice *);

/* calls_answer.c: parts that are written whole, when their block closes */
void gemini_tx_whole(struct tx *, struct tx_choice *, struct tx_block *);
void gemini_tx_part_open(struct tx *, struct tx_choice *);
void gemini_tx_part_close(struct tx *, struct tx_choice *);

/* grounding_encode.c */
void gemini_tx_cite(struct tx *, struct tx_choice *, const struct tx_block *,
                    const struct cp_item *);
/* groundingMetadata, unless the tape brought one. */
void gemini_tx_grounding(struct tx *, struct tx_choice *);

#endif
