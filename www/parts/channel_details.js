// SPDX-License-Identifier: MIT
// channel_details - a channel's numbers: sums of four windows, and its keys over time.

import { get } from '../lib/api.js';
import { openDialog } from '../lib/dialog.js';
import { number, percent, short, took } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { follow } from '../lib/live.js';
import { signal } from '../lib/signal.js';
import { nameOf } from './channel_acts.js';
import { trend } from './channel_trend.js';
import { notice } from './ui.js';
import '../text/channels.js';

const WINDOWS = ['15m', '1h', '6h', '24h'];
const MOST = 2048;
const LOAD_MS = 5000;

const rows = [
    ['channels.requests', (s) => number(s.requests)],
    ['channels.failed', (s) => number(s.failed)],
    ['channels.rate', (s) => percent(s.success_rate, 1)],
    ['channels.cache', (s) => percent(s.cache_hit_rate)],
    ['channels.cacheRead', (s) => short(s.cache_read_tokens)],
    ['channels.cacheWrite', (s) => short(s.cache_write_5m_tokens + s.cache_write_1h_tokens)],
    ['channels.tokensIn', (s) => short(s.input_tokens)],
    ['channels.tokensOut', (s) => short(s.output_tokens)],
    ['channels.firstContent', (s) => took(s.first_content_p50_ms)],
];

// A step of Tab, because a narrow window scrolls it.
const table = (caption, sums) => h('div', {
    class: 'table-box keep', tabindex: '0', role: 'region', 'aria-label': caption },
    h('table', { class: 'details-table' }, h('caption', { class: 'unseen' }, caption),
        h('thead', h('tr', h('th', { scope: 'col' }, t('channels.window')),
            WINDOWS.map((w) => h('th', { scope: 'col', class: 'number' }, t(`channels.window.${w}`))))),
        h('tbody', rows.map(([key, cell]) => h('tr', h('th', { scope: 'row' }, t(key)),
            sums.map((s) => h('td', { class: 'number' }, s ? cell(s) : number(null))))))));

async function loadSums(id) {
    const ask = (window) => get('api/statistics', { window, by: 'channel', limit: MOST });
    const all = await Promise.all(WINDOWS.map(ask));
    return all.map((answer) => answer.rows.find((row) => (row.channel ?? row.name) === id) ?? null);
}

function sumsOf(c, caption) {
    const told = signal(null);
    const load = async () => told.set(await loadSums(c.id));
    load().catch((e) => told.set(e));
    follow(['stats'], load, { ms: LOAD_MS });
    return h('div', { 'aria-live': 'off' }, () => {
        const v = told();
        if (!v)
            return h('p', { class: 'soft' }, t('common.loading'));
        if (v instanceof Error)
            return notice('bad', v.status === 0 ? t('common.unreachable') : v.message);
        return v.some(Boolean) ? table(caption, v) : h('p', { class: 'soft' }, t('channels.nothing'));
    });
}

export function openDetails(c) {
    const title = t('channels.details', { name: nameOf(c) });
    return openDialog({
        title, size: 'large',
        build: (close) => ({
            body: [sumsOf(c, title), trend(c)],
            actions: [h('a', { class: 'button', onclick: () => close(),
                href: `#/requests?channel=${encodeURIComponent(c.id)}` }, icon('list'), h('span', t('channels.seeRequests')))],
        }),
    });
}
