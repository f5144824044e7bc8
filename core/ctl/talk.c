/* SPDX-License-Identifier: MIT */
/*
 * talk - questions to a gateway's API and its answers, by HTTP over its local socket or its port.
 *
 * One handle for the program's life, so that what asks every second does so on one connection.  Header lists are made of
 * nodes on the stack: libcurl reads them during the transfer and frees only what it has made itself.
 */
#include "ctl/talk.h"

#include "base/mem.h"
#include "base/str.h"

#include <curl/curl.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONNECT_MS = 5000, KEY_BYTES = 4096, HEADERS = 5 };

struct talk {
    CURL *curl;
    char *socket, *url, *key, *ca_file;
    int64_t timeout_ms;
};

/* What one transfer writes to. */
struct transfer {
    struct talk *talk;
    const struct talk_ask *ask;
    struct talk_answer *answer;
    bool is_ended; /* by who listens */
};

static char *copy(const char *z)
{
    return z ? mem_dup(z, strlen(z)) : NULL;
}

int talk_open(struct talk **talk, const struct talk_config *c, struct err *err)
{
    struct cp_str url = str_of(c->url ? c->url : "http://localhost");

    if (!str_begins(url, "http://") && !str_begins(url, "https://"))
        return err_set(err, E_SYNTAX, "",
                       "--url wants http://HOST or https://HOST, not \"%.*s\"", STR_FMT(url));
    if (c->key && (strlen(c->key) > KEY_BYTES || !str_is_field_value(str_of(c->key))))
        return err_set(err, E_SYNTAX, "", "the key has characters that no key has");
    while (str_ends(url, "/"))
        url.n--;
    struct talk *t = mem_new(1, sizeof(*t));
    t->socket = copy(c->socket);
    t->url = mem_dup(url.p, url.n);
    t->key = copy(c->key);
    t->ca_file = copy(c->ca_file);
    t->timeout_ms = c->timeout_ms;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    t->curl = curl_easy_init();
    if (!t->curl)
        abort();
    *talk = t;
    return 0;
}

void talk_close(struct talk *t)
{
    if (!t)
        return;
    curl_easy_cleanup(t->curl);
    if (t->key)
        explicit_bzero(t->key, strlen(t->key));
    free(t->socket);
    free(t->url);
    free(t->key);
    free(t->ca_file);
    free(t);
}

const char *talk_where(const struct talk *t)
{
    return t->socket ? t->socket : t->url;
}

void talk_answer_init(struct talk_answer *a)
{
    memset(a, 0, sizeof(*a));
    buf_init(&a->body, TALK_ANSWER_BYTES);
}

void talk_answer_fini(struct talk_answer *a)
{
    buf_fini(&a->body);
}

/* ---- what comes back ---- */

static void keep_text(char *out, size_t size, struct cp_str value)
{
    snprintf(out, size, "%.*s", STR_FMT(value));
}

static size_t take_header(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    struct cp_str value = str_trim(str_n(p, size * n)), name;

    if (!str_split(&value, ':', &name) || !value.p)
        return size * n;
    value = str_trim(value);
    if (str_is_nocase(name, "etag"))
        keep_text(t->answer->etag, sizeof(t->answer->etag), value);
    if (str_is_nocase(name, "content-type")) {
        struct cp_str type = STR_NONE;
        (void)str_split(&value, ';', &type);
        keep_text(t->answer->type, sizeof(t->answer->type), str_trim(type));
    }
    if (str_is_nocase(name, "retry-after") && str_int(value, &t->answer->retry_after_s))
        t->answer->retry_after_s = 0;
    return size * n;
}

static size_t take_body(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    long status = 0;

    (void)curl_easy_getinfo(t->talk->curl, CURLINFO_RESPONSE_CODE, &status);
    if (!t->ask->more || status >= 300)
        return buf_add(&t->answer->body, p, size * n) ? 0 : size * n;
    if (t->ask->more(t->ask->ctx, str_n(p, size * n))) {
        t->is_ended = true;
        return 0;
    }
    return size * n;
}

/* ---- one transfer ---- */

struct headers {
    struct curl_slist node[HEADERS];
    char text[HEADERS][KEY_BYTES + 64];
    size_t n;
};

static void add_header(struct headers *h, const char *name, const char *value)
{
    if (!value)
        return;
    snprintf(h->text[h->n], sizeof(h->text[h->n]), "%s: %s", name, value);
    h->node[h->n] = (struct curl_slist){ h->text[h->n], NULL };
    if (h->n)
        h->node[h->n - 1].next = &h->node[h->n];
    h->n++;
}

static void set_up(struct talk *t, const struct talk_ask *ask, struct transfer *x, char *said)
{
    CURL *c = t->curl;

    curl_easy_reset(c);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "claude-proxyctl/" VERSION_TEXT);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, said);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)(ask->more ? 0 : t->timeout_ms));
    if (t->socket)
        curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, t->socket);
    if (t->ca_file)
        curl_easy_setopt(c, CURLOPT_CAINFO, t->ca_file);
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, ask->method);
    if (ask->body.p) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, ask->body.p);
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ask->body.n);
    }
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
}

static int judge(const struct talk *t, CURLcode code, const char *said, struct err *err)
{
    long os = 0;

    (void)curl_easy_getinfo(t->curl, CURLINFO_OS_ERRNO, &os);
    const char *what = said[0] ? said : curl_easy_strerror(code);
    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
        /* libcurl forgets errno of a local socket in some versions: ask the file itself */
        if (os == EACCES || os == EPERM)
            return err_set(err, E_DENIED, talk_where(t), "%s", strerror((int)os));
        return err_set(err, E_ABSENT, talk_where(t), "%s", os ? strerror((int)os) : what);
    case CURLE_OPERATION_TIMEDOUT:
        return err_set(err, E_AGAIN, talk_where(t), "no answer in time: %s", what);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return err_set(err, E_GONE, talk_where(t), "the answer broke off: %s", what);
    case CURLE_WRITE_ERROR:
        return err_set(err, E_LIMIT, talk_where(t), "the answer is too large");
    default:
        return err_set(err, E_SYNTAX, talk_where(t), "%s", what);
    }
}

int talk_ask(struct talk *t, const struct talk_ask *ask, struct talk_answer *answer,
             struct err *err)
{
    struct transfer x = { .talk = t, .ask = ask, .answer = answer };
    char said[CURL_ERROR_SIZE] = "", *url = NULL;
    struct headers *h = mem_new(1, sizeof(*h));
    long status = 0;

    size_t url_n = strlen(t->url) + strlen(ask->target) + 1;
    url = mem_new(1, url_n);
    snprintf(url, url_n, "%s%s", t->url, ask->target);
    set_up(t, ask, &x, said);
    add_header(h, "Content-Type", ask->body.p ? "application/json" : NULL);
    add_header(h, "x-api-key", t->key);
    add_header(h, "If-Match", ask->if_match);
    add_header(h, "Last-Event-ID", ask->last_event);
    /* A large body is sent at once: the gateway asks nobody to wait. */
    h->node[h->n] = (struct curl_slist){ h->text[h->n], NULL };
    snprintf(h->text[h->n], sizeof(h->text[h->n]), "Expect:");
    if (h->n)
        h->node[h->n - 1].next = &h->node[h->n];
    curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, h->node);
    curl_easy_setopt(t->curl, CURLOPT_URL, url);
    CURLcode code = curl_easy_perform(t->curl);
    (void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    answer->status = (int)status;
    int rc = !code || x.is_ended ? 0 : judge(t, code, said, err);
    curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, NULL);
    explicit_bzero(h, sizeof(*h));
    free(h);
    free(url);
    return rc;
}
