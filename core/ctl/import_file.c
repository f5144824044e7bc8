/* SPDX-License-Identifier: MIT */
/*
 * import_file - the predecessor's folder as a configuration file, without a gateway.
 *
 * The file becomes the administrator's own, to be read and edited like one that was written by hand.  It is read as the
 * gateway will read it before it is called done; if anything is wrong with it, it is not there.
 */
#include "ctl/import_file.h"

#include "admin/import.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/save.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/files.h"
#include "conf/node.h"
#include "conf/print.h"
#include "ctl/ctl.h"
#include "json/tree.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { REPORT_BYTES = 1 << 20, ARENA_BYTES = 64 << 10 };

#define HEAD                                                                                   \
    "# Taken over from the predecessor's .env and config.json by claude-proxyctl import.\n"    \
    "# claude-proxy.conf(5) says what each line means; it holds keys: leave it to its owner.\n\n"

static bool file_is_free(const char *file)
{
    if (!access(file, F_OK)) {
        ctl_complain("%s is there already: name another file, or import into a running gateway",
                     file);
        return false;
    }
    if (errno == ENOENT)
        return true;
    ctl_complain("%s: %s", file, strerror(errno));
    return false;
}

/* As the gateway will read it, without this user's environment. */
static int file_check(const char *file)
{
    static const char *const nothing[] = { NULL };
    struct buf lines;
    struct conf_report report = { .out = &lines };
    struct conf_source source = {
        .file = file, .env_file = "", .env = nothing, .managed = STR("")
    };
    struct cp_str line;

    buf_init(&lines, REPORT_BYTES);
    struct conf *c = conf_read(&source, &report);
    struct cp_str rest = buf_str(&lines);
    while (!c && str_split(&rest, '\n', &line))
        if (line.n)
            ctl_complain("%.*s", STR_FMT(line));
    bool is_good = c != NULL;
    conf_unref(c);
    buf_fini(&lines);
    return is_good ? CTL_OK : CTL_REFUSED;
}

static int file_write(const char *file, const struct node *root)
{
    struct err err = { 0 };
    struct buf text;

    buf_init(&text, FILES_CONF_BYTES);
    buf_add_z(&text, HEAD);
    print_nodes(root, &text);
    save_make_folders(file);
    int rc = buf_failed(&text) ? err_set(&err, E_LIMIT, file, "would be too large")
                               : save_file(file, buf_str(&text), &err);
    if (rc)
        ctl_complain("%s: %s", err.where, err.what);
    node_wipe_text(buf_str(&text));
    buf_fini(&text);
    rc = rc ? CTL_REFUSED : file_check(file);
    if (rc == CTL_REFUSED)
        (void)unlink(file); /* it may not have come to be */
    return rc;
}

static struct tree *file_answer(struct import *im, const char *file)
{
    struct tree *answer = tree_object();

    tree_put_bool(answer, "dry_run", !file);
    tree_put_int(answer, "channels", (int64_t)im->channels_n);
    tree_put_int(answer, "keys", (int64_t)im->keys_n);
    if (file)
        tree_put_text(answer, "file", str_of(file));
    tree_put(answer, "report", import_fini(im));
    return answer;
}

int import_file(const struct tree *body, const char *file, int64_t wall_ms,
                struct tree **answer)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);
    struct node *root = node_new(arena, NODE_GROUP, STR_NONE, STR("import")),
                *said = node_new(arena, NODE_GROUP, STR_NONE, STR("import"));
    struct import_source source = { tree_as_text(tree_get(body, "env")),
                                    tree_as_text(tree_get(body, "config")), wall_ms };
    struct err err = { 0 };
    struct import im;
    int code = file && !file_is_free(file) ? CTL_REFUSED : CTL_OK;

    *answer = NULL;
    if (!code && import_read(&im, arena, &source, &err)) {
        ctl_complain("%s%s%s", err.where, err.where[0] ? ": " : "", err.what);
        code = CTL_REFUSED;
    } else if (!code) {
        import_lay(&im, root, said, false);
        code = file ? file_write(file, root) : CTL_OK;
        *answer = file_answer(&im, file);
    }
    if (code) {
        tree_free(*answer);
        *answer = NULL;
    }
    node_wipe(root);
    arena_free(arena);
    return code;
}
