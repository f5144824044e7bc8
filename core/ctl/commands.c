/* SPDX-License-Identifier: MIT */
/*
 * commands - the table of commands of claude-proxyctl, in the order in which help tells them.
 */
#include "ctl/run.h"
#include "ctl/views.h"

const struct option_spec command_globals[] = {
    { "socket", 's', "SOCKET", NULL, "the gateway's local socket" },
    { "url", 0, "URL", NULL,
      "a gateway elsewhere: https://HOST; needs a key; before the command" },
    { "key-file", 'k', "FILE", NULL, "the key is the file's first line; - is standard input" },
    { "ca-file", 0, "FILE", NULL, "certificates that are trusted instead of the system's" },
    { "timeout", 0, "DURATION", NULL, "wait so long for an answer (default: 60s)" },
    { "json", 0, NULL, NULL, "the API's answer" },
    { "output", 0, "FORM", NULL, "table, json or csv" },
    { "no-header", 0, NULL, NULL, "tables without their titles" },
    { "quiet", 'q', NULL, NULL, "only what was asked for, and errors" },
    { "help", 'h', NULL, NULL, "about the command" },
    { "version", 'V', NULL, NULL, "the program's version" },
    { NULL, 0, NULL, NULL, NULL },
};

#define END                                                                                    \
    {                                                                                          \
        NULL, 0, NULL, NULL, NULL                                                              \
    }

static const struct option_spec top_options[] = {
    { "once", 0, NULL, NULL, "one look, no screen of its own" }, END
};
static const struct option_spec log_options[] = {
    { "follow", 'f', NULL, NULL, "go on with what comes" },
    { "level", 0, "LEVEL", NULL, "this bad or worse: error, warn, info, debug" },
    END
};
static const struct option_spec events_options[] = {
    { "kinds", 0, "KIND,...", NULL, "request, channel, key, config, plugin, log, stats" },
    { "since", 0, "NUMBER", NULL, "from the event after this one" },
    END
};
static const struct option_spec channel_add_options[] = {
    { "name", 0, "NAME", "=name", "what people call it" },
    { "dialect", 0, "DIALECT", "=dialect", "claude, chat, responses or gemini" },
    { "url", 0, "URL", NULL, "its base URL; again for further ones" },
    { "id", 0, "ID", "=id", "default: made from the name" },
    { "priority", 0, "N", "=priority", "smaller is asked earlier" },
    { "weight", 0, "N", "=weight", "share of what the spreading strategies hand out" },
    { "families", 0, "FAMILY,...", "=families", "client APIs that it serves (default: all)" },
    { "keyless", 0, NULL, "=keyless", "it needs no key" },
    { "test", 0, NULL, NULL, "try it before it is saved; keep it only if it answers" },
    END
};
static const struct option_spec test_options[] = {
    { "model", 0, "MODEL", NULL, "ask for this model" }, END
};
static const struct option_spec promote_options[] = {
    { "family", 0, "FAMILY", NULL, "in this client API only" }, END
};
static const struct option_spec sure_options[] = {
    { "yes", 'y', NULL, NULL, "do not ask whether this is meant" }, END
};
static const struct option_spec key_add_options[] = {
    { "label", 0, "LABEL", NULL, "what people call it" }, END
};
static const struct option_spec client_options[] = {
    { "label", 0, "LABEL", "=label", "whose it is" },
    { "expires", 0, "TIME", "=expires", "2027-01-01T00:00:00Z" },
    { "models", 0, "MODEL,...", "=models", "models it may ask for, with * (default: all)" },
    { "families", 0, "FAMILY,...", "=families", "client APIs it opens (default: all)" },
    { "rpm", 0, "N", "=caps.rpm", "most requests a minute" },
    { "tpm", 0, "N", "=caps.tpm", "most tokens a minute" },
    { "concurrency", 0, "N", "=caps.concurrency", "most requests at once" },
    { "tokens", 0, "N", "=budget.tokens", "what it may spend in a period, in tokens" },
    { "money", 0, "AMOUNT", "=budget.money", "what it may spend in a period, in money" },
    { "period", 0, "PERIOD", "=budget.period", "day, month or ever" },
    END
};
static const struct option_spec rotate_options[] = {
    { "grace", 0, "DURATION", NULL, "the old key is good for so long (default: not at all)" },
    END
};
static const struct option_spec show_config_options[] = {
    { "source", 0, NULL, NULL, "who said each value, and where" }, END
};
static const struct option_spec reload_options[] = {
    { "wait", 0, NULL, NULL, "as without: the answer comes when the new configuration serves" },
    END
};
static const struct option_spec explain_options[] = {
    { "path", 0, "PATH", NULL, "where the request is posted to (default: /v1/messages)" },
    { "model", 0, "MODEL", NULL, "without FILE: a short request for this model" },
    END
};
static const struct option_spec stats_options[] = {
    { "since", 0, "DURATION", NULL, "15m, 1h, 6h, 24h, 7d, 30d (default: 24h)" },
    { "by", 0, "WHAT", NULL, "channel, key, model, client or family (default: channel)" },
    { "csv", 0, NULL, NULL, "as --output csv" },
    END
};
static const struct option_spec history_options[] = {
    { "since", 0, "DURATION", NULL, "not older than this: 1h, 7d" },
    { "status", 0, "STATUS", NULL, "answered with this HTTP status" },
    { "channel", 0, "CHANNEL", NULL, "served by this channel" },
    { "model", 0, "MODEL", NULL, "asked for this model" },
    { "client", 0, "CLIENT", NULL, "of this client key" },
    { "failed", 0, NULL, NULL, "only those that were not served" },
    { "number", 'n', "N", NULL, "at most so many (default: 50)" },
    { "csv", 0, NULL, NULL, "as --output csv" },
    END
};
static const struct option_spec loglevel_options[] = {
    { "for", 0, "DURATION", NULL, "goes back by itself (default: 10m)" }, END
};
static const struct option_spec capture_options[] = {
    { "channel", 0, "CHANNEL", NULL, "of this channel only" },
    { "client", 0, "CLIENT", NULL, "of this client key only" },
    { "no-bodies", 0, NULL, NULL, "heads alone" },
    { "duration", 0, "DURATION", NULL, "ends by itself (default: 60s)" },
    END
};
static const struct option_spec passwd_options[] = {
    { "print", 0, NULL, NULL, "print the hash; no gateway is asked" },
    { "remove", 0, NULL, NULL, "there is no password any more" },
    END
};
static const struct option_spec reset_options[] = {
    { "channel", 0, "CHANNEL", NULL, "this channel only" },
    { "key", 0, "KEY", NULL, "and of it this key only" },
    END
};
static const struct option_spec clear_options[] = {
    { "channel", 0, "CHANNEL", "?channel", "homes on this channel only" },
    { "key", 0, "KEY", "?key", "and of it this key only" },
    END
};
static const struct option_spec import_options[] = {
    { "dry-run", 0, NULL, NULL, "say what would be taken, and change nothing" },
    { "to", 0, "FILE", NULL, "without a gateway: make this configuration file of it" },
    END
};

#define CHANNEL "/api/channels/{CHANNEL}"
#define KEY     "/api/channels/{CHANNEL}/keys/{KEY}"
#define CLIENT  "/api/clients/{CLIENT}"

/* clang-format off */
const struct command command_table[] = {
    { .words = "status", .help = "how the gateway is, on one screen, and what to do next", .run = run_status },
    { .words = "info", .help = "version, libraries, limits and files", .method = "GET", .path = "/api/status" },
    { .words = "show channels", .help = "health of all channels", .run = run_show_channels },
    { .words = "show keys", .help = "health of all upstream keys", .run = run_show_keys },
    { .words = "show breakers", .help = "what is left alone now, since when, until when and why", .run = run_show_breakers },
    { .words = "show inflight", .help = "requests under way, by channel", .run = run_show_inflight },
    { .words = "show errors", .help = "the last requests that were not served", .run = run_show_errors },
    { .words = "show plugins", .help = "plugins: those that are loaded, and those that are not", .run = run_show_plugins },
    { .words = "plugin release", .arguments = "PLUGIN", .help = "let a plugin out of quarantine, and reload", .method = "POST", .path = "/api/plugins/{PLUGIN}/release", .done = "plugin {PLUGIN} is in again" },
    { .words = "show config", .options = show_config_options, .help = "as config show", .run = run_config_show },
    { .words = "show sessions", .help = "which conversation is at home where", .method = "GET", .path = "/api/scheduler/sessions", .view = &view_sessions },
    { .words = "top", .options = top_options, .help = "channels and traffic, live", .run = run_top },
    { .words = "monitor", .help = "requests, as they end", .run = run_monitor },
    { .words = "events", .options = events_options, .help = "what happens, as it happens", .run = run_events },
    { .words = "log", .options = log_options, .help = "its last warnings and errors; with -f all that it logs", .run = run_log },

    { .words = "channel list", .help = "all channels", .method = "GET", .path = "/api/channels", .view = &view_channels },
    { .words = "channel get", .arguments = "CHANNEL", .help = "one channel, whole", .method = "GET", .path = CHANNEL },
    { .words = "channel add", .arguments = "[NAME=VALUE]...", .options = channel_add_options, .help = "add a channel; its keys come from standard input or are asked for", .prefix = "channels.", .run = run_channel_add },
    { .words = "channel set", .arguments = "CHANNEL NAME=VALUE...", .help = "change options of a channel; an empty VALUE brings its default back", .method = "PATCH", .path = CHANNEL, .prefix = "channels.", .done = "channel {CHANNEL} is changed" },
    { .words = "channel rm", .arguments = "CHANNEL", .options = sure_options, .help = "remove a channel with its keys", .method = "DELETE", .path = CHANNEL, .done = "channel {CHANNEL} is removed", .run = run_remove },
    { .words = "channel move", .arguments = "CHANNEL PLACE", .help = "put a channel to another place in the order: 1 is the first", .run = run_channel_move },
    { .words = "channel enable", .arguments = "CHANNEL", .help = "serve by it", .run = run_channel_status },
    { .words = "channel disable", .arguments = "CHANNEL", .help = "serve by it no more", .run = run_channel_status },
    { .words = "channel suspend", .arguments = "CHANNEL", .help = "keep it as a spare that is not asked", .run = run_channel_status },
    { .words = "channel drain", .arguments = "CHANNEL", .help = "suspend it and wait until nothing is under way there", .run = run_channel_drain },
    { .words = "channel promote", .arguments = "CHANNEL DURATION", .options = promote_options, .help = "it goes first for so long; 0 ends it", .run = run_channel_promote },
    { .words = "channel resume", .arguments = "CHANNEL", .help = "end its rests, close its breakers", .method = "POST", .path = CHANNEL "/resume", .prefix = "", .done = "channel {CHANNEL}: rests are over, breakers closed" },
    { .words = "channel test", .arguments = "CHANNEL", .options = test_options, .help = "send a short real request by it", .run = run_channel_test },
    { .words = "channel models", .arguments = "CHANNEL", .help = "ask the upstream for its models", .run = run_channel_models },
    { .words = "channel weight", .arguments = "CHANNEL N", .help = "its share of what the spreading strategies hand out", .run = run_channel_weight },

    { .words = "key list", .arguments = "CHANNEL", .help = "a channel's keys, in their order", .method = "GET", .path = CHANNEL "/keys", .view = &view_keys },
    { .words = "key add", .arguments = "CHANNEL", .options = key_add_options, .help = "add keys, one a line from standard input, or one that is asked for", .run = run_key_add },
    { .words = "key rm", .arguments = "CHANNEL KEY", .options = sure_options, .help = "remove a key", .method = "DELETE", .path = KEY, .done = "key {KEY} is removed", .run = run_remove },
    { .words = "key move", .arguments = "CHANNEL KEY PLACE", .help = "put a key to another place: 1 is asked first", .run = run_key_move },
    { .words = "key enable", .arguments = "CHANNEL KEY", .help = "use it", .run = run_key_switch },
    { .words = "key disable", .arguments = "CHANNEL KEY", .help = "use it no more", .run = run_key_switch },
    { .words = "key test", .arguments = "CHANNEL KEY", .options = test_options, .help = "send a short real request with it", .run = run_key_test },

    { .words = "client list", .help = "client keys and what they have spent", .method = "GET", .path = "/api/clients", .view = &view_clients },
    { .words = "client get", .arguments = "CLIENT", .help = "one client key", .method = "GET", .path = CLIENT },
    { .words = "client create", .arguments = "[NAME=VALUE]...", .options = client_options, .help = "make a client key and print it, this once", .prefix = "client_keys.", .run = run_client_create },
    { .words = "client set", .arguments = "CLIENT [NAME=VALUE]...", .options = client_options, .help = "change a client key", .method = "PATCH", .path = CLIENT, .prefix = "client_keys.", .done = "client key {CLIENT} is changed" },
    { .words = "client revoke", .arguments = "CLIENT", .options = sure_options, .help = "remove a client key", .method = "DELETE", .path = CLIENT, .done = "client key {CLIENT} is revoked", .run = run_remove },
    { .words = "client rotate", .arguments = "CLIENT", .options = rotate_options, .help = "give it a new key and print it, this once", .run = run_client_rotate },
    { .words = "client reset", .arguments = "CLIENT", .help = "its spending begins anew", .method = "POST", .path = CLIENT "/reset", .done = "client key {CLIENT}: its spending begins anew" },

    { .words = "family list", .help = "client APIs, their strategies and orders", .method = "GET", .path = "/api/families", .view = &view_families },
    { .words = "family set", .arguments = "FAMILY NAME=VALUE...", .help = "change a client API's strategy, order, fuzzy, affinity", .method = "PATCH", .path = "/api/families/{FAMILY}", .prefix = "families.", .done = "family {FAMILY} is changed" },
    { .words = "scheduler reset", .options = reset_options, .help = "end all rests, close all breakers", .run = run_scheduler_reset },
    { .words = "sessions list", .help = "as show sessions", .method = "GET", .path = "/api/scheduler/sessions", .view = &view_sessions },
    { .words = "sessions clear", .options = clear_options, .help = "forget where conversations are at home", .method = "DELETE", .path = "/api/scheduler/sessions", .done = "{forgotten} sessions are forgotten" },

    { .words = "config test", .arguments = "[FILE]", .help = "would a reload be good; with FILE: in the place of managed.conf", .run = run_config_test },
    { .words = "config show", .options = show_config_options, .help = "the whole configuration, secrets masked", .run = run_config_show },
    { .words = "config get", .arguments = "PATH", .help = "one option, or all below it", .run = run_config_get },
    { .words = "config set", .arguments = "PATH VALUE", .help = "change an option that no file says; an empty VALUE brings its default back", .run = run_config_set },
    { .words = "config diff", .help = "what differs from the last generation", .run = run_config_diff },
    { .words = "config history", .help = "generations of what was changed here", .method = "GET", .path = "/api/config/history", .view = &view_generations },
    { .words = "config restore", .arguments = "N", .options = sure_options, .help = "go back to a generation", .run = run_config_restore },
    { .words = "config reload", .options = reload_options, .help = "as reload", .run = run_reload },
    { .words = "reload", .options = reload_options, .help = "read all files anew; errors change nothing", .run = run_reload },
    { .words = "upgrade", .help = "have the program on the disk take over; requests under way go on, and a failure changes nothing", .method = "POST", .path = "/api/upgrade", .done = "upgraded: process {pid} (version {version}) serves; {before_pid} finishes {in_flight} requests" },

    { .words = "prices", .help = "what models cost, as far as it is known", .method = "GET", .path = "/api/prices", .view = &view_prices },
    { .words = "explain", .arguments = "[FILE]", .options = explain_options, .help = "where a request would go now, and why; sends nothing", .run = run_explain },
    { .words = "stats", .options = stats_options, .help = "requests, tokens, cost", .run = run_stats },
    { .words = "history", .arguments = "[REQUEST]", .options = history_options, .help = "requests that are over, the last ones first; or one, whole", .run = run_history },
    { .words = "loglevel", .arguments = "LEVEL", .options = loglevel_options, .help = "log more or less for a while", .run = run_loglevel },
    { .words = "capture start", .options = capture_options, .help = "write requests and answers to a file, scrubbed", .run = run_capture_start },
    { .words = "capture stop", .arguments = "CAPTURE", .help = "end a capture; its file stays", .method = "POST", .path = "/api/captures/{CAPTURE}/stop", .done = "capture {CAPTURE} is over" },
    { .words = "capture get", .arguments = "CAPTURE", .help = "its file, to standard output: a JSON object a line", .run = run_capture_get },
    { .words = "capture rm", .arguments = "CAPTURE", .options = sure_options, .help = "end a capture and remove its file", .method = "DELETE", .path = "/api/captures/{CAPTURE}", .done = "capture {CAPTURE} is removed", .run = run_remove },
    { .words = "capture list", .help = "captures and their files", .method = "GET", .path = "/api/captures", .view = &view_captures },
    { .words = "passwd", .options = passwd_options, .help = "set the administration's password, asked twice", .run = run_passwd },
    { .words = "import", .arguments = "DIR", .options = import_options, .help = "take over .env and .config/config.json of the predecessor", .run = run_import },
    { .words = "api", .arguments = "METHOD PATH [FILE]", .help = "one call of the API, as it is; FILE (or -) is the body", .run = run_api },
    { .words = "completion", .arguments = "SHELL", .help = "print the script that completes commands: bash, zsh or fish", .run = run_completion },
    { .words = "help", .arguments = "[COMMAND]...", .help = "about all commands, or one", .run = run_help },
    { .words = NULL },
};
/* clang-format on */
