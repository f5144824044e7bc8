// SPDX-License-Identifier: MIT
// test_editor - the dialog that adds and changes a channel.

import { assert, channel, eventually, test } from './harness.mjs';

const KEY = 'sk-CANARY-editor-0123456789abcdef';
const HOSTILE = '<img src=x onerror=alert(1)> مرحبا';

export const channels = (g) => channel('file', 'claude', g.up.url, { only: '[ "claude*" ]' });

const make = (g, id, more = {}) => g.must('POST', '/api/channels', { id, name: id, dialect: 'chat', base_urls: [g.up.url], allow_private: true, keys: [KEY], ...more });
const read = (g, id) => g.must('GET', `/api/channels/${id}`);

/** Opens the dialog, from the channels' screen; what it settles with is window.saved. */
async function open(tab, args = {}) {
    await tab.go('#/about');
    await tab.page.evaluate(async (what) => {
        const { openEditor } = await import(new URL('parts/editor.js', document.querySelector('script[src*="main.js"]').src).href);
        window.saved = null;
        openEditor(what).then((one) => {
            window.saved = one?.id ?? 'given up';
        });
    }, args);
    await tab.page.locator('dialog .editor').waitFor();
}

const edit = (tab, id) => open(tab, { channel: { id } });
const saved = (page) => eventually(() => page.evaluate(() => window.saved), 'the dialog has ended');
const name = (page) => page.locator('[data-path=name] input');

async function section(page, which) {
    const box = page.locator(`details[data-section=${which}]`);
    if (await box.getAttribute('open') === null)
        await box.locator('summary').click();
    return box;
}

async function paste(page, text) {
    await page.locator('.editor-quick textarea').fill(text);
    await page.locator('.found').first().waitFor();
}

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
    await name(page).fill('Detailed one');
    for (const [place, text] of [['dialect', 'Choose what'], ['base_urls', 'base URL is missing'], ['keys', 'key is missing']]) {
        await tab.by('button', 'Create').click();
        await page.locator(`[data-path=${place}] .field-error`, { hasText: text }).waitFor();
        assert.ok(await page.locator(`[data-path=${place}] :is(input, select, textarea)`).first().evaluate((el) => el === document.activeElement), place);
        if (place === 'dialect')
            await page.locator('[data-path=dialect] select').selectOption('chat');
        if (place === 'base_urls')
            await tab.by('textbox', 'Base URL 1').fill('https://x.example');
    }
    await page.getByText('Quick', { exact: true }).click();
    await paste(page, `https://relay.example.org/v1/responses ${KEY}`);
    await page.getByText('Detailed', { exact: true }).click();
    assert.equal(await name(page).inputValue(), 'example');
    assert.equal(await page.locator('[data-path=dialect] select').inputValue(), 'responses');
    assert.equal(await tab.by('textbox', 'Base URL 1').inputValue(), 'https://relay.example.org/v1');
    await page.locator('.url-told', { hasText: 'https://relay.example.org/v1/responses' }).waitFor();
    await tab.by('button', 'Create').click();
    assert.equal((await read(g, await saved(page))).keys.length, 1);
});

test('detailed: sends what was changed alone', async ({ tab, page, g }) => {
    await make(g, 'changed', { description: 'before', parameters: { top_k: 40, seed: 1 }, headers: [{ name: 'x-team', value: 'CANARY-header' }] });
    await edit(tab, 'changed');
    assert.ok(await tab.by('button', 'Save').isDisabled());
    await name(page).fill('A new name');
    await (await section(page, 'timeouts')).locator('[data-path="timeouts.idle"] input').fill('45s');
    await (await section(page, 'limits')).locator('[data-path="caps.rpm"] input').fill('2000000000');
    const headers = await section(page, 'headers');
    await headers.locator('[data-path=parameters] textarea').fill('{"top_k": 40}');
    await tab.by('textbox', 'Name of header 1').fill('x-other');
    await headers.getByText('give it anew').waitFor();
    await tab.by('textbox', 'Name of header 1').fill('x-team');
    await tab.by('button', 'Add a header').click();
    await tab.by('textbox', 'Name of header 2').fill('x-more');
    await headers.getByLabel('Value of header 2').fill('CANARY-more');
    await section(page, 'models');
    await tab.by('checkbox', 'Gemini').check();
    const asked = page.waitForRequest((r) => r.method() === 'PATCH');
    await tab.by('button', 'Save').click();
    const sent = JSON.parse((await asked).postData());
    assert.equal(sent.headers.length, 2);
    assert.match(sent.headers[0].value, /\*\*\*/, 'what is not shown stands for itself');
    delete sent.headers;
    assert.deepEqual(sent, { name: 'A new name', timeouts: { idle: '45s' }, caps: { rpm: 2000000000 }, parameters: { seed: null }, families: ['gemini'] });
    assert.equal(await saved(page), 'changed');
    await tab.toast('was saved');
    const now = await read(g, 'changed');
    assert.deepEqual([now.name, now.timeouts.idle, now.caps.rpm, now.description, now.keys.length, now.parameters], ['A new name', '45s', 2000000000, 'before', 1, { top_k: 40 }]);
    await tab.noSecrets();
}, { seconds: 90 });

test('detailed: base URLs in their order, by keyboard; pasted lines are several', async ({ tab, page, g }) => {
    await make(g, 'urls', { base_urls: ['https://a.example', 'https://b.example/v1', 'https://c.example/x#'] });
    await edit(tab, 'urls');
    const all = () => page.locator('.url-row input').evaluateAll((list) => list.map((el) => el.value));
    await page.locator('.url-told', { hasText: 'https://c.example/x/chat/completions' }).waitFor();
    await tab.by('button', 'Try base URL 3 earlier').focus();
    await page.keyboard.press('Enter');
    assert.equal(await tab.focused(), 'button Try base URL 2 earlier');
    await page.keyboard.press('Enter');
    assert.deepEqual(await all(), ['https://c.example/x#', 'https://a.example', 'https://b.example/v1']);
    assert.equal(await tab.focused(), 'button Try base URL 1 later', 'what moved keeps the focus');
    await tab.by('button', 'Remove base URL 2').click();
    assert.equal(await tab.focused(), 'input Base URL 2');
    await tab.by('textbox', 'Base URL 2').press('Enter');
    assert.equal(await tab.focused(), 'input Base URL 3');
    await page.locator('.url-row input').nth(2).evaluate((el) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData('text', 'https://d.example\nhttps://e.example');
        el.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    });
    await tab.by('textbox', 'Base URL 4').fill('nonsense');
    await page.locator('.url-told.bad-text').waitFor();
    await tab.by('button', 'Save').click();
    assert.equal(await tab.focused(), 'input Base URL 4', 'what cannot be right is not sent');
    await tab.by('button', 'Remove base URL 4').click();
    await tab.by('button', 'Save').click();
    await saved(page);
    assert.deepEqual((await read(g, 'urls')).base_urls, ['https://c.example/x#', 'https://b.example/v1', 'https://d.example']);
});

test('detailed: the map of models, with the upstream’s own list; its keys', async ({ tab, page, g }) => {
    await make(g, 'mapped');
    tab.expectErrors('502 POST /api/channels/models');
    await edit(tab, 'mapped');
    await section(page, 'models');
    await tab.by('button', 'Add a model').click();
    assert.equal(await tab.focused(), 'input Model 1, as clients say it');
    await page.keyboard.type('opus');
    await page.keyboard.press('Tab');
    await page.getByText(/The upstream has/).waitFor();
    const list = await page.locator('.model-row input').nth(1).getAttribute('list');
    assert.ok(await page.locator(`#${list} option`).count() > 0);
    await page.keyboard.type('gpt-big');
    await tab.by('button', 'Add a model').click();
    await page.locator('.model-row').nth(1).locator('input').first().fill('opus');
    await page.getByText('is there already').waitFor();
    await tab.by('button', 'Remove model 2').click();
    assert.equal(await tab.focused(), 'input Model 1, as clients say it');
    await tab.by('button', 'Manage keys').click();
    await tab.dialog('Keys of mapped');
    await page.locator('.keys-add textarea').fill('sk-CANARY-second-0123456789abc');
    await tab.by('button', 'Add keys').click();
    await eventually(async () => (await read(g, 'mapped')).keys.length === 2, 'the key is there');
    await page.keyboard.press('Escape');
    await eventually(async () => await page.locator('.key-chips .chip').count() === 2, 'the editor shows it');
    await tab.by('textbox', 'Base URL 1').fill('http://127.0.0.1:9');
    await tab.by('button', 'Ask the upstream for its models').click();
    await page.locator('.notice.warn', { hasText: 'tells no models' }).waitFor();
    await tab.by('textbox', 'Base URL 1').fill(g.up.url);
    await tab.by('button', 'Save').click();
    await saved(page);
    assert.deepEqual((await read(g, 'mapped')).models, [{ from: 'opus', to: 'gpt-big' }]);
});

test('a fault is told at its field, in a section that was closed', async ({ tab, page, g }) => {
    await make(g, 'faulty');
    tab.expectErrors('422 PATCH /api/channels/faulty', '500 PATCH /api/channels/faulty');
    await edit(tab, 'faulty');
    await (await section(page, 'timeouts')).locator('[data-path="timeouts.idle"] input').fill('soon');
    await page.locator('details[data-section=timeouts] summary').click();
    await tab.by('button', 'Save').click();
    const idle = page.locator('[data-path="timeouts.idle"]');
    await idle.locator('.field-error').waitFor();
    assert.equal(await idle.locator('input').getAttribute('aria-invalid'), 'true');
    assert.ok(await idle.locator('input').evaluate((el) => el === document.activeElement));
    await tab.axe('dialog');
    await idle.locator('input').fill('');
    await section(page, 'models');
    for (const from of ['opus', 'sonnet']) {
        await tab.by('button', 'Add a model').click();
        await page.keyboard.type(from);
    }
    await page.locator('.model-row').first().locator('input').nth(1).fill('x');
    await tab.by('button', 'Save').click();
    await page.locator('[data-path=models] .field-error', { hasText: 'both sides' }).waitFor();
    assert.match(await tab.focused(), /Model 2/);
    await (await section(page, 'headers')).locator('[data-path=parameters] textarea').fill('{ no');
    await tab.by('button', 'Save').click();
    assert.equal(await page.locator('[data-path=parameters] textarea').evaluate((el) => el === document.activeElement), true, 'no JSON is not sent');
    await page.locator('[data-path=parameters] textarea').fill('');
    await page.route('**/api/channels/faulty', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: '{"error":"out of paper"}' }));
    await tab.by('button', 'Save').click();
    await page.locator('.fault-box', { hasText: 'out of paper' }).waitFor();
});

test('a setting is found by its name', async ({ tab, page, g }) => {
    await make(g, 'sought');
    await edit(tab, 'sought');
    const box = tab.by('searchbox', 'Find a setting');
    await box.fill('idle');
    await page.locator('[data-path="timeouts.idle"]').waitFor();
    assert.equal(await page.locator('details.editor-section:visible').count(), 1);
    await box.fill('no such thing');
    await page.getByText('No setting is called so.').last().waitFor();
    await tab.axe('dialog');
    await box.press('Escape');
    assert.equal(await box.inputValue(), '');
    await eventually(async () => await page.locator('details.editor-section:visible').count() > 8, 'all are back');
    assert.equal(await page.locator('details[data-section=timeouts]').getAttribute('open'), null);
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
    await name(page).fill('other');
    const stay = async () => {
        await tab.dialog('Unsaved changes');
        await tab.by('button', 'Cancel').last().click();
        assert.equal(await name(page).inputValue(), 'other');
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
    assert.equal(await name(page).inputValue(), 'other');
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
    await name(page).fill('x');
    await name(page).fill('free');
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
    await name(other.page).fill('theirs');
    await (await section(other.page, 'limits')).locator('[data-path="caps.tpm"] input').fill('9');
    await other.page.locator('[data-path=weight] input').fill('7');
    await other.by('button', 'Save').click();
    await saved(other.page);
    await name(page).fill('mine');
    await (await section(page, 'limits')).locator('[data-path="caps.rpm"] input').fill('5');
    await page.locator('[data-path=weight] input').fill('3');
    await tab.by('button', 'Save').click();
    const table = page.getByRole('region', { name: 'What was changed meanwhile' });
    await table.getByText('theirs', { exact: true }).waitFor();
    await tab.axe('dialog[open]:last-of-type');
    await tab.shot('editor-conflict');
    await tab.by('button', 'Go on editing').click();
    assert.equal(await name(page).inputValue(), 'mine');
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
    await name(page).fill('mine');
    await g.must('PATCH', '/api/channels/yielding', { name: 'theirs', weight: 7 });
    await tab.by('button', 'Save').click();
    await tab.by('button', 'Drop mine, take theirs').click();
    await eventually(async () => await name(page).inputValue() === 'theirs', 'the form shows theirs');
    assert.ok(await tab.by('button', 'Save').isDisabled());
});

test('a test of what is not saved, stage by stage', async ({ tab, page, g }) => {
    await make(g, 'probed');
    await edit(tab, 'probed');
    const box = await section(page, 'test');
    await box.getByRole('button', { name: 'Run the test' }).click();
    await box.locator('.stage[data-stage=content].good').waitFor();
    await tab.by('textbox', 'Base URL 1').fill('http://127.0.0.1:9');
    await box.getByRole('button', { name: 'Run the test' }).click();
    await box.locator('.stage[data-stage=connect].bad').waitFor();
    await box.locator('.stage[data-stage=content].waiting').waitFor();
    await tab.axe('dialog');
    await tab.shot('editor-test');
});

test('a channel of a file shows where it is said, and what is free', async ({ tab, page, g }) => {
    await edit(tab, 'file');
    await page.locator('.notice.info', { hasText: /claude-proxy\.conf:\d+/ }).waitFor();
    assert.ok(await name(page).isDisabled());
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
    await name(page).fill('typed');
    tab.expectErrors(/ERR_CONNECTION_REFUSED|ERR_/, /50\d/);
    await g.stop();
    await tab.by('button', 'Save').click();
    await page.locator('.fault-box', { hasText: 'cannot be reached' }).waitFor();
    assert.equal(await name(page).inputValue(), 'typed');
    await g.start();
});

for (const [locale, colorScheme, width] of [['en-US', 'light', 1280], ['zh-CN', 'dark', 390]]) {
    test(`all sections, ${locale}, ${colorScheme}, ${width}`, async ({ tab, page, g }) => {
        const long = 'w'.repeat(200);
        await make(g, `whole-${width}`, { name: `${HOSTILE} ${long}`, models: [`opus=${long}`], only: [long], headers: [{ name: 'x-team', value: 'CANARY-header' }], parameters: { top_k: 40 },
            base_urls: [`${g.up.url}/${long}`], description: long });
        await edit(tab, `whole-${width}`);
        await page.locator('.url-told code').waitFor();
        await tab.shot(`editor-${locale}-${width}`);
        await page.locator('details.editor-section').evaluateAll((all) => all.forEach((box) => box.setAttribute('open', '')));
        await tab.clean();
        const wide = await page.locator('.dialog-body').evaluate((el) => el.scrollWidth - el.clientWidth);
        assert.equal(wide, 0, 'nothing is wider than the dialog');
        await page.keyboard.press('Escape');
        await open(tab);
        await paste(page, `https://${'a'.repeat(60)}.example/${long} sk-${long}1 ${KEY}`);
        await tab.noOverflow();
        await tab.axe('dialog');
        await tab.shot(`editor-quick-${locale}-${width}`);
    }, { locale, colorScheme, width });
}
