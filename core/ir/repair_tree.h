/* SPDX-License-Identifier: MIT */
/*
 * repair_tree - a request's conversation as nodes that can be moved: what the files of repair share.
 *
 *     turns    MESSAGE   MESSAGE   NATIVE   MESSAGE        and what stands between messages
 *                |          |
 *              blocks     TOOL_RESULT .. trail: NATIVE, CACHE_MARK behind it
 *                |          |
 *              pieces     blocks
 *
 * Nodes live in an arena of the repair's own and are gone when it is done; what they show lives
 * with the tapes.
 */
#ifndef IR_REPAIR_TREE_H
#define IR_REPAIR_TREE_H

#include "ir/repair.h"

struct repair_node;

struct repair_list {
    struct repair_node *first, *last;
};

struct repair_node {
    struct repair_node *next;
    struct repair_list inside;  /* of MESSAGE, TOOL_RESULT, MEDIA of parts: what they enclose;
                                 * of other blocks: their further pieces, STATE and CITE */
    struct repair_list trail;   /* members the dialect has no item for, and the cache mark */
    const struct cp_item *it;   /* what it says */
    const struct cp_item *from; /* the item of the tape given that it stands for; NULL: a
                                 * MESSAGE that was made here */
    uint32_t role;              /* whose message it must stand in; 0: it stays where it is */
    bool is_member;             /* NATIVE: a member of its message, not a thing in it */
    struct repair_node *answer; /* of a TOOL_CALL */
};

struct repair {
    const struct cp_tape *from;
    struct cp_tape *to;
    struct repair_ends ends;
    repair_note_fn *note;
    void *ctx;
    struct arena *arena;
    struct repair_list head;  /* all that stands before the conversation */
    struct repair_list turns; /* MESSAGE, and NATIVE or CONTROL between them */
    int rc;                   /* first failure; to->err has it */
};

void repair_tree_grow(struct repair *); /* fills head and turns */
struct repair_node *repair_tree_node(struct repair *, const struct cp_item *it,
                                     const struct cp_item *from);
struct repair_node *repair_tree_message(struct repair *, uint32_t role); /* made here */
struct repair_node *repair_tree_text(struct repair *, struct cp_str text,
                                     const struct cp_item *from);
/* Is it a MESSAGE, a TOOL_RESULT, MEDIA made of parts? */
bool repair_tree_encloses(const struct repair_node *);
void repair_tree_add(struct repair_list *, struct repair_node *);
/* Behind at; NULL: in front of all. */
void repair_tree_insert(struct repair_list *, struct repair_node *at, struct repair_node *);
void repair_tree_append(struct repair_list *, struct repair_list); /* all of another */
/* Moves a cache mark that stands behind a node to another one, unless that has its own. */
void repair_tree_remark(struct repair *, struct repair_node *from, struct repair_node *to);
/* What the node says, to be changed. */
struct cp_item *repair_tree_edit(struct repair *, struct repair_node *);
struct cp_str repair_tree_words(struct repair *, const struct repair_node *); /* of a block */
void repair_tree_tell(struct repair *, int deed, const struct cp_item *, const char *why);

/* Out goes what the upstream could not read, and what is empty. */
void repair_clean(struct repair *);
/* Blocks that belong to another's message get one of their own. */
void repair_turns_split(struct repair *);
/* Empty messages go, neighbours of one role become one. */
void repair_turns_merge(struct repair *);
/* Takes every result from its place and gives it to its call; makes ids unique. */
void repair_pair_match(struct repair *);
/* Puts the results behind the messages that made the calls. */
void repair_pair_place(struct repair *);
void repair_write(struct repair *);

#endif
