/* SPDX-License-Identifier: MIT */
/*
 * cases - all golden inputs of a folder, one after the other.
 */
#ifndef KIT_CASES_H
#define KIT_CASES_H

#include <stdbool.h>
#include <stddef.h>

struct adapter;
struct sample;
struct sample_run;

/*
 * Calls visit() for each input of the folder, in C order.
 *
 * is_chosen  whether the input's file is wanted; NULL: each is
 * returns    how many were visited; -1: the folder cannot be read
 */
struct cases_visitor {
    bool (*is_chosen)(void *ctx, const struct adapter *, const char *file);
    void (*visit)(void *ctx, struct sample *);
    void *ctx;
};
int cases_each(const struct sample_run *, const struct adapter *, const char *folder,
               const struct cases_visitor *);

#endif
