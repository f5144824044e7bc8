/* SPDX-License-Identifier: MIT */
/*
 * ctl - where claude-proxyctl begins.
 */
#include "ctl/ctl.h"

#include <signal.h>
#include <time.h>

int main(int argc, char **argv)
{
    /* `| head' ends us by a failed write, after the terminal is as it was. */
    signal(SIGPIPE, SIG_IGN);
    tzset();
    return ctl_run(argc - 1, argv + 1);
}
