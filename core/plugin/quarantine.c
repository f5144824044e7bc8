/* SPDX-License-Identifier: MIT */
/*
 * quarantine - who has crashed the gateway three times in ten minutes stays out, until another file or a person says otherwise.
 *
 * The crash handler leaves a line for each crash (breadcrumb.c).  A start that finds three of the last ten minutes against one
 * plugin, later than its file was laid there, goes without it and writes that down in "quarantine" beside them:
 *
 *     held 1763845020 acme SHA256 chat,responses - /usr/lib/.../acme.so
 *     freed 1763848620 acme
 *
 * What is held is the file's content, so a mended one is let in without a word, and one that only crashes now and then does not
 * come back by waiting.  Which dialects and stores it had is written down, too: a file in quarantine is not even opened, and
 * its channels are told apart from those whose dialect nobody knows.
 */
#include "plugin/quarantine.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/save.h"
#include "base/str.h"
#include "plugin/abi1.h"
#include "plugin/breadcrumb.h"
#include "plugin/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    TIMES = 3,
    SPAN_S = 600,
    LIST_BYTES = 64 << 10,
    ENTRIES = REGISTRY_PLUGINS,
    NAMES_BYTES = 1024,
    WHY_BYTES = 512
};

bool quarantine_is_due(const char *breadcrumb_file, struct cp_str plugin, int64_t not_before_s,
                       int64_t wall_ms)
{
    int64_t since_s = wall_ms / 1000 - SPAN_S;

    if (since_s < not_before_s)
        since_s = not_before_s;
    return breadcrumb_count(breadcrumb_file, plugin, since_s) >= TIMES;
}

/* ---- the list ---- */

struct entry {
    bool is_held;
    int64_t at_s;
    struct cp_str name, digest, dialects, stores, file; /* of the text */
};

struct list {
    struct buf text;
    struct entry entries[ENTRIES]; /* one a name: the last that was said */
    uint32_t n;
};

static void list_path(const char *breadcrumb_file, char out[PATH_MAX])
{
    const char *slash = strrchr(breadcrumb_file, '/');
    int n = slash ? (int)(slash - breadcrumb_file) : 1;

    snprintf(out, PATH_MAX, "%.*s/quarantine", n, slash ? breadcrumb_file : ".");
}

static struct cp_str none_of(struct cp_str s)
{
    return str_is(s, "-") ? STR("") : s;
}

static bool entry_read(struct cp_str line, struct entry *e)
{
    struct cp_str word, at;

    *e = (struct entry){ 0 };
    if (!str_split(&line, ' ', &word) || !str_split(&line, ' ', &at) || str_int(at, &e->at_s) ||
        !str_split(&line, ' ', &e->name))
        return false;
    e->is_held = str_is(word, "held");
    if (!e->is_held)
        return str_is(word, "freed");
    if (!str_split(&line, ' ', &e->digest) || !str_split(&line, ' ', &e->dialects) ||
        !str_split(&line, ' ', &e->stores))
        return false;
    e->dialects = none_of(e->dialects);
    e->stores = none_of(e->stores);
    e->file = line; /* it may have blanks */
    return true;
}

static struct entry *list_find(struct list *l, struct cp_str name)
{
    for (uint32_t i = 0; i < l->n; i++)
        if (str_eq(l->entries[i].name, name))
            return &l->entries[i];
    return NULL;
}

static void list_put(struct list *l, const struct entry *e)
{
    struct entry *known = list_find(l, e->name);

    if (known)
        *known = *e;
    else if (l->n < ENTRIES)
        l->entries[l->n++] = *e;
}

/* What cannot be read is empty: a list that is damaged keeps nobody out. */
static void list_read(struct list *l, const char *breadcrumb_file)
{
    char path[PATH_MAX];
    struct cp_str rest, line;
    struct entry e;
    ssize_t n;

    l->n = 0;
    buf_init(&l->text, LIST_BYTES);
    list_path(breadcrumb_file, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    char *room = fd < 0 ? NULL : buf_room(&l->text, LIST_BYTES);
    if (room && (n = read(fd, room, LIST_BYTES)) > 0)
        buf_grew(&l->text, (size_t)n);
    if (fd >= 0)
        close(fd);
    rest = buf_str(&l->text);
    while (rest.n && str_split(&rest, '\n', &line))
        if (entry_read(line, &e))
            list_put(l, &e);
}

static void put_or_dash(struct buf *b, struct cp_str s)
{
    buf_add_str(b, s.n ? s : STR("-"));
    buf_add_c(b, ' ');
}

static int list_write(const struct list *l, const char *breadcrumb_file, struct err *err)
{
    char path[PATH_MAX];
    struct buf text;

    buf_init(&text, LIST_BYTES);
    for (uint32_t i = 0; i < l->n; i++) {
        const struct entry *e = &l->entries[i];
        buf_printf(&text, "%s %lld %.*s", e->is_held ? "held" : "freed", (long long)e->at_s,
                   STR_FMT(e->name));
        if (e->is_held) {
            buf_add_c(&text, ' ');
            put_or_dash(&text, e->digest);
            put_or_dash(&text, e->dialects);
            put_or_dash(&text, e->stores);
            buf_add_str(&text, e->file);
        }
        buf_add_c(&text, '\n');
    }
    list_path(breadcrumb_file, path);
    int rc = buf_failed(&text) ? err_set(err, E_LIMIT, path, "it is full")
                               : save_file(path, buf_str(&text), err);
    buf_fini(&text);
    return rc;
}

/* ---- who is out ---- */

static int refuse(struct registry *r, struct registry_absent *a, struct err *err)
{
    static const char why[] =
        "in quarantine: it crashed the gateway three times in ten minutes; lay "
        "a mended file there and reload, or: claude-proxyctl plugin release";
    char text[WHY_BYTES];

    snprintf(text, sizeof(text), "%s %s", why, a->name);
    a->why = text;
    a->is_quarantined = true;
    registry_note_absent(r, a);
    return err_set(err, E_DENIED, a->file, "%s", text);
}

int quarantine_check(struct registry *r, const char *file, const char *digest, struct err *err)
{
    struct list l;
    int rc = 0;

    if (!r->breadcrumb_file)
        return 0;
    list_read(&l, r->breadcrumb_file);
    for (uint32_t i = 0; !rc && i < l.n; i++) {
        const struct entry *e = &l.entries[i];
        char name[64], dialects[NAMES_BYTES], stores[NAMES_BYTES];
        if (!e->is_held || !str_is(e->digest, digest))
            continue;
        snprintf(name, sizeof(name), "%.*s", STR_FMT(e->name));
        snprintf(dialects, sizeof(dialects), "%.*s", STR_FMT(e->dialects));
        snprintf(stores, sizeof(stores), "%.*s", STR_FMT(e->stores));
        struct registry_absent a = { .file = file,
                                     .name = name,
                                     .dialects = dialects,
                                     .stores = stores,
                                     .digest = digest,
                                     .since_ms = e->at_s * 1000 };
        rc = refuse(r, &a, err);
    }
    buf_fini(&l.text);
    return rc;
}

static void add_name(char *out, size_t *at, const char *name)
{
    if (*at < NAMES_BYTES)
        *at += (size_t)snprintf(out + *at, NAMES_BYTES - *at, "%s%s", *at ? "," : "", name);
}

/* Only reads what the plugin's tables say. */
static void list_names(const struct cp_plugin *p, char *dialects, char *stores)
{
    struct cp_adapter a;
    struct cp_store s;
    struct err err = { 0 };
    size_t at = 0;

    dialects[0] = stores[0] = '\0';
    for (uint32_t i = 0; i < p->adapters_n; i++)
        if (!abi1_adapter(p->adapters[i], &a, &err)) {
            add_name(dialects, &at, a.dialect);
            abi1_adapter_free(&a);
        }
    at = 0;
    for (uint32_t i = 0; i < p->stores_n; i++)
        if (!abi1_store(p->stores[i], &s, &err)) {
            add_name(stores, &at, s.name);
            abi1_store_free(&s);
        }
}

static int64_t freed_s(const char *breadcrumb_file, const char *plugin)
{
    struct list l;

    list_read(&l, breadcrumb_file);
    const struct entry *e = list_find(&l, str_of(plugin));
    int64_t at_s = e && !e->is_held ? e->at_s : 0;
    buf_fini(&l.text);
    return at_s;
}

int quarantine_meets(struct registry *r, const char *file, const struct cp_plugin *p,
                     struct err *err)
{
    char dialects[NAMES_BYTES], stores[NAMES_BYTES], digest[65];
    struct stamp stamp;

    if (!r->breadcrumb_file || loader_stamp(file, &stamp, err))
        return 0;
    int64_t from_s = freed_s(r->breadcrumb_file, p->name) + 1;
    if (from_s < stamp.changed_ns / 1000000000)
        from_s = stamp.changed_ns / 1000000000;
    if (!quarantine_is_due(r->breadcrumb_file, str_of(p->name), from_s, clock_wall_ms()) ||
        loader_look(file, LOADER_LAX, &stamp, digest, err))
        return 0;
    list_names(p, dialects, stores);
    struct registry_absent a = { .file = file,
                                 .name = p->name,
                                 .dialects = dialects,
                                 .stores = stores,
                                 .digest = digest,
                                 .since_ms = clock_wall_ms() };
    return refuse(r, &a, err);
}

int registry_keep_quarantine(const struct registry *r, struct err *err)
{
    struct list l;
    int rc = 0;
    bool is_other = false;

    if (!r->breadcrumb_file)
        return 0;
    list_read(&l, r->breadcrumb_file);
    for (uint32_t i = 0; i < r->absent_n; i++) {
        const struct registry_absent *a = &r->absent[i];
        const struct entry *known = list_find(&l, str_of(a->name));
        if (!a->is_quarantined || (known && known->is_held && str_is(known->digest, a->digest)))
            continue;
        list_put(&l,
                 &(struct entry){ true, a->since_ms / 1000, str_of(a->name), str_of(a->digest),
                                  str_of(a->dialects), str_of(a->stores), str_of(a->file) });
        is_other = true;
    }
    if (is_other)
        rc = list_write(&l, r->breadcrumb_file, err);
    buf_fini(&l.text);
    return rc;
}

int registry_release(const struct registry *r, struct cp_str plugin, int64_t wall_ms,
                     struct err *err)
{
    struct list l;
    int rc;

    if (!r->breadcrumb_file)
        return err_set(err, E_ABSENT, "quarantine", "there is no state folder, so none");
    list_read(&l, r->breadcrumb_file);
    struct entry *e = list_find(&l, plugin);
    if (e && e->is_held) {
        *e = (struct entry){ .at_s = wall_ms / 1000, .name = e->name };
        rc = list_write(&l, r->breadcrumb_file, err);
    } else {
        rc = err_set(err, E_ABSENT, "quarantine", "%.*s is not in quarantine",
                     STR_FMT(str_cut(plugin, 64)));
    }
    buf_fini(&l.text);
    return rc;
}
