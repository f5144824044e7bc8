/* SPDX-License-Identifier: MIT */
/*
 * tls - the only file that includes GnuTLS: a server side with one certificate and http/1.1.
 */
#include "conn.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>

struct tls {
    gnutls_session_t session;
    bool is_ready;
};

static gnutls_certificate_credentials_t credentials;

int tls_setup(const char *cert, const char *key)
{
    if (gnutls_certificate_allocate_credentials(&credentials) < 0)
        return -1;
    return gnutls_certificate_set_x509_key_file(credentials, cert, key, GNUTLS_X509_FMT_PEM);
}

struct tls *tls_open(int fd)
{
    static unsigned char http11[] = "http/1.1";
    gnutls_datum_t protocol = { http11, sizeof http11 - 1 };
    struct tls *tls = calloc(1, sizeof *tls);

    if (!tls ||
        gnutls_init(&tls->session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0)
        abort();
    gnutls_set_default_priority(tls->session);
    gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_alpn_set_protocols(tls->session, &protocol, 1, 0);
    gnutls_transport_set_int(tls->session, fd);
    return tls;
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    gnutls_bye(tls->session, GNUTLS_SHUT_WR); /* best effort: the socket is closed next */
    gnutls_deinit(tls->session);
    free(tls);
}

static int64_t as_errno(ssize_t n)
{
    if (n >= 0)
        return n;
    errno = n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED ? EAGAIN : ECONNRESET;
    return -1;
}

static int shake_hands(struct tls *tls)
{
    int rc;

    if (tls->is_ready)
        return 0;
    do
        rc = gnutls_handshake(tls->session);
    while (rc < 0 && rc != GNUTLS_E_AGAIN && !gnutls_error_is_fatal(rc));
    tls->is_ready = rc == 0;
    return rc;
}

int64_t tls_read(struct tls *tls, char *p, size_t n)
{
    int rc = shake_hands(tls);

    return as_errno(rc < 0 ? rc : gnutls_record_recv(tls->session, p, n));
}

int64_t tls_write(struct tls *tls, const char *p, size_t n)
{
    return as_errno(gnutls_record_send(tls->session, p, n > 16384 ? 16384 : n));
}
