/* SPDX-License-Identifier: MIT */
/*
 * grammar - what may follow what on a tape.
 *
 * Every item a plugin emits passes here before any other plugin sees it, so an encoder may rely
 * on what the picture says and need not look for what it does not say.
 *
 *     request    head* MESSAGE* END             head: START (once), PARAM, SYSTEM, TOOL,
 *                                               TOOL_CHOICE; in any order, anywhere at the top
 *     response   START (MESSAGE* STOP)* END     one STOP for each choice that had a message
 *                MODEL* END                     a list of models; USAGE END: a count
 *     broken     START anything.. ERROR         a stream that was cut: whatever is open stays so
 *     failure    ERROR
 *
 *     MESSAGE +                                 at the top; one open for each choice
 *     |  block..                                TEXT REFUSAL REASONING MEDIA TOOL_CALL SERVER_CALL
 *     |                                         SERVER_RESULT COMPACTION REFERENCE
 *     |  TOOL_RESULT +                          directly in a message
 *     |  |  TEXT MEDIA REFUSAL REFERENCE
 *     |  |  MEDIA + (num = FROM_PARTS)          in a message or a result
 *     |  |  |  TEXT MEDIA
 *     |  |  MEDIA -
 *     |  TOOL_RESULT -
 *     MESSAGE -                                 nothing of its choice may be open now
 *
 *     block      OPEN piece* CLOSE, or one piece that is both; told apart by (index, choice),
 *                so several may be open at once
 *     in it      STATE and CITE with its index, between its first and its last piece
 *     after it   CACHE_MARK marks what just ended: a block, an enclosure, SYSTEM, TOOL, CONTROL
 *     anywhere   USAGE (responses), NATIVE, CONTROL, AUX
 *
 * COMPACTION and REFERENCE may also stand at the top, where no message claims them.  After END or
 * ERROR there is nothing.
 *
 * `sub` says what the enum of its kind has; where 0 ("not said") is legal the table below says so.
 * Continuation pieces need not repeat it.
 *
 * A message that fails names the item by its number and kind, never by its content.
 */
#include "ir/grammar.h"

#include "base/err.h"
#include "base/str.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum form { ONE, BLOCK, ENCLOSURE, ATTACHED, MARK };
enum { AT_TOP = 1, IN_MESSAGE = 2, IN_RESULT = 4, IN_PARTS = 8, ANYWHERE = 15 };
enum {
    IN_REQUEST = 1 << CP_REQUEST,
    IN_RESPONSE = 1 << CP_RESPONSE,
    IN_FAILURE = 1 << CP_FAILURE
};
enum { IN_BOTH = IN_REQUEST | IN_RESPONSE, IN_ALL = IN_BOTH | IN_FAILURE };

struct rule {
    uint8_t form, phases, places;
    uint8_t sub_least, sub_most;
    bool needs_name; /* on its first piece */
};

static const struct rule rules[KIND_MOST + 1] = {
    [CP_START] = { ONE, IN_BOTH, AT_TOP, 0, CP_TIED | CP_UNKEPT, false },
    [CP_PARAM] = { ONE, IN_REQUEST, AT_TOP, 0, 0, true },
    [CP_SYSTEM] = { ONE, IN_REQUEST, AT_TOP, 0, CP_BY_DEVELOPER, false },
    [CP_TOOL] = { ONE, IN_REQUEST, AT_TOP, 1, CP_TOOL_HOSTED, false },
    [CP_TOOL_CHOICE] = { ONE, IN_REQUEST, AT_TOP, 1, CP_AMONG_ANY, false },
    [CP_MESSAGE] = { ENCLOSURE, IN_BOTH, AT_TOP, 1, CP_DEVELOPER, false },
    [CP_TEXT] = { BLOCK, IN_BOTH, IN_MESSAGE | IN_RESULT | IN_PARTS, 0, 1, false },
    [CP_REFUSAL] = { BLOCK, IN_BOTH, IN_MESSAGE | IN_RESULT, 0, 0, false },
    [CP_REASONING] = { BLOCK, IN_BOTH, IN_MESSAGE, 0, CP_RAW_THOUGHT, false },
    [CP_STATE] = { ATTACHED, IN_BOTH, ANYWHERE, 0, 0, true },
    [CP_MEDIA] = { BLOCK, IN_BOTH, IN_MESSAGE | IN_RESULT | IN_PARTS, 1, CP_FILE, false },
    [CP_TOOL_CALL] = { BLOCK, IN_BOTH, IN_MESSAGE, 1, CP_TOOL_HOSTED, true },
    [CP_TOOL_RESULT] = { ENCLOSURE, IN_BOTH, IN_MESSAGE, 0, CP_TOOL_HOSTED, false },
    [CP_SERVER_CALL] = { BLOCK, IN_BOTH, IN_MESSAGE, 0, 0, true },
    [CP_SERVER_RESULT] = { BLOCK, IN_BOTH, IN_MESSAGE, 0, 0, false },
    [CP_CITE] = { ATTACHED, IN_BOTH, ANYWHERE, 0, 0, true },
    [CP_CACHE_MARK] = { MARK, IN_REQUEST, ANYWHERE, 0, 0, false },
    [CP_STOP] = { ONE, IN_RESPONSE, AT_TOP, 1, CP_STOP_COMPACTION, false },
    [CP_USAGE] = { ONE, IN_RESPONSE, ANYWHERE, 1, CP_SEARCHES, false },
    [CP_ERROR] = { ONE, IN_RESPONSE | IN_FAILURE, ANYWHERE, 1, CP_HEADERS_TOO_LARGE, false },
    [CP_MODEL] = { ONE, IN_RESPONSE, AT_TOP, 0, 0, false },
    [CP_COMPACTION] = { BLOCK, IN_BOTH, AT_TOP | IN_MESSAGE, 0, 0, false },
    [CP_REFERENCE] = { BLOCK, IN_BOTH, AT_TOP | IN_MESSAGE | IN_RESULT, 0, 0, false },
    [CP_CONTROL] = { ONE, IN_BOTH, ANYWHERE, 0, 0, true },
    [CP_NATIVE] = { ONE, IN_ALL, ANYWHERE, 0, 0, false },
    [CP_AUX] = { ONE, IN_ALL, ANYWHERE, 0, 0, false },
    [CP_END] = { ONE, IN_BOTH, AT_TOP, 0, 0, false },
};

void grammar_init(struct grammar *g, int phase)
{
    memset(g, 0, offsetof(struct grammar, open));
    g->phase = (uint8_t)phase;
}

static int broken(const struct grammar *g, const struct cp_item *it, struct err *err, int code,
                  const char *why)
{
    char where[64];
    snprintf(where, sizeof(where), "item %" PRIu64 " (%s)", g->items, kind_name(it->kind));
    return err_set(err, code, where, "%s", why);
}

bool grammar_is_block(uint32_t kind)
{
    return kind <= KIND_MOST && rules[kind].form == BLOCK;
}

static uint64_t choice_bit(const struct cp_item *it)
{
    return UINT64_C(1) << (it->choice & 63);
}

static int place_of(const struct grammar *g, const struct cp_item *it)
{
    if (g->depth)
        return g->enclose[g->depth - 1] == CP_MEDIA ? IN_PARTS : IN_RESULT;
    return g->messages_open & choice_bit(it) ? IN_MESSAGE : AT_TOP;
}

const struct grammar_block *grammar_open(const struct grammar *g, const struct cp_item *it)
{
    for (uint32_t i = 0; i < g->open_n; i++)
        if (g->open[i].index == it->index && g->open[i].choice == it->choice)
            return &g->open[i];
    return NULL;
}

bool grammar_encloses(const struct grammar *g, const struct cp_item *it)
{
    if (it->kind != CP_MEDIA)
        return it->kind <= KIND_MOST && rules[it->kind].form == ENCLOSURE;
    if (it->num == CP_FROM_PARTS || it->flags & CP_OPEN)
        return it->num == CP_FROM_PARTS;
    return g->depth && g->enclose[g->depth - 1] == CP_MEDIA && !grammar_open(g, it);
}

static bool has_control(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F)
            return true;
    return false;
}

static const char *bad_spelling(const struct cp_item *it)
{
    if (utf8_valid(it->text) != it->text.n)
        return "its text is not UTF-8";
    if (it->name.n && (has_control(it->name) || utf8_valid(it->name) != it->name.n))
        return "its name has control bytes or is not UTF-8";
    if (it->id.n && (has_control(it->id) || utf8_valid(it->id) != it->id.n))
        return "its id has control bytes or is not UTF-8";
    if (utf8_valid(it->meta) != it->meta.n)
        return "its meta is not UTF-8";
    return NULL;
}

static const char *bad_number(const struct cp_item *it)
{
    switch (it->kind) {
    case CP_TOOL:
    case CP_TOOL_RESULT:
        return it->num < -1 || it->num > 1 ? "num is -1, 0 or 1" : NULL;
    case CP_MEDIA:
        return it->num < CP_FROM_BASE64 || it->num > CP_FROM_PARTS ? "num is enum cp_from"
                                                                   : NULL;
    case CP_CACHE_MARK:
    case CP_USAGE:
        return it->num < 0 ? "num is not negative" : NULL;
    case CP_ERROR:
        return it->num < 0 || it->num > 999 ? "num is an HTTP status or 0" : NULL;
    default:
        return NULL;
    }
}

/* What the first piece of something must say; later ones lean on it. */
static const char *bad_head(const struct rule *rule, const struct cp_item *it)
{
    if (it->sub < rule->sub_least)
        return "sub must be said";
    if (rule->needs_name && it->name.n == 0)
        return "it needs a name";
    if (it->kind == CP_TOOL && it->sub <= CP_TOOL_CUSTOM && it->name.n == 0)
        return "it needs a name";
    if (it->kind == CP_TOOL_CHOICE && it->sub == CP_NAMED && it->name.n == 0)
        return "it needs a name";
    return bad_number(it);
}

static const char *bad_flags(const struct grammar *g, const struct rule *rule,
                             const struct cp_item *it)
{
    uint32_t ends = it->flags & CP_WHOLE;
    if (it->flags & ~(uint32_t)(CP_WHOLE | CP_SEGMENT))
        return "unknown flags";
    if (it->flags & CP_SEGMENT && it->kind != CP_TEXT && it->kind != CP_REASONING &&
        it->kind != CP_REFUSAL && it->kind != CP_COMPACTION)
        return "it has no segments";
    if (grammar_encloses(g, it))
        return ends == CP_OPEN || ends == CP_CLOSE ? NULL : "it either opens or closes";
    return rule->form == BLOCK || !ends ? NULL : "it is no block: flags must be 0";
}

static bool is_first(const struct rule *rule, const struct cp_item *it)
{
    return it->flags & CP_OPEN || (rule->form != BLOCK && rule->form != ENCLOSURE);
}

/* What can be told from the item alone. */
static int check_item(const struct grammar *g, const struct rule *rule,
                      const struct cp_item *it, struct err *err)
{
    if (it->sub > rule->sub_most)
        return broken(g, it, err, E_BUG, "sub is none of its values");
    if (it->choice > (g->phase == CP_RESPONSE ? 63 : 0))
        return broken(g, it, err, E_BUG, "choice is out of range");
    const char *why = bad_flags(g, rule, it);
    if (!why && is_first(rule, it))
        why = bad_head(rule, it);
    if (why)
        return broken(g, it, err, E_BUG, why);
    why = bad_spelling(it);
    return why ? broken(g, it, err, E_SYNTAX, why) : 0;
}

static int check_place(const struct grammar *g, const struct rule *rule,
                       const struct cp_item *it, struct err *err)
{
    if (g->is_ended)
        return broken(g, it, err, E_BUG, "nothing may follow END or ERROR");
    if (!(rule->phases >> g->phase & 1))
        return broken(g, it, err, E_BUG, "it has no place in this phase");
    if (rule->places == ANYWHERE)
        return 0;
    bool is_close = rule->form == ENCLOSURE && it->flags & CP_CLOSE;
    if (!is_close && !(it->kind == CP_MEDIA && (it->flags & CP_WHOLE) == CP_CLOSE) &&
        !(rule->places & place_of(g, it)))
        return broken(g, it, err, E_BUG,
                      rule->places == AT_TOP && place_of(g, it) != AT_TOP
                          ? "a message is still open"
                          : "it may not stand here");
    if (g->depth && it->choice != g->enclose_choice)
        return broken(g, it, err, E_BUG, "another choice's enclosure is open");
    return 0;
}

static bool has_open(const struct grammar *g, uint32_t choice, uint8_t level)
{
    for (uint32_t i = 0; i < g->open_n; i++)
        if (g->open[i].choice == choice && g->open[i].level >= level)
            return true;
    return false;
}

static int check_message(struct grammar *g, const struct cp_item *it, struct err *err)
{
    uint64_t bit = choice_bit(it);
    if (it->flags & CP_OPEN) {
        if (g->phase == CP_RESPONSE && !g->is_started)
            return broken(g, it, err, E_BUG, "START must come first");
        if (g->phase == CP_RESPONSE && it->sub != CP_ASSISTANT)
            return broken(g, it, err, E_BUG, "a response's messages are the assistant's");
        if (g->stopped & bit)
            return broken(g, it, err, E_BUG, "its choice has stopped");
        g->messages_open |= bit;
        g->messages_seen |= bit;
        return 0;
    }
    if (!(g->messages_open & bit))
        return broken(g, it, err, E_BUG, "no message is open");
    if (g->depth || has_open(g, it->choice, 0))
        return broken(g, it, err, E_BUG, "something in it is still open");
    g->messages_open &= ~bit;
    return 0;
}

static int check_enclosure(struct grammar *g, const struct cp_item *it, struct err *err)
{
    if (it->kind == CP_MESSAGE)
        return check_message(g, it, err);
    if (it->flags & CP_OPEN) {
        if (place_of(g, it) == IN_PARTS || g->depth == GRAMMAR_ENCLOSE)
            return broken(g, it, err, E_BUG, "it may not be nested");
        g->enclose[g->depth++] = (uint8_t)it->kind;
        g->enclose_choice = it->choice;
        return 0;
    }
    if (!g->depth || g->enclose[g->depth - 1] != it->kind)
        return broken(g, it, err, E_BUG, "it is not the innermost that is open");
    if (has_open(g, it->choice, g->depth))
        return broken(g, it, err, E_BUG, "something in it is still open");
    g->depth--;
    return 0;
}

static int check_block(struct grammar *g, const struct cp_item *it, struct err *err)
{
    const struct grammar_block *found = grammar_open(g, it);
    if (it->flags & CP_OPEN) {
        if (found)
            return broken(g, it, err, E_BUG, "a block with this index is open");
        if (it->flags & CP_CLOSE)
            return 0;
        if (g->open_n == GRAMMAR_OPEN_BLOCKS)
            return broken(g, it, err, E_LIMIT, "too many blocks are open");
        g->open[g->open_n++] = (struct grammar_block){ it->index, (uint8_t)it->choice,
                                                       (uint8_t)it->kind, g->depth };
        return 0;
    }
    if (!found)
        return broken(g, it, err, E_BUG, "no block with this index is open");
    if (found->kind != it->kind)
        return broken(g, it, err, E_BUG, "the block with this index is of another kind");
    if (it->flags & CP_CLOSE)
        g->open[found - g->open] = g->open[--g->open_n];
    return 0;
}

static int check_start(struct grammar *g, const struct cp_item *it, struct err *err)
{
    if (g->is_started)
        return broken(g, it, err, E_BUG, "START comes once");
    if (g->phase == CP_RESPONSE && g->is_busy)
        return broken(g, it, err, E_BUG, "START comes first");
    g->is_started = true;
    return 0;
}

static int check_stop(struct grammar *g, const struct cp_item *it, struct err *err)
{
    uint64_t bit = choice_bit(it);
    if (!g->is_started)
        return broken(g, it, err, E_BUG, "START must come first");
    if (g->stopped & bit)
        return broken(g, it, err, E_BUG, "its choice has stopped");
    if (has_open(g, it->choice, 0))
        return broken(g, it, err, E_BUG, "a block of its choice is still open");
    g->stopped |= bit;
    return 0;
}

static int check_end(struct grammar *g, const struct cp_item *it, struct err *err)
{
    if (g->open_n || g->messages_open || g->depth)
        return broken(g, it, err, E_BUG, "something is still open");
    if (g->phase == CP_REQUEST && g->is_busy && !g->is_started)
        return broken(g, it, err, E_BUG, "there was no START");
    if (g->phase == CP_RESPONSE && g->messages_seen & ~g->stopped)
        return broken(g, it, err, E_BUG, "a choice has no STOP");
    g->is_ended = true;
    return 0;
}

static int check_one(struct grammar *g, const struct cp_item *it, struct err *err)
{
    switch (it->kind) {
    case CP_START:
        return check_start(g, it, err);
    case CP_STOP:
        return check_stop(g, it, err);
    case CP_END:
        return check_end(g, it, err);
    case CP_ERROR:
        g->is_ended = true;
        return 0;
    default:
        return 0;
    }
}

static int check_form(struct grammar *g, const struct rule *rule, const struct cp_item *it,
                      struct err *err)
{
    if (grammar_encloses(g, it))
        return check_enclosure(g, it, err);
    switch (rule->form) {
    case BLOCK:
        return check_block(g, it, err);
    case ATTACHED:
        return grammar_open(g, it) ? 0 : broken(g, it, err, E_BUG, "its block is not open");
    case MARK:
        return g->can_mark ? 0 : broken(g, it, err, E_BUG, "nothing before it can be marked");
    default:
        return check_one(g, it, err);
    }
}

/* Remarks that may stand between a thing and its mark, and before START. */
static bool is_remark(uint32_t kind)
{
    return kind == CP_NATIVE || kind == CP_AUX;
}

static bool can_be_marked(const struct cp_item *it)
{
    return it->flags & CP_CLOSE || it->kind == CP_TOOL || it->kind == CP_SYSTEM ||
           it->kind == CP_CONTROL;
}

int grammar_check(struct grammar *g, const struct cp_item *it, struct err *err)
{
    if (it->kind == 0 || it->kind > KIND_MOST)
        return broken(g, it, err, E_BUG, "unknown kind");
    const struct rule *rule = &rules[it->kind];
    int rc = check_place(g, rule, it, err);
    if (!rc)
        rc = check_item(g, rule, it, err);
    if (!rc)
        rc = check_form(g, rule, it, err);
    if (rc)
        return rc;
    g->items++;
    if (!is_remark(it->kind)) {
        g->is_busy = true;
        g->can_mark = can_be_marked(it);
    }
    return 0;
}

int grammar_end(const struct grammar *g, struct err *err)
{
    if (g->is_ended)
        return 0;
    return err_set(err, E_BUG, "end of tape", g->phase == CP_FAILURE ? "no ERROR" : "no END");
}
