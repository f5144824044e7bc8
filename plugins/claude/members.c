/* SPDX-License-Identifier: MIT */
/*
 * members - an object's members found in one pass.
 */
#include "claude.h"

#include <string.h>

void claude_members(struct members *m, struct cp_str object)
{
    struct cp_str key, v;

    m->object = object;
    m->n = 0;
    if (json->kind(object) != '{')
        return;
    for (size_t at = 0; json->each(object, &at, &key, &v);) {
        if (m->n == MEMBERS_MOST) {
            m->n = -1;
            return;
        }
        m->key[m->n] = key;
        m->v[m->n++] = v;
    }
}

/* Lengths tell most names apart; only one that is longer can be the same, spelled with escapes. */
static int is_named(struct cp_str spelled, const char *key, size_t n)
{
    if (spelled.n == n)
        return memcmp(spelled.p, key, n) == 0;
    return spelled.n > n && memchr(spelled.p, '\\', spelled.n) && json->is(spelled, key);
}

struct cp_str claude_get(const struct members *m, const char *key)
{
    size_t n = strlen(key);

    if (m->n < 0)
        return json->get(m->object, key);
    for (int i = m->n - 1; i >= 0; i--)
        if (is_named(m->key[i], key, n))
            return m->v[i];
    return NOTHING;
}

int claude_each(const struct members *m, size_t *at, struct cp_str *key, struct cp_str *v)
{
    if (m->n < 0)
        return json->each(m->object, at, key, v);
    if (*at >= (size_t)m->n)
        return 0;
    *key = m->key[*at];
    *v = m->v[(*at)++];
    return 1;
}
