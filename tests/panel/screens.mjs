// SPDX-License-Identifier: MIT
// screens - every screen in one language, in both themes, on a phone and on a desk: it opens, nothing goes wrong, all can be read.
//
// test_screens_en.mjs and test_screens_zh.mjs play it side by side.  Axe looks at each screen four times: at each width in each
// language, at each width in each theme, in each language in each theme.

import { routes } from '../../www/lib/routes.js';
import { assert, channel, eventually, test } from './harness.mjs';

const WIDTHS = [1280, 390];
const FAMILIES = ['messages', 'chat', 'responses', 'gemini'];

// States that a screen must show without breaking: long names, a paused channel, one in reserve, one that fails, many keys.
export const channels = (g) => [
    channel('gpt', 'chat', g.up.url, { only: '[ "gpt*" ]', name: '"A relay with a name that somebody who likes words has given it"' }),
    channel('codex', 'responses', g.up.url, { only: '[ "codex*" ]', name: '"a-name-without-any-blank-that-goes-on-and-on-and-on-and-on"' }),
    channel('gemini', 'gemini', g.up.url, { only: '[ "gemini*" ]', name: '"谷歌的双子座渠道"', website: '"https://example.com/"' }),
    channel('claude', 'claude', g.up.url, { only: '[ "claude*" ]', keys: `[ ${[1, 2, 3, 4, 5, 6].map((i) => `"sk-CANARY-claude-000${i}"`).join(', ')} ]` }),
    channel('broken', 'claude', g.up.url, { only: '[ "broken*" ]', description: '"It never answers."' }),
    channel('paused', 'claude', g.up.url, { status: '"suspended"' }),
    channel('spare', 'claude', g.up.url, { status: '"disabled"' }),
].join(',\n');

let someRequest = '';

export async function prepare(g) {
    await g.script('model=broken   status=500 error=api_error:down\n');
    await g.traffic(2);
    for (let i = 0; i < 4; i++) {
        await g.message('broken-1');
    }
    const { key } = await g.must('POST', '/api/clients', { id: 'laptop', label: 'My laptop' });
    await g.message('claude-demo', { key });
    const listed = await eventually(async () => {
        const rows = (await g.must('GET', '/api/history?limit=50')).requests ?? [];
        return rows.length > 5 ? rows : null;
    }, 'the history has the requests');
    someRequest = listed.find((r) => r.status >= 400)?.id ?? listed[0].id;
}

/** The addresses of a screen: itself, and what can be opened in it. */
function addresses(name) {
    if (name === 'channels')
        return FAMILIES.map((family) => `#/channels/${family}`);
    return name === 'requests' ? ['#/requests', `#/requests/${someRequest}`] : [`#/${name}`];
}

/** PANEL_SHOTS=1: pictures, too. */
async function look(tab, name, address, { label, isAxed }) {
    assert.equal(await tab.go(address), name);
    for (const colorScheme of ['light', 'dark']) {
        await tab.page.emulateMedia({ colorScheme });
        for (const width of WIDTHS) {
            await tab.page.setViewportSize({ width, height: 800 });
            await tab.noOverflow();
            if (process.env.PANEL_SHOTS)
                await tab.shot(`${label}-${colorScheme}-${width}`);
            if (isAxed(colorScheme, width))
                await tab.axe();
        }
    }
    await tab.untranslated();
    await tab.noSecrets();
    await tab.page.setViewportSize({ width: WIDTHS[0], height: 800 });
}

/** The tests of one language; axed: the widths at which axe looks, of each theme. */
export function everyScreen(locale, axed) {
    const language = locale.slice(0, 2);
    const isAxed = (colorScheme, width) => axed[colorScheme] === width;
    for (const { name } of routes)
        test(name, async ({ tab }) => {
            for (const [i, address] of addresses(name).entries())
                await look(tab, name, address, { label: `${name}-${language}${i ? `-${i}` : ''}`, isAxed });
        }, { locale });
    test('login', async ({ tab }) => look(tab, 'login', '#/', { label: `login-${language}`, isAxed }), { locale, login: false });
}
