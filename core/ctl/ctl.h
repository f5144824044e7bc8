/* SPDX-License-Identifier: MIT */
/*
 * ctl - what a command has at hand.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdint.h>

#include "base/buf.h"
#include "ctl/args.h"
#include "ctl/look.h"
#include "ctl/where.h"

/* source: sysexits.h of 4.3BSD, where the numbers have names */
enum ctl_exit {
    CTL_OK = 0,
    CTL_REFUSED = 1, /* the gateway has answered, and said no */
    CTL_USAGE = 64,
    CTL_NO_INPUT = 66, /* a file cannot be read */
    CTL_NO_DAEMON = 69,
    CTL_DENIED = 77
};

enum { CTL_OUT_BYTES = 512 << 20 };

struct ctl {
    struct args args;
    struct look look;
    struct where_wish wish;
    struct where where;
    struct talk *talk; /* opened by the first question */
    struct buf out;    /* goes to stdout when the command is over, or by ctl_flush() */
    int64_t wall_ms;
};

/* A line to stderr, cleaned, with the program's name. */
void ctl_complain(const char *fmt, ...) CP_PRINTF(1, 2);
/* A line to stderr that -q spares. */
void ctl_note(const struct ctl *, const char *fmt, ...) CP_PRINTF(2, 3);
/* 0, or -1: nobody reads any more. */
int ctl_flush(struct ctl *);
/* The page of all commands, or of one, to the output. */
void ctl_help(struct ctl *, const struct command *);
void ctl_help_all(struct ctl *);
int ctl_run(int argc, char *const *argv);

#endif
