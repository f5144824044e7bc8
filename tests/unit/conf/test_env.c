/* SPDX-License-Identifier: MIT */
/*
 * test_env - what the environment and the command line say over files.
 */
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"

#include "../test.h"

#include "fixture.h"

static struct fixture f;

/* Reads text under the given environment (up to 4 names). */
static struct conf *with_env(const char *text, const char *a, const char *b, const char *c,
                             const char *d)
{
    f.env[0] = a;
    f.env[1] = b;
    f.env[2] = c;
    f.env[3] = d;
    f.sets[0] = NULL;
    return fixture_conf(&f, text);
}

static struct conf *with_sets(const char *text, const char *a, const char *b)
{
    f.env[0] = NULL;
    f.sets[0] = a;
    f.sets[1] = b;
    return fixture_conf(&f, text);
}

TEST(names_of_old)
{
    struct conf *c = with_env("", "REQUEST_TIMEOUT=1500", "RESPONSE_HEADER_TIMEOUT=7",
                              "MAX_REQUEST_BODY_SIZE_MB=3", "NODE_ENV=development");
    if (!CHECK(c))
        return;
    CHECK_EQ(c->timeouts.total_ms, 1500);
    CHECK_EQ(c->timeouts.first_byte_ms, 7000);
    CHECK_EQ(c->body_bytes, 3 << 20);
    CHECK_STR(c->mode, "development");
    conf_unref(c);

    c = with_env("", "ENABLE_WEB_UI=false", "ENABLE_CORS=true", "CORS_ORIGIN=https://a.example",
                 "LOG_LEVEL=debug");
    if (!CHECK(c))
        return;
    CHECK(!c->web_ui);
    CHECK(c->cors);
    CHECK_STR(c->cors_origin, "https://a.example");
    CHECK_EQ(c->log_level, CP_LOG_DEBUG);
    conf_unref(c);

    c = with_env("", "ENABLE_REQUEST_LOGS=false", "REWRITE_RESPONSE_MODEL=true",
                 "PROXY_ACCESS_KEY=0123456789abcdef", "LOG_FILE=x.log");
    if (!CHECK(c))
        return;
    CHECK(!c->log_requests);
    CHECK(c->rewrite_response_model);
    CHECK(secret_is(c->access_key, STR("0123456789abcdef")));
    CHECK_STR(c->log_file, "logs/x.log");
    CHECK_EQ(f.report.warnings, 0);
    conf_unref(c);
}

TEST(bad_numbers_of_old_are_errors)
{
    CHECK(!with_env("", "REQUEST_TIMEOUT=5m", "PORT=http", "MAX_REQUEST_BODY_SIZE_MB=-1",
                    "LOG_LEVEL=loud"));
    CHECK_EQ(f.report.errors, 4);
    CHECK(
        fixture_says(&f, "environment:REQUEST_TIMEOUT: error: must be a whole number of ms\n"));
    CHECK(fixture_says(&f, "environment:PORT: error: "));
}

TEST(port_changes_the_port_alone)
{
    struct conf *c = with_env("", "PORT=4000", NULL, NULL, NULL);
    if (!CHECK(c))
        return;
    CHECK_STR(c->listeners[0].address, "127.0.0.1");
    CHECK_EQ(c->listeners[0].port, 4000);
    conf_unref(c);

    c = with_env("listen = \"[::1]:9\";", "PORT=4000", NULL, NULL, NULL);
    if (!CHECK(c))
        return;
    CHECK_STR(c->listeners[0].address, "::1");
    CHECK_EQ(c->listeners[0].port, 4000);
    conf_unref(c);

    c = with_env("listen = [ \"127.0.0.1:8\", \"127.0.0.1:9\" ];", "PORT=4000", NULL, NULL,
                 NULL);
    if (!CHECK(c))
        return;
    CHECK_EQ(c->listeners[0].port, 8);
    CHECK_EQ(f.report.warnings, 1);
    conf_unref(c);

    c = with_env("", "PORT=4000", "CLAUDE_PROXY_LISTEN=127.0.0.2:5, [::1]:6", NULL, NULL);
    if (!CHECK(c))
        return;
    CHECK_EQ(c->listeners_n, 2);
    CHECK_EQ(c->listeners[0].port, 5);
    CHECK_EQ(c->listeners[1].port, 6);
    conf_unref(c);
}

TEST(new_names_win_over_old_and_files)
{
    struct conf *c = with_env("limits = { body = \"1MB\"; head = \"8KB\"; };",
                              "MAX_REQUEST_BODY_SIZE_MB=2", "CLAUDE_PROXY_LIMITS__BODY=3MB",
                              "CLAUDE_PROXY_LIMITS__STREAM_LOW=1KB", "CLAUDE_PROXY_FUZZY=no");
    if (!CHECK(c))
        return;
    CHECK_EQ(c->body_bytes, 3 << 20);
    CHECK_EQ(c->head_bytes, 8 << 10);
    CHECK_EQ(c->stream_low, 1 << 10);
    CHECK(!c->fuzzy);
    CHECK_EQ(f.report.warnings, 0);
    conf_unref(c);
}

TEST(unknown_new_names_are_warned_of)
{
    struct conf *c = with_env("", "CLAUDE_PROXY_LIMIT__BODY=1MB", "CLAUDE_PROXY_PORT=tcp://1:2",
                              "CLAUDE_PROXY_SERVICE_HOST=1", "CLAUDE_PROXY_CHANNELS=x");
    if (!CHECK(c))
        return;
    CHECK_EQ(f.report.warnings, 2);
    CHECK(fixture_says(&f, "did you mean CLAUDE_PROXY_LIMITS__BODY\n"));
    conf_unref(c);
}

TEST(an_access_key_replaces_a_file_of_one)
{
    struct conf *c = with_env("access_key_file = \"nowhere\";",
                              "PROXY_ACCESS_KEY=0123456789abcdef", NULL, NULL, NULL);
    if (!CHECK(c))
        return;
    CHECK(secret_is(c->access_key, STR("0123456789abcdef")));
    conf_unref(c);
}

TEST(a_file_by_environment)
{
    char set[300];
    fixture_write(&f, "key", STR("from-a-file-0123456789\n"));
    snprintf(set, sizeof(set), "CLAUDE_PROXY_ACCESS_KEY_FILE=%s", f.path);
    struct conf *c = with_env("access_key = \"short\";", set, NULL, NULL, NULL);
    if (!CHECK(c))
        return;
    CHECK(secret_is(c->access_key, STR("from-a-file-0123456789")));
    conf_unref(c);
}

TEST(idle_names_get_one_note)
{
    struct conf *c = with_env("", "QUIET_POLLING_LOGS=true", "LOG_COMPRESS=true", NULL, NULL);
    if (!CHECK(c))
        return;
    CHECK_STR(fixture_said(&f), "environment: note: set, but without meaning here: "
                                "QUIET_POLLING_LOGS LOG_COMPRESS\n");
    conf_unref(c);
}

TEST(what_was_kept_of_requests)
{
    struct conf *c = with_env("", "METRICS_RETENTION_DAYS=9", NULL, NULL, NULL);
    if (!CHECK(c))
        return;
    CHECK_EQ(c->history.keep_ms, INT64_C(9) * 24 * 3600 * 1000);
    CHECK_STR(c->history.store, "sqlite");
    CHECK_EQ(f.report.warnings, 0);
    conf_unref(c);
    c = with_env("", "METRICS_RETENTION_DAYS=900", "METRICS_PERSISTENCE_ENABLED=false", NULL,
                 NULL);
    if (!CHECK(c))
        return;
    CHECK_EQ(c->history.keep_ms, INT64_C(30) * 24 * 3600 * 1000);
    CHECK(!c->history.store.p);
    CHECK(fixture_says(&f, "must be from 3 to 30 days: taken as 30\n"));
    conf_unref(c);
}

TEST(secrets_from_files_by_environment)
{
    char admin[300], old[300];
    fixture_write(&f, "admin", STR("admin-key-0123456789\n"));
    snprintf(admin, sizeof(admin), "CLAUDE_PROXY_ADMIN_KEY_FILE=%s", f.path);
    fixture_write(&f, "old", STR("old-key-0123456789\n"));
    snprintf(old, sizeof(old), "PROXY_ACCESS_KEY_FILE=%s", f.path);
    struct conf *c = with_env("", admin, old, "CLAUDE_PROXY_LIMITS__BODY_FILE=/x", NULL);
    if (!CHECK(c))
        return;
    CHECK(secret_is(c->admin_key, STR("admin-key-0123456789")));
    CHECK(secret_is(c->access_key, STR("old-key-0123456789")));
    CHECK_EQ(f.report.warnings, 1); /* only secrets come from files */
    conf_unref(c);
}

TEST(a_name_that_the_go_program_gave_up_is_told_what_it_is_now)
{
    struct conf *c = with_env("", "LOAD_BALANCE_STRATEGY=round-robin", NULL, NULL, NULL);
    if (!CHECK(c))
        return;
    CHECK_STR(fixture_said(&f), "environment: note: LOAD_BALANCE_STRATEGY does nothing; "
                                "scheduler.strategy does it here\n");
    conf_unref(c);
}

TEST(a_shell_s_env_is_not_ours)
{
    struct conf *c = with_env("", "ENV=/home/x/.shrc", NULL, NULL, NULL);
    if (!CHECK(c))
        return;
    CHECK_STR(c->mode, "production");
    conf_unref(c);
}

TEST(sets_win_over_all)
{
    f.env[0] = NULL;
    struct conf *c = with_sets("log = { level = \"error\"; file = \"a\"; };", "log.level=debug",
                               "log.file=");
    if (!CHECK(c))
        return;
    CHECK_EQ(c->log_level, CP_LOG_DEBUG);
    CHECK_STR(c->log_file, NULL);
    conf_unref(c);
}

TEST(bad_sets)
{
    CHECK(!with_sets("", "limits.bdy=1MB", "channels=x"));
    CHECK(fixture_says(&f,
                       "command line:limits.bdy: error: unknown option \"limits.bdy\"; did you "
                       "mean \"limits.body\"?\n"));
    CHECK(fixture_says(
        &f, "command line:channels: error: is a list: it can only be set in a file\n"));
    CHECK(!with_sets("", "workers", "fuzzy=maybe"));
    CHECK_EQ(f.report.errors, 2);
}

TEST(a_scalar_in_a_group_s_place)
{
    CHECK(!with_sets("limits = 3;", "limits.body=1MB", NULL));
    CHECK(fixture_says(&f,
                       "main.conf:1: error: \"limits\" must be a group { }, not an integer\n"));
}

TEST(dotenv_is_read)
{
    f.env[0] = "PORT=1111";
    f.env[1] = f.sets[0] = NULL;
    fixture_write(&f, ".env",
                  STR("PORT=2222\nLOG_LEVEL=warn\nPROXY_ACCESS_KEY='0123456789abcdef'\n"));
    struct conf *c = fixture_conf(&f, "");
    fixture_write(&f, ".env", STR(""));
    if (!CHECK(c))
        return;
    CHECK_EQ(c->listeners[0].port, 1111);
    CHECK_EQ(c->log_level, CP_LOG_WARN);
    CHECK(secret_is(c->access_key, STR("0123456789abcdef")));
    CHECK_EQ(f.report.warnings, 0);
    conf_unref(c);
}

int main(int argc, char **argv)
{
    fixture_init(&f);
    int rc = test_main(argc, argv);
    fixture_fini(&f);
    return rc;
}
