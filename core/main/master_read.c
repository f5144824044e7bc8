/* SPDX-License-Identifier: MIT */
/*
 * master_read - the configuration at the start; everything that can be said against them is said at once.
 */
#include "main/master_private.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"

#include <stdio.h>

void master_say(struct cp_str lines)
{
    struct cp_str line;

    while (str_split(&lines, '\n', &line))
        if (line.n)
            log_msg(str_find(line, STR("error:")) >= 0 ? CP_LOG_ERROR : CP_LOG_WARN, "%.*s",
                    STR_FMT(line));
}

/* is_again: the plugins are loaded, and warnings were told the first time.  NULL: why is on standard error. */
static struct setup *read_all(struct master *m, bool is_again)
{
    struct conf_report report = { 0 };
    struct setup *s = NULL;
    struct buf out;

    buf_init(&out, MASTER_REPORT_BYTES);
    report.out = &out;
    struct conf *c = conf_read(m->o->source, &report);
    if (c && (is_again || !master_load_plugins(m, c)))
        s = setup_build(c, m->registry, &m->health, &report);
    else
        conf_unref(c);
    if (!is_again || !s)
        fprintf(stderr, "%.*s", (int)out.n, out.p ? out.p : "");
    buf_fini(&out);
    return s;
}

struct setup *master_read(struct master *m)
{
    return read_all(m, false);
}

int master_read_again(struct master *m, struct err *err)
{
    struct setup *s = read_all(m, true);

    if (!s)
        return err_set(err, E_CONFIG, "upgrade", "the configuration is bad");
    setup_unref(m->setup);
    m->setup = s;
    master_remember(m, s->conf);
    return 0;
}
