/* SPDX-License-Identifier: MIT */
/*
 * test_tape - the command for authors of adapters, on the example plugin that is built for the tests.
 */
#include "main/tape.h"

#include "base/buf.h"
#include "base/str.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "../test.h"

enum { MOST_ARGUMENTS = 12 };

static char plugins[PATH_MAX], folder[] = "/tmp/test_tape.XXXXXX";

static char *in_folder(const char *name)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(in_folder(name), "w");
    CHECK(f && fputs(text, f) >= 0);
    if (f)
        fclose(f);
}

/* Runs it in the folder; what it prints goes to the file "said". */
static int run(const char *const *words)
{
    char *argv[MOST_ARGUMENTS] = { NULL };
    int argc = 0, out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    for (; words[argc]; argc++)
        argv[argc] = strdup(words[argc]); /* in_folder() has only room for one */
    fflush(stdout);
    int fd = open(in_folder("said"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
    int code = tape_main(argc, argv);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return code;
}

#define RUN(...) run((const char *const[]){ "tape", "--plugins", plugins, __VA_ARGS__, NULL })

static const char *said(void)
{
    static char text[4096];
    FILE *f = fopen(in_folder("said"), "r");
    size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
    text[n] = '\0';
    if (f)
        fclose(f);
    return text;
}

#define HELLO                                                                                  \
    "START\nMESSAGE + sub=assistant\nTEXT * \"Hello\"\nMESSAGE -\nSTOP sub=turn\nEND\n"
#define PIECES "data: Hel\n\ndata: lo\n\nevent: end\ndata: \n\n"

TEST(bytes_to_tape)
{
    put("x.txt", "Hello");
    CHECK_EQ(RUN("plain", "response", in_folder("x.txt")), 0);
    CHECK_STR(str_of(said()), HELLO);
    put("x.sse", PIECES);
    CHECK_EQ(RUN("--join", "--cut", "1", "plain", "stream", in_folder("x.sse")), 0);
    CHECK_STR(str_of(said()), HELLO);
    CHECK_EQ(RUN("plain", "stream", in_folder("x.sse")), 0);
    CHECK(strstr(said(), "TEXT \"Hel\"\nTEXT \"lo\"\n"));
}

TEST(tape_to_bytes)
{
    put("x.tape", HELLO);
    CHECK_EQ(RUN("--encode", "plain", "response", in_folder("x.tape")), 0);
    CHECK_STR(str_of(said()), "Hello");
    CHECK_EQ(RUN("--encode", "plain", "stream", in_folder("x.tape")), 0);
    CHECK_STR(str_of(said()), "data: Hello\n\nevent: end\ndata: \n\n");
}

TEST(to_another_dialect)
{
    put("x.sse", PIECES);
    CHECK_EQ(RUN("--to", "plain", "--model", "m", "plain", "stream", in_folder("x.sse")), 0);
    CHECK_STR(str_of(said()), PIECES);
    CHECK_EQ(RUN("--to", "nobody", "plain", "stream", in_folder("x.sse")), 64);
}

TEST(failures_are_told)
{
    put("x.txt", "");
    CHECK_EQ(RUN("plain", "request", in_folder("x.txt")), 1);
    CHECK(strstr(said(), "plain: empty body (E_SYNTAX)"));
    put("x.tape", "START\nNONSENSE\n");
    CHECK_EQ(RUN("--encode", "plain", "request", in_folder("x.tape")), 1);
    CHECK(strstr(said(), "line 2: no such kind"));
    CHECK_EQ(RUN("plain", "request", "/nonexistent/file"), 1);
    CHECK_EQ(RUN("--option", "a=b", "plain", "request", in_folder("x.tape")), 1);
    CHECK(strstr(said(), "no option"));
}

TEST(bad_command_lines)
{
    CHECK_EQ(RUN("plain", "request"), 64);
    CHECK_EQ(RUN("plain", "sideways", "x"), 64);
    CHECK_EQ(RUN("--cut", "0", "plain", "stream", "x"), 64);
    CHECK_EQ(RUN("--option", "novalue", "plain", "request", "x"), 64);
    CHECK_EQ(RUN("--nonsense", "plain", "request", "x"), 64);
    CHECK_EQ(RUN("nobody", "request", in_folder("said")), 64);
    CHECK_EQ(RUN("--help"), 0);
    CHECK(strstr(said(), "Usage: claude-proxy tape"));
}

/* The example is built as .libs/plain.so, three folders above this program. */
int main(int argc, char **argv)
{
    char *slash = strrchr(argv[0], '/'), file[PATH_MAX + 16];
    snprintf(plugins, sizeof(plugins), "%.*s/../../../.libs",
             slash ? (int)(slash - argv[0]) : 1, slash ? argv[0] : ".");
    snprintf(file, sizeof(file), "%s/plain.so", plugins);
    if (access(file, R_OK) || !mkdtemp(folder)) {
        printf("1..1\nok 1 - tape # skip the example plugin is not built\n");
        return 0;
    }
    int rc = test_main(argc, argv);
    static const char *const left[] = { "said", "x.txt", "x.sse", "x.tape" };
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
        unlink(in_folder(left[i]));
    rmdir(folder);
    return rc;
}
