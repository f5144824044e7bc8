/* SPDX-License-Identifier: MIT */
/*
 * host_names - tool names that a dialect cannot spell, and state that must travel through one.
 *
 * A renamed tool keeps its new name over all turns of a conversation and over restarts, because
 * prompt caches are keyed by the bytes: so the new name is a function of the old one. Only when
 * two names of one request would become the same does the later one get a hash although it is
 * short enough.
 *
 * Opaque state (signatures, encrypted reasoning) of one maker that passes through a client of
 * another dialect is wrapped into one printable word,
 *
 *     gw1.claude.signature.RXBRQ2...         gw1 . maker . kind . base64url(bytes)
 *
 * and what comes back is taken apart strictly: anything that wrap() would not have written is
 * left to its own dialect.
 *
 * source: RFC 4648 5 (base64url, here without padding)
 */
#include "plugin/host.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/str.h"

enum { HASH_DIGITS = 16, NAME_HASH_BYTES = 1 + HASH_DIGITS, NAME_LEAST = NAME_HASH_BYTES + 1 };
enum { TAG_BYTES = 32 };

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static struct host_call *host_of(struct cp_call *call)
{
    return (struct host_call *)(void *)call;
}

static bool is_name_char(char c, int flags)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || (flags & CP_NAME_DOTS && (c == '.' || c == ':'));
}

static bool is_first_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_legal(struct cp_str name, size_t longest, int flags)
{
    if (name.n == 0 || name.n > longest)
        return false;
    if (flags & CP_NAME_ALPHA_FIRST && !is_first_char(name.p[0]))
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!is_name_char(name.p[i], flags))
            return false;
    return true;
}

/* The name with bad bytes replaced; hashed: cut to make room for a hash of the original. */
static struct cp_str spell(struct host_call *hc, struct cp_str name, size_t longest, int flags,
                           bool hashed)
{
    bool needs_first =
        flags & CP_NAME_ALPHA_FIRST && (name.n == 0 || !is_first_char(name.p[0]));
    size_t keep = hashed ? longest - NAME_HASH_BYTES : longest, n = 0;
    char *p = arena_need(hc->arena, longest + 1);

    if (needs_first || name.n == 0)
        p[n++] = '_';
    for (size_t i = 0; i < name.n && n < keep; i++)
        p[n++] = is_name_char(name.p[i], flags) ? name.p[i] : '_';
    if (hashed) {
        char hex[65];
        hash_sha256(name, hex);
        p[n++] = '_';
        memcpy(p + n, hex, HASH_DIGITS);
        n += HASH_DIGITS;
    }
    return str_n(p, n);
}

/* True if the spelling is free in this request, or taken by the same name. */
static bool claim(struct host_call *hc, struct cp_str spelled, struct cp_str name)
{
    if (!hc->renamed)
        hc->renamed = map_new();
    const struct cp_str *taken = map_get(hc->renamed, spelled);
    if (taken)
        return str_eq(*taken, name);
    struct cp_str *original = arena_need(hc->arena, sizeof(*original));
    *original = name.p ? arena_copy(hc->arena, name) : STR("");
    map_set(hc->renamed, spelled, original);
    return true;
}

struct cp_str names_rename(struct cp_call *call, struct cp_str name, size_t longest, int flags)
{
    struct host_call *hc = host_of(call);
    longest = longest < NAME_LEAST ? NAME_LEAST : longest > 1024 ? 1024 : longest;

    if (!host_is_text(name) || !name.p)
        name = STR("");
    if (is_legal(name, longest, flags) && claim(hc, name, name))
        return name;
    bool too_long = name.n + 1 > longest;
    if (!too_long) {
        struct cp_str plain = spell(hc, name, longest, flags, false);
        if (claim(hc, plain, name))
            return plain;
    }
    struct cp_str hashed = spell(hc, name, longest, flags, true);
    (void)claim(hc, hashed,
                name); /* a collision of 64 bits of SHA-256 does not come by chance */
    return hashed;
}

struct cp_str names_original(struct cp_call *call, struct cp_str name)
{
    struct host_call *hc = host_of(call);
    const struct cp_str *original = hc->renamed ? map_get(hc->renamed, name) : NULL;
    return original ? *original : name;
}

struct cp_str names_digest(struct cp_call *call, struct cp_str bytes)
{
    char hex[65];
    hash_sha256(host_is_text(bytes) ? bytes : STR_NONE, hex);
    return arena_copy(host_of(call)->arena, str_n(hex, 64));
}

static bool is_tag(struct cp_str s)
{
    if (s.n == 0 || s.n > TAG_BYTES)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
              s.p[i] == '_' || s.p[i] == '-'))
            return false;
    return true;
}

static size_t base64_put(struct cp_str in, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < in.n; i += 3) {
        uint32_t left = in.n - i > 3 ? 3 : (uint32_t)(in.n - i), word = 0;
        for (uint32_t k = 0; k < 3; k++)
            word = word << 8 | (k < left ? (unsigned char)in.p[i + k] : 0);
        for (uint32_t k = 0; k <= left; k++)
            out[n++] = base64[word >> (18 - 6 * k) & 63];
    }
    return n;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* Bytes written, or -1: not what base64_put() writes. */
static ptrdiff_t base64_get(struct cp_str in, char *out)
{
    uint32_t bits = 0, have = 0;
    ptrdiff_t n = 0;
    if (in.n % 4 == 1)
        return -1;
    for (size_t i = 0; i < in.n; i++) {
        int value = base64_value(in.p[i]);
        if (value < 0)
            return -1;
        bits = (bits << 6 | (uint32_t)value) & 0xFFFF;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (char)(bits >> have & 0xFF);
        }
    }
    return bits & ((1u << have) - 1) ? -1 : n;
}

struct cp_str names_wrap(struct cp_call *call, const struct cp_item *state)
{
    struct host_call *hc = host_of(call);
    if (!is_tag(state->id) || !is_tag(state->name) || !host_is_text(state->text))
        return STR_NONE;
    size_t most = 16 + state->id.n + state->name.n + state->text.n / 3 * 4 + 4;
    char *p = arena_alloc(hc->arena, most), *at = p;
    if (!p)
        return STR_NONE;
    memcpy(at, "gw1.", 4);
    memcpy(at += 4, state->id.p, state->id.n);
    at += state->id.n;
    *at++ = '.';
    memcpy(at, state->name.p, state->name.n);
    at += state->name.n;
    *at++ = '.';
    at += base64_put(state->text, at);
    return str_n(p, (size_t)(at - p));
}

int names_unwrap(struct cp_call *call, struct cp_str word, struct cp_item *state)
{
    struct host_call *hc = host_of(call);
    struct cp_str rest = word, magic, maker, kind;

    if (!host_is_text(word) || !str_begins(word, "gw1.") || !str_split(&rest, '.', &magic) ||
        !str_split(&rest, '.', &maker) || !str_split(&rest, '.', &kind) || !rest.p)
        return 0;
    if (!is_tag(maker) || !is_tag(kind))
        return 0;
    char *p = arena_alloc(hc->arena, rest.n + 1);
    ptrdiff_t n = p ? base64_get(rest, p) : -1;
    if (n < 0)
        return 0;
    state->id = arena_copy(hc->arena, maker);
    state->name = arena_copy(hc->arena, kind);
    state->text = str_n(p, (size_t)n);
    return 1;
}

/* ---- what must not pass ---- */

static size_t blanks(const char *at, const char *end)
{
    const char *from = at;
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return (size_t)(at - from);
}

/* "signature": "", however it is spaced: what a client was given where thoughts came unsigned. */
static bool is_unsigned(struct cp_str body)
{
    static const char key[] = "\"signature\"";
    const char *at = body.p, *end = body.p + body.n;

    while ((at = memmem(at, (size_t)(end - at), key, sizeof(key) - 1))) {
        at += sizeof(key) - 1;
        at += blanks(at, end);
        if (at == end || *at != ':')
            continue;
        at++;
        at += blanks(at, end);
        if (end - at >= 2 && at[0] == '"' && at[1] == '"')
            return true;
    }
    return false;
}

bool names_are_wrapped(struct cp_str body)
{
    /* what Chat's clients send back there is read by nobody who checks it */
    if (!body.n || str_find(body, STR("\"claude-proxy\"")) >= 0)
        return false;
    /* the second is the first in base64: Gemini's signatures are bytes */
    return str_find(body, STR("\"gw1.")) >= 0 || str_find(body, STR("\"Z3cxL")) >= 0 ||
           is_unsigned(body);
}
