/* SPDX-License-Identifier: MIT */
/*
 * complete - what may stand at the cursor: asked by the shell's script, answered by the table of commands and the gateway.
 */
#ifndef CTL_COMPLETE_H
#define CTL_COMPLETE_H

/* The word by which the script asks; no command is called so. */
#define COMPLETE_WORD "__complete"

/* argv: the cursor's place, then the words of the line, the program's name first.  Always 0. */
int complete_main(int argc, char *const *argv);

#endif
