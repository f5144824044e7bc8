/* SPDX-License-Identifier: MIT */
/*
 * bench_json - what checking and walking a long agent's request costs, in milliseconds and mallocs.
 *
 * The request is made here: a system prompt, tools with schemas, and a conversation of source code
 * and tool results, about 1 MB, with as many escapes as code has.  Prints the best of many runs.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "json/check.h"
#include "json/slice.h"
#include "json/write.h"

#include <stdio.h>
#include <stdlib.h>

enum { RUNS = 200, BODY_BYTES = 1 << 20 };

static size_t mallocs;

/* A sanitizer has allocators of its own, so there nothing is counted. */
#ifndef SANITIZED

/* glibc's own names for what these replace */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

void *malloc(size_t n)
{
    mallocs++;
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    mallocs++;
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    mallocs++;
    return __libc_realloc(p, n);
}

#endif

static const char *const code[] = {
    "static int relay_frame(struct relay *r, const struct frame *f)\n{\n"
    "\tif (!f->n) {\n\t\tlog_msg(CP_LOG_WARN, \"empty frame from \\\"%s\\\"\", r->name);\n"
    "\t\treturn 0;\n\t}\n\treturn buf_add(&r->out, f->p, f->n);\n}\n",
    "    for (size_t at = 0; json_each(list, &at, NULL, &v);)\n        sum += v.n; /* bytes */\n\n",
    ("The function above keeps a counter per stream, so that two requests of the same client never "
     "share a line of the cache. That was measured, not guessed; see the note in the folder.\n"),
    "$ make check\n# TOTAL: 214\n# PASS:  214\n# SKIP:  0\n# FAIL:  0\n",
};

static const char *const prose[] = {
    "\xE4\xBB\xA3\xE7\x90\x86\xE6\x9C\x8D\xE5\x8A\xA1\xE5\x99\xA8\xE9\x9C\x80\xE8\xA6\x81\xE5\x9C\xA8"
    "\xE4\xB8\x8A\xE6\xB8\xB8\xE5\xA4\xB1\xE8\xB4\xA5\xE6\x97\xB6\xE5\x88\x87\xE6\x8D\xA2\xE9\x80\x9A"
    "\xE9\x81\x93\xEF\xBC\x8C\xE5\xB9\xB6\xE4\xB8\x94\xE4\xBF\x9D\xE7\x95\x99\xE8\xAF\xB7\xE6\xB1\x82"
    "\xE3\x80\x82\n",
};

static const char tool[] =
    "{\n  \"name\": \"edit_file\",\n  \"description\": \"Replaces text in a file.\",\n"
    "  \"input_schema\": {\n    \"type\": \"object\",\n    \"properties\": {\n"
    "      \"path\": {\n        \"type\": \"string\",\n        \"description\": \"Where\"\n      },\n"
    "      \"count\": {\n        \"type\": \"integer\",\n        \"minimum\": 1\n      }\n    },\n"
    "    \"required\": [\n      \"path\"\n    ]\n  }\n}";

static void write_text(struct json_writer *w, const char *const *texts, int texts_n, int lines)
{
    json_key(w, STR("text"));
    json_quote_open(w);
    for (int i = 0; i < lines; i++)
        json_piece(w, str_of(texts[i % texts_n]));
    json_quote_close(w);
}

static void write_block(struct json_writer *w, int turn, const char *const *texts, int texts_n)
{
    json_open(w, '{');
    json_key(w, STR("type"));
    json_string(w, STR("text"));
    write_text(w, texts, texts_n, 4 + turn % 23);
    json_close(w);
}

static void write_call(struct json_writer *w, int turn)
{
    json_open(w, '{');
    json_key(w, STR("type"));
    json_string(w, STR("tool_use"));
    json_key(w, STR("id"));
    json_string(w, STR("toolu_01ABCDEFGHJKMNPQRSTVWXYZ"));
    json_key(w, STR("input"));
    json_open(w, '{');
    json_key(w, STR("path"));
    json_string(w, STR("core/flow/relay.c"));
    json_key(w, STR("count"));
    json_number(w, turn);
    json_close(w);
    json_close(w);
}

static void write_request(struct buf *out, const char *const *texts, int texts_n)
{
    struct json_writer w;
    json_writer_init(&w, out);
    json_open(&w, '{');
    json_key(&w, STR("model"));
    json_string(&w, STR("claude-x"));
    json_key(&w, STR("tools"));
    json_open(&w, '[');
    for (int i = 0; i < 40; i++)
        json_raw(&w, str_of(tool));
    json_close(&w);
    json_key(&w, STR("messages"));
    json_open(&w, '[');
    for (int turn = 0; out->n < BODY_BYTES - 8192; turn++) {
        json_open(&w, '{');
        json_key(&w, STR("role"));
        json_string(&w, turn % 2 ? STR("assistant") : STR("user"));
        json_key(&w, STR("content"));
        json_open(&w, '[');
        write_block(&w, turn, texts, texts_n);
        if (turn % 2)
            write_call(&w, turn);
        json_close(&w);
        json_close(&w);
    }
    json_close(&w);
    json_key(&w, STR("stream"));
    json_raw(&w, STR("true"));
    json_close(&w);
    if (json_writer_done(&w))
        abort();
}

/* Visits every value, as a decoder does; a: and decodes every string. */
static size_t walk(struct arena *a, struct cp_str v)
{
    struct cp_str key, member;
    size_t values = 1;
    if (a && json_kind(v) == '"')
        return json_text(a, v).p ? 1 : 0;
    for (size_t at = 0; json_each(v, &at, &key, &member);)
        values += walk(a, member);
    return values;
}

/* Decodes and writes every string again, as a translation does. */
static void rewrite(struct json_writer *w, struct arena *a, struct cp_str v)
{
    struct cp_str key, member;
    char kind = json_kind(v);
    if (kind == '"')
        json_string(w, json_text(a, v));
    else if (kind != '{' && kind != '[')
        json_raw(w, v);
    if (kind != '{' && kind != '[')
        return;
    json_open(w, kind);
    for (size_t at = 0; json_each(v, &at, &key, &member);) {
        if (kind == '{')
            json_key_raw(w, key);
        rewrite(w, a, member);
    }
    json_close(w);
}

static size_t rewrite_all(struct arena *a, struct buf *out, struct cp_str body)
{
    struct json_writer w;
    arena_reset(a);
    buf_clear(out);
    json_writer_init(&w, out);
    rewrite(&w, a, body);
    return json_writer_done(&w) == 0;
}

enum job { JOB_CHECK, JOB_TOP, JOB_WALK, JOB_TEXT, JOB_REWRITE, JOB_SPLICE };

static size_t run(enum job job, struct cp_str body, struct arena *a, struct buf *out)
{
    struct json_top top;
    switch (job) {
    case JOB_CHECK:
        return json_check(body, NULL, NULL) == 0;
    case JOB_TOP:
        return json_top(body, &top, NULL) == 0;
    case JOB_WALK:
        return walk(NULL, body);
    case JOB_TEXT:
        arena_reset(a);
        return walk(a, body);
    case JOB_REWRITE:
        return rewrite_all(a, out, body);
    case JOB_SPLICE:
        buf_clear(out);
        return json_splice(out, body, json_get(body, "model"), STR("other")) == 0;
    }
    return 0;
}

static void measure(enum job job, const char *name, struct cp_str body)
{
    int64_t best_us = INT64_MAX;
    size_t values = 0, before = 0, counted = 0;
    struct arena *a = arena_new(2 * BODY_BYTES, 0);
    struct buf out;
    buf_init(&out, 4 * BODY_BYTES);
    for (int i = 0; i < RUNS; i++) {
        before = mallocs;
        int64_t start_us = clock_us();
        values = run(job, body, a, &out);
        int64_t took_us = clock_us() - start_us;
        counted = mallocs - before;
        best_us = took_us < best_us ? took_us : best_us;
    }
    if (!values)
        abort();
    printf("%-24s %8.3f ms %6zu mallocs %8.2f GB/s %8zu values\n", name, (double)best_us / 1000,
           counted, (double)body.n / ((double)best_us * 1000 + 1), values);
    buf_fini(&out);
    arena_free(a);
}

static void measure_all(const char *title, const char *const *texts, int texts_n)
{
    struct buf body;
    buf_init(&body, 4 * BODY_BYTES);
    write_request(&body, texts, texts_n);
    printf("%s: %zu bytes\n", title, body.n);
    measure(JOB_CHECK, "  check", buf_str(&body));
    measure(JOB_TOP, "  top", buf_str(&body));
    measure(JOB_WALK, "  walk", buf_str(&body));
    measure(JOB_TEXT, "  walk, text of all", buf_str(&body));
    measure(JOB_REWRITE, "  walk, write all again", buf_str(&body));
    measure(JOB_SPLICE, "  splice the model", buf_str(&body));
    buf_fini(&body);
}

int main(void)
{
    measure_all("code", code, 4);
    measure_all("prose beyond ASCII", prose, 1);
    return 0;
}
