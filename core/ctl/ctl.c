/* SPDX-License-Identifier: MIT */
/*
 * ctl - the command line of claude-proxyctl.
 */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "--version")) {
        puts("claude-proxyctl " VERSION_TEXT);
        return 0;
    }
    fputs("Usage: claude-proxyctl --version\n", stderr);
    return 64;
}
