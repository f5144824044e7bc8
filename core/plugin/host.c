/* SPDX-License-Identifier: MIT */
/*
 * host - the services table that plugins call, and what stands behind its opaque types.
 *
 * The table is const and the same for all plugins. What a plugin writes is in host_out.c, where its
 * requests go in host_head.c, names and opaque state in host_names.c, JSON in host_json.c.
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

enum { LEDGER_LINES = 256, CALL_BUDGET_BYTES = 64 << 20, SCRATCH_BYTES = 1024 };

void ledger_init(struct ledger *l)
{
    memset(l, 0, sizeof(*l));
    l->tail = &l->first;
}

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
    hc->budget = CALL_BUDGET_BYTES;
    hc->header = NULL;
    hc->header_ctx = NULL;
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

static void *service_alloc(struct cp_call *call, size_t n)
{
    struct host_call *hc = host_of(call);
    if (!call || n > hc->budget - hc->used)
        return NULL;
    void *p = arena_alloc(hc->arena, n);
    if (p)
        hc->used += n;
    return p;
}

CP_PRINTF(3, 4) static int service_fail(struct cp_call *call, int rc, const char *fmt, ...)
{
    char what[sizeof(((struct err *)0)->what)];
    struct err *err = call ? &host_of(call)->err : breadcrumb_now.err;
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    return err_set(err, rc < 0 ? rc : E_BUG, "", "%s", what);
}

CP_PRINTF(2, 3) static void service_log(int level, const char *fmt, ...)
{
    char what[1024];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    if (level < CP_LOG_ERROR || level > CP_LOG_DEBUG)
        level = CP_LOG_WARN;
    log_msg(level, "%s: %s", breadcrumb_now.plugin ? breadcrumb_now.plugin : "plugin", what);
}

static struct cp_str service_get_header(const struct cp_call *call, int phase, const char *name)
{
    const struct host_call *hc = (const struct host_call *)(const void *)call;
    if (!hc->header || !name || head_is_credential(str_of(name)))
        return STR_NONE;
    return hc->header(hc->header_ctx, phase, name);
}

static void service_note(struct cp_call *call, int deed, struct cp_str path, const char *why)
{
    struct host_call *hc = host_of(call);
    struct ledger *l = hc->ledger;
    if (!l || deed < CP_MAPPED || deed > CP_REPAIRED)
        return;
    l->counts[deed]++;
    if (l->lines == LEDGER_LINES)
        return;
    struct ledger_line *line = arena_need(hc->arena, sizeof(*line));
    line->deed = (uint32_t)deed;
    line->path = arena_copy(hc->arena, path);
    line->why = arena_copy(hc->arena, str_of(why ? why : ""));
    *l->tail = line;
    l->tail = &line->next;
    l->lines++;
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
        .note = service_note,
        .rename = names_rename,
        .original = names_original,
        .digest = names_digest,
        .wrap = names_wrap,
        .unwrap = names_unwrap,
        .service = service_find,
    };
    return &table;
}
