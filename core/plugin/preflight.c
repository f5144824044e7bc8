/* SPDX-License-Identifier: MIT */
/*
 * preflight - try a plugin in another process first.
 *
 *     parent: fork or start the program anew, wait for a struct err in a pipe, at most timeout_ms
 *     child:  probe(file), write what it said, _exit
 *
 * A fork of a process with threads keeps all locks as they were, and nobody to open them: not ours alone, but of every library
 * that a plugin may use.  So a gateway that serves starts its own program instead (/proc/self/exe: the file that runs, also
 * when another one has its name by now), which takes some milliseconds more and copies no memory.
 *
 * An empty pipe tells that the child died before it could say anything; the wait status tells of
 * what. A child that is silent is killed. Nothing the plugin did to the child's memory, signals or
 * descriptors reaches the parent.
 */
#include "plugin/preflight.h"

#include "base/arena.h"
#include "base/str.h"
#include "plugin/breadcrumb.h"
#include "plugin/guard.h"
#include "plugin/host.h"
#include "plugin/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* Not base/clock.h: tests stop that one. */
static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

_Noreturn void preflight_child(int (*probe)(const char *, struct err *), const char *file,
                               int fd)
{
    struct rlimit none = { 0, 0 };
    struct err err = { 0 };

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &none);
    breadcrumb_close();
    err.code = probe(file, &err);
    ssize_t n = write(fd, &err, sizeof(err));
    _exit(n == (ssize_t)sizeof(err) ? 0 : 1);
}

/* Bytes of *err that came before the deadline or the end; -1: the deadline. */
static ssize_t read_answer(int fd, int timeout_ms, struct err *err)
{
    int64_t deadline = now_ms() + timeout_ms;
    char *at = (char *)err;
    size_t have = 0;
    while (have < sizeof(*err)) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int64_t left = deadline - now_ms();
        int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return -1;
        ssize_t n = read(fd, at + have, sizeof(*err) - have);
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

static int child_status(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

static int judge(ssize_t n, int status, int timeout_ms, struct err *said, struct err *err)
{
    if (n < 0)
        return err_set(err, E_BUG, "preflight", "no answer in %d ms: it hangs", timeout_ms);
    if (n == (ssize_t)sizeof(*said)) {
        said->where[sizeof(said->where) - 1] = said->what[sizeof(said->what) - 1] = '\0';
        return said->code ? err_set(err, said->code, said->where, "%s", said->what) : 0;
    }
    if (WIFSIGNALED(status))
        return err_set(err, E_BUG, "preflight", "it crashed (signal %d, %s)", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
    return err_set(err, E_BUG, "preflight", "it ended its process (exit status %d)",
                   WEXITSTATUS(status));
}

static int hear(pid_t pid, int fd, int timeout_ms, struct err *err)
{
    struct err said = { 0 };
    ssize_t n = read_answer(fd, timeout_ms, &said);

    if (n != (ssize_t)sizeof(said))
        kill(pid, SIGKILL); /* it hangs, or it is dead already */
    close(fd);
    return judge(n, child_status(pid), timeout_ms, &said, err);
}

int preflight_run(int (*probe)(const char *file, struct err *), const char *file,
                  int timeout_ms, struct err *err)
{
    int fds[2];

    if (pipe(fds))
        return err_set(err, E_IO, "preflight", "pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid < 0) {
        close(fds[0]);
        close(fds[1]);
        return err_set(err, E_IO, "preflight", "fork: %s", strerror(errno));
    }
    if (pid == 0) {
        close(fds[0]);
        preflight_child(probe, file, fds[1]);
    }
    close(fds[1]);
    return hear(pid, fds[0], timeout_ms, err);
}

/* Nothing of ours but a pipe and what it says to people. */
static int start(const char *program, const char *file, int out, pid_t *pid)
{
    char *const argv[] = { (char *)(uintptr_t) "claude-proxy", (char *)(uintptr_t) "plugin",
                           (char *)(uintptr_t) "preflight", (char *)(uintptr_t)file, NULL };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, all;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    int rc = posix_spawn(pid, program, &files, &how, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    return rc;
}

int preflight_spawn(const char *program, const char *file, int timeout_ms, struct err *err)
{
    int fds[2];
    pid_t pid = 0;

    if (pipe2(fds, O_CLOEXEC))
        return err_set(err, E_IO, "preflight", "pipe: %s", strerror(errno));
    int rc = start(program, file, fds[1], &pid);
    close(fds[1]);
    if (!rc)
        return hear(pid, fds[0], timeout_ms, err);
    close(fds[0]);
    return err_set(err, E_IO, "preflight", "cannot start %s: %s", program, strerror(rc));
}

/* What a sample is run with. */
struct bench {
    const struct adapter *adapter;
    void *instance;
    struct arena *arena;
    struct host_call hc;
    struct buf buf;
};

/* Other answers than E_BUG are the plugin's good right: the sample is hardly a request. */
static int bench_answer(const struct bench *b, int rc, struct err *err)
{
    return rc == E_BUG ? err_set(err, E_BUG, b->hc.err.where, "%s", b->hc.err.what) : 0;
}

static int sample_bodies(struct bench *b, struct err *err)
{
    static const int phases[] = { CP_REQUEST, CP_RESPONSE, CP_FAILURE };
    int rc = 0;
    for (size_t i = 0; !rc && i < sizeof(phases) / sizeof(phases[0]); i++) {
        struct cp_tape tape;
        struct cp_str body = STR("{}");
        tape_init(&tape, b->arena, phases[i], CP_WANT_ALL, body);
        tape.limits.items = 10000;
        rc = bench_answer(
            b, guard_decode(b->adapter, b->instance, &b->hc, phases[i], body, &tape), err);
    }
    return rc;
}

static void sample_tape(struct cp_tape *tape, struct arena *arena, int phase)
{
    int role = phase == CP_REQUEST ? CP_USER : CP_ASSISTANT;
    tape_init(tape, arena, phase, CP_WANT_ALL, STR_NONE);
    tape_emit(tape, &(struct cp_item){ CP_ITEM(START), .name = STR("sample") });
    tape_emit(tape,
              &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = (uint32_t)role });
    tape_emit(tape,
              &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .text = STR("hello") });
    tape_emit(tape, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE });
    if (phase == CP_RESPONSE)
        tape_emit(tape, &(struct cp_item){ CP_ITEM(STOP), .sub = CP_STOP_TURN });
    tape_emit(tape, &(struct cp_item){ CP_ITEM(END) });
}

static int sample_encode(struct bench *b, int phase, struct err *err)
{
    struct cp_tape tape;
    struct cp_out out;
    sample_tape(&tape, b->arena, phase);
    buf_clear(&b->buf);
    out_init(&out, &b->buf);
    return bench_answer(b, guard_encode(b->adapter, b->instance, &b->hc, phase, &tape, &out),
                        err);
}

static int sample_rx(struct bench *b, struct err *err)
{
    struct cp_frame frame = { STR_NONE, STR("{}") };
    struct cp_tape tape;
    void *state = NULL;

    tape_init(&tape, b->arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    tape.limits.items = 10000;
    int rc = guard_rx_open(b->adapter, b->instance, &b->hc, &state);
    if (rc)
        return bench_answer(b, rc, err);
    rc = bench_answer(b, guard_rx_frame(b->adapter, state, &b->hc, &frame, &tape), err);
    if (rc)
        return rc;
    return bench_answer(b, guard_rx_close(b->adapter, state, &b->hc, E_GONE, &tape), err);
}

static int sample_tx(struct bench *b, struct err *err)
{
    struct cp_tape tape;
    struct cp_out out;
    const struct cp_item *it;
    void *state = NULL;

    sample_tape(&tape, b->arena, CP_RESPONSE);
    buf_clear(&b->buf);
    out_init(&out, &b->buf);
    int rc = guard_tx_open(b->adapter, b->instance, &b->hc, &state);
    if (rc)
        return bench_answer(b, rc, err);
    for (size_t i = 0; !rc && (it = tape_item(&tape, i)); i++)
        rc = bench_answer(b, guard_tx_item(b->adapter, state, &b->hc, it, &out), err);
    if (rc)
        return rc;
    return bench_answer(b, guard_tx_close(b->adapter, state, &b->hc, 0, &out), err);
}

static int sample_target(struct bench *b, struct err *err)
{
    struct cp_head head;
    head_init(&head, b->arena, STR("sample"), STR("sample-key-0123456789"));
    return bench_answer(b, guard_target(b->adapter, b->instance, &b->hc, &head), err);
}

static int sample_run(struct bench *b, struct err *err)
{
    int rc = sample_bodies(b, err);
    rc = rc ? rc : sample_encode(b, CP_REQUEST, err);
    rc = rc ? rc : sample_encode(b, CP_RESPONSE, err);
    rc = rc ? rc : sample_rx(b, err);
    rc = rc ? rc : sample_tx(b, err);
    return rc ? rc : sample_target(b, err);
}

int preflight_sample(const struct adapter *a, struct err *err)
{
    struct bench b = { .adapter = a };
    int rc = guard_configure(a, NULL, 0, &b.instance, err);
    if (rc)
        return rc;
    b.arena = arena_new(65536, (size_t)64 << 20);
    host_call_init(&b.hc, b.arena, NULL);
    b.hc.call.op = CP_CHAT;
    b.hc.call.model = b.hc.call.client_model = STR("sample");
    b.hc.call.trace = STR("preflight");
    buf_init(&b.buf, 1 << 20);
    rc = sample_run(&b, err);
    buf_fini(&b.buf);
    host_call_fini(&b.hc);
    arena_free(b.arena);
    guard_forget(a, b.instance);
    return rc;
}
