/* SPDX-License-Identifier: MIT */
/*
 * complete - what may stand at the cursor: asked by the shell's script, answered by the table of commands and the gateway.
 *
 * One candidate a line; the line ":files" asks the shell for its own names of files.  Names from the gateway are offered
 * only if they are plain: what is completed is typed, and must not be a command of the shell's.  Nothing is ever told on
 * stderr, and a gateway that does not answer at once is not waited for.
 */
#include "ctl/complete.h"

#include "base/str.h"
#include "conf/conf.h"
#include "ctl/errand.h"
#include "ctl/run.h"
#include "json/tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WAIT_MS = 1500, TARGET_BYTES = 1024, WORD_BYTES = 128 };

struct cursor {
    struct ctl ctl;
    const struct command *command;
    const char *words[ARGS_WORDS];     /* before the cursor, without options */
    size_t words_n, used;              /* used: of them, the command's own */
    const struct option_spec *pending; /* an option whose value is at the cursor */
    const char *typed;
};

static void offer(const struct cursor *c, const char *word)
{
    if (!strncmp(word, c->typed, strlen(c->typed)))
        puts(word);
}

static void offer_words(const struct cursor *c, const char *words)
{
    struct cp_str rest = str_of(words), word;
    char z[WORD_BYTES];

    while (str_split(&rest, '|', &word)) {
        snprintf(z, sizeof(z), "%.*s", STR_FMT(word));
        offer(c, z);
    }
}

/* ---- what the gateway knows ---- */

static bool is_plain(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
              (ch >= '0' && ch <= '9') || (ch && strchr("._-", ch))))
            return false;
    }
    return s.n && s.n < WORD_BYTES && s.p[0] != '-';
}

static void offer_ids(struct cursor *c, const char *target, const char *list)
{
    struct tree *t = NULL;

    c->ctl.wish.timeout_ms = WAIT_MS;
    if (!errand_get(&c->ctl, target, &t)) {
        const struct tree *rows = tree_get(t, list);
        for (size_t i = 0; i < tree_count(rows); i++) {
            struct cp_str id = tree_as_text(tree_get(tree_at(rows, i), "id"));
            char z[WORD_BYTES];
            snprintf(z, sizeof(z), "%.*s", STR_FMT(id));
            if (is_plain(id))
                offer(c, z);
        }
    }
    tree_free(t);
}

static void offer_keys(struct cursor *c)
{
    struct buf target;

    if (c->words_n <= c->used)
        return;
    buf_init(&target, TARGET_BYTES);
    buf_add_z(&target, "/api/channels/");
    errand_escape(&target, str_of(c->words[c->used]));
    buf_add(&target, "/keys", 6);
    if (!buf_failed(&target))
        offer_ids(c, target.p, "keys");
    buf_fini(&target);
}

/* ---- what we know ---- */

/* prefix: of the options; is_assigned: offered as NAME= */
static void offer_entries(const struct cursor *c, const char *prefix, bool is_assigned)
{
    size_t n, skip = strlen(prefix);
    const struct conf_entry *e = conf_entries(&n);
    char z[WORD_BYTES];

    for (size_t i = 0; i < n; i++) {
        bool is_group = !strcmp(e[i].type, "group") || !strcmp(e[i].type, "secret");
        if (strncmp(e[i].name, prefix, skip) != 0 || (is_assigned && is_group))
            continue;
        snprintf(z, sizeof(z), "%s%s", e[i].name + skip, is_assigned ? "=" : "");
        offer(c, z);
    }
}

static const char *words_for(const char *name, size_t n)
{
    static const struct {
        const char *name, *words;
    } known[] = {
        { "FAMILY", "messages|chat|responses|gemini" },
        { "FAMILY,", "messages|chat|responses|gemini" },
        { "DIALECT", "claude|chat|responses|gemini" },
        { "LEVEL", "error|warn|info|debug" },
        { "FORM", "table|json|csv" },
        { "SHELL", "bash|zsh|fish" },
        { "PERIOD", "day|month|ever" },
        { "WHAT", "channel|key|model|client|family" },
        { "KIND,", "request|channel|key|config|log|stats" },
        { "METHOD", "GET|POST|PUT|PATCH|DELETE" },
        { "DURATION", "5m|15m|1h|6h|24h" },
        { "URL", "https://" },
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (strlen(known[i].name) == n && !memcmp(known[i].name, name, n))
            return known[i].words;
    return NULL;
}

static bool is_called(const char *name, size_t n, const char *what)
{
    return strlen(what) == n && !memcmp(name, what, n);
}

static void offer_first_words(const struct cursor *c)
{
    char last[WORD_BYTES] = "", word[WORD_BYTES];

    for (const struct command *k = command_table; k->words; k++) {
        snprintf(word, sizeof(word), "%.*s", (int)strcspn(k->words, " "), k->words);
        if (strcmp(word, last) != 0)
            offer(c, word);
        snprintf(last, sizeof(last), "%s", word);
    }
}

static void offer_values(struct cursor *c, const char *name, size_t n)
{
    const char *words = words_for(name, n);

    if (words)
        offer_words(c, words);
    else if (is_called(name, n, "CHANNEL"))
        offer_ids(c, "/api/channels", "channels");
    else if (is_called(name, n, "KEY"))
        offer_keys(c);
    else if (is_called(name, n, "CLIENT"))
        offer_ids(c, "/api/clients", "clients");
    else if (is_called(name, n, "CAPTURE"))
        offer_ids(c, "/api/captures", "captures");
    else if (is_called(name, n, "FILE") || is_called(name, n, "DIR") ||
             is_called(name, n, "SOCKET"))
        puts(":files");
    else if (is_called(name, n, "PATH") && !strcmp(c->command ? c->command->words : "", "api"))
        offer(c, "/api/");
    else if (is_called(name, n, "PATH"))
        offer_entries(c, "", false);
    else if (is_called(name, n, "NAME=VALUE"))
        offer_entries(c, c->command->prefix, true);
    else if (is_called(name, n, "COMMAND"))
        offer_first_words(c);
}

/* ---- where the cursor is ---- */

static void take_option(struct cursor *c, const char *word)
{
    const struct option_spec *o;

    if (word[1] == '-') {
        size_t n = strcspn(word + 2, "=");
        o = command_option(c->command, word + 2, n);
        if (word[2 + n])
            return;
    } else {
        o = command_letter(c->command, word[1]);
        if (word[2])
            return;
    }
    c->pending = o && o->value ? o : NULL;
}

/* The global options that say where the gateway is hold for the completion, too. */
static void take_value(struct cursor *c, const char *word)
{
    const struct option_spec *o = c->pending;

    c->pending = NULL;
    if (o != command_option(NULL, o->name, strlen(o->name)))
        return;
    if (!strcmp(o->name, "socket"))
        c->ctl.wish.socket = word;
    if (!strcmp(o->name, "url"))
        c->ctl.wish.url = word;
    if (!strcmp(o->name, "key-file") && strcmp(word, "-") != 0)
        c->ctl.wish.key_file = word;
    if (!strcmp(o->name, "ca-file"))
        c->ctl.wish.ca_file = word;
}

static void take_word(struct cursor *c, const char *word)
{
    if (c->pending) {
        take_value(c, word);
        return;
    }
    if (word[0] == '-' && word[1]) {
        take_option(c, word);
        return;
    }
    if (c->words_n < ARGS_WORDS)
        c->words[c->words_n++] = word;
    c->command = command_find(c->words, c->words_n, &c->used);
}

static void offer_options(const struct cursor *c)
{
    const struct option_spec *lists[2] = { c->command ? c->command->options : NULL,
                                           command_globals };
    char z[WORD_BYTES];

    for (size_t i = 0; i < 2; i++)
        for (const struct option_spec *o = lists[i]; o && o->name; o++) {
            snprintf(z, sizeof(z), "--%s", o->name);
            offer(c, z);
        }
}

/* The next word of all commands that begin with what stands before the cursor. */
static void offer_commands(const struct cursor *c)
{
    char last[WORD_BYTES] = "", word[WORD_BYTES];

    if (!c->words_n) {
        offer_first_words(c);
        return;
    }
    for (const struct command *k = command_table; k->words && c->words_n == 1; k++) {
        size_t n = strcspn(k->words, " ");
        if (!k->words[n] || strlen(c->words[0]) != n || memcmp(c->words[0], k->words, n) != 0)
            continue;
        snprintf(word, sizeof(word), "%s", k->words + n + 1);
        if (strcmp(word, last) != 0)
            offer(c, word);
        snprintf(last, sizeof(last), "%s", word);
    }
}

/* "--output=js": the value is completed, of the option before it. */
static void take_typed(struct cursor *c, const char *typed)
{
    const char *equals = strchr(typed, '=');

    c->typed = typed;
    if (c->pending || strncmp(typed, "--", 2) != 0 || !equals)
        return;
    c->pending = command_option(c->command, typed + 2, (size_t)(equals - typed) - 2);
    c->pending = c->pending && c->pending->value ? c->pending : NULL;
    c->typed = c->pending ? equals + 1 : typed;
}

static void answer(struct cursor *c)
{
    struct command_argument a;
    size_t place = c->words_n - c->used;

    if (c->pending)
        offer_values(c, c->pending->value, strcspn(c->pending->value, "."));
    else if (c->typed[0] == '-')
        offer_options(c);
    else if (!c->command)
        offer_commands(c);
    else {
        while (place && !command_argument(c->command, place, &a))
            place--;
        if (command_argument(c->command, place, &a) &&
            (place == c->words_n - c->used || a.is_many))
            offer_values(c, a.name, a.name_n);
    }
}

int complete_main(int argc, char *const *argv)
{
    struct cursor c = { .typed = "" };
    int64_t at = 0;
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (nowhere >= 0)
        dup2(nowhere, STDERR_FILENO);
    if (argc < 1 || str_int(str_of(argv[0]), &at) || at < 1)
        return 0;
    buf_init(&c.ctl.out, CTL_OUT_BYTES);
    for (int i = 2; i < argc && i <= at; i++)
        take_word(&c, argv[i]);
    if (at + 1 < argc)
        take_typed(&c, argv[at + 1]);
    answer(&c);
    talk_close(c.ctl.talk);
    explicit_bzero(c.ctl.where.key, sizeof(c.ctl.where.key));
    buf_fini(&c.ctl.out);
    return 0;
}
