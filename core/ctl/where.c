/* SPDX-License-Identifier: MIT */
/*
 * where - finds the gateway: its local socket, else its port on this machine; and the key, where one is needed.
 *
 * On the socket the kernel says who we are, so it comes first and needs no key.  The port is for gateways that have no
 * socket, such as one in a container.  A key on the command line would stand in everybody's list of processes: it comes from a
 * file, from standard input or from the environment.
 */
#include "ctl/where.h"

#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DEFAULT_URL "http://127.0.0.1:3000"

enum { DEFAULT_PORT = 3000 };

/* 0, or errno. */
static int try_address(int family, const struct sockaddr *address, socklen_t n)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int rc = fd < 0 || connect(fd, address, n) ? errno : 0;

    if (fd >= 0)
        close(fd);
    return rc;
}

static int try_socket(const char *path)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(a.sun_path))
        return ENAMETOOLONG;
    memcpy(a.sun_path, path, strlen(path));
    return try_address(AF_UNIX, (const struct sockaddr *)&a, sizeof(a));
}

static int try_port(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(DEFAULT_PORT) };

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return try_address(AF_INET, (const struct sockaddr *)&a, sizeof(a));
}

static void note(struct where *w, const char *place, const char *why)
{
    if (w->tried_n < WHERE_PLACES)
        snprintf(w->tried[w->tried_n++], WHERE_BYTES, "%s: %s", place, why);
}

/* ---- the key ---- */

/* The first line of a file.  0, E_ABSENT, E_DENIED, E_SYNTAX. */
static int read_key(struct where *w, const char *file, struct err *err)
{
    bool is_stdin = !strcmp(file, "-");
    int fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t n = 0;
    ssize_t got;

    if (fd < 0)
        return err_set(err, errno == EACCES ? E_DENIED : E_ABSENT, file, "%s", strerror(errno));
    while (n < WHERE_KEY_BYTES && (got = read(fd, w->key + n, WHERE_KEY_BYTES - n)) > 0)
        n += (size_t)got;
    if (!is_stdin)
        close(fd);
    w->key[n] = 0;
    w->key[strcspn(w->key, "\r\n")] = 0;
    struct cp_str key = str_trim(str_of(w->key));
    if (!key.n || !str_is_field_value(key))
        return err_set(err, E_SYNTAX, is_stdin ? "standard input" : file,
                       "there is no key in it");
    memmove(w->key, key.p, key.n);
    w->key[key.n] = 0;
    w->config.key = w->key;
    return 0;
}

/* Never one that is found lying about: with no gateway there, another user of this machine may listen on its port. */
static int find_key(struct where *w, const struct where_wish *wish, struct err *err)
{
    const char *env = getenv("CLAUDE_PROXY_KEY");

    if (wish->key_file) {
        int rc = read_key(w, wish->key_file, err);
        return rc ? E_SYNTAX : 0;
    }
    if (env && *env) {
        snprintf(w->key, sizeof(w->key), "%s", env);
        w->config.key = w->key;
    }
    return 0; /* without one the gateway says 401 */
}

/* ---- the place ---- */

/* True: somebody is there.  *denied is set if a socket is there and not for us. */
static bool is_there(struct where *w, const char *path, bool *denied)
{
    int rc = try_socket(path);

    *denied = *denied || rc == EACCES || rc == EPERM;
    if (rc) {
        note(w, path, strerror(rc));
        return false;
    }
    if (path != w->socket)
        snprintf(w->socket, sizeof(w->socket), "%s", path);
    w->config.socket = w->socket;
    return true;
}

static bool find_socket(struct where *w, bool *denied)
{
    const char *run = getenv("XDG_RUNTIME_DIR"), *home = getenv("HOME");
    const char *state = getenv("XDG_STATE_HOME");
    const char *said = getenv("CLAUDE_PROXY_SOCKET");
    char path[WHERE_BYTES];

    if (said && *said)
        return is_there(w, said, denied);
    if (is_there(w, "/run/claude-proxy/ctl.sock", denied) ||
        is_there(w, STATEDIR "/ctl.sock", denied))
        return true;
    if (run && *run) {
        snprintf(path, sizeof(path), "%s/claude-proxy/ctl.sock", run);
        if (is_there(w, path, denied))
            return true;
    }
    if (state && *state) {
        snprintf(path, sizeof(path), "%s/claude-proxy/ctl.sock", state);
        return is_there(w, path, denied);
    }
    if (!home || !*home)
        return false;
    snprintf(path, sizeof(path), "%s/.local/state/claude-proxy/ctl.sock", home);
    return is_there(w, path, denied);
}

int where_find(struct where *w, const struct where_wish *wish, struct err *err)
{
    const char *said = getenv("CLAUDE_PROXY_SOCKET");
    bool denied = false;

    memset(w, 0, sizeof(*w));
    w->config.timeout_ms = wish->timeout_ms;
    w->config.ca_file = wish->ca_file;
    if (wish->url) {
        w->config.url = wish->url;
        return find_key(w, wish, err);
    }
    if (wish->socket ? is_there(w, wish->socket, &denied) : find_socket(w, &denied))
        return 0;
    if (denied)
        return err_set(err, E_DENIED, "", "the gateway's socket is not for this user");
    if (wish->socket || (said && *said))
        return err_set(err, E_ABSENT, "", "no gateway listens there");
    int rc = try_port();
    if (rc) {
        note(w, DEFAULT_URL, strerror(rc));
        return err_set(err, E_ABSENT, "", "no gateway was found");
    }
    w->config.url = DEFAULT_URL;
    return find_key(w, wish, err);
}
