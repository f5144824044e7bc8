// SPDX-License-Identifier: MIT
// test_editor_form - everything that can be said of a channel: its sections, faults at their fields, tests, looks.

import { HOSTILE, KEY, edit, hasFocus, make, nameOf, open, paste, read, saved, section } from './editor_tools.mjs';
import { assert, eventually, test } from './harness.mjs';

test('detailed: sends what was changed alone', async ({ tab, page, g }) => {
    await make(g, 'changed', { description: 'before', parameters: { top_k: 40, seed: 1 }, headers: [{ name: 'x-team', value: 'CANARY-header' }] });
    await edit(tab, 'changed');
    assert.ok(await tab.by('button', 'Save').isDisabled());
    await nameOf(page).fill('A new name');
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
    assert.ok(await hasFocus(idle.locator('input')));
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
    assert.equal(await hasFocus(page.locator('[data-path=parameters] textarea')), true, 'no JSON is not sent');
    await page.locator('[data-path=parameters] textarea').fill('');
    await page.route('**/api/channels/faulty', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: '{"error":"out of paper"}' }));
    await tab.by('button', 'Save').click();
    await page.locator('.fault-box', { hasText: 'out of paper' }).waitFor();
});

test('another dialect: its own options, and none of the old one', async ({ tab, page, g }) => {
    await make(g, 'turning', { options: { auth: 'api-key', project: 'p' } });
    tab.expectErrors('422 PATCH /api/channels/turning');
    await edit(tab, 'turning');
    await page.locator('details[data-section=options] .section-said', { hasText: 'auth: api-key' }).waitFor();
    await page.locator('[data-path=dialect] select').selectOption('gemini');
    await page.locator('.url-told', { hasText: ':generateContent' }).waitFor();
    await tab.by('button', 'Save').click();
    const auth = page.locator('[data-path="options.auth"]');
    await auth.locator('.field-error').waitFor();
    assert.ok(await hasFocus(auth.locator('select')));
    await auth.locator('select').selectOption('bearer');
    await tab.by('button', 'Save').click();
    await saved(page);
    const now = await read(g, 'turning');
    assert.deepEqual([now.dialect, now.options], ['gemini', { auth: 'bearer' }]);
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
