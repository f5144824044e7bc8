// SPDX-License-Identifier: MIT
// pictures - each screen of the panel in both themes, with the demonstration's channels and some days of traffic behind them.

import fs from 'node:fs';
import path from 'node:path';

import { routes } from '../../www/lib/routes.js';
import { fill } from './fill.mjs';
import { Gateway } from './gateway.mjs';
import { launch, openTab } from './tab.mjs';

const WIDTH = 1280;
const HEIGHT = 860;
const QUALITY = 88;

const words = process.argv.slice(2);
const option = (name) => (words.includes(name) ? words.splice(words.indexOf(name), 2)[1] : '.');
const source = path.resolve(option('--source'));
const build = path.resolve(option('--build'));
const out = path.join(source, 'doc/screenshots');

/** Client keys, a past of four days, some requests of now; one channel rests. */
async function prepare(g) {
    for (const [id, label] of [['laptop', 'My laptop'], ['ci', 'Continuous integration'], ['team', 'The team']]) {
        await g.must('POST', '/api/clients', { id, label });
    }
    const { channels } = await g.must('GET', '/api/channels');
    const family = { claude: 'messages', chat: 'chat', responses: 'responses', gemini: 'gemini' };
    const keys = (c) => c.keys?.[0]?.id;
    const models = { claude: ['claude-opus-demo', 'claude-sonnet-demo', 'claude-haiku-demo'], chat: ['gpt-demo'], responses: ['codex-demo'], gemini: ['gemini-demo'] };
    const past = [...channels].reverse().map((c) => ({ id: c.id, dialect: c.dialect, family: family[c.dialect], models: models[c.dialect], key: keys(c) }));
    await fill(g, 6000, { hours: 96, channels: past, clients: ['laptop', 'ci', 'team'] });
    await g.traffic(6);
    const streams = [];
    for (let i = 0; i < 40; i++) {
        const [model, family2] = [['claude-sonnet-demo', 'messages'], ['gpt-demo', 'chat'], ['gemini-demo', 'messages'], ['claude-opus-demo', 'messages']][i % 4];
        streams.push(g.message(model, { family: family2, stream: true, how: `pace=${20 + i} events=30` }).catch(() => {}));
        await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await g.message('codex-demo', { family: 'responses', how: 'status=529 error=overloaded_error:Overloaded' });
    return streams;
}

async function take(tab, name, route) {
    await tab.go(route);
    await tab.page.mouse.move(0, 0);
    await tab.page.evaluate(() => document.activeElement?.blur());
    await new Promise((resolve) => setTimeout(resolve, 400));
    const { data } = await tab.cdp.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
    fs.writeFileSync(path.join(out, `${name}.webp`), Buffer.from(data, 'base64'));
    console.log(`doc/screenshots/${name}.webp  ${Math.ceil(Buffer.from(data, 'base64').length / 1024)} KB`);
}

async function main() {
    fs.mkdirSync(out, { recursive: true });
    const g = new Gateway(source, build);
    let browser = null;
    try {
        await g.startUpstream();
        const demo = fs.readFileSync(path.join(source, 'conf/demo.conf'), 'utf8').replaceAll('@SIM@', `127.0.0.1:${g.up.port}`);
        g.configure(demo, null);
        await g.start();
        browser = await launch();
        const streams = await prepare(g);
        const chosen = routes.map((r) => r.name).filter((name) => !words.length || words.includes(name));
        for (const colorScheme of ['light', 'dark']) {
            const tab = await openTab(browser, g, { colorScheme, width: WIDTH, height: HEIGHT });
            await tab.login();
            for (const name of chosen) {
                await take(tab, `${name}-${colorScheme}`, name === 'channels' ? '#/channels/messages' : `#/${name}`);
            }
            await tab.context.close();
        }
        if (!words.length || words.includes('overview')) {
            const tab = await openTab(browser, g, { locale: 'zh-CN', width: 390, height: 844 });
            await tab.login();
            await take(tab, 'overview-phone-zh', '#/overview');
        }
        await Promise.all(streams);
    } finally {
        await browser?.close();
        await g.close();
    }
}

await main();
