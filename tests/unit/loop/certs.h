/* SPDX-License-Identifier: MIT */
/*
 * certs - authorities and server certificates made on the spot, good ones and bad ones.
 */
#ifndef TESTS_UNIT_LOOP_CERTS_H
#define TESTS_UNIT_LOOP_CERTS_H

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct cert {
    gnutls_x509_crt_t crt;
    gnutls_x509_privkey_t key;
};

struct cert_wish {
    const char *name;          /* common name */
    const char *dns, *ip;      /* alternative names; NULL: none */
    const struct cert *issuer; /* NULL: signs itself */
    const char *purpose;       /* NULL: GNUTLS_KP_TLS_WWW_SERVER */
    int from_day, to_day;      /* from now; both 0: -1 to 30 */
    bool is_ca, is_sha1;
};

static inline void certs_must(int rc)
{
    if (rc >= 0)
        return;
    printf("Bail out! certs: %s\n", gnutls_strerror(rc));
    exit(1);
}

/* GnuTLS finds an issuer only among certificates it has read. */
static inline gnutls_x509_crt_t certs_reread(gnutls_x509_crt_t made)
{
    gnutls_x509_crt_t crt;
    gnutls_datum_t der;
    certs_must(gnutls_x509_crt_export2(made, GNUTLS_X509_FMT_DER, &der));
    certs_must(gnutls_x509_crt_init(&crt));
    certs_must(gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER));
    gnutls_free(der.data);
    gnutls_x509_crt_deinit(made);
    return crt;
}

static inline struct cert cert_make(struct cert_wish wish)
{
    struct cert c;
    unsigned char serial[8], ip[4];
    time_t now = time(NULL);
    if (!wish.from_day && !wish.to_day) {
        wish.from_day = -1;
        wish.to_day = 30;
    }
    certs_must(gnutls_x509_privkey_init(&c.key));
    certs_must(gnutls_x509_privkey_generate(
        c.key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    certs_must(gnutls_x509_crt_init(&c.crt));
    certs_must(gnutls_x509_crt_set_version(c.crt, 3));
    gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);
    serial[0] = (serial[0] & 0x7f) | 1;
    certs_must(gnutls_x509_crt_set_serial(c.crt, serial, sizeof serial));
    certs_must(gnutls_x509_crt_set_key(c.crt, c.key));
    certs_must(gnutls_x509_crt_set_dn_by_oid(c.crt, GNUTLS_OID_X520_COMMON_NAME, 0, wish.name,
                                             (unsigned)strlen(wish.name)));
    certs_must(gnutls_x509_crt_set_activation_time(c.crt, now + wish.from_day * 86400L));
    certs_must(gnutls_x509_crt_set_expiration_time(c.crt, now + wish.to_day * 86400L));
    certs_must(gnutls_x509_crt_set_basic_constraints(c.crt, wish.is_ca, -1));
    if (wish.is_ca)
        certs_must(gnutls_x509_crt_set_key_usage(c.crt, GNUTLS_KEY_KEY_CERT_SIGN |
                                                            GNUTLS_KEY_DIGITAL_SIGNATURE));
    else
        certs_must(gnutls_x509_crt_set_key_purpose_oid(
            c.crt, wish.purpose ? wish.purpose : GNUTLS_KP_TLS_WWW_SERVER, 0));
    if (wish.dns)
        certs_must(gnutls_x509_crt_set_subject_alt_name(c.crt, GNUTLS_SAN_DNSNAME, wish.dns,
                                                        (unsigned)strlen(wish.dns),
                                                        GNUTLS_FSAN_APPEND));
    if (wish.ip && inet_pton(AF_INET, wish.ip, ip) == 1)
        certs_must(gnutls_x509_crt_set_subject_alt_name(c.crt, GNUTLS_SAN_IPADDRESS, ip,
                                                        sizeof ip, GNUTLS_FSAN_APPEND));
    const struct cert *by = wish.issuer ? wish.issuer : &c;
    certs_must(gnutls_x509_crt_sign2(c.crt, by->crt, by->key,
                                     wish.is_sha1 ? GNUTLS_DIG_SHA1 : GNUTLS_DIG_SHA256, 0));
    c.crt = certs_reread(c.crt);
    return c;
}

static inline void cert_free(struct cert *c)
{
    gnutls_x509_crt_deinit(c->crt);
    gnutls_x509_privkey_deinit(c->key);
}

/* What a server shows: itself, and a second certificate of the chain or NULL. */
static inline gnutls_certificate_credentials_t cert_serve(const struct cert *c,
                                                          const struct cert *then)
{
    gnutls_certificate_credentials_t to;
    gnutls_x509_crt_t chain[2] = { c->crt, then ? then->crt : NULL };
    certs_must(gnutls_certificate_allocate_credentials(&to));
    certs_must(gnutls_certificate_set_x509_key(to, chain, then ? 2 : 1, c->key));
    return to;
}

/* As PEM; another file each time, put in place at once. */
static inline void cert_write(const struct cert *c, const char *path)
{
    gnutls_datum_t pem;
    char fresh[256];
    certs_must(gnutls_x509_crt_export2(c->crt, GNUTLS_X509_FMT_PEM, &pem));
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *f = fopen(fresh, "w");
    if (!f || fwrite(pem.data, 1, pem.size, f) != pem.size || fclose(f) != 0 ||
        rename(fresh, path) != 0)
        abort();
    gnutls_free(pem.data);
}

#endif
