/* SPDX-License-Identifier: MIT */
/*
 * run_import - `claude-proxyctl import DIR`: the predecessor's folder, sent whole; what became of it, in three lists.
 *
 * Files are read here and not by the gateway, whose user may have no right to them.  Nothing is ever written there.
 */
#include "base/str.h"
#include "ctl/errand.h"
#include "ctl/glyph.h"
#include "ctl/import_history.h"
#include "ctl/run.h"
#include "ctl/slurp.h"
#include "json/tree.h"

#include <inttypes.h>
#include <stdio.h>

enum { PATH_BYTES = 4096 };

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
    buf_printf(&ctl->out,
               is_dry ? "This was a dry run: %" PRId64 " channels with %" PRId64
                        " keys would come; nothing is changed.\n"
                      : "%" PRId64 " channels with %" PRId64 " keys came over.\n",
               tree_as_int(tree_get(answer, "channels"), 0),
               tree_as_int(tree_get(answer, "keys"), 0));
    if (!is_dry && !ctl->look.is_quiet)
        buf_add_z(&ctl->out, "Next: claude-proxyctl status\n");
}

int run_import(struct ctl *ctl)
{
    const char *dir = args_word(&ctl->args, "DIR");
    bool is_dry = args_has(&ctl->args, "dry-run");
    struct tree *body = tree_object(), *answer = NULL;
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
    tree_put_bool(body, "dry_run", is_dry);
    if (code)
        tree_free(body);
    else
        code = errand_send(ctl, "POST", "/api/import", body, &answer);
    if (!code && answer)
        tell(ctl, answer, is_dry);
    tree_free(answer);
    return code || is_dry ? code : import_history(ctl, dir);
}
