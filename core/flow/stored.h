/* SPDX-License-Identifier: MIT */
/*
 * stored - operations on an answer that was kept: read it, its input, cancel it, delete it.
 */
#ifndef FLOW_STORED_H
#define FLOW_STORED_H

#include "flow/exchange.h"

/* Is the operation about a kept answer? */
bool stored_is_op(uint32_t op);
/* Answers from what is kept here; STEP_NEXT: the channel that made it must be asked. */
enum step stored_answer(struct exchange *);
enum step stored_refuse(struct exchange *);
/* The maker's answer, untouched; what it has deleted is gone here, too. */
enum step stored_pass(struct exchange *, struct cp_str body);

#endif
