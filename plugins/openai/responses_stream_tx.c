/* SPDX-License-Identifier: MIT */
/*
 * responses_stream_tx - items become the events of a Responses stream.
 *
 * The newest readers of this dialect insist on its order: output items one after the other, each
 * added, filled and done before the next.  Parts of the tape may overlap.  One is the current one; text
 * ends as soon as another part begins, everything else when it is closed, and what other parts say
 * meanwhile waits in a queue:
 *
 *     none --OPEN--> current --CLOSE--> none --queue not empty--> the oldest is current
 *
 * Items are done later than their parts.  A message goes on until something else than text comes;
 * a thought without its state waits for the head of the next part, which may bring one (Gemini
 * signs calls); a search waits for what it found.
 *
 * The same machine builds whole answers: it is run without an out.
 */
#include "responses_answer.h"

#include <string.h>

int responses_tx_open(void *instance, struct cp_call *call, void **state)
{
    struct responses_tx *tx = H->alloc(call, sizeof(*tx));

    (void)instance; /* the client side has no options */
    if (tx == NULL)
        return CP_E_LIMIT;
    chat_meters_clear(&tx->usage);
    *state = tx;
    return CP_OK;
}

int responses_tx_close(void *state, struct cp_call *call, int rc, struct cp_out *out)
{
    (void)state, (void)call, (void)rc, (void)out; /* nothing is left to say */
    return CP_OK;
}

static struct cp_item item_keep(struct cp_call *call, const struct cp_item *it)
{
    struct cp_item copy = *it;

    copy.text = openai_text_copy(call, it->text);
    copy.name = openai_text_copy(call, it->name);
    copy.id = openai_text_copy(call, it->id);
    copy.meta = openai_text_copy(call, it->meta);
    return copy;
}

/* ---- parts --------------------------------------------------------------------------------- */

static int gives_way(uint32_t kind)
{
    return kind == CP_TEXT || kind == CP_REFUSAL;
}

static void part_begin(struct sending *s, const struct cp_item *it)
{
    struct now *now = &s->tx->now;
    struct cp_item kept = *it;

    kept.text = NONE;
    kept = item_keep(s->call, &kept);
    memset(now, 0, sizeof(*now));
    now->is_active = 1;
    now->index = it->index;
    now->kind = it->kind;
    now->sub = it->sub;
    now->num = it->num;
    now->id = kept.id;
    now->name = kept.name;
    now->meta = kept.meta;
}

static void part_finish(struct sending *s)
{
    responses_part_end(s);
    s->tx->now.is_active = 0;
}

static int is_attached(const struct cp_item *it)
{
    return it->kind == CP_STATE || it->kind == CP_CITE;
}

/* An item of the current part. */
static void part_take(struct sending *s, const struct cp_item *it)
{
    if (it->kind == CP_STATE)
        responses_part_state(s, it);
    else if (it->kind == CP_CITE)
        responses_part_cite(s, it);
    else
        responses_part_piece(s, it);
    if (!is_attached(it) && (it->flags & CP_CLOSE) != 0)
        part_finish(s);
}

static struct waiting *find_waiting(struct responses_tx *tx, uint32_t index)
{
    for (struct waiting *w = tx->wait_first; w != NULL; w = w->next)
        if (w->index == index && !w->is_closed)
            return w;
    return NULL;
}

static void wait_more(struct sending *s, struct waiting *w, const struct cp_item *it)
{
    struct wait_item *one = H->alloc(s->call, sizeof(*one));

    if (one == NULL) {
        s->rc = CP_E_LIMIT;
        return;
    }
    one->it = item_keep(s->call, it);
    if (w->last != NULL)
        w->last->next = one;
    else
        w->first = one;
    w->last = one;
    w->is_closed |= !is_attached(it) && (it->flags & CP_CLOSE) != 0;
}

static void wait_first(struct sending *s, const struct cp_item *it)
{
    struct waiting *w = H->alloc(s->call, sizeof(*w));

    if (w == NULL) {
        s->rc = CP_E_LIMIT;
        return;
    }
    w->index = it->index;
    if (s->tx->wait_last != NULL)
        s->tx->wait_last->next = w;
    else
        s->tx->wait_first = w;
    s->tx->wait_last = w;
    wait_more(s, w, it);
}

/* The oldest that waits has its turn, and the next if that one is complete. */
static void serve(struct sending *s)
{
    struct responses_tx *tx = s->tx;

    while (tx->wait_first != NULL && (!tx->now.is_active || gives_way(tx->now.kind))) {
        struct waiting *w = tx->wait_first;
        tx->wait_first = w->next;
        if (tx->wait_first == NULL)
            tx->wait_last = NULL;
        if (tx->now.is_active)
            part_finish(s);
        if (w->first == NULL)
            continue;
        part_begin(s, &w->first->it);
        for (struct wait_item *one = w->first; one != NULL && tx->now.is_active;
             one = one->next)
            part_take(s, &one->it);
    }
}

static void take_open(struct sending *s, const struct cp_item *it)
{
    struct responses_tx *tx = s->tx;

    if (tx->now.is_active && !gives_way(tx->now.kind)) {
        wait_first(s, it);
        return;
    }
    if (tx->now.is_active)
        part_finish(s);
    part_begin(s, it);
    part_take(s, it);
    serve(s);
}

static void take_block(struct sending *s, const struct cp_item *it)
{
    struct responses_tx *tx = s->tx;
    struct waiting *w;

    if ((it->flags & CP_OPEN) != 0 && !is_attached(it)) {
        take_open(s, it);
    } else if (tx->now.is_active && tx->now.index == it->index) {
        part_take(s, it);
        serve(s);
    } else if ((w = find_waiting(tx, it->index)) != NULL) {
        wait_more(s, w, it);
    } else if (gives_way(it->kind) && it->text.n > 0) {
        take_open(s, it); /* it had to give way, and goes on in a part of its own */
    } else if (it->kind == CP_STATE) {
        responses_late_state(s, it);
    }
}

/* ---- the response ----------------------------------------------------------------------------- */

static void envelope_event(struct sending *s, const char *type, const struct outcome *o)
{
    struct responses_tx *tx = s->tx;
    struct rj j;

    if (!responses_event_open(s, &j, type))
        return;
    rj_key(&j, "response");
    responses_envelope_write(&j, &tx->envelope, o, tx->first, &tx->usage);
    responses_event_close(s, &j);
}

static void start(struct sending *s)
{
    struct responses_tx *tx = s->tx;

    if (tx->is_started)
        return;
    tx->is_started = 1;
    responses_envelope_read(s->call, &tx->start, &tx->envelope);
    envelope_event(s, "response.created", NULL);
    envelope_event(s, "response.in_progress", NULL);
}

/* What the client may come back to, in one piece. */
static void keep(struct sending *s, const struct outcome *o)
{
    struct responses_tx *tx = s->tx;
    struct rj j = { NULL, NULL, 0, 0 };

    if (!tx->envelope.is_kept || s->call->op != CP_CHAT)
        return;
    responses_envelope_write(&j, &tx->envelope, o, tx->first, &tx->usage);
    j.p = H->alloc(s->call, j.n);
    j.n = 0;
    j.needs_comma = 0;
    if (j.p == NULL)
        return;
    responses_envelope_write(&j, &tx->envelope, o, tx->first, &tx->usage);
    /* What cannot be kept is told when the client comes back for it. */
    (void)responses_keep(s->call, tx->envelope.id, (struct cp_str){ j.p, j.n });
}

static void finish_parts(struct sending *s)
{
    struct responses_tx *tx = s->tx;

    while (tx->now.is_active || tx->wait_first != NULL) {
        if (tx->now.is_active)
            part_finish(s);
        serve(s);
    }
}

/* Thoughts alone are no answer. */
static int has_output(const struct responses_tx *tx)
{
    for (const struct out_item *item = tx->first; item != NULL; item = item->next)
        if (item->type != OUT_REASONING)
            return 1;
    return 0;
}

static void finish(struct sending *s)
{
    struct responses_tx *tx = s->tx;
    const struct cp_item *stop = tx->has_stop ? &tx->stop : NULL;
    struct outcome o;

    start(s);
    finish_parts(s);
    o = responses_outcome(s->call, stop, has_output(tx));
    if (stop != NULL && stop->sub == CP_STOP_REFUSED && stop->text.n > 0 && !tx->has_refusal &&
        o.code.n == 0)
        responses_refusal_say(s, stop->text);
    if (tx->open != NULL)
        tx->open->is_cut = openai_text_is(o.status, "incomplete");
    responses_item_settle(s);
    tx->envelope.completed_s = H->now_ms() / 1000;
    if (tx->envelope.completed_s < tx->envelope.created_s)
        tx->envelope.completed_s = tx->envelope.created_s;
    tx->outcome = o;
    envelope_event(s,
                   o.code.n > 0     ? "response.failed"
                   : o.reason.n > 0 ? "response.incomplete"
                                    : "response.completed",
                   &o);
    if (o.code.n == 0)
        keep(s, &o);
}

/* What came before went by untouched: its last word goes on with its name and its numbers. */
static void follow(struct sending *s)
{
    const struct cp_item *begun = s->call->passed_start;
    struct responses_tx *tx = s->tx;
    struct cp_str last = s->call->passed;
    int64_t seq = -1;

    responses_envelope_read(s->call, begun != NULL ? begun : &tx->start, &tx->envelope);
    if (begun != NULL && begun->id.n > 0)
        tx->envelope.id = begun->id;
    if (begun != NULL && begun->name.n > 0)
        tx->envelope.model = begun->name;
    if (J->kind(last) == '{' && J->check(s->call, last) == CP_OK &&
        J->integer(J->get(last, "sequence_number"), &seq) == CP_OK)
        tx->seq = seq + 1;
}

/*
 * What is open stays open: an item that is done counts as whole, and Codex would run half a call.
 * A bare error event is nothing to Codex; it would report a closed stream.
 */
static void fail(struct sending *s, const struct cp_item *it)
{
    struct responses_tx *tx = s->tx;
    struct outcome o = responses_outcome_of_error(it);

    if (tx->has_start)
        start(s);
    else if (!tx->is_started)
        follow(s);
    tx->outcome = o;
    envelope_event(s, "response.failed", &o);
}

/* ---- items --------------------------------------------------------------------------------------- */

/* What is enclosed has no item in an answer. */
static int is_inside(struct responses_tx *tx, const struct cp_item *it)
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

/* "phase" of "output[1].phase"; absent: it is the item itself, or something in its content. */
static struct cp_str member_of(struct cp_str path)
{
    const char *close = memchr(path.p, ']', path.n);
    struct cp_str name = NONE;

    if (close == NULL || path.n < (size_t)(close - path.p) + 3 || close[1] != '.')
        return NONE;
    name.p = close + 2;
    name.n = path.n - (size_t)(name.p - path.p);
    return memchr(name.p, '.', name.n) != NULL || memchr(name.p, '[', name.n) != NULL ||
                   memchr(name.p, '\\', name.n) != NULL
               ? NONE
               : name;
}

/* Members that only this dialect has, from one of its own services. */
static void native_item(struct sending *s, const struct cp_item *it)
{
    struct out_item *open = s->tx->open;
    struct cp_str name = member_of(it->name);

    start(s);
    if (name.n > 0 && open != NULL && (open->type == OUT_MESSAGE || open->type == OUT_IMAGE)) {
        if (!openai_text_is(name, "id") && !openai_text_is(name, "status") &&
            !openai_text_is(name, "output_format")) /* those are written anyway */
            responses_member_add(s->call, &open->members, name, it->text);
    } else if (it->name.p[it->name.n - 1] == ']' && J->kind(it->text) == '{' &&
               memchr(it->name.p, '.', it->name.n) == NULL && !s->tx->now.is_active) {
        responses_item_whole(s, it->text);
    } else {
        H->note(s->call, CP_DROPPED, it->name, "no place for it in a stream");
    }
}

static void native(struct sending *s, const struct cp_item *it)
{
    int is_own = openai_text_is(it->id, OPENAI_RESPONSES);

    if (openai_text_is(it->name, "service_tier") && J->kind(it->text) == '"') {
        if (is_own || openai_text_is(it->id, OPENAI_CHAT))
            s->tx->envelope.tier = openai_text_copy(s->call, it->text);
    } else if (is_own && openai_text_begins(it->name, "output[")) {
        native_item(s, it);
    }
}

/* Events beside the answer that only Codex's own service sends, and only Codex reads. */
static void aside(struct sending *s, const struct cp_item *it)
{
    if (s->out == NULL || !openai_text_is(it->id, OPENAI_RESPONSES) ||
        !openai_text_begins(it->name, "codex.") || !responses_client_is_codex(s->call))
        return;
    start(s);
    (void)H->frame(s->out, it->name, it->text); /* an out remembers its failure */
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
        start(s);
        take_block(s, it);
        break;
    case CP_MESSAGE:
        start(s);
        break;
    case CP_NATIVE:
        native(s, it);
        break;
    case CP_STOP:
        s->tx->stop = item_keep(s->call, it);
        s->tx->has_stop = 1;
        break;
    case CP_AUX:
        aside(s, it);
        break;
    case CP_END:
        finish(s);
        s->tx->is_over = 1;
        break;
    default:
        break;
    }
}

void responses_tx_feed(struct sending *s, const struct cp_item *it)
{
    struct responses_tx *tx = s->tx;

    if (tx->is_over)
        return;
    if (it->choice != 0) {
        if (!tx->has_noted_choices)
            H->note(s->call, CP_DROPPED, S("choices[1]"),
                    "one answer is all there is room for");
        tx->has_noted_choices = 1;
    } else if (it->kind == CP_START) {
        tx->start = item_keep(s->call, it);
        tx->has_start = 1;
    } else if (it->kind == CP_USAGE) {
        chat_meters_take(&tx->usage, it);
    } else if (it->kind == CP_ERROR) {
        fail(s, it);
        tx->is_over = 1;
    } else if (!is_inside(tx, it)) {
        take(s, it);
    }
}

int responses_tx_item(void *state, struct cp_call *call, const struct cp_item *it,
                      struct cp_out *out)
{
    struct sending s = { state, call, out, CP_OK };

    responses_tx_feed(&s, it);
    return s.rc;
}
