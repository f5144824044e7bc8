// SPDX-License-Identifier: MIT
// channel_row - one channel in the list: what it is, how it is now, what can be done; its strip lies behind.
//
// A hundred of them stand in a page: each part reads its own small value, so that a change costs that part alone.

import { menuButton } from '../lib/dialog.js';
import { number, took } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { computed } from '../lib/signal.js';
import { edit, endPromotion, menuOf, nameOf, testOf } from './channel_acts.js';
import { figures } from './channel_figures.js';
import { health } from './channel_health.js';
import { latencyTone, promotionOf, stateOf, toneOf, websiteOf } from './channel_state.js';
import { stripOf } from './strip.js';
import { actButton, chip, countdown } from './ui.js';
import '../text/channels.js';

const MOVES = { ArrowUp: -1, ArrowDown: 1, Home: 'top', End: 'bottom' };

function grip(c, board) {
    const name = computed(() => nameOf(c()));
    return h('button', {
        type: 'button', class: 'icon-button grip', 'aria-describedby': board.hintId,
        'aria-label': () => t('channels.moveGrip', { name: name() }),
        title: () => (board.canMove() ? t('channels.moveHint') : board.whyFixed()),
        'aria-disabled': () => (board.canMove() ? null : 'true'),
        onkeydown: (e) => {
            if (!(e.key in MOVES) || e.altKey || e.ctrlKey || e.metaKey)
                return;
            e.preventDefault();
            board.move(c.peek().id, MOVES[e.key]);
        },
    }, icon('grip'));
}

function promotion(c, board) {
    const until = computed(() => promotionOf(c(), board.family)?.until ?? null);
    const end = () => endPromotion(c.peek(), promotionOf(c.peek(), board.family), board.done);
    return () => until() && h('span', { class: 'chip info' },
        icon('rocket'), t('channels.promoted'), countdown(until(), board.load),
        actButton({ text: t('channels.unpromote'), name: 'close', isIcon: true, run: end }));
}

const stageName = (stage) => tOr('channels.stage', stage.name);

function lastTest(id) {
    const kept = testOf(id);
    return () => {
        const v = kept();
        if (!v)
            return null;
        if (v.isBusy)
            return chip(t('channels.testRuns'), 'info', { 'aria-busy': 'true' });
        const told = v.stages.map((s) => `${stageName(s)}: ${s.ok ? took(s.ms) : s.say ?? ''}`).join('\n');
        if (!v.isOk)
            return chip([icon('warn'), t('channels.testFailed', { stage: v.failed ? stageName(v.failed) : t('channels.test') })],
                'bad', { title: told });
        return chip([icon('bolt'), h('span', { class: 'unseen' }, t('channels.testTook', { time: '' })), took(v.ms)],
            latencyTone(v.ms), { title: `${t('channels.testTook', { time: took(v.ms) })}\n${told}` });
    };
}

function named(c, board) {
    const name = computed(() => nameOf(c()));
    const site = computed(() => websiteOf(c()));
    const where = computed(() => (c().managed === false ? t('common.lockedBy', { where: c().where }) : ''));
    return h('div', { class: 'channel-named' },
        h('h3', h('button', { type: 'button', class: 'channel-name', title: name,
            onclick: () => edit(c.peek(), board.family, board.done) }, name)),
        () => site() && h('a', { class: 'channel-mark', href: site(), target: '_blank', rel: 'noopener noreferrer',
            title: site(), 'aria-label': `${t('channels.website')}: ${name()}` }, icon('external')),
        () => where() && h('span', { class: 'channel-mark', title: where() },
            icon('lock'), h('span', { class: 'unseen' }, where())));
}

function heading(c, board) {
    const state = computed(() => stateOf(c()));
    const dialect = computed(() => c().dialect);
    const description = computed(() => c().description ?? '');
    return h('div', { class: 'channel-head' },
        h('div', { class: 'channel-title' }, named(c, board), promotion(c, board), lastTest(c.peek().id)),
        h('div', { class: 'channel-about' },
            chip(() => t(`channels.state.${state()}`), () => `state ${toneOf(state())}`),
            h('span', () => tOr('dialect', dialect()))),
        () => description() && h('p', { class: 'channel-said', title: description() }, description()));
}

// shared: what makeBoard() of channel_board.js gives; place: a function of the row's index, isReserve: it has no order.
export function channelRow(c, place, shared, isReserve = false) {
    const { id } = c.peek();
    const board = { ...shared, done: () => shared.done(id, place.peek()) };
    const isShown = computed(() => board.isShown(c()));
    const name = computed(() => nameOf(c()));
    const status = computed(() => c().status);
    const items = () => menuOf(c.peek(), {
        ...board, place: place.peek(), count: board.count(), isLast: board.isLast(c.peek()) });
    return h('li', { class: () => `channel ${status()}`, 'data-id': id, hidden: () => !isShown() },
        !isReserve && stripOf(board.strips, id),
        !isReserve && h('div', { class: 'channel-place' },
            grip(c, board), h('span', { class: 'ordinal' }, () => number(place() + 1))),
        heading(c, board), !isReserve && figures(c, board), health(c, board),
        h('div', { class: 'channel-acts' }, menuButton({ label: t('channels.menu', { name: name.peek() }),
            'aria-label': () => t('channels.menu', { name: name() }), items })));
}
