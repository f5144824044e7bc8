/* SPDX-License-Identifier: MIT */
/*
 * messages_encode - the conversation: a text and a list of images for each message.
 *
 *     instructions   one system message; models' templates have room for one
 *     assistant      content, thinking, tool_calls
 *     user           a tool message for each result that the turn begins with, then what is left of it
 *
 * Blocks of a message are joined by blank lines.  What a text cannot hold and is no image (a PDF, a recording, an image
 * that the server would have to fetch) is asked elsewhere: half a question is worse than another route.
 */
#include "ollama.h"

struct turn { /* a message, or a result */
    struct pile text, thought;
    struct cp_str *images;
    uint32_t images_n;
};

static void paragraph(struct request *r, struct pile *pile, struct cp_str text)
{
    if (text.n == 0)
        return;
    if (pile->n > 0)
        pile_add(r->call, pile, S("\n\n"));
    pile_add(r->call, pile, text);
}

static void unsupported(struct request *r, const struct cp_item *it, const char *what)
{
    if (r->rc == CP_OK)
        r->rc = H->fail_item(r->call, CP_E_UNSUPPORTED, it, "Ollama takes no %s", what);
}

static void note(struct request *r, int deed, const struct cp_item *it, const char *why)
{
    H->note_item(r->call, deed, it, why);
}

/* Text within a document or a search hit, with what is known of it. */
static void document(struct request *r, struct turn *t, const struct cp_item *it,
                     struct cp_str text)
{
    struct cp_str title = json_text(r->call, it->meta, "title");
    struct cp_str url = json_text(r->call, it->meta, "url");
    struct cp_str context = json_text(r->call, it->meta, "context");

    title = title.n > 0 ? title : it->id;
    if (title.n > 0 || url.n > 0 || context.n > 0) {
        paragraph(r, &t->text, title);
        paragraph(r, &t->text, url);
        paragraph(r, &t->text, context);
    }
    paragraph(r, &t->text, text);
    if (J->kind(J->get(it->meta, "citations")) == 't')
        note(r, CP_DROPPED, it, "the model cites no documents");
}

static void image(struct request *r, struct turn *t, uint32_t at)
{
    uint32_t i = 0;

    if (t->images == NULL) { /* as many as there can be from here on */
        while (H->item(r->tape, at + i) != NULL)
            i++;
        t->images = H->alloc(r->call, i * sizeof(*t->images));
    }
    if (t->images != NULL)
        t->images[t->images_n++] = block_text(r->call, r->tape, at);
}

/* Where the walk goes on: the parts of an enclosure are walked as if they stood in the message. */
static uint32_t media(struct request *r, struct turn *t, uint32_t at)
{
    const struct cp_item *it = H->item(r->tape, at);

    if (it->num == CP_FROM_PARTS) {
        if ((it->flags & CP_OPEN) != 0)
            document(r, t, it, NOTHING);
        return at + 1;
    }
    if (it->num == CP_FROM_TEXT)
        document(r, t, it, block_text(r->call, r->tape, at));
    else if (it->sub == CP_IMAGE && it->num == CP_FROM_BASE64)
        image(r, t, at);
    else if (it->sub == CP_IMAGE)
        unsupported(r, it, it->num == CP_FROM_URL ? "image by its address" : "image by its id");
    else
        unsupported(r, it,
                    it->sub == CP_AUDIO   ? "audio"
                    : it->sub == CP_VIDEO ? "video"
                                          : "document but text");
    return block_end(r->tape, at);
}

/* Gemini's results are objects: {"output": "the text"} stands for the text. */
static struct cp_str unwrapped(struct request *r, struct cp_str json)
{
    static const char *const names[] = { "output", "result", "error" };
    struct cp_str key, v, other;
    size_t at = 0;

    if (J->check(r->call, json) != CP_OK || J->kind(json) != '{' ||
        !J->each(json, &at, &key, &v) || J->kind(v) != '"' || J->each(json, &at, NULL, &other))
        return json;
    for (size_t i = 0; i < COUNT(names); i++)
        if (J->is(key, names[i]))
            return J->text(r->call, v);
    return json;
}

static struct cp_str words_of(struct request *r, uint32_t at)
{
    struct cp_str text = block_text(r->call, r->tape, at);

    return H->item(r->tape, at)->sub == 1 ? unwrapped(r, text) : text;
}

/* One thing of a turn; where the next one is. */
static uint32_t take(struct request *r, struct turn *t, uint32_t at)
{
    const struct cp_item *it = H->item(r->tape, at);

    switch (it->kind) {
    case CP_TEXT:
    case CP_REFUSAL:
    case CP_COMPACTION:
        if ((it->flags & CP_OPEN) == 0)
            return at + 1;
        paragraph(r, &t->text, words_of(r, at));
        return block_end(r->tape, at);
    case CP_REASONING:
        if ((it->flags & CP_OPEN) != 0)
            paragraph(r, &t->thought, block_text(r->call, r->tape, at));
        return at + 1;
    case CP_MEDIA:
        return media(r, t, at);
    default:
        return at + 1;
    }
}

static void turn_write(struct request *r, const char *role, const struct turn *t)
{
    put_text(r->out, "role", text_of(role));
    put_text(r->out, "content", pile_str(&t->text));
    if (t->thought.n > 0)
        put_text(r->out, "thinking", pile_str(&t->thought));
    if (t->images_n == 0)
        return;
    (void)J->key(r->out, "images");
    (void)J->open(r->out, '[');
    for (uint32_t i = 0; i < t->images_n; i++)
        (void)J->string(r->out, t->images[i]);
    (void)J->close(r->out);
}

/* ---- instructions ---- */

/* Claude Code's first block changes with every request: the model would read the whole prompt anew each time.
 * source: recorded requests of Claude Code 2.1, 2026-08 */
static int is_noise(const struct cp_item *it)
{
    return text_begins(it->text, "x-anthropic-billing-header:");
}

static void system_encode(struct request *r)
{
    struct turn t = { 0 };
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(r->tape, i)) != NULL && it->kind != CP_MESSAGE; i++) {
        if (it->kind != CP_SYSTEM)
            continue;
        if (is_noise(it))
            note(r, CP_MAPPED, it, "a header for its maker's accounts");
        else
            paragraph(r, &t.text, it->text);
    }
    if (t.text.n == 0)
        return;
    (void)J->open(r->out, '{');
    turn_write(r, "system", &t);
    (void)J->close(r->out);
}

/* ---- calls and results ---- */

/* The arguments are an object here, not a text. */
static void call_encode(struct request *r, uint32_t at, int64_t n)
{
    const struct cp_item *it = H->item(r->tape, at);
    struct cp_str text = block_text(r->call, r->tape, at);

    (void)J->open(r->out, '{');
    put_text(r->out, "id", it->id);
    (void)J->key(r->out, "function");
    (void)J->open(r->out, '{');
    put_number(r->out, "index", n);
    put_text(r->out, "name", it->name);
    (void)J->key(r->out, "arguments");
    if (it->sub == CP_TOOL_CUSTOM) {
        (void)J->open(r->out, '{');
        put_text(r->out, "input", text);
        (void)J->close(r->out);
    } else if (text.n > 0 && J->check(r->call, text) == CP_OK && J->kind(text) == '{') {
        (void)J->raw(r->out, text);
    } else {
        (void)J->raw(r->out, S("{}"));
        if (text.n > 0)
            note(r, CP_REPAIRED, it, "arguments that are no JSON object");
    }
    (void)J->close(r->out);
    (void)J->close(r->out);
}

static void calls_encode(struct request *r, uint32_t at, uint32_t end)
{
    int64_t n = 0;

    for (uint32_t i = at; i < end; i++) {
        const struct cp_item *it = H->item(r->tape, i);
        if (it->kind != CP_TOOL_CALL || (it->flags & CP_OPEN) == 0)
            continue;
        if (n == 0) {
            (void)J->key(r->out, "tool_calls");
            (void)J->open(r->out, '[');
        }
        call_encode(r, i, n++);
    }
    if (n > 0)
        (void)J->close(r->out);
}

/* Some dialects do not say which tool a result is of. */
static struct cp_str tool_name(const struct request *r, const struct cp_item *result)
{
    const struct cp_item *it;

    if (result->name.n > 0)
        return result->name;
    for (uint32_t i = 0; (it = H->item(r->tape, i)) != NULL && it != result; i++)
        if (it->kind == CP_TOOL_CALL && (it->flags & CP_OPEN) != 0 &&
            text_same(it->id, result->id))
            return it->name;
    return NOTHING;
}

static uint32_t result_encode(struct request *r, uint32_t at)
{
    const struct cp_item *result = H->item(r->tape, at);
    uint32_t end = block_end(r->tape, at);
    struct cp_str name = tool_name(r, result);
    struct turn t = { 0 };

    if (result->num == 1) {
        paragraph(r, &t.text, S("The tool failed:"));
        note(r, CP_MAPPED, result, "that it failed is said in words");
    }
    for (uint32_t i = at + 1; i < end;)
        i = take(r, &t, i);
    (void)J->open(r->out, '{');
    turn_write(r, "tool", &t);
    if (name.n > 0)
        put_text(r->out, "tool_name", name);
    put_text(r->out, "tool_call_id", result->id);
    (void)J->close(r->out);
    return end;
}

/* ---- messages ---- */

static const char *role_of(const struct cp_item *message)
{
    return message->sub == CP_ASSISTANT ? "assistant"
           : message->sub == CP_USER    ? "user"
                                        : "system";
}

static void message_encode(struct request *r, uint32_t at, uint32_t end)
{
    const struct cp_item *message = H->item(r->tape, at), *it;
    struct turn t = { 0 };
    int calls = 0;

    if (message->name.n > 0)
        note(r, CP_DROPPED, message, "authors have no names here");
    for (uint32_t i = at + 1; i < end;) {
        it = H->item(r->tape, i);
        calls += it->kind == CP_TOOL_CALL && (it->flags & CP_OPEN) != 0;
        i = it->kind == CP_TOOL_RESULT ? result_encode(r, i) : take(r, &t, i);
    }
    if (t.text.n == 0 && t.thought.n == 0 && t.images_n == 0 && calls == 0)
        return;
    (void)J->open(r->out, '{');
    turn_write(r, role_of(message), &t);
    calls_encode(r, at, end);
    (void)J->close(r->out);
}

void messages_encode(struct request *r)
{
    const struct cp_item *it;
    uint32_t end;

    (void)J->key(r->out, "messages");
    (void)J->open(r->out, '[');
    system_encode(r);
    for (uint32_t i = 0; (it = H->item(r->tape, i)) != NULL;) {
        if (it->kind != CP_MESSAGE) {
            i++;
            continue;
        }
        end = block_end(r->tape, i);
        message_encode(r, i, end);
        i = end;
    }
    (void)J->close(r->out);
    for (uint32_t i = 0; (it = H->item(r->tape, i)) != NULL; i++)
        if (it->kind == CP_CACHE_MARK)
            note(r, CP_MAPPED, it, "the server caches by itself");
}
