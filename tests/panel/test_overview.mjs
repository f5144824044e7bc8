// SPDX-License-Identifier: MIT
// test_overview - the first screen: its numbers are the API's, it follows what happens, and says where help is.

import { assert, channel, eventually, test } from './harness.mjs';

const HOSTILE = `<img src=x onerror=alert(1)> \u202eright to left\u202c ${'W'.repeat(200)}`;

export const channels = (g) => [
    channel('gpt', 'chat', g.up.url, { only: '[ "gpt*" ]' }),
    channel('claude', 'claude', g.up.url, { only: '[ "claude*" ]' }),
    channel('broken', 'claude', g.up.url, { only: '[ "broken*" ]', name: '"A broken relay"' }),
    channel('paused', 'claude', g.up.url, { status: '"suspended"' }),
    channel('hostile', 'claude', g.up.url, { only: '[ "none" ]', name: `"${HOSTILE}"` }),
].join(',\n');

export async function prepare(g) {
    await g.script('model=broken   status=401 error=authentication_error:gone\n');
    await g.message('claude-demo', { stream: true });
    await g.message('gpt-demo', { family: 'chat' });
    for (let i = 0; i < 4; i++) {
        await g.message('broken-1');
    }
    await g.message(`broken-${HOSTILE.slice(0, 200)}`);
    await eventually(async () => (await g.must('GET', '/api/history?outcome=failed')).requests.length > 4, 'the history has what failed');
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
    await same(page, 'Failed, last hour', async () => (await hour()).failed);
    await same(page, 'In flight', async () => (await g.must('GET', '/api/status')).in_flight);
    await tab.clean();
    await tab.shot('overview');
});

test('the table of the last minutes adds up to what was asked', async ({ tab, page, g }) => {
    await tab.go('#/overview');
    await page.getByText('15 min', { exact: true }).click();
    await tab.by('heading', 'The last 15 minutes').waitFor();
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
    await g.message('broken-1'); // what rested may be well again
    await eventually(async () => (await g.must('GET', '/api/channels?brief=true')).channels.some((c) => c.id === 'broken' && c.health.keys.dead > 0),
        'the broken channel is known as broken');
    await tab.go('#/overview');
    const list = page.getByRole('list', { name: 'Channels now' });
    const first = list.getByRole('listitem').first();
    await first.filter({ hasText: 'A broken relay' }).waitFor();
    await first.getByText('key refused').waitFor();
    assert.equal(await list.getByText('paused').count(), 0, 'who is paused is asked nothing');
    assert.equal(await list.getByText('<img src=x onerror=alert(1)>').first().isVisible(), true, 'names are texts');
    await page.getByRole('list', { name: 'Last failures' }).getByText('<img src=x').waitFor();
    const failure = page.getByRole('list', { name: 'Last failures' }).getByRole('link', { name: 'broken-1' }).first();
    const leadsTo = () => page.getByRole('list', { name: 'Last failures' }).getByRole('link').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    await eventually(async () => {
        const latest = (await g.must('GET', '/api/history?outcome=failed&limit=1')).requests[0];
        return (await leadsTo()).includes(`#/requests/${latest.id}`);
    }, 'the latest is there');
    await failure.press('Enter');
    assert.equal(await tab.ready('requests'), 'requests');
    await tab.go('#/overview');
    await list.getByRole('link', { name: /Numbers of A broken relay/ }).press('Enter');
    await tab.ready('statistics');
    assert.match(page.url(), /by=key&channel=broken/);
});

test('the keyboard reads the chart', async ({ tab, page }) => {
    await tab.go('#/overview');
    const chart = page.getByRole('slider', { name: 'The last 3 minutes' });
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

test('what is wrong with the whole is said with the way out', async ({ tab, page }) => {
    const told = { warnings: [{ id: 'no_active_channel', text: 'no channel is active' }, { id: 'history_failing', text: 'history' }, { id: 'new_one', text: 'Words of a later <b>gateway</b>.' }],
        next: { id: 'add_channel', text: 'add a channel' }, options_waiting: ['listen'], history: { why: 'the disk is full' }, in_flight: 1e9, uptime_s: 1e7 };
    await page.route('**/api/status', async (route) => route.fulfill({ json: { ...await (await route.fetch()).json(), ...told } }));
    await tab.go('#/overview');
    for (const text of ['every request is answered with 503', 'the disk is full', 'Words of a later <b>gateway</b>.', 'Changed options wait for a restart', 'listen']) {
        await tab.see(text);
    }
    await tab.clean();
    const way = page.getByRole('link', { name: 'Open “Channels”' }).first();
    await way.focus();
    await page.waitForResponse('**/api/status');
    assert.equal(await tab.focused(), 'a Open “Channels”', 'who stands on a link stays there');
    await page.keyboard.press('Enter');
    assert.equal(await tab.ready('channels'), 'channels');
});

test('an answer that fails is told, and asked for again', async ({ tab, page }) => {
    tab.expectErrors('500 GET /api/status');
    await page.route('**/api/status', (route) => route.fulfill({ status: 500, json: { error: 'the house is on fire' } }));
    await tab.go('#/overview');
    await tab.see('the house is on fire');
    await tab.clean();
    await page.unroute('**/api/status');
    await tab.by('button', 'Try again').press('Enter');
    await tab.by('heading', 'Channels now').waitFor();
});

test('huge numbers fit, on a phone, too', async ({ tab, page }) => {
    const huge = { requests: 987654321, failed: 123456789, input_tokens: 9.87e12, output_tokens: 8.76e12, cache_read_tokens: 9.9e13, cost_micro: 1.234e15, first_content_p50_ms: 1e7, first_content_p95_ms: 1e8 };
    await page.route('**/api/statistics?*', async (route) => {
        const told = await (await route.fetch()).json();
        await route.fulfill({ json: { ...told, total: { ...told.total, ...huge }, rows: told.rows?.map((row) => ({ ...row, ...huge })) } });
    });
    for (const width of [390, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        for (const route of ['#/overview', '#/statistics?range=1h']) {
            await tab.go(route);
            await tab.noOverflow();
            const cut = await page.locator('.stat dd').evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent));
            assert.deepEqual(cut, [], 'nothing is cut');
        }
    }
});

test('in Chinese, on a phone, in the dark', async ({ tab }) => {
    await tab.go('#/overview');
    await tab.clean();
    await tab.shot('overview-phone');
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
