// SPDX-License-Identifier: MIT
// play - runs the tests of one file against a gateway and a browser of its own; one line of TAP for each.
//
//     node play.mjs --source SRC --build BUILD [--keep] FILE [PART...]
//
// A file may export: `channels(g)`, the text of its channels; `conf`, more configuration, as text or as a function of g; `options`,
// more words of the command line; `prepare(g)`, called once the gateway runs.  After a test that failed, the next one gets a gateway that is new.

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { Gateway } from './gateway.mjs';
import { tests } from './harness.mjs';
import { Contexts, launch, openTab } from './tab.mjs';

const SECONDS = 60;

function wanted(argv) {
    const a = { source: '.', build: '.', keep: false, rest: [] };
    for (let i = 0; i < argv.length; i++) {
        if (argv[i] === '--keep') {
            a.keep = true;
        } else if (argv[i].startsWith('--')) {
            a[argv[i].slice(2)] = path.resolve(argv[++i]);
        } else {
            a.rest.push(argv[i]);
        }
    }
    const [file, ...parts] = a.rest;
    return { ...a, file: path.resolve(file), parts, base: path.basename(file).replace(/^test_|\.mjs$/g, '') };
}

async function begin(a, module) {
    const g = new Gateway(a.source, a.build);
    try {
        await g.startUpstream();
        g.options = module.options ?? [];
        const conf = module.conf ?? '';
        g.configure(typeof conf === 'function' ? conf(g) : conf, module.channels?.(g));
        await g.start();
        await module.prepare?.(g);
    } catch (e) {
        await g.close(a.keep).catch(() => {});
        throw e;
    }
    return g;
}

/** A test's contexts are of use to others, or go with it: after a failure, and where their clock was changed. */
async function leave(contexts, g, tabs, mayStay) {
    const giveBack = (context) => (mayStay && context.pages().length ? contexts.giveBack(context, g) : context.close());
    await Promise.all([...new Set(tabs.map((x) => x.context))].map((c) => giveBack(c).catch(() => c.close().catch(() => {}))));
}

/** Runs one test in contexts that no other test has; throws what went wrong. */
async function play(a, contexts, g, t) {
    const tabs = [];
    let isGood = false;
    const { browser } = contexts;
    const open = async ({ same = false, ...options } = {}) => {
        const all = { ...t.options, ...options };
        const tab = await openTab(browser, g, all, same ? tabs[0].context : await contexts.take(all));
        tabs.push(tab);
        if (!same && (options.login ?? t.options.login ?? true)) {
            await tab.login();
        }
        return tab;
    };
    let timer;
    const late = new Promise((_, reject) => {
        const seconds = t.options.seconds ?? SECONDS;
        timer = setTimeout(() => reject(new Error(`no end after ${seconds} s`)), seconds * 1000);
    });
    try {
        const tab = await open();
        tab.expectErrors(...t.options.expectErrors ?? []);
        if (t.options.login === false) {
            tab.expectErrors('401 GET /api/session');
        }
        await Promise.race([t.run({ tab, page: tab.page, g, browser, open }), late]);
        tabs.forEach((x) => x.verify());
        isGood = true;
    } catch (e) {
        throw new Error(`${e.stack ?? e}\n${await said(a, g, t, tabs)}`);
    } finally {
        clearTimeout(timer);
        await leave(contexts, g, tabs, isGood && !t.options.hasClock);
    }
}

/** What the tabs and the gateway said last; pictures of the tabs go to failed/. */
async function said(a, g, t, tabs) {
    const out = [];
    for (const [i, tab] of tabs.entries()) {
        const file = path.join(process.env.PANEL_OUT ?? '.', 'failed', `${a.base}-${t.name}-${i}.png`.replace(/[^\w.-]+/g, '_'));
        const taken = await tab.page.screenshot({ path: file, timeout: 5000 }).then(() => file, (e) => `no picture: ${e.message}`);
        out.push(`tab ${i} at ${tab.page.url()}, ${taken}`, ...tab.console.filter((l) => !l.includes('Failed to load resource')).slice(-10));
    }
    return [...out, 'the gateway:', ...g.log().split('\n').slice(-8).map((l) => l.slice(0, 240)), g.tail(10)].join('\n');
}

async function playAll(a, module) {
    let [g, browser, contexts, failed] = [null, null, null, 0];
    const chosen = tests.filter((t) => a.parts.length === 0 || a.parts.some((p) => `${a.base}/${t.name}`.includes(p)));
    try {
        for (const t of chosen) {
            const start = Date.now();
            let error = null;
            try {
                browser ??= await launch();
                contexts ??= new Contexts(browser);
                g ??= await begin(a, module);
                await play(a, contexts, g, t);
            } catch (e) {
                error = e;
            }
            failed += tell(`${a.base}/${t.name}`, error, Date.now() - start);
            if (g && (error || !g.isAlive)) {
                await g.close(a.keep && error).catch((e) => { failed += tell(`${a.base}: the gateway ends well`, e); });
                g = null;
            }
        }
    } finally {
        await browser?.close().catch(() => {});
        await g?.close().catch((e) => { failed += tell(`${a.base}: the gateway ends well`, e); });
    }
    return failed;
}

function tell(name, error, ms = 0) {
    console.log(`${error ? 'not ok' : 'ok'} - ${name}${ms > 10000 ? ` (${Math.round(ms / 1000)} s)` : ''}`);
    if (error) {
        console.log(String(error.message ?? error).split('\n').map((l) => `# ${l}`).join('\n'));
    }
    return error ? 1 : 0;
}

const a = wanted(process.argv.slice(2));
let failed = 0;
try {
    failed = await playAll(a, await import(pathToFileURL(a.file).href));
} catch (e) {
    failed = tell(`${a.base} can be read`, e);
}
process.exit(failed ? 1 : 0);
