/* SPDX-License-Identifier: MIT */
/*
 * answer_encode - a tape as one GenerateContentResponse; and what its chunks share with it.
 *
 * What is said of a candidate as a whole stands behind its content: why it ended, what it is
 * grounded in, the service's own members that a tape brought along.  A prompt that the service
 * blocked has no candidate, only its promptFeedback.
 */
#include "answer.h"

#include <string.h>

/* ---- what is no content -------------------------------------------------------------------- */

void gemini_tx_start(struct tx *tx, const struct cp_item *start)
{
    struct cp_call *call = tx->call;

    tx->model = start != NULL && start->name.n > 0 ? start->name
                : call->client_model.n > 0         ? call->client_model
                                                   : call->model;
    tx->id = start != NULL && start->id.n > 0 ? start->id : call->trace;
    tx->model = gemini_tx_keep(tx, tx->model);
    tx->id = gemini_tx_keep(tx, tx->id);
}

/* A name that needs no escapes; Google's all are so. */
static int is_plain(struct cp_str key)
{
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_'))
            return 0;
    }
    return key.n > 0;
}

static void native_put(struct tx *tx, struct tx_native **list, struct cp_str key,
                       struct cp_str value)
{
    if (!is_plain(key))
        return;
    while (*list != NULL && !gemini_text_same((*list)->key, key))
        list = &(*list)->next;
    if (*list == NULL)
        *list = H->alloc(tx->call, sizeof(**list));
    if (*list == NULL)
        return;
    (*list)->key = gemini_tx_keep(tx, key);
    (*list)->value = gemini_tx_keep(tx, J->compact(tx->call, value));
}

const struct tx_native *gemini_tx_native(const struct tx_native *list, const char *key)
{
    while (list != NULL && !gemini_key_is(list->key, key))
        list = list->next;
    return list;
}

void gemini_tx_natives(struct tx *tx, const struct tx_native *list)
{
    for (; list != NULL; list = list->next) {
        struct cp_str name = gemini_text_join(tx->call, &list->key, 1);
        if (name.p != NULL)
            gemini_tx_key_raw(tx, name.p, list->value);
    }
}

static struct cp_str behind(struct cp_str s, const char *prefix)
{
    size_t n = strlen(prefix);

    return gemini_text_begins(s, prefix) ? (struct cp_str){ s.p + n, s.n - n } : NOTHING;
}

/* Kept for where it belongs. */
static void native_take(struct tx *tx, const struct cp_item *it)
{
    struct cp_str key = behind(it->name, "candidates[]."), count;

    if (!gemini_text_is(it->id, GEMINI_MAKER))
        return; /* another dialect's: nothing here could say it */
    if (key.p != NULL) {
        struct tx_choice *c = gemini_tx_choice(tx, it->choice);
        if (c != NULL)
            native_put(tx, &c->natives, key, it->text);
        return;
    }
    count = behind(it->name, "usageMetadata.");
    if (count.p != NULL)
        native_put(tx, &tx->counts, count, it->text);
    else
        native_put(tx, &tx->tops, it->name, it->text);
    if (gemini_text_is(it->name, "promptFeedback") && tx->choices == NULL)
        tx->is_blocked = J->kind(gemini_member(it->text, "blockReason")) == '"';
}

static void stop_take(struct tx *tx, const struct cp_item *it)
{
    struct tx_choice *c =
        tx->is_blocked && tx->choices == NULL ? NULL : gemini_tx_choice(tx, it->choice);

    if (c == NULL)
        return;
    c->stop = *it;
    c->stop.name = gemini_tx_keep(tx, it->name);
    c->stop.text = gemini_tx_keep(tx, it->text);
}

int gemini_tx_is_content(const struct cp_item *it)
{
    switch (it->kind) {
    case CP_TEXT:
    case CP_REFUSAL:
    case CP_REASONING:
    case CP_STATE:
    case CP_MEDIA:
    case CP_TOOL_CALL:
    case CP_SERVER_CALL:
    case CP_SERVER_RESULT:
    case CP_CITE:
    case CP_COMPACTION:
    case CP_REFERENCE:
        return 1;
    case CP_NATIVE:
        return gemini_text_is(it->id, GEMINI_MAKER) && gemini_text_is(it->name, "parts[]");
    default:
        return 0;
    }
}

void gemini_tx_note(struct tx *tx, const struct cp_item *it)
{
    struct tx_choice *c;

    switch (it->kind) {
    case CP_START:
        gemini_tx_start(tx, it);
        break;
    case CP_MESSAGE:
        c = gemini_tx_choice(tx, it->choice);
        if (c != NULL)
            c->has_message = 1;
        break;
    case CP_STOP:
        stop_take(tx, it);
        break;
    case CP_USAGE:
        gemini_meters_take(&tx->meters, it);
        break;
    case CP_NATIVE:
        native_take(tx, it);
        break;
    default: /* AUX, CONTROL: this dialect says nothing there */
        break;
    }
}

/* ---- ends ---------------------------------------------------------------------------------- */

static void message_write(struct tx *tx, const struct tx_choice *c)
{
    if (c->stop.kind == 0 || c->stop.sub != CP_STOP_REFUSED || c->stop.text.n == 0 ||
        c->has_refusal || gemini_tx_native(c->natives, "finishMessage") != NULL)
        return;
    gemini_tx_key_text(tx, "finishMessage", c->stop.text);
}

static void logprobs_write(struct tx *tx, const struct tx_choice *c)
{
    const struct cp_item **list;
    size_t n = 0;

    for (const struct tx_cite *l = c->logprobs; l != NULL; l = l->next)
        n++;
    list = n > 0 ? H->alloc(tx->call, n * sizeof(*list)) : NULL;
    if (list == NULL)
        return;
    n = 0;
    for (const struct tx_cite *l = c->logprobs; l != NULL; l = l->next)
        list[n++] = &l->item;
    (void)J->key(tx->out, "logprobsResult"); /* an out remembers its failure; so below */
    gemini_logprobs_encode(tx->call, tx->out, list, n);
}

void gemini_tx_candidate_end(struct tx *tx, struct tx_choice *c)
{
    gemini_tx_key_text(
        tx, "finishReason",
        gemini_finish_encode(c->stop.kind == 0 ? NULL : &c->stop, c->has_refusal));
    (void)J->key(tx->out, "index");
    (void)J->number(tx->out, c->number);
    message_write(tx, c);
    gemini_tx_grounding(tx, c);
    logprobs_write(tx, c);
    gemini_tx_natives(tx, c->natives);
}

void gemini_tx_tail(struct tx *tx, int with_usage)
{
    if (with_usage && (gemini_meters_known(&tx->meters) || tx->counts != NULL)) {
        (void)J->key(tx->out, "usageMetadata");
        (void)J->open(tx->out, '{');
        gemini_meters_write(tx->out, &tx->meters);
        gemini_tx_natives(tx, tx->counts);
        (void)J->close(tx->out);
    }
    gemini_tx_key_text(tx, "modelVersion", tx->model);
    gemini_tx_key_text(tx, "responseId", tx->id);
    gemini_tx_natives(tx, tx->tops);
    tx->tops = NULL;
}

/* ---- the whole ----------------------------------------------------------------------------- */

int gemini_tx_is_inside(struct tx *tx, const struct cp_item *it)
{
    int encloses =
        it->kind == CP_TOOL_RESULT || (it->kind == CP_MEDIA && it->num == CP_FROM_PARTS);

    if (encloses && (it->flags & CP_OPEN) != 0)
        tx->enclosed++;
    else if (tx->enclosed > 0 && (it->flags & CP_CLOSE) != 0 &&
             (encloses || (it->kind == CP_MEDIA && (it->flags & CP_OPEN) == 0)))
        tx->enclosed--;
    else
        return tx->enclosed > 0;
    return 1;
}

static void parts_write(struct tx *tx, struct tx_choice *c)
{
    const struct cp_item *it;

    tx->enclosed = 0;
    for (tx->at = 0; (it = H->item(tx->tape, tx->at)) != NULL; tx->at++) {
        if (it->choice == c->number && !gemini_tx_is_inside(tx, it) && gemini_tx_is_content(it))
            gemini_tx_content(tx, c, it);
    }
    gemini_tx_settle(tx, c);
    if (c->parts_n == 0)
        (void)J->raw(tx->out, S("{\"text\":\"\"}"));
}

static void candidate_write(struct tx *tx, struct tx_choice *c)
{
    (void)J->open(tx->out, '{');
    (void)J->key(tx->out, "content");
    (void)J->open(tx->out, '{');
    gemini_tx_key_raw(tx, "role", S("\"model\""));
    (void)J->key(tx->out, "parts");
    (void)J->open(tx->out, '[');
    parts_write(tx, c);
    (void)J->close(tx->out);
    (void)J->close(tx->out);
    gemini_tx_candidate_end(tx, c);
    (void)J->close(tx->out);
}

static int answer_write(struct tx *tx)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(tx->tape, i)) != NULL; i++)
        if (it->kind == CP_ERROR) /* an answer that broke off is none */
            return gemini_failure_encode(tx->call, tx->tape, tx->out);
        else if (!gemini_tx_is_content(it))
            gemini_tx_note(tx, it);
    (void)J->open(tx->out, '{');
    if (tx->choices != NULL) {
        (void)J->key(tx->out, "candidates");
        (void)J->open(tx->out, '[');
        for (struct tx_choice *c = tx->choices; c != NULL; c = c->next)
            candidate_write(tx, c);
        (void)J->close(tx->out);
    }
    gemini_tx_tail(tx, 1);
    return J->close(tx->out);
}

int gemini_answer_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    struct tx *tx = H->alloc(call, sizeof(*tx));

    if (tx == NULL)
        return CP_E_LIMIT;
    tx->call = call;
    tx->out = out;
    tx->tape = tape;
    gemini_meters_clear(&tx->meters);
    gemini_tx_start(tx, NULL);
    return answer_write(tx);
}
