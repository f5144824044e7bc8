/* SPDX-License-Identifier: MIT */
/*
 * spend_file - what client keys have spent goes on over a restart: spend.conf in the state folder.
 *
 * The file is replaced as a whole, so a crash in the middle leaves the one before: what was spent since then is lost, and
 * what was spent before it never is.
 */
#include "main/spend_file.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/save.h"
#include "base/str.h"
#include "conf/files.h"
#include "state/purse.h"
#include "state/purse_file.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATH_BYTES = 4096, AGAIN_MS = 60 * 1000, LEFT_S = 3600 };

struct spend_file {
    struct purse_table *purses;
    char path[PATH_BYTES]; /* "": there is nowhere to write */
    uint64_t saved;        /* purse_changes() then */
    int64_t again_ms;      /* after a failure: not before */
    bool is_failing;
};

static void set_aside(const struct spend_file *f, const struct err *err)
{
    char aside[PATH_BYTES + 8];

    snprintf(aside, sizeof(aside), "%s.bad", f->path);
    bool is_moved = save_set_aside(f->path, aside, NULL) == 0;
    log_msg(CP_LOG_ERROR,
            "%s: %s; what client keys have spent is not known, their budgets begin anew; the "
            "file is %s%s",
            err->where, err->what, is_moved ? "now " : "still ", is_moved ? aside : f->path);
}

struct spend_file *spend_file_open(struct purse_table *purses, struct cp_str state_dir,
                                   bool is_known)
{
    struct spend_file *f = mem_new(1, sizeof(*f));
    struct err err = { 0 };

    f->purses = purses;
    if (!state_dir.n || state_dir.n + sizeof("/spend.conf.bad") > sizeof(f->path))
        return f;
    snprintf(f->path, sizeof(f->path), "%.*s/spend.conf", STR_FMT(state_dir));
    save_sweep(f->path, LEFT_S);
    int rc = is_known ? 0 : purse_file_load(purses, f->path, &err);
    if (rc == E_IO)
        log_msg(CP_LOG_ERROR, "%s: %s; what client keys have spent is not known", err.where,
                err.what);
    else if (rc)
        set_aside(f, &err);
    f->saved = purse_changes(purses);
    return f;
}

static int write_file(struct spend_file *f, struct err *err)
{
    struct buf out;

    save_make_folders(f->path);
    buf_init(&out, FILES_CONF_BYTES);
    purse_file_write(f->purses, &out);
    int rc = buf_failed(&out) ? err_set(err, E_LIMIT, f->path, "would be larger than %d bytes",
                                        FILES_CONF_BYTES)
                              : 0;
    if (!rc)
        rc = save_file(f->path, buf_str(&out), err);
    buf_fini(&out);
    return rc;
}

static void spend_file_save(struct spend_file *f)
{
    uint64_t changes = purse_changes(f->purses);
    struct err err = { 0 };

    if (write_file(f, &err)) {
        if (!f->is_failing)
            log_record(CP_LOG_WARN, "save_failed", NULL, 0,
                       "%s: %s; what client keys spend would be lost in a restart", err.where,
                       err.what);
        f->is_failing = true;
        f->again_ms = clock_ms() + AGAIN_MS;
        return;
    }
    if (f->is_failing)
        log_record(CP_LOG_INFO, "save_well", NULL, 0, "%s can be written again", f->path);
    f->is_failing = false;
    f->saved = changes;
}

void spend_file_look(struct spend_file *f)
{
    if (f->path[0] && clock_ms() >= f->again_ms && purse_changes(f->purses) != f->saved)
        spend_file_save(f);
}

void spend_file_forget(struct spend_file *f)
{
    free(f);
}

void spend_file_close(struct spend_file *f)
{
    if (!f)
        return;
    if (f->path[0] && purse_changes(f->purses) != f->saved)
        spend_file_save(f);
    free(f);
}
