// SPDX-License-Identifier: MIT
// test_requests - the list of requests, live and history, its filters, and one request with its attempts.

import { assert, channel, eventually, test } from './harness.mjs';
import { fill } from './fill.mjs';

const listed = (g, query = '') => g.must('GET', `/api/history?limit=100${query}`).then((answer) => answer.requests ?? []);
const rows = (page) => page.locator('main tbody tr.request-row');
const HOSTILE = `claude-<img src=x onerror=alert(1)>\u202e${'w'.repeat(200)}`;

export const channels = (g) => [
    channel('shaky', 'claude', g.up.url, { priority: '1', name: '"A relay with quite a long name, as people like them"' }),
    channel('gpt', 'chat', g.up.url, { priority: '2', only: '[ "gpt*" ]' }),
    channel('claude', 'claude', g.up.url, { priority: '3', only: '[ "claude*", "broken*" ]' }),
].join(',\n');

export const conf = 'client_keys = ( { id = "laptop"; label = "My laptop"; key = "client-CANARY-laptop-00001"; } );\nprices = ( { model = "*-demo"; input = "3.00"; output = "15.00"; } );\n';

/** One of each kind: served, translated, served at the second attempt, refused, failed everywhere, with a hostile name. */
export async function prepare(g) {
    await g.script('model=broken   status=500 error=api_error:down\nmodel=claude-second key=shaky times=1 status=529\n');
    await g.message('claude-demo', { stream: true, how: 'usage=1200,380,24000', key: 'client-CANARY-laptop-00001' });
    await g.message('gpt-demo', { family: 'messages' });
    await g.message('claude-second');
    await g.message('broken-1');
    await g.message(HOSTILE);
    await g.must('POST', '/api/scheduler/reset');
    await eventually(async () => (await listed(g)).length >= 5, 'the history has the requests');
}

test('lists what was asked, the newest first; a press on a row opens it', async ({ tab, page, g }) => {
    assert.equal(await tab.go('#/requests'), 'requests');
    const known = await listed(g);
    await eventually(async () => await rows(page).count() >= known.length, 'all are listed');
    assert.equal(await rows(page).first().getAttribute('data-id'), known[0].id);
    assert.equal(await page.locator('main img').count(), 0);
    const second = rows(page).filter({ hasText: 'claude-second' });
    assert.match(await second.innerText(), /served 200\s*×2/);
    assert.match(await rows(page).filter({ hasText: 'My laptop' }).innerText(), /1\.2K\s+380\s+\$0\.0/);
    await tab.clean();
    await second.locator('td').nth(3).click();
    await tab.dialog('Request');
});

test('a request appears by itself, and waits while the list is paused', async ({ tab, page, g }) => {
    await tab.go('#/requests');
    const { length: before } = await listed(g);
    await eventually(async () => await rows(page).count() === before, 'all stand');
    await g.message('claude-live');
    await eventually(async () => await rows(page).count() === before + 1, 'it is listed');
    await tab.by('button', 'Pause').click();
    assert.equal(await tab.focused(), 'button Resume');
    await g.message('claude-later');
    await tab.by('button', 'Show 1 new one').click();
    await eventually(async () => await rows(page).count() === before + 2, 'it is shown when asked for');
    assert.match(await rows(page).first().innerText(), /claude-later/);
});

test('filters stand in the address, and can be taken away', async ({ tab, page, g }) => {
    await tab.go('#/requests?outcome=failed');
    const failed = await listed(g, '&outcome=failed');
    await eventually(async () => await rows(page).count() === failed.length, 'only those that failed');
    await g.message('claude-unfit');
    const chips = page.getByRole('group', { name: 'Filters that hold' });
    await tab.by('button', 'Filters').press('Enter');
    await page.getByLabel('Channel', { exact: true }).selectOption('claude');
    await eventually(() => /channel=claude/.test(page.url()), 'the address has the channel');
    await tab.by('button', /^Filters\s*1$/).waitFor();
    await tab.clean();
    await chips.getByRole('button', { name: /^failed/ }).press('Enter');
    await eventually(async () => /^button Channel: claude/.test(await tab.focused()), 'the next filter has the focus');
    await chips.getByRole('button', { name: 'Clear filters' }).click();
    await eventually(async () => await rows(page).count() > failed.length, 'all again');
    assert.doesNotMatch(page.url(), /outcome|channel/);
    const status = page.getByLabel('Status', { exact: true });
    await status.fill('nonsense');
    await eventually(async () => await status.getAttribute('aria-invalid') === 'true', 'it is no status');
    await status.fill('2xx');
    await eventually(() => /status=2xx/.test(page.url()), 'the address has the filter');
    await tab.by('combobox', 'When').selectOption('15m');
    await eventually(() => /since=15m/.test(page.url()), 'the address has the time');
    await page.getByLabel('Model', { exact: true }).fill('nobody-has-this');
    await tab.see('No request fits these filters.');
    await tab.go('#/requests?status=99x');
    await page.locator('main [role=alert]').getByText('status').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await rows(page).first().waitFor();
}, { expectErrors: [/400 GET \/api\/history\?.*status=99x/] });

test('searches by the beginning of an id, and by a conversation', async ({ tab, page, g }) => {
    const [{ id, session }] = await listed(g);
    await tab.go('#/requests');
    const search = page.getByRole('searchbox');
    await search.fill(id);
    await eventually(async () => await rows(page).count() === 1, 'one is left');
    assert.equal(await rows(page).first().getAttribute('data-id'), id);
    await search.fill(session);
    const same = (await listed(g, `&session=${session}`)).length;
    await eventually(async () => await rows(page).count() === same, 'those of the conversation');
});

test('columns are chosen and kept in the address', async ({ tab, page }) => {
    await tab.go('#/requests?cols=time,id');
    assert.deepEqual(await page.locator('main table.requests thead th').allInnerTexts(), ['Time', 'Request id']);
    await tab.by('button', 'Columns').click();
    await page.getByRole('menuitem', { name: 'Model', exact: true }).click();
    await eventually(() => /cols=time%2Cmodel%2Cid/.test(page.url()), 'the address has the columns');
    assert.equal(await page.locator('main table.requests thead th').count(), 3);
});

test('one request: its attempts, why, what it cost; on to the next, and back, by the keyboard', async ({ tab, page, g }) => {
    const [{ id }] = await listed(g, '&model=claude-second');
    await tab.go('#/requests');
    const list = await page.locator('.requests-view').elementHandle();
    await page.locator(`tr[data-id="${id}"] a`).first().focus();
    await page.keyboard.press('Enter');
    const dialog = await tab.dialog('Request');
    assert.match(page.url(), new RegExp(id));
    assert.equal(await dialog.locator('.timeline-row:not(.timeline-axis)').count(), 2);
    await dialog.getByRole('region', { name: 'Why it went there' }).getByText('attempt failed').waitFor();
    await dialog.getByText('Show as a table').click();
    assert.equal(await dialog.locator('.twin tbody tr').count(), 2);
    await tab.axe('dialog');
    await dialog.getByRole('link', { name: 'The older one' }).press('Enter');
    await eventually(() => !page.url().includes(id), 'the next one');
    const next = await tab.dialog('Request');
    await next.getByText('gpt-demo').first().waitFor();
    await next.getByText(/Ledger of the conversion/).waitFor();
    await eventually(async () => (await tab.focused()) === 'a The older one', 'it can be pressed again');
    await page.keyboard.press('Enter');
    const third = await tab.dialog('Request');
    await third.getByText('My laptop').waitFor();
    assert.match(await third.getByRole('region', { name: 'Tokens' }).innerText(), /Input\s+1,200\s+Read from the cache\s+24,000[^]*Output\s+380/);
    assert.match(await third.locator('.stats').innerText(), /Cost\n\$0\.0/);
    await page.keyboard.press('Escape');
    await tab.noDialog();
    await eventually(() => /#\/requests$/.test(page.url()), 'the list has its own address');
    await eventually(async () => /^a Open the request/.test(await tab.focused()), 'the row has the focus');
    assert.ok(await list.evaluate((el) => el.isConnected), 'the list stood all the time');
});

test('explains where it would go now, and why', async ({ tab, g }) => {
    const [served] = await listed(g, '&model=claude-demo');
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

test('pages over a long past; a table for spreadsheets', async ({ tab, page, g }) => {
    await fill(g, 260, { hours: 4, channels: [{ id: 'claude' }], clients: ['bulk'] });
    await eventually(async () => (await listed(g, '&client=bulk')).length === 100, 'it is written');
    await tab.go('#/requests?client=bulk');
    await eventually(async () => await rows(page).count() === 100, 'the first page');
    await tab.by('button', 'Older ones').press('Enter');
    await eventually(async () => await rows(page).count() === 200, 'the second page');
    await tab.by('button', 'Older ones').click();
    await eventually(async () => await rows(page).count() === 260, 'the end');
    assert.equal(await tab.by('button', 'Older ones').count(), 0);
    assert.equal(new Set(await rows(page).evaluateAll((all) => all.map((row) => row.dataset.id))).size, 260);
    assert.match(await tab.by('link', 'CSV').getAttribute('href'), /api\/history\.csv\?client=bulk$/);
    const [file] = await Promise.all([page.waitForEvent('download'), tab.by('link', 'CSV').click()]);
    assert.match(file.suggestedFilename(), /\.csv$/);
});

test('what fails is said, and can be tried again', async ({ tab, page }) => {
    tab.expectErrors('500 GET /api/history', '500 POST /api/explain');
    await page.route('**/api/history?*', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: '{"error":"the store is <b>gone</b>"}' }), { times: 1 });
    await tab.go('#/requests');
    await page.locator('main').getByText('the store is <b>gone</b>').waitFor();
    await tab.by('button', 'Try again').click();
    await rows(page).first().waitFor();
    await page.route('**/api/explain?*', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: '{"error":"no"}' }));
    await rows(page).filter({ hasText: 'claude-demo' }).locator('a').first().click();
    const dialog = await tab.dialog('Request');
    await dialog.getByRole('button', { name: 'Where would it go now?' }).click();
    await tab.toast('It could not be explained: no');
});

test('without a history what happens now is shown, and what is known of it', async ({ tab, page, g }) => {
    tab.expectErrors('404 GET /api/history');
    await page.route('**/api/history**', (route) => route.fulfill({ status: 404, contentType: 'application/json', body: '{"error":"no history is kept"}' }));
    await tab.go('#/requests');
    await tab.see('No history is kept');
    await g.message('claude-now');
    await rows(page).filter({ hasText: 'claude-now' }).locator('a').first().click();
    const dialog = await tab.dialog('Request');
    await dialog.getByText('Nothing is kept of its attempts.').waitFor();
    await page.keyboard.press('Escape');
    await tab.noDialog();
    await rows(page).filter({ hasText: 'claude-now' }).waitFor();
});

test('the list stands where it stood when one comes back', async ({ tab, page, g }) => {
    await fill(g, 120, { hours: 2, channels: [{ id: 'claude' }], clients: ['long'] });
    await eventually(async () => (await listed(g, '&client=long')).length === 100, 'it is written');
    await tab.go('#/requests?client=long');
    await tab.by('button', 'Older ones').click();
    await eventually(async () => await rows(page).count() === 120, 'all are loaded');
    const last = rows(page).last();
    const id = await last.getAttribute('data-id');
    await last.locator('a').first().focus();
    await page.keyboard.press('Enter');
    await tab.dialog('Request');
    await page.keyboard.press('Escape');
    await tab.noDialog();
    await eventually(async () => await page.evaluate((x) => document.activeElement.closest('tr')?.dataset.id === x, id), 'its row has the focus');
    assert.equal(await rows(page).count(), 120);
    assert.ok(await page.evaluate(() => scrollY) > 1000);
});

test('a gateway that went: the list stays, and goes on when it is back', async ({ tab, page, g }) => {
    tab.expectErrors(/ERR_/, '401 ');
    await tab.go('#/requests');
    const { length: before } = await listed(g);
    await eventually(async () => await rows(page).count() === before, 'all stand');
    await g.stop();
    await tab.by('combobox', 'Outcome').selectOption('failed');
    await page.locator('main [role=alert]').getByText('cannot be reached').waitFor();
    assert.equal(await rows(page).count(), before);
    await g.start();
});

test('in Chinese, on a phone, in the dark', async ({ tab, page, g }) => {
    await tab.go('#/requests?client=laptop');
    await rows(page).first().waitFor();
    await tab.clean();
    const all = await listed(g, '&client=access');
    for (const model of ['claude-second', HOSTILE.slice(0, 20)]) {
        await tab.go(`#/requests/${all.find((r) => r.model?.startsWith(model)).id}`);
        const dialog = await tab.dialog('请求');
        assert.equal(await dialog.locator('img').count(), 0);
        assert.equal(await dialog.evaluate((e) => e.getBoundingClientRect().left), 0);
        await tab.noOverflow();
        await tab.untranslated();
        await tab.axe('dialog');
    }
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
