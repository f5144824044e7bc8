// SPDX-License-Identifier: MIT
// scheduler_order - in which order channels are asked, by what strategy, and the numbers by which they are chosen.

import { number, took } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { href } from '../lib/router.js';
import { computed } from '../lib/signal.js';
import { alike } from './alike.js';
import { chip, table } from './ui.js';
import '../text/channels.js';
import '../text/scheduler.js';

const PLACES = 12;
const breakerTones = { closed: 'good', half_open: 'warn', open: 'bad', off: 'off' };

function breakerCell(c) {
    const state = c.breaker === 'off' ? 'off' : c.breaker.state;
    const hasCounts = state !== 'off' && c.breaker.results > 0;
    return h('div', { class: 'stack-tight' }, chip(t(`scheduler.breaker.${state}`), breakerTones[state]),
        hasCounts && h('span', { class: 'faint nowrap' }, t('scheduler.breakerCounts',
            { failures: number(c.breaker.failures), results: number(c.breaker.results) })));
}

const statusChip = (status) => status !== 'active'
    && chip(tOr('scheduler.status', status), 'off');

export const latencyTable = (rows, names) => table({ caption: t('scheduler.channelsTitle'), rows, columns: [
    { title: t('scheduler.channel'), isHead: true,
        cell: (c) => h('div', { class: 'row' }, h('strong', names.channel(c.id)),
            statusChip(c.status)) },
    { title: t('scheduler.breaker'), cell: breakerCell },
    { title: t('scheduler.load'), isNumber: true, cell: (c) => number(c.under_way) },
    { title: t('scheduler.first'), isNumber: true, cell: (c) => took(c.first_content_ms.mean) },
    { title: t('scheduler.firstP90'), isNumber: true,
        cell: (c) => took(c.first_content_ms.p90) },
    { title: t('scheduler.served'), isNumber: true, cell: (c) => number(c.served) },
    { title: t('scheduler.failed'), isNumber: true, cell: (c) => number(c.failed) },
] });

const chain = (order, names) => [
    h('ol', { class: 'chain' }, order.slice(0, PLACES).map((id, i) => h('li',
        h('span', { class: 'place' }, String(i + 1)), names.channel(id)))),
    order.length > PLACES && h('p', { class: 'soft' },
        t('explain.more', { n: order.length - PLACES }))];

const familyLink = (name) => h('a', { href: href(['channels', name]) }, tOr('family', name));

// families: a signal of a list.
export function orderTable(families, names) {
    const rows = computed(() => alike(families()));
    return table({ caption: t('scheduler.orderTitle'), rows, columns: [
        { title: t('scheduler.family'), isHead: true,
            cell: (f) => h('div', { class: 'stack-tight' }, f.names.map(familyLink)) },
        { title: t('scheduler.strategy'), cell: (f) => tOr('channels.strategy', f.strategy) },
        { title: t('scheduler.affinity'),
            cell: (f) => t(f.affinity ? 'common.on' : 'common.off') },
        { title: t('scheduler.fuzzy'), cell: (f) => t(f.fuzzy ? 'common.on' : 'common.off') },
        { title: t('scheduler.order'), class: 'chain-cell',
            cell: (f) => chain(f.order, names) },
    ] });
}
