/* SPDX-License-Identifier: MIT */
/*
 * claude - what the files of this plugin know of each other.
 *
 * Anthropic's Messages API, both sides: client-facing (a program that speaks it calls us) and
 * upstream-facing (we call a service that speaks it).  Every file is one step of one direction:
 *
 *     bytes --request_decode, tools_decode, blocks_decode--> tape
 *     tape --tree--> nodes --repair, marks--> nodes --*_encode--> bytes
 *
 * The tree is the one place where a tape is held as more than a list: what the service enforces
 * on a conversation (who follows whom, results after calls) can only be repaired with a view of all.
 */
#ifndef CLAUDE_H
#define CLAUDE_H

#include <claude-proxy/json.h>
#include <claude-proxy/plugin.h>

/* Set once by load(), before anything else runs. */
extern const struct cp_host *claude_host;
extern const struct cp_json *claude_json;
#define host claude_host
#define json claude_json

#define CLAUDE_MAKER       "claude"
/* A format said as a tool, before rename(): the blank makes it a name no client's tool has. */
#define CLAUDE_FORCED_TOOL "json output"
#define S(z)               ((struct cp_str){ (z), sizeof(z) - 1 })
#define NOTHING            ((struct cp_str){ NULL, 0 })

/* ---- util.c: words and numbers ------------------------------------------- */
int claude_is(struct cp_str s, const char *z);
int claude_equal(struct cp_str a, struct cp_str b);
int claude_begins(struct cp_str s, const char *z);
int claude_ends(struct cp_str s, const char *z);
/* 1 if z occurs in s, ASCII case ignored. */
int claude_has(struct cp_str s, const char *z);
int claude_is_blank(struct cp_str s);
/* From the request's arena; p NULL when it is over its budget. */
struct cp_str claude_format(struct cp_call *call, const char *fmt, ...) CP_PRINTF(2, 3);
char *claude_cstr(struct cp_call *call, struct cp_str s);
/* CP_OK while the request's budget lasts.  All small needs fit where this one does, so asking at
 * the end of a step is enough to know that none of its nodes is missing. */
int claude_afford(struct cp_call *call);
struct cp_str claude_keep(struct cp_call *call, struct cp_str s);
/* The text of a JSON string, without its quotes. */
struct cp_str claude_escape(struct cp_call *call, struct cp_str s);
struct cp_str claude_unbase64(struct cp_call *call, struct cp_str s);
/* The value itself, or null: the tape checks no JSON but that of PARAM, TOOL, CITE and NATIVE. */
struct cp_str claude_json_or_null(struct cp_call *call, struct cp_str v);
/* A whole number, or otherwise when it is none. */
int64_t claude_int(struct cp_str v, int64_t otherwise);
/* A non-empty JSON string's text, or nothing. */
struct cp_str claude_word(struct cp_call *call, struct cp_str object, const char *key);
/* For tables of one call; the seed makes it differ from process to process. */
size_t claude_hash(const void *seed, struct cp_str s);
/* Ids and tool names: ^[a-zA-Z0-9_-]+$ is all the service takes. */
struct cp_str claude_legal_id(struct cp_call *call, struct cp_str id, struct cp_str seed);
struct cp_str claude_tool_name(struct cp_call *call, struct cp_str space, struct cp_str name);
void claude_note(struct cp_call *call, int deed, const char *path, const char *why);
struct node;
void claude_note_node(struct cp_call *call, int deed, const struct node *node, const char *why);

/* Members of the object that is being written. */
void claude_put_text(struct cp_out *out, const char *key, struct cp_str text);
void claude_put_raw(struct cp_out *out, const char *key, struct cp_str value);
void claude_put_int(struct cp_out *out, const char *key, int64_t value);
/* A key that came from JSON as each() gives it. */
void claude_put_key(struct cp_call *call, struct cp_out *out, struct cp_str spelled);

/* ---- members.c: an object looked at once ----------------------------------- */
/* Every get() of the json service scans its object to the end, and most objects here hold the
 * whole conversation: so the members are found in one pass and looked up in this. */
enum { MEMBERS_MOST = 24 };
struct members {
    struct cp_str object;
    int n; /* -1: more than there is room for; then it is scanned */
    struct cp_str key[MEMBERS_MOST], v[MEMBERS_MOST];
};
void claude_members(struct members *m, struct cp_str object);
/* The last of that name; p NULL: absent. */
struct cp_str claude_get(const struct members *m, const char *key);
/* As each() of the json service. */
int claude_each(const struct members *m, size_t *at, struct cp_str *key, struct cp_str *v);

/* ---- caps.c: what which model takes --------------------------------------- */
enum {
    CAN_BUDGET = 1,           /* thinking {type: enabled, budget_tokens}       */
    CAN_ADAPTIVE = 2,         /* thinking {type: adaptive}                     */
    CAN_SYSTEM_INSIDE = 4,    /* role system inside messages                   */
    CAN_PREFILL = 8,          /* a last message of the assistant               */
    CAN_SAMPLE = 16,          /* temperature below 1, top_p, top_k             */
    CAN_TEMP_WITH_TOP_P = 32, /* both in one request                           */
    CAN_FORMAT = 64           /* output_config.format                          */
};
enum { EFFORT_LOW = 1, EFFORT_MEDIUM = 2, EFFORT_HIGH = 4, EFFORT_XHIGH = 8, EFFORT_MAX = 16 };
struct claude_caps {
    const char *name;   /* beginning of the model's name after "claude-" */
    int32_t max_tokens; /* most output, tokens; 0 unknown                */
    uint32_t can;       /* CAN_*                                         */
    uint32_t efforts;   /* EFFORT_*: levels of output_config.effort      */
};
/* Never NULL; lives for ever. */
const struct claude_caps *claude_caps_of(struct cp_str model);

/* ---- plugin.c: options of a channel --------------------------------------- */
enum { WAY_AUTO = 0, WAY_1 = 1, WAY_2 = 2 };
enum { THINK_BUDGET = 1, THINK_ADAPTIVE = 2 };
enum { SYSTEM_NATIVE = 1, SYSTEM_REMINDER = 2 };
enum { SAMPLING_KEEP = 1, SAMPLING_DROP = 2 };
enum { PREFILL_KEEP = 1, PREFILL_CONTINUE = 2 };
enum { MARKS_KEEP = 1, MARKS_OFF = 2 };
enum { AUTH_X_API_KEY = 1, AUTH_BEARER = 2 };
struct claude_conf {
    int64_t max_tokens_default, max_tokens_cap; /* tokens; cap 0: none        */
    int thinking, mid_system, sampling, prefill, cache_marks, auth;
    struct cp_str version, beta; /* headers                    */
};
/* The options of an instance, or the presets when there is none. */
const struct claude_conf *claude_conf_of(const void *instance);

/* ---- reading: a decode in progress ---------------------------------------- */
struct reading {
    struct cp_call *call;
    struct cp_tape *tape;
    int rc;                   /* sticky: CP_ENOUGH or an error               */
    int is_answer;            /* a response: forgive what is missing         */
    int message, block, part; /* where we are; -1: not inside one            */
    uint32_t depth, base;     /* of blocks; their sum is an item's index     */
    int is_in_parts;          /* inside a document made of parts             */
    int is_fast;              /* a request that asks for speed               */
};
void claude_emit(struct reading *r, const struct cp_item *it);
/* Where key is ("messages[3].content[0].key"); key NULL: the thing itself. */
struct cp_str claude_path(struct reading *r, const char *key);
/* Emits a member this plugin has no word for, as it stands. */
void claude_native(struct reading *r, struct cp_str key, struct cp_str value);
/* Names that a path could not spell; no service has such, so nobody misses them. */
int claude_is_odd_key(struct cp_str key);
void claude_native_at(struct reading *r, struct cp_str path, struct cp_str value);
/* "messages[3].content[0].id: field required", blamed on the sender. */
void claude_refuse(struct reading *r, const char *key, const char *what);

/* request_decode.c, tools_decode.c, blocks_decode.c */
int claude_request_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape);
void claude_params_decode(struct reading *r, struct cp_str key, struct cp_str v);
void claude_tools_decode(struct reading *r, struct cp_str tools, struct cp_str servers);
void claude_choice_decode(struct reading *r, struct cp_str choice);
/* A list of content blocks, or a string that stands for one of text. */
void claude_content_decode(struct reading *r, struct cp_str content);
/* 1: a call of the tool that params_encode made of a format; its input is the answer's text. */
int claude_is_forced_tool(struct cp_call *call, struct cp_str type, struct cp_str name);
void claude_block_decode(struct reading *r, struct cp_str block);
/* path: of what bears the mark */
void claude_mark_decode(struct reading *r, struct cp_str cache_control, struct cp_str path);
void claude_signature_decode(struct reading *r, struct cp_str text, const char *kind);
void claude_cite_decode(struct reading *r, struct cp_str citation);

/* ---- answers: stop and usage, whole and streamed -------------------------- */
enum { CLAUDE_METERS = CP_SEARCHES + 1 };
struct claude_usage {
    int64_t n[CLAUDE_METERS]; /* by enum cp_meter; -1 unknown */
};
void claude_usage_init(struct claude_usage *u);
/* What usage says replaces what was known, member by member. */
void claude_usage_read(struct claude_usage *u, struct cp_str usage);
void claude_usage_emit(struct reading *r, const struct claude_usage *u);
void claude_usage_add(struct claude_usage *u, const struct cp_item *it);
/* amend.c: an answer that passes, with other numbers. */
int claude_amend(void *instance, struct cp_call *, struct cp_str body,
                 const struct cp_tape *usage, struct cp_out *);
/* The members of a usage object; brief: as in message_start, only what is known. */
void claude_usage_write(struct cp_out *out, const struct claude_usage *u, int is_brief);
void claude_stop_decode(struct reading *r, const struct members *holder, int has_call);
/* stop NULL: none was given. */
const char *claude_stop_word(const struct cp_item *stop, int has_call, int has_refusal);
/* stop_reason, stop_sequence, stop_details. */
void claude_stop_write(struct cp_call *call, struct cp_out *out, const struct cp_item *stop,
                       const char *word, struct cp_str refusal);

/* Members of an answer, or of a frame of one, that no item is for. */
void claude_answer_natives(struct reading *r, const struct members *body);
int claude_response_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape);
int claude_response_encode(struct cp_call *call, const struct cp_tape *tape,
                           struct cp_out *out);
/* "msg_..." of whatever the upstream called its answer. */
struct cp_str claude_message_id(struct cp_call *call, const struct cp_item *start);
struct cp_str claude_answer_model(struct cp_call *call, const struct cp_item *start);
int claude_models_decode(struct cp_call *call, int phase, struct cp_str body,
                         struct cp_tape *tape);
int claude_models_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out);

/* ---- errors.c -------------------------------------------------------------- */
uint32_t claude_trouble(struct cp_str type, struct cp_str message);
int claude_is_type(struct cp_str type);        /* one of the service's own error types */
int claude_is_too_long(struct cp_str message); /* a prompt for the context */
/* The first words that are there: servers behind this dialect put them into many places. */
struct cp_str claude_error_message(struct cp_call *call, struct cp_str body);
void claude_error_emit(struct reading *r, struct cp_str error);
int claude_failure_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape);
int claude_failure_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out);
/* {"type":"error", ...} of an ERROR item; returns the HTTP status. */
int claude_error_write(struct cp_call *call, struct cp_out *out, const struct cp_item *it);

/* ---- verdict.c, refused.c -------------------------------------------------- */
/* What of a request the message says is unknown and may be left out; absent: nothing. */
struct cp_str claude_refused(struct cp_call *call, struct cp_str message);
void claude_classify(void *instance, struct cp_call *call, const struct cp_failure *why,
                     struct cp_verdict *verdict);

/* ---- tree.c: a tape's messages as nodes ------------------------------------ */
struct ref {
    const struct cp_item *it;
    struct ref *next;
};
struct refs {
    struct ref *first, *last;
};
struct node {
    struct node *next;
    struct node *child, *child_last; /* MESSAGE, TOOL_RESULT, MEDIA of parts        */
    const struct cp_item *head;      /* its opening item; NULL: made here           */
    struct refs pieces;              /* the whole block in order: pieces, STATE ... */
    struct refs natives;             /* members to say again as they came           */
    struct cp_str text;              /* of a TEXT made here                         */
    struct cp_str id, name;          /* as its head says it                         */
    int64_t mark;                    /* cache mark: seconds, 0 unsaid, -1 none      */
    uint32_t kind, sub;              /* enum cp_kind, its sub                       */
    uint32_t at;                     /* its place in the list it came in            */
    int is_open, is_dropped, is_error;
};
struct list {
    struct node *first, *last;
};
struct tree {
    const struct cp_item *start, *stop, *error;
    struct refs params, choices, natives, usage;
    struct list systems, tools, messages;
};
/* NULL when the request is over its budget. */
struct tree *claude_tree_grow(struct cp_call *call, const struct cp_tape *tape);
struct node *claude_node_new(struct cp_call *call, uint32_t kind);
void claude_list_add(struct list *list, struct node *node);
void claude_node_add(struct node *parent, struct node *child);
void claude_refs_add(struct cp_call *call, struct refs *refs, const struct cp_item *it);
/* Value of a parameter as JSON; the last one said counts; p NULL: unsaid. */
struct cp_str claude_param(const struct tree *tree, const char *name);
/* Text of all pieces together. */
struct cp_str claude_node_text(struct cp_call *call, const struct node *node);
int claude_node_is_empty(const struct node *node);
const struct cp_item *claude_node_state(const struct node *node);
/* A native member by its last name; NULL: there is none. */
const struct cp_item *claude_node_native(const struct refs *natives, const char *member);
struct cp_str claude_native_key(const struct cp_item *it);

/* ---- writing: an encode in progress ---------------------------------------- */
enum { THINK_UNSAID = 0, THINK_OFF = 3 }; /* beside THINK_BUDGET, THINK_ADAPTIVE */
struct thinking {
    int how;
    int64_t budget;      /* tokens                                      */
    const char *effort;  /* NULL: unsaid                                */
    const char *display; /* NULL: unsaid                                */
};
struct writing {
    struct cp_call *call;
    struct cp_out *out;
    const struct claude_conf *conf;
    const struct claude_caps *caps;
    struct tree *tree;
    struct thinking thinking;
    int64_t max_tokens; /* -1 unsaid                                   */
    int is_answer;      /* to a client                                 */
    int is_count;       /* count_tokens                                */
    int is_from_claude; /* the client speaks this dialect itself       */
    int has_prefill;
    struct cp_str hint;         /* a line the system prompt gets from us       */
    struct cp_str forced_tool;  /* json_output: a format said as a tool        */
    struct hosted *hosted;      /* of an answer; NULL: a request               */
    struct claude_props *props; /* NULL: no property has to be renamed        */
};
int claude_request_encode(const struct claude_conf *conf, struct cp_call *call,
                          const struct cp_tape *tape, struct cp_out *out);
/* What this service wants of a conversation beyond what the host promises. */
int claude_turns_settle(struct writing *w);
void claude_marks_choose(struct writing *w);
/* params_note.c.  The value, absent if null; its item; what became of it, by its client's name. */
struct cp_str claude_param_said(const struct writing *w, const char *name);
const struct cp_item *claude_param_item(const struct writing *w, const char *name);
void claude_param_note(struct writing *w, int deed, const char *name, const char *why);
void claude_params_note(struct writing *w);
int claude_params_plan(struct writing *w);
void claude_params_write(struct writing *w);
/* Drops tools that cannot be sent, makes names legal; CP_E_UNSUPPORTED: one of them is forced. */
int claude_tools_plan(struct writing *w);
void claude_tools_write(struct writing *w);
/* mcp.c: the server of a mcp_toolset; absent: it is not listed. */
struct cp_str claude_mcp_server(struct cp_str servers, struct cp_str toolset);
/* Another maker's tools of a server, that may be called unasked? */
int claude_mcp_is(const struct cp_item *tool);
void claude_mcp_tool_write(struct writing *w, const struct node *tool);
void claude_mcp_servers_write(struct writing *w);
int claude_mcp_is_used(struct cp_call *call);
int claude_block_write(struct writing *w, const struct node *node);
void claude_mark_write(struct cp_out *out, const struct node *node);
void claude_natives_write(struct writing *w, const struct refs *natives);
/* The arguments of a call as the object the service wants; 1: they were none. */
int claude_input_write(struct cp_call *call, struct cp_out *out, struct cp_str text,
                       uint32_t tool_kind);

/* ---- schema.c -------------------------------------------------------------- */
#define CLAUDE_NO_SCHEMA "{\"type\":\"object\",\"properties\":{}}"
/* input_schema of a tool: an object at its root, whatever it was; of: whose it is, for the ledger. */
void claude_schema_tool(struct cp_call *call, struct cp_out *out, struct cp_str schema,
                        const struct cp_item *of);
/* The subset that strict tools and output_config.format take. */
void claude_schema_strict(struct cp_call *call, struct cp_out *out, struct cp_str schema,
                          const struct cp_item *of);

/* ---- props.c: names of properties that the service refuses ------------------ */
/* After the tools are planned: chooses the names, notes whose tools have such. */
void claude_props_plan(struct writing *w);
struct cp_str claude_props_schema(struct writing *w, const struct node *tool);
/* The arguments of a call that went before; the same bytes if there is nothing to rename. */
struct cp_str claude_props_input(struct writing *w, struct cp_str wire_name,
                                 struct cp_str text);
/* Was this tool sent with other names?  Then its arguments, whole, with their own again. */
int claude_props_is(struct cp_call *call, struct cp_str wire_name);
struct cp_str claude_props_restore(struct cp_call *call, struct cp_str text);
/* Zeroed at first. */
struct held {
    char *p;
    size_t n, room;
};
void claude_props_hold(struct cp_call *call, struct held *held, struct cp_str text);

/* ---- unwrap.c: free-text tools that were sent as functions ------------------ */
void claude_custom_note(struct cp_call *call, struct cp_str wire_name);
int claude_is_custom(struct cp_call *call, struct cp_str wire_name);
/* Zeroed at first.  Until the member "input" is found everything is held, because without one
 * the whole is what the model said. */
struct unwrap {
    char *held;
    size_t held_n, held_room;
    uint8_t is_found, is_raw;
    uint8_t depth, is_string, is_key, wants_key, is_input, is_escape, digits, key_n;
    char key[8];
    uint32_t code, high;
};
/* The text in the next piece of {"input":"..."}. */
struct cp_str claude_unwrap(struct cp_call *call, struct unwrap *u, struct cp_str raw);
/* What is left to say after the last piece. */
struct cp_str claude_unwrap_end(struct unwrap *u);

/* ---- halves.c --------------------------------------------------------------- */
/* The text of a delta's string; *half is 0 at first, and not at the end if a half was left. */
struct cp_str claude_halves(struct cp_call *call, struct cp_str string, uint32_t *half);

/* ---- streams ---------------------------------------------------------------- */
int claude_rx_open(void *instance, struct cp_call *call, void **state);
int claude_rx_frame(void *state, struct cp_call *call, const struct cp_frame *f,
                    struct cp_tape *tape);
int claude_rx_close(void *state, struct cp_call *call, int rc, struct cp_tape *tape);
int claude_tx_open(void *instance, struct cp_call *call, void **state);
int claude_tx_item(void *state, struct cp_call *call, const struct cp_item *it,
                   struct cp_out *out);
int claude_tx_close(void *state, struct cp_call *call, int rc, struct cp_out *out);

#endif
