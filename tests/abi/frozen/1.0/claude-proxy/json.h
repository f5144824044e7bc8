/* SPDX-License-Identifier: MIT */
/*
 * claude-proxy/json.h - the "json" service, version 1: reading and writing JSON.
 *
 * A JSON value is the slice of text that spells it.  There are no nodes, nothing
 * is parsed into, nothing is freed, numbers keep their digits and a schema keeps
 * its bytes.  check() a body once (syntax, depth, UTF-8): from then on reading
 * it cannot fail.  The host has checked every body and remembers it; check() what
 * you got otherwise (the arguments of a tool call, the data of a frame).
 *
 *     const struct cp_json *J = host->service("json", 1);
 *     for (size_t at = 0; J->each(messages, &at, NULL, &message); )
 *         role = J->text(call, J->get(message, "role"));
 *
 * get() scans from the object's beginning: walk with each() when you want many.
 */
#ifndef CLAUDE_PROXY_JSON_H
#define CLAUDE_PROXY_JSON_H

#include <claude-proxy/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cp_json {
    uint32_t size, reserved;

    int (*check)(struct cp_call *, struct cp_str text);      /* CP_E_SYNTAX or CP_E_LIMIT  */
    char (*kind)(struct cp_str v);             /* one of { [ " 0 t f n; 0 when v.p is NULL */
    struct cp_str (*get)(struct cp_str object, const char *key);          /* p NULL: absent */
    /* Steps through an object or array; 1: got one, 0: the end.  key may be NULL; it is
     * the key as spelled between its quotes (compare with is()). */
    int (*each)(struct cp_str list, size_t *at, struct cp_str *key, struct cp_str *v);
    /* A string without its quotes and escapes; still lent if it had no escapes.  A lone
     * surrogate becomes U+FFFD.  p NULL if v is no string. */
    struct cp_str (*text)(struct cp_call *, struct cp_str string);
    int (*integer)(struct cp_str number, int64_t *value);    /* CP_E_SYNTAX: not whole     */
    /* 1 if v is the string literal s (escapes respected); also for keys given by each(). */
    int (*is)(struct cp_str v, const char *s);

    /* Writing: one call per token; commas and nesting are the host's concern. */
    int (*open)(struct cp_out *, char bracket);              /* { or [                     */
    int (*close)(struct cp_out *);
    int (*key)(struct cp_out *, const char *name);
    int (*string)(struct cp_out *, struct cp_str text);      /* escapes; p NULL: null      */
    int (*number)(struct cp_out *, int64_t);
    int (*raw)(struct cp_out *, struct cp_str json);         /* a slice, verbatim          */
    /* One string value written in pieces: quote_open, piece*, quote_close. */
    int (*quote_open)(struct cp_out *);
    int (*piece)(struct cp_out *, struct cp_str text);
    int (*quote_close)(struct cp_out *);
    /* The same JSON without white space between tokens; lent if there was none. */
    struct cp_str (*compact)(struct cp_call *, struct cp_str json);
};

#ifdef __cplusplus
}
#endif
#endif
