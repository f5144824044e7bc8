/* SPDX-License-Identifier: MIT */
/*
 * run_key - the commands on upstream keys and client keys.
 *
 * What the gateway makes is printed once, alone on its line, so that a script can take it; all else goes to stderr.
 */
#include "base/str.h"
#include "ctl/assign.h"
#include "ctl/errand.h"
#include "ctl/keyring.h"
#include "ctl/run.h"
#include "json/tree.h"

#include <inttypes.h>

enum { TARGET_BYTES = 4096 };

/* "/api/channels/ID/keys", "/KEY" if the command has one, and what follows. */
static int key_target(struct ctl *ctl, bool has_key, const char *more, struct buf *out)
{
    buf_init(out, TARGET_BYTES);
    buf_add_z(out, "/api/channels/");
    errand_escape(out, str_of(args_word(&ctl->args, "CHANNEL")));
    buf_add_z(out, "/keys");
    if (has_key) {
        buf_add_c(out, '/');
        errand_escape(out, str_of(args_word(&ctl->args, "KEY")));
    }
    buf_add(out, more, strlen(more) + 1);
    if (!buf_failed(out))
        return 0;
    ctl_complain("no channel or key has so long a name");
    return CTL_USAGE;
}

/* ---- keys of channels ---- */

/* Keys go one by one: the first that is refused ends it, and those before it are there. */
static int add_each(struct ctl *ctl, const char *target, const struct tree *keys, size_t *added)
{
    const char *label = args_option(&ctl->args, "label");
    int code = 0;

    for (*added = 0; !code && *added < tree_count(keys); *added += !code) {
        struct tree *body = tree_copy(tree_at(keys, *added)), *answer = NULL;
        if (label)
            tree_put_text(body, "label", str_of(label));
        code = errand_send(ctl, "POST", target, body, &answer);
        if (!code && answer && ctl->look.form != LOOK_TABLE)
            errand_show_tree(ctl, answer, NULL);
        tree_free(answer);
    }
    return code;
}

int run_key_add(struct ctl *ctl)
{
    struct tree *keys = NULL;
    struct buf target;
    size_t added = 0;
    int code = key_target(ctl, false, "", &target);

    if (!code)
        code = errand_connect(ctl);
    if (!code)
        code = keyring_read("Key (nothing is shown): ", &keys);
    if (!code) {
        code = add_each(ctl, target.p, keys, &added);
        if (added && ctl->look.form == LOOK_TABLE && !ctl->look.is_quiet)
            buf_printf(&ctl->out, "channel %s has %zu new key%s\n",
                       args_word(&ctl->args, "CHANNEL"), added, added == 1 ? "" : "s");
    }
    tree_free(keys);
    buf_fini(&target);
    return code;
}

int run_key_move(struct ctl *ctl)
{
    struct buf list, target;
    int code = key_target(ctl, false, "", &list);
    int other = key_target(ctl, false, "/reorder", &target);

    if (!code && !other)
        code = keyring_move(ctl, &(struct keyring_place){ .list_target = list.p,
                                                          .list = "keys",
                                                          .target = target.p,
                                                          .id = args_word(&ctl->args, "KEY"),
                                                          .what = "key" });
    buf_fini(&list);
    buf_fini(&target);
    return code ? code : other;
}

int run_key_switch(struct ctl *ctl)
{
    bool is_on = strstr(ctl->args.command->words, "enable") != NULL;
    struct tree *body = NULL, *answer = NULL;
    struct buf target;
    int code = key_target(ctl, true, "", &target);

    if (!code) {
        body = tree_object();
        tree_put_bool(body, "enabled", is_on);
        code = errand_send(ctl, "PATCH", target.p, body, &answer);
    }
    if (!code && answer && ctl->look.form != LOOK_TABLE)
        errand_show_tree(ctl, answer, NULL);
    else if (!code && !ctl->look.is_quiet)
        buf_printf(&ctl->out, "key %s is %s\n", args_word(&ctl->args, "KEY"),
                   is_on ? "enabled" : "disabled");
    tree_free(answer);
    buf_fini(&target);
    return code;
}

int run_key_test(struct ctl *ctl)
{
    struct buf target;
    int code = key_target(ctl, true, "/test", &target);

    if (!code)
        code = keyring_test(ctl, target.p);
    buf_fini(&target);
    return code;
}

/* ---- keys of clients ---- */

static void tell_key(struct ctl *ctl, const struct tree *answer)
{
    struct cp_str key = tree_as_text(tree_get(answer, "key"));

    if (ctl->look.form != LOOK_TABLE) {
        errand_show_tree(ctl, answer, NULL);
        return;
    }
    ctl_note(ctl, "client key %.*s; it is shown this once, and only its digest is kept:",
             STR_FMT(tree_as_text(tree_get(answer, "id"))));
    if (str_is_field_value(key))
        buf_printf(&ctl->out, "%.*s\n", STR_FMT(key));
}

int run_client_create(struct ctl *ctl)
{
    struct tree *body = NULL, *answer = NULL;
    int code = assign_options(ctl, &body);

    if (!code)
        code = errand_send(ctl, "POST", "/api/clients", body, &answer);
    if (!code)
        tell_key(ctl, answer);
    tree_free(answer);
    return code;
}

int run_client_rotate(struct ctl *ctl)
{
    const char *grace = args_option(&ctl->args, "grace");
    struct tree *body = tree_object(), *answer = NULL;
    struct buf target;

    if (grace)
        tree_put_text(body, "grace", str_of(grace));
    buf_init(&target, TARGET_BYTES);
    buf_add_z(&target, "/api/clients/");
    errand_escape(&target, str_of(args_word(&ctl->args, "CLIENT")));
    buf_add(&target, "/rotate", sizeof("/rotate"));
    int code = CTL_USAGE;
    if (buf_failed(&target))
        tree_free(body);
    else
        code = errand_send(ctl, "POST", target.p, body, &answer);
    if (!code)
        tell_key(ctl, answer);
    tree_free(answer);
    buf_fini(&target);
    return code;
}
