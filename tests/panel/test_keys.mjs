// SPDX-License-Identifier: MIT
// test_keys - the dialog of a channel's upstream keys.

import { assert, channel, eventually, test } from './harness.mjs';

const KEYS = [1, 2, 3].map((i) => `sk-CANARY-keys-000${i}-0123456789`);

export const channels = (g) => channel('file', 'claude', g.up.url, { keys: '[ "sk-CANARY-file-1", "sk-CANARY-file-2" ]' });

/** A channel of our own, that the API may change in every way. */
async function make(g, id, keys = KEYS) {
    await g.must('POST', '/api/channels', { id, name: id, dialect: 'claude', base_url: g.up.url, allow_private: true, keys });
    return () => g.must('GET', `/api/channels/${id}`);
}

const open = async (tab, id) => {
    await tab.go('#/about');
    await tab.page.evaluate(async (channelId) => {
        const { openKeys } = await import(new URL('parts/keys.js', document.querySelector('script[src*="main.js"]').src).href);
        openKeys(channelId);
    }, id);
    await tab.page.locator('dialog .keys').waitFor();
};

const order = (page) => page.locator('.key-row').evaluateAll((rows) => rows.map((row) => row.dataset.key));

test('shows each key masked, with its state', async ({ tab, page, g }) => {
    const read = await make(g, 'shown');
    await open(tab, 'shown');
    assert.deepEqual(await order(page), (await read()).keys.map((k) => k.id));
    for (const { mask } of (await read()).keys)
        await page.getByText(mask, { exact: true }).first().waitFor();
    await tab.clean();
    await tab.shot('keys');
});

test('moves a key by button and by keyboard', async ({ tab, page, g }) => {
    const read = await make(g, 'moved');
    const [a, b, c] = (await read()).keys.map((k) => k.id);
    await open(tab, 'moved');
    await page.locator(`[data-key="${a}"] .key-arrows button`).nth(1).click();
    await eventually(async () => (await read()).keys[0].id === b, 'the first key went down');
    await eventually(async () => (await order(page)).join() === [b, a, c].join(), 'the list shows it');
    await page.locator(`[data-key="${c}"] input[role=switch]`).focus();
    await page.keyboard.press('Alt+ArrowUp');
    await eventually(async () => (await read()).keys.map((k) => k.id).join() === [b, c, a].join(), 'the last one went up');
});

test('switches a key off and on', async ({ tab, page, g }) => {
    const read = await make(g, 'switched');
    const [{ id }] = (await read()).keys;
    await open(tab, 'switched');
    for (const wanted of [false, true]) {
        await page.locator(`[data-key="${id}"] input[role=switch]`).click();
        await eventually(async () => (await read()).keys[0].enabled === wanted, `enabled is ${wanted}`);
    }
});

test('adds several keys at once, and tells which was there', async ({ tab, page, g }) => {
    const read = await make(g, 'added');
    tab.expectErrors('409 POST /api/channels/added/keys');
    await open(tab, 'added');
    await page.locator('.keys-add textarea').fill(`export A="sk-CANARY-new-1-0123456789abc"\n${KEYS[0]}, sk-CANARY-new-2-0123456789abc`);
    await tab.by('button', 'Add keys').click();
    await eventually(async () => (await read()).keys.length === 5, 'two more keys');
    await page.locator('.keys-add .notice').waitFor();
    assert.equal(await page.locator('.keys-add textarea').inputValue(), '');
    await tab.noSecrets();
});

test('removes a key by name', async ({ tab, page, g }) => {
    const read = await make(g, 'removed');
    const [{ id, mask }] = (await read()).keys;
    await open(tab, 'removed');
    await page.locator(`[data-key="${id}"]`).getByRole('button', { name: 'More for this key' }).click();
    await tab.by('menuitem', 'Remove').click();
    await page.locator('dialog.small .dialog-name', { hasText: mask }).waitFor();
    await tab.by('button', 'Delete').click();
    await eventually(async () => (await read()).keys.length === 2, 'it is gone');
});

test('tests a key, stage by stage', async ({ tab, page, g }) => {
    const read = await make(g, 'tested');
    await open(tab, 'tested');
    await page.locator(`[data-key="${(await read()).keys[0].id}"]`).getByRole('button', { name: 'More for this key' }).click();
    await tab.by('menuitem', 'Test').click();
    await tab.by('button', 'Run the test').click();
    await page.locator('.stage[data-stage=address].good').waitFor();
    await tab.axe('dialog');
    await tab.shot('key-test');
});

test('a key that rests has a timer, and is reset', async ({ tab, page, g }) => {
    const read = await make(g, 'resting', [KEYS[0]]);
    await g.must('PATCH', '/api/channels/resting', { only: ['rests*'] });
    await g.script('model=rests   status=429 retry=60 error=rate_limit_error:slow\n');
    await g.message('rests-1');
    await eventually(async () => (await read()).keys[0].cooldown, 'the key rests');
    await open(tab, 'resting');
    await page.locator('.key-rest .timer').waitFor();
    await tab.axe('dialog');
    await tab.by('button', 'Forget the failures').click();
    await eventually(async () => !(await read()).keys[0].cooldown, 'it is well');
    await page.locator('.key-rest .timer').waitFor({ state: 'detached' });
});

test('of a file they can be switched and put in order, no more', async ({ tab, page }) => {
    await open(tab, 'file');
    await page.locator('dialog .notice.info').waitFor();
    assert.equal(await page.locator('.keys-add').count(), 0);
    await page.getByRole('button', { name: 'More for this key' }).first().click();
    assert.equal(await tab.by('menuitem', 'Remove').getAttribute('aria-disabled'), 'true');
});

test('in Chinese, on a phone, in the dark', async ({ tab, g }) => {
    await make(g, 'small');
    await open(tab, 'small');
    await tab.clean();
    await tab.shot('keys-small');
}, { locale: 'zh-CN', colorScheme: 'dark', width: 390 });
