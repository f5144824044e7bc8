// SPDX-License-Identifier: MIT
// sums - what an address of the statistics means, and one channel's keys.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { areAttempts, metricsOf, narrowSeries, narrowTable, timeOf, wanted } from '../../../www/lib/sums.js';

test('what the address has wrong is as if it were not there', () => {
    assert.deepEqual(wanted({}), { range: '24h', by: 'channel', view: 'traffic', channel: '' });
    assert.deepEqual(wanted({ range: '99y', by: '__proto__', view: 'constructor', channel: 'a' }), { range: '24h', by: 'channel', view: 'traffic', channel: '' });
    assert.deepEqual(wanted({ range: 'today', by: 'key', view: 'cost', channel: 'a' }), { range: 'today', by: 'key', view: 'cost', channel: 'a' });
});

test('keys have no times of whole requests, and count attempts', () => {
    assert.deepEqual(metricsOf({ view: 'latency', by: 'key' }).map((m) => m.field), ['first_content_p50_ms', 'first_content_p95_ms']);
    assert.equal(metricsOf({ view: 'latency', by: 'model' }).length, 4);
    assert.deepEqual(['channel', 'key', 'model', 'client', 'family'].map(areAttempts), [true, true, false, false, false]);
});

test('a window is named, today has a beginning', () => {
    assert.deepEqual(timeOf('1h'), { window: '1h' });
    assert.match(timeOf('today').since, /^\d{4}-\d\d-\d\dT/);
});

test('one channel: its keys, its sum, its lines', () => {
    const table = { total: { requests: 9 }, rows: [{ name: 'a/1', channel: 'a' }, { name: 'b/2', channel: 'b' }] };
    const channels = { rows: [{ channel: 'a', requests: 4 }] };
    assert.deepEqual(narrowTable(table, channels, 'a'), { total: { channel: 'a', requests: 4 }, rows: [{ name: 'a/1', channel: 'a' }] });
    assert.deepEqual([narrowTable(table, channels, 'gone').total.requests, narrowTable(table, channels, 'gone').rows], [0, []]);
    const series = narrowSeries({ total: {}, more: 3, series: [{ channel: 'b' }, { channel: 'a' }, { channel: 'a' }] }, 'a', 1);
    assert.deepEqual(series, { total: null, more: 0, series: [{ channel: 'a' }] });
});
