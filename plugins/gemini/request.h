/* SPDX-License-Identifier: MIT */
/*
 * request - what the files that read and write requests know of each other.
 *
 * Two pictures recur.  `struct reading` is a decode on its way: it keeps the first answer of emit()
 * or fail() that was not CP_OK, and everything after it is a no-op, so the code above reads
 * straight.  `struct writing` is a request being written; roles become Contents by themselves:
 * whoever writes a part says whose it is, and a Content is closed when the role changes.
 */
#ifndef GEMINI_REQUEST_H
#define GEMINI_REQUEST_H

#include "gemini.h"

#define NOTHING ((struct cp_str){ NULL, 0 })

/* ---- conf.c: the channel's options ---------------------------------------------------------- */
enum { WORD_AUTO = 0 };
enum { SCHEMA_JSON = 1, SCHEMA_OPENAPI = 2 };
enum { IDS_ALWAYS = 1, IDS_NEVER = 2 };
enum { SIGN_DUMMY = 1, SIGN_STRIP = 2, SIGN_KEEP = 3 };
enum { THINK_BUDGET = 1, THINK_LEVEL = 2, THINK_OFF = 3 };
enum { URL_SEND = 0, URL_REFUSE = 1 };
enum { AUTH_API_KEY = 0, AUTH_BEARER = 1 };
struct gemini_conf {
    int schema, function_ids, signatures, thinking, url_media, auth;
    int64_t max_cap; /* tokens; 0: none */
    struct cp_str safety, user_project;
};
enum { CONF_OPTIONS_N = 9 };
extern const struct cp_option gemini_conf_options[CONF_OPTIONS_N];
int gemini_conf_read(const struct cp_conf *, void **instance);
void gemini_conf_forget(void *instance);
/* The options of an instance, or the presets when there is none. */
const struct gemini_conf *gemini_conf_of(const void *instance);

/* ---- caps.c: what is known of models --------------------------------------------------------- */
enum {
    CAP_IDS = 1, /* ids of calls; a step's first call must carry a signature          */
    CAP_RESULT_MEDIA =
        2,              /* media inside functionResponse                                      */
    CAP_RESOLUTION = 4, /* mediaResolution of one part                                        */
    CAP_JSON_SCHEMA =
        8, /* parametersJsonSchema, responseJsonSchema                           */
    CAP_TOOLS_MIXED =
        16, /* functions beside hosted tools                                      */
    CAP_TOOLS_FORMAT =
        32,             /* functions beside a JSON mime type                                  */
    CAP_VALIDATED = 64, /* mode VALIDATED                                                     */
    CAP_IMAGES = 128    /* answers with images                                                */
};
struct gemini_caps {
    unsigned flags;
    int thinking;        /* THINK_BUDGET, THINK_LEVEL, THINK_OFF: it has no such thing     */
    int64_t most_output; /* tokens; 0: unknown                                             */
    int64_t least_budget, most_budget;
    int can_stop_thinking; /* budget 0                                                       */
    const char *levels;    /* of thinkingLevel, weakest first                                */
};
struct gemini_caps gemini_caps_of(struct cp_str model);
/* The model's own name: what stands behind the last slash. */
struct cp_str gemini_bare_model(struct cp_str model);

/* ---- custom.c --------------------------------------------------------------------------------- */
void gemini_custom_note(struct cp_call *, struct cp_str wire_name);

/* ---- enum_mend.c ------------------------------------------------------------------------------- */
/* That an enum of numbers was sent as one of strings; path: property names and [], line by line. */
void gemini_enum_note(struct cp_call *, struct cp_str tool, struct cp_str path);

/* ---- builder.c: text that grows in request memory ---------------------------------------------- */
struct builder {
    struct cp_call *call;
    char *p;
    size_t n, room;
    int is_failed; /* the request is over its budget */
};
void builder_add(struct builder *, struct cp_str);
void builder_quote(struct builder *, struct cp_str text); /* as a JSON string */
/* Members and elements: a comma where one is due, then the key. */
void builder_comma(struct builder *);
void builder_key(struct builder *, const char *name);
struct cp_str builder_text(const struct builder *);

/* ---- names.c: a table of names ------------------------------------------------------------------ */
struct names {
    struct name_slot {
        struct cp_str name;
        uint32_t value;
    } * slots;
    size_t mask;
};
/* most: names ever asked for.  0: the request is over its budget. */
int names_init(struct cp_call *, struct names *, size_t most);
/* The name's number, to read and to set; 0 when it is new.  Asking takes a place. */
uint32_t *names_at(const struct names *, struct cp_str name);

/* ---- media.c: MIME types ------------------------------------------------------------------------ */
uint32_t gemini_media_class(struct cp_str mime); /* enum cp_class */
struct cp_str gemini_media_sniff(struct cp_str base64);
struct cp_str gemini_media_of_url(struct cp_str url); /* by its extension; absent: unknown */
/* image/jpeg for image/jpg, images in lower case; all others as they are. */
struct cp_str gemini_media_clean(struct cp_call *, struct cp_str mime);
/* A file that only Google's services can fetch. */
int gemini_media_is_stored(struct cp_str uri);
/* The text in base64 if it is UTF-8; absent if not. */
struct cp_str gemini_media_text(struct cp_call *, struct cp_str base64);

/* ---- schema_read.c, schema_write.c --------------------------------------------------------------- */
/* A Schema of Google's (an OpenAPI 3.0 subset) as JSON Schema; what is neither stays as it is. */
struct cp_str gemini_schema_read(struct cp_call *, struct cp_str schema);
/*
 * JSON Schema as such a Schema.
 *
 * tool     the function (as the service will know it) whose arguments they are: its root is an
 *          object; absent: the form of an answer
 * lost     is set to something that could not be said, or NULL
 * returns  absent: an object without properties, which has no spelling
 */
struct cp_str gemini_schema_clean(struct cp_call *, struct cp_str schema, struct cp_str tool,
                                  const char **lost);
/* JSON Schema as this service's parametersJsonSchema takes it. */
struct cp_str gemini_schema_plain(struct cp_call *, struct cp_str schema);

/* ---- decoding --------------------------------------------------------------------------------------- */
enum { CALLS_MOST = 256 }; /* looked at to find the one that a result answers */
struct known_call {
    struct cp_str id, name;
    uint32_t turn;
    int is_answered, is_made_up; /* the id is ours */
};
struct reading {
    struct cp_call *call;
    struct cp_tape *tape;
    int rc;                /* CP_OK, or the answer that ended it */
    int content, part;     /* where we are */
    struct cp_str key;     /* path of the head's member that is being read, as it is spelled */
    uint32_t role;         /* of the open MESSAGE, enum cp_role; 0: none */
    uint32_t turn;         /* model turns met */
    uint32_t ordinal;      /* calls in this turn */
    struct cp_str thought; /* the last piece of thoughts that follow each other */
    int has_thought;       /* it waits */
    int is_thought_open;   /* pieces before it are on the tape */
    struct known_call *calls;
    size_t calls_n, calls_room, first_open; /* all before first_open are answered */
};
void reading_emit(struct reading *, const struct cp_item *);
int reading_done(const struct reading *); /* what the hook returns */
/* "contents[3].parts[0].key"; key NULL: the part. */
struct cp_str reading_path(struct reading *, const char *key);
/* "PATH: what", blamed on the sender; returns 0. */
int reading_refuse(struct reading *, struct cp_str path, const char *what);
void reading_native(struct reading *, struct cp_str path, struct cp_str raw);
/* A member no item speaks of; holder "" at the root. */
void reading_member(struct reading *, struct cp_str holder, struct cp_str key, struct cp_str v);
/* path: where the client said it, in its own spelling. */
void reading_param(struct reading *, struct cp_str path, const char *name, struct cp_str json);
struct cp_str reading_below(struct reading *, struct cp_str path, struct cp_str key);
int gemini_is_null(struct cp_str v); /* absent or null */

void gemini_tools_decode(struct reading *, struct cp_str tools);
void gemini_choice_decode(struct reading *, struct cp_str tool_config);
void gemini_config_decode(struct reading *, struct cp_str generation_config);
void gemini_contents_decode(struct reading *, struct cp_str contents);
void gemini_part_decode(struct reading *, struct cp_str part);
void gemini_thought_close(struct reading *);
/* A block that came with its text, whole, with its part's signature; absent: it had none. */
void gemini_signed_emit(struct reading *, struct cp_item *, struct cp_str signature);
/* calls_decode.c */
void gemini_call_decode(struct reading *, struct cp_str call, struct cp_str signature);
void gemini_result_decode(struct reading *, struct cp_str result);
/* inlineData or fileData as a MEDIA item without flags; 0: refused. */
int gemini_media_read(struct reading *, struct cp_str data, int is_file,
                      struct cp_str resolution, struct cp_item *);

/* ---- encoding --------------------------------------------------------------------------------------- */
struct writing {
    struct cp_call *call;
    const struct cp_tape *tape;
    struct cp_out *out;
    const struct gemini_conf *conf;
    struct gemini_caps caps;
    int rc;
    int is_own_client; /* the client speaks this dialect itself */
    int is_openapi;    /* schemas in Google's own form          */
    int sends_ids;
    int has_functions, has_hosted;
    uint32_t contents_n;   /* written so far                        */
    uint32_t role;         /* of the open Content; 0: none          */
    uint32_t message_role; /* of the MESSAGE that is being written; 0: none */
    int has_signed;        /* this step's first call is behind us   */
    struct cp_str pending; /* a signature that waits for its part */
    struct names tool_at;  /* tool name -> place of the TOOL that is sent */
    struct names call_at;  /* call id -> place of its TOOL_CALL on the tape */
    int has_moved;         /* the instructions are a user's turn */
    int has_config;        /* generationConfig is open */
    int wants_images;      /* a tool that makes images is asked for */
    struct cp_str hint;    /* a line the instructions get from us   */
};
void writing_note(struct writing *, int deed, const struct cp_item *, const char *why);
void writing_key_raw(struct writing *, const char *key, struct cp_str json);
void writing_key_text(struct writing *, const char *key, struct cp_str text);
int writing_fail(struct writing *, const char *fmt, struct cp_str what);
const struct cp_item *writing_param_item(const struct writing *, const char *name);
struct cp_str writing_param(const struct writing *, const char *name);
/* Behind the block, or enclosure, that begins at i. */
uint32_t writing_end(const struct writing *, uint32_t i);
struct cp_str writing_text(struct writing *, uint32_t i); /* of the block's pieces */
/* A NATIVE of ours whose path begins with prefix. */
int writing_is_native(const struct cp_item *, const char *prefix);
/* Its member's name if it hangs directly below prefix; absent otherwise. */
struct cp_str writing_native_key(struct writing *, const struct cp_item *, const char *prefix);

void gemini_instructions_encode(struct writing *);
void gemini_contents_encode(struct writing *);
void gemini_part_open(struct writing *, uint32_t role);
/* Ends a part with its signature and the NATIVE members behind it; returns behind those. */
uint32_t gemini_part_close(struct writing *, struct cp_str signature, uint32_t behind);
void gemini_part_text(struct writing *, uint32_t role, struct cp_str text);
/* NATIVE items from i on whose path ends in below and a name, as members; returns behind them. */
uint32_t gemini_members_encode(struct writing *, uint32_t i, const char *below);
/* The same where there is nothing to hang them on: they are noted. */
uint32_t gemini_members_skip(struct writing *, uint32_t i);
/* The signature of the part that block i becomes: its own, or the one that waited for it. */
struct cp_str gemini_signature_of(struct writing *, uint32_t i);
int gemini_sends_id(const struct writing *, struct cp_str id);
/* Instructions without a conversation: a user's turn. */
void gemini_instructions_as_user(struct writing *);
/* Results of a user's message that begins at i; returns behind the last. */
uint32_t gemini_results_encode(struct writing *, uint32_t i);
/* A MEDIA at i as a part; returns behind it. */
uint32_t gemini_media_encode(struct writing *, uint32_t role, uint32_t i);
/* Notes what is said of a MEDIA and has no place here. */
void gemini_media_note(struct writing *, const struct cp_item *);
/* Notes that nobody will cite it. */
void gemini_citations_note(struct writing *, const struct cp_item *);
/* {"mimeType","data"} of a MEDIA in base64. */
void gemini_blob_encode(struct writing *, const struct cp_item *);
/* What a document or a search hit in plain text says; absent: it has other things in it. */
struct cp_str gemini_document_text(struct writing *, uint32_t i);
void gemini_tools_plan(struct writing *);
void gemini_tools_encode(struct writing *);
void gemini_choice_encode(struct writing *);
void gemini_params_encode(struct writing *);
void gemini_tier_encode(struct writing *);
/* A key of generationConfig, which the first one opens. */
void gemini_config_key(struct writing *, const char *key);
void gemini_thinking_encode(struct writing *);
void gemini_format_plan(struct writing *);
void gemini_format_encode(struct writing *);
struct cp_str gemini_tool_name(struct writing *, struct cp_str space, struct cp_str name);

#endif
