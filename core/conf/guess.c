/* SPDX-License-Identifier: MIT */
/*
 * guess - "did you mean": the known word nearest to an unknown one.
 *
 * Near is at most two slips, and at most a third of the word: a swapped pair counts as one slip,
 * because that is how fingers err.
 */
#include "conf/guess.h"

#include "base/str.h"

#include <string.h>

enum { GUESS_LONGEST = 48, GUESS_SLIPS = 2 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment; both are at most GUESS_LONGEST bytes. */
static unsigned guess_distance(struct cp_str a, struct cp_str b)
{
    unsigned d[3][GUESS_LONGEST + 1];
    for (unsigned j = 0; j <= b.n; j++)
        d[0][j] = j;
    for (unsigned i = 1; i <= a.n; i++) {
        unsigned *now = d[i % 3], *up = d[(i + 2) % 3], *upper = d[(i + 1) % 3];
        now[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            now[j] = up[j - 1] + (a.p[i - 1] != b.p[j - 1]);
            now[j] = least(now[j], least(up[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
                now[j] = least(now[j], upper[j - 2] + 1);
        }
    }
    return d[a.n % 3][b.n];
}

void guess_init(struct guess *g, struct cp_str word)
{
    g->word = word;
    g->best = STR_NONE;
    g->distance = GUESS_SLIPS + 1;
}

void guess_try(struct guess *g, struct cp_str candidate)
{
    if (!g->word.n || g->word.n > GUESS_LONGEST || candidate.n > GUESS_LONGEST)
        return;
    unsigned d = guess_distance(g->word, candidate);
    if (d >= g->distance || d * 3 > candidate.n)
        return;
    g->distance = d;
    g->best = candidate;
}

bool guess_among(struct cp_str word, const char *words, char out[32])
{
    struct guess g;
    guess_init(&g, word);
    struct cp_str rest = str_of(words), part;
    while (str_split(&rest, '|', &part))
        if (part.n < 32)
            guess_try(&g, part);
    if (!g.best.p)
        return false;
    memcpy(out, g.best.p, g.best.n);
    out[g.best.n] = '\0';
    return true;
}

bool guess_is_among(struct cp_str word, const char *words, unsigned *place)
{
    struct cp_str rest = str_of(words), part;
    for (*place = 0; str_split(&rest, '|', &part); ++*place)
        if (str_eq(part, word))
            return true;
    return false;
}
