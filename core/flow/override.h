/* SPDX-License-Identifier: MIT */
/*
 * override - what a channel's configuration sets in the bodies it is sent, or leaves out of them.
 */
#ifndef FLOW_OVERRIDE_H
#define FLOW_OVERRIDE_H

struct exchange;
struct outgoing;

/* Of what is about to be sent: channels.drop_parameters first, then channels.parameters, which are for chats only. */
void override_body(struct exchange *, struct outgoing *);

#endif
