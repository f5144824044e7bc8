// SPDX-License-Identifier: MIT
// panel - what panel.py starts: each interaction several times in a browser, and a table: the median and the longest.
//
// A time begins with the event that the page hears (a key, a click, a change of the address) and ends with the first
// picture that shows what was wanted: the frame after the one in which it stood in the document.  Beside it stands the CPU of the
// page's own thread, which other work on the machine does not change: until then, and what belongs to it but comes later.

import path from 'node:path';

import { fill } from '../panel/fill.mjs';
import { Gateway, channel, eventually } from '../panel/gateway.mjs';
import { launch, openTab } from '../panel/tab.mjs';
import { load } from './panel_load.mjs';
import { steps } from './panel_steps.mjs';

const CHANNELS = 100;
const KEYS = 10;
const LIMIT_MS = 100;
const WAIT_MS = 15000;

const argv = process.argv.slice(2);
const option = (name, or) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : or);
const source = path.resolve(option('--source', '.'));
const build = path.resolve(option('--build', 'build'));
const rows = Number(option('--rows', 1000000));
const rounds = Number(option('--rounds', 7));
const only = option('--only', '');

/** Runs in the page: settles with how many ms after the next event `isDone` was painted.  It looks when something changed, not each frame. */
function armed(isDone, waitMs) {
    return new Promise((resolve) => {
        let begun = 0;
        let isOver = false;
        const kinds = ['pointerdown', 'keydown', 'hashchange', 'pointerup', 'input'];
        const begin = (e) => {
            begun ||= e.timeStamp;
            if (e.type === 'pointerup')
                begun = e.timeStamp;
            setTimeout(look);
        };
        kinds.forEach((kind) => addEventListener(kind, begin, { capture: true }));
        const watch = new MutationObserver(() => look());
        const end = (value) => {
            isOver = true;
            clearTimeout(late);
            watch.disconnect();
            kinds.forEach((kind) => removeEventListener(kind, begin, { capture: true }));
            document.removeEventListener('toggle', look, { capture: true });
            requestAnimationFrame(() => {
                const { port1, port2 } = new MessageChannel();
                port1.onmessage = () => resolve(value ?? performance.now() - begun);
                port2.postMessage(0);
            });
        };
        const late = setTimeout(() => resolve(null), waitMs);
        const look = () => {
            if (begun && !isOver && isDone())
                end();
        };
        document.addEventListener('toggle', look, { capture: true });
        watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    });
}

/** ms from the event that act() causes until `isDone`, source text of a function for the page, holds; null: it never did. */
async function time(page, isDone, act) {
    const measured = page.evaluate(`(${armed})(${isDone}, ${WAIT_MS})`);
    measured.catch(() => {}); // told where it is awaited, or not of interest any more
    await act(page);
    return measured;
}

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];

/** Closes what stands above the screen, and what was typed there is given up. */
async function clear(page) {
    for (let i = 0; i < 6 && await page.locator('dialog[open], .menu:popover-open').count(); i++) {
        const leave = page.getByRole('button', { name: 'Leave without saving' });
        await (await leave.count() ? leave.click() : page.keyboard.press('Escape'));
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    }
}

/** ms of CPU that the page's thread has had by now: all, scripts, style, layout. */
async function cpu(tab) {
    const { metrics } = await tab.cdp.send('Performance.getMetrics');
    const of = (name) => metrics.find((m) => m.name === name).value * 1000;
    return [of('TaskDuration'), of('ScriptDuration'), of('RecalcStyleDuration'), of('LayoutDuration')];
}

async function measure(tab, [name, prepare, act, isDone]) {
    const { page } = tab;
    const took = [];
    const spent = [];
    try {
        for (let i = 0; i < rounds; i++) {
            await prepare(page, (address) => tab.go(address));
            const done = typeof isDone === 'function' ? await isDone(page) : isDone;
            const before = await cpu(tab);
            const ms = await time(page, done, act);
            const after = await cpu(tab);
            if (ms === null)
                throw new Error(`nothing in ${WAIT_MS} ms`);
            took.push(ms);
            spent.push(after.map((sum, part) => sum - before[part]));
            await clear(page);
        }
    } catch (e) {
        console.log(`${name.padEnd(44)}      –   ${String(e.message).split('\n')[0]}`);
        await clear(page);
        return;
    }
    const mark = median(took) > LIMIT_MS ? `   MORE THAN ${LIMIT_MS} ms` : '';
    const parts = [0, 1, 2, 3].map((i) => median(spent.map((x) => x[i])).toFixed(0).padStart(8)).join('');
    console.log(`${name.padEnd(44)}${median(took).toFixed(0).padStart(7)}${Math.max(...took).toFixed(0).padStart(9)}${parts}${mark}`);
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

// --gateway URL --key KEY [--pid PID]: one that runs already, as it is.
const given = option('--gateway', '');
const g = new Gateway(source, build);
let browser = null;
try {
    if (given)
        Object.assign(g, { url: given, key: option('--key', '') });
    else
        await prepared(g);
    browser = await launch();
    if (argv.includes('--load')) {
        await load(g, browser, rounds, Number(option('--pid', 0)) || undefined);
    } else {
        const tab = await openTab(browser, g, { patience: 3000 });
        await tab.login();
        await tab.cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
        await tab.go('#/about');
        console.log(`${CHANNELS} channels, ${KEYS} keys each, ${rows} requests; ms to the picture, of ${rounds}`);
        console.log(`${''.padEnd(44)} median  longest     CPU  script   style  layout`);
        for (const step of steps.filter(([name]) => name.includes(only)))
            await measure(tab, step);
    }
} finally {
    await browser?.close();
    await g.close();
}
