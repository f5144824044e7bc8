// SPDX-License-Identifier: MIT
// test_requests - the list of requests, live and history, its filters, and one request with its attempts.

import { assert, eventually, test } from './harness.mjs';

const listed = (g, query = '') => g.must('GET', `/api/history?limit=100${query}`).then((answer) => answer.requests ?? []);
const rows = (page) => page.locator('main tbody tr.request-row');

export async function prepare(g) {
    await g.script('model=broken   status=500 error=api_error:down\n');
    await g.message('claude-demo');
    await g.message('gpt-demo', { family: 'messages' });
    await g.message('broken-1').catch(() => null);
    await eventually(async () => (await listed(g)).length >= 3, 'the history has the requests');
}

test('lists what was asked, the newest first', async ({ tab, page, g }) => {
    assert.equal(await tab.go('#/requests'), 'requests');
    const known = await listed(g);
    await eventually(async () => await rows(page).count() >= known.length, 'all are listed');
    assert.equal(await rows(page).first().getAttribute('data-id'), known[0].id);
    await tab.clean();
});

test('a request appears by itself, and waits while the list is paused', async ({ tab, page, g }) => {
    await tab.go('#/requests');
    const before = await rows(page).count();
    await g.message('claude-live');
    await eventually(async () => await rows(page).count() === before + 1, 'it is listed');
    await tab.by('button', 'Pause').click();
    await g.message('claude-later');
    await tab.by('button', 'Show 1 new one').click();
    await eventually(async () => await rows(page).count() === before + 2, 'it is shown when asked for');
    assert.match(await rows(page).first().innerText(), /claude-later/);
});

test('filters stand in the address, and can be taken away', async ({ tab, page, g }) => {
    await tab.go('#/requests?outcome=failed');
    const failed = await listed(g, '&outcome=failed');
    await eventually(async () => await rows(page).count() === failed.length, 'only those that failed');
    await g.message('claude-served');
    await page.getByRole('group', { name: 'Filters that hold' }).getByRole('button', { name: /^failed/ }).click();
    await eventually(async () => await rows(page).count() > failed.length, 'all again');
    assert.doesNotMatch(page.url(), /outcome/);
    await page.getByLabel('Status', { exact: true }).fill('nonsense');
    await eventually(async () => await page.getByLabel('Status', { exact: true }).getAttribute('aria-invalid') === 'true', 'it is no status');
    await page.getByLabel('Status', { exact: true }).fill('2xx');
    await eventually(() => /status=2xx/.test(page.url()), 'the address has the filter');
});

test('searches by the beginning of an id', async ({ tab, page, g }) => {
    const [{ id }] = await listed(g);
    await tab.go('#/requests');
    await page.getByRole('searchbox').fill(id);
    await eventually(async () => await rows(page).count() === 1, 'one is left');
    assert.equal(await rows(page).first().getAttribute('data-id'), id);
});

test('columns are chosen and kept in the address', async ({ tab, page }) => {
    await tab.go('#/requests?cols=time,id');
    assert.deepEqual(await page.locator('main table.requests thead th').allInnerTexts(), ['Time', 'Request id']);
    await tab.by('button', 'Columns').click();
    await page.getByRole('menuitem', { name: 'Model', exact: true }).click();
    await eventually(() => /cols=time%2Cmodel%2Cid/.test(page.url()), 'the address has the columns');
    assert.equal(await page.locator('main table.requests thead th').count(), 3);
});

test('one request: its attempts, why, and back by the keyboard', async ({ tab, page, g }) => {
    const [failed] = await listed(g, '&outcome=failed');
    await tab.go('#/requests');
    await page.locator(`tr[data-id="${failed.id}"] a`).first().focus();
    await page.keyboard.press('Enter');
    await tab.ready('requests');
    const dialog = await tab.dialog('Request');
    assert.match(page.url(), new RegExp(failed.id));
    assert.ok(await dialog.locator('.timeline-row').count() >= 2);
    assert.ok(await dialog.locator('table.trace tbody tr').count() >= 1);
    await dialog.getByText('Show as a table').click();
    assert.ok(await dialog.locator('.twin tbody tr').count() >= 1);
    await tab.axe('dialog');
    await page.keyboard.press('Escape');
    await tab.noDialog();
    await eventually(() => /#\/requests$/.test(page.url()), 'the list has its own address');
});

test('explains where it would go now', async ({ tab, g }) => {
    const [served] = await listed(g, '&outcome=served');
    await tab.go(`#/requests/${served.id}`);
    const dialog = await tab.dialog('Request');
    await dialog.getByRole('button', { name: 'Where would it go now?' }).click();
    await dialog.getByRole('region', { name: 'Explain now' }).waitFor();
    await tab.axe('dialog');
});

test('one that is not there is said to be', async ({ tab, page }) => {
    await tab.go('#/requests/01ARZ3NDEKTSV4RRFFQ69G5FAV');
    await page.getByText('This request is not in the history').waitFor();
}, { expectErrors: ['404 GET /api/history/01ARZ3NDEKTSV4RRFFQ69G5FAV', /404/] });

test('its table is for spreadsheets, too', async ({ tab, page }) => {
    await tab.go('#/requests?outcome=served');
    assert.match(await tab.by('link', 'CSV').getAttribute('href'), /api\/history\.csv\?outcome=served$/);
    const [file] = await Promise.all([page.waitForEvent('download'), tab.by('link', 'CSV').click()]);
    assert.match(file.suggestedFilename(), /\.csv$/);
});

test('in Chinese, on a phone, in the dark', async ({ tab, g }) => {
    await tab.go('#/requests');
    await tab.clean();
    const [{ id }] = await listed(g);
    await tab.go(`#/requests/${id}`);
    await tab.clean();
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
