/* SPDX-License-Identifier: MIT */
/*
 * verdict - HTTP status, Retry-After and network faults to the default verdict.
 *
 * Two questions that have nothing to do with each other: whose fault is it (who is charged), and
 * what cures it (may another try help, and when). The default answers them from what every HTTP
 * API agrees on; what a dialect says in its error bodies is its adapter's to correct.
 *
 * A key that the upstream refuses is ours, not the client's: the client hears of a trouble of the
 * server, or it would ask its user to log in again.
 */
#include "plugin/verdict.h"

#include "base/str.h"
#include "ir/kind.h"

enum { WAIT_MOST_MS = 24 * 3600 * 1000 };

struct by_status {
    int status;
    uint32_t fault, cure, trouble, disable_key;
};

static const struct by_status statuses[] = {
    { 401, CP_BY_KEY, CP_ELSEWHERE, CP_SERVER, 0 },
    { 402, CP_BY_KEY, CP_ELSEWHERE, CP_BILLING, 1 },
    { 403, CP_BY_KEY, CP_ELSEWHERE, CP_SERVER, 0 },
    { 404, CP_BY_MODEL, CP_ELSEWHERE, CP_NOT_FOUND, 0 },
    { 405, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER, 0 },
    { 407, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER, 0 },
    { 408, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_TIMEOUT, 0 },
    { 409, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_CONFLICT, 0 },
    { 410, CP_BY_MODEL, CP_ELSEWHERE, CP_NOT_FOUND, 0 },
    { 413, CP_BY_CLIENT, CP_NEVER, CP_TOO_LARGE, 0 },
    { 415, CP_BY_CLIENT, CP_NEVER, CP_MEDIA_TYPE, 0 },
    { 421, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER, 0 },
    { 425, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER, 0 },
    { 429, CP_BY_KEY, CP_LATER, CP_RATE_LIMIT, 0 },
    { 431, CP_BY_CLIENT, CP_NEVER, CP_HEADERS_TOO_LARGE, 0 },
    { 451, CP_BY_CLIENT, CP_NEVER, CP_POLICY, 0 },
    { 499, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER, 0 },
    { 503, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_OVERLOADED, 0 },
    { 504, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_TIMEOUT, 0 },
    { 522, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_TIMEOUT, 0 },
    { 524, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_TIMEOUT, 0 },
    { 529, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_OVERLOADED, 0 },
};

static const struct by_status *status_find(int status)
{
    static const struct by_status client = { 400, CP_BY_CLIENT, CP_NEVER, CP_BAD_REQUEST, 0 };
    static const struct by_status server = { 500, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER, 0 };
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].status == status)
            return &statuses[i];
    return status >= 400 && status < 500 ? &client : &server;
}

static void verdict_net(int net, struct cp_verdict *v)
{
    v->cure = CP_ELSEWHERE;
    v->trouble = net == CP_NET_TIMEOUT ? CP_TIMEOUT
                 : net == CP_NET_CUT   ? CP_STREAM_CUT
                                       : CP_SERVER;
    switch (net) {
    case CP_NET_RESOLVE:
    case CP_NET_CONNECT:
    case CP_NET_TLS:
    case CP_NET_SEND:
    case CP_NET_RECV:
    case CP_NET_CUT:
        v->fault = CP_BY_NETWORK;
        break;
    default:
        v->fault = CP_BY_UPSTREAM;
        break;
    }
}

static int64_t wait_of(verdict_header_fn *header, void *ctx, int64_t wall_ms)
{
    int64_t ms;
    if (!header)
        return -1;
    /* source: OpenAI and Anthropic SDKs read retry-after-ms before retry-after; read 2026-07 */
    struct cp_str exact = str_trim(header(ctx, "retry-after-ms"));
    if (exact.n && !str_int(exact, &ms) && ms >= 0)
        return ms < WAIT_MOST_MS ? ms : WAIT_MOST_MS;
    return verdict_wait_ms(header(ctx, "retry-after"), wall_ms);
}

void verdict_default(const struct cp_failure *f, verdict_header_fn *header, void *ctx,
                     int64_t wall_ms, struct cp_verdict *v)
{
    *v = (struct cp_verdict){ .wait_ms = -1 };
    if (f->status == 0) {
        verdict_net(f->net, v);
    } else {
        const struct by_status *s = status_find(f->status);
        v->fault = s->fault;
        v->cure = s->cure;
        v->trouble = s->trouble;
        v->disable_key = s->disable_key;
        v->wait_ms = wait_of(header, ctx, wall_ms);
        if (v->wait_ms >= 0 && v->cure == CP_ELSEWHERE && v->fault == CP_BY_UPSTREAM)
            v->cure = CP_LATER;
    }
    if (f->relayed)
        v->cure = CP_NEVER;
}

/* Days since 1970-01-01 of a proleptic Gregorian date; month 1..12. */
static int64_t days_of(int64_t year, int month, int day)
{
    static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
    int64_t y = month > 2 ? year : year - 1;
    int64_t leaps = y / 4 - y / 100 + y / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
    return (year - 1970) * 365 + leaps + before[month - 1] + day - 1;
}

/* The next run of letters or of digits; separators are skipped. */
static struct cp_str date_word(struct cp_str *rest)
{
    size_t from = 0;
    while (from < rest->n && strchr(" ,-:", rest->p[from]))
        from++;
    size_t to = from;
    while (to < rest->n && !strchr(" ,-:", rest->p[to]))
        to++;
    struct cp_str word = str_n(rest->p + from, to - from);
    *rest = str_from(*rest, to);
    return word;
}

static int month_of(struct cp_str word)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12 && word.n == 3; i++)
        if (memcmp(word.p, names + i * 3, 3) == 0)
            return i + 1;
    return 0;
}

/*
 * Wall clock of an HTTP date in ms, or -1.
 * source: RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
 * "Sun Nov  6 08:49:37 1994"; two digits of a year that seem to lie far ahead are of the past.
 */
static int64_t date_ms(struct cp_str s)
{
    struct cp_str word[7];
    int64_t day, year, hour, minute, second;
    if (s.n < 24 || memchr(s.p, '\0', s.n))
        return -1;
    for (int i = 0; i < 7; i++)
        word[i] = date_word(&s);
    bool is_asctime = month_of(word[1]) > 0;
    int month = month_of(word[is_asctime ? 1 : 2]);
    int time_at = is_asctime ? 3 : 4;
    if (!month || str_int(word[is_asctime ? 2 : 1], &day) ||
        str_int(word[is_asctime ? 6 : 3], &year) || str_int(word[time_at], &hour) ||
        str_int(word[time_at + 1], &minute) || str_int(word[time_at + 2], &second))
        return -1;
    if (year >= 0 && year < 100)
        year += year < 70 ? 2000 : 1900;
    if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 || year < 1970 ||
        year > 9999 || hour < 0 || minute < 0 || second < 0)
        return -1;
    return (((days_of(year, month, (int)day) * 24 + hour) * 60 + minute) * 60 + second) * 1000;
}

static double unit_ms(struct cp_str *rest)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (!str_begins(*rest, units[i].name))
            continue;
        *rest = str_from(*rest, strlen(units[i].name));
        return units[i].ms;
    }
    return rest->n ? -1 : 1000; /* a bare number counts seconds */
}

static double number_of(struct cp_str *rest)
{
    double value = 0, place = 1;
    bool any = false, in_fraction = false;
    size_t n = 0;
    for (; n < rest->n; n++) {
        char c = rest->p[n];
        if (c == '.' && !in_fraction) {
            in_fraction = true;
        } else if (c >= '0' && c <= '9') {
            any = true;
            place = in_fraction ? place / 10 : place;
            value = in_fraction ? value + (c - '0') * place : value * 10 + (c - '0');
        } else {
            break;
        }
    }
    *rest = str_from(*rest, n);
    return any && n < 32 ? value : -1;
}

/* "30", "1.5s", "250ms", "1m30s"; -1: none of these. */
static int64_t duration_ms(struct cp_str s)
{
    double total = 0;
    while (s.n) {
        double value = number_of(&s);
        double unit = value < 0 ? -1 : unit_ms(&s);
        if (unit < 0)
            return -1;
        total += value * unit;
    }
    return total < WAIT_MOST_MS ? (int64_t)(total + 0.5) : WAIT_MOST_MS;
}

int64_t verdict_wait_ms(struct cp_str value, int64_t wall_ms)
{
    struct cp_str s = str_trim(value);
    if (s.n == 0)
        return -1;
    if ((s.p[0] >= '0' && s.p[0] <= '9') || s.p[0] == '.')
        return duration_ms(s);
    int64_t at = date_ms(s);
    if (at < 0)
        return -1;
    int64_t wait = at > wall_ms ? at - wall_ms : 0;
    return wait < WAIT_MOST_MS ? wait : WAIT_MOST_MS;
}

const char *verdict_fault_name(uint32_t fault)
{
    static const char *const names[] = {
        "none", "client", "key", "model", "channel", "network"
    };
    return fault < sizeof(names) / sizeof(names[0]) ? names[fault] : "none";
}

const char *verdict_trouble_name(uint32_t trouble)
{
    const char *name = kind_sub_name(CP_ERROR, trouble);
    return name ? name : "none";
}

static const int trouble_status[] = {
    [CP_BAD_REQUEST] = 400, [CP_CONTEXT_TOO_LONG] = 400, [CP_AUTH] = 401,
    [CP_BILLING] = 402,     [CP_FORBIDDEN] = 403,        [CP_NOT_FOUND] = 404,
    [CP_CONFLICT] = 409,    [CP_TOO_LARGE] = 413,        [CP_RATE_LIMIT] = 429,
    [CP_OVERLOADED] = 503,  [CP_TIMEOUT] = 504,          [CP_SERVER] = 502,
    [CP_POLICY] = 400,      [CP_STREAM_CUT] = 502,       [CP_CANCELLED] = 499,
    [CP_METHOD] = 405,      [CP_MEDIA_TYPE] = 415,       [CP_HEADERS_TOO_LARGE] = 431,
};

int verdict_status(uint32_t trouble)
{
    bool is_known = trouble && trouble < sizeof(trouble_status) / sizeof(trouble_status[0]);
    return is_known ? trouble_status[trouble] : 500;
}

uint32_t verdict_trouble(int status)
{
    switch (status) {
    case 400:
    case 422:
        return CP_BAD_REQUEST;
    case 408:
    case 522:
    case 524:
        return CP_TIMEOUT;
    case 410:
        return CP_NOT_FOUND;
    case 451:
        return CP_POLICY;
    case 502:
        return CP_SERVER;
    case 529:
        return CP_OVERLOADED;
    default:
        break;
    }
    for (uint32_t i = CP_AUTH; i < sizeof(trouble_status) / sizeof(trouble_status[0]); i++)
        if (trouble_status[i] == status)
            return i;
    return status >= 400 && status < 500 ? CP_BAD_REQUEST : CP_SERVER;
}
