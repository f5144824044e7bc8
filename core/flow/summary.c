/* SPDX-License-Identifier: MIT */
/*
 * summary - a conversation is made short by upstreams that only know how to chat.
 *
 * The client asks for a compaction, by an operation of its own or by a mark at the end of its
 * input.  An upstream of its dialect does that itself.  Any other is asked, as the last message of
 * the same conversation, to hand over in writing; so its prompt cache still serves, and the tools
 * stay, because calls in the history refer to them.  The answer is told when it is whole: a summary
 * that breaks off is none.
 */
#include "flow/summary.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"

static const char prompt[] =
    "This conversation has become too long and will now be replaced by a summary, which you write. "
    "Whoever goes on with the work, you or another model, will see your summary and perhaps the "
    "user's latest messages, and nothing else of what stands above. So do not go on with the work, "
    "call no tool, and reply with the summary alone, without any preface.\n"
    "\n"
    "Make it a compact hand-over that loses nothing needed to go on. Under short headings, as far as "
    "there is something to say:\n"
    "- Goals: what the user wants, in the user's own terms, with every requirement, preference and "
    "restriction that still holds.\n"
    "- State: what has been done and what works; what was being done just now.\n"
    "- Decisions: what was decided, why, and what was rejected.\n"
    "- Facts: files and places in them, commands and their results, names, ids, numbers, error "
    "messages, exactly as they were; short pieces of code or text that will be needed word for "
    "word.\n"
    "- Open points: what is left to do, in order, with the very next step first; questions that "
    "wait for the user.\n"
    "\n"
    "If an earlier summary stands above, carry over what of it still matters. Invent nothing. Write "
    "in the language of the conversation.";

enum { SUMMARY_BYTES = 16 << 20 };

static bool summary_is_trigger(const struct cp_item *it)
{
    return it->kind == CP_CONTROL && str_is(it->name, "compaction_trigger");
}

static bool summary_has_trigger(const struct cp_tape *tape)
{
    const struct cp_item *it;

    if (!(tape->kinds & CP_BIT(CP_CONTROL)))
        return false;
    for (size_t i = 0; (it = tape_item(tape, i)); i++)
        if (summary_is_trigger(it))
            return true;
    return false;
}

bool summary_is_needed(const struct exchange *x)
{
    const struct adapter *a = x->attempt.channel->adapter;

    if (x->op == CP_COMPACT)
        return !(a->hooks.ops & CP_BIT(CP_COMPACT));
    return x->op == CP_CHAT && a != x->client && summary_has_trigger(x->request_tape);
}

/* What shapes an answer that is no summary. */
static bool summary_drops(const struct cp_item *it)
{
    static const char *const params[] = { "format",   "stop",         "n",
                                          "logprobs", "top_logprobs", "store",
                                          "previous", "verbosity",    "max_output" };

    if (it->kind == CP_TOOL_CHOICE || summary_is_trigger(it))
        return true;
    for (size_t i = 0; it->kind == CP_PARAM && i < sizeof(params) / sizeof(*params); i++)
        if (str_is(it->name, params[i]))
            return true;
    return false;
}

static void summary_ask(struct cp_tape *to, bool has_tools)
{
    struct cp_item ask[] = {
        { CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_USER },
        { CP_ITEM(TEXT), .flags = CP_WHOLE, .text = { prompt, sizeof(prompt) - 1 } },
        { CP_ITEM(MESSAGE), .flags = CP_CLOSE, .sub = CP_USER },
        { CP_ITEM(END) },
    };

    if (has_tools)
        tape_emit(to, &(struct cp_item){ CP_ITEM(TOOL_CHOICE), .sub = CP_NONE });
    for (size_t i = 0; i < sizeof(ask) / sizeof(*ask); i++)
        tape_emit(to, &ask[i]);
}

struct cp_tape *summary_request(struct exchange *x)
{
    const struct cp_tape *from = x->request_tape;
    struct cp_tape *to = arena_need(x->arena, sizeof(*to));
    struct attempt *a = &x->attempt;
    const struct cp_item *it;

    a->is_summary = true;
    if (str_is(a->channel->conf->streaming, "only"))
        a->is_stream = true; /* it is gathered: for a stream's client, too */
    a->call.call.op = CP_CHAT;
    a->call.call.stream = a->is_stream;
    tape_init(to, x->arena, CP_REQUEST, CP_WANT_ALL, from->borrow[0]);
    for (size_t i = 0; (it = tape_item(from, i)) && it->kind != CP_END; i++) {
        struct cp_item copy = *it;
        if (summary_drops(it))
            continue;
        if (it->kind == CP_START)
            copy.num = a->is_stream;
        tape_emit(to, &copy);
    }
    summary_ask(to, from->kinds & CP_BIT(CP_TOOL));
    (void)tape_finish(to); /* who encodes it finds that it failed */
    return to;
}

static struct cp_str summary_text(struct exchange *x, const struct cp_tape *tape)
{
    const struct cp_item *it;
    struct buf text;

    buf_init(&text, SUMMARY_BYTES);
    for (size_t i = 0; (it = tape_item(tape, i)); i++) {
        if (it->kind != CP_TEXT || it->choice)
            continue;
        if (it->flags & (CP_OPEN | CP_SEGMENT) && text.n && it->text.n)
            buf_add_str(&text, STR("\n\n"));
        buf_add_str(&text, it->text);
    }
    struct cp_str all = str_trim(buf_str(&text));
    all = all.n && !buf_failed(&text) ? arena_copy(x->arena, all) : STR_NONE;
    buf_fini(&text);
    return all;
}

struct cp_tape *summary_answer(struct exchange *x, struct cp_tape *from)
{
    struct cp_tape *to = arena_need(x->arena, sizeof(*to));
    struct cp_str text = summary_text(x, from);
    const struct cp_item *it = tape_find(from, CP_START);
    struct cp_item start = { CP_ITEM(START) };

    if (!text.n) {
        attempt_fail(x, CP_NET_EMPTY, "the upstream wrote no summary");
        return NULL;
    }
    tape_init(to, x->arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    tape_emit(to, it ? it : &start);
    tape_emit(to, &(struct cp_item){ CP_ITEM(COMPACTION), .flags = CP_WHOLE, .text = text });
    tape_emit(to, &(struct cp_item){ CP_ITEM(STOP), .sub = CP_STOP_COMPACTION });
    for (size_t i = 0; (it = tape_item(from, i)); i++)
        if (it->kind == CP_USAGE)
            tape_emit(to, it);
    tape_emit(to, &(struct cp_item){ CP_ITEM(END) });
    if (!tape_finish(to))
        return to;
    attempt_fail(x, 0, "the summary cannot be told: %s", to->err.what);
    x->attempt.unsaid = CP_SERVER;
    return NULL;
}
