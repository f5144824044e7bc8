// SPDX-License-Identifier: MIT
// draft.test - what of an edited thing was changed, as a merge patch.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { differences, makeDraft, merge, mergePatch, same, tidy, valueAt, without } from '../../../www/lib/draft.js';

test('what says nothing is one', () => {
    for (const nothing of [null, undefined, '', [], {}, [''], { a: '' }, { a: { b: [] } }, NaN])
        assert.equal(tidy(nothing), null);
    assert.deepEqual(tidy({ a: ['', 'x'], b: 0, c: false, d: null }), { a: ['x'], b: 0, c: false });
    assert.ok(same([], undefined));
    assert.ok(!same(0, null));
});

test('only what was changed is sent', () => {
    const d = makeDraft({ name: 'a', only: ['x*'], caps: { rpm: 5, tpm: 6 }, insecure: true });
    d.at('name');
    assert.ok(!d.isDirty());
    d.at('name').set('b');
    d.at('only', []).set([]);
    d.at('caps.rpm').set(null);
    d.at('timeouts.idle').set('5s');
    d.at('strict').set(false);
    d.at('insecure').set(false);
    assert.deepEqual(d.changes(), { name: 'b', only: null, caps: { rpm: null }, timeouts: { idle: '5s' }, insecure: false });
    assert.deepEqual(d.whole(), { name: 'b', caps: { tpm: 6 }, timeouts: { idle: '5s' }, insecure: false });
    d.at('name').set('a');
    assert.equal(d.changes().name, undefined);
});

test('an edited list does not change what was read', () => {
    const original = { models: [{ from: 'a', to: 'b' }] };
    const d = makeDraft(original);
    d.at('models').update((all) => [...all, { from: '', to: '' }]);
    assert.ok(!d.isDirty());
    assert.equal(original.models.length, 1);
});

test('merging and differing', () => {
    assert.deepEqual(merge({ a: 1, g: { b: 2, c: 3 } }, { a: null, g: { b: null, d: 4 } }), { g: { c: 3, d: 4 } });
    assert.equal(valueAt({ a: { b: 1 } }, 'a.b'), 1);
    assert.equal(valueAt({ a: 'x' }, 'a.b'), undefined);
    assert.deepEqual(differences({ a: 1, b: [], e: 1, g: { x: 1, y: 2 } }, { a: 2, c: 3, e: 2, g: { x: 1, y: 3 } }, ['e']),
        [{ path: 'a', before: 1, after: 2 }, { path: 'g.y', before: 2, after: 3 }, { path: 'c', before: undefined, after: 3 }]);
});

test('members that leave an object leave it at the gateway, too', () => {
    const d = makeDraft({ parameters: { top_k: 40, seed: 1, deep: { a: 1, b: 2 } } });
    d.at('parameters').set({ top_k: 40, deep: { a: 1 }, extra: [1] });
    assert.deepEqual(d.changes(), { parameters: { seed: null, deep: { b: null }, extra: [1] } });
    assert.deepEqual(d.whole(), { parameters: { top_k: 40, deep: { a: 1 }, extra: [1] } });
    assert.deepEqual(mergePatch({ a: 1 }, { a: 1 }), {});
    assert.equal(mergePatch([1], 'x'), 'x');
});

test('a patch leaves out what others may keep', () => {
    const patch = { name: 'mine', caps: { rpm: 5, tpm: null }, only: ['a*'] };
    assert.deepEqual(without(patch, new Set(['name', 'caps.tpm'])), { caps: { rpm: 5 }, only: ['a*'] });
    assert.deepEqual(without(patch, new Set(['name', 'caps.rpm', 'caps.tpm', 'only'])), {});
});
