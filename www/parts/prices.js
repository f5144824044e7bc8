// SPDX-License-Identifier: MIT
// prices - the table of prices as the gateway has read it: to look at, with where each stands.

import { date, NOTHING, number } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { computed, signal } from '../lib/signal.js';
import { card, chip, empty, table } from './ui.js';
import '../text/clients.js';

const SHOWN = 100;

const fits = (price, words) => words.every((word) => `${price.model} ${price.channel ?? ''} ${price.where ?? ''}`.toLowerCase().includes(word));

const wordsOf = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

const modelCell = (p) => h('div', { class: 'price-model' }, h('code', p.model),
    p.prompt_above > 0 && h('span', { class: 'faint' }, t('prices.longer', { n: p.prompt_above })),
    p.from && h('span', { class: 'faint' }, t('prices.from', { time: date(p.from) })));

const searchesCell = (p) => (p.micro.searches > 0 ? number(p.micro.searches / 1e6, 4) : NOTHING);

const columns = () => [
    { title: t('prices.model'), isHead: true, cell: modelCell },
    { title: t('prices.channel'), cell: (p) => p.channel || t('prices.anyChannel') },
    { title: t('prices.input'), isNumber: true, cell: (p) => p.input },
    { title: t('prices.output'), isNumber: true, cell: (p) => p.output },
    { title: t('prices.cacheRead'), isNumber: true, cell: (p) => p.cache_read },
    { title: t('prices.cacheWrite'), isNumber: true, cell: (p) => `${p.cache_write_5m} / ${p.cache_write_1h}` },
    { title: t('prices.reasoning'), isNumber: true, cell: (p) => p.reasoning },
    { title: t('prices.searches'), isNumber: true, cell: searchesCell },
    { title: t('prices.where'), cell: (p) => h('div', { class: 'price-where' }, chip(t(p.own ? 'prices.own' : 'prices.shipped'), p.own ? 'info' : 'off'), p.where && h('code', p.where)) },
];

// prices: a signal of GET /api/prices.
export function pricesCard(prices) {
    const search = signal('');
    const all = computed(() => prices().prices.map((p, i) => ({ ...p, place: i })).filter((p) => fits(p, wordsOf(search()))));
    const some = computed(() => all().slice(0, SHOWN));
    return card(t('prices.title'), () => (prices().prices.length === 0 ? empty(t('prices.empty')) : [
        h('p', { class: 'soft' }, t('prices.lead', { currency: prices().currency })),
        h('input', { type: 'search', class: 'search', 'aria-label': t('prices.search'), placeholder: t('prices.search'), oninput: (e) => search.set(e.target.value) }),
        () => (all().length === 0 ? h('p', { class: 'soft' }, t('clients.noMatch')) : null),
        h('div', { hidden: () => all().length === 0 }, table({ caption: t('prices.title'), rows: some, key: (p) => p.place, columns: columns() })),
        () => all().length > SHOWN && h('p', { class: 'soft' }, t('prices.more', { n: all().length - SHOWN })),
    ]));
}
