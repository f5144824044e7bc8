// SPDX-License-Identifier: MIT
// pulse - channels at a glance: those that are not well, with what is wrong and for how long, then the others, each with what
// the last minutes brought it.

import { number, relative } from '../lib/format.js';
import { each, h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { href } from '../lib/router.js';
import { computed, effect } from '../lib/signal.js';
import { makeStrips, stripOf } from './strip.js';
import { viewOf } from './strip_model.js';
import { isStopped, ourTime, troublesOf } from './troubles.js';
import { card, chip, countdown, empty, notice } from './ui.js';
import '../text/overview.js';

const MOST = 8;
const STOPPED = ['none', 'allResting', 'open', 'rests', 'dead'];

const troubleLine = (trouble, { skewMs, load }) => h('span', { class: 'row' },
    chip(t(`overview.trouble.${trouble.kind}`, { n: trouble.n ?? 0 }), STOPPED.includes(trouble.kind) ? 'bad' : 'warn'),
    trouble.until && h('span', { class: 'soft' }, t('overview.for'), ' ', countdown(ourTime(trouble.until, skewMs.peek()), load)));

const channelAddress = (c) => href(['channels', Object.keys(c.places ?? {})[0] ?? '']);

const lastError = (health) => health?.last_error && h('span', { class: 'faint' },
    t('overview.lastError', { error: [health.last_error, health.last_status || ''].filter(Boolean).join(' '),
        time: relative(health.last_failed) }));

// Requests of the last whole minute, and what is under way.
function pace(c, strips, backMs) {
    const { id } = c.peek();
    const row = strips.of(id);
    const rpm = computed(() => {
        row.version();
        return row.strip.pace(strips.now()).rpm;
    });
    const drawn = stripOf(strips, id);
    effect(() => drawn.setAttribute('viewBox', viewOf(backMs())));
    return h('a', { class: 'pace', href: href(['statistics'], { by: 'key', channel: id, range: '1h' }) },
        h('span', { class: 'mini' }, h('span', { class: 'unseen' }, () => `${t('overview.numbersOf', { name: c().name || id })} `), drawn),
        h('span', { class: 'soft number' }, () => t('overview.perMinute', { n: number(rpm()) })));
}

function channelRow(c, strips, more) {
    const ills = computed(() => troublesOf(c()));
    const name = h('a', { href: () => channelAddress(c()) }, () => c().name || c().id);
    return h('li', h('div', { class: 'what' },
        h('p', { class: 'row' }, name, () => ills().length === 0 && chip(t('overview.family.well'), 'good')),
        () => ills().length > 0 && h('p', { class: 'row' }, ills().map((x) => troubleLine(x, more)), lastError(c().health))),
    pace(c, strips, more.backMs));
}

// What is said above the list: all is well, nothing is there, or nothing serves.
function summary(channels, ill) {
    const active = channels.filter((c) => c.status === 'active').length;
    if (channels.length === 0)
        return empty(t('overview.noChannels'),
            h('a', { class: 'button primary', href: '#/channels' }, icon('plus'), h('span', t('overview.addChannel'))));
    if (!active)
        return notice('info', h('p', t('overview.noneActive')));
    return ill === 0 && notice('good', h('p', t('overview.allWell', { n: active })));
}

export function pulse({ channels, activity, skewMs, backMs, load }) {
    const strips = makeStrips();
    effect(() => strips.fill(activity()));
    const active = computed(() => channels().filter((c) => c.status === 'active'));
    const ill = computed(() => active().filter((c) => troublesOf(c).length > 0).sort((a, b) => isStopped(b) - isStopped(a)));
    const shown = computed(() => [...ill(), ...active().filter((c) => !ill().includes(c))].slice(0, Math.max(MOST, ill().length)));
    return card(t('overview.channels'), () => summary(channels(), ill().length),
        each(h('ul', { class: 'troubles pulse', 'aria-label': t('overview.channels') }), shown, (c) => c.id,
            (c) => channelRow(c, strips, { skewMs, backMs, load })),
        () => channels().length > 0 && h('p', h('a', { href: '#/channels' }, t('overview.allChannels', { n: channels().length }))));
}
