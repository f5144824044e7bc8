/* SPDX-License-Identifier: MIT */
/*
 * import - the predecessor's .env and config.json as configuration of ours.
 */
#include "admin/import.h"

#include "admin/import_part.h"
#include "base/arena.h"
#include "base/str.h"
#include "base/utf8.h"
#include "conf/node.h"
#include "json/tree.h"

#include <stdarg.h>
#include <stdio.h>

enum { SENTENCE_BYTES = 600 };

void import_say(struct import *im, const char *list, const char *fmt, ...)
{
    char text[SENTENCE_BYTES];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args); /* a longer one is cut */
    va_end(args);
    struct cp_str s = import_clean(im, str_of(text));
    tree_append(tree_get(im->report, list), tree_text(str_cut(s, utf8_valid(s))));
}

struct cp_str import_clean(struct import *im, struct cp_str text)
{
    if (!text.p)
        return text;
    struct cp_str copy = arena_copy(im->arena, str_trim(text));
    for (char *p = (char *)(uintptr_t)copy.p; p < copy.p + copy.n; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7F)
            *p = ' ';
    return copy;
}

/* ---- reading ---- */

static int import_read_config(struct import *im, const struct import_source *source,
                              struct err *err)
{
    struct cp_str text = source->config;

    if (!text.p)
        return 0;
    if (str_begins(text, "\xEF\xBB\xBF"))
        text = str_from(text, 3);
    struct err why = { 0 };
    struct tree *t = tree_parse(text, &why);
    if (!t)
        return err_set(err, E_SYNTAX, "config.json", "%s%s%s", why.what,
                       why.where[0] ? ", at " : "", why.where);
    int rc = import_config(im, t, source->wall_ms, err);
    tree_free(t);
    return rc;
}

int import_read(struct import *im, struct arena *arena, const struct import_source *source,
                struct err *err)
{
    *im = (struct import){ .arena = arena, .report = tree_object() };
    im->root = node_new(im->arena, NODE_GROUP, STR_NONE, STR("import"));
    tree_put(im->report, IMPORT_TAKEN, tree_array());
    tree_put(im->report, IMPORT_CHANGED, tree_array());
    tree_put(im->report, IMPORT_NOT, tree_array());

    int rc = source->env.p ? import_env(im, source->env, err) : 0;
    if (!rc)
        rc = import_read_config(im, source, err);
    if (!rc && !source->env.p && !source->config.p)
        rc = err_set(err, E_SYNTAX, "", "there is neither a .env nor a config.json");
    if (rc)
        tree_free(import_fini(im));
    return rc;
}

struct tree *import_fini(struct import *im)
{
    struct tree *report = im->report;

    if (im->root)
        node_wipe(im->root);
    node_wipe_text(im->access_key);
    *im = (struct import){ 0 };
    return report;
}
