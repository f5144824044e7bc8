/* SPDX-License-Identifier: MIT */
/*
 * steady - whether an adapter takes something and does not give it back: memory, descriptors, threads.
 */
#ifndef KIT_STEADY_H
#define KIT_STEADY_H

struct adapter;
struct sample_run;

/* All golden inputs of the folder, again and again; three checks.  Memory is skipped where a sanitizer has malloc(). */
void steady_check(const struct sample_run *, const struct adapter *, const char *folder);

#endif
