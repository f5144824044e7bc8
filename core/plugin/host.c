/* SPDX-License-Identifier: MIT */
/*
 * host - the services table that plugins call, and what stands behind its opaque types.
 *
 * The table is const and the same for all plugins. What a plugin writes is in host_out.c, where its
 * requests go in host_head.c, names and opaque state in host_names.c, the ledger in host_ledger.c,
 * JSON in host_json.c.
 *
 * What alloc() gives lives as long as the request; what the json service decodes is only lent for
 * the call. Within a body both are the same arena. In a stream the second kind would pile up with
 * every event, so there it goes to a scratch arena that is emptied after each.
 */
#include "plugin/host.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/str.h"
#include "plugin/breadcrumb.h"
#include "plugin/options.h"

#include <stdarg.h>
#include <stdio.h>

enum { CALL_BUDGET_BYTES = 64 << 20, SCRATCH_BYTES = 1024, TEXT_MOST = 1 << 30 };

void host_call_init(struct host_call *hc, struct arena *arena, struct ledger *ledger)
{
    memset(hc, 0, offsetof(struct host_call, err));
    hc->err.code = 0;
    hc->err.where[0] = hc->err.what[0] = '\0';
    hc->arena = arena;
    hc->scratch = NULL;
    hc->ledger = ledger;
    hc->checked = STR_NONE;
    hc->renamed = NULL;
    hc->used = 0;
    hc->is_starved = false;
    hc->budget = CALL_BUDGET_BYTES;
    hc->header = NULL;
    hc->header_ctx = NULL;
    hc->desk = NULL;
    hc->desk_ctx = NULL;
    hc->client_body = STR_NONE;
    hc->call.want = CP_WANT_ALL;
    hc->call.attempt = 1;
}

void host_call_fini(struct host_call *hc)
{
    map_free(hc->renamed);
    arena_free(hc->scratch);
    hc->renamed = NULL;
    hc->scratch = NULL;
}

void host_call_stream(struct host_call *hc)
{
    if (!hc->scratch)
        hc->scratch = arena_new(SCRATCH_BYTES, 0);
}

void host_call_next(struct host_call *hc)
{
    if (!hc->scratch)
        return;
#ifdef SANITIZED
    /* who keeps what was lent for one event shall be found */
    arena_free(hc->scratch);
    hc->scratch = arena_new(SCRATCH_BYTES, 0);
#else
    arena_reset(hc->scratch);
#endif
}

static struct host_call *host_of(struct cp_call *call)
{
    return (struct host_call *)(void *)call;
}

bool host_is_text(struct cp_str s)
{
    return s.n < TEXT_MOST && (s.p || !s.n);
}

/* A careless plugin may take what a stranger sent for a format.  The others only show what should not be shown; %n writes. */
static bool is_tame(const char *fmt)
{
    for (const char *at = fmt; at && (at = strchr(at, '%')); at++) {
        at += 1 + strspn(at + 1, "0123456789 #+-'.*$hlLqjzt");
        if (*at == 'n')
            return false;
        if (!*at)
            break;
    }
    return fmt != NULL;
}

CP_PRINTF(3, 0) static void say(char *out, size_t n, const char *fmt, va_list args)
{
    if (is_tame(fmt))
        (void)vsnprintf(out, n, fmt, args); /* what is too long is cut */
    else
        (void)snprintf(out, n, "%s", fmt ? fmt : "");
}

static void *service_alloc(struct cp_call *call, size_t n)
{
    struct host_call *hc = host_of(call);
    void *p = call && n <= hc->budget - hc->used ? arena_alloc(hc->arena, n) : NULL;

    if (p)
        hc->used += n;
    else if (call)
        hc->is_starved = true;
    return p;
}

CP_PRINTF(3, 4) static int service_fail(struct cp_call *call, int rc, const char *fmt, ...)
{
    char what[sizeof(((struct err *)0)->what)];
    struct err *err = call ? &host_of(call)->err : breadcrumb_now.err;
    va_list args;

    va_start(args, fmt);
    say(what, sizeof(what), fmt, args);
    va_end(args);
    return err_set(err, rc < 0 ? rc : E_BUG, "", "%s", what);
}

CP_PRINTF(4, 5)
static int service_fail_item(struct cp_call *call, int rc, const struct cp_item *it,
                             const char *fmt, ...)
{
    char what[sizeof(((struct err *)NULL)->what)];
    va_list args;

    va_start(args, fmt);
    say(what, sizeof(what), fmt, args);
    va_end(args);
    struct cp_str path = ledger_path_item(call, it);
    return service_fail(call, rc, "%.*s: %s", STR_FMT(path), what);
}

CP_PRINTF(2, 3) static void service_log(int level, const char *fmt, ...)
{
    char what[1024];
    va_list args;

    va_start(args, fmt);
    say(what, sizeof(what), fmt, args);
    va_end(args);
    if (level < CP_LOG_ERROR || level > CP_LOG_DEBUG)
        level = CP_LOG_WARN;
    const char *plugin = breadcrumb_now.plugin ? breadcrumb_now.plugin : "plugin";
    log_record(level, "plugin", &(struct log_field){ "plugin", LOG_STR, str_of(plugin), 0 }, 1,
               "%s: %s", plugin, what);
}

static struct cp_str service_get_header(const struct cp_call *call, int phase, const char *name)
{
    const struct host_call *hc = (const struct host_call *)(const void *)call;
    if (!hc->header || !name || head_is_credential(str_of(name)))
        return STR_NONE;
    return hc->header(hc->header_ctx, phase, name);
}

static int service_emulate(struct cp_call *call, const char *param)
{
    struct host_call *hc = host_of(call);
    return hc->desk && hc->desk->emulate && param ? hc->desk->emulate(hc->desk_ctx, param) : 0;
}

static int service_remember(struct cp_call *call, struct cp_str id, struct cp_str under,
                            struct cp_str bytes)
{
    struct host_call *hc = host_of(call);
    if (!hc->desk || !hc->desk->remember || !id.n || !host_is_text(id) ||
        !host_is_text(under) || !host_is_text(bytes))
        return E_LIMIT;
    return hc->desk->remember(hc->desk_ctx, id, under, bytes);
}

static struct cp_str service_recall(struct cp_call *call, struct cp_str id)
{
    struct host_call *hc = host_of(call);
    return hc->desk && hc->desk->recall && id.n && host_is_text(id)
               ? hc->desk->recall(hc->desk_ctx, id)
               : STR_NONE;
}

static int service_forget(struct cp_call *call, struct cp_str id)
{
    struct host_call *hc = host_of(call);
    return hc->desk && hc->desk->forget && id.n && host_is_text(id)
               ? hc->desk->forget(hc->desk_ctx, id)
               : 0;
}

static const void *service_find(const char *name, uint32_t version)
{
    return name && strcmp(name, "json") == 0 && version == 1 ? host_json() : NULL;
}

const struct cp_host *host_table(void)
{
    static const struct cp_host table = {
        .size = sizeof(struct cp_host),
        .minor = CP_ABI_MINOR,
        .version = VERSION_TEXT,
        .alloc = service_alloc,
        .fail = service_fail,
        .log = service_log,
        .now_ms = clock_wall_ms,
        .emit = tape_emit,
        .item = tape_item,
        .write = out_write,
        .frame = out_frame,
        .frame_open = out_frame_open,
        .frame_close = out_frame_close,
        .set_status = out_set_status,
        .set_path = head_set_path,
        .add_query = head_add_query,
        .add_header = head_add_header,
        .place_key = head_place_key,
        .key_begins = head_key_begins,
        .get_header = service_get_header,
        .conf_str = options_str,
        .conf_int = options_int,
        .note = ledger_note,
        .rename = names_rename,
        .original = names_original,
        .digest = names_digest,
        .wrap = names_wrap,
        .unwrap = names_unwrap,
        .service = service_find,
        .note_item = ledger_note_item,
        .emulate = service_emulate,
        .remember = service_remember,
        .recall = service_recall,
        .forget = service_forget,
        .fail_item = service_fail_item,
    };
    return &table;
}
