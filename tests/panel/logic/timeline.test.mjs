// SPDX-License-Identifier: MIT
// timeline - bars of a request's attempts, from what the history tells.

import assert from 'node:assert/strict';
import test from 'node:test';

import { gathered, place, ticks, timelineOf } from '../../../www/lib/timeline.js';

const parts = (row) => row.parts.map((p) => `${p.part} ${p.from}-${p.to}`);

test('one attempt that served, with all that can be known', () => {
    const { total, rows } = timelineOf({ queue_us: 1100, first_us: 1700, content_us: 1800, total_us: 2500,
        tries: [{ channel: 'a', key: 'k', outcome: 'ok', status: 200, began_us: 1110, took_us: 1380, connect_us: 200, first_us: 590 }] });
    assert.equal(total, 2500);
    assert.deepEqual(rows.map((r) => r.kind), ['queue', 'attempt']);
    assert.deepEqual(parts(rows[0]), ['queue 0-1100']);
    assert.deepEqual(parts(rows[1]), ['connect 1110-1310', 'wait 1310-1700', 'first 1700-1800', 'stream 1800-2490']);
    assert.deepEqual([rows[1].connected, rows[1].first, rows[1].content, rows[1].isAnswer], [200, 590, 690, true]);
});

test('an open connection has no time of connecting', () => {
    const { rows } = timelineOf({ total_us: 1000, first_us: 400, content_us: 400, queue_us: -1, tries: [{ channel: 'a', outcome: 'ok', began_us: 0, took_us: 1000 }] });
    assert.deepEqual(rows.flatMap(parts), ['wait 0-400', 'stream 400-1000']);
});

test('a failure and what came after it', () => {
    const { rows } = timelineOf({ queue_us: 5, first_us: 900, content_us: 950, total_us: 1200, tries: [
        { channel: 'a', outcome: 'rate_limit', status: 429, began_us: 10, took_us: 300, first_us: 290 },
        { channel: 'b', outcome: 'ok', status: 200, began_us: 320, took_us: 870 }] });
    assert.deepEqual(parts(rows[0]), ['wait 10-300', 'stream 300-310']);
    assert.deepEqual(parts(rows[1]), ['wait 320-900', 'first 900-950', 'stream 950-1190']);
    assert.deepEqual([rows[0].content, rows[0].isAnswer, rows[1].isAnswer], [null, false, true]);
});

test('attempts side by side: the one that went well has the answer', () => {
    const { rows } = timelineOf({ first_us: 600, content_us: 650, total_us: 1000, tries: [
        { channel: 'b', outcome: 'ok', began_us: 300, took_us: 700 }, { channel: 'a', outcome: 'given_up', began_us: 0, took_us: 650 }] });
    assert.deepEqual(rows.filter((r) => r.kind === 'attempt').map((r) => r.isAnswer), [true, false]);
    assert.equal(rows.at(-1).content, null);
});

test('nobody was asked: no bars, and no division by nothing', () => {
    assert.deepEqual(timelineOf({}), { total: 1, rows: [] });
    assert.deepEqual(timelineOf({ queue_us: 2000, total_us: 2000, tries: [] }).rows.length, 1);
});

test('an attempt that took no time has no parts and still a place', () => {
    const { rows } = timelineOf({ total_us: 0, tries: [{ channel: 'a', outcome: 'connect', began_us: 0, took_us: 0 }] });
    assert.deepEqual(rows[0].parts, []);
    assert.deepEqual(place({ from: 0, to: 0 }, 1), { left: 0, width: 0.4 });
});

test('marks of the axis are round and few', () => {
    assert.deepEqual(ticks(1000), [0, 200, 400, 600, 800, 1000]);
    assert.deepEqual(ticks(1), [0, 1]);
    for (const total of [3, 17, 999, 123456, 98765432])
        assert.ok(ticks(total).length <= 7 && ticks(total).at(-1) <= total, String(total));
});

test('what is small is seen, and stays inside', () => {
    assert.deepEqual(place({ from: 999, to: 1000 }, 1000, 2), { left: 98, width: 2 });
    assert.deepEqual(place({ from: 250, to: 500 }, 1000), { left: 25, width: 25 });
});

test('who is passed over for one reason stands in one line', () => {
    const out = (channel, why, more = {}) => ({ step: 'out', channel, why, ...more });
    const steps = gathered([out('a', 'model'), out('b', 'model'), out('c', 'status'), out('d', 'status', { for_ms: 5 }), out('e', 'status', { key: 'k' }), { step: 'chosen', channel: 'f' }, out('g', 'model')]);
    assert.deepEqual(steps.map((s) => [s.channel, ...(s.others ?? []).map((o) => o.channel)].join('+')), ['a+b', 'c', 'd', 'e', 'f', 'g']);
    assert.deepEqual(gathered([]), []);
});
