/* SPDX-License-Identifier: MIT */
/*
 * responses_kept - answers that a client may come back to, for upstreams that keep none.
 *
 * An answer is kept with the items it was asked with and the id of the one before it, never
 * with the whole conversation: a branch shares its beginning with every other.  What is kept
 * never changes.  Instructions and tools are not inherited; so OpenAI does it, too.
 */
#include "responses.h"

#include <string.h>

enum { CHAIN_MOST = 2000, NODE_PARTS = 4, PAGE = 20, PAGE_MOST = 100 };

/* ---- writing ----------------------------------------------------------------------------- */

static void items_remember(struct cp_call *call, struct cp_str id, struct cp_str output)
{
    struct cp_str item;
    size_t at = 0;

    while (J->kind(output) == '[' && J->each(output, &at, NULL, &item)) {
        struct cp_str item_id = openai_json_string(call, item, "id");
        /* What does not fit is not found later: the client is told then. */
        if (item_id.n > 0)
            (void)H->remember(call, item_id, id, item);
    }
}

/* input as an array's text, whatever the client wrote. */
static struct cp_str input_list(struct cp_call *call, struct cp_str input)
{
    struct cp_str parts[3] = { S("[{\"type\":\"message\",\"role\":\"user\",\"content\":"
                                 "[{\"type\":\"input_text\",\"text\":"),
                               input, S("}]}]") };

    if (J->kind(input) == '"')
        return openai_text_join(call, parts, 3);
    return J->kind(input) == '[' ? input : S("[]");
}

int responses_keep(struct cp_call *call, struct cp_str response_id, struct cp_str response)
{
    struct cp_str request = call->request, previous, parts[7];
    int rc;

    if (J->kind(request) != '{' || J->kind(J->get(request, "store")) == 'f' ||
        response_id.n == 0)
        return CP_OK;
    previous = J->get(request, "previous_response_id");
    parts[0] = S("{\"previous\":");
    parts[1] = J->kind(previous) == '"' ? previous : S("null");
    parts[2] = S(",\"input\":");
    parts[3] = input_list(call, J->get(request, "input"));
    parts[4] = S(",\"response\":");
    parts[5] = response;
    parts[6] = S("}");
    rc = H->remember(call, response_id, (struct cp_str){ NULL, 0 },
                     openai_text_join(call, parts, 7));
    if (rc == CP_OK)
        items_remember(call, response_id, J->get(response, "output"));
    return rc;
}

/* One that is still being made (in the background), or failed, is nothing to go on from. */
void responses_keep_passed(struct cp_call *call, struct cp_str response)
{
    struct cp_str status = J->get(response, "status");

    if (J->is(status, "completed") || J->is(status, "incomplete"))
        (void)responses_keep(call, openai_json_string(call, response, "id"), response);
}

/* ---- reading ----------------------------------------------------------------------------- */

/* The record of an answer; absent: there is none. */
static struct cp_str record_of(struct cp_call *call, struct cp_str id)
{
    struct cp_str kept = id.n > 0 ? H->recall(call, id) : (struct cp_str){ NULL, 0 };

    if (kept.p == NULL || J->check(call, kept) != CP_OK || J->kind(kept) != '{' ||
        J->kind(J->get(kept, "response")) != '{')
        return (struct cp_str){ NULL, 0 };
    return kept;
}

static struct cp_str inside(struct cp_str list)
{
    if (J->kind(list) != '[' || list.n < 2)
        return (struct cp_str){ NULL, 0 };
    return openai_text_trim((struct cp_str){ list.p + 1, list.n - 2 });
}

/* Puts the parts in front of those that are there; to has room. */
static void front_put(struct cp_str *all, size_t *first, struct cp_str list)
{
    struct cp_str text = inside(list);

    if (text.n == 0)
        return;
    all[--*first] = S(",");
    all[--*first] = text;
}

struct cp_str responses_kept_chain(struct cp_call *call, struct cp_str id)
{
    size_t room = (size_t)CHAIN_MOST * NODE_PARTS, first = room;
    struct cp_str *all = H->alloc(call, room * sizeof(*all));
    struct cp_str nothing = { NULL, 0 };

    for (int n = 0; id.n > 0; n++) {
        struct cp_str record = record_of(call, id);
        if (all == NULL || record.p == NULL || n == CHAIN_MOST)
            return nothing;
        front_put(all, &first, J->get(J->get(record, "response"), "output"));
        front_put(all, &first, J->get(record, "input"));
        id = openai_json_string(call, record, "previous");
    }
    if (first == room)
        return S("");
    return openai_text_join(call, all + first, room - first - 1); /* without the last comma */
}

struct cp_str responses_kept_item(struct cp_call *call, struct cp_str id)
{
    struct cp_str kept = H->recall(call, id);

    if (kept.p == NULL || J->check(call, kept) != CP_OK || J->kind(kept) != '{' ||
        J->kind(J->get(kept, "response")) == '{')
        return (struct cp_str){ NULL, 0 };
    return kept;
}

/* ---- the doors --------------------------------------------------------------------------- */

static void key_text(struct cp_out *out, const char *key, struct cp_str text)
{
    (void)J->key(out, key); /* an out remembers its failure; so everywhere here */
    (void)J->string(out, text);
}

static struct cp_str item_id(struct cp_call *call, struct cp_str item,
                             struct cp_str response_id, size_t n)
{
    struct cp_str id = openai_json_string(call, item, "id"), digest;

    if (id.n > 0)
        return id;
    digest = H->digest(
        call, openai_text_format(call, "%.*s|%zu", (int)response_id.n, response_id.p, n));
    return openai_text_format(call, "item_%.*s", digest.n < 24 ? (int)digest.n : 24, digest.p);
}

/* {"id":..., and the rest of the item as it was. */
static void item_write(struct cp_out *out, struct cp_str item, struct cp_str id)
{
    struct cp_str key, v;
    size_t at = 0;

    (void)J->open(out, '{');
    key_text(out, "id", id);
    if (openai_json_null(J->get(item, "type")))
        key_text(out, "type", S("message"));
    while (J->each(item, &at, &key, &v)) {
        char name[64];
        if (J->is(key, "id") || key.n >= sizeof(name) || memchr(key.p, '\\', key.n) != NULL)
            continue;
        memcpy(name, key.p, key.n);
        name[key.n] = '\0';
        (void)J->key(out, name);
        (void)J->raw(out, v);
    }
    (void)J->close(out);
}

/* ---- a page of its input ---- */

struct page {
    struct cp_str *items, *ids; /* of all, the oldest first */
    size_t n, from, most;
    int is_rising;
};

static int refuse(struct cp_out *out, struct cp_str name, struct cp_str why)
{
    (void)H->set_status(out, 400);
    openai_error_encode(out, &(struct cp_item){ CP_ITEM(ERROR), .sub = CP_BAD_REQUEST,
                                                .num = 400, .meta = name, .text = why });
    return CP_OK;
}

static int page_read(struct cp_call *call, struct cp_str id, struct cp_str input,
                     struct page *page)
{
    struct cp_str item;
    size_t at = 0, room = 0;

    while (J->kind(input) == '[' && J->each(input, &at, NULL, &item))
        room++;
    page->items = H->alloc(call, (room + 1) * sizeof(*page->items));
    page->ids = H->alloc(call, (room + 1) * sizeof(*page->ids));
    if (page->items == NULL || page->ids == NULL)
        return CP_E_LIMIT;
    at = 0;
    for (size_t i = 0; i < room && J->each(input, &at, NULL, &item); i++) {
        if (J->kind(item) != '{')
            continue;
        page->items[page->n] = item;
        page->ids[page->n++] = item_id(call, item, id, i);
    }
    return CP_OK;
}

static size_t page_at(const struct page *page, size_t i)
{
    return page->is_rising ? i : page->n - 1 - i;
}

/* The newest first, twenty of them. source: OpenAI's API reference, as of 2026-08 */
static const char *page_ask(const struct cp_call *call, struct page *page)
{
    struct cp_str limit = responses_query(call, "limit"),
                  order = responses_query(call, "order");
    struct cp_str after = responses_query(call, "after");
    int64_t most = PAGE;

    if (limit.n > 0 && (J->integer(limit, &most) != CP_OK || most < 1 || most > PAGE_MOST))
        return "limit";
    page->most = (size_t)most;
    page->is_rising = openai_text_is(order, "asc");
    if (order.n > 0 && !page->is_rising && !openai_text_is(order, "desc"))
        return "order";
    if (after.n == 0)
        return NULL;
    while (page->from < page->n) {
        if (openai_text_same(page->ids[page_at(page, page->from++)], after))
            return NULL;
    }
    return "after";
}

static int items_write(struct cp_call *call, struct cp_str id, struct cp_str input,
                       struct cp_out *out)
{
    struct page page = { .most = 0 };
    struct cp_str first = { NULL, 0 }, last = { NULL, 0 };
    const char *wrong;

    if (page_read(call, id, input, &page) != CP_OK)
        return CP_E_LIMIT;
    wrong = page_ask(call, &page);
    if (wrong != NULL)
        return refuse(out, (struct cp_str){ wrong, strlen(wrong) },
                      wrong[0] == 'l'   ? S("limit: expected an integer from 1 to 100")
                      : wrong[0] == 'o' ? S("order: expected asc or desc")
                                        : S("after: no such item"));
    (void)J->open(out, '{');
    key_text(out, "object", S("list"));
    (void)J->key(out, "data");
    (void)J->open(out, '[');
    for (; page.from < page.n && page.most > 0; page.from++, page.most--) {
        size_t i = page_at(&page, page.from);
        last = page.ids[i];
        first = first.p == NULL ? last : first;
        item_write(out, page.items[i], last);
    }
    (void)J->close(out);
    key_text(out, "first_id", first);
    key_text(out, "last_id", last);
    (void)J->key(out, "has_more");
    (void)J->raw(out, page.from < page.n ? S("true") : S("false"));
    return J->close(out);
}

static int deleted_write(struct cp_str id, struct cp_out *out)
{
    (void)J->open(out, '{');
    key_text(out, "id", id);
    key_text(out, "object", S("response"));
    (void)J->key(out, "deleted");
    (void)J->raw(out, S("true"));
    return J->close(out);
}

/* What is kept is finished: there is nothing to cancel. source: OpenAI's answer, as of 2026-08 */
static int uncancelled_write(struct cp_out *out)
{
    return refuse(out, (struct cp_str){ NULL, 0 }, S("Cannot cancel a synchronous response."));
}

/* Ids and numbers have nothing in them that a query would have to escape. */
struct cp_str responses_query(const struct cp_call *call, const char *name)
{
    struct cp_str rest = call->query;
    size_t n = strlen(name);

    while (rest.n > 0) {
        const char *end = memchr(rest.p, '&', rest.n);
        size_t whole = end == NULL ? rest.n : (size_t)(end - rest.p);
        if (whole > n && memcmp(rest.p, name, n) == 0 && rest.p[n] == '=')
            return (struct cp_str){ rest.p + n + 1, whole - n - 1 };
        rest.p += end == NULL ? whole : whole + 1;
        rest.n -= end == NULL ? whole : whole + 1;
    }
    return (struct cp_str){ NULL, 0 };
}

int responses_kept_answer(struct cp_call *call, struct cp_str id, struct cp_out *out)
{
    struct cp_str record = record_of(call, id);

    if (record.p == NULL)
        return H->fail(call, CP_E_UNSUPPORTED, "Response with id '%.*s' not found.", (int)id.n,
                       id.p);
    if (call->op == CP_STORED_ITEMS)
        return items_write(call, id, J->get(record, "input"), out);
    if (call->op == CP_STORED_CANCEL)
        return uncancelled_write(out);
    if (call->op == CP_STORED_GET && call->stream)
        return responses_replay(call, J->get(record, "response"), out);
    if (call->op == CP_STORED_GET)
        return J->raw(out, J->get(record, "response"));
    (void)H->forget(call, id); /* it was there a moment ago */
    return deleted_write(id, out);
}
