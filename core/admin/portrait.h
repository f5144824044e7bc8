/* SPDX-License-Identifier: MIT */
/*
 * portrait - the health of one thing, as members of the JSON object that is open.
 */
#ifndef ADMIN_PORTRAIT_H
#define ADMIN_PORTRAIT_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

struct breaker_rules;
struct conf_caps;
struct cooldown_cause;
struct json_writer;
struct tree;
struct vitals;

struct portrait_time {
    int64_t now_ms, wall_ms; /* one moment, monotonic and by the wall */
};

/* "name": an RFC 3339 time, or null for 0. */
void portrait_wall(struct json_writer *, const char *name, int64_t wall_ms);
/* The same as a member of a tree. */
void portrait_put_wall(struct tree *, const char *name, int64_t wall_ms);
/* "until" and "seconds_left" of a monotonic end. */
void portrait_until(struct json_writer *, const struct portrait_time *, int64_t until_ms);
/* "trouble", "fault", "source", "status": what is known of them; "restored" if it was so before a restart. */
void portrait_cause(struct json_writer *, const struct cooldown_cause *);
/* "cooldown": null or an object. */
void portrait_cooldown(struct json_writer *, const struct vitals *,
                       const struct portrait_time *);
/* "breaker": an object; is_off: "off". */
void portrait_breaker(struct json_writer *, struct vitals *, const struct breaker_rules *,
                      const struct portrait_time *);
/* "under_way" and "caps" (null: none). */
void portrait_gate(struct json_writer *, const struct vitals *, const struct conf_caps *);
/* "served", "failed", "last_served", "last_failed". */
void portrait_counts(struct json_writer *, const struct vitals *);
/* "first_content_ms": mean and p90, null: not known. */
void portrait_meter(struct json_writer *, const struct vitals *, const struct portrait_time *);

#endif
