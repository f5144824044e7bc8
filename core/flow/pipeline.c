/* SPDX-License-Identifier: MIT */
/*
 * pipeline - the table of steps; run, park, resume.
 *
 *   accept -> auth -> route -> allow -> schedule -> adapt -> upstream -> relay -> (done) account
 *                                          ^                               |
 *                                          +------------- retry <----------+
 *
 * The order is written here and nowhere else.  A step that answers WAIT is called again when its event came
 * (a body, a response head, the end of a transfer, a deadline); so a request can be read in a
 * debugger as a place in this table.
 */
#include "flow/pipeline.h"

#include "flow/steps.h"

enum {
    AT_ACCEPT,
    AT_AUTH,
    AT_ROUTE,
    AT_ALLOW,
    AT_SCHEDULE,
    AT_ADAPT,
    AT_UPSTREAM,
    AT_RELAY,
    AT_END
};

static enum step (*const steps[])(struct exchange *) = {
    [AT_ACCEPT] = step_accept,     [AT_AUTH] = step_auth,         [AT_ROUTE] = step_route,
    [AT_ALLOW] = step_allow,       [AT_SCHEDULE] = step_schedule, [AT_ADAPT] = step_adapt,
    [AT_UPSTREAM] = step_upstream, [AT_RELAY] = step_relay,
};

/* What the run goes by: retry may have turned the answer into another. */
static enum step pipeline_act(struct exchange *x, enum step answer)
{
    if (answer == STEP_RETRY) {
        answer = step_retry(x);
        x->step = answer == STEP_ANSWER ? AT_END : AT_SCHEDULE;
    } else if (answer == STEP_NEXT) {
        x->step++;
    } else if (answer == STEP_ANSWER) {
        x->step = AT_END;
    }
    return answer;
}

void pipeline_run(struct exchange *x)
{
    enum step answer = STEP_NEXT;

    if (x->is_running)
        return;
    x->is_running = true;
    while (x->step < AT_END && answer != STEP_WAIT)
        answer = pipeline_act(x, steps[x->step](x));
    x->is_running = false;
}

void pipeline_enter(struct exchange *x)
{
    x->step = AT_SCHEDULE;
    pipeline_run(x);
}

void pipeline_retry(struct exchange *x)
{
    if (x->step >= AT_END)
        return;
    x->is_running = true;
    enum step answer = pipeline_act(x, STEP_RETRY);
    x->is_running = false;
    if (answer != STEP_WAIT)
        pipeline_run(x);
}
