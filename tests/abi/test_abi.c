/* SPDX-License-Identifier: MIT */
/*
 * test_abi - a shelf of bad plugins, each refused for its own reason, and frozen ones that still work.
 *
 * The plugins are built beside this program: bad/NAME.so and frozen/MINOR/NAME.so.
 */
#include "base/str.h"
#include "ir/dump.h"
#include "plugin/drive.h"
#include "plugin/loader.h"
#include "plugin/vault.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/test.h"

enum { PREFLIGHT_MS = 20000, HANG_MS = 400 };

static char here[PATH_MAX / 2];

static int load(const char *name, enum loader_trust trust, int preflight_ms, struct err *err)
{
    char file[PATH_MAX];
    struct registry *r = registry_new();
    snprintf(file, sizeof(file), "%s/%s.so", here, name);
    registry_watch(r, NULL, preflight_ms);
    *err = (struct err){ 0 };
    fflush(stdout);
    int rc = registry_load(r, file, trust, err);
    CHECK(rc || registry_count(r) > 0);
    registry_free(r);
    return rc;
}

static void refused(const char *name, const char *where, const char *what)
{
    char file[64];
    struct err err;
    snprintf(file, sizeof(file), "bad/%s", name);
    bool hangs = strcmp(what, "hangs") == 0;
    CHECK(load(file, LOADER_LAX, hangs ? HANG_MS : PREFLIGHT_MS, &err) < 0);
    if (!CHECK(strstr(err.where, where) && strstr(err.what, what)))
        printf("#     %s: %s: %s\n", name, err.where, err.what);
}

TEST(the_shelf_has_a_good_one)
{
    struct err err;
    if (!CHECK_EQ(load("bad/good", LOADER_LAX, PREFLIGHT_MS, &err), 0))
        printf("#     %s: %s\n", err.where, err.what);
}

TEST(refused_from_outside)
{
    refused("no_symbol", "dlsym", "no cp_plugin_abi1");
    refused("undefined_symbol", "dlopen", "nobody_has_this");
    refused("not_there", "dlopen", "not_there");
}

TEST(refused_before_any_call)
{
    refused("wrong_magic", "magic", "no plugin of ours");
    refused("wrong_major", "major", "it speaks ABI 2");
    refused("newer_minor", "needs_minor", "it needs ABI 1.999");
    refused("size_8", "size", "too small");
    refused("null_adapters", "adapters", "none");
    refused("no_adapters", "adapters", "none");
    refused("null_adapter", "adapters", "NULL");
    refused("bad_name", "name", "a-z");
    refused("bad_dialect", "dialect", "a-z");
    refused("no_decode", "bad", "decode and encode");
    refused("bad_session", "session", "body:metadata..user_id");
    refused("bad_type", "body_type", "no media type");
    refused("text_models", "endpoints", "only JSON has doors for models");
    refused("same_dialect", "dialect", "already");
}

TEST(a_plugin_may_have_stores_alone)
{
    char file[PATH_MAX];
    struct err err = { 0 };
    struct registry *r = registry_new();
    snprintf(file, sizeof(file), "%s/bad/store_good.so", here);
    fflush(stdout);
    if (!CHECK_EQ(registry_load(r, file, LOADER_LAX, &err), 0))
        printf("#     %s: %s\n", err.where, err.what);
    CHECK_EQ(registry_count(r), 0);
    CHECK(registry_store(r, STR("bad")));
    CHECK(!registry_store(r, STR("good")));
    CHECK(!registry_store_at(r, 1));
    registry_free(r);
}

TEST(stores_refused_before_any_call)
{
    refused("null_stores", "stores", "none where it says");
    refused("store_size_8", "stores", "too small");
    refused("store_bad_name", "stores", "a-z");
    refused("store_no_open", "bad", "open and close");
    refused("store_no_find", "bad", "come together");
    refused("store_no_each", "bad", "come together");
    refused("store_nothing", "bad", "neither");
    refused("store_options_lie", "options", "not what it says");
    refused("store_twice", "stores", "already");
}

TEST(stores_refused_for_what_they_do)
{
    refused("store_forgets", "find", "did not give back");
    refused("store_no_size", "bad", "without its size");
    refused("store_too_much", "bad", "more than it was asked for");
    refused("store_crashes", "preflight", "it ");
    refused("store_bad_answer", "bad", "no enum cp_rc");
}

TEST(refused_in_load)
{
    refused("fail_in_load", "load", "no licence for this machine");
    refused("crash_in_load", "preflight", "it ");
    refused("exit_in_load", "preflight", "exit status 0");
    refused("hang_in_load", "preflight", "hangs");
}

TEST(refused_for_what_it_does)
{
    refused("crash_in_decode", "preflight", "it ");
    refused("endless_emit", "preflight", "hangs");
    refused("broken_grammar", "TEXT", "may not stand here");
    refused("no_end", "decode", "no END");
    refused("bad_answer", "decode", "no enum cp_rc");
    refused("bad_item", "decode", "without its size");
    refused("open_bracket", "encode", "not whole");
    refused("nul_in_header", "add_header", "control bytes");
    refused("own_credential", "add_header", "not a plugin's to set");
    refused("path_that_leaves", "set_path", "segment");
    refused("silent_end", "rx_close", "without a word");
}

TEST(a_folder_of_bad_ones)
{
    char dir[PATH_MAX];
    struct err err = { 0 };
    struct registry *r = registry_new();
    snprintf(dir, sizeof(dir), "%s/frozen/1.0", here);
    CHECK_EQ(registry_load_dir(r, dir, LOADER_LAX, &err), 0);
    CHECK_EQ(registry_count(r), 2);
    /* again, as at a reload: what is in stays in */
    CHECK_EQ(registry_load_dir(r, dir, LOADER_LAX, &err), 0);
    CHECK_EQ(registry_count(r), 2);
    CHECK(registry_load_dir(r, "/nonexistent/folder", LOADER_LAX, &err) < 0);
    registry_free(r);
}

static void copy_file(const char *from, const char *to)
{
    char piece[4096];
    size_t n;
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    while (in && out && (n = fread(piece, 1, sizeof(piece), in)) > 0)
        CHECK_EQ(fwrite(piece, 1, n, out), n);
    CHECK(in && out);
    if (in)
        fclose(in);
    if (out)
        fclose(out);
}

static int strictly(const char *file, struct err *err)
{
    struct registry *r = registry_new();
    *err = (struct err){ 0 };
    fflush(stdout);
    int rc = registry_load(r, file, LOADER_STRICT, err);
    registry_free(r);
    return rc;
}

TEST(files_that_others_may_write)
{
    char dir[] = "/tmp/test_abi.XXXXXX", from[PATH_MAX], file[64], other[64];
    struct err err;
    if (!CHECK(mkdtemp(dir)))
        return;
    snprintf(from, sizeof(from), "%s/bad/good.so", here);
    snprintf(file, sizeof(file), "%s/good.so", dir);
    snprintf(other, sizeof(other), "%s/link.so", dir);
    copy_file(from, file);
    CHECK_EQ(chmod(file, 0644), 0);
    if (!CHECK_EQ(strictly(file, &err), 0))
        printf("#     %s: %s\n", err.where, err.what);
    chmod(file, 0664);
    CHECK_EQ(strictly(file, &err), E_DENIED);
    chmod(file, 0646);
    CHECK_EQ(strictly(file, &err), E_DENIED);
    chmod(file, 0644);
    CHECK_EQ(symlink(file, other), 0);
    CHECK_EQ(strictly(other, &err), E_DENIED);
    chmod(dir, 0777);
    CHECK_EQ(strictly(file, &err), E_DENIED);
    unlink(other);
    unlink(file);
    rmdir(dir);
    CHECK_EQ(strictly(file, &err), E_IO);
}

TEST(a_file_that_is_no_program)
{
    char file[] = "/tmp/test_abi.XXXXXX";
    struct err err = { 0 };
    struct registry *r = registry_new();
    int fd = mkstemp(file);
    CHECK(write(fd, "\177ELF nonsense", 13) == 13);
    close(fd);
    fflush(stdout);
    CHECK(registry_load(r, file, LOADER_LAX, &err) < 0);
    CHECK_STR(str_of(err.where), "dlopen");
    unlink(file);
    registry_free(r);
}

TEST(quarantine)
{
    char crumbs[] = "/tmp/test_abi.XXXXXX", file[PATH_MAX];
    struct err err = { 0 };
    struct registry *r = registry_new();
    FILE *f = fdopen(mkstemp(crumbs), "w");
    for (int i = 0; f && i < 3; i++)
        fprintf(f, "9999999999 bad decode SIGSEGV\n");
    CHECK(f && fclose(f) == 0);
    snprintf(file, sizeof(file), "%s/bad/good.so", here);
    registry_watch(r, crumbs, PREFLIGHT_MS);
    fflush(stdout);
    CHECK_EQ(registry_load(r, file, LOADER_LAX, &err), E_DENIED);
    CHECK(strstr(err.what, "quarantine"));
    unlink(crumbs);
    CHECK_EQ(registry_load(r, file, LOADER_LAX, &err), 0);
    registry_free(r);
}

/* What was built against 1.0 is loaded and works. */
static void works(const char *minor)
{
    char file[PATH_MAX];
    struct err err = { 0 };
    struct cp_tape tape;
    struct drive d;
    struct registry *r = registry_new();
    snprintf(file, sizeof(file), "%s/frozen/%s/plain.so", here, minor);
    fflush(stdout);
    if (!CHECK_EQ(registry_load(r, file, LOADER_LAX, &err), 0)) {
        printf("#     %s: %s\n", err.where, err.what);
        registry_free(r);
        return;
    }
    CHECK_EQ(drive_open(&d, registry_at(r, 0), NULL, 0, &err), 0);
    CHECK_EQ(drive_rx(&d, STR("data: Hello\n\nevent: end\ndata:\n\n"), 1, &tape), 0);
    const struct cp_item *text = tape_item(&tape, 3);
    CHECK(text && text->kind == CP_TEXT);
    if (text)
        CHECK_STR(text->text, "Hello");
    CHECK(tape.grammar.is_ended);
    drive_close(&d);
    registry_free(r);
}

TEST(frozen_1_0)
{
    works("1.0");
}

/* The same words in each kind of way in and out that 1.0 has: a body and lines, read and written with its JSON. */
static void framed_works(struct drive *d)
{
    struct cp_str lines = STR("{\"say\":\"Hel\"}\n\n{\"say\":\"lo\"}\r\n{\"end\":true}\n");
    struct cp_tape tape;
    struct buf out;

    buf_init(&out, 4096);
    CHECK_EQ(drive_rx(d, lines, 1, &tape), 0);
    CHECK(tape.grammar.is_ended);
    d->hc.call.framing = CP_LINES;
    CHECK_EQ(drive_tx(d, &tape, &out), 0);
    CHECK_STR(buf_str(&out), "{\"say\":\"Hel\"}\n{\"say\":\"lo\"}\n{ \"end\":true}\n");
    buf_clear(&out);
    CHECK_EQ(drive_decode(d, CP_REQUEST, STR("{\"say\":\"Hello\"}"), &tape), 0);
    CHECK_EQ(drive_encode(d, CP_REQUEST, &tape, &out, NULL), 0);
    CHECK_STR(buf_str(&out), "{\"say\":\"Hello\"}");
    /* why it failed is what its first failing hook has said, not what the last one made of it */
    CHECK_EQ(drive_rx(d, STR("{\"end\":true}\n"), 0, &tape), E_SYNTAX);
    CHECK(strstr(d->hc.err.what, "an end of nothing"));
    buf_fini(&out);
}

TEST(frozen_framed_1_0)
{
    char file[PATH_MAX];
    struct err err = { 0 };
    struct drive d;
    struct registry *r = registry_new();

    snprintf(file, sizeof(file), "%s/frozen/1.0/framed.so", here);
    fflush(stdout);
    if (!CHECK_EQ(registry_load(r, file, LOADER_LAX, &err), 0))
        printf("#     %s: %s\n", err.where, err.what);
    else if (CHECK_EQ(drive_open(&d, registry_at(r, 0), NULL, 0, &err), 0)) {
        framed_works(&d);
        drive_close(&d);
    }
    registry_free(r);
}

static int one_more(void *ctx, const struct cp_record *r)
{
    ++*(int *)ctx;
    return !str_is(r->model, "sample");
}

TEST(frozen_store_1_0)
{
    char file[PATH_MAX];
    struct err err = { 0 };
    struct vault *v;
    int n = 0;
    struct registry *r = registry_new();
    snprintf(file, sizeof(file), "%s/frozen/1.0/shelf.so", here);
    fflush(stdout);
    if (!CHECK_EQ(registry_load(r, file, LOADER_LAX, &err), 0))
        printf("#     %s: %s\n", err.where, err.what);
    const struct depot *d = registry_store(r, STR("shelf"));
    if (CHECK(d && vault_open(d, NULL, 0, "/", CP_STORE_WRITE, &v, &err) == 0)) {
        struct cp_record record = {
            .size = sizeof(record), .id = STR("a"), .wall_ms = 5, .model = STR("sample")
        };
        struct cp_filter all = { .size = sizeof(all) };
        CHECK_EQ(vault_append(v, &record, 1, &err), 0);
        CHECK_EQ(vault_find(v, &all, STR_NONE, 9, one_more, &n, &err), 0);
        CHECK_EQ(n, 1);
        vault_close(v);
    }
    registry_free(r);
}

/* Its structs end earlier than those of 1.0 do: what is missing is NULL or 0. */
TEST(frozen_draft)
{
    works("draft");
}

int main(int argc, char **argv)
{
    char *slash = strrchr(argv[0], '/');
    snprintf(here, sizeof(here), "%.*s", slash ? (int)(slash - argv[0]) : 1,
             slash ? argv[0] : ".");
    return test_main(argc, argv);
}
