/* SPDX-License-Identifier: MIT */
/*
 * log - one JSON line per request received, reply ended and client gone; and the counters.
 *
 * Byte-exact: names and values of headers stand as they came, in their order; what is not valid
 * UTF-8 is base64 (bodies, member body64) or one character per byte (headers). A line is one
 * write(), so that a reader that follows the file never sees half of one for long.
 */
#include "log.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int log_fd = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

enum { GONE_KEPT = 64 };

static int64_t stats[STATS_N];
static int64_t counts[DIALECTS_N][OPS_N];
static struct {
    int64_t at_ms, conn, request, after_ms;
} gone[GONE_KEPT];
static int64_t gone_n;

int log_open(const char *path)
{
    log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return log_fd < 0 ? -1 : 0;
}

bool log_is_on(void)
{
    return log_fd >= 0;
}

static int64_t wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void line_write(struct text *line)
{
    size_t done = 0;

    text_str(line, "\n");
    pthread_mutex_lock(&lock);
    while (done < line->n) {
        ssize_t n = write(log_fd, line->at + done, line->n - done);
        if (n <= 0)
            break; /* a full disk must not stop the simulator */
        done += (size_t)n;
    }
    pthread_mutex_unlock(&lock);
    text_free(line);
}

static void put_bytes(struct text *out, struct slice s)
{
    if (utf8_is_valid(s.at, s.n)) {
        text_form(out, "%Q", &s);
        return;
    }
    text_str(out, "\"");
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.at[i];
        char two[2] = { (char)(0xC0 | c >> 6), (char)(0x80 | (c & 63)) };
        if (c < 0x80)
            text_json(out, s.at + i, 1);
        else
            text_add(out, two, 2);
    }
    text_str(out, "\"");
}

void log_request(int64_t conn, int64_t request, const struct head *head, struct slice body)
{
    struct text line = { 0 };

    text_form(&line, "{'ev':'request','t':%n,'conn':%n,'req':%n,'method':", wall_ms(), conn,
              request);
    put_bytes(&line, head->method);
    text_form(&line, ",'target':");
    put_bytes(&line, head->target);
    text_form(&line, ",'headers':[");
    for (int i = 0; i < head->headers_n; i++) {
        text_str(&line, i ? ",[" : "[");
        put_bytes(&line, head->header[i].name);
        text_str(&line, ",");
        put_bytes(&line, head->header[i].value);
        text_str(&line, "]");
    }
    if (utf8_is_valid(body.at, body.n)) {
        text_form(&line, "],'body':%Q}", &body);
    } else {
        text_form(&line, "],'body64':'");
        text_base64(&line, body.at, body.n);
        text_form(&line, "'}");
    }
    line_write(&line);
}

void log_outcome(const char *what, int64_t conn, int64_t request, int64_t status, int64_t bytes,
                 int64_t after_ms)
{
    struct text line = { 0 };

    text_form(&line, "{'ev':%q,'t':%n,'conn':%n,'req':%n,'status':%n,'bytes':%n,'after_ms':%n}",
              what, wall_ms(), conn, request, status, bytes, after_ms);
    line_write(&line);
}

void stats_count(enum dialect dialect, enum op op)
{
    __atomic_fetch_add(&counts[dialect][op], 1, __ATOMIC_RELAXED);
}

void stats_add(enum tally s, int64_t n)
{
    int64_t v = __atomic_add_fetch(&stats[s], n, __ATOMIC_RELAXED), peak;

    if (n <= 0 || (s != STAT_OPEN && s != STAT_BUSY))
        return;
    peak = __atomic_load_n(&stats[s + 1], __ATOMIC_RELAXED);
    while (v > peak && !__atomic_compare_exchange_n(&stats[s + 1], &peak, v, true,
                                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        continue;
}

void stats_gone(int64_t conn, int64_t request, int64_t after_ms)
{
    stats_add(STAT_GONE, 1);
    pthread_mutex_lock(&lock);
    gone[gone_n % GONE_KEPT].at_ms = wall_ms();
    gone[gone_n % GONE_KEPT].conn = conn;
    gone[gone_n % GONE_KEPT].request = request;
    gone[gone_n % GONE_KEPT].after_ms = after_ms;
    gone_n++;
    pthread_mutex_unlock(&lock);
}

static void write_counts(struct text *out)
{
    static const char *const names[DIALECTS_N][OPS_N] = {
        { "/v1/messages", "/v1/messages/count_tokens", NULL, "/v1/models (claude)",
          "/v1/models/{id} (claude)", "/", "/sim", "other (claude)" },
        { "/v1/chat/completions", NULL, NULL, "/v1/models", "/v1/models/{id}", "/", "/sim",
          "other" },
        { "/v1/responses", "/v1/responses/input_tokens", "/v1/responses/compact", NULL, NULL,
          NULL, NULL, NULL, "GET /v1/responses/{id}", "DELETE /v1/responses/{id}",
          "/v1/responses/{id}/input_items", "/v1/responses/{id}/cancel" },
        { ":generateContent", ":countTokens", NULL, "/v1beta/models", "/v1beta/models/{id}",
          "/", "/sim", "other (gemini)" },
    };
    const char *comma = "";

    for (int d = 0; d < DIALECTS_N; d++) {
        for (int op = 0; op < OPS_N; op++) {
            int64_t n = __atomic_load_n(&counts[d][op], __ATOMIC_RELAXED);
            if (!n || op == OP_CONTROL || !names[d][op])
                continue;
            text_form(out, "%s%q:%n", comma, names[d][op], n);
            comma = ",";
        }
    }
}

void stats_write(struct text *out)
{
    static const char *const names[STATS_N] = { "open",     "peak_open", "busy",  "peak_busy",
                                                "requests", "gone",      "faults" };
    int64_t from;

    text_str(out, "{");
    for (int i = 0; i < STATS_N; i++)
        text_form(out, "%q:%n,", names[i], __atomic_load_n(&stats[i], __ATOMIC_RELAXED));
    text_form(out, "'paths':{");
    write_counts(out);
    text_form(out, "},'cancelled':[");
    pthread_mutex_lock(&lock);
    from = gone_n > GONE_KEPT ? gone_n - GONE_KEPT : 0;
    for (int64_t i = from; i < gone_n; i++)
        text_form(out, "%s{'t':%n,'conn':%n,'req':%n,'after_ms':%n}", i > from ? "," : "",
                  gone[i % GONE_KEPT].at_ms, gone[i % GONE_KEPT].conn,
                  gone[i % GONE_KEPT].request, gone[i % GONE_KEPT].after_ms);
    pthread_mutex_unlock(&lock);
    text_str(out, "]}");
}

void stats_reset(void)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < STATS_N; i++)
        if (i != STAT_OPEN && i != STAT_BUSY)
            __atomic_store_n(&stats[i], 0, __ATOMIC_RELAXED);
    memset(counts, 0, sizeof counts);
    gone_n = 0;
    pthread_mutex_unlock(&lock);
}
