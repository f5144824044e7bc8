// SPDX-License-Identifier: MIT
// test_channels_order - the order of channels by drag, by keys and by menu; two tabs at once; a file that fixes it.

import { assert, channel, eventually, test } from './harness.mjs';

const IDS = ['a', 'b', 'c', 'd'];

export const channels = (g) => IDS.map((id) => channel(id, 'claude', g.up.url, { name: `"Channel ${id}"` })).join(',\n');

const shown = (page) => page.locator('ol.channels .channel').evaluateAll((all) => all.map((e) => e.dataset.id).join(' '));
const grip = (page, id) => page.locator(`.channel[data-id="${id}"] .grip`);
const own = async (g) => (await g.must('GET', '/api/families/messages')).own.order.join(' ');
const anew = (g, order = IDS) => g.must('PATCH', '/api/families/messages', { order });

test('arrow keys, Home and End move a channel, keep the focus and are read aloud', async ({ tab, page, g }) => {
    await anew(g);
    await tab.go('#/channels/messages');
    await grip(page, 'c').focus();
    await page.keyboard.press('ArrowUp');
    await tab.toast('Channel c is now 2 of 4');
    assert.equal(await shown(page), 'a c b d');
    assert.equal(await tab.focused(), 'button Move Channel c');
    await page.keyboard.press('End');
    await tab.toast('Channel c is now 4 of 4');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await eventually(async () => await own(g) === 'a c b d', 'the last order is saved');
    assert.equal(await shown(page), 'a c b d');
    assert.equal(await tab.focused(), 'button Move Channel c');
});

test('dragging moves it', async ({ tab, page, g }) => {
    await anew(g);
    await tab.go('#/channels/messages');
    await page.waitForFunction(() => globalThis.Sortable);
    await tab.drag(grip(page, 'd'), grip(page, 'a'));
    await eventually(async () => await own(g) === 'd a b c', 'the order is saved');
    assert.equal(await shown(page), 'd a b c');
    await tab.clean();
});

test('the menu moves it', async ({ tab, page, g }) => {
    await anew(g);
    await tab.go('#/channels/messages');
    await page.locator('.channel[data-id=b]').getByRole('button', { name: /^Actions for/ }).click();
    await page.getByRole('menuitem', { name: 'Move to the bottom' }).click();
    await eventually(async () => await own(g) === 'a c d b', 'the order is saved');
});

test('the common order is another one, and a client API may go back to it', async ({ tab, page, g }) => {
    await anew(g, ['d', 'c', 'b', 'a']);
    await tab.go('#/channels/all');
    assert.equal(await shown(page), 'a b c d');
    await grip(page, 'd').focus();
    await page.keyboard.press('Home');
    await eventually(async () => (await g.must('GET', '/api/channels?brief=true')).channels.map((c) => c.id).join(' ') === 'd a b c', 'the common order is saved');
    await tab.go('#/channels/messages');
    assert.equal(await shown(page), 'd c b a');
    await tab.by('button', 'Back to the common order').click();
    await eventually(async () => await shown(page) === 'd a b c', 'it follows the common order');
    assert.equal(await own(g), '');
});

test('two tabs: the second one is told, and both show what holds', async ({ tab, page, g }) => {
    await anew(g);
    await tab.go('#/channels/messages');
    tab.expectErrors('409 PATCH /api/families/messages');
    await page.route('**/api/families/messages', async (route) => {
        await anew(g, ['d', 'c', 'b', 'a']); // somebody else is quicker
        await route.continue();
    }, { times: 1 });
    await grip(page, 'a').focus();
    await page.keyboard.press('End');
    await tab.toast('somebody else changed it meanwhile');
    await eventually(async () => await shown(page) === 'd c b a', 'what holds is shown');
    assert.equal(await own(g), 'd c b a');
});

test('an order that cannot be saved is taken back', async ({ tab, page, g }) => {
    await anew(g);
    await tab.go('#/channels/messages');
    tab.expectErrors('500 PATCH');
    await page.route('**/api/families/messages', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: '{"error": "the disk is full"}' }));
    await grip(page, 'a').focus();
    await page.keyboard.press('End');
    await tab.toast('the disk is full');
    await eventually(async () => await shown(page) === 'a b c d', 'the order is as before');
});
