/* SPDX-License-Identifier: MIT */
/*
 * abi1 - a plugin's structs of any minor as today's, checked.
 *
 * A struct that a plugin allocated says how large it was when the plugin was built. What it has
 * beyond that is not read; what we know beyond it becomes NULL or 0, and each such hook has a
 * documented meaning when it is missing. So neither side ever looks past the other's end.
 */
#include "plugin/abi1.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "plugin/media.h"
#include "plugin/source.h"

#include <claude-proxy/store.h>

#include <stdlib.h>

enum { NAME_BYTES = 32, ENDPOINTS_MOST = 64, OPTIONS_MOST = 64, SESSIONS_MOST = 32 };

/* What the first minor had; less is broken. */
static const size_t plugin_least = offsetof(struct cp_plugin, unload) + sizeof(void (*)(void));
static const size_t adapter_least = offsetof(struct cp_adapter, extension);
static const size_t endpoint_least = offsetof(struct cp_endpoint, when_header);
static const size_t option_least = offsetof(struct cp_option, help) + sizeof(char *);
static const size_t store_least = offsetof(struct cp_store, read_other);

static int refuse(struct err *err, const char *where, const char *why)
{
    return err_set(err, E_BUG, where, "%s", why);
}

static bool is_name(const char *s)
{
    struct cp_str name = str_of(s);
    for (size_t i = 0; i < name.n; i++)
        if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '_'))
            return false;
    return name.n > 0 && name.n <= NAME_BYTES;
}

static int check_arrays(const struct cp_plugin *full, struct err *err)
{
    if (full->adapters_n ? !full->adapters : !full->stores_n)
        return refuse(err, "adapters", "it has none, and no stores");
    if (full->stores_n && !full->stores)
        return refuse(err, "stores", "it has none where it says it has some");
    for (uint32_t i = 0; i < full->adapters_n; i++)
        if (!full->adapters[i])
            return refuse(err, "adapters", "one of them is NULL");
    for (uint32_t i = 0; i < full->stores_n; i++)
        if (!full->stores[i])
            return refuse(err, "stores", "one of them is NULL");
    return 0;
}

int abi1_plugin(const struct cp_plugin *given, struct cp_plugin *full, struct err *err)
{
    if (given->magic != CP_MAGIC)
        return refuse(err, "magic", "this is no plugin of ours");
    if (given->major != CP_ABI_MAJOR)
        return err_set(err, E_BUG, "major", "it speaks ABI %u, we speak %u", given->major,
                       (unsigned)CP_ABI_MAJOR);
    if (given->needs_minor > CP_ABI_MINOR)
        return err_set(err, E_BUG, "needs_minor", "it needs ABI %u.%u, we have %u.%u",
                       given->major, given->needs_minor, (unsigned)CP_ABI_MAJOR,
                       (unsigned)CP_ABI_MINOR);
    if (given->size < plugin_least)
        return refuse(err, "size", "its struct cp_plugin is too small");

    size_t n = given->size < sizeof(*full) ? given->size : sizeof(*full);
    memset(full, 0, sizeof(*full));
    memcpy(full, given, n);
    if (!is_name(full->name))
        return refuse(err, "name", "a plugin's name is made of a-z, 0-9 and _");
    return check_arrays(full, err);
}

/* Elements of any stride as today's; NULL when there are none. */
static void *restride(const void *from, uint32_t n, size_t stride, size_t size)
{
    char *to = mem_new(n, size);
    for (uint32_t i = 0; i < n; i++)
        memcpy(to + i * size, (const char *)from + i * stride, stride < size ? stride : size);
    return to;
}

static bool is_path_pattern(const char *path)
{
    struct cp_str s = str_of(path);
    if (!str_begins(s, "/") || s.n > 256)
        return false;
    ptrdiff_t at = str_find(s, STR("{"));
    if (at < 0)
        return str_chr(s, '}') < 0;
    struct cp_str rest = str_from(s, (size_t)at);
    if (!str_begins(rest, "{model}") && !str_begins(rest, "{id}"))
        return false;
    return str_find(str_from(rest, strlen("{")), STR("{")) < 0;
}

static bool is_method(const char *method)
{
    return method && (strcmp(method, "GET") == 0 || strcmp(method, "POST") == 0 ||
                      strcmp(method, "DELETE") == 0);
}

static int check_endpoint(const struct cp_endpoint *e, struct err *err)
{
    if (e->op == 0 || e->op > 63 || e->stream > 2)
        return refuse(err, "endpoints", "no such op, or stream is not 0, 1 or 2");
    if (!is_method(e->method))
        return refuse(err, "endpoints", "the method is none of GET, POST and DELETE");
    if (!is_path_pattern(e->path))
        return refuse(err, "endpoints", "the path is none, or has more than one {model}");
    if (e->when_header && !str_is_token(str_of(e->when_header)))
        return refuse(err, "endpoints", "when_header is no header's name");
    if (e->framing > CP_SSE_CRLF)
        return refuse(err, "endpoints", "a stream cannot be framed like that");
    return 0;
}

static int check_option(const struct cp_option *o, struct err *err)
{
    if (!is_name(o->name))
        return refuse(err, "options", "an option's name is made of a-z, 0-9 and _");
    if (o->type < CP_T_STRING || o->type > CP_T_BOOL)
        return refuse(err, "options", "no such type");
    return 0;
}

/* What the host itself reads and writes is JSON: lists of models, what is kept. */
static int check_door(const struct cp_adapter *a, const struct cp_endpoint *e, struct err *err)
{
    bool is_for_text = e->op == CP_CHAT || e->op == CP_COUNT_TOKENS || e->op == CP_COMPACT;

    if (!media_is_json(a) && !is_for_text)
        return refuse(err, "endpoints", "only JSON has doors for models and for what is kept");
    return check_endpoint(e, err);
}

static int take_endpoints(const struct cp_adapter *given, struct cp_adapter *full,
                          struct err *err)
{
    int rc = 0;
    if (given->endpoints_n == 0)
        return 0;
    if (!given->endpoints || given->endpoints_n > ENDPOINTS_MOST ||
        given->endpoint_size < endpoint_least)
        return refuse(err, "endpoints", "the array is not what it says");
    struct cp_endpoint *copy =
        restride(given->endpoints, given->endpoints_n, given->endpoint_size, sizeof(*copy));
    full->endpoints = copy;
    full->endpoints_n = given->endpoints_n;
    for (uint32_t i = 0; !rc && i < full->endpoints_n; i++)
        rc = check_door(full, &copy[i], err);
    return rc;
}

static int take_options(const struct cp_option *given, uint32_t n, size_t stride,
                        const struct cp_option **options, struct err *err)
{
    int rc = 0;
    if (n == 0)
        return 0;
    if (!given || n > OPTIONS_MOST || stride < option_least)
        return refuse(err, "options", "the array is not what it says");
    struct cp_option *copy = restride(given, n, stride, sizeof(*copy));
    *options = copy;
    for (uint32_t i = 0; !rc && i < n; i++)
        rc = check_option(&copy[i], err);
    return rc;
}

static int check_session(const struct cp_adapter *a, struct err *err)
{
    struct source source;

    if (a->session_n && (!a->session || a->session_n > SESSIONS_MOST))
        return refuse(err, "session", "the array is not what it says");
    for (uint32_t i = 0; i < a->session_n; i++) {
        if (!a->session[i])
            return refuse(err, "session", "one of them is NULL");
        if (source_read(a->session[i], &source))
            return err_set(err, E_BUG, "session",
                           "\"%.64s\" is none of header:NAME, body:PATH, body:PATH#MEMBER, "
                           "first:MEMBER,MEMBER, sealed:MEMBER",
                           a->session[i]);
    }
    return 0;
}

static int check_adapter(const struct cp_adapter *a, struct err *err)
{
    if (!is_name(a->dialect))
        return refuse(err, "dialect", "its name is made of a-z, 0-9 and _");
    if (!is_name(a->family))
        return refuse(err, "family", "its name is made of a-z, 0-9 and _");
    if (a->framing < CP_SSE || a->framing > CP_SSE_CRLF)
        return refuse(err, "framing", "no such framing");
    if (a->body_type && (!a->body_type[0] || !str_is_field_value(str_of(a->body_type))))
        return refuse(err, "body_type", "it is no media type");
    if (!a->decode || !a->encode)
        return refuse(err, a->dialect, "decode and encode are needed");
    if (!a->rx_open != !a->rx_frame || !a->rx_open != !a->rx_close)
        return refuse(err, a->dialect, "rx_open, rx_frame and rx_close come together");
    if (!a->tx_open != !a->tx_item || !a->tx_open != !a->tx_close)
        return refuse(err, a->dialect, "tx_open, tx_item and tx_close come together");
    return 0;
}

int abi1_adapter(const struct cp_adapter *given, struct cp_adapter *full, struct err *err)
{
    if (given->size < adapter_least)
        return refuse(err, "adapter", "its struct cp_adapter is too small");
    memset(full, 0, sizeof(*full));
    memcpy(full, given, given->size < sizeof(*full) ? given->size : sizeof(*full));
    full->size = sizeof(*full);
    full->endpoints = NULL;
    full->options = NULL;
    full->endpoints_n = full->options_n = 0;
    full->endpoint_size = sizeof(struct cp_endpoint);
    full->option_size = sizeof(struct cp_option);
    full->title = full->title ? full->title : full->dialect;

    int rc = check_adapter(full, err);
    rc = rc ? rc : check_session(full, err);
    rc = rc ? rc : take_endpoints(given, full, err);
    rc = rc ? rc
            : take_options(given->options, given->options_n, given->option_size, &full->options,
                           err);
    if (rc) {
        abi1_adapter_free(full);
        return rc;
    }
    full->options_n = given->options_n;
    return 0;
}

static int check_store(const struct cp_store *s, struct err *err)
{
    bool keeps_history = s->append, keeps_things = s->put;

    if (!is_name(s->name))
        return refuse(err, "stores", "a store's name is made of a-z, 0-9 and _");
    if (!s->open || !s->close)
        return refuse(err, s->name, "open and close are needed");
    if (!keeps_history && !keeps_things)
        return refuse(err, s->name, "it keeps neither history nor things");
    if (!s->find != !keeps_history || !s->sum != !keeps_history || !s->trim != !keeps_history ||
        !s->measure != !keeps_history)
        return refuse(err, s->name, "append, find, sum, trim and measure come together");
    if (!s->each != !keeps_things || !s->prune != !keeps_things)
        return refuse(err, s->name, "put, each and prune come together");
    return 0;
}

int abi1_store(const struct cp_store *given, struct cp_store *full, struct err *err)
{
    if (given->size < store_least)
        return refuse(err, "stores", "its struct cp_store is too small");
    memset(full, 0, sizeof(*full));
    memcpy(full, given, given->size < sizeof(*full) ? given->size : sizeof(*full));
    full->size = sizeof(*full);
    full->options = NULL;
    full->options_n = 0;
    full->option_size = sizeof(struct cp_option);
    full->title = full->title ? full->title : full->name;

    int rc = check_store(full, err);
    rc = rc ? rc
            : take_options(given->options, given->options_n, given->option_size, &full->options,
                           err);
    if (rc) {
        abi1_store_free(full);
        return rc;
    }
    full->options_n = given->options_n;
    return 0;
}

void abi1_store_free(struct cp_store *full)
{
    free((void *)(uintptr_t)full->options);
    full->options = NULL;
    full->options_n = 0;
}

/* The arrays are ours, made by restride(); the plugin's view of them is const. */
void abi1_adapter_free(struct cp_adapter *full)
{
    free((void *)(uintptr_t)full->endpoints);
    free((void *)(uintptr_t)full->options);
    full->endpoints = NULL;
    full->options = NULL;
    full->endpoints_n = full->options_n = 0;
}
