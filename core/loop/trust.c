/* SPDX-License-Identifier: MIT */
/*
 * trust - is the other end of a TLS session who the URL says?
 *
 * A session is recognised by its address and its client random: 32 bytes that our side drew for that
 * handshake and nobody can make come again, so a new session at an old address is not mistaken for
 * the old one, and one that was renegotiated is looked at anew.
 *
 * A new session that shows a chain already found good for this host, by this store and within the hour,
 * need not be verified again: the handshake has proved that the peer has the key, and the rest of the
 * answer depends on nothing but what is the same.  It halves the CPU of a new connection.
 *
 * Revocation is what libcurl has by default: none.  No stapled answer is asked for (its GnuTLS
 * backend switches the extension off), so must-staple does not apply either.
 * source: GnuTLS 3.7.9 lib/x509/verify-high.c, libcurl 7.88.1 lib/vtls/gtls.c, read 2026-11-22
 */
#include "loop/trust.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Where Debian's GnuTLS reads the system's store; only looked at for its date. */
#define SYSTEM_STORE "/etc/ssl/certs/ca-certificates.crt"

enum {
    CHAIN_MAX = 16,
    SEEN_WAYS = 4, /* places a session may have */
    SEEN_FIRST = 16,
    SEEN_MAX = 4096,
    KNOWN = 64, /* chains remembered */
    KNOWN_S = 3600
};

/* One file's authorities.  Never changed once it is made. */
struct store {
    struct store *next;
    atomic_int refs;
    uint64_t serial; /* no two stores have the same */
    gnutls_x509_trust_list_t list;
    char *path; /* NULL: the system's */
    struct stat stamp;
};

/* A chain that was good. */
struct known {
    uint8_t digest[32]; /* SHA-256 of the certificates */
    uint64_t host, store;
    int64_t until_s; /* wall clock */
};

struct trust {
    atomic_int refs;
    pthread_mutex_t lock; /* for what follows */
    struct store *stores;
    uint64_t serial;
    struct known known[KNOWN];
};

struct seen_entry {
    void *session; /* NULL: free */
    uint64_t host;
    uint8_t client_random[32];
};

struct trust_seen {
    struct seen_entry *at;
    size_t n; /* a power of two */
};

/* ---- stores ---- */

static void store_unref(struct store *s)
{
    if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    gnutls_x509_trust_list_deinit(s->list, 1);
    free(s->path);
    free(s);
}

static struct stat stamp_of(const char *path)
{
    struct stat st = { 0 };
    if (stat(path ? path : SYSTEM_STORE, &st) != 0)
        st = (struct stat){ 0 };
    return st;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static struct store *store_load(const char *path)
{
    struct store *s = mem_new(1, sizeof *s);
    atomic_init(&s->refs, 1);
    s->stamp = stamp_of(path);
    s->path = path ? mem_dup(path, strlen(path)) : NULL;
    if (gnutls_x509_trust_list_init(&s->list, 0) < 0)
        abort(); /* out of memory */
    int n = path ? gnutls_x509_trust_list_add_trust_file(s->list, path, NULL,
                                                         GNUTLS_X509_FMT_PEM, 0, 0)
                 : gnutls_x509_trust_list_add_system_trust(s->list, 0, 0);
    if (n > 0)
        return s;
    store_unref(s);
    return NULL;
}

/* A reference, or NULL: nothing to read there. */
static struct store *store_get(struct trust *t, const char *path)
{
    struct stat now = stamp_of(path);
    struct store *s = NULL, **at;
    pthread_mutex_lock(&t->lock);
    for (at = &t->stores; (s = *at); at = &s->next)
        if (path ? s->path && strcmp(path, s->path) == 0 : !s->path)
            break;
    if (s && !is_same_file(&now, &s->stamp)) {
        *at = s->next;
        store_unref(s);
        s = NULL;
    }
    if (!s && (s = store_load(path))) {
        s->serial = ++t->serial;
        s->next = t->stores;
        t->stores = s;
    }
    if (s)
        atomic_fetch_add(&s->refs, 1);
    pthread_mutex_unlock(&t->lock);
    return s;
}

struct trust *trust_new(void)
{
    struct trust *t = mem_new(1, sizeof *t);
    atomic_init(&t->refs, 1);
    pthread_mutex_init(&t->lock, NULL);
    return t;
}

struct trust *trust_ref(struct trust *t)
{
    atomic_fetch_add(&t->refs, 1);
    return t;
}

void trust_unref(struct trust *t)
{
    if (!t || atomic_fetch_sub(&t->refs, 1) != 1)
        return;
    while (t->stores) {
        struct store *s = t->stores;
        t->stores = s->next;
        store_unref(s);
    }
    pthread_mutex_destroy(&t->lock);
    free(t);
}

/* ---- what was found good before ---- */

struct trust_seen *trust_seen_new(void)
{
    return mem_new(1, sizeof(struct trust_seen));
}

void trust_seen_free(struct trust_seen *seen)
{
    if (seen)
        free(seen->at);
    free(seen);
}

/* The set of places for a session. */
static struct seen_entry *seen_set(const struct trust_seen *seen, const void *session)
{
    uint64_t mix = (uint64_t)(uintptr_t)session * UINT64_C(0x9e3779b97f4a7c15);
    return &seen->at[(mix >> 40) & (seen->n - SEEN_WAYS)];
}

static bool seen_has(const struct trust_seen *seen, const struct seen_entry *e)
{
    if (!seen->n)
        return false;
    const struct seen_entry *at = seen_set(seen, e->session);
    for (int i = 0; i < SEEN_WAYS; i++)
        if (at[i].session == e->session)
            return at[i].host == e->host &&
                   memcmp(at[i].client_random, e->client_random, sizeof e->client_random) == 0;
    return false;
}

/* Its own place, or a free one, or NULL. */
static struct seen_entry *seen_place(const struct trust_seen *seen, const void *session)
{
    struct seen_entry *at = seen_set(seen, session), *found = NULL;
    for (int i = 0; i < SEEN_WAYS; i++) {
        if (at[i].session == session)
            return &at[i];
        if (!at[i].session && !found)
            found = &at[i];
    }
    return found;
}

/* Those that find no place any more are forgotten: one more check each. */
static void seen_grow(struct trust_seen *seen)
{
    struct trust_seen more = { .n = seen->n ? seen->n * 2 : SEEN_FIRST };
    more.at = mem_new(more.n, sizeof *more.at);
    for (size_t i = 0; i < seen->n; i++) {
        struct seen_entry *to =
            seen->at[i].session ? seen_place(&more, seen->at[i].session) : NULL;
        if (to)
            *to = seen->at[i];
    }
    free(seen->at);
    *seen = more;
}

static void seen_add(struct trust_seen *seen, const struct seen_entry *e)
{
    if (!seen->n)
        seen_grow(seen);
    struct seen_entry *at = seen_place(seen, e->session);
    if (!at && seen->n < SEEN_MAX) {
        seen_grow(seen);
        at = seen_place(seen, e->session);
    }
    *(at ? at : seen_set(seen, e->session)) = *e;
}

/* ---- chains that were good ---- */

static int chain_digest(const gnutls_datum_t *der, unsigned n, uint8_t digest[32])
{
    gnutls_hash_hd_t hash;
    if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) < 0)
        return E_BUG;
    for (unsigned i = 0; i < n; i++) {
        gnutls_hash(hash, &der[i].size, sizeof der[i].size);
        gnutls_hash(hash, der[i].data, der[i].size);
    }
    gnutls_hash_deinit(hash, digest);
    return 0;
}

static bool known_has(struct trust *t, const struct known *k)
{
    const struct known *at = &t->known[k->digest[0] % KNOWN];
    pthread_mutex_lock(&t->lock);
    bool has = at->host == k->host && at->store == k->store &&
               at->until_s > clock_wall_ms() / 1000 &&
               memcmp(at->digest, k->digest, sizeof k->digest) == 0;
    pthread_mutex_unlock(&t->lock);
    return has;
}

static void known_add(struct trust *t, struct known *k, gnutls_x509_crt_t *chain, unsigned n)
{
    k->until_s = clock_wall_ms() / 1000 + KNOWN_S;
    for (unsigned i = 0; i < n; i++) {
        int64_t ends_s = (int64_t)gnutls_x509_crt_get_expiration_time(chain[i]);
        if (ends_s < k->until_s)
            k->until_s = ends_s;
    }
    pthread_mutex_lock(&t->lock);
    t->known[k->digest[0] % KNOWN] = *k;
    pthread_mutex_unlock(&t->lock);
}

/* ---- the check ---- */

static const struct {
    unsigned flag;
    const char *why;
} reasons[] = {
    { GNUTLS_CERT_UNEXPECTED_OWNER, "it is not for this host" },
    { GNUTLS_CERT_EXPIRED, "it has expired" },
    { GNUTLS_CERT_NOT_ACTIVATED, "it is not valid yet" },
    { GNUTLS_CERT_REVOKED, "it is revoked" },
    { GNUTLS_CERT_SIGNER_NOT_FOUND, "no trusted authority has issued it" },
    { GNUTLS_CERT_SIGNER_NOT_CA, "its issuer is no authority" },
    { GNUTLS_CERT_PURPOSE_MISMATCH, "it is not meant for servers" },
    { GNUTLS_CERT_INSECURE_ALGORITHM, "it is signed with a weak algorithm" },
    { GNUTLS_CERT_SIGNATURE_FAILURE, "a signature is wrong" },
};

static int refuse(char why[128], const char *text)
{
    snprintf(why, 128, "%s", text);
    return E_DENIED;
}

static int refuse_status(char why[128], unsigned status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (status & reasons[i].flag)
            return refuse(why, reasons[i].why);
    return refuse(why, "it is not valid");
}

/* host as bytes of an address, or as a name */
static void name_host(gnutls_typed_vdata_st *to, struct cp_str host, char text[256],
                      unsigned char ip[16])
{
    memcpy(text, host.p, host.n);
    text[host.n] = 0;
    to->type = GNUTLS_DT_IP_ADDRESS;
    to->data = ip;
    if (inet_pton(AF_INET, text, ip) == 1) {
        to->size = 4;
    } else if (inet_pton(AF_INET6, text, ip) == 1) {
        to->size = 16;
    } else {
        to->type = GNUTLS_DT_DNS_HOSTNAME;
        to->data = (unsigned char *)text;
        to->size = (unsigned)host.n;
    }
}

static int verify(struct store *store, gnutls_x509_crt_t *chain, unsigned n, struct cp_str host,
                  char why[128])
{
    char text[256];
    unsigned char ip[16], purpose[] = GNUTLS_KP_TLS_WWW_SERVER;
    unsigned status = ~0u;
    gnutls_typed_vdata_st want[2] = {
        [1] = { GNUTLS_DT_KEY_PURPOSE_OID, purpose, sizeof purpose - 1 },
    };
    if (host.n == 0 || host.n >= sizeof text)
        return refuse(why, "no host to check it for");
    name_host(&want[0], host, text, ip);
    int rc =
        gnutls_x509_trust_list_verify_crt2(store->list, chain, n, want, 2, 0, &status, NULL);
    if (rc < 0)
        return refuse(why, gnutls_strerror(rc));
    return status == 0 ? 0 : refuse_status(why, status);
}

static int verify_chain(struct trust *t, struct store *store, gnutls_session_t session,
                        struct cp_str host, char why[128])
{
    gnutls_x509_crt_t chain[CHAIN_MAX];
    struct known k = { .host = hash_str(host), .store = store->serial };
    unsigned peers = 0, n = 0;
    const gnutls_datum_t *der = gnutls_certificate_get_peers(session, &peers);
    int rc = 0;
    if (gnutls_certificate_type_get2(session, GNUTLS_CTYPE_SERVER) != GNUTLS_CRT_X509 || !der ||
        peers == 0)
        return refuse(why, "none was shown");
    if (peers > CHAIN_MAX || chain_digest(der, peers, k.digest) != 0)
        return refuse(why, "its chain is too long");
    if (known_has(t, &k))
        return 0;
    for (; n < peers && rc == 0; n++) {
        if (gnutls_x509_crt_init(&chain[n]) < 0)
            abort(); /* out of memory */
        rc = gnutls_x509_crt_import(chain[n], &der[n], GNUTLS_X509_FMT_DER);
    }
    rc = rc < 0 ? refuse(why, "it cannot be read") : verify(store, chain, n, host, why);
    if (rc == 0)
        known_add(t, &k, chain, n);
    while (n > 0)
        gnutls_x509_crt_deinit(chain[--n]);
    return rc;
}

int trust_check(struct trust *t, struct trust_seen *seen, void *session, const char *ca_file,
                struct cp_str host, char why[128])
{
    gnutls_datum_t client = { NULL, 0 };
    struct seen_entry e = { .session = session, .host = hash_str(host) };
    if (!session)
        return refuse(why, "libcurl does not show the TLS session");
    gnutls_session_get_random(session, &client, NULL);
    if (client.size != sizeof e.client_random)
        return refuse(why, "the handshake is not complete");
    memcpy(e.client_random, client.data, client.size);
    if (seen_has(seen, &e))
        return 0;
    struct store *store = store_get(t, ca_file);
    if (!store)
        return refuse(why, ca_file ? "the CA file cannot be read or is empty"
                                   : "the system's store of authorities is empty");
    int rc = verify_chain(t, store, session, host, why);
    store_unref(store);
    if (rc == 0)
        seen_add(seen, &e);
    return rc;
}
