/* SPDX-License-Identifier: MIT */
/*
 * server_tls - the listener's certificate and key, and sending inside a session.
 *
 * The HTTP library asks for a certificate in each handshake, so that a new one serves new connections while
 * the old one lives on in those that were shown it.
 */
#include "loop/server_private.h"

#include "base/mem.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <stdatomic.h>
#include <stdlib.h>

enum { CHAIN_MAX = 16 };

struct server_tls {
    atomic_uint refs;
    gnutls_pcert_st chain[CHAIN_MAX];
    unsigned chain_n;
    gnutls_privkey_t key;
};

static int load_chain(struct server_tls *t, const char *file, struct err *err)
{
    gnutls_datum_t pem = { NULL, 0 };
    int rc = gnutls_load_file(file, &pem);
    t->chain_n = CHAIN_MAX;
    if (rc >= 0)
        rc = gnutls_pcert_list_import_x509_raw(t->chain, &t->chain_n, &pem, GNUTLS_X509_FMT_PEM,
                                               0);
    if (rc < 0)
        t->chain_n = 0;
    gnutls_free(pem.data);
    return rc < 0 ? err_set(err, E_CONFIG, file, "not a certificate chain: %s",
                            gnutls_strerror(rc))
                  : 0;
}

static int load_key(struct server_tls *t, const char *file, struct err *err)
{
    gnutls_datum_t pem = { NULL, 0 };
    int rc = gnutls_load_file(file, &pem);
    if (rc >= 0)
        rc = gnutls_privkey_import_x509_raw(t->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (pem.data)
        gnutls_memset(pem.data, 0, pem.size);
    gnutls_free(pem.data);
    return rc < 0 ? err_set(err, E_CONFIG, file, "not a private key: %s", gnutls_strerror(rc))
                  : 0;
}

/* Does the key belong to the first certificate? */
static int check_pair(struct server_tls *t, const char *file, struct err *err)
{
    unsigned char of_key[64], of_cert[64];
    size_t key_n = sizeof of_key, cert_n = sizeof of_cert;
    gnutls_pubkey_t pub;
    if (gnutls_pubkey_init(&pub) < 0)
        abort(); /* out of memory */
    int rc = gnutls_pubkey_import_privkey(pub, t->key, 0, 0);
    if (rc >= 0)
        rc = gnutls_pubkey_get_key_id(pub, GNUTLS_KEYID_USE_SHA256, of_key, &key_n);
    if (rc >= 0)
        rc = gnutls_pubkey_get_key_id(t->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, of_cert,
                                      &cert_n);
    gnutls_pubkey_deinit(pub);
    if (rc < 0)
        return err_set(err, E_CONFIG, file, "the key cannot be used: %s", gnutls_strerror(rc));
    if (key_n != cert_n || gnutls_memcmp(of_key, of_cert, key_n) != 0)
        return err_set(err, E_CONFIG, file, "the key does not belong to the certificate");
    return 0;
}

struct server_tls *server_tls_load(const char *cert_file, const char *key_file, struct err *err)
{
    struct server_tls *t = mem_new(1, sizeof *t);
    atomic_init(&t->refs, 1);
    if (gnutls_privkey_init(&t->key) < 0)
        abort(); /* out of memory */
    if (load_chain(t, cert_file, err) || load_key(t, key_file, err) ||
        check_pair(t, key_file, err)) {
        server_tls_unref(t);
        return NULL;
    }
    return t;
}

int64_t server_tls_ends_ms(const struct server_tls *t)
{
    struct server_tls *lent = (struct server_tls *)(uintptr_t)t; /* it is only looked at */
    gnutls_x509_crt_t certificate;
    int64_t ends_ms = 0;

    if (!t || gnutls_pcert_export_x509(&lent->chain[0], &certificate) < 0)
        return 0;
    time_t ends = gnutls_x509_crt_get_expiration_time(certificate);
    if (ends != (time_t)-1)
        ends_ms = (int64_t)ends * 1000;
    gnutls_x509_crt_deinit(certificate);
    return ends_ms;
}

struct server_tls *server_tls_ref(struct server_tls *t)
{
    if (t)
        atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    return t;
}

void server_tls_unref(struct server_tls *t)
{
    if (!t || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned i = 0; i < t->chain_n; i++)
        gnutls_pcert_deinit(&t->chain[i]);
    gnutls_privkey_deinit(t->key);
    free(t);
}

/* The library keeps its connection as the session's pointer.  What we lend lives as long as that connection. */
static int on_handshake(gnutls_session_t session, const gnutls_datum_t *issuers, int issuers_n,
                        const gnutls_pk_algorithm_t *algorithms, int algorithms_n,
                        gnutls_pcert_st **chain, unsigned *chain_n, gnutls_privkey_t *key)
{
    struct server_tls *t = server_tls_for(gnutls_session_get_ptr(session));
    if (!t)
        return -1;
    *chain = t->chain;
    *chain_n = t->chain_n;
    *key = t->key;
    return 0;
}

server_tls_hook *server_tls_callback(void)
{
    return (server_tls_hook *)on_handshake;
}

long server_tls_send(void *session, const char *p, size_t n)
{
    ssize_t sent = gnutls_record_send(session, p, n);
    if (sent == GNUTLS_E_AGAIN || sent == GNUTLS_E_INTERRUPTED)
        return E_AGAIN;
    return sent < 0 ? E_GONE : (long)sent;
}
