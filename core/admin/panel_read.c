/* SPDX-License-Identifier: MIT */
/*
 * panel_read - the panel's files, from the disk into memory.
 *
 * The folder is walked and only what has a type that we know is taken: regular files, and links to such, because
 * distributions link what several packages share.  Links to folders are not followed, nothing is waited for (a pipe), and all has a
 * limit.  It is read as the user that serves, after rights were given up, at the start as in each reload.
 */
#include "admin/panel_private.h"

#include "base/buf.h"
#include "base/folder.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/deflate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_BYTES = 4096,
    NAME_BYTES = 256,
    DEPTH_MOST = 8,
    FILE_BYTES = 1 << 20,
    ALL_BYTES = 16 << 20,
    RATIO_MOST = 100 /* what is packed smaller would be taken for a bomb when it is unpacked */
};

static const struct {
    const char *suffix, *type;
} types[] = {
    /* source: RFC 9239 6: text/javascript for modules, too */
    { ".js", "text/javascript; charset=utf-8" },
    { ".mjs", "text/javascript; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".html", "text/html; charset=utf-8" },
    { ".json", "application/json" },
    { ".svg", "image/svg+xml; charset=utf-8" },
    { ".png", "image/png" },
    { ".webmanifest", "application/manifest+json" },
};

/* What others have made is not copied: it comes from their packages.  source: Debian 12, dpkg -L */
static const struct {
    const char *name, *file, *package;
} borrowed[] = {
    { "vendor/chart.mjs", "chart.js/chart.mjs", "libjs-chart.js" },
    { "vendor/chunks/helpers.segment.mjs", "chart.js/chunks/helpers.segment.mjs",
      "libjs-chart.js" },
    { "vendor/sortable.js", "sortable/Sortable.min.js", "libjs-sortable" },
};

struct reading {
    struct panel *panel;
    size_t bytes; /* of all files, unpacked */
};

static const char *type_of(struct cp_str name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (str_ends(name, types[i].suffix))
            return types[i].type;
    return NULL;
}

/* What needs no escape in an address, and is not hidden. */
static bool is_plain_name(struct cp_str name)
{
    static const char fine[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    for (size_t i = 0; i < name.n; i++)
        if (!memchr(fine, name.p[i], sizeof(fine) - 1))
            return false;
    return name.n && name.p[0] != '.';
}

/* ---- one file ---- */

/* 0, or an errno; ENOENT also for what is no file. */
static int read_file(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc = 0;
    struct stat st;
    char *room;

    if (fd < 0)
        return errno;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        rc = ENOENT;
    else if (st.st_size > FILE_BYTES)
        rc = EFBIG;
    while (!rc && (room = buf_room(out, 64 * 1024))) {
        ssize_t got = read(fd, room, 64 * 1024);
        if (got <= 0) {
            rc = got < 0 ? errno : 0;
            break;
        }
        buf_grew(out, (size_t)got);
    }
    (void)close(fd); /* only read */
    return rc ? rc : buf_failed(out) ? EFBIG : 0;
}

static void file_keep(struct panel_file *f, struct cp_str text)
{
    struct buf packed;
    char hex[65];

    buf_init(&packed, (size_t)4 * FILE_BYTES); /* zlib asks for more than it needs */
    hash_sha256(text, hex);
    memcpy(f->tag, hex, PANEL_TAG_CHARS);
    f->plain_n = text.n;
    f->is_packed =
        !deflate_gzip(text, &packed) && packed.n < text.n && packed.n > text.n / RATIO_MOST;
    struct cp_str kept = f->is_packed ? buf_str(&packed) : text;
    f->bytes = mem_dup(kept.p, kept.n);
    f->n = kept.n;
    buf_fini(&packed);
}

static void panel_add(struct reading *g, const char *name, const char *path, const char *type)
{
    struct panel *p = g->panel;
    struct buf text;

    buf_init(&text, FILE_BYTES + 64 * 1024);
    int rc = read_file(path, &text);
    if (!rc && (p->files_n >= PANEL_FILES || g->bytes + text.n > ALL_BYTES))
        rc = ENOSPC;
    if (rc) {
        log_msg(CP_LOG_WARN, "panel: %s is left out: %s", path,
                rc == ENOSPC ? "there is more than a panel should have" : strerror(rc));
    } else {
        struct panel_file *f = &p->files[p->files_n++];
        g->bytes += text.n;
        f->name = mem_dup(name, strlen(name));
        f->type = type;
        file_keep(f, buf_str(&text));
    }
    buf_fini(&text);
}

/* ---- all of them ---- */

static void walk(struct reading *g, const char *dir, const char *prefix, int depth);

static void walk_one(struct reading *g, const char *dir, const char *prefix,
                     const struct dirent *d, int depth)
{
    char path[PATH_BYTES], name[NAME_BYTES];
    const char *type = type_of(str_of(d->d_name));
    struct stat st;

    if (!is_plain_name(str_of(d->d_name)))
        return;
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, d->d_name) >= sizeof(path) ||
        (size_t)snprintf(name, sizeof(name), "%s%s", prefix, d->d_name) >= sizeof(name) - 1) {
        log_msg(CP_LOG_WARN, "panel: %s/%s is left out: its name is too long", dir, d->d_name);
        return;
    }
    bool is_there = !lstat(path, &st);
    if (is_there && S_ISDIR(st.st_mode)) {
        memcpy(name + strlen(name), "/", 2);
        walk(g, path, name, depth + 1);
    } else if (is_there && type && (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))) {
        panel_add(g, name, path, type);
    }
}

static void walk(struct reading *g, const char *dir, const char *prefix, int depth)
{
    const struct dirent *d;
    DIR *all = depth < DEPTH_MOST ? folder_open(dir) : NULL;

    if (!all) {
        log_msg(CP_LOG_WARN, "panel: the folder %s is left out: %s", dir,
                depth < DEPTH_MOST ? strerror(errno) : "it is too deep");
        return;
    }
    while ((d = readdir(all)))
        walk_one(g, dir, prefix, d, depth);
    (void)closedir(all); /* only read */
}

static const struct panel_file *file_named(const struct panel *p, const char *name)
{
    for (size_t i = 0; i < p->files_n; i++)
        if (!strcmp(p->files[i].name, name))
            return &p->files[i];
    return NULL;
}

/* One line for all that is missing, with what to install. */
static void borrow(struct reading *g, const char *javascript)
{
    char path[PATH_BYTES], missing[512] = "";

    for (size_t i = 0; i < sizeof(borrowed) / sizeof(*borrowed); i++) {
        size_t used = strlen(missing);
        if (file_named(g->panel, borrowed[i].name))
            continue;
        snprintf(path, sizeof(path), "%s/%s", javascript, borrowed[i].file);
        if (!access(path, R_OK))
            panel_add(g, borrowed[i].name, path, type_of(str_of(borrowed[i].name)));
        else
            snprintf(missing + used, sizeof(missing) - used, "%s%s (package %s)",
                     used ? ", " : "", borrowed[i].file, borrowed[i].package);
    }
    if (missing[0])
        log_msg(CP_LOG_WARN,
                "panel: not found in %s: %s; the panel goes on without charts or dragging",
                javascript, missing);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct panel_file *)a)->name, ((const struct panel_file *)b)->name);
}

static void make_version(struct panel *p)
{
    struct buf all;
    char hex[65];

    buf_init(&all, PANEL_FILES * (NAME_BYTES + PANEL_TAG_CHARS + 2));
    for (size_t i = 0; i < p->files_n; i++)
        (void)buf_printf(&all, "%s %s\n", p->files[i].name, p->files[i].tag);
    hash_sha256(buf_str(&all), hex);
    memcpy(p->version, hex, PANEL_VERSION_CHARS);
    buf_fini(&all);
}

/* The page, with the version in the place of each {version}. */
static void make_page(struct panel *p, struct panel_file *page)
{
    struct buf before, out;
    ptrdiff_t at;

    buf_init(&before, page->plain_n);
    buf_init(&out, (size_t)2 * FILE_BYTES);
    panel_unpack(page, &before);
    struct cp_str text = buf_str(&before);
    while ((at = str_find(text, STR("{version}"))) >= 0) {
        buf_add_str(&out, str_cut(text, (size_t)at));
        buf_add_z(&out, p->version);
        text = str_from(text, (size_t)at + sizeof("{version}") - 1);
    }
    buf_add_str(&out, text);
    free(page->bytes);
    file_keep(page, buf_str(&out));
    p->page = page;
    buf_fini(&out);
    buf_fini(&before);
}

static void panel_finish(struct panel *p)
{
    qsort(p->files, p->files_n, sizeof(*p->files), by_name);
    make_version(p);
    p->by_name = map_new();
    for (size_t i = 0; i < p->files_n; i++) {
        if (!strcmp(p->files[i].name, "index.html"))
            make_page(p, &p->files[i]);
        else
            map_set(p->by_name, str_of(p->files[i].name), &p->files[i]);
    }
}

struct panel *panel_read(const struct panel_folders *from)
{
    struct panel *p = mem_new(1, sizeof(*p));
    struct reading g = { p, 0 };

    atomic_init(&p->refs, 1);
    p->files = mem_new(PANEL_FILES, sizeof(*p->files));
    walk(&g, from->www, "", 0);
    if (file_named(p, "index.html")) {
        borrow(&g, from->javascript);
        panel_finish(p);
        return p;
    }
    log_msg(CP_LOG_WARN, "panel: there is no %s/index.html", from->www);
    panel_unref(p);
    return NULL;
}
