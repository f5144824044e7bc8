/* SPDX-License-Identifier: MIT */
/*
 * stream_tx - items become the events of a Messages stream.
 *
 * Blocks of this dialect never overlap, those of the tape may.  One part is the current one; a
 * text or thought that is current ends as soon as another part begins, a tool call when it is
 * closed, and what other parts say meanwhile waits in a queue:
 *
 *     none --OPEN--> current --CLOSE--> none --queue not empty--> the oldest is current
 *
 * Two things are written later than they come.  The start of a tool call waits for the item
 * after it, and the stop of a thought for the next block: a signature that belongs to the call
 * (Gemini signs calls) can then still go into the thought before it, the only place this dialect
 * has for one.
 */
#include "stream_tx.h"

#include <string.h>

int claude_tx_open(void *instance, struct cp_call *call, void **state)
{
    struct tx *tx = host->alloc(call, sizeof(*tx));

    if (!tx)
        return CP_E_NOMEM;
    claude_usage_init(&tx->usage);
    tx->hosted = claude_hosted_open(call);
    *state = tx;
    return tx->hosted ? CP_OK : CP_E_NOMEM;
}

int claude_tx_close(void *state, struct cp_call *call, int rc, struct cp_out *out)
{
    return CP_OK;
}

static struct cp_item *item_keep(struct cp_call *call, const struct cp_item *it)
{
    struct cp_item *copy = host->alloc(call, sizeof(*copy));

    if (!copy)
        return NULL;
    *copy = *it;
    copy->text = claude_keep(call, it->text);
    copy->name = claude_keep(call, it->name);
    copy->id = claude_keep(call, it->id);
    copy->meta = claude_keep(call, it->meta);
    return copy;
}

/* ---- parts --------------------------------------------------------------------------- */

static int gives_way(uint32_t kind)
{
    return kind == CP_TEXT || kind == CP_REFUSAL || kind == CP_REASONING;
}

static void part_begin(struct sending *s, const struct cp_item *it)
{
    struct tx *tx = s->tx;

    memset(&tx->now, 0, sizeof(tx->now));
    tx->now.is_active = 1;
    tx->now.index = it->index;
    tx->now.kind = it->kind;
    tx->now.sub = it->sub;
    tx->now.num = it->num;
    tx->now.id = claude_keep(s->call, it->id);
    tx->now.name = claude_keep(s->call, it->name);
    tx->now.meta = claude_keep(s->call, it->meta);
}

static void part_end(struct sending *s)
{
    claude_block_end(s);
    s->tx->now.is_active = 0;
}

/* An item of the current part. */
static void part_take(struct sending *s, const struct cp_item *it)
{
    if (it->kind == CP_STATE)
        claude_block_state(s, it);
    else if (it->kind == CP_CITE)
        claude_block_cite(s, it);
    else
        claude_block_piece(s, it);
    if (it->kind == s->tx->now.kind && (it->flags & CP_CLOSE))
        part_end(s);
}

static struct waiting *find_waiting(struct tx *tx, uint32_t index)
{
    for (struct waiting *w = tx->first; w; w = w->next)
        if (w->index == index && !w->is_closed)
            return w;
    return NULL;
}

static void wait_more(struct sending *s, struct waiting *w, const struct cp_item *it)
{
    struct cp_item *copy = item_keep(s->call, it);

    if (!copy) {
        s->rc = CP_E_LIMIT;
        return;
    }
    claude_refs_add(s->call, &w->items, copy);
    w->is_closed |= it->kind == w->items.first->it->kind && (it->flags & CP_CLOSE);
}

static void wait_first(struct sending *s, const struct cp_item *it)
{
    struct waiting *w = host->alloc(s->call, sizeof(*w));

    if (!w) {
        s->rc = CP_E_LIMIT;
        return;
    }
    w->index = it->index;
    if (s->tx->last)
        s->tx->last->next = w;
    else
        s->tx->first = w;
    s->tx->last = w;
    wait_more(s, w, it);
}

/* The oldest that waits has its turn, and the next if that one is complete. */
static void serve(struct sending *s)
{
    struct tx *tx = s->tx;

    while (tx->first && (!tx->now.is_active || gives_way(tx->now.kind))) {
        struct waiting *w = tx->first;
        tx->first = w->next;
        if (!tx->first)
            tx->last = NULL;
        if (tx->now.is_active)
            part_end(s);
        part_begin(s, w->items.first->it);
        for (struct ref *r = w->items.first; r && tx->now.is_active; r = r->next)
            part_take(s, r->it);
    }
}

static void take_open(struct sending *s, const struct cp_item *it)
{
    struct tx *tx = s->tx;

    if (tx->now.is_active && !gives_way(tx->now.kind)) {
        wait_first(s, it);
        return;
    }
    if (tx->now.is_active)
        part_end(s);
    part_begin(s, it);
    part_take(s, it);
    serve(s);
}

static void take_block(struct sending *s, const struct cp_item *it)
{
    struct tx *tx = s->tx;
    struct waiting *w;

    if (it->flags & CP_OPEN && it->kind != CP_STATE && it->kind != CP_CITE) {
        take_open(s, it);
    } else if (tx->now.is_active && tx->now.index == it->index) {
        part_take(s, it);
        serve(s);
    } else if ((w = find_waiting(tx, it->index))) {
        wait_more(s, w, it);
    } else if (gives_way(it->kind) && it->text.n) {
        take_open(s, it); /* it had to give way, and goes on in a block of its own */
    } else if (it->kind == CP_STATE) {
        claude_block_late_state(s, it);
    }
}

/* ---- the message ------------------------------------------------------------------------ */

static int is_of_message(const struct cp_item *it)
{
    return it->kind == CP_NATIVE && claude_is(it->id, CLAUDE_MAKER) && it->name.n &&
           !claude_begins(it->name, "content[");
}

static void native_keep(struct sending *s, const struct cp_item *it)
{
    struct cp_item *copy = item_keep(s->call, it);

    if (copy)
        claude_refs_add(s->call, &s->tx->natives[s->tx->is_started], copy);
}

/* Whose path is the prefix and one name; of two with one path the last counts. */
static void natives_write(struct sending *s, const char *prefix)
{
    for (const struct ref *n = s->tx->natives[s->tx->is_finished].first; n; n = n->next) {
        struct cp_str key = claude_native_key(n->it);
        const struct ref *later = n->next;
        while (later && !claude_equal(later->it->name, n->it->name))
            later = later->next;
        if (!later && n->it->name.n == key.n + strlen(prefix) &&
            claude_begins(n->it->name, prefix))
            claude_put_raw(s->out, claude_cstr(s->call, key), n->it->text);
    }
}

static void start(struct sending *s)
{
    struct tx *tx = s->tx;

    if (tx->is_started)
        return;
    tx->is_started = 1;
    host->frame_open(s->out, "message_start");
    json->open(s->out, '{');
    claude_put_text(s->out, "type", S("message_start"));
    json->key(s->out, "message");
    json->open(s->out, '{');
    claude_put_text(s->out, "id", claude_message_id(s->call, tx->start));
    claude_put_text(s->out, "type", S("message"));
    claude_put_text(s->out, "role", S("assistant"));
    claude_put_text(s->out, "model", claude_answer_model(s->call, tx->start));
    claude_put_raw(s->out, "content", S("[]"));
    claude_put_text(s->out, "stop_reason", NOTHING);
    claude_put_text(s->out, "stop_sequence", NOTHING);
    json->key(s->out, "usage");
    json->open(s->out, '{');
    claude_usage_write(s->out, &tx->usage, 1);
    natives_write(s, "usage.");
    json->close(s->out);
    natives_write(s, "");
    json->close(s->out);
    json->close(s->out);
    host->frame_close(s->out);
}

/*
 * The block that is open stays open: a stopped one counts as whole.  SDKs hand out half a tool call then, with the
 * arguments that came so far, and Claude Code 2.1.197 does not ask again.  Measured 2026-11-22.
 */
static void error(struct sending *s, const struct cp_item *it)
{
    s->tx->now.is_active = 0;
    claude_block_settle(s);
    host->frame_open(s->out, "error");
    (void)claude_error_write(s->call, s->out, it); /* the status went out long ago */
    host->frame_close(s->out);
}

static void finish(struct sending *s)
{
    struct tx *tx = s->tx;

    start(s);
    tx->is_finished = 1;
    while (tx->now.is_active || tx->first) {
        if (tx->now.is_active)
            part_end(s);
        serve(s);
    }
    claude_block_results(s);
    claude_block_settle(s);
    if (tx->stop && tx->stop->sub == CP_STOP_MALFORMED && tx->blocks == 0) {
        error(s, &(struct cp_item){ CP_ITEM(ERROR), .sub = CP_SERVER,
                                    .text = S("the model made a malformed tool call") });
        return;
    }
    struct cp_str refusal = { tx->refusal, tx->refusal_n };
    const char *word = claude_stop_word(tx->stop, tx->has_call, tx->has_refusal);
    host->frame_open(s->out, "message_delta");
    json->open(s->out, '{');
    claude_put_text(s->out, "type", S("message_delta"));
    json->key(s->out, "delta");
    json->open(s->out, '{');
    claude_stop_write(s->call, s->out, tx->stop, word, refusal);
    natives_write(s, "delta.");
    json->close(s->out);
    json->key(s->out, "usage");
    json->open(s->out, '{');
    claude_usage_write(s->out, &tx->usage, 0);
    natives_write(s, "usage.");
    json->close(s->out);
    natives_write(s, "");
    json->close(s->out);
    host->frame_close(s->out);
    host->frame(s->out, S("message_stop"), S("{\"type\":\"message_stop\"}"));
}

/* Events that only this dialect has, on their way from one who speaks it. */
static void aside(struct sending *s, const struct cp_item *it)
{
    if (claude_is(it->name, "ping"))
        host->frame(s->out, S("ping"), S("{\"type\": \"ping\"}"));
    else if (claude_is(it->id, CLAUDE_MAKER) && it->text.n)
        host->frame(s->out, it->name, it->text);
}

/* What is enclosed has no block in an answer. */
static int is_inside(struct tx *tx, const struct cp_item *it)
{
    int encloses =
        it->kind == CP_TOOL_RESULT || (it->kind == CP_MEDIA && it->num == CP_FROM_PARTS);

    if (encloses && (it->flags & CP_OPEN))
        tx->enclosed++;
    else if (tx->enclosed && (it->flags & CP_CLOSE) &&
             (encloses || (it->kind == CP_MEDIA && !(it->flags & CP_OPEN))))
        tx->enclosed--;
    else
        return tx->enclosed > 0;
    return 1;
}

static void take(struct sending *s, const struct cp_item *it)
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
        take_block(s, it);
        break;
    case CP_NATIVE:
    case CP_CONTROL:
        claude_block_whole(s, it);
        break;
    case CP_STOP:
        s->tx->stop = item_keep(s->call, it);
        break;
    case CP_AUX:
        aside(s, it);
        break;
    case CP_END:
        finish(s);
        break;
    default:
        break;
    }
}

int claude_tx_item(void *state, struct cp_call *call, const struct cp_item *it,
                   struct cp_out *out)
{
    struct tx *tx = state;
    struct sending s = { tx, call, out, CP_OK };

    if (it->choice != 0) {
        if (!tx->has_noted_choices)
            claude_note(call, CP_DROPPED, "choices[1]", "one answer is all there is room for");
        tx->has_noted_choices = 1;
        return CP_OK;
    }
    if (it->kind == CP_START) {
        tx->start = item_keep(call, it);
    } else if (it->kind == CP_USAGE) {
        claude_usage_add(&tx->usage, it);
    } else if (it->kind == CP_ERROR) {
        error(&s, it);
    } else if (is_of_message(it)) {
        native_keep(&s, it);
    } else if (!is_inside(tx, it)) {
        start(&s);
        take(&s, it);
    }
    return s.rc;
}
