/* SPDX-License-Identifier: MIT */
/*
 * chat_losses - what became of what this dialect has no member for.
 *
 * Looked for when all else is written.  What changes nothing (a cache's mark where the server
 * caches by itself, a switch that is off) is no loss, and is told as said in other words.
 */
#include "chat.h"

static void choice_note(struct chat_out *e)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (it->kind == CP_TOOL_CHOICE)
            chat_out_note_item(
                e, it->sub == CP_ANY || it->sub == CP_AMONG_ANY ? CP_DROPPED : CP_MAPPED, it,
                "there is nothing to call");
}

static void params_note(struct chat_out *e, uint32_t tools)
{
    struct cp_str show = chat_out_param(e, "thinking_show");
    int has_both =
        chat_out_param(e, "user").p != NULL && chat_out_param(e, "safety_id").p != NULL;

    if (chat_out_is_said(e, "thinking_show"))
        chat_out_note(e, J->is(show, "none") ? CP_APPROXIMATED : CP_MAPPED, "thinking_show",
                      "thoughts are shown as the server tells them");
    if (has_both && !e->from_chat)
        chat_out_note(e, CP_DROPPED, "user", "another identifier says who it is");
    if (chat_out_param(e, "store").p != NULL && !e->from_chat)
        chat_out_note(e, CP_MAPPED, "store", "answers are kept by the gateway, or not");
    if (chat_out_param(e, "cache_auto").p != NULL)
        chat_out_note(e, CP_MAPPED, "cache_auto", "the server caches by itself");
    if (chat_out_param(e, "parallel_tools").p != NULL && tools == 0)
        chat_out_note(e, CP_MAPPED, "parallel_tools", "there is nothing to call");
    if (J->is(J->get(chat_out_param(e, "format"), "type"), "text") && !e->from_chat)
        chat_out_note(e, CP_MAPPED, "format", "text is what the server answers with unasked");
}

/* A mark can be written where a text ends, and if the channel's servers read marks. */
static void mark_note(struct chat_out *e, const struct cp_item *mark,
                      const struct cp_item *bearer)
{
    int is_text = bearer != NULL && (bearer->kind == CP_TEXT || bearer->kind == CP_SYSTEM);

    if (e->conf->cache_marks == MARKS_DROP)
        chat_out_note_item(e, CP_MAPPED, mark, "the server caches by itself");
    else if (!is_text || e->conf->strings_only)
        chat_out_note_item(e, CP_DROPPED, mark, "no member for a mark here");
    else if (mark->num > 0 && e->conf->cache_marks == MARKS_BREAKPOINT)
        chat_out_note_item(e, CP_APPROXIMATED, mark, "the server's own time");
}

static void media_note(struct chat_out *e, const struct cp_item *it)
{
    int is_text = it->num == CP_FROM_TEXT || it->sub == CP_SEARCH_HIT;
    int has_title = J->get(it->meta, "title").p != NULL;
    int is_file = it->num == CP_FROM_BASE64 && it->sub != CP_IMAGE;

    if (has_title && !is_text && !is_file)
        chat_out_note_item(e, CP_DROPPED, it, "media has no title here");
    if (J->get(it->meta, "context").p != NULL && !is_text)
        chat_out_note_item(e, CP_DROPPED, it, "media has no remarks beside it");
    if (J->kind(J->get(it->meta, "citations")) == 't')
        chat_out_note_item(e, CP_DROPPED, it, "this dialect cites no documents");
}

void chat_losses_note(struct chat_out *e)
{
    const struct cp_item *it, *bearer = NULL;
    uint32_t tools = 0;

    for (size_t i = 0; (it = H->item(e->tape, i)) != NULL; i++) {
        tools += it->kind == CP_TOOL && it->sub != CP_TOOL_HOSTED;
        if (it->kind == CP_CACHE_MARK)
            mark_note(e, it, bearer);
        else if (it->kind == CP_MEDIA && (it->flags & CP_OPEN) != 0 && J->kind(it->meta) == '{')
            media_note(e, it);
        bearer = it->kind == CP_NATIVE ? bearer : it;
    }
    params_note(e, tools);
    if (tools == 0)
        choice_note(e);
}
