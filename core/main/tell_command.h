/* SPDX-License-Identifier: MIT */
/*
 * tell_command - `claude-proxy -T`, `--options`, `-V`: what is configured, what can be, and what this program is.
 */
#ifndef MAIN_TELL_COMMAND_H
#define MAIN_TELL_COMMAND_H

struct conf_source;

/* The effective configuration as one file, with the place of each line; secrets are masked.  0 or 78. */
int tell_configuration(const struct conf_source *);
/* Every option of the table: NULL or "text", or "man" (the section OPTIONS of claude-proxy.conf(5)).  0 or 64. */
int tell_options(const char *form);
/* depth 1: the version; more: libraries, ABI, folders. */
void tell_version(int depth);

#endif
