/* SPDX-License-Identifier: MIT */
/*
 * inherit - descriptors that were open when we were started: listening sockets of systemd, or all of the process before us.
 *
 * A gateway names what it hands over by what was configured ("port 0" has many ports), systemd by whatever a unit says; so what
 * has none of our names is known by the address it is bound to.
 *
 * source: sd_listen_fds(3), systemd 252
 */
#include "main/inherit.h"

#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST_FD = 3, ADDRESS_BYTES = 64 };

static const char *const own_prefix = "claude-proxy ",
                         *const lent_prefix = "claude-proxy lent ",
                         *const lent_control = "claude-proxy control lent";

/* -1: it is no such number. */
static int64_t number_of(const char *name)
{
    const char *text = getenv(name);
    int64_t n;

    return text && !str_int(str_of(text), &n) && n >= 0 ? n : -1;
}

static void take_in(struct inherit *in, int fd, struct cp_str name)
{
    struct inherited *i = &in->at[in->n];
    int flags = fcntl(fd, F_GETFD);

    if (flags < 0 || fcntl(fd, F_SETFD, flags | FD_CLOEXEC))
        return; /* it is not open */
    i->fd = fd;
    snprintf(i->name, sizeof(i->name), "%.*s", STR_FMT(name.p ? name : STR("")));
    in->is_handed |= !strcmp(i->name, INHERIT_CORD);
    in->n++;
}

void inherit_read(struct inherit *in)
{
    struct cp_str names = str_of(getenv("LISTEN_FDNAMES")), name = STR_NONE;
    int64_t n = number_of("LISTEN_FDS");

    *in = (struct inherit){ 0 };
    if (number_of("LISTEN_PID") == getpid())
        for (int i = 0; i < n && in->n < INHERIT_MOST; i++) {
            if (!names.p || !str_split(&names, ':', &name))
                name = STR_NONE;
            take_in(in, FIRST_FD + i, name);
        }
    (void)unsetenv("LISTEN_PID"); /* fails for impossible names only */
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
}

int inherit_take(struct inherit *in, const char *name)
{
    for (uint32_t i = 0; i < in->n; i++)
        if (in->at[i].fd >= 0 && !strcmp(in->at[i].name, name)) {
            int fd = in->at[i].fd;
            in->at[i].fd = -1;
            return fd;
        }
    return -1;
}

/* ---- names ---- */

/* Colons part names from each other. */
static void without_colons(struct inherit_name *name)
{
    for (char *p = name->text; *p; p++)
        if (*p == ':')
            *p = ';';
}

struct inherit_name inherit_listener_name(struct cp_str address, uint16_t port, bool is_lent)
{
    struct inherit_name name;

    snprintf(name.text, sizeof(name.text), "%s%.*s %u",
             is_lent ? lent_prefix : "claude-proxy listen ", STR_FMT(address), port);
    without_colons(&name);
    return name;
}

struct inherit_name inherit_control_name(bool is_lent)
{
    struct inherit_name name;

    snprintf(name.text, sizeof(name.text), "%s",
             is_lent ? lent_control : "claude-proxy control");
    return name;
}

static bool has_prefix(const struct inherited *i, const char *prefix)
{
    return !strncmp(i->name, prefix, strlen(prefix));
}

/* A gateway gave it that name. */
static bool is_named(const struct inherited *i)
{
    return has_prefix(i, own_prefix);
}

/* It is systemd's, whoever handed it to us. */
static bool is_systemds(const struct inherited *i)
{
    return !is_named(i) || has_prefix(i, lent_prefix) || has_prefix(i, lent_control);
}

/* ---- sockets ---- */

/* Its family; 0: it is no listening socket. */
static int listens_on(int fd, char address[ADDRESS_BYTES], uint16_t *port)
{
    struct sockaddr_storage a = { 0 };
    struct sockaddr_in *v4 = (void *)&a;
    struct sockaddr_in6 *v6 = (void *)&a;
    socklen_t size = sizeof(a), int_size = sizeof(int);
    int is_listening = 0;

    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &int_size) || !is_listening ||
        getsockname(fd, (struct sockaddr *)&a, &size))
        return 0;
    snprintf(address, ADDRESS_BYTES, "a unix socket");
    *port = 0;
    if (a.ss_family == AF_INET) {
        (void)inet_ntop(AF_INET, &v4->sin_addr, address, ADDRESS_BYTES); /* it fits */
        *port = ntohs(v4->sin_port);
    } else if (a.ss_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &v6->sin6_addr, address, ADDRESS_BYTES);
        *port = ntohs(v6->sin6_port);
    }
    return a.ss_family;
}

static int make_ready(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags >= 0)
        (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK); /* it is one that can */
    return fd;
}

/* "0.0.0.0" is served by a socket of systemd's usual [::], which takes both. */
static bool is_same_address(struct cp_str configured, const char *bound)
{
    if (str_is(configured, "localhost"))
        configured = STR("127.0.0.1");
    return str_is(configured, bound) || (str_is(configured, "0.0.0.0") && !strcmp(bound, "::"));
}

static bool is_for(const struct inherited *i, const struct conf_listener *l)
{
    char address[ADDRESS_BYTES];
    uint16_t port;
    int family = i->fd < 0 ? 0 : listens_on(i->fd, address, &port);

    return (family == AF_INET || family == AF_INET6) && port == l->port &&
           is_same_address(l->address, address);
}

/* By the name it was given; else by its address, which has other names, too ("localhost"). */
static struct inherited *find_listener(struct inherit *in, const struct conf_listener *l)
{
    for (int lent = 0; lent < 2; lent++) {
        struct inherit_name name = inherit_listener_name(l->address, l->port, lent != 0);
        for (uint32_t i = 0; i < in->n; i++)
            if (in->at[i].fd >= 0 && !strcmp(in->at[i].name, name.text))
                return &in->at[i];
    }
    for (uint32_t i = 0; i < in->n; i++)
        if (is_for(&in->at[i], l))
            return &in->at[i];
    return NULL;
}

int inherit_listener(struct inherit *in, const struct conf_listener *l, bool *is_lent,
                     struct inherit_name *came_as)
{
    struct inherited *found = find_listener(in, l);

    *is_lent = found && is_systemds(found);
    if (!found)
        return -1;
    int fd = found->fd;
    found->fd = -1;
    memcpy(came_as->text, found->name, sizeof(came_as->text));
    return make_ready(fd);
}

int inherit_control(struct inherit *in, bool *is_lent)
{
    char address[ADDRESS_BYTES];
    uint16_t port;

    for (int lent = 0; lent < 2; lent++) {
        int fd = inherit_take(in, inherit_control_name(lent != 0).text);
        *is_lent = lent != 0;
        if (fd >= 0)
            return make_ready(fd);
    }
    for (uint32_t i = 0; i < in->n; i++) {
        int fd = in->at[i].fd;
        if (fd < 0 || is_named(&in->at[i]) || listens_on(fd, address, &port) != AF_UNIX)
            continue;
        in->at[i].fd = -1;
        return make_ready(fd);
    }
    return -1;
}

int inherit_close(struct inherit *in, struct err *err)
{
    char address[ADDRESS_BYTES];
    uint16_t port;
    int rc = 0;

    for (uint32_t i = 0; i < in->n; i++) {
        int fd = in->at[i].fd;
        if (fd < 0)
            continue;
        if (is_systemds(&in->at[i]) && listens_on(fd, address, &port))
            rc = err_set(err, E_CONFIG, "listen",
                         "systemd opened a socket on %s port %u, which listen does not name",
                         address, port);
        close(fd);
        in->at[i].fd = -1;
    }
    return rc;
}
