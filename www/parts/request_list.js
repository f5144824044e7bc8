// SPDX-License-Identifier: MIT
// request_list - requests as rows of a table, with the columns that were chosen; a phone shows them as cards.
//
// What is over does not change: a row is made once and never followed, so that hundreds of them cost nothing.  Columns have
// widths of their own, whatever stands in them: nothing moves when a row comes, and the browser need not look at rows that are not
// seen.  A table that is laid out as a grid is none any more for some browsers, so its roles are said.

import { bytes, dateTime, dayHour, money, NOTHING, number, percent, short, time, took } from '../lib/format.js';
import { each, h } from '../lib/h.js';
import { cacheRate, COLUMNS, columnsText } from '../lib/history.js';
import { t, tOr } from '../lib/i18n.js';
import { menuButton } from '../lib/dialog.js';
import { fitting } from '../lib/paint.js';
import { go, href, query, setQuery } from '../lib/router.js';
import { computed, effect } from '../lib/signal.js';
import { endWords, outcomeChip } from './request_detail.js';
import { outcomeText } from './timeline.js';
import { chip } from './ui.js';

const DAY_MS = 86400000;
const ms = (us) => (us === undefined ? NOTHING : took(us / 1000));
const plain = (v) => (v === undefined || v === '' ? NOTHING : v);
const when = (v) => (Date.now() - Date.parse(v) < DAY_MS ? time(v) : dayHour(v));

const opener = (r) => h('a', { href: () => href(['requests', r.id], query()), title: dateTime(r.time), 'aria-label': t('requests.open', { time: dateTime(r.time) }) }, when(r.time));

// More than one attempt, and an answer that somebody broke off, are said where it is seen; what went wrong in words for who points at it.
const outcome = (r) => h('span', { class: 'row tight', title: r.error ?? null }, outcomeChip(r),
    r.attempts > 1 && [chip(`×${number(r.attempts)}`, 'warn', { title: t('requests.tried', { n: r.attempts }) }), h('span', { class: 'unseen' }, t('requests.tried', { n: r.attempts }))],
    r.outcome === 'served' && r.end && r.end !== '--' && h('span', { class: 'faint', title: endWords(r) }, r.end));
const model = (r) => [plain(r.model),
    r.translated && h('span', { class: 'faint', title: t('requests.translated') }, ' ', h('span', { 'aria-hidden': 'true' }, '⇄'), h('span', { class: 'unseen' }, t('requests.translated')))];

// What is cut off is said in full to who points at it: a cell whose text is long.
const long = (title, value) => [title, (r) => plain(value(r)), false, value];

// name → [title, cell, isNumber, what is said in full]; in the order of COLUMNS.
const cells = {
    time: ['requests.time', opener],
    outcome: ['requests.outcomeHead', outcome],
    family: ['requests.family', (r) => tOr('family', r.family)],
    model: ['requests.model', model, false, (r) => r.model],
    channel: long('requests.channel', (r) => r.channel),
    client: long('requests.client', (r) => r.client_label ?? r.client),
    attempts: ['requests.attempts', (r) => (r.attempts > 1 ? h('strong', { class: 'warn-text' }, number(r.attempts)) : number(r.attempts)), true],
    content: ['requests.content', (r) => ms(r.content_us), true],
    total: ['requests.total', (r) => ms(r.total_us), true],
    input: ['requests.input', (r) => short(r.tokens?.input), true],
    output: ['requests.output', (r) => short(r.tokens?.output), true],
    cost: ['requests.cost', (r) => (r.cost_micro === undefined ? NOTHING : money(r.cost_micro, r.currency)), true],
    end: long('requests.end', (r) => r.error ?? (r.end === '--' ? '' : r.end)),
    key: ['requests.key', (r) => plain(r.key)],
    sent: long('requests.sent', (r) => r.model_sent),
    cache: ['requests.cache', (r) => percent(cacheRate(r.tokens)), true],
    bytes: ['requests.bytes', (r) => `${bytes(r.bytes_in)} / ${bytes(r.bytes_out)}`, true],
    session: ['requests.session', (r) => (r.session ? h('a', { class: 'mono', href: href(['requests'], { session: r.session }) }, r.session) : NOTHING)],
    id: ['requests.id', (r) => h('span', { class: 'mono' }, r.id)],
};

// Anywhere on a row opens it, but for links and texts that are being selected.
const opens = (r) => (e) => {
    if (e.target.closest('a, button') || e.ctrlKey || e.metaKey || String(getSelection()))
        return;
    go(['requests', r.id], query.peek());
};

// name → [the least width in em, the share of what is left].
const WIDTHS = {
    time: [6], outcome: [10.6], family: [6.7, 0.3], model: [9, 2], channel: [5.6, 1], client: [6.4, 1], attempts: [5.6], content: [7.6], total: [4.7], input: [4.3], output: [4.1],
    cost: [5.8], end: [8, 1.5], key: [6.5, 0.5], sent: [9, 2], cache: [4.6], bytes: [9.4], session: [13, 1], id: [17],
};
const OLD_TIME = 8.2; // with its day

// hasDays: some are older than a day.
function widthsOf(names, hasDays) {
    const all = names.map((name) => (name === 'time' && hasDays ? [OLD_TIME] : WIDTHS[name]));
    const tracks = all.map(([least, share]) => (share || names.length < 4 ? `minmax(${least}em, ${share || 1}fr)` : `${least}em`));
    return { '--tracks': tracks.join(' '), '--least': `${all.reduce((sum, [least]) => sum + least, 2)}em` };
}

// A phone leaves out what is not known.
function cell(r, name) {
    const [title, make, isNumber, full] = cells[name];
    const td = h('td', { role: 'cell', 'data-title': t(title), title: full?.(r) || null }, make(r));
    td.className = [`of-${name}`, isNumber && 'number', name === 'time' && 'nowrap', td.textContent === NOTHING && 'nothing'].filter(Boolean).join(' ');
    return td;
}

const row = (r, names) => h('tr', { role: 'row', class: 'request-row', 'data-id': r.id, onclick: opens(r) }, names.map((name) => cell(r, name)));

const rowPx = () => (innerWidth > 640 ? 35 : 200);

// abovePx: so much of the list is above the window.
export function requestTable(rows, names, abovePx = 0) {
    const most = fitting(rowPx()) + Math.ceil(abovePx / rowPx());
    const body = each(h('tbody', { role: 'rowgroup' }), rows, (r) => r.id, (r) => row(r.peek(), names), { most, rowPx: rowPx() });
    const hasDays = computed(() => Date.now() - Date.parse(rows().at(-1)?.time) > DAY_MS);
    const head = (name) => h('th', { role: 'columnheader', scope: 'col', class: cells[name][2] ? 'number' : null }, t(cells[name][0]));
    const table = h('table', { role: 'table', class: 'requests' }, h('caption', { class: 'unseen' }, t('requests.title')),
        h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, names.map(head))), body);
    effect(() => Object.entries(widthsOf(names, hasDays())).forEach(([name, value]) => table.style.setProperty(name, value)));
    return h('div', { class: 'table-box', tabindex: '0', role: 'region', 'aria-label': t('requests.title') }, table);
}

// names: a function of those that are shown.  At least one stays.
export function columnMenu(names) {
    const toggle = (name) => {
        const next = names().includes(name) ? names().filter((n) => n !== name) : [...names(), name];
        setQuery({ cols: next.length ? columnsText(next) : columnsText([name]) });
    };
    return menuButton({ label: t('requests.columns'), name: 'table', isText: true,
        items: () => COLUMNS.map((name) => ({ text: t(cells[name][0]), icon: names().includes(name) ? 'check' : 'plus', run: () => toggle(name) })) });
}

export const outcomeChoices = () => ['served', 'failed', 'cancelled'].map((value) => ({ value, text: outcomeText(value) }));
