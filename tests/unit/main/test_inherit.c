/* SPDX-License-Identifier: MIT */
/*
 * test_inherit - descriptors from 3 on are ours only if we are meant; each goes to the listener it is for.
 */
#include "main/inherit.h"

#include "base/str.h"
#include "conf/conf.h"
#include "test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST = 3 };

/* A listening socket at a place from 3 on; its port. */
static uint16_t listening(int at, in_addr_t address)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
    socklen_t size = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    CHECK(fd >= 0 && !bind(fd, (struct sockaddr *)&a, size) && !listen(fd, 1));
    CHECK(!getsockname(fd, (struct sockaddr *)&a, &size));
    if (fd != at) {
        CHECK_EQ(dup2(fd, at), at);
        close(fd);
    }
    return ntohs(a.sin_port);
}

static void environment(long pid, const char *n, const char *names)
{
    char text[24];

    snprintf(text, sizeof(text), "%ld", pid);
    setenv("LISTEN_PID", text, 1);
    setenv("LISTEN_FDS", n, 1);
    setenv("LISTEN_FDNAMES", names, 1);
}

static struct conf_listener listener(const char *address, uint16_t port)
{
    return (struct conf_listener){ .address = str_of(address), .port = port };
}

TEST(inherit_of_another_process_is_none)
{
    struct inherit in;

    environment(1, "1", "a");
    inherit_read(&in);
    CHECK_EQ(in.n, 0);
    CHECK(!getenv("LISTEN_FDS") && !getenv("LISTEN_PID") && !getenv("LISTEN_FDNAMES"));
    environment(getpid(), "-1", "a");
    inherit_read(&in);
    CHECK_EQ(in.n, 0);
    inherit_read(&in); /* no environment at all */
    CHECK_EQ(in.n, 0);
}

TEST(inherit_by_address_or_by_name)
{
    struct inherit in;
    struct err err = { 0 };
    bool is_lent = false;
    struct inherit_name came_as;
    uint16_t port = listening(FIRST, INADDR_LOOPBACK);
    char names[INHERIT_NAME_BYTES * 2];

    (void)listening(FIRST + 1, INADDR_LOOPBACK);
    struct conf_listener by_address = listener("localhost", port);
    struct conf_listener by_name = listener("::1", 0), nobody = listener("127.0.0.1", 9);
    snprintf(names, sizeof(names), "web.socket:%s",
             inherit_listener_name(STR("::1"), 0, false).text);
    environment(getpid(), "2", names);
    inherit_read(&in);
    CHECK_EQ(in.n, 2);
    CHECK(fcntl(FIRST, F_GETFD) & FD_CLOEXEC);
    CHECK_EQ(inherit_listener(&in, &nobody, &is_lent, &came_as), -1);
    CHECK_EQ(inherit_listener(&in, &by_address, &is_lent, &came_as), FIRST);
    CHECK(is_lent && (fcntl(FIRST, F_GETFL) & O_NONBLOCK));
    CHECK_EQ(inherit_listener(&in, &by_address, &is_lent, &came_as), -1);
    CHECK_EQ(inherit_listener(&in, &by_name, &is_lent, &came_as), FIRST + 1);
    CHECK(!is_lent);
    CHECK(!strcmp(came_as.text, inherit_listener_name(STR("::1"), 0, false).text));
    CHECK_EQ(inherit_close(&in, &err), 0);
    close(FIRST);
    close(FIRST + 1);
}

TEST(inherit_what_is_left_is_told)
{
    struct inherit in;
    struct err err = { 0 };

    (void)listening(FIRST, INADDR_LOOPBACK);
    environment(getpid(), "1", "");
    inherit_read(&in);
    CHECK_EQ(in.n, 1);
    CHECK_EQ(inherit_close(&in, &err), E_CONFIG);
    CHECK(fcntl(FIRST, F_GETFD) < 0);
    /* ours that the configuration does not have any more is just closed */
    (void)listening(FIRST, INADDR_LOOPBACK);
    environment(getpid(), "1", inherit_listener_name(STR("127.0.0.1"), 0, false).text);
    inherit_read(&in);
    CHECK_EQ(inherit_close(&in, &err), 0);
    CHECK(fcntl(FIRST, F_GETFD) < 0);
}

TEST_MAIN()
