// SPDX-License-Identifier: MIT
// troubles - what is not well with channels, and how a client API is by that.

import assert from 'node:assert/strict';
import test from 'node:test';

import { familyState, isStopped, ourTime, troublesOf } from '../../../www/parts/troubles.js';

const channel = (health = {}, more = {}) => ({ id: 'c', status: 'active', places: { messages: 1 }, ...more,
    health: { keys: { well: 1, resting: 0, dead: 0, demoted: 0 }, breaker: 'closed', ...health } });
const kinds = (c) => troublesOf(c).map((x) => x.kind);

test('one that is well, paused or in reserve has none', () => {
    assert.deepEqual(kinds(channel()), []);
    assert.deepEqual(kinds(channel({ keys: { well: 0 } }, { status: 'suspended' })), []);
    assert.deepEqual(kinds(channel({ breaker: 'open' }, { status: 'disabled' })), []);
});

test('what stops a channel comes first', () => {
    const c = channel({ keys: { well: 0, resting: 1, dead: 2 }, breaker: 'open', breaker_until: 'B', rests_until: 'R', urls_resting: 1, paths_open: 2 });
    assert.deepEqual(troublesOf(c), [{ kind: 'none' }, { kind: 'rests', until: 'R' }, { kind: 'open', until: 'B' }, { kind: 'dead', n: 2 }, { kind: 'resting', n: 1 }, { kind: 'urls', n: 1 }]);
    assert.ok(isStopped(c));
});

test('keys that all rest are told once', () => {
    const c = channel({ keys: { well: 0, resting: 2, dead: 0 } });
    assert.deepEqual(kinds(c), ['allResting']);
    assert.ok(isStopped(c));
});

test('some that rest do not stop it', () => {
    assert.ok(!isStopped(channel({ keys: { well: 1, resting: 2 } })));
    assert.ok(!isStopped(channel({ keys: { well: 0, demoted: 1 } })));
    assert.deepEqual(kinds(channel({ breaker: 'half_open', paths_open: 1 })), ['trying', 'paths']);
});

test('a client API is as its channels are', () => {
    const well = channel();
    const stopped = channel({ breaker: 'open' });
    assert.deepEqual(familyState('messages', [well]), { active: 1, serving: 1, troubled: 0, state: 'well', tone: 'good' });
    assert.equal(familyState('messages', [well, stopped]).state, 'partly');
    assert.equal(familyState('messages', [stopped]).state, 'down');
    assert.equal(familyState('gemini', [well]).state, 'empty');
});

test('times of a clock that is wrong', () => {
    assert.equal(ourTime('2026-01-02T03:00:00.000Z', 500), '2026-01-02T03:00:00.000Z');
    assert.equal(ourTime('2026-01-02T03:00:00.000Z', 60000), '2026-01-02T02:59:00.000Z');
    assert.equal(ourTime(null, 60000), null);
});
