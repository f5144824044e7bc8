// SPDX-License-Identifier: MIT
// loglines - lines of the log: bounded, filtered, as text.

import assert from 'node:assert/strict';
import test from 'node:test';

import * as log from '../../../www/lib/loglines.js';

const line = (msg, more = {}) => log.entry({ ts: '2026-01-02T03:04:05.678901Z', level: 'info', event: 'note', msg, ...more });

test('as the log spells it', () => {
    assert.equal(log.lineText(line('POST /v1/messages', { event: 'request', status: 200, model: 'opus 4', t_total: 0.5 })),
        '2026-01-02T03:04:05.678901Z INFO request POST /v1/messages status=200 model="opus 4" t_total=0.5');
});

test('this bad or worse, and all words', () => {
    const lines = [line('one', { level: 'error' }), line('two words', { level: 'warn' }), line('three'), line('four', { level: 'debug' })];
    assert.deepEqual(lines.filter(log.filterOf({ level: 'warn' })).map((l) => l.msg), ['one', 'two words']);
    assert.deepEqual(lines.filter(log.filterOf({ text: 'WORDS  two' })).map((l) => l.msg), ['two words']);
    assert.deepEqual(lines.filter(log.filterOf({})).length, 4);
});

test('bounded: the oldest go', () => {
    const lines = Array.from({ length: 5 }, (_, i) => line(String(i)));
    assert.deepEqual(log.push(lines.slice(0, 3), lines.slice(3), 4).map((l) => l.msg), ['1', '2', '3', '4']);
});

test('what was kept and what came live: none twice', () => {
    const kept = [line('a'), line('b')];
    assert.deepEqual(log.join(kept, [line('b'), line('c')]).map((l) => l.msg), ['a', 'b', 'c']);
});

test('an unknown level is shown as info; numbers tell lines apart', () => {
    const [a, b] = [line('x', { level: 'trace' }), line('x')];
    assert.equal(a.level, 'info');
    assert.notEqual(a.n, b.n);
    assert.equal(log.fileText([b]).endsWith('\n'), true);
});

test('what one looks for first stands first', () => {
    const fields = log.fieldsShown(line('x', { req: '01', model: 'a b', upkey: 'k', status: 200 }));
    assert.deepEqual(fields, [['status', '200'], ['model', '"a b"'], ['req', '01'], ['upkey', 'k']]);
});
