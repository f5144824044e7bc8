/* SPDX-License-Identifier: MIT */
/*
 * ollama - what the files of this plugin know of each other.
 *
 * The dialect is Ollama's own API: POST /api/chat and GET /api/tags, answers whole or as lines of JSON.
 * source: docs.ollama.com/openapi.yaml and /api/errors, github.com/ollama/ollama api/types.go and server/routes.go, as
 * of Ollama 0.40, 2026-11
 */
#ifndef OLLAMA_H
#define OLLAMA_H

#include <claude-proxy/json.h>
#include <claude-proxy/plugin.h>

/* Set once by load(), read-only afterwards. */
extern const struct cp_host *ollama_host;
extern const struct cp_json *ollama_json;
#define H ollama_host
#define J ollama_json

#define DIALECT      "ollama"
#define S(lit)       ((struct cp_str){ "" lit, sizeof(lit) - 1 })
#define NOTHING      ((struct cp_str){ NULL, 0 })
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- text.c: strings in the request's memory ---- */
int text_is(struct cp_str, const char *);
int text_same(struct cp_str, struct cp_str);
int text_begins(struct cp_str, const char *prefix);
/* Does hay have the words?  ASCII case does not matter; words in lower case. */
int text_has(struct cp_str hay, const char *words);
struct cp_str text_of(const char *);
struct cp_str text_join(struct cp_call *, const struct cp_str *parts, size_t n);
struct cp_str text_format(struct cp_call *, const char *fmt, ...) CP_PRINTF(2, 3);
/* A NUL behind it, for keys. */
const char *text_z(struct cp_call *, struct cp_str);
/* Bytes that grow. */
struct pile {
    char *p;
    size_t n, cap;
};
void pile_add(struct cp_call *, struct pile *, struct cp_str);
struct cp_str pile_str(const struct pile *);
/* The string that is member key, unescaped; absent if it is none. */
struct cp_str json_text(struct cp_call *, struct cp_str object, const char *key);
int json_is_null(struct cp_str);                           /* absent, too */
int64_t json_count(struct cp_str object, const char *key); /* -1: no whole number */
/* Members; an out remembers its failure, so nobody looks at each one's. */
void put_text(struct cp_out *, const char *key, struct cp_str text);
void put_raw(struct cp_out *, const char *key, struct cp_str json);
void put_number(struct cp_out *, const char *key, int64_t);
/* "2026-11-23T12:00:00Z" and back; seconds since 1970, 0: not known. */
struct cp_str stamp_write(struct cp_call *, int64_t ms);
int64_t stamp_read(struct cp_str);

/* ---- tape.c: walking over tapes ---- */
#define TO_END UINT32_MAX
/* Behind the block, or the enclosure, that opens at `at`. */
uint32_t block_end(const struct cp_tape *, uint32_t at);
/* The text of all its pieces. */
struct cp_str block_text(struct cp_call *, const struct cp_tape *, uint32_t at);
/* A parameter that the client gave; NULL: it gave none. */
const struct cp_item *param_item(const struct cp_tape *, const char *name);
struct cp_str param_of(const struct cp_tape *, const char *name);

/* ---- the channel's options ---- */
struct conf {
    struct cp_str keep_alive, truncate;
    int64_t num_ctx;
};
enum { OPTIONS_N = 3 };
extern const struct cp_option conf_options[OPTIONS_N];
int conf_read(const struct cp_conf *, void **instance);
void conf_forget(void *instance);

/* ---- requests ---- */
struct request {
    struct cp_call *call;
    const struct cp_tape *tape;
    struct cp_out *out;
    const struct conf *conf;
    int rc; /* the first failure that is ours */
};
int request_encode(const struct conf *, struct cp_call *, const struct cp_tape *,
                   struct cp_out *);
void messages_encode(struct request *);
void tools_encode(struct request *);
void params_encode(struct request *);
int request_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
void messages_decode(struct cp_call *, struct cp_str messages, struct cp_tape *);
void params_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
void tools_decode(struct cp_call *, struct cp_str tools, struct cp_tape *);
/* Was this tool sent as a function because it takes free text? */
int tool_is_free(struct cp_call *, struct cp_str name);

/* ---- answers ---- */
struct answer; /* on its way in, in one line or in many */
int answer_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
int answer_encode(struct cp_call *, const struct cp_tape *, struct cp_out *);
int rx_open(void *instance, struct cp_call *, void **state);
int rx_frame(void *state, struct cp_call *, const struct cp_frame *, struct cp_tape *);
int rx_close(void *state, struct cp_call *, int rc, struct cp_tape *);
int tx_open(void *instance, struct cp_call *, void **state);
int tx_item(void *state, struct cp_call *, const struct cp_item *, struct cp_out *);
int tx_close(void *state, struct cp_call *, int rc, struct cp_out *);
int models_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
int models_encode(struct cp_call *, const struct cp_tape *, struct cp_out *);

/* ---- failures ---- */
/* The sentence of {"error": ...}; absent: there is no such member. */
struct cp_str error_text(struct cp_call *, struct cp_str body);
int error_emit(struct cp_tape *, struct cp_str text);
int failure_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
int failure_encode(struct cp_call *, const struct cp_tape *, struct cp_out *);
void verdict_correct(void *instance, struct cp_call *, const struct cp_failure *,
                     struct cp_verdict *);

#endif
