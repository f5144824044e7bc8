/* SPDX-License-Identifier: MIT */
/*
 * enum_mend - numbers that travelled as strings become numbers again.
 *
 * Google's form of schema has enums of strings only, so the tool's owner would be called with "2"
 * where 2 was asked for.  The request leaves a mark for each such place in the host's table of
 * renamed tools, under names with blanks that no tool can have; the answer looks there.
 */
#include "request.h"

enum { LONGEST = 1024, STEPS_MOST = 64 };
static const char any_name[] = "enum of numbers", any_spelled[] = "enum_of_numbers";

struct mending {
    struct cp_call *call;
    struct cp_str tool;
    struct builder b;
    struct cp_str path[STEPS_MOST * 2];
    size_t path_n;
    int has_changed;
};

static struct cp_str digest_of(struct cp_call *call, struct cp_str tool, struct cp_str path)
{
    struct cp_str parts[3] = { tool, S("\n"), path };

    return H->digest(call, gemini_text_join(call, parts, 3));
}

void gemini_enum_note(struct cp_call *call, struct cp_str tool, struct cp_str path)
{
    struct cp_str parts[2] = { S("enum of numbers "), digest_of(call, tool, path) };

    (void)H->rename(call, (struct cp_str){ any_name, sizeof(any_name) - 1 }, LONGEST, 0);
    (void)H->rename(call, gemini_text_join(call, parts, 2), LONGEST, 0);
}

static int is_noted(struct mending *m)
{
    struct cp_str parts[2] = { S("enum_of_numbers_"), { NULL, 0 } }, name;

    parts[1] = digest_of(m->call, m->tool, gemini_text_join(m->call, m->path, m->path_n));
    name = gemini_text_join(m->call, parts, 2);
    return !gemini_text_same(H->original(m->call, name), name);
}

static void value_mend(struct mending *m, struct cp_str v);

static void step_mend(struct mending *m, struct cp_str step, struct cp_str v)
{
    if (m->path_n + 2 > STEPS_MOST * 2) {
        builder_add(&m->b, v);
        return;
    }
    m->path[m->path_n++] = step;
    m->path[m->path_n++] = S("\n");
    value_mend(m, v);
    m->path_n -= 2;
}

static void object_mend(struct mending *m, struct cp_str object)
{
    struct cp_str key, v;
    size_t at = 0;

    builder_add(&m->b, S("{"));
    while (J->each(object, &at, &key, &v)) {
        builder_comma(&m->b);
        builder_add(&m->b, S("\""));
        builder_add(&m->b, key);
        builder_add(&m->b, S("\":"));
        step_mend(m, key, v);
    }
    builder_add(&m->b, S("}"));
}

static void array_mend(struct mending *m, struct cp_str array)
{
    struct cp_str v;
    size_t at = 0;

    builder_add(&m->b, S("["));
    while (J->each(array, &at, NULL, &v)) {
        builder_comma(&m->b);
        step_mend(m, S("[]"), v);
    }
    builder_add(&m->b, S("]"));
}

/* The number or boolean that a string spells; absent: it spells none. */
static struct cp_str scalar_of(struct mending *m, struct cp_str string)
{
    struct cp_str text = J->text(m->call, string);
    char kind = J->kind(text);

    if ((kind != '0' && kind != 't' && kind != 'f') || J->check(m->call, text) != CP_OK)
        return NOTHING;
    return text;
}

static void value_mend(struct mending *m, struct cp_str v)
{
    struct cp_str scalar = NOTHING;

    if (J->kind(v) == '{') {
        object_mend(m, v);
        return;
    }
    if (J->kind(v) == '[') {
        array_mend(m, v);
        return;
    }
    if (J->kind(v) == '"')
        scalar = scalar_of(m, v);
    if (scalar.p != NULL && is_noted(m)) {
        m->has_changed = 1;
        v = scalar;
    }
    builder_add(&m->b, v);
}

struct cp_str gemini_enum_mend(struct cp_call *call, struct cp_str wire_name,
                               struct cp_str arguments)
{
    struct cp_str any = { any_spelled, sizeof(any_spelled) - 1 }, text;
    struct mending m = { .call = call, .tool = wire_name, .b = { .call = call } };

    if (gemini_text_same(H->original(call, any), any) || J->kind(arguments) != '{')
        return arguments;
    object_mend(&m, arguments);
    text = builder_text(&m.b);
    return m.has_changed && text.p != NULL ? text : arguments;
}
