/* SPDX-License-Identifier: MIT */
/*
 * purse - what a client key may spend in a day or a month, in tokens and in money: reserved at the door, settled at the end.
 *
 * A request takes what it will cost at most as far as one can tell, and gives back the difference when it is known, so
 * any number of requests at once overspend by no more than the guesses were wrong by.  A purse is found by its key's id
 * and outlives snapshots, like vitals.  Periods are days and months of UTC; a new one begins empty by itself.
 *
 * Any thread; each purse has a short lock, asked once at the door and once at the end of a request.  What was spent is
 * written down from time to time by purse_each() and told again after a start by purse_restore(): a crash forgets what was
 * spent since, and what was only reserved.
 */
#ifndef STATE_PURSE_H
#define STATE_PURSE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct parcel;
struct purse;
struct purse_table;
struct tap;

enum purse_period { PURSE_EVER = 0, PURSE_DAY = 1, PURSE_MONTH = 2 };

/* 0: no limit; the money's is -1 then, because 0 is a budget of nothing. */
struct purse_rules {
    enum purse_period period;
    int64_t tokens;
    int64_t micro; /* millionths of the price table's currency */
};

struct purse_sum {
    int64_t tokens, micro;
};

enum purse_answer { PURSE_OPEN = 0, PURSE_NO_TOKENS = 1, PURSE_NO_MONEY = 2 };

struct purse_table *purse_table_new(void);
void purse_table_free(struct purse_table *);
/* Never NULL; not on a request's path: a snapshot keeps the pointer. */
struct purse *purse_get(struct purse_table *, struct cp_str client_key);
/* A snapshot has such a client key, and has it no more.  Of a key that nobody has, what it spent in all is written down only
 * as long as it has spent something in the month at hand. */
void purse_hold(struct purse *);
void purse_release(struct purse *);
/* Takes the guess if it fits, or if nothing is spent nor reserved yet, so that a guess larger than the budget can be asked
 * once.  wait_ms: until the next period; -1: it never comes. */
enum purse_answer purse_reserve(struct purse *, const struct purse_rules *,
                                const struct purse_sum *guess, int64_t wall_ms,
                                int64_t *wait_ms);
/* What purse_reserve() would say; takes nothing. */
enum purse_answer purse_check(struct purse *, const struct purse_rules *,
                              const struct purse_sum *guess, int64_t wall_ms, int64_t *wait_ms);
/* Once for each that was taken, or of a guess of nothing for what was not.  What was reserved in a period that is over is
 * spent in the one that is. */
void purse_settle(struct purse *, const struct purse_sum *guess, const struct purse_sum *spent,
                  int64_t wall_ms);
/* Spent and reserved in the period at hand. */
void purse_look(struct purse *, enum purse_period, int64_t wall_ms, struct purse_sum *spent,
                struct purse_sum *reserved, int64_t *period_ms);
/* Nothing was spent in any period; what is reserved is still under way. */
void purse_clear(struct purse *);

/* Counts up with everything that purse_each() tells differently, but for the end of a period. */
uint64_t purse_changes(struct purse_table *);
/* Each period of each purse that something was spent in: to be written down.  period_ms: its beginning. */
void purse_each(struct purse_table *, int64_t wall_ms,
                void (*fn)(void *ctx, struct cp_str client_key, enum purse_period,
                           int64_t period_ms, const struct purse_sum *spent),
                void *ctx);
/* Of a period that is not over, on top of what is there; another one is left. */
void purse_restore(struct purse_table *, struct cp_str client_key, enum purse_period,
                   int64_t period_ms, const struct purse_sum *spent, int64_t wall_ms);

/*
 * Two processes that spend from the same purses for a while: the one that is being replaced, and the one that replaces it.
 * Each tells the other what it reserves and spends, so that both ask the whole.  A process in the middle of three tells each
 * what the other one does.
 */
enum purse_peer {
    PURSE_BEFORE = 0,
    PURSE_AFTER = 1
}; /* who is at the other end: our predecessor, our successor */
enum { PURSE_PEERS = 2 };
/*
 * From now on the peer is told of every change, after all that is spent and reserved now, so that nothing is told twice or
 * not at all.  The tap lives until tap NULL takes its place, and is in use no more when that returns.
 *
 * is_all   false: the peer knows what is there; changes only
 */
void purse_tell(struct purse_table *, enum purse_peer, struct tap *, bool is_all);
/* What the peer has told: one parcel of those that purse_tell() makes.  False: it is another kind. */
bool purse_hear(struct purse_table *, enum purse_peer, const struct parcel *);
/* The peer is gone: what it had reserved is free. */
void purse_lose(struct purse_table *, enum purse_peer);

#endif
