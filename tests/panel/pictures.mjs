// SPDX-License-Identifier: MIT
// pictures - each screen of the panel in both themes, as scene.mjs sets it; small enough for a README.

import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { eventually, Gateway } from './gateway.mjs';
import { ANSWERED, QUESTION, setScene } from './scene.mjs';
import { launch, openTab } from './tab.mjs';

const WIDTH = 1280;
const HEIGHT = 860;
const WHOLE = true;
const QUALITY = 62;
const BUSY_S = 200; // so long is there traffic before what is live is taken: charts and strips are full
const LIVE = new Set(['scheduler', 'clients', 'channels', 'editor', 'keys', 'requests', 'request', 'logs', 'overview']);

const words = process.argv.slice(2);
const option = (name, usual) => (words.includes(name) ? words.splice(words.indexOf(name), 2)[1] : usual);
const source = path.resolve(option('--source', '.'));
const build = path.resolve(option('--build', '.'));
const out = path.resolve(option('--out', path.join(source, 'doc/screenshots')));

/** The latest request of now that failed at one channel and went on to another. */
const retried = (g) => eventually(async () => {
    const { requests } = await g.must('GET', '/api/history?limit=200');
    return requests.find((r) => r.attempts > 1 && !r.id.startsWith('fill-') && r.status === 200);
}, 'a request was tried twice');

async function numbers(g) {
    const { generations } = await g.must('GET', '/api/config/history');
    return generations.map((x) => x.number);
}

async function openDialog(tab, button) {
    await tab.page.getByRole('button', button).first().click();
    await tab.page.locator('dialog[open]').waitFor();
}

async function askIt(tab) {
    const { page } = tab;
    await page.getByLabel('Model', { exact: true }).fill('claude-sonnet-4-5');
    await page.getByRole('textbox', { name: 'Message' }).fill(QUESTION);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText(ANSWERED).first().waitFor();
    await page.getByRole('button', { name: 'Send' }).waitFor();
}

async function askToRestore(tab, g) {
    const number = (await numbers(g))[3];
    await tab.by('button', `Restore generation ${number}`).click();
    await tab.page.locator('dialog[open] li:is(.add, .cut)').first().waitFor();
}

/** name → [address, what is done there before the picture is taken, WHOLE: as high as the page is] */
const pictures = {
    plugins: ['#/plugins'],
    about: ['#/about'],
    setup: ['#/setup'],
    settings: ['#/settings', (tab) => tab.page.locator('main nav').getByText('Scheduler', { exact: true }).click()],
    generations: ['#/generations', askToRestore],
    try: ['#/try', askIt],
    statistics: ['#/statistics?range=24h&by=channel&view=tokens', null, WHOLE],
    scheduler: ['#/scheduler?family=messages&model=claude-sonnet-4-5'],
    clients: ['#/clients'],
    channels: ['#/channels/messages', null, WHOLE],
    editor: ['#/channels/messages', (tab) => openDialog(tab, { name: 'Relay Frankfurt', exact: true })],
    keys: ['#/channels/messages', (tab) => openDialog(tab, { name: /^Keys of Relay Frankfurt/ })],
    requests: ['#/requests'],
    request: [async (g) => `#/requests/${(await retried(g)).id}`, (tab) => tab.page.locator('dialog[open]').waitFor()],
    logs: ['#/logs'],
    overview: ['#/overview', null, WHOLE],
};

async function take(tab, name) {
    await tab.page.mouse.move(0, 0);
    await tab.page.evaluate(() => document.activeElement?.blur());
    await tab.page.evaluate(() => document.fonts.ready.then(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))));
    await tab.noOverflow();
    const { data } = await tab.cdp.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
    const bytes = Buffer.from(data, 'base64');
    fs.writeFileSync(path.join(out, `${name}.webp`), bytes);
    console.log(`${path.relative(source, out)}/${name}.webp  ${Math.ceil(bytes.length / 1024)} KB`);
    return bytes.length;
}

/** Opens a tab that is the only one of its browser context, has it used, and closes it. */
async function inTab(browser, g, options, use) {
    const tab = await openTab(browser, g, options);
    try {
        return await use(tab);
    } finally {
        await tab.context.close();
    }
}

/** In the page: no chart is empty; one whose size changes is, for a moment. */
function isDrawn() {
    const canvases = [...document.querySelectorAll('.chart canvas')];
    return canvases.every((c) => c.width > 100 && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v > 0));
}

async function takeAll(browser, g, chosen) {
    let sum = 0;
    const startMs = Date.now();
    for (const name of chosen) {
        const [address, act, isWhole] = pictures[name];
        if (LIVE.has(name)) {
            await new Promise((resolve) => setTimeout(resolve, Math.max(0, startMs + BUSY_S * 1000 - Date.now())));
        }
        for (const colorScheme of ['light', 'dark']) {
            sum += await inTab(browser, g, { colorScheme, width: WIDTH, height: HEIGHT }, async (tab) => {
                await tab.login();
                await tab.go(typeof address === 'function' ? await address(g) : address);
                await act?.(tab, g);
                if (isWhole) {
                    const height = await tab.page.evaluate(() => document.documentElement.scrollHeight);
                    await tab.page.setViewportSize({ width: WIDTH, height });
                }
                await eventually(() => tab.page.evaluate(isDrawn), 'charts are drawn');
                return take(tab, `${name}-${colorScheme}`);
            });
        }
    }
    return sum;
}

/** Who is not logged in; a phone. */
async function takeOthers(browser, g) {
    let sum = 0;
    for (const colorScheme of ['light', 'dark']) {
        sum += await inTab(browser, g, { colorScheme, width: WIDTH, height: HEIGHT }, async (tab) => {
            await tab.go('#/');
            return take(tab, `login-${colorScheme}`);
        });
    }
    return sum + await inTab(browser, g, { locale: 'zh-CN', colorScheme: 'dark', width: 390, height: 844 }, async (tab) => {
        await tab.login();
        await tab.go('#/overview');
        return take(tab, 'overview-phone-zh');
    });
}

async function main() {
    fs.mkdirSync(out, { recursive: true });
    const g = new Gateway(source, build);
    g.key = `demo-${crypto.randomBytes(12).toString('hex')}`;
    let browser = null;
    let endTraffic = null;
    try {
        await g.startUpstream();
        g.configure('', null);
        await g.start();
        browser = await launch();
        endTraffic = await setScene(g);
        const sum = await takeAll(browser, g, Object.keys(pictures).filter((name) => !words.length || words.includes(name)))
            + (words.length ? 0 : await takeOthers(browser, g));
        console.log(`${Math.ceil(sum / 1024)} KB in all`);
    } finally {
        await endTraffic?.();
        await browser?.close();
        await g.close();
    }
}

await main();
