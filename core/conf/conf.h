/* SPDX-License-Identifier: MIT */
/*
 * conf - the configuration as an immutable snapshot: plain structs, refcounted whole.
 *
 * Built from files, .env and the environment by conf_read(), which checks all that needs no
 * plugins; never changed afterwards.  An exchange holds a reference for as long as it lives, so a
 * reload cannot change a request in flight.
 * All strings live in the snapshot, are NUL-terminated, and are absent where the file says "".
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"
#include "conf/option.h"

struct arena;
struct buf;
struct conf_text;
struct node;
struct secret;

enum conf_status { CONF_ACTIVE = 1, CONF_SUSPENDED = 2, CONF_DISABLED = 3 };

/* What may be under way at once, and in a minute; 0: no limit. */
struct conf_caps {
    int64_t concurrency;
    int64_t rpm; /* requests a minute */
    int64_t tpm; /* tokens a minute, in and out */
};

struct conf_key {
    struct secret *secret;
    char id[13];         /* stable: a keyed hash; what logs and the API show */
    struct cp_str label; /* optional */
    bool is_enabled;
    uint32_t ordinal;      /* unique in the snapshot: for per-request bit sets */
    struct conf_caps caps; /* of a channel's key; what is not said is the channel's key_caps */
};

struct conf_url {
    struct cp_str base; /* without '#', without a trailing '/' */
    bool has_version;   /* ends in a segment like v1, v2, v1beta */
    bool is_exact;      /* had a trailing '#': never insert a version */
};

enum conf_match { CONF_EXACT = 1, CONF_CONTAINS = 2, CONF_WILDCARD = 3 };

struct conf_model {
    enum conf_match match;
    struct cp_str from, to; /* a '*' in to takes what '*' in from matched */
};

struct conf_header {
    struct cp_str name, value; /* value absent: drop the header */
};

/* Of the bodies that a channel is sent, in its dialect's words. */
struct conf_parameter {
    struct cp_str path; /* "temperature", "reasoning.effort" */
    struct cp_str json; /* what it is set to; absent: it is left out */
};

/*
 * All ms; 0: no limit.  A reply that is no stream sends its head only when it is ready, so
 * first_byte and first_content are for streams, and total is for everything else: a stream may last
 * as long as it stays alive.
 */
struct conf_timeouts {
    int64_t connect_ms;       /* DNS, TCP and TLS */
    int64_t first_byte_ms;    /* a stream's response head */
    int64_t first_content_ms; /* a stream's first content, counted from the request's end */
    int64_t idle_ms;          /* silence between two bytes of a response body */
    int64_t total_ms;         /* a whole reply that is no stream */
};

/* How long and how much is remembered; 0 of any of them: nothing. */
struct conf_memory {
    int64_t keep_ms;
    size_t bytes;
    int64_t items;
};

/* When a way that fails too often is left alone: state/breaker.h. */
struct conf_breaker {
    bool is_off;
    int64_t window;  /* results looked at, 3..64 */
    int64_t minimum; /* results before it may open */
    int64_t percent; /* of them failed: it opens; 1..100 */
    int64_t open_ms; /* then nobody goes there for so long */
    int64_t age_ms;  /* older results do not count; 0: all do */
};

/* A setting that may be left to who stands above. */
enum conf_tri { CONF_NO = 0, CONF_YES = 1, CONF_UNSAID = 2 };

struct conf_channel {
    struct cp_str id; /* stable, [a-z0-9_-]+; given or made from the name */
    struct cp_str name, description, website;
    struct cp_str dialect; /* an adapter's name */
    struct cp_str where;   /* "claude-proxy.conf:12" */
    uint32_t ordinal;      /* place in the snapshot */
    int32_t priority;      /* smaller is earlier; the place breaks ties */
    enum conf_status status;
    const struct cp_str *families;
    size_t families_n; /* families served; none: all */
    const struct conf_url *urls;
    size_t urls_n;
    const struct conf_key *keys;
    size_t keys_n;
    const struct conf_model *models;
    size_t models_n; /* the map */
    const struct cp_str *only;
    size_t only_n; /* models served (patterns with '*'); none: all */
    const struct conf_header *headers;
    size_t headers_n;
    const struct conf_parameter *parameters; /* those left out first */
    size_t parameters_n;
    const struct conf_option *options;
    size_t options_n; /* for the adapter */
    struct conf_timeouts timeouts;
    struct cp_str proxy, ca_file; /* absent: none / the system's */
    struct cp_str streaming;      /* "both", "only" or "never": what the upstream knows */
    bool insecure, allow_private, http1, strict, is_keyless, low_quality, rewrite;
    int64_t promoted_until_ms; /* wall; until then it goes first; 0: it does not */
    uint32_t weight;           /* share of what the spreading strategies hand out; 1..1000 */
    struct conf_caps caps;     /* all its keys together */
    struct conf_caps key_caps; /* each key, unless it says otherwise */
    struct conf_breaker breaker;
    struct cp_str full;    /* "pass" to another path or "wait" when the caps are reached */
    struct cp_str keys_by; /* "order": the first that is well; "session": spread by session */
};

/* A client API's own order and manners. */
struct conf_family {
    struct cp_str name; /* "messages" */
    struct cp_str where;
    const struct cp_str
        *order; /* ids of channels; those not named follow, in the common order */
    size_t order_n;
    struct cp_str strategy; /* absent: the common one */
    enum conf_tri fuzzy, affinity;
};

/* What is different for some models. */
struct conf_route {
    struct cp_str model; /* a name, with '*' in it or not */
    struct cp_str where;
    const struct cp_str *families;
    size_t families_n; /* none: all */
    const struct cp_str *channels;
    size_t channels_n;      /* ids: these alone, in this order; none: all, as usual */
    struct cp_str strategy; /* absent: the family's */
    enum conf_tri affinity;
};

enum conf_hedge { CONF_HEDGE_OFF = 0, CONF_HEDGE_P90 = 1, CONF_HEDGE_AFTER = 2 };

struct conf_scheduler {
    struct cp_str
        strategy;         /* "failover", "round_robin", "random", "least_busy", "two_choices" */
    int64_t budget_ms;    /* no further attempt after so long; 0: no limit */
    int64_t waits;        /* how often a request waits for a path whose cure is "later" */
    int64_t wait_most_ms; /* and how long at most each time */
    int64_t cooldown_most_ms; /* longest cool-down, <= 24 h */
    bool affinity;
    int64_t affinity_ttl_ms; /* since it was last used */
    int64_t affinity_max;    /* sessions remembered */
    enum conf_hedge hedge;
    int64_t hedge_ms;      /* of CONF_HEDGE_AFTER */
    int64_t hedge_percent; /* most of the requests that may be asked twice, 1..50 */
    int64_t queue_ms;      /* who waits for a cap gives up after so long */
    int64_t queue_max;     /* requests that wait at once, a worker */
    int64_t learned_ms;    /* how long a refused parameter stays out; 0: nothing is learned */
};

/* What a client key may spend; 0: no limit, of money -1.  Periods as in state/purse.h. */
enum conf_period { CONF_EVER = 0, CONF_DAY = 1, CONF_MONTH = 2 };
struct conf_budget {
    enum conf_period period;
    int64_t tokens;
    int64_t micro; /* millionths of the price table's currency */
};

/* A key for clients, and what it opens. */
struct conf_client {
    struct secret *secret; /* NULL: only its digest is known */
    uint8_t digest[32];    /* SHA-256 of the key */
    char id[13];           /* as conf_key.id */
    char mask[32];         /* what people may see of it; "" if only its digest is known */
    uint8_t previous[32];  /* of the key that this one has replaced */
    bool has_previous;
    int64_t previous_until_ms; /* wall; until then that one opens the same */
    struct cp_str label, where;
    bool is_enabled;
    int64_t expires_wall_ms; /* 0: never */
    const struct cp_str *models;
    size_t models_n; /* as clients say them, with '*'; none: all */
    const struct cp_str *families;
    size_t families_n; /* none: all */
    struct conf_caps caps;
    struct conf_budget budget;
    bool is_priced;   /* under a budget of money, models that nobody has priced are refused */
    uint32_t ordinal; /* place in the snapshot */
};

/* What a model costs: millionths of the currency for a million tokens, by enum cp_meter; -1: as input (or output). */
struct conf_price {
    struct cp_str model;   /* with '*'; the longest literal that fits counts */
    struct cp_str channel; /* absent: any */
    int64_t from_wall_ms;  /* the latest that has begun counts */
    int64_t micro[9];
    int64_t prompt_above;            /* tokens; only of prompts that are longer; 0: of all */
    const struct conf_price *longer; /* the next one for longer prompts, or NULL */
    bool is_own;                     /* of the configuration, not of prices_file: goes first */
    struct cp_str where;
};

/* Where and how long requests are remembered. */
struct conf_history {
    struct cp_str store; /* a plugin's name; absent: nowhere */
    int64_t keep_ms;     /* 0: for ever */
    int64_t most_bytes;  /* 0: no limit */
    int64_t flush_ms;    /* what a crash may lose */
    bool is_peer_kept;   /* addresses and user agents */
};

struct conf_listener {
    struct cp_str address; /* "127.0.0.1", "::", "0.0.0.0" */
    uint16_t port;
    struct cp_str cert_file, key_file; /* absent: clear text */
};

/* In state_dir: the key that was generated at the first start without one. */
#define CONF_ACCESS_KEY_FILE "access-key"
enum { CONF_ACCESS_KEY_LEAST = 16, CONF_ACCESS_KEY_MOST = 256 };

struct conf {
    int refs; /* atomic; by conf_ref/conf_unref only */
    struct arena *arena;
    uint64_t generation; /* counts up over reloads */
    uint32_t workers;
    const struct conf_listener *listeners;
    size_t listeners_n;
    struct secret *access_key; /* NULL only if there are client_keys instead */
    bool is_access_key_made;   /* nobody has said one, so one was generated */
    bool is_access_key_kept;   /* at an earlier start, and found in state_dir/access-key */
    struct conf_client *clients;
    size_t clients_n;       /* further keys for clients: client_keys */
    uint32_t *client_slots; /* conf/client.h */
    size_t client_slots_n;
    struct secret *admin_key;     /* opens the administration; NULL: the access key does */
    struct cp_str admin_password; /* its hash, as crypt(5) has it; absent: none */
    const struct cp_str *
        hosts; /* names that a Host header may have besides addresses and localhost; none: any */
    size_t hosts_n;
    const struct cp_str *trusted_proxies;
    size_t trusted_proxies_n; /* addresses, with /bits; whose forwarded headers are believed */
    struct cp_str control_socket,
        control_group; /* the local door; absent: at its usual place / only this user and root; "none": no door */
    struct cp_str metrics; /* "admin", "open" or "off": who may read /metrics */
    struct conf_history history;
    struct cp_str currency; /* of prices: "USD" */
    const struct conf_price *prices;
    size_t prices_n;
    /* limits */
    uint32_t connections; /* all workers together */
    size_t head_bytes, body_bytes;
    size_t reply_bytes; /* most of a buffered upstream reply */
    size_t stream_high, stream_low;
    /* clients */
    int64_t head_ms, body_ms, keepalive_ms, write_ms, drain_ms, ping_ms;
    int64_t upgrade_ms, retire_ms;
    bool half_close_is_gone;
    uint32_t attempts; /* most attempts a request */
    /* upstreams */
    struct conf_timeouts timeouts; /* defaults of channels */
    uint32_t idle_connections;
    bool fuzzy;
    struct conf_breaker breaker; /* default of channels */
    struct conf_scheduler scheduler;
    const struct conf_family *families;
    size_t families_n;
    const struct conf_route *routes;
    size_t routes_n; /* the first whose model and family fit applies */
    /* what clients may come back to */
    struct conf_memory kept;     /* answers, by their ids */
    struct conf_memory recalled; /* reasoning that clients do not send back */
    /* CORS */
    bool cors;
    struct cp_str cors_origin;
    /* log */
    struct cp_str log_form, log_file; /* "auto|text|access|json|journal" */
    int log_level;
    bool log_requests, log_bodies;
    bool web_ui, rewrite_response_model, trust_forwarded;
    struct cp_str mode; /* a word that /health shows */
    struct cp_str plugin_dir, state_dir, user;
    struct cp_str install_id; /* what key ids are hashed with */
    const struct conf_channel *channels;
    size_t channels_n;        /* in file order */
    uint32_t upstream_keys_n; /* ordinals of channels' keys are below this */
    const struct cp_str *files;
    size_t files_n;          /* what was read, for status */
    struct conf_text *texts; /* what stood in them: keep.h */
    /* The file of the administration's own that counts: managed.h; absent: none. */
    struct cp_str managed_file;
    /*
     * What was said, by whom: the merged tree with each node's place, texts of secrets replaced by their masks.  A key
     * of a channel or client is a group with "id", "mask", "fingerprint" ("sha256:" and 16 digits) and, where it is looked
     * up, "from" ("env:NAME") in the place of "key".  Switches are laid into their channels, keys stand in the order they
     * are tried in, every channel has an "id".  What is not in it has its default.
     */
    const struct node *said;
};

/* What a reader or checker has to say: all of it at once, one line each "FILE:LINE: error: ...". */
struct conf_report {
    struct buf *out;
    uint32_t errors, warnings;
};
void conf_complain(struct conf_report *, bool is_error, struct cp_str where, const char *fmt,
                   ...) CP_PRINTF(4, 5);
/* Of lines of a report the first error, as err and its code, E_CONFIG; there is none: where and what. */
int conf_first_error(struct cp_str lines, const char *where, const char *what, struct err *);
/* A line "WHERE: note: ..." that counts as nothing. */
void conf_remark(struct conf_report *, struct cp_str where, const char *fmt, ...)
    CP_PRINTF(3, 4);

struct conf_source {
    const char *file;       /* NULL: the default places */
    const char *env_file;   /* NULL: ./.env if it is there; "": none */
    const char *const *env; /* environ; tests give their own */
    /* "name=value" from the command line (-o), NULL-terminated, of the highest rank; or NULL */
    const char *const *sets;
    /* The snapshot this one replaces: its generation and its made key go on; or NULL. */
    const struct conf *before;
    /* Files and .env are as before has them, not as they stand on the disk now: an edit, no reload. */
    bool is_edit;
    /*
     * In the place of state_dir/managed.conf; absent: that file, if it is there, and if it cannot be used and there is
     * no snapshot before, the newest kept generation that can (managed.h), with warnings.  "" is: none.
     */
    struct cp_str managed;
};

/*
 * Reads files, then .env, the environment and sets (each later one wins), and checks what can be
 * checked without plugins.
 *
 * returns  a snapshot with one reference, or NULL when there were errors: the report has them all
 * threads  one at a time; workers may go on with their snapshots
 */
struct conf *conf_read(const struct conf_source *, struct conf_report *);
struct conf *conf_ref(struct conf *);
void conf_unref(struct conf *);
const struct conf_channel *conf_channel(const struct conf *, struct cp_str id);
/*
 * The model as the channel's upstream knows it; the same slice if nothing matches.  The first that
 * applies: an equal rule; one with '*', longest literal first; one the model contains, longest
 * first.  Ties: the earlier one.
 */
struct cp_str conf_map_model(const struct conf_channel *, struct cp_str model, struct arena *);
bool conf_serves_model(const struct conf_channel *, struct cp_str model);
bool conf_serves_family(const struct conf_channel *, struct cp_str family);
const struct conf_family *conf_family(const struct conf *, struct cp_str name); /* or NULL */
/* The first route for it, or NULL. */
const struct conf_route *conf_route(const struct conf *, struct cp_str family,
                                    struct cp_str model);
bool conf_is_fuzzy(const struct conf *, struct cp_str family);
/* base + version (unless it has one, or that very segment, or is exact) + path. */
void conf_request_url(struct buf *out, const struct conf_url *, struct cp_str version,
                      struct cp_str path);

/*
 * Every option of the file with its type, default and help: the source of validation, of the sample
 * file's check and of --help.
 */
struct conf_entry {
    const char *name; /* "limits.body"; "channels.priority" is a member of each channel */
    /*
     * "size", "duration", "time", "int", "bool", "string", "word", "secret", "list", "group"; "count": an integer or text
     * such as "5M" (millions); "money": text such as "12.50", stored in millionths, -1 for ""
     */
    const char *type;
    const char *preset; /* NULL: none */
    /* The name the environment had for it of old, or NULL; all scalars have CLAUDE_PROXY_... */
    const char *env;
    const char *help;
    const char *words; /* of a "word": "auto|text|json" */
    int64_t least,
        most; /* of "size" (bytes), "duration" (ms), "int", "count", "money" (millionths) */
    uint32_t form; /* where and how it is stored: core/conf/table.h */
    size_t place;
    uint32_t name_n; /* bytes */
    bool is_fixed;   /* a change is only seen by a restart */
    /* Not for the administration to set: a stolen session must not get farther than the gateway itself. */
    bool is_local;
};
const struct conf_entry *conf_entries(size_t *n);

#endif
