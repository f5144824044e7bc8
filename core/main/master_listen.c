/* SPDX-License-Identifier: MIT */
/*
 * master_listen - listeners, their certificates, and how many connections there may be.
 *
 * Listeners are opened once, before privileges are dropped.  A reload finds each again by its address and port, so that a
 * line more or less in "listen" gives nobody another one's certificate.
 */
#include "main/master_private.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/save.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "main/listen.h"
#include "main/worker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FDS_SPARE = 64 };

/* *out NULL: clear text. */
static int master_load_tls(const struct conf *c, const struct conf_listener *l,
                           struct server_tls **out, struct err *err)
{
    *out = NULL;
    if (!l->cert_file.n)
        return 0;
    *out =
        server_tls_load(arena_z(c->arena, l->cert_file), arena_z(c->arena, l->key_file), err);
    return *out ? 0 : E_CONFIG;
}

int master_listen(struct master *m, struct err *err)
{
    const struct conf *c = m->setup->conf;
    int rc = 0;

    for (size_t i = 0; !rc && i < c->listeners_n && i < MASTER_LISTENERS; i++) {
        const struct conf_listener *from = &c->listeners[i];
        struct master_listener *l = &m->listeners[i];
        struct server_tls *tls;
        rc = master_load_tls(c, from, &tls, err);
        int fd = rc ? rc : inherit_listener(&m->inherit, from, &l->is_lent, &l->came_as);
        l->is_inherited = fd >= 0;
        if (!rc && fd < 0)
            fd = listen_open(from, err);
        if (fd < 0) {
            server_tls_unref(tls);
            return fd;
        }
        l->fd = fd;
        l->port = from->port;
        l->tls = tls;
        snprintf(l->address, sizeof(l->address), "%.*s", STR_FMT(from->address));
        m->listeners_n++;
    }
    return rc;
}

void master_close_listeners(struct master *m)
{
    for (uint32_t i = 0; i < m->listeners_n; i++) {
        close(m->listeners[i].fd);
        server_tls_unref(m->listeners[i].tls);
    }
    m->listeners_n = 0;
}

/* Its place; listeners_n: there is none. */
static uint32_t master_find(const struct master *m, const struct conf_listener *l)
{
    uint32_t i = 0;

    while (i < m->listeners_n &&
           !(m->listeners[i].port == l->port && str_is(l->address, m->listeners[i].address)))
        i++;
    return i;
}

static void master_set_tls(struct master *m, uint32_t at, struct server_tls *tls)
{
    for (uint32_t w = 0; w < m->workers_n; w++)
        worker_set_tls(m->workers[w], at, tls);
    server_tls_unref(m->listeners[at].tls);
    m->listeners[at].tls = tls;
    atomic_store(&m->office.listeners[at].certificate_ends_ms, server_tls_ends_ms(tls));
}

void master_reload_tls(struct master *m, const struct conf *c)
{
    uint32_t known = 0;

    for (size_t i = 0; i < c->listeners_n; i++) {
        const struct conf_listener *l = &c->listeners[i];
        struct server_tls *tls;
        struct err err = { 0 };
        uint32_t at = master_find(m, l);
        if (at == m->listeners_n)
            continue;
        known++;
        if (master_load_tls(c, l, &tls, &err))
            log_msg(CP_LOG_ERROR, "%s port %u: the certificate is kept as it was: %s",
                    m->listeners[at].address, l->port, err.what);
        else if (tls && m->listeners[at].tls)
            master_set_tls(m, at, tls);
        else
            server_tls_unref(tls); /* from clear text to TLS is another listener */
    }
    if (known != c->listeners_n || known != m->listeners_n)
        log_msg(CP_LOG_WARN,
                "listen has changed: that takes a restart, or claude-proxyctl upgrade");
}

static uint16_t master_port_of(int fd)
{
    struct sockaddr_storage a = { 0 };
    socklen_t size = sizeof(a);

    if (getsockname(fd, (struct sockaddr *)&a, &size))
        return 0;
    return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&a)->sin6_port
                                         : ((struct sockaddr_in *)(void *)&a)->sin_port);
}

int master_port(const struct master *m)
{
    return master_port_of(m->listeners[0].fd);
}

void master_tell_office(struct master *m)
{
    for (uint32_t i = 0; i < m->listeners_n; i++) {
        /* a copy: gcc 12 with -fsanitize=thread takes two members of m for one */
        const struct master_listener l = m->listeners[i];
        struct office_listener *o = &m->office.listeners[i];
        bool is_v6 = strchr(l.address, ':') != NULL;
        o->port = master_port_of(l.fd);
        o->is_tls = l.tls != NULL;
        atomic_store(&o->certificate_ends_ms, server_tls_ends_ms(l.tls));
        snprintf(o->address, sizeof(o->address), "%s", l.address);
        snprintf(o->url, sizeof(o->url), "http%s://%s%s%s:%u", o->is_tls ? "s" : "",
                 is_v6 ? "[" : "", l.address, is_v6 ? "]" : "", o->port);
    }
    m->office.listeners_n = m->listeners_n;
    if (m->control.fd >= 0)
        memcpy(m->office.control_socket, m->control.path, sizeof(m->control.path));
}

void master_port_file(const struct master *m)
{
    char temp[4096];

    bool is_file = m->o->port_file && save_is_file(m->o->port_file);
    if (!m->o->port_file || (size_t)snprintf(temp, sizeof(temp), "%s%s", m->o->port_file,
                                             is_file ? ".new" : "") >= sizeof(temp))
        return;
    FILE *f =
        fopen(temp, is_file ? "we" : "r+e"); /* "r+": a pipe nobody reads holds up nobody */
    if (!f)
        return;
    fprintf(f, "%d\n", master_port(m));
    if (!fclose(f) && is_file && rename(temp, m->o->port_file))
        log_msg(CP_LOG_WARN, "cannot write %s: %s", m->o->port_file, strerror(errno));
}

/* Two descriptors a request (client, upstream), and some to spare. */
uint32_t master_connections(const struct conf *c)
{
    uint64_t fds = listen_raise_fds(),
             most = fds > FDS_SPARE * 2 ? (fds - FDS_SPARE) / 2 : FDS_SPARE / 2;

    if (c->connections <= most)
        return c->connections;
    log_msg(CP_LOG_WARN, "limits.connections is %u, but %llu descriptors allow only %llu",
            c->connections, (unsigned long long)fds, (unsigned long long)most);
    return (uint32_t)most;
}
