/* SPDX-License-Identifier: MIT */
/*
 * tape - `claude-proxy tape`: run one adapter on one file.
 */
#ifndef MAIN_TAPE_H
#define MAIN_TAPE_H

/* argv[0] is "tape".  Returns the exit code: 0, 1 if the adapter could not, 64 for a bad command line. */
int tape_main(int argc, char **argv);

#endif
