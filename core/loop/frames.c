/* SPDX-License-Identifier: MIT */
/*
 * frames - an upstream's stream as frames, in whichever of its forms it comes.
 *
 * source: generativelanguage.googleapis.com writes an error inside a stream as a bare object of many lines, with no
 * "data:" before it; seen 2025.  Proxies of several makers do the same with an answer they got whole.
 */
#include "loop/frames.h"

#include "base/str.h"
#include "json/check.h"
#include "json/slice.h"

static int frames_element(void *ctx, struct cp_str element)
{
    struct frames *f = ctx;
    return f->fn(f->ctx, &(struct cp_frame){ STR_NONE, element });
}

/* What is no word of an error between two events is nothing. */
static bool loose_is_error(struct cp_str loose)
{
    char last = loose.n ? loose.p[loose.n - 1] : 0;
    if ((last != '}' && last != ']') || json_check(loose, NULL, NULL))
        return false;
    struct cp_str object = last == ']' ? json_at(loose, "[0]") : loose;
    return json_kind(object) == '{' && json_get(object, "error").p;
}

static void frames_loose_done(struct frames *f)
{
    sse_loose_done(&f->sse);
    f->loose_depth = 0;
    f->loose_is_known = false;
}

static int frames_give_loose(struct frames *f)
{
    struct cp_frame frame = { STR("error"), str_trim(sse_loose(&f->sse)) };
    int rc = f->fn(f->ctx, &frame);
    frames_loose_done(f);
    return rc;
}

/* Brackets outside of strings, which end with their line at the latest. */
static size_t depth_after(size_t depth, struct cp_str line)
{
    bool is_string = false;
    for (size_t i = 0; i < line.n; i++) {
        char c = line.p[i];
        if (is_string && c == '\\')
            i++;
        else if (c == '"')
            is_string = !is_string;
        else if (!is_string && (c == '{' || c == '['))
            depth++;
        else if (!is_string && (c == '}' || c == ']') && depth)
            depth--;
    }
    return depth;
}

/* Looked at once, with the line that closes it: never at the end of a read, which may be anywhere. */
static int frames_loose_line(void *ctx, struct cp_str line)
{
    struct frames *f = ctx;
    f->loose_depth = depth_after(f->loose_depth, line);
    if (f->loose_depth || f->loose_is_known || !f->sse.frames)
        return 0;
    f->loose_is_known = true;
    return loose_is_error(str_trim(sse_loose(&f->sse))) ? frames_give_loose(f) : 0;
}

/* What is still loose then was no word of an error; what stood before the first event was no word about it. */
static int frames_event(void *ctx, const struct cp_frame *frame)
{
    struct frames *f = ctx;
    if (sse_loose(&f->sse).n)
        frames_loose_done(f);
    return f->fn(f->ctx, frame);
}

uint32_t frames_form(uint32_t framing)
{
    return framing == CP_ARRAY || framing == CP_LINES || framing == CP_RAW ? framing : CP_SSE;
}

void frames_init(struct frames *f, uint32_t framing, size_t line_max, size_t event_max)
{
    f->framing = frames_form(framing);
    sse_init(&f->sse, line_max, event_max);
    f->sse.loose_fn = frames_loose_line;
    f->loose_depth = 0;
    f->loose_is_known = false;
    json_array_init(&f->array, event_max);
    lines_init(&f->lines, framing == CP_RAW, line_max);
    f->fn = NULL;
    f->ctx = NULL;
}

void frames_fini(struct frames *f)
{
    sse_fini(&f->sse);
    json_array_fini(&f->array);
    lines_fini(&f->lines);
}

static bool frames_are_lines(const struct frames *f)
{
    return f->framing == CP_LINES || f->framing == CP_RAW;
}

int frames_feed(struct frames *f, struct cp_str bytes, sse_frame_fn *fn, void *ctx)
{
    f->fn = fn;
    f->ctx = ctx;
    if (f->framing == CP_ARRAY)
        return json_array_feed(&f->array, bytes, frames_element, f);
    if (frames_are_lines(f))
        return lines_feed(&f->lines, bytes, frames_element, f);
    return sse_feed(&f->sse, bytes, frames_event, f);
}

/* An array under the name of an event stream. */
static int frames_end_array(struct frames *f)
{
    int rc = json_array_feed(&f->array, str_trim(sse_loose(&f->sse)), frames_element, f);
    frames_loose_done(f);
    return rc ? rc : json_array_end(&f->array);
}

int frames_end(struct frames *f, sse_frame_fn *fn, void *ctx)
{
    f->fn = fn;
    f->ctx = ctx;
    if (f->framing == CP_ARRAY)
        return json_array_end(&f->array);
    if (frames_are_lines(f))
        return lines_end(&f->lines, frames_element, f);
    int rc = sse_end(&f->sse, frames_event, f);
    struct cp_str loose = str_trim(sse_loose(&f->sse));
    if (rc || !loose.n)
        return rc;
    if (f->sse.frames)
        return frames_give_loose(f);
    return *loose.p == '[' ? frames_end_array(f) : 0;
}

size_t frames_torn(const struct frames *f)
{
    if (frames_are_lines(f))
        return f->lines.held.n;
    return f->framing == CP_ARRAY ? json_array_torn(&f->array) : sse_torn(&f->sse);
}

uint64_t frames_signs(const struct frames *f)
{
    if (frames_are_lines(f))
        return f->lines.signs;
    return f->framing == CP_ARRAY ? f->array.elements : f->sse.frames + f->sse.comments;
}

uint64_t frames_taken(const struct frames *f)
{
    if (frames_are_lines(f))
        return f->lines.taken;
    return f->framing == CP_ARRAY ? f->array.taken : f->sse.taken;
}

struct cp_str frames_loose(const struct frames *f)
{
    return f->framing == CP_SSE ? sse_loose(&f->sse) : STR_NONE;
}
