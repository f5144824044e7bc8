/* SPDX-License-Identifier: MIT */
/*
 * loader - find plugins, look at them from outside, dlopen them, refuse with a reason.
 *
 *     trust      owner and mode of the file and its folder         (strict only)
 *     quarantine a file that has crashed the gateway is not even opened
 *     preflight  another process loads it and tries it on a sample
 *     dlopen     RTLD_NOW: a missing symbol is told now, not in a request
 *     abi1       magic, major, minor, size: read, nothing is called
 *     load()     the first call into it
 *
 * A file that was replaced is opened beside the mapping of the one before.  dlopen() knows libraries by the name that it was
 * given first (glibc 2.36, elf/dl-load.c, _dl_map_object) and would answer the old one: so the path is spelled in another
 * way, "dir/./x.so", which leads to the same file.  A copy in memory would do as well, but perf, gdb and AppArmor know a
 * mapping by its path, kernels may forbid to run what is in no file (vm.memfd_noexec), and the folder is guarded by its owner.
 * By device and inode it is known a second time: a file that was written over in place cannot be mapped anew, and what is
 * mapped of it is spoilt already.  That is refused; install(1), mv(1), dpkg and linkers lay a new file.
 */
#include "plugin/registry.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/str.h"
#include "plugin/abi1.h"
#include "plugin/preflight.h"
#include "plugin/quarantine.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES = 256 << 20, READ_BYTES = 64 << 10 };

/* ---- from outside ---- */

static bool is_ours(const struct stat *s)
{
    return (s->st_uid == 0 || s->st_uid == geteuid()) && !(s->st_mode & (S_IWGRP | S_IWOTH));
}

static int check_trust(const char *file, struct err *err)
{
    char dir[PATH_MAX];
    struct stat s;

    if (lstat(file, &s))
        return err_set(err, E_IO, file, "%s", strerror(errno));
    if (!S_ISREG(s.st_mode))
        return err_set(err, E_DENIED, file, "it is no regular file");
    if (!is_ours(&s))
        return err_set(err, E_DENIED, file,
                       "others may write it, or it is not root's nor ours (--lax allows that)");
    const char *slash = strrchr(file, '/');
    snprintf(dir, sizeof(dir), "%.*s", slash > file ? (int)(slash - file) : 1,
             slash ? file : ".");
    if (stat(dir, &s) || !is_ours(&s))
        return err_set(err, E_DENIED, dir,
                       "others may write it, or it is not root's nor ours (--lax allows that)");
    return 0;
}

static int64_t ns_of(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int loader_stamp(const char *file, struct stamp *stamp, struct err *err)
{
    struct stat s;

    if (stat(file, &s))
        return err_set(err, E_IO, file, "%s", strerror(errno));
    *stamp =
        (struct stamp){ s.st_dev, s.st_ino, s.st_size, ns_of(s.st_ctim), ns_of(s.st_mtim) };
    return 0;
}

bool stamp_is_same(const struct stamp *a, const struct stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->bytes == b->bytes &&
           a->changed_ns == b->changed_ns && a->written_ns == b->written_ns;
}

static int read_digest(int fd, const char *file, char digest[65], struct err *err)
{
    struct buf all;
    ssize_t n = 1;

    buf_init(&all, FILE_BYTES);
    char *piece = malloc(READ_BYTES);
    while (piece && n > 0 && !buf_failed(&all)) {
        n = read(fd, piece, READ_BYTES);
        if (n > 0)
            buf_add(&all, piece, (size_t)n);
        else if (n < 0 && errno == EINTR)
            n = 1;
    }
    int rc = n < 0              ? err_set(err, E_IO, file, "%s", strerror(errno))
             : buf_failed(&all) ? err_set(err, E_LIMIT, file, "it is too large for a plugin")
                                : 0;
    if (!rc)
        hash_sha256(buf_str(&all), digest);
    free(piece);
    buf_fini(&all);
    return rc;
}

int loader_look(const char *file, enum loader_trust trust, struct stamp *stamp, char digest[65],
                struct err *err)
{
    int rc = trust == LOADER_STRICT ? check_trust(file, err) : 0;

    rc = rc ? rc : loader_stamp(file, stamp, err);
    if (rc)
        return rc;
    int fd =
        open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* nobody waits for a pipe's writer */
    if (fd < 0)
        return err_set(err, E_IO, file, "%s", strerror(errno));
    rc = read_digest(fd, file, digest, err);
    close(fd);
    return rc;
}

/* ---- mapping ---- */

/* Spellings of one path, all different: the number's bits, lowest first, as "./" and "/". */
static bool spell(const char *file, uint32_t number, char out[PATH_MAX])
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    int dir_n = slash ? (int)(slash - file) : 1;
    size_t at = (size_t)snprintf(out, PATH_MAX, "%.*s/", dir_n, slash ? file : ".");

    for (; number && at < PATH_MAX; number >>= 1)
        at += (size_t)snprintf(out + at, PATH_MAX - at, "%s", number & 1 ? "./" : "/");
    if (at < PATH_MAX)
        at += (size_t)snprintf(out + at, PATH_MAX - at, "%s", name);
    return at < PATH_MAX;
}

struct mapped {
    const char *path;
    bool is_there;
};

static int is_that(struct dl_phdr_info *info, size_t size, void *ctx)
{
    struct mapped *m = ctx;
    m->is_there = info->dlpi_name && !strcmp(info->dlpi_name, m->path);
    return m->is_there;
}

static bool is_mapped(const char *path)
{
    struct mapped m = { path, false };
    dl_iterate_phdr(is_that, &m);
    return m.is_there;
}

/* The handle of a mapping of its own; or, in *other, that of one that was there. */
static void *open_as(const char *file, uint32_t number, void **other, struct err *err)
{
    char path[PATH_MAX];

    while (spell(file, number, path) && is_mapped(path))
        number++;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        (void)err_set(err, E_BUG, "dlopen", "%s", dlerror());
        return NULL;
    }
    const struct link_map *map = handle;
    if (!strcmp(map->l_name, path))
        return handle;
    *other = handle;
    return NULL;
}

/*
 * dlopen() remembers each name that led to a file it had, so one that was used long ago may lead to what was there then.  A
 * name that was drawn leads to nothing by chance: if even that finds a mapping, it is the very file's.
 */
static void *open_file(const char *file, struct err *err)
{
    void *other = NULL, *handle = open_as(file, 0, &other, err);
    uint32_t drawn;

    if (handle || !other)
        return handle;
    dlclose(other);
    hash_random(&drawn, sizeof(drawn));
    other = NULL;
    handle = open_as(file, drawn >> 12, &other, err);
    return handle ? handle : other;
}

static int open_plugin(const char *file, void **handle, const struct cp_plugin **plugin,
                       struct err *err)
{
    *handle = open_file(file, err);
    if (!*handle)
        return E_BUG;
    *plugin = dlsym(*handle, "cp_plugin_abi1");
    if (*plugin)
        return 0;
    dlclose(*handle);
    *handle = NULL;
    return err_set(err, E_BUG, "dlsym", "it exports no cp_plugin_abi1");
}

void loader_close(struct module *m)
{
    char path[PATH_MAX];

    if (!m->handle)
        return;
    const struct link_map *map = m->handle;
    snprintf(path, sizeof(path), "%s", map->l_name);
    dlclose(m->handle);
    m->handle = NULL;
    if (is_mapped(path))
        log_msg(CP_LOG_INFO,
                "%s: what was replaced stays in memory until the process ends: the "
                "library was made so",
                m->file);
}

/* ---- trying ---- */

/* In a process of its own: all that the gateway will do, and the sample. */
static int probe(const char *file, struct err *err)
{
    const struct cp_plugin *plugin;
    void *handle;
    int rc = open_plugin(file, &handle, &plugin, err);
    if (rc)
        return rc;
    struct registry *r = registry_new();
    rc = registry_add(r, plugin, file, err);
    for (size_t i = 0; !rc && i < registry_count(r); i++)
        rc = preflight_sample(registry_at(r, i), err);
    const struct depot *d;
    for (size_t i = 0; !rc && (d = registry_store_at(r, i)); i++)
        rc = preflight_sample_store(d, err);
    registry_free(r);
    return rc;
}

void loader_preflight(const char *file, int fd)
{
    preflight_child(probe, file, fd);
}

/* ---- loading ---- */

static struct module *map_module(struct registry *r, const char *file, struct err *err)
{
    const struct cp_plugin *plugin;
    struct cp_plugin full;
    void *handle;

    if (open_plugin(file, &handle, &plugin, err))
        return NULL;
    if (abi1_plugin(plugin, &full, err) || quarantine_meets(r, file, &full, err)) {
        dlclose(handle);
        return NULL;
    }
    struct module *m = module_new(&full, file, handle);
    if (!registry_bring(r, m, err))
        return m;
    module_drop(m);
    dlclose(handle);
    return NULL;
}

struct module *loader_load(struct registry *r, const char *file, const struct stamp *stamp,
                           const char *digest, struct err *err)
{
    struct stamp after;
    int rc = quarantine_check(r, file, digest, err);

    if (!rc)
        rc = r->program ? preflight_spawn(r->program, file, r->preflight_ms, err)
                        : preflight_run(probe, file, r->preflight_ms, err);
    struct module *m = rc ? NULL : map_module(r, file, err);
    if (!m)
        return NULL;
    m->stamp = *stamp;
    snprintf(m->digest, sizeof(m->digest), "%s", digest);
    if (!loader_stamp(file, &after, err) && stamp_is_same(stamp, &after))
        return m;
    (void)err_set(err, E_AGAIN, file, "it changed while it was loaded");
    pthread_mutex_lock(&r->stock->lock);
    m->digest[0] = '\0'; /* nobody can tell what it is */
    m->refs--;
    pthread_mutex_unlock(&r->stock->lock);
    return NULL;
}

int registry_load(struct registry *r, const char *file, enum loader_trust trust,
                  struct err *err)
{
    struct stamp stamp;
    char digest[65];
    int rc = loader_look(file, trust, &stamp, digest, err);
    struct module *m = rc ? NULL : loader_load(r, file, &stamp, digest, err);

    if (!m)
        return err->code;
    rc = registry_take(r, m, err); /* it was new, so its names were looked at */
    return rc;
}

const char *loader_ask(const char *function)
{
    void *at = dlsym(RTLD_DEFAULT, function);
    const char *(*fn)(void) = NULL;

    memcpy(&fn, &at, sizeof(fn)); /* ISO C has no cast between the two; POSIX says this works */
    return fn ? fn() : NULL;
}
