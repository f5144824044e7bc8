/* SPDX-License-Identifier: MIT */
/*
 * check_command - `claude-proxy -t`, `-tt`, `--check-plugins`, `--list-adapters`: everything that is wrong, at once.
 */
#ifndef MAIN_CHECK_COMMAND_H
#define MAIN_CHECK_COMMAND_H

#include <stdbool.h>

struct study_options;

/*
 * depth     1: the files and what the adapters say of them; 2: also what the machine says: addresses, certificates,
 *           folders, users, the store
 * is_quiet  only the exit code
 * returns   0, or 78 (EX_CONFIG)
 */
int check_command(const struct study_options *, int depth, bool is_quiet);
/* Loads all plugins and lists them with what each has; 78 if one was refused. */
int check_plugins_command(const struct study_options *, bool is_quiet);
/* Every adapter with the options that a channel may give it; 78 if there is none. */
int list_adapters_command(const struct study_options *);

#endif
