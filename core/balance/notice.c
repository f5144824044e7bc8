/* SPDX-License-Identifier: MIT */
/*
 * notice - changes of health as news, for who follows "channel" and "key".
 *
 * Where all is well none of this runs; what does costs a line of JSON and a short lock.
 */
#include "balance/notice.h"

#include "balance/roster.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "plugin/verdict.h"
#include "state/news.h"
#include "state/vitals.h"
#include "json/write.h"

enum { LINE_BYTES = 8 << 10, SECOND_MS = 1000 };

static void put_text(struct json_writer *w, const char *name, struct cp_str text)
{
    if (text.p)
        json_put_text(w, name, text);
}

static void put_until(struct json_writer *w, const struct notice *n)
{
    char when[32];

    if (n->left_ms <= 0)
        return;
    clock_rfc3339_s(n->wall_ms + n->left_ms, when);
    json_put_text(w, "until", str_of(when));
    json_put_number(w, "seconds_left", (n->left_ms + SECOND_MS - 1) / SECOND_MS);
}

void notice_add(struct news *news, const char *kind, const struct notice *n)
{
    struct json_writer w;
    struct buf line;

    if (!news)
        return;
    buf_init(&line, LINE_BYTES);
    json_writer_init(&w, &line);
    json_open(&w, '{');
    json_put_text(&w, "channel", n->channel);
    put_text(&w, "key", n->key);
    put_text(&w, "url", n->url);
    json_put_text(&w, "what", str_of(n->what));
    put_text(&w, "family", n->family);
    put_text(&w, "reason", n->reason);
    if (n->status)
        json_put_number(&w, "status", n->status);
    put_until(&w, n);
    put_text(&w, "who", n->who);
    json_close(&w);
    if (!json_writer_done(&w))
        news_add(news, kind, buf_str(&line), true);
    buf_fini(&line);
}

/* True if it is worth a word: it has just begun, or has become longer by a second. */
static bool rest_is_news(const struct vitals *v, int64_t was_ms, int64_t now_ms,
                         int64_t *left_ms)
{
    int64_t until_ms = cooldown_until(&v->cooldown, now_ms);

    *left_ms = until_ms - now_ms;
    return until_ms && (!was_ms || until_ms - was_ms >= SECOND_MS);
}

static struct cp_str url_of(const struct roster_channel *c, uint32_t url)
{
    return url < c->conf->urls_n ? c->conf->urls[url].base : STR_NONE;
}

void notice_key_rests(const struct roster_path *at, uint32_t key, const struct cp_verdict *v,
                      int32_t status, int64_t was_ms, const struct notice_time *t)
{
    bool is_dead =
        v->trouble == CP_AUTH || v->trouble == CP_BILLING || v->trouble == CP_FORBIDDEN;
    struct notice n = { .what = is_dead ? "dead" : "rests",
                        .channel = at->channel->conf->id,
                        .key = roster_key_id(at->channel, key),
                        .reason = str_of(verdict_trouble_name(v->trouble)),
                        .status = status,
                        .wall_ms = t->wall_ms };

    if (at->channel->news && rest_is_news(at->key, was_ms, t->now_ms, &n.left_ms))
        notice_add(at->channel->news, "key", &n);
}

void notice_key_well(const struct roster_path *at, uint32_t key)
{
    struct notice n = { .what = "well",
                        .channel = at->channel->conf->id,
                        .key = roster_key_id(at->channel, key) };

    notice_add(at->channel->news, "key", &n);
}

void notice_url_rests(const struct roster_path *at, uint32_t url, const struct cp_verdict *v,
                      int32_t status, int64_t was_ms, const struct notice_time *t)
{
    struct notice n = { .what = "url_rests",
                        .channel = at->channel->conf->id,
                        .url = url_of(at->channel, url),
                        .reason = str_of(verdict_trouble_name(v->trouble)),
                        .status = status,
                        .wall_ms = t->wall_ms };

    if (at->channel->news && rest_is_news(at->url, was_ms, t->now_ms, &n.left_ms))
        notice_add(at->channel->news, "channel", &n);
}

void notice_url_well(const struct roster_path *at, uint32_t url)
{
    struct notice n = { .what = "url_well",
                        .channel = at->channel->conf->id,
                        .url = url_of(at->channel, url) };

    notice_add(at->channel->news, "channel", &n);
}

static void breaker_add(const struct roster_channel *c, struct vitals *v,
                        enum breaker_state state, const struct notice_time *t, struct notice *n)
{
    static const char *const words[] = { [BREAKER_CLOSED] = "breaker_closed",
                                         [BREAKER_OPEN] = "breaker_open",
                                         [BREAKER_HALF_OPEN] = "breaker_half_open" };

    n->what = words[state];
    n->channel = c->conf->id;
    if (state == BREAKER_OPEN) {
        n->left_ms = atomic_load(&v->breaker.open_until_ms) - t->now_ms;
        n->wall_ms = t->wall_ms;
    }
    notice_add(c->news, "channel", n);
}

void notice_breaker(const struct roster_channel *c, enum breaker_state state,
                    const struct notice_time *t)
{
    struct notice n = { .what = NULL };

    breaker_add(c, c->vitals, state, t, &n);
}

void notice_path(const struct roster_path *at, uint32_t key, uint32_t url,
                 enum breaker_state state, const struct notice_time *t)
{
    const struct roster_channel *c = at->channel;
    struct notice n = { .key = roster_key_id(c, key), .url = url_of(c, url) };

    if (c->keys_n * c->urls_n > 1)
        breaker_add(c, at->path, state, t, &n);
}
