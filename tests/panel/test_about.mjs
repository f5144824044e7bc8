// SPDX-License-Identifier: MIT
// test_about - what the gateway tells of itself, and the program on the disk that takes its place.

import { assert, eventually, test } from './harness.mjs';

const card = (page) => page.locator('.card').filter({ has: page.getByRole('heading', { name: /^(Upgrade|升级)$/ }) });

async function ask(tab, page) {
    await card(page).getByRole('button', { name: 'Upgrade now' }).click();
    await (await tab.dialog('Let the program on the disk take over?')).getByRole('button', { name: 'Upgrade now' }).click();
}

const isGone = (pid) => {
    try {
        process.kill(pid, 0);
        return false;
    } catch {
        return true;
    }
};

test('a new process takes over: the page goes on, and tells what the old one still finishes', async ({ tab, page, g }) => {
    await tab.go('#/about');
    await tab.toast('Live');
    const { version } = await g.must('GET', '/api/status');
    const reader = new AbortController();
    const slow = fetch(`${g.url}/v1/messages`, { method: 'POST', headers: { 'x-api-key': g.key, 'content-type': 'application/json' }, signal: reader.signal,
        body: JSON.stringify({ model: 'claude-demo', stream: true, max_tokens: 50, messages: [{ role: 'user', content: 'hello [[sim: pace=100 events=1000]]' }] }) })
        .then((r) => r.text()).catch((e) => e.name);
    await eventually(async () => (await g.must('GET', '/api/status')).in_flight > 0, 'a request is under way');
    const told = page.waitForResponse('**/api/upgrade');
    await ask(tab, page);
    const { pid, before_pid: before } = await (await told).json();
    try {
        assert.equal(before, g.child.pid);
        await card(page).getByText(`Version ${version} serves, as before`).waitFor();
        await card(page).getByText(`Process ${pid} took over from process ${before}.`).waitFor();
        await card(page).getByText(new RegExp(`Process ${before}, which served before, still finishes \\d+ requests?\\.`)).waitFor();
        await tab.clean();
        reader.abort();
        assert.equal(await slow, 'AbortError', 'it went on until nobody read it');
        await card(page).getByText(`Process ${before} has finished.`).waitFor();
        await tab.toast('Live');
        await g.must('PATCH', '/api/settings', { limits: { attempts: 5 } });
        await eventually(async () => {
            const { configuration } = await g.must('GET', '/api/status');
            return (await page.locator('.pairs').allInnerTexts()).some((lines) => lines.includes(`Version of it\n${configuration.version}\n`));
        }, 'events of the new process are heard');
        await tab.go('#/settings');
    } finally {
        process.kill(pid, 'SIGTERM');
        await eventually(() => isGone(pid), 'the new process ends');
    }
}, { expectErrors: ['ERR_', '401 ', '503 '], seconds: 120 });

const REFUSALS = [
    [422, 'the new process ended with exit code 3', 'The new program could not start'],
    [409, 'an upgrade is under way', 'An upgrade is under way already.'],
    [501, 'this gateway cannot be upgraded while it runs', 'This gateway cannot be upgraded while it runs; restart it.'],
];

test('a refusal is told with what the program said', async ({ tab, page }) => {
    await tab.go('#/about');
    for (const [status, error, words] of REFUSALS) {
        tab.expectErrors(`${status} POST /api/upgrade`);
        await page.route('**/api/upgrade', (route) => route.fulfill({ status, contentType: 'application/json',
            body: JSON.stringify({ error, details: ['no such library: <b>libnew.so.7</b>\nsecond line'] }) }), { times: 1 });
        await ask(tab, page);
        await card(page).getByText(words).waitFor();
        await card(page).getByText(error).first().waitFor();
        await card(page).getByText('no such library: <b>libnew.so.7</b>').waitFor();
        assert.equal(await card(page).locator('li').count(), 2);
    }
    await tab.clean();
});

test('somebody who thinks twice changes nothing; in Chinese, on a phone, in the dark', async ({ tab, page, g }) => {
    await tab.go('#/about');
    await card(page).getByRole('button', { name: '立即升级' }).click();
    await (await tab.dialog('让磁盘上的新程序接管服务？')).getByRole('button', { name: '取消' }).click();
    await tab.noDialog();
    assert.equal((await g.must('GET', '/api/status')).before, null);
    await tab.clean();
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
