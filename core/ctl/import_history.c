/* SPDX-License-Identifier: MIT */
/*
 * import_history - the predecessor's metrics.db, sent to the gateway's history.
 *
 * The store's plugin can read it, so it is loaded here, under the rights of who calls: the gateway's user may have none to
 * that file.  Its rows go over in pieces, as lines of JSON; what comes twice is there once.
 */
#include "ctl/import_history.h"

#include "admin/history_record.h"
#include "base/buf.h"
#include "base/str.h"
#include "ctl/ctl.h"
#include "ctl/talk.h"
#include "plugin/loader.h"
#include "plugin/vault.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, PIECE_ROWS = 2000, PIECE_BYTES = 3 << 20, PAUSES = 60 };

struct sending {
    struct ctl *ctl;
    struct buf lines;
    uint32_t n;
    int64_t sent;
    int code;
    bool is_left; /* there is nobody to take it, which is fine */
};

/* 429: what was sent before is still being written. */
static int send_piece(struct sending *s)
{
    struct talk_ask ask = { .method = "POST", .target = "/api/history/import" };
    struct err err = { 0 };
    int status = 0, rc = 0;

    ask.body = buf_str(&s->lines);
    for (int i = 0; !rc && i < PAUSES && (!status || status == 429); i++) {
        struct talk_answer answer;
        if (i)
            sleep(1);
        talk_answer_init(&answer);
        rc = talk_ask(s->ctl->talk, &ask, &answer, &err);
        status = answer.status;
        talk_answer_fini(&answer);
    }
    if (!rc && status == 404) {
        ctl_note(s->ctl, "metrics.db was left: the gateway keeps no history (history.store)");
        s->is_left = true;
        s->n = 0;
        buf_clear(&s->lines);
        return CP_E_UNSUPPORTED;
    }
    if (rc || status != 200) {
        ctl_complain("history did not come over: %s",
                     rc ? err.what : "the gateway does not take it now");
        s->code = CTL_REFUSED;
    } else {
        s->sent += s->n;
    }
    s->n = 0;
    buf_clear(&s->lines);
    return s->code;
}

static int add_row(void *ctx, const struct cp_record *r)
{
    struct sending *s = ctx;
    struct buf line;

    buf_init(&line, PIECE_BYTES);
    if (!history_record_line(r, NULL, &line)) {
        buf_add_str(&s->lines, buf_str(&line));
        buf_add_c(&s->lines, '\n');
        s->n++;
    }
    buf_fini(&line);
    return s->n == PIECE_ROWS ? send_piece(s) : 0;
}

static int read_rows(struct sending *s, const char *path, struct err *err)
{
    const char *dir = getenv("CLAUDE_PROXY_PLUGIN_DIR");
    struct registry *r = registry_new();
    char file[PATH_BYTES];

    snprintf(file, sizeof(file), "%s/sqlite.so", dir ? dir : PLUGINDIR);
    int rc = registry_load(r, file, LOADER_STRICT, err);
    const struct depot *d = rc ? NULL : registry_store(r, STR("sqlite"));
    if (d)
        rc = vault_read_other(d, "claude-proxy-go", path, add_row, s, err);
    registry_free(r);
    return rc;
}

int import_history(struct ctl *ctl, const char *dir)
{
    struct sending s = { .ctl = ctl };
    struct err err = { 0 };
    char path[PATH_BYTES];

    snprintf(path, sizeof(path), "%s/.config/metrics.db", dir);
    if (access(path, R_OK) || !ctl->talk)
        return CTL_OK;
    buf_init(&s.lines, (size_t)PIECE_BYTES * 4);
    int rc = read_rows(&s, path, &err);
    if (!rc && !s.code && s.n)
        (void)send_piece(&s);
    buf_fini(&s.lines);
    if (s.is_left || s.code)
        return s.code;
    if (rc)
        ctl_complain("%s: history did not come over: %s", path, err.what);
    else
        ctl_note(ctl, "%" PRId64 " requests of its history are in ours now", s.sent);
    return rc ? CTL_NO_INPUT : CTL_OK;
}
