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

test('a list does not change below a hand; what came meanwhile is shown then', async ({ tab, page, g }) => {
    await anew(g);
    await tab.go('#/channels/messages');
    await page.waitForFunction(() => globalThis.Sortable);
    const from = await grip(page, 'b').boundingBox();
    const [x, y] = [from.x + from.width / 2, from.y + from.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 12, y + 6, { steps: 4 });
    await page.locator('.drag-ghost').waitFor();
    await g.must('PATCH', '/api/channels/c/status', { status: 'suspended' });
    await page.mouse.up();
    await page.locator('.drag-ghost').waitFor({ state: 'detached' });
    await page.locator('.channel[data-id=c] .state').getByText('paused').waitFor();
    assert.equal(await shown(page), 'a b c d');
    await g.must('PATCH', '/api/channels/c/status', { status: 'active' });
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

/** From now on a tab hears nothing new of the gateway's lists, until what is returned is called. */
async function deaf(page) {
    let hear;
    const silence = new Promise((resolve) => { hear = resolve; });
    const wait = async (route) => {
        await silence;
        await route.continue();
    };
    await page.route('**/api/channels?brief=true', wait);
    await page.route('**/api/families', wait);
    return hear;
}

for (const [screen, path] of [['all', 'POST /api/channels/reorder'], ['messages', 'PATCH /api/families/messages']]) {
    test(`two tabs, ${screen}: one sees what the other does, and cannot undo it unawares`, async ({ tab, page, g, open }) => {
        await g.must('PATCH', '/api/families/messages', { order: null });
        await g.must('POST', '/api/channels/reorder', { order: IDS });
        const other = await open();
        await tab.go(`#/channels/${screen}`);
        await other.go(`#/channels/${screen}`);
        await grip(page, 'd').focus();
        await page.keyboard.press('Home');
        await eventually(async () => await shown(other.page) === 'd a b c', 'the other tab shows it');
        const hear = await deaf(other.page);
        await page.keyboard.press('End');
        await eventually(async () => await shown(page) === 'a b c d', 'moved here');
        await eventually(async () => (await g.must('GET', '/api/channels?brief=true&family=messages')).channels.map((c) => c.id).join(' ') === 'a b c d', 'and saved');
        other.expectErrors(`409 ${path}`);
        await grip(other.page, 'b').focus();
        await other.page.keyboard.press('Home');
        await other.toast('somebody else changed it meanwhile');
        hear();
        await eventually(async () => await shown(other.page) === 'a b c d', 'the other tab shows what holds');
        assert.equal(await other.focused(), 'button Move Channel b');
        await other.page.keyboard.press('Home');
        await eventually(async () => await shown(page) === 'b a c d', 'and may move it now');
        await g.must('PATCH', '/api/families/messages', { order: null });
    });
}

test('while some are hidden one moves past those that are seen', async ({ tab, page, g }) => {
    await anew(g);
    await g.must('PATCH', '/api/channels/b/status', { status: 'suspended' });
    await tab.go('#/channels/messages?state=serving');
    await page.locator('.channel[data-id=b]').waitFor({ state: 'hidden' });
    await grip(page, 'c').focus();
    await page.keyboard.press('ArrowUp');
    await tab.toast('Channel c is now 1 of 4');
    await eventually(async () => await own(g) === 'c a b d', 'it went past a, and b');
    await page.waitForFunction(() => globalThis.Sortable);
    await tab.drag(grip(page, 'd'), grip(page, 'a'));
    await eventually(async () => await own(g) === 'c d a b', 'dragged between those that are seen');
    await g.must('PATCH', '/api/channels/b/status', { status: 'active' });
    await page.locator('.channel[data-id=b]').waitFor();
});
