/* SPDX-License-Identifier: MIT */
/*
 * read - a configuration file's text to nodes; the only file pair that knows libconfig.
 *
 * The tree is copied at once and libconfig's own is wiped and destroyed: it holds keys in clear.
 */
#include "conf/read.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/files.h"
#include "conf/node.h"
#include "conf/precheck.h"

#include <libconfig.h>

#include <stdio.h>
#include <stdlib.h>

enum { REPORT_BYTES = 64 << 10 };

struct reader {
    struct arena *arena;
    struct cp_str file;
};

static struct cp_str read_where(const struct reader *r, const config_setting_t *s)
{
    return arena_printf(r->arena, "%.*s:%u", STR_FMT(r->file),
                        (unsigned)config_setting_source_line(s));
}

static enum node_kind read_kind(const config_setting_t *s)
{
    switch (config_setting_type(s)) {
    case CONFIG_TYPE_GROUP:
        return NODE_GROUP;
    case CONFIG_TYPE_LIST:
    case CONFIG_TYPE_ARRAY:
        return NODE_LIST;
    case CONFIG_TYPE_STRING:
        return NODE_STRING;
    case CONFIG_TYPE_BOOL:
        return NODE_BOOL;
    case CONFIG_TYPE_FLOAT:
        return NODE_FLOAT;
    default:
        return NODE_INT;
    }
}

/* The shortest spelling that reads back as the same number. */
static struct cp_str read_float(struct arena *arena, double value)
{
    char text[40];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) >= value && strtod(text, NULL) <= value)
            break;
    }
    return arena_copy(arena, str_of(text));
}

static struct cp_str read_scalar(const struct reader *r, const config_setting_t *s)
{
    struct cp_str text;
    switch (config_setting_type(s)) {
    case CONFIG_TYPE_STRING:
        text = str_of(config_setting_get_string(s));
        return arena_copy(r->arena, text.p ? text : STR(""));
    case CONFIG_TYPE_BOOL:
        return config_setting_get_bool(s) ? STR("true") : STR("false");
    case CONFIG_TYPE_FLOAT:
        return read_float(r->arena, config_setting_get_float(s));
    case CONFIG_TYPE_INT:
        return arena_printf(r->arena, "%d", config_setting_get_int(s));
    default:
        return arena_printf(r->arena, "%lld", config_setting_get_int64(s));
    }
}

static struct node *read_node(const struct reader *r, const config_setting_t *s)
{
    struct node *n =
        node_new(r->arena, read_kind(s), str_of(config_setting_name(s)), read_where(r, s));
    if (node_is_scalar(n)) {
        n->text = read_scalar(r, s);
        return n;
    }
    for (int i = 0; i < config_setting_length(s); i++)
        node_append(n, read_node(r, config_setting_get_elem(s, (unsigned)i)));
    return n;
}

static void read_wipe(const config_setting_t *s)
{
    if (config_setting_type(s) == CONFIG_TYPE_STRING)
        node_wipe_text(str_of(config_setting_get_string(s)));
    if (config_setting_is_aggregate(s))
        for (int i = 0; i < config_setting_length(s); i++)
            read_wipe(config_setting_get_elem(s, (unsigned)i));
}

struct node *read_text(struct arena *arena, struct cp_str file, struct cp_str text,
                       struct conf_report *report)
{
    if (!precheck_text(file, &text, report))
        return NULL;

    struct node *root = NULL;
    config_t config;
    config_init(&config);
    if (config_read_string(&config, text.p)) {
        struct reader r = { arena, file };
        root = read_node(&r, config_root_setting(&config));
    } else {
        struct cp_str where =
            arena_printf(arena, "%.*s:%d", STR_FMT(file), config_error_line(&config));
        conf_complain(report, true, where, "%s", config_error_text(&config));
    }
    read_wipe(config_root_setting(&config));
    config_destroy(&config);
    return root;
}

int read_own(struct arena *arena, const char *path, struct node **root, struct err *err)
{
    const char *slash = strrchr(path, '/');
    struct cp_str text;
    struct buf lines;
    int rc = files_read(arena, str_of(path), FILES_CONF_BYTES, &text, err);

    if (rc)
        return rc;
    buf_init(&lines, REPORT_BYTES);
    struct conf_report report = { .out = &lines };
    *root = read_text(arena, str_of(slash ? slash + 1 : path), text, &report);
    if (!*root || report.errors)
        rc = conf_first_error(buf_str(&lines), path, "cannot be read", err);
    buf_fini(&lines);
    return rc;
}
