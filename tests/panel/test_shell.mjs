// SPDX-License-Identifier: MIT
// test_shell - the frame around the screens: login, the connection, theme and language, keyboard and focus.

import { assert, eventually, test } from './harness.mjs';

const SECRET = 'input[type=password]';

async function typeSecret(page, secret) {
    await page.locator(SECRET).fill(secret);
    await page.locator(SECRET).press('Enter');
}

/** A menu of the frame: by the name of its button, then of its entry. */
async function choose(tab, menu, entry) {
    await tab.by('button', menu).click();
    await tab.by('menuitem', entry).click();
}

// ---- who comes in ----

test('the right key opens the first screen, and the address that was asked for', async ({ tab, page, g }) => {
    await tab.go('#/about');
    await tab.ready('login');
    await typeSecret(page, g.key);
    await tab.ready('about');
    assert.deepEqual(await page.evaluate(() => Object.values(localStorage)), []);
    await tab.noSecrets();
}, { login: false });

test('a wrong key is said, and the right one opens after it', async ({ tab, page, g }) => {
    tab.expectErrors('401 POST /api/session');
    await tab.go();
    await typeSecret(page, 'not-the-key');
    await page.locator('[role=alert]', { hasText: /\S/ }).first().waitFor();
    await tab.axe();
    await typeSecret(page, g.key);
    await tab.ready('overview');
}, { login: false });

test('logging out ends the session', async ({ tab, page, context = tab.context }) => {
    await tab.go('#/about');
    tab.expectErrors('401 GET /api/session');
    await tab.by('button', 'Log out').click();
    await tab.ready('login');
    const r = await context.request.get(`${tab.g.url}/api/status`);
    assert.equal(r.status(), 401);
    assert.equal(await page.locator(SECRET).inputValue(), '');
});

test('a session that was ended elsewhere leads to the login', async ({ tab, g }) => {
    await tab.go('#/about');
    tab.expectErrors('401 ', 'ERR_INCOMPLETE_CHUNKED_ENCODING');
    await g.must('DELETE', '/api/sessions');
    await tab.ready('login');
});

test('two tabs are logged in, and out, together', async ({ tab, open }) => {
    await tab.go('#/about');
    const other = await open({ same: true });
    await other.go('#/about');
    tab.expectErrors('401 ', 'ERR_INCOMPLETE_CHUNKED_ENCODING');
    other.expectErrors('401 GET /api/session');
    await other.by('button', 'Log out').click();
    await other.ready('login');
    await tab.ready('login');
});

// ---- the connection ----

test('a gateway that went is said, and one that came back is followed again', async ({ tab, page, g }) => {
    await tab.go('#/about');
    await tab.toast('Live');
    tab.expectErrors('ERR_', '401 ', '503 ');
    await g.end();
    await page.locator('[role=alert]', { hasText: /does not answer/ }).waitFor();
    await tab.axe();
    await g.restart();
    // Sessions end with the gateway: who comes back is asked who he is.
    await eventually(async () => ['login', 'about'].includes(await page.locator('main').getAttribute('data-view'))
        && await page.locator('[role=alert]', { hasText: /does not answer/ }).count() === 0, 'the page finds the gateway again');
}, { seconds: 90 });

test('one that is killed is said, too', async ({ tab, page, g }) => {
    await tab.go('#/about');
    tab.expectErrors('ERR_', '401 ', '503 ');
    await g.kill9();
    await page.locator('[role=alert]', { hasText: /does not answer/ }).waitFor();
    g.configure();
    await g.start();
    await eventually(async () => await page.locator('[role=alert]', { hasText: /does not answer/ }).count() === 0, 'the page finds the gateway again');
}, { seconds: 90 });

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
    await tab.go('#/about');
    const open = () => page.evaluate(() => globalThis.sources.filter((s) => s.readyState === EventSource.OPEN).length);
    await eventually(async () => await open() === 1, 'one stream');
    await page.evaluate(() => globalThis.hide(true));
    await eventually(async () => await open() === 0, 'no stream');
    await page.evaluate(() => globalThis.hide(false));
    await eventually(async () => await open() === 1, 'one stream again');
});

test('without a stream it asks again and again', async ({ tab, page }) => {
    await page.route('**/api/events*', (route) => route.abort('connectionfailed'));
    tab.expectErrors('ERR_CONNECTION_FAILED');
    await tab.go('#/about');
    await tab.toast('Every 5 seconds');
    await tab.axe();
});

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

test('below a path of another server', async ({ tab, page, g }) => {
    const { createServer, request } = await import('node:http');
    const server = createServer((q, r) => {
        if (!q.url.startsWith('/llm/')) {
            r.writeHead(404).end();
            return;
        }
        q.pipe(request({ host: '127.0.0.1', port: g.port, method: q.method, path: q.url.slice(4), headers: q.headers }, (a) => {
            r.writeHead(a.statusCode, a.headers);
            a.pipe(r);
        }));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
        await page.goto(`http://127.0.0.1:${server.address().port}/llm/`);
        await tab.ready('login');
        await typeSecret(page, g.key);
        await tab.ready('overview');
        await tab.toast('Live');
    } finally {
        server.closeAllConnections();
        server.close();
    }
}, { login: false });

test('right and wrong keys again and again are told to wait', async ({ tab, page }) => {
    tab.expectErrors('401 POST /api/session', '429 POST /api/session');
    await tab.go();
    for (let i = 0; i < 7; i++) {
        const answered = page.waitForResponse((r) => r.url().endsWith('/api/session') && r.request().method() === 'POST', { timeout: 3000 }).catch(() => null);
        await page.locator(SECRET).fill(`not-the-key-${i}`);
        await page.locator(SECRET).press('Enter');
        if (!await answered || (await answered).status() === 429) {
            break;
        }
    }
    await page.locator('main', { hasText: /\d/ }).getByText(/wait|second|again/i).first().waitFor();
    await tab.axe();
}, { login: false });
