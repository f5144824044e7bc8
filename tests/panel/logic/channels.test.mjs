// SPDX-License-Identifier: MIT
// channels - the order of channels, their state in one word, and the strip of their last minutes.

import assert from 'node:assert/strict';
import test from 'node:test';

import { keysOf, namesOf, together } from '../../../www/parts/channel_keys_series.js';
import { arranged, found, listFor, mostMoved, moved } from '../../../www/parts/channel_order.js';
import { canReset, copyOf, isFixed, kindOf, promotionOf, stateOf, verdictOf, websiteOf } from '../../../www/parts/channel_state.js';
import { Strip } from '../../../www/parts/strip_model.js';

const keys = (more) => ({ well: 1, resting: 0, dead: 0, demoted: 0, disabled: 0, ...more });
const channel = (id, more = {}) => ({ id, name: '', dialect: 'claude', status: 'active', families: [], base_urls: ['https://api.example.com/v1'], keys_n: 1,
    health: { keys: keys(), breaker: 'closed' }, ...more });
const ids = (list) => list.map((c) => c.id).join(' ');

test('a client API has its own order, then the common one; what is in reserve stands apart', () => {
    const all = [channel('a'), channel('b', { families: ['chat'] }), channel('c', { status: 'suspended' }), channel('d', { status: 'disabled' }), channel('e')];
    assert.equal(ids(listFor(all, 'messages', ['e', 'gone', 'c']).line), 'e c a');
    assert.equal(ids(listFor(all, 'messages').reserve), 'd');
    assert.equal(ids(listFor(all, '').line), 'a b c e');
    assert.equal(ids(arranged(all, ['e', 'a'])), 'e a b c d');
});

test('one moves by a place or to an end, and no further', () => {
    const order = ['a', 'b', 'c'];
    assert.deepEqual(moved(order, 'c', -1), ['a', 'c', 'b']);
    assert.deepEqual(moved(order, 'a', 1), ['b', 'a', 'c']);
    assert.deepEqual(moved(order, 'c', 'top'), ['c', 'a', 'b']);
    assert.deepEqual(moved(order, 'a', 'bottom'), ['b', 'c', 'a']);
    for (const [id, to] of [['a', -1], ['c', 1], ['a', 'top'], ['nobody', 1]])
        assert.equal(moved(order, id, to), order);
});

test('one moves past those that are seen; who was dragged has changed its place the most', () => {
    const order = ['a', 'b', 'c', 'd'];
    const isSeen = (id) => id !== 'b' && id !== 'c';
    assert.deepEqual(moved(order, 'd', -1, isSeen), ['d', 'a', 'b', 'c']);
    assert.deepEqual(moved(order, 'a', 1, isSeen), ['b', 'c', 'd', 'a']);
    assert.equal(moved(order, 'a', -1, isSeen), order);
    assert.equal(moved(order, 'a', 1, (id) => id === 'a'), order);
    assert.deepEqual(moved(order, 'd', 'top', isSeen), ['d', 'a', 'b', 'c']);
    assert.equal(mostMoved(order, ['d', 'a', 'b', 'c']), 'd');
    assert.equal(mostMoved(order, ['b', 'c', 'd', 'a']), 'a');
});

test('a copy has what was said, and nothing that is told or belongs to the other', () => {
    const c = { id: 'x', name: 'X', etag: 'e', keys: [{ id: 'k' }], health: {}, status: 'disabled', priority: 3, dialect: 'chat', base_urls: ['https://a.example'], caps: { rpm: 3 } };
    assert.deepEqual(copyOf(c, 'X (copy)'), { name: 'X (copy)', dialect: 'chat', base_urls: ['https://a.example'], caps: { rpm: 3 } });
    assert.ok(isFixed({ locked: ['name'] }, 'name') && !isFixed({ locked: ['name'] }, 'status') && !isFixed({}, 'name'));
});

test('the busiest keys of one channel, by names that are told apart', () => {
    const rows = [{ channel: 'a', name: 'a/1', requests: 1 }, { channel: 'b', name: 'b/1', requests: 9 }, { channel: 'a', name: 'a/2', requests: 5 }, { channel: 'a', name: 'a/3', requests: 0 }];
    assert.deepEqual(keysOf(rows, 'a').map((r) => r.name), ['a/2', 'a/1']);
    assert.deepEqual([...namesOf([{ id: 'abcdefgh', mask: 'sk***' }, { id: 'bcdefghi', mask: 'sk***' }, { id: 'c', mask: 'k***', label: 'Mine' }]).values()],
        ['sk*** (abcdef)', 'sk*** (bcdefg)', 'Mine · k***']);
    assert.deepEqual(together([{ from: 'f', interval: '1m', currency: 'USD', series: [1] }, { series: [2] }]), { from: 'f', interval: '1m', currency: 'USD', series: [1, 2] });
    assert.deepEqual(together([]).series, []);
});

test('a search wants all its words', () => {
    const c = channel('relay', { name: 'The Relay', description: 'cheap' });
    assert.ok(found(c, ''));
    assert.ok(found(c, 'CHEAP example.com'));
    assert.ok(!found(c, 'cheap other'));
});

test('states in one word, the worst first', () => {
    const health = (more) => channel('x', { health: { keys: keys(), breaker: 'closed', ...more } });
    assert.equal(stateOf(channel('x')), 'serving');
    assert.equal(stateOf(channel('x', { status: 'suspended' })), 'paused');
    assert.equal(stateOf(channel('x', { status: 'disabled' })), 'reserve');
    assert.equal(stateOf(channel('x', { has_adapter: false })), 'noAdapter');
    assert.equal(stateOf(channel('x', { health: null })), 'unknown');
    assert.equal(stateOf(health({ breaker: 'open', keys: keys({ well: 0 }) })), 'breakerOpen');
    assert.equal(stateOf(health({ keys: keys({ well: 0, resting: 1 }) })), 'keysRest');
    assert.equal(stateOf(health({ keys: keys({ well: 0, dead: 1 }) })), 'keysDead');
    assert.equal(stateOf({ ...health({ keys: keys({ well: 0 }) }), keys_n: 0 }), 'noKeys');
    assert.equal(stateOf(health({ rests_until: 'then' })), 'rests');
    assert.equal(stateOf(health({ breaker: 'half_open' })), 'halfOpen');
    assert.equal(stateOf(health({ keys: keys({ dead: 1 }) })), 'partly');
    assert.deepEqual(['serving', 'partly', 'paused', 'reserve', 'keysDead'].map(kindOf), ['serving', 'trouble', 'paused', 'reserve', 'trouble']);
    assert.ok(canReset(health({ breaker: 'open' })) && canReset(health({ keys: keys({ resting: 1 }) })) && !canReset(health({})));
});

test('a promotion counts for all, or for its client API', () => {
    const c = channel('x', { promotions: [{ family: 'chat', until: 't' }] });
    assert.equal(promotionOf(c, 'messages'), null);
    assert.equal(promotionOf(c, 'chat').until, 't');
    assert.equal(promotionOf(channel('x', { promotions: [{ family: null, until: 'u' }] }), 'messages').until, 'u');
});

test('a website is what is said, else where the base URL leads, and never anything but the web', () => {
    assert.equal(websiteOf(channel('x', { website: 'https://relay.example/' })), 'https://relay.example/');
    assert.equal(websiteOf(channel('x', { website: 'javascript:alert(1)' })), 'https://api.example.com');
    assert.equal(websiteOf(channel('x', { base_urls: [] })), '');
});

test('a test took as long as its stages', () => {
    const v = verdictOf({ ok: false, stages: [{ name: 'address', ok: true, ms: 3 }, { name: 'connect', ok: false, ms: 4, say: 'refused' }] });
    assert.deepEqual([v.isOk, v.ms, v.failed.name], [false, 7, 'connect']);
    assert.equal(verdictOf({ ok: true }).failed, null);
});

test('a strip: served stands, failed hangs; what is old goes', () => {
    const s = new Strip(6000);
    s.fill(1000, [[0, 4, 0, 10, 20], [149, 4, 2, 1, 2]]);
    const p = s.paths(1149);
    assert.match(p.good, /^M0 40v-34\.0/);
    assert.match(p.mixed, /^M149 40v-17\.0/);
    assert.match(p.failed, /^M149 0h.9l-.45 17\.0z$/);
    s.set(1150, [2, 2, 5, 5]);
    assert.equal(s.paths(1150).good, '', 'it has gone out to the left');
    s.forget(1150);
    assert.equal(s.segments.size, 2);
    assert.deepEqual(s.pace(1150), { rpm: 6, tpm: 13 });
    assert.deepEqual(s.pace(1160), { rpm: 0, tpm: 0 });
    s.set(1150, [1, 0]);
    assert.match(s.paths(1150).good, /^M149 40v-8\.5/, 'told in full, and measured by the most there was');
});
