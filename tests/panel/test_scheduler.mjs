// SPDX-License-Identifier: MIT
// test_scheduler - what rests is shown and reset; promotions end; homes are forgotten; where a request would go.

import { assert, channel, eventually, test } from './harness.mjs';

export const channels = (g) => [
    channel('first', 'claude', g.up.url, { name: '"First relay"', only: '[ "claude*" ]', keys: '[ "sk-CANARY-first-0001", "sk-CANARY-first-0002" ]' }),
    channel('second', 'claude', g.up.url, { name: '"Second relay"', only: '[ "claude*" ]' }),
    channel('limited', 'claude', g.up.url, { only: '[ "limited*" ]' }),
    channel('gpt', 'chat', g.up.url, { only: '[ "gpt*" ]' }),
].join(',\n');

export async function prepare(g) {
    await g.script('model=limited   status=429 error=rate_limit_error:slow\n');
    await g.traffic(1);
}

const region = (page, name) => page.getByRole('region', { name });

test('a key that rests is shown with its reason, and reset', async ({ tab, page, g }) => {
    await g.message('limited-1');
    await tab.go('#/scheduler');
    const rows = region(page, 'Kept away from now').locator('tbody tr').filter({ hasText: 'limited' });
    await rows.first().waitFor();
    await rows.filter({ hasText: 'rate limit (429)' }).first().waitFor();
    await rows.locator('.timer').first().waitFor();
    await tab.clean();
    await tab.shot('scheduler', { fullPage: true });
    while (await rows.count()) {
        const before = await rows.count();
        await rows.first().getByRole('button').click();
        await eventually(async () => await rows.count() < before, 'fewer rest');
    }
    assert.match(await tab.focused(), /^(region|h2) Kept away from now/, 'the button went, the focus is at its list');
    const { channels: all } = await g.must('GET', '/api/scheduler?channel=limited');
    assert.equal(all[0].keys[0].cooldown, null);
});

test('what begins to rest appears by itself; all is reset after a question', async ({ tab, page, g }) => {
    await tab.go('#/scheduler');
    await g.message('limited-1');
    const table = region(page, 'Kept away from now');
    await table.getByText('limited').first().waitFor();
    await tab.by('button', 'Reset all').click();
    await (await tab.dialog('Forget all failures?')).getByRole('button', { name: 'Reset all' }).click();
    await tab.see('Nothing rests and no breaker is open');
});

test('a promotion is shown and ended', async ({ tab, page, g }) => {
    await g.must('POST', '/api/channels/second/promote', { seconds: 300 });
    await tab.go('#/scheduler');
    const row = region(page, 'Promotions').locator('tbody tr').filter({ hasText: 'Second relay' });
    await row.locator('.timer').waitFor();
    await row.getByRole('button', { name: 'End it' }).click();
    await tab.see('Nothing is promoted.');
    assert.deepEqual((await g.must('GET', '/api/scheduler')).promotions, []);
});

test('homes of conversations are forgotten', async ({ tab, page, g }) => {
    await g.message('claude-demo', { headers: { 'x-claude-code-session-id': '0f3a1d2c-1111-4222-8333-123456789abc' } });
    await eventually(async () => (await g.must('GET', '/api/scheduler/sessions')).all > 0, 'there is a home');
    await tab.go('#/scheduler');
    await region(page, 'Homes of conversations').locator('tbody tr').first().waitFor();
    await tab.by('button', 'Forget homes').click();
    await (await tab.dialog('Forget the homes of conversations?')).getByRole('button', { name: 'Forget' }).click();
    await tab.see('No conversation has a home now.');
});

test('where a request would go, and why', async ({ tab, page }) => {
    await tab.go('#/scheduler');
    await page.getByLabel('Model', { exact: true }).fill('claude-demo');
    await page.keyboard.press('Enter');
    await tab.see(/It would go to (First|Second) relay\./);
    await tab.see('they do not serve this model');
    await page.locator('.explain-best').getByText('sk-C***').waitFor();
    await tab.shot('scheduler-explain');
    await tab.axe();
    await page.getByLabel('Model', { exact: true }).fill('nobody-has-this');
    await tab.by('button', 'Explain').click();
    await tab.see('Nobody can serve it.');
    assert.ok(page.url().includes('model=nobody-has-this'), 'it can be linked to');
});

test('a link explains at once', async ({ tab }) => {
    await tab.go('#/scheduler?family=chat&model=gpt-demo');
    await tab.see(/It would go to gpt\./);
});

test('the order of all, alike ones together; who is paused', async ({ tab, page, g }) => {
    await g.must('PATCH', '/api/families/chat', { strategy: 'random' });
    await tab.go('#/scheduler');
    const rows = region(page, 'Order and strategy').locator('tbody tr');
    const chat = rows.filter({ hasText: 'OpenAI Chat' });
    await chat.getByText('At random, by weight').waitFor();
    assert.equal(await rows.count(), 2, 'all others choose alike');
    assert.equal(await chat.getByRole('link', { name: 'OpenAI Chat' }).getAttribute('href'), '#/channels/chat');
    await g.must('PATCH', '/api/channels/second/status', { status: 'suspended' });
    await region(page, 'Channels and latencies').locator('tr').filter({ hasText: 'Second relay' }).getByText('paused').waitFor();
    await eventually(async () => !await rows.first().getByText('Second relay').isVisible(), 'it is asked no more');
    await g.must('PATCH', '/api/channels/second/status', { status: 'active' });
    await g.must('PATCH', '/api/families/chat', { strategy: null });
    await eventually(async () => await rows.count() === 1, 'all are alike again');
});

test('what the gateway refuses, and one that is gone', async ({ tab, page, g }) => {
    tab.expectErrors(/500 POST/, /ERR_/);
    await g.message('limited-1');
    await tab.go('#/scheduler');
    await page.route('**/api/scheduler/reset', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: '{"error": "<b>no</b> room"}' }));
    await tab.by('button', 'Reset all').click();
    await (await tab.dialog('Forget all failures?')).getByRole('button', { name: 'Reset all' }).click();
    await tab.toast('<b>no</b> room');
    await page.getByLabel('Model', { exact: true }).fill('m'.repeat(200));
    await g.stop();
    await tab.by('button', 'Explain').click();
    await tab.see('the gateway cannot be reached');
    await tab.noOverflow();
    await g.start();
});

test('in Chinese, on a phone, in the dark', async ({ tab, g }) => {
    await g.message('limited-1');
    await tab.go('#/scheduler?family=messages&model=claude-demo');
    await tab.see(/请求将发往/);
    await tab.clean();
    await tab.shot('scheduler-zh-dark-390', { fullPage: true });
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
