// SPDX-License-Identifier: MIT
// format - numbers, sizes, times and money, in both languages.

import assert from 'node:assert/strict';
import test from 'node:test';

import * as f from '../../../www/lib/format.js';
import { setLanguage } from '../../../www/lib/i18n.js';

// Kept nowhere: Node has no store of its own.
setLanguage('en');

test('nothing is a dash', () => {
    for (const format of [f.number, f.short, f.percent, f.bytes, f.took, f.span, f.money])
        assert.deepEqual([format(null), format(undefined), format(NaN)], [f.NOTHING, f.NOTHING, f.NOTHING]);
    for (const format of [f.time, f.date, f.dateTime, f.relative])
        assert.equal(format(null), f.NOTHING);
});

test('numbers get their letter where they would get long', () => {
    assert.deepEqual([0, 0.5, 7, 999, 1000, 1234, 99949, 100000, 999499, 999500, 1234567, 5e9].map(f.short),
        ['0', '0.5', '7', '999', '1K', '1.2K', '99.9K', '100K', '999K', '1M', '1.2M', '5B']);
});

test('sizes', () => {
    assert.deepEqual([0, 1023, 1024, 1536, 10 << 20, 3 * 2 ** 30].map(f.bytes), ['0 B', '1,023 B', '1 KB', '1.5 KB', '10 MB', '3 GB']);
});

test('how long something took', () => {
    assert.deepEqual([0.4, 12, 999, 1000, 12345, 60000, 3725000].map(f.took), ['0.4 ms', '12 ms', '999 ms', '1 s', '12 s', '1 min', '1 h 2 min']);
});

test('a time that counts down', () => {
    assert.deepEqual([-1, 0, 0.2, 59, 60, 725, 3661].map(f.clock), ['0:00', '0:00', '0:01', '0:59', '1:00', '12:05', '1:01:01']);
});

test('near a hundred per cent is not a hundred', () => {
    assert.deepEqual([0, 50, 99.6, 100].map((v) => f.percent(v)), ['0%', '50%', '99.6%', '100%']);
});

test('small money has more digits', () => {
    assert.deepEqual([0, 4779, 1500000, 1234567890].map((v) => f.money(v)), ['$0.00', '$0.0048', '$1.50', '$1,234.57']);
    assert.equal(f.money(1500000, 'CNY'), '¥1.50');
});

test('times before and after now', () => {
    const now = Date.parse('2026-01-02T12:00:00Z');
    assert.match(f.relative('2026-01-02T11:57:00Z', now), /^3 min\.? ago$/);
    assert.match(f.relative('2026-01-02T14:00:00Z', now), /^in 2 h/);
});

test('both languages have words for spans', () => {
    setLanguage('zh');
    assert.doesNotMatch(f.span(90061), /‹/);
    assert.match(f.relative(Date.now() - 180000), /3/);
    setLanguage('en');
    assert.doesNotMatch(f.span(90061), /‹/);
});
