/* SPDX-License-Identifier: MIT */
/*
 * show - every option with what it is now and who says so.
 *
 * What `claude-proxy -T`, `claude-proxyctl config show` and the API list: one row of the table each, joined with what is said.
 * A secret's value is its mask.
 */
#ifndef CONF_SHOW_H
#define CONF_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct arena;
struct buf;
struct conf;
struct conf_entry;
struct node;

enum show_source {
    SHOW_BUILT_IN = 0,
    SHOW_MANAGED = 1,     /* managed.conf: the administration may change it */
    SHOW_FILE = 2,        /* from here on: locked; where says who */
    SHOW_ENVIRONMENT = 3, /* .env counts as one */
    SHOW_COMMAND_LINE = 4
};

struct show_option {
    const struct conf_entry *entry;
    struct cp_str name; /* "limits.body"; "channels.priority" */
    struct cp_str
        value; /* as a file spells it, without quotes; absent: nobody says it, and it has no default */
    struct cp_str where;     /* "claude-proxy.conf:12", "environment:PORT"; absent: built in */
    const struct node *said; /* in conf.said: also lists and groups; NULL: not said */
    enum show_source source;
    bool
        is_locked; /* the administration must not change it: a file, the environment or the command line says it */
    bool
        is_settable; /* a scalar of its own (or listen): one text says it; not a member of a list */
    char env[96];             /* CLAUDE_PROXY_LIMITS__BODY; "" if there is none */
    char unit[16];            /* "bytes", "ms", "" */
    char least[32], most[32]; /* the range as a file spells it; "" without */
};

/* Row i of the table; false: there are no more.  Strings are lent by the snapshot or the table. */
bool show_option(const struct conf *, size_t i, struct show_option *);
/* By name; false: no such option. */
bool show_find(const struct conf *, struct cp_str name, struct show_option *);
enum show_source show_source(struct cp_str where); /* of a node's place */
const char *show_source_name(
    enum show_source); /* "built-in", "managed", "file", "environment", "command line" */
/*
 * The whole as the text of one file that reads back as the same (once secrets are filled in): what is said, each line
 * followed by its place if is_source, and what is built in as comments if is_all.
 */
void show_text(const struct conf *, bool is_source, bool is_all, struct buf *out);

#endif
