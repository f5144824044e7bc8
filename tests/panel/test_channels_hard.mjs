// SPDX-License-Identifier: MIT
// test_channels_hard - the list of channels where it is hard: hostile texts, faults, keyboard alone, a file that fixes, a touch screen.

import { assert, channel, eventually, test } from './harness.mjs';

const EVIL = '<img src=x onerror=\\"document.title=1\\"><script>alert(1)</script>';
const WORD = 'w'.repeat(200);

export const conf = 'families = ( { name = "gemini"; order = [ "word", "evil" ]; strategy = "random"; } );';

export const channels = (g) => [
    channel('evil', 'claude', g.up.url, { only: '[ "claude*" ]', name: `"${EVIL}"`, description: `"${EVIL}"`, website: '"https://example.com/?a=%3Cimg%3E"' }),
    channel('rtl', 'claude', g.up.url, { only: '[ "none" ]', name: '"\u202eقناة العربية עברית"', description: '"وصف القناة"' }),
    channel('word', 'claude', g.up.url, { only: '[ "none" ]', name: `"${WORD}"`, description: `"${WORD}"` }),
    channel('down', 'claude', g.up.url, { only: '[ "down*" ]' }),
    channel('last', 'claude', g.up.url, { only: '[ "none" ]', status: '"suspended"' }),
].join(',\n');

export async function prepare(g) {
    await g.script('model=down status=500 error=api_error:down\n');
    await g.message('claude-demo');
    for (let i = 0; i < 6; i++) {
        await g.message('down-1');
    }
}

const row = (page, id) => page.locator(`.channel[data-id="${id}"]`);
const menuOf = (page, id) => row(page, id).getByRole('button', { name: /^Actions for/ });
const focusedRow = (page) => page.evaluate(() => {
    const e = document.activeElement;
    return `${e.closest('.channel')?.dataset.id ?? ''} ${e.closest('.channel-acts') ? 'menu' : e.className}`.trim();
});
const make = (g, id, more = {}) => g.must('POST', '/api/channels', { id, dialect: 'claude', base_url: g.up.url, allow_private: true,
    only: ['none'], keys: [`sk-CANARY-${id}-0001`], ...more });

async function choose(page, id, item) {
    await menuOf(page, id).click();
    await page.getByRole('menuitem', { name: item, exact: true }).click();
}

for (const [locale, colorScheme, width] of [['en-US', 'light', 1280], ['zh-CN', 'dark', 390], ['en-US', 'dark', 820]]) {
    test(`hostile and long texts, ${locale} ${colorScheme} ${width}`, async ({ tab, page }) => {
        await tab.go('#/channels/messages');
        await page.locator('.channel[data-id=evil]').getByText('<img src=x onerror', { exact: false }).first().waitFor();
        // Names that turn the direction turn only themselves.
        assert.match(await page.locator('.channel[data-id=rtl] .grip').getAttribute('aria-label'), /\u2068\u202e.*\u2069/);
        await page.locator('.channel[data-id=evil] .menu-holder > button').click();
        await page.locator('[role=menu]:popover-open').waitFor();
        await tab.clean();
        await page.keyboard.press('Escape');
        await page.locator('.channel[data-id=word] .menu-holder > button').click();
        await page.locator('[role=menu]:popover-open [role=menuitem]').nth(6).click(); // its numbers
        await page.locator('dialog[open] .chart, dialog[open] .soft').first().waitFor();
        await tab.noOverflow();
        await tab.axe('dialog');
        assert.equal(await page.locator('main img, dialog img').count(), 0);
        await tab.shot(`channels-hostile-${width}`);
    }, { locale, colorScheme, width });
}

test('a menu stays in a low window, beside its button or scrolled', async ({ tab, page }) => {
    await tab.go('#/channels/messages');
    for (const [height, id] of [[800, 'evil'], [800, 'last'], [560, 'word'], [300, 'last']]) {
        await page.setViewportSize({ width: 1280, height });
        await menuOf(page, id).click();
        await eventually(async () => /^menuitem/.test(await tab.focused()), 'the menu has the focus');
        const menu = page.locator('[role=menu]:popover-open');
        const box = await menu.boundingBox();
        assert.ok(box.y >= 0 && box.y + box.height <= height && box.x >= 0 && box.x + box.width <= 1280, JSON.stringify({ box, height }));
        await page.keyboard.press('End');
        assert.match(await tab.focused(), /^menuitem Delete/);
        await page.keyboard.press('Escape');
        assert.equal(await focusedRow(page), `${id} menu`);
    }
});

test('keyboard alone: the focus is never lost', async ({ tab, page, g }) => {
    for (const id of ['k1', 'k2', 'k3']) {
        await make(g, id, { name: `Key ${id}` });
    }
    await tab.go('#/channels/messages');
    const press = async (...keys) => {
        for (const key of keys) {
            await page.keyboard.press(key);
        }
    };
    await menuOf(page, 'k2').focus();
    await press('Enter');
    await page.locator('[role=menu]:popover-open').waitFor();
    await press('p', 'p'); // Put in reserve after Pause, or the other way round
    assert.match(await tab.focused(), /^menuitem P/);
    await press('Tab');
    await eventually(async () => await page.locator('[role=menu]:popover-open').count() === 0, 'Tab closes the menu');
    const open = async (id, first) => {
        await menuOf(page, id).focus();
        await press('Enter');
        await page.locator('[role=menu]:popover-open').waitFor();
        for (let i = 0; i < 20 && !(await tab.focused()).startsWith(`menuitem ${first}`); i++) {
            await press(first[0].toLowerCase());
        }
        await press('Enter');
    };
    await open('k2', 'Put in reserve');
    await eventually(async () => await page.locator('ul.channels .channel[data-id=k2]').count() === 1
        && await focusedRow(page) === 'k2 menu', 'the focus is at its menu in the reserve');
    await row(page, 'k2').getByRole('button', { name: 'Let it serve' }).focus();
    await press('Enter');
    await eventually(async () => await page.locator('ol.channels .channel[data-id=k2]').count() === 1
        && await focusedRow(page) === 'k2 menu', 'the focus is at its menu in the line');
    await open('k2', 'Delete');
    await tab.dialog('Delete this channel?');
    assert.match(await tab.focused(), /^button Cancel/);
    await press('Tab', 'Enter');
    await row(page, 'k2').waitFor({ state: 'detached' });
    await eventually(async () => /menu$/.test(await focusedRow(page)), 'the focus is at the next one');
    await row(page, 'down').getByRole('button', { name: 'Forget failures' }).focus();
    await press('Enter');
    await eventually(async () => await focusedRow(page) === 'down menu', 'the button went, its row has the focus');
    await page.locator('.channel[data-id=k1] .channel-name').focus();
    await press('Enter');
    await page.locator('dialog[open]').waitFor();
    await press('Escape');
    await tab.noDialog();
    assert.match(await tab.focused(), /^button Key k1/);
    for (const id of ['k1', 'k3']) {
        await g.must('DELETE', `/api/channels/${id}`);
    }
    await row(page, 'k3').waitFor({ state: 'detached' });
});

test('what goes wrong is told, and the list shows what holds', async ({ tab, page, g }) => {
    await make(g, 'wrong');
    await tab.go('#/channels/messages');
    tab.expectErrors('422 PATCH', '500 POST', '409 PATCH', '409 POST', 'ERR_CONNECTION_REFUSED');
    const answer = (status, body) => (route) => route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) });
    const once = (path, how) => page.route(`**/api/channels/wrong/${path}`, how, { times: 1 });
    await once('status', answer(422, { error: 'must be one of active', path: 'status', details: ['line one'] }));
    await choose(page, 'wrong', 'Pause');
    await tab.toast('must be one of active (status)');
    await tab.see('line one');
    await once('promote', answer(500, { error: 'the disk is full' }));
    await choose(page, 'wrong', 'Go first for 5 minutes');
    await tab.toast('Go first for 5 minutes: the disk is full');
    await once('status', (route) => route.abort('connectionrefused'));
    await choose(page, 'wrong', 'Put in reserve');
    await tab.toast('the gateway cannot be reached');
    // Somebody else was quicker: our tag is old.
    await once('status', async (route) => {
        await g.must('PATCH', '/api/channels/wrong', { name: 'Renamed' });
        await route.continue();
    });
    await choose(page, 'wrong', 'Pause');
    await tab.toast('somebody else changed it meanwhile');
    await row(page, 'wrong').getByText('Renamed', { exact: true }).waitFor();
    await row(page, 'wrong').locator('.state').getByText('serving').waitFor();
    await once('test', (route) => route.abort('connectionrefused'));
    await choose(page, 'wrong', 'Test');
    await tab.toast('Renamed could not be tested');
    await tab.axe();
    await g.must('DELETE', '/api/channels/wrong');
    await row(page, 'wrong').waitFor({ state: 'detached' });
}, { height: 1600 }); // messages stay until they are closed: room for them

test('without numbers a list is still a list; without a list one may try again', async ({ tab, page }) => {
    tab.expectErrors('503 GET', '500 GET');
    await page.route('**/api/statistics**', (route) => route.fulfill({ status: 503, contentType: 'application/json', body: '{"error": "nothing is counted here"}' }));
    await tab.go('#/channels/messages');
    await row(page, 'down').waitFor();
    await menuOf(page, 'down').click();
    await page.getByRole('menuitem', { name: 'Numbers' }).click();
    await page.locator('dialog[open] .notice').first().getByText('nothing is counted here').waitFor();
    await page.keyboard.press('Escape');
    await page.unroute('**/api/statistics**');
    await page.route('**/api/families', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: '{"error": "no memory"}' }), { times: 1 });
    await tab.go('#/about'); // from one client API to another what is known stands
    await tab.go('#/channels/all');
    await tab.see('no memory');
    await tab.by('button', 'Try again').click();
    await row(page, 'down').waitFor();
});

test('an order that a file has fixed: told where, and nothing moves', async ({ tab, page }) => {
    await tab.go('#/channels/gemini');
    const shown = () => page.locator('ol.channels .channel').evaluateAll((all) => all.map((e) => e.dataset.id).join(' '));
    const before = await shown();
    assert.match(before, /^word evil/);
    await page.getByText(/The order is set in .*claude-proxy\.conf/).first().waitFor();
    const grip = row(page, 'evil').locator('.grip');
    assert.equal(await grip.getAttribute('aria-disabled'), 'true');
    await grip.focus();
    await page.keyboard.press('ArrowUp');
    await tab.toast('change it there');
    await menuOf(page, 'evil').click();
    assert.equal(await page.getByRole('menuitem', { name: 'Move up' }).getAttribute('aria-disabled'), 'true');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => globalThis.Sortable);
    await tab.drag(grip, row(page, 'word').locator('.grip'));
    assert.equal(await shown(), before);
    await page.locator('.family-bar summary').click();
    assert.ok(await page.getByRole('combobox', { name: 'Strategy' }).isDisabled());
    await tab.clean();
});

test('by a finger, on a phone', async ({ tab, page, g }) => {
    await g.must('PATCH', '/api/families/messages', { order: ['evil', 'rtl', 'word', 'down', 'last'] });
    await tab.cdp.send('Emulation.setTouchEmulationEnabled', { enabled: true });
    await tab.go('#/channels/messages');
    await page.waitForFunction(() => globalThis.Sortable);
    await page.locator('.channel[data-id=rtl] .grip').scrollIntoViewIfNeeded();
    const at = async (id) => {
        const box = await page.locator(`.channel[data-id=${id}] .grip`).boundingBox();
        return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    };
    const [from, to] = [await at('rtl'), await at('evil')];
    const touch = (type, points) => tab.cdp.send('Input.dispatchTouchEvent', { type, touchPoints: points });
    await touch('touchStart', [from]);
    for (let i = 1; i <= 10; i++) {
        await touch('touchMove', [{ x: from.x, y: from.y + ((to.y - 24 - from.y) * i) / 10 }]);
    }
    await touch('touchEnd', []);
    await eventually(async () => (await g.must('GET', '/api/families/messages')).own.order.join(' ') === 'rtl evil word down last', 'the order is saved');
    await tab.clean();
    await g.must('PATCH', '/api/families/messages', { order: null });
}, { width: 390, height: 844 });
