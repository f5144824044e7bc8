// SPDX-License-Identifier: MIT
// panel_steps - what a person does in the panel, one interaction each: how to come there, what to do, and when it is there.
//
// [name, prepare(page, go), act(page), isDone]: isDone is source text of a function for the page; a function of page that is called
// before act() may give it, so that it can say "another than now".

import { routes } from '../../www/lib/routes.js';

const exists = (selector) => `() => document.querySelector(${JSON.stringify(selector)})`;
const standing = (view) => exists(`main[data-view="${view}"][aria-busy="false"]`);
const gone = (selector) => `() => !document.querySelector(${JSON.stringify(selector)})`;

/** Another value of an expression than it has now. */
const other = (expression) => async (page) => {
    const before = await page.evaluate(expression);
    return `() => (${expression}) !== ${JSON.stringify(before)}`;
};

const hash = (address) => (page) => page.evaluate((to) => { location.hash = to; }, address);
const click = (selector) => (page) => page.locator(selector).first().click();
const press = (selector, key) => async (page) => { // the focus is there before: its event is none of ours
    await page.locator(selector).first().focus();
    await page.keyboard.press(key);
};
const choose = (selector, value) => (page) => page.locator(selector).first().selectOption(value);
const at = (...addresses) => async (page, go) => {
    for (const address of addresses)
        await go(address);
};
const then = (first, ...more) => async (page, go) => {
    await first(page, go);
    for (const f of more)
        await f(page, go);
};
const wait = (selector) => (page) => page.locator(selector).first().waitFor();
const empty = (selector) => (page) => page.locator(selector).first().fill('');

const ROWS = 'document.querySelectorAll(".channels > li:not([hidden])").length';
const FIRST = 'document.querySelector(".channels > li")?.dataset.id';
const REQUESTS = 'document.querySelectorAll("tr.request-row").length';
const value = (selector) => `document.querySelector(${JSON.stringify(selector)}).value`;
const text = (selector) => `document.querySelector(${JSON.stringify(selector)})?.textContent`;
const segment = (v) => (page) => page.locator(`.pickers input[value="${v}"] + span`).click();
const SETTLED = (v) => exists(`.stats-body[aria-busy="false"]`).replace('() => ', `() => document.querySelector('.pickers input[value="${v}"]').checked && `);

const openScreens = routes.map((r) => [`open ${r.name}`, at(r.name === 'about' ? '#/plugins' : '#/about'), hash(`#/${r.name}`), standing(r.name)]);

const channels = [
    ['channels: another client API', at('#/about', '#/channels/messages'), hash('#/channels/chat'), exists('.tabs a[href$="/chat"][aria-current="page"]')],
    ['channels: a letter into the search', then(at('#/channels/messages'), empty('.channel-search input')), press('.channel-search input', 'z'), other(ROWS)],
    ['channels: only those that serve', at('#/about', '#/channels/messages'), choose('.channel-filters select', 'reserve'), other(ROWS)],
    ['channels: one down, by key', at('#/about', '#/channels/messages'), press('.channels .grip', 'ArrowDown'), other(FIRST)],
    ['channels: to the end, by key', at('#/about', '#/channels/messages'), press('.channels .grip', 'End'), other(FIRST)],
    ['channels: the menu of one', at('#/about', '#/channels/messages'), click('.channel-acts button'), exists('.menu:popover-open [role=menuitem]')],
    ['channels: numbers of one', at('#/about', '#/channels/messages'), click('.figure.rate button'), exists('dialog[open], .channel-details')],
    ['channels: the editor of one', at('#/about', '#/channels/messages'), click('.channel-name'), exists('dialog[open] [data-path=name] input')],
    ['editor: a letter', then(at('#/about', '#/channels/messages'), click('.view-actions .primary'), wait('.editor-quick textarea')), press('.editor-quick textarea', 'x'),
        other(value('.editor-quick textarea'))],
    ['editor: a section', then(at('#/about', '#/channels/messages'), click('.channel-name'), wait('dialog[open] details:not([open]) summary')), click('dialog[open] details:not([open]) summary'),
        other('document.querySelectorAll("dialog[open] details[open]").length')],
    ['keys: the ten of a channel', then(at('#/about', '#/channels/messages'), click('.channel-acts button')), (page) => page.getByRole('menuitem', { name: /keys/i }).first().click(),
        exists('dialog[open] li + li, dialog[open] tbody tr + tr')],
];

const requests = [
    ['requests: those that were served', at('#/about', '#/requests'), choose('.filter-bar select >> nth=1', 'served'), exists('.filter-chip')],
    ['requests: the last 7 days', at('#/about', '#/requests'), choose('.filter-bar select >> nth=0', '7d'), exists('.filter-chip')],
    ['requests: a letter into the search', then(at('#/about', '#/requests'), empty('.filter-bar input')), press('.filter-bar input', 'z'), other(value('.filter-bar input'))],
    ['requests: the next page', at('#/about', '#/requests'), click('.list-foot button'), other(REQUESTS)],
    ['requests: one of them', at('#/about', '#/requests'), click('tr.request-row a'), exists('dialog[open] .dialog-body')],
    ['requests: and back', then(at('#/about', '#/requests'), click('tr.request-row a'), wait('dialog[open]')), (page) => page.keyboard.press('Escape'), gone('dialog[open]')],
    ['requests: all filters', at('#/about', '#/requests'), click('.filter-bar button[aria-controls]'), exists('.filter-fields:not([hidden])')],
];

const statistics = [
    ...[['7d', 'the last 7 days'], ['30d', 'the last 30 days']].map(([v, name]) => [`statistics: ${name}`, at('#/about', '#/statistics'), segment(v), SETTLED(v)]),
    ...[['channel', '100 channels'], ['key', '1,000 keys'], ['model', 'by model']].map(([v, name]) => [`statistics: ${name}`, at('#/about', '#/statistics'), segment(v), SETTLED(v)]),
    ['statistics: sorted otherwise', at('#/about', '#/statistics?by=channel'), click('th .sort'), other('document.querySelector("[aria-sort=ascending], [aria-sort=descending]").textContent')],
    ['statistics: tokens', at('#/about', '#/statistics'), (page) => page.locator('.stats-body .tabs button').nth(1).click(), other('document.querySelectorAll(".charts canvas").length + document.querySelector(".charts h2").textContent')],
];

const rest = [
    ['logs: a letter into the search', then(at('#/about', '#/logs'), empty('.log-tools input[type=search]')), press('.log-tools input[type=search]', 'z'), other(value('.log-tools input[type=search]'))],
    ['logs: errors alone', at('#/about', '#/logs'), (page) => page.locator('.log-tools input[value=error] + span').click(), exists('.log-tools input[value=error]:checked')],
    ['clients: the editor', at('#/about', '#/clients'), click('.view-actions button'), exists('dialog[open] input')],
    ['settings: a letter into the search', then(at('#/about', '#/settings')), press('main input[type=search]', 'q'), other('document.querySelectorAll("main .option:not([hidden])").length')],
    ['configuration: a letter into the search', at('#/about', '#/generations'), press('main input[type=search]', 'z'), other(value('main input[type=search]'))],
    ['setup: a letter of the model', at('#/about', '#/setup'), press('#setup-model', 'x'), other(text('.snippet code'))],
    ['setup: another client', at('#/about', '#/setup'), (page) => page.locator('main .tabs button').nth(2).click(), other(text('.snippet code'))],
    ['try: a letter', at('#/about', '#/try'), press('main textarea', 'x'), other(value('main textarea'))],
    ['the other language, at 100 channels', at('#/channels/messages'), async (page) => {
        const zh = await page.evaluate(() => document.documentElement.lang.startsWith('zh'));
        await page.locator('.shell-tools .menu-holder button').nth(1).click();
        await page.getByRole('menuitem', { name: zh ? 'English' : '中文' }).click();
    }, other('document.documentElement.lang + document.querySelector("main[aria-busy=false] h1")?.textContent')],
];

export const steps = [...openScreens, ...channels, ...requests, ...statistics, ...rest];
