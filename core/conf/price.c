/* SPDX-License-Identifier: MIT */
/*
 * price - what tokens cost, by a table of models with dates.
 *
 * The configuration's own prices go before those of prices_file, which is the table that comes with us or a newer one.
 * Within each: one for this channel before one for any, the longer name before the shorter, the later date before the
 * earlier, and of equal ones the one that stands last.
 *
 * What is asked for a longer prompt hangs on the price for shorter ones: which of the two holds is only known when the
 * tokens are.
 */
#include "conf/price.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/build.h"
#include "conf/conf.h"
#include "conf/files.h"
#include "conf/node.h"
#include "conf/read.h"
#include "conf/table.h"

enum { METERS = 9, PRICES_MOST = 20000, PER_TOKENS = 1000000 };

/* ---- which one ---- */

static size_t price_literal(struct cp_str pattern)
{
    size_t n = 0;

    for (size_t i = 0; i < pattern.n; i++)
        n += pattern.p[i] != '*';
    return n;
}

/* Below 0: a is less to the point than b. */
static int price_order(const struct conf_price *a, const struct conf_price *b)
{
    size_t long_a = price_literal(a->model), long_b = price_literal(b->model);

    if (a->is_own != b->is_own)
        return a->is_own ? 1 : -1;
    if (!a->channel.p != !b->channel.p)
        return a->channel.p ? 1 : -1;
    if (long_a != long_b)
        return long_a > long_b ? 1 : -1;
    if (a->from_wall_ms != b->from_wall_ms)
        return a->from_wall_ms > b->from_wall_ms ? 1 : -1;
    return 0;
}

bool price_fits(const struct conf_price *p, struct cp_str channel, struct cp_str model,
                int64_t wall_ms)
{
    return p->from_wall_ms <= wall_ms && (!p->channel.p || str_eq(p->channel, channel)) &&
           model_is_like(p->model, model);
}

const struct conf_price *price_find(const struct conf *c, struct cp_str channel,
                                    struct cp_str model, int64_t wall_ms)
{
    const struct conf_price *best = NULL;

    for (size_t i = 0; i < c->prices_n; i++) {
        const struct conf_price *p = &c->prices[i];
        if (p->prompt_above || !price_fits(p, channel, model, wall_ms))
            continue;
        if (!best || price_order(p, best) >= 0)
            best = p;
    }
    return best;
}

/* ---- how much ---- */

int64_t price_meter(const struct conf_price *p, int meter)
{
    static const uint8_t same_as[METERS] = {
        [CP_CACHE_READ] = CP_INPUT,        [CP_CACHE_WRITE_5M] = CP_INPUT,
        [CP_INPUT_TOOLS] = CP_INPUT,       [CP_CACHE_WRITE_1H] = CP_CACHE_WRITE_5M,
        [CP_REASONING_TOKENS] = CP_OUTPUT,
    };

    while (p->micro[meter] < 0 && same_as[meter])
        meter = same_as[meter];
    return p->micro[meter] > 0 ? p->micro[meter] : 0;
}

static int64_t price_prompt(const int64_t tokens[METERS])
{
    int64_t prompt = 0;

    for (int i = CP_INPUT; i <= CP_INPUT_TOOLS; i++)
        if (tokens[i] > 0 && __builtin_add_overflow(prompt, tokens[i], &prompt))
            return INT64_MAX;
    return prompt;
}

int64_t price_of(const struct conf_price *p, const int64_t tokens[METERS])
{
    int64_t prompt = price_prompt(tokens);
    unsigned __int128 sum = PER_TOKENS / 2;

    while (p->longer && prompt > p->longer->prompt_above)
        p = p->longer;
    for (int i = CP_INPUT; i < METERS; i++)
        if (tokens[i] > 0)
            sum += (unsigned __int128)tokens[i] * (uint64_t)price_meter(p, i);
    sum /= PER_TOKENS;
    return sum > INT64_MAX ? INT64_MAX : (int64_t)sum;
}

/* ---- reading ---- */

static void price_read(struct build *b, const struct node *n, bool is_own, struct conf_price *p)
{
    *p = (struct conf_price){ .is_own = is_own };
    for (int i = 0; i < METERS; i++)
        p->micro[i] = -1;
    p->where = arena_copy(b->conf->arena, n->where);
    table_preset("prices.", p);
    table_apply("prices.", p, n, b->conf->arena, b->report);
    if (!p->model.n)
        conf_complain(b->report, true, n->where, "a price needs a model, with * for any bytes");
    else if (p->micro[CP_INPUT] < 0 || p->micro[CP_OUTPUT] < 0)
        conf_complain(
            b->report, true, n->where,
            "a price needs input and output, such as \"3.00\"; what is free has \"0\"");
}

static void price_read_list(struct build *b, const struct node *list, bool is_own,
                            struct conf_price *prices)
{
    struct conf *c = b->conf;

    if (!list)
        return;
    NODE_EACH(n, list)
    {
        if (c->prices_n == PRICES_MOST) {
            conf_complain(b->report, true, n->where, "more than %d prices", PRICES_MOST);
            return;
        }
        if (member_is_group(b, n, "a price"))
            price_read(b, n, is_own, &prices[c->prices_n++]);
    }
}

static bool price_is_base_of(const struct conf_price *p, const struct conf_price *longer)
{
    return !p->prompt_above && p->is_own == longer->is_own && str_eq(p->model, longer->model) &&
           str_eq(p->channel, longer->channel) && p->from_wall_ms == longer->from_wall_ms;
}

/* Among those that hang on base, in the order of their lengths. */
static void price_hang(struct conf_price *base, struct conf_price *longer)
{
    const struct conf_price **at = &base->longer;

    while (*at && (*at)->prompt_above <= longer->prompt_above)
        at = (const struct conf_price **)(uintptr_t) & (*at)->longer;
    longer->longer = *at;
    *at = longer;
}

static void price_link(struct build *b, struct conf_price *prices)
{
    for (size_t i = 0; i < b->conf->prices_n; i++) {
        struct conf_price *longer = &prices[i], *base = NULL;
        if (!longer->prompt_above)
            continue;
        for (size_t j = 0; j < b->conf->prices_n; j++)
            if (price_is_base_of(&prices[j], longer))
                base = &prices[j];
        if (base)
            price_hang(base, longer);
        else
            conf_complain(b->report, true, longer->where,
                          "prompt_above: there is no price of \"%.*s\" for shorter prompts",
                          STR_FMT(longer->model));
    }
}

/* ---- the file ---- */

enum { PLACES = 2 };

/* Beside the configuration, else where the package puts it. */
static size_t price_places(struct build *b, struct cp_str at[PLACES])
{
    const struct conf *c = b->conf;
    size_t n = 0;

    if (c->files_n)
        at[n++] =
            files_beside(b->scratch, arena_printf(b->scratch, "%.*s:0", STR_FMT(c->files[0])),
                         STR("prices.conf"));
#ifdef PRICESFILE
    at[n++] = STR(PRICESFILE);
#endif
    return n;
}

/* The named file must be there; of the others the first that is. */
static bool price_load(struct build *b, const struct node *named, struct cp_str *path,
                       struct cp_str *text)
{
    struct cp_str places[PLACES];
    struct err err = { 0 };
    int rc = E_ABSENT;

    if (named && named->text.n) {
        *path = files_beside(b->scratch, named->where, named->text);
        if (files_read(b->scratch, *path, FILES_CONF_BYTES, text, &err))
            conf_complain(b->report, true, named->where, "%.*s %s", STR_FMT(*path), err.what);
        return !err.code;
    }
    size_t n = price_places(b, places);
    for (size_t i = 0; i < n && rc == E_ABSENT; i++) {
        *path = places[i];
        rc = files_read(b->scratch, *path, FILES_CONF_BYTES, text, &err);
    }
    if (rc && rc != E_ABSENT)
        conf_complain(b->report, false, *path, "%s", err.what);
    return !rc;
}

static bool price_is_our_money(struct build *b, const struct node *root, struct cp_str path)
{
    const struct node *currency = node_get(root, "currency");

    if (!currency || str_eq(currency->text, b->conf->currency))
        return true;
    conf_complain(b->report, false, path,
                  "its prices are in %.*s, not in %.*s (currency): they are left out",
                  STR_FMT(currency->text), STR_FMT(b->conf->currency));
    return false;
}

static const struct node *price_open(struct build *b, const struct node *named)
{
    struct cp_str text, path;

    if (!price_load(b, named, &path, &text))
        return NULL;
    const struct node *root = read_text(b->scratch, path, text, b->report);
    if (!root || !price_is_our_money(b, root, path))
        return NULL;
    NODE_EACH(n, root)
    if (!str_is(n->name, "prices") && !str_is(n->name, "currency"))
        conf_complain(b->report, true, n->where, "a file of prices holds currency and prices");
    return member_list(b, root, "prices", "( { model = \"...\"; } )");
}

void price_read_all(struct build *b, const struct node *root)
{
    struct conf *c = b->conf;
    const struct node *own = member_list(b, root, "prices", "( { model = \"...\"; } )");
    const struct node *file = price_open(b, node_get(root, "prices_file"));
    struct conf_price *prices =
        arena_need(c->arena, (member_count(own) + member_count(file) + 1) * sizeof(*prices));

    c->prices = prices;
    price_read_list(b, file, false, prices);
    price_read_list(b, own, true, prices);
    price_link(b, prices);
}
