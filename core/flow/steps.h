/* SPDX-License-Identifier: MIT */
/*
 * steps - the prototypes of the steps, nothing else; their order is in pipeline.c.
 */
#ifndef FLOW_STEPS_H
#define FLOW_STEPS_H

#include "flow/exchange.h"

enum step step_accept(struct exchange *);
enum step step_auth(struct exchange *);
enum step step_route(struct exchange *);
enum step step_allow(struct exchange *);
enum step step_schedule(struct exchange *);
enum step step_adapt(struct exchange *);
enum step step_upstream(struct exchange *);
enum step step_relay(struct exchange *);
enum step step_retry(struct exchange *);
void step_account(struct exchange *);

#endif
