// SPDX-License-Identifier: MIT
// series - from what the API tells of times to what a chart draws: one grid of steps, gaps, units, ticks on round times.
//
// A chart's data is {from, until, stepMs, at: [ms], series: [{id, name, unit, values: [number or null]}]}: all series share the
// times of `at`, null is a gap.  Counts of a step that the API does not name are 0; what is measured (times, rates) is
// unknown there.

import { dayHour, hourMinute, money, number, percent, short, took } from './format.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SIZES = { s: SECOND, m: MINUTE, h: HOUR, d: DAY };
const TICKS = [MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
    DAY, 2 * DAY, 5 * DAY, 7 * DAY];

// '15m' → 900000; NaN: no duration
export function durationMs(text) {
    const [, n, unit] = /^(\d+)([smhd])$/.exec(text ?? '') ?? [];
    return n ? Number(n) * SIZES[unit] : NaN;
}

export const midnight = (nowMs) => new Date(nowMs).setHours(0, 0, 0, 0);

// How a range is asked for.  Today begins at midnight of who looks, wherever the gateway stands.
export const rangeQuery = (range, nowMs = Date.now()) => (range === 'today' ? { since: new Date(midnight(nowMs)).toISOString() } : { duration: range });

// What is counted is 0 where nothing was; what is measured is unknown there.
export const isMeasured = (unit) => unit === 'ms' || unit === 'percent';

const ms = (at) => (typeof at === 'number' ? at : Date.parse(at));

// All times that any of the series names, and the steps between them that none does.
export function gridOf(lists, stepMs) {
    const known = [...new Set(lists.flatMap((points) => points.map((p) => ms(p.at))))].sort((a, b) => a - b);
    if (!(stepMs > 0))
        return known;
    const all = [];
    for (const at of known) {
        while (all.length && at - all.at(-1) > stepMs * 1.5)
            all.push(all.at(-1) + stepMs);
        all.push(at);
    }
    return all;
}

function valuesOn(grid, points, field, unit) {
    const isKnown = (p) => !isMeasured(unit) || p.requests !== 0; // a rate of nothing is told as 0
    const byTime = new Map(points.map((p) => [ms(p.at), isKnown(p) ? p[field] : null]));
    const none = isMeasured(unit) ? null : 0;
    return grid.map((at) => (byTime.has(at) ? byTime.get(at) ?? null : none));
}

// answer: of GET /api/statistics/series; metric: {field, unit}; nameOf(series): its words; total: words for the sum of all,
// which comes first when there is no single series that is the sum already.
export function chartData(answer, { field, unit }, nameOf, total = '') {
    const stepMs = durationMs(answer.interval);
    const all = answer.series ?? [];
    const sum = answer.total?.points ?? [];
    const at = gridOf([...all.map((s) => s.points), sum], stepMs);
    const series = all.map((s) => ({ id: s.name, name: nameOf(s), unit, values: valuesOn(at, s.points, field, unit) }));
    if (total && sum.length && all.length !== 1)
        series.unshift({ id: 'sum of all', name: total, unit, values: valuesOn(at, sum, field, unit) });
    const from = answer.from ? Date.parse(answer.from) : at[0];
    return { from: Math.min(from ?? 0, at[0] ?? from ?? 0), until: at.length ? at.at(-1) : from, stepMs, currency: answer.currency, at, series };
}

// What the sum of all has beyond the series, as one more; nothing where they have it all, or more (attempts).
export function withOthers(data, answer, { field, unit }, name) {
    if (!(answer.more > 0) || !answer.total)
        return data;
    const sum = valuesOn(data.at, answer.total.points, field, unit);
    const values = sum.map((v, i) => Math.max(0, v - data.series.reduce((n, s) => n + (s.values[i] ?? 0), 0)));
    return values.some((v) => v > 0) ? { ...data, series: [...data.series, { id: 'others', name, unit, values }] } : data;
}

export const hasValues = (data) => data.series.some((s) => s.values.some((v) => v !== null && v !== 0));

// ---- the strip of the last minutes ----

// answer: of GET /api/statistics/activity.  {segmentMs, n, byTime: Map(ms → [requests, failed, in, out]), untilMs}
export function strip(answer, list = answer.total.segments) {
    const fromMs = Date.parse(answer.from);
    const segmentMs = answer.segment_ms;
    return { segmentMs, n: answer.segments, untilMs: fromMs + answer.segments * segmentMs,
        byTime: new Map(list.map(([i, ...counts]) => [fromMs + i * segmentMs, counts])) };
}

// segments: of an event, [[AT_MS, requests, failed, in, out]], told in full: they replace what was there.  What is too old goes.
export function advance(old, segments, nowMs = 0) {
    const byTime = new Map(old.byTime);
    for (const [at, ...counts] of segments)
        byTime.set(at, counts);
    const newest = Math.max(old.untilMs, ...segments.map(([at]) => at + old.segmentMs), Math.ceil(nowMs / old.segmentMs) * old.segmentMs);
    for (const at of byTime.keys())
        if (at < newest - old.n * old.segmentMs)
            byTime.delete(at);
    return { ...old, byTime, untilMs: newest };
}

// The strip, or the last spanMs of it, in wider steps: {from, until, at: [ms, where a step begins], counts: [[requests, failed, in, out]]}
export function widen({ byTime, untilMs, n, segmentMs }, stepMs, spanMs = n * segmentMs) {
    const first = Math.floor((untilMs - spanMs) / stepMs) * stepMs;
    const steps = Math.ceil((untilMs - first) / stepMs);
    const counts = Array.from({ length: steps }, () => [0, 0, 0, 0]);
    for (const [at, values] of byTime) {
        const mine = counts[Math.floor((at - first) / stepMs)];
        values.forEach((v, i) => mine && (mine[i] += v));
    }
    return { from: first, until: first + steps * stepMs, at: counts.map((_, i) => first + i * stepMs), counts };
}

// ---- ticks ----

// Round local times between from and until, at most `most`: {stepMs, at: [ms]}
export function timeTicks(from, until, most = 8) {
    const stepMs = TICKS.find((size) => (until - from) / size <= most) ?? Math.ceil((until - from) / most / DAY) * DAY;
    const day = new Date(midnight(from));
    const at = [];
    // Day by day, so that hours stay round where clocks are changed.
    for (let i = 0; day.getTime() <= until; i++, day.setDate(day.getDate() + 1)) {
        if (stepMs >= DAY && i % Math.round(stepMs / DAY) !== 0)
            continue;
        const next = new Date(day).setDate(day.getDate() + 1);
        for (let t = day.getTime(); t < next && t <= until; t += Math.min(stepMs, DAY))
            if (t >= from)
                at.push(t);
    }
    return { stepMs, at };
}

const isMidnight = (at) => midnight(at) === at;

// A tick is an hour, or, at midnight, a day.
export const tickText = (at, stepMs) => (stepMs >= DAY || isMidnight(at) ? dayHour(at).split(/[, ]+/)[0] : hourMinute(at));

// ---- units ----

export function unitText(v, unit, { currency = 'USD', isShort = false } = {}) {
    if (unit === 'ms')
        return took(v);
    if (unit === 'percent')
        return percent(v, 1);
    if (unit === 'money')
        return money(v, currency);
    return isShort ? short(v) : number(v, 1);
}

// The highest of an axis: rates end at 100, everything else where it likes to.
export const axisTop = (unit) => (unit === 'percent' ? 100 : undefined);
