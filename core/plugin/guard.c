/* SPDX-License-Identifier: MIT */
/*
 * guard - call a hook: breadcrumb, budget, sanity of the answer.
 *
 * Every hook is called from here and nowhere else. Around the call stand two moves of a few words
 * (the breadcrumb); after it, what the plugin left behind is looked at: a tape that refused an
 * item, a frame or bracket left open, a stream closed without END or ERROR, an answer that is no
 * enum cp_rc. Those are promises broken: E_BUG, counted against the plugin and nobody else.
 *
 * emit() may say CP_ENOUGH and plugins often return what emit() said, so that counts as well done.
 */
#include "plugin/guard.h"

#include "base/mem.h"
#include "base/str.h"
#include "plugin/breadcrumb.h"
#include "plugin/host.h"
#include "plugin/loader.h"

#include <stdlib.h>

enum { QUARANTINE_TIMES = 3, QUARANTINE_MS = 600000 };

/* What configure() made, and the values it may keep pointers to. */
struct guard_instance {
    void *plugins;
    struct cp_conf *conf;
    bool is_rewriting;
};

int guard_install(const char *breadcrumb_file)
{
    return breadcrumb_install(breadcrumb_file);
}

void guard_thread(void)
{
    breadcrumb_thread();
}

int guard_is_quarantined(const char *breadcrumb_file, struct cp_str plugin, int64_t wall_ms)
{
    int64_t since_s = (wall_ms - QUARANTINE_MS) / 1000;
    return breadcrumb_count(breadcrumb_file, plugin, since_s) >= QUARANTINE_TIMES;
}

uint64_t guard_bugs(const struct adapter *a)
{
    return atomic_load_explicit(&a->health->bugs, memory_order_relaxed);
}

/* One call of a hook. */
struct visit {
    const struct adapter *adapter;
    const char *hook;
    struct err *err;
    const struct host_call *call; /* NULL: of no request */
    struct breadcrumb before;
};

static struct visit visit_begin(const struct adapter *a, const char *hook, struct cp_str trace,
                                struct err *err)
{
    struct visit v = { a, hook, err, NULL, { 0 } };
    if (err->code) {
        err->code = 0;
        err->where[0] = err->what[0] = '\0';
    }
    v.before = breadcrumb_swap((struct breadcrumb){ a->plugin, hook, trace, err });
    return v;
}

/* Who was given no memory may have left out what must be there. */
static bool visit_starved(const struct visit *v)
{
    if (!v->call || !v->call->is_starved)
        return false;
    err_set(v->err, E_LIMIT, v->hook, "the request's memory budget is used up");
    return true;
}

static int visit_bug(const struct visit *v, const char *why)
{
    if (visit_starved(v))
        return E_LIMIT;
    atomic_fetch_add_explicit(&v->adapter->health->bugs, 1, memory_order_relaxed);
    return err_set(v->err, E_BUG, v->hook, "plugin %s: %s", v->adapter->plugin, why);
}

static int visit_end(const struct visit *v, int rc)
{
    breadcrumb_now = v->before;
    if (rc == CP_OK || rc == CP_ENOUGH)
        return 0;
    if (rc > 0 || rc < CP_E_BUG)
        return visit_bug(v, "its answer is no enum cp_rc");
    if (rc == CP_E_BUG && visit_starved(v))
        return E_LIMIT;
    if (rc == CP_E_BUG)
        atomic_fetch_add_explicit(&v->adapter->health->bugs, 1, memory_order_relaxed);
    if (v->err->code == 0)
        return err_set(v->err, rc, v->hook, "plugin %s gave no reason", v->adapter->plugin);
    return v->err->code = rc;
}

static int no_hook(const struct adapter *a, const char *hook, struct err *err)
{
    return err_set(err, E_UNSUPPORTED, hook, "dialect %s has none", a->hooks.dialect);
}

static struct visit visit_call(const struct adapter *a, const char *hook, struct host_call *hc)
{
    struct visit v = visit_begin(a, hook, hc->call.trace, &hc->err);
    v.call = hc;
    return v;
}

static void *inside(void *instance)
{
    return instance ? ((struct guard_instance *)instance)->plugins : NULL;
}

/* What the tape says goes before what the plugin made of it. */
static int after_tape(const struct visit *v, int rc, const struct cp_tape *t)
{
    if (!t->err.code)
        return rc;
    if (t->err.code == E_BUG && rc != E_BUG)
        return visit_bug(v, t->err.what);
    return err_set(v->err, t->err.code, t->err.where, "%s", t->err.what);
}

static int after_out(const struct visit *v, int rc, const struct cp_out *o)
{
    if (rc)
        return rc;
    rc = out_done(o);
    if (rc == E_BUG)
        return visit_bug(v, "what it wrote is not whole");
    return rc ? err_set(v->err, rc, v->hook, "the answer is too long") : 0;
}

int guard_configure(const struct adapter *a, const struct conf_option *given, size_t n,
                    void **instance, struct err *err)
{
    struct err unseen;
    struct cp_conf *conf;
    void *plugins = NULL;
    err = err ? err : &unseen;
    err->code = 0;
    int rc = options_check(&a->hooks, given, n, &conf, err);
    if (rc)
        return rc;
    if (a->hooks.configure) {
        struct visit v = visit_begin(a, "configure", STR("-"), err);
        rc = visit_end(&v, a->hooks.configure(conf, &plugins));
    }
    if (rc) {
        options_free(conf);
        return rc;
    }
    struct guard_instance *made = mem_new(1, sizeof(*made));
    *made = (struct guard_instance){ plugins, conf, options_rewrite(conf) };
    *instance = made;
    return 0;
}

bool guard_rewrites(const void *instance)
{
    const struct guard_instance *i = instance;
    return i && i->is_rewriting;
}

void guard_forget(const struct adapter *a, void *instance)
{
    struct guard_instance *gone = instance;
    struct err err = { 0 };
    if (!gone)
        return;
    if (a->hooks.forget) {
        struct visit v = visit_begin(a, "forget", STR("-"), &err);
        a->hooks.forget(gone->plugins);
        (void)visit_end(&v, 0); /* it has no answer */
    }
    options_free(gone->conf);
    free(gone);
}

int guard_target(const struct adapter *a, void *instance, struct host_call *hc,
                 struct cp_head *head)
{
    if (!a->hooks.target)
        return no_hook(a, "target", &hc->err);
    struct visit v = visit_call(a, "target", hc);
    int rc = visit_end(&v, a->hooks.target(inside(instance), &hc->call, head));
    if (!head->failed)
        return rc;
    if (head->err.code == E_BUG && rc != E_BUG)
        return visit_bug(&v, head->err.what);
    return err_set(&hc->err, head->err.code, head->err.where, "%s", head->err.what);
}

int guard_decode(const struct adapter *a, void *instance, struct host_call *hc, int phase,
                 struct cp_str body, struct cp_tape *tape)
{
    if (!a->hooks.decode)
        return no_hook(a, "decode", &hc->err);
    hc->call.want = tape->want;
    struct visit v = visit_call(a, "decode", hc);
    int rc = visit_end(&v, a->hooks.decode(inside(instance), &hc->call, phase, body, tape));
    if (!rc)
        (void)tape_finish(tape); /* it keeps its error, which is read next */
    return after_tape(&v, rc, tape);
}

int guard_encode(const struct adapter *a, void *instance, struct host_call *hc, int phase,
                 const struct cp_tape *tape, struct cp_out *out)
{
    if (!a->hooks.encode)
        return no_hook(a, "encode", &hc->err);
    if (phase == CP_REQUEST) {
        struct cp_tape *repaired = arena_need(hc->arena, sizeof(*repaired));
        int broken = guard_repair(a, hc, tape, repaired);
        if (broken)
            return broken;
        tape = repaired;
    }
    struct visit v = visit_call(a, "encode", hc);
    int rc = visit_end(&v, a->hooks.encode(inside(instance), &hc->call, phase, tape, out));
    return after_out(&v, rc, out);
}

int guard_amend(const struct adapter *a, void *instance, struct host_call *hc,
                struct cp_str body, const struct cp_tape *said, struct cp_out *out)
{
    if (!a->hooks.amend)
        return no_hook(a, "amend", &hc->err);
    struct visit v = visit_call(a, "amend", hc);
    int rc = visit_end(&v, a->hooks.amend(inside(instance), &hc->call, body, said, out));
    return after_out(&v, rc, out);
}

int guard_rx_open(const struct adapter *a, void *instance, struct host_call *hc, void **state)
{
    if (!a->hooks.rx_open)
        return no_hook(a, "rx_open", &hc->err);
    host_call_stream(hc);
    struct visit v = visit_call(a, "rx_open", hc);
    return visit_end(&v, a->hooks.rx_open(inside(instance), &hc->call, state));
}

int guard_rx_frame(const struct adapter *a, void *state, struct host_call *hc,
                   const struct cp_frame *frame, struct cp_tape *tape)
{
    if (!a->hooks.rx_frame)
        return no_hook(a, "rx_frame", &hc->err);
    hc->call.want = tape->want;
    struct visit v = visit_call(a, "rx_frame", hc);
    int rc = visit_end(&v, a->hooks.rx_frame(state, &hc->call, frame, tape));
    host_call_next(hc);
    return after_tape(&v, rc, tape);
}

int guard_rx_close(const struct adapter *a, void *state, struct host_call *hc, int rc,
                   struct cp_tape *tape)
{
    if (!a->hooks.rx_close)
        return no_hook(a, "rx_close", &hc->err);
    hc->call.want = tape->want;
    struct visit v = visit_call(a, "rx_close", hc);
    int answer = visit_end(&v, a->hooks.rx_close(state, &hc->call, rc, tape));
    if (answer || tape->err.code)
        return after_tape(&v, answer, tape);
    return grammar_end(&tape->grammar, NULL) ? visit_bug(&v, "it ended a stream without a word")
                                             : 0;
}

int guard_tx_open(const struct adapter *a, void *instance, struct host_call *hc, void **state)
{
    if (!a->hooks.tx_open)
        return no_hook(a, "tx_open", &hc->err);
    host_call_stream(hc);
    struct visit v = visit_call(a, "tx_open", hc);
    return visit_end(&v, a->hooks.tx_open(inside(instance), &hc->call, state));
}

int guard_tx_item(const struct adapter *a, void *state, struct host_call *hc,
                  const struct cp_item *it, struct cp_out *out)
{
    if (!a->hooks.tx_item)
        return no_hook(a, "tx_item", &hc->err);
    struct visit v = visit_call(a, "tx_item", hc);
    int rc = visit_end(&v, a->hooks.tx_item(state, &hc->call, it, out));
    host_call_next(hc);
    return after_out(&v, rc, out);
}

int guard_tx_close(const struct adapter *a, void *state, struct host_call *hc, int rc,
                   struct cp_out *out)
{
    if (!a->hooks.tx_close)
        return no_hook(a, "tx_close", &hc->err);
    struct visit v = visit_call(a, "tx_close", hc);
    int answer = visit_end(&v, a->hooks.tx_close(state, &hc->call, rc, out));
    return after_out(&v, answer, out);
}

static bool is_verdict(const struct cp_verdict *v)
{
    return v->fault >= CP_BY_CLIENT && v->fault <= CP_BY_NETWORK && v->cure >= CP_NEVER &&
           v->cure <= CP_LATER && v->wait_ms >= -1 && v->disable_key <= 1 &&
           v->trouble >= CP_BAD_REQUEST && v->trouble <= CP_HEADERS_TOO_LARGE;
}

void guard_classify(const struct adapter *a, void *instance, struct host_call *hc,
                    const struct cp_failure *f, struct cp_verdict *verdict)
{
    if (!a->hooks.classify)
        return;
    struct cp_verdict corrected = *verdict;
    struct visit v = visit_call(a, "classify", hc);
    a->hooks.classify(inside(instance), &hc->call, f, &corrected);
    (void)visit_end(&v, 0); /* it has no answer */
    if (!is_verdict(&corrected)) {
        visit_bug(&v, "its verdict is none");
        return;
    }
    /* What the client has, no verdict takes back. */
    if (f->relayed)
        corrected.cure = CP_NEVER;
    *verdict = corrected;
}
