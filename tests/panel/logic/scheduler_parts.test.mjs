// SPDX-License-Identifier: MIT
// scheduler_parts - what rests as one list; what is asked about, and its answer as rows.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { askOf, FAMILIES, leftOutOf, waysOf } from '../../../www/parts/explain_ask.js';
import { resetOf, restsOf } from '../../../www/parts/rests.js';

const closed = { state: 'closed', results: 3, failures: 0 };
const channel = (more = {}) => ({ id: 'a', cooldown: null, breaker: closed, keys: [], urls: [], paths: [], ...more });
const answer = (...channels) => ({ channels, resting_models: [] });

test('what is well is not listed', () => {
    assert.deepEqual(restsOf(answer(channel(), channel({ breaker: 'off' }))), []);
});

test('a key that rests, a breaker that is open, a key behind all others', () => {
    const cooldown = { trouble: 'rate_limit', status: 429, source: 'header', seconds_left: 30, failures_in_a_row: 2 };
    const rows = restsOf(answer(channel({ breaker: { state: 'open', failures: 7, seconds_left: 5 }, keys: [{ id: 'k1', label: 'one', cooldown }, { id: 'k2', mask: 'sk-***', cooldown: null, demoted_since: '2026-01-01T00:00:00Z' }] })));
    assert.deepEqual(rows.map((r) => [r.kind, r.key, r.state, r.secondsLeft, r.label]), [['channel', null, 'open', 5, ''], ['key', 'k1', 'rests', 30, 'one'], ['key', 'k2', 'demoted', null, 'sk-***']]);
    assert.equal(rows[0].failures, 7);
    assert.deepEqual(resetOf(rows[0]), { channel: 'a' });
    assert.deepEqual(resetOf(rows[1]), { channel: 'a', key: 'k1' });
    assert.equal(new Set(rows.map((r) => r.id)).size, rows.length);
});

test('the breaker of the only path is told once', () => {
    const path = { key: 'k1', url: 'https://a', cooldown: null, breaker: { state: 'open', failures: 7, seconds_left: 5 } };
    const open = { state: 'open', failures: 7, seconds_left: 5 };
    assert.equal(restsOf(answer(channel({ breaker: open, paths: [path] }))).length, 1);
    assert.equal(restsOf(answer(channel({ paths: [path] }))).length, 1);
    assert.equal(restsOf(answer(channel({ breaker: open, paths: [path, { ...path, url: 'https://b' }] }))).length, 3);
});

test('models that rest somewhere', () => {
    const [model] = restsOf({ channels: [], resting_models: [{ channel: 'a', key: 'k1', model: 'm', trouble: 'not_found', seconds_left: 9 }] });
    assert.deepEqual([model.kind, model.model, model.trouble, model.secondsLeft], ['model', 'm', 'not_found', 9]);
});

test('each client API has its least request', () => {
    for (const family of FAMILIES)
        assert.ok(askOf(family, 'm').path.startsWith('/v1'));
    assert.equal(askOf('gemini', 'a/b').path, '/v1beta/models/a%2Fb:generateContent');
    assert.equal(askOf('other', 'm'), null);
});

test('the way of a request, and who is not asked', () => {
    const path = (id) => ({ channel: id, key: 'k', url: 'u', why: 'strategy', way: 'pass' });
    const same = { chosen: path('a'), if_keys_fail: [path('b')], if_upstreams_fail: [path('b')] };
    assert.deepEqual(waysOf(same).map((w) => [w.channel, w.after]), [['a', null], ['b', 'both']]);
    const other = { ...same, if_upstreams_fail: [path('c')] };
    assert.deepEqual(waysOf(other).map((w) => w.after), [null, 'key', 'upstream']);
    assert.deepEqual(waysOf({ result: 'nobody' }), []);
    const out = leftOutOf({ excluded: [{ why: 'cooldown', channel: 'x', for_ms: 1500 }, { why: 'model', channel: 'y' }, { why: 'model', channel: 'z' }] });
    assert.deepEqual(out.map((o) => [o.why, o.places.length]), [['model', 2], ['cooldown', 1]]);
    assert.equal(out[1].places[0].seconds, 2);
});
