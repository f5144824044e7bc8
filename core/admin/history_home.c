/* SPDX-License-Identifier: MIT */
/*
 * history_home - which channel and key of ours served a request that the predecessor tells of.
 */
#include "admin/history_home.h"

#include <claude-proxy/store.h>

#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"

#include <stdio.h>
#include <string.h>

enum { MASK_BYTES = 24 };

/* Its masks, as of 2.5.11 (2026-01): 8 and 5 characters of long keys, 3 and 2 of those with 6 to 10, none of others. */
static bool home_is_key(const struct conf_key *key, struct cp_str mask)
{
    struct cp_str clear = secret_show(key->secret);
    size_t first = clear.n > 10  ? 8
                   : clear.n > 5 ? 3
                                 : 0,
           last = clear.n > 10  ? 5
                  : clear.n > 5 ? 2
                                : 0;
    char text[MASK_BYTES];

    int n = snprintf(text, sizeof(text), "%.*s***%.*s", (int)first, clear.p, (int)last,
                     clear.p + clear.n - last);
    bool is_it = str_eq(mask, str_n(text, (size_t)n));
    explicit_bzero(text, sizeof(text));
    return is_it;
}

static bool home_has_url(const struct conf_channel *c, struct cp_str text)
{
    bool is_exact = str_ends(text, "#");

    while (text.n && (text.p[text.n - 1] == '#' || text.p[text.n - 1] == '/'))
        text.n--;
    for (size_t i = 0; i < c->urls_n; i++)
        if (c->urls[i].is_exact == is_exact && str_eq(c->urls[i].base, text))
            return true;
    return false;
}

static const struct conf_key *home_key(const struct conf_channel *c, struct cp_str mask)
{
    for (size_t i = 0; i < c->keys_n; i++)
        if (home_is_key(&c->keys[i], mask))
            return &c->keys[i];
    return NULL;
}

void history_home(const struct conf *conf, struct cp_record *r)
{
    const struct conf_channel *found = NULL;
    const struct conf_key *key = NULL;

    for (size_t i = 0; !key && i < conf->channels_n; i++) {
        const struct conf_channel *c = &conf->channels[i];
        if (!conf_serves_family(c, r->family) || !home_has_url(c, r->channel))
            continue;
        found = found ? found : c;
        key = home_key(c, r->key);
        if (key)
            found = c;
    }
    if (found)
        r->channel = found->id;
    if (key)
        r->key = str_of(key->id);
}
