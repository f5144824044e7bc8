/* SPDX-License-Identifier: MIT */
/*
 * script - rules that say which requests get which reply, and the counting they need.
 *
 * The first rule that fits is applied, and only it; a rule whose times are used up does not fit any
 * more, so the next one is tried. Rules are replaced whole while replies that came of the old ones
 * are still being written, hence the reference count. A line in a header or a prompt may count too
 * (times=2 status=500): its counter is found by the line's text, because the client that sends it
 * again is a new request each time.
 */
#include "script.h"

#include "http.h"
#include "scan.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rule {
    struct words words;
    struct play when;
    int64_t count;
};

struct script {
    struct rule *rule;
    int n, room, refs;
};

enum { LINES_MAX = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct script *current;
static int rules_n; /* read without the lock: is there anything to ask? */
static struct {
    uint64_t hash;
    int64_t count;
} lines[LINES_MAX];

static void script_free(struct script *s)
{
    for (int i = 0; i < s->n; i++)
        words_free(&s->rule[i].words);
    free(s->rule);
    free(s);
}

static void unref_locked(struct script *s)
{
    if (s && --s->refs == 0)
        script_free(s);
}

void script_release(struct script *script)
{
    if (!script)
        return;
    pthread_mutex_lock(&lock);
    unref_locked(script);
    pthread_mutex_unlock(&lock);
}

/* Room is doubled: rules are large, and AddressSanitizer moves whatever grows. */
static struct rule *next_rule(struct script *s)
{
    if (s->n == s->room) {
        s->room = s->room ? 2 * s->room : 16;
        s->rule = realloc(s->rule, (size_t)s->room * sizeof *s->rule);
        if (!s->rule)
            abort();
    }
    return &s->rule[s->n];
}

static int add_rule(struct script *s, struct slice line, int line_no, char *error,
                    size_t error_n)
{
    struct rule *r;
    char word[96];

    line = slice_trim(line);
    if (!line.n || line.at[0] == '#')
        return 0;
    r = next_rule(s);
    if (words_parse(&r->words, line, 0, word, sizeof word) < 0) {
        snprintf(error, error_n, "line %d: %s", line_no, word);
        return -1;
    }
    r->count = 0;
    play_init(&r->when);
    play_apply(&r->when, &r->words);
    s->n++;
    return 0;
}

/* A rule's text: up to the end of line, joined with the next after a backslash. */
static size_t rule_length(struct slice text, int *lines_n)
{
    size_t i;

    *lines_n = 0;
    for (i = 0; i < text.n; i++) {
        if (text.at[i] != '\n')
            continue;
        ++*lines_n;
        if (i == 0 || text.at[i - 1] != '\\')
            break;
    }
    return i;
}

static int add_rules(struct script *s, struct slice text, char *error, size_t error_n)
{
    struct text joined = { 0 };
    int rc = 0, line_no = 1, lines_n;

    while (text.n && rc == 0) {
        size_t n = rule_length(text, &lines_n);
        joined.n = 0;
        text_add(&joined, text.at, n);
        for (size_t i = 0; i + 1 < joined.n; i++)
            if (joined.at[i] == '\\' && joined.at[i + 1] == '\n')
                joined.at[i] = ' ';
        rc = add_rule(s, (struct slice){ joined.at, joined.n }, line_no, error, error_n);
        line_no += lines_n;
        n += n < text.n;
        text = (struct slice){ text.at + n, text.n - n };
    }
    text_free(&joined);
    return rc;
}

int script_load(struct slice text, char *error, size_t error_n)
{
    struct script *s = calloc(1, sizeof *s);

    if (!s)
        abort();
    s->refs = 1;
    if (add_rules(s, text, error, error_n) < 0) {
        script_free(s);
        return -1;
    }
    pthread_mutex_lock(&lock);
    unref_locked(current);
    current = s;
    __atomic_store_n(&rules_n, s->n, __ATOMIC_RELAXED);
    memset(lines, 0, sizeof lines);
    pthread_mutex_unlock(&lock);
    return 0;
}

void script_reset(void)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; current && i < current->n; i++)
        current->rule[i].count = 0;
    memset(lines, 0, sizeof lines);
    pthread_mutex_unlock(&lock);
}

bool script_is_empty(void)
{
    return !__atomic_load_n(&rules_n, __ATOMIC_RELAXED);
}

/* The part before the first mark, and what follows it. */
static struct slice part_before(struct slice *rest, char mark)
{
    const char *at = rest->n ? memchr(rest->at, mark, rest->n) : NULL;
    struct slice part = { rest->at, at ? (size_t)(at - rest->at) : rest->n };
    size_t used = part.n + (at != NULL);

    *rest = (struct slice){ rest->at + used, rest->n - used };
    return part;
}

static bool has_header(const struct head *head, struct slice wanted)
{
    struct slice name = part_before(&wanted, '~');
    char z[64];

    snprintf(z, sizeof z, "%.*s", (int)name.n, name.at);
    struct slice value = http_header(head, z);
    return value.n && slice_has(value, wanted);
}

static bool has_member(struct slice value, struct slice path)
{
    struct scan walk = scan_open(value);
    struct slice rest = path, name = { NULL, 0 }, inner;

    if (!path.n)
        return true;
    bool is_array = walk.closer == ']';
    struct slice first = part_before(&rest, '.');
    while (scan_next(&walk, &name, &inner)) {
        /* a name is given with its quotes */
        bool is_it =
            is_array || (name.n == first.n + 2 && !memcmp(name.at + 1, first.at, first.n));
        if (is_it && has_member(inner, is_array ? path : rest))
            return true;
    }
    return false;
}

static bool fits(const struct play *when, const struct ask *ask, const struct head *head)
{
    struct slice prompt = { ask->prompt.at, ask->prompt.n };

    if (when->has_header.n && !has_header(head, when->has_header))
        return false;
    if (when->has_member.n && (!ask->body.n || ask->is_broken ||
                               !has_member(slice_trim(ask->body), when->has_member)))
        return false;
    return slice_has(head->target, when->path) && slice_has(ask->model, when->model) &&
           slice_has(ask->key, when->key) && slice_has(prompt, when->prompt) &&
           (!when->dialect.n || slice_is(when->dialect, dialect_names[ask->dialect]));
}

/* count is this request's number among those that fit, from 1. */
static bool is_turn(const struct play *when, int64_t count)
{
    return (when->times < 0 || count <= when->times) && (when->nth < 0 || count == when->nth) &&
           (when->every <= 0 || count % when->every == 0);
}

struct script *script_choose(struct play *play, const struct ask *ask, const struct head *head,
                             bool is_early)
{
    struct script *s = NULL;

    pthread_mutex_lock(&lock);
    for (int i = 0; current && i < current->n; i++) {
        struct rule *r = &current->rule[i];
        bool rule_is_early = r->when.early || r->when.eatbody >= 0;
        if (rule_is_early != is_early || !fits(&r->when, ask, head) ||
            !is_turn(&r->when, ++r->count))
            continue;
        s = current;
        s->refs++;
        play_apply(play, &r->words);
        break;
    }
    pthread_mutex_unlock(&lock);
    return s;
}

static int64_t count_line(struct slice line)
{
    uint64_t hash = 14695981039346656037u;
    int64_t count = 0;

    for (size_t i = 0; i < line.n; i++)
        hash = (hash ^ (unsigned char)line.at[i]) * 1099511628211u;
    hash |= 1;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < LINES_MAX && !count; i++) {
        size_t at = (hash + i) % LINES_MAX;
        if (lines[at].hash == 0 || lines[at].hash == hash) {
            lines[at].hash = hash;
            count = ++lines[at].count;
        }
    }
    pthread_mutex_unlock(&lock);
    return count;
}

bool script_allows(const struct words *words, struct slice line, const struct ask *ask,
                   const struct head *head)
{
    struct play when;

    play_init(&when);
    play_apply(&when, words);
    if (!fits(&when, ask, head))
        return false;
    if (when.times < 0 && when.nth < 0 && when.every < 0)
        return true;
    return is_turn(&when, count_line(line));
}
