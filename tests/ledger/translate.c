/* SPDX-License-Identifier: MIT */
/*
 * translate - requests from one dialect to another, a line in, a line out, as long as lines come.
 *
 *     in:   FROM \t TO \t MODEL \t BODY
 *     out:  {"rc":0,"why":"","body":"...","notes":[["dropped","messages[0].name","..."],...]}
 *
 * It does to a request what the gateway does between two connections: the client's adapter reads it,
 * the host repairs it, the upstream's adapter writes it; all of them write into one ledger.
 */
#include "base/str.h"
#include "ir/repair.h"
#include "plugin/drive.h"
#include "plugin/guard.h"
#include "plugin/loader.h"
#include "json/write.h"

#include <stdio.h>
#include <stdlib.h>

extern const struct cp_plugin cp_static_claude, cp_static_openai, cp_static_gemini;

enum { BODY_BYTES = 64 << 20 };

static struct registry *registry;

/* One translation: the same ledger and client's body on both ends. */
struct job {
    struct cp_str from, to, model, body;
    struct drive client, upstream;
    struct buf out;
};

static int desk_emulate(void *ctx, const char *param)
{
    struct job *job = ctx;
    struct cp_str path = str_of(param);
    ledger_note(&job->upstream.hc.call, CP_MAPPED, path, "the gateway does it");
    return 1;
}

static const struct host_desk desk = { .emulate = desk_emulate };

static void note_repair(void *ctx, int deed, const struct cp_item *item, const char *why)
{
    struct job *job = ctx;
    ledger_note_item(&job->upstream.hc.call, deed, item, why);
}

static int open_ends(struct job *job)
{
    const struct adapter *from = registry_find(registry, job->from);
    const struct adapter *to = registry_find(registry, job->to);
    struct err err = { 0 };

    if (!from || !to)
        return -1;
    if (drive_open(&job->client, from, NULL, 0, &err))
        return -1;
    if (!drive_open(&job->upstream, to, NULL, 0, &err))
        return 0;
    drive_close(&job->client);
    return -1;
}

static void join_ends(struct job *job)
{
    struct host_call *c = &job->client.hc, *u = &job->upstream.hc;

    u->ledger = c->ledger = &job->client.ledger;
    u->client_body = c->client_body = job->body;
    u->call.client_dialect = c->call.client_dialect = job->from;
    u->call.model = c->call.model = job->model;
    u->call.client_model = c->call.client_model = job->model;
    u->desk = &desk;
    u->desk_ctx = job;
}

static int repair(struct job *job, const struct cp_tape *from, struct cp_tape *to)
{
    struct repair_ends ends = { .client = job->from, .upstream = job->to };

    tape_init(to, job->client.arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    job->client.ledger.tapes[0] = from;
    int rc = tape_repair(from, &ends, to, note_repair, job);
    if (rc)
        job->upstream.hc.err = to->err;
    else
        job->client.ledger.tapes[1] = to;
    return rc;
}

static int translate(struct job *job, const char **who)
{
    struct cp_tape read, whole;

    *who = "decode";
    int rc = drive_decode(&job->client, CP_REQUEST, job->body, &read);
    if (!rc)
        rc = tape_finish(&read);
    if (rc) {
        job->upstream.hc.err = job->client.hc.err.what[0] ? job->client.hc.err : read.err;
        return rc;
    }
    *who = "repair";
    const struct cp_item *start = tape_find(&read, CP_START);
    job->upstream.hc.call.stream = start && start->num == 1;
    rc = repair(job, &read, &whole);
    if (rc)
        return rc;
    *who = "encode";
    return drive_encode(&job->upstream, CP_REQUEST, &whole, &job->out, NULL);
}

static void tell_notes(struct json_writer *w, const struct ledger *ledger)
{
    static const char *const deeds[] = { "", "mapped", "approximated", "dropped", "repaired" };

    json_key(w, STR("notes"));
    json_open(w, '[');
    for (const struct ledger_line *l = ledger->first; l; l = l->next) {
        json_open(w, '[');
        json_string(w, str_of(deeds[l->deed]));
        json_string(w, l->path);
        json_string(w, l->why);
        json_close(w);
    }
    json_close(w);
}

static void tell(struct job *job, int rc, const char *who)
{
    const struct err *err = &job->upstream.hc.err;
    struct json_writer w;
    struct buf line;

    buf_init(&line, BODY_BYTES * 2);
    json_writer_init(&w, &line);
    json_open(&w, '{');
    json_key(&w, STR("rc"));
    json_number(&w, rc);
    json_key(&w, STR("who"));
    json_string(&w, str_of(who));
    json_key(&w, STR("why"));
    json_string(&w, str_of(rc ? err->what : ""));
    json_key(&w, STR("where"));
    json_string(&w, str_of(rc ? err->where : ""));
    json_key(&w, STR("body"));
    json_string(&w, buf_str(&job->out));
    tell_notes(&w, &job->client.ledger);
    json_close(&w);
    fwrite(line.p, 1, line.n, stdout);
    putchar('\n');
    fflush(stdout);
    buf_fini(&line);
}

static void run(char *line, size_t n)
{
    struct cp_str rest = str_n(line, n);
    struct job job = { 0 };
    const char *who = "";

    if (!str_split(&rest, '\t', &job.from) || !str_split(&rest, '\t', &job.to) ||
        !str_split(&rest, '\t', &job.model) || open_ends(&job)) {
        puts(
            "{\"rc\":-99,\"who\":\"open\",\"why\":\"no such dialect\",\"body\":\"\",\"notes\":[]}");
        fflush(stdout);
        return;
    }
    job.body = rest;
    buf_init(&job.out, BODY_BYTES);
    join_ends(&job);
    int rc = translate(&job, &who);
    tell(&job, rc, who);
    buf_fini(&job.out);
    drive_close(&job.upstream);
    drive_close(&job.client);
}

int main(void)
{
    struct err err = { 0 };
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    registry = registry_new();
    if (registry_add(registry, &cp_static_claude, "static", &err) ||
        registry_add(registry, &cp_static_openai, "static", &err) ||
        registry_add(registry, &cp_static_gemini, "static", &err)) {
        fprintf(stderr, "translate: %s\n", err.what);
        return 1;
    }
    while ((n = getline(&line, &room, stdin)) > 0)
        run(line, (size_t)n - (line[n - 1] == '\n'));
    free(line);
    registry_free(registry);
    return 0;
}
