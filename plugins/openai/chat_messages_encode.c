/* SPDX-License-Identifier: MIT */
/*
 * chat_messages_encode - the conversation, in the order that this dialect insists on.
 *
 *     instructions   one leading message
 *     assistant      one message
 *     user           a tool message for each result that the turn begins with; then what is left
 *                    of it: text, media, and the media of the results, which a tool message
 *                    cannot hold
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

#define JSON_WORD "Reply with a JSON object."
#define CHOICE    "Reply with exactly one of these values and nothing else: "

static void message_open(struct chat_out *e, const char *role)
{
    e->messages_n++;
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

static int is_hinted(const struct chat_out *e)
{
    return e->needs_word || e->choice.n > 0;
}

/* What is asked for in words, in the string that is open. */
static void hint_piece(struct chat_out *e)
{
    if (e->needs_word)
        (void)J->piece(e->out, S(JSON_WORD));
    if (e->choice.n == 0)
        return;
    (void)J->piece(e->out, S(CHOICE));
    (void)J->piece(e->out, e->choice);
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
    if (is_hinted(e) && n > 0)
        (void)J->piece(e->out, (struct cp_str){ between, strlen(between) });
    hint_piece(e);
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
    if (is_hinted(e)) {
        chat_part_text_open(e);
        hint_piece(e);
        (void)J->quote_close(e->out);
        (void)J->close(e->out);
    }
    (void)J->close(e->out);
}

/* Members of the one leading message; of several nobody knows whose they are. */
static void system_natives(struct chat_out *e, uint32_t end, int is_one)
{
    for (uint32_t i = 0; i < end; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        struct cp_str key = chat_native_key(e->call, it);
        if (key.p == NULL || !openai_text_begins(it->name, "messages[") ||
            openai_text_find(it->name, "].content[") != 0)
            continue;
        if (is_one)
            chat_out_key_raw(e, key.p, it->text);
        else
            chat_out_note_item(e, CP_DROPPED, it, "leading instructions are one message");
    }
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
    if (n == 0 && !is_hinted(e)) {
        system_natives(e, end, 0);
        return;
    }
    message_open(e, system_role(e, first != NULL && first->sub == CP_BY_DEVELOPER));
    (void)J->key(e->out, "content");
    if ((n <= 1 && extras == 0) || e->conf->strings_only)
        system_text(e, "\n\n");
    else
        system_parts(e);
    system_natives(e, end, n == 1);
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
        chat_out_note_item(
            e, CP_APPROXIMATED, message,
            "the server takes instructions only at the beginning: sent as user text");
        chat_plain_user_encode(e, openai_text_join(e->call, parts, 3));
        return;
    }
    message_open(e, system_role(e, message->sub == CP_DEVELOPER));
    chat_out_key_text(e, "content", text);
    chat_name_encode(e, message);
    chat_message_natives_encode(e, at, end);
    (void)J->close(e->out);
}

static uint32_t message_encode(struct chat_out *e, uint32_t at)
{
    uint32_t role = H->item(e->tape, at)->sub, end = chat_enclosed_end(e->tape, at);

    if (role == CP_ASSISTANT)
        chat_assistant_encode(e, at, end);
    else if (role == CP_USER)
        chat_user_encode(e, at, end);
    else
        inner_system_encode(e, at, end);
    return end;
}

/* OpenAI's servers would begin a new message behind a turn of the assistant. */
static void prefill_encode(struct chat_out *e, const struct cp_item *last)
{
    if (last == NULL || last->sub != CP_ASSISTANT || e->from_chat)
        return;
    chat_out_note_item(e, CP_APPROXIMATED, last,
                       "a prefilled answer becomes a request to go on");
    chat_plain_user_encode(
        e, S("Continue exactly where your last message stopped; do not repeat it."));
}

void chat_name_encode(struct chat_out *e, const struct cp_item *message)
{
    if (message->name.n > 0 && e->from_chat)
        chat_out_key_text(e, "name", message->name);
    else if (message->name.n > 0)
        chat_out_note_item(e, CP_DROPPED, message, "the author's name");
}

static int has_word(struct cp_str text)
{
    for (size_t i = 0; i + 4 <= text.n; i++)
        if ((text.p[i] | 32) == 'j' && (text.p[i + 1] | 32) == 's' &&
            (text.p[i + 2] | 32) == 'o' && (text.p[i + 3] | 32) == 'n')
            return 1;
    return 0;
}

/* "'messages' must contain the word 'json'", says the service where other dialects need no word.
 * source: error texts of OpenAI's and DeepSeek's services, 2026-08 */
static int needs_word(struct chat_out *e)
{
    const struct cp_item *it;

    if (e->from_chat || !J->is(J->get(chat_out_param(e, "format"), "type"), "json"))
        return 0;
    for (size_t i = 0; (it = H->item(e->tape, i)) != NULL; i++)
        if ((it->kind == CP_SYSTEM || it->kind == CP_TEXT) && has_word(it->text))
            return 0;
    chat_out_note(e, CP_MAPPED, "format", "asked for in words, too, as the service wants it");
    return 1;
}

/* One of some words: this dialect has no such format. */
static struct cp_str choice_of(struct chat_out *e)
{
    struct cp_str format = chat_out_param(e, "format");
    struct cp_str values = J->get(J->get(format, "schema"), "enum");

    if (e->from_chat || !J->is(J->get(format, "type"), "enum") || J->kind(values) != '[')
        return (struct cp_str){ NULL, 0 };
    chat_out_note(e, CP_APPROXIMATED, "format", "asked for in the instructions");
    return J->compact(e->call, values);
}

void chat_messages_encode(struct chat_out *e)
{
    const struct cp_item *it, *last = NULL;

    e->needs_word = needs_word(e);
    e->choice = choice_of(e);
    system_encode(e);
    for (uint32_t i = 0; (it = H->item(e->tape, i)) != NULL;) {
        if (it->kind == CP_MESSAGE)
            last = it;
        i = it->kind == CP_MESSAGE ? message_encode(e, i) : i + 1;
    }
    prefill_encode(e, last);
}
