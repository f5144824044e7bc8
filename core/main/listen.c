/* SPDX-License-Identifier: MIT */
/*
 * listen - listening sockets and the number of descriptors we may have.
 */
#include "main/listen.h"

#include "base/str.h"
#include "conf/conf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096 };

static int listen_address(const struct conf_listener *l, struct sockaddr_storage *out,
                          socklen_t *size)
{
    struct sockaddr_in *v4 = (void *)out;
    struct sockaddr_in6 *v6 = (void *)out;
    char text[64];

    snprintf(text, sizeof(text), "%.*s", STR_FMT(l->address));
    memset(out, 0, sizeof(*out));
    if (str_is(l->address, "localhost"))
        snprintf(text, sizeof(text), "127.0.0.1");
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(l->port);
        *size = sizeof(*v4);
        return 0;
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1)
        return E_CONFIG;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(l->port);
    *size = sizeof(*v6);
    return 0;
}

int listen_open(const struct conf_listener *l, struct err *err)
{
    struct sockaddr_storage address;
    socklen_t size = 0;
    int one = 1;

    if (listen_address(l, &address, &size))
        return err_set(err, E_CONFIG, "listen", "\"%.*s\" is not an IP address",
                       STR_FMT(l->address));
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_set(err, E_IO, "listen", "socket: %s", strerror(errno));
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)); /* helps restarts only */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
                     sizeof(one)); /* inherited by accepted ones */
    if (bind(fd, (struct sockaddr *)&address, size) || listen(fd, BACKLOG)) {
        int why = errno;
        close(fd);
        err_set(
            err, E_IO, "listen", "%.*s port %u: %s%s", STR_FMT(l->address), l->port,
            strerror(why),
            why == EADDRINUSE ? ": another program listens there, perhaps an older gateway; "
                                "end it, or choose another port (port = 3001)"
            : why == EACCES && l->port < 1024 ? ": ports below 1024 need a right of their own"
                                              : "");
        errno = why; /* the caller tells these apart */
        return E_IO;
    }
    return fd;
}

uint64_t listen_raise_fds(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit))
        return 1024;
    if (limit.rlim_cur < limit.rlim_max) {
        rlim_t before = limit.rlim_cur;
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit))
            limit.rlim_cur = before;
    }
    return limit.rlim_cur;
}
