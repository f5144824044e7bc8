/* SPDX-License-Identifier: MIT */
/*
 * samples - the configuration files that come with the gateway, and what they need to be read: keys, certificates, names.
 */
#ifndef TESTS_UNIT_CONF_SAMPLES_H
#define TESTS_UNIT_CONF_SAMPLES_H

#include "fixture.h"

static const char *const samples[] = {
    "conf/claude-proxy.conf",          "conf/channels.conf.example",
    "conf/examples/minimal.conf",      "conf/examples/full.conf",
    "conf/examples/behind-nginx.conf", "conf/examples/tls.conf",
    "conf/examples/local-llm.conf",    "conf/examples/privileged-port.conf",
};
enum { SAMPLES = sizeof(samples) / sizeof(*samples) };

/* Into f's folder and environment. */
static inline void samples_furnish(struct fixture *f)
{
    static char credentials[128];
    static const char *const files[] = { "access-key",
                                         "admin-key",
                                         "keys/anthropic",
                                         "credentials/access-key",
                                         "credentials/admin-key",
                                         "credentials/anthropic-key" };
    static const char *const names[] = {
        "ANTHROPIC_API_KEY", "OPENAI_API_KEY",  "TEAM_KEY",        "ROOT_KEY",   "KEY_ALICE",
        "KEY_BATCH",         "ANTHROPIC_KEY_1", "ANTHROPIC_KEY_2", "GEMINI_KEY", "RELAY_KEY",
        "RELAY_TEAM",        "GEMINI_API_KEY",  "RELAY_KEY_1",     "RELAY_KEY_2"
    };
    static char env[sizeof(names) / sizeof(*names)][64];
    size_t n = 0;
    fixture_mkdir(f, "keys");
    fixture_mkdir(f, "credentials");
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        char key[64];
        snprintf(key, sizeof(key), "key-%zu-of-a-file-0123456789\n", i);
        fixture_write(f, files[i], str_of(key));
    }
    fixture_write(f, "admin-password", STR("$y$j9T$abcdefgh$0123456789\n"));
    snprintf(credentials, sizeof(credentials), "CREDENTIALS_DIRECTORY=%s/credentials", f->dir);
    f->env[n++] = credentials;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        snprintf(env[i], sizeof(env[i]), "%s=%s-value-0123456789", names[i], names[i]);
        f->env[n++] = env[i];
    }
    f->env[n] = NULL;
}

/* The certificates stand where no test can put any. */
static inline bool samples_is_of_certificate(struct cp_str line)
{
    return str_find(line, STR("/etc/claude-proxy/tls/")) >= 0;
}

#endif
