/* SPDX-License-Identifier: MIT */
/*
 * look - a plugin's file from outside: what it exports, and what it wants that no plugin may do.
 *
 * A second exported symbol may be taken for another plugin's or the gateway's own; and a hook runs in a thread that serves thousands of
 * streams: it may not fork, wait, open sockets, install signal handlers or end the process.
 */
#include "kit/look.h"

#include "base/err.h"
#include "base/str.h"
#include "kit/report.h"
#include "kit/symbols.h"

#include <string.h>

/* What linkers and sanitizers put into every shared object. */
static const char *const harmless[] = { "_init",        "_fini",   "__bss_start", "_edata",
                                        "_end",         "__asan*", "__ubsan*",    "__odr_asan*",
                                        "__sanitizer*", "__gcov*", "__llvm*" };
static const char *const forbidden[] = {
    "fork",      "vfork",   "exec*", "posix_spawn*", "system",    "popen", "signal",
    "sigaction", "exit",    "_exit", "quick_exit",   "dlopen",    "dlsym", "pthread_create",
    "socket",    "connect", "sleep", "usleep",       "nanosleep", "cp_*"
};

struct sight {
    bool has_entry, is_alone, is_modest;
};

static bool is_like(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t long_as = strlen(list[i]);
        bool is_prefix = list[i][long_as - 1] == '*';
        if (is_prefix ? !strncmp(name, list[i], long_as - 1) : !strcmp(name, list[i]))
            return true;
    }
    return false;
}

static void see(void *ctx, const char *name, bool is_defined)
{
    struct sight *s = ctx;
    bool is_entry = is_defined && !strcmp(name, "cp_plugin_abi1");

    if (is_entry) {
        s->has_entry = true;
    } else if (is_defined && !is_like(name, harmless, sizeof(harmless) / sizeof(*harmless))) {
        report_note("it exports %s: build with -fvisibility=hidden", name);
        s->is_alone = false;
    } else if (!is_defined &&
               is_like(name, forbidden, sizeof(forbidden) / sizeof(*forbidden))) {
        report_note("it wants %s", name);
        s->is_modest = false;
    }
}

void look_check(struct report *r, struct cp_str image)
{
    struct sight s = { .is_alone = true, .is_modest = true };
    struct err err = { 0 };

    if (symbols_read(image, see, &s, &err)) {
        report_note("%s: %s", err.where, err.what);
        report_tell(r, false, "it is a shared object");
        return;
    }
    report_tell(r, s.has_entry && s.is_alone, "it exports cp_plugin_abi1 and nothing else");
    report_tell(r, s.is_modest, "it wants nothing that a plugin may not do");
}
