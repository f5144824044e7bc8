// SPDX-License-Identifier: MIT
// test_editor - the dialog that adds and changes a channel.

import { assert, channel, eventually, test } from './harness.mjs';

const KEY = 'sk-CANARY-editor-0123456789abcdef';

export const channels = (g) => channel('file', 'claude', g.up.url, { only: '[ "claude*" ]' });

const make = (g, id, more = {}) => g.must('POST', '/api/channels', { id, name: id, dialect: 'chat', base_url: g.up.url, allow_private: true, keys: [KEY], ...more });

/** Opens the dialog; what it settles with is window.saved. */
async function open(tab, args = {}) {
    await tab.go('#/about');
    await tab.page.evaluate(async (what) => {
        const { openEditor } = await import(new URL('parts/editor.js', document.querySelector('script[src*="main.js"]').src).href);
        window.saved = null;
        openEditor(what).then((channel) => {
            window.saved = channel?.id ?? 'given up';
        });
    }, args);
    await tab.page.locator('dialog .editor').waitFor();
}

const saved = (page) => eventually(() => page.evaluate(() => window.saved), 'the dialog has ended');
const openSection = async (page, name) => {
    const box = page.locator(`details[data-section=${name}]`);
    if (await box.getAttribute('open') === null)
        await box.locator('summary').click();
    return box;
};

test('quick: pastes, recognises, creates, goes first', async ({ tab, page, g }) => {
    await open(tab, { family: 'messages' });
    await page.locator('.editor-quick textarea').fill(`{"$schema":"https://json.schemastore.org/x.json","env":{"ANTHROPIC_BASE_URL":"https://relay.example.org/Api/v1/chat/completions","ANTHROPIC_AUTH_TOKEN":"${KEY}"}}`);
    await page.locator('.found[data-kind=url]', { hasText: 'https://relay.example.org/Api/v1' }).waitFor();
    await page.locator('.found-more', { hasText: '/Api/v1/chat/completions' }).waitFor();
    assert.equal(await page.locator('.found[data-kind=key]').count(), 1);
    await tab.axe('dialog');
    await tab.shot('editor-quick');
    await tab.by('button', 'Create').click();
    const id = await saved(page);
    const made = await g.must('GET', `/api/channels/${id}`);
    assert.deepEqual([made.dialect, made.base_urls, made.keys.length, made.name], ['chat', ['https://relay.example.org/Api/v1'], 1, 'example']);
    assert.equal(made.places.messages, 1);
    assert.ok(made.promotions.some((p) => p.family === 'messages'));
    await tab.noSecrets();
    await g.must('DELETE', `/api/channels/${id}`);
});

test('quick: what is not meant can be left out, and nothing is created without a key', async ({ tab, page }) => {
    await open(tab);
    await page.locator('.editor-quick textarea').fill(`https://a.example https://b.example ${KEY}`);
    await page.locator('.found').first().waitFor();
    assert.equal(await page.locator('.found').count(), 3);
    await page.locator('.found[data-kind=url] button').first().click();
    assert.equal(await page.locator('.found').count(), 2);
    await page.locator('.found[data-kind=key] button').click();
    await eventually(() => tab.by('button', 'Create').isDisabled(), 'Create is off');
});

test('what was recognised goes into the detailed form', async ({ tab, page }) => {
    await open(tab);
    await page.locator('.editor-quick textarea').fill(`https://relay.example.org/v1/responses ${KEY}`);
    await page.locator('.found').first().waitFor();
    await page.getByText('Detailed', { exact: true }).click();
    assert.equal(await page.locator('[data-path=name] input').inputValue(), 'example');
    assert.equal(await page.locator('[data-path=dialect] select').inputValue(), 'responses');
    assert.equal(await page.locator('[data-path=base_urls] input').inputValue(), 'https://relay.example.org/v1');
    await page.locator('.previews', { hasText: '/v1/responses' }).waitFor();
});

test('detailed: sends what was changed alone', async ({ tab, page, g }) => {
    await make(g, 'changed', { description: 'before' });
    await open(tab, { channel: { id: 'changed' } });
    assert.ok(await tab.by('button', 'Save').isDisabled());
    await page.locator('[data-path=name] input').fill('A new name');
    await (await openSection(page, 'timeouts')).locator('[data-path="timeouts.idle"] input').fill('45s');
    await (await openSection(page, 'limits')).locator('[data-path="caps.rpm"] input').fill('60');
    const asked = page.waitForRequest((r) => r.method() === 'PATCH');
    await tab.by('button', 'Save').click();
    assert.deepEqual(JSON.parse((await asked).postData()), { name: 'A new name', timeouts: { idle: '45s' }, caps: { rpm: 60 } });
    assert.equal(await saved(page), 'changed');
    const now = await g.must('GET', '/api/channels/changed');
    assert.deepEqual([now.name, now.timeouts.idle, now.caps.rpm, now.description, now.keys.length], ['A new name', '45s', 60, 'before', 1]);
});

test('detailed: the map of models, with the upstream’s own list', async ({ tab, page, g }) => {
    await make(g, 'mapped');
    await open(tab, { channel: { id: 'mapped' } });
    await tab.by('button', 'Ask the upstream for its models').click();
    await page.getByText(/The upstream has/).waitFor();
    await tab.by('button', 'Add a model').click();
    await page.locator('.model-row input').nth(0).fill('opus');
    await page.locator('.model-row input').nth(1).fill('gpt-big');
    await tab.by('button', 'Save').click();
    await saved(page);
    assert.deepEqual((await g.must('GET', '/api/channels/mapped')).models, [{ from: 'opus', to: 'gpt-big' }]);
});

test('a fault is told at its field', async ({ tab, page, g }) => {
    await make(g, 'faulty');
    tab.expectErrors('422 PATCH /api/channels/faulty');
    await open(tab, { channel: { id: 'faulty' } });
    await (await openSection(page, 'timeouts')).locator('[data-path="timeouts.idle"] input').fill('soon');
    await tab.by('button', 'Save').click();
    await page.locator('[data-path="timeouts.idle"] .field-error').waitFor();
    assert.equal(await page.locator('[data-path="timeouts.idle"] input').getAttribute('aria-invalid'), 'true');
    await tab.axe('dialog');
});

test('what is not saved is not lost unasked', async ({ tab, page, g }) => {
    await make(g, 'guarded');
    await open(tab, { channel: { id: 'guarded' } });
    await page.locator('[data-path=name] input').fill('other');
    await page.keyboard.press('Escape');
    await tab.by('button', 'Cancel').last().click();
    assert.equal(await page.locator('[data-path=name] input').inputValue(), 'other');
    await page.keyboard.press('Escape');
    await tab.by('button', 'Leave without saving').click();
    assert.equal(await saved(page), 'given up');
});

for (const [choice, name, weight] of [['Overwrite', 'mine', 7], ['Load anew', 'theirs', 7]]) {
    test(`a conflict is shown, and ${choice} does that`, async ({ tab, page, g }) => {
        const id = choice === 'Overwrite' ? 'conflict-a' : 'conflict-b';
        await make(g, id);
        tab.expectErrors(`409 PATCH /api/channels/${id}`);
        await open(tab, { channel: { id } });
        await page.locator('[data-path=name] input').fill('mine');
        await g.must('PATCH', `/api/channels/${id}`, { name: 'theirs', weight: 7 });
        await tab.by('button', 'Save').click();
        const table = page.getByRole('region', { name: 'What was changed meanwhile' });
        await table.getByText('theirs').waitFor();
        await tab.axe('dialog');
        await tab.shot('editor-conflict');
        await tab.by('button', choice).click();
        if (choice === 'Overwrite')
            await saved(page);
        else
            await eventually(async () => await page.locator('[data-path=name] input').inputValue() === 'theirs', 'the form shows theirs');
        const now = await g.must('GET', `/api/channels/${id}`);
        assert.deepEqual([now.name, now.weight], [name, weight]);
    });
}

test('a test of what is not saved, stage by stage', async ({ tab, page, g }) => {
    await make(g, 'probed');
    await open(tab, { channel: { id: 'probed' } });
    const box = await openSection(page, 'test');
    await box.getByRole('button', { name: 'Run the test' }).click();
    await box.locator('.stage[data-stage=content].good').waitFor();
    await page.locator('[data-path=base_urls] input').fill('http://127.0.0.1:9');
    await box.getByRole('button', { name: 'Run the test' }).click();
    await box.locator('.stage[data-stage=connect].bad').waitFor();
    await tab.axe('dialog');
    await tab.shot('editor-test');
});

test('a channel of a file shows where it is said', async ({ tab, page, g }) => {
    await open(tab, { channel: { id: 'file' } });
    assert.ok(await page.locator('[data-path=name] input').isDisabled());
    await page.locator('[data-path=name] .field-lock').waitFor();
    await (await openSection(page, 'limits')).locator('[data-path=weight] input').fill('3');
    await tab.by('button', 'Save').click();
    await saved(page);
    assert.equal((await g.must('GET', '/api/channels/file')).weight, 3);
});

for (const [locale, colorScheme, width] of [['en-US', 'light', 1280], ['zh-CN', 'dark', 390]]) {
    test(`all sections, ${locale}, ${colorScheme}, ${width}`, async ({ tab, page, g }) => {
        await make(g, `whole-${width}`, { models: ['opus=gpt-big'], headers: [{ name: 'x-team', value: 'CANARY-header' }], parameters: { top_k: 40 } });
        await open(tab, { channel: { id: `whole-${width}` } });
        await page.locator('details.editor-section').evaluateAll((all) => all.forEach((box) => box.setAttribute('open', '')));
        await tab.clean();
        await tab.shot(`editor-${locale}-${width}`);
    }, { locale, colorScheme, width });
}
