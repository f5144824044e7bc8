/* SPDX-License-Identifier: MIT */
/*
 * test_first_key - the key that nobody gave is shown to people, and never to a journal.
 */
#include "main/first_key.h"

#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY "cp-0123456789abcdef0123456789"

static char folder[] = "/tmp/first_key.XXXXXX", text[4096];

/* What stands on stderr after a start; is_journal: systemd has said that stderr is its own. */
static const char *said(struct conf *c, bool is_journal)
{
    char stream[64];
    struct stat st;
    int before = dup(2), file = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

    if (before < 0 || file < 0 || dup2(file, 2) < 0 || fstat(2, &st))
        return "";
    snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
             (unsigned long long)st.st_ino);
    if (is_journal)
        setenv("JOURNAL_STREAM", stream, 1);
    first_key_tell(c, 3000);
    unsetenv("JOURNAL_STREAM");
    fflush(stderr);
    dup2(before, 2);
    ssize_t n = pread(file, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = 0;
    close(before);
    close(file);
    return text;
}

static bool is_kept(const char *name)
{
    char path[128], line[128] = "";
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "re");
    bool is_it = f && fgets(line, sizeof(line), f) && !strcmp(line, KEY "\n") &&
                 !fstat(fileno(f), &st) && (st.st_mode & 0777) == 0600;
    if (f)
        fclose(f);
    unlink(path);
    return is_it;
}

static void try_all(struct conf *c)
{
    CHECK(strstr(said(c, false), KEY));
    CHECK(strstr(text, folder) && strstr(text, ":3000"));
    CHECK(is_kept(CONF_ACCESS_KEY_FILE));

    CHECK(!strstr(said(c, true), KEY));
    CHECK(strstr(text, "not shown here") && strstr(text, folder));
    CHECK(is_kept(CONF_ACCESS_KEY_FILE));

    c->is_access_key_kept = true;
    CHECK(!strstr(said(c, false), KEY) && strstr(text, folder));

    c->is_access_key_kept = false;
    c->state_dir = STR_NONE;
    CHECK(!strstr(said(c, true), KEY) && strstr(text, "this run only"));
    CHECK(strstr(said(c, false), KEY) && strstr(text, "this run only"));

    c->is_access_key_made = false;
    CHECK_EQ(strlen(said(c, false)), 0);
}

TEST(a_made_key_is_never_shown_to_a_journal)
{
    struct conf c = { .is_access_key_made = true, .access_key = secret_new(STR(KEY)) };

    if (!mkdtemp(folder))
        return;
    c.state_dir = str_of(folder);
    try_all(&c);
    secret_free(c.access_key);
    rmdir(folder);
}

TEST_MAIN()
