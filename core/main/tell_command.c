/* SPDX-License-Identifier: MIT */
/*
 * tell_command - `claude-proxy -T`, `--options`, `-V`: what is configured, what can be, and what this program is.
 *
 * Libraries are asked for their versions by name: the running ones count, and each has its one door elsewhere.
 */
#include "main/tell_command.h"

#include "base/str.h"
#include "conf/conf.h"
#include "conf/manual.h"
#include "conf/show.h"
#include "conf/table.h"
#include "conf/value.h"
#include "main/study.h"
#include "plugin/loader.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

int tell_configuration(const struct conf_source *source)
{
    const struct study_options o = { .source = source };
    struct study s;
    struct buf out;

    study_read(&s, &o);
    fwrite(s.said.p ? s.said.p : "", 1, s.said.n, stderr);
    int rc = s.conf ? 0 : EX_CONFIG;
    buf_init(&out, SIZE_MAX);
    if (s.conf) {
        for (size_t i = 0; i < s.conf->files_n; i++)
            printf("# %.*s\n", STR_FMT(s.conf->files[i]));
        if (s.conf->managed_file.n)
            printf("# %.*s\n", STR_FMT(s.conf->managed_file));
        show_text(s.conf, true, true, &out);
        fwrite(out.p ? out.p : "", 1, out.n, stdout);
    }
    buf_fini(&out);
    study_close(&s);
    return rc;
}

static void tell_words(struct cp_str words, const char *before, const char *behind)
{
    struct cp_str word;

    for (; str_split(&words, '|', &word); before = ", ")
        printf("%s%.*s", before, STR_FMT(word));
    fputs(behind, stdout);
}

static void tell_option(const struct conf_entry *e)
{
    char env[TABLE_ENV_BYTES] = "", least[32], most[32];
    const char *preset = e->preset ? e->preset : "none";

    printf("%-32s %-9s default: %s\n", e->name, e->type, preset[0] ? preset : "empty");
    if (table_has_env(e))
        table_env_name(e, env);
    if (env[0] || e->env)
        printf("    environment: %s%s%s\n", env, env[0] && e->env ? ", " : "",
               e->env ? e->env : "");
    if (e->help[0])
        printf("    %s\n", e->help);
    if (e->words)
        tell_words(str_of(e->words), "    one of ", "\n");
    if (e->most > e->least) {
        value_spell(e, e->least, least);
        value_spell(e, e->most, most);
        printf("    from %s to %s\n", least, most);
    }
    if (e->is_fixed)
        printf("    a change needs a restart\n");
    if (e->is_local)
        printf("    only files, the environment and -o may say it\n");
}

int tell_options(const char *form)
{
    bool is_man = form && !strcmp(form, "man");
    size_t n;
    const struct conf_entry *e = conf_entries(&n);

    if (form && !is_man && strcmp(form, "text") != 0) {
        fprintf(stderr, "claude-proxy: options can be listed as text or as man\n");
        return EX_USAGE;
    }
    if (is_man) {
        struct buf out;
        buf_init(&out, SIZE_MAX);
        manual_write(&out);
        fwrite(out.p ? out.p : "", 1, out.n, stdout);
        buf_fini(&out);
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        tell_option(&e[i]);
    return 0;
}

static void tell_library(const char *name, const char *function)
{
    const char *version = loader_ask(function);

    printf("  %-16s %s\n", name, version ? version : "not loaded");
}

static void tell_libraries(void)
{
    puts("libraries:");
    tell_library("libmicrohttpd", "MHD_get_version");
    tell_library("libcurl", "curl_version");
    tell_library("json-c", "json_c_version");
    tell_library("zlib", "zlibVersion");
    tell_library("zstd", "ZSTD_versionString");
}

void tell_version(int depth)
{
    puts("claude-proxy " VERSION_TEXT);
    if (depth < 2)
        return;
    printf("plugin ABI:  %d.%d\n", CP_ABI_MAJOR, CP_ABI_MINOR);
#if HAVE_SYSTEMD
    puts("features:    tls zstd br gzip systemd");
#else
    puts("features:    tls zstd br gzip");
#endif
    tell_libraries();
    puts("folders:");
    printf("  %-16s %s\n", "configuration", SYSCONFDIR "/claude-proxy/claude-proxy.conf");
    printf("  %-16s %s\n", "plugins", PLUGINDIR);
    printf("  %-16s %s\n", "panel", WWWDIR);
    printf("  %-16s %s\n", "state", "$STATE_DIRECTORY, else ~/.local/state/claude-proxy");
}
