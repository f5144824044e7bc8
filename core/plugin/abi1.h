/* SPDX-License-Identifier: MIT */
/*
 * abi1 - a plugin's structs of any minor as today's, checked.
 */
#ifndef PLUGIN_ABI1_H
#define PLUGIN_ABI1_H

#include <claude-proxy/plugin.h>

struct cp_store;
struct err;

/* Reads before anything is called: magic, major, needs_minor, size.  *full gets what is there, the rest is 0. */
int abi1_plugin(const struct cp_plugin *given, struct cp_plugin *full, struct err *);
/* The same for one adapter; its arrays are copied too, with today's strides.  Free with abi1_adapter_free(). */
int abi1_adapter(const struct cp_adapter *given, struct cp_adapter *full, struct err *);
void abi1_adapter_free(struct cp_adapter *full);
/* And for a store. */
int abi1_store(const struct cp_store *given, struct cp_store *full, struct err *);
void abi1_store_free(struct cp_store *full);

#endif
