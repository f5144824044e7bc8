/* SPDX-License-Identifier: MIT */
/*
 * session - which conversation a request belongs to: what the client's adapter says its clients call it, hashed.
 *
 * A name is hashed without where it stood: a client that says it in a header of one request and in the body of another
 * means the same conversation.  It is hashed with whose it is, so nobody can steer somebody else's.
 *
 * Who has no name is known by the words that were said before the first answer.  Only the words: marks for caches, ids
 * and the like move from turn to turn, and the same text comes as a string once and as a list of parts the next time.
 * Two conversations that begin alike are taken for one; that costs nothing, for it is their common beginning that a
 * prompt cache holds.
 *
 * Agents that a conversation starts keep its name, although they have a thread of their own and another prompt: caches
 * are per key, several agents of a conversation share their beginnings, and Codex itself sends its subagents' requests
 * with the parent's prompt_cache_key (seen in 0.169, 2026-11).
 */
#include "flow/session.h"

#include "balance/roster.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/exchange.h"
#include "flow/flow.h"
#include "flow/setup.h"
#include "loop/loop.h"
#include "loop/server.h"
#include "plugin/media.h"
#include "plugin/source.h"
#include "json/bytes.h"
#include "json/slice.h"

#include <endian.h>

enum {
    EDGE_BYTES = 512,   /* of a long text its two ends and its length are hashed */
    INNER_BYTES = 2048, /* of JSON in a string; those seen have 200 */
    MEMBERS_MOST = 24,  /* top-level members that sources ask for */
    ITEMS_MOST = 64,    /* looked at in a conversation without any answer */
    DEEPEST = 8
};

/* ---- hashing ---- */

static uint64_t hash_on(uint64_t so_far, struct cp_str part)
{
    const uint64_t key[2] = { htole64(so_far), htole64(UINT64_C(0x636c617564652d70)) };

    return hash_keyed((const uint8_t *)key, part);
}

static uint64_t hash_text(uint64_t so_far, struct cp_str text)
{
    uint64_t length = htole64(text.n);

    if (text.n <= 2 * (size_t)EDGE_BYTES)
        return hash_on(so_far, text);
    so_far = hash_on(so_far, str_n((const char *)&length, sizeof(length)));
    so_far = hash_on(so_far, str_cut(text, EDGE_BYTES));
    return hash_on(so_far, str_from(text, text.n - EDGE_BYTES));
}

/* ---- the body's top level, read once and only as far as it must ---- */

struct member {
    struct cp_str name, value;
};

struct look {
    const struct session_source *from;
    bool is_read;
    struct member members[MEMBERS_MOST];
    size_t members_n;
};

static struct member *look_member(struct look *l, struct cp_str name)
{
    for (size_t i = 0; i < l->members_n; i++)
        if (str_eq(l->members[i].name, name))
            return &l->members[i];
    return NULL;
}

static void look_want(struct look *l, struct cp_str name)
{
    if (!look_member(l, name) && l->members_n < MEMBERS_MOST)
        l->members[l->members_n++] = (struct member){ name, STR_NONE };
}

static void look_want_all(struct look *l)
{
    const struct cp_adapter *h = l->from->hooks;
    struct cp_str name, rest;
    struct source s;

    for (uint32_t i = 0; i < h->session_n; i++) {
        if (source_read(h->session[i], &s) || s.kind == SOURCE_HEADER)
            continue;
        rest = s.what;
        if (s.kind == SOURCE_BODY && str_split(&rest, '.', &name))
            look_want(l, name);
        while (s.kind == SOURCE_FIRST && str_split(&rest, ',', &name))
            look_want(l, name);
    }
}

/* Of a member that is there twice the first counts: one that is found need not be looked for. */
static struct cp_str look_value(struct look *l, struct cp_str name)
{
    struct member *m;

    if (!l->is_read) {
        struct cp_str key, value;
        size_t at = 0, found = 0;
        l->is_read = true;
        look_want_all(l);
        while (found < l->members_n && json_each(l->from->body, &at, &key, &value)) {
            m = look_member(l, key);
            if (m && !m->value.p) {
                m->value = value;
                found++;
            }
        }
    }
    m = look_member(l, name);
    return m ? m->value : STR_NONE;
}

/* ---- names ---- */

static struct cp_str string_inside(struct cp_str v)
{
    return json_kind(v) == '"' && v.n > 2 ? str_n(v.p + 1, v.n - 2) : STR_NONE;
}

static struct cp_str get(struct cp_str object, struct cp_str name)
{
    struct cp_str key, v;

    if (json_kind(object) != '{')
        return STR_NONE;
    for (size_t at = 0; json_each(object, &at, &key, &v);)
        if (str_eq(key, name))
            return v;
    return STR_NONE;
}

/* Without escapes; those beyond a letter stand in no name that was seen. */
static struct cp_str unescape(struct cp_str s, char out[INNER_BYTES])
{
    size_t n = 0;

    if (str_chr(s, '\\') < 0)
        return s;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\\' && (++i == s.n || (c = bytes_escaped(s.p[i])) == 0))
            return STR_NONE;
        if (n == INNER_BYTES)
            return STR_NONE;
        out[n++] = c;
    }
    return str_n(out, n);
}

static struct cp_str name_in_body(struct look *l, const struct source *s,
                                  char inner[INNER_BYTES])
{
    struct cp_str rest = s->what, word, v;

    str_split(&rest, '.', &word);
    v = look_value(l, word);
    while (v.p && str_split(&rest, '.', &word))
        v = get(v, word);
    v = string_inside(v);
    if (!s->inner.p || !v.p)
        return v;
    v = unescape(v, inner);
    return string_inside(get(v, s->inner));
}

/* ---- beginnings ---- */

struct beginning {
    uint64_t hash;
    uint32_t texts;
};

static void begin_words(struct beginning *b, struct cp_str v, uint32_t depth)
{
    struct cp_str key, value, text = string_inside(v);

    if (text.p) {
        b->hash = hash_text(b->hash, text);
        b->texts++;
    }
    if (depth == DEEPEST || (json_kind(v) != '{' && json_kind(v) != '['))
        return;
    for (size_t at = 0; json_each(v, &at, &key, &value);)
        if (!key.p || str_is(key, "content") || str_is(key, "text") || str_is(key, "parts"))
            begin_words(b, value, depth + 1);
}

static void begin_list(struct beginning *b, struct cp_str list)
{
    bool is_asked = false;
    struct cp_str item;
    size_t at = 0;

    for (int i = 0; i < ITEMS_MOST && json_each(list, &at, NULL, &item); i++) {
        struct cp_str role = get(item, STR("role"));
        bool is_user = json_is(role, "user");
        bool is_more = is_user || json_is(role, "system") || json_is(role, "developer");
        if (!is_more && (role.p || is_asked))
            break; /* an answer, in whatever form */
        begin_words(b, item, 0);
        is_asked |= is_user;
    }
}

/* The hash of what was said first; false: nothing was. */
static bool begin_read(struct look *l, const struct source *s, uint64_t *hash)
{
    struct beginning b = { 0, 0 };
    struct cp_str rest = s->what, name;

    while (str_split(&rest, ',', &name)) {
        struct cp_str v = look_value(l, name);
        if (json_kind(v) == '[')
            begin_list(&b, v);
        else
            begin_words(&b, v, 0);
    }
    *hash = b.hash;
    return b.texts > 0;
}

/* ---- a session ---- */

/* Whose a conversation is. */
struct owner {
    struct cp_str install_id, client_key, family, model;
};

static void session_make(struct session *s, const struct owner *o, const char *source,
                         struct cp_str name)
{
    for (uint64_t i = 0; i < 2; i++) {
        uint64_t h = hash_on(i, o->install_id);
        h = hash_on(h, o->client_key);
        h = hash_on(h, o->family);
        h = hash_on(h, o->model);
        h = hash_on(h, s->is_guessed ? STR("first") : STR("name"));
        s->id[i] = hash_text(h, name);
    }
    s->source = source;
}

void session_of_seal(struct session *s, struct cp_str install_id, struct cp_str client_key,
                     const char *source, struct cp_str sealed)
{
    struct owner o = { install_id, client_key, STR("sealed"), STR_NONE };

    *s = (struct session){ .source = NULL };
    session_make(s, &o, source, sealed);
}

static bool session_try(struct look *l, const struct owner *o, const char *source,
                        struct session *out)
{
    char inner[INNER_BYTES];
    struct cp_str name = STR_NONE;
    struct source s;
    uint64_t hash;

    if (source_read(source, &s) || s.kind == SOURCE_SEALED)
        return false;
    if (s.kind == SOURCE_HEADER) {
        name = str_trim(l->from->header(l->from->ctx, s.what.p));
    } else if (s.kind == SOURCE_BODY) {
        name = name_in_body(l, &s, inner);
    } else if (begin_read(l, &s, &hash)) {
        hash = htole64(hash);
        name = str_n((const char *)&hash, sizeof(hash));
        out->is_guessed = true;
    }
    if (!name.n)
        return false;
    session_make(out, o, source, name);
    return true;
}

/* guessed: only by their beginnings. */
static void session_seek(const struct session_source *from, const struct owner *o, bool guessed,
                         struct session *out)
{
    struct look l = { .from = from };

    *out = (struct session){ .source = NULL };
    for (uint32_t i = 0; i < from->hooks->session_n && !out->source; i++)
        if (!guessed || str_begins(str_of(from->hooks->session[i]), "first:"))
            session_try(&l, o, from->hooks->session[i], out);
}

void session_find(const struct session_source *from, struct cp_str install_id,
                  struct cp_str client_key, struct cp_str model, struct session *out)
{
    struct owner o = { install_id, client_key, str_of(from->hooks->family), model };

    session_seek(from, &o, false, out);
}

bool session_is_wanted(const struct conf *conf, const struct cp_adapter *client, uint32_t op,
                       struct cp_str model)
{
    struct cp_str family = str_of(client->family);
    const struct conf_route *route = conf_route(conf, family, model);
    const struct conf_family *f = conf_family(conf, family);

    if (op != CP_CHAT && op != CP_COMPACT && op != CP_COUNT_TOKENS)
        return false;
    if (route && route->affinity != CONF_UNSAID)
        return route->affinity == CONF_YES;
    if (f && f->affinity != CONF_UNSAID)
        return f->affinity == CONF_YES;
    return conf->scheduler.affinity;
}

/* ---- of an exchange ---- */

static struct cp_str session_header(void *ctx, const char *name)
{
    const struct exchange *x = ctx;

    return x->request ? request_header(x->request, name) : STR_NONE;
}

static void session_look(struct exchange *x, bool guessed, struct session *out)
{
    const struct cp_adapter *h = &x->client->hooks;
    struct session_source from = { h, session_header, x, STR_NONE };
    struct owner o = { x->setup->conf->install_id, x->client_key_id, str_of(h->family),
                       x->model };

    if (x->is_body && media_is_json(h))
        from.body = request_body(x->request);
    session_seek(&from, &o, guessed, out);
}

const struct session *session_of(struct exchange *x)
{
    if (!x->is_session_looked) {
        x->is_session_looked = true;
        if (x->client && x->request &&
            session_is_wanted(x->setup->conf, &x->client->hooks, x->op, x->model))
            session_look(x, false, &x->session);
        x->has_session = x->session.source != NULL;
    }
    return x->has_session ? &x->session : NULL;
}

void session_served(struct exchange *x)
{
    const struct session *s = session_of(x);
    const struct roster *r = &x->setup->roster;
    const struct pick *p = &x->attempt.pick;
    struct session first;

    if (!s || s->is_guessed || p->is_detour || x->op != CP_CHAT ||
        !(x->client->hooks.ops & CP_BIT(CP_COMPACT)))
        return;
    session_look(x, true, &first);
    if (first.source)
        affinity_set(r->affinity, &first, x->client_key_id, r->channels[p->channel].conf->id,
                     roster_key_id(&r->channels[p->channel], p->key),
                     loop_now_ms(x->flow->loop));
}
