/* SPDX-License-Identifier: MIT */
/*
 * load_client - one connection of the load tool: sends the request, reads the answer, counts.
 *
 * Bodies are looked at where they were read and never kept. An event is a line that begins with d
 * (data:); a stamp is the text "t=MICROSECONDS followed by a blank, which the simulator's stamp
 * directive puts at the beginning of a text delta and every translation leaves alone. Both are found
 * whatever the cuts between reads.
 */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void count_events(struct load *load, struct client *c, const char *p, const char *end)
{
    while (p < end) {
        const char *lf;
        if (c->at_line_start && *p == 'd') {
            c->events++;
            load->events++;
        }
        lf = memchr(p, '\n', (size_t)(end - p));
        c->at_line_start = lf != NULL;
        p = lf ? lf + 1 : end;
    }
}

static const char *read_digits(struct load *load, struct client *c, const char *p,
                               const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        c->stamp = c->stamp * 10 + (*p++ - '0');
    if (p == end)
        return p;
    if (*p == ' ') {
        histogram_add(&load->delay, load->now_us - c->stamp);
        c->stamps++;
        load->stamps++;
    }
    c->match = 0;
    return p;
}

static void find_stamps(struct load *load, struct client *c, const char *p, const char *end)
{
    static const char mark[] = "\"t=";

    while (p < end) {
        if (c->match == 3) {
            p = read_digits(load, c, p, end);
        } else if (c->match && *p == mark[c->match]) {
            c->match++;
            p++;
            c->stamp = 0;
        } else {
            const char *hit = memmem(p, (size_t)(end - p), mark, 3);
            c->match = hit ? 3 : 0;
            c->stamp = 0;
            if (!hit && end[-1] == '"')
                c->match = 1;
            else if (!hit && end - p >= 2 && end[-2] == '"' && end[-1] == 't')
                c->match = 2;
            p = hit ? hit + 3 : end;
        }
    }
}

static void take_data(struct load *load, struct client *c, const char *p, size_t n)
{
    load->bytes += (int64_t)n;
    if (!load->is_streams)
        return;
    count_events(load, c, p, p + n);
    find_stamps(load, c, p, p + n);
}

/* One line of chunked framing may lie in two reads: it is collected in head. false: malformed. */
static bool take_line_byte(struct client *c, char ch)
{
    if (ch != '\n') {
        if (c->head_n < 64)
            c->head[c->head_n++] = ch;
        return true;
    }
    c->head[c->head_n] = 0;
    if (c->body == BODY_SIZE_LINE) {
        c->left = strtoll(c->head, NULL, 16);
        if (!c->head_n || c->left < 0 || !strchr("0123456789abcdefABCDEF", c->head[0]))
            return false;
        c->body = c->left ? BODY_CHUNK : BODY_LAST;
    } else if (c->body == BODY_CHUNK_END) {
        c->body = BODY_SIZE_LINE;
    } else if (c->head_n <= 1) {
        c->left = -1; /* the blank line after the last chunk */
    }
    c->head_n = 0;
    return true;
}

/* returns 1: the body is complete; 0: more is needed; -1: malformed */
static int take_body(struct load *load, struct client *c, const char *p, size_t n)
{
    while (n) {
        size_t take = n;
        if (c->body == BODY_LENGTH || c->body == BODY_CHUNK) {
            if ((int64_t)take > c->left)
                take = (size_t)c->left;
            take_data(load, c, p, take);
            c->left -= (int64_t)take;
            if (!c->left && c->body == BODY_LENGTH)
                return 1;
            if (!c->left)
                c->body = BODY_CHUNK_END;
        } else if (c->body == BODY_CLOSE) {
            take_data(load, c, p, take);
        } else {
            take = 1;
            if (!take_line_byte(c, *p))
                return -1;
            if (c->left < 0)
                return 1;
        }
        p += take;
        n -= take;
    }
    return 0;
}

static void choose_body(struct client *c, char *head)
{
    char *line = strchr(head, '\n');

    c->body = BODY_CLOSE;
    c->left = 0;
    c->must_close = false;
    for (; line && line[1]; line = strchr(line + 1, '\n')) {
        if (strncasecmp(line + 1, "content-length:", 15) == 0 && c->body == BODY_CLOSE) {
            c->left = strtoll(line + 16, NULL, 10);
            c->body = BODY_LENGTH;
        } else if (strncasecmp(line + 1, "transfer-encoding: chunked", 26) == 0) {
            c->body = BODY_SIZE_LINE;
        } else if (strncasecmp(line + 1, "connection: close", 17) == 0) {
            c->must_close = true;
        }
    }
}

/* Collect the head; returns how many bytes of p are behind it, or -1: more is needed. */
static int64_t take_head(struct load *load, struct client *c, const char *p, size_t n)
{
    size_t before = c->head_n, room = sizeof c->head - 1 - c->head_n,
           take = n < room ? n : room;
    char *end;

    memcpy(c->head + c->head_n, p, take);
    c->head_n += take;
    c->head[c->head_n] = 0;
    end = strstr(c->head, "\r\n\r\n");
    if (!end)
        return -1;
    size_t head_n = (size_t)(end + 4 - c->head);
    end[2] = 0;
    choose_body(c, c->head);
    if (c->head_n < 12 || atoi(c->head + 9) != load->status)
        load->bad_status++;
    c->head_n = 0;
    c->state = CLIENT_BODY;
    c->at_line_start = true;
    c->match = 0;
    histogram_add(&load->first, load->now_us - c->began_us);
    return (int64_t)(n - (head_n - before));
}

static void client_close(struct load *load, struct client *c)
{
    close(c->fd);
    c->fd = -1;
    load->live--;
}

static void check_stream(struct load *load, struct client *c)
{
    int64_t want = load->want_stamps >= 0 ? load->want_stamps : load->want_events;
    int64_t got = load->want_stamps >= 0 ? c->stamps : c->events;

    if (want < 0)
        return;
    load->lost += got < want ? want - got : 0;
    load->surplus += got > want ? got - want : 0;
}

static void client_start(struct load *load, struct client *c);

/* The answer ended; well or not. */
static void client_end(struct load *load, struct client *c, bool is_well)
{
    if (load->is_streams)
        check_stream(load, c);
    if (is_well) {
        load->done++;
        histogram_add(&load->took, load->now_us - c->began_us);
    } else {
        load->failed++;
        load->cut += c->state == CLIENT_BODY;
    }
    if (load->is_streams || !is_well || c->must_close)
        client_close(load, c);
    if (load->is_streams || load->is_over || (load->count > 0 && load->sent >= load->count))
        return;
    if (c->fd < 0)
        client_open(load, c);
    else
        client_start(load, c);
}

static void client_send(struct load *load, struct client *c)
{
    while (c->sent < load->request.n) {
        ssize_t n =
            send(c->fd, load->request.at + c->sent, load->request.n - c->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            client_end(load, c, false);
            return;
        }
        c->sent += (size_t)n;
    }
    c->state = CLIENT_HEAD;
}

static void client_start(struct load *load, struct client *c)
{
    c->state = CLIENT_SENDING;
    c->sent = c->head_n = 0;
    c->events = c->stamps = 0;
    c->began_us = load->now_us;
    load->sent++;
    client_send(load, c);
}

void client_open(struct load *load, struct client *c)
{
    struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                              .data.ptr = c };

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0 ||
        (connect(c->fd, (struct sockaddr *)&load->address, sizeof load->address) < 0 &&
         errno != EINPROGRESS) ||
        epoll_ctl(load->epoll, EPOLL_CTL_ADD, c->fd, &ev) < 0) {
        load->connect_errors++;
        if (c->fd >= 0)
            close(c->fd);
        c->fd = -1;
        return;
    }
    c->state = CLIENT_CONNECTING;
    c->began_us = load->now_us;
    load->opened++;
    if (++load->live > load->peak)
        load->peak = load->live;
}

static bool is_connected(struct load *load, struct client *c)
{
    int error = 0;
    socklen_t n = sizeof error;

    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n);
    if (!error)
        return true;
    load->connect_errors++;
    client_close(load, c);
    return false;
}

/* returns false when the connection is done with for now */
static bool client_take(struct load *load, struct client *c, const char *p, size_t n)
{
    int rc;

    if (c->state == CLIENT_HEAD) {
        int64_t behind = take_head(load, c, p, n);
        if (behind < 0)
            return true;
        p += n - (size_t)behind;
        n = (size_t)behind;
    }
    if (c->state != CLIENT_BODY)
        return true;
    rc = c->body == BODY_LENGTH && !c->left ? 1 : take_body(load, c, p, n);
    if (rc != 0)
        client_end(load, c, rc > 0);
    return rc == 0;
}

void client_ready(struct load *load, struct client *c, uint32_t events)
{
    ssize_t n = LOAD_READ_MAX;
    bool has_end = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);

    if (c->fd < 0 || (c->state == CLIENT_CONNECTING && !is_connected(load, c)))
        return;
    if (c->state == CLIENT_CONNECTING)
        client_start(load, c);
    else if (c->state == CLIENT_SENDING)
        client_send(load, c);
    /* a short read has emptied the socket, unless an end of file follows */
    while (c->fd >= 0 && (n == LOAD_READ_MAX || has_end)) {
        n = recv(c->fd, load->room, LOAD_READ_MAX, 0);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            client_end(load, c, n == 0 && c->state == CLIENT_BODY && c->body == BODY_CLOSE);
            return;
        }
        if (!client_take(load, c, load->room, (size_t)n))
            return;
    }
}
