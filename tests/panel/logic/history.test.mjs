// SPDX-License-Identifier: MIT
// history - the list of requests: filters in the address, live ones, pages.

import assert from 'node:assert/strict';
import test from 'node:test';

import * as history from '../../../www/lib/history.js';

const row = (n, more = {}) => ({ id: `01ABCDEF${String(n).padStart(18, '0')}`, time: new Date(1e12 + n * 1000).toISOString(), status: 200, ...more });

test('only filters go to the gateway', () => {
    assert.deepEqual(history.filtersOf({ channel: 'a', cols: 'time', q: '', status: '5xx' }), { channel: 'a', status: '5xx' });
});

test('columns: in our order, unknown ones away, none said is the usual ones', () => {
    assert.deepEqual(history.columnsOf('model,time,nonsense'), ['time', 'model']);
    assert.deepEqual(history.columnsOf('nonsense'), history.COLUMNS_SHOWN);
    assert.equal(history.columnsText(['model', 'time']), 'time,model');
    assert.equal(history.columnsText([...history.COLUMNS_SHOWN].reverse()), '');
});

test('a status is one, a class or a span', () => {
    assert.deepEqual(['429', '5xx', ' 400-499 '].map(history.statusSpan), [[429, 429], [500, 599], [400, 499]]);
    assert.deepEqual(['', '6xx', 'x', '4-'].map(history.statusSpan), [undefined, undefined, undefined, undefined]);
});

test('moments', () => {
    const now = Date.parse('2026-01-02T12:00:00Z');
    assert.equal(history.momentOf('15m', now), now - 900000);
    assert.equal(history.momentOf('2026-01-02T12:00:00Z', 0), now);
    assert.equal(history.momentOf('yesterday'), undefined);
});

test('a live request is judged as the gateway judges', () => {
    const now = Date.parse(row(100).time);
    const r = row(5, { channel: 'a', family: 'chat', status: 503, outcome: 'failed', session: '0123456789abcdef' });
    const fits = (filters) => history.fits(r, filters, now);
    for (const yes of [{}, { channel: 'a' }, { status: '5xx' }, { q: r.session }, { q: r.id }, { q: '01abcd' }, { since: '15m' }, { outcome: 'failed', family: 'chat' }])
        assert.equal(fits(yes), true, JSON.stringify(yes));
    for (const no of [{ channel: 'b' }, { status: '2xx' }, { q: '01A' }, { q: 'fedcba' }, { since: '60s' }, { until: '1h' }, { model: 'm' }])
        assert.equal(fits(no), false, JSON.stringify(no));
});

test('lists join: newest first, none twice', () => {
    const { rows, next } = history.merge([row(3), row(1)], [row(2), row(4), row(3)]);
    assert.deepEqual(rows.map((r) => r.id), [4, 3, 2, 1].map((n) => row(n).id));
    assert.equal(next, undefined);
    const same = [row(1)];
    assert.equal(history.merge(same, [row(1)]).rows, same);
});

test('a list that is too long loses its oldest, and its next page begins there', () => {
    const { rows, next } = history.merge([row(2), row(1)], [row(3)], 2);
    assert.deepEqual(rows.map((r) => r.id), [row(3).id, row(2).id]);
    assert.equal(next, `${Date.parse(row(2).time)}.${row(2).id}`);
});

test('whether a page that was asked again reaches what is shown', () => {
    assert.equal(history.reaches([row(9), row(8)], [row(8), row(7)]), true);
    assert.equal(history.reaches([row(9), row(8)], [row(7)]), false);
    assert.equal(history.reaches([row(9)], []), true);
});

test('tokens, cache and ends', () => {
    assert.deepEqual(history.tokensOf({ output: 2, input: 1 }), [['input', 1], ['output', 2]]);
    assert.equal(history.cacheRate({ input: 25, cache_read: 75 }), 75);
    assert.equal(history.cacheRate({ input: 25 }), null);
    assert.equal(history.cacheRate({ input: 0, cache_read: 0 }), null);
    assert.deepEqual([history.endOf('UD'), history.endOf(undefined)], [{ who: 'U', when: 'D' }, { who: '-', when: '-' }]);
});
