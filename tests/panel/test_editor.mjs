// SPDX-License-Identifier: MIT
// test_editor - the dialog that adds and changes a channel: by pasting, what is not saved, two tabs, what a file says.

import { HOSTILE, KEY, edit, hasFocus, make, nameOf, open, paste, read, saved, section } from './editor_tools.mjs';
import { assert, channel, eventually, test } from './harness.mjs';

export const channels = (g) => channel('file', 'claude', g.up.url, { only: '[ "claude*" ]' });

test('quick: pastes, recognises, tests, creates, goes first', async ({ tab, page, g }) => {
    await tab.go('#/channels/messages');
    await tab.by('button', 'Add channel').click();
    await tab.dialog('New channel');
    assert.match(await tab.focused(), /Paste what you were given/);
    assert.ok(await tab.by('button', 'Create').isDisabled());
    await paste(page, `{"$schema":"https://json.schemastore.org/x.json","env":{"ANTHROPIC_BASE_URL":"${g.up.url}/v1/chat/completions","ANTHROPIC_AUTH_TOKEN":"${KEY}"}}`);
    await page.locator('.found[data-kind=url]', { hasText: `${g.up.url}/v1` }).waitFor();
    await page.locator('.found-more', { hasText: `${g.up.url}/v1/chat/completions` }).waitFor();
    assert.equal(await page.locator('.found[data-kind=key]').count(), 1);
    assert.ok(await tab.by('switch', 'Private addresses').isChecked(), 'it is on this machine');
    await (await section(page, 'test')).getByRole('button', { name: 'Run the test' }).click();
    await page.locator('.stage[data-stage=content].good').waitFor();
    await tab.axe('dialog');
    await tab.shot('editor-quick');
    await page.locator('[data-path=name] input').fill(HOSTILE);
    await page.keyboard.press('Control+Enter');
    await tab.toast('was created');
    await tab.noDialog();
    const first = page.locator('li.channel').first();
    await first.filter({ hasText: HOSTILE }).waitFor();
    await first.locator('.timer').waitFor();
    const { id } = (await g.must('GET', '/api/channels')).channels.find((c) => c.name === HOSTILE);
    const made = await read(g, id);
    assert.deepEqual([made.dialect, made.base_urls, made.keys.length, made.places.messages], ['chat', [`${g.up.url}/v1`], 1, 1]);
    assert.ok(made.promotions.some((p) => p.family === 'messages'));
    await tab.clean();
    await g.must('DELETE', `/api/channels/${id}`);
});

test('quick: what is not meant is left out; without a key only what needs none', async ({ tab, page, g }) => {
    await make(g, 'there', { base_urls: ['https://b.example'] });
    await open(tab);
    await paste(page, `https://a.example https://b.example ${KEY}`);
    assert.equal(await page.locator('.found').count(), 3);
    await page.locator('.found', { hasText: 'there goes there already' }).waitFor();
    await page.locator('.found[data-kind=url] button').first().click();
    assert.equal(await page.locator('.found').count(), 2);
    assert.match(await tab.focused(), /b\.example/, 'the next one has the focus');
    await page.locator('.found[data-kind=key] button').click();
    await eventually(() => tab.by('button', 'Create').isDisabled(), 'Create is off');
    await tab.by('switch', 'No key is needed').click();
    await tab.by('button', 'Create').click();
    const made = await read(g, await saved(page));
    assert.deepEqual([made.keyless, made.keys.length, made.dialect], [true, 0, 'claude']);
});

test('what was recognised goes into the detailed form; what is missing is told there', async ({ tab, page, g }) => {
    await open(tab, { family: 'responses' });
    await page.getByText('Detailed', { exact: true }).click();
    await tab.by('button', 'Add a base URL').click(); // so that there is something to save, though nothing is said
    await nameOf(page).fill('Detailed one');
    for (const [place, text] of [['dialect', 'Choose what'], ['base_urls', 'base URL is missing'], ['keys', 'key is missing']]) {
        await tab.by('button', 'Create').click();
        await page.locator(`[data-path=${place}] .field-error`, { hasText: text }).waitFor();
        assert.ok(await hasFocus(page.locator(`[data-path=${place}] :is(input, select, textarea)`).first()), place);
        if (place === 'dialect')
            await page.locator('[data-path=dialect] select').selectOption('chat');
        if (place === 'base_urls')
            await tab.by('textbox', 'Base URL 1').fill('https://x.example');
    }
    await page.getByText('Quick', { exact: true }).click();
    await paste(page, `https://relay.example.org/v1/responses ${KEY}`);
    await page.getByText('Detailed', { exact: true }).click();
    assert.equal(await nameOf(page).inputValue(), 'example');
    assert.equal(await page.locator('[data-path=dialect] select').inputValue(), 'responses');
    assert.equal(await tab.by('textbox', 'Base URL 1').inputValue(), 'https://relay.example.org/v1');
    await page.locator('.url-told', { hasText: 'https://relay.example.org/v1/responses' }).waitFor();
    await tab.by('button', 'Create').click();
    assert.equal((await read(g, await saved(page))).keys.length, 1);
});

test('what is not saved is not lost unasked: close, Escape, back, reload', async ({ tab, page, g }) => {
    await make(g, 'guarded');
    await tab.go('#/settings');
    await edit(tab, 'guarded');
    const asked = [];
    page.on('dialog', (d) => {
        asked.push(d.type());
        d.dismiss();
    });
    await nameOf(page).fill('other');
    const stay = async () => {
        await tab.dialog('Unsaved changes');
        await tab.by('button', 'Cancel').last().click();
        assert.equal(await nameOf(page).inputValue(), 'other');
    };
    await page.keyboard.press('Escape');
    await stay();
    await page.keyboard.press('Escape');
    await stay();
    await tab.by('button', 'Close').first().click();
    await stay();
    await page.evaluate(() => history.back());
    await stay();
    assert.match(page.url(), /#\/about$/);
    await page.evaluate(() => location.reload());
    await eventually(() => asked.includes('beforeunload'), 'the browser asks');
    assert.equal(await nameOf(page).inputValue(), 'other');
    await page.evaluate(() => history.back());
    await tab.by('button', 'Leave without saving').click();
    assert.equal(await saved(page), 'given up');
    await tab.noDialog();
    assert.equal(await tab.ready('settings'), 'settings');
    assert.equal((await read(g, 'guarded')).name, 'guarded');
});

test('what is not changed holds nobody', async ({ tab, page, g }) => {
    await make(g, 'free');
    await tab.go('#/settings');
    await edit(tab, 'free');
    await nameOf(page).fill('x');
    await nameOf(page).fill('free');
    await page.evaluate(() => history.back());
    await tab.ready('settings');
    await tab.noDialog();
    assert.equal(await saved(page), 'given up');
    await edit(tab, 'free');
    await tab.reload();
    await tab.noDialog();
});

test('a conflict of two tabs: both are kept, and where both said something one is chosen', async ({ tab, page, g, open: another }) => {
    await make(g, 'shared', { caps: { rpm: 1 } });
    tab.expectErrors('409 PATCH /api/channels/shared');
    const other = await another({ same: true });
    await edit(tab, 'shared');
    await edit(other, 'shared');
    await nameOf(other.page).fill('theirs');
    await (await section(other.page, 'limits')).locator('[data-path="caps.tpm"] input').fill('9');
    await other.page.locator('[data-path=weight] input').fill('7');
    await other.by('button', 'Save').click();
    await saved(other.page);
    await nameOf(page).fill('mine');
    await (await section(page, 'limits')).locator('[data-path="caps.rpm"] input').fill('5');
    await page.locator('[data-path=weight] input').fill('3');
    await tab.by('button', 'Save').click();
    const table = page.getByRole('region', { name: 'What was changed meanwhile' });
    await table.getByText('theirs', { exact: true }).waitFor();
    await tab.axe('dialog[open]:last-of-type');
    await tab.shot('editor-conflict');
    await tab.by('button', 'Go on editing').click();
    assert.equal(await nameOf(page).inputValue(), 'mine');
    await tab.by('button', 'Save').click();
    await tab.by('radio', 'Weight: take theirs').check();
    await (await tab.dialog('Changed meanwhile')).getByRole('button', { name: 'Save' }).click();
    await saved(page);
    const now = await read(g, 'shared');
    assert.deepEqual([now.name, now.weight, now.caps.rpm, now.caps.tpm], ['mine', 7, 5, 9]);
});

test('a conflict: theirs is taken', async ({ tab, page, g }) => {
    await make(g, 'yielding');
    tab.expectErrors('409 PATCH /api/channels/yielding');
    await edit(tab, 'yielding');
    await nameOf(page).fill('mine');
    await g.must('PATCH', '/api/channels/yielding', { name: 'theirs', weight: 7 });
    await tab.by('button', 'Save').click();
    await tab.by('button', 'Drop mine, take theirs').click();
    await eventually(async () => await nameOf(page).inputValue() === 'theirs', 'the form shows theirs');
    assert.ok(await tab.by('button', 'Save').isDisabled());
});

test('a channel of a file shows where it is said, and what is free', async ({ tab, page, g }) => {
    await edit(tab, 'file');
    await page.locator('.notice.info', { hasText: /claude-proxy\.conf:\d+/ }).waitFor();
    assert.ok(await nameOf(page).isDisabled());
    const limits = await section(page, 'limits');
    await limits.locator('.field-lock').first().waitFor();
    await tab.clean();
    await limits.locator('[data-path=weight] input').fill('3');
    await tab.by('button', 'Save').click();
    await saved(page);
    assert.equal((await read(g, 'file')).weight, 3);
});

test('a gateway that is gone is told, and nothing typed is lost', async ({ tab, page, g }) => {
    await make(g, 'lonely');
    await edit(tab, 'lonely');
    await nameOf(page).fill('typed');
    tab.expectErrors(/ERR_CONNECTION_REFUSED|ERR_/, /50\d/);
    await g.stop();
    await tab.by('button', 'Save').click();
    await page.locator('.fault-box', { hasText: 'cannot be reached' }).waitFor();
    assert.equal(await nameOf(page).inputValue(), 'typed');
    await g.start();
});
