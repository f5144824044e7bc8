/* SPDX-License-Identifier: MIT */
/*
 * echo - whether what an error says of a word is only what the client itself has written.
 *
 * Errors quote what they complain of.  A member named "metadata: Extra inputs are not permitted", or a model named
 * "Unknown parameter: temperature", must not teach anything that holds for others.
 */
#ifndef FLOW_ECHO_H
#define FLOW_ECHO_H

#include <stdbool.h>
#include <stddef.h>

#include <claude-proxy/plugin.h>

struct echo;

/* word: at most 64 bytes of it are looked at; error: JSON or other text.  False: the error does not have it in any words. */
bool echo_begin(struct echo *, struct cp_str word, struct cp_str error);
/* Each text that the client has sent.  True: the error's words around the word stand there, too. */
bool echo_hears(struct echo *, struct cp_str text);
/* The same for each string in a JSON text, names of members included. */
bool echo_hears_json(struct echo *, struct cp_str json);

/* For who owns one; nobody else looks inside. */
enum { ECHO_CONTEXT = 11, ECHO_WORD = 64, ECHO_PATTERNS = 16, ECHO_SIEVE = 4096 };

struct echo {
    char patterns[ECHO_PATTERNS][ECHO_CONTEXT + ECHO_WORD];
    size_t lengths[ECHO_PATTERNS], n;
    char sieve[ECHO_SIEVE]; /* what was heard last */
    size_t sieve_n;
};

#endif
