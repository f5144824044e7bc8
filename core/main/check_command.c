/* SPDX-License-Identifier: MIT */
/*
 * check_command - `claude-proxy -t`, `-tt`, `--check-plugins`, `--list-adapters`: everything that is wrong, at once.
 *
 * Errors go first, in the order in which they were met; notes and warnings follow, so that the end of a long report is not
 * taken for all of it.  -tt looks at this machine, as this user: who will run the gateway should run it.
 */
#include "main/check_command.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/node.h"
#include "loop/server.h"
#include "main/listen.h"
#include "main/study.h"
#include "plugin/loader.h"
#include "plugin/options.h"
#include "plugin/vault.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { LIST_BYTES = 1 << 20 };

static bool check_is_error(struct cp_str line)
{
    return str_find(line, STR(": error: ")) >= 0;
}

static void check_print(struct cp_str lines)
{
    for (int pass = 0; pass < 2; pass++) {
        struct cp_str rest = lines, line;
        while (str_split(&rest, '\n', &line))
            if (line.n && check_is_error(line) == !pass)
                fprintf(stderr, "%.*s\n", STR_FMT(line));
    }
}

/* Where it was said, else its name. */
static struct cp_str check_where(const struct conf *c, const char *option)
{
    const struct node *n = node_at(c->said, str_of(option));
    return n ? n->where : str_of(option);
}

static void check_listeners(struct study *s)
{
    const struct conf *c = s->conf;
    struct cp_str where = check_where(c, node_at(c->said, STR("port")) ? "port" : "listen");

    for (size_t i = 0; i < c->listeners_n; i++) {
        const struct conf_listener *l = &c->listeners[i];
        struct err err = { 0 };
        int fd = listen_open(l, &err);
        if (fd >= 0)
            close(fd);
        else
            /* Mostly it is our own gateway that serves there while its next configuration is tried. */
            conf_complain(&s->report, errno != EADDRINUSE, where, "%s", err.what);
        if (!l->cert_file.n)
            continue;
        struct server_tls *tls = server_tls_load(arena_z(c->arena, l->cert_file),
                                                 arena_z(c->arena, l->key_file), &err);
        if (!tls)
            conf_complain(&s->report, true, where, "%.*s: %s", STR_FMT(l->cert_file), err.what);
        server_tls_unref(tls);
    }
}

static void check_people(struct study *s)
{
    const struct conf *c = s->conf;

    if (c->user.n && !getpwnam(arena_z(c->arena, c->user)))
        conf_complain(&s->report, true, check_where(c, "user"), "there is no user \"%.*s\"",
                      STR_FMT(c->user));
    if (c->control_group.n && !getgrnam(arena_z(c->arena, c->control_group)))
        conf_complain(&s->report, true, check_where(c, "control.group"),
                      "there is no group \"%.*s\"", STR_FMT(c->control_group));
}

static void check_state_dir(struct study *s)
{
    const struct conf *c = s->conf;
    struct stat st;
    char *dir = arena_z(c->arena, c->state_dir);

    if (!c->state_dir.n)
        conf_complain(&s->report, false, STR("state_dir"),
                      "there is none: nothing will be remembered, and the administration "
                      "cannot change anything");
    else if (stat(dir, &st))
        conf_complain(&s->report, false, check_where(c, "state_dir"), "%s: %s", dir,
                      strerror(errno));
    else if (!S_ISDIR(st.st_mode))
        conf_complain(&s->report, true, check_where(c, "state_dir"), "%s is no folder", dir);
    else if (access(dir, R_OK | W_OK | X_OK))
        conf_complain(&s->report, true, check_where(c, "state_dir"),
                      "%s cannot be written by this user: %s", dir, strerror(errno));
}

static void check_log_file(struct study *s)
{
    const struct conf *c = s->conf;
    struct cp_str dir = STR(".");
    const char *slash = c->log_file.n ? memrchr(c->log_file.p, '/', c->log_file.n) : NULL;

    if (!c->log_file.n)
        return;
    if (slash)
        dir = slash == c->log_file.p ? STR("/")
                                     : str_cut(c->log_file, (size_t)(slash - c->log_file.p));
    const char *file = arena_z(c->arena, c->log_file), *folder = arena_z(c->arena, dir);
    if (access(access(file, F_OK) ? folder : file, W_OK))
        conf_complain(&s->report, true, check_where(c, "log.file"),
                      "%s cannot be written by this user: %s", file, strerror(errno));
}

static int check_select(const struct dirent *e)
{
    return str_begins(str_of(e->d_name), "history");
}

/* Before the first start there is nothing to be opened. */
static bool check_has_history(const char *dir)
{
    struct dirent **entries = NULL;
    int n = scandir(dir, &entries, check_select, NULL);

    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
    return n > 0;
}

static void check_store(struct study *s)
{
    const struct conf *c = s->conf;
    struct cp_str name = c->history.store;
    struct vault *vault = NULL;
    struct err err = { 0 };

    if (!name.n)
        return;
    const struct depot *depot = registry_store(s->registry, name);
    if (!depot) {
        conf_complain(&s->report, false, check_where(c, "history.store"),
                      "no plugin has the store \"%.*s\": requests will not be remembered",
                      STR_FMT(name));
        return;
    }
    if (!c->state_dir.n || !check_has_history(arena_z(c->arena, c->state_dir)))
        return;
    int rc = vault_open(depot, NULL, 0, arena_z(c->arena, c->state_dir), CP_STORE_READ, &vault,
                        &err);
    if (rc && rc != E_ABSENT)
        conf_complain(&s->report, false, check_where(c, "history.store"), "%s", err.what);
    vault_close(vault);
}

static void check_machine(struct study *s)
{
    check_listeners(s);
    check_people(s);
    check_state_dir(s);
    check_log_file(s);
    check_store(s);
    if (s->refused > 0)
        conf_complain(&s->report, true, check_where(s->conf, "plugins.dir"),
                      "%d plugins were refused; --check-plugins tells why", s->refused);
}

static void check_praise(const struct study *s)
{
    const struct conf *c = s->conf;

    printf("configuration is fine: %zu channels, %u warnings (", c->channels_n,
           s->report.warnings);
    for (size_t i = 0; i < c->files_n; i++)
        printf("%s%.*s", i ? ", " : "", STR_FMT(c->files[i]));
    printf("%s)\n", c->files_n ? "" : "no file");
}

int check_command(const struct study_options *o, int depth, bool is_quiet)
{
    struct study s;

    study_read(&s, o);
    if (s.conf && study_load(&s, o))
        study_build(&s);
    if (s.setup && depth > 1)
        check_machine(&s);
    bool is_good = s.setup && !s.report.errors;
    if (!is_quiet) {
        check_print(buf_str(&s.said));
        if (is_good)
            check_praise(&s);
        else
            fprintf(stderr, "claude-proxy: the configuration is bad: %u errors, %u warnings\n",
                    s.report.errors, s.report.warnings);
    }
    study_close(&s);
    return is_good ? 0 : EX_CONFIG;
}

int check_plugins_command(const struct study_options *o, bool is_quiet)
{
    struct study s;
    size_t i;

    study_read(&s, o);
    bool is_good = study_load(&s, o) && !s.refused;
    for (i = 0; !is_quiet && i < registry_count(s.registry); i++) {
        const struct adapter *a = registry_at(s.registry, i);
        printf("%-10s adapter  %s %s  %s\n", a->hooks.dialect, a->plugin, a->version, a->file);
    }
    const struct depot *d;
    for (i = 0; !is_quiet && (d = registry_store_at(s.registry, i)); i++)
        printf("%-10s store    %s %s  %s\n", d->hooks.name, d->plugin, d->version, d->file);
    if (!is_quiet && s.refused > 0)
        fprintf(stderr, "claude-proxy: %d plugins were refused\n", s.refused);
    if (!is_quiet && s.refused < 0)
        check_print(buf_str(&s.said));
    study_close(&s);
    return is_good ? 0 : EX_CONFIG;
}

int list_adapters_command(const struct study_options *o)
{
    struct study s;
    struct buf out;

    buf_init(&out, LIST_BYTES);
    study_read(&s, o);
    bool is_good = study_load(&s, o);
    for (size_t i = 0; is_good && i < registry_count(s.registry); i++) {
        const struct adapter *a = registry_at(s.registry, i);
        options_help(&out, &a->hooks);
        (void)buf_printf(&out, "    (for clients of the family %s; from %s)\n\n",
                         a->hooks.family, a->file);
    }
    if (!is_good)
        check_print(buf_str(&s.said));
    fwrite(out.p ? out.p : "", 1, out.n, stdout);
    buf_fini(&out);
    study_close(&s);
    return is_good ? 0 : EX_CONFIG;
}
