/* SPDX-License-Identifier: MIT */
/*
 * env - the environment and .env, as one list of names; and what they say to options.
 */
#ifndef CONF_ENV_H
#define CONF_ENV_H

#include <stddef.h>

#include <claude-proxy/plugin.h>

struct arena;
struct conf_report;
struct conf_source;
struct node;

/* One name; those of the real environment come first. */
struct env_var {
    struct cp_str name, value; /* value: NUL-terminated, never empty */
    struct cp_str where;       /* "environment:PORT", ".env:3" */
    struct env_var *next;
};

struct env {
    struct arena *arena;
    struct env_var *first, *last;
    size_t dotenv_n; /* how many came from .env */
};

/* Takes what environ holds; env lives as long as arena and environ do. */
void env_init(struct env *, struct arena *, const char *const *environ_or_null);
/* Adds a name below all that are there: it changes nothing if the name is known or value is empty. */
void env_add(struct env *, struct cp_str name, struct cp_str value, struct cp_str where);
const struct env_var *env_find(const struct env *, struct cp_str name);
struct cp_str env_get(const struct env *, const char *name); /* absent: not set */
/* Puts what is set over the tree: the names of old first, then CLAUDE_PROXY_*. */
void env_apply(const struct env *, struct node *root, struct conf_report *);
/* Puts "name=value" settings of the command line over the tree. */
void env_apply_sets(struct arena *, const char *const *sets, struct node *root,
                    struct conf_report *);

#endif
