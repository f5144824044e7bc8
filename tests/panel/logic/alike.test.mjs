// SPDX-License-Identifier: MIT
// alike - client APIs that choose alike are told once.

import assert from 'node:assert/strict';
import { test } from 'node:test';

const { alike } = await import('../../../www/parts/alike.js');

test('alike ones are one row, others their own', () => {
    const one = { order: ['a', 'b'], strategy: 'failover', affinity: true, fuzzy: true };
    const rows = alike([{ name: 'x', ...one }, { name: 'y', ...one, fuzzy: false }, { name: 'z', ...one, own: 'else' }]);
    assert.deepEqual(rows.map((r) => r.names), [['x', 'z'], ['y']]);
    assert.equal(new Set(rows.map((r) => r.id)).size, 2);
    assert.deepEqual(alike([]), []);
});
