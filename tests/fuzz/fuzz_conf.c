/* SPDX-License-Identifier: MIT */
/*
 * fuzz_conf - any bytes as a configuration file or as .env: an answer, no crash, no contradiction.
 *
 * The first byte says what the rest is: 'e' .env, whose names are put to the options, too; 'm' managed.conf below a file;
 * else a file.  What is accepted must be fit for use: every URL, key and rule of a snapshot is tried once, and what is said of it is
 * written out.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/dotenv.h"
#include "conf/env.h"
#include "conf/node.h"
#include "conf/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MUST(cond)                                                                             \
    do {                                                                                       \
        if (!(cond))                                                                           \
            abort();                                                                           \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

/* libconfig 1.5 loses a string token that its grammar did not expect there. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libconfig.so";
}

static void use_breaker(const struct conf_breaker *b)
{
    MUST(b->window >= 3 && b->window <= 64 && b->minimum >= 1 && b->minimum <= b->window);
    MUST(b->percent >= 1 && b->percent <= 100 && b->open_ms > 0 && b->age_ms >= 0);
}

static void use_channel(const struct conf *c, const struct conf_channel *ch,
                        struct arena *arena)
{
    struct buf url;
    buf_init(&url, 1 << 20);
    MUST(conf_channel(c, ch->id) == ch);
    MUST(ch->urls_n > 0 && ch->dialect.n > 0);
    MUST(ch->keys_n > 0 || ch->is_keyless || ch->status != CONF_ACTIVE);
    for (size_t i = 0; i < ch->urls_n; i++)
        conf_request_url(&url, &ch->urls[i], STR("v1"), STR("/messages"));
    for (size_t i = 0; i < ch->keys_n; i++) {
        MUST(secret_show(ch->keys[i].secret).n > 0);
        MUST(ch->keys[i].ordinal < c->upstream_keys_n);
        MUST(ch->keys[i].caps.concurrency >= 0 && ch->keys[i].caps.tpm >= 0);
    }
    for (size_t i = 0; i < ch->headers_n; i++)
        MUST(str_is_token(ch->headers[i].name));
    MUST(conf_map_model(ch, STR("claude-opus-4-5"), arena).p);
    (void)conf_serves_model(ch, STR("claude-opus-4-5")); /* either answer will do */
    use_breaker(&ch->breaker);
    MUST(ch->weight > 0 && ch->full.p && ch->keys_by.p && ch->caps.rpm >= 0);
    buf_fini(&url);
}

static void use_scheduler(const struct conf *c)
{
    MUST(c->scheduler.strategy.p && c->scheduler.hedge_percent >= 1);
    MUST(c->scheduler.hedge != CONF_HEDGE_AFTER || c->scheduler.hedge_ms > 0);
    use_breaker(&c->breaker);
    for (size_t i = 0; i < c->families_n; i++) {
        const struct conf_family *f = &c->families[i];
        MUST(conf_family(c, f->name) == f);
        (void)conf_is_fuzzy(c, f->name); /* either answer will do */
        for (size_t j = 0; j < f->order_n; j++)
            MUST(conf_channel(c, f->order[j]));
    }
    for (size_t i = 0; i < c->routes_n; i++) {
        MUST(c->routes[i].model.n > 0);
        for (size_t j = 0; j < c->routes[i].channels_n; j++)
            MUST(conf_channel(c, c->routes[i].channels[j]));
        /* A pattern fits its own text, so some route is found: this one or an earlier. */
        struct cp_str any = c->routes[i].families_n ? c->routes[i].families[0] : STR("chat");
        const struct conf_route *r = conf_route(c, any, c->routes[i].model);
        MUST(r && r <= &c->routes[i]);
    }
}

/* What is said comes out as text, whatever it is. */
static void use_said(const struct conf *c)
{
    struct buf out;
    struct show_option o;
    buf_init(&out, 16 << 20);
    MUST(c->said);
    show_text(c, true, true, &out);
    for (size_t i = 0; show_option(c, i, &o); i++)
        MUST(o.entry && o.name.n);
    buf_fini(&out);
}

static void use_conf(struct conf *c)
{
    struct arena *arena = arena_new(4096, 0);
    use_said(c);
    MUST(c->listeners_n > 0 && c->stream_low < c->stream_high);
    use_scheduler(c);
    for (size_t i = 0; i < c->channels_n; i++)
        use_channel(c, &c->channels[i], arena);
    arena_free(arena);
    conf_unref(c);
}

/* Below a file that says some of the same things. */
static void read_managed(const uint8_t *data, size_t size, struct conf_report *report)
{
    static const char file_text[] =
        "limits = { body = \"9MB\"; }; families = ( { name = \"chat\"; fuzzy = true; } );"
        "channels = ( { id = \"a\"; dialect = \"chat\"; base_url = \"https://a.example\";"
        " keys = [ \"0123456789abcdef\", \"fedcba9876543210\" ]; } );";
    char file[32];
    int fd = memfd_create("conf", MFD_CLOEXEC);
    MUST(fd >= 0 && write(fd, file_text, sizeof(file_text) - 1) > 0);
    snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
    struct conf_source source = { .file = file,
                                  .env_file = "/proc/self/environ", /* it has no size: empty */
                                  .managed = str_n((const char *)data, size) };
    struct conf *c = conf_read(&source, report);
    close(fd);
    MUST(!c == (report->errors > 0));
    if (!c)
        return;
    MUST(conf_channel(c, STR("a")) && c->body_bytes == 9 << 20);
    use_conf(c);
}

static void read_conf(const uint8_t *data, size_t size, struct conf_report *report)
{
    static const char *const env[] = { "K=0123456789abcdef", NULL };
    char file[32], env_file[32];
    int fd = memfd_create("conf", MFD_CLOEXEC), env_fd = memfd_create("env", MFD_CLOEXEC);
    MUST(fd >= 0 && env_fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
    snprintf(env_file, sizeof(env_file), "/proc/self/fd/%d", env_fd);
    struct conf_source source = { .file = file, .env_file = env_file, .env = env };
    struct conf *c = conf_read(&source, report);
    close(fd);
    close(env_fd);
    MUST(!c == (report->errors > 0));
    if (c)
        use_conf(c);
}

static void read_dotenv(struct cp_str text, struct conf_report *report)
{
    struct arena *arena = arena_new(4096, 0);
    struct env env;
    env_init(&env, arena, NULL);
    dotenv_parse(&env, STR(".env"), text, report);
    for (const struct env_var *v = env.first; v; v = v->next)
        MUST(v->name.n > 0 && v->value.n > 0 && env_find(&env, v->name) == v);
    env_apply(&env, node_new(arena, NODE_GROUP, STR_NONE, STR("fuzz")), report);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf said;
    buf_init(&said, 1 << 20);
    struct conf_report report = { .out = &said };
    if (size && data[0] == 'e')
        read_dotenv(str_n((const char *)data + 1, size - 1), &report);
    else if (size && data[0] == 'm')
        read_managed(data + 1, size - 1, &report);
    else if (size)
        read_conf(data + 1, size - 1, &report);
    buf_fini(&said);
    return 0;
}
