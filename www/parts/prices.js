// SPDX-License-Identifier: MIT
// prices - the table of prices as the gateway has read it: to look at, with where each stands.

import { date, NOTHING, number } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { computed, signal } from '../lib/signal.js';
import { cut } from './cut.js';
import { card, chip, empty, table } from './ui.js';
import '../text/clients.js';

const SHOWN = 8;

const fits = (price, words) => words.every((word) => `${price.model} ${price.channel ?? ''} ${price.where ?? ''}`.toLowerCase().includes(word));

const wordsOf = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

const modelCell = (p) => h('div', { class: 'price-model' }, h('code', p.model),
    p.channel && h('span', { class: 'faint' }, t('prices.onlyChannel', { name: p.channel })),
    p.prompt_above > 0 && h('span', { class: 'faint' },
        t('prices.longer', { n: p.prompt_above })),
    p.from && h('span', { class: 'faint' }, t('prices.from', { time: date(p.from) })));

const searchesCell = (p) => (p.micro.searches > 0 ? number(p.micro.searches / 1e6, 4)
    : NOTHING);

const whereCell = (p) => h('div', { class: 'row price-where', title: p.where },
    chip(t(p.own ? 'prices.own' : 'prices.shipped'), p.own ? 'info' : 'off'),
    p.own && p.where && h('code', { class: 'nowrap' }, p.where.replace(/^.*\//, '')));

const columns = () => [
    { title: t('prices.model'), isHead: true, cell: modelCell },
    { title: t('prices.input'), isNumber: true, cell: (p) => p.input },
    { title: t('prices.output'), isNumber: true, cell: (p) => p.output },
    { title: t('prices.cacheRead'), isNumber: true, cell: (p) => p.cache_read },
    { title: t('prices.cacheWrite'), isNumber: true,
        cell: (p) => `${p.cache_write_5m} / ${p.cache_write_1h}` },
    { title: t('prices.reasoning'), isNumber: true, class: 'wide-only',
        cell: (p) => p.reasoning },
    { title: t('prices.searches'), isNumber: true, class: 'wide-only', cell: searchesCell },
    { title: t('prices.where'), cell: whereCell },
];

// prices: a signal of GET /api/prices.
export function pricesCard(prices) {
    const search = signal('');
    const hits = computed(() => prices().prices.map((p, i) => ({ ...p, place: i }))
        .filter((p) => fits(p, wordsOf(search()))));
    const isNone = computed(() => hits().length === 0);
    const hasAny = computed(() => prices().prices.length > 0);
    const shown = cut(hits, SHOWN,
        (rows) => table({ caption: t('prices.title'), rows, key: (p) => p.place,
        columns: columns() }));
    return card(t('prices.title'), () => (hasAny() ? [
        h('p', { class: 'soft' }, t('prices.lead', { currency: prices().currency })),
        h('input', { type: 'search', class: 'search', 'aria-label': t('prices.search'),
            placeholder: t('prices.search'), oninput: (e) => search.set(e.target.value) }),
        () => isNone() && h('p', { class: 'soft' }, t('clients.noMatch')), shown,
    ] : empty(t('prices.empty'))));
}
