// SPDX-License-Identifier: MIT
// test_keys - the dialog of a channel's upstream keys.

import { assert, channel, eventually, test } from './harness.mjs';

const KEYS = [1, 2, 3].map((i) => `sk-CANARY-keys-000${i}-0123456789`);
const HOSTILE = `<img src=x onerror=alert(1)> مرحبا ${'w'.repeat(200)}`;

export const channels = (g) => channel('file', 'claude', g.up.url, { keys: '[ "sk-CANARY-file-1", "sk-CANARY-file-2" ]' });

/** A channel of our own, that the API may change in every way. */
async function make(g, id, keys = KEYS, more = {}) {
    await g.must('POST', '/api/channels', { id, name: id, dialect: 'claude', base_url: g.up.url, allow_private: true, keys, ...more });
    return () => g.must('GET', `/api/channels/${id}`);
}

const open = async (tab, id) => {
    await tab.go('#/about');
    await tab.page.evaluate(async (channelId) => {
        const { openKeys } = await import(new URL('parts/keys.js', document.querySelector('script[src*="main.js"]').src).href);
        openKeys(channelId);
    }, id);
    await tab.dialog(/Keys of|的密钥/);
};

const order = (page) => page.locator('.key-row:not(.drag-ghost)').evaluateAll((rows) => rows.map((row) => row.dataset.key));
const masked = (key) => `${key.slice(0, 4)}***${key.slice(-2)}`;
const menu = async (tab, row, item) => {
    await row.locator('.menu-holder button').click();
    await tab.by('menuitem', item).click();
};

test('each key, masked, with its state, from the list of channels', async ({ tab, page, g }) => {
    const read = await make(g, 'shown', [{ key: KEYS[0], label: HOSTILE }, ...KEYS.slice(1)]);
    await tab.go('#/channels/messages');
    await page.locator('[data-id=shown] button.keys').click();
    await tab.dialog('Keys of shown');
    const { keys } = await read();
    assert.deepEqual(await order(page), keys.map((k) => k.id));
    for (const { mask } of keys)
        await page.getByText(mask, { exact: true }).first().waitFor();
    await tab.clean();
    await tab.shot('keys');
    await page.keyboard.press('Escape');
    await tab.noDialog();
    assert.match(await tab.focused(), /^button/, 'the focus is where it came from');
});

test('a key is moved by hand, by keys, by the menu', async ({ tab, page, g }) => {
    const read = await make(g, 'moved');
    const [a, b, c] = (await read()).keys.map((k) => k.id);
    const row = (id) => page.locator(`[data-key="${id}"]`);
    const becomes = async (wanted, how) => {
        await eventually(async () => (await read()).keys.map((k) => k.id).join() === wanted.join(), how);
        await eventually(async () => (await order(page)).join() === wanted.join(), `${how}: the list shows it`);
    };
    await open(tab, 'moved');
    await row(a).locator('.grip').focus();
    await page.keyboard.press('ArrowDown');
    await becomes([b, a, c], 'the first key went down');
    assert.match(await tab.focused(), /number 2/, 'the focus went with it');
    await tab.toast('is now number 2 of 3');
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await becomes([b, c, a], 'quicker than it is saved');
    await tab.drag(row(a).locator('.grip'), row(b).locator('.grip'));
    await becomes([a, b, c], 'dragged to the top');
    await menu(tab, row(b), 'Try last');
    await becomes([a, c, b], 'by the menu');
    await row(a).locator('.menu-holder button').click();
    assert.equal(await tab.by('menuitem', 'Try first').getAttribute('aria-disabled'), 'true');
});

test('switched off and on; a refusal puts the switch back', async ({ tab, page, g }) => {
    const read = await make(g, 'switched');
    const [{ id }] = (await read()).keys;
    await open(tab, 'switched');
    const box = page.locator(`[data-key="${id}"] input[role=switch]`);
    for (const wanted of [false, true]) {
        await box.focus();
        await page.keyboard.press('Space');
        await eventually(async () => (await read()).keys[0].enabled === wanted, `enabled is ${wanted}`);
        await page.locator(`[data-key="${id}"] .chip`, { hasText: wanted ? 'well' : 'switched off' }).waitFor();
    }
    tab.expectErrors('500 PATCH');
    await page.route(`**/keys/${id}`, (route) => route.fulfill({ status: 500, contentType: 'application/json', body: '{"error":"out of paper"}' }));
    await box.click();
    await tab.toast('out of paper');
    await eventually(() => box.isChecked(), 'it is as it was');
});

test('several are added at once, as one change; what was there, and what is none, is told', async ({ tab, page, g }) => {
    const read = await make(g, 'added');
    tab.expectErrors('422 PATCH /api/channels/added');
    await open(tab, 'added');
    const area = page.locator('.keys-add textarea');
    const numbers = async () => (await g.must('GET', '/api/config/history')).generations.length;
    const before = await numbers();
    await area.fill(`export A="sk-CANARY-new-1-0123456789abc"\n${KEYS[0]}, sk-CANARY-new-2-0123456789abc`);
    await page.getByText('3 keys recognised').waitFor();
    await tab.axe('dialog');
    await tab.by('button', 'Add keys').click();
    await tab.toast('2 keys were added');
    assert.equal((await read()).keys.length, 5);
    assert.equal(await numbers(), before + 1);
    await page.locator('.keys-add .notice', { hasText: `${masked(KEYS[0])} is there already` }).waitFor();
    assert.equal(await area.inputValue(), '');
    assert.match(await tab.focused(), /Add keys/);
    await area.fill('short\nwith a blank\nshort');
    await page.keyboard.press('Escape');
    await page.getByText('were not added yet').waitFor();
    await tab.by('button', 'Cancel').click();
    await tab.by('switch', 'Each line is a key').check();
    await tab.by('button', 'Add keys').click();
    await page.locator('.keys-add .notice', { hasText: 'a key holds a blank' }).waitFor();
    await eventually(async () => (await read()).keys.length === 6, 'the other line is one');
    await tab.noSecrets();
});

test('label and limits', async ({ tab, page, g }) => {
    const read = await make(g, 'labelled');
    const { keys: [{ id }] } = await read();
    tab.expectErrors('422 PATCH');
    await open(tab, 'labelled');
    const row = page.locator(`[data-key="${id}"]`);
    await menu(tab, row, 'Label and limits');
    const dialog = await tab.dialog(/^Key /);
    assert.match(await tab.focused(), /Label/);
    await page.keyboard.type('My key');
    await dialog.locator('[data-path="caps.rpm"] input').fill('-1');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.locator('[data-path="caps.rpm"] .field-error').waitFor();
    await tab.axe('dialog.small');
    await dialog.locator('[data-path="caps.rpm"] input').fill('60');
    await page.keyboard.press('Enter');
    await row.getByText('My key').waitFor();
    const [now] = (await read()).keys;
    assert.deepEqual([now.label, now.caps.rpm], ['My key', 60]);
});

test('removed by name, with the focus on the next one', async ({ tab, page, g }) => {
    const read = await make(g, 'removed', KEYS.slice(0, 2));
    const { keys: [first, second] } = await read();
    await open(tab, 'removed');
    await menu(tab, page.locator(`[data-key="${first.id}"]`), 'Remove');
    await page.locator('dialog.small .dialog-name', { hasText: first.mask }).waitFor();
    await tab.by('button', 'Delete').click();
    await eventually(async () => (await order(page)).join() === second.id, 'it is gone');
    assert.match(await tab.focused(), new RegExp(`More: .*${second.mask.slice(-2)}`));
    await menu(tab, page.locator(`[data-key="${second.id}"]`), 'Remove');
    await page.getByText('It is the last one').waitFor();
    await tab.by('button', 'Cancel').click();
    assert.equal((await read()).keys.length, 1);
});

test('tested, all of them, and one stage by stage', async ({ tab, page, g }) => {
    const read = await make(g, 'tested', KEYS, { only: ['t*'] });
    const { keys: [{ id }, { id: bad }] } = await read();
    await g.script(`key=${KEYS[1]}   status=401 error=authentication_error:no\n`);
    await open(tab, 'tested');
    await tab.by('button', 'Test all').click();
    await page.locator(`[data-key="${id}"] .chip.good`, { hasText: 'models' }).waitFor();
    await page.locator(`[data-key="${bad}"] .chip.bad`, { hasText: 'fails at: Key' }).waitFor();
    await menu(tab, page.locator(`[data-key="${id}"]`), 'Test');
    await tab.by('button', 'Run the test').click();
    await page.locator('.stage[data-stage=address].good').waitFor();
    await page.locator('.stage[data-stage=content].good').waitFor();
    await tab.axe('dialog');
    await tab.shot('key-test');
    await g.script('');
});

test('a key that rests has a timer, and is reset', async ({ tab, page, g }) => {
    const read = await make(g, 'resting', [KEYS[0]], { only: ['rests*'] });
    await g.must('POST', '/api/channels/resting/promote', { seconds: 300 }); // asked first, whatever else there is
    await open(tab, 'resting');
    await page.locator('.key-row .chip', { hasText: 'well' }).waitFor();
    await g.script('model=rests-1 status=429 retry-after=3600 error=rate_limit_error:slow\n');
    await g.message('rests-1');
    await page.locator('.key-rest .timer').waitFor();
    await page.getByText('HTTP 429, asked too often').waitFor();
    await tab.clean();
    await tab.by('button', 'Forget the failures').click();
    await eventually(async () => (await read()).keys[0].state === 'well', 'it is well');
    await page.locator('.key-rest').waitFor({ state: 'detached' });
    await g.script('');
    await g.message('rests-1');
    await page.locator('.key-facts', { hasText: 'served 1' }).waitFor();
});

test('two tabs: what one does the other sees; a stale change is told', async ({ tab, page, g, open: another }) => {
    const read = await make(g, 'twofold');
    const { keys: [a, b, c] } = await read();
    const other = await another({ same: true });
    await open(tab, 'twofold');
    await open(other, 'twofold');
    await other.page.locator(`[data-key="${c.id}"] .grip`).press('Home');
    await eventually(async () => (await order(page)).join() === [c.id, a.id, b.id].join(), 'the first tab shows it');
    tab.expectErrors('409 POST /api/channels/twofold/keys/reorder');
    let isFirst = true;
    await page.route('**/keys/reorder', async (route) => {
        if (isFirst)
            await g.must('PATCH', `/api/channels/twofold/keys/${b.id}`, { label: 'theirs' });
        isFirst = false;
        await route.continue();
    });
    await page.locator(`[data-key="${c.id}"] .grip`).press('ArrowDown');
    await tab.toast('Somebody else has changed this channel meanwhile');
    await page.getByText('theirs', { exact: true }).waitFor();
    assert.deepEqual(await order(page), [c.id, a.id, b.id], 'the order is as it is');
});

test('of a file they can be switched and put in order, no more', async ({ tab, page, g }) => {
    await open(tab, 'file');
    await page.locator('dialog .notice.info', { hasText: /claude-proxy\.conf:\d+/ }).waitFor();
    assert.equal(await page.locator('.keys-add').count(), 0);
    await page.locator('.menu-holder button').last().click();
    assert.equal(await tab.by('menuitem', 'Remove').getAttribute('aria-disabled'), 'true');
    await page.keyboard.press('Escape');
    await tab.dialog('Keys of file');
    const [a, b] = (await g.must('GET', '/api/channels/file')).keys;
    await page.locator(`[data-key="${b.id}"] .grip`).press('ArrowUp');
    await eventually(async () => (await g.must('GET', '/api/channels/file')).keys[0].id === b.id, 'the order');
    await page.locator(`[data-key="${a.id}"] input[role=switch]`).click();
    await eventually(async () => !(await g.must('GET', '/api/channels/file')).keys[1].enabled, 'the switch');
});

test('in Chinese, on a phone, in the dark; without any key', async ({ tab, page, g }) => {
    await make(g, 'small', [{ key: KEYS[0], label: HOSTILE }, KEYS[1]]);
    await open(tab, 'small');
    await tab.clean();
    await tab.shot('keys-small');
    await page.keyboard.press('Escape');
    await make(g, 'bare', [], { keyless: true });
    await open(tab, 'bare');
    await page.locator('.keys-body .empty').waitFor();
    await tab.clean();
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
