/* SPDX-License-Identifier: MIT */
/*
 * fuzz_url - what we read in a URL must be what libcurl reads, or we must refuse it.
 *
 * The host we check a certificate for, and judge by the address rule, is the one libcurl connects.
 */
#include "base/str.h"
#include "loop/url.h"

#include <curl/curl.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static bool is_number(const char *host)
{
    struct in_addr in;
    return inet_aton(host, &in) != 0;
}

static void compare(const struct url *u, CURLU *theirs)
{
    char ours[300], *host = NULL, *port = NULL, *scheme = NULL;
    must(curl_url_get(theirs, CURLUPART_HOST, &host, 0) == CURLUE_OK);
    must(curl_url_get(theirs, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK);
    must(curl_url_get(theirs, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK);
    bool is_ip6 = host[0] == '[';
    snprintf(ours, sizeof ours, is_ip6 ? "[%.*s]" : "%.*s", STR_FMT(u->host));
    size_t n = strlen(host);
    if (n && host[n - 1] == '.')
        host[n - 1] = 0;
    /* libcurl writes numbers as dotted quads, and short forms of IPv6 */
    must(is_ip6 || is_number(ours) || strcasecmp(ours, host) == 0);
    must(is_number(ours) == is_number(host));
    must(atoi(port) == u->port);
    must(u->is_https == (strcasecmp(scheme, "https") == 0));
    curl_free(host);
    curl_free(port);
    curl_free(scheme);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct url u;
    char *z = malloc(size + 1);
    memcpy(z, data, size);
    z[size] = 0;
    CURLU *theirs = curl_url();
    char *user = NULL;
    if (url_read(&u, str_n(z, size), NULL) == 0) {
        must(u.host.n > 0 && u.port > 0 && u.host.p >= z && u.host.p + u.host.n <= z + size);
        must(strlen(z) == size);
        /* they may refuse more: then nothing is connected */
        if (curl_url_set(theirs, CURLUPART_URL, z, CURLU_PATH_AS_IS) == CURLUE_OK) {
            must(curl_url_get(theirs, CURLUPART_USER, &user, 0) == CURLUE_NO_USER);
            compare(&u, theirs);
        }
    }
    curl_url_cleanup(theirs);
    free(z);
    return 0;
}
