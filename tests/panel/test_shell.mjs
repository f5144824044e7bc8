// SPDX-License-Identifier: MIT
// test_shell - the frame around the screens: the connection, theme and language, keyboard and focus.

import fs from 'node:fs';

import { routes } from '../../www/lib/routes.js';
import { assert, eventually, test } from './harness.mjs';

/** A menu of the frame: by the name of its button, then of its entry. */
async function choose(tab, menu, entry) {
    await tab.by('button', menu).click();
    await tab.by('menuitem', entry).click();
}

// ---- the connection ----

test('who does not look on costs nothing: a hidden tab ends its stream, and follows again when it is shown', async ({ tab, page }) => {
    await page.addInitScript(() => {
        globalThis.sources = [];
        const Real = globalThis.EventSource;
        globalThis.EventSource = class extends Real {
            constructor(...args) {
                super(...args);
                globalThis.sources.push(this);
            }
        };
        let isHidden = false;
        Object.defineProperty(Document.prototype, 'hidden', { get: () => isHidden });
        Object.defineProperty(Document.prototype, 'visibilityState', { get: () => (isHidden ? 'hidden' : 'visible') });
        globalThis.hide = (value) => {
            isHidden = value;
            document.dispatchEvent(new Event('visibilitychange'));
        };
    });
    await page.clock.install();
    await tab.go('#/about');
    const open = () => page.evaluate(() => globalThis.sources.filter((s) => s.readyState === EventSource.OPEN).length);
    await eventually(async () => await open() === 1, 'one stream');
    await page.evaluate(() => globalThis.hide(true));
    assert.equal(await open(), 1, 'a glance at another tab ends nothing');
    await page.clock.runFor(5000);
    await eventually(async () => await open() === 0, 'no stream');
    await tab.toast('Paused');
    await page.evaluate(() => globalThis.hide(false));
    await eventually(async () => await open() === 1, 'one stream again');
}, { hasClock: true });

// ---- messages ----

for (const width of [1280, 390])
    test(`what went wrong is told above a dialog's foot, not over it, ${width}`, async ({ tab, page }) => {
        await tab.go('#/clients');
        await tab.by('button', 'New client key').click();
        const dialog = await tab.dialog('New client key');
        await page.evaluate(async () => {
            const { complain } = await import(new URL('lib/toast.js', document.querySelector('script[type=module]').src).href);
            complain('It could not be saved', { status: 500, message: 'the disk is full', details: ['one', 'two'] });
        });
        const toast = await dialog.locator('.toast').boundingBox();
        const foot = await dialog.locator('.dialog-foot').boundingBox();
        assert.ok(toast.y + toast.height <= foot.y, `${JSON.stringify(toast)} over ${JSON.stringify(foot)}`);
        assert.ok(foot.y + foot.height <= 800, 'the foot is seen');
        await tab.axe('dialog');
        await dialog.locator('.toast').getByRole('button', { name: 'Close' }).click();
        await page.keyboard.press('Escape');
        await tab.noDialog();
    }, { width });

// ---- theme and language ----

const background = (page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
const changed = (page, from) => eventually(async () => {
    const now = await background(page);
    return now !== from && now;
}, `the background is no longer ${from}`);

test('the theme is kept', async ({ tab, page }) => {
    await tab.go('#/about');
    const light = await background(page);
    await choose(tab, 'Theme', 'Dark');
    const dark = await changed(page, light);
    await tab.reload();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    assert.equal(await background(page), dark);
    await choose(tab, 'Theme', 'Light');
    assert.equal(await changed(page, dark), light);
});

test('without a choice the theme follows the system', async ({ tab, page }) => {
    await tab.go('#/about');
    const light = await background(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await changed(page, light);
});

test('the language is the browser’s, then the one that was chosen', async ({ tab, page }) => {
    await tab.go('#/about');
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-CN');
    await choose(tab, '语言', 'English');
    await tab.ready('about');
    await tab.by('button', 'Language').waitFor();
    await tab.reload();
    assert.match(await page.evaluate(() => document.documentElement.lang), /^en/);
    assert.match(await page.title(), /^About/);
}, { locale: 'zh-CN' });

test('a language that we do not have is English', async ({ tab, page }) => {
    await tab.go('#/about');
    assert.match(await page.evaluate(() => document.documentElement.lang), /^en/);
}, { locale: 'fi-FI' });

// ---- keyboard and focus ----

test('the first tab key leads past the navigation', async ({ tab, page }) => {
    await tab.go('#/about');
    await page.keyboard.press('Tab');
    assert.match(await tab.focused(), /^a Skip to content/);
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
});

test('a screen that opens has the focus on its head, and its name in the title', async ({ tab, page }) => {
    await tab.go('#/overview');
    await page.locator('nav').getByRole('link', { name: 'About' }).focus();
    await page.keyboard.press('Enter');
    await tab.ready('about');
    assert.match(await tab.focused(), /^h1 /);
    assert.match(await page.title(), /^About/);
    assert.equal(await page.locator('nav [aria-current=page]').innerText(), 'About');
});

test('menus open, move and close by keys, and give the focus back', async ({ tab, page }) => {
    await tab.go('#/about');
    await tab.by('button', 'Theme').focus();
    await page.keyboard.press('Enter');
    await tab.by('menuitem', 'Dark').waitFor();
    await tab.axe();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    assert.match(await tab.focused(), /^menuitem Dark/);
    await page.keyboard.press('Escape');
    assert.match(await tab.focused(), /^button Theme/);
});

test('on a phone the screens are behind a button', async ({ tab, page }) => {
    await tab.go('#/about');
    const link = page.locator('nav').getByRole('link', { name: 'About' });
    await assert.rejects(link.click({ timeout: 300 }), 'the navigation is not in the way');
    await tab.by('button', 'Menu').click();
    await link.hover();
    await tab.axe();
    await link.click();
    await tab.ready('about');
    await assert.rejects(link.click({ timeout: 300 }), 'the navigation went');
}, { width: 390 });

test('every screen has one name', async ({ tab, page }) => {
    await tab.go('#/about');
    assert.equal(await page.locator('h1').count(), 1);
});

test('an address that is none is the first screen', async ({ tab }) => {
    assert.equal(await tab.go('#/no/such/%E0%A4%A'), 'overview');
});

test('about: what it is; the files are tested and read anew, and errors change nothing', async ({ tab, page, g }) => {
    await tab.go('#/about');
    await page.locator('main', { hasText: g.url }).waitFor();
    await tab.by('button', 'Test the files').click();
    await tab.see('A reload would do this:');
    fs.appendFileSync(g.confFile, '\nno_such_option = "<img src=x>";\n');
    tab.expectErrors('422 POST /api/config/reload', '400 POST /api/config/reload');
    await tab.by('button', 'Read the files anew').click();
    await tab.see('The files have errors; what served before serves on.');
    await page.locator('main .notice li', { hasText: 'no_such_option' }).first().waitFor();
    assert.equal(await page.locator('main img').count(), 0);
    await tab.clean();
    g.configure();
    await tab.by('button', 'Read the files anew').click();
    await tab.see('The files were read and hold.');
    assert.match(await tab.focused(), /Read the files anew/);
});

test('a screen that was left is gone: nothing of it stays in memory', async ({ tab }) => {
    const nodes = async () => {
        await tab.go('#/about');
        await tab.cdp.send('HeapProfiler.collectGarbage');
        return (await tab.cdp.send('Memory.getDOMCounters')).nodes;
    };
    const round = async () => {
        for (const { name } of routes) {
            await tab.go(`#/${name}`);
        }
        return nodes();
    };
    const before = await round();
    await round();
    const after = await round();
    assert.ok(after - before < 150, `${after - before} nodes of screens that were left stay`);
});
