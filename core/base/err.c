/* SPDX-License-Identifier: MIT */
/*
 * err - what went wrong: a code, where, and a sentence; never allocates.
 */
#include "base/err.h"

#include "base/str.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* snprintf cuts anywhere; a message that ends inside a character is no UTF-8 any more. */
static void err_mend(char *text, size_t size, int wanted)
{
    if (wanted < 0) {
        text[0] = '\0';
        return;
    }
    if ((size_t)wanted < size)
        return;
    size_t n = size - 1;
    size_t good = utf8_valid(str_n(text, n));
    if (n - good < 4)
        text[good] = '\0';
}

int err_set(struct err *err, int code, const char *where, const char *fmt, ...)
{
    if (!err)
        return code;

    va_list args;
    va_start(args, fmt);
    int wanted = vsnprintf(err->what, sizeof(err->what), fmt, args);
    va_end(args);
    err_mend(err->what, sizeof(err->what), wanted);

    wanted = snprintf(err->where, sizeof(err->where), "%s", where ? where : "");
    err_mend(err->where, sizeof(err->where), wanted);
    err->code = code;
    return code;
}

const char *err_name(int code)
{
    switch (code) {
    case 0:
        return "OK";
    case E_SYNTAX:
        return "E_SYNTAX";
    case E_UNSUPPORTED:
        return "E_UNSUPPORTED";
    case E_LIMIT:
        return "E_LIMIT";
    case E_NOMEM:
        return "E_NOMEM";
    case E_CONFIG:
        return "E_CONFIG";
    case E_BUG:
        return "E_BUG";
    case E_IO:
        return "E_IO";
    case E_AGAIN:
        return "E_AGAIN";
    case E_GONE:
        return "E_GONE";
    case E_DENIED:
        return "E_DENIED";
    case E_ABSENT:
        return "E_ABSENT";
    default:
        return "E_UNKNOWN";
    }
}
