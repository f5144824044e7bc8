/* SPDX-License-Identifier: MIT */
/*
 * chat_stream - the state of a stream on its way in, shared by its blocks and its calls.
 */
#ifndef OPENAI_CHAT_STREAM_H
#define OPENAI_CHAT_STREAM_H

#include "chat.h"

struct rx_buffer { /* grows; memory of the request */
    char *p;
    size_t n, room;
};

struct rx_tool {              /* a call that is being put together */
    int64_t key;              /* the wire's tool_calls[].index */
    struct cp_str id, name;   /* kept; name as the wire spells it */
    struct rx_buffer waiting; /* arguments that came before the call could be opened */
    struct cp_str signature;
    uint32_t index; /* of its block */
    uint32_t high;  /* pending high surrogate */
    int is_custom, is_wrapped, is_open, is_closed;
    struct unwrapper unwrapper;
    struct rx_tool *next;
};

struct rx_choice {
    uint32_t number;
    int is_open; /* its MESSAGE */
    int has_calls, has_words;
    uint32_t current; /* kind of the open serial block, 0: none */
    uint32_t current_index, high;
    struct rx_tool *tools, *last;
    uint32_t tools_n;
    struct cp_str finish;     /* the wire's word; absent: not seen */
    struct cp_str matched;    /* the stop sequence */
    struct rx_buffer refusal; /* its beginning, for the stop's detail */
    struct rx_choice *next;
};

struct rx {
    const struct chat_conf *conf;
    int is_started, is_over, is_tap;
    struct rx_choice *choices;
    struct meters seen;
    uint32_t index; /* next free block index */
    struct cp_str id;
};
/* Is this chunk of a relayed stream nothing but one more word? */
int chat_tap_may_skip(const struct rx *, const struct cp_frame *, struct cp_str data);
void chat_rx_append(struct cp_call *, struct rx_buffer *, struct cp_str);
/* The text of a JSON string; half a surrogate pair at its end waits in *high. */
struct cp_str chat_rx_text(struct cp_call *, struct cp_str string, uint32_t *high);
void chat_rx_close_current(struct rx *, struct rx_choice *, struct chat_in *);
void chat_rx_tools(struct rx *, struct rx_choice *, struct chat_in *, struct cp_str calls);
void chat_rx_function_call(struct rx *, struct rx_choice *, struct chat_in *, struct cp_str f);
/* Opens what is waiting; called before other content and at the finish. */
void chat_rx_tools_settle(struct rx *, struct rx_choice *, struct chat_in *);
void chat_rx_tools_close(struct rx *, struct rx_choice *, struct chat_in *);

#endif
