/* SPDX-License-Identifier: MIT */
/*
 * explain_command - `claude-proxy explain`: where a request would go, and why.
 */
#ifndef MAIN_EXPLAIN_COMMAND_H
#define MAIN_EXPLAIN_COMMAND_H

/*
 * argv[0] is "explain".
 *
 * returns  the exit code: 0 a path was found, 1 nobody would serve it, 78 bad configuration, 64 bad command line, 65 bad
 *          request, 66 the file cannot be read
 */
int explain_command_main(int argc, char **argv);

#endif
