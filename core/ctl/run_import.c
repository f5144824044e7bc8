/* SPDX-License-Identifier: MIT */
/*
 * run_import - `claude-proxyctl import DIR`: the predecessor's folder, sent whole; what became of it, in three lists.
 *
 * Files are read here and not by the gateway, whose user may have no right to them.  Nothing is ever written there.  Where no
 * gateway runs a dry run is done here, and --to makes a configuration file of it.
 */
#include "base/str.h"
#include "ctl/errand.h"
#include "ctl/glyph.h"
#include "ctl/import_file.h"
#include "ctl/import_history.h"
#include "ctl/run.h"
#include "ctl/slurp.h"
#include "json/tree.h"

#include <inttypes.h>
#include <stdio.h>

enum { PATH_BYTES = 4096 };

#define NEXT_STATUS "Next: claude-proxyctl status\n"
#define NEXT_RESTART                                                                           \
    "Next: end the gateway and start it again (systemctl restart claude-proxy), then "         \
    "claude-proxyctl status\n"

/* A file of the folder becomes a member; *n counts those that are there. */
static int put_file(struct tree *body, const char *dir, const char *file, const char *member,
                    size_t *n)
{
    char path[PATH_BYTES];
    bool is_there = false;
    struct buf text;

    if (tree_get(body, member))
        return 0;
    buf_init(&text, SLURP_BYTES);
    snprintf(path, sizeof(path), "%s/%s", dir, file);
    int code = slurp_maybe(path, &text, &is_there);
    if (!code && is_there) {
        tree_put_text(body, member, text.n ? buf_str(&text) : STR(""));
        (*n)++;
    }
    if (text.n)
        explicit_bzero(text.p, text.n);
    buf_fini(&text);
    return code;
}

static void add_list(struct ctl *ctl, const struct tree *report, const char *member,
                     const char *title)
{
    const struct tree *list = tree_get(report, member);

    if (!tree_count(list))
        return;
    buf_printf(&ctl->out, "%s%s%s\n", look_colour(&ctl->look, LOOK_STRONG), title,
               look_colour(&ctl->look, LOOK_PLAIN));
    for (size_t i = 0; i < tree_count(list); i++) {
        buf_add_z(&ctl->out, "  ");
        glyph_add(&ctl->out, tree_as_text(tree_at(list, i)));
        buf_add_c(&ctl->out, '\n');
    }
}

static bool needs_restart(const struct tree *answer)
{
    const struct tree *list = tree_get(answer, "warnings");

    for (size_t i = 0; i < tree_count(list); i++)
        if (str_find(tree_as_text(tree_at(list, i)), STR(" takes a restart")) >= 0)
            return true;
    return false;
}

static void tell_end(struct ctl *ctl, const struct tree *answer, bool is_dry)
{
    struct cp_str file = tree_as_text(tree_get(answer, "file"));
    int64_t channels = tree_as_int(tree_get(answer, "channels"), 0),
            keys = tree_as_int(tree_get(answer, "keys"), 0);

    buf_printf(&ctl->out, "%" PRId64 " channel%s with %" PRId64 " key%s ", channels,
               channels == 1 ? "" : "s", keys, keys == 1 ? "" : "s");
    if (is_dry) {
        buf_add_z(&ctl->out, "would come; this was a dry run, nothing is changed.\n");
        return;
    }
    if (!file.n) {
        buf_add_z(&ctl->out, "came over.\n");
        if (!ctl->look.is_quiet)
            buf_add_z(&ctl->out, needs_restart(answer) ? NEXT_RESTART : NEXT_STATUS);
        return;
    }
    buf_add_z(&ctl->out, "are in ");
    glyph_add(&ctl->out, file);
    buf_add_z(&ctl->out, ".\n");
    if (ctl->look.is_quiet)
        return;
    buf_add_z(&ctl->out, "Next: claude-proxy -c ");
    glyph_add(&ctl->out, file);
    buf_add_z(&ctl->out, "\n  and while it runs: claude-proxyctl import ");
    glyph_add(&ctl->out, str_of(args_word(&ctl->args, "DIR")));
    buf_add_z(&ctl->out, " brings the history of its requests along\n");
}

static void tell(struct ctl *ctl, const struct tree *answer, bool is_dry)
{
    const struct tree *report = tree_get(answer, "report");

    if (ctl->look.form != LOOK_TABLE) {
        errand_show_tree(ctl, answer, NULL);
        return;
    }
    add_list(ctl, report, "taken", "Taken as it was:");
    add_list(ctl, report, "changed", "Changed:");
    add_list(ctl, report, "not_supported", "Not taken:");
    add_list(ctl, answer, "warnings", "Mind:");
    tell_end(ctl, answer, is_dry);
}

/* The folder's files as the API wants them. */
static int read_folder(struct tree *body, const char *dir)
{
    size_t n = 0;
    int code = put_file(body, dir, ".env", "env", &n);

    if (!code)
        code = put_file(body, dir, ".config/config.json", "config", &n);
    if (!code)
        code = put_file(body, dir, "config.json", "config", &n);
    if (!code && !n) {
        ctl_complain("%s: there is neither .env nor .config/config.json in it", dir);
        code = CTL_NO_INPUT;
    }
    return code;
}

/* Nobody was named, and nobody is where a gateway is looked for. */
static bool is_nobody_there(struct ctl *ctl)
{
    const struct where_wish *wish = &ctl->wish;

    if (wish->socket || wish->url)
        return false;
    bool is_nobody = where_find(&ctl->where, wish, NULL) == E_ABSENT;
    explicit_bzero(ctl->where.key, sizeof(ctl->where.key));
    return is_nobody;
}

/* body: taken. */
static int send_folder(struct ctl *ctl, struct tree *body, bool is_dry)
{
    const char *dir = args_word(&ctl->args, "DIR");
    struct tree *answer = NULL;

    tree_put_bool(body, "dry_run", is_dry);
    int code = errand_send(ctl, "POST", "/api/import", body, &answer);
    if (code == CTL_NO_DAEMON)
        ctl_complain("  or make a configuration file of it: claude-proxyctl import %s --to "
                     "~/.config/claude-proxy/claude-proxy.conf",
                     dir);
    if (!code && answer)
        tell(ctl, answer, is_dry);
    tree_free(answer);
    return code || is_dry ? code : import_history(ctl, dir);
}

int run_import(struct ctl *ctl)
{
    const char *file = args_option(&ctl->args, "to");
    bool is_dry = args_has(&ctl->args, "dry-run");
    struct tree *body = tree_object(), *answer = NULL;
    int code = read_folder(body, args_word(&ctl->args, "DIR"));

    if (!code && !file && !(is_dry && is_nobody_there(ctl)))
        return send_folder(ctl, body, is_dry);
    if (!code)
        code = import_file(body, is_dry ? NULL : file, ctl->wall_ms, &answer);
    if (!code)
        tell(ctl, answer, is_dry);
    tree_free(answer);
    tree_free(body);
    return code;
}
