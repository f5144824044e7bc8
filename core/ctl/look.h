/* SPDX-License-Identifier: MIT */
/*
 * look - how answers are written: as a table, as JSON or as CSV; with colours or without; how wide.
 */
#ifndef CTL_LOOK_H
#define CTL_LOOK_H

#include <stdbool.h>
#include <stddef.h>

enum look_form { LOOK_TABLE = 0, LOOK_JSON = 1, LOOK_CSV = 2 };
enum look_colour {
    LOOK_PLAIN = 0,
    LOOK_GOOD = 1,
    LOOK_WARN = 2,
    LOOK_BAD = 3,
    LOOK_FAINT = 4,
    LOOK_STRONG = 5
};

struct look {
    enum look_form form;
    bool has_header, is_quiet;
    bool is_terminal, is_coloured; /* of stdout */
    size_t columns, rows;          /* of the terminal; 0: as wide as it takes */
};

/* What stdout and the environment (NO_COLOR, TERM) say. */
void look_init(struct look *);
/* The terminal's size may have changed. */
void look_measure(struct look *);
/* What switches a colour on; "" without colours; LOOK_PLAIN switches off what was on. */
const char *look_colour(const struct look *, enum look_colour);

#endif
