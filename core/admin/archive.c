/* SPDX-License-Identifier: MIT */
/*
 * archive - managed.conf on the disk: the current text, the generations before it, and the lock of their folder.
 *
 * A change writes the generation first and managed.conf second, so the file that counts is replaced in one step, and what is
 * kept beside it never knows less.  Whoever is killed in between leaves a generation that never served; it has been checked
 * like the others and is kept like them.
 */
#include "admin/archive.h"

#include "admin/steward.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/save.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/files.h"
#include "conf/managed.h"
#include "conf/moment.h"
#include "conf/node.h"
#include "conf/print.h"
#include "conf/read.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REPORT_BYTES = 64 << 10, LEFT_S = 60, ARENA_BYTES = 16 << 10 };

/* By what a file is known again. */
struct stamp {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec changed;
};

struct archive {
    struct arena *arena;
    struct cp_str dir; /* absent: there is none */
    char *path;        /* of managed.conf */
    int lock_fd;
    struct arena *held; /* of text and note */
    struct cp_str text;
    struct archive_note note;
    struct stamp stamp;
};

static const char top[] =
    "# What was set through the API, the panel and claude-proxyctl.  claude-proxy writes this file itself and does not\n"
    "# keep what others write into it: options of your own belong into claude-proxy.conf or conf.d, and win over it.\n\n";

/* ---- the folder ---- */

static struct stamp stamp_of(const struct archive *a)
{
    struct stat st;

    if (!a->path || stat(a->path, &st))
        return (struct stamp){ 0 };
    return (struct stamp){ st.st_dev, st.st_ino, st.st_size, st.st_ctim };
}

bool archive_is_stale(const struct archive *a)
{
    struct stamp now = stamp_of(a), was = a->stamp;

    return now.dev != was.dev || now.ino != was.ino || now.size != was.size ||
           now.changed.tv_sec != was.changed.tv_sec ||
           now.changed.tv_nsec != was.changed.tv_nsec;
}

/* Who has it, for the message. */
static int archive_taken(const char *path, struct err *err)
{
    char pid[24] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd < 0 ? 0 : read(fd, pid, sizeof(pid) - 1);

    if (fd >= 0)
        close(fd);
    pid[n > 0 ? strspn(pid, "0123456789") : 0] = '\0';
    return err_set(err, E_AGAIN, path,
                   "another claude-proxy%s%s%s uses this folder; state_dir gives each its own",
                   pid[0] ? " (process " : "", pid, pid[0] ? ")" : "");
}

/* What was handed over holds the lock already, if it is of this folder: then it takes the place of what was opened. */
static void archive_take_over(struct archive *a, int handed_fd)
{
    struct stat was, is;

    if (handed_fd <= 0)
        return;
    if (a->lock_fd < 0 || fstat(handed_fd, &was) || fstat(a->lock_fd, &is) ||
        was.st_dev != is.st_dev || was.st_ino != is.st_ino) {
        close(handed_fd);
        return;
    }
    close(a->lock_fd);
    a->lock_fd = handed_fd;
}

/*
 * A folder that takes no files is locked itself.  Where nothing can be locked at all (some network file systems) nobody
 * is kept out: a gateway that runs is worth more than a rule that cannot be kept.
 */
static int archive_lock(struct archive *a, int handed_fd, struct err *err)
{
    char *path = arena_z(a->arena, arena_printf(a->arena, "%.*s/lock", STR_FMT(a->dir)));
    char pid[24];
    int n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());

    save_make_folders(path);
    a->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool is_file = a->lock_fd >= 0;
    if (!is_file)
        a->lock_fd = open(arena_z(a->arena, a->dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    archive_take_over(a, handed_fd);
    if (a->lock_fd < 0)
        return 0; /* it is not there and cannot be made */
    if (flock(a->lock_fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
        return archive_taken(path, err);
    if (is_file && (ftruncate(a->lock_fd, 0) || pwrite(a->lock_fd, pid, (size_t)n, 0) != n))
        errno = 0; /* only a message is poorer */
    return 0;
}

static char *archive_path(const struct archive *a, struct arena *arena, uint64_t generation)
{
    return arena_z(arena, managed_path(arena, a->dir, generation));
}

int archive_open(struct archive **out, struct cp_str state_dir, int lock_fd, struct err *err)
{
    struct archive *a = mem_new(1, sizeof(*a));
    int rc = 0;

    a->arena = arena_new(ARENA_BYTES, 0);
    a->held = arena_new(ARENA_BYTES, 0);
    a->lock_fd = -1;
    a->text = STR("");
    if (state_dir.n) {
        a->dir = arena_copy(a->arena, state_dir);
        a->path = archive_path(a, a->arena, 0);
        rc = archive_lock(a, lock_fd, err);
    } else if (lock_fd > 0) {
        close(lock_fd);
    }
    if (rc) {
        archive_close(a);
        return rc;
    }
    if (a->path)
        save_sweep(a->path, 0);
    a->stamp = stamp_of(a);
    *out = a;
    return 0;
}

static void archive_forget(struct archive *a)
{
    if (a->text.n)
        node_wipe_text(a->text);
    arena_reset(a->held);
    a->text = STR("");
    a->note = (struct archive_note){ 0 };
}

void archive_close(struct archive *a)
{
    if (!a)
        return;
    archive_forget(a);
    if (a->lock_fd >= 0)
        close(a->lock_fd);
    arena_free(a->held);
    arena_free(a->arena);
    free(a);
}

int archive_lock_fd(const struct archive *a)
{
    return a->lock_fd;
}

struct cp_str archive_text(const struct archive *a)
{
    return a->text;
}

const struct archive_note *archive_note(const struct archive *a)
{
    return &a->note;
}

/* ---- texts ---- */

static uint64_t archive_number(const struct node *head, const char *name)
{
    int64_t value = 0;

    return str_int(node_text(head, name), &value) || value < 0 ? 0 : (uint64_t)value;
}

/* Of all that stands before the note. */
static void archive_sum(struct cp_str text, char out[17])
{
    static const char mark[] = "\n" MANAGED_HEAD " = {";
    char hex[65];
    size_t n = text.n;

    for (size_t i = 0; i + sizeof(mark) <= text.n + 1; i++)
        if (!memcmp(text.p + i, mark, sizeof(mark) - 1))
            n = i + 1; /* the last one */
    hash_sha256(str_cut(text, n), hex);
    snprintf(out, 17, "%.16s", hex);
}

static void archive_take_note(struct arena *arena, struct node *root, struct cp_str text,
                              struct archive_note *note)
{
    struct node *head = node_get(root, MANAGED_HEAD);
    char sum[17];

    *note = (struct archive_note){ .is_changed = true };
    if (!head)
        return;
    archive_sum(text, sum);
    note->generation = archive_number(head, "generation");
    if (moment_parse(node_text(head, "when"), &note->wall_ms))
        note->wall_ms = 0;
    note->who = arena_copy(arena, node_text(head, "who"));
    note->what = arena_copy(arena, node_text(head, "what"));
    note->is_changed = !str_is(node_text(head, "sum"), sum);
    (void)node_set(arena, root, STR(MANAGED_HEAD), STR_NONE, STR_NONE);
}

struct node *archive_parse(struct arena *arena, struct cp_str text, struct archive_note *note,
                           struct buf *said)
{
    struct buf unread;
    struct conf_report report = { .out = said ? said : &unread };

    buf_init(&unread, REPORT_BYTES);
    struct node *root = read_text(arena, STR(MANAGED_FILE), text, &report);
    buf_fini(&unread);
    if (root && report.errors) {
        node_wipe(root);
        root = NULL;
    }
    if (root)
        archive_take_note(arena, root, text, note);
    return root;
}

static void archive_add(struct arena *arena, struct node *group, enum node_kind kind,
                        const char *name, struct cp_str text)
{
    struct node *n = node_new(arena, kind, str_of(name), STR_NONE);

    n->text = text.p ? text : STR("");
    node_append(group, n);
}

void archive_compose(const struct node *root, const struct archive_note *note, struct buf *out)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);
    struct node *tail = node_new(arena, NODE_GROUP, STR_NONE, STR_NONE),
                *head = node_new(arena, NODE_GROUP, STR(MANAGED_HEAD), STR_NONE);
    char when[32], sum[17];

    (void)buf_add_z(out, top);
    print_nodes(root, out);
    archive_sum(buf_str(out), sum);
    clock_rfc3339(note->wall_ms * 1000, when);
    archive_add(arena, head, NODE_INT, "version", arena_printf(arena, "%d", MANAGED_VERSION));
    archive_add(arena, head, NODE_INT, "generation",
                arena_printf(arena, "%" PRIu64, note->generation));
    archive_add(arena, head, NODE_STRING, "when", arena_printf(arena, "%.23sZ", when));
    archive_add(arena, head, NODE_STRING, "who", note->who);
    archive_add(arena, head, NODE_STRING, "what", note->what);
    archive_add(arena, head, NODE_STRING, "sum", str_of(sum));
    node_append(tail, head);
    print_nodes(tail, out);
    (void)buf_add_c(out, '\0'); /* as those of files have */
    out->n -= !buf_failed(out);
    arena_wipe(arena);
}

int archive_read(const struct archive *a, uint64_t generation, struct arena *arena,
                 struct cp_str *text, struct err *err)
{
    if (!a->dir.p)
        return err_set(err, E_ABSENT, MANAGED_FILE, "there is no state_dir");
    return files_read(arena, managed_path(arena, a->dir, generation), FILES_CONF_BYTES, text,
                      err);
}

void archive_load(struct archive *a, struct cp_str text)
{
    struct arena *scratch = arena_new(ARENA_BYTES, 0);
    struct archive_note note = { 0 };

    archive_forget(a);
    a->text = arena_copy(a->held, text);
    struct node *root = text.n ? archive_parse(scratch, a->text, &note, NULL) : NULL;
    if (root)
        node_wipe(root);
    a->note = note;
    a->note.who = arena_copy(a->held, note.who);
    a->note.what = arena_copy(a->held, note.what);
    a->stamp = stamp_of(a);
    arena_wipe(scratch);
}

/* ---- generations ---- */

/* 0: it is no generation's name. */
static uint64_t archive_generation(struct cp_str path)
{
    const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
    int64_t number;
    struct cp_str name = slash ? str_from(path, (size_t)(slash - path.p) + 1) : path;

    if (!str_ends(name, ".conf"))
        return 0;
    name = str_cut(name, name.n - 5);
    while (name.n > 1 && name.p[0] == '0')
        name = str_from(name, 1);
    return str_int(name, &number) || number <= 0 ? 0 : (uint64_t)number;
}

/* The oldest go.  One that is newer than the current one stays: somebody has put an older managed.conf back. */
static void archive_prune(const struct archive *a, uint64_t current)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);
    size_t n = 0, kept = 0;
    struct cp_str *files = managed_list(arena, a->dir, &n);

    for (size_t i = 1; i < n; i++)
        if (archive_generation(files[i]) != current && ++kept > STEWARD_KEPT)
            (void)unlink(arena_z(arena, files[i])); /* the next change tries again */
    arena_wipe(arena);
}

uint64_t archive_next(const struct archive *a)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);
    size_t n = 0;
    struct cp_str *files = a->dir.p ? managed_list(arena, a->dir, &n) : NULL;
    uint64_t newest = n > 1 ? archive_generation(files[1]) : 0;

    arena_wipe(arena);
    return 1 + (newest > a->note.generation ? newest : a->note.generation);
}

int archive_put(struct archive *a, struct cp_str text, uint64_t generation, bool is_quiet,
                struct err *err)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);
    int rc = 0;

    if (!a->dir.p) {
        arena_wipe(arena);
        return err_set(err, E_IO, MANAGED_FILE,
                       "there is no state_dir where it could be written");
    }
    char *kept = archive_path(a, arena, generation);
    if (!is_quiet) {
        save_make_folders(kept);
        rc = save_file(kept, text, err);
    }
    if (!rc) {
        rc = save_file(a->path, text, err);
        if (rc && !is_quiet)
            (void)unlink(kept); /* if it stays, it is a generation that never served */
    }
    if (!rc) {
        archive_load(a, text);
        archive_prune(a, generation);
    }
    arena_wipe(arena);
    return rc;
}

int archive_set_aside(struct archive *a, struct arena *arena, struct cp_str *name,
                      struct err *err)
{
    char when[32];

    clock_rfc3339(clock_wall_us(), when);
    *name = arena_printf(arena, "%s.bad.%.4s%.2s%.2sT%.2s%.2s%.2sZ", a->path, when, when + 5,
                         when + 8, when + 11, when + 14, when + 17);
    return save_set_aside(a->path, name->p, err);
}

void archive_list(const struct archive *a, struct arena *arena, struct archive_note **notes,
                  size_t *n)
{
    size_t files_n = 0;
    struct cp_str *files = a->dir.p ? managed_list(arena, a->dir, &files_n) : NULL;

    *n = 0;
    *notes = arena_need(arena, (files_n + 1) * sizeof(**notes));
    for (size_t i = 1; i < files_n; i++) {
        struct arena *scratch = arena_new(ARENA_BYTES, 0);
        struct archive_note *note = &(*notes)[*n];
        struct cp_str text;
        uint64_t generation = archive_generation(files[i]);
        struct node *root = files_read(scratch, files[i], FILES_CONF_BYTES, &text, NULL)
                                ? NULL
                                : archive_parse(scratch, text, note, NULL);
        if (root && generation) {
            note->generation = generation;
            note->who = arena_copy(arena, note->who);
            note->what = arena_copy(arena, note->what);
            ++*n;
            node_wipe(root);
            node_wipe_text(text);
        }
        arena_wipe(scratch);
    }
}
