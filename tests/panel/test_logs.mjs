// SPDX-License-Identifier: MIT
// test_logs - the log live, its level for a while, captures.

import { assert, eventually, test } from './harness.mjs';

const lines = (page) => page.locator('.log-line');

test('lines come by themselves, are filtered, cleared, and wait while paused', async ({ tab, page, g }) => {
    assert.equal(await tab.go('#/logs'), 'logs');
    await g.message('claude-logged');
    await eventually(async () => await lines(page).filter({ hasText: 'claude-logged' }).count() > 0, 'the request is logged');
    await page.getByRole('searchbox').fill('claude-logged');
    await eventually(async () => (await lines(page).allInnerTexts()).every((text) => text.includes('claude-logged')), 'only what fits is shown');
    await tab.clean();
    await tab.by('button', 'Pause').click();
    const before = await lines(page).count();
    await g.message('claude-logged');
    await tab.by('button', /^Resume \([1-9]/).waitFor();
    assert.equal(await lines(page).count(), before);
    await tab.by('button', /^Resume/).click();
    await eventually(async () => await lines(page).count() > before, 'what came meanwhile is shown');
    await tab.by('button', 'Clear').click();
    await eventually(async () => await lines(page).count() === 0, 'nothing is left');
});

test('what is shown is downloaded as text', async ({ tab, page, g }) => {
    await tab.go('#/logs');
    await g.message('claude-saved');
    await eventually(async () => await lines(page).filter({ hasText: 'claude-saved' }).count() > 0, 'the request is logged');
    const [file] = await Promise.all([page.waitForEvent('download'), tab.by('button', 'Download as text').click()]);
    assert.match(file.suggestedFilename(), /^claude-proxy-.*\.log$/);
});

test('logs more for a while, and as configured again', async ({ tab, page, g }) => {
    await tab.go('#/logs');
    const card = page.locator('section.card', { hasText: 'How much is logged' });
    await card.getByText('Debug', { exact: true }).click();
    await card.getByRole('button', { name: 'Set' }).click();
    await card.locator('.timer').waitFor();
    assert.equal((await g.must('GET', '/api/log/level')).level, 'debug');
    await tab.axe();
    await card.getByRole('button', { name: 'As configured' }).click();
    await eventually(async () => (await g.must('GET', '/api/log/level')).until === null, 'it is as configured');
});

test('captures a channel that another screen named, stops and deletes it', async ({ tab, page, g }) => {
    await tab.go('#/logs?capture=claude');
    const dialog = await tab.dialog('Start a capture');
    assert.equal(await dialog.getByLabel('Channel').inputValue(), 'claude');
    await tab.axe('dialog');
    await dialog.getByRole('button', { name: 'Start' }).click();
    await tab.noDialog();
    const row = page.getByRole('region', { name: 'Captures' }).locator('tbody tr').first();
    await row.getByText('running').waitFor();
    await g.message('claude-captured');
    await row.getByRole('button', { name: 'Stop' }).click();
    await row.getByText('stopped').waitFor();
    const [file] = await Promise.all([page.waitForEvent('download'), row.getByRole('link', { name: 'Download' }).click()]);
    assert.match(file.suggestedFilename(), /\.jsonl$/);
    await row.getByRole('button', { name: 'Delete' }).click();
    await (await tab.dialog('Delete this capture?')).getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Nothing was captured yet.').waitFor();
    assert.equal((await g.must('GET', '/api/captures')).captures.length, 0);
});

test('in Chinese, on a phone, in the dark', async ({ tab }) => {
    await tab.go('#/logs');
    await tab.clean();
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
