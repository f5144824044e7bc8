/* SPDX-License-Identifier: MIT */
/*
 * test_conf - from files to a snapshot: the case files, merging, trust, keys, a snapshot's life.
 */
#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"

#include "../test.h"

#include "fixture.h"

static struct fixture f;

/* cases/NAME.conf must say what cases/NAME.expect says: "" for a good one. */
static void check_case(const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "tests/unit/conf/cases/%s.conf", name);
    struct cp_str text = fixture_source(path);
    snprintf(path, sizeof(path), "tests/unit/conf/cases/%s.expect", name);
    struct cp_str expect = fixture_source(path);
    if (CHECK(text.p) && CHECK(expect.p)) {
        fixture_write(&f, "case.conf", text);
        struct conf *c = fixture_read(&f, "case.conf");
        CHECK(!c == (f.report.errors > 0));
        if (!CHECK_STR(fixture_said(&f), expect.p))
            printf("# %s\n", name);
        conf_unref(c);
    }
    free((void *)(uintptr_t)text.p);
    free((void *)(uintptr_t)expect.p);
}

#define CASE(name)                                                                             \
    TEST(case_##name)                                                                          \
    {                                                                                          \
        check_case(#name);                                                                     \
    }

CASE(good_minimal)
CASE(good_full)
CASE(bad_string)
CASE(bad_syntax)
CASE(bad_names)
CASE(bad_numbers)
CASE(bad_types)
CASE(bad_channels)
CASE(bad_keys)
CASE(bad_models)
CASE(bad_headers)
CASE(bad_listen)
CASE(bad_trust)
CASE(bad_include)
CASE(bad_nesting)
CASE(bad_scheduler)
CASE(bad_scheduler2)
CASE(warned_scheduler)
CASE(warned)

TEST(full_values)
{
    struct cp_str text = fixture_source("tests/unit/conf/cases/good_full.conf");
    fixture_write(&f, "full.conf", text);
    struct conf *c = fixture_read(&f, "full.conf");
    free((void *)(uintptr_t)text.p);
    if (!CHECK(c))
        return;
    CHECK_EQ(c->listeners_n, 2);
    CHECK_EQ(c->workers, 3);
    CHECK_EQ(c->channels_n, 3);
    CHECK_EQ(c->upstream_keys_n, 3);
    CHECK_EQ(c->clients_n, 2);
    CHECK_EQ(c->clients[1].ordinal, 1);
    CHECK_STR(c->clients[1].label, "bob");

    const struct conf_channel *ch = conf_channel(c, STR("first"));
    if (!CHECK(ch))
        return;
    CHECK_STR(ch->name, "First");
    CHECK_EQ(ch->priority, -5);
    CHECK_EQ(ch->urls_n, 2);
    CHECK(ch->urls[0].is_exact && !ch->urls[1].is_exact && ch->urls[1].has_version);
    CHECK_EQ(ch->keys_n, 2);
    CHECK(!ch->keys[1].is_enabled);
    CHECK_STR(ch->keys[1].label, "spare");
    CHECK_EQ(ch->models_n, 3);
    CHECK_EQ(ch->models[2].match, CONF_EXACT);
    CHECK_EQ(ch->headers_n, 2);
    CHECK_STR(ch->headers[0].value, "red");
    CHECK_STR(ch->headers[1].value, NULL);
    CHECK_EQ(ch->options_n, 4);
    CHECK_STR(ch->options[0].value, "true");
    CHECK_STR(ch->options[1].value, "-3");
    CHECK_STR(ch->options[2].value, "0.1");
    CHECK_STR(ch->options[3].value, "5000000000");
    CHECK_EQ(ch->timeouts.connect_ms, 1500);
    CHECK_EQ(ch->timeouts.idle_ms, 7000);
    CHECK(ch->strict && ch->http1);
    CHECK_STR(c->channels[1].id, "my-relay-eu");
    CHECK_STR(c->channels[2].id, "my-relay-eu-2");
    CHECK_EQ(c->channels[2].status, CONF_DISABLED);
    CHECK(conf_channel(c, STR("none")) == NULL);
    conf_unref(c);
}

TEST(bom_and_nul)
{
    struct conf *c = fixture_conf(&f, "\xEF\xBB\xBFworkers = 2;");
    CHECK(c && c->workers == 2);
    conf_unref(c);
    fixture_write(&f, "nul.conf", str_n("workers = 2;\n\0x", 15));
    CHECK(!fixture_read(&f, "nul.conf"));
    CHECK_STR(fixture_said(&f), "nul.conf:2: error: a NUL byte: this is no text file\n");
}

TEST(strange_files)
{
    fixture_mkdir(&f, "folder");
    CHECK(!fixture_read(&f, "folder"));
    CHECK(fixture_says(&f, "folder: error: is no regular file\n"));
    CHECK(mkfifo(fixture_path(&f, "pipe"), 0600) == 0);
    CHECK(!fixture_read(&f, "pipe"));
    CHECK(fixture_says(&f, "pipe: error: is no regular file\n"));
    CHECK(!fixture_read(&f, "missing"));
    CHECK(fixture_says(&f, "missing: error: cannot be opened"));
}

TEST(conf_d_is_merged_in_order)
{
    fixture_mkdir(&f, "conf.d");
    fixture_write(
        &f, "conf.d/20.conf",
        STR("limits = { body = \"3MB\"; };\n"
            "channels = ( { id = \"c\"; dialect = \"chat\"; base_url = \"https://c\"; "
            "keyless = true; } );\n"));
    fixture_write(
        &f, "conf.d/10.conf",
        STR("limits = { body = \"2MB\"; head = \"8KB\"; };\nworkers = 1;\n"
            "channels = ( { id = \"b\"; dialect = \"chat\"; base_url = \"https://b\"; "
            "keyless = true; } );\n"));
    fixture_write(&f, "conf.d/.hidden.conf", STR("what"));
    fixture_write(&f, "conf.d/note.txt", STR("what"));
    struct conf *c = fixture_conf(
        &f, "channels = ( { id = \"a\"; dialect = \"chat\"; base_url = \"https://a\"; "
            "keyless = true; } ); limits = { attempts = 3; };");
    if (CHECK(c)) {
        CHECK_EQ(c->body_bytes, 3 << 20);
        CHECK_EQ(c->head_bytes, 8 << 10);
        CHECK_EQ(c->attempts, 3);
        CHECK_EQ(c->files_n, 3);
        CHECK_EQ(c->channels_n, 3);
        CHECK_STR(c->channels[0].id, "a");
        CHECK_STR(c->channels[1].id, "b");
        CHECK_STR(c->channels[2].id, "c");
    }
    CHECK_STR(fixture_said(&f),
              "conf.d/20.conf:1: warning: \"body\" replaces what conf.d/10.conf:1 says\n");
    conf_unref(c);

    fixture_write(&f, "conf.d/30.conf", STR("worker = 1;"));
    fixture_write(&f, "conf.d/40.conf", STR("= ;"));
    CHECK(!fixture_conf(&f, "limit = 1;"));
    CHECK_EQ(f.report.errors, 3);
    fixture_clear_dir(fixture_path(&f, "conf.d"));
}

TEST(keys_from_everywhere)
{
    static const char text[] =
        "channels = ( { name = \"x\"; dialect = \"chat\"; base_url = \"https://x\";\n"
        "  keys = ( \"sk-literal-0001\", \"env:MY_KEY\", \"file:one\", \"credential:two\",\n"
        "           \"sk-literal-0001\" );\n"
        "  key_file = \"many\"; } );\n";
    char dir[300];
    snprintf(dir, sizeof(dir), "CREDENTIALS_DIRECTORY=%s/creds", f.dir);
    fixture_mkdir(&f, "creds");
    fixture_write(&f, "creds/two", STR("sk-credential-0003"));
    fixture_write(&f, "one", STR("  sk-file-0002\r\n"));
    fixture_write(&f, "many",
                  STR("# comment\nsk-many-0004\n\n  sk-many-0005  \nsk-file-0002\n"));
    f.env[0] = "MY_KEY=sk-env-0001";
    f.env[1] = dir;
    struct conf *c = fixture_conf(&f, text);
    f.env[0] = f.env[1] = NULL;
    if (!CHECK(c))
        return;
    static const char *const keys[] = { "sk-literal-0001",    "sk-env-0001",  "sk-file-0002",
                                        "sk-credential-0003", "sk-many-0004", "sk-many-0005" };
    CHECK_EQ(c->channels[0].keys_n, 6);
    for (size_t i = 0; i < c->channels[0].keys_n && i < 6; i++) {
        CHECK_STR(secret_show(c->channels[0].keys[i].secret), keys[i]);
        CHECK_EQ(c->channels[0].keys[i].ordinal, i);
        CHECK_EQ(strlen(c->channels[0].keys[i].id), 12);
    }
    CHECK_EQ(f.report.warnings, 2); /* the one that came twice, twice */
    conf_unref(c);
}

TEST(any_host_is_a_host)
{
    struct conf *c = fixture_conf(&f, "hosts = [ \"*\", \"a.example.org\" ];\n");
    CHECK(c && c->hosts_n == 2);
    CHECK_EQ(f.report.errors, 0);
    conf_unref(c);
    CHECK(!fixture_conf(&f, "hosts = [ \"*.example.org\" ];\n"));
}

TEST(open_files_with_keys_are_warned_of)
{
    static const char text[] =
        "access_key = \"0123456789abcdefgh\";\nclient_keys = [ \"0123456789"
        "abcdefgi\" ];";
    fixture_write(&f, "open.conf", str_of(text));
    CHECK(chmod(f.path, 0644) == 0);
    struct conf *c = fixture_read(&f, "open.conf");
    CHECK(c);
    CHECK_STR(fixture_said(&f),
              "open.conf: warning: holds a key and can be read by others: chmod 600\n");
    conf_unref(c);
}

/* As a package lays it: root checks what a service will read. */
TEST(files_that_were_given_to_a_service_are_not_open)
{
    if (geteuid())
        return;
    fixture_write(&f, "given.conf", STR("access_key = \"0123456789abcdefgh\";\n"));
    CHECK(chown(f.path, 0, 1) == 0 && chmod(f.path, 0640) == 0);
    struct conf *c = fixture_read(&f, "given.conf");
    CHECK(c && !f.report.warnings);
    conf_unref(c);
    CHECK(chmod(f.path, 0644) == 0);
    c = fixture_read(&f, "given.conf");
    CHECK_STR(fixture_said(&f),
              "given.conf: warning: holds a key and can be read by others: chmod 640\n");
    conf_unref(c);
}

TEST(no_key_is_ever_said)
{
    static const char text[] =
        "access_key = \"CANARY short\";\n"
        "client_keys = ( \"CANARY\\n\", { key = \"CANARY\"; lable = \"x\"; }, 3 );\n"
        "channels = ( { dialect = \"chat\"; base_url = \"https://CANARY:CANARY@h\";\n"
        "  keys = [ \"CANARY \" ]; proxy = \"CANARY\";\n"
        "  headers = ( { name = \"a\"; value = \"CANARY\\u0001\n\"; } ); } );\n";
    CHECK(!fixture_conf(&f, text));
    CHECK(f.report.errors >= 5);
    CHECK(str_find(fixture_said(&f), STR("CANARY")) < 0);
}

TEST(a_made_key_lives_on)
{
    struct conf *c = fixture_conf(&f, "");
    if (!CHECK(c))
        return;
    CHECK(c->is_access_key_made);
    CHECK_EQ(secret_show(c->access_key).n, 43);
    f.before = c;
    struct conf *next = fixture_conf(&f, "workers = 1;");
    f.before = NULL;
    if (CHECK(next)) {
        CHECK(next->is_access_key_made);
        CHECK(secret_is(next->access_key, secret_show(c->access_key)));
        CHECK_EQ(next->generation, c->generation + 1);
    }
    conf_unref(next);
    next = fixture_conf(&f, "");
    CHECK(next && !secret_is(next->access_key, secret_show(c->access_key)));
    conf_unref(next);
    conf_unref(c);
}

TEST(client_keys_alone_make_no_key)
{
    struct conf *c = fixture_conf(&f, "client_keys = [ \"0123456789abcdef\" ];");
    CHECK(c && !c->access_key && !c->is_access_key_made && c->clients_n == 1);
    conf_unref(c);
}

TEST(install_id_makes_key_ids)
{
    static const char text[] = "client_keys = [ \"0123456789abcdef\" ];";
    char set[300];
    struct conf *a = fixture_conf(&f, text), *b = fixture_conf(&f, text);
    fixture_write(&f, "install-id", STR("b7a1d2c3e4f5\n"));
    snprintf(set, sizeof(set), "state_dir=%s", f.dir);
    f.sets[0] = set;
    struct conf *c = fixture_conf(&f, text);
    f.sets[0] = NULL;
    if (CHECK(a && b && c)) {
        CHECK_STR(str_of(a->clients[0].id), b->clients[0].id);
        CHECK(strcmp(a->clients[0].id, c->clients[0].id) != 0);
        CHECK_STR(c->install_id, "b7a1d2c3e4f5");
    }
    conf_unref(a);
    conf_unref(b);
    conf_unref(c);
}

TEST(state_dir_from_the_environment)
{
    f.env[0] = "HOME=/home/x";
    struct conf *c = fixture_conf(&f, "");
    if (CHECK(c))
        CHECK_STR(c->state_dir, "/home/x/.local/state/claude-proxy");
    conf_unref(c);
    f.env[1] = "STATE_DIRECTORY=/var/lib/claude-proxy:/y";
    c = fixture_conf(&f, "");
    if (CHECK(c))
        CHECK_STR(c->state_dir, "/var/lib/claude-proxy");
    conf_unref(c);
    f.env[0] = f.env[1] = NULL;
}

TEST(default_places)
{
    char home[128];
    snprintf(home, sizeof(home), "HOME=%s", f.dir);
    fixture_mkdir(&f, ".config");
    fixture_mkdir(&f, ".config/claude-proxy");
    fixture_write(&f, ".config/claude-proxy/claude-proxy.conf", STR("workers = 7;"));
    f.env[0] = home;
    struct conf *c = fixture_read(&f, NULL);
    CHECK(c && c->workers == 7 && c->files_n == 1);
    conf_unref(c);
    f.env[1] = "CLAUDE_PROXY_CONFIG=/nonexistent/x.conf";
    CHECK(!fixture_read(&f, NULL));
    CHECK(fixture_says(&f, "/nonexistent/x.conf: error: cannot be opened"));
    f.env[0] = f.env[1] = NULL;
}

TEST(references_count)
{
    struct conf *c = fixture_conf(&f, "");
    if (!CHECK(c))
        return;
    CHECK(conf_ref(c) == c);
    conf_unref(c);
    CHECK_EQ(c->workers, 0);
    conf_unref(c);
    conf_unref(NULL);
}

TEST(paths_beside_the_file)
{
    fixture_write(&f, "ca.pem", STR("x"));
    struct conf *c =
        fixture_conf(&f, "channels = ( { name = \"x\"; dialect = \"chat\"; base_url = "
                         "\"https://x\"; keyless = true; ca_file = \"ca.pem\"; } );");
    if (CHECK(c))
        CHECK(str_ends(c->channels[0].ca_file, "/ca.pem") &&
              c->channels[0].ca_file.p[0] == '/');
    conf_unref(c);
}

int main(int argc, char **argv)
{
    fixture_init(&f);
    int rc = test_main(argc, argv);
    fixture_fini(&f);
    return rc;
}
