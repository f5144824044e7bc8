/* SPDX-License-Identifier: MIT */
/*
 * affinity - which channel and key a conversation had last, so that it meets its prompt cache again.
 *
 * A conversation is known by a hash over the client's key, the family, the model and what the client calls it: one
 * client cannot steer another's.  Its home is named by ids, never by indexes: a channel that is moved in the
 * list keeps its conversations, one that is gone loses them.
 *
 * Bounded: the entry that was not used for longest goes.  Being set is being used; looking changes nothing.  Sharded
 * with short locks; any thread.  Times: monotonic milliseconds.
 */
#ifndef STATE_AFFINITY_H
#define STATE_AFFINITY_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct affinity_table;
struct buf;
struct parcel;
struct tap;

/* What a conversation is known by. */
struct session {
    uint64_t id[2]; /* stable over restarts and between gateways with one install id */
    const char
        *source;     /* "header:x-session-id"; static or the adapter's; NULL: there is none */
    bool is_guessed; /* by its beginning, not by a name the client gave */
};

/* Ids of a channel and of its key (absent: it has none).  They stay valid as long as the table does. */
struct affinity_home {
    struct cp_str channel, key;
    int64_t until_ms;
};

struct affinity_table *affinity_new(uint64_t most, int64_t ttl_ms);
void affinity_free(struct affinity_table *);
void affinity_limit(struct affinity_table *, uint64_t most, int64_t ttl_ms, int64_t now_ms);
bool affinity_find(struct affinity_table *, const struct session *, int64_t now_ms,
                   struct affinity_home *);
/* Sets it anew for the table's time.  client_key: id of whose it is. */
void affinity_set(struct affinity_table *, const struct session *, struct cp_str client_key,
                  struct cp_str channel, struct cp_str key, int64_t now_ms);
/* Returns how many went. */
uint64_t affinity_drop(struct affinity_table *, const struct session *);
/* All whose home is the channel (and, if not absent, the key); channel absent: all. */
uint64_t affinity_forget(struct affinity_table *, struct cp_str channel, struct cp_str key);
uint64_t affinity_count(struct affinity_table *);

struct affinity_entry {
    struct session session;
    struct affinity_home home;
    struct cp_str client_key;
    uint64_t uses;
};
/* The most recent ones, at most `most`; copied first: no lock is held while fn runs. */
void affinity_each(struct affinity_table *, uint64_t most, int64_t now_ms,
                   void (*fn)(void *ctx, const struct affinity_entry *), void *ctx);

/* One that was told before a restart, with its own end; what is there already stays, what has ended is left out. */
void affinity_restore(struct affinity_table *, const struct affinity_entry *, int64_t now_ms);
/* How long a home lasts after its last use. */
int64_t affinity_ttl_ms(const struct affinity_table *);

/* Another process takes over: it is told of each home that is set from now on, as parcels of this kind.  tap NULL: of none;
 * the tap and kind are in use no more when that returns. */
void affinity_tell(struct affinity_table *, struct tap *, const char *kind);
/* All homes as such parcels, the newest first. */
void affinity_pack(struct affinity_table *, const char *kind, int64_t now_ms, struct buf *out);
/* One of them: what is there already stays, unless it was used earlier. */
void affinity_unpack(struct affinity_table *, const struct parcel *, int64_t now_ms);

#endif
