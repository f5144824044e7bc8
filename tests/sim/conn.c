/* SPDX-License-Identifier: MIT */
/*
 * conn - one client's connection: reads requests, plays replies, closes as told.
 *
 *   HEAD -> BODY -> DELAY -> ANSWER -> FIRST -> PIECES -> END -> HEAD   (kept alive)
 *     |                                           |        +--> LINGER  (closed)
 *     +-> EATING                                  +-> CUT -> closed or reset
 *                                                 +-> SILENT
 *
 * Nothing is read while a reply is being written, so the request's bytes stay where they are and
 * slices into them stay valid; that the peer has left is seen by EPOLLRDHUP. A peer that half-closes
 * its side while it waits counts as gone.
 */
#include "conn.h"
#include "log.h"
#include "script.h"
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_MIN = 4096, LINGER_US = 2000000, RESET_US = 30000 };

struct settings settings;

static int64_t serials;

struct conn *conn_open(struct worker *worker, int fd, int64_t number)
{
    struct conn *c = calloc(1, sizeof *c);

    if (!c)
        abort();
    c->worker = worker;
    c->fd = fd;
    c->number = number;
    if (settings.is_tls)
        c->tls = tls_open(fd);
    c->next = worker->conns;
    if (c->next)
        c->next->prev = c;
    worker->conns = c;
    stats_add(STAT_OPEN, 1);
    return c;
}

static bool is_busy(const struct conn *c)
{
    return c->stage >= STAGE_EATING && c->stage <= STAGE_SILENT;
}

static int64_t after_ms(const struct conn *c)
{
    return (clock_us() - c->began_us) / 1000;
}

static void release_request(struct conn *c)
{
    script_release(c->script);
    c->script = NULL;
    words_free(&c->header_words);
    words_free(&c->prompt_words);
}

void conn_free(struct conn *c)
{
    if (is_busy(c))
        stats_add(STAT_BUSY, -1);
    stats_add(STAT_OPEN, -1);
    timer_stop(&c->worker->timers, &c->timer);
    if (c->next)
        c->next->prev = c->prev;
    if (c->prev)
        c->prev->next = c->next;
    else
        c->worker->conns = c->next;
    release_request(c);
    tls_free(c->tls);
    close(c->fd);
    ask_fini(&c->ask);
    reply_fini(&c->reply);
    text_free(&c->in);
    text_free(&c->body);
    text_free(&c->out);
    text_free(&c->piece);
    text_free(&c->packed);
    free(c);
}

/* The peer left before the reply's end. */
static void conn_gone(struct conn *c)
{
    if (log_is_on())
        log_outcome("gone", c->number, c->request_n, c->reply.status, c->body_n, after_ms(c));
    stats_gone(c->number, c->request_n, after_ms(c));
    conn_free(c);
}

static void conn_reset(struct conn *c)
{
    struct linger now = { 1, 0 };

    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    conn_free(c);
}

/* The reply ends here on purpose, and badly. */
static void conn_cut(struct conn *c)
{
    stats_add(STAT_FAULTS, 1);
    if (log_is_on())
        log_outcome("done", c->number, c->request_n, c->reply.status, c->body_n, after_ms(c));
    if (c->play.reset && c->pieces_n && !c->timer.place) {
        /* a reset may overtake what was sent just before: give that a moment to be read */
        stats_add(STAT_BUSY, -1);
        c->stage = STAGE_CLOSED;
        timer_set(&c->worker->timers, &c->timer, c->worker->now_us + RESET_US);
    } else if (c->play.reset) {
        conn_reset(c);
    } else {
        conn_free(c);
    }
}

static void read_some(struct conn *c)
{
    while (c->may_read && !c->is_eof) {
        size_t room = READ_MIN;
        int64_t n;
        if (c->stage == STAGE_BODY && c->length > 0 && c->head_n + (size_t)c->length > c->in.n)
            room = c->head_n + (size_t)c->length - c->in.n + 1;
        if (room > 1 << 20)
            room = 1 << 20;
        char *p = text_room(&c->in, room);
        room = c->in.cap - c->in.n;
        n = c->tls ? tls_read(c->tls, p, room) : recv(c->fd, p, room, 0);
        if (n > 0)
            c->in.n += (size_t)n;
        else if (n == 0)
            c->is_eof = true;
        else if (errno != EAGAIN && errno != EINTR)
            c->is_eof = true;
        /* a short read has emptied the socket, unless an end of file follows */
        if (n < 0 || (n < (int64_t)room && !c->tls && !c->is_hung_up))
            c->may_read = false;
        if (n > 0)
            break; /* see whether that was enough */
    }
}

/* ---- from request to reply ---- */

static bool key_is_good(const struct conn *c)
{
    if (!settings.keys_n || c->ask.op == OP_CONTROL || c->ask.op == OP_HELLO)
        return true;
    for (int i = 0; i < settings.keys_n; i++)
        if (c->ask.key.n == settings.keys[i].n &&
            memcmp(c->ask.key.at, settings.keys[i].at, c->ask.key.n) == 0)
            return true;
    return false;
}

static void refuse(struct conn *c, int64_t status, const char *message)
{
    static const char form[] = "invalid_request_error:";
    struct text spec = { 0 };

    text_str(&spec, status == 401 ? ":" : form);
    text_str(&spec, message);
    play_init(&c->play);
    words_free(&c->header_words);
    c->header_words.block = spec.at; /* owned there until the reply has been written */
    c->play.status = status;
    c->play.error = (struct slice){ spec.at, spec.n };
}

static void apply_line(struct conn *c, struct words *words, struct slice line, int turn,
                       const struct head *head)
{
    char word[96], message[160];

    if (!line.n)
        return;
    if (words_parse(words, line, turn, word, sizeof word) < 0) {
        snprintf(message, sizeof message, "the simulator does not know the directive %s", word);
        refuse(c, 400, message);
    } else if (script_allows(words, line, &c->ask, head)) {
        play_apply(&c->play, words);
    }
}

static void choose_play(struct conn *c, const struct head *head)
{
    struct slice prompt = { c->ask.directives.at, c->ask.directives.n };

    play_init(&c->play);
    play_apply(&c->play, &settings.defaults);
    if (c->ask.op == OP_CONTROL || c->ask.op == OP_HELLO)
        return;
    if (!key_is_good(c)) {
        refuse(c, 401, "invalid x-api-key");
        return;
    }
    if (!script_is_empty())
        c->script = script_choose(&c->play, &c->ask, head, false);
    apply_line(c, &c->header_words, http_header(head, "x-sim"), 0, head);
    apply_line(c, &c->prompt_words, prompt, c->ask.turn, head);
}

static void begin_request(struct conn *c, const struct head *head)
{
    c->began_us = c->worker->now_us;
    c->pieces_n = c->body_n = 0;
    c->is_last = head->is_close || head->is_http10;
    c->is_head_only = slice_is(head->method, "HEAD");
    c->request_n++;
    stats_add(STAT_REQUESTS, 1);
    stats_add(STAT_BUSY, 1);
    stats_count(c->ask.dialect, c->ask.op);
    if (log_is_on() && c->ask.op != OP_CONTROL)
        log_request(c->number, c->request_n, head, c->ask.body);
}

static void start_reply(struct conn *c, const struct head *head, bool is_chosen)
{
    begin_request(c, head);
    if (c->ask.op == OP_CONTROL) {
        play_init(&c->play);
        control_answer(c, head);
    } else {
        if (!is_chosen)
            choose_play(c, head);
        reply_begin(&c->reply, &c->ask, &c->play,
                    __atomic_add_fetch(&serials, 1, __ATOMIC_RELAXED));
    }
    if (head->is_http10)
        c->play.close = 1;
    c->stage = c->play.drop ? STAGE_CUT : STAGE_ANSWER;
    if (c->play.delay_ms > 0) {
        c->stage = STAGE_DELAY;
        timer_set(&c->worker->timers, &c->timer, c->worker->now_us + c->play.delay_ms * 1000);
    }
}

/* A request that is not HTTP: say so in plain words and close. */
static void answer_broken(struct conn *c)
{
    text_str(&c->out,
             "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    c->is_last = true;
    c->consumed = c->in.n;
    c->began_us = c->worker->now_us;
    stats_add(STAT_BUSY, 1);
    stats_add(STAT_REQUESTS, 1);
    c->stage = STAGE_END;
}

/* Faults that must happen before the body has been read; they need a rule or a header. */
static void look_early(struct conn *c, const struct head *head)
{
    struct slice line = http_header(head, "x-sim");

    if (!line.n && script_is_empty())
        return;
    play_init(&c->play);
    play_apply(&c->play, &settings.defaults);
    c->script = script_choose(&c->play, &c->ask, head, true);
    if (slice_has(line, slice_of("early")) || slice_has(line, slice_of("eatbody")))
        apply_line(c, &c->header_words, line, 0, head);
    if (c->play.eatbody >= 0) {
        begin_request(c, head);
        c->stage = STAGE_EATING;
    } else if (c->play.early) {
        c->consumed = c->in.n;
        start_reply(c, head, true);
        c->is_last = true;
    } else {
        release_request(c);
    }
}

static void take_head(struct conn *c)
{
    struct head head;
    int64_t n = http_head(&head, c->in.at, c->in.n);

    if (n < 0) {
        answer_broken(c);
        return;
    }
    if (n == 0)
        return;
    c->head_n = (size_t)n;
    c->length = head.length;
    c->is_chunked = head.is_chunked;
    c->chunks = (struct chunks){ 0 };
    c->chunks_off = 0;
    c->body.n = 0;
    c->stage = STAGE_BODY;
    ask_route(&c->ask, &head);
    look_early(c, &head);
    if (c->stage == STAGE_BODY && head.wants_continue && (size_t)n == c->in.n)
        text_str(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
}

/* Is the body there? Stores where it lies. */
static int body_is_here(struct conn *c, struct slice *body)
{
    size_t used = 0;
    int rc;

    if (!c->is_chunked) {
        size_t n = c->length > 0 ? (size_t)c->length : 0;
        if (c->in.n - c->head_n < n)
            return 0;
        *body = (struct slice){ c->in.at + c->head_n, n };
        c->consumed = c->head_n + n;
        return 1;
    }
    size_t from = c->head_n + c->chunks_off;
    rc = http_chunks(&c->chunks, c->in.at + from, c->in.n - from, &used, &c->body);
    c->chunks_off += used;
    c->consumed = c->head_n + c->chunks_off;
    *body = (struct slice){ c->body.at, c->body.n };
    return rc;
}

static void take_body(struct conn *c)
{
    struct head head;
    struct slice body;
    int rc = body_is_here(c, &body);

    if (rc < 0)
        answer_broken(c);
    if (rc <= 0)
        return;
    /* in may have moved while the body came: the head's slices are made anew */
    if (http_head(&head, c->in.at, c->head_n) <= 0)
        abort();
    ask_route(&c->ask, &head);
    if (slice_is(head.method, "POST") && c->ask.op != OP_CONTROL && c->ask.op != OP_NONE &&
        c->ask.op != OP_STORED_CANCEL)
        ask_read(&c->ask, body);
    else
        c->ask.body = body;
    start_reply(c, &head, false);
}

static void finish_reply(struct conn *c)
{
    if (log_is_on() && c->ask.op != OP_CONTROL)
        log_outcome("done", c->number, c->request_n, c->reply.status, c->body_n, after_ms(c));
    stats_add(STAT_BUSY, -1);
    release_request(c);
    memmove(c->in.at, c->in.at + c->consumed, c->in.n - c->consumed);
    c->in.n -= c->consumed;
    c->consumed = 0;
    c->stage = STAGE_HEAD;
    if (c->is_last) {
        shutdown(c->fd, SHUT_WR);
        c->stage = STAGE_LINGER;
        timer_set(&c->worker->timers, &c->timer, c->worker->now_us + LINGER_US);
    }
}

/* Reading stages: false when more bytes are needed. */
static bool step_request(struct conn *c)
{
    enum stage before = c->stage;

    if (c->stage == STAGE_LINGER) {
        c->in.n = 0;
        return false;
    }
    if (c->stage == STAGE_EATING) {
        if ((int64_t)(c->in.n - c->head_n) >= c->play.eatbody)
            c->stage = STAGE_CUT;
        return c->stage == STAGE_CUT;
    }
    if (c->stage == STAGE_HEAD && c->in.n)
        take_head(c);
    else if (c->stage == STAGE_BODY)
        take_body(c);
    return c->stage != before;
}

static bool is_reading(const struct conn *c)
{
    return c->stage <= STAGE_BODY || c->stage == STAGE_LINGER || c->stage == STAGE_EATING;
}

/* Read and understand; false: the connection waits, or is freed. */
static bool run_request(struct conn *c)
{
    for (;;) {
        if (step_request(c))
            return true;
        if (c->out.n && send_flush(c) < 0)
            c->is_eof = true; /* it was a 100 Continue */
        if (c->is_eof) {
            conn_free(c);
            return false;
        }
        if (!c->may_read)
            return false;
        read_some(c);
    }
}

static void put_head(struct conn *c)
{
    send_head(c);
    c->stage = STAGE_PIECES;
    if (c->play.first_ms > 0) {
        c->stage = STAGE_FIRST;
        timer_set(&c->worker->timers, &c->timer, c->worker->now_us + c->play.first_ms * 1000);
    }
}

/* Write what may be written; false: the connection waits, or is freed. */
static bool run_reply(struct conn *c)
{
    int rc;

    if (c->is_hung_up) {
        conn_gone(c);
        return false;
    }
    if (c->stage == STAGE_ANSWER)
        put_head(c);
    /* the first piece goes out with the head, the others one batch at a time */
    if (c->stage == STAGE_PIECES && (!c->out.n || (!c->pieces_n && !c->out_off)))
        if (!send_pieces(c) && !c->out.n)
            return false;
    rc = send_flush(c);
    if (rc < 0) {
        conn_gone(c);
        return false;
    }
    if (rc > 0 && c->stage == STAGE_CUT) {
        conn_cut(c);
        return false;
    }
    if (rc > 0 && c->stage == STAGE_END) {
        finish_reply(c);
        return true;
    }
    return rc > 0 && c->stage == STAGE_PIECES;
}

/* Go on as far as possible; may free c. */
static void conn_run(struct conn *c)
{
    while (is_reading(c) ? run_request(c) : run_reply(c))
        continue;
}

void conn_ready(struct conn *c, uint32_t events)
{
    if (events & EPOLLIN)
        c->may_read = true;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        c->may_read = c->is_hung_up = true;
        if (is_busy(c)) {
            conn_gone(c);
            return;
        }
    }
    if (c->stage != STAGE_CLOSED)
        conn_run(c);
}

void conn_timer(struct conn *c)
{
    switch (c->stage) {
    case STAGE_CLOSED:
        conn_reset(c);
        return;
    case STAGE_LINGER:
        conn_free(c);
        return;
    case STAGE_DELAY:
        c->stage = c->play.drop ? STAGE_CUT : STAGE_ANSWER;
        break;
    case STAGE_FIRST:
        c->stage = STAGE_PIECES;
        break;
    default:
        break;
    }
    conn_run(c);
}
