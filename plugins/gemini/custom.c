/* SPDX-License-Identifier: MIT */
/*
 * custom - free-text tools, which travel as functions of one string.
 *
 * That a tool was sent so is remembered in the host's table of renamed tools, under a name with
 * blanks that no tool can have: the one place where an answer finds what its request left.
 */
#include "gemini.h"
#include "request.h"

static const char mark[] = "free text ";
enum { LONGEST = 1024 };

void gemini_custom_note(struct cp_call *call, struct cp_str wire_name)
{
    struct cp_str parts[2] = { { mark, sizeof(mark) - 1 }, wire_name };

    (void)H->rename(call, gemini_text_join(call, parts, 2), LONGEST, CP_NAME_DOTS);
}

int gemini_custom_is(struct cp_call *call, struct cp_str wire_name)
{
    struct cp_str parts[2] = { S("free_text_"), wire_name };

    if (wire_name.n == 0)
        return 0;
    return gemini_text_begins(H->original(call, gemini_text_join(call, parts, 2)), mark);
}

struct cp_str gemini_custom_text(struct cp_call *call, struct cp_str arguments)
{
    struct cp_str text = { NULL, 0 };

    if (J->kind(arguments) == '{' && J->check(call, arguments) == CP_OK)
        text = J->text(call, J->get(arguments, "input"));
    /* A model that forgot the object said the text itself. */
    return text.p == NULL ? arguments : text;
}
