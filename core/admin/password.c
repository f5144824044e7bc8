/* SPDX-License-Identifier: MIT */
/*
 * password - passwords of people as crypt(5) hashes: made, and compared.
 *
 * yescrypt, Debian's own choice for logins since 11 (shadow, libxcrypt), at its default cost; hashes of other methods that
 * libcrypt knows are accepted, so that an administrator may bring one along.
 */
#include "admin/password.h"

#include "base/mem.h"
#include "base/str.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

static const char method[] = "$y$";

/* NUL-terminated; NULL: cannot be hashed whole, as libcrypt stops at a NUL and refuses longer ones. */
static char *password_z(struct cp_str clear)
{
    if (!clear.n || clear.n > PASSWORD_MOST || memchr(clear.p, 0, clear.n))
        return NULL;
    return mem_dup(clear.p, clear.n);
}

static void password_wipe(char *z, size_t n, struct crypt_data *data)
{
    explicit_bzero(z, n);
    explicit_bzero(data, sizeof(*data));
    free(z);
    free(data);
}

int password_hash(struct cp_str clear, char *out, struct err *err)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];

    if (clear.n < PASSWORD_LEAST)
        return err_set(err, E_CONFIG, "password", "at least %d characters", PASSWORD_LEAST);
    char *z = password_z(clear);
    if (!z)
        return err_set(err, E_CONFIG, "password", "at most %d bytes, without NUL",
                       PASSWORD_MOST);
    struct crypt_data *data = mem_new(1, sizeof(*data));
    const char *hash = NULL;
    if (crypt_gensalt_rn(method, 0, NULL, 0, setting, sizeof(setting)))
        hash = crypt_r(z, setting, data);
    bool is_good = hash && hash[0] != '*' && strlen(hash) < PASSWORD_HASH_BYTES;
    if (is_good)
        memcpy(out, hash, strlen(hash) + 1);
    password_wipe(z, clear.n, data);
    return is_good ? 0
                   : err_set(err, E_UNSUPPORTED, "password", "libcrypt cannot make yescrypt");
}

static bool password_is_same(const char *a, const char *b)
{
    size_t n = strlen(a);
    unsigned char diff = n != strlen(b);

    for (size_t i = 0; i < n && i <= strlen(b); i++)
        diff |= (unsigned char)(a[i] ^ b[i]);
    return !diff;
}

bool password_is(struct cp_str clear, struct cp_str hash)
{
    /* Of nobody's password: who asks whether there is one waits as long as for a wrong one. */
    static const char nobody[] = "$y$j9T$GW1Uf8rTnMt0O5HjCKBc7/";
    char *z = password_z(clear), *setting;

    if (!z)
        return false;
    setting = hash.n ? mem_dup(hash.p, hash.n) : mem_dup(nobody, sizeof(nobody) - 1);
    struct crypt_data *data = mem_new(1, sizeof(*data));
    const char *got = crypt_r(z, setting, data);
    bool is_same = hash.n && got && got[0] != '*' && password_is_same(got, setting);
    free(setting);
    password_wipe(z, clear.n, data);
    return is_same;
}
