// SPDX-License-Identifier: MIT
// channel_details - a channel's numbers of four windows, in a table beside what was pressed.

import { get } from '../lib/api.js';
import { hang } from '../lib/dialog.js';
import { number, percent, short, took } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { here, inScope, scope, signal } from '../lib/signal.js';
import { nameOf } from './channel_acts.js';

const WINDOWS = ['15m', '1h', '6h', '24h'];
const MOST = 2048;

const rows = () => [
    ['channels.requests', (s) => number(s.requests)],
    ['channels.failed', (s) => number(s.failed)],
    ['channels.rate', (s) => percent(s.success_rate, 1)],
    ['channels.cache', (s) => percent(s.cache_hit_rate)],
    ['channels.cacheRead', (s) => short(s.cache_read_tokens)],
    ['channels.cacheWrite', (s) => short(s.cache_write_5m_tokens + s.cache_write_1h_tokens)],
    ['channels.tokens', (s) => short(s.input_tokens + s.output_tokens)],
    ['channels.firstContent', (s) => took(s.first_content_p50_ms)],
];

const table = (sums) => h('table', { class: 'details-table' },
    h('thead', h('tr', h('th', { scope: 'col' }, t('channels.window')), WINDOWS.map((w) => h('th', { scope: 'col', class: 'number' }, w)))),
    h('tbody', rows().map(([key, cell]) => h('tr', h('th', { scope: 'row' }, t(key)), sums.map((s) => h('td', { class: 'number' }, s ? cell(s) : number(null)))))));

async function load(id) {
    const all = await Promise.all(WINDOWS.map((window) => get('api/statistics', { window, by: 'channel', limit: MOST })));
    return all.map((answer) => answer.rows.find((row) => (row.channel ?? row.name) === id) ?? null);
}

// One for the screen: {node, open(channel, opener)}.
export function makeDetails() {
    const where = here();
    const box = h('div', { class: 'menu details', popover: 'auto', role: 'dialog', tabindex: '-1' });
    let life = null;
    let opener = null;
    const fill = (c, told) => {
        life?.end();
        life = inScope(where, () => scope(() => {
            box.replaceChildren(h('h3', t('channels.details', { name: nameOf(c) })), h('div', { 'aria-live': 'polite' }, () => {
                const v = told();
                if (!v)
                    return h('p', { class: 'soft' }, t('common.loading'));
                if (v instanceof Error)
                    return h('p', { class: 'bad-text' }, v.status === 0 ? t('common.unreachable') : v.message);
                return v.some(Boolean) ? table(v) : h('p', { class: 'soft' }, t('channels.nothing'));
            }));
        }));
    };
    box.addEventListener('toggle', (e) => {
        if (e.newState === 'closed' && (box.contains(document.activeElement) || document.activeElement === document.body))
            opener?.focus({ preventScroll: true });
    });
    const open = async (c, from) => {
        const told = signal(null);
        opener = from;
        box.setAttribute('aria-label', t('channels.details', { name: nameOf(c) }));
        fill(c, told);
        box.showPopover();
        hang(box, from);
        box.focus({ preventScroll: true });
        told.set(await load(c.id).catch((e) => e));
        await Promise.resolve();
        requestAnimationFrame(() => box.matches(':popover-open') && hang(box, from));
    };
    return { node: box, open };
}
