/* SPDX-License-Identifier: MIT */
/*
 * assign - NAME=VALUE on the command line becomes a member of a JSON body, of the kind that the table of options says.
 */
#ifndef CTL_ASSIGN_H
#define CTL_ASSIGN_H

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct ctl;
struct tree;

/*
 * prefix  of the option: "channels."; "" of settings
 * value   a number, yes or no, a list as a,b,c, or JSON for what has parts; "" or null: the member is taken away
 *
 * E_CONFIG  there is no such option (err.what guesses), the value is none of its, or it is a secret
 */
int assign_put(struct tree *object, const char *prefix, struct cp_str name, struct cp_str value,
               struct err *);
/* The command's options "=name" and its arguments NAME=VALUE...; an exit code. */
int assign_options(struct ctl *, struct tree **body);

#endif
