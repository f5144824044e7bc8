/* SPDX-License-Identifier: MIT */
/*
 * scribe_homes - where conversations have their homes, kept over a restart: a table as 64 texts.
 *
 * A home changes with each request, so it is not written when it changes: now and then the table is spelled, cut into parts
 * by the conversations' names, and the parts that have changed are written.  What a crash loses are the homes of the last
 * half minute: such a conversation finds a new one.  A line of a part:
 *
 *     ID0 ID1 UNTIL_WALL_MS USES IS_GUESSED CLIENT CHANNEL KEY SOURCE
 *
 * with a tab between two of them, "-" for what is absent.
 */
#include "admin/scribe_private.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "plugin/vault.h"
#include "state/affinity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { HOMES_MOST = 100000, PART_BYTES = 16 << 20, HOME_WORDS = 9 };

/* ---- writing ---- */

struct spelling {
    struct buf parts[HOMES_PARTS];
    int64_t to_wall_ms; /* from monotonic */
};

static const char *word(struct cp_str s)
{
    return s.n ? s.p : "-";
}

static int word_n(struct cp_str s)
{
    return s.n ? (int)s.n : 1;
}

static void spell(void *ctx, const struct affinity_entry *e)
{
    struct spelling *sp = ctx;
    struct cp_str source = str_of(e->session.source);

    buf_printf(&sp->parts[e->session.id[0] % HOMES_PARTS],
               "%016" PRIx64 "\t%016" PRIx64 "\t%" PRId64 "\t%" PRIu64
               "\t%d\t%.*s\t%.*s\t%.*s\t%.*s\n",
               e->session.id[0], e->session.id[1], e->home.until_ms + sp->to_wall_ms, e->uses,
               e->session.is_guessed, word_n(e->client_key), word(e->client_key),
               word_n(e->home.channel), word(e->home.channel), word_n(e->home.key),
               word(e->home.key), word_n(source), word(source));
}

static void write_part(struct scribe *s, struct homes *h, uint32_t part, struct cp_str text)
{
    uint64_t hash = text.n ? hash_str(text) : 0;
    char id[4];

    if (hash == h->written[part])
        return;
    h->written[part] = hash;
    snprintf(id, sizeof(id), "%02x", part);
    things_add(s, &(struct cp_thing){ .size = sizeof(struct cp_thing),
                                      .bucket = str_of(h->bucket),
                                      .owner = STR("gateway"),
                                      .id = str_of(id),
                                      .wall_ms = clock_wall_ms(),
                                      .bytes = text.n ? text : STR_NONE });
}

void homes_write(struct scribe *s, struct homes *h)
{
    struct spelling *sp;

    if (!h->table || !h->is_told)
        return;
    sp = mem_new(1, sizeof(*sp));
    sp->to_wall_ms = clock_wall_ms() - clock_ms();
    for (uint32_t i = 0; i < HOMES_PARTS; i++)
        buf_init(&sp->parts[i], PART_BYTES);
    affinity_each(h->table, HOMES_MOST, clock_ms(), spell, sp);
    for (uint32_t i = 0; i < HOMES_PARTS; i++) {
        write_part(s, h, i, buf_str(&sp->parts[i]));
        buf_fini(&sp->parts[i]);
    }
    free(sp);
}

/* ---- reading ---- */

struct reading {
    struct affinity_table *table;
    int64_t now_ms, wall_ms;
};

static bool read_hex(struct cp_str s, uint64_t *value)
{
    char text[17] = { 0 }, *end;

    if (s.n != 16)
        return false;
    memcpy(text, s.p, 16);
    *value = strtoull(text, &end, 16);
    return *end == '\0';
}

static struct cp_str read_word(struct cp_str s)
{
    return str_is(s, "-") ? STR_NONE : s;
}

static void read_line(const struct reading *r, struct cp_str line)
{
    struct affinity_entry e = { .uses = 0 };
    struct cp_str words[HOME_WORDS];
    char source[256];
    int64_t until, uses;
    size_t n = 0;

    while (n < HOME_WORDS && str_split(&line, '\t', &words[n]))
        n++;
    if (n != HOME_WORDS || !read_hex(words[0], &e.session.id[0]) ||
        !read_hex(words[1], &e.session.id[1]) || str_int(words[2], &until) ||
        str_int(words[3], &uses))
        return;
    e.session.is_guessed = str_is(words[4], "1");
    e.uses = (uint64_t)uses;
    e.client_key = read_word(words[5]);
    e.home.channel = read_word(words[6]);
    e.home.key = read_word(words[7]);
    e.home.until_ms = r->now_ms + (until - r->wall_ms);
    if (words[8].n < sizeof(source) && read_word(words[8]).p) {
        snprintf(source, sizeof(source), "%.*s", STR_FMT(words[8]));
        e.session.source = source;
    }
    affinity_restore(r->table, &e, r->now_ms);
}

static int read_part(void *ctx, const struct cp_thing *t)
{
    struct cp_str rest = t->bytes, line;

    while (str_split(&rest, '\n', &line))
        if (line.n)
            read_line(ctx, line);
    return 0;
}

void homes_tell(struct scribe *s, struct homes *h)
{
    struct reading r = { h->table, clock_ms(), clock_wall_ms() };
    struct err err = { 0 };

    if (!h->table || h->is_told)
        return;
    h->is_told = true;
    /* what the store has of parts that are empty now has to go at the first writing */
    memset(h->written, 0xff, sizeof(h->written));
    if (vault_keeps_things(s->vault) &&
        vault_each(s->vault, str_of(h->bucket), r.wall_ms, read_part, &r, &err))
        desk_failed(s, &err);
}
