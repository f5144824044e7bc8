/* SPDX-License-Identifier: MIT */
/*
 * table - the table of options: every name once, with its type, default, range and help.
 */
#ifndef CONF_TABLE_H
#define CONF_TABLE_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct arena;
struct conf_entry;
struct conf_report;
struct node;

enum { TABLE_ENV_BYTES = 96 };

/* How the value is stored at conf_entry.place; the base is the struct its prefix belongs to. */
enum table_form {
    TABLE_ELSEWHERE = 0, /* by the code that knows the list it is in */
    TABLE_SIZE = 1,      /* size_t */
    TABLE_I64 = 2,
    TABLE_U32 = 3,
    TABLE_U16 = 4,
    TABLE_I32 = 5,
    TABLE_BOOL = 6,
    TABLE_STR = 7,    /* struct cp_str; absent if empty */
    TABLE_LEVEL = 8,  /* int, CP_LOG_* */
    TABLE_STATUS = 9, /* enum conf_status */
    TABLE_TRI = 10,   /* enum conf_tri */
    TABLE_OFF = 11    /* bool, stored the other way round */
};

const struct conf_entry *table_find(struct cp_str name); /* NULL: no such option */
bool table_is_group(struct cp_str path);                 /* rows stand below it */
/* True if one text can say it outside of a file: a scalar (or "listen") that is in no list. */
bool table_is_settable(const struct conf_entry *);
/* True if CLAUDE_PROXY_... says it: settable, and no name that Kubernetes gives to services. */
bool table_has_env(const struct conf_entry *);
/* "limits.body" to "CLAUDE_PROXY_LIMITS__BODY". */
void table_env_name(const struct conf_entry *, char out[TABLE_ENV_BYTES]);
void table_complain_unknown(struct cp_str name, struct cp_str where, struct conf_report *);
/*
 * Stores the defaults of all entries whose name is prefix and more.
 *
 * prefix  "" for struct conf, "listen." for struct conf_listener, "channels." for struct
 *         conf_channel, "client_keys." for struct conf_client, "channels.keys." for struct conf_key,
 *         "channels.models." for struct conf_model, "channels.headers." for struct conf_header, "families.",
 *         "routes." and "prices." for struct conf_family, conf_route and conf_price
 */
void table_preset(const char *prefix, void *base);
/* Stores what group says over that; complains of unknown names, wrong types and ranges. */
void table_apply(const char *prefix, void *base, const struct node *group, struct arena *,
                 struct conf_report *);

#endif
