/* SPDX-License-Identifier: MIT */
/*
 * guess - "did you mean": the known word nearest to an unknown one.
 */
#ifndef CONF_GUESS_H
#define CONF_GUESS_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct guess {
    struct cp_str word; /* what was written */
    struct cp_str best; /* lent; absent: nothing is near enough */
    unsigned distance;
};

void guess_init(struct guess *, struct cp_str word);
void guess_try(struct guess *, struct cp_str candidate);
/* The nearest of "a|b|c", copied to out (32 bytes); false if none is near. */
bool guess_among(struct cp_str word, const char *words, char out[32]);
/* True if word is one of "a|b|c"; *place is its number from 0. */
bool guess_is_among(struct cp_str word, const char *words, unsigned *place);

#endif
