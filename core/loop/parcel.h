/* SPDX-License-Identifier: MIT */
/*
 * parcel - what goes out: the header lines, and a body small enough to go with them, in one block.
 *
 * The block is the transfer's own, so that a cancelled request's memory may go at once while the
 * engine still holds the list; it holds keys, so it is wiped.
 */
#ifndef LOOP_PARCEL_H
#define LOOP_PARCEL_H

struct transfer;

/* The shape of libcurl's struct curl_slist; client.c makes sure of it. */
struct parcel_line {
    char *text; /* "Name: value", "Name;" (empty value), "Name:" (not to be sent) */
    struct parcel_line *next;
};

/* Fills t->block (its list comes first) and takes the small part of the body out of t->body. */
void parcel_build(struct transfer *);
/* The joined body, or NULL if it is too large to be joined and is read from t->body. */
char *parcel_small_body(const struct transfer *);
void parcel_wipe(struct transfer *);

#endif
