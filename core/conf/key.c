/* SPDX-License-Identifier: MIT */
/*
 * key - keys of clients and upstreams: from text, the environment, files or systemd credentials.
 *
 * No message holds a key, nor anything that was read in search of one.  What was read is copied
 * into a struct secret and wiped.
 */
#include "base/arena.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/env.h"
#include "conf/files.h"
#include "conf/node.h"
#include "conf/show.h"
#include "conf/table.h"

enum { KEY_LONGEST = 8192, KEYS_MOST = 10000 };

#define KEY_CAPS_UNSAID                                                                        \
    {                                                                                          \
        -1, -1, -1                                                                             \
    }

static struct cp_str path_of(struct cp_str where)
{
    const char *colon = where.n ? memrchr(where.p, ':', where.n) : NULL;
    return colon ? str_cut(where, (size_t)(colon - where.p)) : where;
}

/* One warning for a file that holds keys and can be read by others. */
static void key_check_file(struct build *b, struct cp_str path)
{
    path = arena_copy(b->scratch, path);
    if (!files_is_open(path))
        return;
    for (const struct build_file *f = b->open_files; f; f = f->next)
        if (str_eq(f->path, path))
            return;
    struct build_file *f = arena_need(b->scratch, sizeof(*f));
    f->path = path;
    f->next = b->open_files;
    b->open_files = f;
    conf_complain(b->report, false, path, "holds a key and can be read by others: %s",
                  files_way_out(path));
}

static bool key_read_file(struct build *b, const struct node *n, struct cp_str path,
                          bool is_error, struct cp_str *text)
{
    struct err err;
    path = files_beside(b->scratch, n->where, path);
    if (files_read(b->scratch, path, FILES_KEY_BYTES, text, &err)) {
        conf_complain(b->report, is_error, n->where, "%.*s %s", STR_FMT(path), err.what);
        return false;
    }
    key_check_file(b, path);
    return true;
}

static bool key_read_credential(struct build *b, const struct node *n, struct cp_str name,
                                bool is_error, struct cp_str *text)
{
    struct cp_str dir = env_get(b->env, "CREDENTIALS_DIRECTORY");
    if (!dir.n || !name.n || str_chr(name, '/') >= 0) {
        conf_complain(
            b->report, is_error, n->where,
            "a credential needs a plain name and $CREDENTIALS_DIRECTORY from systemd");
        return false;
    }
    struct cp_str path = arena_printf(b->scratch, "%.*s/%.*s", STR_FMT(dir), STR_FMT(name));
    struct err err;
    if (files_read(b->scratch, path, FILES_KEY_BYTES, text, &err)) {
        conf_complain(b->report, is_error, n->where, "%.*s %s", STR_FMT(path), err.what);
        return false;
    }
    return true;
}

/* What "env:..." and its like lead to; false after a complaint. */
static bool key_follow(struct build *b, const struct node *n, bool is_error,
                       struct cp_str *text)
{
    if (str_begins(n->text, "env:")) {
        struct cp_str name = str_from(n->text, 4);
        const struct env_var *v = env_find(b->env, name);
        if (v) {
            *text = v->value;
            return true;
        }
        conf_complain(b->report, is_error, n->where, "%.*s is not set in the environment",
                      str_is_token(name) ? (int)name.n : 8,
                      str_is_token(name) ? name.p : "the name");
        return false;
    }
    if (str_begins(n->text, "file:") && show_source(n->where) == SHOW_MANAGED) {
        /* Else who may edit channels could have any file of ours sent to a host of his. */
        conf_complain(b->report, is_error, n->where, "\"file:\" may only be said in a file");
        return false;
    }
    if (str_begins(n->text, "file:"))
        return key_read_file(b, n, str_from(n->text, 5), is_error, text);
    if (str_begins(n->text, "credential:"))
        return key_read_credential(b, n, str_from(n->text, 11), is_error, text);
    *text = n->text;
    if (str_begins(n->where, "command line:"))
        conf_complain(b->report, false, n->where,
                      "a key on the command line is seen by all users");
    else if (n->kind == NODE_STRING)
        key_check_file(b, path_of(n->where));
    return true;
}

static bool key_is_legal(struct cp_str key)
{
    for (size_t i = 0; i < key.n; i++)
        if (key.p[i] <= ' ' || key.p[i] >= 0x7F)
            return false;
    return key.n > 0 && key.n <= KEY_LONGEST;
}

static bool key_check(struct build *b, struct cp_str where, bool is_error, struct cp_str key)
{
    if (key_is_legal(key))
        return true;
    conf_complain(b->report, is_error, where,
                  !key.n ? "a key is empty"
                         : "a key holds a blank, a line end or another byte that no key has");
    return false;
}

bool key_is_reference(struct cp_str text)
{
    return str_begins(text, "env:") || str_begins(text, "file:") ||
           str_begins(text, "credential:");
}

bool key_look_up(struct build *b, const struct node *n, bool is_error, struct cp_str *key)
{
    struct cp_str text;
    if (n->kind != NODE_STRING && n->kind != NODE_TEXT) {
        conf_complain(b->report, true, n->where, "a key must be a string, not %s",
                      node_kind_name(n->kind));
        return false;
    }
    if (!key_follow(b, n, is_error, &text))
        return false;
    bool is_literal = text.p == n->text.p;
    *key = is_literal ? text : str_trim(text);
    if (!key_check(b, n->where, is_error, *key))
        return false;
    said_see(b, n, *key);
    return true;
}

struct keys {
    struct build *b;
    struct map *known; /* ids */
    struct conf_key *list;
    size_t n;
    bool is_error;
};

static void keys_add(struct keys *k, struct cp_str clear, struct cp_str where,
                     struct conf_key key)
{
    if (k->n == KEYS_MOST) {
        conf_complain(k->b->report, true, where, "more than %d keys", KEYS_MOST);
        return;
    }
    secret_id(clear, k->b->conf->install_id, key.id);
    if (map_get(k->known, str_of(key.id))) {
        conf_complain(k->b->report, false, where, "the same key again is left out");
        return;
    }
    key.secret = secret_new(clear);
    k->list[k->n++] = key;
    map_set(k->known, str_of(key.id), k);
}

static void keys_add_node(struct keys *k, const char *prefix, const struct node *n)
{
    struct conf_key key = { .is_enabled = true, .caps = KEY_CAPS_UNSAID };
    struct cp_str clear;
    const struct node *text = n;
    if (n->kind == NODE_GROUP) {
        table_apply(prefix, &key, n, k->b->conf->arena, k->b->report);
        text = node_get(n, "key");
    }
    if (!text)
        conf_complain(k->b->report, true, n->where, "a key's group has no key");
    else if (key_look_up(k->b, text, k->is_error && key.is_enabled, &clear))
        keys_add(k, clear, text->where, key);
}

static void keys_add_lines(struct keys *k, const struct node *file, struct cp_str text)
{
    struct cp_str line;
    while (str_split(&text, '\n', &line) && k->n < KEYS_MOST) {
        line = str_trim(line);
        if (!line.n || line.p[0] == '#')
            continue;
        if (key_check(k->b, file->where, k->is_error, line))
            keys_add(k, line, file->where,
                     (struct conf_key){ .is_enabled = true, .caps = KEY_CAPS_UNSAID });
    }
}

void key_read_list(struct build *b, const char *prefix, const struct node *list,
                   const struct node *file, bool is_error, struct conf_key **keys, size_t *n)
{
    struct cp_str text = STR_NONE;
    if (list && list->kind != NODE_LIST) {
        conf_complain(b->report, true, list->where, "%.*s must be a list: [ \"...\" ]",
                      STR_FMT(list->name));
        list = NULL;
    }
    if (file && file->kind != NODE_STRING)
        conf_complain(b->report, true, file->where, "key_file must be a string");
    else if (file)
        (void)key_read_file(b, file, file->text, is_error, &text); /* has complained */

    size_t most = member_count(list) + (text.n > 0);
    for (size_t i = 0; i < text.n; i++)
        most += text.p[i] == '\n';
    most = most < KEYS_MOST ? most : KEYS_MOST;
    struct keys k = { .b = b, .known = map_new(), .is_error = is_error };
    k.list = arena_need(b->conf->arena, (most + 1) * sizeof(*k.list));
    if (list)
        NODE_EACH(item, list)
    keys_add_node(&k, prefix, item);
    if (text.n)
        keys_add_lines(&k, file, text);
    map_free(k.known);
    node_wipe_text(text);
    *keys = k.list;
    *n = k.n;
}

void key_settle_caps(struct conf_key *keys, size_t n, const struct conf_caps *preset)
{
    for (size_t i = 0; i < n; i++) {
        struct conf_caps *c = &keys[i].caps;
        c->concurrency = c->concurrency < 0 ? preset->concurrency : c->concurrency;
        c->rpm = c->rpm < 0 ? preset->rpm : c->rpm;
        c->tpm = c->tpm < 0 ? preset->tpm : c->tpm;
    }
}

struct secret *key_read_access(struct build *b, const struct node *root)
{
    const struct node *key = node_get(root, "access_key"),
                      *file = node_get(root, "access_key_file");
    struct cp_str clear;
    if (key && file) {
        conf_complain(b->report, true, file->where,
                      "access_key and access_key_file exclude each other");
        return NULL;
    }
    if (key)
        return key_look_up(b, key, true, &clear) ? secret_new(clear) : NULL;
    if (!file)
        return NULL;
    if (file->kind != NODE_STRING && file->kind != NODE_TEXT) {
        conf_complain(b->report, true, file->where, "access_key_file must be a string");
        return NULL;
    }
    struct cp_str text;
    if (!key_read_file(b, file, file->text, true, &text))
        return NULL;
    clear = str_trim(text);
    struct secret *s = key_check(b, file->where, true, clear) ? secret_new(clear) : NULL;
    node_wipe_text(text);
    return s;
}
