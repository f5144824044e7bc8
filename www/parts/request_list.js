// SPDX-License-Identifier: MIT
// request_list - requests as rows of a table, with the columns that were chosen; a phone shows them as cards.
//
// What is over does not change: a row is made once and never followed, so that hundreds of them cost nothing.

import { bytes, dateTime, dayHour, money, NOTHING, number, percent, short, time, took } from '../lib/format.js';
import { each, h } from '../lib/h.js';
import { cacheRate, COLUMNS, columnsText } from '../lib/history.js';
import { t, tOr } from '../lib/i18n.js';
import { menuButton } from '../lib/dialog.js';
import { go, href, query, setQuery } from '../lib/router.js';
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
const model = (r) => h('span', { title: r.model ?? null }, plain(r.model),
    r.translated && h('span', { class: 'faint', title: t('requests.translated') }, ' ', h('span', { 'aria-hidden': 'true' }, '⇄'), h('span', { class: 'unseen' }, t('requests.translated'))));
const long = (v) => h('span', { title: v ?? null }, plain(v));

// name → {title, cell, isNumber}; in the order of COLUMNS.
const cells = {
    time: ['requests.time', opener],
    outcome: ['requests.outcomeHead', outcome],
    family: ['requests.family', (r) => tOr('family', r.family)],
    model: ['requests.model', model],
    channel: ['requests.channel', (r) => long(r.channel)],
    client: ['requests.client', (r) => long(r.client_label ?? r.client)],
    attempts: ['requests.attempts', (r) => (r.attempts > 1 ? h('strong', { class: 'warn-text' }, number(r.attempts)) : number(r.attempts)), true],
    content: ['requests.content', (r) => ms(r.content_us), true],
    total: ['requests.total', (r) => ms(r.total_us), true],
    input: ['requests.input', (r) => short(r.tokens?.input), true],
    output: ['requests.output', (r) => short(r.tokens?.output), true],
    cost: ['requests.cost', (r) => (r.cost_micro === undefined ? NOTHING : money(r.cost_micro, r.currency)), true],
    end: ['requests.end', (r) => long(r.error ?? (r.end === '--' ? '' : r.end))],
    key: ['requests.key', (r) => plain(r.key)],
    sent: ['requests.sent', (r) => long(r.model_sent)],
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

// A phone leaves out what is not known.
function cell(r, name) {
    const [title, make, isNumber] = cells[name];
    const td = h('td', { 'data-title': t(title) }, make(r));
    td.className = [`of-${name}`, isNumber && 'number', name === 'time' && 'nowrap', td.textContent === NOTHING && 'nothing'].filter(Boolean).join(' ');
    return td;
}

const row = (r, names) => h('tr', { class: 'request-row', 'data-id': r.id, onclick: opens(r) }, names.map((name) => cell(r, name)));

export function requestTable(rows, names) {
    const body = each(h('tbody'), rows, (r) => r.id, (r) => row(r.peek(), names));
    return h('div', { class: 'table-box', tabindex: '0', role: 'region', 'aria-label': t('requests.title') },
        h('table', { class: 'requests' }, h('caption', { class: 'unseen' }, t('requests.title')),
            h('thead', h('tr', names.map((name) => h('th', { scope: 'col', class: cells[name][2] ? 'number' : null }, t(cells[name][0]))))), body));
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
