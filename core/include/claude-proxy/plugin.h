/* SPDX-License-Identifier: MIT */
/*
 * claude-proxy/plugin.h - everything a plugin and the gateway know of each other.
 *
 * A plugin teaches the gateway wire dialects.  For each it translates between
 * bytes and a TAPE: a flat list of small typed items that means the same in
 * every dialect.  No dialect ever sees another.
 *
 *     client bytes --decode--> tape --encode--> upstream bytes
 *     client bytes <--encode-- tape <--decode-- upstream bytes
 *
 * When both ends speak the same dialect the gateway relays the bytes untouched
 * and calls decode only as a TAP, to learn the model, the stop and the usage.
 *
 * Eight rules hold everywhere; no comment below repeats them.
 *  1 Strings are struct cp_str: n bytes, not NUL-terminated; p == NULL means
 *    absent, which is not the same as empty.  char * is NUL-terminated.
 *    Text is UTF-8.  A value that is JSON says so.
 *  2 What you receive is lent for the call; what you hand over is copied.
 *    (A slice of the body you were given is noticed, and kept without a copy.)
 *  3 host->alloc() memory lives as long as the request.  Nobody ever frees what
 *    the other side allocated, so a plugin has nothing to free per request.
 *  4 One request stays on one thread.  Instances are shared by all threads:
 *    after configure() treat them as read-only.
 *  5 Never block, sleep, spawn, fork, or install a signal handler.
 *  6 Functions return CP_OK or a negative enum cp_rc, best by
 *    `return host->fail(call, CP_E_SYNTAX, "messages[%zu]: no role", i);`
 *    A tape or an out that failed stays failed: check once, at the end.
 *  7 Growth: structs only grow at the end; struct cp_str never does.  Those YOU
 *    allocate carry their size, arrays their count and stride; those the HOST
 *    allocates are only read or filled through the pointer you were lent.
 *  8 Numbers from the wire stay text (JSON) until someone must count with them;
 *    tool arguments, schemas and opaque state are never re-spelled.
 */
#ifndef CLAUDE_PROXY_PLUGIN_H
#define CLAUDE_PROXY_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define CP_PRINTF(fmt, args)
#endif

#define CP_MAGIC 0x43507831u /* "CPx1"; read before anything is called   */
#define CP_ABI_MAJOR 1       /* in the symbol's name too: cp_plugin_abi1  */
#define CP_ABI_MINOR 0       /* +1 whenever a struct or an enum grows     */

struct cp_str { const char *p; size_t n; };

enum cp_rc {
    CP_OK            =  0,
    CP_ENOUGH        =  1,  /* from emit(): the host has what it wants; stop, return CP_OK */
    CP_E_SYNTAX      = -1,  /* the bytes are not this dialect    -> blames the sender  */
    CP_E_UNSUPPORTED = -2,  /* the tape cannot be said in it     -> try another route  */
    CP_E_LIMIT       = -3,  /* too deep, too many, too long      -> host set the limit */
    CP_E_NOMEM       = -4,
    CP_E_CONFIG      = -5,  /* configure() only                                        */
    CP_E_BUG         = -6   /* "cannot happen"; charged to the plugin's own breaker    */
};

/* What is asked, and which body of it is being translated. */
enum cp_op    { CP_CHAT = 1, CP_COUNT_TOKENS = 2, CP_LIST_MODELS = 3, CP_GET_MODEL = 4,
                CP_COMPACT = 5,         /* a conversation to one COMPACTION (11)      */
                CP_STORED_GET = 6,      /* an answer that was kept: by its {id}       */
                CP_STORED_DELETE = 7, CP_STORED_ITEMS = 8, CP_STORED_CANCEL = 9 };
enum cp_phase { CP_REQUEST = 1, CP_RESPONSE = 2, CP_FAILURE = 3 };

/* ---- the tape ------------------------------------------------------------ */
/*
 * A request tape:   START PARAM* SYSTEM* TOOL* TOOL_CHOICE* MESSAGE* END
 * A response tape:  START (MESSAGE of the assistant, STOP, USAGE)* END
 * A failure tape:   ERROR
 * The host sorts a request's head sections into that order, so decoders may
 * emit as they read.  A stream's tape ends with END, or with ERROR if it broke.
 *
 * MESSAGE, TOOL_RESULT and MEDIA with CP_FROM_PARTS enclose: one item with
 * CP_OPEN, their content, one with CP_CLOSE.
 *
 * Other content comes in PIECES.  The first piece of a block has CP_OPEN, the
 * last CP_CLOSE; a block that came whole has both.  So a stream and a whole body
 * are the same tape, cut differently.  `index` tells apart blocks open at once:
 * any number not in use by an open block.  STATE and CITE belong to the open
 * block of their index (and come before its last piece).  `choice` is the
 * candidate (0 unless the request asked for several).
 *
 * The host checks this grammar on every emit(): see core/ir/grammar.c.
 */
enum cp_kind {              /*   text           name           id          meta         sub         num        */
    CP_START         =  1,  /*   -              model|"" (1)   message id  -            ties (13)   1: stream; response: created, s */
    CP_PARAM         =  2,  /*   JSON value     see (2)        JSON path (12) -         -           -          */
    CP_SYSTEM        =  3,  /*   instruction    -              -           -            authority   -          */
    CP_TOOL          =  4,  /*   JSON (3)       tool name      wire type   prose        tool kind   1 strict, 0 not, -1 unsaid */
    CP_TOOL_CHOICE   =  5,  /*   -              tool name|""   JSON path (12) -         choice      -          */
    CP_MESSAGE       =  6,  /*   - (encloses)   author's name  item id     -            role        -          */
    CP_TEXT          =  7,  /*   piece          -              item id     -            1: text is JSON  -     */
    CP_REFUSAL       =  8,  /*   piece          -              item id     -            -           -          */
    CP_REASONING     =  9,  /*   piece          -              item id     -            channel     -          */
    CP_STATE         = 10,  /*   opaque bytes   kind (4)       maker       -            -           -          */
    CP_MEDIA         = 11,  /*   see from       MIME type      file name   JSON (5)     class       from       */
    CP_TOOL_CALL     = 12,  /*   arguments (6)  tool name      call id     namespace    tool kind   -          */
    CP_TOOL_RESULT   = 13,  /*   - (encloses)   tool name|-    call id     -            tool kind   1 error, 0 not, -1 unsaid */
    CP_SERVER_CALL   = 14,  /*   JSON input     hosted type    call id     status       -           -          */
    CP_SERVER_RESULT = 15,  /*   JSON body      wire type      call id     maker        -           1 error    */
    CP_CITE          = 16,  /*   JSON (7)       what           maker       native JSON  -           -          */
    CP_CACHE_MARK    = 17,  /*   -              -              JSON path (12) -         -           ttl, s (8) */
    CP_STOP          = 18,  /*   detail (9)     wire's word    -           native JSON  stop        -          */
    CP_USAGE         = 19,  /*   -              -              -           -            meter       tokens     */
    CP_ERROR         = 20,  /*   message        wire's type    code        JSON path    trouble     HTTP status, 0 unknown */
    CP_MODEL         = 21,  /*   display name   owner          model id    -            -           created, s; 0 unknown */
    CP_COMPACTION    = 22,  /*   readable text  -              item id     -            -           -          */
    CP_REFERENCE     = 23,  /*   -              -              item id     -            -           -          */
    CP_CONTROL       = 24,  /*   raw JSON       what           maker       -            -           -          */
    CP_NATIVE        = 25,  /*   raw JSON       JSON path (10) maker       -            -           -          */
    CP_AUX           = 26,  /*   raw JSON       what: "ping"…  maker       -            -           -          */
    CP_END           = 27
};
/* (1) empty when the endpoint's path has {model}.
 * (2) Names every dialect uses (JSON type; absent = the client did not say):
 *     max_output int · temperature num · top_p num · top_k int · min_p num · seed int ·
 *     presence_penalty num · frequency_penalty num · n int · stop [string] ·
 *     logit_bias object · logprobs bool · top_logprobs int · parallel_tools bool ·
 *     effort "none|minimal|low|medium|high|xhigh|max|auto" · thinking_budget int (0 off,
 *     -1 as the model likes) · thinking_show "none|auto|concise|detailed|raw" ·
 *     thinking_mode "off|enabled|adaptive" ·
 *     format {"type":"text|json|json_schema|enum","name","description","strict","schema"} ·
 *     verbosity "low|medium|high" · user string · safety_id string · cache_key string ·
 *     cache_retention "5m|1h|24h|in_memory" · metadata object · tier "auto|default|flex|priority|fast" ·
 *     store bool · include_usage bool · cache_auto bool (mark what is cacheable by yourself) ·
 *     previous string (id of an answer this one follows, which the decoder could not recall())
 *     Anything else is CP_NATIVE.
 * (3) FUNCTION: the JSON Schema of the arguments, absent if none; CUSTOM: the format
 *     object or absent; CLIENT and HOSTED: the whole tool as the maker's dialect spells it.
 *     meta of a HOSTED mcp_toolset: the object of its server, from mcp_servers.
 * (4) "signature" of the block it is in; "redacted": the block is only this;
 *     "encrypted"; "thought_signature".  To be handed back unread to its maker.
 * (5) object with any of title, context, detail, url (of a search result), citations (bool).
 * (6) pieces of the JSON text of an object; CP_TOOL_CUSTOM: pieces of free text.
 * (7) what "url": {"url","title","start","end","cited_text"}; "document":
 *     {"index","title","start","end","cited_text","unit":"char|page|block"};
 *     "logprobs": OpenAI's logprobs object.  meta: the same as the maker spells it.
 * (8) Marks the item (TOOL, SYSTEM) or the closed block just before it.  0: not said.
 * (9) the sequence that matched; what a refusal says of itself.
 * (10) where it stood, from the body's root: "safeguards", "messages[3].content[0].transformations".
 *     A response's: from the object that carries it. Only its maker's dialect reads it.
 * (11) An upstream without this op is asked in a chat for a summary by the host.  Either way the
 *     client's adapter gets the tape START COMPACTION STOP USAGE END.
 * (12) where it stood in the client's body, for the ledger: "service_tier",
 *     "messages[2].content[0].cache_control".  For what is no slice of that body: a value in
 *     neutral words, a choice, a mark.  A PARAM without it is nobody's wish.
 * (13) of a request that is decoded for CP_WANT_ROUTE by a dialect that keeps answers: CP_TIED if it
 *     may refer to one, or to an item of one (then all of it is decoded), CP_UNKEPT if its answer
 *     is not to be kept.
 *
 * What the host does to a request's tape before an adapter encodes it (core/ir/repair.c):
 * messages of one role that follow each other are one; a message with calls of FUNCTION, CUSTOM or
 * CLIENT tools is followed by a user's that begins with exactly their results, in the calls' order;
 * call ids are unique; blocks are whole, none is empty, no message is; NATIVE, CONTROL, AUX, STATE,
 * CITE, SERVER_CALL and SERVER_RESULT of makers other than the target's dialect are gone, and in
 * the ledger.  An encoder therefore repairs nothing but what is its own service's whim (who comes
 * first, whether the last may be an assistant, which names are legal).
 */
enum { CP_OPEN = 1, CP_CLOSE = 2, CP_WHOLE = 3,         /* cp_item.flags                     */
       CP_SEGMENT = 4 };                                /* a new segment of a block begins   */
enum cp_ties   { CP_TIED = 1, CP_UNKEPT = 2 };
enum cp_authority { CP_BY_SYSTEM = 1, CP_BY_DEVELOPER = 2 };
enum cp_role   { CP_USER = 1, CP_ASSISTANT = 2, CP_SYS = 3, CP_DEVELOPER = 4 };
enum cp_tool_kind { CP_TOOL_FUNCTION = 1,               /* the client runs it; JSON arguments */
                    CP_TOOL_CUSTOM = 2,                 /* the client runs it; free text      */
                    CP_TOOL_CLIENT = 3,                 /* the client runs it; the maker knows its schema */
                    CP_TOOL_HOSTED = 4 };               /* the upstream runs it               */
enum cp_choice { CP_AUTO = 1, CP_NONE = 2, CP_ANY = 3,
                 CP_NAMED = 4,                          /* this one                           */
                 CP_AMONG_AUTO = 5, CP_AMONG_ANY = 6 }; /* one item for each allowed tool     */
enum cp_channel { CP_SUMMARY = 1, CP_RAW_THOUGHT = 2 };
enum cp_class  { CP_IMAGE = 1, CP_AUDIO = 2, CP_VIDEO = 3, CP_DOCUMENT = 4, CP_SEARCH_HIT = 5,
                 CP_FILE = 6 };
enum cp_from   { CP_FROM_BASE64 = 1, CP_FROM_URL = 2, CP_FROM_FILE_ID = 3, CP_FROM_TEXT = 4,
                 CP_FROM_PARTS = 5 };                   /* encloses TEXT and MEDIA            */
enum cp_stop   { CP_STOP_TURN = 1, CP_STOP_LENGTH = 2, CP_STOP_TOOL = 3,
                 CP_STOP_SEQUENCE = 4, CP_STOP_REFUSED = 5, CP_STOP_PAUSE = 6,
                 CP_STOP_CONTEXT = 7, CP_STOP_MALFORMED = 8, CP_STOP_COMPACTION = 9 };
/* Disjoint counters: every dialect's numbers are sums of these, never guesses. */
enum cp_meter  { CP_INPUT = 1,                          /* prompt, neither read nor written   */
                 CP_CACHE_READ = 2, CP_CACHE_WRITE_5M = 3, CP_CACHE_WRITE_1H = 4,
                 CP_INPUT_TOOLS = 5,                    /* added by hosted tools              */
                 CP_OUTPUT = 6,                         /* generated and shown                */
                 CP_REASONING_TOKENS = 7,               /* generated and not shown            */
                 CP_SEARCHES = 8 };                     /* hosted searches run                */
enum cp_trouble { CP_BAD_REQUEST = 1, CP_CONTEXT_TOO_LONG = 2, CP_AUTH = 3, CP_BILLING = 4,
                  CP_FORBIDDEN = 5, CP_NOT_FOUND = 6, CP_CONFLICT = 7, CP_TOO_LARGE = 8,
                  CP_RATE_LIMIT = 9, CP_OVERLOADED = 10, CP_TIMEOUT = 11, CP_SERVER = 12,
                  CP_POLICY = 13, CP_STREAM_CUT = 14, CP_CANCELLED = 15,
                  CP_METHOD = 16, CP_MEDIA_TYPE = 17, CP_HEADERS_TOO_LARGE = 18 };

#define CP_BIT(k) (UINT64_C(1) << (k)) /* kinds and ops stay below 64 */

struct cp_item {
    uint32_t size;                  /* CP_ITEM() fills these two              */
    uint32_t kind;                  /* enum cp_kind                           */
    uint32_t flags;                 /* CP_OPEN | CP_CLOSE | CP_SEGMENT        */
    uint32_t index;                 /* which open block                       */
    uint32_t sub;                   /* the enum that the table names          */
    uint32_t choice;                /* candidate                              */
    struct cp_str text, name, id, meta;
    int64_t  num;
};
#define CP_ITEM(k) .size = (uint32_t)sizeof(struct cp_item), .kind = CP_##k

/* ---- what the host lends during a request -------------------------------- */
struct cp_tape; struct cp_out; struct cp_head; struct cp_conf;   /* opaque */

struct cp_call {                    /* read only */
    uint32_t op;                    /* enum cp_op                             */
    uint32_t want;                  /* CP_WANT_*: what a decode is for        */
    uint32_t stream;                /* 1: the body in hand is, or asks for, a stream */
    uint32_t attempt;               /* 1 for the first upstream tried         */
    struct cp_str model;            /* as the upstream knows it               */
    struct cp_str client_model;     /* as the client asked for it             */
    struct cp_str trace;            /* request id; printable                  */
    struct cp_str client_dialect;   /* "chat": what the client speaks          */
    struct cp_str request;          /* while answers are translated: the request in YOUR dialect's
                                     * bytes: client side as it came, upstream side as it was
                                     * sent; absent: it had no body, or the request is at hand */
    uint32_t framing;               /* enum cp_framing of the client's stream, 0: whole */
    uint32_t reserved;
    struct cp_str query;            /* the client's, as it came, less its key; absent: none */
    /* Client side, for an ERROR behind bytes that passed: the START that the tap read in them, and
     * the data of the last whole frame; only where the dialect keeps answers.  NULL, absent:
     * nothing passed, or nobody could read it. */
    const struct cp_item *passed_start;
    struct cp_str passed;
};
enum { CP_WANT_ROUTE = 1, CP_WANT_USAGE = 2, CP_WANT_CONTENT = 4, CP_WANT_ALL = 7,
       CP_WANT_SOON = 8,            /* with others: STOP and USAGE with the very frame that has them; the
                                     * frames pass, and may be amended as they do */
       CP_WANT_KEPT = 16 };         /* with others: the answer passes as it is; remember() it so */

struct cp_frame { struct cp_str event, data; };  /* one whole SSE event (or line) */

struct cp_failure {                 /* why an attempt ended without an answer */
    int32_t  status;                /* HTTP status, 0: no response came       */
    int32_t  net;                   /* 0, or enum cp_net when status is 0     */
    uint64_t relayed;               /* bytes the client has; >0: too late     */
    struct cp_str body;             /* first 64 KiB                           */
};
enum cp_net   { CP_NET_RESOLVE = 1, CP_NET_CONNECT = 2, CP_NET_TLS = 3, CP_NET_SEND = 4,
                CP_NET_RECV = 5, CP_NET_TIMEOUT = 6, CP_NET_PROTOCOL = 7, CP_NET_DENIED = 8,
                CP_NET_CUT = 9, CP_NET_EMPTY = 10, CP_NET_CONTENT_TYPE = 11 };
enum cp_fault { CP_BY_CLIENT = 1, CP_BY_KEY = 2, CP_BY_MODEL = 3, CP_BY_UPSTREAM = 4,
                CP_BY_NETWORK = 5 };
enum cp_cure  { CP_NEVER = 1,       /* same answer anywhere: give it to the client   */
                CP_ELSEWHERE = 2,   /* another key or upstream may serve it now      */
                CP_LATER = 3 };     /* this one will serve again after wait_ms       */
struct cp_verdict {                 /* arrives filled with the HTTP default   */
    uint32_t fault;                 /* whose breaker is charged               */
    uint32_t cure;
    int64_t  wait_ms;               /* -1 unknown.  What headers and common words say is already in */
    uint32_t disable_key;           /* 1: revoked or unpaid, needs a human    */
    uint32_t trouble;               /* enum cp_trouble: how the client is told */
    uint32_t for_model;             /* 1: who is at fault serves other models  */
    uint32_t reserved;              /* 0 */
    struct cp_str refused;          /* what the service does not know and can do without: a JSON
                                     * path of the body it was sent ("tools[2].defer_loading", which
                                     * stands for all tools), or "NAME: WORD", a word in the list of
                                     * a request header.  It is left out from now on (for_model: for
                                     * this model), and asked again.  Absent: nothing.  Points into
                                     * the failure's body, to alloc() or to a literal of yours. */
};

/* What became of a piece of meaning that could not go through as it was. */
enum cp_deed { CP_MAPPED = 1,       /* said in other words, nothing lost      */
               CP_APPROXIMATED = 2, /* said, but not quite the same           */
               CP_DROPPED = 3,      /* not said                               */
               CP_REPAIRED = 4 };   /* was broken, now stands                 */

/* ---- services: host -> plugin -------------------------------------------- */
enum { CP_IN_HEADER = 1, CP_IN_QUERY = 2 };
enum { CP_LOG_ERROR = 3, CP_LOG_WARN = 4, CP_LOG_INFO = 6, CP_LOG_DEBUG = 7 };
enum { CP_NAME_DOTS = 1,            /* . and : are legal too                  */
       CP_NAME_ALPHA_FIRST = 2 };   /* must begin with a letter or _          */

struct cp_host {
    uint32_t size, minor;
    const char *version;                                          /* "0.3.1" */

    /* Zeroed memory; NULL when the request is over its budget. */
    void *(*alloc)(struct cp_call *, size_t n);
    /* Note what went wrong and return rc.  In configure() and load() call is NULL. */
    int (*fail)(struct cp_call *, int rc, const char *fmt, ...) CP_PRINTF(3, 4);
    void (*log)(int level, const char *fmt, ...) CP_PRINTF(2, 3);
    int64_t (*now_ms)(void);                                  /* Unix epoch, milliseconds */

    int (*emit)(struct cp_tape *, const struct cp_item *);
    const struct cp_item *(*item)(const struct cp_tape *, size_t i);  /* NULL past the end */
    int (*write)(struct cp_out *, struct cp_str);                     /* verbatim          */
    int (*frame)(struct cp_out *, struct cp_str event, struct cp_str data);
    /* Frame without copying twice: everything written to out between the two calls,
     * by write() or the json service, becomes the data of one SSE event. */
    int (*frame_open)(struct cp_out *, const char *event);            /* NULL: no event line */
    int (*frame_close)(struct cp_out *);
    /* The HTTP status of an encoded failure (default: the item's num). */
    int (*set_status)(struct cp_out *, int status);

    /* Pattern below the upstream's version segment ("/messages"); {model} or {id} is filled in,
     * escaped.  version: the segment to insert where the base URL has none ("v1"). */
    int (*set_path)(struct cp_head *, const char *version, const char *pattern);
    int (*add_query)(struct cp_head *, const char *name, struct cp_str value);
    int (*add_header)(struct cp_head *, const char *name, struct cp_str value);
    /* Say where the key goes; the host puts it there after you return. */
    int (*place_key)(struct cp_head *, int where, const char *name, const char *prefix);
    /* 1 if the upstream key at hand begins with prefix ("sk-ant-"): all a plugin may know. */
    int (*key_begins)(const struct cp_head *, const char *prefix);
    /* A header of the client's request or the upstream's response; p NULL: absent. */
    struct cp_str (*get_header)(const struct cp_call *, int phase, const char *name);

    /* Values of your cp_option table, preset if not set; they live with the instance. */
    struct cp_str (*conf_str)(const struct cp_conf *, const char *option);
    int64_t (*conf_int)(const struct cp_conf *, const char *option);

    /* The ledger: say what a translation did to the thing at path, and why. */
    void (*note)(struct cp_call *, int deed, struct cp_str path, const char *why);
    /* A legal spelling of a tool's name: bad bytes become _, a longer one keeps its
     * beginning and gets a hash.  The same in, the same out, for ever. */
    struct cp_str (*rename)(struct cp_call *, struct cp_str name, size_t longest, int flags);
    /* What rename() made of which name in this request; the same bytes if it did not. */
    struct cp_str (*original)(struct cp_call *, struct cp_str name);
    /* SHA-256, 64 hex digits. */
    struct cp_str (*digest)(struct cp_call *, struct cp_str bytes);
    /* Opaque state that must travel through a client of another dialect: wrap() makes one
     * printable word of a STATE item, unwrap() fills text, name and id of one and returns 1,
     * or 0 if the word is nothing that wrap() made. */
    struct cp_str (*wrap)(struct cp_call *, const struct cp_item *state);
    int (*unwrap)(struct cp_call *, struct cp_str word, struct cp_item *state);

    const void *(*service)(const char *name, uint32_t version);    /* "json" 1; NULL: none */

    /* The ledger, when the thing is an item of the client's request: the host knows where in the
     * client's body it stood.  Better than note() wherever there is an item. */
    void (*note_item)(struct cp_call *, int deed, const struct cp_item *, const char *why);
    /* Ask the host to do to the answer what your dialect has no field for: "stop" (cut it before
     * the first of PARAM stop's sequences).  1: it will, and notes it; 0: note the loss. */
    int (*emulate)(struct cp_call *, const char *param);
    /* What a client may come back to.  Kept for its client key only, as long and as much as the
     * administrator allows; whoever forgets id forgets what was kept under it, too.
     * remember(): 0 or CP_E_LIMIT.  recall(): absent if unknown, expired or another client's. */
    int (*remember)(struct cp_call *, struct cp_str id, struct cp_str under, struct cp_str bytes);
    struct cp_str (*recall)(struct cp_call *, struct cp_str id);
    int (*forget)(struct cp_call *, struct cp_str id);         /* 1: it was there */
    /* fail() for an item of the client's request: the reason begins with the item's place. */
    int (*fail_item)(struct cp_call *, int rc, const struct cp_item *, const char *fmt, ...)
        CP_PRINTF(4, 5);
};

/* ---- what a plugin provides ---------------------------------------------- */
struct cp_endpoint {                /* a door this dialect opens to clients   */
    uint32_t op;
    uint32_t stream;                /* 0 the body decides, 1 always, 2 never  */
    const char *method, *path;      /* "POST", "/v1beta/models/{model}:generateContent"; for
                                     * the STORED operations {id} in place of {model} */
    const char *when_header;        /* only with this request header; NULL: no condition.
                                     * A door with a condition goes before one without. */
    const char *when_query;         /* only with this in the query ("alt=sse"); NULL: any */
    uint32_t framing;               /* enum cp_framing of a stream's answer; 0: CP_SSE */
    uint32_t reserved;              /* 0 */
};

enum { CP_T_STRING = 1, CP_T_INT = 2, CP_T_BOOL = 3 };
enum { CP_REWRITES = 1 };           /* cp_option.flags: where it is not the preset, requests of its own
                                     * dialect do not pass as they came, but are encoded anew, too */
struct cp_option {                  /* checked, documented and drawn by the host */
    uint32_t type, flags;           /* CP_T_*; CP_REWRITES                    */
    const char *name, *preset, *help;
};

enum cp_framing { CP_SSE = 1, CP_LINES = 2, CP_RAW = 3,     /* how rx_frame is fed        */
                  CP_ARRAY = 4,     /* a JSON array: each element is a frame's data       */
                  CP_SSE_CRLF = 5 };/* SSE whose lines end with CRLF (written; read as CP_SSE) */

/* cp_adapter.flags */
enum { CP_FORGETS_STATE = 1,        /* its clients send no STATE back: the host remembers it for them */
       CP_KEEPS_ANSWERS = 2,        /* its services keep answers by id, and continue from them */
       CP_COUNTS_LATE = 4 };        /* its streams tell usage after the STOP, and only who asked for it */

struct cp_adapter {
    uint32_t size;
    uint32_t framing;               /* enum cp_framing                        */
    uint64_t speaks;                /* CP_BIT(kind): a tape holding another kind */
    uint64_t ops;                   /* CP_BIT(op):   is scheduled elsewhere   */
    const char *dialect;            /* "claude": the name used in config      */
    const char *family;             /* "messages": the client-side API        */
    const char *title;              /* "Anthropic Messages"                   */
    const char *keepalive;          /* bytes to a client that waits inside a stream;
                                     * NULL: its clients tolerate none        */
    const char *request_id_header;  /* "request-id": the name on its replies  */

    const struct cp_endpoint *endpoints; uint32_t endpoints_n, endpoint_size;
    const struct cp_option   *options;   uint32_t options_n,   option_size;

    /* One instance per upstream, and one with no options for the client side. */
    int  (*configure)(const struct cp_conf *, void **instance);
    void (*forget)(void *instance);                       /* after its last request */

    /* Path, query and headers of an upstream request; never sees the key. */
    int  (*target)(void *instance, struct cp_call *, struct cp_head *);

    /* Whole bodies.  Pure: same input, same output; may run again on a retry. */
    int  (*decode)(void *instance, struct cp_call *, int phase,
                   struct cp_str body, struct cp_tape *);
    int  (*encode)(void *instance, struct cp_call *, int phase,
                   const struct cp_tape *, struct cp_out *);

    /* Streams.  open gives the state (from alloc); close runs once, always:
     * rc is CP_OK at a proper end, else why it was cut short. */
    int  (*rx_open) (void *instance, struct cp_call *, void **state);
    int  (*rx_frame)(void *state, struct cp_call *, const struct cp_frame *, struct cp_tape *);
    int  (*rx_close)(void *state, struct cp_call *, int rc, struct cp_tape *);
    int  (*tx_open) (void *instance, struct cp_call *, void **state);
    int  (*tx_item) (void *state, struct cp_call *, const struct cp_item *, struct cp_out *);
    int  (*tx_close)(void *state, struct cp_call *, int rc, struct cp_out *);

    /* Optional: correct the default verdict from the dialect's own error body. */
    void (*classify)(void *instance, struct cp_call *,
                     const struct cp_failure *, struct cp_verdict *);

    /* Optional, the mirror of service(): what is not in every host yet. */
    const void *(*extension)(const char *name, uint32_t version);

    uint32_t flags;                 /* CP_FORGETS_STATE ...                   */
    uint32_t reserved;              /* 0 */
    /* Optional: body is a whole answer, or a stream frame's data, of yours that passes through.
     * Write it again byte for byte, except that its usage says what the USAGE items of the tape
     * say; where usage belongs and is missing, add it.  A body that has no place for usage is
     * written as it is. */
    int  (*amend)(void *instance, struct cp_call *, struct cp_str body,
                  const struct cp_tape *usage, struct cp_out *);
    const char *reads;              /* other makers whose STATE its services read, too: "gemini";
                                     * NULL: none.  The host leaves it in for them. */
    /* Where its clients say which conversation a request belongs to; the first that is there and not
     * empty counts.  So one conversation keeps one upstream key, and its prompt cache.
     *   "header:x-session-id"         a request header
     *   "body:metadata.user_id"       a string in the body, by its path
     *   "body:metadata.user_id#session_id"   a string in the JSON object that the string holds
     *   "first:system,messages"       last resort: what was said before the first answer, which does
     *                                 not change: of each member named its words (a string, and what
     *                                 stands in members parts, content and text), of an array up to
     *                                 the first item of another role than user, system, developer
     * And, no name of a conversation, where its services put what only the account that sealed it can open:
     *   "sealed:encrypted_content"    a string that is a member of this name, wherever it stands; of a
     *                                 request the last one goes back to who made it */
    const char *const *session; uint32_t session_n, reserved2;
};

/*
 * How the host drives a stream, both sides:
 *   rx_frame for each event.  At the upstream's end rx_close(rc): it closes what is
 *   open and emits END if the dialect's own terminal mark was seen, else ERROR with
 *   CP_STREAM_CUT.  The host never invents an END.
 *   tx_item for each item, END or ERROR last.  An ERROR may also be the first and
 *   only item (the bytes before it were passed through untouched): it must then
 *   write the family's bare error event.  Nothing may follow it, no [DONE], no
 *   message_stop.  tx_close writes nothing that tx_item could have written.
 */

struct cp_store;

struct cp_plugin {
    uint32_t magic;                 /* CP_MAGIC                               */
    uint16_t major, needs_minor;    /* refused, uncalled, by an older host    */
    uint32_t size;
    uint32_t adapters_n;
    const struct cp_adapter *const *adapters;
    const char *name, *version, *license, *contact;
    int  (*load)(const struct cp_host *);    /* once per process; keep the pointer */
    void (*unload)(void);                    /* once, at exit                      */
    /* What it keeps things in: <claude-proxy/store.h>.  A plugin has adapters, stores, or both. */
    const struct cp_store *const *stores;
    uint32_t stores_n, reserved;
};

/* The only symbol a plugin exports:  CP_PLUGIN = { CP_PLUGIN_HEAD, .name = ... }; */
#if defined(CP_STATIC_NAME)         /* linked into a fuzzer or a test instead */
#define CP_PLUGIN const struct cp_plugin CP_STATIC_NAME
#else
#define CP_PLUGIN __attribute__((visibility("default"))) const struct cp_plugin cp_plugin_abi1
#endif
#define CP_PLUGIN_HEAD .magic = CP_MAGIC, .major = CP_ABI_MAJOR, \
                       .needs_minor = CP_ABI_MINOR, .size = (uint32_t)sizeof(struct cp_plugin)
extern const struct cp_plugin cp_plugin_abi1;

#ifdef __cplusplus
}
#endif
#endif
