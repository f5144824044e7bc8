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

int gatehouse_check(const struct conf *c, const struct request *r, const char **why)
{
    struct cp_str found = STR_NONE, given[] = {
        request_header(r, "x-api-key"),
        auth_bearer(request_header(r, "authorization")),
        request_header(r, "x-goog-api-key"),
    };

    for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++) {
        if (!given[i].n)
            continue;
        if (found.p && !str_eq(found, given[i])) {
            *why = "two different credentials in one request";
            return 401;
        }
        found = given[i];
    }
    if (!c->access_key) {
        *why = "closed: no access_key is configured";
        return 403;
    }
    *why = found.p ? "this is not the access key"
                   : "no access key: send it as x-api-key or Authorization: Bearer";
    return secret_is(c->access_key, found.p ? found : STR("")) ? 0 : 401;
}
