// SPDX-License-Identifier: MIT
// series - what charts draw: steps, gaps, the strip of the last minutes, ticks, units.

import assert from 'node:assert/strict';
import test from 'node:test';

import { setLanguage } from '../../../www/lib/i18n.js';
import * as s from '../../../www/lib/series.js';

setLanguage('en');
const at = (text) => new Date(text).toISOString();
const MINUTE = 60000;

test('durations', () => {
    assert.deepEqual(['30s', '15m', '6h', '7d'].map(s.durationMs), [30000, 900000, 21600000, 604800000]);
    assert.ok([null, undefined, '', 'today', '5', '5w'].every((text) => Number.isNaN(s.durationMs(text))));
});

test('today begins at midnight of who looks', () => {
    const now = new Date(2026, 4, 5, 13, 14, 15).getTime();
    assert.deepEqual(s.rangeQuery('today', now), { since: new Date(2026, 4, 5).toISOString() });
    assert.deepEqual(s.rangeQuery('6h', now), { duration: '6h' });
});

const answer = {
    interval: '1m', currency: 'EUR', from: '2026-01-02T03:00:00Z',
    series: [
        { name: 'a', points: [{ at: '2026-01-02T03:00:00Z', requests: 2, p50: 10 }, { at: '2026-01-02T03:01:00Z', requests: 0, p50: null }, { at: '2026-01-02T03:04:00Z', requests: 1, p50: 30 }] },
        { name: 'b', points: [{ at: '2026-01-02T03:01:00Z', requests: 5, p50: 7.5 }] },
    ],
    total: { points: [{ at: '2026-01-02T03:00:00Z', requests: 2 }, { at: '2026-01-02T03:01:00Z', requests: 5 }] },
};

test('series get one grid; a count that is not told is zero', () => {
    const data = s.chartData(answer, { field: 'requests', unit: 'count' }, (x) => x.name.toUpperCase());
    assert.deepEqual(data.at, [0, 1, 2, 3, 4].map((i) => Date.parse(answer.from) + i * MINUTE));
    assert.deepEqual(data.series.map((x) => [x.id, x.name, x.values]), [['a', 'A', [2, 0, 0, 0, 1]], ['b', 'B', [0, 5, 0, 0, 0]]]);
    assert.deepEqual([data.stepMs, data.currency, data.until], [MINUTE, 'EUR', data.at[4]]);
    assert.ok(s.hasValues(data));
});

test('what was not measured is a gap', () => {
    const data = s.chartData(answer, { field: 'p50', unit: 'ms' }, (x) => x.name);
    assert.deepEqual(data.series.map((x) => x.values), [[10, null, null, null, 30], [null, 7.5, null, null, null]]);
});

test('the sum of all stands first, and not beside a single one', () => {
    const metric = { field: 'requests', unit: 'count' };
    assert.deepEqual(s.chartData(answer, metric, (x) => x.name, 'All').series.map((x) => [x.name, x.values[1]]), [['All', 5], ['a', 0], ['b', 5]]);
    assert.deepEqual(s.chartData({ ...answer, series: answer.series.slice(0, 1) }, metric, (x) => x.name, 'All').series.map((x) => x.name), ['a']);
});

test('no series: no times, nothing breaks', () => {
    const data = s.chartData({ interval: '15m', from: answer.from, series: [] }, { field: 'requests', unit: 'count' }, (x) => x.name, 'All');
    assert.deepEqual([data.at, data.series, s.hasValues(data)], [[], [], false]);
});

const from = Date.parse('2026-01-02T03:00:00Z');
const activity = { segments: 10, segment_ms: 6000, from: at(from), until: at(from + 60000), total: { segments: [[0, 1, 0, 10, 1], [9, 2, 1, 20, 2]] } };

test('the strip moves on; what is told anew replaces', () => {
    let now = s.strip(activity);
    assert.deepEqual(now.byTime.get(from + 54000), [2, 1, 20, 2]);
    now = s.advance(now, [[from + 54000, 3, 1, 30, 3]]);
    assert.deepEqual(now.byTime.get(from + 54000), [3, 1, 30, 3]);
    assert.equal(now.byTime.size, 2);
    now = s.advance(now, [[from + 60000, 4, 0, 0, 0]]);
    assert.deepEqual([...now.byTime.keys()], [from + 54000, from + 60000]);
    assert.equal(now.untilMs, from + 66000);
});

test('time goes on where nothing happens', () => {
    const now = s.advance(s.strip(activity), [], from + 61000);
    assert.deepEqual([now.untilMs, now.byTime.size], [from + 66000, 1]);
});

test('wider steps lose nothing', () => {
    const wide = s.widen(s.strip(activity), 30000);
    assert.deepEqual([wide.from, wide.until, wide.at, wide.counts], [from, from + 60000, [from, from + 30000], [[1, 0, 10, 1], [2, 1, 20, 2]]]);
    assert.deepEqual(s.widen(s.strip(activity), 6000, 12000).counts, [[0, 0, 0, 0], [2, 1, 20, 2]], 'the last of it alone');
    const odd = s.widen(s.advance(s.strip(activity), [[from + 66000, 7, 0, 0, 0]]), 30000);
    assert.equal(odd.counts.reduce((sum, c) => sum + c[0], 0), 9);
});

test('ticks are round, inside, and not too many', () => {
    const start = new Date(2026, 0, 2, 3, 7, 11).getTime();
    for (const [length, step] of [[15 * MINUTE, 2], [60 * MINUTE, 10], [360 * MINUTE, 60], [1440 * MINUTE, 180], [7 * 1440 * MINUTE, 1440], [30 * 1440 * MINUTE, 5 * 1440]]) {
        const ticks = s.timeTicks(start, start + length, 8);
        assert.equal(ticks.stepMs, step * MINUTE);
        assert.ok(ticks.at.length > 2 && ticks.at.length <= 9, `${ticks.at.length} ticks`);
        for (const tick of ticks.at) {
            assert.ok(tick >= start && tick <= start + length);
            assert.equal(step >= 1440 ? new Date(tick).getHours() : (tick - s.midnight(tick)) % ticks.stepMs, 0);
        }
    }
});

test('a tick says the hour, at midnight the day', () => {
    assert.equal(s.tickText(new Date(2026, 0, 2, 3, 0).getTime(), 3600000), '03:00');
    assert.match(s.tickText(new Date(2026, 0, 2).getTime(), 3600000), /^0?2.0?1$/);
    setLanguage('zh');
    assert.match(s.tickText(new Date(2026, 0, 2).getTime(), 86400000), /^0?1.0?2$/);
    setLanguage('en');
});

test('units', () => {
    assert.deepEqual([s.unitText(1234, 'count'), s.unitText(1234, 'tokens', { isShort: true }), s.unitText(1500, 'ms'), s.unitText(99.96, 'percent'), s.unitText(1500000, 'money', { currency: 'EUR' })],
        ['1,234', '1.2K', '1.5 s', '100%', '€1.50']);
    assert.equal(s.unitText(null, 'ms'), '–');
    assert.deepEqual([s.axisTop('percent'), s.axisTop('count')], [100, undefined]);
});

test('what the sum has beyond the series is one more', () => {
    const point = (requests) => ({ at: at(from), requests });
    const told = { interval: '1m', from: at(from), more: 2, total: { points: [point(10)] }, series: [{ name: 'a', points: [point(4)] }, { name: 'b', points: [point(1)] }] };
    const draw = (answer) => s.withOthers(s.chartData(answer, { field: 'requests', unit: 'count' }, (x) => x.name), answer, { field: 'requests', unit: 'count' }, 'Others').series.map((x) => [x.name, x.values[0]]);
    assert.deepEqual(draw(told), [['a', 4], ['b', 1], ['Others', 5]]);
    assert.deepEqual(draw({ ...told, more: 0 }).length, 2, 'nothing is left out');
    assert.deepEqual(draw({ ...told, total: { points: [point(3)] } }).length, 2, 'attempts may be more than requests');
});

test('a rate of nothing is unknown', () => {
    const told = { interval: '1m', from: at(from), series: [{ name: 'a', points: [{ at: at(from), requests: 0, cache_hit_rate: 0 }, { at: at(from + 60000), requests: 2, cache_hit_rate: 0 }] }] };
    assert.deepEqual(s.chartData(told, { field: 'cache_hit_rate', unit: 'percent' }, (x) => x.name).series[0].values, [null, 0]);
});
