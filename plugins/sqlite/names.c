/* SPDX-License-Identifier: MIT */
/*
 * names - texts that come again and again (channels, models, agents), kept once, by number.
 *
 * A name remembers the hour of the last record that has it; when the oldest record is younger than that, nobody has it any
 * more and it goes (trim.c).  So clients that ask for a new model each second fill the table only for as long as their
 * requests are remembered.
 */
#include "sqlite.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 8192, TEXTS = 512, LONGEST = 1024, LENT = 256 };

struct slot { /* for writing: text to number; a collision takes the place */
    char *text;
    size_t n;
    int64_t id, last;
};
struct text { /* for reading: number to text */
    int64_t id;
    char *text;
    size_t n;
};
struct names {
    struct slot slots[SLOTS];
    struct text texts[TEXTS];
    char *lent[LENT]; /* had to give up their places, but are still in somebody's hands */
    int lent_n;
};

struct names *names_new(void)
{
    return calloc(1, sizeof(struct names));
}

void names_next(struct names *n)
{
    while (n->lent_n)
        free(n->lent[--n->lent_n]);
}

void names_forget(struct names *n)
{
    names_next(n);
    for (int i = 0; i < SLOTS; i++)
        free(n->slots[i].text);
    for (int i = 0; i < TEXTS; i++)
        free(n->texts[i].text);
    memset(n, 0, sizeof(*n));
}

void names_free(struct names *n)
{
    if (n)
        names_forget(n);
    free(n);
}

static char *copy(struct cp_str s)
{
    char *p = malloc(s.n + 1);
    if (p && s.n)
        memcpy(p, s.p, s.n);
    return p;
}

int names_find(struct sqlite *s, struct cp_str text, int64_t *id)
{
    struct db_query *q = sqlite_query(s, Q_NAME_FIND);

    *id = 0;
    if (!q)
        return CP_E_LIMIT;
    db_bind_text(q, 1, text);
    int rc = db_step(q);
    if (rc == 1)
        *id = db_int(q, 0, 0);
    db_reset(q);
    return rc < 0 ? rc : CP_OK;
}

static int name_add(struct sqlite *s, struct cp_str text, int64_t hour, int64_t *id)
{
    int rc = names_find(s, text, id);
    if (rc || *id)
        return rc;
    struct db_query *q = sqlite_query(s, Q_NAME_ADD);
    if (!q)
        return CP_E_LIMIT;
    db_bind_text(q, 1, text);
    db_bind_int(q, 2, hour);
    rc = db_run(q);
    *id = rc ? 0 : db_last_id(s->db);
    return rc;
}

static int name_used(struct sqlite *s, struct slot *slot, int64_t hour)
{
    struct db_query *q = sqlite_query(s, Q_NAME_USED);
    if (!q)
        return CP_E_LIMIT;
    db_bind_int(q, 1, hour);
    db_bind_int(q, 2, slot->id);
    int rc = db_run(q);
    slot->last = hour;
    return rc;
}

int names_id(struct sqlite *s, struct cp_str text, int64_t hour, int64_t *id)
{
    *id = 0;
    if (!text.n)
        return CP_OK;
    if (text.n > LONGEST)
        text.n = LONGEST;
    struct slot *slot = &s->names->slots[hash_id(text) % SLOTS];
    bool is_it = slot->text && slot->n == text.n && memcmp(slot->text, text.p, text.n) == 0;
    if (!is_it) {
        int rc = name_add(s, text, hour, id);
        if (rc)
            return rc;
        free(slot->text);
        *slot = (struct slot){ copy(text), text.n, *id, -1 };
    }
    *id = slot->id;
    return slot->last < hour ? name_used(s, slot, hour) : CP_OK;
}

struct cp_str names_text(struct sqlite *s, int64_t id)
{
    struct cp_str none = { NULL, 0 };
    if (!id)
        return none;
    struct text *t = &s->names->texts[id % TEXTS];
    if (t->id == id && t->text)
        return (struct cp_str){ t->text, t->n };
    struct db_query *q = sqlite_query(s, Q_NAME_TEXT);
    if (!q)
        return none;
    db_bind_int(q, 1, id);
    if (db_step(q) == 1) {
        struct cp_str text = db_text(q, 0);
        if (t->text && s->names->lent_n < LENT)
            s->names->lent[s->names->lent_n++] = t->text;
        *t = (struct text){ id, copy(text), text.n };
        none = (struct cp_str){ t->text, t->text ? t->n : 0 };
    }
    db_reset(q);
    return none;
}
