/* SPDX-License-Identifier: MIT */
/*
 * profile - transfers that may share connections; what must never share them is told apart here.
 *
 * There are as many as channels differ in these few things, so a list is enough.  One that nobody
 * uses for a while goes, and with it its connections and what its engine remembers.
 */
#include "loop/profile.h"

#include "base/mem.h"
#include "loop/transfer.h"
#include "loop/trust.h"

#include <stdlib.h>
#include <string.h>

enum { UNUSED_MS = 120000 };

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static char *copy(const char *text)
{
    return text ? mem_dup(text, strlen(text)) : NULL;
}

static void unused_for_long(struct timer *timer)
{
    profile_free(LIST_ENTRY(timer, struct profile, unused));
}

static struct profile *profile_new(struct client *c, const struct transfer_spec *spec)
{
    struct profile *p = mem_new(1, sizeof *p);
    p->client = c;
    p->unused.fire = unused_for_long;
    list_init(&p->kick.link);
    list_init(&p->transfers);
    list_init(&p->socks);
    list_init(&p->link);
    list_push(&c->profiles, &p->link);
    p->seen = trust_seen_new();
    p->is_insecure = spec->insecure;
    p->is_private_fine = spec->allow_private;
    p->is_http1 = spec->http1;
    p->ca_file = copy(spec->ca_file);
    p->proxy = copy(spec->proxy);
    client_engine_open(p);
    return p;
}

struct profile *profile_for(struct client *c, const struct transfer_spec *spec)
{
    for (struct link *at = c->profiles.next; at != &c->profiles; at = at->next) {
        struct profile *p = LIST_ENTRY(at, struct profile, link);
        if (p->is_insecure == spec->insecure && p->is_private_fine == spec->allow_private &&
            p->is_http1 == spec->http1 && is_same(p->ca_file, spec->ca_file) &&
            is_same(p->proxy, spec->proxy))
            return p;
    }
    return profile_new(c, spec);
}

void profile_join(struct profile *p, struct transfer *t)
{
    t->profile = p;
    list_push(&p->transfers, &t->link);
    p->n++;
    p->client->transfers++;
    client_engine_size(p);
    loop_timer_stop(p->client->loop, &p->unused);
}

void profile_leave(struct profile *p, struct transfer *t)
{
    list_remove(&t->link);
    p->n--;
    p->client->transfers--;
    client_engine_size(p);
    if (p->n == 0)
        loop_timer(p->client->loop, &p->unused, UNUSED_MS);
}

void profile_free(struct profile *p)
{
    client_engine_close(p);
    loop_timer_stop(p->client->loop, &p->unused);
    list_remove(&p->link);
    trust_seen_free(p->seen);
    free(p->ca_file);
    free(p->proxy);
    free(p);
}
