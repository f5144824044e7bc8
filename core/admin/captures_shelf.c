/* SPDX-License-Identifier: MIT */
/*
 * captures_shelf - files of captures that are there: of this process or of one before it.
 *
 * All that is told of one stands in its first line and its last; so nothing else needs to be kept.
 */
#include "admin/captures_private.h"

#include "base/clock.h"
#include "base/str.h"
#include "json/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { EDGE_BYTES = 1024 };

/* "20261123T073300-1a2b3c4d" and nothing else: it becomes part of a path. */
bool captures_is_id(struct cp_str id)
{
    if (!id.n || id.n >= CAPTURE_ID_BYTES)
        return false;
    for (size_t i = 0; i < id.n; i++)
        if (!((id.p[i] >= '0' && id.p[i] <= '9') || (id.p[i] >= 'a' && id.p[i] <= 'f') ||
              id.p[i] == 'T' || id.p[i] == '-'))
            return false;
    return true;
}

static void keep(char *to, size_t room, struct cp_str s)
{
    snprintf(to, room, "%.*s", STR_FMT(s));
}

static void read_first(struct cp_str line, struct capture_state *out)
{
    struct tree *t = tree_parse(line, NULL);

    keep(out->channel, sizeof(out->channel), tree_as_text(tree_get(t, "channel")));
    keep(out->client, sizeof(out->client), tree_as_text(tree_get(t, "client")));
    out->has_bodies = tree_as_bool(tree_get(t, "bodies"));
    tree_free(t);
}

/* A process that was killed has written none. */
static void read_last(struct cp_str line, struct capture_state *out)
{
    struct tree *t = tree_parse(line, NULL);
    bool is_over = str_is(tree_as_text(tree_get(t, "what")), "over");

    keep(out->why, sizeof(out->why),
         is_over ? tree_as_text(tree_get(t, "why")) : STR("cut off"));
    out->requests = (uint64_t)tree_as_int(tree_get(t, "requests"), 0);
    out->lost = (uint64_t)tree_as_int(tree_get(t, "lost"), 0);
    tree_free(t);
}

static void read_edges(int fd, off_t size, struct capture_state *out)
{
    char edge[EDGE_BYTES];
    ssize_t n = pread(fd, edge, sizeof(edge), 0);
    struct cp_str text = str_n(edge, n > 0 ? (size_t)n : 0);
    ptrdiff_t end = str_chr(text, '\n');

    read_first(end < 0 ? STR("") : str_cut(text, (size_t)end), out);
    n = pread(fd, edge, sizeof(edge), size > EDGE_BYTES ? size - EDGE_BYTES : 0);
    text = str_trim(str_n(edge, n > 0 ? (size_t)n : 0));
    for (size_t i = text.n; i > 0; i--)
        if (text.p[i - 1] == '\n') {
            text = str_from(text, i);
            break;
        }
    read_last(text, out);
}

/* When it began stands in its name. */
static int64_t began_ms(const char *id)
{
    struct tm tm = { 0 };
    const char *rest = strptime(id, "%Y%m%dT%H%M%S", &tm);

    return rest && *rest == '-' ? (int64_t)timegm(&tm) * 1000 : 0;
}

bool captures_read(const char *dir, struct cp_str id, struct capture_state *out)
{
    struct stat st;

    *out = (struct capture_state){ 0 };
    if (!captures_is_id(id) || !dir[0])
        return false;
    keep(out->id, sizeof(out->id), id);
    int n = snprintf(out->file, sizeof(out->file), "%s/%s.jsonl", dir, out->id);
    int fd = n < (int)sizeof(out->file)
                 ? open(out->file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
                 : -1;
    if (fd < 0)
        return false;
    bool is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (is_file) {
        out->bytes = (uint64_t)st.st_size;
        out->from_ms = began_ms(out->id);
        out->until_ms = (int64_t)st.st_mtime * 1000;
        read_edges(fd, st.st_size, out);
    }
    close(fd);
    return is_file;
}

static int newest_first(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*b)->d_name, (*a)->d_name);
}

static struct cp_str id_of(const char *name)
{
    struct cp_str s = str_of(name);

    return str_ends(s, ".jsonl") ? str_cut(s, s.n - 6) : STR_NONE;
}

static int is_capture(const struct dirent *d)
{
    return captures_is_id(id_of(d->d_name));
}

uint32_t captures_scan(const char *dir, struct capture_state *out, uint32_t most)
{
    struct dirent **names;
    uint32_t found = 0;
    int n = dir[0] ? scandir(dir, &names, is_capture, newest_first) : -1;

    for (int i = 0; i < n; i++) {
        if (found < most && captures_read(dir, id_of(names[i]->d_name), &out[found]))
            found++;
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return found;
}

void captures_sweep(const char *dir, int64_t age_s)
{
    struct dirent **names;
    struct capture_state s;
    int n = dir[0] ? scandir(dir, &names, is_capture, newest_first) : -1;

    for (int i = 0; i < n; i++) {
        if (captures_read(dir, id_of(names[i]->d_name), &s) &&
            s.until_ms < clock_wall_ms() - age_s * 1000)
            (void)unlink(s.file);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
}
