/* SPDX-License-Identifier: MIT */
/*
 * cord - between a process and the one that takes its place: parcels both ways over a socket.
 *
 * Who puts something in may hold the lock of a table that all requests ask, so it is copied and the thread that turns is woken.
 * Nothing bounds what waits: the other side reads as fast as it can, or it is dead, and then what waits is thrown away.
 */
#include "main/cord.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 256 << 10 };

struct cord {
    struct tap tap; /* first */
    int fd, wake_fd;
    pthread_mutex_t lock; /* of the next two */
    struct buf out;
    bool is_gone;
    struct buf in;    /* the turning thread's, as what follows */
    size_t taken;     /* of in */
    bool is_nonsense; /* what came last */
    struct buf send;  /* what is on its way out */
    size_t sent;
};

static void on_tap(struct tap *t, struct cp_str parcels)
{
    cord_put((struct cord *)(void *)t, parcels);
}

struct cord *cord_open(int fd)
{
    struct cord *c;
    int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    if (wake_fd < 0) {
        close(fd);
        return NULL;
    }
    c = mem_new(1, sizeof(*c));
    c->tap.put = on_tap;
    c->fd = fd;
    c->wake_fd = wake_fd;
    pthread_mutex_init(&c->lock, NULL);
    buf_init(&c->out, SIZE_MAX);
    buf_init(&c->in, SIZE_MAX);
    buf_init(&c->send, SIZE_MAX);
    return c;
}

static void wipe(struct buf *b)
{
    if (b->p)
        explicit_bzero(b->p, b->cap); /* sessions go this way */
    buf_fini(b);
}

void cord_close(struct cord *c)
{
    if (!c)
        return;
    close(c->fd);
    close(c->wake_fd);
    pthread_mutex_destroy(&c->lock);
    wipe(&c->out);
    wipe(&c->in);
    wipe(&c->send);
    free(c);
}

struct tap *cord_tap(struct cord *c)
{
    return &c->tap;
}

void cord_put(struct cord *c, struct cp_str parcels)
{
    uint64_t one = 1;

    pthread_mutex_lock(&c->lock);
    bool is_first = !c->out.n;
    if (!c->is_gone)
        buf_add_str(&c->out, parcels);
    pthread_mutex_unlock(&c->lock);
    if (is_first && write(c->wake_fd, &one, sizeof(one)) < 0)
        return; /* it is awake as it is */
}

void cord_say(struct cord *c, const char *kind)
{
    struct buf b;

    buf_init(&b, SIZE_MAX);
    parcel_end(&b, parcel_begin(&b, kind));
    cord_put(c, buf_str(&b));
    buf_fini(&b);
}

/* What waits becomes what is sent. */
static bool has_to_send(struct cord *c)
{
    if (c->sent < c->send.n)
        return true;
    buf_clear(&c->send);
    c->sent = 0;
    pthread_mutex_lock(&c->lock);
    struct buf empty = c->send;
    c->send = c->out;
    c->out = empty;
    pthread_mutex_unlock(&c->lock);
    return c->send.n > 0;
}

static int cord_lost(struct cord *c)
{
    pthread_mutex_lock(&c->lock);
    c->is_gone = true;
    buf_clear(&c->out);
    pthread_mutex_unlock(&c->lock);
    buf_clear(&c->send);
    c->sent = 0;
    return E_GONE;
}

static int cord_send(struct cord *c)
{
    while (has_to_send(c)) {
        ssize_t n =
            send(c->fd, c->send.p + c->sent, c->send.n - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return 0;
        if (n < 0)
            return cord_lost(c);
        c->sent += (size_t)n;
    }
    return 0;
}

static int cord_receive(struct cord *c)
{
    for (;;) {
        char *room = buf_room(&c->in, READ_BYTES);
        ssize_t n = room ? recv(c->fd, room, READ_BYTES, MSG_DONTWAIT) : 0;
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return 0;
        if (n <= 0)
            return cord_lost(c);
        buf_grew(&c->in, (size_t)n);
    }
}

int cord_turn(struct cord *c, int64_t wait_ms)
{
    struct pollfd p[2] = { { .fd = c->fd, .events = POLLIN },
                           { .fd = c->wake_fd, .events = POLLIN } };
    uint64_t wakes;

    if (c->is_nonsense)
        return E_SYNTAX;
    buf_drop(&c->in, c->taken);
    c->taken = 0;
    int rc = cord_send(c);
    if (rc)
        return rc;
    if (c->sent < c->send.n)
        p[0].events |= POLLOUT;
    if (poll(p, 2, (int)wait_ms) < 0)
        return 0;
    if (p[1].revents && read(c->wake_fd, &wakes, sizeof(wakes)) < 0)
        wakes = 0; /* another turn has read it */
    rc = cord_send(c);
    if (p[0].revents & (POLLIN | POLLHUP | POLLERR))
        rc = cord_receive(c);
    return rc;
}

int cord_next(struct cord *c, struct parcel *p)
{
    struct cp_str rest = str_n(c->in.p, c->in.n);

    if (!c->in.p)
        return 0;
    rest = str_from(rest, c->taken);
    int rc = parcel_next(&rest, p);
    c->is_nonsense |= rc == E_SYNTAX;
    c->taken = c->in.n - rest.n;
    return rc;
}

int cord_flush(struct cord *c, int64_t most_ms)
{
    int64_t by_ms = clock_ms() + most_ms;

    for (;;) {
        struct pollfd p = { .fd = c->fd, .events = POLLOUT };
        int rc = cord_send(c);
        if (rc || !has_to_send(c))
            return rc;
        int64_t left = by_ms - clock_ms();
        if (left <= 0)
            return E_AGAIN;
        (void)poll(&p, 1, (int)left); /* looked at again */
    }
}
