/* SPDX-License-Identifier: MIT */
/*
 * gatehouse - who may come in to the administration: who has the access key.
 *
 * Keys of clients open the models and nothing else: who may ask a model a question need not be able to see or turn off
 * what the others use.  No cookie is looked at, so a web page that a browser happens to show cannot act in its owner's name.
 */
#include "admin/gatehouse.h"

#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/auth.h"
#include "loop/server.h"

#include <stdio.h>
#include <stdlib.h>

struct gatehouse {
    bool is_open;
};

struct gatehouse *gatehouse_new(void)
{
    struct gatehouse *g = calloc(1, sizeof(*g));

    if (!g)
        abort();
    return g;
}

void gatehouse_free(struct gatehouse *g)
{
    free(g);
}

/* Absent: none was sent.  False: two that differ. */
static bool gatehouse_key(const struct request *r, struct cp_str *found)
{
    struct cp_str given[] = {
        request_header(r, "x-api-key"),
        auth_bearer(request_header(r, "authorization")),
        request_header(r, "x-goog-api-key"),
    };

    *found = STR_NONE;
    for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++) {
        if (!given[i].n)
            continue;
        if (found->p && !str_eq(*found, given[i]))
            return false;
        *found = given[i];
    }
    return true;
}

void gatehouse_check(struct gatehouse *g, const struct conf *c, const struct request *r,
                     bool is_change, bool is_public, struct gatehouse_answer *out)
{
    const struct secret *secret = c->admin_key ? c->admin_key : c->access_key;
    struct cp_str found;

    *out = (struct gatehouse_answer){ .by = API_BY_NOBODY };
    snprintf(out->peer, sizeof(out->peer), "%.*s", STR_FMT(request_peer(r)));
    if (is_public)
        return;
    if (!gatehouse_key(r, &found)) {
        out->status = 401;
        out->why = "two different credentials in one request";
    } else if (!secret) {
        out->status = 403;
        out->why = "closed: no access_key is configured";
    } else if (!secret_is(secret, found.p ? found : STR(""))) {
        out->status = 401;
        out->why = found.p ? "this is not the access key"
                           : "no access key: send it as x-api-key or Authorization: Bearer";
    } else {
        out->by = API_BY_KEY;
        snprintf(out->who, sizeof(out->who), "key");
    }
}
