/* SPDX-License-Identifier: MIT */
/*
 * sample - one golden input of a dialect: its bytes, what the adapter is told beside them, a drive for them.
 *
 * FOLDER/NAME.request.json, .response.json, .failure.json or NAME.sse (a stream, whatever its framing), and beside it NAME.call with
 * lines `name = value`: op, model, client_model, stream = 1, client (the dialect it came in), request, option.NAME, header.NAME.
 */
#ifndef KIT_SAMPLE_H
#define KIT_SAMPLE_H

#include <stdbool.h>

#include "base/buf.h"
#include "plugin/drive.h"

struct registry;
struct report;

enum { SAMPLE_STREAM = 4 }; /* a phase beside those of enum cp_phase */
enum { SAMPLE_NAME_BYTES = 256, SAMPLE_PATH_BYTES = 1024, SAMPLE_OPTIONS = 8 };

/* What all samples of a run share. */
struct sample_run {
    struct report *report;
    const struct registry *registry; /* the other dialects */
    bool is_update;                  /* goldens that differ or miss are written */
};

struct sample {
    const struct sample_run *run;
    const struct adapter *adapter;
    const char *folder;
    char name[SAMPLE_NAME_BYTES]; /* without phase */
    int phase;                    /* enum cp_phase, or SAMPLE_STREAM */
    struct buf input, settings;
    struct conf_option options[SAMPLE_OPTIONS];
    size_t options_n;
};

/* False: file is no input (a golden, a .call, something else); there is nothing to close then. */
bool sample_open(struct sample *, const struct sample_run *, const struct adapter *,
                 const char *folder, const char *file);
void sample_close(struct sample *);
const char *sample_phase_name(const struct sample *);
/* What the .call file says; absent: nothing. */
struct cp_str sample_setting(const struct sample *, const char *name);
uint32_t sample_op(const struct sample *); /* enum cp_op */

/*
 * A drive as the .call file wants it; its options are for the sample's own dialect only.
 *
 * tape     what will be written, or NULL: whence the model comes when nobody names it
 * returns  false: the options were refused, a note says why; there is nothing to close
 */
bool sample_drive(struct sample *, struct drive *, const struct adapter *,
                  const struct cp_tape *tape);
/* The input as a tape, and a tape as bytes.  0 or E_*, the reason in the drive's hc.err. */
int sample_read(struct sample *, struct drive *, struct cp_tape *);
int sample_read_bytes(struct sample *, struct drive *, struct cp_str, struct cp_tape *);
int sample_write(struct sample *, struct drive *, const struct cp_tape *, struct buf *);

/* One check of this sample: "claude/hello.request: what". */
bool sample_tell(const struct sample *, const char *what, bool is_good);
/* A golden file beside the input, NAME.suffix. */
bool sample_has(const struct sample *, const char *suffix);
/* Compares with it, or writes it in an update; one check. */
void sample_golden(const struct sample *, const char *suffix, struct cp_str got);

#endif
