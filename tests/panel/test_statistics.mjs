// SPDX-License-Identifier: MIT
// test_statistics - the screen of sums over time: its numbers are the API's, its state is in the address, its table can be kept.

import fs from 'node:fs';

import { assert, eventually, test } from './harness.mjs';

export async function prepare(g) {
    await g.traffic(2);
    await g.message('claude-demo', { how: 'status=400' });
    await eventually(async () => (await g.must('GET', '/api/statistics?window=1h')).total.requests > 5, 'the requests are counted');
}

const rows = (page) => page.locator('.stats-body > section table tbody tr, .stats-body section:not(:has(figure)) table tbody tr');
const cells = (row) => row.evaluateAll((all) => all.map((tr) => [...tr.cells].map((c) => c.textContent.trim())));

for (const by of ['family', 'channel', 'key', 'model', 'client']) {
    test(`the table by ${by} is what the API tells`, async ({ tab, page, g }) => {
        await tab.go(`#/statistics?range=1h&by=${by}`);
        const told = await g.must('GET', `/api/statistics?window=1h&by=${by}&limit=200`);
        const shown = await cells(rows(page));
        assert.equal(shown.length, told.rows.length);
        assert.deepEqual(shown.map((r) => Number(r[1])).sort((a, b) => b - a), told.rows.map((r) => r.requests).sort((a, b) => b - a));
        assert.deepEqual(shown.map((r) => r[1]), [...shown.map((r) => r[1])].sort((a, b) => b - a), 'the most requests first');
        await tab.untranslated();
        await tab.axe();
    });
}

test('cards are the sums', async ({ tab, page, g }) => {
    await tab.go('#/statistics?range=1h');
    const { total } = await g.must('GET', '/api/statistics?window=1h');
    assert.equal(await page.locator('.stat dd').first().innerText(), String(total.requests));
});

test('the table of a chart adds up to the sums', async ({ tab, page, g }) => {
    await tab.go('#/statistics?range=1h&by=family');
    await page.locator('figure').first().getByText('Show as a table').click();
    const told = await g.must('GET', '/api/statistics?window=1h');
    const all = await eventually(() => page.locator('figure').first().locator('tbody tr').evaluateAll((list) => list.reduce((n, tr) => [...tr.cells].slice(1).reduce((sum, td) => sum + Number(td.textContent), n), 0)), 'the table is there');
    assert.equal(all, told.total.requests);
});

test('each view is drawn, in both themes', async ({ tab, page }) => {
    await tab.go('#/statistics?range=1h');
    for (const [view, charts] of [['Success', 1], ['Latency', 4], ['Tokens', 2], ['Cache', 2], ['Cost', 1], ['Traffic', 2]]) {
        await page.getByRole('navigation', { name: 'What is drawn' }).getByRole('button', { name: view }).press('Enter');
        await eventually(async () => await page.locator('figure').count() === charts, `${view} has ${charts} charts`);
        assert.equal(await tab.focused(), `button ${view}`, 'the focus stays');
        await eventually(() => page.locator('figure canvas').first().evaluate((c) => c.width > 100), 'a chart is drawn');
        await tab.clean();
        await tab.shot(`statistics-${view}`);
    }
}, { colorScheme: 'dark' });

test('the keys of one channel: rows, sums, lines, address', async ({ tab, page, g }) => {
    await tab.go('#/statistics?range=1h&by=key');
    const told = (await g.must('GET', '/api/statistics?window=1h&by=key&limit=200')).rows;
    const channel = told[0].channel;
    await page.getByLabel('Keys of').selectOption(channel);
    const mine = told.filter((row) => row.channel === channel);
    await eventually(async () => (await cells(rows(page))).length === mine.length, 'only its keys');
    assert.match(page.url(), new RegExp(`channel=${channel}`));
    assert.equal(Number(await page.locator('.stat dd').first().innerText()), mine.reduce((n, row) => n + row.requests, 0));
    await tab.see('a request that tried two counts at both');
    await tab.clean();
    await tab.go('#/statistics?range=1h&by=key&channel=%3Cimg%20src%3Dx%3E');
    await tab.see('Nobody has asked anything in this time.');
    assert.equal(await page.getByLabel('Keys of').inputValue(), '<img src=x>');
    await tab.go('#/statistics?range=nonsense&by=__proto__&view=constructor&sort=-nothing&channel=x');
    assert.equal(await page.getByRole('radio', { name: '24 h' }).isChecked(), true);
    await tab.clean();
});

test('what cannot be read is told, and what was there stays', async ({ tab, page }) => {
    tab.expectErrors('500 GET /api/statistics');
    await tab.go('#/statistics?range=1h&by=model');
    const before = await cells(rows(page));
    await page.route('**/api/statistics/series?*', (route) => route.fulfill({ status: 500, json: { error: 'no sums today' } }));
    await page.getByText('6 h', { exact: true }).click();
    await tab.toast('no sums today');
    assert.deepEqual(await cells(rows(page)), before);
});

test('what is chosen stands in the address, and the address is enough', async ({ tab, page }) => {
    await tab.go('#/statistics');
    await page.getByText('7 days', { exact: true }).click();
    await page.getByText('Model', { exact: true }).first().click();
    await tab.by('button', 'Latency').click();
    await tab.by('button', 'Tokens in').click();
    await eventually(() => page.locator('.stats-body[aria-busy=false]').count(), 'it is loaded');
    assert.match(page.url(), /range=7d/);
    assert.match(page.url(), /by=model/);
    assert.match(page.url(), /view=latency/);
    assert.match(page.url(), /sort=-input_tokens/);
    await tab.reload();
    assert.equal(await page.locator('th[aria-sort=descending]').innerText(), 'Tokens in');
    assert.equal(await page.getByRole('radio', { name: '7 days' }).isChecked(), true);
    assert.equal(await tab.by('button', 'Latency').getAttribute('aria-current'), 'page');
});

test('columns are sorted by the keyboard, both ways', async ({ tab, page }) => {
    await tab.go('#/statistics?range=1h&by=model');
    await tab.by('button', 'Model').last().press('Enter');
    const names = async () => (await cells(rows(page))).map((r) => r[0]);
    const up = await names();
    assert.deepEqual(up, [...up].sort((a, b) => a.localeCompare(b)));
    await tab.by('button', 'Model').last().press('Enter');
    assert.deepEqual(await names(), up.reverse());
});

test('the table is kept as a file, whole and unrounded', async ({ tab, page, g }) => {
    await tab.go('#/statistics?range=1h&by=model');
    const [file] = await Promise.all([page.waitForEvent('download'), tab.by('button', 'Table as CSV').click()]);
    assert.equal(file.suggestedFilename(), 'claude-proxy-model-1h.csv');
    const lines = fs.readFileSync(await file.path(), 'utf8').replace('\ufeff', '').trim().split('\r\n').map((line) => line.split(','));
    const told = await g.must('GET', '/api/statistics?window=1h&by=model&limit=200');
    assert.equal(lines.length, told.rows.length + 1);
    const at = lines[0].indexOf('input_tokens');
    assert.deepEqual(lines.slice(1).map((l) => Number(l[at])), told.rows.map((r) => r.input_tokens));
});

test('a legend entry takes its line away and gives it back', async ({ tab, page }) => {
    await tab.go('#/statistics?range=1h&by=family');
    const entry = page.getByRole('list', { name: 'Shown series' }).getByRole('button').first();
    const paint = () => page.locator('figure canvas').first().evaluate((canvas) => (canvas.width > 100 ? canvas.toDataURL() : ''));
    assert.equal(await page.getByRole('list', { name: 'Shown series' }).count(), 1, 'one for all charts');
    for (const isShown of [false, true]) {
        const before = await eventually(paint, 'it is drawn');
        await entry.press('Enter');
        assert.equal(await entry.getAttribute('aria-pressed'), String(isShown));
        await eventually(async () => await paint() !== before, `drawn otherwise: ${isShown}`);
    }
});

test('without the library the tables stand alone', async ({ tab, page }) => {
    tab.expectErrors('vendor/chart.mjs', 'ERR_FAILED');
    await page.route('**/vendor/chart.mjs', (route) => route.abort());
    await tab.go('#/statistics?range=1h');
    await page.getByText('Chart.js is not installed').first().waitFor();
    assert.ok(await page.locator('figure table').count() > 0);
    await tab.axe();
});

test('in Chinese, on a phone, in the dark', async ({ tab }) => {
    await tab.go('#/statistics?range=1h');
    await tab.clean();
    await tab.shot('statistics-phone');
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
