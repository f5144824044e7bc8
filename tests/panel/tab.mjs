// SPDX-License-Identifier: MIT
// tab - the panel in one tab of a browser, as a test sees it: where it goes, what it must never do, what every screen must hold.
//
// A tab hears all that goes wrong while it is open: errors of the console, exceptions, answers of 400 and above, requests that
// fail, reports of the Content-Security-Policy.  What a test did not announce by expectErrors() fails it at its end.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { eventually } from './gateway.mjs';

const CHROMIUM = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--force-color-profile=srgb'];
const READY_MS = 20000;
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const AXE_WORLD = 'claude-proxy-axe';

const need = createRequire(path.join(process.env.PANEL_PACKAGES ?? '.', 'x.js'));

export function launch() {
    const { chromium } = need('playwright-core');
    // Chromium's own sandbox refuses to be root's.
    const asRoot = process.getuid() === 0 ? ['--no-sandbox'] : [];
    return chromium.launch({
        executablePath: process.env.PANEL_BROWSER ?? '/usr/bin/chromium', headless: true, args: [...asRoot, ...CHROMIUM],
    });
}

let axeSource = '';

function axeText() {
    axeSource ||= fs.readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8');
    return axeSource;
}

/** What a browser context is made with, for the options of a test. */
const contextOptions = ({ locale = 'en-US', colorScheme = 'light', width = 1280, height = 800, timezoneId = 'UTC', permissions, ignoreHTTPSErrors = false }) => (
    { locale, colorScheme, timezoneId, permissions, ignoreHTTPSErrors, reducedMotion: 'reduce', viewport: { width, height } });

/**
 * The browser contexts of a file's tests: who gives one back has left nothing in it but the panel's own files, which have their version in
 * their address; the next test with the same options need not load them again.
 */
export class Contexts {
    constructor(browser) {
        Object.assign(this, { browser, free: new Map(), keys: new Map() });
    }

    async take(options) {
        const key = JSON.stringify(contextOptions(options));
        const context = this.free.get(key)?.pop() ?? await this.browser.newContext(contextOptions(options));
        this.keys.set(context, key);
        return context;
    }

    async giveBack(context, g) {
        const [page] = context.pages();
        const cdp = page && await context.newCDPSession(page);
        await cdp?.send('Storage.clearDataForOrigin', { origin: g.url, storageTypes: 'all' });
        await Promise.all(context.pages().map((one) => one.close()));
        await context.clearCookies();
        const key = this.keys.get(context);
        this.free.set(key, [...this.free.get(key) ?? [], context]);
    }
}

/** A tab of its own: its browser context has the language, theme, width and time zone of `options`. */
export async function openTab(browser, g, options = {}, shared = null) {
    const context = shared ?? await browser.newContext(contextOptions(options));
    const tab = new Tab(context, g, await context.newPage(), options);
    await tab.listen();
    return tab;
}

export class Tab {
    constructor(context, g, page, options) {
        Object.assign(this, { context, g, page, options, problems: [], expected: [], console: [], cdp: null });
        page.setDefaultTimeout(options.patience ?? 10000);
    }

    async listen() {
        const { page } = this;
        page.on('console', (m) => this.heard(m));
        page.on('pageerror', (e) => this.problem(`exception: ${e.stack ?? e}`));
        page.on('response', (r) => {
            if (r.status() >= 400) {
                this.problem(`${r.status()} ${r.request().method()} ${where(r.url())}`);
            }
        });
        page.on('requestfailed', (r) => {
            // What a page that leaves, or a view that closes, no longer waits for.
            if (r.failure()?.errorText !== 'net::ERR_ABORTED') {
                this.problem(`${r.failure()?.errorText} ${r.method()} ${where(r.url())}`);
            }
        });
        page.on('crash', () => this.problem('the tab crashed'));
        await page.exposeBinding('cspReport', (_, text) => this.problem(`CSP: ${text}`));
        await page.addInitScript(() => {
            addEventListener('securitypolicyviolation', (e) => {
                globalThis.cspReport(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber} ${e.sample}`);
            });
        });
        this.cdp = await this.context.newCDPSession(page);
    }

    heard(message) {
        const text = `${message.type()}: ${message.text()} (${where(message.location().url)}:${message.location().lineNumber})`;
        this.console.push(text);
        // Answers of 400 and above and failed requests are told by their own events, with more words.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
            this.problem(`console ${text}`);
        }
    }

    problem(text) {
        this.problems.push(text);
    }

    /** What a test is going to provoke: strings or regular expressions that fit the line, as '409 PATCH' or 'ERR_CONNECTION_REFUSED'. */
    expectErrors(...patterns) {
        this.expected.push(...patterns);
    }

    /** Throws when something went wrong that was not expected. */
    verify() {
        const fits = (line) => (p) => (typeof p === 'string' ? line.includes(p) : p.test(line));
        const left = this.problems.filter((line) => !this.expected.some(fits(line)));
        assert.deepEqual(left, [], `the page had ${left.length} problems`);
    }

    // ---- where it is ----

    /** A session without the login screen. */
    async login() {
        const r = await this.context.request.post(`${this.g.url}/api/session`, {
            data: { key: this.g.key }, headers: { 'content-type': 'application/json', origin: this.g.url },
        });
        assert.equal(r.status(), 201, `the session: ${await r.text()}`);
    }

    /** Opens a route and waits until its view shows its first data. */
    async go(route = '#/') {
        const target = new URL(route, `${this.g.url}/`).href;
        if (this.page.url().split('#')[0] !== `${this.g.url}/`) {
            await this.page.goto(target);
        } else if (this.page.url() !== target) {
            // The router heard the event before: its listener is older.
            await this.page.evaluate((hash) => new Promise((resolve) => {
                addEventListener('hashchange', resolve, { once: true });
                location.hash = hash;
            }), new URL(target).hash);
        }
        return this.ready();
    }

    /** Until the view that is shown (or `view`) has its first data; the view's name. */
    async ready(view = null) {
        const main = this.page.locator(view ? `main[data-view="${view}"][aria-busy="false"]` : 'main[data-view][aria-busy="false"]');
        await main.waitFor({ state: 'attached', timeout: READY_MS });
        return main.getAttribute('data-view');
    }

    async reload() {
        await this.page.reload();
        return this.ready();
    }

    // ---- what stands there ----

    /** The element of that role and name: by('button', 'Save'); names are strings, whole, or regular expressions. */
    by(role, name, more = {}) {
        return this.page.getByRole(role, name === undefined ? more : { name, exact: typeof name === 'string', ...more });
    }

    /** The open dialog, by its name. */
    async dialog(name) {
        const dialog = this.by('dialog', name);
        await dialog.waitFor();
        return dialog;
    }

    async noDialog() {
        await eventually(async () => await this.page.locator('dialog[open]').count() === 0, 'all dialogs are closed');
    }

    /** Waits for a message (a toast, or any live region) that holds the text. */
    async toast(text) {
        const said = this.page.locator('[role=status], [role=alert], [aria-live]').filter({ hasText: text });
        await said.first().waitFor({ state: 'attached' });
        return said.first();
    }

    async see(text) {
        await this.page.getByText(text).first().waitFor();
    }

    /** Drags one element's middle to another's, as a hand does. */
    async drag(from, to, { below = false } = {}) {
        await from.scrollIntoViewIfNeeded();
        const a = await from.boundingBox();
        const b = await to.boundingBox();
        const { mouse } = this.page;
        await mouse.move(a.x + a.width / 2, a.y + a.height / 2);
        await mouse.down();
        await mouse.move(b.x + b.width / 2, b.y + b.height * (below ? 0.9 : 0.1), { steps: 12 });
        await mouse.up();
    }

    /** Which element has the focus: its role or tag, and its name. */
    async focused() {
        return this.page.evaluate(() => {
            const e = document.activeElement;
            const name = e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent;
            return `${e.getAttribute('role') ?? e.tagName.toLowerCase()} ${name.trim()}`.trim();
        });
    }

    // ---- what every screen must hold ----

    /** Axe finds nothing, in the whole page or below a selector. */
    async axe(below = null) {
        const { cdp } = this;
        const { frameTree } = await cdp.send('Page.getFrameTree');
        const { executionContextId: contextId } = await cdp.send('Page.createIsolatedWorld',
            { frameId: frameTree.frame.id, worldName: AXE_WORLD });
        const run = async (expression) => {
            const { result, exceptionDetails } = await cdp.send('Runtime.evaluate',
                { expression, contextId, awaitPromise: true, returnByValue: true });
            if (exceptionDetails) {
                throw new Error(`axe: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
            }
            return result.value;
        };
        if (!await run('typeof axe === "object"')) {
            await run(`${axeText()}; true`);
        }
        const options = { runOnly: AXE_TAGS, resultTypes: ['violations'] };
        const found = await run(`axe.run(${JSON.stringify(below ?? 'html')}.length ? document.querySelector(`
            + `${JSON.stringify(below ?? 'html')}) : document, ${JSON.stringify(options)}).then((r) => r.violations.map((v) => `
            + `v.id + ' (' + v.help + '): ' + v.nodes.slice(0, 4).map((n) => n.target.join(' ') + ' ' + n.html.slice(0, 160) + ' '`
            + ` + (n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message ?? '')).join(' | ')))`);
        assert.deepEqual(found, [], 'axe finds');
    }

    /** Nothing makes the page scroll sideways. */
    async noOverflow() {
        const wide = await this.page.evaluate(() => {
            const root = document.documentElement;
            if (root.scrollWidth <= root.clientWidth) {
                return null;
            }
            const out = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > root.clientWidth + 0.5);
            const name = (e) => `${e.tagName.toLowerCase()}${e.id && `#${e.id}`}${e.classList.length ? `.${[...e.classList].join('.')}` : ''}`;
            return `${root.scrollWidth} > ${root.clientWidth}: ${out.slice(0, 6).map(name).join(', ')}`;
        });
        assert.equal(wide, null, 'the page scrolls sideways');
    }

    /** No word of the interface is missing in this language. */
    async untranslated() {
        const found = await this.page.evaluate(() => {
            const attributes = [...document.querySelectorAll('[title], [aria-label], [placeholder], [alt]')]
                .flatMap((e) => ['title', 'aria-label', 'placeholder', 'alt'].map((a) => e.getAttribute(a) ?? ''));
            return [document.title, document.body.textContent, ...attributes].join('\n').match(/‹[^›\n]*›/g) ?? [];
        });
        assert.deepEqual([...new Set(found)], [], 'words are missing');
    }

    /** No secret of the test stands in the page or is kept by the browser. */
    async noSecrets() {
        const text = await this.page.evaluate(() => [document.documentElement.outerHTML, JSON.stringify(localStorage),
            JSON.stringify(sessionStorage), ...[...document.querySelectorAll('input, textarea')].map((e) => e.value)].join('\n'));
        const shown = new Set([...(text.match(/[\w-]*CANARY[\w-]*/g) ?? [])].filter((s) => !this.g.shown.has(s)));
        assert.deepEqual([...shown], [], 'secrets are shown');
    }

    /** All of it at once: what the end of every screen's test calls. */
    async clean() {
        await this.noOverflow();
        await this.untranslated();
        await this.noSecrets();
        await this.axe();
    }

    /** A picture in BUILD/tests/panel/shots. */
    async shot(name, options = {}) {
        const file = path.join(process.env.PANEL_OUT ?? '.', 'shots', `${name}.png`);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        await this.page.screenshot({ path: file, animations: 'disabled', ...options });
        return file;
    }

    async close() {
        await this.page.close();
    }
}

/** A URL's path, without what stands before and after it. */
function where(url) {
    try {
        const u = new URL(url);
        return u.pathname + u.search;
    } catch {
        return url;
    }
}
