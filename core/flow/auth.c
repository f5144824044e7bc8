/* SPDX-License-Identifier: MIT */
/*
 * auth - step 2: which client is this.
 *
 * A key may come as x-api-key, Authorization: Bearer, x-goog-api-key or ?key=.  All that are there must be the same:
 * two different ones would let us and a proxy before us see two different clients.  The access key is compared in
 * constant time, the others are found by their digests, so that time tells nothing of which was close.  A pass of the panel
 * (flow/pass.h) opens what the access key does, also where that one is set by nobody.
 */
#include "flow/auth.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/client.h"
#include "conf/conf.h"
#include "flow/answer.h"
#include "flow/flow.h"
#include "flow/pass.h"
#include "flow/percent.h"
#include "flow/setup.h"
#include "flow/steps.h"

struct cp_str auth_bearer(struct cp_str value)
{
    return str_begins_nocase(value, "Bearer ") ? str_trim(str_from(value, 7)) : value;
}

/* Takes key= out of the query: it must reach neither an upstream nor a log.  Two different ones are none. */
static struct cp_str auth_query(struct exchange *x, struct cp_str *key, bool *is_one)
{
    struct cp_str rest = request_query(x->request), part;
    struct buf kept;

    *key = STR_NONE;
    if (!rest.p)
        return STR_NONE;
    buf_init(&kept, 64 * 1024);
    while (str_split(&rest, '&', &part)) {
        if (str_begins(part, "key=")) {
            struct cp_str given = percent_decode(x->arena, str_from(part, 4));
            *is_one = *is_one && (!key->p || str_eq(*key, given));
            *key = given;
            continue;
        }
        if (kept.n)
            buf_add_c(&kept, '&');
        buf_add_str(&kept, part);
    }
    struct cp_str out = kept.n ? arena_copy(x->arena, buf_str(&kept)) : STR_NONE;
    buf_fini(&kept);
    return out;
}

/* The one credential of the request; false if there are two different ones. */
static bool auth_credential(struct exchange *x, struct cp_str *found)
{
    struct cp_str given[4] = {
        request_header(x->request, "x-api-key"),
        auth_bearer(request_header(x->request, "authorization")),
        request_header(x->request, "x-goog-api-key"),
    };
    bool is_one = true;

    x->credential_query = auth_query(x, &given[3], &is_one);
    *found = STR_NONE;
    for (size_t i = 0; i < 4; i++) {
        if (!given[i].n)
            continue;
        if (found->p && !str_eq(*found, given[i]))
            return false;
        *found = given[i];
    }
    return is_one;
}

bool auth_find(const struct conf *c, struct cp_str candidate, int64_t wall_ms,
               const struct conf_client **client)
{
    bool is_access = c->access_key && secret_is(c->access_key, candidate);

    *client = client_find(c, candidate, wall_ms);
    if (is_access)
        *client = NULL;
    return is_access || *client;
}

struct cp_str auth_whose(const struct conf *c, struct cp_str candidate)
{
    const struct conf_client *k;
    int64_t wall_ms = clock_wall_ms();

    if (!auth_find(c, candidate, wall_ms, &k))
        return STR_NONE;
    if (!k)
        return STR("access");
    return k->is_enabled && !client_is_over(k, wall_ms) ? str_of(k->id) : STR_NONE;
}

/* No key of anybody's: a pass of the panel, or nothing. */
static enum step auth_unknown(struct exchange *x, struct cp_str candidate)
{
    const struct conf *c = x->setup->conf;

    switch (pass_check(x->flow->passes, candidate, clock_ms())) {
    case PASS_GOOD:
        x->client_key_id = STR(AUTH_PANEL);
        return STEP_NEXT;
    case PASS_OVER:
        return answer_error(x, CP_AUTH, 401,
                            "this pass of the panel is over: each holds for %d minutes",
                            PASS_MS / 60000);
    case PASS_ENDED:
        return answer_error(x, CP_AUTH, 401,
                            "this pass of the panel has ended with the session that took it");
    case PASS_FALSE:
        return answer_error(x, CP_AUTH, 401,
                            "this pass of the panel is none of ours: it holds for the process "
                            "that gave it, so take a new one after a restart");
    case PASS_NONE:
        break;
    }
    if (c->admin_key && secret_is(c->admin_key, candidate))
        return answer_error(x, CP_AUTH, 401,
                            "this is the key of the administration, which opens no client API");
    return answer_error(
        x, CP_AUTH, 401,
        "invalid access key: it is neither this gateway's nor one of its client "
        "keys (an upstream's key opens nothing here)");
}

/* A key of its own: does it still open anything, and this family? */
static enum step auth_client(struct exchange *x, const struct conf_client *k)
{
    const char *family = x->client->hooks.family;
    int64_t wall_ms = clock_wall_ms();
    char when[32];

    x->client_key_id = str_of(k->id);
    if (!k->is_enabled)
        return answer_error(x, CP_AUTH, 401, "this key has been disabled");
    if (client_is_over(k, wall_ms)) {
        clock_rfc3339(k->expires_wall_ms * 1000, when);
        return answer_error(x, CP_AUTH, 401, "this key has expired, at %.19sZ", when);
    }
    if (!client_has_family(k, str_of(family)))
        return answer_error(x, CP_FORBIDDEN, 403, "this key may not use the client API \"%s\"",
                            family);
    x->owner = k;
    return STEP_NEXT;
}

static enum step auth_look(struct exchange *x)
{
    struct cp_str candidate;

    if (!auth_credential(x, &candidate))
        return answer_error(x, CP_AUTH, 401, "two different credentials in one request");
    if (!candidate.n)
        return answer_error(x, CP_AUTH, 401,
                            "no access key: send it as x-api-key or Authorization: Bearer");
    const struct conf_client *k;
    if (!auth_find(x->setup->conf, candidate, clock_wall_ms(), &k))
        return auth_unknown(x, candidate);
    if (k)
        return auth_client(x, k);
    x->client_key_id = STR("access");
    return STEP_NEXT;
}

enum step step_auth(struct exchange *x)
{
    struct end_code before = x->end;

    x->end = (struct end_code){ 'P', 'R' }; /* unless it may come in */
    enum step answer = auth_look(x);
    if (answer == STEP_NEXT)
        x->end = before;
    return answer;
}
