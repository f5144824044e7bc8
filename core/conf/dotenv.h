/* SPDX-License-Identifier: MIT */
/*
 * dotenv - the .env file: NAME=value lines below the real environment.
 */
#ifndef CONF_DOTENV_H
#define CONF_DOTENV_H

#include <claude-proxy/plugin.h>

struct conf_report;
struct env;

/*
 * Lines of NAME=value or NAME: value, "export " before them, # comments; '..' is literal, ".." knows
 * \n \r \t \\ \" \$ and may span lines.  $NAME is not expanded (a warning says so).
 */
void dotenv_parse(struct env *, struct cp_str file, struct cp_str text, struct conf_report *);
/*
 * Reads the file.
 *
 * path     absent: ./.env if it is there, and then that; "": none
 * returns  its text, in env's arena, to be wiped; absent: there is none, or a complaint was made
 */
struct cp_str dotenv_load(struct env *, struct cp_str *path, struct conf_report *);
/* The file has been parsed: a warning if others can read a key in it. */
void dotenv_check(const struct env *, struct cp_str path, struct conf_report *);

#endif
