// SPDX-License-Identifier: MIT
// test_channels_many - a hundred channels with ten keys each: what changes is drawn anew, and nothing else.

import { assert, channel, eventually, test } from './harness.mjs';

const MANY = 100;
const KEYS = 10;
const two = (i) => String(i).padStart(3, '0');
const ids = Array.from({ length: MANY }, (_, i) => `c${two(i)}`);
const keysOf = (id) => `[ ${Array.from({ length: KEYS }, (_, k) => `"sk-CANARY-${id}-key-${k}"`).join(', ')} ]`;

export const channels = (g) => ids.map((id) => channel(id, 'claude', g.up.url, {
    keys: keysOf(id), name: `"Relay number ${id}"`, only: `[ "${id}*" ]`, description: '"One of a hundred."' })).join(',\n');

const row = (page, id) => page.locator(`.channel[data-id="${id}"]`);
const shown = (page) => page.locator('ol.channels .channel').evaluateAll((all) => all.map((e) => e.dataset.id));

/** Marks all rows, and notes which of them are changed from now on, by anything but time. */
const watch = async (page) => {
    await eventually(async () => (await shown(page)).length === MANY, 'all rows stand');
    await page.evaluate(() => {
        globalThis.touched = new Set();
        globalThis.moves = 0;
        document.querySelectorAll('.channel[data-id]').forEach((e) => { e.isOld = true; });
        new MutationObserver((all) => all.forEach(({ target, addedNodes }) => {
            globalThis.moves += target.matches?.('ol.channels') ? addedNodes.length : 0;
            const e = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
            const id = e?.closest('.channel')?.dataset.id;
            if (id)
                globalThis.touched.add(id);
        })).observe(document.querySelector('ol.channels'), { subtree: true, childList: true, characterData: true, attributes: true });
    });
};
const touched = (page) => page.evaluate(() => [...globalThis.touched].sort().join(' '));
const old = (page) => page.evaluate(() => [...document.querySelectorAll('.channel[data-id]')].filter((e) => e.isOld).length);

test('a change is drawn where it is, and nowhere else', async ({ tab, page, g }) => {
    await tab.go('#/channels/messages');
    await watch(page);
    await g.must('PATCH', '/api/channels/c050/status', { status: 'suspended' });
    await row(page, 'c050').locator('.state').getByText('paused').waitFor({ state: 'attached' });
    await g.message('c007-model');
    await eventually(async () => /100%/.test(await row(page, 'c007').locator('.figures').textContent()), 'its numbers are told');
    assert.equal(await touched(page), 'c007 c050');
    assert.equal(await old(page), MANY, 'no row was made anew');
    await g.must('PATCH', '/api/channels/c050/status', { status: 'active' });
});

test('the last goes to the top and keeps its row and the focus; a search finds', async ({ tab, page, g }) => {
    await tab.go('#/channels/messages');
    await watch(page);
    await row(page, 'c099').locator('.grip').focus();
    await page.keyboard.press('Home');
    await tab.toast('Relay number c099 is now 1 of 100');
    assert.equal((await shown(page))[0], 'c099');
    assert.equal(await tab.focused(), 'button Move Relay number c099');
    await eventually(async () => (await g.must('GET', '/api/families/messages')).own.order[0] === 'c099', 'it is saved');
    await page.keyboard.press('End');
    await eventually(async () => (await g.must('GET', '/api/families/messages')).own.order.at(-1) === 'c099', 'and back');
    await page.keyboard.press('Home');
    assert.equal(await page.evaluate(() => globalThis.moves), 3, 'a row that moves is one move');
    assert.equal(await old(page), MANY);
    await page.getByRole('searchbox', { name: 'Search channels' }).fill('c042');
    await tab.see('1 channel fits');
    assert.equal(await page.locator('.channel[data-id]:visible').count(), 1);
    await page.getByRole('searchbox', { name: 'Search channels' }).fill('');
    // Held down: each step is shown, the last one is saved.
    await row(page, 'c099').locator('.grip').focus();
    for (let i = 0; i < 20; i++) {
        await page.keyboard.press('ArrowDown');
    }
    assert.equal((await shown(page))[20], 'c099');
    await eventually(async () => (await g.must('GET', '/api/families/messages')).own.order[20] === 'c099', 'the last order is saved');
    await g.must('PATCH', '/api/families/messages', { order: null });
});

test('all are tested, some at once', async ({ tab, page }) => {
    await tab.go('#/channels/messages?search=number+c01');
    await tab.by('button', 'Test all').click();
    await tab.toast('All 10 channels tested are well');
    assert.equal(await page.locator('.channel .chip[title^="Last test"]').count(), 10);
    await page.reload();
    await tab.ready('channels');
});

test('a hundred on a phone, in Chinese', async ({ tab, page }) => {
    await tab.go('#/channels/all');
    await row(page, 'c099').waitFor({ state: 'attached' });
    await tab.noOverflow();
    await tab.untranslated();
    await tab.noSecrets();
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
