// SPDX-License-Identifier: MIT
// test_channels - the list of channels: what a row tells, and all that can be done with one.

import { assert, channel, eventually, test } from './harness.mjs';

export const channels = (g) => [
    channel('claude', 'claude', g.up.url, { keys: '[ "sk-CANARY-claude-0001", "sk-CANARY-claude-0002" ]', name: '"Relay one"', only: '[ "claude*" ]', website: '"https://example.com/"', description: '"The good one."' }),
    channel('broken', 'claude', g.up.url, { only: '[ "broken*" ]' }),
    channel('gpt', 'chat', g.up.url, { only: '[ "gpt*" ]', families: '[ "chat" ]' }),
    channel('spare', 'claude', g.up.url, { status: '"disabled"' }),
].join(',\n');

export async function prepare(g) {
    await g.script('model=broken   status=500 error=api_error:down\n');
    for (let i = 0; i < 3; i++) {
        await g.message('claude-demo');
    }
    for (let i = 0; i < 6; i++) {
        await g.message('broken-1');
    }
}

const row = (page, id) => page.locator(`.channel[data-id="${id}"]`);
const status = async (g, id) => (await g.must('GET', `/api/channels/${id}`)).status;

async function choose(page, id, item) {
    await row(page, id).getByRole('button', { name: /^Actions for/ }).click();
    await page.getByRole('menuitem', { name: item, exact: true }).click();
}

test('each row tells what its channel is and how it is', async ({ tab, page }) => {
    await tab.go('#/channels/messages');
    const claude = row(page, 'claude');
    await claude.getByText('Relay one', { exact: true }).waitFor();
    await claude.getByText('The good one.').waitFor();
    assert.equal(await claude.getByRole('link', { name: /^Website/ }).getAttribute('href'), 'https://example.com/');
    await claude.getByText('2 well').waitFor();
    await claude.locator('.state').getByText('serving', { exact: true }).waitFor();
    await eventually(async () => (await claude.locator('.figures').innerText()).includes('100%'), 'its success rate is told');
    await eventually(async () => await claude.locator('.strip path').evaluateAll((all) => all.some((p) => p.getAttribute('d').length > 5)), 'its strip is drawn');
    assert.equal(await page.locator('ul.channels .channel').getAttribute('data-id'), 'spare', 'what is in reserve stands below');
    assert.equal(await row(page, 'gpt').count(), 0, 'another client API has it');
    await tab.clean();
    await tab.shot('channels');
});

test('in Chinese, on a phone, in the dark', async ({ tab }) => {
    await tab.go('#/channels/messages');
    await tab.clean();
    await tab.shot('channels-zh-390');
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });

test('tabs lead from client API to client API, and to all', async ({ tab, page }) => {
    await tab.go('#/channels');
    assert.equal(await page.locator('.tabs [aria-current=page]').innerText().then((s) => s.split(/\s/)[0]), 'Claude');
    await page.locator('.tabs').getByRole('link', { name: /^OpenAI Chat/ }).click();
    await row(page, 'gpt').waitFor();
    await page.locator('.tabs').getByRole('link', { name: /^All/ }).click();
    await row(page, 'claude').waitFor();
    await row(page, 'gpt').waitFor();
    await tab.clean();
});

test('pause, resume, reserve, activate', async ({ tab, page, g }) => {
    await tab.go('#/channels/messages');
    await choose(page, 'claude', 'Pause');
    await tab.toast('Relay one is paused');
    await row(page, 'claude').locator('.state').getByText('paused').waitFor();
    assert.equal(await status(g, 'claude'), 'suspended');
    await row(page, 'claude').getByRole('button', { name: 'Resume' }).click();
    await tab.toast('Relay one serves again');
    assert.equal(await status(g, 'claude'), 'active');
    await choose(page, 'claude', 'Put in reserve');
    await page.locator('ul.channels .channel[data-id=claude]').waitFor();
    await choose(page, 'claude', 'Let it serve');
    await page.locator('ol.channels .channel[data-id=claude]').waitFor();
    assert.equal(await status(g, 'claude'), 'active');
});

test('goes first for five minutes, with a timer, and no longer', async ({ tab, page, g }) => {
    await tab.go('#/channels/messages');
    await choose(page, 'broken', 'Go first for 5 minutes');
    await row(page, 'broken').locator('.timer').first().waitFor();
    assert.equal((await g.must('GET', '/api/channels/broken')).promotions[0].family, 'messages');
    await row(page, 'broken').getByRole('button', { name: 'No longer first' }).click();
    await eventually(async () => (await g.must('GET', '/api/channels/broken')).promotions.length === 0, 'the promotion is over');
    await row(page, 'broken').locator('.chip.info').waitFor({ state: 'detached' });
    // One that is paused serves again.
    await choose(page, 'broken', 'Pause');
    await row(page, 'broken').locator('.state').getByText('paused').waitFor();
    await choose(page, 'broken', 'Go first for 5 minutes');
    await row(page, 'broken').locator('.chip.info .timer').waitFor();
    assert.equal(await status(g, 'broken'), 'active');
    await tab.clean();
    await row(page, 'broken').getByRole('button', { name: 'No longer first' }).click();
    await row(page, 'broken').locator('.chip.info').waitFor({ state: 'detached' });
});

test('what rests is told with a timer, and is reset', async ({ tab, page, g }) => {
    for (let i = 0; i < 6; i++) {
        await g.message('broken-1');
    }
    await tab.go('#/channels/messages');
    const broken = row(page, 'broken');
    await broken.getByRole('button', { name: 'Forget failures' }).click();
    await tab.toast('The failures of broken are forgotten');
    await broken.getByRole('button', { name: 'Forget failures' }).waitFor({ state: 'detached' });
    assert.equal((await g.must('GET', '/api/channels/broken')).health.keys.well, 1);
});

test('a test shows how long it took, or what failed', async ({ tab, page, g }) => {
    await g.must('POST', '/api/channels', { id: 'nowhere', dialect: 'claude', base_url: 'http://127.0.0.1:1', allow_private: true, keys: ['sk-CANARY-nowhere-0001'], only: ['none'] });
    await tab.go('#/channels/messages');
    await choose(page, 'claude', 'Test');
    await row(page, 'claude').locator('.chip[title^="Last test"]').waitFor();
    await tab.toast(/Relay one is well: /);
    await choose(page, 'nowhere', 'Test');
    await row(page, 'nowhere').getByText('failed: connection').waitFor();
    await tab.toast('nowhere failed its test: connection');
    await tab.by('button', 'Test all').click();
    await tab.toast('3 of 4 channels are well');
    await tab.go('#/channels/chat');
    await tab.go('#/channels/messages');
    await row(page, 'claude').locator('.chip[title^="Last test"]').waitFor(); // for five minutes
    await tab.clean();
    await g.must('DELETE', '/api/channels/nowhere');
});

test('keys in trouble are counted; their dialog opens from there', async ({ tab, page, g }) => {
    await g.script('model=broken   status=500 error=api_error:down\nkey=sk-CANARY-two-2 status=429 retry-after=600\nkey=sk-CANARY-two-3 status=401\n');
    await g.must('POST', '/api/channels', { id: 'two', dialect: 'claude', base_url: g.up.url, allow_private: true, only: ['two*'], keys: ['sk-CANARY-two-2', 'sk-CANARY-two-3', 'sk-CANARY-two-1'] });
    await g.message('two-x');
    await tab.go('#/channels/messages');
    await row(page, 'two').getByText('1 resting').waitFor();
    await row(page, 'two').getByText('1 dead').waitFor();
    await row(page, 'two').locator('.state').getByText('serving, in part').waitFor();
    await tab.clean();
    await row(page, 'two').getByRole('button', { name: /^Keys of two: 1 well 1 resting 1 dead/ }).click();
    await page.locator('dialog[open]').waitFor();
    await page.keyboard.press('Escape');
    await tab.noDialog();
    assert.match(await tab.focused(), /^button Keys of two/);
    await row(page, 'two').getByRole('button', { name: 'Forget failures' }).click();
    await row(page, 'two').getByText('3 well').waitFor();
    await g.must('DELETE', '/api/channels/two');
});

test('numbers of four windows, keys over time, and back to where one was', async ({ tab, page }) => {
    await tab.go('#/channels/messages');
    await row(page, 'claude').getByRole('button', { name: /^Numbers of Relay one/ }).click();
    const box = page.getByRole('dialog', { name: /^Numbers of/ });
    await box.getByRole('columnheader', { name: '24 h' }).first().waitFor();
    await box.locator('.chart canvas').first().waitFor();
    assert.deepEqual(await box.locator('.trend-part h4').allInnerTexts(), ['Requests', 'Failed']);
    await tab.clean();
    await tab.shot('channels-numbers');
    await box.getByText('Tokens', { exact: true }).click();
    await eventually(async () => (await box.locator('.trend-part h4').allInnerTexts()).join() === 'Tokens in,Tokens out', 'tokens are drawn');
    await box.getByText('24 h', { exact: true }).last().click();
    await box.locator('.chart canvas').first().waitFor();
    await box.getByText('Cache', { exact: true }).click();
    await eventually(async () => (await box.locator('.trend-part h4').count()) === 2, 'the cache is drawn');
    await tab.axe('dialog');
    await page.keyboard.press('Escape');
    assert.match(await tab.focused(), /^button Numbers of Relay one/);
    await choose(page, 'claude', 'Numbers');
    await page.getByRole('link', { name: 'Its requests' }).click();
    await tab.ready('requests');
    assert.match(page.url(), /#\/requests\?channel=claude$/);
    await tab.noDialog();
});

test('copied: a new channel that says the same, without its keys', async ({ tab, page, g }) => {
    await tab.go('#/channels/messages');
    await choose(page, 'claude', 'Copy');
    const dialog = await tab.dialog('New channel');
    await eventually(() => dialog.locator('input').evaluateAll((all) => all.some((e) => e.value === 'Relay one (copy)')), 'its name');
    assert.ok(await dialog.locator('input, textarea').evaluateAll((all, url) => all.some((e) => e.value.includes(url)), g.up.url), 'its address');
    await tab.noSecrets();
    await page.keyboard.press('Escape');
    await tab.noDialog();
});

test('search and filter, kept in the address', async ({ tab, page }) => {
    await tab.go('#/channels/messages');
    await page.getByRole('searchbox', { name: 'Search channels' }).fill('good');
    await row(page, 'broken').waitFor({ state: 'hidden' });
    await row(page, 'claude').waitFor();
    assert.match(page.url(), /search=good/);
    await tab.see('1 channel fits');
    await page.getByRole('searchbox', { name: 'Search channels' }).fill('nobody');
    await tab.see('No channel fits the search.');
    await page.getByRole('searchbox', { name: 'Search channels' }).fill('');
    await page.getByRole('combobox', { name: 'State' }).selectOption('reserve');
    await row(page, 'spare').waitFor();
    await row(page, 'claude').waitFor({ state: 'hidden' });
});

test('how a client API chooses is changed and taken back', async ({ tab, page, g }) => {
    await tab.go('#/channels/messages');
    await page.locator('.family-bar summary').click();
    const before = (await g.must('GET', '/api/families/messages')).fuzzy;
    await page.getByRole('switch', { name: 'Fuzzy mode' }).click();
    await eventually(async () => (await g.must('GET', '/api/families/messages')).own.fuzzy === !before, 'it is set');
    await page.getByRole('button', { name: 'As all' }).click();
    await eventually(async () => (await g.must('GET', '/api/families/messages')).own.fuzzy === null, 'it is taken back');
    await page.getByRole('combobox', { name: 'Strategy' }).selectOption('round_robin');
    await eventually(async () => (await g.must('GET', '/api/families/messages')).strategy === 'round_robin', 'the strategy is set');
    await tab.clean();
    await page.getByRole('combobox', { name: 'Strategy' }).selectOption('');
    await eventually(async () => (await g.must('GET', '/api/families/messages')).own.strategy === null, 'the strategy is taken back');
});

test('deleting asks by name; what a file defines stays', async ({ tab, page, g }) => {
    await g.must('POST', '/api/channels', { id: 'gone', name: 'Soon gone', dialect: 'claude', base_url: g.up.url, allow_private: true, keys: ['sk-CANARY-gone-0001'] });
    await tab.go('#/channels/messages');
    await row(page, 'claude').getByRole('button', { name: /^Actions for/ }).click();
    assert.equal(await page.getByRole('menuitem', { name: 'Delete' }).getAttribute('aria-disabled'), 'true');
    await page.keyboard.press('Escape');
    await choose(page, 'gone', 'Delete');
    const dialog = await tab.dialog('Delete this channel?');
    await dialog.getByText('Soon gone (gone)').waitFor();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await row(page, 'gone').waitFor({ state: 'detached' });
    assert.equal((await g.api('GET', '/api/channels/gone')).status, 404);
});

test('two tabs: what one does the other one shows', async ({ tab, page, open }) => {
    await tab.go('#/channels/messages');
    const other = await open();
    await other.go('#/channels/messages');
    await choose(page, 'claude', 'Pause');
    await row(other.page, 'claude').locator('.state').getByText('paused').waitFor();
    await choose(other.page, 'claude', 'Resume');
    await row(page, 'claude').locator('.state').getByText('serving', { exact: true }).waitFor();
});
