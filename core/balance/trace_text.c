/* SPDX-License-Identifier: MIT */
/*
 * trace_text - the steps of a decision as sentences for people.
 *
 * Each names its channel first, then what is the matter there; why somebody rests is asked of its health when the
 * sentence is made.
 */
#include "balance/trace.h"

#include "balance/roster.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "plugin/verdict.h"
#include "state/vitals.h"

struct telling {
    const struct trace *trace;
    const struct roster *roster;
    struct buf *out;
    int64_t now_ms;
    uint32_t attempts;
};

/* "850 ms", "1.5 s", "41 s", "3 min 20 s", "2 h 5 min"; never less than there is. */
static void text_time(struct buf *out, int64_t ms)
{
    int64_t s = (ms + 999) / 1000;

    if (ms < 1000)
        buf_printf(out, "%lld ms", (long long)(ms > 0 ? ms : 0));
    else if (ms < 10000)
        buf_printf(out, "%lld.%lld s", (long long)((ms + 99) / 100 / 10),
                   (long long)((ms + 99) / 100 % 10));
    else if (s < 120)
        buf_printf(out, "%lld s", (long long)s);
    else if (s < 7200)
        buf_printf(out, s % 60 ? "%lld min %lld s" : "%lld min", (long long)(s / 60),
                   (long long)(s % 60));
    else
        buf_printf(out, s / 60 % 60 ? "%lld h %lld min" : "%lld h", (long long)(s / 3600),
                   (long long)(s / 60 % 60));
}

/* "relay-b: key ab12cd34ef56 at https://host", "relay-b". */
static void text_place(struct buf *out, const struct trace_place *p, bool is_subject)
{
    const char *joint = is_subject ? ": " : ", ";

    buf_add_str(out, p->channel ? p->id : STR("all channels"));
    if (p->key.p) {
        buf_add_z(out, joint);
        buf_printf(out, "key %.*s", STR_FMT(p->key));
        joint = " at ";
    }
    if (p->url.p)
        buf_printf(out, "%s%.*s", joint, STR_FMT(p->url));
}

static void text_more(const struct telling *t, const struct trace_step *s, const char *before)
{
    if (s->until_ms <= t->now_ms)
        return;
    buf_add_z(t->out, before);
    text_time(t->out, s->until_ms - t->now_ms);
}

/* " (rate_limit, status 429, said by the header, known from before)" */
static void text_cause(struct buf *out, const struct cooldown *c)
{
    static const char *const sources[] = {
        [COOLDOWN_PRESET] = "our own estimate",
        [COOLDOWN_HEADER] = "said by the header",
        [COOLDOWN_BODY] = "said by the error",
    };
    struct cooldown_cause cause;

    cooldown_cause(c, &cause);
    if (!cause.trouble)
        return;
    buf_printf(out, " (%s", verdict_trouble_name(cause.trouble));
    if (cause.status)
        buf_printf(out, ", status %d", (int)cause.status);
    if (cause.source < sizeof(sources) / sizeof(*sources) && sources[cause.source])
        buf_printf(out, ", %s", sources[cause.source]);
    buf_add_z(out, cause.is_restored ? ", known from before)" : ")");
}

static void text_rest(const struct telling *t, const struct trace_step *s,
                      const struct trace_place *p)
{
    buf_add_z(t->out, " rests");
    text_more(t, s, " for ");
    if (s->until_ms > t->now_ms)
        buf_add_z(t->out, " more");
    if (p->vitals)
        text_cause(t->out, &p->vitals->cooldown);
}

static void text_breaker(const struct telling *t, const struct trace_step *s)
{
    buf_add_z(t->out, ": its breaker is open");
    text_more(t, s, " for ");
    if (s->until_ms > t->now_ms)
        buf_add_z(t->out, " more");
}

static void text_status(const struct telling *t, const struct trace_place *p)
{
    bool is_suspended = p->channel && p->channel->conf->status == CONF_SUSPENDED;

    buf_add_z(t->out, is_suspended ? " is suspended" : " is disabled");
}

static void text_dialect(const struct telling *t, const struct trace_place *p, const char *what)
{
    if (p->channel)
        buf_printf(t->out, ": its dialect %.*s %s", STR_FMT(p->channel->conf->dialect), what);
}

static const struct gate_rules *text_rules(const struct trace_step *s,
                                           const struct trace_place *p)
{
    if (!p->channel)
        return NULL;
    return s->key < p->channel->keys_n && p->channel->key_rules ? &p->channel->key_rules[s->key]
                                                                : &p->channel->rules;
}

static void text_cap(const struct telling *t, const struct trace_step *s,
                     const struct trace_place *p)
{
    const struct gate_rules *rules = text_rules(s, p);
    int64_t most = 0;

    if (rules)
        most = s->why == TRACE_CONCURRENCY ? rules->concurrency
               : s->why == TRACE_RPM       ? rules->rpm
                                           : rules->tpm;
    if (s->why == TRACE_CONCURRENCY)
        buf_printf(t->out, " is at its cap of %lld requests at once", (long long)most);
    else
        buf_printf(t->out, " is at its cap of %lld %s a minute", (long long)most,
                   s->why == TRACE_RPM ? "requests" : "tokens");
    text_more(t, s, ", the next one may come in ");
}

/* What needs more than a fixed phrase; false: it does not. */
static bool text_out_long(const struct telling *t, const struct trace_step *s,
                          const struct trace_place *p)
{
    switch (s->why) {
    case TRACE_STATUS:
        text_status(t, p);
        return true;
    case TRACE_ADAPTER:
        text_dialect(t, p, "is not loaded");
        return true;
    case TRACE_OP:
        text_dialect(t, p, "cannot do this operation");
        return true;
    case TRACE_COOLDOWN:
        text_rest(t, s, p);
        return true;
    case TRACE_BREAKER:
        text_breaker(t, s);
        return true;
    case TRACE_CONCURRENCY:
    case TRACE_RPM:
    case TRACE_TPM:
        text_cap(t, s, p);
        return true;
    default:
        return false;
    }
}

static void text_out(const struct telling *t, const struct trace_step *s,
                     const struct trace_place *p)
{
    text_place(t->out, p, true);
    if (text_out_long(t, s, p))
        return;
    switch (s->why) {
    case TRACE_FAMILY:
        buf_add_z(t->out, " does not serve this client API");
        return;
    case TRACE_MODEL:
        buf_add_z(t->out, " does not serve this model");
        return;
    case TRACE_FORBIDDEN:
        buf_add_z(t->out, " cannot be asked, what the request follows on belongs elsewhere");
        return;
    case TRACE_TRIED:
        buf_add_z(t->out, " has failed this request already");
        return;
    case TRACE_PROBING:
        buf_add_z(t->out, ": its breaker is half-open and a probe is under way");
        return;
    case TRACE_MODEL_REST:
        buf_add_z(t->out, " does not serve this model now");
        text_more(t, s, ", not for another ");
        return;
    case TRACE_KEY_OFF:
        buf_add_z(t->out, " is switched off in the configuration");
        return;
    case TRACE_LATELY:
        buf_add_z(t->out, " failed the last time, and no other attempt is left");
        return;
    case TRACE_ROUTED:
        buf_add_z(t->out, " is not named by the route for this model");
        return;
    default:
        buf_printf(t->out, " is left out (%s)", trace_why_name(s->why));
    }
}

const char *trace_because(uint32_t why)
{
    switch (why) {
    case TRACE_PROVENANCE:
        return "it made what the request follows on";
    case TRACE_PROMOTION:
        return "it is promoted";
    case TRACE_AFFINITY:
        return "it had this conversation last";
    case TRACE_RENDEZVOUS:
        return "a new conversation with this name belongs there";
    case TRACE_STRATEGY:
        return "the strategy names it";
    case TRACE_PROBE:
        return "to see whether it is well again";
    case TRACE_LATELY:
        return "it is the last attempt, and all others have failed since it failed";
    case TRACE_DEGRADED:
        return "nobody is well, and it is well soonest";
    default:
        return NULL;
    }
}

static void text_asked(const struct telling *t, const struct trace_step *s,
                       const struct trace_place *p, const char *what)
{
    const char *because = trace_because(s->why);

    text_place(t->out, p, true);
    buf_add_z(t->out, what);
    if (because)
        buf_printf(t->out, ": %s", because);
}

static void text_attempt(struct telling *t, const struct trace_step *s,
                         const struct trace_place *p)
{
    const struct trace_step *begun = trace_begun(t->trace, (uint32_t)(s - t->trace->at));

    buf_printf(t->out, "attempt %u at ", ++t->attempts);
    text_place(t->out, p, false);
    if (s->why)
        buf_printf(t->out, " failed, by the %s's fault", verdict_fault_name(s->why));
    else
        buf_add_z(t->out, s->value >= 200 && s->value < 300 ? " served" : " was given up");
    if (s->value)
        buf_printf(t->out, " (status %lld)", (long long)s->value);
    if (begun) {
        buf_add_z(t->out, " after ");
        text_time(t->out, (s->at_us - begun->at_us) / 1000);
    }
    if (s->first_content_us > 0) {
        buf_add_z(t->out, ", first content after ");
        text_time(t->out, s->first_content_us / 1000);
    }
}

static void text_route(const struct telling *t, const struct trace_step *s)
{
    const struct conf *c = t->roster->conf;

    buf_printf(t->out, "route %lld applies", (long long)s->value + 1);
    if ((uint64_t)s->value < c->routes_n)
        buf_printf(t->out, " (model %.*s)", STR_FMT(c->routes[s->value].model));
}

static void text_wait(const struct telling *t, const struct trace_step *s)
{
    if (s->value < 0) {
        buf_add_z(t->out, "nobody may be asked until another request ends");
        return;
    }
    buf_add_z(t->out, "nobody may be asked for ");
    text_time(t->out, s->value);
}

static void text_hedge(const struct telling *t, const struct trace_step *s)
{
    buf_add_z(t->out, "a second attempt begins beside the first, which had no content after ");
    text_time(t->out, s->value);
}

static void text_nobody(const struct telling *t, const struct trace_step *s)
{
    buf_add_z(t->out, "nobody can be asked");
    text_more(t, s, ", the first one is well again in ");
}

static void text_step(struct telling *t, const struct trace_step *s)
{
    struct trace_place p;

    trace_place(t->roster, s, &p);
    switch (s->kind) {
    case TRACE_ROUTE:
        text_route(t, s);
        break;
    case TRACE_OUT:
        text_out(t, s, &p);
        break;
    case TRACE_FIT:
        text_place(t->out, &p, true);
        buf_printf(t->out, " may be asked (score %lld)", (long long)s->value);
        break;
    case TRACE_PREFER:
        text_asked(t, s, &p, " goes first");
        break;
    case TRACE_CHOSEN:
        text_asked(t, s, &p, " is asked");
        break;
    case TRACE_ATTEMPT:
        text_attempt(t, s, &p);
        break;
    case TRACE_WAIT:
        text_wait(t, s);
        break;
    case TRACE_HEDGE:
        text_hedge(t, s);
        break;
    case TRACE_NOBODY:
        text_nobody(t, s);
        break;
    default:
        buf_add_z(t->out, trace_kind_name(s->kind));
    }
    buf_add_c(t->out, '\n');
}

void trace_text(const struct trace *trace, const struct roster *r, int64_t now_ms,
                struct buf *out)
{
    struct telling t = { .trace = trace, .roster = r, .out = out, .now_ms = now_ms };

    for (uint32_t i = 0; trace && i < trace->n; i++) {
        bool is_again =
            i && trace->at[i].kind == TRACE_WAIT && trace->at[i - 1].kind == TRACE_WAIT;
        if (!is_again)
            text_step(&t, &trace->at[i]);
    }
    if (trace && trace->left_out)
        buf_printf(out, "(%u more steps are not kept)\n", trace->left_out);
}
