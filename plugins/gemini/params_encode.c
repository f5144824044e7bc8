/* SPDX-License-Identifier: MIT */
/*
 * params_encode - generationConfig: parameters of all dialects, as far as this service has them.
 *
 * The object is opened by its first member, so a request that says nothing has none.  What has
 * no word here is noted, parameter by parameter.
 */
#include "request.h"

#include <string.h>

void gemini_config_key(struct writing *w, const char *key)
{
    if (!w->has_config) {
        (void)J->key(w->out, "generationConfig");
        (void)J->open(w->out, '{');
    }
    w->has_config = 1;
    (void)J->key(w->out, key);
}

/* ---- numbers ------------------------------------------------------------------------------------------ */

/* The JSON number as thousandths, roughly: enough to tell whether it is out of bounds. */
static double number_of(struct cp_str v)
{
    double value = 0, scale = 1;
    int is_negative = v.n > 0 && v.p[0] == '-', exponent = 0, is_fraction = 0;

    for (size_t i = (size_t)is_negative; i < v.n; i++) {
        if (v.p[i] == '.') {
            is_fraction = 1;
        } else if (v.p[i] == 'e' || v.p[i] == 'E') {
            for (size_t k = i + 1; k < v.n; k++)
                if (v.p[k] >= '0' && v.p[k] <= '9' && exponent < 1000)
                    exponent = exponent * 10 + (v.p[k] - '0');
            if (i + 1 < v.n && v.p[i + 1] == '-')
                exponent = -exponent;
            break;
        } else {
            value = value * 10 + (v.p[i] - '0');
            scale *= is_fraction ? 10 : 1;
        }
    }
    for (int i = 0; i < (exponent < 0 ? -exponent : exponent) && i < 400; i++)
        value = exponent < 0 ? value / 10 : value * 10;
    value /= scale;
    return is_negative ? -value : value;
}

static const struct {
    const char *name, *wire;
    double least, most;
    const char *least_text, *most_text;
} numbers[] = {
    /* source: GenerationConfig of the Gemini API reference, as of 2026-08 */
    { "temperature", "temperature", 0, 2, "0", "2" },
    { "top_p", "topP", 0, 1, "0", "1" },
    { "presence_penalty", "presencePenalty", -2, 1.99, "-2", "1.99" },
    { "frequency_penalty", "frequencyPenalty", -2, 1.99, "-2", "1.99" },
};

static void numbers_encode(struct writing *w)
{
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const struct cp_item *it = writing_param_item(w, numbers[i].name);
        const char *bound = NULL;
        double value;
        if (it == NULL || J->kind(it->text) != '0')
            continue;
        value = number_of(it->text);
        if (value < numbers[i].least)
            bound = numbers[i].least_text;
        else if (value > numbers[i].most)
            bound = numbers[i].most_text;
        gemini_config_key(w, numbers[i].wire);
        if (bound == NULL || w->is_own_client) {
            (void)J->raw(w->out, it->text);
            continue;
        }
        (void)J->raw(w->out, (struct cp_str){ bound, strlen(bound) });
        writing_note(w, CP_APPROXIMATED, it, "the nearest value that the service takes");
    }
}

struct bound {
    int64_t most;
    int is_strict; /* also for our own clients */
};

static void integer_encode(struct writing *w, const char *name, const char *wire,
                           struct bound bound)
{
    const struct cp_item *it = writing_param_item(w, name);
    int64_t n;

    if (it == NULL)
        return;
    if (J->integer(it->text, &n) != CP_OK) {
        writing_note(w, CP_DROPPED, it, "no whole number");
        return;
    }
    gemini_config_key(w, wire);
    if (n > bound.most && (bound.is_strict || !w->is_own_client)) {
        writing_note(w, CP_APPROXIMATED, it, "the most that is taken");
        n = bound.most;
    }
    (void)J->number(w->out, n); /* 1e3 is one, too, but not every reader knows */
}

/* 32 bits with a sign are all there is. */
static void seed_encode(struct writing *w)
{
    const struct cp_item *it = writing_param_item(w, "seed");
    int64_t n;

    if (it == NULL)
        return;
    if (J->integer(it->text, &n) != CP_OK) {
        writing_note(w, CP_DROPPED, it, "no whole number of 64 bits");
        return;
    }
    gemini_config_key(w, "seed");
    if (n > INT32_MAX || n < INT32_MIN) {
        writing_note(w, CP_APPROXIMATED, it, "a seed has 31 bits here");
        n = (int64_t)((uint64_t)n % (UINT64_C(1) << 31));
    }
    (void)J->number(w->out, n);
}

/* What the model takes is its client's business; the channel's own cap binds everybody. */
static void limit_encode(struct writing *w)
{
    int64_t cap = w->conf->max_cap > 0 ? w->conf->max_cap : INT64_MAX;
    int64_t most = w->caps.most_output > 0 ? w->caps.most_output : INT64_MAX;

    integer_encode(w, "max_output", "maxOutputTokens",
                   (struct bound){ w->is_own_client || cap < most ? cap : most, 1 });
}

/* ---- stops ---------------------------------------------------------------------------------------------- */

enum { STOPS_MOST = 5 };

static void stop_encode(struct writing *w)
{
    const struct cp_item *it = writing_param_item(w, "stop");
    struct cp_str one;
    size_t at = 0;
    int n = 0;

    if (it == NULL || J->kind(it->text) != '[' || !J->each(it->text, &at, NULL, &one))
        return;
    at = 0;
    gemini_config_key(w, "stopSequences");
    (void)J->open(w->out, '[');
    while (J->each(it->text, &at, NULL, &one))
        if (n++ < STOPS_MOST || w->is_own_client)
            (void)J->raw(w->out, one);
    (void)J->close(w->out);
    if (n > STOPS_MOST && !w->is_own_client && !H->emulate(w->call, "stop"))
        writing_note(w, CP_APPROXIMATED, it, "only the first five");
}

/* ---- the rest -------------------------------------------------------------------------------------------- */

static void logprobs_encode(struct writing *w)
{
    const struct cp_item *wants = writing_param_item(w, "logprobs");

    if (wants != NULL) {
        gemini_config_key(w, "responseLogprobs");
        (void)J->raw(w->out, wants->text);
    }
    if (wants != NULL && J->kind(wants->text) == 't')
        integer_encode(w, "top_logprobs", "logprobs", (struct bound){ 20, 0 });
    else if (writing_param_item(w, "top_logprobs") != NULL && w->is_own_client)
        integer_encode(w, "top_logprobs", "logprobs", (struct bound){ 20, 0 });
    else if (writing_param_item(w, "top_logprobs") != NULL)
        writing_note(w, CP_MAPPED, writing_param_item(w, "top_logprobs"),
                     "nothing without logprobs");
}

static int has_native(const struct writing *w, const char *path)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(w->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (writing_is_native(it, path))
            return 1;
    return 0;
}

static void images_encode(struct writing *w)
{
    if (!w->wants_images || has_native(w, "generationConfig.responseModalities"))
        return;
    gemini_config_key(w, "responseModalities");
    (void)J->raw(w->out, S("[\"TEXT\",\"IMAGE\"]"));
}

static void natives_encode(struct writing *w)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(w->tape, i)) != NULL && it->kind != CP_MESSAGE; i++) {
        struct cp_str key = writing_native_key(w, it, "generationConfig.");
        if (key.p == NULL)
            continue;
        gemini_config_key(w, key.p);
        (void)J->raw(w->out, it->text);
    }
}

static const struct {
    const char *name;
    int deed;
    const char *why;
} unsaid[] = {
    { "min_p", CP_DROPPED, "not a parameter of this service" },
    { "logit_bias", CP_DROPPED, "not a parameter of this service" },
    { "verbosity", CP_DROPPED, "not a parameter of this service" },
    { "user", CP_DROPPED, "the service is told of no users" },
    { "safety_id", CP_DROPPED, "the service is told of no users" },
    { "metadata", CP_DROPPED, "the service keeps no metadata" },
    { "store", CP_DROPPED, "the service keeps no answers" },
    { "previous", CP_DROPPED, "the service keeps no answers" },
    { "cache_key", CP_DROPPED, "what is cached is the service's own choice" },
    { "cache_retention", CP_DROPPED, "what is cached is the service's own choice" },
    { "cache_auto", CP_MAPPED, "what is cached is the service's own choice" },
    { "include_usage", CP_MAPPED, "the service always tells its usage" },
};

static void unsaid_note(struct writing *w)
{
    for (size_t i = 0; i < sizeof(unsaid) / sizeof(unsaid[0]); i++) {
        const struct cp_item *it = writing_param_item(w, unsaid[i].name);
        if (it != NULL)
            writing_note(w, unsaid[i].deed, it, unsaid[i].why);
    }
}

void gemini_params_encode(struct writing *w)
{
    numbers_encode(w);
    integer_encode(w, "top_k", "topK", (struct bound){ INT64_MAX, 0 });
    limit_encode(w);
    integer_encode(w, "n", "candidateCount", (struct bound){ 8, 0 });
    stop_encode(w);
    seed_encode(w);
    logprobs_encode(w);
    gemini_format_encode(w);
    gemini_thinking_encode(w);
    images_encode(w);
    natives_encode(w);
    if (w->has_config)
        (void)J->close(w->out);
    unsaid_note(w);
}

void gemini_tier_encode(struct writing *w)
{
    const struct cp_item *it = writing_param_item(w, "tier");

    if (it == NULL)
        return;
    if (J->is(it->text, "flex") || J->is(it->text, "priority"))
        writing_key_raw(w, "serviceTier", it->text);
    else if (J->is(it->text, "default"))
        writing_key_raw(w, "serviceTier", S("\"standard\""));
    else if (J->is(it->text, "auto"))
        writing_note(w, CP_MAPPED, it, "the service's own choice");
    else
        writing_note(w, CP_DROPPED, it, "the service has no such tier");
}
