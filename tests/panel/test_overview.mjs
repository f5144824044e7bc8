// SPDX-License-Identifier: MIT
// test_overview - the first screen: its numbers are the API's, it follows what happens, and says where help is.

import { assert, channel, eventually, test } from './harness.mjs';

export const channels = (g) => [
    channel('gpt', 'chat', g.up.url, { only: '[ "gpt*" ]' }),
    channel('claude', 'claude', g.up.url, { only: '[ "claude*" ]' }),
    channel('broken', 'claude', g.up.url, { only: '[ "broken*" ]', name: '"A broken relay"' }),
    channel('paused', 'claude', g.up.url, { status: '"suspended"' }),
].join(',\n');

export async function prepare(g) {
    await g.script('model=broken   status=401 error=authentication_error:gone\n');
    await g.message('claude-demo', { stream: true });
    await g.message('gpt-demo', { family: 'chat' });
    for (let i = 0; i < 4; i++) {
        await g.message('broken-1');
    }
    await eventually(async () => (await g.must('GET', '/api/history?outcome=failed')).requests.length > 0, 'the history has what failed');
}

/** The figure that stands below a name. */
const figure = (page, name) => page.locator('.stat', { has: page.locator('dt', { hasText: name }) }).locator('dd').first();

async function same(page, name, value) {
    await eventually(async () => (await figure(page, name).innerText()).trim() === String(await value()), `${name} is what the API tells`);
}

test('the numbers are those of the API', async ({ tab, page, g }) => {
    await tab.go('#/overview');
    const hour = async () => (await g.must('GET', '/api/statistics?window=1h')).total;
    await same(page, 'Requests, last hour', async () => (await hour()).requests);
    await same(page, 'Failed', async () => (await hour()).failed);
    await same(page, 'In flight', async () => (await g.must('GET', '/api/status')).in_flight);
    await tab.clean();
    await tab.shot('overview');
});

test('the table of the last minutes adds up to what was asked', async ({ tab, page, g }) => {
    await tab.go('#/overview');
    await page.getByText('Show as a table').first().click();
    const sum = () => page.locator('.chart-table tbody tr').evaluateAll((rows) => rows.reduce((all, row) => all + [...row.cells].slice(1).reduce((n, c) => n + Number(c.textContent), 0), 0));
    const told = async () => (await g.must('GET', '/api/statistics/activity')).total.segments.reduce((all, s) => all + s[1], 0);
    await eventually(async () => await sum() > 0 && await sum() === await told(), 'the sums are equal');
    await tab.axe();
});

test('what happens is shown without being asked for', async ({ tab, page, g }) => {
    await tab.go('#/overview');
    const before = Number(await figure(page, 'Requests, last hour').innerText());
    await g.message('claude-demo');
    await eventually(async () => Number(await figure(page, 'Requests, last hour').innerText()) > before, 'one more request');
});

test('who is not well is named, with what was wrong, and leads on', async ({ tab, page, g }) => {
    await eventually(async () => (await g.must('GET', '/api/channels?brief=true')).channels.some((c) => c.id === 'broken' && c.health.keys.dead > 0),
        'the broken channel is known as broken');
    await tab.go('#/overview');
    const row = page.getByRole('list', { name: 'Channels that are not well' }).getByRole('listitem').filter({ hasText: 'A broken relay' });
    await row.waitFor();
    assert.equal(await page.getByRole('list', { name: 'Channels that are not well' }).getByText('paused').count(), 0);
    const failure = page.getByRole('list', { name: 'Last failures' }).getByRole('link', { name: 'broken-1' }).first();
    const latest = (await g.must('GET', '/api/history?outcome=failed&limit=1')).requests[0];
    assert.equal(await failure.getAttribute('href'), `#/requests/${latest.id}`);
});

test('the keyboard reads the chart', async ({ tab, page }) => {
    await tab.go('#/overview');
    const chart = page.getByRole('slider', { name: 'The last 15 minutes' });
    await chart.focus();
    await page.keyboard.press('Home');
    assert.equal(await chart.getAttribute('aria-valuenow'), '0');
    await page.keyboard.press('ArrowRight');
    assert.match(await chart.getAttribute('aria-valuetext'), /Without fault: \d+ · Failed: \d+/);
    await page.keyboard.press('End');
    assert.equal(await chart.getAttribute('aria-valuenow'), await chart.getAttribute('aria-valuemax'));
});

test('the picture is drawn, and drawn again in the other theme', async ({ tab, page }) => {
    await tab.go('#/overview');
    const paint = () => page.locator('.chart canvas').evaluate((canvas) => (canvas.width > 100 ? canvas.toDataURL() : ''));
    const light = await eventually(paint, 'the chart is drawn');
    await tab.by('button', 'Theme').click();
    await tab.by('menuitem', 'Dark').click();
    await eventually(async () => await paint() !== light, 'the chart has the colours of the other theme');
});

test('in Chinese, on a phone, in the dark', async ({ tab }) => {
    await tab.go('#/overview');
    await tab.clean();
    await tab.shot('overview-phone');
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
