// SPDX-License-Identifier: MIT
// editor_tools - what tests of the channel editor share.

import { eventually } from './harness.mjs';

export const KEY = 'sk-CANARY-editor-0123456789abcdef';
export const HOSTILE = '<img src=x onerror=alert(1)> مرحبا';

export const make = (g, id, more = {}) => g.must('POST', '/api/channels',
    { id, name: id, dialect: 'chat', base_urls: [g.up.url], allow_private: true, keys: [KEY], ...more });
export const read = (g, id) => g.must('GET', `/api/channels/${id}`);

/** Opens the dialog; what it settles with is window.saved. */
export async function open(tab, args = {}) {
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

export const edit = (tab, id) => open(tab, { channel: { id } });
export const saved = (page) => eventually(() => page.evaluate(() => window.saved), 'the dialog has ended');
export const nameOf = (page) => page.locator('[data-path=name] input');
export const hasFocus = (locator) => locator.evaluate((el) => el === document.activeElement);

export async function section(page, which) {
    const box = page.locator(`details[data-section=${which}]`);
    if (await box.getAttribute('open') === null)
        await box.locator('summary').click();
    return box;
}

export async function paste(page, text) {
    await page.locator('.editor-quick textarea').fill(text);
    await page.locator('.found').first().waitFor();
}
