/* SPDX-License-Identifier: MIT */
/*
 * look - how answers are written: as a table, as JSON or as CSV; with colours or without; how wide.
 *
 * NO_COLOR (no-color.org, read 2026-11-23): present and not empty means none.  A table is cut to the width of a terminal
 * only; what goes to a file or a pipe is whole.
 */
#include "ctl/look.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { FEWEST_COLUMNS = 20, FALLBACK_COLUMNS = 80, FALLBACK_ROWS = 24 };

void look_measure(struct look *look)
{
    struct winsize size = { 0 };

    if (!look->is_terminal)
        return;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
        size.ws_col = 0;
    look->columns = size.ws_col ? size.ws_col : FALLBACK_COLUMNS;
    look->rows = size.ws_row ? size.ws_row : FALLBACK_ROWS;
    if (look->columns < FEWEST_COLUMNS)
        look->columns = FEWEST_COLUMNS;
}

void look_init(struct look *look)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    memset(look, 0, sizeof(*look));
    look->has_header = true;
    look->is_terminal = isatty(STDOUT_FILENO) == 1;
    look->is_coloured =
        look->is_terminal && !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
    look_measure(look);
}

const char *look_colour(const struct look *look, enum look_colour colour)
{
    static const char *const codes[] = {
        [LOOK_PLAIN] = "\033[0m", [LOOK_GOOD] = "\033[32m", [LOOK_WARN] = "\033[33m",
        [LOOK_BAD] = "\033[31m",  [LOOK_FAINT] = "\033[2m", [LOOK_STRONG] = "\033[1m",
    };
    return look->is_coloured ? codes[colour] : "";
}
