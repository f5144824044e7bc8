/* SPDX-License-Identifier: MIT */
/*
 * original_keys - keys by the predecessor's doors.
 *
 * It wanted a clear key in the path.  That is still understood, because scripts do it, and the key is looked for at once and
 * never repeated; an id or a mask does as well, and stands in nobody's log.
 */
#include "admin/api.h"
#include "admin/channels.h"
#include "admin/original.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "json/tree.h"

/* Absent after failing. */
static struct cp_str key_id(struct api_call *call, const struct conf_channel *c)
{
    const struct conf_key *k = keys_find(c, call->param[2]);

    for (size_t i = 0; !k && i < c->keys_n; i++)
        if (secret_is(c->keys[i].secret, call->param[2]))
            k = &c->keys[i];
    if (!k)
        api_fail(call, 404, "", "API key not found");
    return k ? str_of(k->id) : STR_NONE;
}

static bool key_run(struct api_call *call, const struct conf_channel *c, struct keys_ask *ask,
                    const char *what,
                    int (*apply)(struct channels_edit *, struct node *, struct err *))
{
    const struct setup *now;
    struct channels_edit e = { .call = call,
                               .apply = apply,
                               .with = ask,
                               .id = c->id,
                               .is_quiet = apply == keys_order,
                               .what = arena_printf(call->arena, "channel %.*s: key%s%.*s %s",
                                                    STR_FMT(c->id), ask->key.p ? " " : "",
                                                    STR_FMT(ask->key), what) };

    return channels_run(&e, &now);
}

void original_key_add(struct api_call *call)
{
    struct original_channels o;
    struct tree *body = channels_body(call), *ours = channels_keep(call, tree_object());
    struct keys_ask ask = { .body = ours, .is_old = true };
    const struct conf_channel *c =
        body ? original_find(call, &o, 404, "Upstream not found") : NULL;
    struct cp_str key = str_trim(tree_as_text(tree_get(body, "apiKey")));

    if (!c)
        return;
    if (!key.n)
        api_fail(call, 400, "apiKey", "apiKey is needed");
    for (size_t i = 0; i < c->keys_n; i++)
        if (secret_is(c->keys[i].secret, key))
            api_fail(call, 400, "apiKey", "API key already exists");
    tree_put_text(ours, "key", key);
    if (call->status == 200 && key_run(call, c, &ask, "is new", keys_add))
        api_tell(call, original_said("API key added", true));
}

void original_key_remove(struct api_call *call)
{
    struct original_channels o;
    struct keys_ask ask = { .is_old = true };
    const struct conf_channel *c = original_find(call, &o, 404, "Upstream not found");

    ask.key = c ? key_id(call, c) : STR_NONE;
    if (ask.key.p && key_run(call, c, &ask, "is removed", keys_remove))
        api_tell(call, original_said("API key deleted", true));
}

static void key_move(struct api_call *call, int place)
{
    struct original_channels o;
    struct keys_ask ask = { .place = place, .is_old = true };
    const struct conf_channel *c = original_find(call, &o, 404, "Upstream not found");

    ask.key = c ? key_id(call, c) : STR_NONE;
    if (ask.key.p && key_run(call, c, &ask, place < 0 ? "is first" : "is last", keys_order))
        api_tell(call, original_said("API key moved", true));
}

void original_key_top(struct api_call *call)
{
    key_move(call, -1);
}

void original_key_bottom(struct api_call *call)
{
    key_move(call, 1);
}
