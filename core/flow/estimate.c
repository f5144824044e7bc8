/* SPDX-License-Identifier: MIT */
/*
 * estimate - how many tokens a request has, when no upstream can be asked.
 *
 * Rules of thumb that hold within some ten percent for English, code and Chinese: 3.5 bytes of ASCII a token, one
 * token a character beyond U+2E7F, half a token for the letters between; a schema is denser (3 bytes); an image is
 * what a full-size one costs; a page of PDF about as much as 1,500 tokens of its text and picture.
 */
#include "flow/estimate.h"

#include "base/str.h"
#include "flow/adapt.h"
#include "flow/answer.h"
#include "flow/count.h"
#include "flow/desk.h"
#include "flow/relay.h"
#include "flow/setup.h"
#include "plugin/guard.h"
#include "plugin/media.h"

enum {
    IMAGE_TOKENS = 1600,
    PDF_PAGE_BYTES = 75000,
    PDF_PAGE_TOKENS = 1500,
    MESSAGE_TOKENS = 4
};

/* In fourteenths of a token, so that sums are exact. */
enum { UNIT = 14, ASCII = 4, WIDE = 14, MIDDLE = 7 };

static int64_t estimate_text(struct cp_str s)
{
    int64_t units = 0;

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x80)
            units += ASCII;
        else if (c >= 0xe2)
            units += WIDE;
        else if (c >= 0xc0)
            units += MIDDLE;
    }
    return units;
}

static int64_t estimate_media(const struct cp_item *it)
{
    int64_t pages;

    if (it->num == CP_FROM_TEXT)
        return estimate_text(it->text);
    if (it->sub != CP_DOCUMENT)
        return (int64_t)IMAGE_TOKENS * UNIT;
    pages = it->num == CP_FROM_BASE64 ? 1 + (int64_t)(it->text.n / PDF_PAGE_BYTES) : 1;
    return pages * PDF_PAGE_TOKENS * UNIT;
}

static int64_t estimate_item(const struct cp_item *it)
{
    switch (it->kind) {
    case CP_TOOL:
        return estimate_text(it->name) + estimate_text(it->meta) +
               (int64_t)it->text.n * UNIT / 3;
    case CP_TOOL_CALL:
        return estimate_text(it->name) + (int64_t)it->text.n * UNIT / 3;
    case CP_SYSTEM:
    case CP_TEXT:
    case CP_REFUSAL:
    case CP_REASONING:
    case CP_COMPACTION:
        return estimate_text(it->text);
    case CP_SERVER_CALL:
    case CP_SERVER_RESULT:
        return (int64_t)it->text.n * UNIT / 4;
    case CP_MEDIA:
        return it->flags & CP_OPEN ? estimate_media(it) : 0;
    case CP_MESSAGE:
        return it->flags & CP_OPEN ? (int64_t)MESSAGE_TOKENS * UNIT : 0;
    default:
        return 0;
    }
}

int64_t estimate_tokens(int64_t units)
{
    return (units + UNIT - 1) / UNIT;
}

int64_t estimate_units_out(const struct cp_item *it)
{
    switch (it->kind) {
    case CP_TEXT:
    case CP_REFUSAL:
    case CP_REASONING:
    case CP_TOOL_CALL:
    case CP_COMPACTION:
    case CP_SERVER_CALL:
        return estimate_item(it);
    default:
        return 0;
    }
}

int64_t estimate_tape(const struct cp_tape *tape)
{
    const struct cp_item *it;
    int64_t units = 0;

    for (size_t i = 0; (it = tape_item(tape, i)); i++)
        units += estimate_item(it);
    return estimate_tokens(units);
}

/* Says what is on the tape as the answer. */
static enum step estimate_say(struct exchange *x, struct cp_tape *tape, const char *failure)
{
    enum step answer;
    struct buf body;
    struct cp_out out;

    x->is_estimated = true;
    if (x->is_stream && x->op == CP_CHAT)
        return relay_unfold(x, tape);
    desk_answers(x);
    buf_init(&body, 64 * 1024);
    out_init(&out, &body);
    if (guard_encode(x->client, x->client_instance, &x->call, CP_RESPONSE, tape, &out) ||
        out_done(&out))
        answer = answer_error(x, CP_SERVER, 500, "%s", failure);
    else
        answer = answer_body(x, 200, media_of_body(&x->client->hooks), buf_str(&body));
    buf_fini(&body);
    return answer;
}

static void estimate_begin(struct exchange *x, struct cp_tape *tape)
{
    int64_t tokens = count_estimate(x);

    x->tokens[CP_INPUT] = tokens;
    tape_init(tape, x->arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    tape_emit(tape, &(struct cp_item){ CP_ITEM(START), .name = x->model });
    tape_emit(tape, &(struct cp_item){ CP_ITEM(USAGE), .sub = CP_INPUT, .num = tokens });
}

enum step estimate_answer(struct exchange *x)
{
    struct cp_tape tape;

    if (adapt_decode(x))
        return STEP_ANSWER;
    estimate_begin(x, &tape);
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(END) });
    return estimate_say(x, &tape, "cannot say a token count in this API");
}

bool estimate_is_nothing(const struct exchange *x)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = tape_item(x->request_tape, i)); i++)
        if (it->kind == CP_PARAM && str_is(it->name, "max_output"))
            return str_is(it->text, "0");
    return false;
}

enum step estimate_nothing(struct exchange *x)
{
    struct cp_tape tape;

    estimate_begin(x, &tape);
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(STOP), .sub = CP_STOP_LENGTH });
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(END) });
    return estimate_say(x, &tape, "cannot say an answer without content in this API");
}
