/* SPDX-License-Identifier: MIT */
/*
 * first_key - the access key of a gateway that nobody has given one: made at the first start, shown once, kept.
 *
 * It is shown on stderr alone, and only when it is new.  If stderr is systemd's journal it is not shown at all, because a journal
 * is read by more people than a file of 0600: there `claude-proxyctl status` says which file that is.  Where it cannot be kept it
 * holds for this run, and the message says so.
 */
#include "main/first_key.h"

#include "base/buf.h"
#include "base/journal.h"
#include "base/save.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"

#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 4096 };

static bool first_key_keep(const struct conf *c, const char *file, struct err *err)
{
    struct buf text;

    if (!c->state_dir.n)
        return err_set(err, E_ABSENT, "state_dir", "there is no state_dir") == 0;
    save_make_folders(file);
    buf_init(&text, CONF_ACCESS_KEY_MOST);
    (void)buf_printf(&text, "%.*s\n", STR_FMT(secret_show(c->access_key)));
    int rc = save_file(file, buf_str(&text), err);
    explicit_bzero(text.p, text.n);
    buf_fini(&text);
    return rc == 0;
}

/* What is said of a key that was made just now.  file: where it is kept; NULL: nowhere. */
static void first_key_greet(const struct conf *c, int port, const char *file)
{
    if (journal_is_stderr())
        fprintf(
            stderr,
            "claude-proxy: no access key is configured, so one was made; journals are read by "
            "many, so it is not shown here\n");
    else
        fprintf(stderr, "claude-proxy: no access key is configured, so one was made: %.*s\n",
                STR_FMT(secret_show(c->access_key)));
    fprintf(
        stderr,
        "claude-proxy: clients present it at http://127.0.0.1:%d; to have one of your own, set "
        "access_key in claude-proxy.conf\n",
        port);
    if (file)
        fprintf(stderr, "claude-proxy: it is kept in %s and not shown again\n", file);
}

void first_key_tell(const struct conf *c, int port)
{
    struct err err = { 0 };
    char file[PATH_BYTES];

    if (!c->is_access_key_made)
        return;
    snprintf(file, sizeof(file), "%.*s/" CONF_ACCESS_KEY_FILE, STR_FMT(c->state_dir));
    if (c->is_access_key_kept) {
        fprintf(
            stderr,
            "claude-proxy: no access key is configured; the one made at the first start is in "
            "%s\n",
            file);
        return;
    }
    bool is_kept = first_key_keep(c, file, &err);
    first_key_greet(c, port, is_kept ? file : NULL);
    if (!is_kept)
        fprintf(stderr,
                "claude-proxy: it holds for this run only, because it cannot be kept: %s%s%s\n",
                c->state_dir.n ? file : "", c->state_dir.n ? " " : "", err.what);
}
