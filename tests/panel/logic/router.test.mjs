// SPDX-License-Identifier: MIT
// router - addresses are read and written alike.

import assert from 'node:assert/strict';
import test from 'node:test';

import { href, parse } from '../../../www/lib/router.js';
import { routeOf, routes } from '../../../www/lib/routes.js';

test('parts and query are read', () => {
    assert.deepEqual(parse('#/channels/messages?search=a%20b&only='), { parts: ['channels', 'messages'], query: { search: 'a b', only: '' } });
    assert.deepEqual(parse(''), { parts: [], query: {} });
    assert.deepEqual(parse('#/'), { parts: [], query: {} });
});

test('what is written is read back', () => {
    for (const parts of [['requests', '01ABC'], ['channels', 'a/b?c#d é 渠道'], ['x', '100%']])
        assert.deepEqual(parse(href(parts, { q: 'ü&=#' })), { parts, query: { q: 'ü&=#' } });
});

test('empty members of a query are left out', () => {
    assert.equal(href(['logs'], { a: '', b: null, c: undefined, d: 0 }), '#/logs?d=0');
});

test('an address that cannot be read leads somewhere', () => {
    assert.doesNotThrow(() => parse('#/channels/%E0%A4%A'));
});

test('an unknown screen is the first one', () => {
    assert.equal(routeOf('nothing'), routes[0]);
    assert.equal(routeOf(undefined), routes[0]);
});

test('no two screens have one name', () => {
    assert.equal(new Set(routes.map((r) => r.name)).size, routes.length);
});
