// SPDX-License-Identifier: MIT
// editor.test - what a channel lacks, where a fault belongs, what a section says, whose change it was.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { closest, fitOptions, indexIn, lackOf, placeOf, saidLine, twiceMapped } from '../../../www/parts/editor_check.js';

const WHOLE = { dialect: 'chat', base_urls: ['https://h'], keys: ['sk-x'] };

test('what no upstream can do without', () => {
    const missing = (more) => lackOf({ ...WHOLE, ...more })?.path ?? '';
    assert.deepEqual([missing({}), missing({ dialect: '' }), missing({ base_urls: [''] }), missing({ keys: [] })], ['', 'dialect', 'base_urls', 'keys']);
    assert.deepEqual([missing({ keys: [], keyless: true }), missing({ keys: [], status: 'disabled' }), missing({ base_urls: [], base_url: 'https://h' })], ['', '', '']);
});

test('a fault belongs to the field that its path means most closely', () => {
    const places = ['name', 'caps.rpm', 'models', 'options.auth', 'parameters'];
    assert.deepEqual(['caps.rpm', 'models[1].from', 'parameters.messages', 'name2', 'caps', ''].map((path) => closest(path, places)), ['caps.rpm', 'models', 'parameters', '', '', '']);
    assert.deepEqual(['models[12].from', 'keys[0]', 'name'].map(indexIn), [12, 0, -1]);
    assert.equal(placeOf({ message: 'channel relay: auth: "x" is none of its values' }, ['auth']), 'options.auth');
    assert.equal(placeOf({ message: 'something: else' }, ['auth']), '');
    assert.equal(placeOf({ path: 'name', message: 'auth: no' }, ['auth']), 'name');
});

test('a section in one line', () => {
    const said = (value, more = {}) => saidLine([{ label: 'L', value, ...more }]);
    assert.deepEqual([said(''), said(5, { preset: '5' }), said(5), said(true), said(false, { preset: 'false' }), said(false, { preset: 'true' })], ['', '', 'L: 5', 'L', '', 'L: false']);
    assert.equal(said([{ from: 'opus', to: 'gpt' }, { from: 'a', to: 'b' }]), 'L: opus → gpt, a → b');
    assert.equal(said([{ name: 'x-team', value: '***' }]), 'L: x-team');
    assert.equal(said({ top_k: 1, seed: 2 }), 'L: top_k, seed');
    assert.equal(saidLine([{ label: 'A', value: 1 }, { label: 'B', value: null }, { label: 'C', value: 'x', word: (v) => v.toUpperCase() }]), 'A: 1 · C: X');
});

test('the same model twice on the left', () => {
    const of = (...names) => twiceMapped(names.map((from) => ({ from, to: 'x' })));
    assert.deepEqual([of(), of('a', 'b'), of('a', '', ''), of('a', 'b', ' a ')], [-1, -1, -1, 2]);
});

test('another dialect has other options', () => {
    assert.deepEqual(fitOptions({ dialect: 'b', options: { x: 1, y: 2 } }, { z: 3, y: 1 }, ['y']), { dialect: 'b', options: { y: 2, z: null } });
    assert.deepEqual(fitOptions({ dialect: 'b', options: { x: 1 } }, null, ['y']), { dialect: 'b' });
    assert.deepEqual(fitOptions({ dialect: 'b' }, { x: 1 }, []), { dialect: 'b', options: { x: null } });
    assert.deepEqual(fitOptions({ dialect: 'b' }, {}, ['y']), { dialect: 'b' });
});
