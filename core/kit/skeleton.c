/* SPDX-License-Identifier: MIT */
/*
 * skeleton - the folder of a new plugin: the template with another name.
 */
#include "kit/skeleton.h"

#include "base/str.h"
#include "kit/golden.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES = 1024, NAME_MOST = 24, DEPTH_MOST = 6 };

/* What the template calls itself; first what only looks like it. */
static const struct {
    const char *word;
    bool is_own;
} own_words[] = { { "text/plain", false }, { "Plain text", true }, { "plain", true } };

static bool is_name(const char *name)
{
    size_t n = strlen(name);
    bool is_good = n > 0 && n <= NAME_MOST && islower((unsigned char)name[0]);

    for (size_t i = 0; is_good && i < n; i++)
        is_good = islower((unsigned char)name[i]) || isdigit((unsigned char)name[i]);
    return is_good;
}

/* text with name in place of the template's own. */
static void renamed(struct cp_str text, const char *name, struct buf *out)
{
    while (text.n) {
        size_t taken = 1;
        bool is_own = false;
        for (size_t i = 0; taken == 1 && i < sizeof(own_words) / sizeof(*own_words); i++)
            if (str_begins(text, own_words[i].word)) {
                taken = strlen(own_words[i].word);
                is_own = own_words[i].is_own;
            }
        buf_add_str(out, is_own ? str_of(name) : str_cut(text, taken));
        text = str_from(text, taken);
    }
}

static int copy_file(const char *from, const char *to, const char *name, struct err *err)
{
    struct buf text, mine;
    struct stat st;
    int rc = 0;

    buf_init(&text, GOLDEN_BYTES);
    buf_init(&mine, GOLDEN_BYTES);
    if (!golden_read(from, &text) || stat(from, &st))
        rc = err_set(err, E_IO, from, "%s", strerror(errno));
    renamed(buf_str(&text), name, &mine);
    if (!rc && (!golden_write(to, buf_str(&mine)) || chmod(to, st.st_mode & 0755)))
        rc = err_set(err, E_IO, to, "%s", strerror(errno));
    buf_fini(&text);
    buf_fini(&mine);
    return rc;
}

static int is_not_hidden(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static int copy_folder(const char *from, const char *to, const char *name, int depth,
                       struct err *err);

static int copy_one(const char *from, const char *to, const char *name, int depth,
                    struct err *err)
{
    struct stat st;

    if (stat(from, &st))
        return err_set(err, E_IO, from, "%s", strerror(errno));
    return S_ISDIR(st.st_mode) ? copy_folder(from, to, name, depth + 1, err)
                               : copy_file(from, to, name, err);
}

static int copy_entry(const char *from, const char *to, const struct dirent *d,
                      const char *name, int depth, struct err *err)
{
    char source[PATH_BYTES], target[PATH_BYTES];
    struct buf own;

    buf_init(&own, PATH_BYTES);
    renamed(str_of(d->d_name), name, &own);
    snprintf(target, sizeof(target), "%s/%.*s", to, STR_FMT(buf_str(&own)));
    buf_fini(&own);
    if ((size_t)snprintf(source, sizeof(source), "%s/%s", from, d->d_name) >= sizeof(source))
        return err_set(err, E_IO, from, "%s", strerror(ENAMETOOLONG));
    return copy_one(source, target, name, depth, err);
}

static int copy_folder(const char *from, const char *to, const char *name, int depth,
                       struct err *err)
{
    struct dirent **found;
    int rc = 0, n = depth < DEPTH_MOST ? scandir(from, &found, is_not_hidden, alphasort) : -1;

    if (n < 0)
        return err_set(err, E_IO, from, "%s", strerror(errno));
    if (mkdir(to, 0755))
        rc = err_set(err, E_IO, to, "%s", strerror(errno));
    for (int i = 0; i < n; i++) {
        if (!rc)
            rc = copy_entry(from, to, found[i], name, depth, err);
        free(found[i]);
    }
    free(found);
    return rc;
}

int skeleton_write(const char *from, const char *to, const char *name, struct err *err)
{
    if (!is_name(name))
        return err_set(
            err, E_SYNTAX, name,
            "a plugin's name is a letter, then letters and digits, all small, at most %d",
            NAME_MOST);
    return copy_folder(from, to, name, 0, err);
}
