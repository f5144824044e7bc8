/* SPDX-License-Identifier: MIT */
/*
 * chat_effort - how hard a model shall think, in the one word that this dialect has for it.
 *
 * Efforts, budgets and switches of all dialects end in reasoning_effort, cut down to what the
 * model is known to take: the nearest value not above, else its lowest.  Towards unknown
 * models only the three words are sent that every server which knows the parameter at all
 * knows.
 */
#include "chat.h"

#include <string.h>

static const char *const scale[] = {
    "none", "minimal", "low", "medium", "high", "xhigh", "max"
};
enum { SCALE_N = sizeof(scale) / sizeof(scale[0]), NONE = 0, MINIMAL = 1, LOW = 2, HIGH = 4 };

static int level_of(struct cp_str word)
{
    for (int i = 0; i < SCALE_N; i++)
        if (J->is(word, scale[i]))
            return i;
    return -1;
}

/* Steps in tokens: those of Google's compatible endpoint, refined by what gateways agree on. */
static int level_of_budget(int64_t tokens)
{
    static const int64_t most[] = { 0, 512, 1024, 8192, 24576 };

    for (int i = 0; i <= HIGH; i++)
        if (tokens <= most[i])
            return i;
    return HIGH + 1;
}

/* -1: the client left it to the model. */
static int wanted_level(struct chat_out *e)
{
    struct cp_str effort = chat_out_param(e, "effort"),
                  budget = chat_out_param(e, "thinking_budget");
    int64_t tokens;

    if (J->is(chat_out_param(e, "thinking_mode"), "off") && (!e->from_chat || effort.p == NULL))
        return NONE;
    if (effort.p != NULL)
        return level_of(effort);
    if (budget.p == NULL || J->integer(budget, &tokens) != CP_OK || tokens < 0)
        return -1;
    return level_of_budget(tokens);
}

static int best_listed(struct cp_str list, int wanted)
{
    int lowest = -1;

    for (int i = SCALE_N - 1; i >= 0; i--) {
        if (!openai_text_listed(list, scale[i]))
            continue;
        if (i <= wanted)
            return i;
        lowest = i;
    }
    return lowest;
}

static int best_unlisted(const struct chat_out *e, int wanted)
{
    if (e->from_chat)
        return wanted;
    if (wanted == NONE)
        return -1;
    return wanted == MINIMAL ? LOW : wanted > HIGH ? HIGH : wanted;
}

/* Has the client turned a knob of its own server's, which goes there as it is? */
static int is_said_natively(const struct chat_out *e)
{
    int has_effort = chat_out_param(e, "effort").p != NULL;
    const struct cp_item *it;

    for (size_t i = 0; e->from_chat && (it = H->item(e->tape, i)) != NULL; i++) {
        if (it->kind != CP_NATIVE || !openai_text_is(it->id, OPENAI_CHAT))
            continue;
        if (openai_text_is(it->name, "reasoning") ||
            (!has_effort && (openai_text_is(it->name, "thinking") ||
                             openai_text_is(it->name, "enable_thinking"))))
            return 1;
    }
    return 0;
}

static int is_of_effort(const struct cp_item *it)
{
    return it->kind == CP_PARAM &&
           (openai_text_is(it->name, "effort") || openai_text_is(it->name, "thinking_budget") ||
            openai_text_is(it->name, "thinking_mode"));
}

/* Whatever the client said it with. */
static void effort_note(struct chat_out *e, int deed, const char *why)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (is_of_effort(it))
            H->note_item(e->call, deed, it, why);
}

/* What was said in other words than the one that goes out. */
static void words_note(struct chat_out *e)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (is_of_effort(it) && !openai_text_is(it->name, "effort"))
            H->note_item(e->call, CP_MAPPED, it, "said as an effort");
}

struct cp_str chat_effort_word(struct chat_out *e)
{
    struct cp_str list = e->conf->efforts, nothing = { NULL, 0 };
    int wanted = wanted_level(e), level;

    if (wanted < 0) {
        words_note(e);
        return nothing;
    }
    if (list.n == 0 && e->caps.efforts != NULL)
        list = (struct cp_str){ e->caps.efforts, strlen(e->caps.efforts) };
    if (list.p == NULL || (list.n == 0 && e->caps.efforts == NULL))
        level = best_unlisted(e, wanted);
    else
        level = best_listed(list, wanted);
    if (level < 0) {
        effort_note(e, wanted != NONE || e->caps.efforts == NULL ? CP_DROPPED : CP_MAPPED,
                    wanted != NONE || e->caps.efforts == NULL
                        ? "not known to work with the model"
                        : "the model does not reason");
        return nothing;
    }
    if (level != wanted)
        effort_note(e, CP_APPROXIMATED, "the nearest value the model takes");
    words_note(e);
    return (struct cp_str){ scale[level], strlen(scale[level]) };
}

void chat_effort_encode(struct chat_out *e)
{
    struct cp_str word;

    if (is_said_natively(e))
        return;
    if (wanted_level(e) < 0) {
        words_note(e);
        return;
    }
    if (!chat_out_may(e, "reasoning_effort"))
        return;
    word = chat_effort_word(e);
    if (word.p != NULL)
        chat_out_key_text(e, "reasoning_effort", word);
}
