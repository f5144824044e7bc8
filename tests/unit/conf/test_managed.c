/* SPDX-License-Identifier: MIT */
/*
 * test_managed - what the administration has written down stands below the files, and never stops a start.
 */
#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/managed.h"
#include "conf/node.h"
#include "conf/show.h"

#include "../test.h"

#include "fixture.h"

static struct fixture f;

#define CHANNEL(id, more)                                                                      \
    "{ id = \"" id "\"; dialect = \"chat\"; base_url = \"https://" id ".example\";"            \
    " keys = [ \"sk-" id "-0123456789abcdef0123456789\" ]; " more " }"

static void point(struct fixture *x)
{
    static char dir[128];
    snprintf(dir, sizeof(dir), "STATE_DIRECTORY=%s", x->dir);
    x->env[0] = dir;
}

TEST(is_added_below_the_files)
{
    fixture_write(&f, MANAGED_FILE,
                  STR("managed = { version = 1; generation = 3; };\n"
                      "limits = { body = \"7MB\"; attempts = 3; };\n"
                      "channels = ( " CHANNEL("b", "") " );\n"));
    struct conf *c = fixture_conf(&f, "limits = { body = \"9MB\"; };\n"
                                      "channels = ( " CHANNEL("a", "") " );\n");
    if (!CHECK(c))
        return;
    CHECK_EQ(c->body_bytes, 9 << 20);
    CHECK_EQ(c->attempts, 3);
    CHECK_EQ(c->channels_n, 2);
    CHECK_STR(c->channels[1].id, "b");
    CHECK(fixture_says(&f, "managed.conf:2: note: \"body\" does nothing: main.conf:1 says it"));
    CHECK_EQ(f.report.warnings, 0);
    CHECK(str_ends(c->managed_file, "/" MANAGED_FILE));
    conf_unref(c);
}

TEST(a_channel_of_a_file_wins_over_ours)
{
    fixture_write(&f, MANAGED_FILE, STR("channels = ( " CHANNEL("a", "priority = 7;") " );\n"));
    struct conf *c = fixture_conf(&f, "channels = ( " CHANNEL("a", "priority = 1;") " );\n");
    if (!CHECK(c))
        return;
    CHECK_EQ(c->channels_n, 1);
    CHECK_EQ(c->channels[0].priority, 1);
    CHECK(fixture_says(&f, "managed.conf:1: warning: the channel \"a\" does nothing: there is "
                           "one of this id at main.conf:1"));
    conf_unref(c);
}

TEST(a_channel_without_an_id_is_met_by_its_made_one)
{
    fixture_write(&f, MANAGED_FILE,
                  STR("switches = ( { channel = \"my-relay\"; priority = 5; } );\n"));
    struct conf *c = fixture_conf(&f, "channels = ( { name = \"My Relay\"; dialect = \"chat\"; "
                                      "base_url = \"https://x.example\"; keyless = true; } );");
    if (!CHECK(c))
        return;
    CHECK_STR(c->channels[0].id, "my-relay");
    CHECK_EQ(c->channels[0].priority, 5);
    conf_unref(c);
}

TEST(switches_lie_over_channels_of_files)
{
    fixture_write(&f, MANAGED_FILE,
                  STR("switches = ( { channel = \"a\"; status = \"suspended\"; priority = -4; "
                      "weight = 9; }, { channel = \"gone\"; status = \"active\"; } );\n"));
    struct conf *c = fixture_conf(
        &f, "channels = ( " CHANNEL("a", "status = \"active\"; priority = 1;") " );\n");
    if (!CHECK(c))
        return;
    CHECK_EQ(c->channels[0].status, CONF_SUSPENDED);
    CHECK_EQ(c->channels[0].priority, -4);
    CHECK_EQ(c->channels[0].weight, 9);
    CHECK_EQ(f.report.warnings, 0);
    const struct node *said = node_get(c->said, "channels")->first;
    CHECK_STR(node_text(said, "status"), "suspended");
    CHECK_EQ(show_source(node_get(said, "status")->where), SHOW_MANAGED);
    CHECK_EQ(show_source(node_get(said, "dialect")->where), SHOW_FILE);
    CHECK(!node_get(c->said, "switches"));
    conf_unref(c);
}

TEST(switches_of_keys)
{
    static const char text[] =
        "channels = ( { id = \"a\"; dialect = \"chat\"; base_url = \"https://a.example\"; "
        "keys = [ \"sk-first-key-0123456789\", \"sk-second-key-0123456789\", "
        "\"sk-third-key-0123456789\" ]; } );";
    char switches[256];
    fixture_write(&f, MANAGED_FILE, STR(""));
    struct conf *c = fixture_conf(&f, text);
    if (!CHECK(c))
        return;
    snprintf(
        switches, sizeof(switches),
        "switches = ( { channel = \"a\"; key_order = [ \"%s\" ]; disabled_keys = [ \"%s\", "
        "\"nobody\" ]; } );",
        c->channels[0].keys[2].id, c->channels[0].keys[0].id);
    conf_unref(c);
    fixture_write(&f, MANAGED_FILE, str_of(switches));
    c = fixture_conf(&f, text);
    if (!CHECK(c))
        return;
    const struct conf_channel *a = &c->channels[0];
    CHECK_STR(secret_show(a->keys[0].secret), "sk-third-key-0123456789");
    CHECK_STR(secret_show(a->keys[1].secret), "sk-first-key-0123456789");
    CHECK(a->keys[0].is_enabled && !a->keys[1].is_enabled && a->keys[2].is_enabled);
    CHECK_EQ(a->keys[0].ordinal, 0);
    const struct node *keys = node_get(node_get(c->said, "channels")->first, "keys");
    CHECK_STR(node_text(keys->first, "id"), a->keys[0].id);
    CHECK_STR(node_text(keys->first->next, "enabled"), "false");
    CHECK(!node_get(keys->first, "enabled"));
    conf_unref(c);
}

TEST(families_meet_member_by_member)
{
    fixture_write(&f, MANAGED_FILE,
                  STR("families = ( { name = \"messages\"; fuzzy = false; strategy = "
                      "\"random\"; } );\n"));
    struct conf *c = fixture_conf(
        &f, "families = ( { name = \"messages\"; strategy = \"least_busy\"; } );\n");
    if (!CHECK(c))
        return;
    CHECK_EQ(c->families_n, 1);
    CHECK_STR(c->families[0].strategy, "least_busy");
    CHECK_EQ(c->families[0].fuzzy, CONF_NO);
    CHECK(fixture_says(&f, "\"strategy\" does nothing: main.conf:1 says it"));
    conf_unref(c);
}

TEST(what_is_not_known_is_passed_over)
{
    fixture_write(
        &f, MANAGED_FILE,
        STR("managed = { version = 2; };\nshiny = 1;\n"
            "limits = { attempts = 4; turbo = true; };\n"
            "channels = ( " CHANNEL("b", "mood = \"good\"; options = { any = 1; };") " );\n"));
    struct conf *c = fixture_conf(&f, "");
    if (!CHECK(c))
        return;
    CHECK_EQ(c->attempts, 4);
    CHECK_EQ(c->channels_n, 1);
    CHECK_EQ(c->channels[0].options_n, 1);
    CHECK(fixture_says(&f, "managed.conf:1: warning: a newer version of claude-proxy wrote"));
    CHECK(fixture_says(&f, "managed.conf:2: warning: \"shiny\" is not known to this older"));
    CHECK(fixture_says(&f, "managed.conf:3: warning: \"limits.turbo\" is not known"));
    CHECK(fixture_says(&f, "managed.conf:4: warning: \"channels.mood\" is not known"));
    conf_unref(c);
}

TEST(some_things_only_files_may_say)
{
    fixture_write(
        &f, MANAGED_FILE,
        STR("state_dir = \"/elsewhere\";\nplugins = { dir = \"/tmp\"; };\n"
            "channels = ( { id = \"b\"; status = \"disabled\"; dialect = \"chat\"; "
            "base_url = \"https://b.example\"; keys = [ \"file:/etc/shadow\" ]; } );\n"));
    struct conf *c = fixture_conf(&f, "");
    if (!CHECK(c))
        return;
    CHECK_STR(c->state_dir, f.dir);
    CHECK(!c->plugin_dir.p);
    CHECK_EQ(c->channels[0].keys_n, 0);
    CHECK(fixture_says(&f, "managed.conf:1: warning: \"state_dir\" may only be set in a file"));
    CHECK(
        fixture_says(&f, "managed.conf:2: warning: \"plugins.dir\" may only be set in a file"));
    CHECK(fixture_says(&f, "managed.conf:3: warning: \"file:\" may only be said in a file"));
    conf_unref(c);
}

/* Generations as the steward keeps them. */
static void keep(const char *name, const char *text)
{
    char path[64];
    (void)mkdir(fixture_path(&f, MANAGED_FOLDER), 0700);
    snprintf(path, sizeof(path), MANAGED_FOLDER "/%s", name);
    fixture_write(&f, path, str_of(text));
}

TEST(the_newest_good_generation_takes_the_place_of_a_bad_file)
{
    static const char *const bad[] = {
        "channels = ( { id = \"x\"",          /* truncated */
        "limits = { attempts = \"many\"; };", /* means nothing */
        "channels = ( { id = \"x\"; } );",    /* not whole */
        "\x7F\x45\x4C\x46\x02\x01\x01",       /* not even text */
    };
    keep("00000007.conf", "limits = { attempts = 7; };");
    keep("00000009.conf", "limits = { attempts = 9; };");
    keep("00000011.conf", "limits = { attempts = ");
    keep("00000012.conf.new", "limits = { attempts = 12; };");
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        fixture_write(&f, MANAGED_FILE, str_of(bad[i]));
        struct conf *c = fixture_conf(&f, "fuzzy = false;");
        if (!CHECK(c))
            continue;
        CHECK_EQ(c->attempts, 9);
        CHECK(str_ends(c->managed_file, MANAGED_FOLDER "/00000009.conf"));
        CHECK_EQ(f.report.errors, 0);
        CHECK(f.report.warnings >= 2);
        CHECK(fixture_says(&f, "managed.conf: warning: cannot be used:"));
        CHECK(fixture_says(&f, "managed.conf:1: warning: "));
        f.before = c;
        CHECK(!fixture_conf(&f, "fuzzy = true;")); /* a reload is refused instead */
        f.before = NULL;
        conf_unref(c);
    }
}

TEST(without_any_good_generation_the_files_serve)
{
    keep("00000007.conf", "attempts");
    keep("00000009.conf", "attempts");
    fixture_write(&f, MANAGED_FILE, STR("attempts"));
    struct conf *c = fixture_conf(&f, "limits = { attempts = 2; };");
    if (CHECK(c))
        CHECK_EQ(c->attempts, 2);
    if (c)
        CHECK(!c->managed_file.p);
    conf_unref(c);
    CHECK(!fixture_conf(&f, "limits = { attempts = 0; };"));
    CHECK(fixture_says(&f, "main.conf:1: error: limits.attempts must be from"));
}

TEST(a_file_that_may_not_be_read_stops_the_start)
{
    char path[300];
    snprintf(path, sizeof(path), "%s", fixture_path(&f, MANAGED_FILE));
    (void)unlink(path);
    CHECK_EQ(symlink(MANAGED_FILE, path),
             0); /* root reads what has no mode at all, but not this */
    CHECK(!fixture_conf(&f, "fuzzy = false;"));
    CHECK(fixture_says(&f, "managed.conf: error: cannot be opened"));
    CHECK_EQ(unlink(path), 0);
}

TEST(a_made_key_is_kept_and_outlives_our_client_keys)
{
    fixture_write(&f, MANAGED_FILE, STR("client_keys = ( \"0123456789abcdef\" );"));
    fixture_write(&f, CONF_ACCESS_KEY_FILE, STR("cp-0123456789abcdef\n"));
    struct conf *c = fixture_conf(&f, "");
    if (!CHECK(c))
        return;
    CHECK(c->is_access_key_made && c->is_access_key_kept);
    CHECK(secret_is(c->access_key, STR("cp-0123456789abcdef")));
    CHECK_EQ(c->clients_n, 1);
    conf_unref(c);
    fixture_write(&f, CONF_ACCESS_KEY_FILE, STR("torn"));
    c = fixture_conf(&f, "");
    if (!CHECK(c))
        return;
    CHECK(c->is_access_key_made && !c->is_access_key_kept);
    CHECK(!secret_is(c->access_key, STR("torn")));
    conf_unref(c);
    c = fixture_conf(&f, "client_keys = ( \"fedcba9876543210\" );");
    if (CHECK(c))
        CHECK(!c->access_key); /* who names keys in a file means these */
    conf_unref(c);
}

TEST(a_candidate_stands_for_the_file)
{
    char main[256];
    struct buf said;
    fixture_write(&f, MANAGED_FILE, STR("limits = { attempts = 5; };"));
    fixture_write(&f, "main.conf", STR("fuzzy = false;"));
    snprintf(main, sizeof(main), "%s", f.path);
    buf_init(&said, 1 << 16);
    struct conf_report report = { .out = &said };
    struct conf_source source = { .file = main, .env = f.env, .managed = STR("") };
    source.env_file = fixture_path(&f, ".env");
    struct conf *c = conf_read(&source, &report);
    if (CHECK(c))
        CHECK_EQ(c->attempts, 8);
    conf_unref(c);
    source.managed = STR("limits = { attempts = 6; };");
    c = conf_read(&source, &report);
    if (CHECK(c))
        CHECK_EQ(c->attempts, 6);
    conf_unref(c);
    source.managed = STR("user = \"root\";");
    CHECK(!conf_read(&source, &report));
    buf_fini(&said);
}

int main(int argc, char **argv)
{
    fixture_init(&f);
    point(&f);
    int rc = test_main(argc, argv);
    fixture_fini(&f);
    return rc;
}
