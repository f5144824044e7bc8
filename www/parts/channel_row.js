// SPDX-License-Identifier: MIT
// channel_row - one channel in the list: what it is, how it is now, what can be done; its strip lies behind.
//
// A hundred of them stand in a page: each part reads its own small value, so that a change costs that part alone.

import { menuButton } from '../lib/dialog.js';
import { NOTHING, number, percent, relative, short, took } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { computed } from '../lib/signal.js';
import { edit, endPromotion, keys, menuOf, nameOf, reset, testOf } from './channel_acts.js';
import { cacheTone, canReset, latencyTone, promotionOf, rateTone, stateOf, toneOf, websiteOf } from './channel_state.js';
import { stripOf } from './strip.js';
import { actButton, chip, countdown } from './ui.js';
import '../text/channels.js';

const KEYS = ['well', 'demoted', 'resting', 'dead', 'disabled'];
const KEY_TONES = { well: 'good', demoted: 'info', resting: 'warn', dead: 'bad', disabled: 'off' };
const MOVES = { ArrowUp: -1, ArrowDown: 1, Home: 'top', End: 'bottom' };
const RATE_DIGITS = 1;

// One number with what it is: the word is small, and stands before it where a screen is narrow.
const figure = (name, title, ...value) => h('div', { class: 'figure', title }, h('dt', name), h('dd', value));

function grip(c, board) {
    const name = computed(() => nameOf(c()));
    return h('button', { type: 'button', class: 'icon-button grip', 'aria-label': () => t('channels.moveGrip', { name: name() }), 'aria-describedby': board.hintId,
        title: t('channels.moveHint'), 'aria-disabled': () => (board.canMove() ? null : 'true'),
        onkeydown: (e) => {
            if (!(e.key in MOVES))
                return;
            e.preventDefault();
            board.move(c.peek().id, MOVES[e.key]);
        } }, icon('grip'));
}

function promotion(c, board) {
    const until = computed(() => promotionOf(c(), board.family)?.until ?? null);
    return () => until() && h('span', { class: 'chip info' }, icon('rocket'), t('channels.promoted'), countdown(until(), board.done),
        actButton({ text: t('channels.unpromote'), name: 'close', isIcon: true, run: () => endPromotion(c.peek(), promotionOf(c.peek(), board.family), board.done) }));
}

function lastTest(id) {
    const kept = testOf(id);
    return () => {
        const v = kept();
        if (!v)
            return null;
        if (v.isBusy)
            return chip(t('channels.testRuns'), 'info', { 'aria-busy': 'true' });
        const told = v.stages.map((s) => `${tOr('channels.stage', s.name)}: ${s.ok ? took(s.ms) : s.say ?? ''}`).join('\n');
        return v.isOk ? chip([icon('bolt'), took(v.ms)], latencyTone(v.ms), { title: `${t('channels.testTook', { time: took(v.ms) })}\n${told}` })
            : chip([icon('warn'), t('channels.testFailed', { stage: v.failed ? tOr('channels.stage', v.failed.name) : t('channels.test') })], 'bad', { title: told });
    };
}

function heading(c, board) {
    const state = computed(() => stateOf(c()));
    const name = computed(() => nameOf(c()));
    const dialect = computed(() => c().dialect);
    const site = computed(() => websiteOf(c()));
    const description = computed(() => c().description ?? '');
    const where = computed(() => (c().managed === false ? c().where : ''));
    return h('div', { class: 'channel-head' },
        h('div', { class: 'row' },
            chip(() => t(`channels.state.${state()}`), () => `state ${toneOf(state())}`),
            h('h3', h('button', { type: 'button', class: 'channel-name', onclick: () => edit(c.peek(), board.family, board.done) }, name)),
            () => site() && h('a', { class: 'channel-site', href: site(), target: '_blank', rel: 'noopener noreferrer', title: site(),
                'aria-label': `${t('channels.website')}: ${name()}` }, icon('external')),
            () => where() && h('span', { class: 'faint', title: t('common.lockedBy', { where: where() }) }, icon('lock'), h('span', { class: 'unseen' }, t('common.lockedBy', { where: where() }))),
            promotion(c, board), lastTest(c.peek().id)),
        h('p', { class: 'channel-about' }, h('span', { class: 'soft' }, () => tOr('dialect', dialect())),
            () => description() && h('span', { class: 'channel-said', title: description() }, description())));
}

function numbers(c, board) {
    const { id } = c.peek();
    const strip = board.strips.of(id);
    const sum = computed(() => board.numbers().get(id) ?? null);
    const rate = computed(() => sum()?.success_rate ?? null);
    const cache = computed(() => sum()?.cache_hit_rate ?? null);
    const asked = computed(() => sum()?.requests ?? 0);
    const pace = () => {
        strip.version();
        return strip.strip.pace(board.strips.now());
    };
    const rpm = computed(() => pace().rpm);
    const tpm = computed(() => pace().tpm);
    const underWay = computed(() => strip.underWay() ?? c().health?.under_way ?? 0);
    return h('dl', { class: 'figures' },
        figure(t('channels.rate'), t('channels.detailsOpen'), h('button', { type: 'button', class: 'link-button', 'aria-haspopup': 'dialog',
            'aria-label': () => `${t('channels.details', { name: nameOf(c()) })}: ${percent(rate(), RATE_DIGITS)}`, onclick: (e) => board.openDetails(c.peek(), e.currentTarget) },
        h('span', { class: () => `${rateTone(rate())}-text` }, () => percent(rate(), RATE_DIGITS)), h('small', () => (asked() ? short(asked()) : '')))),
        figure(t('channels.cache'), null, h('span', { class: () => `${cacheTone(cache())}-text` }, () => (cache() === null ? NOTHING : percent(cache())))),
        figure(t('channels.rpm'), t('channels.rpmLong'), () => (rpm() ? number(rpm()) : NOTHING)),
        figure(t('channels.tpm'), t('channels.tpmLong'), () => (tpm() ? short(tpm()) : NOTHING)),
        figure(t('channels.inFlight'), null, () => number(underWay())));
}

function keyChips(c, board) {
    const counts = computed(() => (c().health ? KEYS.map((name) => c().health.keys[name]).join(' ') : ''));
    const count = computed(() => c().keys_n ?? 0);
    return h('button', { type: 'button', class: 'link-button keys', onclick: () => keys(c.peek(), board.done), 'aria-label': () => {
        const told = counts().split(' ').map((n, i) => (Number(n) ? t(`channels.keys.${KEYS[i]}`, { n: Number(n) }) : '')).filter(Boolean);
        return `${t('channels.keysOf', { name: nameOf(c()) })}: ${told.join(', ') || t('channels.keysNone')}`;
    } }, () => (count() && counts() ? counts().split(' ').map((n, i) => Number(n) > 0 && chip(t(`channels.keys.${KEYS[i]}`, { n: Number(n) }), KEY_TONES[KEYS[i]]))
        : chip(count() ? `${t('channels.keys')} ${number(count())}` : t('channels.keysNone'), count() ? 'off' : 'bad')));
}

const cut = (time) => (time ? `${time.slice(0, 19)}Z` : null); // thousandths differ from one answer to the next

// What stands open or rests, with its timer, and the button that forgets it.
function troubles(c, board) {
    const breaker = computed(() => (c().health?.breaker === 'open' ? cut(c().health.breaker_until) ?? '' : null));
    const rests = computed(() => cut(c().health?.rests_until));
    const paths = computed(() => (c().health?.paths > 1 ? c().health.paths_open : 0));
    const urls = computed(() => c().health?.urls_resting ?? 0);
    const isResettable = computed(() => c().status !== 'disabled' && canReset(c()));
    return h('div', { class: 'troubles' },
        () => breaker() !== null && chip([icon('bolt'), t('channels.breaker'), breaker() && countdown(breaker(), board.done)], 'bad'),
        () => rests() && chip([icon('clock'), t('channels.rests'), countdown(rests(), board.done)], 'warn'),
        () => paths() > 0 && chip(t('channels.pathsOpen', { n: paths(), of: c.peek().health.paths }), 'warn'),
        () => urls() > 0 && chip(t('channels.urlsRest', { n: urls() }), 'warn'),
        () => isResettable() && actButton({ text: t('channels.reset'), name: 'reset', isIcon: true, run: () => reset(c.peek(), board.done) }));
}

function lasts(c, board) {
    const served = computed(() => c().health?.last_served ?? null);
    const failed = computed(() => c().health?.last_failed ?? null);
    const why = computed(() => [c().health?.last_status, c().health?.last_error].filter(Boolean).join(' '));
    const ago = (time) => {
        board.tick();
        return time() ? relative(time()) : t('channels.never');
    };
    return h('dl', { class: 'lasts' },
        h('div', h('dt', t('channels.lastServed')), h('dd', () => ago(served))),
        h('div', { title: () => (why() ? t('channels.lastFailedWhy', { why: why() }) : null) }, h('dt', t('channels.lastFailed')), h('dd', () => ago(failed), () => failed() && why() && ` · ${why()}`)));
}

// board: what all rows share: {family, strips, numbers, tick, hintId, canMove, move, done, openDetails, isShown(channel), count, isLast(channel)}
// place: a function of the row's index; null in the reserve, where there is no order.
export function channelRow(c, place, board) {
    const isShown = computed(() => board.isShown(c()));
    const { id } = c.peek();
    return h('li', { class: () => `channel ${c().status}`, 'data-id': id, hidden: () => !isShown() },
        stripOf(board.strips, id),
        place && h('div', { class: 'channel-place' }, grip(c, board), h('span', { class: 'ordinal' }, () => number(place() + 1))),
        heading(c, board), numbers(c, board),
        h('div', { class: 'channel-health' }, h('div', { class: 'row' }, keyChips(c, board), troubles(c, board)), lasts(c, board)),
        h('div', { class: 'channel-acts' }, menuButton({ label: t('channels.menu', { name: nameOf(c.peek()) }),
            items: () => menuOf(c.peek(), { ...board, place: place?.() ?? 0, count: board.count(), isLast: board.isLast(c.peek()) }) })));
}
