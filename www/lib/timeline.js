// SPDX-License-Identifier: MIT
// timeline - when what of a request happened: its bars, from what the history tells.
//
// Three things are told: the request's own times (since it began: queue, first byte, content, total), each attempt's begin and
// how long it took, and what an attempt knows of itself (connected, first byte).  The last attempt that served is the one
// that the request's first byte and content belong to.

export const PARTS = ['queue', 'connect', 'wait', 'first', 'stream'];

const QUEUE_LEAST_US = 1000; // what is less is no wait of anybody's

const isKnown = (v) => typeof v === 'number' && v >= 0;

// Cuts [from, to) at the marks that are known and lie inside: [[part, from, to], ...] without empty ones.
function cut(from, to, marks) {
    const parts = [];
    let at = from;
    marks.forEach(([part, end], i) => {
        const isLast = i === marks.length - 1;
        const until = isLast ? to : Math.min(end, to);
        if (!isLast && (!isKnown(end) || until <= at))
            return;
        if (until > at)
            parts.push({ part, from: at, to: until });
        at = until;
    });
    return parts;
}

// The attempt that the answer came from: the last one that went well; else the last one.
function answered(tries) {
    for (let i = tries.length - 1; i >= 0; i--)
        if (tries[i].outcome === 'ok')
            return i;
    return tries.length - 1;
}

function attempt(t, record, isAnswer) {
    const end = t.began_us + t.took_us;
    const connected = isKnown(t.connect_us) && t.connect_us > 0 ? t.began_us + t.connect_us : -1;
    const own = isKnown(t.first_us) && t.first_us > 0 ? t.began_us + t.first_us : -1;
    const first = own < 0 && isAnswer && isKnown(record.first_us) ? record.first_us : own;
    const content = isAnswer && isKnown(record.content_us) ? record.content_us : -1;
    const marks = [['connect', connected], ['wait', first], ['first', content]];
    marks.push([content >= 0 || first >= 0 ? 'stream' : 'wait', end]);
    return { began: t.began_us, took: t.took_us, end, connected: connected < 0 ? null : connected - t.began_us,
        first: first < 0 ? null : first - t.began_us, content: content < 0 ? null : content - t.began_us, parts: cut(t.began_us, end, marks) };
}

// {total, rows: [{kind: 'queue'} | {kind: 'attempt', n, channel, key, outcome, status, began, took, connected, first, content, parts, isAnswer}]};
// all in microseconds since the request began; connected, first and content since the attempt did.
export function timelineOf(record) {
    const tries = record.tries ?? [];
    const last = answered(tries);
    const rows = tries.map((t, i) => ({ kind: 'attempt', n: i + 1, channel: t.channel, key: t.key ?? null, outcome: t.outcome, status: t.status ?? null, isAnswer: i === last && t.outcome === 'ok',
        ...attempt(t, record, i === last) }));
    const queue = isKnown(record.queue_us) ? record.queue_us : tries[0]?.began_us ?? 0;
    if (queue >= QUEUE_LEAST_US)
        rows.unshift({ kind: 'queue', began: 0, took: queue, end: queue, parts: [{ part: 'queue', from: 0, to: queue }] });
    const total = Math.max(1, record.total_us ?? 0, ...rows.map((r) => r.end));
    return { total, rows };
}

const STEPS = [1, 2, 5];

// Round marks of an axis: at most `most` of them between 0 and total.
export function ticks(total, most = 6) {
    for (let size = 1; ; size *= 10)
        for (const step of STEPS.map((s) => s * size))
            if (total / step <= most)
                return Array.from({ length: Math.floor(total / step) + 1 }, (_, i) => i * step);
}

// Where a bar stands, in per cent; what is there is at least seen.
export function place({ from, to }, total, least = 0.4) {
    const width = Math.min(100, Math.max(least, ((to - from) / total) * 100));
    return { left: Math.min((from / total) * 100, 100 - width), width };
}

// Steps of a decision: channels that stand side by side and are passed over for one and the same reason are one step, with {others}.
export function gathered(steps) {
    const isPlain = (step) => step.step === 'out' && !step.key && !step.url && !step.for_ms && !step.trouble;
    const out = [];
    for (const step of steps) {
        const before = out.at(-1);
        if (before && isPlain(before) && isPlain(step) && before.why === step.why)
            out[out.length - 1] = { ...before, others: [...before.others ?? [], step] };
        else
            out.push(step);
    }
    return out;
}
