/* SPDX-License-Identifier: MIT */
/*
 * wild - what goes wrong in a plugin that was well when it was tried: the body of a request names it.
 *
 * Included by a copy of plain.c, whose decode() and rx_frame() ask it first.
 */
#include <claude-proxy/plugin.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct cp_host *wild_host;

static int wild_is(struct cp_str body, const char *word)
{
    return body.n >= strlen(word) && memcmp(body.p, word, strlen(word)) == 0;
}

static int wild_emit(struct cp_tape *tape, struct cp_item it)
{
    return wild_host->emit(tape, &it);
}

/* A whole request with that text. */
static int wild_text(struct cp_tape *tape, struct cp_str text)
{
    wild_emit(tape, (struct cp_item){ CP_ITEM(START) });
    wild_emit(tape, (struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_USER });
    wild_emit(tape, (struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .text = text });
    wild_emit(tape, (struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE });
    return wild_emit(tape, (struct cp_item){ CP_ITEM(END) });
}

static int wild_freed(struct cp_tape *tape)
{
    char *mine = malloc(6);

    memcpy(mine, "freed", 6);
    int rc = wild_text(tape, (struct cp_str){ mine, 5 });
    memset(mine, 'x', 6);
    free(mine);
    return rc;
}

static void wild_wait(const char *file)
{
    FILE *begun = fopen(WILD_FILE ".begun", "w");

    if (begun)
        fclose(begun);
    while (access(file, F_OK))
        usleep(10000);
}

static void wild_leak(void)
{
    static void *volatile lost;

    lost = malloc(1 << 20);
    memset(lost, 1, 1 << 20);
}

/* 1: it was nothing of that kind. */
static int wild_decode(const struct cp_host *host, struct cp_call *call, struct cp_str body,
                       struct cp_tape *tape)
{
    static const char bytes[] = "some";

    wild_host = host;
    if (wild_is(body, "null"))
        return wild_text(tape, (struct cp_str){ NULL, 5 });
    if (wild_is(body, "endless"))
        return wild_text(tape, (struct cp_str){ bytes, INT32_MAX });
    if (wild_is(body, "negative"))
        return wild_text(tape, (struct cp_str){ bytes, (size_t)-1 });
    if (wild_is(body, "freed"))
        return wild_freed(tape);
    if (wild_is(body, "no item"))
        return host->emit(tape, NULL);
    if (wild_is(body, "no answer"))
        return 42;
    if (wild_is(body, "no end"))
        return wild_emit(tape, (struct cp_item){ CP_ITEM(START) }), CP_OK;
    if (wild_is(body, "no bytes"))
        return wild_text(tape, (struct cp_str){ "\xff\xfe", 2 });
    if (wild_is(body, "format")) {
        char fmt[64] = "";
        memcpy(fmt, body.p, body.n < sizeof(fmt) ? body.n : sizeof(fmt) - 1);
        return host->fail(call, CP_E_SYNTAX, fmt + strlen("format "), "a", "b");
    }
    if (wild_is(body, "log"))
        host->log(CP_LOG_WARN, "%.*s", (int)body.n, body.p);
    if (wild_is(body, "crash"))
        *(volatile int *)8 = 1;
    if (wild_is(body, "wait"))
        wild_wait(WILD_FILE);
    if (wild_is(body, "leak"))
        wild_leak();
    return 1;
}
