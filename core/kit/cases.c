/* SPDX-License-Identifier: MIT */
/*
 * cases - all golden inputs of a folder, one after the other.
 */
#include "kit/cases.h"

#include "kit/sample.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int cases_each(const struct sample_run *run, const struct adapter *a, const char *folder,
               const struct cases_visitor *v)
{
    struct dirent **found;
    struct sample s;
    int visited = 0, n = scandir(folder, &found, NULL, by_bytes);

    for (int i = 0; i < n; i++) {
        const char *file = found[i]->d_name;
        if ((!v->is_chosen || v->is_chosen(v->ctx, a, file)) &&
            sample_open(&s, run, a, folder, file)) {
            v->visit(v->ctx, &s);
            sample_close(&s);
            visited++;
        }
        free(found[i]);
    }
    if (n >= 0)
        free(found);
    return n < 0 ? -1 : visited;
}
