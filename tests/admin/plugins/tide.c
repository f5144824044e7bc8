/* SPDX-License-Identifier: MIT */
/*
 * tide - a dialect that comes and goes: the prompt is the body (some JSON), the answer text whose every piece says which version of the plugin has told it.
 *
 * For clients only.  Built by the tests, again and again:
 *
 *     -DTIDE='"1.1"'          the version
 *     -DTIDE_FAULTS           writes to nowhere when a request says "crash now"
 *     -DTIDE_SICK             writes to nowhere at any body: preflight sees it
 *     -DTIDE_GATE='"FILE"'    does not come back from a request that says "wait now" before the file is there
 *     -DTIDE_MAJOR=9          speaks another ABI
 */
#include <claude-proxy/plugin.h>

#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef TIDE_MAJOR
#define TIDE_MAJOR CP_ABI_MAJOR
#endif

static const struct cp_host *host;
static const struct cp_str version = { TIDE "|", sizeof(TIDE "|") - 1 };

static int load(const struct cp_host *h)
{
    host = h;
    return CP_OK;
}

static int says(struct cp_str body, const char *what)
{
    for (size_t i = 0, n = strlen(what); i + n <= body.n; i++)
        if (!memcmp(body.p + i, what, n))
            return 1;
    return 0;
}

static void look(struct cp_str body)
{
#if defined(TIDE_SICK)
    *(volatile int *)16 = 1;
#elif defined(TIDE_FAULTS)
    if (says(body, "crash now"))
        *(volatile int *)16 = 1;
#elif defined(TIDE_GATE)
    while (says(body, "wait now") && access(TIDE_GATE, F_OK))
        nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
#else
    (void)says;
#endif
}

static int decode(void *instance, struct cp_call *call, int phase, struct cp_str body,
                  struct cp_tape *tape)
{
    if (phase != CP_REQUEST)
        return host->fail(call, CP_E_UNSUPPORTED, "for clients only");
    look(body);
    host->emit(tape, &(struct cp_item){ CP_ITEM(START), .num = call->stream });
    host->emit(tape, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_USER });
    host->emit(tape, &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .text = body });
    host->emit(tape, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE });
    return host->emit(tape, &(struct cp_item){ CP_ITEM(END) });
}

static int encode(void *instance, struct cp_call *call, int phase, const struct cp_tape *tape,
                  struct cp_out *out)
{
    const struct cp_item *it;

    host->write(out, version);
    for (size_t i = 0; (it = host->item(tape, i)); i++)
        if (it->kind == CP_TEXT || it->kind == CP_ERROR)
            host->write(out, it->text);
    return CP_OK;
}

static int tx_open(void *instance, struct cp_call *call, void **state)
{
    *state = NULL;
    return CP_OK;
}

static int tx_item(void *state, struct cp_call *call, const struct cp_item *it,
                   struct cp_out *out)
{
    static const struct cp_str piece = { "piece", 5 }, end = { "end", 3 },
                               error = { "error", 5 };

    if (it->kind == CP_TEXT && it->text.n)
        return host->frame(out, piece, version);
    if (it->kind == CP_ERROR)
        return host->frame(out, error, it->text);
    return it->kind == CP_END ? host->frame(out, end, version) : CP_OK;
}

static int tx_close(void *state, struct cp_call *call, int rc, struct cp_out *out)
{
    return CP_OK;
}

static const struct cp_endpoint endpoints[] = {
    { .op = CP_CHAT, .stream = 2, .method = "POST", .path = "/v1/tide/{model}" },
    { .op = CP_CHAT, .stream = 1, .method = "POST", .path = "/v1/tide/{model}/stream" },
};

static const struct cp_adapter tide = {
    .size = sizeof(struct cp_adapter),
    .framing = CP_SSE,
    .speaks = CP_BIT(CP_START) | CP_BIT(CP_MESSAGE) | CP_BIT(CP_TEXT) | CP_BIT(CP_STOP) |
              CP_BIT(CP_END) | CP_BIT(CP_ERROR) | CP_BIT(CP_USAGE),
    .ops = CP_BIT(CP_CHAT),
    .dialect = "tide",
    .family = "tide",
    .title = "Tide",
    .endpoints = endpoints,
    .endpoints_n = sizeof(endpoints) / sizeof(endpoints[0]),
    .endpoint_size = sizeof(endpoints[0]),
    .decode = decode,
    .encode = encode,
    .tx_open = tx_open,
    .tx_item = tx_item,
    .tx_close = tx_close,
};
static const struct cp_adapter *const adapters[] = { &tide };

CP_PLUGIN = { .magic = CP_MAGIC,
              .major = TIDE_MAJOR,
              .needs_minor = CP_ABI_MINOR,
              .size = (uint32_t)sizeof(struct cp_plugin),
              .adapters = adapters,
              .adapters_n = 1,
              .name = "tide",
              .version = TIDE,
              .license = "MIT",
              .load = load };
