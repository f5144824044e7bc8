/* SPDX-License-Identifier: MIT */
/*
 * steady - whether an adapter takes something and does not give it back: memory, descriptors, threads.
 */
#ifndef KIT_STEADY_H
#define KIT_STEADY_H

struct adapter;
struct sample_run;

/*
 * Begins this program again with a malloc() that keeps no freed pieces for itself, so that what is in use can be counted to the byte; once:
 * in the second life, and where it cannot be, it comes back.  Before threads and before anything was printed.
 *
 * argv  as main() got it
 */
void steady_prepare(char **argv);
/* All golden inputs of the folder, again and again; three checks.  Memory is skipped where a sanitizer has malloc(). */
void steady_check(const struct sample_run *, const struct adapter *, const char *folder);

#endif
