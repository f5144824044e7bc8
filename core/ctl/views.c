/* SPDX-License-Identifier: MIT */
/*
 * views - which members of the API's lists are columns.
 */
#include "ctl/views.h"

#define END                                                                                    \
    {                                                                                          \
        NULL, NULL, VIEW_TEXT                                                                  \
    }
#define COLUMNS (const struct view_column[])

const struct view view_channels = {
    "channels",
    COLUMNS{
        { "ID", "id", VIEW_TEXT },
        { "NAME", "name", VIEW_TEXT },
        { "DIALECT", "dialect", VIEW_TEXT },
        { "STATUS", "status", VIEW_STATE },
        { "PRIORITY", "priority", VIEW_NUMBER },
        { "KEYS", "keys", VIEW_COUNT },
        { "URL", "base_url|base_urls", VIEW_LIST },
        END,
    },
    "There are no channels. Add one: claude-proxyctl channel add --name NAME --dialect claude "
    "--url https://...",
};

const struct view view_keys = {
    "keys",
    COLUMNS{
        { "ID", "id", VIEW_TEXT },
        { "LABEL", "label", VIEW_TEXT },
        { "KEY", "mask", VIEW_TEXT },
        { "ENABLED", "enabled", VIEW_STATE },
        { "STATE", "state", VIEW_STATE },
        { "RESTS", "until", VIEW_AGE },
        { "BECAUSE", "trouble", VIEW_TEXT },
        { "SERVED", "served", VIEW_BIG },
        { "FAILED", "failed", VIEW_BIG },
        { "LAST SERVED", "last_served", VIEW_AGE },
        END,
    },
    "The channel has no keys. Add one: claude-proxyctl key add CHANNEL",
};

const struct view view_clients = {
    "clients",
    COLUMNS{
        { "ID", "id", VIEW_TEXT },
        { "LABEL", "label", VIEW_TEXT },
        { "KEY", "mask", VIEW_TEXT },
        { "STATE", "state", VIEW_STATE },
        { "EXPIRES", "expires", VIEW_TIME },
        { "SERVED", "served", VIEW_BIG },
        { "NOW", "in_flight", VIEW_NUMBER },
        { "LAST USED", "last_used", VIEW_AGE },
        { "PERIOD", "budget.period", VIEW_TEXT },
        { "TOKENS", "usage.spent.tokens", VIEW_BIG },
        { "OF", "budget.tokens", VIEW_LIMIT },
        { "MONEY", "usage.spent.micro", VIEW_MONEY },
        { "OF", "budget.money", VIEW_TEXT },
        END,
    },
    "There are no client keys: the access key opens everything. Make one: claude-proxyctl client "
    "create --label NAME",
};

const struct view view_families = {
    "families",
    COLUMNS{
        { "FAMILY", "name", VIEW_TEXT },
        { "STRATEGY", "strategy", VIEW_TEXT },
        { "AFFINITY", "affinity", VIEW_TEXT },
        { "FUZZY", "fuzzy", VIEW_TEXT },
        { "ORDER", "order", VIEW_LIST },
        END,
    },
    NULL,
};

const struct view view_prices = {
    "prices",
    COLUMNS{
        { "MODEL", "model", VIEW_TEXT },
        { "CHANNEL", "channel", VIEW_TEXT },
        { "FROM", "from", VIEW_TIME },
        { "PROMPTS ABOVE", "prompt_above", VIEW_LIMIT },
        { "IN", "input", VIEW_TEXT },
        { "OUT", "output", VIEW_TEXT },
        { "CACHE READ", "cache_read", VIEW_TEXT },
        END,
    },
    "No price is known: see prices in claude-proxy.conf(5).",
};

const struct view view_plugins = {
    "plugins",
    COLUMNS{
        { "NAME", "name", VIEW_TEXT },
        { "VERSION", "version", VIEW_TEXT },
        { "ADAPTERS", "adapters", VIEW_LIST },
        { "STORES", "stores", VIEW_LIST },
        { "STATE", "state", VIEW_STATE },
        { "SINCE", "since", VIEW_AGE },
        { "OLDER", "older", VIEW_COUNT },
        { "FILE", "file|path", VIEW_TEXT },
        { "WHY", "why", VIEW_TEXT },
        END,
    },
    "No plugin is loaded.",
};

const struct view view_sessions = {
    "sessions",
    COLUMNS{
        { "SESSION", "session", VIEW_TEXT },
        { "SOURCE", "source", VIEW_TEXT },
        { "CLIENT KEY", "client_key", VIEW_TEXT },
        { "CHANNEL", "channel", VIEW_TEXT },
        { "KEY", "key", VIEW_TEXT },
        { "REQUESTS", "requests", VIEW_NUMBER },
        { "UNTIL", "until", VIEW_AGE },
        END,
    },
    "No conversation has a home now.",
};

const struct view view_generations = {
    "generations",
    COLUMNS{
        { "N", "number", VIEW_NUMBER },
        { "WHEN", "when", VIEW_TIME },
        { "WHO", "who", VIEW_TEXT },
        { "WHAT", "what", VIEW_TEXT },
        { "CURRENT", "current", VIEW_YES },
        END,
    },
    "Nothing has been changed here yet.",
};

const struct view view_captures = {
    "captures",
    COLUMNS{
        { "ID", "id", VIEW_TEXT },
        { "CHANNEL", "channel", VIEW_TEXT },
        { "STATE", "state", VIEW_STATE },
        { "UNTIL", "until", VIEW_AGE },
        { "REQUESTS", "requests", VIEW_NUMBER },
        { "SIZE", "bytes", VIEW_BYTES },
        { "FILE", "file", VIEW_TEXT },
        END,
    },
    "Nothing is captured.",
};

const struct view view_health = {
    "channels",
    COLUMNS{
        { "CHANNEL", "id", VIEW_TEXT },
        { "STATUS", "status", VIEW_STATE },
        { "NOW", "under_way", VIEW_NUMBER },
        { "SERVED", "served", VIEW_BIG },
        { "FAILED", "failed", VIEW_BIG },
        { "FIRST CONTENT", "first_content_ms.mean", VIEW_MS },
        { "P90", "first_content_ms.p90", VIEW_MS },
        { "BREAKER", "breaker.state|breaker", VIEW_STATE },
        { "RESTS", "cooldown.until", VIEW_AGE },
        { "BECAUSE", "cooldown.trouble", VIEW_TEXT },
        { "LAST SERVED", "last_served", VIEW_AGE },
        END,
    },
    "There are no channels. Add one: claude-proxyctl channel add --name NAME --dialect claude "
    "--url https://...",
};

const struct view view_key_health = {
    NULL,
    COLUMNS{
        { "CHANNEL", "channel", VIEW_TEXT },
        { "KEY", "id", VIEW_TEXT },
        { "LABEL", "label", VIEW_TEXT },
        { "ENABLED", "enabled|is_enabled", VIEW_STATE },
        { "NOW", "under_way", VIEW_NUMBER },
        { "SERVED", "served", VIEW_BIG },
        { "FAILED", "failed", VIEW_BIG },
        { "RESTS", "cooldown.until", VIEW_AGE },
        { "BECAUSE", "cooldown.trouble", VIEW_TEXT },
        { "LAST SERVED", "last_served", VIEW_AGE },
        END,
    },
    "There are no keys.",
};

const struct view view_breakers = {
    NULL,
    COLUMNS{
        { "CHANNEL", "channel", VIEW_TEXT },
        { "WHAT", "what", VIEW_TEXT },
        { "NAME", "url|key|id", VIEW_TEXT },
        { "BREAKER", "breaker.state", VIEW_STATE },
        { "FAILURES", "breaker.failures", VIEW_NUMBER },
        { "OPEN", "breaker.until", VIEW_AGE },
        { "RESTS", "cooldown.until", VIEW_AGE },
        { "BECAUSE", "cooldown.trouble", VIEW_TEXT },
        { "SINCE", "cooldown.since", VIEW_AGE },
        END,
    },
    "Nothing is left alone: all breakers are closed, nothing rests.",
};

const struct view view_inflight = {
    NULL,
    COLUMNS{
        { "CHANNEL", "channel", VIEW_TEXT },
        { "KEY", "key", VIEW_TEXT },
        { "REQUESTS", "under_way", VIEW_NUMBER },
        { "MOST", "caps.concurrency", VIEW_LIMIT },
        END,
    },
    "No request is under way.",
};

const struct view view_history = {
    "requests",
    COLUMNS{
        { "TIME", "time", VIEW_TIME },
        { "ID", "id", VIEW_TEXT },
        { "CLIENT", "client", VIEW_TEXT },
        { "MODEL", "model", VIEW_TEXT },
        { "CHANNEL", "channel", VIEW_TEXT },
        { "OUTCOME", "outcome", VIEW_STATE },
        { "STATUS", "status", VIEW_NUMBER },
        { "END", "end", VIEW_TEXT },
        { "TRIES", "attempts", VIEW_NUMBER },
        { "FIRST", "content_us", VIEW_US },
        { "TOTAL", "total_us", VIEW_US },
        { "IN", "tokens.input", VIEW_BIG },
        { "OUT", "tokens.output", VIEW_BIG },
        { "COST", "cost_micro", VIEW_MONEY },
        { "WHY", "error", VIEW_TEXT },
        END,
    },
    "No request is known.",
};

const struct view view_monitor = {
    NULL,
    COLUMNS{
        { "TIME", "time", VIEW_TIME },
        { "CLIENT", "client", VIEW_TEXT },
        { "MODEL", "model", VIEW_TEXT },
        { "CHANNEL", "channel", VIEW_TEXT },
        { "OUTCOME", "outcome", VIEW_STATE },
        { "STATUS", "status", VIEW_NUMBER },
        { "END", "end", VIEW_TEXT },
        { "TRIES", "attempts", VIEW_NUMBER },
        { "FIRST", "content_us", VIEW_US },
        { "TOTAL", "total_us", VIEW_US },
        { "IN", "tokens.input", VIEW_BIG },
        { "OUT", "tokens.output", VIEW_BIG },
        { "ERROR", "error", VIEW_TEXT },
        END,
    },
    NULL,
};

const struct view view_statistics = {
    "rows",
    COLUMNS{
        { "NAME", "name", VIEW_TEXT },
        { "LABEL", "label|channel_name", VIEW_TEXT },
        { "REQUESTS", "requests", VIEW_BIG },
        { "SERVED", "served", VIEW_BIG },
        { "FAILED", "failed", VIEW_BIG },
        { "REQ/MIN", "rpm", VIEW_NUMBER },
        { "IN", "input_tokens", VIEW_BIG },
        { "OUT", "output_tokens", VIEW_BIG },
        { "CACHE READ", "cache_read_tokens", VIEW_BIG },
        { "HIT RATE", "cache_hit_rate", VIEW_PERCENT },
        { "COST", "cost_micro", VIEW_MONEY },
        END,
    },
    "Nothing was served in this time.",
};

const struct view view_models = {
    "models|data",
    COLUMNS{
        { "MODEL", "id|name", VIEW_TEXT },
        { "NAME", "display_name|label", VIEW_TEXT },
        END,
    },
    "The upstream lists no models.",
};

/* A list of texts: each is its row. */
const struct view view_model_names = {
    "models|data",
    COLUMNS{ { "MODEL", "", VIEW_TEXT }, END },
    "The upstream lists no models.",
};

const struct view view_top = {
    "channels",
    COLUMNS{
        { "CHANNEL", "id", VIEW_TEXT },
        { "STATUS", "status", VIEW_STATE },
        { "NOW", "under_way", VIEW_NUMBER },
        { "REQ/MIN", "a_minute", VIEW_NUMBER },
        { "SERVED", "served", VIEW_BIG },
        { "FAILED", "failed", VIEW_BIG },
        { "FIRST CONTENT", "first_content_ms.mean", VIEW_MS },
        { "BREAKER", "breaker.state|breaker", VIEW_STATE },
        { "RESTS", "cooldown.until", VIEW_AGE },
        { "BECAUSE", "cooldown.trouble", VIEW_TEXT },
        END,
    },
    "There are no channels.",
};
