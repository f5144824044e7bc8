/* SPDX-License-Identifier: MIT */
/*
 * log_kind - the kinds of events that the log knows, each with a number that stays the same for ever.
 *
 * Numbers are never given to another kind, nor is one changed: they stand in people's alarms.
 */
#include "base/log_kind.h"

#include <string.h>

/* The first is the one that is asked for with every request. */
static const struct log_kind kinds[] = {
    { "request", "0976a9da524941d2834838a31b849ddb" },
    { "attempt", "42bfa8d6c8ea43139b133f41d78a2cd4" },
    { "stream_aborted", "84715d878ea541c8a8db876171d505f5" },
    { "learned", "553d52360e324f56a4b614b3b7409893" },
    { "start", "a530760923144307b44a7efae3b8ca94" },
    { "stopping", "e95744b1bea446848e1c62d19776d2ea" },
    { "stopped", "bd280b7f7da649e09021e00e3001603d" },
    { "reload", "c2ad520c01064120b163995629a05cab" },
    { "reload_failed", "083f5876a9f8421988cc7d259eef2cb7" },
    { "config", "84eceb3389fb4230bfa20fbf034cf319" },
    { "save_failed", "1782f4f5c3684951ace921d1dde7e68a" },
    { "save_well", "4b3a2f19e0414fe59ce309ef24a6e298" },
    { "channel_down", "ccaa40212a174264b47aef25caf12b53" },
    { "channel_up", "92495be1086e4eac81d7991f24edb602" },
    { "path_down", "206be573ade641b18c37f5dbc07ef63f" },
    { "path_up", "9b3808d56edf46db9c60988e23fa6fcf" },
    { "key_cooled", "464b9cd295e947b797ee9654ed3291ec" },
    { "key_refused", "e7e6d40c90f74d91a2fcf906ca2acc9f" },
    { "key_well", "0314eec8c63c4c7e8db8fc6520c4c731" },
    { "auth_failed", "bf2946fcf40e44bf88ffad4d67220f1b" },
    { "session", "c05a7ba7eb424d3cb2816b73416acae7" },
    { "plugin_refused", "03869f74fa5148edac8a9da41781f04b" },
    { "plugin", "3fabb439c9424034b83cedca3b13e628" },
    { "plugin_changed", "2e98d2dcd4724ac0818f490da1c66e52" },
    { "plugin_slow", "d5593c9ef957437ebef33f56ea41567c" },
    { "plugins_older", "574e558090604ad59b7f2bfa35ae43ee" },
    { "quarantine", "06903e866c7c4e75aa6532b9be8f9334" },
    { "worker_hangs", "2ad642274d1046a5afadcef56ba4ef4a" },
    { "worker_well", "da2daf57d91d47f19b574b17fd61105b" },
    { "store_failing", "a792d6233af9493faf14917551241ede" },
    { "store_well", "99c8d9a3e078481198d06a26048dc92a" },
    { "log", "7b1febe5d6904fe9be740d673ab9880e" },
    { "level", "13442de35d5e4a8682bb6b94c985dcee" },
    { "capture_begun", "4ab4aca4e44f4b8baebef0d78a334fe3" },
    { "capture_ended", "c7ec11919d89447d9f296ee922258eef" },
};

enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

const struct log_kind *log_kind_find(const char *event)
{
    for (size_t i = 0; event && i < KINDS; i++)
        if (!strcmp(kinds[i].event, event))
            return &kinds[i];
    return NULL;
}

const struct log_kind *log_kind_at(size_t i)
{
    return i < KINDS ? &kinds[i] : NULL;
}
