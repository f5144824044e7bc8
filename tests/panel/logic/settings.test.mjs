// SPDX-License-Identifier: MIT
// settings - options as controls: kinds, amounts with units, what is sent, what is wrong with which.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { doorsOf, faultAt, fits, fromLines, grouped, joinAmount, kindOf, linesOf, patchOf, presetOf, sentOf, shownOf, splitAmount, UNITS } from '../../../www/lib/settings.js';

const option = (name, type, value, more = {}) => ({ name, type, value, default: value, settable: true, source: 'built-in', help: '', ...more });

test('each type has its control', () => {
    const kinds = Object.fromEntries(['bool', 'int', 'word', 'list', 'duration', 'size', 'secret', 'string', 'money'].map((type) => [type, kindOf(option('x', type, ''))]));
    assert.deepEqual(kinds, { bool: 'switch', int: 'number', word: 'choice', list: 'list', duration: 'duration', size: 'size', secret: 'secret', string: 'text', money: 'text' });
    assert.equal(kindOf(option('admin_password', 'string', '')), 'secret');
});

test('amounts are split and put together', () => {
    const d = (text, unit = 's') => splitAmount(text, UNITS.duration, unit);
    assert.deepEqual([d('30s'), d('500ms'), d('2 h'), d('0', 'm'), d('')], [{ amount: '30', unit: 's' }, { amount: '500', unit: 'ms' }, { amount: '2', unit: 'h' },
        { amount: '0', unit: 'm' }, { amount: '', unit: 's' }]);
    assert.deepEqual(splitAmount('64KB', UNITS.size, 'MB'), { amount: '64', unit: 'KB' });
    assert.deepEqual(splitAmount('64kb', UNITS.size, 'MB'), { amount: '64', unit: 'KB' });
    assert.deepEqual(splitAmount('soon', UNITS.duration, 'm'), { amount: 'soon', unit: 'm' });
    assert.deepEqual([joinAmount(' 5 ', 'm'), joinAmount('0', 'm'), joinAmount('', 'm'), joinAmount('five', 's')], ['5m', '0', '', 'fives']);
});

test('what is shown and what is sent', () => {
    const number = option('limits.attempts', 'int', '8');
    assert.equal(shownOf(number, {}), '8');
    assert.deepEqual([sentOf(number, '12'), sentOf(number, ''), sentOf(number, 'many'), sentOf(number, null)], [12, null, 'many', null]);
    assert.deepEqual([sentOf(option('x', 'duration', '30s'), ''), sentOf(option('x', 'duration', '30s'), ' 5m ')], [null, '5m']);
    assert.equal(sentOf(option('mode', 'string', 'a'), ' b '), 'b');
    assert.equal(sentOf(option('mode', 'string', 'a'), ''), '', 'a text may be empty');
    assert.equal(sentOf(option('admin_key', 'secret', 'x'), ' with blanks '), ' with blanks ');
    assert.equal(shownOf(option('admin_key', 'secret', 'ab***cd'), {}), '', 'a mask is no value');
    assert.equal(presetOf(option('fuzzy', 'bool', 'false', { default: 'true' })), true);
});

test('lists are lines, groups are JSON', () => {
    assert.equal(linesOf(['a', 'b']), 'a\nb');
    assert.deepEqual([fromLines('a'), fromLines('a\n\nb '), fromLines('[::1]:3000')], ['a', ['a', 'b'], '[::1]:3000']);
    const groups = [{ address: '::', port: 3000 }];
    assert.deepEqual(fromLines(linesOf(groups)), groups);
});

test('a patch has groups; only what was changed', () => {
    const all = [option('limits.attempts', 'int', '8'), option('upstream.timeouts.idle', 'duration', '300s'), option('fuzzy', 'bool', 'true')];
    assert.deepEqual(patchOf(all, new Map([['limits.attempts', '9'], ['upstream.timeouts.idle', null], ['fuzzy', false], ['gone', 'x']])),
        { limits: { attempts: 9 }, upstream: { timeouts: { idle: null } }, fuzzy: false });
    assert.deepEqual(grouped(all).map((g) => g.name), ['general', 'limits', 'upstream']);
    assert.deepEqual(doorsOf(new Map([['fuzzy', true], ['admin_key', 'x']])), ['admin_key']);
});

test('each option is told what is wrong with it', () => {
    const error = { message: 'limits.head is no size', path: 'limits.head', details: ['limits.head: limits.head is no size', 'limits.reply: too much', 'limits.reply_more: no'] };
    assert.deepEqual(['limits.head', 'limits.reply', 'limits', 'mode'].map((name) => faultAt(error, name)), ['limits.head is no size', 'too much', 'limits.head is no size', '']);
    assert.equal(faultAt({ message: 'set in a file', path: 'listen', details: [] }, 'listen'), 'set in a file');
    assert.equal(faultAt(null, 'listen'), '');
});

test('search looks at names, helps and titles', () => {
    const o = option('fuzzy', 'bool', 'true', { help: 'Retry elsewhere', env: 'CLAUDE_PROXY_FUZZY' });
    assert.ok(fits(o, ['模糊模式'], '模糊', false));
    assert.ok(fits(o, [], 'fuzzy elsewhere', false));
    assert.ok(!fits(o, [], 'fuzzy', true));
    assert.ok(fits({ ...o, source: 'managed' }, [], '', true));
});
