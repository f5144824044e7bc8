// SPDX-License-Identifier: MIT
// test_try - a message through each client API: streamed or not, stopped, failed, hostile; which way it went.

import { assert, channel, eventually, test } from './harness.mjs';

const FAMILIES = { messages: 'Claude', chat: 'OpenAI Chat', responses: 'Codex', gemini: 'Gemini' };
const HOSTILE = '<img src=x onerror=alert(1)> \u202egnp.exe \u0645\u0631\u062d\u0628\u0627 ' + 'w'.repeat(200);

// Two that answer everything: the first one fails where a test says so.
export const channels = (g) => [
    channel('first', 'claude', g.up.url, { priority: '1' }),
    channel('second', 'chat', g.up.url, { priority: '2' }),
].join(',\n');

const state = (page) => page.locator('main [role=status] .chip');
const answer = (page) => page.locator('main').getByRole('region', { name: 'Answer' });
const way = (page) => page.locator('main section.card', { hasText: 'The way it went' });

async function send(page, text, button = 'Send') {
    await page.getByLabel('Message').fill(text);
    await page.getByRole('button', { name: button, exact: true }).click();
}

const become = (page, word) => state(page).filter({ hasText: word }).waitFor();

async function asked(g, query) {
    return (await g.must('GET', `/api/history?client=panel&limit=100${query}`)).requests;
}

test('each client API answers, streamed and whole, and tells its way', async ({ tab, page, g }) => {
    assert.equal(await tab.go('#/try?model=claude-demo'), 'try');
    for (const [family, name] of Object.entries(FAMILIES)) {
        await page.locator('main .segmented').getByText(name, { exact: true }).click();
        for (const isStream of [true, false]) {
            await page.getByLabel('Stream the answer').setChecked(isStream);
            const text = `answer of ${family} ${isStream}`;
            await send(page, `Hello [[sim: text="${text}" think="hm, ${family}"]]`);
            await answer(page).filter({ hasText: text }).waitFor();
            await become(page, 'complete');
            await way(page).getByRole('link', { name: 'first' }).waitFor();
        }
    }
    assert.match(await page.locator('main .stats').innerText(), /First content\n\d.*\nTotal\n\d.*\nTokens in\n\d+\nTokens out\n\d+/);
    await way(page).locator('.timeline').waitFor();
    await tab.clean();
    const rows = await asked(g, '');
    for (const family of Object.keys(FAMILIES)) {
        assert.deepEqual(rows.filter((r) => r.family === family).map((r) => Boolean(r.stream)).sort(), [false, true], family);
    }
    await way(page).getByRole('link', { name: 'All about this request' }).click();
    await tab.dialog('Request');
});

test('stopped in the middle: what came stays, the focus too', async ({ tab, page, g }) => {
    await tab.go('#/try?model=claude-stopped');
    await send(page, 'Hello [[sim: pace=50 events=100000]]');
    await become(page, 'answering');
    await answer(page).filter({ hasText: 'quick' }).waitFor();
    await page.getByRole('button', { name: 'Stop', exact: true }).press('Enter');
    await become(page, 'stopped');
    assert.match(await answer(page).innerText(), /quick/);
    assert.equal(await tab.focused(), 'button Send');
    await tab.clean();
    await eventually(async () => (await asked(g, '&model=claude-stopped'))[0]?.end === 'CD', 'the history has it, and who ended it');
});

test('by the keyboard alone; what was written is still there when one comes back', async ({ tab, page }) => {
    await tab.go('#/try?model=claude-keys');
    await page.getByText('System prompt, length').click();
    await page.getByLabel('System prompt').fill('Be short.');
    await page.getByLabel('Message').fill('Hello [[sim: text=keyed]]');
    await page.keyboard.press('Control+Enter');
    await answer(page).filter({ hasText: 'keyed' }).waitFor();
    assert.equal(await page.getByLabel('Message').evaluate((e) => e === document.activeElement), true);
    await page.getByText('The same by curl').click();
    const command = await page.locator('.snippet').innerText();
    assert.match(command, /curl -sN 'http:.*\/v1\/messages'[^]*\$KEY[^]*"system":"Be short\."/);
    assert.doesNotMatch(command, /try-/);
    await tab.axe();
    await tab.go('#/about');
    await tab.go('#/try');
    assert.equal(await page.getByLabel('Message').inputValue(), 'Hello [[sim: text=keyed]]');
    assert.equal(await page.getByLabel('System prompt').inputValue(), 'Be short.');
});

test('what fails is said in its own words, with all attempts', async ({ tab, page, g }) => {
    const alert = page.locator('main [role=alert] .notice');
    tab.expectErrors('POST /v1/messages', '404 GET /api/history/');
    await tab.go('#/try?model=claude-demo');
    await send(page, 'Hello [[sim: error=invalid_request_error:mended]]');
    await become(page, 'failed');
    assert.match(await alert.innerText(), /400 invalid_request_error.*mended/);
    // nobody is well
    await send(page, 'Hello [[sim: status=529]]');
    await alert.filter({ hasText: 'overloaded' }).waitFor();
    await way(page).getByText('Attempts', { exact: true }).first().waitFor();
    await way(page).locator('.timeline').waitFor();
    assert.equal(await way(page).locator('.timeline-row:not(.timeline-axis)').count(), 2);
    await tab.clean();
    await g.must('POST', '/api/scheduler/reset');
    // the stream breaks
    await send(page, 'Hello [[sim: events=20 cutevent=9 reset]]');
    await become(page, 'failed');
    await alert.waitFor();
    assert.match(await answer(page).innerText(), /quick/);
    await g.must('POST', '/api/scheduler/reset');
});

test('hostile texts are texts', async ({ tab, page }) => {
    await tab.go(`#/try?model=${encodeURIComponent('claude-<b>x')}`);
    for (const isStream of [true, false]) {
        await page.getByLabel('Stream the answer').setChecked(isStream);
        await send(page, `Hello [[sim: text="${HOSTILE}" think="${HOSTILE}"]]`);
        await become(page, 'complete');
        assert.equal((await answer(page).textContent()).trim(), HOSTILE);
        assert.equal(await page.locator('main img, main b').count(), 0);
        await page.getByText('Raw answer').click();
        await page.locator('.try-raw').filter({ hasText: 'onerror' }).waitFor();
        await tab.noOverflow();
        await page.getByText('Raw answer').click();
    }
    await page.setViewportSize({ width: 390, height: 800 });
    await tab.clean();
});

test('a pass ends with its session; the next session asks for its own', async ({ tab, page, g }) => {
    tab.expectErrors('401 GET /api/session', '401 GET /api/events', '401 POST /v1/messages');
    await tab.go('#/try?model=claude-demo');
    await send(page, 'Hello [[sim: text=before]]');
    await answer(page).filter({ hasText: 'before' }).waitFor();
    await tab.by('button', 'Log out').click();
    await tab.ready('login');
    await page.locator('input[type=password]').fill(g.key);
    await page.keyboard.press('Enter');
    await tab.ready('try');
    await send(page, 'Hello [[sim: text=after]]');
    await answer(page).filter({ hasText: 'after' }).waitFor();
    assert.equal(tab.problems.filter((line) => line.includes('401 POST /v1/messages')).length, 1, 'the old one was refused');
});

test('a gateway that went is said', async ({ tab, page, g }) => {
    tab.expectErrors(/ERR_/, '401 ', '404 GET /api/history/');
    await tab.go('#/try?model=claude-demo');
    await send(page, 'Hello [[sim: pace=50 events=100000]]');
    await answer(page).filter({ hasText: 'quick' }).waitFor();
    await g.kill9();
    await become(page, 'failed');
    await page.locator('main [role=alert]').getByText('cannot be reached').waitFor();
    await g.start();
});

test('in Chinese, on a phone, in the dark', async ({ tab, page }) => {
    await tab.go('#/try?model=claude-demo');
    await page.getByLabel('消息').fill('你好 [[sim: text="你好，我是模型。" think="想一想"]]');
    await page.getByRole('button', { name: '发送', exact: true }).click();
    await page.getByText('你好，我是模型。').waitFor();
    await state(page).filter({ hasText: '完成' }).waitFor();
    await tab.clean();
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
