/* SPDX-License-Identifier: MIT */
/*
 * run_passwd - `claude-proxyctl passwd`: the administration's password, of which only the hash leaves this program.
 */
#include "admin/password.h"
#include "base/str.h"
#include "ctl/errand.h"
#include "ctl/prompt.h"
#include "ctl/run.h"
#include "json/tree.h"

/* From a terminal it is asked twice; else it is the first line. */
static int read_password(struct buf *out)
{
    struct buf again;
    int code = prompt_read("New password: ", out);

    if (code)
        return code;
    if (!prompt_is_terminal()) {
        struct cp_str rest = buf_str(out), line = STR_NONE;
        (void)str_split(&rest, '\n', &line);
        out->n = str_ends(line, "\r") ? line.n - 1 : line.n;
    } else {
        buf_init(&again, PROMPT_BYTES);
        code = prompt_read("Again: ", &again);
        if (!code && !str_eq(buf_str(out), buf_str(&again))) {
            ctl_complain("the two are not the same; nothing is changed");
            code = CTL_USAGE;
        }
        if (again.n)
            explicit_bzero(again.p, again.n);
        buf_fini(&again);
    }
    if (!code && !out->n) {
        ctl_complain("an empty password would let everybody in; --remove takes it away");
        code = CTL_USAGE;
    }
    return code;
}

static int store_password(struct ctl *ctl, const char *hash)
{
    struct tree *body = tree_object(), *answer = NULL;

    if (hash)
        tree_put_text(body, "admin_password", str_of(hash));
    else
        tree_put(body, "admin_password", tree_null());
    int code = errand_send(ctl, "PATCH", "/api/settings", body, &answer);
    tree_free(answer);
    if (!code && !ctl->look.is_quiet)
        buf_printf(&ctl->out,
                   hash ? "the password is set: client keys open /v1 only from now on\n"
                        : "the password is removed\n");
    return code;
}

int run_passwd(struct ctl *ctl)
{
    bool is_printed = args_has(&ctl->args, "print");
    char hash[PASSWORD_HASH_BYTES] = "";
    struct err err = { 0 };
    struct buf password;
    int code = is_printed ? 0 : errand_connect(ctl);

    if (args_has(&ctl->args, "remove"))
        return code ? code : store_password(ctl, NULL);
    buf_init(&password, PROMPT_BYTES);
    if (!code)
        code = read_password(&password);
    if (!code && password_hash(buf_str(&password), hash, &err)) {
        ctl_complain("%s", err.what);
        code = CTL_REFUSED;
    }
    if (!code && is_printed)
        buf_printf(&ctl->out, "%s\n", hash);
    else if (!code)
        code = store_password(ctl, hash);
    if (password.n)
        explicit_bzero(password.p, password.n);
    buf_fini(&password);
    return code;
}
