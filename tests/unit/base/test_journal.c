/* SPDX-License-Identifier: MIT */
/*
 * test_journal - whether stderr is the journal's is told by device and inode, nothing else.
 */
#include "base/journal.h"

#include "base/err.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "../test.h"

TEST(knows_its_own_stderr)
{
    struct stat st;
    char stream[64];
    if (!CHECK_EQ(fstat(2, &st), 0))
        return;
    snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
             (unsigned long long)st.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    CHECK(journal_is_stderr());
    setenv("JOURNAL_STREAM", "1:1", 1);
    CHECK(!journal_is_stderr());
    setenv("JOURNAL_STREAM", "", 1);
    CHECK(!journal_is_stderr());
    unsetenv("JOURNAL_STREAM");
    CHECK(!journal_is_stderr());
}

TEST(is_shut_where_not_built)
{
    if (!journal_is_built())
        CHECK_EQ(journal_send(NULL, 0), E_UNSUPPORTED);
}

TEST_MAIN()
