// SPDX-License-Identifier: MIT
// panel_load - what open tabs of the panel cost those who ask models: the same requests with none, with twenty that look on, and with twenty behind.

import fs from 'node:fs';

import { openTab } from '../panel/tab.mjs';

const TABS = 20;
const AT_ONCE = 8;
const REQUESTS = 2000;

const TICK_US = 10000; // of /proc/PID/stat; source: getconf CLK_TCK, 100

/** us of CPU that the gateway has had by now; NaN where its process is not known. */
function cpu(pid) {
    if (!pid)
        return NaN;
    const [user, system] = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).map(Number);
    return (user + system) * TICK_US;
}

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

/** REQUESTS requests, so many at once: { rps, p50, p99 } in ms, and us of the gateway's CPU for each: its share of what tabs ask is in it. */
async function ask(g, pid) {
    const took = [];
    let left = REQUESTS;
    const before = cpu(pid);
    const begun = performance.now();
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
        while (left-- > 0) {
            const from = performance.now();
            await g.message('claude-demo');
            took.push(performance.now() - from);
        }
    }));
    const s = (performance.now() - begun) / 1000;
    took.sort((a, b) => a - b);
    return { rps: took.length / s, p50: at(took, 0.5), p99: at(took, 0.99), us: (cpu(pid) - before) / took.length };
}

/** Tabs in contexts of their own: as many browsers, each with a stream. */
async function tabs(g, browser) {
    const all = [];
    for (let i = 0; i < TABS; i++) {
        const tab = await openTab(browser, g, { patience: 60000 });
        await tab.login();
        await tab.go(i % 2 ? '#/overview' : '#/channels/messages');
        all.push(tab);
    }
    return all;
}

const hide = (all) => Promise.all(all.map((t) => t.page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { get: () => true });
    document.dispatchEvent(new Event('visibilitychange'));
})));

const middle = (list, name) => list.map((x) => x[name]).sort((a, b) => a - b)[Math.floor(list.length / 2)];

function tell(name, list) {
    console.log(`${name.padEnd(28)}${middle(list, 'rps').toFixed(0).padStart(10)}${middle(list, 'p50').toFixed(2).padStart(10)}${middle(list, 'p99').toFixed(2).padStart(10)}${middle(list, 'us').toFixed(0).padStart(10)}`);
}

export async function load(g, browser, rounds, pid = g.child?.pid) {
    const some = async () => {
        const list = [];
        for (let i = 0; i < rounds; i++)
            list.push(await ask(g, pid));
        return list;
    };
    await ask(g, pid);
    console.log(`${REQUESTS} requests, ${AT_ONCE} at once; the median of ${rounds}${' '.repeat(6)}a second   p50 ms    p99 ms    CPU us`);
    tell('no tab', await some());
    const all = await tabs(g, browser);
    tell(`${TABS} tabs that look on`, await some());
    await hide(all);
    for (const t of all)
        await t.page.locator('.connection', { hasText: 'Paused' }).waitFor();
    tell(`${TABS} tabs behind others`, await some());
    await Promise.all(all.map((t) => t.context.close()));
    tell('no tab again', await some());
}
