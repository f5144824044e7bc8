/* SPDX-License-Identifier: MIT */
/*
 * chat_messages_encode - the conversation, in the order that this dialect insists on.
 *
 *     instructions   one leading message
 *     assistant      one message for a run of turns that belong together, and behind it one
 *                    tool message for each of its calls, whatever stood there on the tape
 *     user           what is left of a turn without its results: text, media, and the media of
 *                    the results just answered, which a tool message cannot hold
 *
 * A turn that has nothing left is no message.
 */
#include "chat.h"

#include <string.h>

static const char *system_role(const struct chat_out *e, int is_developer)
{
    if (e->conf->system_role == ROLE_SYSTEM)
        return "system";
    if (e->conf->system_role == ROLE_DEVELOPER)
        return "developer";
    if ((e->caps.flags & CAP_REASONS) != 0)
        return "developer";
    return is_developer && e->from_chat && (e->caps.flags & CAP_OPENAI) != 0 ? "developer"
                                                                             : "system";
}

static void message_open(struct chat_out *e, const char *role)
{
    (void)J->open(e->out, '{'); /* an out remembers its failure; so everywhere here */
    chat_out_key_text(e, "role", (struct cp_str){ role, strlen(role) });
}

/* Claude Code's first block changes with every request and would spoil every prompt cache.
 * source: recorded requests of Claude Code 2.1, 2026-08. */
static int is_instruction(const struct chat_out *e, const struct cp_item *it)
{
    return it->kind == CP_SYSTEM && it->text.n > 0 &&
           (e->from_chat || !openai_text_begins(it->text, "x-anthropic-billing-header:"));
}

static void system_text(struct chat_out *e, const char *between)
{
    const struct cp_item *it;
    int n = 0;

    (void)J->quote_open(e->out);
    for (size_t i = 0; (it = H->item(e->tape, i)) != NULL && it->kind != CP_MESSAGE; i++) {
        if (!is_instruction(e, it))
            continue;
        if (n++ > 0)
            (void)J->piece(e->out, (struct cp_str){ between, strlen(between) });
        (void)J->piece(e->out, it->text);
    }
    (void)J->quote_close(e->out);
}

static uint32_t head_end(const struct chat_out *e)
{
    const struct cp_item *it;
    uint32_t i = 0;

    while ((it = H->item(e->tape, i)) != NULL && it->kind != CP_MESSAGE)
        i++;
    return i;
}

static void system_parts(struct chat_out *e)
{
    uint32_t end = head_end(e);

    (void)J->open(e->out, '[');
    for (uint32_t i = 0; i < end; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        if (!is_instruction(e, it))
            continue;
        chat_part_text_open(e);
        (void)J->piece(e->out, it->text);
        (void)J->quote_close(e->out);
        (void)chat_extras_encode(e, i + 1, end); /* where they end does not matter here */
        (void)J->close(e->out);
    }
    (void)J->close(e->out);
}

static void system_encode(struct chat_out *e)
{
    uint32_t end = head_end(e);
    const struct cp_item *first = NULL;
    int n = 0, extras = 0;

    for (uint32_t i = 0; i < end; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        if (!is_instruction(e, it))
            continue;
        first = first == NULL ? it : first;
        n++;
        extras += chat_extras_n(e, i + 1, end);
    }
    if (n == 0)
        return;
    message_open(e, system_role(e, first->sub == CP_BY_DEVELOPER));
    (void)J->key(e->out, "content");
    if ((n == 1 && extras == 0) || e->conf->strings_only)
        system_text(e, "\n\n");
    else
        system_parts(e);
    (void)J->close(e->out);
}

void chat_plain_user_encode(struct chat_out *e, struct cp_str text)
{
    message_open(e, "user");
    chat_out_key_text(e, "content", text);
    (void)J->close(e->out);
}

/* All text of a message, blank lines between blocks. */
static struct cp_str message_text(struct chat_out *e, uint32_t at, uint32_t end)
{
    struct cp_str text = { NULL, 0 };

    for (uint32_t i = at; i < end; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        struct cp_str parts[3] = { text, S("\n\n"), { NULL, 0 } };
        if (it->kind != CP_TEXT || (it->flags & CP_OPEN) == 0)
            continue;
        parts[2] = chat_block_text(e->call, e->tape, i, end);
        text = text.n == 0 ? parts[2] : openai_text_join(e->call, parts, 3);
    }
    return text;
}

/* Instructions in the middle of the conversation. */
static void inner_system_encode(struct chat_out *e, uint32_t at, uint32_t end)
{
    const struct cp_item *message = H->item(e->tape, at);
    struct cp_str text = message_text(e, at + 1, end);
    struct cp_str parts[3] = { S("<system-reminder>\n"), text, S("\n</system-reminder>") };

    if (text.n == 0)
        return;
    if (e->conf->system_first_only) {
        chat_out_note(e, CP_APPROXIMATED, "messages[].role",
                      "the server takes instructions only at the beginning: sent as user text");
        chat_plain_user_encode(e, openai_text_join(e->call, parts, 3));
        return;
    }
    message_open(e, system_role(e, message->sub == CP_DEVELOPER));
    chat_out_key_text(e, "content", text);
    chat_message_natives_encode(e, at, end);
    (void)J->close(e->out);
}

/* Where the run of messages ends that becomes one.  A call must be answered before the next turn,
 * so what the assistant says between a call and its answer joins the call.  Other dialects allow
 * neighbours of one role, servers whose template wants them to alternate do not. */
static uint32_t group_end(const struct chat_out *e, uint32_t at)
{
    uint32_t role = H->item(e->tape, at)->sub, end = chat_enclosed_end(e->tape, at);
    const struct cp_item *it;
    int has_calls = 0;

    for (;;) {
        for (uint32_t i = at; i < end; i++)
            has_calls |= H->item(e->tape, i)->kind == CP_TOOL_CALL;
        it = H->item(e->tape, end);
        if ((!has_calls && e->from_chat) || it == NULL || it->kind != CP_MESSAGE ||
            it->sub != role || (it->flags & CP_OPEN) == 0)
            return end;
        at = end;
        end = chat_enclosed_end(e->tape, at);
    }
}

static uint32_t message_encode(struct chat_out *e, uint32_t at)
{
    const struct cp_item *it = H->item(e->tape, at);
    int is_run = it->sub == CP_ASSISTANT || (it->sub == CP_USER && !e->from_chat);
    uint32_t end = is_run ? group_end(e, at) : chat_enclosed_end(e->tape, at);

    if (it->sub != CP_USER && e->media_end > e->media_first)
        chat_user_encode(e, at, at);
    if (it->sub == CP_ASSISTANT)
        chat_assistant_encode(e, at, end);
    else if (it->sub == CP_USER)
        chat_user_encode(e, at, end);
    else
        inner_system_encode(e, at, end);
    return end;
}

/* History that its maker has packed: readable or not at all. */
static uint32_t compaction_encode(struct chat_out *e, uint32_t at)
{
    uint32_t end = chat_block_end(e->tape, at, PAIR_NONE);
    struct cp_str parts[2] = { S("Summary of the earlier conversation:\n"),
                               chat_block_text(e->call, e->tape, at, end) };

    if (parts[1].n > 0)
        chat_plain_user_encode(e, openai_text_join(e->call, parts, 2));
    else if (e->rc == CP_OK)
        e->rc = H->fail(e->call, CP_E_UNSUPPORTED,
                        "a compacted history can only be read by its maker");
    return end;
}

/* OpenAI's servers would begin a new message behind a turn of the assistant. */
static void prefill_encode(struct chat_out *e, uint32_t last_role)
{
    if (last_role != CP_ASSISTANT || e->from_chat)
        return;
    chat_out_note(e, CP_APPROXIMATED, "messages[]",
                  "a prefilled answer becomes a request to go on");
    chat_plain_user_encode(
        e, S("Continue exactly where your last message stopped; do not repeat it."));
}

void chat_messages_encode(struct chat_out *e)
{
    const struct cp_item *it;
    uint32_t last_role = 0, calls_before = 0;

    system_encode(e);
    for (uint32_t i = 0; (it = H->item(e->tape, i)) != NULL;) {
        if (it->kind == CP_MESSAGE && (it->flags & CP_OPEN) != 0) {
            calls_before = e->next_call;
            last_role = it->sub;
            i = message_encode(e, i);
            /* An answered call is no prefill. */
            if (last_role == CP_ASSISTANT && e->next_call != calls_before)
                last_role = CP_USER;
        } else if (it->kind == CP_COMPACTION && (it->flags & CP_OPEN) != 0) {
            i = compaction_encode(e, i);
        } else if (it->kind == CP_REFERENCE) {
            if (e->rc == CP_OK)
                e->rc = H->fail(e->call, CP_E_UNSUPPORTED,
                                "an item stored by another maker cannot be fetched from here");
            i++;
        } else {
            if (it->kind == CP_CONTROL)
                H->note(e->call, CP_DROPPED, it->name, "this dialect has no such control");
            i++;
        }
    }
    if (e->media_end > e->media_first) {
        chat_user_encode(e, 0, 0);
        last_role = CP_USER;
    }
    prefill_encode(e, last_role);
}
