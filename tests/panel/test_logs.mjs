// SPDX-License-Identifier: MIT
// test_logs - the log live, its level for a while, captures.

import fs from 'node:fs';

import { assert, eventually, test } from './harness.mjs';

const lines = (page) => page.locator('.log-line');
const HOSTILE = `claude-<img src=x onerror=alert(1)>${'w'.repeat(150)}`;

test('lines come by themselves, are filtered, cleared, and wait while paused', async ({ tab, page, g }) => {
    assert.equal(await tab.go('#/logs'), 'logs');
    await g.message('claude-logged');
    await g.message(HOSTILE);
    const hostile = lines(page).filter({ hasText: '<img src=x onerror' });
    await hostile.first().waitFor();
    assert.equal(await page.locator('main img').count(), 0);
    await hostile.first().locator('time').click();
    await tab.noOverflow();
    await tab.by('button', 'Wrap lines').click();
    await eventually(() => /wrap=1/.test(page.url()), 'it stands in the address');
    await tab.noOverflow();
    await page.getByRole('searchbox').fill('claude-logged STATUS=200');
    await eventually(async () => (await lines(page).allInnerTexts()).every((text) => text.includes('claude-logged')), 'only what fits is shown');
    await tab.clean();
    await tab.by('button', 'Pause').click();
    const before = await lines(page).count();
    await g.message('claude-logged');
    await tab.by('button', /^Resume \([1-9]/).waitFor();
    assert.equal(await lines(page).count(), before);
    await tab.by('button', /^Resume/).click();
    await eventually(async () => await lines(page).count() > before, 'what came meanwhile is shown');
    await page.locator('.log-tools').getByText('Errors', { exact: true }).click();
    await tab.see('No line fits.');
    await tab.by('button', 'Clear').click();
    await tab.see('Nothing was said yet.');
});

test('a line leads to its request, by the keyboard; what is shown is downloaded', async ({ tab, page, g }) => {
    await tab.go('#/logs?q=claude-followed');
    await g.message('claude-followed');
    await g.message('claude-followed');
    await eventually(async () => await lines(page).count() === 2, 'the requests are logged');
    const [file] = await Promise.all([page.waitForEvent('download'), tab.by('button', 'Download').click()]);
    assert.match(file.suggestedFilename(), /^claude-proxy-.*\.log$/);
    assert.equal(fs.readFileSync(await file.path(), 'utf8').split('\n').filter((line) => /INFO request POST .* model=claude-followed/.test(line)).length, 2);
    const ids = await page.locator('.log-line a').allInnerTexts();
    await page.getByRole('list', { name: 'Lines of the log' }).focus();
    await page.keyboard.press('ArrowUp');
    assert.equal(await tab.focused(), `a ${ids[1]}`);
    await page.keyboard.press('ArrowUp');
    assert.equal(await tab.focused(), `a ${ids[0]}`);
    await eventually(async () => (await g.must('GET', `/api/history?q=${ids[0]}`)).requests.length === 1, 'the history has it');
    await page.keyboard.press('Enter');
    const dialog = await tab.dialog('Request');
    await dialog.getByText(ids[0]).waitFor();
});

test('logs more for a while, and as configured again', async ({ tab, page, g }) => {
    await tab.go('#/logs');
    const card = page.locator('section.card', { hasText: 'How much is logged' });
    await card.getByText('Debug', { exact: true }).click();
    await card.getByRole('button', { name: 'Set' }).click();
    await card.locator('.timer').waitFor();
    const now = await g.must('GET', '/api/log/level');
    assert.equal(now.level, 'debug');
    assert.ok(Date.parse(now.until) > Date.now());
    await tab.axe();
    await card.getByText('Info', { exact: true }).click();
    await card.getByRole('button', { name: 'Set' }).click();
    await eventually(async () => (await g.must('GET', '/api/log/level')).level === 'info', 'it is info for a while');
    await g.message('claude-informed');
    await lines(page).filter({ hasText: 'claude-informed' }).first().waitFor();
    await card.getByRole('button', { name: 'As configured' }).press('Enter');
    await eventually(async () => (await g.must('GET', '/api/log/level')).until === null, 'it is as configured');
    await eventually(async () => await tab.focused() === 'button Set', 'the focus is not lost');
});

test('captures a channel that another screen named, stops and deletes it', async ({ tab, page, g }) => {
    await tab.go('#/logs?capture=claude');
    const dialog = await tab.dialog('Start a capture');
    assert.equal(await dialog.getByLabel('Channel').inputValue(), 'claude');
    await dialog.getByLabel('Most requests').fill('1000000000');
    await dialog.getByRole('button', { name: 'Start' }).click();
    await dialog.locator('.fault-box .notice').waitFor();
    assert.match(await dialog.locator('[data-path="requests"] .field-error').innerText(), /\d/);
    await tab.axe('dialog');
    await dialog.getByLabel('Most requests').fill('50');
    await dialog.getByText('Bodies, too').click();
    assert.equal(await dialog.getByLabel('Most of each body').count(), 0);
    await dialog.getByRole('button', { name: 'Start' }).click();
    await tab.noDialog();
    const row = page.getByRole('region', { name: 'Captures' }).locator('tbody tr').first();
    await row.getByText('running').waitFor();
    await g.message('claude-captured');
    await row.getByRole('button', { name: 'Stop' }).press('Enter');
    await row.getByText('stopped').waitFor();
    await eventually(async () => await tab.focused() === 'a Download', 'the focus stays in the row');
    await tab.clean();
    const [file] = await Promise.all([page.waitForEvent('download'), row.getByRole('link', { name: 'Download' }).click()]);
    assert.match(file.suggestedFilename(), /\.jsonl$/);
    await row.getByRole('button', { name: 'Delete' }).click();
    await (await tab.dialog('Delete this capture?')).getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Nothing was captured yet.').waitFor();
    await eventually(async () => await tab.focused() === 'button Start a capture', 'the focus is not lost');
    assert.equal((await g.must('GET', '/api/captures')).captures.length, 0);
}, { expectErrors: [/^4\d\d POST \/api\/captures/] });

test('in Chinese, on a phone, in the dark', async ({ tab, page, g }) => {
    await tab.go('#/logs');
    await g.message(HOSTILE);
    await lines(page).first().waitFor();
    await tab.clean();
    await tab.by('button', '开始抓取').click();
    await tab.dialog('开始抓取');
    await tab.clean();
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
