/* SPDX-License-Identifier: MIT */
/*
 * bad - a small plugin that is well, for bad ones to differ from in one point.
 *
 * A file defines one of the words below before it includes this; what it does not define is good.
 *
 *     PLUGIN    members of struct cp_plugin     ADAPTER   members of struct cp_adapter
 *     LOAD, TARGET, DECODE, ENCODE, RX_CLOSE    statements of that hook, before its good ones
 */
#ifndef TESTS_ABI_BAD_H
#define TESTS_ABI_BAD_H

#include <claude-proxy/json.h>
#include <claude-proxy/plugin.h>

#ifndef LOAD
#define LOAD
#endif
#ifndef TARGET
#define TARGET
#endif
#ifndef DECODE
#define DECODE
#endif
#ifndef ENCODE
#define ENCODE
#endif
#ifndef RX_CLOSE
#define RX_CLOSE
#endif
#ifndef ADAPTER
#define ADAPTER
#endif
#ifndef PLUGIN
#define PLUGIN
#endif
#ifndef DIALECT
#define DIALECT "bad"
#endif

static const struct cp_host *host;

static int load(const struct cp_host *h)
{
    host = h;
    LOAD return CP_OK;
}

static int target(void *i, struct cp_call *call, struct cp_head *head)
{
    TARGET return host->set_path(head, "v1", "/x");
}

static int decode(void *i, struct cp_call *call, int phase, struct cp_str body,
                  struct cp_tape *tape)
{
    DECODE return host->fail(call, CP_E_SYNTAX, "not mine");
}

static int encode(void *i, struct cp_call *call, int phase, const struct cp_tape *tape,
                  struct cp_out *out)
{
    ENCODE return CP_OK;
}

static int rx_open(void *i, struct cp_call *call, void **state)
{
    return CP_OK;
}

static int rx_frame(void *state, struct cp_call *call, const struct cp_frame *f,
                    struct cp_tape *tape)
{
    return CP_OK;
}

static int rx_close(void *state, struct cp_call *call, int rc, struct cp_tape *tape)
{
    RX_CLOSE return host->emit(tape, &(struct cp_item){ CP_ITEM(ERROR), .sub = CP_STREAM_CUT });
}

static const struct cp_adapter adapter = { .size = sizeof(struct cp_adapter),
                                           .framing = CP_SSE,
                                           .dialect = DIALECT,
                                           .family = "bad",
                                           .title = "Bad",
                                           .ops = CP_BIT(CP_CHAT),
                                           .target = target,
                                           .decode = decode,
                                           .encode = encode,
                                           .rx_open = rx_open,
                                           .rx_frame = rx_frame,
                                           .rx_close = rx_close,
                                           ADAPTER };
static const struct cp_adapter *const adapters[] = { &adapter, &adapter };

CP_PLUGIN = { CP_PLUGIN_HEAD,   .adapters = adapters, .adapters_n = 1, .name = "bad",
              .version = "1.0", .license = "MIT",     .load = load,    PLUGIN };

#endif
