/* SPDX-License-Identifier: MIT */
/*
 * host_json - the "json" service of version 1: core/json behind the plugin's types.
 */
#include "plugin/host.h"

#include "base/str.h"
#include "json/check.h"
#include "json/slice.h"

static struct host_call *host_of(struct cp_call *call)
{
    return (struct host_call *)(void *)call;
}

static struct arena *lent_arena(struct cp_call *call)
{
    struct host_call *hc = host_of(call);
    return hc->scratch ? hc->scratch : hc->arena;
}

/* The core has looked at each frame before a plugin sees it; most plugins ask again, as they should. */
static bool is_checked(const struct host_call *h, struct cp_str text)
{
    return h->checked.p && h->checked.p == text.p && h->checked.n == text.n;
}

static int service_check(struct cp_call *call, struct cp_str text)
{
    if (call && is_checked(host_of(call), text))
        return 0;
    return json_check(text, NULL, call ? &host_of(call)->err : NULL);
}

/* Who only counts members needs neither key nor value. */
static int service_each(struct cp_str list, size_t *at, struct cp_str *key, struct cp_str *v)
{
    struct cp_str unseen;
    return json_each(list, at, key, v ? v : &unseen);
}

static struct cp_str service_text(struct cp_call *call, struct cp_str string)
{
    struct cp_str text = json_text(lent_arena(call), string);
    if (call && text.p && string.p && text.p != string.p + 1)
        ledger_copied(call, text, string);
    return text;
}

static int service_is(struct cp_str v, const char *s)
{
    return json_is(v, s);
}

static struct cp_str service_compact(struct cp_call *call, struct cp_str json)
{
    return json_compact(lent_arena(call), json);
}

/* A string may be absent, which is null. */
static int service_bug(struct cp_out *o)
{
    return out_wrote(o, E_BUG);
}

static int service_open(struct cp_out *o, char bracket)
{
    return out_wrote(o, json_open(&o->json, bracket));
}

static int service_close(struct cp_out *o)
{
    return out_wrote(o, json_close(&o->json));
}

static int service_key(struct cp_out *o, const char *name)
{
    return out_wrote(o, json_key(&o->json, str_of(name)));
}

static int service_string(struct cp_out *o, struct cp_str text)
{
    return text.p && !host_is_text(text) ? service_bug(o)
                                         : out_wrote(o, json_string(&o->json, text));
}

static int service_number(struct cp_out *o, int64_t n)
{
    return out_wrote(o, json_number(&o->json, n));
}

static int service_raw(struct cp_out *o, struct cp_str json)
{
    return host_is_text(json) ? out_wrote(o, json_raw(&o->json, json)) : service_bug(o);
}

static int service_quote_open(struct cp_out *o)
{
    return out_wrote(o, json_quote_open(&o->json));
}

static int service_piece(struct cp_out *o, struct cp_str text)
{
    return host_is_text(text) ? out_wrote(o, json_piece(&o->json, text)) : service_bug(o);
}

static int service_quote_close(struct cp_out *o)
{
    return out_wrote(o, json_quote_close(&o->json));
}

const struct cp_json *host_json(void)
{
    static const struct cp_json table = {
        .size = sizeof(struct cp_json),
        .check = service_check,
        .kind = json_kind,
        .get = json_get,
        .each = service_each,
        .text = service_text,
        .integer = json_int,
        .is = service_is,
        .open = service_open,
        .close = service_close,
        .key = service_key,
        .string = service_string,
        .number = service_number,
        .raw = service_raw,
        .quote_open = service_quote_open,
        .piece = service_piece,
        .quote_close = service_quote_close,
        .compact = service_compact,
    };
    return &table;
}
