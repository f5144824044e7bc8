/* SPDX-License-Identifier: MIT */
/*
 * openai - what the dialects of this plugin share: strings, marks, media, errors, models.
 */
#ifndef OPENAI_H
#define OPENAI_H

#include <claude-proxy/json.h>
#include <claude-proxy/plugin.h>

/* Set once by load(), read-only afterwards. */
extern const struct cp_host *openai_host;
extern const struct cp_json *openai_json;
#define H openai_host
#define J openai_json

#define S(lit)         ((struct cp_str){ "" lit, sizeof(lit) - 1 })
#define OPENAI_VERSION "0.1.0"
#define OPENAI_CHAT    "chat" /* the maker of our own state and natives */

/* ---- text.c: strings in request memory ------------------------------------------------- */
int openai_text_is(struct cp_str a, const char *b);
int openai_text_same(struct cp_str a, struct cp_str b);
int openai_text_begins(struct cp_str a, const char *prefix);
/* ASCII case is ignored; needle in lower case.  The offset after the match, 0: not there. */
size_t openai_text_find(struct cp_str hay, const char *needle);
struct cp_str openai_text_copy(struct cp_call *, struct cp_str);
struct cp_str openai_text_join(struct cp_call *, const struct cp_str *parts, size_t n);
struct cp_str openai_text_format(struct cp_call *, const char *fmt, ...) CP_PRINTF(2, 3);
/* The JSON string literal that spells text, quotes and all. */
struct cp_str openai_text_quote(struct cp_call *, struct cp_str text);
/* Is name one of the words of a comma list? */
int openai_text_listed(struct cp_str list, const char *name);
/* Removes white space at both ends. */
struct cp_str openai_text_trim(struct cp_str);
/* The value of member key if it is a string, unescaped; absent otherwise. */
struct cp_str openai_json_string(struct cp_call *, struct cp_str object, const char *key);
int openai_json_null(struct cp_str v); /* absent or null */
/* The named members of an object, all in one pass: out[i] is what names[i] has, or absent.  Returns how
 * many other members there are. */
#define NAME(lit)                                                                              \
    {                                                                                          \
        "" lit, sizeof(lit) - 1                                                                \
    }
uint32_t openai_json_pick(struct cp_str object, const struct cp_str *names, size_t n,
                          struct cp_str *out);

/*
 * Marks: facts that one body of a call leaves for another body of the same call.  They ride on
 * the host's rename table: a mark is set by renaming an impossible name, and seen because
 * original() gives that name back.  A mark that was lost reads as not set.
 */
void openai_mark_set(struct cp_call *, const char *what, struct cp_str detail);
int openai_mark_seen(struct cp_call *, const char *what, struct cp_str detail);
#define MARK_CUSTOM "custom:" /* NAME: a free-text tool that was sent as a function */

/* ---- media.c: data URLs, MIME types ------------------------------------------------------ */
struct media {
    struct cp_str mime, data; /* data: base64, or text when is_text */
    int is_text;
};
/* 1: a data: URL was taken apart; 0: it is something else. */
int openai_media_from_url(struct cp_call *, struct cp_str url, struct media *);
struct cp_str openai_media_sniff(struct cp_str base64); /* "image/png"; absent: unknown */
struct cp_str openai_media_data_url(struct cp_call *, struct cp_str mime, struct cp_str base64);
uint32_t openai_media_class(struct cp_str mime); /* enum cp_class */

/* ---- conf.c -------------------------------------------------------------------------------- */
/* *value: which of words (NULL ends them) the option says, 0 if it is empty; or CP_E_CONFIG. */
int openai_conf_word(const struct cp_conf *, const char *option, const char *const *words,
                     int *value);

/* ---- errors.c, verdict.c, refused.c, models.c ----------------------------------------------------- */
struct chat_in;

struct trouble { /* an error body, read liberally */
    struct cp_str message, type, code, param;
    uint32_t sub; /* enum cp_trouble; 0: nothing recognised */
    int is_said;  /* by words of the message alone */
};
/* 1: the body told something.  body need not be JSON. */
int openai_trouble_read(struct cp_call *, struct cp_str body, struct trouble *);
void openai_trouble_from_error(struct cp_call *, struct cp_str error, struct trouble *);
void openai_trouble_emit(struct chat_in *, const struct trouble *);
int openai_failure_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
int openai_failure_encode(struct cp_call *, const struct cp_tape *, struct cp_out *);
void openai_error_encode(struct cp_out *, const struct cp_item *error); /* {"error":{...}} */
/* What of a request the error says is unknown and may be left out; absent: nothing. */
struct cp_str openai_refused(struct cp_call *, struct cp_str body, const struct trouble *);
void openai_verdict_correct(void *instance, struct cp_call *, const struct cp_failure *,
                            struct cp_verdict *);
int openai_models_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
int openai_models_encode(struct cp_call *, const struct cp_tape *, struct cp_out *);

extern const struct cp_adapter chat_adapter;

#endif
