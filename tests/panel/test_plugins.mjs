// SPDX-License-Identifier: MIT
// test_plugins - plugins with their dialects and options; the predecessor's folder is looked at and taken over.

import { assert, eventually, test } from './harness.mjs';

const old = (g) => JSON.stringify({ upstream: [
    { name: 'Old relay', serviceType: 'claude', baseUrl: `${g.up.url}/old`, status: 'active', apiKeys: ['sk-CANARY-old-0001', 'sk-CANARY-old-0002'] },
], loadBalance: 'random' }, null, 2);
const ENV = 'PORT=3000\nPROXY_ACCESS_KEY=old-CANARY-access-key\nQUIET_POLLING_LOGS=true\n';

test('each plugin with its version and ABI, dialects and their options, who uses them', async ({ tab, page, g }) => {
    await tab.go('#/plugins');
    const { plugins } = await g.must('GET', '/api/plugins');
    const cards = page.locator('.plugin');
    assert.equal(await cards.count(), plugins.length);
    for (const [i, p] of plugins.entries()) {
        const told = await cards.nth(i).innerText();
        for (const part of [p.name, p.version, p.abi, p.file, 'loaded', ...p.dialects.map((d) => d.name), ...p.stores]) {
            assert.ok(told.includes(part), `${p.name}: ${part}`);
        }
    }
    const [dialect] = plugins.flatMap((p) => p.dialects).filter((d) => d.options.length);
    const box = page.locator('.dialect').filter({ hasText: dialect.title }).first();
    await box.getByText('1 channel', { exact: true }).waitFor();
    await box.locator('summary').focus();
    await page.keyboard.press('Enter');
    await box.getByText(dialect.options[0].help).first().waitFor();
    await tab.clean();
    await tab.shot('plugins', { fullPage: true });
    const { id } = await g.must('POST', '/api/channels', { name: 'One more', dialect: dialect.name, base_url: 'https://relay.example.org', keys: ['sk-CANARY-more-0001'] });
    await box.getByText('2 channels', { exact: true }).waitFor();
    await g.must('DELETE', `/api/channels/${id}`);
});

test('one with bugs says so; none at all', async ({ tab, page }) => {
    const faulty = { name: '<b>bad</b>', version: '1', abi: '1.0', file: `/x/${'very-long-'.repeat(20)}.so`, state: 'faulty', bugs: 3, stores: [], dialects: [], adapters: [] };
    let plugins = [faulty];
    await page.route('**/api/plugins', (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify({ plugins }) }));
    await tab.go('#/plugins');
    await tab.see('3 bugs were caught');
    await tab.clean();
    plugins = [];
    await tab.reload();
    await tab.see('No plugin is loaded');
    await tab.clean();
});

test('an older version that still has requests; one in quarantine is let in again', async ({ tab, page }) => {
    const since = '2026-11-23T12:00:00Z';
    const mended = { name: 'mended', version: '2.0', abi: '1.0', file: '/x/mended.so', state: 'loaded', bugs: 0, stores: [], dialects: [], adapters: [], since,
        older: [{ version: '1.9', digest: 'aa', since, until: since, exchanges: 3 }] };
    let absent = [{ name: 'wild', file: '/x/wild.so', state: 'quarantined', why: 'it crashed the gateway 3 times', since, adapters: ['wilder'], stores: [] },
        { name: null, file: '/x/cut.so', state: 'refused', why: 'the file is too short', since, adapters: [], stores: [] }];
    await page.route('**/api/plugins', (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify({ plugins: [mended], absent }) }));
    await page.route('**/api/plugins/wild/release', (route) => {
        absent = absent.slice(1);
        return route.fulfill({ contentType: 'application/json', body: '{}' });
    });
    await tab.go('#/plugins');
    await tab.see('Version 1.9 still has 3 requests under way');
    await tab.see('it crashed the gateway 3 times');
    await tab.see('cut.so');
    await tab.axe();
    await tab.by('button', 'Let it in again').click();
    await page.getByText('it crashed the gateway 3 times').waitFor({ state: 'detached' });
    await tab.see('the file is too short');
    await tab.clean();
});

test('the predecessor is looked at, then taken over', async ({ tab, page, g }) => {
    await tab.go('#/plugins');
    await page.getByLabel('.env', { exact: true }).fill(ENV);
    await page.getByLabel('config.json', { exact: true }).fill(old(g));
    await tab.by('button', 'See what would come').click();
    await tab.see('1 channels and 2 keys would come.');
    await tab.by('heading', /^Taken over \(\d+\)/).waitFor();
    await tab.by('heading', /^Not taken over \([1-9]/).waitFor();
    await tab.axe();
    await tab.shot('plugins-import', { fullPage: true });
    assert.ok(!(await g.must('GET', '/api/channels')).channels.some((c) => c.name === 'Old relay'), 'nothing has changed yet');
    await tab.by('button', 'Take it over').click();
    await (await tab.dialog(/^Take over 1 channels/)).getByRole('button', { name: 'Take it over' }).click();
    await tab.toast('Taken over: 1 channels, 2 keys');
    await eventually(async () => (await g.must('GET', '/api/channels')).channels.some((c) => c.name === 'Old relay'), 'the channel is there');
    assert.match(await tab.focused(), /Taken over: 1 channels/, 'the focus is at what was done');
    assert.equal(await page.getByLabel('config.json', { exact: true }).inputValue(), '', 'keys do not stay in the page');
    await tab.noSecrets();
});

test('files are chosen; a broken one is told', async ({ tab, page }) => {
    tab.expectErrors(/4\d\d POST \/api\/import/);
    await tab.go('#/plugins');
    await page.locator('input[type=file]').setInputFiles([{ name: 'config.json', mimeType: 'application/json', buffer: Buffer.from('{ "upstream": [') }]);
    await eventually(async () => (await page.getByLabel('config.json', { exact: true }).inputValue()).startsWith('{ "upstream"'), 'the file is read');
    await tab.by('button', 'See what would come').click();
    await page.locator('.fault-box .notice').waitFor();
    await tab.axe();
});

test('in Chinese, on a phone, in the dark', async ({ tab }) => {
    await tab.go('#/plugins');
    await tab.clean();
    await tab.shot('plugins-zh-dark-390', { fullPage: true });
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
