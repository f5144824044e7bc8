/* SPDX-License-Identifier: MIT */
/*
 * thinking_encode - how hard a model shall think: a budget for Gemini 2.5, a level from 3 on.
 *
 * Effort, budget and switch of all dialects are brought to the one the model knows, and cut down to
 * what it takes; both together are refused by the service.  The limit on the output counts
 * thoughts, too: a budget that came from an effort leaves a quarter of it to the answer.
 *
 * source: Google's page on thinking, as of 2026-08
 */
#include "request.h"

#include <string.h>

static const struct {
    const char *word;
    int64_t budget;
} scale[] = {
    { "none", 0 },     { "minimal", 512 }, { "low", 1024 },   { "medium", 8192 },
    { "high", 24576 }, { "xhigh", 32768 }, { "max", 128000 },
};
enum { SCALE_N = sizeof(scale) / sizeof(scale[0]), MINIMAL = 1, MEDIUM = 3, HIGH = 4 };
enum { UNSAID = -2, DYNAMIC = -1, LEAST_SHARE = 128 };

struct wish {
    int effort;     /* place on the scale; UNSAID, DYNAMIC */
    int64_t budget; /* tokens; UNSAID                      */
    int is_off;
    const struct cp_item *effort_at, *budget_at, *mode_at, *show_at;
};

static struct wish wish_read(struct writing *w)
{
    struct wish wish = { UNSAID,
                         UNSAID,
                         0,
                         writing_param_item(w, "effort"),
                         writing_param_item(w, "thinking_budget"),
                         writing_param_item(w, "thinking_mode"),
                         writing_param_item(w, "thinking_show") };
    int64_t tokens;

    for (int i = 0; wish.effort_at != NULL && i < SCALE_N; i++)
        if (J->is(wish.effort_at->text, scale[i].word))
            wish.effort = i;
    if (wish.effort_at != NULL && J->is(wish.effort_at->text, "auto"))
        wish.effort = DYNAMIC;
    if (wish.budget_at != NULL && J->integer(wish.budget_at->text, &tokens) == CP_OK)
        wish.budget = tokens < 0 ? DYNAMIC : tokens;
    if (wish.mode_at != NULL && J->is(wish.mode_at->text, "off"))
        wish.is_off = 1;
    return wish;
}

static int effort_of_budget(int64_t tokens)
{
    for (int i = 0; i <= HIGH; i++)
        if (tokens <= scale[i].budget)
            return i;
    return HIGH + 1;
}

/* ---- a level --------------------------------------------------------------------------------------------- */

static int is_listed(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = list; at != NULL && *at != '\0'; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, word, n) == 0 && (at[n] == ',' || at[n] == '\0'))
            return 1;
    }
    return 0;
}

/*
 * The nearest level that is not above the wish, else the lowest; NULL: the model lists none.
 * Where there is nothing between low and high, high is what comes near to medium.
 */
static const char *best_level(const char *levels, int effort)
{
    const char *lowest = NULL;

    if (effort == MEDIUM && !is_listed(levels, scale[MEDIUM].word))
        effort = HIGH;
    for (int i = HIGH; i >= MINIMAL; i--) {
        if (!is_listed(levels, scale[i].word))
            continue;
        if (i <= effort)
            return scale[i].word;
        lowest = scale[i].word;
    }
    return lowest;
}

static struct cp_str level_of(struct writing *w, const struct wish *wish)
{
    static const char *const upper[] = { "", "\"MINIMAL\"", "\"LOW\"", "\"MEDIUM\"",
                                         "\"HIGH\"" };
    int effort = wish->effort;
    const char *levels = w->caps.levels[0] == '\0' ? "minimal,low,medium,high" : w->caps.levels;
    const char *level;

    if (wish->is_off)
        effort = 0;
    else if (effort == UNSAID && wish->budget >= 0)
        effort = effort_of_budget(wish->budget);
    if (effort < 0)
        return NOTHING;
    level = best_level(levels, effort);
    if (level == NULL)
        return NOTHING;
    if (wish->is_off || effort > HIGH || strcmp(level, scale[effort].word) != 0)
        writing_note(w, CP_APPROXIMATED,
                     wish->is_off && wish->mode_at != NULL ? wish->mode_at
                     : wish->effort_at != NULL             ? wish->effort_at
                                                           : wish->budget_at,
                     "the nearest level that the model takes");
    for (int i = MINIMAL; i <= HIGH; i++)
        if (strcmp(scale[i].word, level) == 0)
            return (struct cp_str){ upper[i], strlen(upper[i]) };
    return NOTHING;
}

/* ---- a budget ---------------------------------------------------------------------------------------------- */

static int64_t output_share(struct writing *w)
{
    struct cp_str limit = writing_param(w, "max_output");
    int64_t n;

    if (limit.p == NULL || J->integer(limit, &n) != CP_OK || n <= 0)
        return INT64_MAX;
    return n / 4 * 3 + n % 4 * 3 / 4;
}

static int64_t clamp(struct writing *w, int64_t budget)
{
    int64_t most = w->caps.most_budget > 0 ? w->caps.most_budget : 32768;

    if (budget < 0)
        return DYNAMIC;
    if (budget == 0 && w->caps.can_stop_thinking)
        return 0;
    if (budget < w->caps.least_budget)
        return w->caps.least_budget;
    return budget > most ? most : budget;
}

/* UNSAID: nothing is wished. */
static int64_t budget_of(struct writing *w, const struct wish *wish)
{
    int64_t wanted = wish->budget, budget;
    const struct cp_item *said = wish->budget_at;

    if (wish->is_off) {
        wanted = 0;
        said = wish->mode_at;
    } else if (wanted == UNSAID && wish->effort != UNSAID) {
        wanted = wish->effort == DYNAMIC ? DYNAMIC : scale[wish->effort].budget;
        said = wish->effort_at;
        if (wanted > output_share(w)) /* too little to think with: not at all */
            wanted = output_share(w) < LEAST_SHARE ? 0 : output_share(w);
    } else if (wanted == UNSAID && wish->mode_at != NULL &&
               J->is(wish->mode_at->text, "adaptive")) {
        wanted = DYNAMIC;
    }
    if (wanted == UNSAID)
        return UNSAID;
    budget = clamp(w, wanted);
    if (budget != wanted && said != NULL)
        writing_note(w, CP_APPROXIMATED, said, "the nearest budget that the model takes");
    return budget;
}

/* ---- both ----------------------------------------------------------------------------------------------------- */

/* Whoever asked for thoughts wants to read them, unless it said otherwise. */
static int shows(const struct wish *wish)
{
    if (wish->is_off)
        return UNSAID;
    if (wish->show_at != NULL)
        return !J->is(wish->show_at->text, "none");
    if (wish->mode_at != NULL &&
        (J->is(wish->mode_at->text, "enabled") || J->is(wish->mode_at->text, "adaptive")))
        return 1;
    return UNSAID;
}

static void config_open(struct writing *w, int *is_open)
{
    if (*is_open)
        return;
    gemini_config_key(w, "thinkingConfig");
    (void)J->open(w->out, '{');
    *is_open = 1;
}

static void natives_encode(struct writing *w, int *is_open)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(w->tape, i)) != NULL && it->kind != CP_MESSAGE; i++) {
        struct cp_str key = writing_native_key(w, it, "generationConfig.thinkingConfig.");
        if (key.p == NULL)
            continue;
        config_open(w, is_open);
        writing_key_raw(w, key.p, it->text);
    }
}

static void drop_note(struct writing *w, const struct wish *wish)
{
    const struct cp_item *const all[] = { wish->effort_at, wish->budget_at, wish->mode_at,
                                          wish->show_at };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i] != NULL)
            writing_note(w, wish->is_off ? CP_MAPPED : CP_DROPPED, all[i],
                         "thinkingConfig is not sent to the model");
}

/* What gave way to another word for the same thing. */
static void rest_note(struct writing *w, const struct wish *wish, int is_level)
{
    const struct cp_item *other = is_level ? wish->budget_at : wish->effort_at;
    const struct cp_item *one = is_level ? wish->effort_at : wish->budget_at;
    int is_used = is_level ? wish->effort == UNSAID : wish->budget == UNSAID;

    if (other != NULL && (!is_used || wish->is_off))
        writing_note(w, CP_MAPPED, other, "said by the other of effort and budget");
    if (one != NULL && (wish->is_off || other != NULL))
        writing_note(w, CP_MAPPED, one,
                     wish->is_off ? "there is no thinking to be done"
                                  : "said by the other of effort and budget, too");
    if (wish->mode_at != NULL && !wish->is_off)
        writing_note(w, CP_MAPPED, wish->mode_at, "the model thinks anyway");
    if (wish->show_at != NULL && wish->is_off)
        writing_note(w, CP_MAPPED, wish->show_at, "there are no thoughts to show");
}

void gemini_thinking_encode(struct writing *w)
{
    struct wish wish = wish_read(w);
    int how = w->conf->thinking == WORD_AUTO ? w->caps.thinking : w->conf->thinking;
    int show = shows(&wish), is_open = 0;
    struct cp_str level;
    int64_t budget;

    if (w->conf->thinking == THINK_OFF || (how == THINK_OFF && !w->is_own_client)) {
        drop_note(w, &wish);
        return;
    }
    /* Our own client knows its model: what it wrote is not brought to another form. */
    if (w->is_own_client && w->conf->thinking == WORD_AUTO)
        how = wish.budget != UNSAID ? THINK_BUDGET : wish.effort != UNSAID ? THINK_LEVEL : how;
    if (show != UNSAID) {
        config_open(w, &is_open);
        writing_key_raw(w, "includeThoughts", show ? S("true") : S("false"));
    }
    if (how == THINK_LEVEL) {
        level = level_of(w, &wish);
        if (level.p != NULL) {
            config_open(w, &is_open);
            writing_key_raw(w, "thinkingLevel", level);
        }
    } else {
        budget = budget_of(w, &wish);
        if (budget != UNSAID) {
            config_open(w, &is_open);
            (void)J->key(w->out, "thinkingBudget");
            (void)J->number(w->out, budget);
        }
    }
    rest_note(w, &wish, how == THINK_LEVEL);
    natives_encode(w, &is_open);
    if (is_open)
        (void)J->close(w->out);
}
