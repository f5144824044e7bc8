/* SPDX-License-Identifier: MIT */
/*
 * test_panel - what Accept-Encoding lets us send, which paths are the panel's, and what is read from a folder.
 */
#include "admin/panel_private.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"

#include "../test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TEST(gzip_by_its_weight)
{
    CHECK(panel_takes_gzip(STR("gzip")));
    CHECK(panel_takes_gzip(STR("GZIP")));
    CHECK(panel_takes_gzip(STR("x-gzip")));
    CHECK(panel_takes_gzip(STR("br, gzip;q=0.5, deflate")));
    CHECK(panel_takes_gzip(STR("gzip ; q=0.001")));
    CHECK(panel_takes_gzip(STR("*")));
    CHECK(panel_takes_gzip(STR("identity, *;q=0.1")));
    CHECK(panel_takes_gzip(STR("gzip, *;q=0")));
    CHECK(panel_takes_gzip(STR("*;q=0, gzip")));
    CHECK(panel_takes_gzip(STR(",,gzip,,")));
}

TEST(no_gzip_for_who_does_not_want_it)
{
    CHECK(!panel_takes_gzip(STR_NONE));
    CHECK(!panel_takes_gzip(STR("")));
    CHECK(!panel_takes_gzip(STR("identity")));
    CHECK(!panel_takes_gzip(STR("br, zstd, deflate")));
    CHECK(!panel_takes_gzip(STR("gzip;q=0")));
    CHECK(!panel_takes_gzip(STR("gzip; Q=0.000")));
    CHECK(!panel_takes_gzip(STR("*, gzip;q=0")));
    CHECK(!panel_takes_gzip(STR("gzip;q=0, *")));
    CHECK(!panel_takes_gzip(STR("*;q=0")));
    CHECK(!panel_takes_gzip(STR("gzipped")));
    CHECK(!panel_takes_gzip(STR(";q=1")));
}

TEST(paths_that_are_the_panels)
{
    CHECK(panel_is_path(STR("/")) && panel_is_path(STR("/index.html")));
    CHECK(panel_is_path(STR("/panel")) && panel_is_path(STR("/panel/")));
    CHECK(panel_is_path(STR("/panel/x/y")));
    CHECK(!panel_is_path(STR("")) && !panel_is_path(STR("*")) && !panel_is_path(STR("//")));
    CHECK(!panel_is_path(STR("/panels")) && !panel_is_path(STR("/v1/panel/")));
    CHECK(!panel_is_path(STR("/index.htm")));
}

/* ---- a folder ---- */

struct place {
    char dir[64];
};

static void place_open(struct place *p)
{
    snprintf(p->dir, sizeof(p->dir), "/tmp/test-panel-XXXXXX");
    CHECK(mkdtemp(p->dir));
}

static void place_put(const struct place *p, const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", p->dir, name);
    for (char *at = strchr(path + strlen(p->dir) + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = 0;
        (void)mkdir(path, 0700); /* it may be there */
        *at = '/';
    }
    FILE *f = fopen(path, "we");
    CHECK(f);
    fputs(text, f);
    CHECK(!fclose(f));
}

static void place_link(const struct place *p, const char *name, const char *to)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", p->dir, name);
    CHECK(!symlink(to, path));
}

static void place_close(const struct place *p)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf '%s'", p->dir);
    CHECK(!system(command));
}

static struct panel *read_it(const struct place *p)
{
    const struct panel_folders from = { p->dir, "/nonexistent" };

    return panel_read(&from);
}

static bool has(const struct panel *p, const char *name)
{
    return map_get(p->by_name, str_of(name)) != NULL;
}

TEST(what_is_taken_and_what_is_left)
{
    struct place at;

    place_open(&at);
    place_put(&at, "index.html", "<script src=panel/{version}/main.js>{version}");
    place_put(&at, "main.js", "1;");
    place_put(&at, "lib/deep/er/a.mjs", "2;");
    place_put(&at, "README.md", "no");
    place_put(&at, ".hidden.js", "no");
    place_put(&at, ".git/x.js", "no");
    place_put(&at, "a b.js", "no");
    place_put(&at, "www.mk", "no");
    place_put(&at, "empty.css", "");
    place_link(&at, "linked.js", "main.js");
    place_link(&at, "nowhere.js", "gone.js");
    place_link(&at, "zero.js", "/dev/zero");
    place_link(&at, "loop", ".");
    char fifo[256];
    snprintf(fifo, sizeof(fifo), "%s/pipe.js", at.dir);
    CHECK(!mkfifo(fifo, 0600));
    struct panel *p = read_it(&at);
    CHECK(p);
    CHECK(has(p, "main.js") && has(p, "lib/deep/er/a.mjs") && has(p, "linked.js"));
    CHECK(has(p, "empty.css"));
    CHECK_EQ(p->files_n, 5);
    CHECK(!has(p, "index.html"));
    struct buf page;
    char whole[256];
    buf_init(&page, 4096);
    panel_unpack(p->page, &page);
    snprintf(whole, sizeof(whole), "<script src=panel/%s/main.js>%s", panel_version(p),
             panel_version(p));
    CHECK_STR(buf_str(&page), whole);
    buf_fini(&page);
    panel_unref(p);
    place_close(&at);
}

TEST(the_version_is_of_names_and_texts)
{
    char first[PANEL_VERSION_CHARS + 1];
    struct place at;

    place_open(&at);
    place_put(&at, "index.html", "{version}");
    place_put(&at, "a.js", "1;");
    struct panel *p = read_it(&at);
    memcpy(first, panel_version(p), sizeof(first));
    CHECK_EQ(strspn(first, "0123456789abcdef"), PANEL_VERSION_CHARS);
    panel_unref(p);
    p = read_it(&at);
    CHECK_STR(str_of(panel_version(p)), first);
    panel_unref(p);
    place_put(&at, "a.js", "2;");
    p = read_it(&at);
    CHECK(strcmp(panel_version(p), first) != 0);
    panel_unref(p);
    place_put(&at, "a.js", "1;");
    place_put(&at, "b.js", "");
    p = read_it(&at);
    CHECK(strcmp(panel_version(p), first) != 0);
    panel_unref(p);
    place_close(&at);
}

TEST(without_a_page_there_is_no_panel)
{
    struct place at;

    place_open(&at);
    place_put(&at, "main.js", "1;");
    CHECK(!read_it(&at));
    place_close(&at);
    CHECK(!read_it(&at)); /* nor without a folder */
    panel_unref(NULL);
    CHECK(!panel_ref(NULL));
}

TEST(what_is_too_long_is_left_out)
{
    struct place at;
    char path[256];

    place_open(&at);
    place_put(&at, "index.html", "x");
    place_put(&at, "long.js", "x");
    snprintf(path, sizeof(path), "%s/long.js", at.dir);
    CHECK(!truncate(path, (1 << 20) + 1));
    place_put(&at, "fine.js", "x");
    snprintf(path, sizeof(path), "%s/fine.js", at.dir);
    CHECK(!truncate(path, 1 << 20));
    struct panel *p = read_it(&at);
    CHECK(!has(p, "long.js") && has(p, "fine.js"));
    const struct panel_file *f = map_get(p->by_name, STR("fine.js"));
    struct buf text;
    buf_init(&text, f->plain_n);
    panel_unpack(f, &text);
    CHECK_EQ(text.n, 1 << 20);
    buf_fini(&text);
    panel_unref(p);
    place_close(&at);
}

TEST_MAIN()
