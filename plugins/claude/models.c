/* SPDX-License-Identifier: MIT */
/*
 * models - the list of models, and one of them, both ways.
 */
#include "claude.h"

#include <stdio.h>

/* ---- days: the civil calendar without time zones (Howard Hinnant's algorithm) ------ */

static int64_t days_from(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int64_t digits(struct cp_str s, size_t at, size_t n)
{
    int64_t v = 0;

    for (size_t i = at; i < at + n; i++) {
        if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
            return -1;
        v = v * 10 + (s.p[i] - '0');
    }
    return v;
}

/* "2025-09-29T00:00:00Z" in seconds; 0 if it is none. */
static int64_t seconds_of(struct cp_str s)
{
    int64_t y = digits(s, 0, 4), mon = digits(s, 5, 2), d = digits(s, 8, 2);
    int64_t h = digits(s, 11, 2), min = digits(s, 14, 2), sec = digits(s, 17, 2);

    if (y < 0 || mon < 1 || mon > 12 || d < 1 || d > 31)
        return 0;
    if (h < 0 || min < 0 || sec < 0)
        h = min = sec = 0;
    return days_from(y, mon, d) * 86400 + h * 3600 + min * 60 + sec;
}

static struct cp_str date_of(struct cp_call *call, int64_t seconds)
{
    int64_t days = seconds / 86400 - (seconds % 86400 < 0), rest = seconds - days * 86400;
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int64_t d = doy - (153 * mp + 2) / 5 + 1, m = mp + (mp < 10 ? 3 : -9);
    int64_t y = yoe + era * 400 + (m <= 2);

    return claude_format(call, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)y, (int)m, (int)d,
                         (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
}

/* ---- decode -------------------------------------------------------------------------- */

static void model_decode(struct reading *r, struct cp_str model)
{
    struct cp_str id = json->text(r->call, json->get(model, "id"));

    if (id.n == 0)
        return;
    claude_emit(r, &(struct cp_item){
                       CP_ITEM(MODEL),
                       .text = json->text(r->call, json->get(model, "display_name")),
                       .name = S("anthropic"),
                       .id = id,
                       .num = seconds_of(json->text(r->call, json->get(model, "created_at"))),
                   });
}

int claude_models_decode(struct cp_call *call, int phase, struct cp_str body,
                         struct cp_tape *tape)
{
    struct reading r = {
        .call = call, .tape = tape, .is_answer = 1, .message = -1, .block = -1, .part = -1
    };
    struct cp_str model, data = json->get(body, "data");

    if (phase == CP_REQUEST) {
        claude_emit(&r, &(struct cp_item){ CP_ITEM(START), .name = S("") });
    } else if (json->kind(body) != '{') {
        return host->fail(call, CP_E_SYNTAX, "the answer is no JSON object");
    } else if (call->op == CP_GET_MODEL) {
        model_decode(&r, body);
    } else if (json->kind(data) != '[') {
        return host->fail(call, CP_E_SYNTAX, "data: is no list");
    } else {
        for (size_t at = 0; r.rc == CP_OK && json->each(data, &at, NULL, &model);)
            model_decode(&r, model);
    }
    claude_emit(&r, &(struct cp_item){ CP_ITEM(END) });
    return r.rc > 0 ? CP_OK : r.rc;
}

/* ---- encode -------------------------------------------------------------------------- */

static void model_write(struct cp_call *call, struct cp_out *out, const struct cp_item *it)
{
    json->open(out, '{');
    claude_put_text(out, "type", S("model"));
    claude_put_text(out, "id", it->id.p ? it->id : S(""));
    claude_put_text(out, "display_name", it->text.n ? it->text : it->id);
    claude_put_text(out, "created_at", date_of(call, it->num));
    json->close(out);
}

static void list_write(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    const struct cp_item *it, *first = NULL, *last = NULL;

    json->open(out, '{');
    json->key(out, "data");
    json->open(out, '[');
    for (size_t i = 0; (it = host->item(tape, i)); i++) {
        if (it->kind != CP_MODEL)
            continue;
        first = first ? first : it;
        last = it;
        model_write(call, out, it);
    }
    json->close(out);
    json->key(out, "has_more");
    json->raw(out, S("false"));
    claude_put_text(out, "first_id", first ? first->id : NOTHING);
    claude_put_text(out, "last_id", last ? last->id : NOTHING);
    json->close(out);
}

int claude_models_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    const struct cp_item *it;

    if (call->op == CP_LIST_MODELS) {
        list_write(call, tape, out);
        return CP_OK;
    }
    for (size_t i = 0; (it = host->item(tape, i)); i++) {
        if (it->kind != CP_MODEL)
            continue;
        model_write(call, out, it);
        return CP_OK;
    }
    return host->fail(call, CP_E_SYNTAX, "there is no such model");
}
