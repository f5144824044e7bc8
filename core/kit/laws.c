/* SPDX-License-Identifier: MIT */
/*
 * laws - what must hold for every dialect and every golden input, whatever the dialect is.
 *
 * Tapes are compared in their canonical form: pieces of a stream joined, and without what an encoder may leave out.
 */
#include "kit/laws.h"

#include "base/str.h"
#include "ir/dump.h"
#include "kit/golden.h"
#include "kit/report.h"
#include "kit/sample.h"
#include "plugin/loader.h"
#include "json/check.h"

#include <stdio.h>
#include <string.h>

enum { CUTS_MOST = 4096, SHOWN = 2000 };

/* Kinds that an encoder may leave out; kinds that say nothing of the content. */
static const uint64_t remarks = CP_BIT(CP_AUX);
static const uint64_t beside = CP_BIT(CP_AUX) | CP_BIT(CP_USAGE) | CP_BIT(CP_NATIVE) |
                               CP_BIT(CP_START) | CP_BIT(CP_END) | CP_BIT(CP_ERROR);

/* Their ids are places in the bytes they came from, for the ledger only. */
static const uint64_t placed =
    CP_BIT(CP_PARAM) | CP_BIT(CP_TOOL_CHOICE) | CP_BIT(CP_CACHE_MARK);

void laws_canonical(struct drive *d, const struct cp_tape *tape, uint64_t but, struct buf *out)
{
    const struct cp_item *it;
    struct cp_tape joined;

    tape_init(&joined, d->arena, tape->grammar.phase, CP_WANT_ALL, STR_NONE);
    if (tape_join(tape, &joined))
        buf_printf(out, "(cannot be joined: %s: %s)", joined.err.where, joined.err.what);
    for (size_t i = 0; (it = tape_item(&joined, i)); i++) {
        struct cp_item said = *it;
        if (placed & CP_BIT(it->kind))
            said.id = STR_NONE;
        if (!(but & CP_BIT(it->kind)) && !(it->kind == CP_USAGE && it->num == 0))
            dump_item(out, &said);
    }
}

static bool is_well(const struct drive *d, int rc)
{
    if (rc)
        report_note("%s: %s: %s (%s)", d->adapter->hooks.dialect, d->hc.err.where,
                    d->hc.err.what, err_name(rc));
    return rc == 0;
}

static void note_written(struct cp_str written)
{
    report_note("written: %.*s", STR_FMT(str_cut(written, SHOWN)));
}

/* ---- law 1: decode(encode(tape)) == tape ---- */

static void check_again(struct sample *s, const struct cp_tape *tape, struct cp_str written)
{
    struct buf wanted, got;
    struct cp_tape again;
    struct drive d;

    if (!sample_drive(s, &d, s->adapter, NULL)) {
        sample_tell(s, "law 1", false);
        return;
    }
    buf_init(&wanted, GOLDEN_BYTES);
    buf_init(&got, GOLDEN_BYTES);
    bool is_good = is_well(&d, sample_read_bytes(s, &d, written, &again));
    /* an encoder may mark what is cacheable when nobody else did */
    uint64_t but = remarks | (tape->kinds & CP_BIT(CP_CACHE_MARK) ? 0 : CP_BIT(CP_CACHE_MARK));
    laws_canonical(&d, tape, but, &wanted);
    if (is_good)
        laws_canonical(&d, &again, but, &got);
    is_good = is_good && golden_same(buf_str(&wanted), buf_str(&got));
    if (!is_good)
        note_written(written);
    sample_tell(s, "law 1: written and read again it is the same tape", is_good);
    buf_fini(&wanted);
    buf_fini(&got);
    drive_close(&d);
}

static void check_written(struct sample *s, const struct cp_tape *tape)
{
    char suffix[64];
    struct buf out;
    struct drive d;

    if (tape->kinds & ~s->adapter->hooks.speaks || !sample_drive(s, &d, s->adapter, tape))
        return;
    buf_init(&out, GOLDEN_BYTES);
    snprintf(suffix, sizeof(suffix), "%s.out.%s", sample_phase_name(s),
             s->phase == SAMPLE_STREAM ? "sse" : "json");
    if (!is_well(&d, sample_write(s, &d, tape, &out)))
        sample_tell(s, "encode", false);
    else if (sample_has(s, suffix))
        sample_golden(s, suffix, buf_str(&out));
    else
        check_again(s, tape, buf_str(&out));
    buf_fini(&out);
    drive_close(&d);
}

/* ---- other dialects ---- */

/* There are dialects whose bodies are no JSON: only what begins as such must be such. */
static bool is_json_body(const struct sample *s, const struct buf *out)
{
    struct err err;

    bool is_json = out->n && strchr("{[", out->p[0]);
    if (s->phase == SAMPLE_STREAM || !is_json || !json_check(buf_str(out), NULL, &err))
        return true;
    report_note("what it wrote is not JSON: %s: %s", err.where, err.what);
    return false;
}

/* Whatever can be said must come out whole: JSON, and something its own decoder takes. */
static bool is_taken(struct sample *s, struct drive *d, const struct buf *out)
{
    struct cp_tape again;
    bool is_good = is_well(d, sample_read_bytes(s, d, buf_str(out), &again));

    is_good = is_json_body(s, out) && is_good;
    if (!is_good)
        note_written(buf_str(out));
    return is_good;
}

static void check_other(struct sample *s, const struct cp_tape *tape, const struct adapter *a)
{
    char what[128], suffix[128];
    struct buf out;
    struct drive d;

    if (!(a->hooks.ops & CP_BIT(sample_op(s))) || !sample_drive(s, &d, a, tape))
        return;
    buf_init(&out, GOLDEN_BYTES);
    snprintf(what, sizeof(what), "said in %s", a->hooks.dialect);
    snprintf(suffix, sizeof(suffix), "%s.to-%s.%s", sample_phase_name(s), a->hooks.dialect,
             s->phase == SAMPLE_STREAM ? "sse" : "json");
    int rc = sample_write(s, &d, tape, &out);
    bool has_golden = sample_has(s, suffix);
    if (rc && (has_golden || (rc != E_UNSUPPORTED && rc != E_SYNTAX)))
        sample_tell(s, what, is_well(&d, rc));
    if (!rc && has_golden)
        sample_golden(s, suffix, buf_str(&out));
    if (!rc)
        sample_tell(s, what, is_taken(s, &d, &out));
    buf_fini(&out);
    drive_close(&d);
}

/* ---- law 2: the cut does not matter ---- */

/* The canonical tape of the bytes, fed in two pieces (at > 0) or byte by byte (at == 0). */
static bool read_cut(struct sample *s, size_t at, struct buf *out)
{
    struct cp_str bytes = buf_str(&s->input);
    struct cp_tape tape;
    struct drive d;

    if (!sample_drive(s, &d, s->adapter, NULL))
        return false;
    bool is_good =
        is_well(&d, at ? drive_rx_split(&d, bytes, at, &tape) : drive_rx(&d, bytes, 1, &tape));
    buf_clear(out);
    if (is_good)
        laws_canonical(&d, &tape, 0, out);
    drive_close(&d);
    return is_good;
}

static void check_cuts(struct sample *s, struct cp_str wanted)
{
    size_t n = s->input.n, step = n / CUTS_MOST + 1;
    bool is_good = true;
    struct buf got;

    buf_init(&got, GOLDEN_BYTES);
    for (size_t at = 0; is_good && at < n; at += step) {
        is_good = read_cut(s, at, &got) && golden_same(wanted, buf_str(&got));
        if (!is_good)
            report_note("cut at byte %zu (0: byte by byte)", at);
    }
    buf_fini(&got);
    sample_tell(s, "law 2: cut at every byte it is the same tape", is_good);
}

/* ---- truth: a stream that was cut never ends well ---- */

/* Of a stream that was cut off: did it say all the same?  Some dialects say their stop before their last mark. */
static bool is_all_said(struct drive *d, const struct cp_tape *tape,
                        const struct cp_tape *whole)
{
    struct buf a, b;

    buf_init(&a, GOLDEN_BYTES);
    buf_init(&b, GOLDEN_BYTES);
    laws_canonical(d, whole, beside, &a);
    laws_canonical(d, tape, beside, &b);
    bool is_same = golden_same(buf_str(&a), buf_str(&b));
    buf_fini(&a);
    buf_fini(&b);
    return is_same;
}

/* An END is true only if everything was said. */
static bool is_true_end(struct drive *d, const struct cp_tape *tape,
                        const struct cp_tape *whole)
{
    const struct cp_item *last = tape->n ? tape->items[tape->n - 1] : NULL;
    const struct cp_item *final = whole->items[whole->n - 1];

    if (last && last->kind == CP_ERROR)
        return last->sub == CP_STREAM_CUT ||
               (final->kind == CP_ERROR && last->sub == final->sub);
    if (last && last->kind == CP_END && final->kind == CP_END)
        return is_all_said(d, tape, whole);
    report_note("it ends with neither END nor ERROR");
    return false;
}

static bool check_prefix(struct sample *s, const struct cp_tape *whole, size_t n)
{
    struct cp_tape tape;
    struct drive d;

    if (!sample_drive(s, &d, s->adapter, NULL))
        return false;
    bool is_good = is_well(&d, drive_rx(&d, str_cut(buf_str(&s->input), n), 0, &tape)) &&
                   is_true_end(&d, &tape, whole);
    if (!is_good)
        report_note("cut off after %zu of %zu bytes", n, s->input.n);
    drive_close(&d);
    return is_good;
}

/* Between two events of the framing. */
static bool is_boundary(const struct sample *s, size_t at)
{
    struct cp_str bytes = buf_str(&s->input);
    const char *p = bytes.p + at;

    if (at == 0)
        return true;
    if (s->adapter->hooks.framing == CP_LINES)
        return p[-1] == '\n';
    return (at >= 2 && p[-1] == '\n' && p[-2] == '\n') ||
           (at >= 4 && memcmp(p - 4, "\r\n\r\n", 4) == 0);
}

static void check_truth(struct sample *s, const struct cp_tape *whole)
{
    bool is_good = whole->n > 0;

    if (s->adapter->hooks.framing == CP_RAW) {
        report_skip(s->run->report, "truth", "text without form ends where its bytes do");
        return;
    }
    for (size_t at = 0; is_good && at < s->input.n; at++)
        if (is_boundary(s, at))
            is_good = check_prefix(s, whole, at);
    sample_tell(s, "truth: cut off it is told as cut off", is_good);
}

/* ---- all of them ---- */

static void add_ledger(struct buf *out, const struct ledger *l)
{
    static const char *const deeds[] = { "", "mapped", "approximated", "dropped", "repaired" };
    for (const struct ledger_line *line = l->first; line; line = line->next)
        buf_printf(out, "# %s %.*s: %.*s\n", deeds[line->deed], STR_FMT(line->path),
                   STR_FMT(line->why));
}

static void check_tape(struct sample *s, struct drive *d, const struct cp_tape *tape)
{
    char suffix[32];
    struct buf text;

    buf_init(&text, GOLDEN_BYTES);
    dump_write(&text, tape);
    add_ledger(&text, &d->ledger);
    snprintf(suffix, sizeof(suffix), "%s.tape", sample_phase_name(s));
    sample_golden(s, suffix, buf_str(&text));
    buf_fini(&text);
}

static void check_stream(struct sample *s, struct drive *d, const struct cp_tape *tape)
{
    struct buf wanted;

    buf_init(&wanted, GOLDEN_BYTES);
    laws_canonical(d, tape, 0, &wanted);
    check_cuts(s, buf_str(&wanted));
    check_truth(s, tape);
    buf_fini(&wanted);
}

static void check_refused(struct sample *s, struct drive *d, const char *suffix)
{
    struct cp_tape tape;
    struct buf text;

    buf_init(&text, GOLDEN_BYTES);
    int rc = sample_read(s, d, &tape);
    buf_printf(&text, "%s %s\n", err_name(rc), rc ? d->hc.err.what : "");
    sample_golden(s, suffix, buf_str(&text));
    buf_fini(&text);
}

static void check_read(struct sample *s, struct drive *d)
{
    struct cp_tape tape;

    if (!is_well(d, sample_read(s, d, &tape))) {
        sample_tell(s, "decode", false);
        return;
    }
    check_tape(s, d, &tape);
    if (s->phase == SAMPLE_STREAM)
        check_stream(s, d, &tape);
    check_written(s, &tape);
    for (size_t i = 0; i < registry_count(s->run->registry); i++)
        if (registry_at(s->run->registry, i) != s->adapter)
            check_other(s, &tape, registry_at(s->run->registry, i));
}

void laws_check(struct sample *s)
{
    char refused[32];
    struct drive d;

    if (!sample_drive(s, &d, s->adapter, NULL)) {
        sample_tell(s, "configure", false);
        return;
    }
    snprintf(refused, sizeof(refused), "%s.refused", sample_phase_name(s));
    if (sample_has(s, refused))
        check_refused(s, &d, refused);
    else
        check_read(s, &d);
    drive_close(&d);
}
