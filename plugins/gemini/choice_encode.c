/* SPDX-License-Identifier: MIT */
/*
 * choice_encode - toolConfig: which tools the model may or must call.
 */
#include "request.h"

#include <string.h>

static const struct cp_item *choice_at(const struct writing *w, uint32_t *i)
{
    const struct cp_item *it;

    for (; (it = H->item(w->tape, *i)) != NULL && it->kind != CP_MESSAGE; ++*i)
        if (it->kind == CP_TOOL_CHOICE)
            return it;
    return NULL;
}

static const struct cp_item *native_at(const struct writing *w, const char *path)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(w->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (writing_is_native(it, path) && it->name.n == strlen(path))
            return it;
    return NULL;
}

static int has_strict(const struct writing *w)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(w->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (it->kind == CP_TOOL && it->num == 1)
            return 1;
    return 0;
}

/* The hosted tool of that name; NULL: there is none. */
static const struct cp_item *hosted_named(const struct writing *w, struct cp_str name)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(w->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (it->kind == CP_TOOL && it->sub >= CP_TOOL_CLIENT &&
            gemini_text_same(it->name, name))
            return it;
    return NULL;
}

/* A choice that names what is no function: hosted tools run when the model likes. */
static int is_refused(struct writing *w, const struct cp_item *choice)
{
    if (choice->sub != CP_NAMED || *names_at(&w->tool_at, choice->name) != 0 ||
        hosted_named(w, choice->name) == NULL)
        return 0;
    if (w->has_hosted)
        writing_note(w, CP_APPROXIMATED, choice, "a hosted tool cannot be forced here");
    else
        (void)writing_fail(
            w, "tool_choice forces a tool that this service does not have: ", choice->name);
    return 1;
}

static const char *mode_of(struct writing *w, const struct cp_item *choice)
{
    int can_validate = (w->caps.flags & CAP_VALIDATED) != 0;
    int wants = native_at(w, "toolConfig.functionCallingConfig.mode") != NULL ||
                (has_strict(w) && can_validate);

    if (choice != NULL && choice->sub == CP_AUTO && wants && !w->is_own_client)
        writing_note(w, CP_MAPPED, choice, "left to the model, but bound to the schemas");
    if (choice == NULL || choice->sub == CP_AUTO)
        return wants ? "VALIDATED" : choice == NULL ? NULL : "AUTO";
    switch (choice->sub) {
    case CP_NONE:
        return "NONE";
    case CP_AMONG_AUTO:
        return can_validate || w->is_own_client ? "VALIDATED" : "AUTO";
    default:
        return "ANY";
    }
}

static void names_encode(struct writing *w)
{
    const struct cp_item *choice;
    int n = 0;

    for (uint32_t i = 0; (choice = choice_at(w, &i)) != NULL; i++) {
        if (choice->name.n == 0)
            continue;
        if (*names_at(&w->tool_at, choice->name) == 0) {
            writing_note(w, CP_DROPPED, choice, "only functions can be chosen");
            continue;
        }
        if (n++ == 0) {
            (void)J->key(w->out, "allowedFunctionNames");
            (void)J->open(w->out, '[');
        }
        (void)J->string(w->out, gemini_tool_name(w, NOTHING, choice->name));
    }
    if (n > 0)
        (void)J->close(w->out);
}

/* 1: a member of the prefix was written into the object that is open. */
static void natives_encode(struct writing *w, const char *prefix)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(w->tape, i)) != NULL && it->kind != CP_MESSAGE; i++) {
        struct cp_str key = writing_native_key(w, it, prefix);
        if (key.p != NULL && !gemini_text_is(key, "mode"))
            writing_key_raw(w, key.p, it->text);
    }
}

static int has_natives(const struct writing *w)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(w->tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (writing_is_native(it, "toolConfig."))
            return 1;
    return 0;
}

static void calling_encode(struct writing *w, const struct cp_item *choice, const char *mode)
{
    (void)J->key(w->out, "functionCallingConfig");
    (void)J->open(w->out, '{');
    writing_key_text(w, "mode", (struct cp_str){ mode, strlen(mode) });
    if (choice != NULL && choice->sub >= CP_NAMED && strcmp(mode, "AUTO") != 0)
        names_encode(w);
    else if (choice != NULL && choice->sub >= CP_NAMED)
        writing_note(w, CP_APPROXIMATED, choice, "the model can be held to no choice of tools");
    natives_encode(w, "toolConfig.functionCallingConfig.");
    (void)J->close(w->out);
}

static void parallel_note(struct writing *w)
{
    const struct cp_item *parallel = writing_param_item(w, "parallel_tools");

    if (parallel == NULL)
        return;
    if (J->kind(parallel->text) == 't')
        writing_note(w, CP_MAPPED, parallel, "the model may call tools side by side anyway");
    else
        writing_note(w, CP_DROPPED, parallel, "calls side by side cannot be forbidden");
}

static void strict_note(struct writing *w, const char *mode)
{
    const struct cp_item *it;
    int is_held = mode != NULL && strcmp(mode, "VALIDATED") == 0;

    for (uint32_t i = 0; (it = H->item(w->tape, i)) != NULL && it->kind != CP_MESSAGE; i++) {
        if (it->kind != CP_TOOL || it->num < 0)
            continue;
        if (it->num == 0)
            writing_note(w, CP_MAPPED, it, "no tool's schema is binding by itself here");
        else if (is_held)
            writing_note(w, CP_MAPPED, it, "all schemas are binding or none is");
        else
            writing_note(w, CP_DROPPED, it, "one tool's schema cannot be made binding");
    }
}

void gemini_choice_encode(struct writing *w)
{
    uint32_t i = 0;
    const struct cp_item *choice = choice_at(w, &i);
    int wants_both = w->has_functions && w->has_hosted &&
                     native_at(w, "toolConfig.includeServerSideToolInvocations") == NULL;
    const char *mode;

    parallel_note(w);
    if (choice != NULL && is_refused(w, choice)) {
        choice = NULL;
    } else if (choice != NULL && !w->has_functions) {
        writing_note(w, CP_DROPPED, choice, "there is no tool to choose from");
        choice = NULL;
    }
    mode = w->has_functions ? mode_of(w, choice) : NULL;
    strict_note(w, mode);
    if (mode == NULL && !wants_both && !has_natives(w))
        return;
    (void)J->key(w->out, "toolConfig");
    (void)J->open(w->out, '{');
    if (mode != NULL)
        calling_encode(w, choice, mode);
    if (wants_both)
        writing_key_raw(w, "includeServerSideToolInvocations", S("true"));
    natives_encode(w, "toolConfig.");
    (void)J->close(w->out);
}
