/* SPDX-License-Identifier: MIT */
/*
 * guard - call a hook: breadcrumb, budget, sanity of the answer.
 *
 * flow never calls a plugin directly.  Each call sets the thread's breadcrumb (plugin, hook, trace), so that a
 * crash names who was running; the crash handler writes it to stderr and to the breadcrumb file.  A hook that
 * is not there is answered with E_UNSUPPORTED.  A return code that is no enum cp_rc becomes E_BUG; CP_ENOUGH is 0.
 *
 * All answers are 0 or an E_* code, with the reason in hc->err.  What the hook filled is looked at too:
 * guard_decode() finishes the tape, guard_encode() and guard_tx_*() ask out_done(), guard_rx_close() demands an
 * END or ERROR.  call.want is the tape's.
 */
#ifndef PLUGIN_GUARD_H
#define PLUGIN_GUARD_H

#include <claude-proxy/plugin.h>

#include "base/err.h"
#include "plugin/options.h"

struct adapter;
struct host_call;

/* file NULL: stderr only.  Handlers for SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT.  0 or E_IO. */
int guard_install(const char *breadcrumb_file);
/* In every thread that calls hooks: a stack for the handler, so that an overflow is told too. */
void guard_thread(void);

/*
 * Checks the options and calls configure().
 *
 * instance  for the other functions here: ours, with the plugin's inside; give it to guard_forget()
 * err       may be NULL
 */
int guard_configure(const struct adapter *, const struct conf_option *, size_t n,
                    void **instance, struct err *);
void guard_forget(const struct adapter *, void *instance);
/* True if the options of this instance want requests written anew that could pass (CP_REWRITES). */
bool guard_rewrites(const void *instance);
int guard_target(const struct adapter *, void *instance, struct host_call *, struct cp_head *);
int guard_decode(const struct adapter *, void *instance, struct host_call *, int phase,
                 struct cp_str body, struct cp_tape *);
/* A request's tape is repaired first (ir/repair.h), and what that took is in the ledger. */
int guard_encode(const struct adapter *, void *instance, struct host_call *, int phase,
                 const struct cp_tape *, struct cp_out *);
/* to lives in the call's arena, as long as its ledger. */
int guard_repair(const struct adapter *, struct host_call *, const struct cp_tape *from,
                 struct cp_tape *to);
int guard_amend(const struct adapter *, void *instance, struct host_call *, struct cp_str body,
                const struct cp_tape *said, struct cp_out *);
int guard_rx_open(const struct adapter *, void *instance, struct host_call *, void **state);
int guard_rx_frame(const struct adapter *, void *state, struct host_call *,
                   const struct cp_frame *, struct cp_tape *);
int guard_rx_close(const struct adapter *, void *state, struct host_call *, int rc,
                   struct cp_tape *);
int guard_tx_open(const struct adapter *, void *instance, struct host_call *, void **state);
int guard_tx_item(const struct adapter *, void *state, struct host_call *,
                  const struct cp_item *, struct cp_out *);
int guard_tx_close(const struct adapter *, void *state, struct host_call *, int rc,
                   struct cp_out *);
void guard_classify(const struct adapter *, void *instance, struct host_call *,
                    const struct cp_failure *, struct cp_verdict *);
/* Violations charged to a plugin since start: E_BUG answers. */
uint64_t guard_bugs(const struct adapter *);

#endif
