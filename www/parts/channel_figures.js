// SPDX-License-Identifier: MIT
// channel_figures - a channel's numbers of now: success and cache of 15 minutes, the last one's pace, what is under way.

import { NOTHING, number, percent, short } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { computed } from '../lib/signal.js';
import { nameOf } from './channel_acts.js';
import { cacheTone, rateTone } from './channel_state.js';
import '../text/channels.js';

const NAMES = ['rate', 'cache', 'rpm', 'tpm', 'inFlight'];

const HINTED = ['rate', 'cache', 'rpm', 'tpm'];
const hint = (name) => (HINTED.includes(name) ? t(`channels.${name}Long`) : null);

// The words above the columns, where the page is wide; each row has them, too, for who hears it or holds a phone.
export const figureHeads = () => NAMES.map((name) => h('span', { title: hint(name) }, t(`channels.${name}`)));

const figure = (name, ...value) => h('div', { class: ['figure', name], title: hint(name) },
    h('dt', t(`channels.${name}`)), h('dd', value));

function rateFigure(c, board, sum) {
    const rate = computed(() => sum()?.success_rate ?? null);
    const asked = computed(() => sum()?.requests ?? 0);
    const name = computed(() => nameOf(c()));
    return figure('rate', h('button', { type: 'button', class: 'link-button', 'aria-haspopup': 'dialog',
        onclick: () => board.openDetails(c.peek()) },
    h('span', { class: 'unseen' }, () => `${t('channels.details', { name: name() })}: `),
    h('span', { class: () => `${rateTone(rate()) || 'off'}-text` }, () => percent(rate(), 1)),
    h('small', { class: 'asked' }, () => (asked() ? ` ${short(asked())}` : ''))));
}

const orNothing = (v, text) => (v ? text(v) : h('span', { class: 'faint' }, NOTHING));

export function figures(c, board) {
    const { id } = c.peek();
    const strip = board.strips.of(id);
    const sum = computed(() => board.numbers().get(id) ?? null);
    const cache = computed(() => sum()?.cache_hit_rate ?? null);
    const pace = (name) => computed(() => {
        strip.version();
        return strip.strip.pace(board.strips.now())[name];
    });
    const rpm = pace('rpm');
    const tpm = pace('tpm');
    const underWay = computed(() => strip.underWay() ?? c().health?.under_way ?? 0);
    return h('dl', { class: 'figures' },
        rateFigure(c, board, sum),
        figure('cache', h('span', { class: () => `${cacheTone(cache()) || 'off'}-text` }, () => percent(cache()))),
        figure('rpm', () => orNothing(rpm(), number)), figure('tpm', () => orNothing(tpm(), short)),
        figure('inFlight', () => orNothing(underWay(), number)));
}
