// SPDX-License-Identifier: MIT
// test_generations - the configuration's history: list, one, differences, restore; what serves now; test and reload with places.

import fs from 'node:fs';

import { assert, eventually, test } from './harness.mjs';

const set = (g, attempts) => g.must('PATCH', '/api/settings', { limits: { attempts } });
const attempts = async (g) => (await g.must('GET', '/api/settings')).settings.limits.attempts;
const listed = async (g) => (await g.must('GET', '/api/config/history')).generations;

export async function prepare(g) {
    await set(g, 5);
    await set(g, 6);
    await set(g, 7);
}

test('who changed what, and one of them', async ({ tab, page, g }) => {
    const all = await listed(g);
    await tab.go('#/generations');
    const rows = page.getByRole('region', { name: 'History', exact: true }).locator('tbody tr');
    assert.equal(await rows.count(), all.length);
    await rows.first().getByText('serves now').waitFor();
    await rows.first().getByText('settings: limits.attempts').waitFor();
    await tab.by('button', `Show generation ${all[1].number}`).click();
    const dialog = await tab.dialog(`Generation ${all[1].number}`);
    await dialog.getByText('attempts = 6;').waitFor();
    await tab.axe('dialog[open]');
    await page.keyboard.press('Escape');
    await tab.noDialog();
    await tab.clean();
    await tab.shot('generations', { fullPage: true });
});

test('two are compared, by sign and colour; a row leads there', async ({ tab, page, g }) => {
    const all = await listed(g);
    const plain = async (kind) => (await page.getByRole('region', { name: 'Difference' }).locator(`li.${kind}`).innerText()).replace(/\s+/g, ' ').trim();
    await tab.go(`#/generations?from=${all[2].number}&to=${all[1].number}`);
    await eventually(async () => await plain('cut') === '− attempts = 5;', 'what goes');
    assert.equal(await plain('add'), '+ attempts = 6;');
    await page.getByLabel('To', { exact: true }).selectOption('current');
    await eventually(async () => await plain('add') === '+ attempts = 7;', 'another difference');
    await tab.by('button', `Compare generation ${all[1].number} with what serves now`).click();
    await eventually(async () => await plain('cut') === '− attempts = 6;', 'a row was chosen');
    assert.equal(await page.getByLabel('From', { exact: true }).inputValue(), String(all[1].number));
    assert.equal(await tab.focused(), 'h2 Difference');
    await page.getByLabel('From', { exact: true }).selectOption('current');
    await tab.see('There is no difference.');
    await tab.axe();
    await tab.shot('generations-diff');
});

test('one is restored after its difference was shown', async ({ tab, g }) => {
    const target = (await listed(g)).find((x, i) => i === 2);
    await tab.go('#/generations');
    await tab.by('button', `Restore generation ${target.number}`).click();
    const dialog = await tab.dialog(`Restore generation ${target.number}?`);
    await dialog.getByText('attempts = 5;').waitFor();
    await tab.axe('dialog[open]');
    await tab.shot('generations-restore');
    await dialog.getByRole('button', { name: `Restore generation ${target.number}` }).click();
    await tab.toast(`Generation ${target.number} is restored`);
    assert.equal(await attempts(g), 5);
});

test('one that went meanwhile is told', async ({ tab, page, g }) => {
    tab.expectErrors('409 POST /api/config/restore');
    await page.route('**/api/config/restore', (route) => route.fulfill({ status: 409, contentType: 'application/json', body: '{"error": "changed meanwhile"}' }));
    const target = (await listed(g))[1];
    await tab.go('#/generations');
    await tab.by('button', `Restore generation ${target.number}`).click();
    await (await tab.dialog(`Restore generation ${target.number}?`)).getByRole('button', { name: `Restore generation ${target.number}` }).click();
    await tab.toast('The configuration was changed meanwhile');
});

test('what serves now is searched, with who says it', async ({ tab, page }) => {
    await tab.go('#/generations');
    const text = page.getByRole('region', { name: 'What serves now' });
    await text.getByText('access_key').first().waitFor();
    await page.getByLabel('Search the configuration').fill('attempts');
    await tab.see('1 line');
    assert.match(await text.innerText(), /limits = \{[^]*attempts = \d+;\s+# .*managed\.conf/);
    await page.getByLabel('Search the configuration').fill('nowhere-at-all');
    await tab.see('Nothing fits what you search for.');
    await page.getByLabel('Search the configuration').fill('');
    await page.getByLabel('Show defaults, too').check();
    await text.getByText('(built-in)').first().waitFor();
    await tab.noSecrets();
});

test('files are tested and read anew, errors with their places', async ({ tab, page, g }) => {
    tab.expectErrors(/4\d\d POST \/api\/config\/reload/);
    await tab.go('#/generations');
    await tab.by('button', 'Test files').click();
    await tab.see('The files are good: a reload would take them.');
    const good = fs.readFileSync(g.confFile, 'utf8');
    fs.writeFileSync(g.confFile, `${good}\nno_such_option = 1;\n`);
    await tab.by('button', 'Test files').click();
    await tab.see('The files are wrong: a reload would change nothing.');
    const place = page.locator('.findings code').filter({ hasText: /claude-proxy\.conf:\d+/ });
    await place.first().waitFor();
    await tab.by('button', 'Reload files').click();
    await tab.see(/The files are wrong; nothing has changed/);
    await place.first().waitFor();
    await tab.axe();
    await tab.shot('generations-findings');
    fs.writeFileSync(g.confFile, good);
    await tab.by('button', 'Reload files').click();
    await tab.see(/All files are read anew/);
});

test('hostile names; a gateway that is gone', async ({ tab, page, g }) => {
    tab.expectErrors(/ERR_/);
    const { id } = await g.must('POST', '/api/clients', { label: '<img src=x onerror=alert(1)>' });
    await g.must('PATCH', `/api/clients/${id}`, { label: 'z'.repeat(200) });
    const first = (await listed(g))[0].number;
    await tab.go('#/generations');
    await page.getByRole('region', { name: 'History', exact: true }).getByText('<img src=x').first().waitFor();
    await tab.clean();
    await page.setViewportSize({ width: 390, height: 800 });
    await tab.noOverflow();
    await g.stop();
    await tab.by('button', `Restore generation ${first - 1}`).click();
    await tab.toast('the gateway cannot be reached');
    await tab.by('button', 'Test files').click();
    await tab.toast('That did not work');
    await g.start();
});

test('a change by somebody else appears', async ({ tab, page, g }) => {
    await tab.go('#/generations');
    const before = (await listed(g))[0].number;
    await set(g, 9);
    await eventually(async () => await page.getByRole('button', { name: `Restore generation ${before}` }).count() === 1, 'the list is new');
    assert.equal(await attempts(g), 9);
});

test('in Chinese, on a phone, in the dark', async ({ tab, page }) => {
    await tab.go('#/generations');
    await page.getByRole('region', { name: '差异' }).locator('li.add').first().waitFor();
    await tab.clean();
    await tab.shot('generations-zh-dark-390', { fullPage: true });
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
