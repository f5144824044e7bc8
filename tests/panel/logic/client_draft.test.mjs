// SPDX-License-Identifier: MIT
// client_draft - what an editor of client keys sends, and how budgets are shown.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bodyOfChange, bodyOfNew, countText, draftOf, isChanged, localTime, rfcTime, usageBars } from '../../../www/parts/client_draft.js';

const none = { tokens: 0, micro: 0 };
const client = (more = {}) => ({
    id: 'laptop', label: 'Laptop', expires: null, models: [], families: [], caps: { concurrency: 0, rpm: 0, tpm: 0 },
    budget: { money: '', tokens: 0, period: 'month', priced_only: false }, usage: { spent: none, reserved: none, left: { tokens: null, micro: null }, currency: 'USD' }, ...more,
});

test('counts are short where they are round', () => {
    assert.equal(countText(5000000), '5M');
    assert.equal(countText(1500000), '1500k');
    assert.equal(countText(1234), '1234');
    assert.equal(countText(0), '');
});

test('a moment goes to the field and back', () => {
    const at = '2099-01-01T00:00:00Z';
    assert.equal(rfcTime(localTime(at)), at);
    assert.equal(rfcTime(''), null);
    assert.equal(localTime(null), '');
});

test('a new key says only what was filled in', () => {
    assert.deepEqual(bodyOfNew(draftOf(null)), {});
    const draft = { ...draftOf(null), id: ' ci ', label: 'CI', models: ['claude-*', ' ', 'claude-*'], rpm: 10, money: '25.00', period: 'day' };
    assert.deepEqual(bodyOfNew(draft), { id: 'ci', label: 'CI', models: ['claude-*'], caps: { rpm: 10 }, budget: { money: '25.00', period: 'day' } });
    assert.deepEqual(bodyOfNew({ ...draftOf(null), period: 'ever' }), {});
});

test('a change says only what is different, null takes back', () => {
    const before = draftOf(client({ models: ['a'], budget: { money: '25.00', tokens: 5000000, period: 'month', priced_only: false } }));
    assert.deepEqual(bodyOfChange(before, before), {});
    assert.equal(isChanged(before, { ...before }), false);
    assert.deepEqual(bodyOfChange(before, { ...before, models: [], money: '', rpm: 5 }), { models: null, caps: { rpm: 5 }, budget: { money: null } });
    assert.deepEqual(bodyOfChange(before, { ...before, priced: true }), { budget: { priced_only: true } });
});

test('bars: spent, reserved, and how near the limit is', () => {
    const usage = { spent: { tokens: 500, micro: 20000000 }, reserved: { tokens: 10, micro: 4000000 }, left: { tokens: null, micro: 5000000 }, currency: 'USD' };
    const [money] = usageBars(client({ usage, budget: { money: '25.00', tokens: 0, period: 'month', priced_only: false } }));
    assert.deepEqual([money.unit, money.limit, money.spentShare, money.reservedShare, money.tone], ['money', 25000000, 80, 16, 'warn']);
    const bars = usageBars(client({ usage }));
    assert.deepEqual(bars.map((b) => [b.unit, b.limit, b.tone]), [['money', null, ''], ['tokens', null, '']]);
    assert.deepEqual(usageBars(client()).map((b) => b.unit), ['tokens']);
});

test('a budget of nothing is used up by anything', () => {
    const usage = { spent: { tokens: 0, micro: 1 }, reserved: none, left: { tokens: null, micro: 0 }, currency: 'USD' };
    assert.equal(usageBars(client({ usage, budget: { money: '0.00', tokens: 0, period: 'day', priced_only: false } }))[0].tone, 'bad');
});
