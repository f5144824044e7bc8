// SPDX-License-Identifier: MIT
// channel_health - how a channel's keys are, what rests or stands open with its timer, when it served and failed last.

import { number, relative } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { computed } from '../lib/signal.js';
import { activate, keys, nameOf, reset, resume } from './channel_acts.js';
import { canReset } from './channel_state.js';
import { actButton, chip, countdown } from './ui.js';
import '../text/channels.js';
import '../text/scheduler.js';

const KEYS = ['well', 'demoted', 'resting', 'dead', 'disabled'];
const TONES = { well: 'good', demoted: 'info', resting: 'warn', dead: 'bad', disabled: 'off' };

const keyChip = (name, n) => (n ? [chip(t(`channels.keys.${name}`, { n }), TONES[name]), ' '] : null);

function keyChips(c, board) {
    const counts = computed(() => (c().health ? KEYS.map((name) => c().health.keys[name]).join(' ') : ''));
    const count = computed(() => c().keys_n ?? 0);
    const name = computed(() => nameOf(c()));
    const chips = () => {
        if (count() && counts())
            return counts().split(' ').map((n, i) => keyChip(KEYS[i], Number(n)));
        return count() ? chip(`${t('channels.keys')} ${number(count())}`) : chip(t('channels.keysNone'), 'bad');
    };
    return h('button', { type: 'button', class: 'link-button keys', onclick: () => keys(c.peek(), board.done) },
        h('span', { class: 'unseen' }, () => `${t('channels.keysOf', { name: name() })}: `), chips);
}

const cut = (time) => (time ? `${time.slice(0, 19)}Z` : null); // thousandths differ from one answer to the next

const small = (text, name, run) => actButton({ text, name, class: 'button small', run });

// What stands open or rests, with its timer, and the way out.
function troubles(c, board) {
    const breaker = computed(() => (c().health?.breaker === 'open' ? cut(c().health.breaker_until) : null));
    const rests = computed(() => cut(c().health?.rests_until));
    const paths = computed(() => (c().health?.paths > 1 ? c().health.paths_open : 0));
    const urls = computed(() => c().health?.urls_resting ?? 0);
    const status = computed(() => c().status);
    const isLocked = computed(() => board.isStatusLocked(c()));
    const isResettable = computed(() => status() !== 'disabled' && canReset(c()));
    const act = (name, mark, run) => small(t(`channels.${name}`), mark, () => run(c.peek(), board.done));
    return h('div', { class: 'channel-troubles' },
        () => breaker() && chip([icon('clock'), t('channels.againIn'), countdown(breaker(), board.load)], 'bad'),
        () => rests() && chip([icon('clock'), t('channels.againIn'), countdown(rests(), board.load)], 'warn'),
        () => paths() > 0 && chip(t('channels.pathsOpen', { n: paths(), of: c.peek().health.paths }), 'warn'),
        () => urls() > 0 && chip(t('channels.urlsRest', { n: urls() }), 'warn'),
        () => isResettable() && act('reset', 'reset', reset),
        () => status() === 'suspended' && !isLocked() && act('resume', 'play', resume),
        () => status() === 'disabled' && !isLocked() && act('activate', 'play', activate));
}

// "500 server error · 8 in a row"
function whyOf({ health }) {
    const status = health?.last_status ? String(health.last_status) : '';
    const error = health?.last_error ? tOr('trouble', health.last_error) : '';
    const times = health?.failures_in_a_row > 1 ? t('channels.inARow', { n: health.failures_in_a_row }) : '';
    return [[status, error].filter(Boolean).join(' '), times].filter(Boolean).join(' · ');
}

function lasts(c, board) {
    const served = computed(() => c().health?.last_served ?? null);
    const failed = computed(() => c().health?.last_failed ?? null);
    const why = computed(() => whyOf(c()));
    const ago = (time) => {
        board.tick();
        return relative(time());
    };
    return h('dl', { class: 'lasts' },
        () => served() && h('div', h('dt', t('channels.lastServed')), h('dd', () => ago(served))),
        () => failed() && h('div', h('dt', t('channels.lastFailed')),
            h('dd', () => ago(failed), () => why() && ` · ${why()}`)));
}

export const health = (c, board) => h('div', { class: 'channel-health' },
    keyChips(c, board), troubles(c, board), lasts(c, board));
