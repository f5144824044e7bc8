/* SPDX-License-Identifier: MIT */
/*
 * responses_tools_encode - tools of a tape, and which of them to use.
 *
 * A client of this dialect gets its namespaces back together and its hosted tools as they
 * were. Hosted tools of other makers are said in this dialect's words as far as it has them;
 * tools that a maker knows by name only are spelled out as functions.
 */
#include "responses.h"

#include <string.h>

enum hosted { HOSTED_NONE, HOSTED_SEARCH, HOSTED_CODE, HOSTED_SERVER };

/* What the tool is called by Claude, by Gemini, by chat. */
static enum hosted hosted_of(const struct cp_item *tool)
{
    static const struct {
        const char *begin;
        enum hosted hosted;
    } words[] = {
        { "web_search", HOSTED_SEARCH },    { "googleSearch", HOSTED_SEARCH },
        { "google_search", HOSTED_SEARCH }, { "web_fetch", HOSTED_SEARCH },
        { "urlContext", HOSTED_SEARCH },    { "url_context", HOSTED_SEARCH },
        { "code_execution", HOSTED_CODE },  { "codeExecution", HOSTED_CODE },
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (openai_text_begins(tool->id, words[i].begin) ||
            openai_text_begins(tool->name, words[i].begin))
            return words[i].hosted;
    if (openai_text_is(tool->id, "mcp_toolset") && J->kind(J->get(tool->meta, "url")) == '"')
        return HOSTED_SERVER;
    return HOSTED_NONE;
}

int responses_is_search(const struct cp_item *tool)
{
    return tool->sub == CP_TOOL_HOSTED && hosted_of(tool) == HOSTED_SEARCH;
}

static int is_sent(const struct responses_out *e, const struct cp_item *tool)
{
    struct cp_str prose, schema;

    if (tool->kind != CP_TOOL)
        return 0;
    if (tool->sub == CP_TOOL_HOSTED)
        return e->is_own || hosted_of(tool) != HOSTED_NONE;
    if (tool->sub == CP_TOOL_CLIENT)
        return e->is_own || chat_client_tool(tool, &prose, &schema);
    return 1;
}

/* ---- what a tool has beside -------------------------------------------------------------- */

/* Where the tool stood, from the root or, in an item, behind the item's place. */
static struct cp_str place_of(struct responses_out *e, uint32_t index, int is_space)
{
    uint32_t nested = (index & ~(uint32_t)RESPONSES_TOOL_ADDED) / RESPONSES_TOOL_NESTED;
    const char *dot = (index & RESPONSES_TOOL_ADDED) != 0 ? "." : "";

    if (nested == 0 || is_space)
        return openai_text_format(e->c.call, "%stools[%u]", dot, index & RESPONSES_TOOL_AT);
    return openai_text_format(e->c.call, "%stools[%u].tools[%u]", dot,
                              index & RESPONSES_TOOL_AT, nested - 1);
}

/* Is the native a member of what stood there?  A place in an item begins with a dot. */
static int is_at(const struct cp_item *it, struct cp_str place)
{
    struct cp_str path = it->name;
    size_t key = path.n, begin;

    while (key > 0 && path.p[key - 1] != '.')
        key--;
    if (key == 0 || key - 1 < place.n)
        return 0;
    begin = key - 1 - place.n;
    if (memcmp(path.p + begin, place.p, place.n) != 0)
        return 0;
    if (place.p[0] != '.')
        return begin == 0;
    return begin > 0 && memchr(path.p, ']', begin) == path.p + begin - 1; /* "input[0]" */
}

/* How many there were. */
static int natives_encode(struct responses_out *e, uint32_t index, int is_space)
{
    struct cp_str place = place_of(e, index, is_space), key;
    const struct cp_item *it;
    int n = 0;

    for (size_t i = 0; e->is_own && place.p != NULL && (it = H->item(e->c.tape, i)) != NULL;
         i++) {
        if (it->kind != CP_NATIVE || openai_text_find(it->name, "tools[") == 0 ||
            !is_at(it, place))
            continue;
        key = responses_native_key(e->c.call, it);
        if (key.p != NULL)
            chat_out_key_raw(&e->c, key.p, it->text);
        n += key.p != NULL;
    }
    return n;
}

/* ---- functions --------------------------------------------------------------------------- */

/* OpenAI refuses an object schema without properties; every other schema goes as it is. */
static void schema_encode(struct responses_out *e, const struct cp_item *tool)
{
    struct cp_str schema = openai_text_trim(tool->text), key, v;
    size_t at = 0;

    (void)J->key(e->c.out, "parameters"); /* an out remembers its failure; so everywhere here */
    if (J->kind(schema) != '{' || !J->each(schema, &at, &key, &v)) {
        (void)J->raw(e->c.out, S("{\"type\":\"object\",\"properties\":{}}"));
    } else if (tool->num != 1 && !e->is_own && J->get(schema, "properties").p == NULL &&
               J->is(J->get(schema, "type"), "object")) {
        struct cp_str parts[2] = { { schema.p, schema.n - 1 }, S(",\"properties\":{}}") };
        (void)J->raw(e->c.out, openai_text_join(e->c.call, parts, 2));
    } else {
        (void)J->raw(e->c.out, schema);
    }
}

/* The name without its namespace; *space is the namespace. */
static struct cp_str bare_name(const struct cp_item *tool, struct cp_str *space)
{
    struct cp_str name = tool->name;
    const size_t n = sizeof("namespace:") - 1;

    *space = (struct cp_str){ NULL, 0 };
    if (!openai_text_begins(tool->id, "namespace:"))
        return name;
    *space = (struct cp_str){ tool->id.p + n, tool->id.n - n };
    if (openai_text_is(*space, "functions") || name.n < space->n + 2)
        return name;
    return (struct cp_str){ name.p + space->n + 2, name.n - space->n - 2 };
}

/* A strict schema outside of the subset is refused; our own clients know what they do. */
static int is_strict(struct responses_out *e, const struct cp_item *tool)
{
    if (tool->num != 1 || e->is_own || chat_schema_is_strict(tool->text, 0))
        return tool->num == 1;
    H->note_item(e->c.call, CP_APPROXIMATED, tool,
                 "the service takes no such schema as a strict one");
    return 0;
}

static void function_encode(struct responses_out *e, const struct cp_item *tool)
{
    struct cp_str space, prose = tool->meta, schema = { NULL, 0 };
    struct cp_str name = bare_name(tool, &space);
    int is_custom = tool->sub == CP_TOOL_CUSTOM;

    if (tool->sub == CP_TOOL_CLIENT && chat_client_tool(tool, &prose, &schema))
        H->note_item(e->c.call, CP_MAPPED, tool, "the maker's tool spelled out as a function");
    (void)J->open(e->c.out, '{');
    chat_out_key_raw(&e->c, "type", is_custom ? S("\"custom\"") : S("\"function\""));
    chat_out_key_text(&e->c, "name", chat_out_name(&e->c, name));
    if (prose.p != NULL)
        chat_out_key_text(&e->c, "description", prose);
    if (is_custom && J->kind(tool->text) == '{')
        chat_out_key_raw(&e->c, "format", tool->text);
    if (!is_custom && schema.p != NULL)
        chat_out_key_raw(&e->c, "parameters", schema);
    else if (!is_custom)
        schema_encode(e, tool);
    /* A schema of another dialect is not made for strictness, which is what silence means
     * here. */
    if (!is_custom && (tool->num >= 0 || !e->is_own))
        chat_out_key_raw(&e->c, "strict", is_strict(e, tool) ? S("true") : S("false"));
    (void)natives_encode(e, tool->index, 0);
    (void)J->close(e->c.out);
}

/* ---- hosted tools ------------------------------------------------------------------------ */

static void location_encode(struct responses_out *e, struct cp_str v)
{
    struct cp_str inner = J->kind(v) == '{' ? J->get(v, "approximate") : v, key, one;
    size_t at = 0;

    if (J->kind(v) != '{')
        return;
    (void)J->key(e->c.out, "user_location");
    if (J->kind(inner) != '{') {
        (void)J->raw(e->c.out, v); /* Claude's is the same */
        return;
    }
    (void)J->open(e->c.out, '{');
    chat_out_key_raw(&e->c, "type", S("\"approximate\""));
    while (J->each(inner, &at, &key, &one))
        if (J->is(key, "city") || J->is(key, "country") || J->is(key, "region") ||
            J->is(key, "timezone"))
            chat_out_key_raw(&e->c, openai_text_copy(e->c.call, key).p, one);
    (void)J->close(e->c.out);
}

/* What the other makers' searches have and this one has not. */
static void search_losses(struct responses_out *e, const struct cp_item *tool)
{
    static const char *const lost[] = { "max_uses", "blocked_domains", "timeRangeFilter",
                                        "citations", "max_content_tokens" };
    struct cp_str search = J->get(tool->text, "googleSearch"); /* Gemini's stand inside */

    if (J->kind(search) != '{')
        search = tool->text;
    for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
        struct cp_item it = { CP_ITEM(PARAM), .text = J->get(search, lost[i]) };
        it.name = (struct cp_str){ lost[i], strlen(lost[i]) };
        if (!openai_json_null(it.text))
            H->note_item(e->c.call, CP_DROPPED, &it, "this dialect's search has no such thing");
    }
}

static void search_encode(struct responses_out *e, const struct cp_item *tool)
{
    struct cp_str domains = { NULL, 0 }, size = domains, place = domains;

    if (J->kind(tool->text) == '{') {
        domains = J->get(tool->text, "allowed_domains");
        size = J->get(tool->text, "search_context_size");
        place = J->get(tool->text, "user_location");
        search_losses(e, tool);
    }
    (void)J->open(e->c.out, '{');
    chat_out_key_raw(&e->c, "type", S("\"web_search\""));
    if (J->kind(domains) == '[') {
        (void)J->key(e->c.out, "filters");
        (void)J->open(e->c.out, '{');
        chat_out_key_raw(&e->c, "allowed_domains", domains);
        (void)J->close(e->c.out);
    }
    location_encode(e, place);
    if (J->kind(size) == '"')
        chat_out_key_raw(&e->c, "search_context_size", size);
    (void)J->close(e->c.out);
}

/* The names that a toolset allows, if it does not allow all; what is off by name is unsaid. */
static void allowed_tools_encode(struct responses_out *e, struct cp_str toolset)
{
    struct cp_str configs = J->get(toolset, "configs"), key, one;
    struct cp_str preset = J->get(J->get(toolset, "default_config"), "enabled");
    size_t at = 0;

    if (J->kind(preset) != 'f')
        return;
    (void)J->key(e->c.out, "allowed_tools");
    (void)J->open(e->c.out, '[');
    while (J->kind(configs) == '{' && J->each(configs, &at, &key, &one))
        if (J->kind(J->get(one, "enabled")) == 't')
            (void)J->string(e->c.out, key); /* names have nothing to escape */
    (void)J->close(e->c.out);
}

/* Tools of a remote server: Claude's stand in a toolset, its address in meta. */
static void server_encode(struct responses_out *e, const struct cp_item *tool)
{
    struct cp_str token = J->get(tool->meta, "authorization_token");

    (void)J->open(e->c.out, '{');
    chat_out_key_raw(&e->c, "type", S("\"mcp\""));
    chat_out_key_raw(&e->c, "server_label", J->get(tool->meta, "name"));
    chat_out_key_raw(&e->c, "server_url", J->get(tool->meta, "url"));
    if (J->kind(token) == '"')
        chat_out_key_raw(&e->c, "authorization", token);
    allowed_tools_encode(e, tool->text);
    chat_out_key_raw(&e->c, "require_approval", S("\"never\"")); /* Claude's never ask */
    (void)J->close(e->c.out);
}

static void hosted_encode(struct responses_out *e, const struct cp_item *tool, int *has_search)
{
    if (e->is_own) {
        (void)J->raw(e->c.out, tool->text);
        return;
    }
    H->note_item(e->c.call, CP_MAPPED, tool, "the like tool of this service");
    if (hosted_of(tool) == HOSTED_SERVER)
        server_encode(e, tool);
    else if (hosted_of(tool) == HOSTED_CODE)
        (void)J->raw(e->c.out,
                     S("{\"type\":\"code_interpreter\",\"container\":{\"type\":\"auto\"}}"));
    else if (!(*has_search)++) /* one tool both searches and opens pages */
        search_encode(e, tool);
}

/* ---- the list ---------------------------------------------------------------------------- */

/* Opens and closes the namespaces around what comes next. */
static void space_turn(struct responses_out *e, const struct cp_item *tool,
                       const struct cp_item **inside)
{
    struct cp_str space = { NULL, 0 };
    int is_same;

    if (tool != NULL)
        (void)bare_name(tool, &space);
    is_same = *inside != NULL && space.n > 0 && openai_text_same((*inside)->id, tool->id) &&
              ((*inside)->index & RESPONSES_TOOL_AT) == (tool->index & RESPONSES_TOOL_AT);
    if (is_same)
        return;
    if (*inside != NULL) {
        (void)J->close(e->c.out);
        (void)J->close(e->c.out);
    }
    *inside = space.n > 0 ? tool : NULL;
    if (*inside == NULL)
        return;
    (void)J->open(e->c.out, '{');
    chat_out_key_raw(&e->c, "type", S("\"namespace\""));
    chat_out_key_text(&e->c, "name", space);
    if (natives_encode(e, tool->index, 1) ==
        0) /* Codex's own have none, but the member is a must */
        chat_out_key_raw(&e->c, "description", S("\"\""));
    (void)J->key(e->c.out, "tools");
    (void)J->open(e->c.out, '[');
}

static int is_listed(const struct responses_out *e, const struct cp_item *it, int is_added)
{
    return is_sent(e, it) &&
           (e->is_own && (it->index & RESPONSES_TOOL_ADDED) != 0) == (is_added != 0);
}

static uint32_t list_count(const struct responses_out *e, int is_added)
{
    const struct cp_item *it;
    uint32_t n = 0;

    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        n += (uint32_t)is_listed(e, it, is_added);
    return n;
}

static void list_encode(struct responses_out *e, int is_added)
{
    const struct cp_item *it, *inside = NULL;
    int has_search = 0;

    (void)J->key(e->c.out, "tools");
    (void)J->open(e->c.out, '[');
    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL && it->kind != CP_MESSAGE; i++) {
        if (!is_listed(e, it, is_added))
            continue;
        space_turn(e, it, &inside);
        if (it->sub == CP_TOOL_HOSTED || (it->sub == CP_TOOL_CLIENT && e->is_own))
            hosted_encode(e, it, &has_search);
        else
            function_encode(e, it);
    }
    space_turn(e, NULL, &inside);
    (void)J->close(e->c.out);
}

void responses_added_encode(struct responses_out *e)
{
    if (list_count(e, 1) == 0)
        return;
    responses_item_open(e, "additional_tools");
    chat_out_key_raw(&e->c, "role", S("\"developer\""));
    list_encode(e, 1);
    responses_item_shut(e);
}

/* ---- choice ------------------------------------------------------------------------------ */

static const struct cp_item *choice_next(const struct responses_out *e, size_t *at)
{
    const struct cp_item *it;

    for (size_t i = *at; (it = H->item(e->c.tape, i)) != NULL && it->kind != CP_MESSAGE; i++) {
        *at = i + 1;
        if (it->kind == CP_TOOL_CHOICE)
            return it;
    }
    return NULL;
}

static const struct cp_item *tool_named(const struct responses_out *e, struct cp_str name)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (it->kind == CP_TOOL && openai_text_same(it->name, name))
            return it;
    return NULL;
}

/* {"type":"function","name":..}, {"type":"web_search"} */
static void named_encode(struct responses_out *e, struct cp_str name)
{
    const struct cp_item *tool = tool_named(e, name);
    struct cp_str space = { NULL, 0 };
    int is_hosted = tool != NULL &&
                    (tool->sub == CP_TOOL_HOSTED || (tool->sub == CP_TOOL_CLIENT && e->is_own));

    (void)J->open(e->c.out, '{');
    if (is_hosted) {
        chat_out_key_text(&e->c, "type",
                          e->is_own                        ? tool->id
                          : hosted_of(tool) == HOSTED_CODE ? S("code_interpreter")
                                                           : S("web_search"));
    } else {
        chat_out_key_raw(&e->c, "type",
                         tool != NULL && tool->sub == CP_TOOL_CUSTOM ? S("\"custom\"")
                                                                     : S("\"function\""));
        if (tool != NULL)
            name = bare_name(tool, &space);
        chat_out_key_text(&e->c, "name", chat_out_name(&e->c, name));
        if (space.n > 0 && !openai_text_is(space, "functions"))
            chat_out_key_text(&e->c, "namespace", space);
    }
    (void)J->close(e->c.out);
}

static void allowed_encode(struct responses_out *e, const struct cp_item *choice, size_t at)
{
    const struct cp_item *it;

    (void)J->open(e->c.out, '{');
    chat_out_key_raw(&e->c, "type", S("\"allowed_tools\""));
    chat_out_key_raw(&e->c, "mode",
                     choice->sub == CP_AMONG_ANY ? S("\"required\"") : S("\"auto\""));
    (void)J->key(e->c.out, "tools");
    (void)J->open(e->c.out, '[');
    for (; choice != NULL; choice = choice_next(e, &at)) {
        const struct cp_item *tool = tool_named(e, choice->name);
        if (tool == NULL || is_sent(e, tool))
            named_encode(e, choice->name);
    }
    for (size_t i = 0; e->is_own && (it = H->item(e->c.tape, i)) != NULL; i++)
        if (it->kind == CP_NATIVE && openai_text_begins(it->name, "tool_choice.tools["))
            (void)J->raw(e->c.out, it->text);
    (void)J->close(e->c.out);
    (void)J->close(e->c.out);
}

static void forced_check(struct responses_out *e)
{
    size_t at = 0;
    const struct cp_item *choice = choice_next(e, &at), *tool;

    tool = choice != NULL && choice->sub == CP_NAMED ? tool_named(e, choice->name) : NULL;
    if (tool != NULL && !is_sent(e, tool))
        e->c.rc = H->fail_item(e->c.call, CP_E_UNSUPPORTED, choice,
                               "the tool it forces cannot be sent to this upstream");
}

static void choice_encode(struct responses_out *e)
{
    size_t at = 0;
    const struct cp_item *choice = choice_next(e, &at);

    if (choice == NULL || !responses_may(e, "tool_choice"))
        return;
    (void)J->key(e->c.out, "tool_choice");
    if (choice->sub == CP_NAMED)
        named_encode(e, choice->name);
    else if (choice->sub == CP_AMONG_AUTO || choice->sub == CP_AMONG_ANY)
        allowed_encode(e, choice, at);
    else
        (void)J->raw(e->c.out, choice->sub == CP_ANY    ? S("\"required\"")
                               : choice->sub == CP_NONE ? S("\"none\"")
                                                        : S("\"auto\""));
}

static void unsent_note(struct responses_out *e)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (it->kind == CP_TOOL && !is_sent(e, it))
            H->note_item(e->c.call, CP_DROPPED, it,
                         it->sub == CP_TOOL_CLIENT
                             ? "its arguments are not documented"
                             : "a hosted tool that this upstream does not have");
}

static void toolless_note(struct responses_out *e)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (it->kind == CP_TOOL_CHOICE ||
            (it->kind == CP_PARAM && openai_text_is(it->name, "parallel_tools")))
            H->note_item(e->c.call, CP_DROPPED, it, "there are no tools");
}

void responses_tools_encode(struct responses_out *e)
{
    struct cp_str parallel = chat_out_param(&e->c, "parallel_tools");

    forced_check(e);
    unsent_note(e);
    if (list_count(e, 0) > 0 && responses_may(e, "tools"))
        list_encode(e, 0);
    else if (list_count(e, 1) == 0 && !e->is_own) {
        toolless_note(e); /* neither is taken without tools */
        return;
    }
    choice_encode(e);
    if (parallel.p != NULL && responses_may(e, "parallel_tool_calls"))
        chat_out_key_raw(&e->c, "parallel_tool_calls", parallel);
}
