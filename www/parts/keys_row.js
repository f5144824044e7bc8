// SPDX-License-Identifier: MIT
// keys_row - one upstream key: how it is, when it was used, why it rests and until when, and what can be done with it.

import { del, patch, post } from '../lib/api.js';
import { menuButton } from '../lib/dialog.js';
import { number, relative } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { computed, flush } from '../lib/signal.js';
import { editKey } from './keys_edit.js';
import { MOVES } from './keys_order.js';
import { verdictChip } from './keys_test.js';
import { actButton, chip, countdown, destroy, untilIn } from './ui.js';
import '../text/keys.js';

const TONES = { well: 'good', resting: 'warn', dead: 'bad', demoted: 'warn', disabled: 'off' };

const nameOf = (key) => key.label || key.mask;

// What stands in its place has the focus, or what keys are added with.
function focusNear(box, index) {
    flush();
    const row = box.children[Math.min(index, box.children.length - 1)];
    (row?.querySelector('.menu-holder button') ?? box.closest('dialog')?.querySelector('textarea'))?.focus();
}

async function remove(k, key, box, index) {
    const isGone = await destroy({ title: t('keys.remove'),
        name: key.label ? `${key.label} · ${key.mask}` : key.mask,
        text: t(k.channel.peek().keys.length === 1 ? 'keys.removeLast' : 'keys.removeText',
            { channel: k.channel.peek().name || k.id }), done: t('keys.removed'),
        run: () => del(k.path('keys', key.id), { etag: k.channel.peek().etag }) });
    await k.load().catch(() => {});
    if (isGone)
        focusNear(box, index);
}

function items(k, { row, index, box, order, tests }) {
    const key = row.peek();
    const at = index.peek();
    const last = order.list.peek().length - 1;
    const lock = k.isLocked() ? { isOff: true, why: t('common.lockedBy',
        { where: k.channel.peek().where }) } : {};
    const move = (to, sign, isOff) => ({ text: t(`keys.move.${to}`), icon: sign, isOff,
        run: () => order.move(key.id, MOVES[to] ?? to) });
    return [
        { text: t('common.test'), icon: 'bolt', run: () => tests.one(key, nameOf(key)) },
        { text: t('keys.edit'), icon: 'edit', ...lock, run: () => editKey(k, key) },
        null,
        move('Home', 'top', at === 0), move('ArrowUp', 'up', at === 0),
            move('ArrowDown', 'down', at === last), move('End', 'bottom', at === last),
        null,
        { text: t('common.remove'), icon: 'trash', isDanger: true, ...lock,
            run: () => remove(k, key, box, at) },
    ];
}

const fact = (name, ...value) => h('span', { class: 'fact' }, h('span', { class: 'faint' }, name), ' ',
    value);

function facts(k, row) {
    const ago = (name) => computed(() => k.tick() >= 0 && relative(row()[name]));
    const [served, failed] = [ago('last_served'), ago('last_failed')];
    const why = computed(() => [row().last_status > 0 && `HTTP ${row().last_status}`,
        row().last_error && tOr('keys.reason', row().last_error)].filter(Boolean).join(', '));
    return h('div', { class: 'key-facts' },
        fact(t('keys.served'), () => number(row().served), () => row().last_served && [' · ', served]),
        fact(t('keys.failed'), () => number(row().failed), () => row().last_failed && [' · ', failed],
            () => row().last_failed && why() && ` (${why()})`),
        () => row().failures_in_a_row > 1 && fact(t('keys.inARow'),
            h('span', { class: 'bad-text' }, number(row().failures_in_a_row))));
}

// Why a key is not asked, until when, and the way to ask it at once.
function rest(k, row) {
    const until = computed(() => row().cooldown?.until ?? row().until ?? null);
    const reason = computed(() => row().reason ?? '');
    const left = () => row.peek().cooldown?.seconds_left ?? row.peek().seconds_left ?? 0;
    const isTold = computed(() => Boolean(until() || reason()));
    const reset = () => k.change(() => post('api/scheduler/reset', { channel: k.id, key: row.peek().id }),
        t('keys.resetFailed'));
    return () => isTold() && h('div', { class: 'key-rest row' },
        () => reason() && reason() !== row().last_error && h('span', tOr('keys.reason', reason())),
        () => until() && h('span', { class: 'row' }, icon('clock'), t('keys.restsFor'), ' ',
            countdown(untilIn(left()), k.load)),
        actButton({ text: t('keys.reset'), name: 'reset', class: 'button quiet', run: reset }));
}

const grip = (row, index, order) => h('div', { class: 'key-place' },
    h('button', { type: 'button', class: 'icon-button grip', title: t('keys.orderHint'),
        'aria-label': () => t('keys.gripName', { name: nameOf(row()), at: index() + 1 }),
        onkeydown: (e) => {
            if (!(e.key in MOVES))
                return;
            e.preventDefault();
            order.move(row.peek().id, MOVES[e.key]);
        } }, icon('grip')),
    h('span', { class: 'key-at number faint', 'aria-hidden': 'true' }, () => number(index() + 1)));

function switchOf(k, row) {
    const set = async (e) => {
        const box = e.target;
        if (!await k.change((tag) => patch(k.path('keys', row.peek().id), { enabled: box.checked }, tag),
            t('keys.changeFailed')))
            box.checked = row.peek().enabled;
    };
    return h('input', { type: 'checkbox', role: 'switch', class: 'switch', title: t('keys.enabledHint'),
        'aria-label': () => t('keys.enabledName', { name: nameOf(row()) }),
        checked: () => row().enabled, onchange: set });
}

// what: {row, index, box, order, tests}
export function keyRow(k, what) {
    const { row, index, order, tests } = what;
    const verdict = tests.of(row.peek().id);
    const state = computed(() => row().state);
    const busy = computed(() => row().under_way);
    return h('li', { class: () => `key-row ${row().enabled ? '' : 'is-off'}`, 'data-key': row.peek().id },
        grip(row, index, order),
        h('div', { class: 'key-main' },
            h('div', { class: 'row' }, () => row().label
                && h('strong', { dir: 'auto', title: row().label }, row().label), h('code', () => row().mask),
                chip(() => tOr('keys.state', state()), () => TONES[state()] ?? 'off'),
                () => busy() > 0 && chip(t('keys.underWay', { n: busy() }), 'info'),
                () => verdictChip(verdict())),
            facts(k, row), rest(k, row)),
        switchOf(k, row),
        menuButton({ label: t('keys.menu', { name: nameOf(row.peek()) }), items: () => items(k, what) }));
}
