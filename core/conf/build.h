/* SPDX-License-Identifier: MIT */
/*
 * build - what the parts of conf_read() share while a snapshot grows from nodes.
 */
#ifndef CONF_BUILD_H
#define CONF_BUILD_H

#include <stdbool.h>
#include <stddef.h>

#include <claude-proxy/plugin.h>

struct arena;
struct conf;
struct conf_caps;
struct conf_channel;
struct conf_key;
struct conf_report;
struct conf_url;
struct env;
struct map;
struct node;
struct secret;

struct build_file {
    struct cp_str path;
    struct build_file *next;
};

struct build {
    struct conf *conf;
    const struct conf *as; /* whose texts are read instead of files; NULL: files are */
    struct arena *scratch; /* nodes and what else is only needed while building */
    struct env *env;
    struct conf_report *report;
    struct build_file *open_files;      /* already complained of as readable by others */
    const struct node *breaker_minimum; /* that of all channels, if it was said */
    struct map *seen;                   /* said.c: what keys were found behind which nodes */
    const struct node *switches;        /* switches.c; NULL: none */
    bool is_managed_given;              /* a candidate: what it must not say is an error */
};

/* listener.c: root's listen and port to conf->listeners. */
void listener_read_all(struct build *, const struct node *root);
bool listener_is_loopback(struct cp_str address);
bool listener_is_all_loopback(const struct conf *);

/* key.c */
/* "env:NAME", "file:PATH", "credential:NAME": not the secret, but where it stands. */
bool key_is_reference(struct cp_str);
/*
 * Looks "env:", "file:" and "credential:" up and checks what comes out; any other text is itself.
 *
 * is_error  whether a failure is an error or, for something that is switched off, a warning
 * key       in scratch; wiped with it
 * returns   false after a complaint
 */
bool key_look_up(struct build *, const struct node *, bool is_error, struct cp_str *key);
/* A list of strings and groups (prefix "channels.keys.") and a file of lines; both may be NULL. */
void key_read_list(struct build *, const char *prefix, const struct node *list,
                   const struct node *file, bool is_error, struct conf_key **keys, size_t *n);
/* Caps that no key's group has told are preset's. */
void key_settle_caps(struct conf_key *, size_t n, const struct conf_caps *preset);
/* access_key and access_key_file; NULL: neither, or a complaint. */
struct secret *key_read_access(struct build *, const struct node *root);

/* client.c: root's client_keys to conf->clients. */
void client_read_all(struct build *, const struct node *root);

/* channel.c: gives each channel of root that has none an id, as a node; then root's channels to conf->channels. */
void channel_settle_ids(struct build *, const struct node *root);
void channel_read_all(struct build *, const struct node *root);
/* "My Relay (EU)" to "my-relay-eu": what an id is made of; "channel" if nothing is left. */
struct cp_str channel_slug(struct arena *, struct cp_str name);
/* A list of ids of channels, which have been read; unknown ones are complained of and left out. */
const struct cp_str *channel_read_ids(struct build *, const struct node *group,
                                      const char *name, size_t *n);
/* switches.c: root's switches into the groups of its channels, whose ids are settled; then those of keys. */
void switches_lay(struct build *, struct node *root);
void switches_lay_keys(struct build *, const struct conf_channel *, struct conf_key *keys);
/* said.c: remembers what key was found behind a node; then root, without secrets, to conf->said. */
void said_see(struct build *, const struct node *, struct cp_str clear);
void said_keep(struct build *, const struct node *root);
/* scheduler.c: hedging and the common breaker; then a channel's own. */
void scheduler_read(struct build *, const struct node *root);
void scheduler_read_breaker(struct build *, const struct node *, struct conf_channel *);
/* family.c, route.c: root's families and routes; the channels have been read. */
void family_read_all(struct build *, const struct node *root);
void route_read_all(struct build *, const struct node *root);
/* model.c: any number of '*' in pattern, each for any bytes. */
bool model_is_like(struct cp_str pattern, struct cp_str model);
/* member.c: the lists inside a channel. */
void member_read_urls(struct build *, const struct node *, struct conf_channel *);
void member_read_models(struct build *, const struct node *, struct conf_channel *);
void member_read_headers(struct build *, const struct node *, struct conf_channel *);
/* parameter.c: what is set in bodies, and what is left out of them. */
void parameter_read_all(struct build *, const struct node *, struct conf_channel *);
void member_read_options(struct build *, const struct node *, struct conf_channel *);
void member_read_words(struct build *, const struct node *, struct conf_channel *);
/* A list of strings. */
const struct cp_str *member_read_texts(struct build *, const struct node *group,
                                       const char *name, size_t *n);
/* The list of that name; NULL if it is not there or, after a complaint, is none. */
const struct node *member_list(struct build *, const struct node *group, const char *name,
                               const char *example);
/* Else it complains; what: "a channel". */
bool member_is_group(struct build *, const struct node *, const char *what);
size_t member_count(const struct node *list); /* 0 for NULL */

#endif
