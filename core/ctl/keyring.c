/* SPDX-License-Identifier: MIT */
/*
 * keyring - keys that are typed or piped in; and what keys and channels have in common: a place in an order, a test.
 */
#include "ctl/keyring.h"

#include "base/str.h"
#include "ctl/errand.h"
#include "ctl/prompt.h"
#include "json/tree.h"

#include <inttypes.h>

/* ---- keys ---- */

int keyring_read(const char *question, struct tree **keys)
{
    struct tree *list = tree_array();
    struct cp_str rest, line;
    struct buf text;

    buf_init(&text, PROMPT_BYTES);
    int code = prompt_read(question, &text);
    for (rest = buf_str(&text); !code && rest.p && str_split(&rest, '\n', &line);) {
        struct tree *key = tree_object();
        line = str_trim(line);
        tree_put_text(key, "key", line.n ? line : STR(""));
        if (line.n)
            tree_append(list, key);
        else
            tree_free(key);
    }
    if (text.n)
        explicit_bzero(text.p, text.n);
    buf_fini(&text);
    if (!code && !tree_count(list)) {
        ctl_complain("a key is needed, on standard input or typed");
        code = CTL_USAGE;
    }
    if (code)
        tree_free(list);
    else
        *keys = list;
    return code;
}

/* ---- a place in an order ---- */

/* The ids of rows with id moved to the place (from 1); NULL: it is not among them. */
static struct tree *moved(const struct tree *rows, struct cp_str id, int64_t place)
{
    struct tree *order = tree_array();
    bool is_there = false;
    size_t n = 0;

    for (size_t i = 0; i < tree_count(rows); i++)
        is_there |= str_eq(tree_as_text(tree_get(tree_at(rows, i), "id")), id);
    for (size_t i = 0; is_there && i < tree_count(rows); i++) {
        struct cp_str other = tree_as_text(tree_get(tree_at(rows, i), "id"));
        if (str_eq(other, id))
            continue;
        if ((int64_t)++n == place) {
            tree_append(order, tree_text(id));
            n++;
        }
        tree_append(order, tree_text(other));
    }
    if (is_there && (int64_t)n < place)
        tree_append(order, tree_text(id));
    if (is_there)
        return order;
    tree_free(order);
    return NULL;
}

int keyring_move(struct ctl *ctl, const struct keyring_place *p)
{
    struct tree *all = NULL, *body = NULL, *order = NULL, *answer = NULL;
    const char *word = args_word(&ctl->args, "PLACE");
    int64_t place = 0;
    int code;

    if (str_int(str_of(word), &place) || place < 1) {
        ctl_complain("PLACE is a number from 1 on, not %s", word);
        return CTL_USAGE;
    }
    code = errand_get(ctl, p->list_target, &all);
    if (!code) {
        order = moved(tree_get(all, p->list), str_of(p->id), place);
        if (!order) {
            ctl_complain("%s: there is no such %s", p->id, p->what);
            code = CTL_REFUSED;
        }
    }
    if (!code) {
        body = tree_object();
        tree_put(body, "order", order);
        code = errand_send(ctl, "POST", p->target, body, &answer);
    }
    if (!code && ctl->look.form != LOOK_TABLE && answer)
        errand_show_tree(ctl, answer, NULL);
    else if (!code && !ctl->look.is_quiet)
        buf_printf(&ctl->out, "%s %s is in place %" PRId64 "\n", p->what, p->id, place);
    tree_free(all);
    tree_free(answer);
    return code;
}

/* ---- tests ---- */

static struct tree *with_model(struct ctl *ctl)
{
    const char *model = args_option(&ctl->args, "model");
    struct tree *body = tree_object();

    if (model)
        tree_put_text(body, "model", str_of(model));
    return body;
}

/* The upstream's answer is the result: a failed test is exit code 1. */
int keyring_test(struct ctl *ctl, const char *target)
{
    struct tree *answer = NULL;
    int code = errand_send(ctl, "POST", target, with_model(ctl), &answer);

    if (!code && answer)
        errand_show_tree(ctl, answer, NULL);
    const struct tree *success = view_at(answer, "success|ok");
    if (!code && success && !tree_as_bool(success))
        code = CTL_REFUSED;
    tree_free(answer);
    return code;
}
