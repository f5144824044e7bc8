// SPDX-License-Identifier: MIT
// test_adversary - what stands between and what comes from outside: proxies, a gateway that dies, many tabs, another version, hostile texts.

import fs from 'node:fs';
import path from 'node:path';

import { routes } from '../../www/lib/routes.js';
import { assert, channel, eventually, test } from './harness.mjs';
import { tlsProxy } from './proxies.mjs';
import { openTab } from './tab.mjs';

const SECRET = 'input[autocomplete=current-password]';
const EVIL = '<x-evil onclick=alert(1)>\u202Egnp.exe';
const LONG = 'Donaudampfschifffahrtsgesellschaft'.repeat(6);

export const conf = 'trusted_proxies = [ "127.0.0.1" ];';

// A website of a file may be anything.
export const channels = (g) => [
    channel('gpt', 'chat', g.up.url, { only: '[ "gpt*" ]', name: `"${EVIL}"`, description: `"${EVIL} ${LONG}"`, website: '"javascript:alert(1)//https://x.example/"' }),
    channel('claude', 'claude', g.up.url, { only: '[ "claude*" ]', website: '"data:text/html,<script>alert(1)</script>"', name: `"${LONG}"`,
        keys: `( { key = "sk-CANARY-claude-0001"; label = "${EVIL}"; }, { key = "sk-CANARY-claude-0002"; label = "${LONG}"; } )` }),
].join(',\n');

// Files of its own, which a test may change.
export async function prepare(g) {
    const copy = path.join(g.place, 'source');
    fs.cpSync(path.join(g.source, 'www'), path.join(copy, 'www'), { recursive: true });
    fs.cpSync(path.join(g.source, 'conf/prices.conf'), path.join(copy, 'conf/prices.conf'));
    g.source = copy;
    await g.restart();
}

async function typeSecret(page, g) {
    await page.locator(SECRET).fill(g.key);
    await page.locator(SECRET).press('Enter');
}

// ---- between ----

test('behind a TLS proxy and below a path: everything', async ({ browser, g }) => {
    const proxy = await tlsProxy(g, '/tools/llm');
    const outside = { ...g, url: proxy.url, shown: g.shown };
    const tab = await openTab(browser, outside, { ignoreHTTPSErrors: true });
    const { page } = tab;
    try {
        await tab.go('#/channels/chat');
        await tab.ready('login');
        await typeSecret(page, g);
        await tab.ready('channels');
        await tab.toast('Live');
        const [cookie] = await tab.context.cookies();
        assert.match(cookie.name, /^__Host-cp-\d+$/);
        assert.deepEqual([cookie.secure, cookie.httpOnly, cookie.sameSite], [true, true, 'Strict']);
        for (const { name } of routes)
            assert.equal(await tab.go(`#/${name}`), name);
        await tab.go('#/setup?for=codex');
        await page.locator('.snippet', { hasText: `base_url = "${proxy.url}/v1"` }).waitFor();
        await page.getByLabel('Name of the key').fill('by the proxy');
        await tab.by('button', 'Make a key').click();
        g.shown.add((await page.locator('.setup-key').innerText()).trim());
        await g.message('claude-demo');
        await tab.reload();
        await tab.toast('Live');
        assert.deepEqual(proxy.seen.filter((line) => !/^\w+ \/tools\/llm\//.test(line)), [], 'nothing is asked outside of the path');
        await tab.by('button', 'Log out').click();
        await tab.ready('login');
        tab.verify();
    } finally {
        await tab.context.close();
        proxy.close();
    }
}, { login: false, seconds: 90 });

test('a stream that a proxy refuses, or keeps back: it asks every five seconds', async ({ tab, page, g, open }) => {
    await page.route('**/api/events*', (route) => route.fulfill({ status: 502, body: 'no' }));
    tab.expectErrors('502 GET /api/events', 'MIME');
    await tab.go('#/requests');
    await tab.toast('Every 5 seconds');
    await g.message('claude-polled');
    await page.locator('main', { hasText: 'claude-polled' }).waitFor();
    const other = await open();
    await other.page.clock.install();
    await other.page.route('**/api/events*', () => {});
    await other.go('#/about');
    await eventually(async () => {
        await other.page.clock.runFor(1000);
        return other.page.locator('.connection', { hasText: 'Every 5 seconds' }).count();
    }, 'who hears nothing asks');
    await other.axe();
}, { hasClock: true });

test('many tabs of one browser: a few have a stream, all work, and one takes the place of another', async ({ tab, open }) => {
    const tabs = [tab];
    for (let i = 1; i < 8; i++)
        tabs.push(await open({ same: true }));
    for (const t of tabs)
        await t.page.goto(`${tab.g.url}/#/plugins`);
    for (const t of tabs)
        await t.ready('plugins');
    const states = async () => Promise.all(tabs.map((t) => t.page.locator('.connection').innerText()));
    const live = async () => (await states()).filter((s) => s === 'Live').length;
    await eventually(async () => (await states()).every((s) => ['Live', 'Every 5 seconds'].includes(s)), 'each has found its way');
    assert.equal(await live(), 3);
    const first = (await states()).indexOf('Live');
    await tabs[first].close();
    tabs.splice(first, 1);
    await eventually(async () => await live() === 3, 'another one has the stream');
    await tabs.at(-1).go('#/settings');
}, { seconds: 120 });

// ---- an end and a beginning ----

test('a gateway that is killed and comes back: said, found again, and nothing typed is lost', async ({ tab, page, g }) => {
    await tab.go('#/clients');
    await tab.toast('Live');
    await tab.by('button', 'New client key').click();
    await tab.dialog('New client key');
    await page.getByLabel('Label').fill('typed before the end');
    tab.expectErrors('ERR_', '401 ', '503 ');
    await g.kill9();
    await page.locator('.banner', { hasText: 'The gateway does not answer' }).waitFor();
    await tab.by('button', 'Make the key').click();
    await page.locator('.fault-box', { hasText: 'the gateway cannot be reached' }).waitFor();
    await tab.axe();
    g.configure();
    await g.start();
    await tab.dialog('Log in again');
    await typeSecret(page, g);
    await eventually(async () => await page.locator('.banner').count() === 0, 'nothing is wrong any more');
    await tab.toast('Live');
    assert.equal(await page.getByLabel('Label').inputValue(), 'typed before the end');
    await tab.by('button', 'Make the key').click();
    await tab.dialog(/typed before the end/);
    g.shown.add((await page.locator('.key-once output').innerText()).trim());
}, { seconds: 120 });

test('a screen that is opened while the gateway is away comes when it is back', async ({ tab, page, g }) => {
    await tab.go('#/about');
    await tab.toast('Live');
    tab.expectErrors('ERR_', '401 ', '503 ');
    await page.route('**/api/options*', (route) => route.abort('connectionrefused'));
    await page.route('**/api/settings*', (route) => route.abort('connectionrefused'));
    await tab.go('#/settings');
    await tab.see('This screen could not be shown');
    await tab.axe();
    await page.unroute('**/api/options*');
    await page.unroute('**/api/settings*');
    await tab.by('button', 'Try again').click();
    await tab.by('heading', 'Settings').waitFor();
    await g.end();
    await page.locator('.banner', { hasText: 'The gateway does not answer' }).waitFor();
    await g.restart();
    await tab.dialog('Log in again');
    await typeSecret(page, g);
    await tab.noDialog();
    await tab.toast('Live');
}, { seconds: 90 });

test('a page whose gateway is away says so, and begins when it is back', async ({ tab, page }) => {
    let isAway = true;
    tab.expectErrors('502 GET /api/session');
    await page.route('**/api/session', (route) => (isAway ? route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad Gateway</h1>' }) : route.fallback()));
    await page.goto(`${tab.g.url}/#/about`);
    await page.locator('[role=alert]', { hasText: 'The gateway does not answer' }).waitFor();
    isAway = false;
    await tab.ready('about');
});

test('a newer panel is offered; an older one says why a screen is missing', async ({ tab, page, g }) => {
    await tab.go('#/about');
    await tab.toast('Live');
    const before = (await g.must('GET', '/api/status')).panel;
    fs.appendFileSync(path.join(g.source, 'www/icon.svg'), '\n');
    tab.expectErrors('404 GET /panel/', /Failed to fetch dynamically imported module/);
    await g.must('POST', '/api/config/reload', {});
    const after = await eventually(async () => {
        const { panel } = await g.must('GET', '/api/status');
        return panel !== before && panel;
    }, 'another panel is served');
    await g.must('PATCH', '/api/settings', { limits: { attempts: 5 } });
    await page.locator('.banner', { hasText: 'The gateway serves a newer version' }).waitFor();
    await tab.axe();
    await page.evaluate(() => { location.hash = '#/statistics'; });
    await tab.see('The gateway was updated meanwhile');
    await page.locator('main').getByRole('button', { name: 'Reload the page' }).click();
    await eventually(() => page.evaluate((v) => document.querySelector('script').src.includes(v), after), 'the new one is loaded');
    await tab.ready('statistics');
    assert.equal(await page.locator('.banner').count(), 0);
});

// ---- texts from outside ----

/** Everything that outsiders may name, named badly. */
async function hostile(g) {
    await g.must('POST', '/api/channels', { id: 'made', name: `'"><x-evil>`, dialect: 'claude', base_url: g.up.url, allow_private: true, only: ['evil*'],
        keys: [{ key: 'sk-CANARY-made-0001', label: EVIL }], description: LONG, models: [{ from: 'evil-mapped', to: EVIL }] });
    await g.must('POST', '/api/clients', { id: 'evil', label: EVIL });
    await g.must('POST', '/api/clients', { id: 'long', label: LONG.slice(0, 60) });
    await g.script(`model=evil   status=500 error='api_error:${EVIL} for sk-CANARY-made-0001'\n`);
    for (const model of ['evil<x-evil>', 'evil-mapped'])
        await g.message(model);
    await g.message(`claude-${EVIL}`);
    await g.message(`claude-${LONG}`, { headers: { 'x-session-id': EVIL.replace('\u202E', '') } });
    await eventually(async () => (await g.must('GET', '/api/history?outcome=failed')).requests.length, 'a failure is in the history');
}

/** No element was made of a text, no link leads into code. */
async function harmless(page, where) {
    const found = await page.evaluate(() => ({
        made: document.querySelectorAll('x-evil, iframe, object, embed, body script, [onclick], [onerror], [onload]').length,
        links: [...document.querySelectorAll('[href], [src], [action], [formaction]')].flatMap((e) => ['href', 'src', 'action', 'formaction'].map((a) => e.getAttribute(a) ?? ''))
            .filter((v) => /^\s*(javascript|data:text|vbscript)/i.test(v)),
    }));
    assert.deepEqual(found, { made: 0, links: [] }, where);
}

test('hostile names are texts, on every screen; no secret is anywhere', async ({ tab, page, g }) => {
    await hostile(g);
    page.on('dialog', (d) => {
        tab.problem(`a dialog: ${d.message()}`);
        d.dismiss();
    });
    const asked = [];
    page.on('request', (r) => asked.push(r.url()));
    const [failed] = (await g.must('GET', '/api/history?outcome=failed')).requests;
    const told = new Set();
    const addresses = [...routes.map((r) => `#/${r.name}`), '#/channels/messages', '#/channels/all', `#/requests/${failed.id}`,
        `#/requests?q=${encodeURIComponent(EVIL)}`, `#/${encodeURIComponent(EVIL)}`, `#/channels/${encodeURIComponent(EVIL)}`, `#/setup?for=${encodeURIComponent(EVIL)}`];
    for (const address of addresses) {
        await tab.go(address);
        await harmless(page, address);
        await tab.noSecrets();
        for (const width of [390, 1280]) {
            await page.setViewportSize({ width, height: 800 });
            await tab.noOverflow().catch((e) => { throw new Error(`${address} at ${width}: ${e.message}`); });
        }
        if ((await page.locator('body').innerText()).includes('<x-evil'))
            told.add(address);
        if (await page.locator('dialog[open]').count())
            await page.keyboard.press('Escape');
    }
    for (const name of ['channels/all', 'requests', 'clients', 'scheduler'])
        assert.ok(told.has(`#/${name}`), `${name} shows the name as it is`);
    assert.deepEqual(asked.filter((u) => /CANARY/.test(u) || !u.startsWith(g.url)), [], 'no secret in an address, nobody else is asked');
    assert.deepEqual(await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]), [[], [], '']);
    tab.expectErrors('404 GET /api/');
}, { seconds: 120 });

test('who opens what has a hostile name sees it in dialogs, too', async ({ tab, page, g }) => {
    await tab.go('#/channels/all');
    for (const opener of await tab.by('button', /^Edit/).all())
        if (await opener.isVisible()) {
            await opener.click();
            await page.locator('dialog[open]').waitFor();
            await harmless(page, 'the editor');
            await tab.noSecrets();
            await page.keyboard.press('Escape');
            await tab.noDialog();
        }
    const pages = tab.context.pages().length;
    assert.equal(await page.locator('main a[target=_blank]:not([href^="http"])').count(), 0);
    assert.equal(tab.context.pages().length, pages);
    assert.ok(g.isAlive);
});
