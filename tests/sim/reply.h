/* SPDX-License-Identifier: MIT */
/*
 * reply - the answer to one request: its status, its head's facts, and its body piece by piece.
 */
#ifndef SIM_REPLY_H
#define SIM_REPLY_H

#include "ask.h"
#include "play.h"
#include "rules.h"

enum { REPLY_PARTS_MAX = PLAY_TOOLS_MAX + 2, REPLY_MARKS_MAX = 64 };

enum part_kind { PART_THINK, PART_TEXT, PART_TOOL, PART_REFUSAL, PART_COMPACTION };

struct part {
    enum part_kind kind;
    struct slice body;  /* thoughts, text, or the arguments' JSON */
    struct slice name;  /* of a tool */
    struct slice space; /* the namespace it is in: a raw string */
    bool is_custom;     /* its arguments are free text */
    size_t off, step;   /* streamed so far; bytes in a fragment */
    int64_t left;       /* fragments still to come; -1: until the body ends */
    char id[24];
};

/* Disjoint, except that out includes think. */
struct usage {
    int64_t in, out, read, write, think;
};

enum source { SOURCE_WHOLE, SOURCE_STREAM, SOURCE_FLOOD };

struct reply {
    const struct ask *ask;   /* lent until reply_begin is called again */
    const struct play *play; /* the same */
    int64_t status;
    const char *type; /* Content-Type; NULL: none */
    enum source source;
    struct text whole; /* SOURCE_WHOLE: the body */
    size_t whole_off;
    bool in_events; /* the body is made of events: cut pieces at blank lines */
    int64_t flood_left;

    char id[20];
    int64_t created;
    struct usage usage;
    struct slice stop; /* n == 0: what is usual for the parts */
    struct part part[REPLY_PARTS_MAX];
    int parts_n;
    struct text said, args; /* the demo answer, the arguments made up */
    struct rules rules;     /* why a strict service refuses */

    /* stream: what was written is in queue, marks are the ends of its events */
    int phase, at;
    bool in_part, is_open;
    int64_t seq, events_n;
    struct text queue;
    size_t mark[REPLY_MARKS_MAX], queue_off;
    int marks_n, mark_at;
};

/* What a dialect can write. All write events with wire_open() and wire_close(), or into out. */
struct dialect_writer {
    void (*whole)(struct reply *r, struct text *out);
    void (*start)(struct reply *r);
    void (*part_open)(struct reply *r, int i);
    void (*part_delta)(struct reply *r, int i, struct slice fragment);
    void (*part_close)(struct reply *r, int i);
    void (*finish)(struct reply *r);
    void (*end)(struct reply *r);
    void (*error)(struct reply *r);
};

extern const struct dialect_writer claude_writer, chat_writer, responses_writer, gemini_writer;

void reply_begin(struct reply *r, const struct ask *ask, const struct play *play,
                 int64_t serial);
void reply_fini(struct reply *r);

/* Append the body's next piece (an event, or up to 64 KB); false: the body is complete. */
bool reply_next(struct reply *r, struct text *out);
bool reply_is_over(const struct reply *r); /* reply_next() would say false */

const struct dialect_writer *reply_writer(const struct reply *r);

/* stream.c: the same for SOURCE_STREAM */
bool stream_next(struct reply *r, struct text *out);
bool stream_is_over(const struct reply *r);

/* For the writers, also in stream.c. */
struct text *wire_open(struct reply *r, const char *event); /* event NULL: no event line */
void wire_close(struct reply *r);
struct text *wire_raw(struct reply *r); /* bytes outside of events; end with wire_mark() */
void wire_mark(struct reply *r);
bool reply_has_tool(const struct reply *r);
bool reply_stops(const struct reply *r, const char *neutral); /* stop=neutral was asked */
int64_t reply_input_all(const struct reply *r);               /* with what caches gave */
void reply_delta_text(struct reply *r, struct text *out, int i, struct slice fragment);

/* filler.c: at least n bytes of harmless words, valid for ever */
const char *filler_words(size_t n);
void filler_noise(struct text *out, size_t n);

/* error.c */
struct error_spec {
    struct slice type, code, message, param;
};
struct error_spec error_parse(struct slice spec);
int64_t error_status(struct error_spec e, enum dialect dialect);
void error_write(struct text *out, enum dialect dialect, int64_t status, struct error_spec e,
                 struct slice retry_after, const char *request_id);

/* responses.c: the answer goes into the store */
void responses_keep(struct reply *r);

/* models.c */
void models_write(struct text *out, const struct ask *ask, struct slice models);

#endif
