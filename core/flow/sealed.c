/* SPDX-License-Identifier: MIT */
/*
 * sealed - reasoning that an upstream account has sealed goes back to who can open it.
 *
 * OpenAI's services answer 400 invalid_encrypted_content when reasoning comes back to another account than the one that
 * made it (openai/codex issue 8145, 2025-12; relays that change accounts: Wei-Shaw/sub2api issue 3038, 2026-06).  So it
 * is noted who made the last of each answer, and a request that ends with it is asked of that key first.  This is no
 * affinity: it does not save a cache but the answer, so it holds where affinity is off, for longer, and against
 * promotions; and it is kept apart, because it is a new entry each turn.  What is not known any more is asked of anybody, as
 * ever.
 *
 * The adapter says where its services put it ("sealed:MEMBER").  Claude's and Gemini's say nothing: a wrong signature is
 * refused there, too, but not known to hold for one account only.
 *
 * Nothing is decoded for it.  A quote inside a JSON string has a backslash before it, and the member's name behind it
 * would then end with one: so what looks like the member is the member.
 */
#include "flow/sealed.h"

#include "balance/roster.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/exchange.h"
#include "flow/flow.h"
#include "flow/session.h"
#include "flow/setup.h"
#include "loop/loop.h"
#include "loop/server.h"
#include "plugin/source.h"

enum { WINDOW_BYTES = 4096 };

/* ---- in a text ---- */

/* Before `end`; -1: nowhere. */
static ptrdiff_t find_last(struct cp_str text, struct cp_str what, size_t end)
{
    while (end > 0) {
        size_t from = end > WINDOW_BYTES ? end - WINDOW_BYTES : 0, to = end + what.n - 1;
        struct cp_str window = str_n(text.p + from, (to < text.n ? to : text.n) - from);
        ptrdiff_t at, last = -1;
        for (size_t i = 0; (at = str_find(str_from(window, i), what)) >= 0;
             i = (size_t)last + 1)
            last = (ptrdiff_t)i + at;
        if (last >= 0)
            return last + (ptrdiff_t)from;
        end = from;
    }
    return -1;
}

static size_t skip_space(struct cp_str s, size_t i)
{
    while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\n' || s.p[i] == '\r'))
        i++;
    return i;
}

/* What follows a member's name: a colon, and a string that ends and is not empty. */
static struct cp_str string_of_member(struct cp_str s)
{
    size_t i = skip_space(s, 0), end;

    if (i == s.n || s.p[i] != ':')
        return STR_NONE;
    i = skip_space(s, i + 1);
    if (i == s.n || s.p[i] != '"')
        return STR_NONE;
    for (end = ++i; end < s.n && s.p[end] != '"'; end++)
        if (s.p[end] == '\\')
            end++;
    return end < s.n && end > i ? str_n(s.p + i, end - i) : STR_NONE;
}

struct cp_str sealed_last(struct cp_str text, struct cp_str member)
{
    char quoted[SOURCE_BYTES + 2];
    struct cp_str name, found = STR_NONE;
    size_t end = text.n;
    ptrdiff_t at;

    if (!text.p || !member.n || member.n > SOURCE_BYTES)
        return STR_NONE;
    quoted[0] = quoted[member.n + 1] = '"';
    memcpy(quoted + 1, member.p, member.n);
    name = str_n(quoted, member.n + 2);
    while (!found.p && (at = find_last(text, name, end)) >= 0) {
        found = string_of_member(str_from(text, (size_t)at + name.n));
        end = (size_t)at;
    }
    return found;
}

/* ---- whose it is ---- */

/* The line of the adapter's list that says where; NULL: none does. */
static const char *sealed_where(const struct cp_adapter *h, struct cp_str *member)
{
    struct source s;

    for (uint32_t i = 0; i < h->session_n; i++) {
        if (h->session[i][0] != 's' || source_read(h->session[i], &s) ||
            s.kind != SOURCE_SEALED)
            continue; /* the letter first: this is asked for each frame */
        *member = s.what;
        return h->session[i];
    }
    return NULL;
}

bool sealed_find(const struct session_source *from, struct cp_str install_id,
                 struct cp_str client_key, struct session *out)
{
    struct cp_str member = STR_NONE, it;
    const char *source = sealed_where(from->hooks, &member);

    *out = (struct session){ .source = NULL };
    if (!source)
        return false;
    it = sealed_last(from->body, member);
    if (it.p)
        session_of_seal(out, install_id, client_key, source, it);
    return it.p != NULL;
}

/* ---- of an exchange ---- */

static bool sealed_look(const struct exchange *x, struct cp_str text, struct session *out)
{
    struct session_source from = { &x->client->hooks, NULL, NULL, text };

    return sealed_find(&from, x->setup->conf->install_id, x->client_key_id, out);
}

const struct session *sealed_of(struct exchange *x)
{
    bool may = x->op == CP_CHAT || x->op == CP_COMPACT || x->op == CP_COUNT_TOKENS;

    if (!x->is_seal_looked) {
        x->is_seal_looked = true;
        if (may && x->client && x->request && x->is_body && x->setup->roster.seals)
            sealed_look(x, request_body(x->request), &x->seal);
    }
    return x->seal.source ? &x->seal : NULL;
}

void sealed_hear(struct exchange *x, struct cp_str text)
{
    struct session seal;

    if ((x->op == CP_CHAT || x->op == CP_COMPACT) && x->setup->roster.seals &&
        sealed_look(x, text, &seal))
        x->attempt.seal = seal;
}

void sealed_served(struct exchange *x)
{
    const struct roster *r = &x->setup->roster;
    const struct pick *p = &x->attempt.pick;

    if (x->attempt.seal.source)
        affinity_set(
            r->seals, &x->attempt.seal, x->client_key_id, r->channels[p->channel].conf->id,
            roster_key_id(&r->channels[p->channel], p->key), loop_now_ms(x->flow->loop));
}
