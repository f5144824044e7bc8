/* SPDX-License-Identifier: MIT */
/*
 * verdict_wait - when the one at fault will serve again: all that headers and bodies are known to say of it.
 *
 * Headers are told apart by their names, not by the channel's dialect: a relay passes on what it got from the
 * service behind it, whatever it speaks in front.  A budget says something only if it is used up, and of several
 * that are used up the last one counts, because all of them must have room.
 */
#include "plugin/verdict_wait.h"

#include "base/str.h"
#include "plugin/verdict_body.h"
#include "plugin/verdict_time.h"
#include "json/slice.h"

/* ---- headers --------------------------------------------------------------------------------- */

enum spent { SPENT_NOUGHT, SPENT_REJECTED, SPENT_HUNDRED };

/*
 * sources: Anthropic's page on rate limits, 2026-08, RFC 3339 times; the "unified" ones come with subscriptions,
 * times in seconds since 1970 (opencodex pull request 3809, opencode issue 49653, both 2026-09); OpenAI's guide to
 * rate limits, 2026-08, durations such as "6m0s"; Cerebras' page on rate limits, 2026-08, seconds; OpenRouter,
 * milliseconds since 1970 (everruns pull request 2280, 2026-06); the ChatGPT backend of Codex, seconds
 * (codex-proxy issue 65, 2026-03); draft-ietf-httpapi-ratelimit-headers-07, seconds.
 */
static const struct {
    const char *level, *reset;
    enum spent spent;
} budgets[] = {
    { "anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset", 0 },
    { "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset", 0 },
    { "anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset",
      0 },
    { "anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset",
      0 },
    { "anthropic-ratelimit-unified-status", "anthropic-ratelimit-unified-reset",
      SPENT_REJECTED },
    { "anthropic-ratelimit-unified-5h-status", "anthropic-ratelimit-unified-5h-reset",
      SPENT_REJECTED },
    { "anthropic-ratelimit-unified-7d-status", "anthropic-ratelimit-unified-7d-reset",
      SPENT_REJECTED },
    { "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests", 0 },
    { "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens", 0 },
    { "x-ratelimit-remaining-requests-day", "x-ratelimit-reset-requests-day", 0 },
    { "x-ratelimit-remaining-tokens-minute", "x-ratelimit-reset-tokens-minute", 0 },
    { "x-ratelimit-remaining", "x-ratelimit-reset", 0 },
    { "ratelimit-remaining", "ratelimit-reset", 0 },
    { "x-codex-primary-used-percent", "x-codex-primary-reset-after-seconds", SPENT_HUNDRED },
    { "x-codex-secondary-used-percent", "x-codex-secondary-reset-after-seconds",
      SPENT_HUNDRED },
};

static bool is_spent(struct cp_str level, enum spent how)
{
    level = str_trim(level);
    if (how == SPENT_REJECTED)
        return str_is_nocase(level, "rejected");
    if (how == SPENT_NOUGHT && level.n && *level.p == '-')
        return true; /* more was used than there was */
    double n = verdict_time_digits(&level);
    if (n < 0 || level.n)
        return false;
    return how == SPENT_NOUGHT ? n < 1 : n >= 100;
}

static int64_t reset_ms(verdict_header_fn *header, void *ctx, int64_t wall_ms)
{
    int64_t longest = -1;
    for (size_t i = 0; i < sizeof(budgets) / sizeof(*budgets); i++) {
        if (!is_spent(header(ctx, budgets[i].level), budgets[i].spent))
            continue;
        int64_t ms = verdict_wait_ms(header(ctx, budgets[i].reset), wall_ms);
        longest = ms > 0 && ms > longest ? ms : longest; /* what is over has told nothing */
    }
    return longest;
}

int64_t verdict_wait_headers(verdict_header_fn *header, void *ctx, int64_t wall_ms,
                             bool is_limit)
{
    if (!header)
        return -1;
    /* source: OpenAI and Anthropic SDKs read retry-after-ms before retry-after; read 2026-07 */
    struct cp_str exact = str_trim(header(ctx, "retry-after-ms"));
    double ms = verdict_time_digits(&exact);
    if (ms >= 0 && exact.n == 0)
        return verdict_time_cap(ms);
    int64_t wait = verdict_wait_ms(header(ctx, "retry-after"), wall_ms);
    return wait < 0 && is_limit ? reset_ms(header, ctx, wall_ms) : wait;
}

/* ---- members of the body --------------------------------------------------------------------- */

/* A number, or a string that header values are like; unit_ms of a bare number. */
static int64_t value_ms(struct cp_str v, double unit_ms, int64_t wall_ms)
{
    bool is_text = json_kind(v) == '"' && v.n > 2 && !memchr(v.p, '\\', v.n);
    struct cp_str s = is_text ? str_n(v.p + 1, v.n - 2) : v, rest = s;
    if (!is_text && json_kind(v) != '0')
        return -1;
    double n = verdict_time_digits(&rest);
    if (n >= 0 && rest.n == 0)
        return verdict_time_number(n, unit_ms, wall_ms);
    return is_text ? verdict_wait_ms(s, wall_ms) : -1;
}

/*
 * sources: the ChatGPT backend's usage_limit_reached (CLIProxyAPI issue 1666, 2026-02); Azure, Cohere and LiteLLM
 * write the retry_after family; google/rpc/error_details.proto
 */
static int64_t member_ms(struct cp_str object, int64_t wall_ms)
{
    static const struct {
        const char *name;
        double unit_ms;
    } members[] = { { "retry_after_ms", 1 },   { "resets_in_seconds", 1000 },
                    { "resets_at", 1000 },     { "reset_at", 1000 },
                    { "retry_after", 1000 },   { "retry_after_seconds", 1000 },
                    { "reset_seconds", 1000 }, { "retryDelay", 1000 } };
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
        int64_t ms = value_ms(json_get(object, members[i].name), members[i].unit_ms, wall_ms);
        if (ms > 0)
            return ms;
    }
    return -1;
}

/* OpenRouter puts headers into the body. */
static int64_t metadata_ms(struct cp_str metadata, int64_t wall_ms)
{
    struct cp_str headers = json_get(metadata, "headers");
    struct cp_str reset = json_get(headers, "X-RateLimit-Reset");
    int64_t ms = value_ms(reset, 1000, wall_ms);
    return ms > 0 ? ms : member_ms(metadata, wall_ms);
}

/*
 * Google's details, also behind its door for OpenAI's clients.  A day's quota is full again at midnight in
 * California, which RetryInfo does not know; summer time is an hour earlier and is left to the probes.
 * source: the Gemini API's page on rate limits, 2026-08
 */
static int64_t details_ms(struct cp_str details, int64_t wall_ms)
{
    enum { MIDNIGHT_MS = 8 * 3600 * 1000 };
    struct cp_str one, violation;
    int64_t longest = -1;
    size_t at = 0;
    while (json_kind(details) == '[' && json_each(details, &at, NULL, &one)) {
        int64_t ms = member_ms(one, wall_ms);
        size_t in = 0;
        struct cp_str list = json_get(one, "violations");
        while (json_kind(list) == '[' && json_each(list, &in, NULL, &violation))
            if (str_find(json_get(violation, "quotaId"), STR("PerDay")) >= 0)
                ms = VERDICT_DAY_MS - (wall_ms + VERDICT_DAY_MS - MIDNIGHT_MS) % VERDICT_DAY_MS;
        longest = ms > longest ? ms : longest;
    }
    return longest;
}

/* ---- words of the body ----------------------------------------------------------------------- */

/* Where a wait is about to be told; the text is in lower case. */
static const char *const before_spans[] = {
    "try again in ", "retry in ",    "retry after ", "retry-after: ",
    "resets after ", "reset after ", "resets in ",   "reset in ",
    "available in ", "wait for ",    "please wait ", "请在",
    "请等待",        "请于",         "等待",         "请",
};

/* What stands between: "in about 5 minutes". */
static struct cp_str skip_filler(struct cp_str s)
{
    static const char *const fillers[] = { " ", "about ", "approximately ", "another ",
                                           "up to " };
    for (size_t i = 0; i < sizeof(fillers) / sizeof(*fillers); i++)
        if (str_begins(s, fillers[i])) {
            s = str_from(s, strlen(fillers[i]));
            i = (size_t)-1;
        }
    return s;
}

static int64_t span_said(struct cp_str text)
{
    for (size_t i = 0; i < sizeof(before_spans) / sizeof(*before_spans); i++) {
        struct cp_str phrase = str_of(before_spans[i]), rest = text;
        ptrdiff_t at;
        while ((at = str_find(rest, phrase)) >= 0) {
            rest = str_from(rest, (size_t)at + phrase.n);
            struct cp_str span = skip_filler(rest);
            int64_t ms = verdict_time_span(&span);
            if (ms > 0)
                return ms;
        }
    }
    return -1;
}

/*
 * "You will regain access on 2026-02-01 at 00:00 UTC." (Anthropic), "您的限额将在 2026-01-29 12:34:56 重置"
 * (Zhipu's coding plan, in the time of Peking, also when it says so in English).
 */
static int64_t date_said(struct cp_str text, int64_t wall_ms)
{
    enum { PEKING_MIN = 8 * 60 };
    static const struct {
        const char *phrase;
        int zone_min;
    } befores[] = { { "regain access on ", 0 }, { "try again at ", 0 },
                    { "try again after ", 0 },  { "resets at ", 0 },
                    { "resets on ", 0 },        { "将在 ", PEKING_MIN },
                    { "将在", PEKING_MIN },     { "will reset at ", PEKING_MIN } };
    for (size_t i = 0; i < sizeof(befores) / sizeof(*befores); i++) {
        ptrdiff_t at = str_find(text, str_of(befores[i].phrase));
        if (at < 0)
            continue;
        struct cp_str date = str_from(text, (size_t)at + strlen(befores[i].phrase));
        int64_t until_ms = verdict_time_date(date, befores[i].zone_min);
        if (until_ms > wall_ms)
            return verdict_time_cap((double)until_ms - (double)wall_ms);
    }
    return -1;
}

/* "Claude AI usage limit reached|1751749200": what Claude Code's own backend says. */
static int64_t epoch_said(struct cp_str text, int64_t wall_ms)
{
    static const char phrase[] = "limit reached|";
    ptrdiff_t at = str_find(text, str_of(phrase));
    if (at < 0)
        return -1;
    struct cp_str rest = str_from(text, (size_t)at + strlen(phrase));
    double n = verdict_time_digits(&rest);
    return n < 1e9 ? -1 : verdict_time_number(n, 1000, wall_ms);
}

int64_t verdict_wait_body(const struct verdict_body *b, int64_t wall_ms)
{
    int64_t ms = details_ms(json_get(b->error, "details"), wall_ms);
    if (ms < 0)
        ms = member_ms(b->error, wall_ms);
    if (ms < 0)
        ms = metadata_ms(json_get(b->error, "metadata"), wall_ms);
    if (ms < 0 && b->root.p != b->error.p)
        ms = member_ms(b->root, wall_ms);
    if (ms < 0)
        ms = span_said(b->text);
    if (ms < 0)
        ms = date_said(b->text, wall_ms);
    return ms < 0 ? epoch_said(b->text, wall_ms) : ms;
}
