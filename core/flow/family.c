/* SPDX-License-Identifier: MIT */
/*
 * family - names of client APIs in the configuration, held against those that adapters have.
 *
 * The reader of the configuration knows no adapters, and a stranger's adapter may bring an API of its own: so this
 * waits until both are there.
 */
#include "flow/family.h"

#include "base/str.h"
#include "conf/conf.h"
#include "conf/guess.h"
#include "plugin/loader.h"

/* Which client APIs a plugin in quarantine would have is not known: whoever wants one that is missing may be right. */
static bool family_is_short(const struct registry *registry)
{
    const struct registry_absent *a;

    for (size_t i = 0; (a = registry_absent_at(registry, i)); i++)
        if (a->is_quarantined)
            return true;
    return false;
}

static void family_complain(const struct registry *registry, struct conf_report *report,
                            bool is_error, struct cp_str where, struct cp_str name)
{
    struct guess guess;

    guess_init(&guess, name);
    for (size_t i = 0; i < registry_count(registry); i++)
        guess_try(&guess, str_of(registry_at(registry, i)->hooks.family));
    is_error = is_error && !family_is_short(registry);
    conf_complain(report, is_error, where, "no adapter has the client API \"%.*s\"%s%.*s%s",
                  STR_FMT(name), guess.best.p ? "; did you mean \"" : "", STR_FMT(guess.best),
                  guess.best.p ? "\"?" : "");
}

void family_check(const struct conf *c, const struct registry *registry,
                  struct conf_report *report)
{
    for (size_t i = 0; i < c->channels_n; i++) {
        const struct conf_channel *ch = &c->channels[i];
        for (size_t j = 0; j < ch->families_n; j++)
            if (!registry_by_family(registry, ch->families[j]))
                family_complain(registry, report, ch->status == CONF_ACTIVE, ch->where,
                                ch->families[j]);
    }
    for (size_t i = 0; i < c->families_n; i++)
        if (!registry_by_family(registry, c->families[i].name))
            family_complain(registry, report, false, c->families[i].where, c->families[i].name);
    for (size_t i = 0; i < c->clients_n; i++)
        for (size_t j = 0; j < c->clients[i].families_n; j++)
            if (!registry_by_family(registry, c->clients[i].families[j]))
                family_complain(registry, report, c->clients[i].is_enabled, c->clients[i].where,
                                c->clients[i].families[j]);
    for (size_t i = 0; i < c->routes_n; i++)
        for (size_t j = 0; j < c->routes[i].families_n; j++)
            if (!registry_by_family(registry, c->routes[i].families[j]))
                family_complain(registry, report, false, c->routes[i].where,
                                c->routes[i].families[j]);
}
