// SPDX-License-Identifier: MIT
// panel - what panel.py starts: each interaction several times in a browser, and a table of medians.
//
// A time begins with the event that the page hears (a key, a click, a change of the address) and ends with the first
// picture that shows what was wanted: the frame after the one in which it stood in the document.

import path from 'node:path';

import { routes } from '../../www/lib/routes.js';
import { fill } from '../panel/fill.mjs';
import { Gateway, channel, eventually } from '../panel/gateway.mjs';
import { launch, openTab } from '../panel/tab.mjs';

const CHANNELS = 100;
const KEYS = 10;
const LIMIT_MS = 100;
const WAIT_MS = 15000;

const argv = process.argv.slice(2);
const option = (name, or) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : or);
const source = path.resolve(option('--source', '.'));
const build = path.resolve(option('--build', 'build'));
const rows = Number(option('--rows', 1000000));
const rounds = Number(option('--rounds', 5));

/** Runs in the page: settles with how many ms after the next event `isDone` was painted. */
function armed(isDone, waitMs) {
    return new Promise((resolve) => {
        let begun = 0;
        const kinds = ['pointerdown', 'keydown', 'hashchange', 'dragstart', 'pointerup'];
        const begin = (e) => {
            begun ||= e.timeStamp;
            if (e.type === 'pointerup')
                begun = e.timeStamp;
        };
        kinds.forEach((kind) => addEventListener(kind, begin, { capture: true }));
        const end = (value) => {
            kinds.forEach((kind) => removeEventListener(kind, begin, { capture: true }));
            resolve(value);
        };
        const until = performance.now() + waitMs;
        const look = () => {
            if (begun && isDone()) {
                requestAnimationFrame(() => {
                    const { port1, port2 } = new MessageChannel();
                    port1.onmessage = () => end(performance.now() - begun);
                    port2.postMessage(0);
                });
            } else if (performance.now() > until) {
                end(null);
            } else {
                requestAnimationFrame(look);
            }
        };
        look();
    });
}

/** ms from the event that act() causes until `isDone`, source text of a function for the page, holds; null: it never did. */
async function time(tab, isDone, act) {
    const measured = tab.page.evaluate(`(${armed})(${isDone}, ${WAIT_MS})`);
    measured.catch(() => {}); // told where it is awaited, or not of interest any more
    await act();
    return measured;
}

const standing = (view) => `() => document.querySelector('main').dataset.view === '${view}' && document.querySelector('main').getAttribute('aria-busy') === 'false'`;
const ready = '() => document.querySelector("main").getAttribute("aria-busy") === "false"';
/** What stands in the screen's lists is another text than before, and nothing is awaited. */
async function changed(tab, what = 'main') {
    const before = await tab.page.locator(what).first().innerText();
    return `() => document.querySelector(${JSON.stringify(what)}).innerText !== ${JSON.stringify(before)} && (${ready})()`;
}

async function visit(tab, view, address = `#/${view}`) {
    return time(tab, standing(view), () => tab.page.evaluate((hash) => { location.hash = hash; }, address));
}

/** Interactions: [name, what prepares it, what is timed]. */
const steps = [
    ...routes.map((r) => [`open ${r.name}`, (tab) => tab.go(r.name === 'about' ? '#/plugins' : '#/about'), (tab) => visit(tab, r.name)]),
    ['open the 100 channels of one family', (tab) => tab.go('#/about'), (tab) => visit(tab, 'channels', '#/channels/messages')],
    ['switch the family', (tab) => tab.go('#/channels/messages'), async (tab) => {
        const isDone = await changed(tab);
        return time(tab, isDone, () => tab.page.evaluate(() => { location.hash = '#/channels/chat'; }));
    }],
    ['move a channel down by key', (tab) => tab.go('#/channels/messages'), async (tab) => {
        const down = tab.page.getByRole('button', { name: /down|later|lower/i }).first();
        await down.focus();
        const isDone = await changed(tab);
        return time(tab, isDone, () => tab.page.keyboard.press('Enter'));
    }],
    ['open the editor of a channel', async (tab) => {
        await tab.go('#/about');
        await tab.go('#/channels/messages');
    }, async (tab) => {
        const edit = tab.page.getByRole('button', { name: /edit|add/i }).first();
        const took = await time(tab, '() => document.querySelector("dialog[open]")', () => edit.click());
        await tab.page.keyboard.press('Escape');
        return took;
    }],
    ['find a channel', (tab) => tab.go('#/channels/messages'), async (tab) => {
        const box = tab.page.getByRole('searchbox').first();
        await box.fill('');
        const isDone = await changed(tab);
        const took = await time(tab, isDone, () => box.press('7'));
        await box.fill('');
        return took;
    }],
    ['requests: only those that failed', (tab) => tab.go('#/requests'), async (tab) => {
        const isDone = await changed(tab);
        return time(tab, isDone, () => tab.page.evaluate(() => { location.hash = '#/requests?outcome=failed'; }));
    }],
    ['requests: the next page', async (tab) => {
        await tab.go('#/about');
        await tab.go('#/requests');
    }, async (tab) => {
        const more = tab.page.getByRole('button', { name: /next|older|more/i }).last();
        const isDone = await changed(tab);
        return time(tab, isDone, () => more.click());
    }],
    ['statistics: the last 7 days', (tab) => tab.go('#/statistics'), async (tab) => {
        await tab.page.getByText('24', { exact: false }).first().click().catch(() => {});
        const isDone = await changed(tab);
        return time(tab, isDone, () => tab.page.getByText(/7 ?d/).first().click());
    }],
];

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];

async function measure(tab, [name, prepare, run]) {
    const took = [];
    try {
        for (let i = 0; i < rounds; i++) {
            await prepare(tab);
            const ms = await run(tab);
            if (ms === null) {
                throw new Error(`nothing in ${WAIT_MS} ms`);
            }
            took.push(ms);
        }
    } catch (e) {
        console.log(`${name.padEnd(44)}      –   ${String(e.message).split('\n')[0]}`);
        return;
    }
    const mark = median(took) > LIMIT_MS ? `   MORE THAN ${LIMIT_MS} ms` : '';
    console.log(`${name.padEnd(44)}${median(took).toFixed(0).padStart(7)}${Math.max(...took).toFixed(0).padStart(9)}${mark}`);
}

function listed(g) {
    const keys = (i) => `[ ${Array.from({ length: KEYS }, (_, k) => `"sk-ant-bench-${i}-${k}"`).join(', ')} ]`;
    return Array.from({ length: CHANNELS }, (_, i) => channel(`c${i}`, 'claude', g.up.url, { keys: keys(i) })).join(',\n');
}

async function prepared(g) {
    await g.startUpstream();
    g.configure('', listed(g));
    await g.start();
    const begun = Date.now();
    const ids = Array.from({ length: CHANNELS }, (_, i) => ({ id: `c${i}` }));
    await fill(g, rows, { hours: 24 * 29, channels: ids, tell: (n) => process.stderr.write(`\rhistory: ${n} rows `) });
    const isWritten = async () => {
        const { written, waiting } = await g.must('GET', '/api/history/state');
        return waiting === 0 && written >= rows;
    };
    await eventually(isWritten, 'the history is written', 600000);
    await g.traffic(3);
    process.stderr.write(`in ${((Date.now() - begun) / 1000).toFixed(0)} s\n`);
}

const g = new Gateway(source, build);
let browser = null;
try {
    await prepared(g);
    browser = await launch();
    const tab = await openTab(browser, g, { patience: 3000 });
    await tab.login();
    await tab.go('#/about');
    console.log(`${CHANNELS} channels, ${KEYS} keys each, ${rows} requests; ms to the picture, of ${rounds}`);
    console.log(`${''.padEnd(44)} median  longest`);
    for (const step of steps) {
        await measure(tab, step);
    }
} finally {
    await browser?.close();
    await g.close();
}
