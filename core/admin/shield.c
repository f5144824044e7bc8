/* SPDX-License-Identifier: MIT */
/*
 * shield - headers that keep browsers from doing with our pages and answers what nobody asked for.
 *
 * Nothing is loaded from elsewhere, nothing of ours is shown inside another's page, no address of ours is told to others.  Text becomes
 * no markup and no script: the panel has no inline style, no inline script, and Trusted Types without a policy.
 * Who came by https once shall not be led back to clear text; said in clear text that would mean nothing (RFC 6797 7.2).
 */
#include "admin/shield.h"

#include "base/str.h"
#include "loop/server.h"

static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

size_t shield_put(struct reply_header *h, const struct request *r)
{
    size_t n = 0;

    h[n++] = (struct reply_header){ "Content-Security-Policy", str_of(policy) };
    h[n++] = (struct reply_header){ "X-Content-Type-Options", STR("nosniff") };
    h[n++] = (struct reply_header){ "Referrer-Policy", STR("no-referrer") };
    h[n++] = (struct reply_header){ "Cross-Origin-Opener-Policy", STR("same-origin") };
    h[n++] = (struct reply_header){ "Cross-Origin-Resource-Policy", STR("same-origin") };
    if (request_is_tls(r))
        h[n++] = (struct reply_header){ "Strict-Transport-Security", STR("max-age=31536000") };
    return n;
}
