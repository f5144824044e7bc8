// SPDX-License-Identifier: MIT
// test_clients - client keys: made and shown once, changed, rotated, switched, reset, deleted; two tabs; a file's key is locked; prices.

import { assert, eventually, test } from './harness.mjs';

export const conf = 'client_keys = ( { key = "file-CANARY-alice-0123456789"; label = "Alice"; id = "alice"; models = [ "claude-*" ]; caps = { rpm = 60; }; } );';

const one = async (g, id) => (await g.api('GET', `/api/clients/${id}`)).json;
const byLabel = async (g, label) => (await g.must('GET', '/api/clients')).clients.find((c) => c.label === label);
const row = (page, name) => page.locator('main tbody tr').filter({ hasText: name });

async function choose(tab, name, item) {
    await tab.by('button', `More: ${name}`).click();
    await tab.by('menuitem', item).click();
}

test('a key is made, shown once, and opens models', async ({ tab, page, g }) => {
    await tab.go('#/clients');
    await tab.by('button', 'New client key').click();
    const editor = await tab.dialog('New client key');
    assert.match(await tab.focused(), /Label/);
    await page.getByLabel('Label').fill('Build machine');
    await editor.getByLabel('Claude', { exact: true }).check();
    await editor.getByRole('button', { name: 'Add' }).click();
    await editor.getByLabel('Models 1').fill('claude-*');
    await page.getByLabel('Requests a minute', { exact: true }).fill('30');
    await page.getByLabel(/^Money/).fill('25.00');
    await tab.axe('dialog[open]');
    await tab.shot('clients-editor');
    await tab.by('button', 'Make the key').click();
    await tab.dialog('The key of Build machine');
    const key = await page.locator('.key-once output').innerText();
    assert.match(key, /^cp-[0-9a-f]{40}$/);
    await tab.see(`ANTHROPIC_AUTH_TOKEN=${key}`);
    await tab.axe('dialog[open]');
    await tab.shot('clients-once');
    await page.keyboard.press('Escape');
    await tab.dialog('Close without storing it?');
    await tab.by('button', 'Cancel').click();
    await tab.by('button', 'I have stored it').click();
    await tab.noDialog();
    await row(page, 'Build machine').waitFor();
    assert.ok(!(await page.content()).includes(key), 'the key is gone from the page');
    const made = await byLabel(g, 'Build machine');
    assert.deepEqual([made.models, made.families, made.caps.rpm, made.budget.money], [['claude-*'], ['messages'], 30, '25.00']);
    assert.equal((await g.message('claude-demo', { key })).status, 200);
    await row(page, 'Build machine').getByText(/of \$25\.00 this month/).waitFor();
    await tab.clean();
    await tab.shot('clients');
});

test('what is wrong is told at its field', async ({ tab, page }) => {
    tab.expectErrors('422 POST /api/clients', '400 POST /api/clients');
    await tab.go('#/clients');
    await tab.by('button', 'New client key').click();
    await page.getByLabel(/^Money/).fill('a lot');
    await tab.by('button', 'Make the key').click();
    await page.locator('.fault-box .notice').waitFor();
    await page.locator('[data-path="budget.money"] .field-error').waitFor();
    await page.keyboard.press('Escape');
    await tab.dialog('Unsaved changes');
    await tab.by('button', 'Leave without saving').click();
    await tab.noDialog();
});

test('changed, switched off and on, reset, rotated, deleted', async ({ tab, page, g }) => {
    const { id, key } = await g.must('POST', '/api/clients', { label: 'Turns', budget: { tokens: 100000, period: 'day' } });
    await g.message('claude-demo', { key });
    await eventually(async () => (await one(g, id)).usage.spent.tokens > 0, 'it has spent something');
    await tab.go('#/clients');
    await row(page, 'Turns').getByText(/of 100K tokens today/).waitFor();
    await choose(tab, 'Turns', 'Edit');
    await page.getByLabel('Label').fill('Turned');
    await tab.by('button', 'Save').click();
    await tab.noDialog();
    await row(page, 'Turned').waitFor();
    await choose(tab, 'Turned', 'Disable');
    await row(page, 'Turned').getByText('disabled', { exact: true }).waitFor();
    assert.equal((await one(g, id)).enabled, false);
    await choose(tab, 'Turned', 'Enable');
    await row(page, 'Turned').getByText('active', { exact: true }).waitFor();
    await choose(tab, 'Turned', 'Reset usage');
    await tab.by('button', 'Reset').click();
    await eventually(async () => (await one(g, id)).usage.spent.tokens === 0, 'its usage is reset');
    await choose(tab, 'Turned', 'Rotate…');
    await tab.by('button', 'Make a new key').click();
    await tab.dialog('The key of Turned');
    const second = await page.locator('.key-once output').innerText();
    assert.notEqual(second, key);
    await tab.see(/The old key opens on until/);
    await tab.by('button', 'I have stored it').click();
    await row(page, 'Turned').getByText(/The old key opens until/).waitFor();
    assert.equal((await g.message('claude-demo', { key })).status, 200);
    assert.equal((await g.message('claude-demo', { key: second })).status, 200);
    await choose(tab, 'Turned', 'Delete');
    await (await tab.dialog('Delete this client key?')).getByText('Turned').waitFor();
    await tab.by('button', 'Delete').click();
    await eventually(async () => await row(page, 'Turned').count() === 0, 'the row goes');
    assert.equal(await tab.focused(), 'h1 Client keys', 'the row went, the focus is somewhere');
    assert.equal((await g.api('GET', `/api/clients/${id}`)).status, 404);
});

test('who comes second is told', async ({ tab, page, g }) => {
    tab.expectErrors('409 PATCH /api/clients');
    const { id } = await g.must('POST', '/api/clients', { label: 'Contested' });
    await tab.go('#/clients');
    await choose(tab, 'Contested', 'Edit');
    await page.getByLabel('Label').fill('Mine');
    await g.must('PATCH', `/api/clients/${id}`, { label: 'Theirs' });
    await tab.by('button', 'Save').click();
    await tab.toast('Somebody else has changed this key meanwhile');
    await tab.noDialog();
    await row(page, 'Theirs').waitFor();
    assert.equal((await one(g, id)).label, 'Theirs');
});

test('a key of a file is locked and says where', async ({ tab, page }) => {
    await tab.go('#/clients');
    await row(page, 'Alice').getByText(/Set in .*claude-proxy\.conf:\d+/).waitFor();
    await tab.by('button', 'More: Alice').click();
    assert.equal(await tab.by('menuitem', 'Edit').getAttribute('aria-disabled'), 'true');
    assert.equal(await tab.by('menuitem', 'Delete').getAttribute('aria-disabled'), 'true');
    assert.equal(await tab.by('menuitem', 'Reset usage').getAttribute('aria-disabled'), null);
    await page.keyboard.press('Escape');
});

test('prices are found', async ({ tab, page, g }) => {
    const { prices } = await g.must('GET', '/api/prices');
    await tab.go('#/clients');
    const table = page.getByRole('region', { name: 'Prices' });
    await table.getByText(prices[0].model, { exact: true }).first().waitFor();
    await page.getByLabel('Search prices').fill('no-such-model-anywhere');
    await tab.see('Nothing fits what you search for.');
    await page.getByLabel('Search prices').fill(prices[0].model);
    await table.getByText(prices[0].model, { exact: true }).first().waitFor();
});

test('hostile names, zero and huge numbers; searched; by the keyboard alone', async ({ tab, page, g }) => {
    const bad = '<img src=x onerror=alert(1)>';
    await g.must('POST', '/api/clients', { id: 'hostile', label: bad, caps: { tpm: 2000000000 }, budget: { tokens: '999999G' }, models: Array.from({ length: 40 }, (_, i) => `model-${i}-*`) });
    await g.must('POST', '/api/clients', { id: 'long', label: '\u202Ereversed '.repeat(12), expires: '2999-01-01T00:00:00Z', budget: { money: '0.01' } });
    await Promise.all(Array.from({ length: 6 }, (_, i) => g.must('POST', '/api/clients', { id: `many${i}`, label: 'y'.repeat(100) })));
    await tab.go('#/clients?search=hostile');
    await row(page, bad).getByText('and 36 more').waitFor();
    assert.equal(await page.locator('main .usage-cell').count(), 1, 'others are not shown');
    await tab.clean();
    await page.getByLabel('Search client keys').fill('no such key');
    await tab.see('Nothing fits what you search for.');
    await page.getByLabel('Search client keys').fill('');
    await row(page, 'reversed').waitFor();
    await tab.clean();
    const box = page.getByRole('region', { name: 'Client keys' });
    assert.ok(await box.evaluate((el) => el.scrollWidth <= el.clientWidth), 'the menu of each row is seen');
    await page.setViewportSize({ width: 390, height: 800 });
    await tab.noOverflow();
    await tab.by('button', `More: ${bad}`).focus();
    await page.keyboard.press('Enter');
    await eventually(async () => await tab.focused() === 'menuitem Edit', 'the menu has the focus');
    await page.keyboard.press('Enter');
    await tab.dialog(`Edit ${bad}`);
    assert.equal(await tab.focused(), 'input Label');
    await page.keyboard.press('Escape');
    await tab.noDialog();
    assert.equal(await tab.focused(), `button More: ${bad}`, 'the focus is back');
});

test('a gateway that is gone is told, what was typed stays', async ({ tab, page, g }) => {
    tab.expectErrors(/ERR_|503|50\d/);
    await tab.go('#/clients');
    await tab.by('button', 'New client key').click();
    await page.getByLabel('Label').fill('Patient');
    await g.stop();
    await tab.by('button', 'Make the key').click();
    await tab.see('the gateway cannot be reached');
    assert.equal(await page.getByLabel('Label').inputValue(), 'Patient');
    await g.start();
});

test('in Chinese, on a phone, in the dark', async ({ tab, page }) => {
    await tab.go('#/clients');
    await tab.clean();
    await tab.shot('clients-zh-dark-390', { fullPage: true });
    await tab.by('button', '新建客户端密钥').click();
    await tab.axe('dialog[open]');
    await tab.noOverflow();
    await tab.shot('clients-editor-zh-dark-390');
    await page.keyboard.press('Escape');
    await tab.noDialog();
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
