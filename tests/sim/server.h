/* SPDX-License-Identifier: MIT */
/*
 * server - threads that share a port, each with its own event loop.
 */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include "timer.h"

struct conn;

struct worker {
    int epoll, listener, wake;
    struct timers timers;
    int64_t now_us;
    struct conn *conns; /* all that are open */
    int64_t *numbers;   /* of connections, shared by all threads */
};

/*
 * Listen and serve until SIGTERM or SIGINT.
 *
 * address    ADDR:PORT; port 0 lets the system choose
 * port_file  receives the port as text; NULL: none
 * returns    the exit status of the process
 */
int server_run(const char *address, int threads, const char *port_file);

#endif
